"""What users can rely on when they write into the graph and read it back, on either engine."""

from __future__ import annotations

from dataclasses import replace

import pytest
from examples import (
    NODES,
    OSAKA,
    OSTI,
    RATE,
    RELATIONS,
    RICH,
    TERM,
    change,
    company,
    contents,
    located,
    node,
    rows,
    stored,
)
from hypothesis import given
from hypothesis import strategies as st

from graph import fold
from graph.errors import (
    RecordError,
)
from graph.merge import NOTHING, State, merged, united
from graph.records import Node, Relation, Source
from graph.store import Change, GraphNode, GraphRelation, Store

# Writing and reading back


def test_what_was_written_is_read_back_with_types(store: Store) -> None:
    store.write(NODES, RELATIONS)
    for written in NODES:
        found = stored(store, written.id)
        assert found is not None
        sources = [str(source) for source in written.sources]
        assert found == GraphNode(written.label, written.id, {**written.properties, "sources": sources})
        assert {k: type(v) for k, v in found.properties.items() if k != "sources"} == {
            k: type(v) for k, v in written.properties.items()
        }
    (found_relation,) = rows(store, "MATCH (a:Company {id: 'c1'})-[r]->(b) RETURN a, r, b")
    expected = GraphRelation("LOCATED_IN", ("Company", "c1"), ("Region", "r1"), {"key": "", "sources": ["facts|表|"]})
    assert found_relation[1] == expected


def test_the_report_counts_by_label_and_type(store: Store) -> None:
    report = store.write(NODES, RELATIONS)
    assert change(report, "Company") == Change("Company", added=2)
    assert change(report, "LOCATED_IN") == Change("LOCATED_IN", added=2)
    assert report.changes == 7
    counts = store.counts()
    assert {k: v for k, v in counts.nodes.items() if v} == {"Company": 2, "Region": 1, "FundingTerm": 1, "Survey": 1}
    assert {k: v for k, v in counts.relations.items() if v} == {"LOCATED_IN": 2}


def test_the_same_write_again_changes_nothing(store: Store) -> None:
    store.write(NODES, RELATIONS)
    before = contents(store)
    report = store.write(reversed(NODES), reversed(RELATIONS))
    assert report.changes == 0
    assert change(report, "Company").unchanged == 2
    assert contents(store) == before


def test_a_changed_value_is_reported_and_kept(store: Store) -> None:
    store.write(NODES, RELATIONS)
    report = store.write([replace(OSTI, properties={**OSTI.properties, "employees": 13}), *NODES[1:]], RELATIONS)
    assert change(report, "Company") == Change("Company", changed=1, unchanged=1)
    assert rows(store, "MATCH (n:Company {id: 'c1'}) RETURN n.employees") == [[13]]


def test_a_dry_run_reports_the_same_and_writes_nothing(store: Store) -> None:
    foreseen = store.write(NODES, [*RELATIONS, located("c1", "nowhere")], dry_run=True)
    assert rows(store, "MATCH (n) RETURN count(n)") == [[0]]
    assert replace(foreseen, dry_run=False) == store.write(NODES, [*RELATIONS, located("c1", "nowhere")])
    before = contents(store)
    foreseen = store.write(NODES[:1], [], dry_run=True)
    assert contents(store) == before
    assert foreseen.nodes == store.write(NODES[:1], []).nodes


def test_progress_reaches_the_number_of_records(store: Store) -> None:
    told: list[int] = []
    store.write(NODES, RELATIONS, progress=told.append)
    assert told[-1] == 7


def test_many_records_arrive_in_several_batches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.batches.BATCH", 7)
    many = [company(f"c{i}", f"会社{i}") for i in range(40)]
    report = store.write([*many, OSAKA], [located(f"c{i}", "r1") for i in range(40)])
    assert (change(report, "Company").added, change(report, "LOCATED_IN").added) == (40, 40)
    assert store.counts().nodes["Company"] == 40
    assert store.write([*many[:10], OSAKA], [located(f"c{i}", "r1") for i in range(10)]).changes == 60
    assert (store.counts().nodes["Company"], store.counts().relations["LOCATED_IN"]) == (10, 10)


# What several statements make of one thing


def test_what_a_document_no_longer_states_is_removed(store: Store) -> None:
    store.write(NODES, RELATIONS)
    less = replace(OSTI, properties={"name": "株式会社オスティ"}, sources=(Source("facts", "行 c1", ("name",)),))
    report = store.write([less, OSAKA, TERM, RATE], [])
    assert change(report, "Company") == Change("Company", changed=1, removed=1)
    assert change(report, "LOCATED_IN").removed == 2
    found = stored(store, "c1")
    assert found is not None
    assert set(found.properties) == {"name", "sources"}
    assert stored(store, "c2") is None
    assert store.find_names(fold.keys("RICH")) == []


def test_what_another_document_states_stays(store: Store) -> None:
    store.write(NODES, RELATIONS)
    store.write([company("c1", "株式会社オスティ", "web", url="https://example.org")], [located("c1", "r1", "web")])
    report = store.write([OSAKA, TERM, RATE], [], documents=frozenset({"facts"}))
    assert change(report, "Company") == Change("Company", changed=1, removed=1)
    found = stored(store, "c1")
    assert found is not None
    assert found.properties == {
        "name": "株式会社オスティ",
        "url": "https://example.org",
        "sources": ["web|行 c1|name,url"],
    }
    assert rows(store, "MATCH (:Company)-[r]->() RETURN r.sources") == [[["web|表|"]]]


def test_documents_can_be_taken_back_whole(store: Store) -> None:
    store.write(NODES, RELATIONS)
    report = store.write([], [], documents=frozenset({"facts"}))
    assert report.changes == 7
    assert contents(store) == []


def test_a_relation_to_a_removed_thing_is_reported_as_dangling(store: Store) -> None:
    store.write(NODES, [])
    store.write([], [located("c1", "r1", "web")])
    report = store.write([OSTI, RICH, TERM, RATE], [])
    assert change(report, "LOCATED_IN").removed == 1
    assert [(r.type, r.start, r.end, r.sources[0].document) for r in report.dangling] == [
        ("LOCATED_IN", "c1", "r1", "web")
    ]


def test_a_relation_without_its_ends_is_reported_and_not_written(store: Store) -> None:
    report = store.write(NODES, [*RELATIONS, located("c1", "r9"), located("c9", "r1")])
    assert {(r.start, r.end) for r in report.dangling} == {("c1", "r9"), ("c9", "r1")}
    assert store.counts().relations["LOCATED_IN"] == 2


def test_statements_of_one_thing_in_one_write_are_united(store: Store) -> None:
    first = company("c1", "旧", aliases=["A", "B"])
    second = replace(company("c1", "新", aliases=["B", "C"]), sources=(Source("facts", "別の行", ("aliases", "name")),))
    report = store.write([first, second], [])
    assert change(report, "Company") == Change("Company", added=1)
    found = stored(store, "c1")
    assert found is not None
    assert found.properties["name"] == "新"
    assert found.properties["aliases"] == ["A", "B", "C"]
    assert found.properties["sources"] == ["facts|別の行|aliases,name", "facts|行 c1|aliases,name"]
    assert store.write([first, second], []).changes == 0


def test_relations_with_different_keys_stand_side_by_side(store: Store) -> None:
    store.write(NODES, [located("c1", "r1", key="2023"), located("c1", "r1", key="2024")])
    assert store.counts().relations["LOCATED_IN"] == 2
    report = store.write(NODES, [located("c1", "r1", key="2024")])
    assert change(report, "LOCATED_IN") == Change("LOCATED_IN", removed=1, unchanged=1)
    assert rows(store, "MATCH ()-[r:LOCATED_IN]->() RETURN r.key") == [["2024"]]


def test_a_changed_relation_keeps_its_place(store: Store) -> None:
    osaka = node("Supporter", "p1", name="中島")
    post = Relation("AFFILIATED_WITH", "Supporter", "p1", "Company", "c1", {"post": "部長"}, (Source("facts", "表"),))
    store.write([*NODES, osaka], [post])
    report = store.write([*NODES, osaka], [replace(post, properties={"post": "所長", "former": True})])
    assert change(report, "AFFILIATED_WITH") == Change("AFFILIATED_WITH", changed=1)
    assert rows(store, "MATCH (:Supporter)-[r]->() RETURN r.post, r.former") == [["所長", True]]


@st.composite
def statements(draw: st.DrawFn, document: str) -> State:
    """What a document says of a thing: values, and one entry that names them or speaks for all."""
    value = st.one_of(st.integers(0, 2), st.lists(st.sampled_from("xy"), unique=True))
    properties = draw(st.dictionaries(st.sampled_from("abc"), value, min_size=1))
    named = tuple(sorted(properties)) if draw(st.booleans()) else ()
    return State(properties, [str(Source(document, draw(st.sampled_from("12")), named))])


@given(statements("A"), statements("B"), statements("A"))
def test_merging_the_same_statement_twice_is_merging_it_once(first: State, other: State, again: State) -> None:
    state = NOTHING
    for document, said in (("A", first), ("B", other), ("A", again)):
        once = merged(state, said, {document})
        assert once is not None
        assert merged(once, said, {document}) == once
        state = once


@given(statements("A"), statements("B"))
def test_taking_a_document_back_leaves_what_the_other_said(first: State, other: State) -> None:
    both = merged(merged(NOTHING, first, {"A"}) or NOTHING, other, {"B"}) or NOTHING
    left = merged(both, NOTHING, {"A"})
    assert left is not None
    assert left.sources == other.sources
    assert set(other.properties) <= set(left.properties)
    assert merged(left, NOTHING, {"B"}) is None


@given(st.lists(statements("A"), max_size=4))
def test_uniting_keeps_every_source(states: list[State]) -> None:
    assert set(united(states).sources) == {source for state in states for source in state.sources}


# What is refused, and what a broken load leaves


@pytest.mark.parametrize(
    ("nodes", "relations"),
    [
        ([Node("Nothing", "x", {"name": "x"})], []),
        ([Node("Company", "x", {"colour": "red"})], []),
        ([Node("Company", "", {"name": "x"})], []),
        ([replace(OSTI, sources=(Source("a|b", "1"),))], []),
        ([], [Relation("NOTHING", "Company", "c1", "Region", "r1")]),
        ([], [Relation("LOCATED_IN", "Region", "r1", "Company", "c1")]),
        ([], [Relation("LOCATED_IN", "Company", "c1", "Region", "r1", {"colour": "red"})]),
    ],
)
def test_records_outside_the_schema_are_refused_before_anything_is_written(
    store: Store, nodes: list[Node], relations: list[Relation]
) -> None:
    with pytest.raises(RecordError) as caught:
        store.write([*NODES, *nodes], relations)
    assert caught.value.next_step
    assert contents(store) == []
    assert store.loads() == []


def test_two_things_with_one_unique_value_are_named(store: Store) -> None:
    with pytest.raises(RecordError, match="7430001000001 is stated of c2 and of c3"):
        store.write([RICH, company("c3", "別", corporate_number="7430001000001")], [])


def test_a_load_is_recorded_and_a_broken_one_can_be_completed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write([RICH], [], documents=frozenset({"other"}))
    with monkeypatch.context() as patched:
        patched.setattr("graph.writing.write_relations", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            store.write(NODES, RELATIONS)
    assert {load.documents: load.state for load in store.loads()} == {("other",): "done", ("facts",): "interrupted"}
    assert store.write(NODES, RELATIONS).dangling == []
    assert [load.state for load in store.loads()] == ["done", "done"]
    assert store.write(NODES, RELATIONS).changes == 0


def test_what_a_broken_load_was_to_change_keeps_its_names(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write([OSTI], [])
    names = store.find_names(fold.keys(str(OSTI.properties["name"])))
    more = company("c1", "株式会社オスティ", "more", capital=10_000_000)
    with monkeypatch.context() as patched:
        patched.setattr("graph.writing.write_nodes", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            store.write([more], [])
    assert store.write([more], []).changes == 1
    assert names
    assert store.find_names(fold.keys(str(OSTI.properties["name"]))) == names

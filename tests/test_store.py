"""What users can rely on when they write into the graph and read from it, on either engine."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from graph import fold
from graph.bolt import connect
from graph.errors import (
    EngineError,
    GuardError,
    LimitError,
    LoginError,
    QueryError,
    RecordError,
    SchemaError,
    UnsafeError,
)
from graph.merge import NOTHING, State, merged, united
from graph.records import Node, Relation, Source, Value
from graph.schema import Schema
from graph.settings import Settings
from graph.store import Change, GraphNode, GraphRelation, LoadReport, NameEntry, Store

RUNAWAY = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a + b AS c WHERE c % 99991 = 7 RETURN sum(c)"


def node(label: str, identity: str, document: str = "facts", **properties: Value) -> Node:
    return Node(label, identity, properties, (Source(document, f"行 {identity}", tuple(sorted(properties))),))


def company(identity: str, name: str, document: str = "facts", **more: Value) -> Node:
    return node("Company", identity, document, name=name, **more)


def located(start: str, end: str, document: str = "facts", **more: Any) -> Relation:
    return Relation("LOCATED_IN", "Company", start, "Region", end, sources=(Source(document, "表"),), **more)


OSTI = company("c1", "株式会社オスティ", name_en="OSTi Co., Ltd.", aliases=["大阪の技術屋"], employees=12)
RICH = company("c2", "RICH", kinds=["sme", "startup"], corporate_number="7430001000001")
OSAKA = node("Region", "r1", name="大阪府", reading="おおさかふ", kind="prefecture")
TERM = node("FundingTerm", "t1", name="通常枠 上限", kind="limit", track="通常枠", amount=45_000_000)
RATE = node("Survey", "s1", name="調査", response_rate=23.5)
NODES = [OSTI, RICH, OSAKA, TERM, RATE]
RELATIONS = [located("c1", "r1"), located("c2", "r1")]


def rows(store: Store, cypher: str, parameters: Mapping[str, Any] | None = None) -> list[list[Any]]:
    return store.read(cypher, parameters).rows


def stored(store: Store, identity: str) -> GraphNode | None:
    found = rows(store, "MATCH (n) WHERE n.id = $id RETURN n", {"id": identity})
    return found[0][0] if found else None


def contents(store: Store) -> list[Any]:
    """Everything in the graph, the internal name entries included."""
    nodes = rows(store, "MATCH (n) WHERE NOT n:Load RETURN labels(n), properties(n)")
    relations = rows(store, "MATCH (a)-[r]->(b) RETURN a.id, type(r), b.id, properties(r)")
    return sorted((repr(labels), sorted(map(repr, held.items()))) for labels, held in nodes) + sorted(
        map(repr, relations)
    )


def change(report: LoadReport, name: str) -> Change:
    return next((c for c in (*report.nodes, *report.relations) if c.name == name), Change(name))


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
    monkeypatch.setattr("graph.writes.BATCH", 7)
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
    assert rows(store, "MATCH (n) WHERE NOT n:Load RETURN count(n)") == [[0]]


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


# What is refused


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
    assert rows(store, "MATCH (n) RETURN count(n)") == [[0]]


def test_two_things_with_one_unique_value_are_named(store: Store) -> None:
    with pytest.raises(RecordError, match="7430001000001 is stated of c2 and of c3"):
        store.write([RICH, company("c3", "別", corporate_number="7430001000001")], [])


def test_a_schema_that_takes_the_stores_own_names_is_refused(engine_settings: Settings) -> None:
    label: dict[str, Any] = {"properties": {"sources": {}}}
    for labels, named in (({"Name": {}}, "labels.Name"), ({"Thing": label}, "labels.Thing.sources")):
        schema = Schema.model_validate({"title": {}, "labels": labels})
        with pytest.raises(SchemaError, match=named):
            Store.open(engine_settings, schema)


def test_a_graph_of_a_newer_schema_is_refused(store: Store, engine_settings: Settings, schema: Schema) -> None:
    store.write([OSTI], [])
    Store.open(engine_settings, schema).close()
    older = schema.model_copy(update={"version": schema.version - 1})
    with pytest.raises(EngineError, match="version"):
        Store.open(engine_settings, older)


def test_the_reader_cannot_write(store: Store) -> None:
    store.write([OSTI], [])
    before = contents(store)
    for cypher in (
        "CREATE (n:Company {id: 'x'})",
        "MERGE (n:Company {id: 'x'}) RETURN n",
        "MATCH (n:Company) SET n.name = 'x' RETURN n",
        "MATCH (n:Company) DETACH DELETE n",
        "CREATE INDEX bad IF NOT EXISTS FOR (n:Company) ON (n.url)",
    ):
        with pytest.raises(QueryError):
            store.read(cypher, guarded=False)
    assert contents(store) == before


def test_a_query_that_is_no_plain_read_does_not_reach_the_engine(store: Store) -> None:
    with pytest.raises(GuardError):
        store.read("MATCH (n) DETACH DELETE n")


def test_a_reader_that_could_write_is_refused(
    engine_settings: Settings, schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.bolt._PROBE", "RETURN 1")
    with pytest.raises(UnsafeError):
        Store.open(engine_settings, schema)


@pytest.mark.parametrize("cypher", ["MATCH (n RETURN n", "RETURN nothing", "RETURN unheard_of(1)", "RETURN $missing"])
def test_a_wrong_query_is_a_query_error_with_the_engines_words(store: Store, cypher: str) -> None:
    with pytest.raises(QueryError) as caught:
        store.read(cypher, guarded=False)
    assert "Check the server log" not in caught.value.message
    assert len(caught.value.message) > 40


def test_a_parameter_that_cannot_be_sent_is_a_query_error(store: Store) -> None:
    with pytest.raises(QueryError):
        store.read("RETURN $x", {"x": 2**70})
    with pytest.raises(QueryError):
        store.read("RETURN $x", {"x": object()})


# Limits


def test_rows_beyond_the_limit_are_cut_and_said_to_be(store: Store) -> None:
    started = time.monotonic()
    table = store.read("UNWIND range(1, 9000000) AS x RETURN x", rows=3)
    assert (table.columns, table.rows, table.truncated) == (["x"], [[1], [2], [3]], True)
    assert time.monotonic() - started < 10
    assert not store.read("UNWIND range(1, 3) AS x RETURN x", rows=3).truncated
    assert len(store.read("UNWIND range(1, 2500) AS x RETURN x").rows) == 2500


def test_a_query_without_rows_gives_an_empty_table(store: Store) -> None:
    table = store.read("MATCH (n:Company) RETURN n.name AS name, n.id")
    assert (table.rows, table.truncated) == ([], False)
    assert table.columns in ([], ["name", "n.id"])  # the embedded engine names columns with the first row


def running(store: Store) -> list[list[Any]]:
    listed = "SHOW TRANSACTIONS YIELD currentQuery RETURN currentQuery"
    return [row for row in store.read(listed, guarded=False).rows if "99991" in str(row[0])]


def test_a_runaway_query_is_stopped_and_the_engine_goes_on(store: Store) -> None:
    started = time.monotonic()
    with pytest.raises(LimitError):
        store.read(RUNAWAY, seconds=1)
    assert time.monotonic() - started < 10
    assert rows(store, "RETURN 1") == [[1]]
    deadline = time.monotonic() + 15
    while running(store) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert running(store) == []


def test_a_query_that_eats_memory_is_stopped_and_the_engine_goes_on(store: Store) -> None:
    with pytest.raises((LimitError, QueryError)):
        store.read("UNWIND range(1, 9000000) AS x RETURN size(collect('text ' + toString(x)))", seconds=20)
    assert rows(store, "RETURN 1") == [[1]]


def test_threads_can_read_at_the_same_time(store: Store) -> None:
    store.write(NODES, RELATIONS)
    found: list[int] = []

    def work() -> None:
        found.extend(store.read("MATCH (n:Company) RETURN count(n)").rows[0][0] for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2] * 80


# Values


def test_paths_become_lists_and_times_become_text(store: Store) -> None:
    store.write(NODES, RELATIONS)
    (row,) = rows(
        store,
        "MATCH p = (:Company {id: 'c1'})-->(:Region) RETURN p, [p] AS nested, {x: date('2020-01-02')} AS map, "
        "datetime('2020-01-02T03:04:05Z'), duration('P1D'), time('10:00:00Z'), null, 1.5, [1, 'a', true]",
    )
    path, nested, dates, moment, span, clock, nothing, number, mixed = row
    assert [type(step) for step in path] == [GraphNode, GraphRelation, GraphNode]
    assert path[1].start == ("Company", "c1")
    assert path[1].end == ("Region", "r1")
    assert nested == [path]
    assert dates == {"x": "2020-01-02"}
    assert moment.startswith("2020-01-02T03:04:05")
    assert (span, nothing, number, mixed) == ("P1D", None, 1.5, [1, "a", True])
    assert clock.startswith("10:00:00")


def test_a_relation_alone_does_not_guess_its_ends(store: Store) -> None:
    store.write(NODES, RELATIONS)
    found = rows(store, "MATCH (:Company {id: 'c1'})-[r]->() RETURN r")[0][0]
    assert (found.type, found.start, found.end) == ("LOCATED_IN", ("", ""), ("", ""))


@hypothesis_settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=40),
    items=st.lists(st.text(max_size=10), max_size=4, unique=True),
    identity=st.text(min_size=1, max_size=10),
)
def test_any_text_survives(store: Store, text: str, items: list[str], identity: str) -> None:
    said = company(identity, text, aliases=items)
    store.write([said], [])
    found = rows(store, "MATCH (n:Company {id: $id}) RETURN n.id, n.name, n.aliases", {"id": identity})
    assert found == [[identity, text, items]]
    assert store.write([said], []).changes == 0


@pytest.mark.parametrize(
    "text", ["株式会社髙﨑製作所", "Ⅲ号〜①", "が か\u3099", "👩‍🔬", 'it\'s `"quoted"`\n\t\\u0041 {} $x']
)
def test_japanese_text_and_marks_survive(store: Store, text: str) -> None:
    store.write([company("c1", text)], [])
    assert rows(store, "MATCH (n:Company) WHERE n.name = $t RETURN n.name", {"t": text}) == [[text]]


def test_numbers_keep_their_kind(store: Store) -> None:
    indicator = node("Indicator", "i1", name="率", value=2.0, year=2024, rank=-(2**62))
    store.write([indicator], [])
    found = stored(store, "i1")
    assert found is not None
    values = [found.properties[name] for name in ("value", "year", "rank")]
    assert values == [2.0, 2024, -(2**62)]
    assert [type(v) for v in values] == [float, int, int]


# Names


def names(store: Store, *texts: str) -> set[tuple[str, str, str, str | None]]:
    keys = {key for text in texts for key in fold.keys(text)}
    return {(e.label, e.property, e.text, e.id) for e in store.find_names(keys)}


def test_names_are_found_in_other_spellings(store: Store) -> None:
    store.write(NODES, RELATIONS)
    for spelling in ("オスティ", "ｵｽﾃｨ", "（株）オスティ", "おすてぃ"):
        assert ("Company", "name", "株式会社オスティ", "c1") in names(store, spelling)
    assert names(store, "osti") == {("Company", "name_en", "OSTi Co., Ltd.", "c1")}
    assert names(store, "大阪の技術屋") == {("Company", "aliases", "大阪の技術屋", "c1")}
    assert names(store, "7430001000001") == {("Company", "corporate_number", "7430001000001", "c2")}
    assert names(store, "おおさかふ", "OSAKAFU") == {("Region", "reading", "おおさかふ", "r1")}
    assert names(store, "知らない") == set()
    assert store.find_names([]) == []


def test_entries_of_one_key_come_in_a_fixed_order(store: Store) -> None:
    store.write([company("c9", "同名"), company("c8", "同名"), node("Product", "p1", name="同名")], [])
    assert store.find_names(fold.keys("同名")) == [
        NameEntry("同名", "Company", "name", "同名", "c8"),
        NameEntry("同名", "Company", "name", "同名", "c9"),
        NameEntry("同名", "Product", "name", "同名", "p1"),
    ]


def test_names_follow_a_changed_name(store: Store) -> None:
    store.write([OSTI], [])
    store.write([replace(OSTI, properties={**OSTI.properties, "name": "株式会社ネオ", "aliases": []})], [])
    assert names(store, "ネオ") == {("Company", "name", "株式会社ネオ", "c1")}
    assert names(store, "大阪の技術屋") == names(store, "オスティ") == set()
    assert names(store, "OSTi") == {("Company", "name_en", "OSTi Co., Ltd.", "c1")}


def test_a_value_is_indexed_once_and_goes_with_its_last_thing(store: Store) -> None:
    second = node("FundingTerm", "t2", name="通常枠 下限", kind="minimum", track="通常枠")
    store.write([TERM, second], [])
    entry = ("FundingTerm", "track", "通常枠", None)
    assert store.find_names(fold.keys("通常枠")) == [NameEntry("通常枠", *entry)]
    store.write([second], [])
    assert entry in names(store, "通常枠")
    store.write([replace(second, properties={"name": "通常枠 下限", "kind": "minimum", "track": "特別枠"})], [])
    assert entry not in names(store, "通常枠")
    assert names(store, "特別枠") == {("FundingTerm", "track", "特別枠", None)}


def test_the_key_of_the_name_index_is_indexed(store: Store) -> None:
    store.prepare()
    store.prepare()
    listed = store.read("SHOW INDEXES YIELD labelsOrTypes, properties RETURN labelsOrTypes, properties", guarded=False)
    assert [["Name"], ["key"]] in listed.rows
    assert [["Company"], ["id"]] in listed.rows
    assert [["Company"], ["corporate_number"]] in listed.rows


# Loads, engine and connection


def test_a_load_is_recorded_and_a_broken_one_can_be_completed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write([RICH], [], documents=frozenset({"other"}))
    with monkeypatch.context() as patched:
        patched.setattr("graph.writes._Write.relations", lambda self, chunk: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            store.write(NODES, RELATIONS)
    assert {load.documents: load.state for load in store.loads()} == {("other",): "done", ("facts",): "running"}
    assert store.write(NODES, RELATIONS).dangling == []
    assert [load.state for load in store.loads()] == ["done", "done"]
    assert store.write(NODES, RELATIONS).changes == 0


def test_the_engine_tells_what_it_is(store: Store, engine_settings: Settings) -> None:
    info = store.info()
    assert info.embedded == engine_settings.embedded
    assert info.kind == ("ArcadeDB" if info.embedded else "Neo4j")
    assert info.version[0].isdigit()
    assert info.address.startswith("bolt://")
    assert (info.home == engine_settings.home) == info.embedded


def test_a_closed_store_says_so(engine_settings: Settings, schema: Schema) -> None:
    opened = Store.open(engine_settings, schema)
    opened.close()
    opened.close()
    with pytest.raises(EngineError, match="closed"):
        opened.read("RETURN 1")


def test_a_wrong_password_is_a_login_error(store: Store, schema: Schema) -> None:
    settings = Settings.model_validate({"uri": store.info().address, "user": "neo4j", "password": "wrong"})
    with pytest.raises(LoginError) as caught:
        Store.open(settings, schema)
    assert store.info().address in str(caught.value)


@pytest.mark.parametrize("uri", ["bolt://127.0.0.1:9", "neo4j://127.0.0.1:9", "bolt://no-such-host.invalid"])
def test_an_address_where_nothing_answers_is_said_at_once(uri: str, schema: Schema) -> None:
    started = time.monotonic()
    with pytest.raises(EngineError) as caught:
        Store.open(Settings.model_validate({"uri": uri}), schema)
    assert time.monotonic() - started < 20
    assert uri in str(caught.value)
    assert caught.value.next_step


def test_a_database_that_is_not_there_is_an_engine_error(
    store: Store, engine_settings: Settings, schema: Schema
) -> None:
    if engine_settings.embedded:
        link = connect(engine_settings)
        link.close()
        assert link.engine is not None
        login = {"user": link.engine.user, "password": link.engine.password}
    else:
        login = {"user": engine_settings.user, "password": engine_settings.password.get_secret_value()}
    settings = Settings.model_validate(
        {"uri": store.info().address, "database": "nowhere", "reader_user": None, **login}
    )
    with pytest.raises(EngineError, match="nowhere"):
        Store.open(settings, schema)


def test_importing_the_store_does_not_import_the_driver(tmp_path: Path) -> None:
    code = "import sys, graph.store; print(sorted({'neo4j', 'jpype', 'numpy', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

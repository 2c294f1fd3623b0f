"""What users can rely on about values that go into the graph and come out again, on either engine."""

from __future__ import annotations

import pytest
from examples import (
    NODES,
    RELATIONS,
    company,
    node,
    rows,
    stored,
)
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from graph.store import GraphNode, GraphRelation, Store


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

"""What users can rely on when schema.yaml changes over a graph that holds things, on either engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import embedded
from examples import contents, rows

from graph import fold
from graph.errors import SchemaError
from graph.records import Node, Relation, Source
from graph.schema import Schema
from graph.settings import Settings
from graph.store import Store

BEFORE: dict[str, Any] = {
    "title": {"en": "Music"},
    "common": {"name": {"find_by": "name", "required": True}},
    "labels": {
        "Band": {
            "properties": {
                "founded": {},
                "tags": {"type": "strings"},
                "code": {"unique": True},
                "mood": {"type": "enum", "values": {"calm": {}, "loud": {}}},
                "fee": {"type": "integer"},
            }
        },
        "City": {},
        "Label": {"properties": {"catalogue": {"unique": True}}},
    },
    "relations": {
        "BASED_IN": {"from": ["Band"], "to": ["City"], "properties": {"since": {}}},
        "SIGNED_TO": {"from": ["Band"], "to": ["Label", "City"]},
    },
}
FROM = (Source("charts", "row"),)
NODES = [
    Node("Band", "b1", {"name": "The Lanterns", "founded": "1999", "tags": ["a"], "code": "17", "mood": "calm", "fee": 5}, FROM),
    Node("Band", "b2", {"name": "North Pier", "founded": "about 2001", "tags": ["a", "b"], "code": "18", "mood": "loud"}, FROM),
    Node("City", "c1", {"name": "Leeds"}, FROM),
    Node("Label", "l1", {"name": "Harbour", "catalogue": "HRB"}, FROM),
]  # fmt: skip
RELATIONS = [
    Relation("BASED_IN", "Band", "b1", "City", "c1", {"since": "2001"}, FROM),
    Relation("BASED_IN", "Band", "b2", "City", "c1", {"since": "long ago"}, FROM, "x"),
    Relation("SIGNED_TO", "Band", "b1", "Label", "l1", {}, FROM),
    Relation("SIGNED_TO", "Band", "b2", "City", "c1", {}, FROM),
]
Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> Schema:
    """The schema after a change of its file."""
    told = Schema.model_validate(BEFORE).model_dump(by_alias=True)
    change(told)
    return Schema.model_validate(told)


@pytest.fixture
def filled(store: Store, engine_settings: Settings) -> Settings:
    """Settings of a graph that was filled under the schema of before."""
    with Store.open(engine_settings, Schema.model_validate(BEFORE)) as opened:
        # Whatever an earlier test made unique.
        opened.prepare()
        opened.write(NODES, RELATIONS)
    return engine_settings


def drop(*steps: str) -> Change:
    """Take one entry out of the file."""

    def change(told: dict[str, Any]) -> None:
        for step in steps[:-1]:
            told = told[step]
        del told[steps[-1]]

    return change


def put(value: Any, *steps: str) -> Change:
    """Put one entry into the file."""

    def change(told: dict[str, Any]) -> None:
        for step in steps[:-1]:
            told = told[step]
        told[steps[-1]] = value

    return change


FOUNDED = ("labels", "Band", "properties", "founded")


@pytest.mark.parametrize(
    "change",
    [
        put({}, "labels", "Venue"),
        put({"unique": True, "find_by": "value"}, "labels", "City", "properties", "postcode"),
        put({"from": ["City"], "to": ["City"]}, "relations", "TWINNED_WITH"),
        put({"type": "integer"}, "relations", "SIGNED_TO", "properties", "year"),
        put(("Band", "City"), "relations", "BASED_IN", "from"),
        put({"calm": {}, "loud": {}, "wry": {}}, "labels", "Band", "properties", "mood", "values"),
        put({"type": "string"}, "labels", "Band", "properties", "mood"),
        put({"type": "url"}, *FOUNDED),
        put({"unique": True}, *FOUNDED),
        put({"unique": False}, "labels", "Band", "properties", "code"),
    ],
)  # fmt: skip
def test_additions_are_taken_silently_and_change_no_value(filled: Settings, change: Change) -> None:
    with Store.open(filled, changed(change)) as store:
        before = rows(store, "MATCH (n:Band) RETURN properties(n) ORDER BY n.id")
        store.prepare()
        assert store.migration().steps() == []
        assert rows(store, "MATCH (n:Band) RETURN properties(n) ORDER BY n.id") == before
        assert store.counts().relations["BASED_IN"] == 2


def test_what_nothing_in_the_graph_has_is_taken_away_silently(filled: Settings) -> None:
    with Store.open(filled, Schema.model_validate(BEFORE)) as store:
        store.write([], [], documents=frozenset({"charts"}))
    with Store.open(filled, changed(drop("labels", "Band", "properties", "mood"))) as store:
        assert store.migration().steps() == []
        store.prepare()


def test_a_property_that_becomes_a_name_is_found_at_once(filled: Settings) -> None:
    with Store.open(filled, changed(put({"find_by": "name"}, *FOUNDED))) as store:
        store.prepare()
        assert [entry.id for entry in store.find_names(fold.keys("about 2001"))] == ["b2"]
    with Store.open(filled, Schema.model_validate(BEFORE)) as store:
        store.prepare()
        assert store.find_names(fold.keys("about 2001")) == []
        assert len(store.find_names(fold.keys("North Pier"))) == 1


def test_names_are_indexed_anew_when_the_rules_of_folding_change(
    filled: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.shape.FOLDING", ())
    monkeypatch.setattr("graph.fold.both_keys", lambda text: (text[::-1], text[::-1]))
    with Store.open(filled, Schema.model_validate(BEFORE)) as store:
        store.prepare()
        assert [entry.id for entry in store.find_names({"sdeeL"})] == ["c1"]
        assert rows(store, "MATCH (n:Name) RETURN count(n)") == [[4]]


def test_names_kept_in_the_former_way_are_kept_anew_at_the_next_start(filled: Settings) -> None:
    schema = Schema.model_validate(BEFORE)
    with Store.open(filled, schema) as store:
        kept = rows(store, "MATCH (n:Name) RETURN properties(n) ORDER BY n.key, n.entry")
        for text in (
            "MATCH (n:Name) DELETE n",
            "CREATE (:Name {key: 'leeds', label: 'City', property: 'name', text: 'Leeds', node: 'c1'})",
            'MATCH (s:GraphSchema) SET s.shape = replace(s.shape, \'"names":"\', \'"names":"former \')',
        ):
            store.link.rows(text, {}, writing=True)
    with Store.open(filled, schema) as store:
        store.prepare()
        assert rows(store, "MATCH (n:Name) RETURN properties(n) ORDER BY n.key, n.entry") == kept
        assert [entry.id for entry in store.find_names(fold.keys("Leeds"))] == ["c1"]


def no_labels(told: dict[str, Any]) -> None:
    del told["labels"]["Label"]
    told["relations"]["SIGNED_TO"]["to"] = ("City",)


CASES: dict[str, tuple[Change, str, str, list[Any]]] = {
    "a label": (no_labels, "labels.Label is gone: 1 things are removed", "MATCH (n) WHERE n:Label OR (n:Name AND n.entry CONTAINS 'l1') RETURN n.id", []),
    "an end of a relation": (put(("City",), "relations", "SIGNED_TO", "to"), "relations.SIGNED_TO no longer joins the ends of 1 relations", "MATCH (a)-[:SIGNED_TO]->(b) RETURN a.id, b.id", [["b2", "c1"]]),
    "a relation": (drop("relations", "BASED_IN"), "relations.BASED_IN is gone: 2 relations are removed", "MATCH ()-[r:BASED_IN]->() RETURN r", []),
    "a property": (drop(*FOUNDED), "labels.Band.founded is gone: 2 values are removed", "MATCH (n:Band) WHERE n.founded IS NOT NULL RETURN n.id", []),
    "a unique property": (drop("labels", "Label", "properties", "catalogue"), "labels.Label.catalogue is gone: 1 values are removed", "MATCH (n:Label) RETURN n.catalogue", [[None]]),
    "a property of a relation": (drop("relations", "BASED_IN", "properties", "since"), "relations.BASED_IN.since is gone: 2 values are removed", "MATCH ()-[r:BASED_IN]->() RETURN r.since, r.sources", [[None, ["charts|row|"]]] * 2),
    "a type": (put({"type": "integer"}, *FOUNDED), "labels.Band.founded is no longer of type string: 2 values are read anew, 1 of them cannot be and are removed (b2: 'about 2001')", "MATCH (n:Band) RETURN n.founded ORDER BY n.id", [[1999], [None]]),
    "a type with a unique value": (put({"type": "integer", "unique": True}, "labels", "Band", "properties", "code"), "labels.Band.code is no longer of type string: 2 values are read anew", "MATCH (n:Band) WHERE n.code > 3 RETURN n.code ORDER BY n.id", [[17], [18]]),
    "a type to a list": (put({"type": "strings"}, *FOUNDED), "2 values are read anew", "MATCH (n:Band) RETURN n.founded ORDER BY n.id", [[["1999"]], [["about 2001"]]]),
    "a list to one": (put({"type": "string"}, "labels", "Band", "properties", "tags"), "1 of them cannot be and are removed (b2: ['a', 'b'])", "MATCH (n:Band) RETURN n.tags ORDER BY n.id", [["a"], [None]]),
    "a number to text": (put({"type": "string"}, "labels", "Band", "properties", "fee"), "1 values are read anew", "MATCH (n:Band {id: 'b1'}) RETURN n.fee", [["5"]]),
    "a type of a relation": (put({"type": "year"}, "relations", "BASED_IN", "properties", "since"), "1 of them cannot be and are removed (b2 → c1: 'long ago')", "MATCH (n)-[r:BASED_IN]->() RETURN r.since, r.key, r.sources ORDER BY n.id", [[2001, "", ["charts|row|"]], [None, "x", ["charts|row|"]]]),
    "an allowed value": (put({"calm": {}}, "labels", "Band", "properties", "mood", "values"), "1 of them cannot be and are removed (b2: 'loud')", "MATCH (n:Band) RETURN n.mood ORDER BY n.id", [["calm"], [None]]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_removes_or_changes_values_waits_for_a_migration(filled: Settings, case: str) -> None:
    change, told, cypher, expected = CASES[case]
    with Store.open(filled, changed(change)) as store:
        before = contents(store)
        with pytest.raises(SchemaError) as caught:
            store.prepare()
        assert "enmusubi migrate" in caught.value.next_step
        migration = store.migration()
        steps = migration.steps()
        assert told in " / ".join(map(str, steps))
        assert contents(store) == before
        migration.apply(steps)
        assert rows(store, cypher) == expected
        store.prepare()
        assert store.migration().steps() == []
        assert store.write([], []).changes == 0


def test_a_value_that_several_share_cannot_become_unique(filled: Settings) -> None:
    with Store.open(filled, Schema.model_validate(BEFORE)) as store:
        twins = [Node("City", f"t{i}", {"name": "Newport"}, FROM) for i in range(2)]
        store.write([*NODES, *twins], RELATIONS)
    told = put({"find_by": "name", "unique": True}, "common", "name")
    with Store.open(filled, changed(told)) as store:
        before = contents(store)
        steps = store.migration().steps()
        assert [str(step) for step in steps] == ["labels.City.name is to be unique, but 1 values are shared (Newport)"]
        with pytest.raises(SchemaError, match="Newport"):
            store.migration().apply(steps)
        assert contents(store) == before


def test_a_broken_migration_is_completed(filled: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(told: dict[str, Any]) -> None:
        no_labels(told)
        del told["relations"]["BASED_IN"]

    with Store.open(filled, changed(change)) as store:
        done: list[object] = []
        with monkeypatch.context() as patched:
            patched.setattr("graph.migration.apply_step", lambda *step: done.append(step) if not done else 1 / 0)
            with pytest.raises(ZeroDivisionError):
                store.migration().apply(store.migration().steps())
        with pytest.raises(SchemaError):
            store.prepare()
        store.migration().apply(store.migration().steps())
        store.prepare()
        assert rows(store, "MATCH (n) WHERE n:Band OR n:City OR n:Label RETURN n.id ORDER BY n.id") == [
            ["b1"],
            ["b2"],
            ["c1"],
        ]


def test_another_domain_over_the_same_folder_is_refused_and_harms_nothing(schema: Schema, tmp_path: Path) -> None:
    with Store.open(embedded(tmp_path / "home"), schema) as store:
        store.write([Node("Company", "c1", {"name": "甲"}, FROM)], [])
    with Store.open(embedded(tmp_path / "home"), Schema.model_validate(BEFORE)) as store:
        with pytest.raises(SchemaError, match=r"labels\.Company is gone: 1 things are removed") as caught:
            store.write(NODES, RELATIONS)
        assert "ENMUSUBI_HOME" in caught.value.next_step
    with Store.open(embedded(tmp_path / "home"), schema) as store:
        assert store.counts().nodes["Company"] == 1

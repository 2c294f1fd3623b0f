"""Nodes, relations and name entries enter, the Cypher that reads, adds, changes or removes them is run in batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from graph.batches import chunks
from graph.dialect import NAME, Run, quoted
from graph.merge import NameEntry, State
from graph.records import Relation, Source
from graph.spool import NodeKey, RelationKey


def read_nodes(run: Run, label: str, identities: list[str]) -> dict[str, State]:
    """The states of those nodes of a label that exist, by id."""
    text = f"UNWIND $ids AS id MATCH (n:{quoted(label)} {{id: id}}) RETURN properties(n)"
    return {row[0]["id"]: State.of_stored(row[0], "id") for row in run(text, {"ids": identities})}


def _written(names: Iterable[str], row: str) -> str:
    """The named entries of the map `row` as a map; naming them writes a record once, copying the map twice."""
    return "{" + ", ".join(f"{quoted(name)}: {row}.{quoted(name)}" for name in names) + "}"


def write_nodes(run: Run, label: str, rows: Mapping[str, list[dict[str, Any]]]) -> None:
    """Create the nodes under `added`, and give those under `changed` their new properties."""
    if rows["added"]:
        names = sorted({name for row in rows["added"] for name in row})
        text = f"CREATE (:{quoted(label)} {_written(names, 'row')})"
        run(f"UNWIND $rows AS row {text}", {"rows": rows["added"]})
    if rows["changed"]:
        text = f"MATCH (n:{quoted(label)} {{id: row.id}}) SET n = row"
        run(f"UNWIND $rows AS row {text}", {"rows": rows["changed"]})


def remove_nodes(run: Run, label: str, identities: list[str]) -> list[Relation]:
    """Remove nodes, and the relations with them that other documents state: these are returned."""
    pattern = f"UNWIND $ids AS id MATCH (n:{quoted(label)} {{id: id}})"
    ends = "labels(startNode(r))[0], labels(endNode(r))[0], startNode(r).id, endNode(r).id"
    rows = run(f"{pattern}-[r]-() RETURN DISTINCT type(r), {ends}, properties(r)", {"ids": identities})
    run(f"{pattern} DETACH DELETE n", {"ids": identities})
    return [
        stated_relation((kind, a, b, start, end, held.get("key", "")), held) for kind, a, b, start, end, held in rows
    ]


_NAME_FIELDS = ("key", "label", "property", "text", "node")


def write_names(run: Run, before: set[NameEntry], after: set[NameEntry]) -> None:
    """Bring the name index from `before` to `after`."""
    # An entry of a value belongs to no node: whether it can go shows only at the end of the write.
    remove_names(run, [entry for entry in before - after if entry.id is not None])
    fresh = after - before
    own = [_name_row(entry) for entry in fresh if entry.id is not None]
    shared = [_name_row(entry) for entry in fresh if entry.id is None]
    for verb, fields, rows in (("CREATE", _NAME_FIELDS, own), ("MERGE", _NAME_FIELDS[:-1], shared)):
        rows.sort(key=lambda row: tuple(row.values()))
        text = f"UNWIND $rows AS row {verb} (:{NAME} {_written(fields, 'row')})"
        for part in chunks(rows):
            run(text, {"rows": part})


def remove_names(run: Run, entries: Iterable[NameEntry]) -> None:
    """Take entries out of the name index."""
    text = (
        f"UNWIND $rows AS row MATCH (n:{NAME} {{key: row.key}}) WHERE n.label = row.label "
        "AND n.property = row.property AND n.text = row.text AND coalesce(n.node, '') = coalesce(row.node, '') DELETE n"
    )
    for part in chunks(_name_row(entry) for entry in entries):
        run(text, {"rows": part})


def _name_row(entry: NameEntry) -> dict[str, str]:
    row = {"key": entry.key, "label": entry.label, "property": entry.property, "text": entry.text}
    return row if entry.id is None else {**row, "node": entry.id}


def places(run: Run, nodes: set[NodeKey]) -> dict[NodeKey, str]:
    """Where the engine keeps each of the nodes that exist; finding them again this way takes no index."""
    found = {}
    for label, group in groupby(sorted(nodes), key=lambda node: node[0]):
        text = f"UNWIND $ids AS id MATCH (n:{quoted(label)} {{id: id}}) RETURN n.id, elementId(n)"
        found.update({(label, i): place for i, place in run(text, {"ids": [identity for _, identity in group]})})
    return found


def places_of_ends(key: RelationKey, places: Mapping[NodeKey, str]) -> tuple[str | None, str | None]:
    """The places of both ends of a relation; None for one that is not there."""
    return places.get((key[1], key[3])), places.get((key[2], key[4]))


_AT_START = "MATCH (a) WHERE elementId(a) = {0}"
_AT_END = "MATCH (b) WHERE elementId(b) = {0}"


def read_relations(
    run: Run, kind: str, ends: list[tuple[str | None, str | None]]
) -> dict[tuple[str | None, str | None, str], State]:
    """The relations of a type between the given places, by both places and key."""
    starts = sorted({start for start, end in ends if start and end})
    finals = sorted({end for start, end in ends if start and end})
    # A place that occurs often has many relations: they are read from the other side.
    known, node = (starts, _AT_START) if len(starts) >= len(finals) else (finals, _AT_END)
    text = (
        f"UNWIND $places AS place {node.format('place')} MATCH (a)-[r:{quoted(kind)}]->(b) "
        "RETURN elementId(a), elementId(b), properties(r)"
    )
    rows = run(text, {"places": known}) if known else []
    return {(start, end, stored["key"]): State.of_stored(stored, "key") for start, end, stored in rows}


def write_relations(run: Run, kind: str, rows: Mapping[str, list[dict[str, Any]]]) -> None:
    """Create the relations under `added`, change those under `changed`, delete those under `removed`."""
    ends = f"UNWIND $rows AS row {_AT_START.format('row.start')} {_AT_END.format('row.end')}"
    found = f"{ends} MATCH (a)-[r:{quoted(kind)} {{key: row.properties.key}}]->(b)"
    names = sorted({name for row in rows["added"] for name in row["properties"]})
    fresh = f"{ends} CREATE (a)-[:{quoted(kind)} {_written(names, 'row.properties')}]->(b)"
    for outcome, text in (
        ("added", fresh),
        ("changed", f"{found} SET r = row.properties"),
        ("removed", f"{found} DELETE r"),
    ):
        if rows[outcome]:
            run(text, {"rows": rows[outcome]})


def stated_relation(key: RelationKey, stored: Mapping[str, Any]) -> Relation:
    """A relation with its stored properties, as a record."""
    state = State.of_stored(stored, "key")
    kind, start_label, end_label, start, end, name = key
    sources = tuple(map(Source.parse, state.sources))
    return Relation(kind, start_label, start, end_label, end, state.properties, sources, name)

"""Nodes, relations and name entries enter, the Cypher that reads, adds, changes or removes them is run in batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from itertools import groupby
from typing import Any

from graph.batches import chunks
from graph.dialect import KEYS, NAME, Run, one, quoted
from graph.merge import State
from graph.naming import Indexed
from graph.plans import Rows, Sides
from graph.records import Relation, Source
from graph.spool import NodeKey, RelationKey


def read_nodes(run: Run, label: str, identities: list[str]) -> dict[NodeKey, State]:
    """The states of those nodes of a label that exist."""
    # As one list, because the driver takes as long for a row as the engine does.
    text = f"UNWIND $ids AS id {one('n', label, 'id')} RETURN collect(properties(n))"
    return {(label, held["id"]): State.of_stored(held, "id") for held in run(text, {"ids": identities})[0][0]}


def existing(run: Run, nodes: set[NodeKey]) -> set[NodeKey]:
    """Those of the nodes that are in the graph."""
    found = set()
    for label, group in groupby(sorted(nodes), key=lambda node: node[0]):
        text = f"UNWIND $ids AS id {one('n', label, 'id')} RETURN n.id"
        found |= {(label, row[0]) for row in run(text, {"ids": [identity for _, identity in group]})}
    return found


def _written(names: Iterable[str], start: int = 0) -> str:
    """A map of the names, with the items of the list `row` from `start` on; as lists, rows take half as long to send."""
    return "{" + ", ".join(f"{quoted(name)}: row[{at}]" for at, name in enumerate(names, start)) + "}"


def write_nodes(run: Run, label: str, rows: Rows) -> None:
    """Create the nodes under `added`, and give those under `changed` their new properties."""
    if rows["added"]:
        names = sorted({name for row in rows["added"] for name in row})
        added = [list(map(row.get, names)) for row in rows["added"]]
        run(f"UNWIND $rows AS row CREATE (:{quoted(label)} {_written(names)})", {"rows": added})
    if rows["changed"]:
        run(f"UNWIND $rows AS row {one('n', label, 'row.id')} SET n = row", {"rows": rows["changed"]})


def remove_nodes(run: Run, label: str, identities: list[str]) -> list[Relation]:
    """Remove nodes, and the relations with them that other documents state: these are returned."""
    pattern = f"UNWIND $ids AS id {one('n', label, 'id')}"
    ends = "labels(startNode(r))[0], labels(endNode(r))[0], startNode(r).id, endNode(r).id"
    rows = run(f"{pattern} MATCH (n)-[r]-() RETURN DISTINCT type(r), {ends}, properties(r)", {"ids": identities})
    run(f"{pattern} DETACH DELETE n", {"ids": identities})
    return [
        stated_relation((kind, a, b, start, end, held.get("key", "")), held) for kind, a, b, start, end, held in rows
    ]


def write_names(run: Run, before: Set[Indexed], after: Set[Indexed]) -> None:
    """Bring the name index from `before` to `after`."""
    # An entry of a value belongs to no node: whether it can go shows only at the end of the write.
    remove_names(run, [entry for entry in before - after if not entry.shared])
    fresh = after - before
    shared = [entry for entry in fresh if entry.shared]
    names = (*KEYS, "entry")
    text = f"UNWIND $rows AS row CREATE (:{NAME} {_written(names)})"
    for part in chunks(list(map(entry.row().get, names)) for entry in fresh - set(shared)):
        run(text, {"rows": part})
    _by_place(run, shared, "MERGE (:{1} {{{0}: row.{0}, entry: row.entry}})")


def remove_names(run: Run, entries: Iterable[Indexed]) -> None:
    """Take entries out of the name index."""
    _by_place(
        run, entries, "MATCH (n:{1} {{{0}: row.{0}}}) USING INDEX SEEK n:{1}({0}) WHERE n.entry = row.entry DELETE n"
    )


def _by_place(run: Run, entries: Iterable[Indexed], text: str) -> None:
    """Run the statement for all entries, with the name of the property that has their first key as {0}, the index as {1}."""
    for place, group in groupby(sorted(entries), key=lambda entry: entry.place):
        for part in chunks(entry.row() for entry in group):
            run(f"UNWIND $rows AS row {text.format(KEYS[place], NAME)}", {"rows": part})


# All relations of so many things are read at once.
_THINGS = 1000


def read_relations(run: Run, sides: Sides, keys: list[RelationKey]) -> dict[RelationKey, State]:
    """The relations of a type between the ends of the keys, and others of the same things."""
    kind, start, end = map(quoted, sides)
    starts, ends = sorted({key[3] for key in keys}), sorted({key[4] for key in keys})
    # A thing that occurs often has many relations: they are read from the other side. WITH keeps a planner that knew
    # the graph while it was empty from reading all of the other label first.
    name, label, known = ("a", sides[1], starts) if len(starts) >= len(ends) else ("b", sides[2], ends)
    text = (
        f"UNWIND $ids AS id {one(name, label, 'id')} WITH {name} MATCH (a:{start})-[r:{kind}]->(b:{end}) "
        "RETURN collect([a.id, b.id, properties(r)])"
    )
    found = {}
    for at in range(0, len(known), _THINGS):
        for first, last, held in run(text, {"ids": known[at : at + _THINGS]})[0][0]:
            found[(*sides, first, last, held["key"])] = State.of_stored(held, "key")
    return found


def write_relations(run: Run, sides: Sides, rows: Rows) -> int:
    """Create the relations under `added`, change those under `changed`, delete those under `removed`.

    Returns how many were created: those with both ends.
    """
    kind = quoted(sides[0])
    found = f"{_ends(sides, 'row.start', 'row.end')} MATCH (a)-[r:{kind} {{key: row.properties.key}}]->(b)"
    for outcome, change in (("changed", "SET r = row.properties"), ("removed", "DELETE r")):
        if rows[outcome]:
            run(f"{found} {change}", {"rows": rows[outcome]})
    if not rows["added"]:
        return 0
    names = sorted({name for row in rows["added"] for name in row["properties"]})
    added = [[row["start"], row["end"], *map(row["properties"].get, names)] for row in rows["added"]]
    fresh = f"{_ends(sides, 'row[0]', 'row[1]')} CREATE (a)-[:{kind} {_written(names, 2)}]->(b) RETURN count(*)"
    return sum(count for (count,) in run(fresh, {"rows": added}))


def _ends(sides: Sides, first: str, last: str) -> str:
    """Of every row both ends, whose ids are where `first` and `last` say."""
    return f"UNWIND $rows AS row {one('a', sides[1], first)} {one('b', sides[2], last)}"


def stated_relation(key: RelationKey, stored: Mapping[str, Any]) -> Relation:
    """A relation with its stored properties, as a record."""
    state = State.of_stored(stored, "key")
    kind, start_label, end_label, start, end, name = key
    sources = tuple(map(Source.parse, state.sources))
    return Relation(kind, start_label, start, end_label, end, state.properties, sources, name)

"""A store and a choice of things enter, these things with the relations among them leave."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from graph.dialect import quoted
from graph.errors import ExportError
from graph.schema import Schema
from graph.store import GraphNode, GraphRelation, Store

# The limit of an answer is far too short for reading a whole graph.
_SECONDS = 600.0
_BATCH = 5_000

_Key: TypeAlias = tuple[str, str]
"""label, id."""


@dataclass(frozen=True, slots=True)
class Subgraph:
    """Things ordered by label and id, and relations ordered by type and ends; every end is among the things."""

    nodes: tuple[GraphNode, ...]
    relations: tuple[GraphRelation, ...]


def whole(store: Store, schema: Schema) -> Subgraph:
    """Everything in the graph."""
    found = _Found(store, schema)
    for label in schema.labels:
        found.add_nodes(found.read(f"MATCH (n:{quoted(label)}) RETURN n"))
    for kind in schema.relations:
        found.add_relations(found.read(f"MATCH (a)-[r:{quoted(kind)}]->(b) {_ENDS}"))
    return found.subgraph()


def around(store: Store, schema: Schema, identity: str, hops: int) -> Subgraph:
    """One thing, what lies up to `hops` relations away from it, and all relations among these.

    Raises:
        ExportError: `identity` is no id in the graph, or `hops` is below 0.
    """
    if hops < 0:
        raise ExportError(f"{hops} is no number of steps.", next_step="Give 0 or more.")
    found = _Found(store, schema)
    front = found.look_up([identity])
    for _ in range(hops):
        front = found.add_neighbours(front)
    found.join(list(found.nodes))
    return found.subgraph()


def of_ids(store: Store, schema: Schema, ids: Collection[str]) -> Subgraph:
    """The things with these ids, their direct neighbours, and the relations that have one of these things at an end.

    Raises:
        ExportError: one of them is no id in the graph.
    """
    found = _Found(store, schema)
    found.add_neighbours(found.look_up(ids), joined=True)
    return found.subgraph()


_ENDS = "RETURN labels(a)[0], a.id, r, labels(b)[0], b.id"
_FROM = "UNWIND $ids AS id MATCH (n:{label} {{id: id}})-[r]->(m)"
_TO = "UNWIND $ids AS id MATCH (n:{label} {{id: id}})<-[r]-(m)"
_OUTGOING = f"{_FROM} RETURN labels(n)[0], n.id, r, labels(m)[0], m.id"
_INCOMING = f"{_TO} RETURN labels(m)[0], m.id, r, labels(n)[0], n.id"


class _Found:
    """What was read so far."""

    def __init__(self, store: Store, schema: Schema) -> None:
        self.store, self.schema = store, schema
        self.nodes: dict[_Key, GraphNode] = {}
        self.relations: dict[tuple[str, _Key, _Key, str], GraphRelation] = {}

    def subgraph(self) -> Subgraph:
        return Subgraph(
            tuple(self.nodes[key] for key in sorted(self.nodes)),
            tuple(self.relations[key] for key in sorted(self.relations)),
        )

    def read(self, cypher: str, ids: list[str] | None = None) -> list[list[Any]]:
        return self.store.read(cypher, {"ids": ids} if ids is not None else None, seconds=_SECONDS).rows

    def add_nodes(self, rows: Iterable[list[Any]]) -> None:
        for (node,) in rows:
            self.nodes[node.label, node.id] = node

    def add_relations(self, rows: Iterable[list[Any]], wanted: Callable[[_Key, _Key], bool] | None = None) -> None:
        """Keep the relations that the schema knows, with their ends, which a result without nodes does not tell."""
        for start_label, start, relation, end_label, end in rows:
            first, last = (start_label, start), (end_label, end)
            if relation.type not in self.schema.relations or (wanted and not wanted(first, last)):
                continue
            key = (relation.type, first, last, str(relation.properties.get("key", "")))
            self.relations[key] = GraphRelation(relation.type, first, last, relation.properties)

    def look_up(self, ids: Collection[str]) -> list[_Key]:
        """Read the things with these ids, whatever their label."""
        wanted = list(dict.fromkeys(ids))
        for label in self.schema.labels:
            for part in _batches(wanted):
                text = f"UNWIND $ids AS id MATCH (n:{quoted(label)} {{id: id}}) RETURN n"
                self.add_nodes(self.read(text, part))
        known = {identity for _, identity in self.nodes}
        missing = next((identity for identity in wanted if identity not in known), None)
        if missing is not None:
            raise ExportError(
                f"There is no thing with the id {missing!r}.",
                next_step="Ids look like Label/name; `enmusubi ask … --json` shows those of an answer under `entities`.",
            )
        return list(self.nodes)

    def add_neighbours(self, front: list[_Key], *, joined: bool = False) -> list[_Key]:
        """Read what is joined to the things of `front` and give what was not known; `joined` keeps the relations too."""
        before = set(self.nodes)
        for label, part in self._parts(front):
            for pattern, ends in ((_FROM, _OUTGOING), (_TO, _INCOMING)):
                rows = self.read(f"{pattern.format(label=quoted(label))} RETURN DISTINCT m", part)
                self.add_nodes(row for row in rows if row[0].label in self.schema.labels)
                if joined:
                    rows = self.read(ends.format(label=quoted(label)), part)
                    self.add_relations(rows, lambda first, last: first in self.nodes and last in self.nodes)
        return [key for key in self.nodes if key not in before]

    def join(self, things: list[_Key]) -> None:
        """Read the relations among the things that are known."""
        for label, part in self._parts(things):
            rows = self.read(_OUTGOING.format(label=quoted(label)), part)
            self.add_relations(rows, lambda _, last: last in self.nodes)

    def _parts(self, things: list[_Key]) -> Iterator[tuple[str, list[str]]]:
        for label in self.schema.labels:
            for part in _batches([identity for at, identity in things if at == label]):
                yield label, part


def _batches(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]

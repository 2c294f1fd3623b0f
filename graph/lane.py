"""Things that are certainly new enter, with the relations that begin or end at them; they are in the graph when it closes.

A load of a graph's first millions of things needs neither to read what was there nor to unite what is said of them.
Whatever does not fit is handed back, and takes the ordinary way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, groupby
from typing import Any, NamedTuple

from graph.dialect import NAME, Run, quoted
from graph.engine_bulk import Bulk, pack
from graph.naming import index_entries
from graph.records import Node, Relation, Source
from graph.report import Counts
from graph.schema import Schema
from graph.spool import NodeKey
from graph.writing import Session

# Batches waiting for the engine while the next ones are made.
_WAITING = 2
_MOST_PLACES = 200_000
# Bits of `Seen`.
_PLACES = (1 << 30) - 1


class Seen:
    """Keys that were added, and now and then one that was not: that takes the ordinary way, which is as right.

    Of five million keys it keeps 128 MB, a third of what a set of their hashes would take, and takes one in 10,000 for
    another.
    """

    def __init__(self) -> None:
        # Memory is taken only where something was noted.
        self._bits = bytearray((_PLACES + 1) // 8)

    def add(self, key: NodeKey) -> None:
        """Note a key."""
        told = hash(key)
        one, other = told & _PLACES, told >> 30 & _PLACES
        self._bits[one >> 3] |= 1 << (one & 7)
        self._bits[other >> 3] |= 1 << (other & 7)

    def __contains__(self, key: NodeKey) -> bool:
        told = hash(key)
        one, other = told & _PLACES, told >> 30 & _PLACES
        return bool(self._bits[one >> 3] >> (one & 7) & self._bits[other >> 3] >> (other & 7) & 1)


class _Vertices(NamedTuple):
    """Things of one label, as the engine takes them; name entries need no keys, as nothing begins or ends at them."""

    label: str
    keys: list[NodeKey]
    packed: str


_Joined = dict[tuple[NodeKey, NodeKey, str, str], Relation]
"""Relations, each under its ends, its type and its key."""


class Lane:
    """Takes new things and their relations; writes them in the background."""

    def __init__(self, schema: Schema, session: Session, bulk: Callable[[], Bulk]) -> None:
        self.schema, self.session = schema, session
        self.counts: Counts = Counter()
        self.triples: set[tuple[str, str, str]] = set()
        self.repeated: set[NodeKey] = set()
        self._seen = Seen()
        self._places: dict[NodeKey, str] = {}
        # Several things share one entry of such a name.
        self._shared = {
            label
            for label in schema.labels
            if any(spec.find_by == "value" for spec in schema.properties(label).values())
        }
        # Each of the two may state these: what both say has to be united.
        self._mutual = {kind for kind, spec in schema.relations.items() if set(spec.start) & set(spec.end)}
        self._bulk = bulk()
        self._writer = ThreadPoolExecutor(1, "bulk")
        self._waiting: list[Future[None]] = []

    def take(
        self, nodes: Sequence[Node], fresh: Collection[NodeKey], relations: Sequence[Relation]
    ) -> tuple[list[Node], list[Relation]]:
        """Take the nodes that are `fresh` and what can be joined to them; hand back the rest."""
        new: dict[NodeKey, Node] = {}
        left: list[Node] = []
        for node in nodes:
            key = (node.label, node.id)
            if key not in fresh or node.label in self._shared:
                left.append(node)
            elif key in self._seen:
                self.repeated.add(key)
                left.append(node)
            else:
                self._seen.add(key)
                new[key] = node
        ends = [_ends(r) for r in relations]
        self._find(set(chain.from_iterable(ends)) - new.keys())
        joined: _Joined = {}
        rest: list[Relation] = []
        for r, (start, end) in zip(relations, ends, strict=True):
            begins, finishes = start in new, end in new
            ready = (begins or start in self._places) and (finishes or end in self._places)
            identity = start, end, r.type, r.key
            if ready and (begins or finishes) and r.type not in self._mutual and identity not in joined:
                joined[identity] = r
            else:
                rest.append(r)
        self._submit(new, joined)
        return left, rest

    def _find(self, ends: set[NodeKey]) -> None:
        """Learn the places of things that are in the graph."""
        unknown = {end for end in ends if end not in self._places and end not in self._seen}
        if not unknown:
            return
        if len(self._places) > _MOST_PLACES:
            self._places.clear()
            unknown = ends
        self._places.update(self.session.transact(lambda run: _places(run, unknown)))

    def _submit(self, new: dict[NodeKey, Node], joined: _Joined) -> None:
        known = {end: self._places[end] for start, end, *_ in joined if end not in new}
        known.update((start, self._places[start]) for start, *_ in joined if start not in new)
        # All that needs no answer of the engine is made here: the writer's thread is left to Java, which runs beside Python.
        names: list[dict[str, Any]] = []
        rows: dict[str, list[dict[str, Any]]] = {}
        keys: dict[str, list[NodeKey]] = {}
        for key, node in new.items():
            label, identity = key
            rows.setdefault(label, []).append({"id": identity, **node.properties, "sources": _stored(node.sources)})
            keys.setdefault(label, []).append(key)
            names += [e.row() for e in index_entries(self.schema, label, identity, node.properties)]
        # Name entries first: a node without them would not be found, and would count as written.
        vertices = [_Vertices(NAME, [], pack(names))] if names else []
        vertices += [_Vertices(label, keys[label], pack(part)) for label, part in rows.items()]
        while len(self._waiting) >= _WAITING:
            self._waiting.pop(0).result()
        self._waiting.append(self._writer.submit(self._write, vertices, joined, known))
        triples = Counter((r.start_label, r.type, r.end_label) for r in joined.values())
        self.counts.update({("node", label, "added"): len(part) for label, part in rows.items()})
        for triple, count in triples.items():
            self.counts["relation", triple[1], "added"] += count
        self.triples.update(triples)

    def _write(self, vertices: list[_Vertices], joined: _Joined, known: dict[NodeKey, str]) -> None:
        placed = dict(known)
        for one in vertices:
            places = self._bulk.vertices(one.label, one.packed)
            if one.keys:
                placed.update(zip(one.keys, places, strict=True))
        edges: dict[str, list[dict[str, Any]]] = {}
        for (start, end, kind, key), r in joined.items():
            stated = {**r.properties, "key": key, "sources": _stored(r.sources)}
            edges.setdefault(kind, []).append({"_src": placed[start], "_dst": placed[end], **stated})
        for kind, listed in edges.items():
            self._bulk.edges(kind, listed)

    def close(self) -> None:
        """Wait until everything is written."""
        try:
            for future in self._waiting:
                future.result()
        finally:
            self._writer.shutdown(cancel_futures=True)
            self._bulk.close()


def _stored(sources: Sequence[Source]) -> list[str]:
    return [str(sources[0])] if len(sources) == 1 else sorted(map(str, sources))


def _ends(relation: Relation) -> tuple[NodeKey, NodeKey]:
    return (relation.start_label, relation.start), (relation.end_label, relation.end)


def _places(run: Run, nodes: set[NodeKey]) -> dict[NodeKey, str]:
    """Where the engine keeps each of the nodes that exist."""
    found = {}
    for label, group in groupby(sorted(nodes), key=lambda node: node[0]):
        text = f"UNWIND $ids AS id MATCH (n:{quoted(label)} {{id: id}}) RETURN n.id, elementId(n)"
        found.update({(label, i): place for i, place in run(text, {"ids": [identity for _, identity in group]})})
    return found

"""Nodes and relations enter, the graph says what they say; a report of the changes leaves."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Any, Protocol, TypeAlias, TypeVar

from graph.dialect import LOAD, NAME, Run, quoted
from graph.errors import QueryError, RecordError
from graph.merge import NOTHING, NameEntry, State, merged, name_entries, same
from graph.records import Node, Relation, Source
from graph.schema import Schema
from graph.spool import NodeKey, RelationKey, Spool

BATCH = 10_000
T = TypeVar("T")
Counts: TypeAlias = "Counter[tuple[str, str, str]]"
"""How many, by node or relation, label or type, and outcome."""


class Session(Protocol):
    """What a write needs of the store."""

    def transact(self, work: Callable[[Run], T]) -> T:
        """Run `work` in one transaction, again when the engine asks for it."""

    def stream(self, cypher: str, parameters: Mapping[str, Any]) -> Iterator[list[Any]]:
        """The rows of a read, one at a time."""


@dataclass(frozen=True, slots=True)
class Change:
    """How many nodes of a label, or relations of a type, a write added, changed, removed and found as stated."""

    name: str
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a write did: the changes by label and by relation type, and the relations whose end is missing."""

    nodes: list[Change]
    relations: list[Change]
    dangling: list[Relation]
    dry_run: bool = False

    @property
    def changes(self) -> int:
        """How many nodes and relations were added, changed or removed."""
        return sum(c.added + c.changed + c.removed for c in (*self.nodes, *self.relations))


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, BATCH)):
        yield chunk


class _Write:
    """One write: the documents that speak in it, and what was counted so far."""

    def __init__(
        self, schema: Schema, session: Session, spool: Spool, documents: frozenset[str], dry_run: bool
    ) -> None:
        self.schema, self.session, self.spool, self.documents, self.dry_run = schema, session, spool, documents, dry_run
        # Nothing has to be read back from a graph that holds nothing.
        self.fresh = not list(session.stream("MATCH (n) RETURN 1 LIMIT 1", {}))
        self.counts: Counts = Counter()
        self.dangling: list[Relation] = []
        self.lost_values: set[NameEntry] = set()

    def nodes(self, chunk: list[tuple[NodeKey, State]]) -> None:
        try:
            counts, lost, dangling = self.session.transact(lambda run: self._nodes(run, chunk))
        except QueryError as error:
            raise self._clash(chunk) or error from error
        self.counts.update(counts)
        self.lost_values |= lost
        self.dangling.extend(dangling)

    def _clash(self, chunk: list[tuple[NodeKey, State]]) -> RecordError | None:
        """Which two nodes of the batch or the graph have the same value of a unique property, if any."""
        for label, group in groupby(chunk, key=lambda item: item[0][0]):
            states = {key[1]: state for key, state in group}
            for name in (n for n, spec in self.schema.properties(label).items() if spec.unique):
                values = [(state.properties[name], i) for i, state in states.items() if name in state.properties]
                text = f"MATCH (n:{quoted(label)}) WHERE n.{quoted(name)} IN $values RETURN n.{quoted(name)}, n.id"
                owners = dict(self.session.stream(text, {"values": [value for value, _ in values]}))
                for value, identity in values:
                    if owners.setdefault(value, identity) != identity:
                        return RecordError(
                            f"{name} {value} is stated of {owners[value]} and of {identity}, but only one may have it.",
                            place=f"{label} {identity}",
                            next_step="Correct one of the two records.",
                        )
        return None

    def _nodes(self, run: Run, chunk: list[tuple[NodeKey, State]]) -> tuple[Counts, set[NameEntry], list[Relation]]:
        counts: Counts = Counter()
        dangling: list[Relation] = []
        before: set[NameEntry] = set()
        after: set[NameEntry] = set()
        for label, group in groupby(chunk, key=lambda item: item[0][0]):
            new = {key[1]: state for key, state in group}
            old = {} if self.fresh else _read_nodes(run, label, list(new))
            rows: dict[str, list[dict[str, Any]]] = {"added": [], "changed": []}
            removed: list[str] = []
            for identity, said in new.items():
                known = old.get(identity)
                state = merged(known or NOTHING, said, self.documents)
                outcome = _outcome(known, state)
                counts["node", label, outcome] += 1
                if outcome == "unchanged":
                    continue
                if known is not None:
                    before.update(name_entries(self.schema, label, identity, known.properties))
                if state is None:
                    removed.append(identity)
                    continue
                after.update(name_entries(self.schema, label, identity, state.properties))
                rows[outcome].append({**state.properties, "id": identity, "sources": state.sources})
            if self.dry_run:
                continue
            if removed:
                dangling += _remove_nodes(run, label, removed)
            _write_nodes(run, label, rows)
        if not self.dry_run:
            _write_names(run, before, after)
        counts.update(("relation", relation.type, "removed") for relation in dangling)
        return counts, {entry for entry in before - after if entry.id is None}, dangling

    def relations(self, chunk: list[tuple[RelationKey, State]]) -> None:
        counts, dangling = self.session.transact(lambda run: self._relations(run, chunk))
        self.counts.update(counts)
        self.dangling.extend(dangling)

    def _relations(self, run: Run, chunk: list[tuple[RelationKey, State]]) -> tuple[Counts, list[Relation]]:
        counts: Counts = Counter()
        dangling: list[Relation] = []
        places = _places(run, {end for key, _ in chunk for end in ((key[1], key[3]), (key[2], key[4]))})
        for kind, group in groupby(chunk, key=lambda item: item[0][0]):
            rows: dict[str, list[dict[str, Any]]] = {"added": [], "changed": [], "removed": []}
            said_here = list(group)
            stored = {} if self.fresh else _read_relations(run, kind, [_ends(key, places) for key, _ in said_here])
            for key, said in said_here:
                ends = _ends(key, places)
                if None in ends and not (self.dry_run and self._will_exist(key, ends)):
                    dangling.append(_relation(key, {**said.properties, "sources": said.sources}))
                    continue
                known = stored.get((*ends, key[5]))
                state = merged(known or NOTHING, said, self.documents)
                outcome = _outcome(known, state)
                counts["relation", kind, outcome] += 1
                if state is None:
                    state = NOTHING
                if outcome != "unchanged":
                    properties = {**state.properties, "key": key[5], "sources": state.sources}
                    rows[outcome].append({"start": ends[0], "end": ends[1], "properties": properties})
            if not self.dry_run:
                _write_relations(run, kind, rows)
        return counts, dangling

    def _will_exist(self, key: RelationKey, ends: tuple[str | None, str | None]) -> bool:
        start, end = (key[1], key[3]), (key[2], key[4])
        return all(place or self.spool.has_node(node) for place, node in zip(ends, (start, end), strict=True))

    def sweep(self) -> None:
        """Take back what the documents of this write stated before and no longer state."""
        documents = {"documents": sorted(self.documents)}
        stated = "WHERE ANY(s IN {0}.sources WHERE split(s, '|')[0] IN $documents)"
        labels = "|".join(map(quoted, self.schema.labels))
        ends = "labels(a)[0], labels(b)[0], a.id, b.id, r.key"
        text = f"MATCH (a:{labels})-[r]->(b) {stated.format('r')} RETURN type(r), {ends}"
        relations = (tuple(row) for row in self.session.stream(text, documents))
        for chunk in _chunks(sorted(key for key in relations if not self.spool.has_relation(key))):
            self.relations([(key, NOTHING) for key in chunk])
        text = f"MATCH (n:{labels}) {stated.format('n')} RETURN labels(n)[0], n.id"
        nodes = ((str(row[0]), str(row[1])) for row in self.session.stream(text, documents))
        for part in _chunks(sorted(key for key in nodes if not self.spool.has_node(key))):
            self.nodes([(key, NOTHING) for key in part])

    def clear_values(self, *, begun: bool) -> None:
        """Remove the entries of values that no node has any more; `begun`: also those that a broken write left."""
        if begun:
            text = f"MATCH (n:{NAME}) WHERE n.node IS NULL RETURN n.key, n.label, n.property, n.text, null"
            self.lost_values.update(NameEntry(*row) for row in self.session.stream(text, {}))
        lost = sorted(self.lost_values, key=lambda e: (e.label, e.property, e.text, e.key))
        if self.dry_run or not lost:
            return

        def work(run: Run) -> None:
            for (label, name), group in groupby(lost, key=lambda e: (e.label, e.property)):
                entries = list(group)
                value = f"n.{quoted(name)}"
                item = "v IN " + (value if self.schema.properties(label)[name].many else f"[{value}]")
                rows = run(
                    f"MATCH (n:{quoted(label)}) WHERE {value} IS NOT NULL AND ANY({item} WHERE v IN $texts) "
                    f"RETURN DISTINCT {value}",
                    {"texts": sorted({e.text for e in entries})},
                )
                alive = {v for (cell,) in rows for v in (cell if isinstance(cell, list) else [cell])}
                _remove_names(run, [e for e in entries if e.text not in alive])

        self.session.transact(work)


def _outcome(known: State | None, state: State | None) -> str:
    if state is None:
        return "removed"
    if known is None:
        return "added"
    return "unchanged" if same(known, state) else "changed"


def _read_nodes(run: Run, label: str, identities: list[str]) -> dict[str, State]:
    text = f"UNWIND $ids AS id MATCH (n:{quoted(label)} {{id: id}}) RETURN properties(n)"
    return {row[0]["id"]: State.of_stored(row[0], "id") for row in run(text, {"ids": identities})}


def _written(names: Iterable[str], row: str) -> str:
    """The named entries of the map `row` as a map; naming them writes a record once, copying the map twice."""
    return "{" + ", ".join(f"{quoted(name)}: {row}.{quoted(name)}" for name in names) + "}"


def _write_nodes(run: Run, label: str, rows: Mapping[str, list[dict[str, Any]]]) -> None:
    if rows["added"]:
        names = sorted({name for row in rows["added"] for name in row})
        text = f"CREATE (:{quoted(label)} {_written(names, 'row')})"
        run(f"UNWIND $rows AS row {text}", {"rows": rows["added"]})
    if rows["changed"]:
        text = f"MATCH (n:{quoted(label)} {{id: row.id}}) SET n = row"
        run(f"UNWIND $rows AS row {text}", {"rows": rows["changed"]})


def _remove_nodes(run: Run, label: str, identities: list[str]) -> list[Relation]:
    """Remove nodes, and the relations with them that other documents state: these are returned."""
    pattern = f"UNWIND $ids AS id MATCH (n:{quoted(label)} {{id: id}})"
    ends = "labels(startNode(r))[0], labels(endNode(r))[0], startNode(r).id, endNode(r).id"
    rows = run(f"{pattern}-[r]-() RETURN DISTINCT type(r), {ends}, properties(r)", {"ids": identities})
    run(f"{pattern} DETACH DELETE n", {"ids": identities})
    return [_relation((kind, a, b, start, end, held.get("key", "")), held) for kind, a, b, start, end, held in rows]


_NAME_FIELDS = ("key", "label", "property", "text", "node")


def _write_names(run: Run, before: set[NameEntry], after: set[NameEntry]) -> None:
    # An entry of a value belongs to no node: whether it can go shows only at the end of the write.
    _remove_names(run, [entry for entry in before - after if entry.id is not None])
    fresh = after - before
    own = [_name_row(entry) for entry in fresh if entry.id is not None]
    shared = [_name_row(entry) for entry in fresh if entry.id is None]
    for verb, fields, rows in (("CREATE", _NAME_FIELDS, own), ("MERGE", _NAME_FIELDS[:-1], shared)):
        rows.sort(key=lambda row: tuple(row.values()))
        text = f"UNWIND $rows AS row {verb} (:{NAME} {_written(fields, 'row')})"
        for part in _chunks(rows):
            run(text, {"rows": part})


def _remove_names(run: Run, entries: Iterable[NameEntry]) -> None:
    text = (
        f"UNWIND $rows AS row MATCH (n:{NAME} {{key: row.key}}) WHERE n.label = row.label "
        "AND n.property = row.property AND n.text = row.text AND coalesce(n.node, '') = coalesce(row.node, '') DELETE n"
    )
    for part in _chunks(_name_row(entry) for entry in entries):
        run(text, {"rows": part})


def _name_row(entry: NameEntry) -> dict[str, str]:
    row = {"key": entry.key, "label": entry.label, "property": entry.property, "text": entry.text}
    return row if entry.id is None else {**row, "node": entry.id}


def _places(run: Run, nodes: set[NodeKey]) -> dict[NodeKey, str]:
    """Where the engine keeps each of the nodes that exist; finding them again this way takes no index."""
    places = {}
    for label, group in groupby(sorted(nodes), key=lambda node: node[0]):
        text = f"UNWIND $ids AS id MATCH (n:{quoted(label)} {{id: id}}) RETURN n.id, elementId(n)"
        places.update({(label, i): place for i, place in run(text, {"ids": [identity for _, identity in group]})})
    return places


def _ends(key: RelationKey, places: Mapping[NodeKey, str]) -> tuple[str | None, str | None]:
    return places.get((key[1], key[3])), places.get((key[2], key[4]))


_AT_START = "MATCH (a) WHERE elementId(a) = {0}"
_AT_END = "MATCH (b) WHERE elementId(b) = {0}"


def _read_relations(
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


def _write_relations(run: Run, kind: str, rows: Mapping[str, list[dict[str, Any]]]) -> None:
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


def _relation(key: RelationKey, stored: Mapping[str, Any]) -> Relation:
    state = State.of_stored(stored, "key")
    kind, start_label, end_label, start, end, name = key
    sources = tuple(map(Source.parse, state.sources))
    return Relation(kind, start_label, start, end_label, end, state.properties, sources, name)


def write(
    schema: Schema,
    session: Session,
    nodes: Iterable[Node],
    relations: Iterable[Relation],
    documents: frozenset[str],
    dry_run: bool,
    progress: Callable[[int], None] | None,
) -> LoadReport:
    """Make the graph say what `nodes` and `relations` say in the name of `documents` (empty: those that occur).

    `progress` gets the number of nodes and relations handled so far, after every batch.

    Raises:
        RecordError: a record has a label, property or relation that the schema does not know.
    """
    with closing(Spool(schema)) as spool:
        spool.fill(nodes, relations)
        speaking = documents or frozenset(spool.documents)
        loads = list(session.stream(f"MATCH (l:{LOAD}) RETURN l.id, l.state, l.documents", {}))
        load = {"id": _digest(speaking), "documents": sorted(speaking), "version": schema.version}
        this = _Write(schema, session, spool, speaking, dry_run)
        if not dry_run:
            _record(session, {**load, "started": _now(), "state": "running"})
        done = 0
        for nodes_chunk in _chunks(spool.nodes()):
            this.nodes(nodes_chunk)
            done = _told(progress, done + len(nodes_chunk))
        for relations_chunk in _chunks(spool.relations()):
            this.relations(relations_chunk)
            done = _told(progress, done + len(relations_chunk))
        if any(speaking.intersection(row[2] or ()) for row in loads):
            this.sweep()
        this.clear_values(begun=[load["id"], "running"] in [row[:2] for row in loads])
        if not dry_run:
            _record(session, {**load, "finished": _now(), "state": "done"})
    return _report(schema, this)


def _told(progress: Callable[[int], None] | None, done: int) -> int:
    if progress is not None:
        progress(done)
    return done


def _digest(documents: Iterable[str]) -> str:
    return hashlib.sha1("\x1f".join(sorted(documents)).encode(), usedforsecurity=False).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _record(session: Session, load: Mapping[str, Any]) -> None:
    session.transact(lambda run: run(f"MERGE (l:{LOAD} {{id: $load.id}}) SET l += $load", {"load": load}))


def _report(schema: Schema, this: _Write) -> LoadReport:
    def changes(kind: str, names: Iterable[str]) -> list[Change]:
        outcomes = ("added", "changed", "removed", "unchanged")
        rows = (Change(name, *(this.counts[kind, name, outcome] for outcome in outcomes)) for name in names)
        return [row for row in rows if row != Change(row.name)]

    return LoadReport(
        changes("node", schema.labels), changes("relation", schema.relations), this.dangling, this.dry_run
    )

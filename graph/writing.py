"""Batches of nodes and relations enter, the graph says what they say; what was done to it is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any, Protocol, TypeAlias, TypeVar

from graph.batches import chunks
from graph.cypher_rows import (
    places,
    places_of_ends,
    read_nodes,
    read_relations,
    remove_names,
    remove_nodes,
    stated_relation,
    write_names,
    write_nodes,
    write_relations,
)
from graph.dialect import LOAD, NAME, SCHEMA, Run, quoted
from graph.errors import QueryError, RecordError
from graph.merge import NOTHING, NameEntry, State, name_entries, same
from graph.records import Relation
from graph.report import Counts
from graph.schema import Schema
from graph.spool import NodeKey, RelationKey, Spool

T = TypeVar("T")
Follow: TypeAlias = Callable[[State, State], State | None]
"""The state that follows from the old one and what is said now (NOTHING: nothing any more); None: it goes."""


class Session(Protocol):
    """What a write needs of the store."""

    def transact(self, work: Callable[[Run], T]) -> T:
        """Run `work` in one transaction, again when the engine asks for it."""

    def stream(self, cypher: str, parameters: Mapping[str, Any]) -> Iterator[list[Any]]:
        """The rows of a read, one at a time."""


def is_empty(session: Session) -> bool:
    """Whether the graph holds nothing but notes on schema and loads."""
    return not list(session.stream(f"MATCH (n) WHERE NOT n:{SCHEMA} AND NOT n:{LOAD} RETURN 1 LIMIT 1", {}))


class Writing:
    """One write: what was counted so far, and how a thing's new state follows from its old one and what is said."""

    def __init__(
        self, schema: Schema, session: Session, spool: Spool, follow: Follow, *, dry_run: bool = False
    ) -> None:
        self.schema, self.session, self.spool, self.follow, self.dry_run = schema, session, spool, follow, dry_run
        # Nothing has to be read back from a graph that holds nothing.
        self.fresh = is_empty(session)
        self.counts: Counts = Counter()
        self.dangling: list[Relation] = []
        self.lost_values: set[NameEntry] = set()

    def nodes(self, chunk: list[tuple[NodeKey, State]]) -> None:
        """Write one batch of nodes, ordered by label."""
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
            old = {} if self.fresh else read_nodes(run, label, list(new))
            rows: dict[str, list[dict[str, Any]]] = {"added": [], "changed": []}
            removed: list[str] = []
            for identity, said in new.items():
                known = old.get(identity)
                state = self.follow(known or NOTHING, said)
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
                dangling += remove_nodes(run, label, removed)
            write_nodes(run, label, rows)
        if not self.dry_run:
            write_names(run, before, after)
        counts.update(("relation", relation.type, "removed") for relation in dangling)
        return counts, {entry for entry in before - after if entry.id is None}, dangling

    def relations(self, chunk: list[tuple[RelationKey, State]]) -> None:
        """Write one batch of relations, ordered by type; those without both ends are noted as dangling."""
        counts, dangling = self.session.transact(lambda run: self._relations(run, chunk))
        self.counts.update(counts)
        self.dangling.extend(dangling)

    def _relations(self, run: Run, chunk: list[tuple[RelationKey, State]]) -> tuple[Counts, list[Relation]]:
        counts: Counts = Counter()
        dangling: list[Relation] = []
        found = places(run, {end for key, _ in chunk for end in ((key[1], key[3]), (key[2], key[4]))})
        for kind, group in groupby(chunk, key=lambda item: item[0][0]):
            rows: dict[str, list[dict[str, Any]]] = {"added": [], "changed": [], "removed": []}
            said_here = list(group)
            stored = (
                {} if self.fresh else read_relations(run, kind, [places_of_ends(key, found) for key, _ in said_here])
            )
            for key, said in said_here:
                ends = places_of_ends(key, found)
                if None in ends and not (self.dry_run and self._will_exist(key, ends)):
                    dangling.append(stated_relation(key, {**said.properties, "sources": said.sources}))
                    continue
                known = stored.get((*ends, key[5]))
                state = self.follow(known or NOTHING, said)
                outcome = _outcome(known, state)
                counts["relation", kind, outcome] += 1
                if state is None:
                    state = NOTHING
                if outcome != "unchanged":
                    properties = {**state.properties, "key": key[5], "sources": state.sources}
                    rows[outcome].append({"start": ends[0], "end": ends[1], "properties": properties})
            if not self.dry_run:
                write_relations(run, kind, rows)
        return counts, dangling

    def _will_exist(self, key: RelationKey, ends: tuple[str | None, str | None]) -> bool:
        start, end = (key[1], key[3]), (key[2], key[4])
        return all(place or self.spool.has_node(node) for place, node in zip(ends, (start, end), strict=True))

    def write_all(self, progress: Callable[[int], None] | None) -> None:
        """Write everything in the spool, batch by batch; `progress` gets the number of records handled so far."""
        done = 0
        for nodes in chunks(self.spool.nodes()):
            self.nodes(nodes)
            done = _told(progress, done + len(nodes))
        for relations in chunks(self.spool.relations()):
            self.relations(relations)
            done = _told(progress, done + len(relations))

    def sweep(self, condition: str, parameters: Mapping[str, Any]) -> None:
        """Say nothing any more of all relations and nodes (`{0}` in the condition) that the spool does not state."""
        labels = "|".join(map(quoted, self.schema.labels))
        ends = "labels(a)[0], labels(b)[0], a.id, b.id, r.key"
        text = f"MATCH (a:{labels})-[r]->(b) {condition.format('r')} RETURN type(r), {ends}"
        relations = (tuple(row) for row in self.session.stream(text, parameters))
        for chunk in chunks(sorted(key for key in relations if not self.spool.has_relation(key))):
            self.relations([(key, NOTHING) for key in chunk])
        text = f"MATCH (n:{labels}) {condition.format('n')} RETURN labels(n)[0], n.id"
        nodes = ((str(row[0]), str(row[1])) for row in self.session.stream(text, parameters))
        for part in chunks(sorted(key for key in nodes if not self.spool.has_node(key))):
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
                remove_names(run, [e for e in entries if e.text not in alive])

        self.session.transact(work)


def _outcome(known: State | None, state: State | None) -> str:
    if state is None:
        return "removed"
    if known is None:
        return "added"
    return "unchanged" if same(known, state) else "changed"


def _told(progress: Callable[[int], None] | None, done: int) -> int:
    if progress is not None:
        progress(done)
    return done

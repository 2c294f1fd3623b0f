"""Batches of nodes and relations enter, the graph says what they say; what was done to it is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sized
from contextlib import closing
from functools import partial
from itertools import groupby
from typing import Any, Protocol, TypeVar

from graph.ahead import abreast, ahead
from graph.batches import chunks
from graph.cypher_rows import (
    existing,
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
from graph.merge import NOTHING, State, united
from graph.naming import SHARED, Indexed
from graph.plans import (
    Follow,
    NodeBatch,
    NodePlan,
    RelationBatch,
    RelationPlan,
    Sides,
    by_label,
    by_sides,
    plan_nodes,
    plan_relations,
)
from graph.records import Relation
from graph.report import Counts
from graph.schema import Schema
from graph.spool import NodeKey, RelationKey, Spool
from graph.unchanged import same_nodes, same_relations

T = TypeVar("T")
# Of what is there already each thing may lie on a page of its own, and a transaction holds all pages that it changes.
CHANGED_AT_ONCE = 2_500


class Session(Protocol):
    """What a write needs of the store."""

    @property
    def writers(self) -> int:
        """How many transactions may add things at once."""

    @property
    def batch(self) -> int:
        """How many records one of them takes."""

    @property
    def compares(self) -> bool:
        """Whether the engine compares what is said with what it holds faster than it hands that out."""

    def transact(self, work: Callable[[Run], T]) -> T:
        """Run `work` in one transaction, again when the engine asks for it."""

    def stream(self, cypher: str, parameters: Mapping[str, Any]) -> Iterator[list[Any]]:
        """The rows of a read, one at a time."""


def is_empty(session: Session) -> bool:
    """Whether the graph holds nothing but notes on schema and loads."""
    return not list(session.stream(f"MATCH (n) WHERE NOT n:{SCHEMA} AND NOT n:{LOAD} RETURN 1 LIMIT 1", {}))


def _empty(session: Session, labels: Iterable[str]) -> frozenset[str]:
    """Those of the labels that no node has; asked one by one, as Neo4j takes a second to plan one query for all."""
    found = {x: list(session.stream(f"MATCH (n:{quoted(x)}) RETURN 1 LIMIT 1", {})) for x in sorted(labels)}
    return frozenset(label for label, rows in found.items() if not rows)


class Writing:
    """One write: what was counted so far, and how a thing's new state follows from its old one and what is said."""

    def __init__(
        self,
        schema: Schema,
        session: Session,
        spool: Spool,
        follow: Follow,
        *,
        dry_run: bool = False,
        begun: bool = False,
    ) -> None:
        self.schema, self.session, self.spool, self.follow, self.dry_run = schema, session, spool, follow, dry_run
        # A load that was broken off may have left name entries without their nodes.
        self.begun = begun
        # These are stated a second time: what the graph has of them is not replaced but added to.
        self.repeated: Collection[NodeKey] = ()
        # Nothing has to be read back of labels that had nothing.
        self.empty = _empty(session, spool.labels)
        # Of these labels and types, most of what the last batch said was not as the graph had it.
        self.differing: set[str | Sides] = set()
        self.counts: Counts = Counter()
        self.dangling: list[Relation] = []
        self.lost_values: set[Indexed] = set()
        self.triples: set[tuple[str, str, str]] = set()

    def nodes(self, batch: NodeBatch, plan: NodePlan | None = None) -> None:
        """Write one batch of nodes, ordered by label; `plan`: what it makes of labels that had nothing."""
        self._note_nodes(*self._write_nodes((batch, plan)))

    def _write_nodes(self, planned: tuple[NodeBatch, NodePlan | None]) -> tuple[NodePlan, list[Relation]]:
        try:
            return self.session.transact(lambda run: self._nodes(run, *planned))
        except QueryError as error:
            raise self._clash(planned[0]) or error from error

    def _note_nodes(self, plan: NodePlan, dangling: list[Relation]) -> None:
        self.counts.update(plan.counts)
        self.counts.update(("relation", relation.type, "removed") for relation in dangling)
        self.lost_values |= {entry for entry in plan.before - plan.after if entry.shared}
        self.dangling.extend(dangling)

    def _clash(self, batch: NodeBatch) -> RecordError | None:
        """Which two nodes of the batch or the graph have the same value of a unique property, if any."""
        for label, group in by_label(batch):
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

    def _nodes(self, run: Run, batch: NodeBatch, plan: NodePlan | None) -> tuple[NodePlan, list[Relation]]:
        if plan is None:
            old: dict[NodeKey, State] = {}
            for label, group in by_label(batch):
                if label in self.empty:
                    continue
                old |= read_nodes(run, label, [key[1] for key, _ in group])
            if self.repeated:
                again = {key for key, _ in batch if key in self.repeated and key in old}
                batch = [(key, united((old[key], said)) if key in again else said) for key, said in batch]
            plan = plan_nodes(self.schema, self.follow, batch, old)
        dangling: list[Relation] = []
        if not self.dry_run:
            for label, rows in plan.rows.items():
                if plan.removed[label]:
                    dangling += remove_nodes(run, label, plan.removed[label])
                write_nodes(run, label, rows)
            if self.begun:
                remove_names(run, [entry for entry in plan.after if not entry.shared])
            write_names(run, plan.before, plan.after)
        return plan, dangling

    def relations(self, batch: RelationBatch, plans: list[RelationPlan] | None = None) -> None:
        """Write one batch of relations, ordered by key; those without both ends are noted as dangling.

        `plans`: what it makes of labels that had nothing.
        """
        self._note_relations(*self._write_relations((batch, plans)))

    def _write_relations(
        self, planned: tuple[RelationBatch, list[RelationPlan] | None]
    ) -> tuple[list[RelationPlan], list[Relation]]:
        return self.session.transact(lambda run: self._relations(run, *planned))

    def _note_relations(self, plans: list[RelationPlan], dangling: list[Relation]) -> None:
        lost = Counter((one.type, one.start_label, one.end_label) for one in dangling)
        for plan in plans:
            self.counts.update(plan.counts)
            stated = sum(count for (_, _, outcome), count in plan.counts.items() if outcome != "removed")
            if stated > lost[plan.sides]:
                self.triples.add((plan.sides[1], plan.sides[0], plan.sides[2]))
        self.counts.subtract(("relation", relation.type, "added") for relation in dangling)
        self.dangling.extend(dangling)

    def _relations(
        self, run: Run, batch: RelationBatch, plans: list[RelationPlan] | None
    ) -> tuple[list[RelationPlan], list[Relation]]:
        if plans is None:
            old: dict[RelationKey, State] = {}
            for sides, group in by_sides(batch):
                if not self.empty.isdisjoint(sides[1:]):
                    continue
                old |= read_relations(run, sides, [key for key, _ in group])
            plans = plan_relations(self.follow, batch, old)
        dangling: list[Relation] = []
        for plan in plans:
            if self.dry_run or write_relations(run, plan.sides, plan.rows) < len(plan.added):
                dangling += self._without_ends(run, plan.added)
        return plans, dangling

    def _without_ends(self, run: Run, added: RelationBatch) -> list[Relation]:
        ends = {end for key, _ in added for end in ((key[1], key[3]), (key[2], key[4]))}
        there = existing(run, ends)
        if self.dry_run:
            there |= {end for end in ends - there if self.spool.has_node(end)}
        return [
            stated_relation(key, {**said.properties, "sources": said.sources})
            for key, said in added
            if not {(key[1], key[3]), (key[2], key[4])} <= there
        ]

    def write_all(self, progress: Callable[[int], None] | None) -> None:
        """Write everything in the spool, batch by batch; `progress` gets the number of records handled so far.

        What is new, and what only has to be compared, is worked on ahead and abreast; what changes, one by one in order.
        """
        done, width, most = 0, self.session.writers, self.session.batch
        with closing(ahead(map(self._planned_nodes, chunks(self.spool.nodes(), most)))) as planned:
            for size, node_plan, lost, left in abreast(self._begin_nodes, planned, self._alone, width):
                self._note_nodes(node_plan, lost)
                for part in chunks(left, CHANGED_AT_ONCE):
                    self.nodes(part)
                done = _told(progress, done + size)
        with closing(ahead(map(self._planned_relations, chunks(self.spool.relations(), most)))) as parts:
            for size, plans, lost, rest in abreast(self._begin_relations, parts, self._by_itself, width):
                self._note_relations(plans, lost)
                for some in chunks(rest, CHANGED_AT_ONCE):
                    self.relations(some)
                done = _told(progress, done + size)

    def _alone(self, planned: tuple[NodeBatch, NodePlan | None]) -> bool:
        """Whether a batch changes what is there, or shares entries of the name index with others."""
        plan = planned[1]
        return self._by_itself(planned) if plan is None else any(entry.shared for entry in plan.after)

    def _by_itself(self, planned: tuple[Any, Any]) -> bool:
        return planned[1] is None and not self.session.compares

    def _begin_nodes(
        self, planned: tuple[NodeBatch, NodePlan | None]
    ) -> tuple[int, NodePlan, list[Relation], NodeBatch]:
        """How many nodes there are, what was done with them, and those that are not as the graph has them."""
        batch, plan = planned
        if plan is not None:
            return len(batch), *self._write_nodes(planned), []
        if not self.session.compares:
            return len(batch), NodePlan(), [], batch
        unchanged, left = NodePlan(), []
        for label, group in by_label(batch):
            there = self._there(label, group, partial(same_nodes, label=label, batch=group))
            unchanged.counts["node", label, "unchanged"] += len(there)
            left += _without(group, there)
        return len(batch), unchanged, [], left

    def _begin_relations(
        self, planned: tuple[RelationBatch, list[RelationPlan] | None]
    ) -> tuple[int, list[RelationPlan], list[Relation], RelationBatch]:
        """The same of relations."""
        batch, plans = planned
        if plans is not None:
            return len(batch), *self._write_relations(planned), []
        if not self.session.compares:
            return len(batch), [], [], batch
        unchanged: list[RelationPlan] = []
        left: RelationBatch = []
        for sides, group in by_sides(batch):
            there = self._there(sides, group, partial(same_relations, sides=sides, batch=group))
            unchanged.append(RelationPlan(sides, counts=Counter({("relation", sides[0], "unchanged"): len(there)})))
            left += _without(group, there)
        return len(batch), unchanged, [], left

    def _there(self, what: str | Sides, group: Sized, ask: Callable[[Run], list[int]]) -> list[int]:
        """The places in the group of what the graph has as it is said; none where that is not likely."""
        if what in self.differing:
            return []
        found = self.session.transact(ask)
        if 2 * len(found) < len(group):
            self.differing.add(what)
        return found

    def _planned_nodes(self, batch: NodeBatch) -> tuple[NodeBatch, NodePlan | None]:
        known = any(label not in self.empty for label, _ in by_label(batch))
        return batch, None if known else plan_nodes(self.schema, self.follow, batch, {})

    def _planned_relations(self, batch: RelationBatch) -> tuple[RelationBatch, list[RelationPlan] | None]:
        known = any(self.empty.isdisjoint(sides[1:]) for sides, _ in by_sides(batch))
        return batch, None if known else plan_relations(self.follow, batch, {})

    def nothing_else(self, condition: str, parameters: Mapping[str, Any]) -> bool:
        """Whether no more things meet the condition (`{0}` in it) than the spool states and this has written."""
        labels = "|".join(map(quoted, self.schema.labels))
        texts = (
            f"MATCH (n:{labels}) {condition.format('n')} RETURN count(n)",
            f"MATCH (a:{labels})-[r]->(b) {condition.format('r')} RETURN count(r)",
        )
        found = [next(self.session.stream(text, parameters))[0] for text in texts]
        nodes, relations = self.spool.things()
        return found == [nodes, relations - len(self.dangling)]

    def sweep(self, condition: str, parameters: Mapping[str, Any]) -> None:
        """Say nothing any more of all relations and nodes (`{0}` in the condition) that the spool does not state."""
        labels = "|".join(map(quoted, self.schema.labels))
        ends = "labels(a)[0], labels(b)[0], a.id, b.id, r.key"
        text = f"MATCH (a:{labels})-[r]->(b) {condition.format('r')} RETURN type(r), {ends}"
        relations = (tuple(row) for row in self.session.stream(text, parameters))
        for chunk in chunks(sorted(key for key in relations if not self.spool.has_relation(key)), CHANGED_AT_ONCE):
            self.relations([(key, NOTHING) for key in chunk])
        text = f"MATCH (n:{labels}) {condition.format('n')} RETURN labels(n)[0], n.id"
        nodes = ((str(row[0]), str(row[1])) for row in self.session.stream(text, parameters))
        for part in chunks(sorted(key for key in nodes if not self.spool.has_node(key)), CHANGED_AT_ONCE):
            self.nodes([(key, NOTHING) for key in part])

    def clear_values(self, *, begun: bool) -> None:
        """Remove the entries of values that no node has any more; `begun`: also those that a broken write left."""
        if begun:
            text = f"MATCH (n:{NAME}) WHERE n.entry STARTS WITH $shared RETURN properties(n)"
            rows = self.session.stream(text, {"shared": SHARED})
            self.lost_values.update(Indexed.of_stored(stored) for (stored,) in rows)
        if self.dry_run or not self.lost_values:
            return
        lost = sorted(((entry.parsed()[0], entry) for entry in self.lost_values), key=lambda item: item[0][1:4])

        def work(run: Run) -> None:
            for (label, name), group in groupby(lost, key=lambda item: item[0][1:3]):
                entries = list(group)
                value = f"n.{quoted(name)}"
                item = "v IN " + (value if self.schema.properties(label)[name].many else f"[{value}]")
                rows = run(
                    f"MATCH (n:{quoted(label)}) WHERE {value} IS NOT NULL AND ANY({item} WHERE v IN $texts) "
                    f"RETURN DISTINCT {value}",
                    {"texts": sorted({told.text for told, _ in entries})},
                )
                alive = {v for (cell,) in rows for v in (cell if isinstance(cell, list) else [cell])}
                remove_names(run, [entry for told, entry in entries if told.text not in alive])

        self.session.transact(work)


def _without(items: list[T], places: list[int]) -> list[T]:
    if len(places) == len(items):
        return []
    there = set(places)
    return [item for at, item in enumerate(items) if at not in there]


def _told(progress: Callable[[int], None] | None, done: int) -> int:
    if progress is not None:
        progress(done)
    return done

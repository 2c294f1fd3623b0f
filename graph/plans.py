"""A batch of statements and what is known of its things enter, what is to be written leaves; no engine is touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeAlias

from graph.merge import NOTHING, State, same
from graph.naming import Indexed, index_entries
from graph.report import Counts
from graph.schema import Schema
from graph.spool import NodeKey, RelationKey

Follow: TypeAlias = Callable[[State, State], State | None]
"""The state that follows from the old one and what is said now (NOTHING: nothing any more); None: it goes."""
NodeBatch: TypeAlias = list[tuple[NodeKey, State]]
"""What is said of nodes, ordered by label."""
RelationBatch: TypeAlias = list[tuple[RelationKey, State]]
"""What is said of relations, ordered by key."""
Sides: TypeAlias = tuple[str, str, str]
"""The type of a relation and the labels of its start and its end."""
Rows: TypeAlias = dict[str, list[dict[str, Any]]]
"""What to write, by outcome."""


@dataclass(slots=True)
class NodePlan:
    """The rows to write and the ids to remove, by label; the name entries of the changed nodes before and after."""

    rows: dict[str, Rows] = field(default_factory=dict)
    removed: dict[str, list[str]] = field(default_factory=dict)
    before: set[Indexed] = field(default_factory=set)
    after: set[Indexed] = field(default_factory=set)
    counts: Counts = field(default_factory=Counter)

    @property
    def size(self) -> int:
        """How many things it is about."""
        return sum(self.counts.values())


@dataclass(slots=True)
class RelationPlan:
    """The rows to write of one type between two labels, and the statements of those to be added."""

    sides: Sides
    rows: Rows = field(default_factory=lambda: {"added": [], "changed": [], "removed": []})
    added: RelationBatch = field(default_factory=list)
    counts: Counts = field(default_factory=Counter)

    @property
    def size(self) -> int:
        """How many relations it is about."""
        return sum(self.counts.values())


def by_label(batch: NodeBatch) -> list[tuple[str, NodeBatch]]:
    """The batch, label by label."""
    return [(label, list(group)) for label, group in groupby(batch, key=lambda item: item[0][0])]


def by_sides(batch: RelationBatch) -> list[tuple[Sides, RelationBatch]]:
    """The batch, by type and the labels of both ends."""
    return [(sides, list(group)) for sides, group in groupby(batch, key=lambda item: item[0][:3])]


def plan_nodes(schema: Schema, follow: Follow, batch: NodeBatch, old: Mapping[NodeKey, State]) -> NodePlan:
    """What the batch makes of nodes in the states `old`."""
    plan = NodePlan()
    for label, group in by_label(batch):
        rows = plan.rows[label] = {"added": [], "changed": []}
        removed = plan.removed[label] = []
        for key, said in group:
            known = old.get(key)
            state = follow(known or NOTHING, said)
            outcome = _outcome(known, state)
            plan.counts["node", label, outcome] += 1
            if outcome == "unchanged":
                continue
            renamed = known is None or state is None or _called_otherwise(schema, label, known, state)
            if known is not None and renamed:
                plan.before.update(index_entries(schema, label, key[1], known.properties))
            if state is None:
                removed.append(key[1])
                continue
            if renamed:
                plan.after.update(index_entries(schema, label, key[1], state.properties))
            rows[outcome].append({**state.properties, "id": key[1], "sources": state.sources})
    return plan


def _called_otherwise(schema: Schema, label: str, before: State, after: State) -> bool:
    """Whether the two states have not the same values to be found by."""
    return any(before.properties.get(name) != after.properties.get(name) for name, _ in schema.found_by(label))


def plan_relations(follow: Follow, batch: RelationBatch, old: Mapping[RelationKey, State]) -> list[RelationPlan]:
    """What the batch makes of relations in the states `old`."""
    return [_plan_sides(follow, sides, group, old) for sides, group in by_sides(batch)]


def _plan_sides(
    follow: Follow, sides: Sides, group: Iterable[tuple[RelationKey, State]], old: Mapping[RelationKey, State]
) -> RelationPlan:
    plan = RelationPlan(sides)
    for key, said in group:
        known = old.get(key)
        state = follow(known or NOTHING, said)
        outcome = _outcome(known, state)
        plan.counts["relation", sides[0], outcome] += 1
        if outcome == "unchanged":
            continue
        if outcome == "added":
            plan.added.append((key, said))
        held = state or NOTHING
        properties = {**held.properties, "key": key[5], "sources": held.sources}
        plan.rows[outcome].append({"start": key[3], "end": key[4], "properties": properties})
    return plan


def _outcome(known: State | None, state: State | None) -> str:
    if state is None:
        return "removed"
    if known is None:
        return "added"
    return "unchanged" if same(known, state) else "changed"

"""How many nodes and relations had which outcome enters, the report of a write leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from graph.records import Relation
from graph.schema import Schema

Counts: TypeAlias = "Counter[tuple[str, str, str]]"
"""How many, by node or relation, label or type, and outcome."""


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


def report(schema: Schema, counts: Counts, dangling: list[Relation], *, dry_run: bool) -> LoadReport:
    """The counts in the order of the schema, without what did not occur."""

    def changes(kind: str, names: Iterable[str]) -> list[Change]:
        outcomes = ("added", "changed", "removed", "unchanged")
        rows = (Change(name, *(counts[kind, name, outcome] for outcome in outcomes)) for name in names)
        return [row for row in rows if row != Change(row.name)]

    return LoadReport(changes("node", schema.labels), changes("relation", schema.relations), dangling, dry_run)

"""What is said of things enters; that of it which the graph holds already, value for value, leaves.

The engine compares: what it holds need not travel. Whatever is not certainly equal counts as different.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from graph.dialect import Run, one, quoted
from graph.plans import NodeBatch, RelationBatch, Sides


def same_nodes(run: Run, label: str, batch: NodeBatch) -> list[int]:
    """The places in the batch of those nodes of a label that have exactly these properties and sources."""
    rows = [{**said.properties, "id": key[1], "sources": said.sources} for key, said in batch]
    text = f"{one('n', label, 'said.id')} WHERE {_equal('n', rows)} RETURN collect(row[0])"
    return list(run(f"UNWIND $rows AS row WITH row, row[1] AS said {text}", {"rows": list(enumerate(rows))})[0][0])


def same_relations(run: Run, sides: Sides, batch: RelationBatch) -> list[int]:
    """The places in the batch, which is ordered by key, of those relations that have exactly these properties and sources."""
    held = [{**said.properties, "key": key[5], "sources": said.sources} for key, said in batch]
    # Each start is looked for once. OPTIONAL MATCH keeps a plan from beginning anywhere but at the two ends.
    rows = [
        [first, [[at, batch[at][0][4], held[at]] for at in part]]
        for first, part in groupby(range(len(batch)), key=lambda at: batch[at][0][3])
    ]
    text = (
        f"UNWIND $rows AS part {one('a', sides[1], 'part[0]')} UNWIND part[1] AS row "
        f"{one('b', sides[2], 'row[1]')} OPTIONAL MATCH (a)-[r:{quoted(sides[0])} {{key: row[2].key}}]->(b) "
        f"WITH r, row[0] AS at, row[2] AS said WHERE {_equal('r', held)} RETURN collect(at)"
    )
    return list(run(text, {"rows": rows})[0][0])


def _equal(thing: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """A condition: the thing has the properties of the map `said`; 1 and 1.0, which Cypher calls equal, are not."""
    numbers = sorted({name for row in rows for name, value in row.items() if value.__class__ in (int, float)})
    alike = (
        f" AND ({thing}.{name} IS NULL OR toStringOrNull({thing}.{name}) = toStringOrNull(said.{name}))"
        for name in map(quoted, numbers)
    )
    return f"properties({thing}) = said{''.join(alike)}"

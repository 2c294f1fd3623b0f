"""Rows enter, vertices and edges of the embedded engine leave, made in this process without a query language.

Some three times as fast as Cypher over Bolt. What is written is committed batch by batch, with the engine's log.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from graph.errors import EngineError

_VERTICES, _EDGES = "com.arcadedb.python.VertexBatcher", "com.arcadedb.python.EdgeBatcher"
# Where the edges of a vertex begin is looked for among those kept back, of millions ever longer; and the pages that they
# change are in memory at once.
_MOST_KEPT = 5_000
# The same holds for all that one transaction changes.
_COMMIT_EVERY = 2_000


def pack(rows: Sequence[dict[str, Any]]) -> str:
    """Rows as the engine takes them: text, which crosses to Java at once, where a row crosses value by value."""
    return orjson.dumps(rows).decode()


class Bulk:
    """An open bulk writer; edges are kept back until there are many, or until `close`."""

    def __init__(self, database: Any) -> None:
        import jpype

        flush = jpype.JClass("com.arcadedb.engine.WALFile$FlushType")
        self._vertices, self._edges = jpype.JClass(_VERTICES), jpype.JClass(_EDGES)
        self._schema = database.getSchema()
        self._builder = database.batch().withWAL(True).withWALFlush(flush.YES_NOMETADATA).withCommitEvery(_COMMIT_EVERY)
        self._batch, self._kept = self._builder.build(), 0

    def vertices(self, label: str, packed: str) -> list[str]:
        """Create a vertex for each of the `packed` rows; the places of them, in the order of the rows.

        Raises:
            EngineError: the engine refuses them, as where a unique value exists already.
        """
        return str(self._java(lambda: self._vertices.createVerticesJson(self._batch, label, packed))).split(";")

    def edges(self, kind: str, rows: Sequence[dict[str, Any]]) -> None:
        """Take in edges, from the place under `_src` to that under `_dst`; what else a row holds are properties."""
        self._schema.getOrCreateEdgeType(kind)
        for at in range(0, len(rows), _MOST_KEPT):
            part = rows[at : at + _MOST_KEPT]
            self._take(kind, pack(part), len(part))

    def _take(self, kind: str, packed: str, count: int) -> None:
        self._java(lambda: self._edges.newEdgesJson(self._batch, kind, packed))
        self._kept += count
        if self._kept >= _MOST_KEPT:
            self.close()
            self._batch, self._kept = self._builder.build(), 0

    def close(self) -> None:
        """Write the edges taken in."""
        self._java(self._batch.close)

    def _java(self, call: Callable[[], Any]) -> Any:
        import jpype

        try:
            return call()
        except jpype.JException as error:
            raise EngineError(
                f"The embedded engine failed: {first_cause(error)}.",
                next_step="The same load completes what was begun.",
            ) from None


def first_cause(error: Any) -> str:
    """The text of the Java error that led to this one."""
    while error.getCause() is not None:
        error = error.getCause()
    return str(error.toString())

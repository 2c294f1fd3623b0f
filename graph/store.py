"""Settings and a schema enter, a store leaves that writes, reads and finds names in the graph."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from graph import bolt, naming
from graph.bolt import GraphNode, GraphRelation, Link, Table
from graph.dialect import LOAD, NAME, SCHEMA, quoted
from graph.edits import rewrite
from graph.errors import EngineError, QueryError, SchemaError
from graph.loads import Load, Triple, read_loads, read_triples
from graph.merge import State
from graph.migration import Migration
from graph.naming import NameEntry
from graph.records import Node, Relation
from graph.report import Change, LoadReport
from graph.schema import Schema
from graph.settings import Settings
from graph.spool import NodeKey, RelationKey
from graph.writes import Batch, write, write_batches

__all__ = [
    "Change", "Counts", "EngineInfo", "GraphNode", "GraphRelation", "Load", "LoadReport", "NameEntry", "Store", "Table",
]  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many nodes each label and how many relations each type of the schema has."""

    nodes: dict[str, int]
    relations: dict[str, int]


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """The engine in use; `home` is the data folder of the embedded one."""

    kind: str
    version: str
    address: str
    database: str
    embedded: bool
    home: Path | None


def _check_names(schema: Schema) -> None:
    """Raise SchemaError where the schema claims a name that the store needs for itself."""
    taken = [f"labels.{label}" for label in schema.labels if label in (NAME, LOAD, SCHEMA)]
    for label in schema.labels:
        taken += [f"labels.{label}.{name}" for name in schema.properties(label) if name in ("id", "sources")]
    for kind, relation in schema.relations.items():
        taken += [f"relations.{kind}.{name}" for name in relation.properties if name in ("key", "sources")]
    if taken:
        raise SchemaError(
            f"{taken[0]} is a name that the store uses itself.", place="schema.yaml", next_step="Give it another name."
        )


class Store:
    """The graph of one engine; a context manager, usable from several threads."""

    def __init__(self, settings: Settings, schema: Schema) -> None:
        _check_names(schema)
        self._settings = settings
        self._schema = schema
        self._lock = threading.Lock()
        self._link: Link | None = bolt.connect(settings)
        atexit.register(self.close)
        try:
            self._check_version()
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(cls, settings: Settings, schema: Schema) -> Store:
        """Connect (starting the embedded engine when no URI is set) and prove that the reader cannot write.

        Raises:
            EngineError: nothing answers, the folder cannot be used, or the graph belongs to a newer schema.
            LoginError, LockedError, UnsafeError: as their names say.
            SchemaError: the schema claims a name that the store needs for itself.
        """
        return cls(settings, schema)

    def close(self) -> None:
        """Close the connections, then leave the embedded engine; again is allowed."""
        with self._lock:
            link, self._link = self._link, None
        atexit.unregister(self.close)
        if link is not None:
            link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def prepare(self) -> None:
        """Make the graph fit the schema: constraints, indexes and name entries that are missing.

        Raises:
            SchemaError: the graph was filled with another schema, and things or values would have to be removed.
        """
        self._again(lambda link: Migration(link, self._schema).fit())

    def migration(self) -> Migration:
        """What the schema asks of a graph that was filled with another one."""
        return Migration(self.link, self._schema)

    def write(
        self,
        nodes: Iterable[Node],
        relations: Iterable[Relation],
        *,
        documents: frozenset[str] = frozenset(),
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> LoadReport:
        """Make the graph say what the records say in the name of `documents` (default: all that occur in them).

        What these documents said before and no longer say is taken back; what other documents say stays.
        `progress` gets the number of records handled so far.

        Raises:
            RecordError: a record has a label, property or relation that the schema does not know.
            EngineError, QueryError: the engine failed; the same write completes what was begun.
        """
        if not dry_run:
            self.prepare()
        return write(self._schema, self.link, nodes, relations, documents, dry_run, progress)

    def write_batches(
        self,
        batches: Iterable[Batch],
        documents: frozenset[str],
        *,
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> LoadReport:
        """The same for what comes in batches, too much to be held; each says which of its nodes are certainly new.

        Raises:
            RecordError, EngineError, QueryError: as `write`.
        """
        if not dry_run:
            self.prepare()
        link = self.link
        bulk = link.engine.bulk if link.engine is not None and link.engine.owned else None
        return write_batches(self._schema, link, batches, documents, dry_run, progress, bulk)

    def rewrite(
        self, gone: Collection[NodeKey], nodes: Mapping[NodeKey, State], relations: Mapping[RelationKey, State]
    ) -> None:
        """Remove the things `gone`, and give the others the states named, in one transaction; for what persons decide.

        Raises:
            EngineError, QueryError: the engine failed; nothing was changed.
        """
        self.prepare()
        rewrite(self._schema, self.link, gone, nodes, relations)

    def read(
        self,
        cypher: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        rows: int | None = None,
        seconds: float | None = None,
        guarded: bool = True,
    ) -> Table:
        """Run one query as the reader: at most `rows` rows (default: all), `seconds` (default: ENMUSUBI_QUERY_SECONDS).

        Raises:
            GuardError: `guarded`, and the text is not a plain read.
            LimitError: stopped at the time or memory limit.
            QueryError, LoginError, EngineError: as their names say.
        """
        if guarded:
            from graph import guard

            cypher = guard.check(cypher)
        limit = seconds or self._settings.query_seconds
        return self._again(lambda link: link.table(cypher, parameters or {}, rows, limit))

    def find_names(self, keys: Collection[str]) -> list[NameEntry]:
        """The entries of the name index under any of the folded `keys`, ordered; one round trip."""
        return naming.found(self._rows(*naming.lookup(self._schema, keys)), keys) if keys else []

    def counts(self) -> Counts:
        """Count nodes and relations of the schema's labels and types."""
        parts = []
        for kind, relation in self._schema.relations.items():
            starts = "|".join(map(quoted, relation.start))
            parts.append(f"{self.link.dialect.count(quoted(kind), starts)} AS c, '{kind}' AS x")
        return Counts(self.node_counts(), self._counted(parts, self._schema.relations))

    def node_counts(self) -> dict[str, int]:
        """How many nodes each label has, which the engine knows without counting."""
        parts = [f"MATCH (n:{quoted(x)}) RETURN count(n) AS c, '{x}' AS x" for x in self._schema.labels]
        return self._counted(parts, self._schema.labels)

    def _counted(self, parts: list[str], names: Iterable[str]) -> dict[str, int]:
        found = {name: int(count) for count, name in self._rows(" UNION ALL ".join(parts), {})} if parts else {}
        return {name: found.get(name, 0) for name in names}

    def triples(self) -> frozenset[Triple]:
        """Which relations join which labels in the data, as (start label, relation, end label)."""
        return self._again(read_triples)

    def loads(self) -> list[Load]:
        """All loads, the latest last; an interrupted one is completed by loading the same again."""
        return self._again(read_loads)

    def info(self) -> EngineInfo:
        """What serves the graph, and where."""
        link = self.link
        version = link.dialect.version(self._rows)
        return EngineInfo(
            kind=link.dialect.name,
            version=version,
            address=link.address,
            database=link.database or "",
            embedded=link.engine is not None,
            home=link.engine.home if link.engine else None,
        )

    def _check_version(self) -> None:
        stored = self._rows(f"MATCH (l:{LOAD}) RETURN max(l.version)", {})
        if stored and (stored[0][0] or 0) > self._schema.version:
            raise EngineError(
                f"The graph was loaded with version {stored[0][0]} of the schema, here it is {self._schema.version}.",
                place=self.link.address,
                next_step="Update the schema, or use another graph.",
            )

    @property
    def link(self) -> Link:
        """The open connection, for what works on a whole graph."""
        link = self._link
        if link is None:
            raise EngineError("The store is closed.", next_step="Open it again.")
        return link

    def _again(self, call: Callable[[Link], T]) -> T:
        """Call with the open link; when the process that ran the embedded engine has gone, reopen and call again."""
        link = self.link
        try:
            return call(link)
        except (EngineError, QueryError):
            if link.engine is None or link.engine.alive():
                raise
        with self._lock:
            if self._link is link:
                link.close()
                self._link = bolt.connect(self._settings)
        return call(self.link)

    def _rows(self, text: str, parameters: Mapping[str, Any], *, writing: bool = False) -> list[list[Any]]:
        return self._again(lambda link: link.rows(text, parameters, writing=writing))

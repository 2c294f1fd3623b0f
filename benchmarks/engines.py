"""A schema enters, a way to open stores on empty graphs of the embedded engine or of a Neo4j server leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from graph.bolt import connect
from graph.schema import Schema
from graph.settings import Settings
from graph.store import Store
from tests import neo4j_server

EMBEDDED, NEO4J = "embedded", "Neo4j 5.26.30"
Opened: TypeAlias = Callable[[], tuple[Settings, Store]]
"""Opens a store on a graph that holds nothing but its indexes."""
_EMPTY = "MATCH (n) WITH n LIMIT 10000 DETACH DELETE n RETURN count(*)"


def scratch() -> AbstractContextManager[str]:
    """A folder that is gone afterwards; the engine may still hold its log in it."""
    return TemporaryDirectory(prefix="enmusubi-bench-", ignore_cleanup_errors=True)


def embedded(home: str) -> Settings:
    """Settings of the embedded engine in `home` with the packaged domain and no language model."""
    return Settings.model_validate({"home": home, "uri": None, "model": None, "domain": None, "query_seconds": 600.0})


@contextmanager
def embedded_graphs(schema: Schema) -> Iterator[Opened]:
    """The embedded engine: every graph in a folder of its own."""
    with scratch() as folder:
        numbers = count()

        def opened() -> tuple[Settings, Store]:
            settings = embedded(f"{folder}/{next(numbers)}")
            store = Store.open(settings, schema)
            store.prepare()
            return settings, store

        yield opened


@contextmanager
def neo4j_graphs(schema: Schema) -> Iterator[Opened]:
    """A Neo4j server started here: one graph, emptied every time."""
    with scratch() as folder, neo4j_server.running(Path(folder)) as uri:
        login = {"user": "neo4j", "password": neo4j_server.PASSWORD, "reader_user": None, "database": None}
        settings = Settings.model_validate({"uri": uri, **login})

        def opened() -> tuple[Settings, Store]:
            empty(settings)
            store = Store.open(settings, schema)
            store.prepare()
            return settings, store

        yield opened


def startable() -> tuple[list[tuple[str, Callable[[Schema], AbstractContextManager[Opened]]]], str]:
    """The engines that can be started here by name, and a sentence on the one that cannot."""
    engines: list[tuple[str, Callable[[Schema], AbstractContextManager[Opened]]]] = [(EMBEDDED, embedded_graphs)]
    reason = neo4j_server.missing()
    if reason is not None:
        return engines, f"Left out: Neo4j, because {reason}.\n"
    return [*engines, (NEO4J, neo4j_graphs)], ""


def empty(settings: Settings) -> None:
    """Remove everything from a server's graph, also indexes and constraints."""
    link = connect(settings)
    try:
        while link.rows(_EMPTY, {}, writing=True)[0][0]:
            pass
        for kind in ("CONSTRAINT", "INDEX"):
            lookup = " WHERE type <> 'LOOKUP'" if kind == "INDEX" else ""
            for (name,) in link.rows(f"SHOW {kind} YIELD name, type{lookup} RETURN name", {}):
                link.rows(f"DROP {kind} `{name}` IF EXISTS", {}, writing=True)
    finally:
        link.close()

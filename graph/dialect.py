"""The engine in use enters, everything in which its Cypher differs from the other engine's leaves."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal, TypeAlias

from graph.batches import BATCH
from graph.engine_threads import end_work
from graph.schema import Schema

NAME = "Name"
KEYS = ("key", "key2", "key3", "key4")
"""The places for keys in a node of the name index: with a node for each key, Neo4j takes twice as long to write."""
LOAD = "Load"
SCHEMA = "GraphSchema"

Run: TypeAlias = Callable[[str, Mapping[str, Any]], list[list[Any]]]
"""Runs one statement with its parameters and gives all rows."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One engine: its name, and how a query of it is held to a time limit.

    `driver_limit` says that the server stops a transaction at the time that the driver names; `grace` is how many
    seconds later the client gives up; `stop` ends the running queries with a given text that are about as many
    seconds old or older; `count` is the statement that counts the relations of a type, given the labels they start from;
    `writers` is how many transactions may add things at once, `batch` how many records one of a load takes; `compares`
    says that what a load says is compared with the graph by the engine, not here.
    """

    kind: Literal["embedded", "neo4j"]
    name: str
    driver_limit: bool
    grace: float
    stop: Callable[[Run, str, float], None]
    version: Callable[[Run], str]
    count: Callable[[str, str], str]
    writers: int
    batch: int
    compares: bool


# A query that was told to end and has not after so many seconds is inside an expression.
_ENDING_SECONDS = 1.0


def _stop_embedded(run: Run, text: str, seconds: float) -> None:
    columns = "transactionId, currentQuery, elapsedTime, clientAddress"
    listed = f"SHOW TRANSACTIONS YIELD {columns} RETURN {columns}"
    clients = {}
    for identity, query, elapsed, client in run(listed, {}):
        if query and text.startswith(query) and elapsed.seconds + 1 >= seconds:
            run("TERMINATE TRANSACTION $id", {"id": identity})
            clients[identity] = client
    # Without a limit the query waits for its reader, not inside an expression.
    deadline = time.monotonic() + _ENDING_SECONDS
    while clients and seconds > 0:
        running = {row[0] for row in run(listed, {})}
        clients = {identity: client for identity, client in clients.items() if identity in running}
        if time.monotonic() > deadline:
            for client in clients.values():
                end_work(f"BOLT-{client}")
            return
        time.sleep(_ENDING_SECONDS / 10)


def _stop_neo4j(run: Run, text: str, seconds: float) -> None:
    """Nothing to do: the server has the limit from the driver."""


def _version(run: Run) -> str:
    return str(run("CALL dbms.components() YIELD versions RETURN versions[0]", {})[0][0])


def _count_from(kind: str, starts: str) -> str:
    # Without labels the embedded engine scans all nodes; with them Neo4j does not use its own counts.
    return f"MATCH (:{starts})-[r:{kind}]->() RETURN count(r)"


def _count_all(kind: str, starts: str) -> str:
    return f"MATCH ()-[r:{kind}]->() RETURN count(r)"


EMBEDDED = Dialect(
    "embedded",
    "ArcadeDB",
    driver_limit=False,
    grace=0.0,
    stop=_stop_embedded,
    version=lambda run: version("arcadedb-embedded"),
    count=_count_from,
    writers=1,
    batch=BATCH,
    # It would look through all relations of one end to find that with the other.
    compares=False,
)
# Of 10,000 things with their names, Neo4j takes half as long again in one transaction as in four.
NEO4J = Dialect(
    "neo4j",
    "Neo4j",
    driver_limit=True,
    grace=2.0,
    stop=_stop_neo4j,
    version=_version,
    count=_count_all,
    writers=2,
    batch=2_500,
    compares=True,
)


def quoted(name: str) -> str:
    """A label, type or property name as it stands in Cypher."""
    return f"`{name}`"


def one(name: str, label: str, identity: str) -> str:
    """MATCH for the node of a label that has an id, bound to `name`; `identity` is Cypher.

    A plan that Neo4j made while the label had no nodes is kept, and may read all of them for every row: hence the hint.
    """
    return f"MATCH ({name}:{quoted(label)} {{id: {identity}}}) USING INDEX SEEK {name}:{quoted(label)}(id)"


def unique_properties(schema: Schema) -> list[tuple[str, str]]:
    """Every (label, property) whose value only one node may have."""
    found = [(label, "id") for label in (*schema.labels, LOAD)]
    for label in schema.labels:
        found += [(label, name) for name, spec in schema.properties(label).items() if spec.unique]
    return found


def ddl(schema: Schema, constraints: set[tuple[str, str]], indexes: set[tuple[str, str]]) -> list[str]:
    """The statements that are missing beside the `constraints` and `indexes` which exist as (label, property)."""
    statements = [
        f"CREATE CONSTRAINT {label}_{name}_unique IF NOT EXISTS "
        f"FOR (n:{quoted(label)}) REQUIRE n.{quoted(name)} IS UNIQUE"
        for label, name in unique_properties(schema)
        if (label, name) not in constraints
    ]
    statements += [
        f"CREATE INDEX {NAME}_{key} IF NOT EXISTS FOR (n:{NAME}) ON (n.{key})"
        for key in KEYS
        if (NAME, key) not in indexes
    ]
    return statements


def drop_unique(label: str, name: str) -> str:
    """The statement that lets several nodes of a label have the same value."""
    return f"DROP CONSTRAINT {label}_{name}_unique IF EXISTS"


LIST_CONSTRAINTS = "SHOW CONSTRAINTS YIELD labelsOrTypes, properties RETURN labelsOrTypes, properties"
LIST_INDEXES = "SHOW INDEXES YIELD labelsOrTypes, properties RETURN labelsOrTypes, properties"

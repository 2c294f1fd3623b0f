"""Settings enter, a connection leaves that speaks Cypher, our errors and our values: the one user of the driver."""

from __future__ import annotations

import math
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from graph.batches import Sent
from graph.dialect import EMBEDDED, LOAD, NEO4J, Dialect, Run
from graph.engine import Engine, open_embedded
from graph.engine_folder import full_disk
from graph.errors import EngineError, EnmusubiError, LimitError, LoginError, QueryError, UnsafeError
from graph.records import Value
from graph.settings import Settings

if TYPE_CHECKING:
    import neo4j

T = TypeVar("T")
_CONNECT_SECONDS = 5.0
# Queries are ended by their own clients; this ends those whose client was killed.
_BACKSTOP_SECONDS = 600.0
_PROBE = f"CREATE (n:{LOAD} {{id: 'probe'}})"


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node in a result row; `properties` hold all but the id."""

    label: str
    id: str
    properties: dict[str, Value]


@dataclass(frozen=True, slots=True)
class GraphRelation:
    """A relation in a result row; each end is (label, id), with empty texts where the result does not tell them."""

    type: str
    start: tuple[str, str]
    end: tuple[str, str]
    properties: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a query: JSON values, GraphNode, GraphRelation, or lists and dicts of them; paths are lists."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool


@dataclass(frozen=True, slots=True)
class Link:
    """An open connection: a driver that writes, one that reads, and what is at the other end."""

    dialect: Dialect
    address: str
    database: str | None
    writer: neo4j.Driver
    reader: neo4j.Driver
    engine: Engine | None

    def close(self) -> None:
        """Close the drivers, then leave the embedded engine, which must outlive them."""
        for driver in {self.writer, self.reader}:
            driver.close()
        if self.engine is not None:
            self.engine.close()

    @property
    def writers(self) -> int:
        """How many transactions may add things at once."""
        return self.dialect.writers

    @property
    def batch(self) -> int:
        """How many records one transaction of a load takes."""
        return self.dialect.batch

    @property
    def compares(self) -> bool:
        """Whether the engine compares what is said with what it holds faster than it hands that out."""
        return self.dialect.compares

    def rows(self, text: str, parameters: Mapping[str, Any], *, writing: bool = False) -> list[list[Any]]:
        """All rows of one statement, in the driver's values."""
        with self._writing() if writing else _boundary(self.address), self._session(writing=writing) as session:
            return [list(record.values()) for record in session.run(_query(text), dict(parameters))]

    def stream(self, text: str, parameters: Mapping[str, Any]) -> Iterator[list[Any]]:
        """The rows of one reading statement, one at a time."""
        with _boundary(self.address), self._session(writing=False) as session:
            for record in session.run(_query(text), dict(parameters)):
                yield list(record.values())

    def transact(self, work: Callable[[Run], T]) -> T:
        """Run `work` in one writing transaction, again from its start when the engine asks for it."""

        def within(transaction: neo4j.ManagedTransaction) -> T:
            def run(text: str, parameters: Mapping[str, Any]) -> list[list[Any]]:
                sent = {name: Sent(value) if isinstance(value, list) else value for name, value in parameters.items()}
                try:
                    return [list(record.values()) for record in transaction.run(text, sent)]
                finally:
                    for rows in sent.values():
                        if isinstance(rows, Sent):
                            rows.clear()

            try:
                return work(run)
            except Exception as error:
                # The driver would try again what can never fit.
                if "OutOfMemory" in (getattr(error, "code", None) or ""):
                    raise _ours(error, self.address) from error
                raise

        with self._writing(), self._session(writing=True) as session:
            return session.execute_write(within)

    def table(self, text: str, parameters: Mapping[str, Any], rows: int | None, seconds: float) -> Table:
        """The result of one reading statement, in our values; LimitError after `seconds` even without an answer."""
        future: Future[Table] = Future()

        def work() -> None:
            try:
                future.set_result(self._table(text, parameters, rows, seconds))
            except BaseException as error:  # noqa: BLE001 (handed to the waiting thread)
                future.set_exception(error)

        threading.Thread(target=work, name="query", daemon=True).start()
        try:
            return future.result(seconds + self.dialect.grace)
        except BaseException as error:
            if future.done():
                # A query that asks for more memory than there is takes its own connection along.
                if isinstance(error, EngineError) and self.engine is not None and self.engine.alive():
                    raise _stopped("memory limit") from error
                raise
            with suppress(EngineError, QueryError):
                self.dialect.stop(self.rows, text, seconds)
            if isinstance(error, TimeoutError):
                raise _stopped(f"time limit of {seconds:g} s") from None
            raise

    def _table(self, text: str, parameters: Mapping[str, Any], rows: int | None, seconds: float) -> Table:
        from neo4j.exceptions import Neo4jError

        fetch_size = 1000 if rows is None else rows + 1
        timeout = seconds if self.dialect.driver_limit else None
        with _boundary(self.address), self._session(writing=False, fetch_size=fetch_size) as session:
            result = session.run(_query(text, timeout), dict(parameters))
            records: list[list[Any]] = []
            truncated = False
            for record in result:
                truncated = len(records) == rows
                if truncated:
                    self.dialect.stop(self.rows, text, 0.0)
                    with suppress(Neo4jError):
                        result.consume()
                    break
                records.append(list(record.values()))
            columns = list(result.keys())
        cells = _Cells()
        cells.note(records)
        return Table(columns, [[cells.cell(value) for value in record] for record in records], truncated)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Let no error of the driver out; the embedded engine does not say itself that its disk is full."""
        try:
            with _boundary(self.address):
                yield
        except (EngineError, QueryError) as error:
            full = full_disk(self.engine.home) if self.engine else None
            raise full or error from error

    def _session(self, *, writing: bool, fetch_size: int = 1000) -> neo4j.Session:
        driver, mode = (self.writer, "WRITE") if writing else (self.reader, "READ")
        return driver.session(database=self.database, default_access_mode=mode, fetch_size=fetch_size)


def connect(settings: Settings) -> Link:
    """Connect to the server at the URI, or to the embedded engine, and prove that the reader cannot write.

    Raises:
        EngineError: nothing answers, or the embedded engine's folder cannot be used.
        LoginError, LockedError, UnsafeError: as their names say.
    """
    engine: Engine | None = None
    database: str | None
    if settings.uri is None:
        engine = open_embedded(settings.home, command_seconds=max(_BACKSTOP_SECONDS, 2 * settings.query_seconds))
        dialect, uri, database = EMBEDDED, engine.uri, engine.database
        writing, reading = (engine.user, engine.password), (engine.reader_user, engine.reader_password)
    else:
        dialect, uri, database = NEO4J, settings.uri, settings.database
        writing = reading = (settings.user, settings.password.get_secret_value())
        if settings.reader_user is not None:
            reading = (settings.reader_user, settings.reader_password.get_secret_value())
        _check_listening(uri)
    drivers: list[neo4j.Driver] = []
    try:
        with _boundary(uri):
            _import_driver()
            for user, password in dict.fromkeys((writing, reading)):
                drivers.append(_driver(uri, user, password))
                drivers[-1].verify_connectivity()
            link = Link(dialect, uri, database, drivers[0], drivers[-1], engine)
            _prove_reader(link)
    except BaseException:
        for driver in drivers:
            driver.close()
        if engine is not None:
            engine.close()
        raise
    return link


class _Absent:
    """Hides number crunching libraries from the driver's import, in this thread only: they take most of its second."""

    names = frozenset({"numpy", "pandas", "pyarrow"})

    def __init__(self) -> None:
        self._thread = threading.get_ident()

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if threading.get_ident() == self._thread and name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def _import_driver() -> None:
    absent = _Absent()
    sys.meta_path.insert(0, absent)
    try:
        import neo4j  # noqa: F401
    finally:
        sys.meta_path.remove(absent)


def _driver(uri: str, user: str, password: str) -> neo4j.Driver:
    import neo4j

    return neo4j.GraphDatabase.driver(
        uri,
        auth=(user, password),
        connection_timeout=_CONNECT_SECONDS,
        connection_acquisition_timeout=4 * _CONNECT_SECONDS,
        max_transaction_retry_time=2 * _CONNECT_SECONDS,
        notifications_min_severity="OFF",
        telemetry_disabled=True,
    )


def _query(text: str, timeout: float | None = None) -> neo4j.Query:
    import neo4j

    return neo4j.Query(text, timeout=timeout)


def _check_listening(uri: str) -> None:
    """Raise at once when nothing listens: the driver itself tries for half a minute."""
    parts = urlsplit(uri)
    try:
        socket.create_connection((parts.hostname or "localhost", parts.port or 7687), _CONNECT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise _unreachable(uri, getattr(error, "strerror", None) or str(error)) from None


def _prove_reader(link: Link) -> None:
    from neo4j.exceptions import Neo4jError

    with link.reader.session(database=link.database, default_access_mode="READ") as session:
        transaction = session.begin_transaction()
        try:
            transaction.run(_PROBE).consume()
        except Neo4jError as error:
            if (error.code or "").endswith(("Security.Forbidden", "Statement.AccessMode")):
                return
            raise
        finally:
            transaction.close()
    raise UnsafeError(
        "The reader is able to write.",
        place=link.address,
        next_step="Name another user in ENMUSUBI_READER_USER, one who may only read.",
    )


@contextmanager
def _boundary(address: str) -> Iterator[None]:
    """Let no error of the driver out."""
    try:
        yield
    except EnmusubiError:
        raise
    except Exception as error:
        raise _ours(error, address) from error


def _ours(error: Exception, address: str) -> Exception:
    """The one mapping of the driver's errors to ours, most specific first; errors of our own code stay."""
    from neo4j import exceptions as e

    code = getattr(error, "code", None) or ""
    message = str(getattr(error, "message", None) or error).strip()
    if isinstance(error, (e.AuthError, e.TokenExpired)):
        return LoginError(
            "The graph engine refuses the user or password.",
            place=address,
            next_step="Check ENMUSUBI_USER and ENMUSUBI_PASSWORD (ENMUSUBI_READER_USER and ENMUSUBI_READER_PASSWORD).",
        )
    if isinstance(error, (e.ServiceUnavailable, e.SessionExpired, OSError)):
        return _unreachable(address, message)
    if "TimedOut" in code or "Terminated" in code:
        return _stopped("time limit")
    if "OutOfMemory" in code or "StackOverflow" in code or "queryMaxHeap" in message:
        return _stopped("memory limit")
    if "DatabaseNotFound" in code:
        return EngineError(f"{message}.", place=address, next_step="Check ENMUSUBI_DATABASE.")
    if isinstance(error, e.Neo4jError):
        return QueryError(f"The query cannot be run: {message}", place=code, next_step="Correct the query.")
    if isinstance(error, e.DriverError):
        return EngineError(f"The graph engine failed: {message}", place=address, next_step="Try again.")
    if isinstance(error, (ValueError, TypeError, OverflowError)):
        return QueryError(f"A parameter cannot be sent: {message}.", next_step="Pass texts, numbers, lists or maps.")
    return error


def _unreachable(address: str, reason: str) -> EngineError:
    return EngineError(
        f"The graph engine cannot be reached: {reason}.",
        place=address,
        next_step="Start it or correct ENMUSUBI_URI; without ENMUSUBI_URI the embedded engine is used.",
    )


def _stopped(limit: str) -> LimitError:
    return LimitError(
        f"The query was stopped at its {limit}.", next_step="Ask for less, or raise ENMUSUBI_QUERY_SECONDS."
    )


class _Cells:
    """Turns the driver's values into ours; remembers nodes, so that relations can tell their ends."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}

    def note(self, value: Any) -> None:
        """Remember every node inside `value`."""
        from neo4j.graph import Node, Path

        if isinstance(value, Node):
            if "id" in value and value.labels:
                self._known[value.element_id] = (next(iter(value.labels)), str(value["id"]))
        elif isinstance(value, Path):
            self.note(list(value.nodes))
        elif isinstance(value, list):
            for item in value:
                self.note(item)
        elif isinstance(value, dict):
            self.note(list(value.values()))

    def cell(self, value: Any) -> Any:
        """`value` as JSON value, GraphNode, GraphRelation, or list or dict of them."""
        from neo4j.graph import Node, Path, Relationship

        if value is None or isinstance(value, (bool, int, str)):
            return value
        if hasattr(value, "iso_format"):
            return value.iso_format()
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if isinstance(value, Node):
            own = {name: self.cell(item) for name, item in value.items() if name != "id"}
            return GraphNode(next(iter(value.labels), ""), str(value.get("id", "")), own)
        if isinstance(value, Relationship):
            start, end = (self._known.get(n.element_id, ("", "")) if n else ("", "") for n in value.nodes)
            return GraphRelation(value.type, start, end, {name: self.cell(item) for name, item in value.items()})
        if isinstance(value, Path):
            steps = [step for pair in zip(value.nodes, value.relationships, strict=False) for step in pair]
            return [self.cell(step) for step in (*steps, value.end_node)]
        if isinstance(value, (list, tuple)):  # a point is a tuple of its coordinates
            return [self.cell(item) for item in value]
        if isinstance(value, dict):
            return {str(name): self.cell(item) for name, item in value.items()}
        if isinstance(value, (bytes, bytearray)):
            return value.hex()
        return str(value)

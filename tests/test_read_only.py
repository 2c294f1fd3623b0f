"""What users can rely on when they query the graph: nothing is changed, nothing runs away, on either engine."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import hostile
import pytest
from conftest import embedded
from examples import (
    NODES,
    OSTI,
    RELATIONS,
    contents,
    node,
    rows,
)

from graph import guard
from graph.errors import (
    EngineError,
    GuardError,
    LimitError,
    QueryError,
    UnsafeError,
)
from graph.records import Relation, Source
from graph.schema import Schema
from graph.settings import Settings
from graph.store import Store

# The number is how they are found among the running queries.
RUNAWAY = hostile.RUNAWAYS[0]
WITHIN_ONE_EXPRESSION = (
    "RETURN all(x IN range(1, 99991) WHERE all(y IN range(1, 99991) WHERE x + y > 0))",
    "RETURN [x IN range(1, 99991) | [y IN range(1, 99991) | x * y]]",
)
FACTS = (Source("facts", "表"),)


def state(store: Store) -> list[Any]:
    """Everything that a statement could change: contents, loads, schema, users."""
    link = store.link
    listed = [
        sorted(map(str, link.rows(f"SHOW {what} YIELD labelsOrTypes, properties RETURN *", {}, writing=True)))
        for what in ("INDEXES", "CONSTRAINTS")
    ]
    if link.engine is None:
        users = sorted(map(str, link.rows("SHOW USERS", {}, writing=True)))
    else:
        users = sorted((link.engine.home / "config" / "server-users.jsonl").read_text().splitlines())
        listed.append(sorted(path.name for path in (link.engine.home / "databases").iterdir()))
    return [contents(store), store.loads(), *listed, users]


@pytest.mark.parametrize("kind", ["WRITES", "SCHEMA", "ADMINISTRATION"])
def test_no_statement_of_a_reader_changes_anything_though_the_guard_is_off(
    store: Store, engine_settings: Settings, schema: Schema, kind: str
) -> None:
    store.write(NODES, RELATIONS)
    before = state(store)
    for cypher in getattr(hostile, kind):
        with suppress(QueryError, EngineError):
            store.read(cypher, guarded=False, seconds=5)
    assert state(store) == before
    Store.open(engine_settings, schema).close()
    # The same statement of the one who may write does change it.
    store.link.rows(hostile.WRITES[0], {}, writing=True)
    assert state(store) != before


@pytest.mark.parametrize("cypher", [*hostile.WRITES, *hostile.SCHEMA, *hostile.ADMINISTRATION])
def test_the_guard_lets_no_hostile_statement_through(cypher: str) -> None:
    with pytest.raises(GuardError):
        guard.check(cypher)


def test_a_query_that_is_no_plain_read_does_not_reach_the_engine(store: Store) -> None:
    with pytest.raises(GuardError):
        store.read("MATCH (n) DETACH DELETE n")


def test_a_reader_that_could_write_is_refused(
    engine_settings: Settings, schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.bolt._PROBE", "RETURN 1")
    with pytest.raises(UnsafeError):
        Store.open(engine_settings, schema)


@pytest.mark.parametrize("cypher", ["MATCH (n RETURN n", "RETURN nothing", "RETURN unheard_of(1)", "RETURN $missing"])
def test_a_wrong_query_is_a_query_error_with_the_engines_words(store: Store, cypher: str) -> None:
    with pytest.raises(QueryError) as caught:
        store.read(cypher, guarded=False)
    assert "Check the server log" not in caught.value.message
    assert len(caught.value.message) > 40


def test_a_parameter_that_cannot_be_sent_is_a_query_error(store: Store) -> None:
    with pytest.raises(QueryError):
        store.read("RETURN $x", {"x": 2**70})
    with pytest.raises(QueryError):
        store.read("RETURN $x", {"x": object()})


# Limits


def test_rows_beyond_the_limit_are_cut_and_said_to_be(store: Store) -> None:
    started = time.monotonic()
    table = store.read("UNWIND range(1, 9000000) AS x RETURN x", rows=3)
    assert (table.columns, table.rows, table.truncated) == (["x"], [[1], [2], [3]], True)
    assert time.monotonic() - started < 10
    assert not store.read("UNWIND range(1, 3) AS x RETURN x", rows=3).truncated
    assert len(store.read("UNWIND range(1, 2500) AS x RETURN x").rows) == 2500


def test_a_query_without_rows_gives_an_empty_table(store: Store) -> None:
    table = store.read("MATCH (n:Company) RETURN n.name AS name, n.id")
    assert (table.rows, table.truncated) == ([], False)
    assert table.columns in ([], ["name", "n.id"])  # the embedded engine names columns with the first row


def running(store: Store) -> list[list[Any]]:
    listed = "SHOW TRANSACTIONS YIELD currentQuery RETURN currentQuery"
    return [row for row in store.read(listed, guarded=False).rows if "99991" in str(row[0])]


def test_a_runaway_query_is_stopped_and_the_engine_goes_on(store: Store) -> None:
    ends(store, RUNAWAY)


@pytest.mark.parametrize("runaway", WITHIN_ONE_EXPRESSION)
def test_the_embedded_engine_is_stopped_within_one_expression(tmp_path: Path, schema: Schema, runaway: str) -> None:
    with Store.open(embedded(tmp_path), schema) as store:
        ends(store, runaway)


def ends(store: Store, runaway: str) -> None:
    started = time.monotonic()
    with pytest.raises(LimitError):
        store.read(runaway, seconds=1)
    assert time.monotonic() - started < 10
    assert rows(store, "RETURN 1") == [[1]]
    deadline = time.monotonic() + 15
    while running(store) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert running(store) == []


def test_a_text_larger_than_the_embedded_engine_can_hold_ends_at_the_memory_limit(
    tmp_path: Path, schema: Schema
) -> None:
    long = "reduce(s = 'a', i IN range(1, 20) | s + s)"
    with Store.open(embedded(tmp_path), schema) as store:
        with pytest.raises(LimitError, match="memory limit"):
            store.read(f"RETURN replace({long}, 'a', {long})", seconds=20)
        assert rows(store, "RETURN 1") == [[1]]


@pytest.mark.parametrize("number", range(len(hostile.RUNAWAYS)))
def test_no_read_keeps_the_engine_from_going_on(store: Store, number: int) -> None:
    regions = [node("Region", f"r{i}", name=f"地域{i}", kind="prefecture") for i in range(30)]
    pairs = [(i, j) for i in range(30) for j in range(30) if i * j % 7 == 1]
    store.write(regions, [Relation("PART_OF", "Region", f"r{i}", "Region", f"r{j}", {}, FACTS) for i, j in pairs])
    with suppress(QueryError):
        store.read(hostile.RUNAWAYS[number], guarded=False, seconds=1)
    assert rows(store, "MATCH (n:Region) RETURN count(n)") == [[30]]
    assert store.write([OSTI], [], documents=frozenset({"more"})).nodes[0].added == 1


def test_threads_can_read_at_the_same_time(store: Store) -> None:
    store.write(NODES, RELATIONS)
    found: list[int] = []

    def work() -> None:
        found.extend(store.read("MATCH (n:Company) RETURN count(n)").rows[0][0] for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2] * 80

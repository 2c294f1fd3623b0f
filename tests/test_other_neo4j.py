"""What users can rely on through routing addresses and on the newest Neo4j: the contract of the store, in short."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hostile
import neo4j_server
import pytest
from conftest import empty, leave_out
from examples import NODES, OSTI, RELATIONS, contents, rows

from graph import fold
from graph.errors import EngineError, LimitError, LoginError, QueryError
from graph.moving import backup, restore
from graph.schema import Schema
from graph.settings import Settings
from graph.store import Store


def by_routing(settings: Settings) -> Settings:
    assert settings.uri is not None
    return settings.model_copy(update={"uri": f"neo4j://{settings.uri.partition('://')[2]}"})


@pytest.fixture(scope="module")
def newest_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    reason = neo4j_server.missing(neo4j_server.NEWEST)
    if reason is not None:
        leave_out(f"the newest Neo4j, because {reason}", needed="is not installed" not in reason)
    with neo4j_server.running(tmp_path_factory.mktemp("newest"), neo4j_server.NEWEST) as uri:
        login = {"user": "neo4j", "password": neo4j_server.PASSWORD, "reader_user": None, "database": None}
        yield Settings.model_validate({"uri": uri, **login})


@pytest.fixture(params=["routing", "newest", "newest by routing"])
def other(request: pytest.FixtureRequest, schema: Schema) -> Iterator[Store]:
    """A store on an empty graph, by routing or on the newest Neo4j or both."""
    name = "newest_settings" if request.param.startswith("newest") else "neo4j_settings"
    settings: Settings = request.getfixturevalue(name)
    settings = by_routing(settings) if request.param.endswith("routing") else settings
    empty(settings)
    with Store.open(settings, schema) as store:
        yield store


def test_writes_are_read_back_named_counted_and_taken_back(other: Store) -> None:
    assert other.write(NODES, RELATIONS).changes == 7
    before = contents(other)
    assert other.write(NODES, RELATIONS).changes == 0
    assert contents(other) == before
    assert other.counts().relations["LOCATED_IN"] == 2
    assert [entry.id for entry in other.find_names(fold.keys("大阪の技術屋"))] == ["c1"]
    assert [load.state for load in other.loads()] == ["done"]
    assert other.write([OSTI], []).nodes[0].removed == 1
    other.write([], [], documents=frozenset({"facts"}))
    assert contents(other) == []


def test_questions_cannot_write_and_are_stopped_at_their_limit(other: Store) -> None:
    other.write(NODES, RELATIONS)
    before = contents(other)
    for cypher in ("CREATE (n:Company {id: 'x'})", "MATCH (n) DETACH DELETE n", "MATCH (n) SET n.name = 'x'"):
        with pytest.raises(QueryError):
            other.read(cypher, guarded=False)
    with pytest.raises(LimitError):
        other.read(hostile.RUNAWAYS[0], seconds=1)
    assert rows(other, "RETURN 1") == [[1]]
    assert contents(other) == before


def test_a_backup_is_restored(other: Store, schema: Schema, tmp_path: Path) -> None:
    other.write(NODES, RELATIONS)
    before = contents(other)
    backup(other, tmp_path / "graph.backup", lambda *step: None)
    other.write([OSTI], [])
    restore(tmp_path / "graph.backup", other, schema, lambda *step: None)
    assert contents(other) == before


def test_errors_of_a_routing_address_are_those_of_any_other(neo4j_settings: Settings, schema: Schema) -> None:
    settings = by_routing(neo4j_settings)
    with pytest.raises(LoginError) as caught:
        Store.open(Settings.model_validate({"uri": settings.uri, "user": "neo4j", "password": "wrong"}), schema)
    assert str(settings.uri) in str(caught.value)
    with pytest.raises(EngineError, match="nowhere"):
        Store.open(settings.model_copy(update={"database": "nowhere"}), schema)

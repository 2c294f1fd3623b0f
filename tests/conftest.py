"""Fixtures that several test files share: both engines, and a store on an emptied graph."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import neo4j_server
import pytest

from graph.bolt import connect
from graph.schema import Schema, load_schema
from graph.settings import Settings
from graph.store import Store
from loaders.load import PACKAGED_CODES, PACKAGED_FACTS, load_folder
from qa.chain import Asker

_left_out: list[str] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in _left_out:
        terminalreporter.write_line(line)


def leave_out(what: str, *, needed: bool = True) -> None:
    """Skip a test and say so at the end; with CI=true that is a failure, unless it is about more than is needed."""
    line = f"Left out: {what}."
    if needed and os.environ.get("CI") == "true":
        pytest.fail(line)
    if line not in _left_out:
        _left_out.append(line)
    pytest.skip(line)


def embedded(home: Path, **more: object) -> Settings:
    """Settings of the embedded engine in `home`, whatever the environment says."""
    return Settings.model_validate({"home": home, "uri": None, **more})


def empty(settings: Settings) -> None:
    """Remove everything from a graph."""
    link = connect(settings)
    try:
        link.rows("MATCH (n) DETACH DELETE n", {}, writing=True)
    finally:
        link.close()


@pytest.fixture(scope="session")
def schema() -> Schema:
    return load_schema()


@pytest.fixture(scope="session")
def neo4j_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of the Neo4j server at ENMUSUBI_TEST_URI, else of one started here."""
    given = os.environ.get("ENMUSUBI_TEST_URI")
    if given:
        user = os.environ.get("ENMUSUBI_TEST_USER", "neo4j")
        password = os.environ.get("ENMUSUBI_TEST_PASSWORD", "")
        yield Settings.model_validate({"uri": given, "user": user, "password": password, "reader_user": None})
        return
    reason = neo4j_server.missing()
    if reason is not None:
        leave_out(f"all tests on Neo4j, because {reason}")
    with neo4j_server.running(tmp_path_factory.mktemp("neo4j")) as uri:
        login = {"user": "neo4j", "password": neo4j_server.PASSWORD, "reader_user": None, "database": None}
        yield Settings.model_validate({"uri": uri, **login})


@pytest.fixture(scope="session", params=["embedded", "neo4j"])
def engine_settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the embedded engine, then of a Neo4j server."""
    if request.param == "embedded":
        return embedded(tmp_path_factory.mktemp("embedded"))
    found: Settings = request.getfixturevalue("neo4j_settings")
    return found


@pytest.fixture(scope="session")
def opened(engine_settings: Settings, schema: Schema) -> Iterator[Store]:
    with Store.open(engine_settings, schema) as store:
        yield store


@pytest.fixture(scope="module")
def asker(opened: Store, schema: Schema) -> Asker:
    """The answer engine over the packaged facts."""
    opened.prepare()
    load_folder(PACKAGED_FACTS, opened, schema)
    return Asker(opened, schema)


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory, schema: Schema) -> Iterator[Store]:
    """An embedded graph with the packaged facts and the municipalities, to load open data into."""
    with Store.open(embedded(tmp_path_factory.mktemp("packaged")), schema) as opened:
        load_folder(PACKAGED_FACTS, opened, schema)
        load_folder(PACKAGED_CODES / "places", opened, schema)
        yield opened


@pytest.fixture
def store(engine_settings: Settings, opened: Store) -> Store:
    """A store whose graph holds nothing."""
    empty(engine_settings)
    return opened

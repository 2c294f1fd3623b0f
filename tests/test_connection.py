"""What users can rely on when a store connects, tells what it is, and closes, on either engine."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from examples import (
    OSTI,
)

from graph.bolt import connect
from graph.errors import (
    EngineError,
    LoginError,
    SchemaError,
)
from graph.schema import Schema
from graph.settings import Settings
from graph.store import Store


def test_a_schema_that_takes_the_stores_own_names_is_refused(engine_settings: Settings) -> None:
    label: dict[str, Any] = {"properties": {"sources": {}}}
    for labels, named in (({"Name": {}}, "labels.Name"), ({"Thing": label}, "labels.Thing.sources")):
        schema = Schema.model_validate({"title": {}, "labels": labels})
        with pytest.raises(SchemaError, match=named):
            Store.open(engine_settings, schema)


def test_a_graph_of_a_newer_schema_is_refused(store: Store, engine_settings: Settings, schema: Schema) -> None:
    store.write([OSTI], [])
    Store.open(engine_settings, schema).close()
    older = schema.model_copy(update={"version": schema.version - 1})
    with pytest.raises(EngineError, match="version"):
        Store.open(engine_settings, older)


def test_the_engine_tells_what_it_is(store: Store, engine_settings: Settings) -> None:
    info = store.info()
    assert info.embedded == engine_settings.embedded
    assert info.kind == ("ArcadeDB" if info.embedded else "Neo4j")
    assert info.version[0].isdigit()
    assert info.address.startswith("bolt://")
    assert (info.home == engine_settings.home) == info.embedded


def test_a_closed_store_says_so(engine_settings: Settings, schema: Schema) -> None:
    opened = Store.open(engine_settings, schema)
    opened.close()
    opened.close()
    with pytest.raises(EngineError, match="closed"):
        opened.read("RETURN 1")


def test_a_wrong_password_is_a_login_error(store: Store, schema: Schema) -> None:
    settings = Settings.model_validate({"uri": store.info().address, "user": "neo4j", "password": "wrong"})
    with pytest.raises(LoginError) as caught:
        Store.open(settings, schema)
    assert store.info().address in str(caught.value)


@pytest.mark.parametrize("uri", ["bolt://127.0.0.1:9", "neo4j://127.0.0.1:9", "bolt://no-such-host.invalid"])
def test_an_address_where_nothing_answers_is_said_at_once(uri: str, schema: Schema) -> None:
    started = time.monotonic()
    with pytest.raises(EngineError) as caught:
        Store.open(Settings.model_validate({"uri": uri}), schema)
    assert time.monotonic() - started < 20
    assert uri in str(caught.value)
    assert caught.value.next_step


def test_a_database_that_is_not_there_is_an_engine_error(
    store: Store, engine_settings: Settings, schema: Schema
) -> None:
    if engine_settings.embedded:
        link = connect(engine_settings)
        link.close()
        assert link.engine is not None
        login = {"user": link.engine.user, "password": link.engine.password}
    else:
        login = {"user": engine_settings.user, "password": engine_settings.password.get_secret_value()}
    settings = Settings.model_validate(
        {"uri": store.info().address, "database": "nowhere", "reader_user": None, **login}
    )
    with pytest.raises(EngineError, match="nowhere"):
        Store.open(settings, schema)


def test_importing_the_store_does_not_import_the_driver(tmp_path: Path) -> None:
    code = "import sys, graph.store; print(sorted({'neo4j', 'jpype', 'numpy', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

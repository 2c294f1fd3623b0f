"""Settings enter, an open store with its schema and an engine that answers over them leave."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import EngineError
from graph.schema import PACKAGED, Schema, load_schema
from graph.settings import Settings, load_settings
from graph.store import Store
from ui.texts import say

if TYPE_CHECKING:
    from loaders.load import Loaded
    from qa.answer import Answer, Language
    from qa.chain import Asker


def open_schema(settings: Settings) -> Schema:
    """The schema of ENMUSUBI_DOMAIN, else the packaged one.

    Raises:
        SchemaError: names the line of the first mistake.
    """
    return load_schema(settings.domain / "schema.yaml" if settings.domain else PACKAGED)


@contextmanager
def opened(*, filled: bool = False, fitting: bool = True) -> Iterator[tuple[Settings, Store, Schema]]:
    """The graph of the settings, open; unless `fitting`, even when it was filled with another schema."""
    settings = load_settings()
    if fitting:
        store, schema = open_store(settings, filled=filled)
    else:
        schema = open_schema(settings)
        store = Store.open(settings, schema)
    with store:
        yield settings, store, schema


def open_store(settings: Settings, *, filled: bool = False) -> tuple[Store, Schema]:
    """Open the graph; `filled` loads the domain's own facts first when nothing was ever loaded to its end.

    Raises:
        SchemaError, SourceError, EngineError: as their names say.
    """
    schema = open_schema(settings)
    store = Store.open(settings, schema)
    try:
        store.prepare()
        loads = store.loads()
        broken = next((load.what for load in loads if load.what), None)
        if filled and broken:
            raise EngineError(
                f"The graph is not complete: a {broken} was begun and did not end.",
                place=store.link.address,
                next_step="Run the same `enmusubi copy` or `enmusubi restore` again; it goes on from there.",
            )
        if filled and not any(load.state == "done" for load in loads):
            load_domain(settings, store, schema)
    except BaseException:
        store.close()
        raise
    return store, schema


def domain_folder(settings: Settings) -> Path:
    """The folder whose mapping loads the domain's own facts."""
    from loaders.load import PACKAGED_FACTS

    return settings.domain or PACKAGED_FACTS


def load_domain(settings: Settings, store: Store, schema: Schema, *, dry_run: bool = False) -> Loaded:
    """Load the facts that belong to the domain.

    Raises:
        SourceError: they cannot be used; nothing was written.
    """
    from loaders.decisions import Decisions
    from loaders.load import load_folder

    return load_folder(domain_folder(settings), store, schema, Decisions.of(settings.home), dry_run=dry_run)


def open_asker(settings: Settings, store: Store, schema: Schema) -> Asker:
    """The engine that answers questions over the store."""
    from qa.chain import Asker

    asker = Asker(store, schema, rows=settings.rows)
    if settings.model is not None:
        from qa.model import model_planner

        asker.model = model_planner(settings, schema, asker.knowledge)
    return asker


def safe_ask(
    asker: Asker, question: str, language: Language | None = None, session: str | None = None, *, debug: bool = False
) -> Answer:
    """Answer one question; even a fault of the program comes back as an answer of status `error`."""
    try:
        return asker.ask(question, language, session)
    except Exception as error:  # noqa: BLE001 (the last wall before a reader)
        if debug:
            traceback.print_exc(file=sys.stderr)
        return fault(question, language, error)


def fault(question: str, language: Language | None, error: Exception) -> Answer:
    """The answer that tells of a fault in the program, worded without its inner details."""
    from qa.answer import Answer, Problem
    from qa.turn import detect_language

    chosen = language or detect_language(question)
    message, next_step = say(chosen, "fault", kind=type(error).__name__), say(chosen, "fault_next")
    problem = Problem(code="internal", message=message, next_step=next_step)
    return Answer(
        question=question, language=chosen, status="error", answer=f"{message} {next_step}".strip(), error=problem
    )

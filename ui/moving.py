"""The address of another graph enters, a copy of this one there leaves, with a bar on the way."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import SettingsError
from graph.settings import SCHEMES, Settings

if TYPE_CHECKING:
    from graph.moving import Moved, Tell
    from graph.schema import Schema
    from graph.store import Store


def target_settings(
    settings: Settings, to: str, database: str | None, user: str | None, password: str | None
) -> Settings:
    """Settings of the graph at an address or in a folder.

    Raises:
        SettingsError: the address is of no kind that a graph can be reached by.
    """
    scheme, mark, _ = to.partition("://")
    if mark and scheme not in SCHEMES:
        raise SettingsError(
            f"{to} is no address of a graph.",
            place="--to",
            next_step=f"Start it with one of {', '.join(f'{known}://' for known in SCHEMES)}, or give a folder.",
        )
    login = {
        "user": user or settings.user,
        "password": password if password is not None else settings.password.get_secret_value(),
        "reader_user": None,
        "database": database,
    }
    return Settings.model_validate({"uri": to if mark else None, "home": settings.home if mark else Path(to), **login})


def copy_to(target: Settings, store: Store, schema: Schema, home: Path, *, replace: bool) -> Moved:
    """Copy the graph, and the decisions kept in `home`, to another one.

    Raises:
        EngineError: it cannot be reached, or holds something already.
    """
    from graph.moving import copy
    from graph.store import Store
    from loaders.decisions import read_journal

    with Store.open(target, schema) as there, progress_bar() as tell:
        moved = copy(store, there, schema, tell, replace=replace)
    bring_decisions(target.home, read_journal(home))
    return moved


def bring_decisions(home: Path, journal: str) -> None:
    """Give a data folder the decisions that belong to the graph moved there; former ones are kept beside."""
    from loaders.decisions import JOURNAL, bring_journal

    kept = bring_journal(home, journal)
    if kept is not None:
        print(f"Decisions on what is one ({JOURNAL}) were replaced; the former ones are kept in {kept}.")


@contextmanager
def progress_bar() -> Iterator[Tell]:
    """A bar for every step, on a terminal's standard error; elsewhere nothing is shown."""
    from rich.console import Console
    from rich.progress import Progress, TaskID

    tasks: dict[str, TaskID] = {}
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:

        def tell(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step)
            bar.update(tasks[step], completed=done, total=total or None)

        yield tell

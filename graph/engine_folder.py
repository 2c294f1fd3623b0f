"""The path of a data folder enters, its lock and the note on the engine that runs it leave."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from graph.errors import EngineError

FORMAT = 1
PACKAGE = "arcadedb-embedded"
# A batch of 10,000 records takes some megabytes of log and as much again of pages.
_LITTLE_ROOM = 50_000_000


def usable(home: Path) -> Path:
    """The folder, made where it is missing.

    Raises:
        EngineError: it cannot be written.
    """
    home = home.expanduser().resolve()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("config", "log"):
            (home / name).mkdir(exist_ok=True)
        with (home / "engine.lock").open("ab"):
            pass
    except OSError as error:
        raise unusable(home, error) from None
    return home


def unusable(home: Path, error: OSError) -> EngineError:
    """The error to tell when a file of the folder cannot be written."""
    return EngineError(
        f"The data folder cannot be used: {error.strerror}.",
        place=str(home),
        next_step="Make it a writable folder on a disk with room, or set ENMUSUBI_HOME to another one.",
    )


def full_disk(home: Path) -> EngineError | None:
    """The error to tell when writing failed and the folder's disk has next to no room left."""
    try:
        free = shutil.disk_usage(home).free
    except OSError:
        return None
    if free > _LITTLE_ROOM:
        return None
    return EngineError(
        f"The engine cannot write: the disk of the data folder is full ({free / 1_000_000:.1f} MB are free).",
        place=str(home),
        next_step="Make room, then do the same again: what was acknowledged is kept.",
    )


def locked(path: Path) -> IO[bytes] | None:
    """The file, locked for this process until it is closed; None while another process holds it."""
    file = path.open("ab")
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def read_state(home: Path) -> dict[str, Any]:
    """The note on the engine that runs in the folder, or ran last; empty without a readable one."""
    try:
        state = json.loads((home / "engine.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def write_state(home: Path, state: dict[str, Any]) -> None:
    """Replace the note at once, readable for this user alone."""
    draft = home / "engine.json.new"
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(state, file)
    draft.replace(home / "engine.json")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", text))


def check_age(home: Path) -> None:
    """Raise EngineError for a folder of a newer version."""
    state = read_state(home)
    ours = version(PACKAGE)
    theirs = str(state.get("engine", ours))
    if _numbers(theirs) > _numbers(ours) or int(state.get("format", FORMAT)) > FORMAT:
        raise EngineError(
            f"The data folder was written by a newer version (engine {theirs}, here {ours}).",
            place=str(home),
            next_step="Update enmusubi, or set ENMUSUBI_HOME to another folder.",
        )

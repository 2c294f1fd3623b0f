"""A data folder enters, a running embedded engine (in this process, or in the one that already runs it) leaves."""

from __future__ import annotations

import atexit
import os
import secrets
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from graph import engine_server
from graph.engine_bulk import Bulk
from graph.engine_folder import FORMAT, PACKAGE, check_age, locked, read_state, unusable, usable, write_state
from graph.errors import LockedError

WAIT_SECONDS = 60.0
_BACKSTOP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Engine:
    """One use of a running engine: its folder, the process and loopback port it listens on, and its two logins."""

    home: Path
    pid: int
    port: int
    version: str
    password: str
    reader_password: str

    user = engine_server.USER
    reader_user = engine_server.READER
    database = engine_server.DATABASE

    def __repr__(self) -> str:
        return f"Engine(home={str(self.home)!r}, pid={self.pid}, port={self.port}, version={self.version!r})"

    @property
    def uri(self) -> str:
        """The Bolt address."""
        return f"bolt://127.0.0.1:{self.port}"

    @property
    def owned(self) -> bool:
        """Whether it runs inside this process."""
        return self.pid == os.getpid()

    def alive(self) -> bool:
        """Whether this engine (not a later one of the same folder) still answers."""
        return read_state(self.home).get("reader_password") == self.reader_password and _listening(self.port)

    def bulk(self) -> Bulk:
        """A bulk writer; only inside the owning process."""
        with _guard:
            return Bulk(_owned[self.home].server.getDatabase(self.database))

    def close(self) -> None:
        """Leave the engine; the last use inside the owning process stops it. Drivers must be closed before."""
        with _guard:
            owned = _owned.get(self.home)
            if owned is None or owned.engine != self:
                return
            owned.uses -= 1
            if owned.uses == 0:
                _stop(self.home)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(slots=True)
class _Owned:
    engine: Engine
    server: Any
    lock: IO[bytes]
    uses: int = 1


_owned: dict[Path, _Owned] = {}
_guard = threading.RLock()


def open_embedded(home: Path, *, command_seconds: float = _BACKSTOP_SECONDS) -> Engine:
    """Start the engine of the data folder `home`, or attach to the process that runs it.

    `command_seconds` is the longest that any single command may run, in seconds.

    Raises:
        EngineError: the folder cannot be used, belongs to a newer version, or the engine does not start.
        LockedError: another process holds the folder and its engine cannot be reached.
    """
    home = usable(home)
    with _guard:
        if home in _owned:
            _owned[home].uses += 1
            return _owned[home].engine
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            lock = locked(home / "engine.lock")
            if lock is not None:
                return _start(home, lock, command_seconds)
            # The other process may just be starting or stopping.
            attached = _attach(home)
            if attached is not None:
                return attached
            if time.monotonic() > deadline:
                raise _locked_error(home)
            time.sleep(0.1)


def _locked_error(home: Path) -> LockedError:
    pid = read_state(home).get("pid")
    owner = f"process {pid}" if pid else "another process"
    return LockedError(
        f"The data folder is held by {owner}, whose engine does not answer.",
        place=str(home),
        next_step="End that process, or set ENMUSUBI_HOME to another folder.",
    )


def _listening(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False


def _attach(home: Path) -> Engine | None:
    state = read_state(home)
    try:
        engine = Engine(
            home=home,
            pid=int(state["pid"]),
            port=int(state["port"]),
            version=str(state["engine"]),
            password=str(state["password"]),
            reader_password=str(state["reader_password"]),
        )
    except (KeyError, TypeError, ValueError):
        return None
    return engine if _listening(engine.port) else None


def _start(home: Path, lock: IO[bytes], command_seconds: float) -> Engine:
    """Start the engine while holding `lock`, which is given back when that fails."""
    server = None
    try:
        check_age(home)
        engine = Engine(
            home=home,
            pid=os.getpid(),
            port=_free_port(),
            version=version(PACKAGE),
            password=secrets.token_urlsafe(24),
            reader_password=secrets.token_urlsafe(24),
        )
        if engine_server.start_jvm(home):
            atexit.register(_stop_all)
        place = engine_server.Place(home, engine.port, engine.password, engine.reader_password)
        server = engine_server.start(place, command_seconds)
        note = {"pid": engine.pid, "port": engine.port}
        passwords = {"password": engine.password, "reader_password": engine.reader_password}
        write_state(home, {"format": FORMAT, "engine": engine.version, **note, **passwords})
    except BaseException as error:
        if server is not None:
            engine_server.stop(server)
        lock.close()
        if isinstance(error, OSError):
            raise unusable(home, error) from None
        raise
    _owned[home] = _Owned(engine, server, lock)
    return engine


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stop(home: Path) -> None:
    owned = _owned.pop(home)
    try:
        engine_server.stop(owned.server)
        # On a full disk the old note stays, which is known to be stale because nobody holds the lock.
        with suppress(OSError):
            write_state(home, {"format": FORMAT, "engine": owned.engine.version})
    finally:
        owned.lock.close()


def _stop_all() -> None:
    with _guard:
        for home in list(_owned):
            _stop(home)

"""A data folder enters, a running embedded engine (in this process, or in the one that already runs it) leaves."""

from __future__ import annotations

import atexit
import json
import os
import re
import secrets
import shlex
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Any, Self

from graph.errors import EngineError, LockedError

DATABASE = "enmusubi"
FORMAT = 1
WAIT_SECONDS = 60.0
_PACKAGE = "arcadedb-embedded"
_BACKSTOP_SECONDS = 60.0
_ACCESS = {"resultSetLimit": -1, "readTimeout": -1}
_READ = {**_ACCESS, "access": [], "types": {"*": {"access": ["readRecord"]}}}
_NOTHING = {**_ACCESS, "access": [], "types": {"*": {"access": []}}}
_ALL = {
    **_ACCESS,
    "access": ["updateSecurity", "updateSchema", "updateDatabaseSettings"],
    "types": {"*": {"access": ["createRecord", "readRecord", "updateRecord", "deleteRecord"]}},
}
_LOGGING = """handlers=java.util.logging.FileHandler
.level=INFO
java.util.logging.FileHandler.pattern={folder}/engine.%g.log
java.util.logging.FileHandler.formatter=com.arcadedb.log.LogFormatter
java.util.logging.FileHandler.limit=10000000
java.util.logging.FileHandler.count=3
java.util.logging.FileHandler.append=true
"""
_JVM_OPTIONS = (
    # Signals stay with Python, so that drivers are closed before the engine.
    "-Xrs",
    # The second compiler only pays after minutes: without it the packaged facts load with 4.8 instead of 8.3 CPU seconds.
    "-XX:TieredStopAtLevel=1",
    "-Djava.awt.headless=true",
    "-Dfile.encoding=UTF8",
    "-Dpolyglot.engine.WarnInterpreterOnly=false",
    "--enable-native-access=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--add-opens=java.base/java.nio.channels.spi=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
)


@dataclass(frozen=True, slots=True)
class Engine:
    """One use of a running engine: its folder, the process and loopback port it listens on, and its two logins."""

    home: Path
    pid: int
    port: int
    version: str
    password: str
    reader_password: str

    user = "root"
    reader_user = "reader"
    database = DATABASE

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
        return _read_state(self.home).get("reader_password") == self.reader_password and _listening(self.port)

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
    home = _usable(home)
    with _guard:
        if home in _owned:
            _owned[home].uses += 1
            return _owned[home].engine
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            lock = _locked(home / "engine.lock")
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
    pid = _read_state(home).get("pid")
    owner = f"process {pid}" if pid else "another process"
    return LockedError(
        f"The data folder is held by {owner}, whose engine does not answer.",
        place=str(home),
        next_step="End that process, or set ENMUSUBI_HOME to another folder.",
    )


def _usable(home: Path) -> Path:
    home = home.expanduser().resolve()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("config", "log"):
            (home / name).mkdir(exist_ok=True)
        with (home / "engine.lock").open("ab"):
            pass
    except OSError as error:
        raise EngineError(
            f"The data folder cannot be used: {error.strerror}.",
            place=str(home),
            next_step="Make it a writable folder, or set ENMUSUBI_HOME to another one.",
        ) from None
    return home


def _locked(path: Path) -> IO[bytes] | None:
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


def _read_state(home: Path) -> dict[str, Any]:
    try:
        state = json.loads((home / "engine.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def _write_state(home: Path, state: dict[str, Any]) -> None:
    draft = home / "engine.json.new"
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(state, file)
    draft.replace(home / "engine.json")


def _listening(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False


def _attach(home: Path) -> Engine | None:
    state = _read_state(home)
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


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", text))


def _check_age(home: Path) -> None:
    state = _read_state(home)
    ours = version(_PACKAGE)
    theirs = str(state.get("engine", ours))
    if _numbers(theirs) > _numbers(ours) or int(state.get("format", FORMAT)) > FORMAT:
        raise EngineError(
            f"The data folder was written by a newer version (engine {theirs}, here {ours}).",
            place=str(home),
            next_step="Update enmusubi, or set ENMUSUBI_HOME to another folder.",
        )


def _start(home: Path, lock: IO[bytes], command_seconds: float) -> Engine:
    """Start the engine while holding `lock`, which is given back when that fails."""
    try:
        _check_age(home)
        engine = Engine(
            home=home,
            pid=os.getpid(),
            port=_free_port(),
            version=version(_PACKAGE),
            password=secrets.token_urlsafe(24),
            reader_password=secrets.token_urlsafe(24),
        )
        _start_jvm(home)
        server = _start_server(engine, command_seconds)
    except BaseException:
        lock.close()
        raise
    _owned[home] = _Owned(engine, server, lock)
    _write_state(
        home,
        {
            "format": FORMAT,
            "engine": engine.version,
            "pid": engine.pid,
            "port": engine.port,
            "password": engine.password,
            "reader_password": engine.reader_password,
        },
    )
    return engine


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start_jvm(home: Path) -> None:
    # Started here and not by the wheel's own helper, which writes logs into the working directory.
    import jpype
    from arcadedb_embedded.jvm import get_bundled_jre_lib_path, get_jar_path

    if jpype.isJVMStarted():
        return
    logging = home / "config" / "logging.properties"
    logging.write_text(_LOGGING.format(folder=(home / "log").as_posix()), encoding="utf-8")
    options = [
        *_JVM_OPTIONS,
        f"-Djava.util.logging.config.file={logging}",
        f"-Darcadedb.server.logsDirectory={home / 'log'}",
        f"-XX:ErrorFile={home / 'log' / 'crash.%p.log'}",
        *shlex.split(os.environ.get("ARCADEDB_JVM_ARGS", "")),
    ]
    try:
        jpype.startJVM(get_bundled_jre_lib_path(), *options, classpath=[f"{get_jar_path()}/*"], interrupt=False)
    except Exception as error:  # noqa: BLE001 (Java's own errors among them)
        raise EngineError(
            f"The embedded engine's Java runtime does not start: {error}.",
            place=_PACKAGE,
            next_step="Check free memory and ARCADEDB_JVM_ARGS, or set ENMUSUBI_URI to a Neo4j server.",
        ) from None
    atexit.register(_stop_all)
    _end_on_sigterm()


def _end_on_sigterm() -> None:
    """Let SIGTERM end the process the ordinary way, so that drivers and engine are closed."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, leave)


def _configuration(engine: Engine) -> dict[str, Any]:
    home = engine.home
    return {
        "server.mode": "production",
        "server.rootPath": str(home),
        "server.logsDirectory": str(home / "log"),
        "server.rootPassword": engine.password,
        "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
        "server.httpIncomingHost": "127.0.0.1",
        "server.httpIncomingPort": "0",
        "server.httpWorkerThreads": 1,
        "bolt.host": "127.0.0.1",
        "bolt.port": engine.port,
        # A batch of long texts is one message.
        "bolt.maxMessageSize": 1 << 28,
        "opencypher.loadCsv.allowRemoteUrls": False,
        "opencypher.loadCsv.allowFileUrls": False,
    }


def _start_server(engine: Engine, command_seconds: float) -> Any:
    import jpype

    config = engine.home / "config"
    # Both users get new passwords at every start.
    (config / "server-users.jsonl").unlink(missing_ok=True)
    groups = {"admin": _ALL, "reader": _READ, "*": _NOTHING}
    (config / "server-groups.json").write_text(json.dumps({"version": 2, "databases": {"*": {"groups": groups}}}))
    context = jpype.JClass("com.arcadedb.ContextConfiguration")()
    for name, value in _configuration(engine).items():
        context.setValue(f"arcadedb.{name}", value)
    server = jpype.JClass("com.arcadedb.server.ArcadeDBServer")(context)
    try:
        server.start()
        server.getHttpServer().stopService()
        # Production mode, set before the start, keeps the log on disk; after it, it only hides error texts.
        server.getConfiguration().setValue("arcadedb.server.mode", "development")
        writing = jpype.JClass("com.arcadedb.engine.ComponentFile$MODE").READ_WRITE
        exists = server.existsDatabase(DATABASE)
        database = server.getDatabase(DATABASE) if exists else server.createDatabase(DATABASE, writing)
        database.command("sql", f"ALTER DATABASE `arcadedb.command.timeout` {int(command_seconds * 1000)}")
        security = server.getSecurity()
        reader = {
            "name": engine.reader_user,
            "password": str(security.encodePassword(engine.reader_password)),
            "databases": {DATABASE: ["reader"]},
        }
        security.createUser(jpype.JClass("com.arcadedb.serializer.json.JSONObject")(json.dumps(reader)))
    except BaseException as error:
        server.stop()
        if isinstance(error, jpype.JException):
            raise _start_error(engine.home, _first_cause(error)) from None
        raise
    return server


def _first_cause(error: Any) -> str:
    """The text of the Java error that led to this one."""
    while error.getCause() is not None:
        error = error.getCause()
    return str(error.toString())


def _start_error(home: Path, message: str) -> EngineError:
    if "LockException" in message or "locked by another process" in message:
        return LockedError(
            "The data folder is locked by another process.",
            place=str(home),
            next_step="End that process, or set ENMUSUBI_HOME to another folder.",
        )
    return EngineError(
        f"The embedded engine does not start: {message}.",
        place=str(home),
        next_step=f"See {home / 'log'}; to begin anew, set ENMUSUBI_HOME to an empty folder.",
    )


def _stop(home: Path) -> None:
    owned = _owned.pop(home)
    connections = _connections(owned.server)
    try:
        owned.server.stop()
        # The server leaves the connections of other processes open, and no process ends while it waits for them.
        for connection in list(connections):
            _private(connection, "socket").close()
        _write_state(home, {"format": FORMAT, "engine": owned.engine.version})
    finally:
        owned.lock.close()


def _connections(server: Any) -> Any:
    bolt = next(plugin for plugin in server.getPlugins() if plugin.getClass().getSimpleName() == "BoltProtocolPlugin")
    return _private(_private(bolt, "listener"), "activeConnections")


def _private(holder: Any, name: str) -> Any:
    field = holder.getClass().getDeclaredField(name)
    field.setAccessible(True)
    return field.get(holder)


def _stop_all() -> None:
    with _guard:
        for home in list(_owned):
            _stop(home)

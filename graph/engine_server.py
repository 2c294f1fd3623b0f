"""A data folder and passwords enter, an ArcadeDB server in this process leaves that speaks Bolt on a loopback port."""

from __future__ import annotations

import json
import os
import shlex
import signal
import threading
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from graph.engine_bulk import first_cause
from graph.engine_folder import PACKAGE
from graph.errors import EngineError, LockedError

DATABASE = "enmusubi"
USER = "root"
READER = "reader"
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
    # The second compiler only pays after minutes, when it writes new things with half the processor time: left to itself,
    # it takes as much again as loading the packaged facts does, so it waits ten times as long as usual.
    "-XX:Tier4InvocationThreshold=50000",
    "-XX:Tier4MinInvocationThreshold=6000",
    "-XX:Tier4CompileThreshold=150000",
    "-XX:Tier4BackEdgeThreshold=400000",
    # Its threads take a third of the time of those of the usual one, and less memory.
    "-XX:+UseParallelGC",
    "-Djava.awt.headless=true",
    "-Dfile.encoding=UTF8",
    "-Dpolyglot.engine.WarnInterpreterOnly=false",
    "--enable-native-access=ALL-UNNAMED",
    # Otherwise the engine's libraries are warned of on standard error.
    "--sun-misc-unsafe-memory-access=allow",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--add-opens=java.base/java.nio.channels.spi=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server keeps its data and listens, and the passwords of its two users."""

    home: Path
    port: int
    password: str
    reader_password: str


def start_jvm(home: Path) -> bool:
    """Start this process's Java runtime; False when it runs already.

    Raises:
        EngineError: it does not start.
    """
    # Started here and not by the wheel's own helper, which writes logs into the working directory.
    import jpype
    from arcadedb_embedded.jvm import get_bundled_jre_lib_path, get_jar_path

    if jpype.isJVMStarted():
        return False
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
            place=PACKAGE,
            next_step="Check free memory and ARCADEDB_JVM_ARGS, or set ENMUSUBI_URI to a Neo4j server.",
        ) from None
    _end_on_sigterm()
    return True


def _end_on_sigterm() -> None:
    """Let SIGTERM end the process the ordinary way, so that drivers and engine are closed."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, leave)


def _configuration(place: Place) -> dict[str, Any]:
    home = place.home
    return {
        "server.mode": "production",
        "server.rootPath": str(home),
        "server.logsDirectory": str(home / "log"),
        "server.rootPassword": place.password,
        "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
        "server.httpIncomingHost": "127.0.0.1",
        "server.httpIncomingPort": "0",
        "server.httpWorkerThreads": 1,
        "bolt.host": "127.0.0.1",
        "bolt.port": place.port,
        # A batch of long texts is one message.
        "bolt.maxMessageSize": 1 << 28,
        "opencypher.loadCsv.allowRemoteUrls": False,
        "opencypher.loadCsv.allowFileUrls": False,
    }


def _widen_page_cache() -> None:
    """Let half of the memory hold pages instead of a quarter: with five million companies a question is seven times as fast."""
    import jpype

    if not jpype.java.lang.System.getProperty("arcadedb.maxPageRAM"):
        half = jpype.java.lang.Runtime.getRuntime().maxMemory() // (2 << 20)
        jpype.JClass("com.arcadedb.GlobalConfiguration").MAX_PAGE_RAM.setValue(jpype.java.lang.Long(half))


def start(place: Place, command_seconds: float) -> Any:
    """Start a server that holds the one database and knows the one who loads and the one who only reads.

    Raises:
        EngineError: it does not start.
        LockedError: another process holds the database.
    """
    import jpype

    config = place.home / "config"
    # Both users get new passwords at every start.
    (config / "server-users.jsonl").unlink(missing_ok=True)
    groups = {"admin": _ALL, "reader": _READ, "*": _NOTHING}
    (config / "server-groups.json").write_text(json.dumps({"version": 2, "databases": {"*": {"groups": groups}}}))
    _widen_page_cache()
    context = jpype.JClass("com.arcadedb.ContextConfiguration")()
    for name, value in _configuration(place).items():
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
            "name": READER,
            "password": str(security.encodePassword(place.reader_password)),
            "databases": {DATABASE: ["reader"]},
        }
        security.createUser(jpype.JClass("com.arcadedb.serializer.json.JSONObject")(json.dumps(reader)))
    except BaseException as error:
        server.stop()
        if isinstance(error, jpype.JException):
            raise _start_error(place.home, first_cause(error)) from None
        raise
    return server


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


def stop(server: Any) -> None:
    """Stop a server; drivers of this process must be closed before."""
    connections = _connections(server)
    server.stop()
    # The server leaves the connections of other processes open, and no process ends while it waits for them.
    for connection in list(connections):
        _private(connection, "socket").close()


def _connections(server: Any) -> Any:
    bolt = next(plugin for plugin in server.getPlugins() if plugin.getClass().getSimpleName() == "BoltProtocolPlugin")
    return _private(_private(bolt, "listener"), "activeConnections")


def _private(holder: Any, name: str) -> Any:
    field = holder.getClass().getDeclaredField(name)
    field.setAccessible(True)
    return field.get(holder)

"""A version of Neo4j enters, a running server of Maven's artifacts on a free loopback port leaves."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import neo4j
from platformdirs import user_cache_path

PASSWORD = "enmusubi-test"
LONG_TERM, NEWEST = "5.26.30", "2026.08.1"
_NEEDED_JAVA = {LONG_TERM: 17, NEWEST: 21}
_HERE = Path(__file__).parent
_OPENED = ("java.lang", "java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")


@cache
def _java(least: int) -> str | None:
    """The first Java of at least this version: that of the path, of JAVA_HOME, or an installed one."""
    found = [shutil.which("java"), *map(str, sorted(Path("/usr/lib/jvm").glob("*/bin/java")))]
    if "JAVA_HOME" in os.environ:
        found.insert(1, str(Path(os.environ["JAVA_HOME"], "bin", "java")))
    for path in filter(None, found):
        told = subprocess.run([path, "-version"], capture_output=True, text=True, check=False).stderr
        version = re.search(r'version "(\d+)', told)
        if version and int(version.group(1)) >= least:
            return path
    return None


def _jars(version: str) -> Path:
    return user_cache_path("enmusubi") / f"neo4j-{version}"


def missing(version: str = LONG_TERM) -> str | None:
    """Why no server of this version can be started here, or None."""
    if shutil.which("java") is None:
        return "java is not installed"
    if _java(_NEEDED_JAVA[version]) is None:
        return f"Java {_NEEDED_JAVA[version]} or later is not installed"
    jars = _jars(version)
    if jars.is_dir():
        return None
    if shutil.which("mvn") is None:
        return "mvn is not installed"
    draft = jars.with_name(f"{jars.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    command = ["mvn", "-q", "-B", "-f", str(_HERE / "neo4j-pom.xml"), "dependency:copy-dependencies"]
    options = [f"-Dneo4j.version={version}", "-DincludeScope=runtime", f"-DoutputDirectory={draft}"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return f"Maven does not get Neo4j {version}: {done.stdout.strip()[:300]}"
    draft.rename(jars)
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A server whose data lie in `home`, which may be stopped or killed and started again."""

    home: Path
    version: str = LONG_TERM
    port: int = field(default_factory=_free_port)
    more_jars: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"bolt://127.0.0.1:{self.port}"

    def start(self) -> None:
        java = _java(_NEEDED_JAVA[self.version])
        assert java is not None
        command = [java, "-Xmx1g", *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in _OPENED)]
        classes = ":".join(f"{jars}/*" for jars in (_jars(self.version), self.more_jars) if jars is not None)
        command += ["-cp", classes, str(_HERE / "Neo4jServer.java"), str(self.home), str(self.port)]
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )
        assert self.process.stdout is not None
        if self.process.stdout.readline().strip() != b"ready":
            self.stop()
            raise RuntimeError((self.home / "server.log").read_text(errors="replace")[-2000:])

    def set_password(self) -> None:
        with neo4j.GraphDatabase.driver(self.uri, auth=("neo4j", "neo4j")) as driver:
            change = "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $password"
            driver.execute_query(change, password=PASSWORD, database_="system")

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.communicate()

    def stop(self) -> None:
        assert self.process is not None
        self.process.communicate()


@contextmanager
def running(home: Path, version: str = LONG_TERM, more_jars: Path | None = None) -> Iterator[str]:
    """The Bolt address of a server whose data lie in `home`; user neo4j, password PASSWORD."""
    server = Server(home, version, more_jars=more_jars)
    server.start()
    try:
        server.set_password()
        yield server.uri
    finally:
        server.stop()

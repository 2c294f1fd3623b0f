"""Maven's Neo4j artifacts enter, a running Neo4j server on a free loopback port leaves."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import neo4j
from platformdirs import user_cache_path

PASSWORD = "enmusubi-test"
_HERE = Path(__file__).parent
_JARS = user_cache_path("enmusubi") / "neo4j-5.26.30"
_OPENED = ("java.lang", "java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")


def missing() -> str | None:
    """Why no server can be started here, or None."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    if not _JARS.is_dir():
        command = ["mvn", "-q", "-B", "-f", str(_HERE / "neo4j-pom.xml"), "dependency:copy-dependencies"]
        draft = _JARS.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        done = subprocess.run(
            [*command, "-DincludeScope=runtime", f"-DoutputDirectory={draft}"], capture_output=True, text=True
        )
        if done.returncode != 0:
            return f"Maven does not get Neo4j: {done.stdout.strip()[:300]}"
        draft.rename(_JARS)
    return None


@contextmanager
def running(home: Path) -> Iterator[str]:
    """The Bolt address of a server whose data lie in `home`; user neo4j, password PASSWORD."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["java", "-Xmx1g", *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in _OPENED)]
    command += ["-cp", f"{_JARS}/*", str(_HERE / "Neo4jServer.java"), str(home), str(port)]
    with (
        (home / "server.log").open("wb") as log,
        subprocess.Popen(command, cwd=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log) as server,
    ):
        try:
            assert server.stdout is not None
            if server.stdout.readline().strip() != b"ready":
                raise RuntimeError((home / "server.log").read_text(errors="replace")[-2000:])
            uri = f"bolt://127.0.0.1:{port}"
            with neo4j.GraphDatabase.driver(uri, auth=("neo4j", "neo4j")) as driver:
                change = "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $password"
                driver.execute_query(change, password=PASSWORD, database_="system")
            yield uri
        finally:
            server.communicate()

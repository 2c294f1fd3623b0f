"""What users can rely on when an engine is killed or its disk is full: nothing acknowledged is lost, doubled or half."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import kill_cycles
import neo4j_server
import pytest
from conftest import leave_out
from program import COMMAND, environment

from graph.errors import EnmusubiError
from graph.schema import Schema
from graph.settings import Settings
from graph.store import Store

# A killed Neo4j takes five times as long to come back as the embedded engine.
EMBEDDED_CYCLES, NEO4J_CYCLES = 47, 3
HERE = Path(__file__).parent


@pytest.mark.timeout(900)
def test_the_embedded_engine_loses_nothing_when_killed_in_loads_and_single_writes(tmp_path: Path) -> None:
    seed = str(random.randrange(1 << 32))
    command = [sys.executable, str(HERE / "kill_cycles.py"), str(tmp_path / "home"), str(EMBEDDED_CYCLES), seed]
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["cycles"] == EMBEDDED_CYCLES
    assert told["acknowledged"] >= EMBEDDED_CYCLES


class Writer(threading.Thread):
    """Writes single things, or loads, until an error or the end; what was acknowledged is kept."""

    def __init__(self, settings: Settings, schema: Schema, number: int) -> None:
        super().__init__()
        self.settings, self.schema, self.number = settings, schema, number
        self.acknowledged: set[str] = set()
        self.failed: Exception | None = None
        self.ended = threading.Event()

    def run(self) -> None:
        try:
            with Store.open(self.settings, self.schema) as store:
                turn = self.number * 1_000_000
                while not self.ended.is_set():
                    turn += 1
                    (self.loads if self.number % 2 else self.singles)(store, turn)
        except EnmusubiError as error:
            self.failed = error

    def singles(self, store: Store, turn: int) -> None:
        store.write(*kill_cycles.single(turn))
        self.acknowledged.add(f"s{turn}")

    def loads(self, store: Store, turn: int) -> None:
        nodes, relations = kill_cycles.load(turn)
        ids = sorted(node.id for node in nodes if node.label == "Company")
        store.write(nodes, relations, progress=lambda done: self.acknowledged.update(ids[:done]))


@pytest.mark.timeout(900)
def test_neo4j_loses_nothing_when_killed_in_loads_and_single_writes(
    tmp_path: Path, schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = neo4j_server.missing()
    if reason is not None:
        leave_out(f"Neo4j under kill -9, because {reason}")
    monkeypatch.setattr("graph.batches.BATCH", kill_cycles.BATCH)
    server = neo4j_server.Server(tmp_path)
    server.start()
    try:
        server.set_password()
        login = {"user": "neo4j", "password": neo4j_server.PASSWORD, "reader_user": None, "database": None}
        settings = Settings.model_validate({"uri": server.uri, **login})
        acknowledged: set[str] = set()
        for number in range(NEO4J_CYCLES):
            writer = Writer(settings, schema, number)
            writer.start()
            while not writer.acknowledged and writer.is_alive():
                time.sleep(0.01)
            time.sleep(random.uniform(0, 0.5))
            server.kill()
            server.start()
            writer.ended.set()
            writer.join()
            acknowledged |= writer.acknowledged
            with Store.open(settings, schema) as store:
                kill_cycles.prove(store, acknowledged)
                kill_cycles.complete(store)
    finally:
        server.stop()


@pytest.fixture
def disk(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a command with a small disk of its own, which nobody else sees, mounted on the data folder."""
    home = tmp_path / "home"
    home.mkdir()
    ways = (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"])
    probe = ["sh", "-c", 'mount -t tmpfs tmpfs "$0"', str(home)]
    way = next(
        (w for w in ways if subprocess.run([*w, *probe], capture_output=True, check=False).returncode == 0), None
    )
    if way is None:
        leave_out("full and read-only disks, because nothing can be mounted here")

    def run(setup: str, *command: str) -> subprocess.CompletedProcess[str]:
        shell = ["sh", "-c", f'mount -t tmpfs -o size=96m tmpfs "$0" && {setup} && exec "$@"', str(home)]
        return subprocess.run(
            [*way, *shell, *command], cwd=tmp_path, env=environment(home), capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.parametrize("room", ["at once", "after a restart"])
def test_a_full_disk_is_named_and_loses_nothing(
    disk: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, room: str
) -> None:
    done = disk("true", sys.executable, str(HERE / "full_disk.py"), str(tmp_path / "home"), room)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert "is full" in told["error"]
    assert str(tmp_path / "home") in told["error"]
    assert told["acknowledged"] > 0


@pytest.mark.parametrize(
    ("setup", "named"),
    [
        ('mount -o remount,ro "$0"', "Read-only file system"),
        (f'{COMMAND} cypher "RETURN 1" > /dev/null && mount -o remount,ro "$0"', "Read-only file system"),
        ('head -c 100663296 /dev/zero > "$0/ballast" || true', "No space left on device"),
    ],
)
def test_a_folder_that_cannot_be_written_is_named(
    disk: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, setup: str, named: str
) -> None:
    done = disk(setup, COMMAND, "status")
    assert done.returncode == 1, done.stdout
    assert named in done.stderr
    assert str(tmp_path / "home") in done.stderr
    assert "ENMUSUBI_HOME" in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr

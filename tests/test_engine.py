"""What users can rely on when the embedded engine starts, is shared, stops or is killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import embedded

from graph import engine
from graph.engine import open_embedded
from graph.errors import EngineError, LockedError
from graph.moving import backup, restore
from graph.records import Node, Relation, Source
from graph.schema import Schema
from graph.store import Store

FACTS = (Source("facts", "表"),)
COMPANIES = [Node("Company", f"c{i}", {"name": f"会社{i}"}, FACTS) for i in range(3000)]
REGION = Node("Region", "r1", {"name": "大阪府", "kind": "prefecture"}, FACTS)
LOCATED = [Relation("LOCATED_IN", "Company", node.id, "Region", "r1", sources=FACTS) for node in COMPANIES]
HEAD = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from conftest import embedded
from graph.schema import load_schema
from graph.store import Store
home = Path({home!r})
"""


class Process:
    """Another Python process; its standard output is read line by line."""

    def __init__(self, home: Path, code: str, cwd: Path | None = None) -> None:
        head = HEAD.format(tests=str(Path(__file__).parent), home=str(home))
        path = str(Path(__file__).parent.parent)
        self._errors = (home.parent / f"{home.name}.err").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-c", head + textwrap.dedent(code)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": path},
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        if not line:
            self._errors.seek(0)
            raise RuntimeError(self._errors.read()[-3000:])
        return line

    def errors(self) -> str:
        self._errors.seek(0)
        return self._errors.read()

    def end(self) -> int:
        self.process.communicate()
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


OWNER = """
with Store.open(embedded(home), load_schema()) as store:
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def owner(home: Path) -> Iterator[Process]:
    """Another process that runs the engine of `home` until its standard input ends."""
    process = Process(home, OWNER)
    assert process.line() == "open"
    yield process
    process.kill()


def count(store: Store) -> int:
    return int(store.read("MATCH (n:Company) RETURN count(n)").rows[0][0])


def test_the_folder_holds_everything_and_the_working_directory_nothing(home: Path, tmp_path: Path) -> None:
    cwd = tmp_path / "cwd"
    cwd.mkdir()
    process = Process(home, OWNER, cwd)
    assert process.line() == "open"
    state = json.loads((home / "engine.json").read_text())
    assert (home / "engine.json").stat().st_mode & 0o777 == 0o600
    assert state["pid"] == process.process.pid
    assert process.end() == 0
    assert list(cwd.iterdir()) == []
    assert {path.name for path in home.iterdir()} >= {"databases", "log", "config", "engine.json"}
    assert set(json.loads((home / "engine.json").read_text())) == {"format", "engine"}
    assert process.errors() == ""


def test_only_loopback_and_only_bolt_listen(owner: Process, home: Path) -> None:
    inodes = set()
    for link in Path(f"/proc/{owner.process.pid}/fd").iterdir():
        target = os.readlink(link) if link.is_symlink() else ""
        if target.startswith("socket:"):
            inodes.add(target[8:-1])
    lines = [
        line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    listening = [line[1] for line in lines if line[3] == "0A" and line[9] in inodes]
    port = json.loads((home / "engine.json").read_text())["port"]
    assert len(listening) == 1
    address, _, number = listening[0].rpartition(":")
    assert int(number, 16) == port
    assert address.endswith("0100007F")


def test_a_second_process_attaches_and_both_see_one_graph(owner: Process, home: Path, schema: Schema) -> None:
    with Store.open(embedded(home), schema) as store:
        assert json.loads((home / "engine.json").read_text())["pid"] == owner.process.pid
        store.write(COMPANIES[:5], [])
        other = Process(home, "print(Store.open(embedded(home), load_schema()).counts().nodes['Company'])")
        assert other.line() == "5"
        assert other.end() == 0
        assert count(store) == 5


def test_one_process_can_open_a_folder_twice(home: Path, schema: Schema) -> None:
    with Store.open(embedded(home), schema) as second:
        with Store.open(embedded(home), schema) as first:
            first.write(COMPANIES[:5], [])
        assert count(second) == 5


def test_the_attached_process_takes_over_when_the_owner_ends(owner: Process, home: Path, schema: Schema) -> None:
    with Store.open(embedded(home), schema) as store:
        store.write(COMPANIES[:5], [])
        assert owner.end() == 0
        assert count(store) == 5
        assert json.loads((home / "engine.json").read_text())["pid"] == os.getpid()
        assert store.write(COMPANIES[:6], []).nodes[0].added == 1


def test_the_attached_process_takes_over_when_the_owner_is_killed(owner: Process, home: Path, schema: Schema) -> None:
    with Store.open(embedded(home), schema) as store:
        store.write(COMPANIES[:5], [])
        owner.kill()
        assert store.write(COMPANIES[:6], []).nodes[0].added == 1
        assert count(store) == 6


def test_a_killed_load_can_be_done_again(home: Path, schema: Schema) -> None:
    code = """
        sys.path.insert(0, str(Path(sys.argv[0]).parent))
        from test_engine import COMPANIES, LOCATED, REGION
        import graph.batches
        graph.batches.BATCH = 100
        with Store.open(embedded(home), load_schema()) as store:
            store.write([*COMPANIES, REGION], LOCATED, progress=lambda done: print(done, flush=True))
    """
    for enough in (100, 700, 3100):
        process = Process(home, code)
        while int(process.line()) < enough:
            pass
        process.kill()
        with Store.open(embedded(home), schema) as store:
            assert [load.state for load in store.loads()] == ["interrupted"]
            found = count(store)
            assert min(enough, len(COMPANIES)) <= found <= len(COMPANIES)
            entries = store.read("MATCH (n:Name) RETURN n.entry").rows
            assert len({json.loads(entry)[0] for (entry,) in entries}) >= found
    with Store.open(embedded(home), schema) as store:
        report = store.write([*COMPANIES, REGION], LOCATED)
        assert report.dangling == []
        assert [load.state for load in store.loads()] == ["done"]
        assert (count(store), store.counts().relations["LOCATED_IN"]) == (3000, 3000)
        assert len(store.find_names(["会社7"])) == 1
        assert store.write([*COMPANIES, REGION], LOCATED).changes == 0


def test_a_killed_restore_leaves_the_former_state(home: Path, schema: Schema) -> None:
    file = home.with_name("graph.backup")
    with Store.open(embedded(home), schema) as store:
        store.write([*COMPANIES, REGION], LOCATED)
        backup(store, file, lambda *step: None)
        store.write([*COMPANIES[:5], REGION], LOCATED[:5])
    code = f"""
        from graph.moving import restore
        import graph.batches
        graph.batches.BATCH = 100
        with Store.open(embedded(home), load_schema()) as store:
            restore(Path({str(file)!r}), store, load_schema(), lambda *step: print(*step, flush=True))
    """
    for enough in (500, 3500):
        process = Process(home, code)
        while (step := process.line().split())[0] != "write" or int(step[1]) < enough:
            pass
        process.kill()
        with Store.open(embedded(home), schema) as store:
            assert (count(store), store.counts().relations["LOCATED_IN"]) == (5, 5)
            assert [load.state for load in store.loads()] == ["done"]
    with Store.open(embedded(home), schema) as store:
        restore(file, store, schema, lambda *step: None)
        assert (count(store), store.counts().relations["LOCATED_IN"]) == (3000, 3000)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, None)])
@pytest.mark.parametrize(
    "work", ["time.sleep(60)", "store.read('UNWIND range(1, 1000000) AS a RETURN sum(a)', seconds=60)"]
)
def test_a_signal_stops_the_engine_cleanly(home: Path, number: signal.Signals, code: int | None, work: str) -> None:
    process = Process(
        home,
        f"""
        store = Store.open(embedded(home), load_schema())
        print("open", flush=True)
        while True:
            {work}
        """,
    )
    assert process.line() == "open"
    time.sleep(0.5)
    process.process.send_signal(number)
    started = time.monotonic()
    returned = process.end()
    assert time.monotonic() - started < 20
    assert returned != 0
    assert code is None or returned == code
    assert set(json.loads((home / "engine.json").read_text())) == {"format", "engine"}
    assert list((home / "log").glob("crash*")) == []


def test_a_stale_engine_file_is_replaced(home: Path, schema: Schema) -> None:
    home.mkdir()
    with socket.socket() as busy:  # something else listens on the port that was the engine's
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        state = {"format": 1, "engine": "26.10.2", "pid": 999_999_999, "port": busy.getsockname()[1]}
        (home / "engine.json").write_text(json.dumps({**state, "password": "old", "reader_password": "old"}))
        with Store.open(embedded(home), schema) as store:
            assert count(store) == 0
            assert json.loads((home / "engine.json").read_text())["pid"] == os.getpid()


def test_a_damaged_engine_file_is_replaced(home: Path) -> None:
    home.mkdir()
    (home / "engine.json").write_text("{")
    with open_embedded(home) as opened:
        assert opened.alive()


def test_a_folder_held_without_a_reachable_engine_is_locked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.5)
    home.mkdir()
    code = "from graph.engine_folder import locked\nlock = locked(home / 'engine.lock')\nprint('held', flush=True)\nsys.stdin.read()"
    holder = Process(home, code)
    assert holder.line() == "held"
    with pytest.raises(LockedError) as caught:
        open_embedded(home)
    holder.kill()
    assert str(home) in str(caught.value)
    assert caught.value.next_step
    with open_embedded(home) as opened:
        assert opened.owned


def test_a_database_held_by_another_program_is_locked(home: Path) -> None:
    with open_embedded(home):
        pass
    code = """
        from arcadedb_embedded import open_database
        database = open_database(str(home / "databases" / "enmusubi"))
        print("held", flush=True)
        sys.stdin.read()
    """
    holder = Process(home, code, home.parent)
    while holder.line() != "held":
        pass
    with pytest.raises(LockedError) as caught:
        open_embedded(home)
    holder.kill()
    assert str(home) in str(caught.value)
    with open_embedded(home) as opened:
        assert opened.owned


@pytest.mark.parametrize("below", ["home", "home/deeper"])
def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, below: str) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(EngineError) as caught:
        open_embedded(tmp_path / below)
    assert str(tmp_path / below) in str(caught.value)
    assert "ENMUSUBI_HOME" in caught.value.next_step


@pytest.mark.parametrize("state", [{"engine": "99.1.0"}, {"format": 99}])
def test_a_folder_of_a_newer_version_is_left_alone(home: Path, state: dict[str, object]) -> None:
    home.mkdir()
    (home / "engine.json").write_text(json.dumps(state))
    with pytest.raises(EngineError, match="newer"):
        open_embedded(home)
    assert json.loads((home / "engine.json").read_text()) == state


def test_passwords_do_not_show_in_the_engines_text(home: Path) -> None:
    with open_embedded(home) as opened:
        assert opened.password not in repr(opened)
        assert opened.reader_password not in repr(opened)

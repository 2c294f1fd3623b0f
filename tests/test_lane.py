"""What is new goes straight into the embedded engine, and a load that breaks off there is completed by the next."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.national import corporations
from graph import engine_bulk
from graph.engine_bulk import Bulk
from graph.errors import EngineError
from graph.lane import Seen
from graph.schema import load_schema
from graph.settings import Settings
from graph.spool import NodeKey
from graph.store import Store
from loaders import stream
from loaders.formats import open_feed
from loaders.load import PACKAGED_CODES, PACKAGED_FACTS, load_folder
from loaders.stream import load_feed

SCHEMA = load_schema()
ROWS = 60


def held(store: Store) -> Counter[Any]:
    """Every corporation with its place, and every name entry of one."""
    things = "MATCH (c) WHERE c.corporate_number IS NOT NULL MATCH (c)-[r:LOCATED_IN]->(p) RETURN c.id, c.name, p.id, r.sources"
    names = """MATCH (n:Name) WHERE n.entry CONTAINS '"Company"' OR n.entry CONTAINS '"Institution"' RETURN n.entry, n.key, n.key2, n.key3, n.key4"""
    return Counter(str(row) for text in (things, names) for row in store.read(text).rows)


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "00_zenkoku_all_20260731.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(corporations(ROWS))
    return path


@pytest.mark.parametrize("broken_at", [2, 3])
def test_a_load_that_breaks_off_is_completed_without_gaps_or_doubles(
    register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken_at: int
) -> None:
    monkeypatch.setattr(stream, "_BATCH", 20)
    held_by: list[Counter[Any]] = []
    vertices = Bulk.vertices

    def load(store: Store) -> None:
        feed = open_feed(register, SCHEMA)
        assert feed is not None
        _, rows = load_feed(feed, store, SCHEMA, tmp_path / "rejected.csv")
        assert rows.read == ROWS

    for home in ("whole", "broken"):
        with Store.open(Settings(_env_file=None, uri=None, home=tmp_path / home), SCHEMA) as store:
            load_folder(PACKAGED_FACTS, store, SCHEMA)
            load_folder(PACKAGED_CODES / "places", store, SCHEMA)
            if home == "broken":
                # Relations are written in several goes.
                monkeypatch.setattr(engine_bulk, "_MOST_KEPT", 15)
                calls = 0

                def failing(self: Bulk, label: str, packed: str) -> list[str]:
                    nonlocal calls
                    calls += 1
                    if calls == broken_at:
                        raise EngineError("The test breaks it off.")
                    return vertices(self, label, packed)

                monkeypatch.setattr(Bulk, "vertices", failing)
                with pytest.raises(EngineError, match="breaks it off"):
                    load(store)
                monkeypatch.setattr(Bulk, "vertices", vertices)
                assert [one.state for one in store.loads()].count("interrupted") == 1
            load(store)
            held_by.append(held(store))
            assert {one.state for one in store.loads()} == {"done"}
    assert held_by[0] == held_by[1]
    assert max(held_by[0].values()) == 1


def test_what_is_taken_for_something_seen_is_loaded_all_the_same(
    register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_BATCH", 20)
    held_by: list[Counter[Any]] = []
    contains, taken = Seen.__contains__, set[str]()

    def mistaken(self: Seen, key: NodeKey) -> bool:
        if key[1].endswith(("1", "2", "3")):
            taken.add(key[1])
            return True
        return contains(self, key)

    for home in ("whole", "mistaken"):
        if home == "mistaken":
            monkeypatch.setattr(Seen, "__contains__", mistaken)
        with Store.open(Settings(_env_file=None, uri=None, home=tmp_path / home), SCHEMA) as store:
            load_folder(PACKAGED_FACTS, store, SCHEMA)
            load_folder(PACKAGED_CODES / "places", store, SCHEMA)
            feed = open_feed(register, SCHEMA)
            assert feed is not None
            report, rows = load_feed(feed, store, SCHEMA, tmp_path / "rejected.csv")
            assert rows.loaded == ROWS
            assert report.dangling == []
            held_by.append(held(store))
    assert 5 < len(taken) < ROWS
    assert held_by[0] == held_by[1]

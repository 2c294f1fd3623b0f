"""A data folder on a small disk enters; the disk is filled, gets room again, and nothing is lost; the error leaves."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import kill_cycles
from conftest import embedded

import graph.batches
from graph.errors import EngineError
from graph.store import Store

HOME = Path(sys.argv[1])


def room() -> int:
    told = os.statvfs(HOME)
    return told.f_bavail * told.f_frsize


def fill() -> None:
    with (HOME / "ballast").open("wb") as file:
        while room() > 3_000_000:
            file.write(bytes(100_000))
            file.flush()


def main() -> None:
    graph.batches.BATCH = kill_cycles.BATCH
    acknowledged: set[str] = set()
    with Store.open(embedded(HOME), kill_cycles.SCHEMA) as store:
        store.prepare()
        fill()
        try:
            for turn in range(5000):
                nodes, relations = kill_cycles.load(turn)
                ids = sorted(node.id for node in nodes if node.label == "Company")
                store.write(nodes, relations, progress=lambda done, ids=ids: acknowledged.update(ids[:done]))
        except EngineError as error:
            told = str(error)
        kill_cycles.prove(store, acknowledged)
        if sys.argv[2] == "at once":
            (HOME / "ballast").unlink()
            kill_cycles.complete(store)
    (HOME / "ballast").unlink(missing_ok=True)
    with Store.open(embedded(HOME), kill_cycles.SCHEMA) as store:
        kill_cycles.prove(store, acknowledged)
        kill_cycles.complete(store)
        kill_cycles.prove(store, acknowledged)
    print(json.dumps({"error": told, "acknowledged": len(acknowledged)}))


main()

"""A data folder and a number of cycles enter; each starts the embedded engine, proves what it holds, and kills it."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import traceback
from collections import Counter
from pathlib import Path

import neo4j  # noqa: F401 (loaded once, before the processes part)
from conftest import embedded
from examples import company, located, node

import graph.batches
from graph import fold
from graph.records import Node, Relation
from graph.schema import load_schema
from graph.store import Store

SIZE, BATCH = 200, 50
SCHEMA = load_schema()


def region(document: str) -> Node:
    return node("Region", "r1", document, name="大阪府", kind="prefecture")


def single(number: int) -> tuple[list[Node], list[Relation]]:
    document = f"s{number}"
    return [company(document, f"単独 {number}", document), region(document)], [located(document, "r1", document)]


def load(number: int) -> tuple[list[Node], list[Relation]]:
    identities = [f"b{number}-{i}" for i in range(SIZE)]
    document = f"b{number}"
    nodes = [company(identity, f"一括 {identity}", document) for identity in identities]
    return [*nodes, region(document)], [located(identity, "r1", document) for identity in identities]


def prove(store: Store, acknowledged: set[str]) -> None:
    """What was acknowledged is there once, with its names; nothing is there by half."""
    joined = "OPTIONAL MATCH (n)-[r:LOCATED_IN]->()"
    rows = store.read(f"MATCH (n:Company) {joined} RETURN n.id, n.name, count(r)").rows
    held = {identity: name for identity, name, _ in rows}
    assert len(held) == len(rows), "a thing stands twice"
    assert acknowledged <= set(held), f"lost: {sorted(acknowledged - set(held))[:5]}"
    entries = [json.loads(entry) for (entry,) in store.read("MATCH (n:Name) RETURN n.entry").rows]
    named = Counter(entry[0] for entry in entries if entry[1] == "Company")
    assert named == {i: len(fold.keys(name)) for i, name in held.items()}, "names of things are missing or doubled"
    places = {identity: count for identity, _, count in rows}
    assert set(places.values()) <= {0, 1}, "a relation stands twice"
    singles = {i for i in acknowledged if i.startswith("s")}
    assert all(places[i] for i in singles), "a relation is lost"
    states = {doc: entry.state for entry in store.loads() for doc in entry.documents}
    assert all(states[i] == "done" for i in singles), "a finished load is not noted as such"
    of_loads: dict[str, int] = {}
    for identity in held:
        if identity.startswith("b"):
            of_loads[identity.partition("-")[0]] = of_loads.get(identity.partition("-")[0], 0) + 1
    # A batch may hold one node of another label.
    assert all(n % BATCH in (0, BATCH - 1) or n == SIZE for n in of_loads.values()), f"half a batch: {of_loads}"


def complete(store: Store) -> None:
    """Do the interrupted loads again."""
    for entry in store.loads():
        (document,) = entry.documents
        if entry.state != "done":
            again = single if document.startswith("s") else load
            assert store.write(*again(int(document[1:]))).dangling == []
    assert all(entry.state == "done" for entry in store.loads())


def cycle(home: Path, number: int, acknowledged: set[str], seconds: float, out: int) -> None:
    death = threading.Timer(seconds, lambda: os.kill(os.getpid(), signal.SIGKILL))

    def acknowledge(identity: str) -> None:
        os.write(out, f"{identity}\n".encode())
        # The first write of a process is slow: all would die in it.
        if death.ident is None:
            death.start()

    with Store.open(embedded(home), SCHEMA) as store:
        prove(store, acknowledged)
        complete(store)
        os.write(out, b"proved\n")
        if seconds == 0:
            return
        for turn in range(1_000_000):
            now = number * 1_000_000 + turn
            if number % 2:
                store.write(*single(now))
                acknowledge(f"s{now}")
            else:
                nodes, relations = load(now)
                ids = sorted(node.id for node in nodes if node.label == "Company")
                store.write(nodes, relations, progress=lambda done, ids=ids: [acknowledge(i) for i in ids[:done]])


def main() -> None:
    graph.batches.BATCH = BATCH
    home, cycles, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    acknowledged: set[str] = set()
    for number in range(cycles + 1):
        seconds = chance.uniform(0.001, 0.4) if number < cycles else 0
        back, out = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(back)
            try:
                cycle(home, number, acknowledged, seconds, out)
            except BaseException:  # noqa: BLE001 (told by the exit code)
                traceback.print_exc()
                sys.stderr.flush()
                os._exit(1)
            os._exit(0)
        os.close(out)
        with os.fdopen(back) as pipe:
            said = pipe.read().split()
        _, status = os.waitpid(child, 0)
        if "proved" not in said or status not in (0, signal.SIGKILL):
            sys.exit(f"cycle {number} of seed {seed} ended with {status}")
        acknowledged.update(set(said) - {"proved"})
    print(json.dumps({"cycles": cycles, "acknowledged": len(acknowledged)}))


if __name__ == "__main__":
    main()

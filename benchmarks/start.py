"""A number of records enters, how long the engine and the store take to be ready, and their memory, leaves."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.companies import companies
from benchmarks.engines import embedded, scratch
from benchmarks.measure import machine, markdown
from graph.engine import open_embedded
from graph.schema import load_schema
from graph.store import Store
from loaders.load import PACKAGED_FACTS, load_folder

STARTS = 3


def _resident() -> float:
    """The memory that this process, the engine in it, holds now, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def engine(home: str) -> float:
    """Start the engine alone; seconds until it can be connected to."""
    began = time.perf_counter()
    with open_embedded(Path(home)):
        return time.perf_counter() - began


def store(home: str) -> float:
    """Open a store, which proves that the reader cannot write; seconds until the first answer."""
    began = time.perf_counter()
    with Store.open(embedded(home), load_schema()) as opened:
        opened.read("MATCH (n) RETURN count(n)")
        return time.perf_counter() - began


def facts(home: str) -> float:
    """Load the packaged facts; seconds."""
    began = time.perf_counter()
    with Store.open(embedded(home), load_schema()) as opened:
        load_folder(PACKAGED_FACTS, opened, load_schema())
        return time.perf_counter() - began


def many(home: str) -> float:
    """Load made-up companies; seconds."""
    records = companies(20_000, 40_000)
    began = time.perf_counter()
    with Store.open(embedded(home), load_schema()) as opened:
        opened.write(records.nodes, records.relations)
        return time.perf_counter() - began


RUNS: dict[str, tuple[str, Callable[[str], float]]] = {
    "engine": ("the embedded engine alone", engine),
    "store": ("Store.open to the first answer", store),
    "facts": ("the same, and the packaged facts loaded", facts),
    "many": ("the same, and 20,000 nodes with 40,000 relations loaded", many),
}


def _in_a_process(name: str) -> tuple[float, float, float]:
    """Seconds, resident memory afterwards and its peak, in a process of its own on an empty folder."""
    with scratch() as home:
        command = [sys.executable, "-m", "benchmarks.start", "--only", name, "--home", home]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, resident, peak = json.loads(done.stdout)
    return seconds, resident, peak


def main() -> None:
    """Measure each in processes of their own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=RUNS, help=argparse.SUPPRESS)
    parser.add_argument("--home", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.only:
        seconds = RUNS[wanted.only][1](wanted.home)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        print(json.dumps([seconds, _resident(), peak]))
        return
    rows = []
    for name, (words, _) in RUNS.items():
        seconds, resident, peak = zip(*(_in_a_process(name) for _ in range(STARTS)), strict=True)
        rows.append([words, f"{median(seconds):.1f}", f"{median(resident):,.0f}", f"{median(peak):,.0f}"])
    title = f"From an empty folder, one process, median of {STARTS}"
    print(markdown(title, ("", "seconds", "MB at the end", "MB at most"), rows))
    print(f"Machine: {machine()}.")


if __name__ == "__main__":
    main()

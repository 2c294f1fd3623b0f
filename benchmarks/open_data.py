"""A share of the national size enters, how long open data of that size takes to load leaves, step by step.

python -m benchmarks.open_data --scale 0.02
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from benchmarks.national import CORPORATIONS, write_all, write_difference
from benchmarks.open_data_questions import measure
from graph.schema import load_schema
from graph.settings import Settings
from graph.store import Store
from loaders.formats import open_feed
from loaders.load import PACKAGED_CODES, PACKAGED_FACTS, load_folder
from loaders.places import Places
from loaders.stream import load_feed


def main() -> None:
    """Write the files, read each without a graph, load each, load the first again, then a daily difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the national size")
    parser.add_argument("--read-only", action="store_true", help="only read and check the rows, without a graph")
    scale, read_only = (given := parser.parse_args()).scale, given.read_only
    schema = load_schema()
    with tempfile.TemporaryDirectory() as folder:
        paths = write_all(Path(folder) / "files", scale)
        for path in paths:
            _measure(f"read {path.stem}", lambda path=path: _read(path))
        if read_only:
            return
        settings = Settings(_env_file=None, uri=None, home=Path(folder) / "home")
        with Store.open(settings, schema) as store:
            load_folder(PACKAGED_FACTS, store, schema)
            load_folder(PACKAGED_CODES / "places", store, schema)
            changed = write_difference(Path(folder) / "files", round(CORPORATIONS * scale))
            for path in paths:
                _measure(f"load {path.stem}", lambda path=path: _load(path, store, Path(folder)))
            measure(store, schema, paths[1])
            for path in (paths[0], changed):
                _measure(f"load {path.stem}", lambda path=path: _load(path, store, Path(folder)))


def _read(path: Path) -> int:
    feed = open_feed(path, load_schema())
    assert feed is not None
    return sum(1 for _ in feed.read(Places([("Region/東京都", "東京都", "130001")]), lambda done: None))


def _load(path: Path, store: Store, folder: Path) -> int:
    feed = open_feed(path, load_schema())
    assert feed is not None
    _, rows = load_feed(feed, store, load_schema(), folder / "rejected.csv")
    assert rows.quarantined == 0, rows
    return rows.read


def _measure(name: str, work: object) -> None:
    start, used = time.perf_counter(), time.process_time()
    count = work()  # type: ignore[operator]
    seconds, used = time.perf_counter() - start, time.process_time() - used
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name}: {count:,} rows in {seconds:,.1f} s, {count / seconds:,.0f} rows/s, "
        f"{used:,.1f} s of processor time, {memory:,.0f} MB",
        flush=True,
    )


if __name__ == "__main__":
    main()

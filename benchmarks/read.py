"""A number of rows enters, how many a second Store.read and the raw driver give to readers at once leaves."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from benchmarks.companies import LABEL, companies
from benchmarks.engines import Opened, startable
from benchmarks.load import raw_load, raw_steps
from benchmarks.measure import RATIO_HEAD, Took, compared, machine, markdown, pairs, took
from graph.bolt import Link, connect
from graph.schema import load_schema
from graph.store import Store

READERS = (1, 4, 16)
LIMIT_SECONDS = 600.0
WARMUPS = 3
QUERY = f"MATCH (n:{LABEL}) RETURN n.id, n.name, n.aliases, n.employees"


def store_rows(store: Store) -> int:
    """Read all by the store."""
    return len(store.read(QUERY, seconds=LIMIT_SECONDS).rows)


def raw_rows(link: Link) -> int:
    """Read all by the driver alone, into the same lists."""
    with link.reader.session(database=link.database, default_access_mode="READ") as session:
        return len([list(record.values()) for record in session.run(QUERY)])


def at_once(read: Callable[[], int], readers: int, rows: int) -> Took:
    """How long `readers` threads take that each read all rows."""

    def work() -> None:
        with ThreadPoolExecutor(readers) as pool:
            found = list(pool.map(lambda _: read(), range(readers)))
        if found != [rows] * readers:
            raise RuntimeError(f"{found} rows were read instead of {rows} each.")

    return took(work)


def measured(engine: str, opened: Opened, rows: int, rounds: int) -> Iterator[list[str]]:
    """A row for each number of readers, on a graph of `rows` nodes."""
    settings, store = opened()
    link = connect(settings)
    try:
        raw_load(link, raw_steps(companies(rows, 0)))
        sides = (partial(store_rows, store), partial(raw_rows, link))
        pairs(*sides, WARMUPS)
        for readers in READERS:
            ours, theirs = (partial(at_once, side, readers, rows) for side in sides)
            cells = compared(readers * rows, *pairs(ours, theirs, rounds))
            yield [f"{engine}, {readers}", *cells]
    finally:
        link.close()
        store.close()


def main() -> None:
    """Measure on the embedded engine, and on Neo4j where it can be started."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--pairs", type=int, default=3)
    wanted = parser.parse_args()
    lines: list[list[str]] = []
    engines, left_out = startable()
    for engine, graphs in engines:
        with graphs(load_schema()) as opened:
            lines += measured(engine, opened, wanted.rows, wanted.pairs)
    head = ("readers at once", "Store.read, rows/s", "raw driver, rows/s", *RATIO_HEAD)
    print(markdown(f"Reading {wanted.rows:,} rows each, median of {wanted.pairs} pairs", head, lines))
    print(f"{left_out}Machine: {machine()}.")


if __name__ == "__main__":
    main()

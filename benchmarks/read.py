"""A number of rows enters, how many a second Store.read and the raw driver give to readers at once leaves."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from benchmarks.companies import LABEL, companies
from benchmarks.engines import embedded_graphs
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


def main() -> None:
    """Measure on the embedded engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--pairs", type=int, default=3)
    wanted = parser.parse_args()
    lines: list[list[str]] = []
    with embedded_graphs(load_schema()) as opened:
        settings, store = opened()
        link = connect(settings)
        try:
            raw_load(link, raw_steps(companies(wanted.rows, 0)))
            sides = (partial(store_rows, store), partial(raw_rows, link))
            pairs(*sides, WARMUPS)
            for readers in READERS:
                ours, theirs = (partial(at_once, side, readers, wanted.rows) for side in sides)
                cells = compared(readers * wanted.rows, *pairs(ours, theirs, wanted.pairs))
                lines.append([str(readers), *cells])
        finally:
            link.close()
            store.close()
    head = ("readers", "Store.read, rows/s", "raw driver, rows/s", *RATIO_HEAD)
    print(markdown(f"Reading {wanted.rows:,} rows each, embedded, median of {wanted.pairs} pairs", head, lines))
    print(f"Machine: {machine()}.")


if __name__ == "__main__":
    main()

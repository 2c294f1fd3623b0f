"""A number of made-up records enters, how fast Store.write loads them beside the raw driver's MERGE leaves."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from typing import Any

import neo4j

from benchmarks.companies import KIND, LABEL, Companies, companies
from benchmarks.engines import Opened, startable
from benchmarks.measure import RATIO_HEAD, Took, compared, machine, markdown, pairs, took
from graph.bolt import Link, connect
from graph.records import Node, Relation
from graph.schema import load_schema
from graph.store import Store

BATCH = 10_000
_MERGE_NODES = f"UNWIND $rows AS row MERGE (n:{LABEL} {{id: row.id}}) SET n += row.properties"
_MERGE_RELATIONS = (
    f"UNWIND $rows AS row MATCH (a:{LABEL} {{id: row.start}}) MATCH (b:{LABEL} {{id: row.end}}) "
    f"MERGE (a)-[r:{KIND} {{key: row.key}}]->(b) SET r += row.properties"
)
Steps = list[tuple[str, list[dict[str, Any]]]]


def raw_steps(records: Companies) -> Steps:
    """The statements of the raw driver with their rows, a batch each: the same properties as the store writes."""
    nodes = [{"id": n.id, "properties": {**n.properties, "sources": _sources(n)}} for n in records.nodes]
    relations = [
        {"start": r.start, "end": r.end, "key": r.key, "properties": {**r.properties, "sources": _sources(r)}}
        for r in records.relations
    ]
    return [
        (text, rows[start : start + BATCH])
        for text, rows in ((_MERGE_NODES, nodes), (_MERGE_RELATIONS, relations))
        for start in range(0, len(rows), BATCH)
    ]


def _sources(record: Node | Relation) -> list[str]:
    return [str(source) for source in record.sources]


def raw_load(link: Link, steps: Steps) -> None:
    """Run every step in a transaction of its own, by the driver alone."""
    with link.writer.session(database=link.database) as session:
        for text, rows in steps:
            session.execute_write(_run, text, rows)


def _run(transaction: neo4j.ManagedTransaction, text: str, rows: list[dict[str, Any]]) -> None:
    transaction.run(text, rows=rows).consume()


def _check(store: Store, records: Companies) -> None:
    found = store.counts()
    if (found.nodes[LABEL], found.relations[KIND]) != (len(records.nodes), len(records.relations)):
        raise RuntimeError(f"{found.nodes[LABEL]} nodes and {found.relations[KIND]} relations were loaded.")


def store_times(opened: Opened, records: Companies) -> tuple[Took, Took]:
    """How long Store.write takes on an empty graph, and again."""
    _, store = opened()
    with store:
        first, again = (took(lambda: store.write(records.nodes, records.relations)) for _ in range(2))
        _check(store, records)
    return first, again


def raw_times(opened: Opened, records: Companies, steps: Steps) -> tuple[Took, Took]:
    """How long the raw driver takes on an empty graph with the same indexes, and again."""
    settings, store = opened()
    with store:
        link = connect(settings)
        try:
            first, again = (took(lambda: raw_load(link, steps)) for _ in range(2))
        finally:
            link.close()
        _check(store, records)
    return first, again


def measured(engine: str, opened: Opened, records: Companies, rounds: int) -> Iterator[list[str]]:
    """Two rows: loading into an empty graph, and the same again; a pair goes before, so that the engine is warm."""
    steps = raw_steps(records)
    store_times(opened, records)
    raw_times(opened, records, steps)
    ours, theirs = pairs(partial(store_times, opened, records), partial(raw_times, opened, records, steps), rounds)
    size = len(records.nodes) + len(records.relations)
    for phase, name in enumerate(("first", "again")):
        cells = compared(size, [t[phase] for t in ours], [t[phase] for t in theirs])
        yield [f"{engine}, {name}", *cells]


def main() -> None:
    """Measure on the embedded engine, and on Neo4j where it can be started."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=20_000)
    parser.add_argument("--relations", type=int, default=40_000)
    parser.add_argument("--pairs", type=int, default=3)
    wanted = parser.parse_args()
    schema, records = load_schema(), companies(wanted.nodes, wanted.relations)
    engines, left_out = startable()
    rows: list[list[str]] = []
    for engine, graphs in engines:
        with graphs(schema) as opened:
            rows += measured(engine, opened, records, wanted.pairs)
    title = f"Loading {wanted.nodes:,} nodes and {wanted.relations:,} relations, median of {wanted.pairs} pairs"
    head = ("", "Store.write, records/s", "raw MERGE, records/s", *RATIO_HEAD)
    print(markdown(title, head, rows))
    print(f"{left_out}Machine: {machine()}.")


if __name__ == "__main__":
    main()

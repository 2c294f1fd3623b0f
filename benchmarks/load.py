"""A number of made-up records enters, how fast Store.write loads them beside the raw driver's MERGE leaves."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.companies import KIND, LABEL, Companies, companies
from benchmarks.measure import NEO4J_VERSION, embedded, machine, markdown, pairs, ratio, scratch, seconds
from graph.bolt import Link, connect
from graph.records import Node, Relation
from graph.schema import Schema, load_schema
from graph.settings import Settings
from graph.store import Store
from tests import neo4j_server

BATCH = 10_000
_MERGE_NODES = f"UNWIND $rows AS row MERGE (n:{LABEL} {{id: row.id}}) SET n += row.properties"
_MERGE_RELATIONS = (
    f"UNWIND $rows AS row MATCH (a:{LABEL} {{id: row.start}}) MATCH (b:{LABEL} {{id: row.end}}) "
    f"MERGE (a)-[r:{KIND} {{key: row.key}}]->(b) SET r += row.properties"
)
Steps = list[tuple[str, list[dict[str, Any]]]]
Opened = Callable[[], "tuple[Settings, Store]"]
"""Opens a store on a graph that holds nothing but its indexes."""


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
            session.execute_write(lambda run, text=text, rows=rows: run.run(text, rows=rows).consume())


def _check(store: Store, records: Companies) -> None:
    found = store.counts()
    if (found.nodes[LABEL], found.relations[KIND]) != (len(records.nodes), len(records.relations)):
        raise RuntimeError(f"{found.nodes[LABEL]} nodes and {found.relations[KIND]} relations were loaded.")


def store_times(opened: Opened, records: Companies) -> tuple[float, float]:
    """How long Store.write takes on an empty graph, and again."""
    _, store = opened()
    with store:
        first, again = (seconds(lambda: store.write(records.nodes, records.relations)) for _ in range(2))
        _check(store, records)
    return first, again


def raw_times(opened: Opened, records: Companies, steps: Steps) -> tuple[float, float]:
    """How long the raw driver takes on an empty graph with the same indexes, and again."""
    settings, store = opened()
    with store:
        link = connect(settings)
        try:
            first, again = (seconds(lambda: raw_load(link, steps)) for _ in range(2))
        finally:
            link.close()
        _check(store, records)
    return first, again


@contextmanager
def embedded_graphs(schema: Schema) -> Iterator[Opened]:
    """The embedded engine: every graph in a folder of its own."""
    with scratch() as folder:
        numbers = count()

        def opened() -> tuple[Settings, Store]:
            settings = embedded(f"{folder}/{next(numbers)}")
            store = Store.open(settings, schema)
            store.prepare()
            return settings, store

        yield opened


@contextmanager
def neo4j_graphs(schema: Schema) -> Iterator[Opened]:
    """A Neo4j server started here: one graph, emptied every time."""
    with scratch() as folder, neo4j_server.running(Path(folder)) as uri:
        login = {"user": "neo4j", "password": neo4j_server.PASSWORD, "reader_user": None, "database": None}
        settings = Settings.model_validate({"uri": uri, **login})

        def opened() -> tuple[Settings, Store]:
            link = connect(settings)
            try:
                while link.rows("MATCH (n) WITH n LIMIT 10000 DETACH DELETE n RETURN 1 LIMIT 1", {}, writing=True):
                    pass
            finally:
                link.close()
            store = Store.open(settings, schema)
            store.prepare()
            return settings, store

        yield opened


def measured(engine: str, opened: Opened, records: Companies, rounds: int) -> Iterator[list[str]]:
    """Two rows: loading into an empty graph, and the same again."""
    steps, small = raw_steps(records), companies(2000, 4000)
    store_times(opened, small)
    raw_times(opened, small, raw_steps(small))
    ours, theirs = pairs(partial(store_times, opened, records), partial(raw_times, opened, records, steps), rounds)
    size = len(records.nodes) + len(records.relations)
    for phase, name in enumerate(("first", "again")):
        own, raw = [t[phase] for t in ours], [t[phase] for t in theirs]
        rates = [f"{size / median(times):,.0f}" for times in (own, raw)]
        yield [f"{engine}, {name}", *rates, f"{ratio(own, raw):.2f}"]


def main() -> None:
    """Measure on the embedded engine, and on Neo4j where it can be started."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=20_000)
    parser.add_argument("--relations", type=int, default=40_000)
    parser.add_argument("--pairs", type=int, default=3)
    wanted = parser.parse_args()
    schema, records = load_schema(), companies(wanted.nodes, wanted.relations)
    engines = [("embedded", embedded_graphs)]
    reason = neo4j_server.missing()
    if reason is None:
        engines.append((f"Neo4j {NEO4J_VERSION}", neo4j_graphs))
    rows: list[list[str]] = []
    for engine, graphs in engines:
        with graphs(schema) as opened:
            rows += measured(engine, opened, records, wanted.pairs)
    title = f"Loading {wanted.nodes:,} nodes and {wanted.relations:,} relations, median of {wanted.pairs} pairs"
    head = ("", "Store.write, records/s", "raw MERGE, records/s", "store's time ÷ raw time")
    print(markdown(title, head, rows))
    print(f"Left out: Neo4j, because {reason}.\n" if reason else "", f"Machine: {machine()}.", sep="")


if __name__ == "__main__":
    main()

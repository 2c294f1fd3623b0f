"""Made-up records enter, how fast Store.write and the loaders of other libraries bring them into Neo4j leaves.

The other libraries are no dependency: `make bench-peers` runs this in an environment of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median

import neo4j
from langchain_core.documents import Document
from langchain_neo4j import Neo4jGraph as LangchainGraph
from langchain_neo4j.graphs import graph_document as lc
from neo4j_graphrag.components import types as rag
from neo4j_graphrag.components.kg_writer import Neo4jWriter
from platformdirs import user_cache_path

from benchmarks.companies import KIND, LABEL, Companies, companies
from benchmarks.engines import NEO4J, empty, scratch
from benchmarks.measure import Took, machine, markdown, took
from graph.schema import load_schema
from graph.settings import Settings
from graph.store import Store
from tests import neo4j_server

PART = 10_000
"""Records a document for langchain-neo4j, which writes each in one go."""
SHARES = (1000, 3000)
"""How many nodes langchain-neo4j gets by its default, which has no index: its time grows with the square."""
Load = Callable[[Settings, Companies], Took]


@contextmanager
def server() -> Iterator[Settings]:
    """A Neo4j server with APOC, which the other libraries need."""
    jars = user_cache_path("enmusubi") / "apoc"
    if not jars.is_dir():
        command = [
            "mvn",
            "-q",
            "-B",
            "-f",
            str(Path(__file__).with_name("apoc-pom.xml")),
            "dependency:copy-dependencies",
        ]
        subprocess.run([*command, "-DincludeScope=runtime", f"-DoutputDirectory={jars}"], check=True)
    with scratch() as folder:
        home = Path(folder)
        shutil.copytree(jars, home / "plugins")
        with neo4j_server.running(home, more_jars=jars) as uri:
            login = {"user": "neo4j", "password": neo4j_server.PASSWORD, "reader_user": None, "database": None}
            yield Settings.model_validate({"uri": uri, **login})


def ours(settings: Settings, records: Companies) -> Took:
    """Load by Store.write."""
    empty(settings)
    with Store.open(settings, load_schema()) as store:
        store.prepare()
        return took(lambda: store.write(records.nodes, records.relations))


def _langchain_documents(records: Companies) -> list[lc.GraphDocument]:
    nodes = {n.id: lc.Node(id=n.id, type=LABEL, properties=dict(n.properties)) for n in records.nodes}
    relations = [
        lc.Relationship(source=nodes[r.start], target=nodes[r.end], type=KIND, properties=dict(r.properties))
        for r in records.relations
    ]
    things, source = list(nodes.values()), Document("made up")
    parts = [(things[at : at + PART], []) for at in range(0, len(things), PART)]
    parts += [([], relations[at : at + PART]) for at in range(0, len(relations), PART)]
    return [lc.GraphDocument(nodes=some, relationships=others, source=source) for some, others in parts]


def langchain(settings: Settings, records: Companies, *, indexed: bool = True) -> Took:
    """Load by add_graph_documents; `indexed`: with baseEntityLabel, which makes an index."""
    documents = _langchain_documents(records)
    empty(settings)
    graph = LangchainGraph(settings.uri, settings.user, settings.password.get_secret_value(), refresh_schema=False)
    time = took(lambda: graph.add_graph_documents(documents, baseEntityLabel=indexed))
    graph.close()
    return time


def graphrag(settings: Settings, records: Companies) -> Took:
    """Load by Neo4jWriter, in batches of the size that is its default."""
    whole = rag.Neo4jGraph(
        nodes=[rag.Neo4jNode(id=n.id, label=LABEL, properties=dict(n.properties)) for n in records.nodes],
        relationships=[
            rag.Neo4jRelationship(start_node_id=r.start, end_node_id=r.end, type=KIND, properties=dict(r.properties))
            for r in records.relations
        ],
    )
    auth = ("neo4j", settings.password.get_secret_value())
    empty(settings)
    with neo4j.GraphDatabase.driver(settings.uri or "", auth=auth) as driver:
        writer = Neo4jWriter(driver)
        return took(lambda: asyncio.run(writer.run(whole)))


def check(settings: Settings, records: Companies) -> None:
    """Raise RuntimeError unless everything is there."""
    auth = ("neo4j", settings.password.get_secret_value())
    with neo4j.GraphDatabase.driver(settings.uri or "", auth=auth) as driver:
        counts = "MATCH (n:Company) WITH count(n) AS n MATCH ()-[r:PARTNER_OF]->() RETURN n, count(r)"
        found = driver.execute_query(counts).records[0].values()
    if found != [len(records.nodes), len(records.relations)]:
        raise RuntimeError(f"{found} nodes and relations were loaded.")


def main() -> None:
    """Measure all, each going first in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=2)
    wanted = parser.parse_args()
    records, small, more = (companies(nodes, 2 * nodes) for nodes in (wanted.nodes, *SHARES))
    runs: dict[str, tuple[Load, Companies]] = {
        "Store.write": (ours, records),
        f"neo4j-graphrag {version('neo4j-graphrag')}, Neo4jWriter": (graphrag, records),
        f"langchain-neo4j {version('langchain-neo4j')}, add_graph_documents, indexed": (langchain, records),
        "the same by default, without an index": (partial(langchain, indexed=False), small),
        "the same by default, thrice as many": (partial(langchain, indexed=False), more),
        "Store.write of as many": (ours, more),
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    with server() as settings:
        for load, _ in runs.values():
            load(settings, companies(200, 400))
        for turn in range(wanted.rounds):
            for name, (load, part) in list(runs.items())[:: 1 if turn % 2 == 0 else -1]:
                times[name].append(load(settings, part).clock)
                check(settings, part)
    rows = [
        [
            name,
            f"{len(part.nodes):,}",
            f"{median(times[name]):,.1f}",
            f"{3 * len(part.nodes) / median(times[name]):,.0f}",
        ]
        for name, (_, part) in runs.items()
    ]
    head = ("", "nodes", "seconds", "records/s")
    title = f"Loading nodes and twice as many relations into {NEO4J}, median of {wanted.rounds} rounds"
    print(markdown(title, head, rows))
    print(f"Machine: {machine()}.")


if __name__ == "__main__":
    main()

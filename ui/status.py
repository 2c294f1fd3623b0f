"""An open store enters, what it holds and where that comes from leaves."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from graph.schema import Schema
from graph.store import GraphNode, Store


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EngineStatus(_Model):
    """The engine in use."""

    name: str
    version: str
    address: str
    database: str
    embedded: bool
    home: str | None


class LoadStatus(_Model):
    """One load, or a copy or restore (`what`); an interrupted one is completed by the same command again."""

    id: str
    documents: list[str]
    started: str
    finished: str
    state: str
    what: str


class DocumentStatus(_Model):
    """One document that facts stand in."""

    id: str
    name: str
    date: str
    url: str
    licence: str = ""


class Status(_Model):
    """What the graph holds."""

    engine: EngineStatus
    nodes: dict[str, int]
    relations: dict[str, int]
    loads: list[LoadStatus]
    documents: list[DocumentStatus]


def read_status(store: Store, schema: Schema) -> Status:
    """Ask the store for all that a status tells."""
    info, counts, loads = store.info(), store.counts(), store.loads()
    stated = sorted({document for load in loads for document in load.documents})
    return Status(
        engine=EngineStatus(
            name=info.kind,
            version=info.version,
            address=info.address,
            database=info.database,
            embedded=info.embedded,
            home=str(info.home) if info.home else None,
        ),
        nodes=counts.nodes,
        relations=counts.relations,
        loads=[
            LoadStatus(
                id=x.id,
                documents=list(x.documents),
                started=x.started,
                finished=x.finished,
                state=x.state,
                what=x.what,
            )
            for x in loads
        ],
        documents=_documents(store, schema, stated),
    )


def _documents(store: Store, schema: Schema, stated: list[str]) -> list[DocumentStatus]:
    """The loaded documents; those that are also things of the graph with name, date and address."""
    known: dict[str, DocumentStatus] = {}
    if "Document" in schema.labels:
        for (node,) in store.read("MATCH (n:Document) RETURN n ORDER BY n.id").rows:
            if isinstance(node, GraphNode):
                told = {key: str(node.properties.get(key) or "") for key in ("name", "date", "url", "licence")}
                key = node.id.partition("/")[2]
                known[key] = DocumentStatus(id=key, **told)
    return [
        known.get(key) or DocumentStatus(id=key, name=key, date="", url="") for key in dict.fromkeys([*known, *stated])
    ]

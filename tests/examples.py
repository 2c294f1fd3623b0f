"""Records that several test files write, and short ways to read back what the graph holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.records import Node, Relation, Source, Value
from graph.store import Change, GraphNode, LoadReport, Store


def node(label: str, identity: str, document: str = "facts", **properties: Value) -> Node:
    return Node(label, identity, properties, (Source(document, f"行 {identity}", tuple(sorted(properties))),))


def company(identity: str, name: str, document: str = "facts", **more: Value) -> Node:
    return node("Company", identity, document, name=name, **more)


def located(start: str, end: str, document: str = "facts", **more: Any) -> Relation:
    return Relation("LOCATED_IN", "Company", start, "Region", end, sources=(Source(document, "表"),), **more)


OSTI = company("c1", "株式会社オスティ", name_en="OSTi Co., Ltd.", aliases=["大阪の技術屋"], employees=12)
RICH = company("c2", "RICH", kinds=["sme", "startup"], corporate_number="7430001000001")
OSAKA = node("Region", "r1", name="大阪府", reading="おおさかふ", kind="prefecture")
TERM = node("FundingTerm", "t1", name="通常枠 上限", kind="limit", track="通常枠", amount=45_000_000)
RATE = node("Survey", "s1", name="調査", response_rate=23.5)
NODES = [OSTI, RICH, OSAKA, TERM, RATE]
RELATIONS = [located("c1", "r1"), located("c2", "r1")]


def rows(store: Store, cypher: str, parameters: Mapping[str, Any] | None = None) -> list[list[Any]]:
    return store.read(cypher, parameters).rows


def stored(store: Store, identity: str) -> GraphNode | None:
    found = rows(store, "MATCH (n) WHERE n.id = $id RETURN n", {"id": identity})
    return found[0][0] if found else None


def contents(store: Store) -> list[Any]:
    """Everything in the graph, the internal name entries included."""
    nodes = rows(store, "MATCH (n) WHERE NOT n:Load AND NOT n:GraphSchema RETURN labels(n), properties(n)")
    relations = rows(store, "MATCH (a)-[r]->(b) RETURN a.id, type(r), b.id, properties(r)")
    return sorted((repr(labels), sorted(map(repr, held.items()))) for labels, held in nodes) + sorted(
        map(repr, relations)
    )


def change(report: LoadReport, name: str) -> Change:
    return next((c for c in (*report.nodes, *report.relations) if c.name == name), Change(name))

"""An open connection enters, everything that its graph holds leaves, as records or as counts and checksums."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias, TypeVar

from graph.dialect import LOAD, quoted
from graph.merge import State
from graph.records import Node, Relation, Source
from graph.shape import Shape
from graph.writing import Session

T = TypeVar("T")
Loads: TypeAlias = list[dict[str, Any]]
"""The stored properties of every load."""


@dataclass(frozen=True, slots=True)
class Digest:
    """How many nodes a label or relations a type has, and a checksum of them that does not depend on their order."""

    count: int = 0
    total: int = 0

    @property
    def checksum(self) -> str:
        """The checksum as people compare it."""
        return f"{self.total:032x}"

    def plus(self, record: Node | Relation) -> Digest:
        """This with one more record."""
        if isinstance(record, Node):
            identity = [record.label, record.id]
        else:
            identity = [record.type, record.start_label, record.start, record.end_label, record.end, record.key]
        told = [identity, sorted(record.properties.items()), [str(source) for source in record.sources]]
        found = hashlib.blake2b(json.dumps(told).encode(), digest_size=16).digest()
        return replace(self, count=self.count + 1, total=(self.total + int.from_bytes(found)) % (1 << 128))


class Each(Protocol):
    """Lets records pass."""

    def __call__(self, records: Iterable[T], /) -> Iterator[T]:
        """The same records."""


Digests: TypeAlias = dict[str, Digest]
"""By label and relation type."""


def read_nodes(session: Session, shape: Shape) -> Iterator[Node]:
    """Every node of the shape's labels."""
    for label in shape.labels:
        for (held,) in session.stream(f"MATCH (n:{quoted(label)}) RETURN properties(n)", {}):
            state = State.of_stored(held, "id")
            yield Node(label, held["id"], state.properties, _sources(state))


def read_relations(session: Session, shape: Shape) -> Iterator[Relation]:
    """Every relation of the shape's types."""
    ends = "labels(a)[0], a.id, labels(b)[0], b.id"
    for kind, spec in shape.relations.items():
        starts = "|".join(map(quoted, spec.start))
        text = f"MATCH (a:{starts})-[r:{quoted(kind)}]->(b) RETURN {ends}, properties(r)"
        for start_label, start, end_label, end, held in session.stream(text, {}):
            state = State.of_stored(held, "key")
            key = held.get("key", "")
            yield Relation(kind, start_label, start, end_label, end, state.properties, _sources(state), key)


def stored_loads(session: Session) -> Loads:
    """Every load, ordered."""
    rows = session.stream(f"MATCH (l:{LOAD}) RETURN properties(l)", {})
    return sorted((dict(row[0]) for row in rows), key=lambda load: str(load["id"]))


def digests(session: Session, shape: Shape, each: Each | None = None) -> Digests:
    """Counts and checksums of everything in the graph; every record passes through `each`."""
    found = dict.fromkeys((*shape.labels, *shape.relations), Digest())
    passing: Each = each or iter
    for node in passing(read_nodes(session, shape)):
        found[node.label] = found[node.label].plus(node)
    for relation in passing(read_relations(session, shape)):
        found[relation.type] = found[relation.type].plus(relation)
    return found


def first_difference(one: Mapping[str, Digest], other: Mapping[str, Digest]) -> str | None:
    """The first label or type whose digests are not equal; one without any is as good as one that is not there."""
    names = dict.fromkeys((*one, *other))
    return next((name for name in names if one.get(name, Digest()) != other.get(name, Digest())), None)


def _sources(state: State) -> tuple[Source, ...]:
    return tuple(map(Source.parse, state.sources))

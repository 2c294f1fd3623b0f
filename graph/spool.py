"""The records of one write enter, each checked against the schema; the united statements of each thing leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TypeAlias

from graph.errors import RecordError
from graph.merge import State, united
from graph.records import Node, Relation
from graph.schema import Schema
from graph.shelf import Shelf

NodeKey: TypeAlias = tuple[str, str]
"""label, id."""
RelationKey: TypeAlias = tuple[str, str, str, str, str, str]
"""type, start label, end label, start id, end id, key."""


class Spool:
    """All records of one write, checked against the schema, sorted and united by identity."""

    def __init__(self, schema: Schema) -> None:
        self._nodes: Shelf[NodeKey] = Shelf(2)
        self._relations: Shelf[RelationKey] = Shelf(6)
        self._schema = schema
        self._allowed = {label: frozenset(schema.properties(label)) for label in schema.labels}
        self._sides = {
            (kind, start, end): frozenset(spec.properties)
            for kind, spec in schema.relations.items()
            for start in spec.start
            for end in spec.end
        }
        self.documents: set[str] = set()
        self.labels: set[str] = set()
        self.unsourced = 0

    def close(self) -> None:
        """Forget all records."""
        self._nodes.close()
        self._relations.close()

    def fill(self, nodes: Iterable[Node], relations: Iterable[Relation]) -> None:
        """Take in all records; RecordError names the first that the schema does not allow."""
        self.take(chain(nodes, relations))

    def take(self, records: Iterable[Node | Relation]) -> None:
        """Take in all records, which may stand in any order."""
        for record in records:
            if isinstance(record, Node):
                self._nodes.add(self._node_key(record), self._state(record))
            else:
                self._relations.add(self._relation_key(record), self._state(record))

    def _node_key(self, node: Node) -> NodeKey:
        allowed = self._allowed.get(node.label)
        if allowed is None:
            raise _unknown(f"label {node.label}", f"{node.label} {node.id}")
        if not allowed.issuperset(node.properties):
            name = next(name for name in node.properties if name not in allowed)
            raise _unknown(f"property {name} of {node.label}", f"{node.label} {node.id}")
        if not node.id:
            raise RecordError("A node has no id.", place=node.label, next_step="Give every record an id.")
        self.labels.add(node.label)
        return node.label, node.id

    def _relation_key(self, r: Relation) -> RelationKey:
        allowed = self._sides.get((r.type, r.start_label, r.end_label))
        if allowed is None or not allowed.issuperset(r.properties):
            place = f"{r.start_label} {r.start} {r.type} {r.end_label} {r.end}"
            if allowed is None:
                raise _unknown(f"relation {r.type} from {r.start_label} to {r.end_label}", place)
            raise _unknown(f"property {next(n for n in r.properties if n not in allowed)} of {r.type}", place)
        return r.type, r.start_label, r.end_label, r.start, r.end, r.key

    def _state(self, record: Node | Relation) -> State:
        self.unsourced += not record.sources
        for source in record.sources:
            if source.document not in self.documents:
                if not source.document or "|" in source.document:
                    raise RecordError(
                        f"{source.document!r} cannot name a document.",
                        place=source.locator,
                        next_step="Give the document a name without |.",
                    )
                self.documents.add(source.document)
        return State(dict(record.properties), list(map(str, record.sources)))

    def count(self) -> int:
        """How many records there are."""
        return self._nodes.statements() + self._relations.statements()

    def things(self) -> tuple[int, int]:
        """How many different nodes and relations there are."""
        return len(self._nodes), len(self._relations)

    def nodes(self) -> Iterator[tuple[NodeKey, State]]:
        """Every node once, ordered by label and id."""
        return ((key, united(statements)) for key, statements in self._nodes.items())

    def relations(self) -> Iterator[tuple[RelationKey, State]]:
        """Every relation once, ordered by its key."""
        return ((key, united(statements)) for key, statements in self._relations.items())

    def node(self, key: NodeKey) -> State | None:
        """What the records state of a node."""
        statements = self._nodes.get(key)
        return united(statements) if statements else None

    def has_node(self, key: NodeKey) -> bool:
        """Whether a record states the node."""
        return key in self._nodes

    def has_relation(self, key: RelationKey) -> bool:
        """Whether a record states the relation."""
        return key in self._relations


def _unknown(what: str, place: str) -> RecordError:
    return RecordError(
        f"The schema knows no {what}.", place=place, next_step="Correct the record, or add it to schema.yaml."
    )

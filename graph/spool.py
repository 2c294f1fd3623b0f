"""The records of one write enter, each checked against the schema; the united statements of each thing leave."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import TypeAlias

from graph.batches import chunks
from graph.errors import RecordError
from graph.merge import State, united
from graph.records import Node, Relation
from graph.schema import Schema

NodeKey: TypeAlias = tuple[str, str]
"""label, id."""
RelationKey: TypeAlias = tuple[str, str, str, str, str, str]
"""type, start label, end label, start id, end id, key."""


class Spool:
    """All records of one write, checked against the schema, sorted and united by identity; on disk when large."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute("CREATE TABLE node (label, id, seq, body, PRIMARY KEY (label, id, seq)) WITHOUT ROWID")
        columns = "type, start_label, end_label, start, end, key"
        self._db.execute(f"CREATE TABLE relation ({columns}, seq, body, PRIMARY KEY ({columns}, seq)) WITHOUT ROWID")
        self.documents: set[str] = set()
        self.unsourced = 0
        self._taken = 0

    def close(self) -> None:
        """Forget all records."""
        self._db.close()

    def fill(self, nodes: Iterable[Node], relations: Iterable[Relation]) -> None:
        """Take in all records; RecordError names the first that the schema does not allow."""
        self.take(chain(nodes, relations))

    def take(self, records: Iterable[Node | Relation]) -> None:
        """Take in all records, which may stand in any order."""
        self._db.execute("BEGIN")
        for part in chunks(enumerate(records, self._taken)):
            self._taken = part[-1][0] + 1
            nodes = [self._node_row(seq, record) for seq, record in part if isinstance(record, Node)]
            relations = [self._relation_row(seq, record) for seq, record in part if isinstance(record, Relation)]
            self._db.executemany("INSERT INTO node VALUES (?, ?, ?, ?)", nodes)
            self._db.executemany("INSERT INTO relation VALUES (?, ?, ?, ?, ?, ?, ?, ?)", relations)
        self._db.execute("COMMIT")

    def _node_row(self, seq: int, node: Node) -> tuple[object, ...]:
        if node.label not in self._schema.labels:
            raise _unknown(f"label {node.label}", f"{node.label} {node.id}")
        for name in node.properties:
            if name not in self._schema.properties(node.label):
                raise _unknown(f"property {name} of {node.label}", f"{node.label} {node.id}")
        if not node.id:
            raise RecordError("A node has no id.", place=node.label, next_step="Give every record an id.")
        return node.label, node.id, seq, self._body(node)

    def _relation_row(self, seq: int, r: Relation) -> tuple[object, ...]:
        place = f"{r.start_label} {r.start} {r.type} {r.end_label} {r.end}"
        spec = self._schema.relations.get(r.type)
        if spec is None or r.start_label not in spec.start or r.end_label not in spec.end:
            raise _unknown(f"relation {r.type} from {r.start_label} to {r.end_label}", place)
        for name in r.properties:
            if name not in spec.properties:
                raise _unknown(f"property {name} of {r.type}", place)
        return r.type, r.start_label, r.end_label, r.start, r.end, r.key, seq, self._body(r)

    def _body(self, record: Node | Relation) -> str:
        self.unsourced += not record.sources
        for source in record.sources:
            if not source.document or "|" in source.document:
                raise RecordError(
                    f"{source.document!r} cannot name a document.",
                    place=source.locator,
                    next_step="Give the document a name without |.",
                )
            self.documents.add(source.document)
        return json.dumps([dict(record.properties), [str(source) for source in record.sources]])

    def count(self) -> int:
        """How many records there are."""
        both = "SELECT (SELECT count(*) FROM node) + (SELECT count(*) FROM relation)"
        return int(self._db.execute(both).fetchone()[0])

    def things(self) -> tuple[int, int]:
        """How many different nodes and relations there are."""
        columns = "type, start_label, end_label, start, end, key"
        nodes = "SELECT count(*) FROM (SELECT DISTINCT label, id FROM node)"
        relations = f"SELECT count(*) FROM (SELECT DISTINCT {columns} FROM relation)"
        return int(self._db.execute(nodes).fetchone()[0]), int(self._db.execute(relations).fetchone()[0])

    def nodes(self) -> Iterator[tuple[NodeKey, State]]:
        """Every node once, ordered by label and id."""
        rows = self._db.execute("SELECT label, id, body FROM node ORDER BY label, id, seq")
        for (label, identity), group in groupby(rows, key=lambda row: (row[0], row[1])):
            yield (label, identity), united(State(*json.loads(row[2])) for row in group)

    def relations(self) -> Iterator[tuple[RelationKey, State]]:
        """Every relation once, ordered by its key."""
        columns = "type, start_label, end_label, start, end, key"
        rows = self._db.execute(f"SELECT {columns}, body FROM relation ORDER BY {columns}, seq")
        for key, group in groupby(rows, key=lambda row: row[:6]):
            yield key, united(State(*json.loads(row[6])) for row in group)

    def node(self, key: NodeKey) -> State | None:
        """What the records state of a node."""
        rows = self._db.execute("SELECT body FROM node WHERE label = ? AND id = ? ORDER BY seq", key).fetchall()
        return united(State(*json.loads(row[0])) for row in rows) if rows else None

    def has_node(self, key: NodeKey) -> bool:
        """Whether a record states the node."""
        return self._db.execute("SELECT 1 FROM node WHERE label = ? AND id = ? LIMIT 1", key).fetchone() is not None

    def has_relation(self, key: RelationKey) -> bool:
        """Whether a record states the relation."""
        where = "type = ? AND start_label = ? AND end_label = ? AND start = ? AND end = ? AND key = ?"
        return self._db.execute(f"SELECT 1 FROM relation WHERE {where} LIMIT 1", key).fetchone() is not None


def _unknown(what: str, place: str) -> RecordError:
    return RecordError(
        f"The schema knows no {what}.", place=place, next_step="Correct the record, or add it to schema.yaml."
    )

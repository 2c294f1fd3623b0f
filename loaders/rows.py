"""Mapped rows enter, checked things and relations with their sources leave; names are not yet resolved to ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graph.errors import RecordError
from graph.records import Source, Value
from graph.schema import Property, Relation, Schema
from graph.values import parse_value
from loaders.mapping import End, NodeMapping, RelationMapping, TableMapping, fill_template
from loaders.tables import Row


@dataclass(frozen=True, slots=True)
class Reference:
    """A thing as a row names it: its label, and a name, or the value of property `by`."""

    label: str
    value: str
    by: str = "name"


@dataclass(frozen=True, slots=True)
class StatedNode:
    """What one row states of one thing."""

    label: str
    id: str
    properties: dict[str, Value]
    source: Source
    place: str


@dataclass(frozen=True, slots=True)
class StatedRelation:
    """What one row states of one relation."""

    type: str
    start: Reference
    end: Reference
    properties: dict[str, Value]
    source: Source
    place: str


def node_id(label: str, key: tuple[str, ...]) -> str:
    """The id of a thing, unique in the whole graph: its label and its key."""
    return f"{label}/{'|'.join(key)}"


def read_statements(table: TableMapping, rows: Iterator[Row], schema: Schema) -> Iterator[StatedNode | StatedRelation]:
    """Yield what the rows of one table state.

    Raises:
        RecordError: names the row, every wrong value in it and what would be right.
    """
    reader = _NodeReader(table, table.node, schema) if table.node else None
    for row in rows:
        if reader:
            yield from reader.read(row)
        elif table.relation:
            yield _read_relation(table, table.relation, row, schema)


def _source(table: TableMapping, row: Row, properties: tuple[str, ...]) -> Source:
    try:
        document = fill_template(table.source.document, row.cells)
        locator = fill_template(table.source.locator, row.cells)
    except KeyError as error:
        raise RecordError(
            f"The column {error.args[0]!r}, which the source mapping of {table.file} names, is missing.",
            place=row.place,
            next_step=f"The table has: {', '.join(row.cells)}.",
        ) from None
    if not document:
        raise RecordError("The row names no document.", place=row.place, next_step="Fill the column of the document.")
    return Source(document, locator, properties)


class _NodeReader:
    """Reads rows of one node table; keeps what each column means."""

    def __init__(self, table: TableMapping, node: NodeMapping, schema: Schema) -> None:
        self.table, self.node, self.schema = table, node, schema
        self.properties = schema.properties(node.label)
        self.columns: dict[str, Property | Relation | None] = {}

    def _meaning(self, column: str, row: Row) -> Property | Relation | None:
        name = self.node.columns.get(column, column)
        if name in self.properties:
            return self.properties[name]
        relation = self.schema.relations.get(name)
        if relation is not None and self.node.label in relation.start:
            return relation
        own_use = (self.node.restates, *self.node.key, *self.table.ignore)
        if column in own_use or "{" + column + "}" in self.table.source.document + self.table.source.locator:
            return None
        raise RecordError(
            f"The column {column!r} is neither a property of {self.node.label} nor a relation from it.",
            place=row.place,
            next_step=f"Rename it, map it, or list it under `ignore`; {self.node.label} has: {', '.join(self.properties)}.",
        )

    def read(self, row: Row) -> Iterator[StatedNode | StatedRelation]:
        """Yield the thing of one row and the relations that its columns state."""
        properties: dict[str, Value] = {}
        links: list[tuple[str, Reference]] = []
        problems: list[str] = []
        for column, text in row.cells.items():
            if column not in self.columns:
                self.columns[column] = self._meaning(column, row)
            meaning = self.columns[column]
            if not text or meaning is None:
                continue
            name = self.node.columns.get(column, column)
            try:
                if isinstance(meaning, Property):
                    properties[name] = parse_value(text, meaning, self.table.separator)
                else:
                    links += [(name, _reference(part, meaning.end)) for part in _split(text, self.table.separator)]
            except ValueError as error:
                problems.append(f"{column}: {error}")
        missing = [c for c in self.node.key if not row.cells.get(c)]
        problems += [f"{c}: empty, but it names the row's {self.node.label}" for c in missing]
        if problems:
            raise RecordError("; ".join(problems) + ".", place=row.place, next_step="Correct the row.")
        stated = tuple(properties) + self._restated(row)
        source = _source(self.table, row, stated)
        identity = node_id(self.node.label, tuple(row.cells[c] for c in self.node.key))
        yield StatedNode(self.node.label, identity, properties, source, row.place)
        bare = Source(source.document, source.locator)
        start = Reference(self.node.label, identity, "id")
        for name, end in links:
            yield StatedRelation(name, start, end, {}, bare, row.place)

    def _restated(self, row: Row) -> tuple[str, ...]:
        names = _split(row.cells.get(self.node.restates or "", ""), self.table.separator)
        for name in names:
            if name not in self.properties:
                raise RecordError(
                    f"{self.node.restates}: {name!r} is no property of {self.node.label}.",
                    place=row.place,
                    next_step=f"It has: {', '.join(self.properties)}.",
                )
        return tuple(names)


def _split(text: str, separator: str) -> list[str]:
    return [part.strip() for part in text.split(separator) if part.strip()]


def _reference(text: str, labels: tuple[str, ...], by: str = "name") -> Reference:
    label, colon, rest = text.partition(":")
    if colon and label in labels:
        return Reference(label, rest.strip(), by)
    if len(labels) == 1 or by == "key":
        return Reference("|".join(labels), text, by)
    raise ValueError(
        f"{text!r} does not say which kind of thing it is; write Label:name with one of {', '.join(labels)}"
    )


def _read_relation(table: TableMapping, mapping: RelationMapping, row: Row, schema: Schema) -> StatedRelation:
    name = mapping.type or row.cells.get(mapping.type_column or "", "")
    relation = schema.relations.get(name)
    if relation is None:
        raise RecordError(
            f"{name!r} is no relation of the schema.",
            place=row.place,
            next_step=f"It has: {', '.join(schema.relations)}.",
        )
    properties: dict[str, Value] = {}
    problems: list[str] = []
    used = {mapping.type_column, mapping.start.column, mapping.end.column, *table.ignore}
    templates = table.source.document + table.source.locator
    for column, text in row.cells.items():
        target = mapping.columns.get(column, column)
        if not text or column in used or "{" + column + "}" in templates:
            continue
        prop = relation.properties.get(target)
        if prop is None:
            problems.append(
                f"{column}: {name} has no such property (it has: {', '.join(relation.properties) or 'none'})"
            )
            continue
        try:
            properties[target] = parse_value(text, prop, table.separator)
        except ValueError as error:
            problems.append(f"{column}: {error}")
    ends: list[Reference] = []
    for end, labels in ((mapping.start, relation.start), (mapping.end, relation.end)):
        try:
            ends.append(_end(end, labels, row))
        except ValueError as error:
            problems.append(f"{end.column}: {error}")
    if problems:
        raise RecordError("; ".join(problems) + ".", place=row.place, next_step="Correct the row.")
    return StatedRelation(name, ends[0], ends[1], properties, _source(table, row, tuple(properties)), row.place)


def _end(end: End, labels: tuple[str, ...], row: Row) -> Reference:
    text = row.cells.get(end.column, "")
    if not text:
        raise ValueError("empty, but it names one end of the relation")
    return _reference(text, (end.label,) if end.label else labels, end.by)

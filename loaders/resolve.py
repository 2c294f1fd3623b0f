"""Things and relations as rows state them enter, merged nodes and relations with ids leave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from graph.errors import RecordError
from graph.fold import keys, reading_keys
from graph.records import Node, Relation, Source, Value
from graph.schema import Schema
from loaders.rows import Reference, StatedNode, StatedRelation, node_id

FindInGraph = Callable[[Collection[str]], Iterable[tuple[str, str, str]]]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two places that state different values of one property; the first one is kept."""

    id: str
    property: str
    kept: Value
    other: Value
    place: str


@dataclass(slots=True)
class _Merged:
    label: str
    properties: dict[str, Value] = field(default_factory=dict)
    sources: dict[Source, None] = field(default_factory=dict)
    place: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """Everything one load writes."""

    nodes: tuple[Node, ...]
    relations: tuple[Relation, ...]
    conflicts: tuple[Conflict, ...]


def resolve(
    statements: Iterable[StatedNode | StatedRelation], schema: Schema, find_in_graph: FindInGraph | None = None
) -> Resolved:
    """Merge what rows state of the same thing and turn names into ids.

    `find_in_graph` looks names up that this load does not define: folded keys in, (key, label, id) out.

    Raises:
        RecordError: a name that is unknown or stands for several things, or a thing without a required property.
    """
    merged: dict[str, _Merged] = {}
    links: list[StatedRelation] = []
    conflicts: list[Conflict] = []
    for statement in statements:
        if isinstance(statement, StatedNode):
            _merge(merged, statement, schema, conflicts)
        else:
            links.append(statement)
    names = _Names(merged, schema, find_in_graph)
    relations: dict[tuple[str, str, str, str], Relation] = {}
    for link in links:
        _add_relation(relations, link, names)
    _check_required(merged, schema)
    nodes = tuple(Node(m.label, i, m.properties, tuple(m.sources)) for i, m in merged.items())
    return Resolved(nodes, tuple(relations.values()), tuple(conflicts))


def _merge(merged: dict[str, _Merged], stated: StatedNode, schema: Schema, conflicts: list[Conflict]) -> None:
    known = merged.setdefault(stated.id, _Merged(stated.label, place=stated.place))
    for name, value in stated.properties.items():
        old = known.properties.get(name)
        if isinstance(value, list):
            base = old if isinstance(old, list) else []
            known.properties[name] = base + [v for v in value if v not in base]
        elif old is None:
            known.properties[name] = value
        elif old != value:
            conflicts.append(Conflict(stated.id, name, old, value, stated.place))
    known.sources[stated.source] = None


def _add_relation(found: dict[tuple[str, str, str, str], Relation], link: StatedRelation, names: _Names) -> None:
    start, end = names.id_of(link.start, link.place), names.id_of(link.end, link.place)
    key = "|".join(
        f"{k}={v}" for k, v in sorted(link.properties.items()) if k in ("role", "fiscal_year", "planned", "former")
    )
    place = (link.type, start, end, key)
    old = found.get(place)
    sources = (*(old.sources if old else ()), link.source)
    properties = {**link.properties, **(old.properties if old else {})}
    labels = start.partition("/")[0], end.partition("/")[0]
    found[place] = Relation(link.type, labels[0], start, labels[1], end, properties, tuple(dict.fromkeys(sources)), key)


def _check_required(merged: dict[str, _Merged], schema: Schema) -> None:
    for identity, thing in merged.items():
        for name, prop in schema.properties(thing.label).items():
            if prop.required and name not in thing.properties:
                raise RecordError(
                    f"{identity} has no {name}.",
                    place=thing.place,
                    next_step=f"Fill the column {name} in one of its rows.",
                )


class _Names:
    """Finds the thing a row names: among the things of this load first, then in the graph."""

    def __init__(self, merged: dict[str, _Merged], schema: Schema, find_in_graph: FindInGraph | None) -> None:
        self.merged, self.schema, self.find_in_graph = merged, schema, find_in_graph
        self.exact: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.folded: dict[tuple[str, str], set[str]] = defaultdict(set)
        for identity, thing in merged.items():
            for name, prop in schema.properties(thing.label).items():
                value = thing.properties.get(name)
                if value is None or prop.find_by not in ("name", "reading"):
                    continue
                for text in value if isinstance(value, list) else [str(value)]:
                    self.exact[thing.label, text].add(identity)
                    found = reading_keys(text) if prop.find_by == "reading" else keys(text)
                    for key in found:
                        self.folded[thing.label, key].add(identity)
        self.by_value: dict[tuple[str, str], dict[str, set[str]]] = {}

    def id_of(self, reference: Reference, place: str) -> str:
        """The id of the thing that `reference` names."""
        if reference.by == "id":
            return reference.value
        for label in reference.label.split("|"):
            direct = node_id(label, (reference.value,))
            if direct in self.merged:
                return direct
        candidates = self._candidates(reference)
        if len(candidates) == 1:
            return next(iter(candidates))
        if not candidates:
            raise RecordError(
                f"There is no {reference.label} called {reference.value!r}.",
                place=place,
                next_step="Correct the name, or add a row that defines it.",
            )
        raise RecordError(
            f"{reference.value!r} stands for several: {', '.join(sorted(candidates))}.",
            place=place,
            next_step="Write the full name.",
        )

    def _candidates(self, reference: Reference) -> set[str]:
        label, value = reference.label, reference.value
        if reference.by not in ("name", "key"):
            return self._index(label, reference.by).get(value, set())
        if found := self.exact.get((label, value)):
            return found
        wanted = keys(value)
        found = set().union(*(self.folded.get((label, key), set()) for key in wanted))
        if not found and self.find_in_graph:
            found = {identity for _, at, identity in self.find_in_graph(wanted) if at == label}
        return found

    def _index(self, label: str, name: str) -> dict[str, set[str]]:
        if (label, name) not in self.by_value:
            index: dict[str, set[str]] = defaultdict(set)
            for identity, thing in self.merged.items():
                if thing.label == label and name in thing.properties:
                    index[str(thing.properties[name])].add(identity)
            self.by_value[label, name] = index
        return self.by_value[label, name]

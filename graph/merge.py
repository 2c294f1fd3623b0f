"""What is known of a thing and what documents now say of it enter, its new state leaves; no engine is touched."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from graph.records import Source, Value

Properties = dict[str, Value]


@dataclass(frozen=True, slots=True)
class State:
    """The properties of one node or relation and its source entries (stored form, sorted)."""

    properties: Properties
    sources: list[str]

    @classmethod
    def of_stored(cls, stored: Mapping[str, Value], *internal: str) -> State:
        """Split stored properties into the thing's own and its sources; drop the `internal` ones."""
        sources = stored.get("sources", [])
        own = {name: value for name, value in stored.items() if name != "sources" and name not in internal}
        return cls(own, list(sources) if isinstance(sources, list) else [])


NOTHING = State({}, [])


def _union(first: Value, second: Value) -> Value:
    if isinstance(first, list) and isinstance(second, list):
        return list(dict.fromkeys([*first, *second]))
    return second


def united(statements: Iterable[State]) -> State:
    """All statements of one write about one thing: later scalars win, lists and sources are united."""
    states = list(statements)
    if len(states) == 1:
        if len(states[0].sources) < 2:
            return states[0]
        return State(states[0].properties, sorted(set(states[0].sources)))
    properties: Properties = {}
    sources: set[str] = set()
    for statement in states:
        for name, value in statement.properties.items():
            properties[name] = _union(properties[name], value) if name in properties else value
        sources.update(statement.sources)
    return State(properties, sorted(sources))


def document_of(source: str) -> str:
    """The document that a stored source entry belongs to."""
    return source.partition("|")[0]


def _states(sources: Iterable[str], name: str) -> bool:
    """Whether one of the entries states the property; an entry that names none speaks for the whole record."""
    return any(not parsed.properties or name in parsed.properties for parsed in map(Source.parse, sources))


def merged(old: State, new: State, documents: Collection[str]) -> State | None:
    """The state after `documents` have said `new` (all that they say) of a thing that was in state `old`.

    Entries of other documents stay; what only the replaced entries stated goes; None when nothing is left to state
    the thing that did have sources.
    """
    if old is NOTHING:
        return new if len(new.sources) < 2 else State(new.properties, sorted(set(new.sources)))
    replaced = [s for s in old.sources if document_of(s) in documents]
    others = [s for s in old.sources if document_of(s) not in documents]
    sources = sorted({*others, *new.sources})
    if replaced and not sources and not new.properties:
        return None
    properties: Properties = {}
    for name, value in old.properties.items():
        if name in new.properties:
            continue
        if not replaced or not _states(replaced, name) or _states(others, name):
            properties[name] = value
    for name, value in new.properties.items():
        if isinstance(value, list) and name in old.properties and _states(others, name):
            properties[name] = _union(old.properties[name], value)
        else:
            properties[name] = value
    return State(properties, sources)


def same(first: State, second: State) -> bool:
    """Whether both states are equal in values and in the types of the values."""
    return (
        first.sources == second.sources
        and first.properties == second.properties
        and all(type(value) is type(second.properties[name]) for name, value in first.properties.items())
    )

"""A node enters, the entries under which the name index finds it leave; of the keys looked for, the names that have them.

A name with a legal form has two keys, but mostly one entry, that of the shorter key: who looks for the whole name looks
for the shorter one as well, and the text tells whether it fits. A number that only one thing may have needs no entry.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from graph import fold
from graph.dialect import KEYS, NAME, quoted
from graph.records import Value
from graph.schema import Property, Schema

FORM = 2
"""Counts the ways in which entries have been stored; a graph with those of another way gets new ones."""
SHARED = "[null,"


class NameEntry(NamedTuple):
    """One key under which a thing is found; `id` is None for a value that may pick many things."""

    key: str
    label: str
    property: str
    text: str
    id: str | None


class Indexed(NamedTuple):
    """A node of the index: its keys with their places, ordered; id, label, and by place property and text as JSON."""

    keys: tuple[tuple[int, str], ...]
    entry: str

    @classmethod
    def of_stored(cls, stored: Mapping[str, str]) -> Indexed:
        """The node with these properties."""
        return cls(tuple((at, stored[name]) for at, name in enumerate(KEYS) if name in stored), stored["entry"])

    @property
    def shared(self) -> bool:
        """Whether it belongs to a value that several things may have."""
        return self.entry.startswith(SHARED)

    @property
    def place(self) -> int:
        """The place of its first key."""
        return self.keys[0][0]

    def row(self) -> dict[str, str]:
        """Its properties in the graph."""
        row = {KEYS[place]: key for place, key in self.keys}
        row["entry"] = self.entry
        return row

    def parsed(self) -> list[NameEntry]:
        """What it says of each of its keys."""
        return [_parsed(key, place, self.entry) for place, key in self.keys]


def _parsed(key: str, place: int, entry: str) -> NameEntry:
    identity, label, told = orjson.loads(entry)
    name, text = told[str(place)]
    return NameEntry(key, label, name, text, identity)


def _place(key: str) -> int:
    """Where a key stands: what is looked for is looked for in one place only, and names of one thing mostly differ in it."""
    return 2 * key.isascii() + len(key) % 2


def _node(identity: str | None, label: str, told: Mapping[int, tuple[str, str, str]]) -> Indexed:
    keys = tuple((place, told[place][0]) for place in sorted(told))
    entry = orjson.dumps((identity, label, {str(place): told[place][1:] for place, _ in keys}))
    return Indexed(keys, entry.decode())


def by_number(spec: Property) -> bool:
    """Whether those values of a property that are numbers are looked up in the nodes themselves."""
    return spec.unique and spec.find_by == "name" and spec.type == "string"


def index_entries(schema: Schema, label: str, identity: str, properties: Mapping[str, Value]) -> Iterator[Indexed]:
    """The nodes of the index for one thing, each once."""
    own: list[dict[int, tuple[str, str, str]]] = []
    for name, spec in schema.found_by(label):
        value = properties.get(name)
        if value is None:
            continue
        for text in dict.fromkeys(map(str, value)) if isinstance(value, list) else (str(value),):
            if _is_number(text) and by_number(spec):
                continue
            for key in sorted(fold.reading_keys(text)) if spec.find_by == "reading" else _kept(text):
                place = _place(key)
                if spec.find_by == "value":
                    yield _node(None, label, {place: (key, name, text)})
                    continue
                node = next((one for one in own if place not in one), None)
                if node is None:
                    own.append(node := {})
                node[place] = key, name, text
    for told in own:
        yield _node(identity, label, told)


def _kept(text: str) -> Iterable[str]:
    """The keys of a name that need an entry: the longer one only where it does not lead to the shorter one."""
    whole, core = fold.both_keys(text)
    if whole == core or (core and fold.leads_to(whole, core)):
        return (core,) if core else ()
    return (core, whole) if core and whole else (core or whole,)


def _is_number(key: str) -> bool:
    return key.isascii() and key.isdigit()


def lookup(schema: Schema, keys: Collection[str]) -> tuple[str, dict[str, Any]]:
    """One statement that finds what `found` tells the names from, with its parameters."""
    parts: list[str] = []
    wanted: dict[str, list[str]] = {}
    for key in sorted(set(keys).union(*map(fold.shorter_keys, keys))):
        wanted.setdefault(KEYS[_place(key)], []).append(key)
    for place, name in enumerate(KEYS):
        if name in wanted:
            start = f"MATCH (n:{NAME}) WHERE n.{name} IN ${name}"
            parts.append(f"{start} RETURN n.{name} AS key, n.entry AS entry, {place} AS place, '' AS id")
    numbers = sorted(filter(_is_number, keys))
    for label in schema.labels if numbers else ():
        for name, spec in schema.found_by(label):
            if by_number(spec):
                start = f"MATCH (n:{quoted(label)}) WHERE n.{quoted(name)} IN $numbers"
                parts.append(
                    f"{start} RETURN n.{quoted(name)} AS key, '{label} {name}' AS entry, 0 AS place, n.id AS id"
                )
    return " UNION ALL ".join(parts), {**wanted, "numbers": numbers}


def found(rows: Iterable[list[Any]], keys: Collection[str]) -> list[NameEntry]:
    """The names that have one of the keys, ordered; `rows` are those of `lookup`."""
    wanted = set(keys)
    names: set[NameEntry] = set()
    for key, entry, place, identity in rows:
        if identity:
            label, _, name = entry.partition(" ")
            names.add(NameEntry(key, label, name, key, identity))
            continue
        parsed = _parsed(key, place, entry)
        if key in wanted:
            names.add(parsed)
        whole = fold.fold(parsed.text)
        if whole in wanted and fold.leads_to(whole, key):
            names.add(parsed._replace(key=whole))
    return sorted(names, key=lambda e: (e.key, e.label, e.property, e.text, e.id or ""))

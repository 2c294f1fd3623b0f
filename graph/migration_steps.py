"""One difference between two schemas enters; what it does to stored data is counted, or done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from graph.batches import BATCH, chunks
from graph.cypher_rows import write_nodes, write_relations
from graph.dialect import quoted
from graph.records import Value
from graph.schema import Property, Schema
from graph.shape import Difference, MadeUnique, Narrowed, Removed, Retyped, place_of
from graph.values import parse_value
from graph.writing import Session

_MOST_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Step:
    """What one difference does to stored data: how much it touches, how many values cannot stay, some of these."""

    difference: Difference
    touched: int
    lost: int = 0
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        d = self.difference
        some = (
            f" ({', '.join(self.examples)}{', …' if self.lost > len(self.examples) else ''})" if self.examples else ""
        )
        place = place_of(d)
        if isinstance(d, Narrowed):
            return f"{place} no longer joins the ends of {self.touched} relations, which are removed"
        if isinstance(d, MadeUnique):
            return f"{place} is to be unique, but {self.touched} values are shared{some}"
        if isinstance(d, Removed):
            what = "values" if d.property else "things" if d.owner == "label" else "relations"
            return f"{place} is gone: {self.touched} {what} are removed"
        lost = f", {self.lost} of them cannot be and are removed{some}" if self.lost else ""
        return f"{place} is no longer of type {d.before}: {self.touched} values are read anew{lost}"


def preview(session: Session, schema: Schema, difference: Difference) -> Step:
    """Count what a difference touches."""
    if isinstance(difference, MadeUnique):
        name = f"n.{quoted(difference.property)}"
        text = (
            f"MATCH (n:{quoted(difference.name)}) WHERE {name} IS NOT NULL "
            f"WITH {name} AS v, count(*) AS c WHERE c > 1 RETURN v"
        )
        shared = [str(row[0]) for row in session.stream(text, {})]
        return Step(difference, len(shared), len(shared), tuple(shared[:_MOST_EXAMPLES]))
    if isinstance(difference, Retyped):
        touched = 0
        unreadable: list[str] = []
        for holder, value in _values(session, difference):
            touched += 1
            if _converted(value, _spec(schema, difference)) is None:
                unreadable.append(f"{holder}: {value!r}")
        return Step(difference, touched, len(unreadable), tuple(unreadable[:_MOST_EXAMPLES]))
    pattern, parameters = _pattern(difference)
    touched = int(next(iter(session.stream(f"{pattern} RETURN count(*)", parameters)))[0])
    return Step(difference, touched, touched)


def apply_step(session: Session, schema: Schema, difference: Difference) -> None:
    """Remove or change, in batches, what a difference touches."""
    if isinstance(difference, MadeUnique):
        return
    if isinstance(difference, Retyped):
        _retype(session, schema, difference)
        return
    pattern, parameters = _pattern(difference)
    act = "DELETE x"
    if isinstance(difference, Removed):
        act = "DETACH DELETE x" if difference.owner == "label" else act
        act = f"SET x.{quoted(difference.property)} = null" if difference.property else act
    text = f"{pattern} WITH x LIMIT {BATCH} {act} RETURN count(*)"
    while session.transact(lambda run: run(text, parameters))[0][0]:
        pass


def _pattern(difference: Removed | Narrowed) -> tuple[str, Mapping[str, Any]]:
    name = quoted(difference.name)
    if isinstance(difference, Narrowed):
        text = f"MATCH (a)-[x:{name}]->(b) WHERE NOT (labels(a)[0] IN $start AND labels(b)[0] IN $end)"
        return text, {"start": list(difference.start), "end": list(difference.end)}
    text = f"MATCH (x:{name})" if difference.owner == "label" else f"MATCH ()-[x:{name}]->()"
    return text + (f" WHERE x.{quoted(difference.property)} IS NOT NULL" if difference.property else ""), {}


def _spec(schema: Schema, difference: Retyped) -> Property:
    if difference.owner == "label":
        return schema.properties(difference.name)[difference.property]
    return schema.relations[difference.name].properties[difference.property]


def _values(session: Session, difference: Retyped) -> Iterator[tuple[str, Value]]:
    name, prop = quoted(difference.name), quoted(difference.property)
    if difference.owner == "label":
        text = f"MATCH (n:{name}) WHERE n.{prop} IS NOT NULL RETURN n.id, n.{prop}"
    else:
        text = f"MATCH (a)-[r:{name}]->(b) WHERE r.{prop} IS NOT NULL RETURN a.id + ' → ' + b.id, r.{prop}"
    for holder, value in session.stream(text, {}):
        yield str(holder), value


def _retype(session: Session, schema: Schema, difference: Retyped) -> None:
    spec, prop, name = _spec(schema, difference), difference.property, quoted(difference.name)

    def anew(held: Mapping[str, Any]) -> dict[str, Any]:
        value = _converted(held[prop], spec)
        rest = {key: item for key, item in held.items() if key != prop}
        return rest if value is None else {**rest, prop: value}

    if difference.owner == "label":
        text = f"MATCH (n:{name}) WHERE n.{quoted(prop)} IS NOT NULL RETURN properties(n)"
        for nodes in chunks([anew(row[0]) for row in session.stream(text, {})]):
            session.transact(partial(write_nodes, label=difference.name, rows={"added": [], "changed": nodes}))
        return
    ends = "labels(a)[0], labels(b)[0], a.id, b.id"
    text = f"MATCH (a)-[r:{name}]->(b) WHERE r.{quoted(prop)} IS NOT NULL RETURN {ends}, properties(r)"
    held_by_sides = sorted(session.stream(text, {}), key=lambda row: row[:2])
    for (start, end), group in groupby(held_by_sides, key=lambda row: row[:2]):
        sides = (difference.name, str(start), str(end))
        for part in chunks({"start": a, "end": b, "properties": anew(held)} for _, _, a, b, held in group):
            rows = {"added": [], "changed": part, "removed": []}
            session.transact(partial(write_relations, sides=sides, rows=rows))


def _converted(value: Value, spec: Property) -> Value | None:
    """The value as one of the property's type, None when it is none."""
    texts = [_text(item) for item in value] if isinstance(value, list) else [_text(value)]
    # Lists are told apart from one text by a mark that no text holds.
    if len(texts) != 1 and not spec.many:
        return None
    try:
        return parse_value("\x00".join(texts), spec, "\x00")
    except ValueError:
        return None


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    # A whole number that was stored as 12.0 is read as 12.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

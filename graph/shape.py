"""A schema enters, that of it which stored data depend on leaves; from two of these, what has to be done to the data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from graph import fold
from graph.naming import FORM, by_number
from graph.schema import Property, Schema

FOLDING = (Path(fold.__file__), Path(fold.__file__).with_name("folding.yaml"))
# Types within a group are stored alike.
_GROUPS = {"text": "string", "url": "string", "date": "string", "time": "string", "year": "integer", "money": "integer"}
Owner: TypeAlias = Literal["label", "relation"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class PropertyShape(_Model):
    """How the values of one property are stored, and whether they are found by name."""

    type: str
    unique: bool = False
    find_by: str | None = None
    values: tuple[str, ...] = ()

    @classmethod
    def of(cls, spec: Property) -> PropertyShape:
        """The shape of a property of the schema."""
        group = _GROUPS.get(spec.type, spec.type)
        return cls(type=group, unique=spec.unique, find_by=spec.find_by, values=tuple(sorted(spec.values)))

    def holds(self, other: PropertyShape) -> bool:
        """Whether every value of the other shape is one of this as it stands."""
        wider = {("enum", "string"), ("enums", "strings")}
        if self.type == other.type:
            return set(other.values) <= set(self.values)
        return (other.type, self.type) in wider


class RelationShape(_Model):
    """The labels at both ends of a relation type, and its properties."""

    start: tuple[str, ...]
    end: tuple[str, ...]
    properties: dict[str, PropertyShape] = {}


class Shape(_Model):
    """Everything in a schema that stored data depend on; `names` stands for how names are folded, kept and found."""

    labels: dict[str, dict[str, PropertyShape]]
    relations: dict[str, RelationShape] = {}
    names: str = ""

    @classmethod
    def of(cls, schema: Schema) -> Shape:
        """The shape of a schema."""
        labels = {label: _shapes(schema.properties(label)) for label in schema.labels}
        relations = {
            kind: RelationShape(
                start=tuple(sorted(spec.start)), end=tuple(sorted(spec.end)), properties=_shapes(spec.properties)
            )
            for kind, spec in schema.relations.items()
        }
        found = [
            (label, n, p.find_by, by_number(p)) for label in sorted(schema.labels) for n, p in schema.found_by(label)
        ]
        rules = hashlib.sha256(b"".join(path.read_bytes() for path in FOLDING) + repr((FORM, sorted(found))).encode())
        return cls(labels=labels, relations=relations, names=rules.hexdigest())


def _shapes(properties: Mapping[str, Property]) -> dict[str, PropertyShape]:
    return {name: PropertyShape.of(spec) for name, spec in properties.items()}


@dataclass(frozen=True, slots=True)
class Removed:
    """A label or relation type that is gone; without a name for the property, all of it, else that property."""

    owner: Owner
    name: str
    property: str | None = None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A relation type that may no longer join all the labels that it joined."""

    name: str
    start: tuple[str, ...]
    end: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retyped:
    """A property whose stored values may not be values of its new type."""

    owner: Owner
    name: str
    property: str
    before: str


@dataclass(frozen=True, slots=True)
class MadeUnique:
    """A property that several things may share the value of, and that only one may have now."""

    name: str
    property: str


Difference: TypeAlias = Removed | Narrowed | Retyped | MadeUnique


def place_of(difference: Difference) -> str:
    """Where in the schema a difference stands."""
    owner = "relation" if isinstance(difference, Narrowed) else getattr(difference, "owner", "label")
    return ".".join(filter(None, (f"{owner}s", difference.name, getattr(difference, "property", None))))


def differences(before: Shape, after: Shape) -> list[Difference]:
    """What stored data have to undergo; additions ask nothing of them."""
    return [*_relation_differences(before, after), *_label_differences(before, after)]


def _label_differences(before: Shape, after: Shape) -> Iterator[Difference]:
    for label, held in before.labels.items():
        if label not in after.labels:
            yield Removed("label", label)
            continue
        yield from _property_differences("label", label, held, after.labels[label])


def _relation_differences(before: Shape, after: Shape) -> Iterator[Difference]:
    for kind, old in before.relations.items():
        new = after.relations.get(kind)
        if new is None:
            yield Removed("relation", kind)
            continue
        if not (set(old.start) <= set(new.start) and set(old.end) <= set(new.end)):
            yield Narrowed(kind, new.start, new.end)
        yield from _property_differences("relation", kind, old.properties, new.properties)


def _property_differences(
    owner: Owner, name: str, before: Mapping[str, PropertyShape], after: Mapping[str, PropertyShape]
) -> Iterator[Difference]:
    for prop, old in before.items():
        new = after.get(prop)
        if new is None:
            yield Removed(owner, name, prop)
            continue
        if not new.holds(old):
            yield Retyped(owner, name, prop, old.type)
        if owner == "label" and new.unique and not old.unique:
            yield MadeUnique(name, prop)

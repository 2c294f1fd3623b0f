"""What travels from loaders to the store: typed nodes and relations with the places that state them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool
Value: TypeAlias = Scalar | list[str]


@dataclass(frozen=True, slots=True)
class Source:
    """One place that states something: document id, a locator a reader can find, and which properties it states.

    Stored as text `document|locator|property,property` because a property of a node cannot hold a map.
    """

    document: str
    locator: str
    properties: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.document}|{self.locator.replace('|', '／')}|{','.join(self.properties)}"

    @classmethod
    def parse(cls, text: str) -> Source:
        """Read the stored form; text without separators counts as a document."""
        document, _, rest = text.partition("|")
        locator, _, names = rest.partition("|")
        return cls(document, locator, tuple(n for n in names.split(",") if n))


@dataclass(frozen=True, slots=True)
class Node:
    """One thing: its label, its id (unique within the label), its properties and its sources."""

    label: str
    id: str
    properties: Mapping[str, Value]
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation between two things, given by label and id; `key` tells parallel ones of a type apart."""

    type: str
    start_label: str
    start: str
    end_label: str
    end: str
    properties: Mapping[str, Value] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    key: str = ""

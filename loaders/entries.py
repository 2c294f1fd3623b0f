"""What one row of open data states: a corporation and what it was given or did, or why the row is rejected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeAlias

from graph.records import Node, Relation, Value
from loaders.places import Places


class Corporation(NamedTuple):
    """A corporation as a row tells of it; where the row has no number, `number` is empty.

    `register` says that the row is of the register itself, whose names and states go before those of others;
    `updated` is the date of the entry there, `changes` are told dated, `gone` says that the number was deleted.
    """

    number: str
    properties: dict[str, Value]
    place: str = ""
    register: bool = False
    updated: str = ""
    changed: str = ""
    former_names: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    gone: bool = False


def unnumbered_id(name: str, place: str) -> str:
    """The id of a company that no number is known of: its name and where it is."""
    where = place.partition("/")[2]
    return f"Company/{name}（{where}）" if where else f"Company/{name}"


class Entry(NamedTuple):
    """One thing that `rows` rows state, beginning at a line: a corporation, and a thing beside it if there is one.

    Relations name corporations by `corporations.id_of`, or by `unnumbered_id` where there is no number.
    """

    line: int
    corporation: Corporation | None = None
    thing: Node | None = None
    relations: tuple[Relation, ...] = ()
    others: tuple[Node, ...] = ()
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be used: its line, the reason, and its cells."""

    line: int
    reason: str
    cells: list[str] = field(default_factory=list)
    rows: int = 1


Stated: TypeAlias = Entry | Rejected
Tell: TypeAlias = Callable[[str, int, int], None]
"""Gets the name of the step, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One file of open data, understood: the document that its rows stand in, and a way to read them.

    `read` gets the known places, and a function to tell the bytes read to.
    """

    format: str
    path: Path
    size: int
    document: Node
    read: Callable[[Places, Callable[[int], None]], Iterator[Stated]]
    refers_to_places: bool = True

    @property
    def key(self) -> str:
        """The id that sources name the document by."""
        return self.document.id.partition("/")[2]

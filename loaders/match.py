"""A corporation as a row names it enters, the things of the graph that may be it leave, each with a score.

Only a thing of the very same name, present or former, in the same place is taken for the corporation; the rest is for a
person to decide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from graph.fold import CHARACTERS, fold, keys, without_legal_form
from graph.merge import State
from graph.records import Node
from graph.store import Store
from loaders.entries import Corporation, unnumbered_id
from loaders.places import Places

_LABELS = ("Company", "Institution")
SAME = 1.0
_OTHER_FORM, _PLACE_UNKNOWN, _OTHER_PLACE, _OTHER_WRITING = 0.15, 0.2, 0.5, 0.1
WORTH_ASKING = 0.6
_MOST_UNDECIDED = 10_000
Rows = Callable[..., list[list[object]]]


@dataclass(frozen=True, slots=True)
class Known:
    """A thing of the graph: its label, its id, and its state."""

    label: str
    id: str
    state: State


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that may be the corporation: 1 is the same name in the same place."""

    label: str
    id: str
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Undecided:
    """A corporation of a row, and a thing of the graph that it may be."""

    line: int
    number: str
    name: str
    place: str
    candidate: Candidate


class Matches:
    """Finds the thing that a corporation is, where the number does not tell; keeps what a person must decide."""

    def __init__(
        self, store: Store, rows: Rows, places: Places, things: Callable[[list[Node]], dict[str, Known]]
    ) -> None:
        self.store, self.rows, self.places, self.things = store, rows, places, things
        self.undecided: list[Undecided] = []
        self._taken: dict[str, str] = {}
        self._asked: dict[str, Known | None] = {}
        self._unnumbered: set[str] = set()
        self._written: set[str] = set()
        if places:
            self._read_unnumbered()

    def _read_unnumbered(self) -> None:
        """The few things without a number: by these names alone can a numbered corporation be known already."""
        for label in _LABELS:
            text = f"MATCH (n:{label}) WHERE n.corporate_number IS NULL RETURN n.id, n.name, n.aliases"
            for identity, name, aliases in self.rows(text):
                self._unnumbered.add(str(identity))
                self._written.update(_plain(str(t)) for t in (name, *(aliases if isinstance(aliases, list) else [])))

    def of(self, told: Corporation, line: int) -> Known | None:
        """The thing that a corporation is beyond doubt, if the graph has it under another id than its own."""
        name = str(told.properties.get("name", ""))
        own = told.number or unnumbered_id(name, told.place)
        called = [(one, 0.0) for one in (name, *told.former_names)]
        called += [(str(told.properties[n]), _OTHER_WRITING) for n in ("reading", "name_en") if told.properties.get(n)]
        if told.number and not any(_plain(one) in self._written for one, _ in called):
            return None
        if own not in self._asked:
            self._asked[own] = self._decide(told, called, own, line)
        return self._asked[own]

    def _decide(self, told: Corporation, called: list[tuple[str, float]], own: str, line: int) -> Known | None:
        """`called` are its names, and what each tells less than that of the register does."""
        name, best = called[0][0], dict[str, Candidate]()
        for one, less in called:
            for c in candidates(one, told.place, self.store, self.rows, self.places):
                if c.id != own and (c.id not in best or c.score - less > best[c.id].score):
                    best[c.id] = replace(c, score=round(c.score - less, 2))
        found = sorted(best.values(), key=lambda c: (-c.score, c.id))
        if told.number:
            found = [c for c in found if c.id in self._unnumbered]
        same = [c for c in found if c.score == SAME]
        if len(same) == 1 and self._taken.setdefault(same[0].id, own) == own:
            return self.things([Node(same[0].label, same[0].id, {})]).get(same[0].id)
        worth = [c for c in found if c.score >= WORTH_ASKING]
        if len(self.undecided) < _MOST_UNDECIDED:
            self.undecided += [Undecided(line, told.number, name, told.place, c) for c in worth]
        return None


_SHORT_FORMS = {"(株)": "株式会社", "(有)": "有限会社", "(同)": "合同会社", "(資)": "合資会社", "(名)": "合名会社"}
_FORMS = re.compile("|".join(_SHORT_FORMS.values()))


def _full(text: str) -> str:
    """A name with its legal form in full: ㈱甲 is 株式会社甲, but 甲株式会社 is another company."""
    full = unicodedata.normalize("NFKC", text).casefold().replace(" ", "").translate(CHARACTERS)
    for short, form in _SHORT_FORMS.items():
        full = full.replace(short, form)
    return full


def _plain(text: str) -> str:
    """A name without its legal form, made quickly: most names in a national file are like none that is looked for."""
    return _FORMS.sub("", _full(text))


def candidates(name: str, place: str, store: Store, rows: Rows, places: Places) -> list[Candidate]:
    """The companies and institutions of the graph that the name may mean, the likeliest first."""
    found: dict[tuple[str, str], tuple[str, bool]] = {}
    for entry in store.find_names(keys(name)):
        if entry.label in _LABELS and entry.id is not None:
            exact = fold(_full(entry.text)) == fold(_full(name))
            known = found.get((entry.label, entry.id))
            if known is None or (exact and not known[1]):
                found[entry.label, entry.id] = (entry.text, exact)
    scored = []
    for (label, identity), (text, exact) in found.items():
        text_of = f"MATCH (n:{label} {{id: $id}})-[:LOCATED_IN]->(r:Region) RETURN r.id"
        own = [str(row[0]) for row in rows(text_of, id=identity)]
        score = SAME - (0 if exact or _same_core(text, name) else _OTHER_FORM) - _distance(own, place, places)
        scored.append(Candidate(label, identity, text, round(score - (0 if exact else 0.01), 2)))
    return sorted(scored, key=lambda c: (-c.score, c.id))


def _same_core(first: str, second: str) -> bool:
    """Whether one of two names merely lacks its legal form; 株式会社 and 有限会社 of one name are two companies."""
    bare = [text for text in (first, second) if fold(without_legal_form(text)) == fold(text)]
    return bool(bare)


def _distance(own: Iterable[str], place: str, places: Places) -> float:
    known = list(own)
    if not known or not place:
        return _PLACE_UNKNOWN
    return 0.0 if any(places.agree(one, place) for one in known) else _OTHER_PLACE

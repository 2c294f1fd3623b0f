"""A corporation as a row names it enters, the things of the graph that may be it leave, each with a score.

Only a thing of the very same name, present or former, in the same place is taken for the corporation; the rest is for a
person to decide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass

from graph.fold import CHARACTERS, fold, keys, without_legal_form
from graph.merge import State
from graph.records import Node
from graph.spool import NodeKey
from graph.store import Store
from loaders.corporations import id_of
from loaders.decisions import Decisions
from loaders.entries import Corporation, unnumbered_id
from loaders.places import Places

LABELS = ("Company", "Institution")
SAME = 1.0
_OTHER_FORM, _NO_FORM = (0.15, "other legal form"), (0.01, "legal form not written")
SAME_NAME, _SAME_PLACE, OTHER_PLACE = "same name", "same place", "other place"
WHY_SAME = f"{SAME_NAME}, {_SAME_PLACE}"
_PLACE_UNKNOWN, _OTHER_PLACE = (0.2, "place not known"), (0.5, OTHER_PLACE)
# What a name tells less than that of the register does, by the property that it stands in.
_OTHER_WRITING = {"reading": (0.1, "by its reading in kana"), "name_en": (0.1, "by its name in English")}
_WORTH_ASKING = 0.6
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
    """A thing that may be the corporation: 1 is the same name in the same place; `why` are the reasons."""

    label: str
    id: str
    name: str
    score: float
    why: tuple[str, ...] = ()


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
        self,
        store: Store,
        rows: Rows,
        places: Places,
        things: Callable[[list[Node]], dict[str, Known]],
        decisions: Decisions,
    ) -> None:
        self.store, self.rows, self.places, self.things, self.decisions = store, rows, places, things, decisions
        self.undecided: list[Undecided] = []
        # Things that a second corporation is as well, with the first that was taken for them.
        self.contested: dict[NodeKey, NodeKey] = {}
        self._taken: dict[NodeKey, NodeKey] = {}
        self._asked: dict[str, Known | None] = {}
        self._unnumbered: set[str] = set()
        self._written: set[str] = set()
        if places:
            self._read_unnumbered()

    def _read_unnumbered(self) -> None:
        """The few things without a number: by these names alone can a numbered corporation be known already."""
        for label in LABELS:
            text = f"MATCH (n:{label}) WHERE n.corporate_number IS NULL RETURN n.id, n.name, n.aliases"
            for identity, name, aliases in self.rows(text):
                self._unnumbered.add(str(identity))
                self._written.update(_plain(str(t)) for t in (name, *(aliases if isinstance(aliases, list) else [])))

    def of(self, told: Corporation, line: int) -> Known | None:
        """The thing that a corporation is beyond doubt, if the graph has it under another id than its own."""
        name = str(told.properties.get("name", ""))
        own = told.number or unnumbered_id(name, told.place)
        called = [(one, "name") for one in (name, *told.former_names)]
        called += [(str(told.properties[n]), n) for n in _OTHER_WRITING if told.properties.get(n)]
        if told.number and not any(_plain(one) in self._written for one, _ in called):
            return None
        if own not in self._asked:
            self._asked[own] = self._decide(told, called, own, line)
        return self._asked[own]

    def _decide(self, told: Corporation, called: list[tuple[str, str]], own: str, line: int) -> Known | None:
        """`called` are its names, each with the property that it stands in."""
        name, best = called[0][0], dict[str, Candidate]()
        for one, written in called:
            for c in candidates(one, written, told.place, self.store, self.rows, self.places):
                if c.id != own and (c.id not in best or c.score > best[c.id].score):
                    best[c.id] = c
        found = sorted(best.values(), key=lambda c: (-c.score, c.id))
        if told.number:
            found = [c for c in found if c.id in self._unnumbered]
        mine = _key(told, own)
        found = [c for c in found if not self.decisions.are_apart((c.label, c.id), mine)]
        same = [c for c in found if c.score == SAME]
        if len(same) == 1:
            key = (same[0].label, same[0].id)
            first = self._taken.setdefault(key, mine)
            if first == mine:
                return self.things([Node(*key, {})]).get(key[1])
            self.contested[key] = first
        worth = [c for c in found if c.score >= _WORTH_ASKING]
        if len(self.undecided) < _MOST_UNDECIDED:
            self.undecided += [Undecided(line, told.number, name, told.place, c) for c in worth]
        return None


def _key(told: Corporation, own: str) -> NodeKey:
    identity = id_of(told.number) if told.number else own
    return identity.partition("/")[0], identity


_SHORT_FORMS = {"(株)": "株式会社", "(有)": "有限会社", "(同)": "合同会社", "(資)": "合資会社", "(名)": "合名会社"}
_FORMS = re.compile("|".join(_SHORT_FORMS.values()))


def _full(text: str) -> str:
    """A name with its legal form in full: ㈱甲 is 株式会社甲, but 甲株式会社 is another company."""
    full = unicodedata.normalize("NFKC", text).casefold().replace(" ", "").translate(CHARACTERS)
    if "(" in full:
        for short, form in _SHORT_FORMS.items():
            full = full.replace(short, form)
    return full


def _plain(text: str) -> str:
    """A name without its legal form, made quickly: most names in a national file are like none that is looked for."""
    full = _full(text)
    return _FORMS.sub("", full) if "会社" in full else full


def candidates(name: str, written: str, place: str, store: Store, rows: Rows, places: Places) -> list[Candidate]:
    """The companies and institutions of the graph that the name may mean, the likeliest first.

    `written` is the property that the name stands in.
    """
    found: dict[NodeKey, str] = {}
    for entry in store.find_names(keys(name)):
        if entry.label in LABELS and entry.id is not None:
            known = found.get((entry.label, entry.id))
            if known is None or (is_exact(entry.text, name) and not is_exact(known, name)):
                found[entry.label, entry.id] = entry.text
    lying = places_of(found, rows)
    scored = []
    for key, text in found.items():
        score, why = scored_pair(text, name, written, lying.get(key, ()), (place,) if place else (), places)
        scored.append(Candidate(*key, text, score, why))
    return sorted(scored, key=lambda c: (-c.score, c.id))


def places_of(things: Collection[NodeKey], rows: Rows) -> dict[NodeKey, list[str]]:
    """The ids of the regions that each thing lies in."""
    found: dict[NodeKey, list[str]] = {}
    for label in LABELS:
        ids = sorted(identity for at, identity in things if at == label)
        text = f"UNWIND $ids AS id MATCH (n:{label} {{id: id}})-[:LOCATED_IN]->(r:Region) RETURN n.id, r.id"
        for identity, region in rows(text, ids=ids) if ids else ():
            found.setdefault((label, str(identity)), []).append(str(region))
    return found


def scored_pair(
    text: str, name: str, written: str, one: Collection[str], other: Collection[str], places: Places
) -> tuple[float, tuple[str, ...]]:
    """How likely a thing called `text` at the places `one` is the one called `name` at `other`, and the reasons."""
    exact = is_exact(text, name)
    told = [_distance(one, other, places)]
    if written in _OTHER_WRITING:
        told.insert(0, _OTHER_WRITING[written])
    if exact and written not in _OTHER_WRITING:
        told.insert(0, (0.0, SAME_NAME))
    elif not exact:
        told.insert(0, _NO_FORM if _same_core(text, name) else (_OTHER_FORM[0] + _NO_FORM[0], _OTHER_FORM[1]))
    return round(SAME - sum(less for less, _ in told), 2), tuple(reason for _, reason in told)


def is_exact(first: str, second: str) -> bool:
    """Whether two names are the same but for width, old characters and the short form of 株式会社."""
    return fold(_full(first)) == fold(_full(second))


def _same_core(first: str, second: str) -> bool:
    """Whether one of two names merely lacks its legal form; 株式会社 and 有限会社 of one name are two companies."""
    bare = [text for text in (first, second) if fold(without_legal_form(text)) == fold(text)]
    return bool(bare)


def _distance(one: Collection[str], other: Collection[str], places: Places) -> tuple[float, str]:
    if not one or not other:
        return _PLACE_UNKNOWN
    return (0.0, _SAME_PLACE) if any(places.agree(a, b) for a in one for b in other) else _OTHER_PLACE

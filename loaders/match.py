"""A corporation as a row names it enters, the things of the graph that may be it leave, each with a score.

Only a thing of the very same name, present or former, in the same place is taken for the corporation; the rest is for a
person to decide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
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
_Named = dict[NodeKey, tuple[str, list[str]]]
"""Things, each with the name by which it was found and the ids of the regions that it lies in."""


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
        self._known_by: dict[str, _Named] = {}
        if places:
            self._read_unnumbered()

    def _read_unnumbered(self) -> None:
        """The few things without a number: by these names alone can a numbered corporation be known already."""
        for label in LABELS:
            text = f"MATCH (n:{label}) WHERE n.corporate_number IS NULL RETURN n.id, n.name, n.aliases"
            for identity, name, aliases in self.rows(text):
                self._unnumbered.add(str(identity))
                self._written.update(_plain(str(t)) for t in (name, *(aliases if isinstance(aliases, list) else [])))

    def likely(self, corporations: Iterable[Corporation]) -> set[str]:
        """The numbers, or the ids without one, of those corporations whose names the graph may have already."""
        found: set[str] = set()
        own: list[str] = []
        texts: list[str] = []
        for told in corporations:
            if not told.number:
                found.add(_own(told))
                continue
            for text, _ in _called(told):
                own.append(told.number)
                texts.append(text)
        if self._written:
            found.update(one for one, text in zip(own, _all_plain(texts), strict=True) if text in self._written)
        return found

    def of(self, told: Corporation, line: int) -> Known | None:
        """The thing that a `likely` corporation is beyond doubt, if the graph has it under another id than its own."""
        own = _own(told)
        if own not in self._asked:
            self._asked[own] = self._decide(told, own, line)
        return self._asked[own]

    def _decide(self, told: Corporation, own: str, line: int) -> Known | None:
        name, best = str(told.properties.get("name", "")), dict[str, Candidate]()
        for one, written in _called(told):
            for c in _scored(self._named(one, told), one, written, told.place, self.places):
                if c.id != own and (c.id not in best or c.score > best[c.id].score):
                    best[c.id] = c
        found = sorted(best.values(), key=lambda c: (-c.score, c.id))
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

    def _named(self, name: str, told: Corporation) -> _Named:
        """The things that a name may mean; for a corporation with a number only those without, which stay the same."""
        if not told.number:
            return _named(name, self.store, self.rows)
        if name not in self._known_by:
            # A common name is that of hundreds of corporations, which all would be looked up again for each of them.
            self._known_by[name] = _named(name, self.store, self.rows, self._unnumbered)
        return self._known_by[name]


def _own(told: Corporation) -> str:
    return told.number or unnumbered_id(str(told.properties.get("name", "")), told.place)


def _called(told: Corporation) -> list[tuple[str, str]]:
    """The names of a corporation, each with the property that it stands in."""
    stated = told.properties
    names = [(str(stated.get("name", "")), "name"), *((one, "name") for one in told.former_names)]
    return names + [(str(stated[name]), name) for name in _OTHER_WRITING if stated.get(name)]


def _key(told: Corporation, own: str) -> NodeKey:
    identity = id_of(told.number) if told.number else own
    return identity.partition("/")[0], identity


_SHORT_FORMS = {"(株)": "株式会社", "(有)": "有限会社", "(同)": "合同会社", "(資)": "合資会社", "(名)": "合名会社"}
_OTHER_CHARACTER = re.compile(f"[{''.join(map(chr, CHARACTERS))}]")


def _full(text: str) -> str:
    """A name with its legal form in full: ㈱甲 is 株式会社甲, but 甲株式会社 is another company."""
    full = unicodedata.normalize("NFKC", text).casefold().replace(" ", "")
    # Few names have one; to translate each character takes twenty times as long.
    full = _OTHER_CHARACTER.sub(lambda found: CHARACTERS[ord(found[0])], full)
    if "(" in full:
        for short, form in _SHORT_FORMS.items():
            full = full.replace(short, form)
    return full


def _plain(text: str) -> str:
    """A name without its legal form."""
    full = _full(text)
    for form in _SHORT_FORMS.values():
        full = full.replace(form, "")
    return full


def _all_plain(texts: list[str]) -> list[str]:
    """The same of many names at once, in a fifth of the time: most of a national file are like none that is looked for."""
    joined = "\n".join(texts)
    whole = _plain(joined).split("\n") if joined.count("\n") == len(texts) - 1 else []
    return whole if len(whole) == len(texts) else [_plain(text) for text in texts]


def candidates(name: str, written: str, place: str, store: Store, rows: Rows, places: Places) -> list[Candidate]:
    """The companies and institutions of the graph that the name may mean, the likeliest first.

    `written` is the property that the name stands in.
    """
    return _scored(_named(name, store, rows), name, written, place, places)


def _named(name: str, store: Store, rows: Rows, among: Collection[str] | None = None) -> _Named:
    found: dict[NodeKey, str] = {}
    for entry in store.find_names(keys(name)):
        if entry.label in LABELS and entry.id is not None and (among is None or entry.id in among):
            known = found.get((entry.label, entry.id))
            if known is None or (is_exact(entry.text, name) and not is_exact(known, name)):
                found[entry.label, entry.id] = entry.text
    lying = places_of(found, rows)
    return {key: (text, lying.get(key, [])) for key, text in found.items()}


def _scored(named: _Named, name: str, written: str, place: str, places: Places) -> list[Candidate]:
    scored = []
    for key, (text, lying) in named.items():
        score, why = scored_pair(text, name, written, lying, (place,) if place else (), places)
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

"""The graph enters, the pairs of its companies and institutions that may be one leave, each with a score and reasons."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from graph.fold import fold, keys
from graph.schema import Schema
from graph.spool import NodeKey
from graph.store import NameEntry, Store
from loaders.decisions import Decisions
from loaders.match import LABELS, OTHER_PLACE, SAME, SAME_NAME, Rows, is_exact, places_of, scored_pair
from loaders.places import read_places

_SECONDS = 600.0
_NAMES = ("name", "aliases", "former_names", "reading", "name_en")
# A name that so many have tells nothing.
_MOST_NAMESAKES = 2_000
_MOST_OF_ONE = 10
_BATCH = 500
_BRANCHES = ("支店", "支社", "営業所", "出張所", "事業所", "事務所", "工場", "本社", "本店", "支所")
_BRANCH = (0.25, "a branch by its name")
_ONLY_ONE = (0.2, "no other of this name")
_WORTH_LISTING = 0.5
_SHORTEST = 4


def fits(schema: Schema) -> bool:
    """Whether the domain has companies and institutions in places at all."""
    return {*LABELS, "Region"} <= schema.labels.keys()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two things that may be one: `kept` is a thing without a number, `other` one that it may be.

    `sure`: the very same name and place, and nothing else like it.
    """

    kept: NodeKey
    name: str
    other: NodeKey
    other_name: str
    number: str
    place: str
    score: float
    why: tuple[str, ...]
    sure: bool = False


@dataclass(frozen=True, slots=True)
class _Thing:
    key: NodeKey
    name: str
    called: tuple[tuple[str, str], ...]
    number: str = ""


class Finder:
    """Finds pairs for the things without a number, or for some of them."""

    def __init__(self, store: Store, decisions: Decisions) -> None:
        self.store, self.decisions = store, decisions
        self.rows: Rows = partial(_rows, store)
        self.places = read_places(self.rows)

    def any_numbered(self) -> bool:
        """Whether the graph has a corporation with its number, without which nothing can be found."""
        text = "MATCH (n:{}) WHERE n.corporate_number IS NOT NULL RETURN 1 LIMIT 1"
        return any(self.rows(text.format(label)) for label in LABELS)

    def pairs(self, ids: Collection[str] | None = None) -> list[Pair]:
        """The pairs, the likeliest first; those whose thing without a number is among `ids`, or all."""
        found: list[Pair] = []
        things = list(self._unnumbered(ids))
        for at in range(0, len(things), _BATCH):
            found += self._pairs(things[at : at + _BATCH])
        unique: dict[frozenset[NodeKey], Pair] = {}
        for pair in sorted(found, key=lambda p: (-p.score, p.kept, p.other)):
            unique.setdefault(frozenset((pair.kept, pair.other)), pair)
        return _marked(list(unique.values()))

    def _unnumbered(self, ids: Collection[str] | None) -> Iterator[_Thing]:
        fields = ", ".join(f"n.{name}" for name in _NAMES)
        for label in LABELS:
            some = "" if ids is None else "UNWIND $ids AS id "
            own = "" if ids is None else " {id: id}"
            text = f"{some}MATCH (n:{label}{own}) WHERE n.corporate_number IS NULL RETURN n.id, {fields}"
            for identity, *values in self.rows(text, ids=sorted(ids or ())):
                yield _thing((label, str(identity)), values)

    def _pairs(self, things: list[_Thing]) -> Iterator[Pair]:
        wanted = {key for thing in things for text, written in thing.called for key in _keys(text, written)}
        entries: dict[str, list[NameEntry]] = {}
        for entry in self.store.find_names(wanted):
            if entry.label in LABELS and entry.id is not None and entry.property in _NAMES:
                entries.setdefault(entry.key, []).append(entry)
        near = {thing.key: self._near(thing, entries) for thing in things}
        others = {key for found in near.values() for key in found}
        lying = places_of({*others, *near}, self.rows)
        known = self._known(others)
        for thing in things:
            scored = []
            for key, (text, name, written, branch) in near[thing.key].items():
                other = known.get(key)
                if other is None or self.decisions.are_apart(thing.key, key):
                    continue
                here, there = lying.get(thing.key, ()), lying.get(key, ())
                score, why = scored_pair(text, name, written, here, here if branch else there, self.places)
                if branch:
                    score, why = round(score - _BRANCH[0], 2), (_BRANCH[1], *why[:-1])
                place = ", ".join(region.partition("/")[2] for region in there)
                scored.append(
                    Pair(thing.key, thing.name, key, other.name, other.number, place, score, why, score == SAME)
                )
            worth = [pair for pair in _alone(scored) if pair.score >= _WORTH_LISTING]
            yield from sorted(worth, key=lambda p: (-p.score, p.other))[:_MOST_OF_ONE]

    def _near(self, thing: _Thing, entries: dict[str, list[NameEntry]]) -> dict[NodeKey, tuple[str, str, str, bool]]:
        """The things called like this one: by which of their names, by which of its own, how written, as a branch."""
        found: dict[NodeKey, tuple[str, str, str, bool]] = {}
        for text, written in thing.called:
            for key in _keys(text, written):
                listed = entries.get(key, [])
                if len(listed) > _MOST_NAMESAKES:
                    continue
                for entry in listed:
                    at = (entry.label, str(entry.id))
                    branch = key not in keys(text)
                    way = entry.property if entry.property in ("reading", "name_en") else written
                    better = at not in found or (is_exact(entry.text, text) and not is_exact(*found[at][:2]))
                    if at != thing.key and better and not (branch and at in found):
                        found[at] = (entry.text, _cut(text, key) if branch else text, way, branch)
        return found

    def _known(self, keyed: Iterable[NodeKey]) -> dict[NodeKey, _Thing]:
        found = {}
        wanted = list(keyed)
        for label in LABELS:
            ids = sorted(identity for at, identity in wanted if at == label)
            text = f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) RETURN n.id, n.name, n.corporate_number"
            for identity, name, number in self.rows(text, ids=ids) if ids else ():
                key = (label, str(identity))
                found[key] = _Thing(key, str(name), (), str(number or ""))
        return found


def _thing(key: NodeKey, values: list[object]) -> _Thing:
    called: dict[tuple[str, str], None] = {}
    for written, value in zip(_NAMES, values, strict=True):
        for text in value if isinstance(value, list) else [value]:
            if text:
                called[str(text), written if written in ("reading", "name_en") else "name"] = None
    return _Thing(key, str(values[0] or key[1]), tuple(called))


def _keys(text: str, written: str) -> list[str]:
    """The keys that a name is looked for under: its own, and those of the company that it may be a branch of."""
    own = sorted(keys(text))
    if written != "name" or not text.endswith(_BRANCHES):
        return own
    folded = fold(text)
    return [*own, *(folded[:at] for at in range(len(folded) - 2, _SHORTEST - 1, -1))]


def _cut(text: str, key: str) -> str:
    """The beginning of a name that folds to the key."""
    return next((text[:at] for at in range(1, len(text)) if fold(text[:at]) == key), text)


def _alone(found: list[Pair]) -> list[Pair]:
    """The pairs of one thing; a name that only one has tells more than the place, which may be that of a plant."""
    namesakes = [pair for pair in found if SAME_NAME in pair.why]
    if len(namesakes) != 1 or OTHER_PLACE not in namesakes[0].why:
        return found
    only = namesakes[0]
    better = replace(only, score=round(only.score + _ONLY_ONE[0], 2), why=(*only.why, _ONLY_ONE[1]))
    return [better if pair is only else pair for pair in found]


def _marked(found: list[Pair]) -> list[Pair]:
    """Only what has no rival on either side is sure."""
    sides: dict[NodeKey, int] = {}
    for pair in found:
        if pair.sure:
            sides[pair.kept] = sides.get(pair.kept, 0) + 1
            sides[pair.other] = sides.get(pair.other, 0) + 1
    return [replace(p, sure=p.sure and sides[p.kept] == sides[p.other] == 1) for p in found]


def _rows(store: Store, text: str, **parameters: object) -> list[list[object]]:
    return store.read(text, parameters, seconds=_SECONDS, guarded=False).rows

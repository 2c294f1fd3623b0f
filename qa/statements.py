"""The words of a question enter, the stored statements whose words account for all of them leave.

Figures, findings and policies have no names that people type; they are found by what they say. A statement fits when
the question's things and numbers, and by weight most of its other words, stand in it or name what it is about.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graph.fold import fold, normalise, stem
from graph.schema import Schema
from qa.lexicon import soft_words
from qa.light import is_light
from qa.literals import literal_keys
from qa.segment import Token

_LATIN = re.compile(r"[a-z]+|\d+(?:\.\d+)?")
# What a word counts in the name of a statement, through a thing it is about, and in its text.
IN_NAME, ABOUT, IN_TEXT, IN_PIECES = 1.0, 0.9, 0.6, 0.4
LIKE = 0.8
# What a word that only frames the matter weighs beside one that names it.
SOFT_WEIGHT = 0.35
# Statements this near to the best one are told with it; those below this share of the question are no answer.
NEAR = 0.15
NEARLY, ENOUGH, WHOLLY = 0.45, 0.7, 0.9
# How alike (0-100) a name must be to be taken for what was typed, and how long.
ALIKE_SPELLING, SHORTEST_SPELLING = 84, 5
# How much of a name its describing words must make up, to be taken for it.
ONE_WORD, ONE_LATIN_WORD, MORE_WORDS = 0.5, 0.8, 0.4
MOST = 8


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing with the folded text of its names, of all it says, its English words, and the things around it.

    `tells` says that it is a statement, so that a thing it is about counts as a word of it.
    """

    id: str
    label: str
    name: str
    text: str
    words: frozenset[str]
    about: frozenset[str]
    name_words: frozenset[str]
    value: float | None
    unit: str
    tells: bool
    fields: tuple[tuple[str, str], ...]

    @property
    def tells_number(self) -> bool:
        """Whether it holds a figure at all."""
        return self.value is not None or any(c.isdigit() for c in self.text)


@dataclass(frozen=True, slots=True)
class Word:
    """One content word of a question: its key, ways to say the same, and the things it names.

    `hard` words say what is asked; `firm` ones among them (things, years, numbers) must fit.
    """

    key: str
    surface: str
    same: frozenset[str]
    ids: frozenset[str]
    hard: bool
    firm: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A statement that fits, how well, and the share of the question's words that it holds, by weight."""

    statement: Statement
    score: float
    share: float


def make_statement(label: str, properties: dict[str, Any], about: Iterable[str], schema: Schema) -> Statement:
    """Index one thing by its own texts."""
    names: list[str] = []
    texts: list[str] = []
    known = schema.properties(label)
    for name, value in properties.items():
        if name == "sources" or name == "id":
            continue
        values = value if isinstance(value, list) else [value]
        prop = known.get(name)
        into = names if (prop is not None and prop.find_by == "name") or name == "keywords" else texts
        for one in values:
            if prop is not None and str(one) in prop.values:
                into += [*prop.values[str(one)].ja, *prop.values[str(one)].en]
            else:
                into.append(str(one))
    literals = frozenset(key for text in (*names, *texts) for key in literal_keys(text))
    texts += [key for key in literals if key.isdigit()]
    joined = normalise(" ".join((*names, *texts)))
    value, unit = properties.get("value"), str(properties.get("unit") or "")
    money = next((n for n, p in known.items() if p.type == "money" and isinstance(properties.get(n), (int, float))), None)
    if value is None and money:
        value, unit = properties[money], "円"
    return Statement(
        id=str(properties["id"]),
        label=label,
        name="\n".join(fold(n) for n in names),
        text="\n".join(fold(t) for t in texts),
        words=frozenset(stem(w) for w in _LATIN.findall(joined)) | literals,
        about=frozenset(about),
        name_words=frozenset(stem(w) for w in _LATIN.findall(normalise(" ".join(names)))),
        value=float(value) if isinstance(value, (int, float)) else None,
        unit=unit,
        tells=schema.labels[label].summary is not None,
        fields=tuple(
            (n, str(v))
            for n, v in properties.items()
            if n in known and known[n].type == "string" and not known[n].find_by
        ),
    )


def question_words(
    tokens: Sequence[Token], same: dict[str, frozenset[str]], general: frozenset[str] = frozenset()
) -> list[Word]:
    """The content words of a question.

    `same` gives the folded words of each schema element by its sense key; `general` are properties that everything
    has (its description), whose words ask for no certain text.
    """
    soft = soft_words()
    found: list[Word] = []
    for at, token in enumerate(tokens):
        kinds = {s.kind for s in token.senses}
        if kinds & {"ignore", "ask", "operator", "scale", "comparator"} and "entity" not in kinds:
            continue
        key = fold(token.text)
        if "literal" in kinds:
            key = next(iter(sorted(literal_keys(token.text), key=len, reverse=True)), key)
        ids = frozenset(s.value for s in token.senses if s.kind == "entity")
        others = frozenset[str]().union(
            *(same.get(f"{s.kind}:{s.label}:{s.name}:{s.value}", frozenset()) for s in token.senses)
        )
        if kinds and all(
            (s.kind == "property" and s.name in general) or s.kind in ("label", "relation") for s in token.senses
        ):
            kinds = {"label"} if "relation" not in kinds else kinds
        hard = bool(kinds & {"entity", "value", "number", "literal", "property", "relation"}) or (
            not kinds and not is_light(tokens, at)
        )
        hard = hard and key not in soft
        firm = bool(kinds & {"entity", "number", "literal"})
        found.append(Word(key, token.text, others, ids, hard, firm))
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """What kind of figure a question asks for: its unit (何社 → 社), a share, the largest or smallest."""

    unit: str = ""
    share: bool = False
    quantity: bool = False
    extreme: str = ""


def wanted_figure(tokens: Sequence[Token]) -> Wanted:
    """Read from the ask words and operators which figure is meant."""
    unit, asks, extreme = "", set(), ""
    for token in tokens:
        for sense in token.senses:
            if sense.kind == "ask":
                asks.add(sense.name)
                if sense.name == "how_many" and token.text.startswith("何") and len(token.text) > 1:
                    unit = token.text[1:]
            elif sense.kind == "operator" and sense.name in ("max", "min"):
                extreme = sense.name
    return Wanted(unit, "share" in asks, bool(asks & {"share", "how_many", "how_much"}), extreme)


class Statements:
    """All statements of a graph, in memory: their number is that of sentences in documents, not of companies."""

    def __init__(self, statements: Iterable[Statement], synonyms: dict[str, frozenset[str]] | None = None) -> None:
        self.all = tuple(statements)
        self.synonyms = synonyms or {}
        self._about: dict[str, set[int]] = defaultdict(set)
        self._latin: dict[str, set[int]] = defaultdict(set)
        for at, statement in enumerate(self.all):
            for word in statement.words:
                self._latin[word].add(at)
            if statement.tells:
                for identity in statement.about:
                    self._about[identity].add(at)
        self._places = {statement.id: at for at, statement in enumerate(self.all)}
        self._spellings: dict[str, set[int]] = defaultdict(set)
        self._fits = lru_cache(maxsize=4096)(self._where)

    def search(self, words: Sequence[Word], wanted: Wanted = Wanted(), most: int = MOST) -> list[Hit]:
        """The statements that fit best, best first; only those that hold most of what the question says."""
        if not any(w.hard for w in words):
            return []
        places = [self._fits(w) for w in words]
        weights = [self._weight(w, p) for w, p in zip(words, places, strict=True)]
        everything = sum(weights)
        firm = [p for w, p in zip(words, places, strict=True) if w.firm]
        found = set[int]().union(*places)
        for place in firm:
            found &= place.keys()
        hits: list[Hit] = []
        for at in found:
            covered = sum(weight for weight, place in zip(weights, places, strict=True) if at in place)
            share = covered / everything
            statement = self.all[at]
            if share < (NEARLY if statement.tells else WHOLLY):
                continue
            score = sum(weight * place.get(at, 0.0) for weight, place in zip(weights, places, strict=True)) / everything
            score += _suits(statement, wanted) - (0.0 if statement.tells else 0.1)
            score -= 0.002 * min(len(n) for n in statement.name.split("\n"))
            hits.append(Hit(statement, score, share))
        hits.sort(key=lambda h: -h.score)
        return _extreme([h for h in hits if h.score >= hits[0].score - NEAR], wanted)[:most]

    def _weight(self, word: Word, place: dict[int, float]) -> float:
        """Rare words say more; what the question merely frames its matter with says little."""
        rarity = math.log((len(self.all) + 1) / (len(place) + 0.5)) / math.log(len(self.all) + 2)
        return max(0.15, rarity) * (1.0 if word.hard else SOFT_WEIGHT)

    def _where(self, word: Word) -> dict[int, float]:
        """The statements that a word fits, and how well."""
        found: dict[int, float] = {}

        def note(at: int, gain: float) -> None:
            found[at] = max(gain, found.get(at, 0.0))

        for identity in word.ids:
            for at in self._about.get(identity, ()):
                note(at, ABOUT)
            if identity in self._places:
                note(self._places[identity], IN_NAME)
        own = {word.key, *word.same}
        for key in own | {s for k in own for s in self.synonyms.get(k, ())}:
            discount = 1.0 if key in own else LIKE
            if key.isascii():
                self._note_latin(key, discount, note)
            else:
                for at, statement in enumerate(self.all):
                    if key in statement.name:
                        note(at, IN_NAME * discount)
                    elif key in statement.text:
                        note(at, IN_TEXT * discount)
        if not found and len(word.key) >= 4 and not word.key.isascii():
            for at, statement in enumerate(self.all):
                if _in_pieces(word.key, f"{statement.name}\n{statement.text}"):
                    note(at, IN_PIECES)
        return found

    def _note_latin(self, key: str, discount: float, note: Callable[[int, float], None]) -> None:
        places = set(self._latin.get(key, ()))
        if not places and len(key) >= 5 and key.isalpha():
            root = key[: max(4, len(key) - 3)]
            alike = [w for w in self._latin if w.startswith(root) and abs(len(w) - len(key)) <= 4]
            places = set[int]().union(*(self._latin[w] for w in alike))
            discount *= LIKE
        for at in places:
            note(at, (IN_NAME if key in self.all[at].name_words else IN_TEXT) * discount)
        if len(key) >= 9:  # several English words folded into one key
            for at, statement in enumerate(self.all):
                if key in statement.name:
                    note(at, IN_NAME * discount)
                elif key in statement.text:
                    note(at, IN_TEXT * discount)

    def values_with(self, text: str, labels: frozenset[str]) -> dict[tuple[str, str], str]:
        """The short text properties, by (label, property), in which `text` stands, and how it is written there."""
        wanted = text.casefold()
        found: dict[tuple[str, str], str] = {}
        for statement in self.all:
            for name, value in statement.fields if statement.label in labels else ():
                at = value.casefold().find(wanted)
                if at >= 0:
                    found.setdefault((statement.label, name), value[at : at + len(text)])
        return found

    def spelt_like(self, key: str, stated: frozenset[str]) -> list[Statement]:
        """The thing whose name is nearest to `key` in spelling; nothing when none or several are near."""
        from rapidfuzz import fuzz, process

        names = self._names(stated)
        near = process.extract(key, names.keys(), scorer=fuzz.ratio, score_cutoff=ALIKE_SPELLING, limit=4)
        things = {at for name, _, _ in near for at in names[name]}
        if not near or len(things) != 1:
            return []
        return [self.all[at] for at in things]

    def _names(self, stated: frozenset[str]) -> dict[str, set[int]]:
        if not self._spellings:
            for at, statement in enumerate(self.all):
                for name in statement.name.split("\n") if statement.label not in stated else ():
                    if len(name) >= SHORTEST_SPELLING:
                        self._spellings[name].add(at)
        return self._spellings

    def named(self, words: Sequence[Word], stated: frozenset[str]) -> list[Statement]:
        """The things, other than statements, in one of whose names every word stands and which the words make up."""
        length = sum(len(w.key) for w in words)
        share = MORE_WORDS if len(words) > 1 else (ONE_LATIN_WORD if words[0].key.isascii() else ONE_WORD)
        found = []
        for statement in self.all:
            if statement.label in stated or not all(_in_name(w, statement) for w in words):
                continue
            lines = [n for n in statement.name.split("\n") if all(w.key in n for w in words)]
            if any(length >= share * len(line) for line in lines):
                found.append(statement)
        return found


def _in_name(word: Word, statement: Statement) -> bool:
    if word.key.isascii():
        return word.key in statement.name_words or (len(word.key) >= 7 and word.key in statement.name)
    return word.key in statement.name


def _suits(statement: Statement, wanted: Wanted) -> float:
    """What a statement gains by being the kind of figure that is asked for."""
    if not wanted.quantity:
        return 0.0
    if statement.value is None:
        return 0.0
    gain = 0.15
    if wanted.unit and statement.unit and (statement.unit in wanted.unit or wanted.unit in statement.unit):
        gain += 0.15
    if wanted.share and statement.unit in ("%", "割", "％", "倍"):
        gain += 0.15
    return gain


def _extreme(hits: list[Hit], wanted: Wanted) -> list[Hit]:
    """Of figures in one unit, the largest or smallest when that is asked."""
    figures = [h for h in hits if h.statement.value is not None]
    units = {h.statement.unit for h in figures}
    if not wanted.extreme:
        return hits
    if len(figures) < 2 or len(units) != 1:
        return []  # nothing to compare
    values = [h.statement.value or 0.0 for h in figures]
    best = max(values) if wanted.extreme == "max" else min(values)
    return [h for h in figures if h.statement.value == best]


def _in_pieces(key: str, text: str) -> bool:
    """Whether a compound stands in the text in parts of at least two characters."""
    reach = [True] + [False] * len(key)
    for end in range(2, len(key) + 1):
        reach[end] = any(reach[start] and key[start:end] in text for start in range(end - 1))
    return len(key) >= 4 and reach[len(key)]

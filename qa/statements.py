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

from qa.grams import Grams
from qa.lexicon import extreme_words, whole_words
from qa.statement import SHARES, Statement, counted
from qa.text import script
from qa.wanted import NOTHING_CERTAIN, Wanted, Word

# What a word counts in the name of a statement, through a thing it is about, and in its text.
IN_NAME, ABOUT, IN_TEXT, IN_PIECES = 1.0, 0.9, 0.6, 0.4
# What a word counts by which people ask for a statement that does not say it itself.
ASKED = 0.45
SAME, LIKE = 0.95, 0.8
# What a word that only frames the matter weighs beside one that names it.
SOFT_WEIGHT = 0.35
# Statements this near to the best one are told with it; those below this share of the question are no answer.
NEAR = 0.15
NEARLY, ENOUGH, WHOLLY = 0.45, 0.7, 0.9
# How alike (0-100) a name must be to be taken for what was typed, and how long.
ALIKE_SPELLING, SHORTEST_SPELLING = 84, 4
# How much of a name its describing words must make up, to be taken for it.
ONE_WORD, ONE_LATIN_WORD, MORE_WORDS = 0.5, 0.8, 0.5
MOST = 8
# A name of fewer letters stands in others by chance.
SHORTEST_NAME = 3
# A run of numbers, "18-34": a statement holds both ends.
_RUN = re.compile(r"(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class Hit:
    """A statement that fits, how well, the share of the question's words that it holds, by weight, and which words."""

    statement: Statement
    score: float
    share: float
    matched: frozenset[int] = frozenset()


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
        self._grams = Grams(f"{statement.name}\n{statement.text}" for statement in self.all)
        self._asked = Grams(statement.asked for statement in self.all)
        self._asked_words: dict[str, set[int]] = defaultdict(set)
        for at, statement in enumerate(self.all):
            for word in statement.asked_words:
                self._asked_words[word].add(at)
        self._fits = lru_cache(maxsize=4096)(self._where)

    def knows(self, stem_of: str) -> bool:
        """Whether an English word, as its stem, stands in any statement."""
        return stem_of in self._latin or stem_of in self._asked_words

    def search(
        self, words: Sequence[Word], wanted: Wanted = NOTHING_CERTAIN, most: int = MOST, *, dated: bool = False
    ) -> list[Hit]:
        """The statements that fit best, best first; only those that hold most of what the question says.

        `dated`: among those that have a date.
        """
        if not any(w.hard for w in words):
            return []
        places = [self._fits(w) for w in words]
        if any(w.hard and not p for w, p in zip(words, places, strict=True)):
            return []  # what it asks about is nowhere
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
            if dated and not statement.dated:
                continue
            if share < (NEARLY if statement.tells else WHOLLY):
                continue
            score = sum(weight * place.get(at, 0.0) for weight, place in zip(weights, places, strict=True)) / everything
            score += _suits(statement, wanted) - (0.0 if statement.tells else 0.1)
            score -= 0.002 * min(len(n) for n in statement.name.split("\n"))
            matched = frozenset(i for i, place in enumerate(places) if at in place)
            hits.append(Hit(statement, score, share, matched))
        hits.sort(key=lambda h: -h.score)
        series = _one_series(hits, frozenset(i for i, w in enumerate(words) if w.hard)) if wanted.series else []
        # A total may be stated itself; what is greatest of one figure cannot be said.
        stated = [h for h in hits if h.score >= hits[0].score - NEAR and _of_the_whole(h.statement)] if hits else []
        if wanted.total and stated and not wanted.top:
            return stated[:most]
        if wanted.extreme:
            told = [h for h in hits if h.share >= ENOUGH and says_extreme(h.statement, wanted)]
            best = max((h.share for h in series), default=0.0)
            text = not wanted.quantity and all(h.statement.value is None for h in told)
            surer = max((h.share for h in told), default=0.0) - best
            if told and (len(series) < 2 or surer > 0 or (text and surer == 0)):
                return [h for h in told if h.score >= told[0].score - NEAR][:most]
        if len(series) > 1 or (wanted.series and not wanted.total):
            return _ordered(series, wanted)
        return [h for h in hits if h.score >= hits[0].score - NEAR][:most]

    def names(self, statement: Statement, word: Word) -> bool:
        """Whether a word as it is stands in a statement's name, or is what the statement is about."""
        if word.ids:
            return bool(word.ids & (statement.about | {statement.id}))
        return word.key in (statement.name_words if word.key.isascii() else statement.name)

    def of_ids(self, ids: Iterable[str]) -> list[Statement]:
        """The statements with these ids, in their order."""
        return [self.all[self._places[identity]] for identity in ids if identity in self._places]

    def named_for(self, statement: Statement, identity: str) -> bool:
        """Whether a name of a thing stands in the name of a statement, which else may only come from it."""
        place = self._places.get(identity)
        names = self.all[place].name.split("\n") if place is not None else []
        return any(len(name) >= SHORTEST_NAME and name in statement.name for name in names)

    def told_of(self, identity: str, key: str) -> bool:
        """Whether a word stands in what a thing's own properties tell."""
        place = self._places.get(identity)
        if place is None or len(key) < 2:
            return False
        return key in self.all[place].words if key.isascii() else key in self.all[place].text

    def says(self, statement: Statement, word: Word) -> bool:
        """Whether a word itself, or one that means the same, stands in a statement."""
        for key in (word.key, *self.synonyms.get(word.key, ())):
            if key in statement.words or (len(key) > 1 and (key in statement.name or key in statement.text)):
                return True
        return False

    def nowhere(self, words: Iterable[str]) -> list[str]:
        """Those of the words that stand in no statement and in no name, nor anything that means the same."""
        return [w for w in words if not self._fits(Word.of(w))]

    def _weight(self, word: Word, place: dict[int, float]) -> float:
        """Rare words say more; what the question merely frames its matter with says little, and nothing where it is nowhere."""
        if not (word.hard or place):
            return 0.0
        said = sum(gain > ASKED for gain in place.values()) or len(place)
        rarity = math.log((len(self.all) + 1) / (said + 0.5)) / math.log(len(self.all) + 2)
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
            discount = 1.0 if key == word.key else (SAME if key in own else LIKE)
            if key.isascii():
                self._note_latin(key, discount, note, typed=key == word.key)
            else:
                self._note_inside(key, discount, note)
        for key in own | {s for k in own for s in self.synonyms.get(k, ())}:
            for at in self._asked_words.get(key, ()) if key.isascii() else self._asked.holding(key):
                note(at, ASKED * (1.0 if key in own else LIKE))
        if not found and len(word.key) >= 4 and not word.key.isascii():
            for at, statement in enumerate(self.all):
                if _in_pieces(word.key, f"{statement.name}\n{statement.text}"):
                    note(at, IN_PIECES)
        return found

    def _note_latin(self, key: str, discount: float, note: Callable[[int, float], None], typed: bool) -> None:
        places = set(self._latin.get(key, ()))
        if (ends := _RUN.fullmatch(key)) is not None:
            places = self._latin.get(ends[1], set()) & self._latin.get(ends[2], set())
        if not places and typed and len(key) >= 6 and key.isalpha():
            root = key[: max(5, len(key) - 3)]
            alike = [w for w in self._latin if w.startswith(root) and abs(len(w) - len(key)) <= 4]
            places = set[int]().union(*(self._latin[w] for w in alike))
            discount *= LIKE
        for at in places:
            note(at, (IN_NAME if key in self.all[at].name_words else IN_TEXT) * discount)
        if len(key) >= 9:  # several English words folded into one key
            self._note_inside(key, discount, note)

    def _note_inside(self, key: str, discount: float, note: Callable[[int, float], None]) -> None:
        for at in self._grams.holding(key):
            note(at, (IN_NAME if key in self.all[at].name else IN_TEXT) * discount)

    def values_with(self, text: str, labels: frozenset[str]) -> dict[tuple[str, str], str]:
        """The short text properties, by (label, property), in which `text` stands, and how it is written there."""
        wanted = text.casefold()
        found: dict[tuple[str, str], str] = {}
        for statement in self.all:
            for name, value in statement.fields if statement.label in labels else ():
                at = value.casefold().find(wanted)
                whole = not text.isascii() or re.search(rf"\b{re.escape(wanted)}\b", value.casefold())
                if at >= 0 and whole:
                    found.setdefault((statement.label, name), value[at : at + len(text)])
        return found

    def spelt_like(self, key: str, stated: frozenset[str]) -> list[Statement]:
        """The thing whose name is nearest to `key` in spelling; nothing when none or several are near."""
        from rapidfuzz import fuzz, process

        names = self._names(stated)
        # One wrong character of a name in kanji is a quarter of it.
        kanji = len(key) == 4 and all(script(c) == "kanji" for c in key)
        cutoff = 75 if kanji else ALIKE_SPELLING
        near = process.extract(key, names.keys(), scorer=fuzz.ratio, score_cutoff=cutoff, limit=4)
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

    def _naming(self, word: Word) -> set[int]:
        """The places of the statements in whose names a word may stand."""
        inside = set(self._grams.holding(word.key)) if not word.key.isascii() or len(word.key) >= 7 else set()
        return inside | self._latin.get(word.key, set()) if word.key.isascii() else inside

    def named(self, words: Sequence[Word], stated: frozenset[str]) -> list[Statement]:
        """The things, other than statements, in one of whose names every word stands and which the words make up."""
        length = sum(len(w.key) for w in words)
        share = MORE_WORDS if len(words) > 1 else (ONE_LATIN_WORD if words[0].key.isascii() else ONE_WORD)
        found = []
        for statement in (self.all[at] for at in sorted(self._naming(words[0]))):
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
    if wanted.unit and (statement.unit in wanted.unit or counted(statement.unit) == counted(wanted.unit) != ""):
        gain += 0.15
    if wanted.share and statement.unit in SHARES:
        gain += 0.15
    return gain


def _one_series(hits: Sequence[Hit], hard: frozenset[int]) -> list[Hit]:
    """The figures that measure the same as the best one, of other things or years: the same words lead to them.

    The figure of the whole is none of its parts.
    """
    parts = [h for h in hits if h.statement.value is not None and not _of_the_whole(h.statement)]
    if not parts:
        return []
    best = parts[0]
    return [
        h
        for h in parts
        if h.matched & hard == best.matched & hard
        and (h.statement.label, h.statement.unit) == (best.statement.label, best.statement.unit)
    ]


def _of_the_whole(statement: Statement) -> bool:
    return bool(whole_words() & statement.name_words) or any(
        word in statement.name for word in whole_words() if not word.isascii()
    )


def says_extreme(statement: Statement, wanted: Wanted) -> bool:
    """Whether a text itself says what is greatest: 「最大の課題」, "named most often"; a figure, in its name."""
    figure = wanted.quantity or statement.value is not None
    text = statement.name if figure else f"{statement.name}\n{statement.text}"
    words = statement.name_words if figure else statement.words
    return any(w in words if w.isascii() else w in text for w in extreme_words(wanted.extreme))


def _ordered(hits: list[Hit], wanted: Wanted) -> list[Hit]:
    """The figures of one series that a question wants: those within its bounds, the greatest first, so many of them."""
    kept = [h for h in hits if all(_within(h.statement.value or 0.0, c, bound) for c, bound in wanted.bounds)]
    if len(hits) < 2:
        return []  # nothing to compare
    if wanted.extreme or wanted.top:
        kept.sort(key=lambda h: (h.statement.value or 0.0) * (1 if wanted.extreme == "min" else -1))
    if wanted.top:
        return kept[: wanted.top]
    if wanted.extreme:
        return [h for h in kept if h.statement.value == kept[0].statement.value]
    return kept


def _within(value: float, comparison: str, bound: float) -> bool:
    return {">": value > bound, ">=": value >= bound, "<": value < bound, "<=": value <= bound}[comparison]


def _in_pieces(key: str, text: str) -> bool:
    """Whether a compound stands in the text in parts of at least two characters."""
    reach = [True] + [False] * len(key)
    for end in range(2, len(key) + 1):
        reach[end] = any(reach[start] and key[start:end] in text for start in range(end - 1))
    return len(key) >= 4 and reach[len(key)]

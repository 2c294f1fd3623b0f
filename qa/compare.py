"""The words of a question that sets two figures against each other enter, the two stated figures leave.

Two figures are compared when each is found by the words of the question without the other's: "the limit of the regular
track" and "the limit of the investment track". They must measure the same, so their units must agree.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa.format import format_money, format_number, say
from qa.segment import Token
from qa.statement import Statement
from qa.statements import ENOUGH, Hit, Statements
from qa.wanted import Wanted, Word

LONGEST_RUN = 3
MOST_WORDS = 11
# What two words of one kind (two companies, two years) are worth over two that merely stand side by side.
ALIKE = 0.3
# How the question compares; the first that is found decides.
CUES = ("total", "times", "difference", "less", "more", "versus")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two figures in one unit and how they are to be compared; the first is the one the question names first."""

    first: Hit
    second: Hit
    cue: str

    @property
    def values(self) -> tuple[float, float]:
        """Both figures."""
        return self.first.statement.value or 0.0, self.second.statement.value or 0.0


def cue_of(tokens: Sequence[Token]) -> str:
    """Which comparison the words ask for; empty where they ask for none."""
    found = {s.name for t in tokens for s in t.senses if s.kind == "compare"}
    if any(s.kind == "operator" and s.name == "sum" for t in tokens for s in t.senses):
        return "total"
    if any(s.kind == "operator" and s.name in ("max", "min") for t in tokens for s in t.senses):
        found -= {"less", "more"}  # 「いちばん多く」 sets no two against each other
    return next((cue for cue in CUES if cue in found), "")


def compare(words: Sequence[Word], cue: str, statements: Statements) -> Comparison | None:
    """The two figures that the words set against each other; None when there are no two that fit."""
    if not 2 <= len(words) <= MOST_WORDS:
        return None
    best: tuple[float, Comparison] | None = None
    # A total of many things is no sum of two, unless two are named.
    for one, two in _runs(words, strict=cue == "total"):
        around = [i for i in range(len(words)) if i not in one and i not in two]
        pair = _pair(_figures(words, two, one, statements), _figures(words, one, two, statements), around)
        if pair is None:
            continue
        first, second = pair
        fit = min(first.share, second.share) + 0.1 * (first.score + second.score) - 0.02 * (len(one) + len(two))
        fit += ALIKE if len(one) == len(two) == 1 and _alike(words[one.start], words[two.start]) else 0.0
        if best is None or fit > best[0]:
            best = fit, Comparison(first, second, cue)
    return best[1] if best else None


def _pair(firsts: Sequence[Hit], seconds: Sequence[Hit], around: Sequence[int]) -> tuple[Hit, Hit] | None:
    """The best two that measure the same: both hold the same of the words around the two things."""
    for first, second in itertools.product(firsts, seconds):
        one, two = first.statement, second.statement
        alike = all((i in first.matched) == (i in second.matched) for i in around)
        if alike and one.id != two.id and one.unit == two.unit and one.label == two.label:
            return first, second
    return None


def _runs(words: Sequence[Word], strict: bool) -> Iterator[tuple[range, range]]:
    """Pairs of runs of words that may name the two things: both of one kind, or (unless `strict`) side by side."""
    runs = [range(i, j) for i in range(len(words)) for j in range(i + 1, min(len(words), i + LONGEST_RUN) + 1)]
    for one, two in itertools.combinations(runs, 2):
        if one.stop > two.start:
            continue
        alike = len(one) == len(two) == 1 and _alike(words[one.start], words[two.start])
        beside = not strict and two.start - one.stop <= 1 and len(one) + len(two) <= 4
        if alike or beside:
            yield one, two


def _alike(one: Word, two: Word) -> bool:
    return bool(one.classes & two.classes)


def _figures(words: Sequence[Word], without: range, holding: range, statements: Statements) -> list[Hit]:
    """The figures for the words outside of `without` that hold all of `holding` and do not name the others."""
    kept = [i for i in range(len(words)) if i not in without]
    wanted = {at for at, i in enumerate(kept) if i in holding}
    other = [words[i] for i in without]
    return [
        replace(hit, matched=frozenset(kept[at] for at in hit.matched))
        for hit in statements.search([words[i] for i in kept], Wanted(quantity=True))
        if hit.statement.value is not None
        and hit.share >= ENOUGH
        and wanted <= hit.matched
        and not all(statements.names(hit.statement, word) for word in other)
    ]


def word_comparison(found: Comparison, names: tuple[str, str], language: str) -> str:
    """Which is greater, by how much and how many times, from the two stated figures only."""
    one, two = found.values
    first, second = found.first.statement, found.second.statement
    greater = names[0] if one >= two else names[1]
    if one == two:
        return say(language, "same_figures")
    low, high = sorted((one, two))
    lines = say(language, "greater", name=greater, difference=_amount(high - low, first, language))
    if low > 0:
        lines += say(language, "ratio", ratio=format_number(round(high / low, 2)))
    if second.unit == "円" or first.unit != "%":
        lines += say(language, "both_together", total=_amount(one + two, first, language))
    return lines


def _amount(value: float, statement: Statement, language: str) -> str:
    if statement.unit == "円":
        return format_money(value, language)
    return format_number(round(value, 4)) + statement.unit.replace("%", "ポイント" if language == "ja" else " points")

"""The words of a question that sets two figures or dates against each other enter, the two that are stated leave.

Two figures are compared when each is found by the words of the question without the other's: "the limit of the regular
track" and "the limit of the investment track". They must measure the same, so their units must agree; two dates must be
of the same kind, "certified" or "started". What one figure makes for each of what another counts is told of one thing.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa.format import format_money, format_number, say
from qa.segment import Token
from qa.statement import SHARES, Statement, counted
from qa.statements import ENOUGH, Hit, Statements
from qa.wanted import Wanted, Word

LONGEST_RUN = 3
MOST_WORDS = 11
# What two words of one kind (two companies, two years) are worth over two that merely stand side by side.
ALIKE = 0.3
# How the question compares; the first that is found decides.
CUES = ("earlier", "later", "total", "times", "difference", "less", "more", "versus")
TIMES = frozenset({"earlier", "later"})
FIGURES = frozenset({"times", "difference", "less", "more"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two figures in one unit and how they are to be compared; the first is the one the question names first.

    Of two dates `dates` holds these; what is told `per` something has that as its second figure.
    """

    first: Hit
    second: Hit
    cue: str
    dates: tuple[str, str] = ("", "")

    @property
    def values(self) -> tuple[float, float]:
        """Both figures."""
        return self.first.statement.value or 0.0, self.second.statement.value or 0.0


def cue_of(tokens: Sequence[Token]) -> str:
    """Which comparison the words ask for; empty where they ask for none."""
    if each_of(tokens)[0]:
        return "per"
    found = {s.name for t in tokens for s in t.senses if s.kind == "compare"} - {"per"}
    if not _offers_choice(tokens):
        found -= TIMES  # 「後に認定された計画」 is none of two
    if any(s.kind == "operator" and s.name == "sum" for t in tokens for s in t.senses):
        return "total"
    if any(s.kind == "operator" and s.name in ("max", "min") for t in tokens for s in t.senses):
        found -= {"less", "more"}  # 「いちばん多く」 sets no two against each other
    return next((cue for cue in CUES if cue in found), "")


_WHICH = re.compile(r"どちら|どっち|いずれ|which")


def _offers_choice(tokens: Sequence[Token]) -> bool:
    """Whether one of two is asked for: "A or B", 「AとBのどちら」, "which was"; "which producers" asks for any number."""
    if any(s.kind == "operator" and s.name == "or" for t in tokens for s in t.senses):
        return True
    for token, after in zip(tokens, (*tokens[1:], None), strict=True):
        if _WHICH.match(token.text.strip().lower()) and (not token.text.isascii() or (after and after.has("ignore"))):
            return True
    return False


_EACH = re.compile(r"per\s+(\w+)|[1１一]?\s*(\w+?)(?:あたり|当たり|当り|につき)", re.IGNORECASE)


QUANTITY_WANTED, SHARE_WANTED = Wanted(quantity=True), Wanted(quantity=True, share=True)
_POINTS = re.compile(r"何?ポイント|(?:percentage )?points?", re.IGNORECASE)


def in_points(token: Token) -> bool:
    """Whether a word says that shares are set against each other: 「何ポイントの差」."""
    return _POINTS.fullmatch(token.text.strip()) is not None


def each_of(tokens: Sequence[Token]) -> tuple[str, tuple[Token, ...]]:
    """That for each of which something is asked, and the other words: 「1件あたり」 → 件, "per loan" → loan; or empty."""
    for at, token in enumerate(tokens):
        told = _EACH.fullmatch(token.text.strip())
        bare = any(s.kind == "compare" and s.name == "per" for s in token.senses)
        if told and (bare or token.has("value")):
            # 「研究員1人あたり」 says twice for each of what.
            twice = told[2] and at > 0 and tokens[at - 1].end == token.start and tokens[at - 1].unknown
            start = at - 1 if twice else at
            return told[1] or told[2], (*tokens[:start], *tokens[at + 1 :])
        # "How many times did they help each company on average?"
        average = token.text.strip().lower() == "each" and any(
            s.kind == "operator" and s.name == "average" for t in tokens for s in t.senses
        )
        if bare or average:
            after = next((i for i in range(at + 1, len(tokens)) if not tokens[i].has("ignore")), at)
            return tokens[after].text, (*tokens[:at], *tokens[after + 1 :])
    return "", tuple(tokens)


def compare(
    words: Sequence[Word], cue: str, statements: Statements, dated_by: frozenset[str], *, shares: bool = False
) -> Comparison | None:
    """The two figures that the words set against each other; None when there are no two that fit.

    `dated_by` are the properties by which things are dated that the question names, if any; `shares`: only shares fit.
    """
    if not 2 <= len(words) <= MOST_WORDS:
        return None
    best: tuple[float, Comparison] | None = None
    # A total of many things is no sum of two, unless two are named; nor are there two dates without two things.
    for one, two in _runs(words, strict=cue == "total" or cue in TIMES):
        around = [i for i in range(len(words)) if i not in one and i not in two]
        find = _dates if cue in TIMES else (_shares if shares else _figures)
        firsts, seconds = (find(words, *sides, statements) for sides in ((two, one), (one, two)))
        pair = _pair(firsts, seconds, around, of_one=cue == "portion")
        if pair is None:
            continue
        first, second = pair
        dates = _dates_of(first.statement, second.statement, dated_by) if cue in TIMES else ("", "")
        if dates is None:
            continue
        fit = min(first.share, second.share) + 0.1 * (first.score + second.score) - 0.02 * (len(one) + len(two))
        fit += ALIKE * len(one) if len(one) == len(two) and _each_alike(words, one, two) else 0.0
        if best is None or fit > best[0]:
            best = fit, Comparison(first, second, cue, dates)
    return best[1] if best else None


def for_each(words: Sequence[Word], of: str, statements: Statements) -> Comparison | None:
    """A figure, and how many there are of that for each of which it is asked: `of` is a counter or a word.

    Both are told of the same things; None where not exactly one is.
    """
    firm = [w for w in words if w.firm]
    if not firm:
        return None
    unit, whole = counted(of), Wanted(quantity=True)
    figures = [h for h in statements.search(words, whole) if h.statement.value and h.share >= ENOUGH]
    counts = [
        h
        for h in statements.search(firm, whole, most=len(statements.all))
        if h.statement.value and counted(h.statement.unit) not in ("", "yen")
    ]
    for figure in figures:
        told = figure.statement
        beside = [h for h in counts if h.statement.about == told.about and h.statement.id != told.id]
        if unit:
            beside = [h for h in beside if counted(h.statement.unit) == unit]
        else:
            beside = [h for h in beside if statements.says(h.statement, Word.of(of))]
        if len(beside) == 1 and told.unit and counted(told.unit) != counted(beside[0].statement.unit):
            return Comparison(figure, beside[0], "per")
    return None


def _pair(
    firsts: Sequence[Hit], seconds: Sequence[Hit], around: Sequence[int], *, of_one: bool
) -> tuple[Hit, Hit] | None:
    """The best two that measure the same: both hold the same of the words around the two things.

    `of_one` says that both must be told of the same things, as a part and its whole are.
    """
    for first, second in itertools.product(firsts, seconds):
        one, two = first.statement, second.statement
        alike = all((i in first.matched) == (i in second.matched) for i in around)
        if of_one and one.about != two.about:
            continue
        if alike and one.id != two.id and one.unit == two.unit and one.label == two.label:
            return first, second
    return None


def _runs(words: Sequence[Word], strict: bool) -> Iterator[tuple[range, range]]:
    """Pairs of runs of words that may name the two things: both of one kind, or (unless `strict`) side by side."""
    runs = [range(i, j) for i in range(len(words)) for j in range(i + 1, min(len(words), i + LONGEST_RUN) + 1)]
    for one, two in itertools.combinations(runs, 2):
        if one.stop > two.start:
            continue
        alike = len(one) == len(two) and _each_alike(words, one, two)
        beside = not strict and two.start - one.stop <= 1 and len(one) + len(two) <= 4
        if alike or beside:
            yield one, two


def _each_alike(words: Sequence[Word], one: range, two: range) -> bool:
    """Whether two runs name two things of a kind, word by word: "the JASM plan in Kumamoto", "the KIOXIA plan in Mie"."""
    sides = [(words[i], words[j]) for i, j in zip(one, two, strict=True)]
    return _alike(*sides[0]) and all(a.key == b.key or _alike(a, b) for a, b in sides[1:])


def _alike(one: Word, two: Word) -> bool:
    return bool(one.classes & two.classes)


def _figures(
    words: Sequence[Word], without: range, holding: range, statements: Statements, wanted: Wanted = QUANTITY_WANTED
) -> list[Hit]:
    """The figures for the words outside of `without` that hold all of `holding` and do not name the others."""
    kept = [i for i in range(len(words)) if i not in without]
    needed = {at for at, i in enumerate(kept) if i in holding}
    other = [words[i] for i in without]
    return [
        replace(hit, matched=frozenset(kept[at] for at in hit.matched))
        for hit in statements.search([words[i] for i in kept], wanted)
        if hit.statement.value is not None
        and hit.share >= ENOUGH
        and needed <= hit.matched
        and not all(statements.names(hit.statement, word) for word in other)
    ]


def _shares(words: Sequence[Word], without: range, holding: range, statements: Statements) -> list[Hit]:
    """The shares among these figures."""
    found = _figures(words, without, holding, statements, SHARE_WANTED)
    return [hit for hit in found if hit.statement.unit in SHARES]


def _dates(words: Sequence[Word], without: range, holding: range, statements: Statements) -> list[Hit]:
    """What has a date and fits the words outside of `without`, the earliest first of what fits alike."""
    kept = [i for i in range(len(words)) if i not in without]
    wanted = {at for at, i in enumerate(kept) if i in holding}
    found = [
        replace(hit, matched=frozenset(kept[at] for at in hit.matched))
        for hit in statements.search([words[i] for i in kept], dated=True)
        if hit.share >= ENOUGH and wanted <= hit.matched
    ]
    return sorted(found, key=lambda hit: (-len(hit.matched), min(date for _, date in hit.statement.dated)))


def _dates_of(one: Statement, two: Statement, named: frozenset[str]) -> tuple[str, str] | None:
    """The dates of both by the same property."""
    first, second = dict(one.dated), dict(two.dated)
    both = [name for name in first if name in second and (not named or name in named)]
    return (first[both[0]], second[both[0]]) if both else None


def word_comparison(found: Comparison, names: tuple[str, str], language: str) -> str:
    """Which is greater, by how much and how many times, or which is earlier: from what is stated of the two only."""
    if found.cue in TIMES:
        return _word_dates(found, names, language)
    one, two = found.values
    if found.cue == "per":
        return say(language, "for_each", value=amount(one / two, found.first.statement, language))
    if found.cue == "portion":
        (low, part), (high, whole) = sorted(((one, names[0]), (two, names[1])))
        return say(language, "portion", part=part, whole=whole, share=_percent(100 * low / high))
    first, second = found.first.statement, found.second.statement
    greater = names[0] if one >= two else names[1]
    if one == two:
        return say(language, "same_figures")
    low, high = sorted((one, two))
    lines = say(language, "greater", name=greater, difference=amount(high - low, first, language))
    if low > 0:
        lines += say(language, "ratio", ratio=format_number(round(high / low, 2)))
    if second.unit == "円" or first.unit != "%":
        lines += say(language, "both_together", total=amount(one + two, first, language))
    return lines


def _percent(share: float) -> str:
    whole, exact = format_number(round(share)), format_number(round(share, 1))
    return f"{whole}%" if whole == exact else f"{whole}% ({exact}%)"


def _word_dates(found: Comparison, names: tuple[str, str], language: str) -> str:
    """Which of the two has the earlier date, as far as the dates tell it."""
    one, two = found.dates
    told = min(len(one), len(two))
    if one[:told] == two[:told]:
        return say(language, "same_dates")
    (early, first), (late, second) = sorted(zip(found.dates, names, strict=True))
    asked = (first, early, second, late) if found.cue == "earlier" else (second, late, first, early)
    return say(language, found.cue, **dict(zip(("name", "date", "other", "other_date"), asked, strict=True)))


def amount(value: float, statement: Statement, language: str) -> str:
    """A value in the unit of a stated figure, as read."""
    if statement.unit == "円":
        return format_money(value, language)
    unit = statement.unit.replace("%", "ポイント")
    if language == "en":
        unit = f" {'points' if statement.unit == '%' else dict(statement.fields).get('unit_en') or statement.unit}"
    return format_number(round(value, 4)) + unit

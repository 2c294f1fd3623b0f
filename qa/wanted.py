"""The words of a question enter, those that a statement must hold and the kind of figure it must tell leave."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from graph.fold import fold
from qa.lexicon import soft_words
from qa.light import is_light, says_when
from qa.literals import COUNTERS, Literal, literal_keys
from qa.segment import Token
from qa.statement import counted

# A run of numbers, whose mark a key would lose.
_RUN = re.compile(r"(\d+)\s?[-~～〜–]\s?(\d+)")


@dataclass(frozen=True, slots=True)
class Word:
    """One content word of a question: its key, ways to say the same, and the things it names.

    `hard` words say what is asked; `firm` ones among them (things, years, numbers) must fit. `classes` tell what
    kinds of words it may be, so that two words can be known to name alternatives: two companies, two years;
    `properties` are those whose name it may be.
    """

    key: str
    surface: str
    same: frozenset[str]
    ids: frozenset[str]
    hard: bool
    firm: bool = False
    classes: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()

    @classmethod
    def of(cls, text: str) -> Word:
        """A word that must be held, by itself."""
        return cls(fold(text), text, frozenset(), frozenset(), True)

    def names(self, prop: str) -> bool:
        """Whether it may be the name of a property."""
        return bool(prop) and prop.removesuffix("_en") in self.properties


def question_words(
    tokens: Sequence[Token],
    same: dict[str, frozenset[str]],
    general: frozenset[str] = frozenset(),
    wide: frozenset[str] = frozenset(),
) -> list[Word]:
    """The content words of a question.

    `same` gives the folded words of each schema element by its sense key; `general` are properties that everything
    has (its description), whose words ask for no certain text; `wide` are things that hold nearly all there is, which
    narrow nothing: "in Japan".
    """
    soft = soft_words()
    found: list[Word] = []
    others_named = any(t.has("entity") and not t.has("ignore") and not _narrows_nothing(t, wide) for t in tokens)
    for at, token in enumerate(tokens):
        kinds = {s.kind for s in token.senses} - ({"compare"} if says_when(token) else set())
        if kinds & {"ignore", "ask", "operator", "scale", "comparator"} and "entity" not in kinds:
            continue
        key = fold(token.text)
        if "literal" in kinds:
            key = next(iter(sorted(literal_keys(token.text), key=len, reverse=True)), key)
        if "number" in kinds and (run := _RUN.fullmatch(token.text.strip())) is not None:
            key = f"{run[1]}-{run[2]}"
        ids = frozenset(s.value for s in token.senses if s.kind == "entity")
        others = frozenset[str]().union(
            *(same.get(f"{s.kind}:{s.label}:{s.name}:{s.value}", frozenset()) for s in token.senses)
        )
        if kinds and all(
            (s.kind == "property" and s.name in general) or s.kind in ("label", "relation") for s in token.senses
        ):
            kinds = {"label"} if "relation" not in kinds else kinds
        hard = bool(kinds & {"entity", "value", "contains", "number", "literal", "property", "relation"}) or (
            not kinds and not is_light(tokens, at)
        )
        # Which document says it narrows the search; it is no matter of its own.
        told_by = bool(ids) and (token.spare or all(i.startswith("Document/") for i in ids))
        hard = hard and key not in soft and not told_by
        counted = counts(tokens, at) or ("literal" in kinds and key.startswith("number"))
        firm = bool(kinds & {"entity", "number", "literal"}) and not counted and not told_by
        firm = firm and not (others_named and _narrows_nothing(token, wide))
        classes = frozenset(f"{s.kind}:{s.label}:{s.name if s.kind == 'value' else ''}" for s in token.senses)
        properties = frozenset(s.name for s in token.senses if s.kind == "property")
        found.append(Word(key, token.text, others, ids, hard and not counted, firm, classes, properties))
    return found


def _narrows_nothing(token: Token, wide: frozenset[str]) -> bool:
    """Whether a word is the name of what holds nearly all there is; 「国内」 says more, set against 「海外」."""
    named = [s for s in token.senses if s.kind == "entity"]
    return bool(named) and all(s.value in wide and s.name != "aliases" for s in named)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What kind of figure a question asks for: its unit (何社 → 社), a share, the largest or smallest.

    `top` is how many of the largest, `bounds` are comparisons that the figure must stand, `total` asks for the sum.
    """

    unit: str = ""
    share: bool = False
    quantity: bool = False
    extreme: str = ""
    top: int = 0
    bounds: tuple[tuple[str, float], ...] = ()
    total: bool = False

    @property
    def series(self) -> bool:
        """Whether several figures of one kind are wanted."""
        return bool(self.extreme or self.top or self.bounds or self.total)


NOTHING_CERTAIN = Wanted()
COMPARATORS = {"ge": ">=", "le": "<=", "gt": ">", "lt": "<"}


def wanted_figure(tokens: Sequence[Token], literals: Sequence[Literal] = ()) -> tuple[Wanted, tuple[Token, ...]]:
    """Which figure the ask words, operators and comparisons mean, and the words that are left."""
    unit, asks, operators = "", set[str](), set[str]()
    bounds: list[tuple[str, float]] = []
    top, kept = 0, []
    compared = {one.start: one for one in literals if one.comparison in COMPARATORS.values() and one.unit in COUNTERS}
    most = any(s.kind == "operator" and s.name in ("max", "min") for t in tokens for s in t.senses)
    for at, token in enumerate(tokens):
        names = {s.kind: s.name for s in token.senses}
        near = (*tokens[max(0, at - 2) : at], *tokens[at + 1 : at + 3])
        if "ask" in names:
            asks.add(names["ask"])
            unit = _unit(token, tokens[at + 1 : at + 2]) or _counted_before(tokens, at) or unit
        if "operator" in names:
            operators.add(names["operator"])
        if token.start in compared:
            bounds.append((compared[token.start].comparison, compared[token.start].value))
        elif token.has("number"):
            number = float(token.senses[-1].value.rstrip("%") or 0)
            comparator = next(
                (s.name for t in near for s in t.senses if s.kind == "comparator" and s.name in COMPARATORS), ""
            )
            if comparator:
                bounds.append((COMPARATORS[comparator], number))
            elif any(s.kind == "operator" and s.name in ("top", "max") for t in near for s in t.senses) or (
                most and counts(tokens, at)
            ):
                top = int(number)
            else:
                kept.append(token)
        else:
            kept.append(token)
    extreme = next((name for name in ("max", "min") if name in operators and not top), "")
    quantity = bool(asks & {"share", "how_many", "how_much"})
    if "share" in asks:  # "share of SMEs in the total number of enterprises" counts none of them
        unit = ""
    wanted = Wanted(unit, "share" in asks, quantity, extreme, top, tuple(bounds), "sum" in operators)
    return wanted, tuple(kept)


def _counted_before(tokens: Sequence[Token], at: int) -> str:
    """What is counted where the counting word follows it without a gap: 「参加企業数」 → 企業."""
    before = tokens[at - 1].text if at and tokens[at].text.startswith("数") else ""
    return next((before[-n:] for n in (3, 2, 1) if len(before) >= n and counted(before[-n:])), "")


def asked_apart(tokens: Sequence[Token]) -> list[tuple[Token, ...]]:
    """The words of each question in a question that asks for two things: 「何割を占め、何社ですか」, "the number and the rate".

    Each holds all words but those that ask for the other; empty when one thing is asked.
    """
    asks = [
        at
        for at, t in enumerate(tokens)
        if any(s.kind == "ask" and s.name in ("how_many", "how_much", "share", "when") for s in t.senses)
    ]
    if len(asks) > 1:
        phrases = {at: _phrase(tokens, at) for at in asks}
        return [
            tuple(t for at, t in enumerate(tokens) if not any(at in phrases[other] for other in asks if other != one))
            for one in asks
        ]
    for at, token in enumerate(tokens):
        before, after = _beside(tokens, at, -1), _beside(tokens, at, 1)
        if not any(s.kind == "operator" and s.name == "and" for s in token.senses) or before is None or after is None:
            continue
        if all(_asked(tokens[i]) for i in (before, after)):
            return [tuple(t for i, t in enumerate(tokens) if i not in (at, other)) for other in (after, before)]
    return []


def _phrase(tokens: Sequence[Token], at: int) -> range:
    """The places of an ask word and of what it counts: 何社, "how many companies", 「どれくらいの期間」."""
    if _unit(tokens[at], tokens[at + 1 : at + 2]) == _text(tokens, at + 1) != "":
        return range(at, at + 2)
    return range(at, at + 3) if _text(tokens, at + 1) == "の" else range(at, at + 1)


def measure(tokens: Sequence[Token]) -> str:
    """What an ask word measures, folded: 「どれくらいの期間」 → 期間; empty where it does not say."""
    for at, token in enumerate(tokens[:-2]):
        if token.has("ask") and tokens[at + 1].text == "の":
            return fold(tokens[at + 2].text)
    return ""


def _beside(tokens: Sequence[Token], at: int, step: int) -> int | None:
    """The nearest word that says something, on one side."""
    at += step
    while 0 <= at < len(tokens) and tokens[at].has("ignore") and not tokens[at].has("entity"):
        at += step
    return at if 0 <= at < len(tokens) else None


def _asked(token: Token) -> bool:
    return token.unknown or (token.has("property") and not token.has("entity"))


def _text(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].text if at < len(tokens) else ""


def _unit(token: Token, after: Sequence[Token]) -> str:
    """What an ask word counts: 何社 → 社, いくら → yen, "how many companies" → companies; empty when it says not."""
    if counted(token.text):
        return token.text
    if token.text.startswith("何") and len(token.text) > 1:
        return token.text[1:].rstrip("がをはにでくらいほど")
    asked = {s.name for s in token.senses if s.kind == "ask"}
    follows = after[0].text if after and "how_many" in asked else ""
    return follows if counted(follows) else ""


def counts(tokens: Sequence[Token], at: int) -> bool:
    """Whether a number only says how many there are of what follows: "the 5 institutions", 「3つの力」."""
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    compared = at > 0 and tokens[at - 1].has("comparator")
    if after is None or compared or not tokens[at].has("number"):
        return False
    return after.text in ("つ", "つの", "回の") or after.has("label") or any(s.noun for s in after.senses)

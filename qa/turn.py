"""What is known of one question on its way through the chain."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from qa.answer import Answer, Language
from qa.literals import Literal
from qa.read import YES_NO_STARTS, Reading
from qa.segment import Token
from qa.statements import Hit
from qa.text import Folded, script


@dataclass(frozen=True)
class Turn:
    """What is known of one question while it goes through the chain."""

    question: str
    language: Language
    folded: Folded | None = None
    tokens: tuple[Token, ...] = ()
    literals: tuple[Literal, ...] = ()
    session: str | None = None
    readings: tuple[Reading, ...] = ()
    hits: tuple[Hit, ...] = ()
    remark: str = ""
    answer: Answer | None = None
    started: float = field(default_factory=time.perf_counter)
    link_ms: float = 0.0
    plan_ms: float = 0.0
    query_ms: float = 0.0


def detect_language(question: str) -> Language:
    """Japanese when any kana or kanji stands in the question."""
    return "ja" if any(script(c) in ("hiragana", "katakana", "kanji") for c in question) else "en"


def asks_of(tokens: tuple[Token, ...]) -> frozenset[str]:
    """The ask words of a question."""
    return frozenset(s.name for t in tokens for s in t.senses if s.kind == "ask")


def is_yes_no(turn: Turn) -> bool:
    """Whether a question asks whether something is so."""
    if turn.language == "ja":
        return asks_of(turn.tokens) == {"yes_no"}
    return bool(turn.tokens) and turn.tokens[0].text.lower() in YES_NO_STARTS


def asks_for_change(tokens: tuple[Token, ...], language: str) -> bool:
    """Whether a text commands a change of data."""
    if language == "ja":
        return any(t.has("change") for t in tokens) and not asks_of(tokens)
    return bool(tokens) and tokens[0].has("change")


def since(began: float) -> float:
    """Milliseconds since a reading of the performance counter."""
    return (time.perf_counter() - began) * 1000

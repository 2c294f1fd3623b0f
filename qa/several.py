"""The turns of the questions that one question holds enter, what they say together leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qa.follow import Said
from qa.parts import together
from qa.turn import Turn

# Parameters of the queries for what is told, not planned.
TOLD = frozenset({"statement", "things"})


def said(done: Turn) -> Said:
    """What a conversation remembers of a turn."""
    found = tuple((one.label, one.id, one.name) for one in done.answer.entities) if done.answer else ()
    return Said(done.question, done.tokens, done.literals, found, is_told(done))


def is_told(done: Turn) -> bool:
    """Whether a turn ends with what is stated, rather than with what a plan found."""
    return done.answer is not None and bool(TOLD & set(done.answer.parameters))


def answers(done: Turn) -> bool:
    """Whether a turn ends with an answer."""
    return done.answer is not None and done.answer.status == "answered"


def tell_apart(done: Sequence[Turn], whole: Turn) -> bool:
    """Whether each part of a question tells something of its own, or all together more than the question as a whole."""
    told = [_lines(one) for one in done]
    if len({lines[0] for lines in told}) == len(done):
        return True
    return answers(whole) and not {line for lines in told for line in lines} <= set(_lines(whole))


def _lines(done: Turn) -> list[str]:
    """What an answer tells, line by line, without the sentence that opens a list."""
    lines = done.answer.answer.split("\n") if done.answer else []
    return [line for line in lines if line.startswith("・")] or lines


def both(one: Turn, two: Turn) -> Turn:
    """Two turns with an answer as one."""
    assert one.answer is not None
    assert two.answer is not None
    return replace(one, answer=together(one.answer, two.answer), query_ms=one.query_ms + two.query_ms)

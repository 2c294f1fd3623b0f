"""Words of a question that no name spells enter, the things they describe by parts of their names leave.

People type "electric scalpel with suction" for "Electric scalpel with blood suction": where a run of words stands in
the names of only a few things, the run is taken to name them.
"""

from __future__ import annotations

from collections.abc import Sequence

from graph.fold import fold
from qa.lexicon import Sense
from qa.segment import Token
from qa.statements import Statements, Word
from qa.text import Folded

MOST_THINGS = 3
LONGEST_RUN = 9
SHORTEST = 3


def link_phrases(
    question: Folded, tokens: tuple[Token, ...], statements: Statements, stated: frozenset[str]
) -> tuple[Token, ...]:
    """The tokens with each run that describes at most MOST_THINGS things made one token for them."""
    linked: list[Token] = []
    at = 0
    while at < len(tokens):
        run = _longest_run(tokens, at, statements, stated) if _may_begin(tokens[at]) else None
        if run is None:
            linked.append(tokens[at])
            at += 1
            continue
        end, senses = run
        first, last = tokens[at], tokens[end - 1]
        linked.append(Token(first.start, last.end, question.surface(first.start, last.end), senses))
        at = end
    return tuple(linked)


def _may_begin(token: Token) -> bool:
    return token.unknown or (not token.has("ignore") and not token.has("ask") and not token.has("operator"))


def _longest_run(
    tokens: tuple[Token, ...], start: int, statements: Statements, stated: frozenset[str]
) -> tuple[int, tuple[Sense, ...]] | None:
    for end in range(min(len(tokens), start + LONGEST_RUN), start, -1):
        run = tokens[start:end]
        if not _may_begin(run[-1]) or not any(t.unknown for t in run):
            continue
        words = _words(run)
        if sum(len(w.key) for w in words) < SHORTEST:
            continue
        found = statements.named(words, stated)
        if 0 < len(found) <= MOST_THINGS:
            return end, tuple(Sense("entity", "name", s.label, s.id) for s in found)
    return None


def _words(run: Sequence[Token]) -> list[Word]:
    none = frozenset[str]()
    return [Word(fold(t.text), t.text, none, none, True) for t in run if t.unknown or not t.has("ignore")]

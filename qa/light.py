"""The words of a question enter, those unknown ones leave that it can do without: it means the same when they go.

「組んで」 in 「X社と組んで開発した機関」 and "came" in "what came out of it" name nothing that a graph could hold. What says
the opposite, the end or a measure (断る, 落ちる, 多い) is never light.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from graph.fold import fold
from qa.lexicon import Sense, grammar_words, light_words
from qa.segment import Token
from qa.text import Folded, script

LONGEST_KANA = 4
# A kanji before one of these is a noun; before other kana it is the stem of a verb.
PARTICLES = frozenset("をはがのにでともへやか")


@lru_cache(maxsize=1)
def _heavy() -> tuple[str, ...]:
    return tuple(grammar_words("ja")["heavy"])


def inflected(text: str) -> bool:
    """Whether an unknown Japanese word ends like a verb or adjective: what is done, not what it is done to."""
    scripts = [script(c) for c in text]
    return len(scripts) > 1 and scripts[-1] == "hiragana" and "kanji" in scripts


def says_when(token: Token) -> bool:
    """Whether a word says which comes first or for each of what: where it is not taken so, it is a word like any other."""
    return any(s.kind == "compare" and s.name in ("earlier", "later", "per") for s in token.senses)


def is_light(tokens: Sequence[Token], at: int) -> bool:
    """Whether the unknown word at this place can be left out."""
    text = tokens[at].text.strip()
    if fold(text) in light_words():
        return True
    if says_when(tokens[at]) or text.startswith(_heavy()):
        return False
    scripts = {script(c) for c in text}
    if scripts == {"hiragana"}:
        return len(text) <= LONGEST_KANA
    if scripts != {"kanji"}:
        return inflected(text) and scripts <= {"kanji", "hiragana"} and sum(script(c) == "kanji" for c in text) <= 2
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if len(text) != 1 or after is None or after.start != tokens[at].end or after.text in PARTICLES:
        return False
    return script(after.text[:1] or " ") == "hiragana"


# After these "when" asks; before other words it only joins two sentences.
_ASKED_BY = frozenset({"is", "was", "were", "are", "did", "does", "do", "will", "has", "have", "had", "can", "should"})


_QUOTED = re.compile('「([^「」]+)」|『([^『』]+)』|“([^“”]+)”|"([^"]+)"')
_SAYS_HOW = frozenset({"operator", "ask", "comparator", "compare"})


def without_mere_looks(question: Folded, tokens: tuple[Token, ...], told: bool) -> tuple[Token, ...]:
    """The tokens without the senses that a word only seems to have: to ask, to deny; with a past that denies.

    `told` says that figures are told of people; where they are not, those who are counted are things of the graph.
    """
    tokens = _denied(_bounding(_cited(question, tokens)))
    return _without_conjunctions(_counted_people(tokens) if told else tokens)


def _bounding(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """「以前」 bounds a date beside it; by itself it names what was before."""
    figures = [t.has("literal") or t.has("number") for t in tokens]
    return tuple(
        replace(t, senses=tuple(s for s in t.senses if s.kind != "comparator"))
        if t.has("comparator") and t.has("property") and not any(figures[max(0, at - 1) : at + 2])
        else t
        for at, t in enumerate(tokens)
    )


def _denied(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """「受けられなかった企業」 denies the verb that joins two things; of what a text tells (「達成できなかったとき」) it is a part."""
    found = list(tokens)
    for at, token in enumerate(tokens):
        if token.text != "かっ" or not at or not tokens[at - 1].text.endswith("な"):
            continue
        before = at - 1
        while before and {script(c) for c in tokens[before].text.strip()} == {"hiragana"}:
            before -= 1
        if tokens[before].has("relation"):
            found[at] = replace(token, senses=(Sense("operator", "not"),))
    return tuple(found)


def _cited(question: Folded, tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """What stands in quotation marks is what somebody said: it denies and asks nothing, 「効果が出ていない」."""
    quotes = [m.span() for m in _QUOTED.finditer(question.text)]

    def inside(token: Token) -> bool:
        start, end = question.spans[token.start][0], question.spans[token.end - 1][1]
        return any(one <= start and end <= two for one, two in quotes)

    return tuple(
        replace(t, senses=tuple(s for s in t.senses if s.kind not in _SAYS_HOW) or (Sense("ignore"),))
        if quotes and t.end > t.start and t.senses and inside(t)
        else t
        for t in tokens
    )


_WHO = ("誰", "だれ", "どなた", "何者")
_COUNTS = frozenset({"how_many", "how_much", "share"})


def _counted_people(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """ "How many people" and "what share of those who" ask for no one's name."""
    found: list[Token] = []
    counting = False
    for at, token in enumerate(tokens):
        who = any(s.kind == "ask" and s.name == "who" for s in token.senses)
        joined = at > 0 and any(s.kind == "operator" and s.name == "and" for s in tokens[at - 1].senses)
        gone = who and counting and not joined and not token.text.startswith(_WHO)
        found.append(replace(token, senses=(Sense("ignore"),)) if gone else token)
        counting = counting or any(s.kind == "ask" and s.name in _COUNTS for s in token.senses)
    return tuple(found)


def _without_conjunctions(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens with a "when" made a word to ignore where the question asks something else: "when SMEs were asked, how many"."""
    asks = [t for t in tokens if t.has("ask")]
    if len(asks) < 2:
        return tokens
    joining = [
        t.text.lower() == "when" and after is not None and after.text.lower() not in _ASKED_BY
        for t, after in zip(tokens, (*tokens[1:], None), strict=True)
    ]
    gone = (Sense("ignore"),)
    return tuple(replace(t, senses=gone) if joins else t for t, joins in zip(tokens, joining, strict=True))

"""Words of a question that no name spells enter, the things they describe by parts of their names leave.

People type "electric scalpel with suction" for "Electric scalpel with blood suction": where a run of words stands in
the names of only a few things, the run is taken to name them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from graph.fold import fold
from qa.items import OF
from qa.lexicon import Sense
from qa.light import is_light
from qa.literals import Literal, literal_keys
from qa.segment import Token
from qa.statements import SHORTEST_SPELLING, Statements
from qa.text import Folded
from qa.wanted import Word

Names = Callable[[Collection[str]], dict[str, tuple[Sense, ...]]]
MOST_THINGS = 3
MOST_FIELDS = 3
LONGEST_RUN = 9
SHORTEST = 3
LONGEST_WORD = 5
# What a word in several parts may hold besides unknown ones; names and words of the schema stay as they are.
PARTS_OF_WORDS = frozenset({"ignore", "operator", "comparator", "compare", "follow"})


def join_words(
    question: Folded, tokens: tuple[Token, ...], words: Collection[str], statements: Statements
) -> tuple[Token, ...]:
    """The tokens with each run that is one of the given words made one unknown token: 「足り」「ない」 denies nothing."""
    joined: list[Token] = []
    at = 0
    while at < len(tokens):
        for end in range(min(len(tokens), at + LONGEST_WORD), at + 1, -1):
            run = tokens[at:end]
            start, stop = run[0].start, run[-1].end
            if question.key[start:stop] in words and _is_one_word(run, statements):
                joined.append(Token(start, stop, question.surface(start, stop), ()))
                at = end
                break
        else:
            joined.append(tokens[at])
            at += 1
    return tuple(joined)


def _is_one_word(run: Sequence[Token], statements: Statements) -> bool:
    """Whether the parts say something else than the whole, or nothing; "lack of staff" is found by its parts."""
    kinds = {s.kind for t in run for s in t.senses}
    content = [t.text for at, t in enumerate(run) if not t.senses and not is_light(run, at)]
    if not kinds <= PARTS_OF_WORDS or not (content or kinds - {"ignore"}):
        return False
    return bool(kinds - {"ignore"}) or len(content) == 1 or bool(statements.nowhere(content))


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


def link_plurals(tokens: tuple[Token, ...], names: Names) -> tuple[Token, ...]:
    """The tokens with unknown words taken for several of a name: "the Rebeccas"."""
    singles = {
        at: fold(t.text.strip()[:-1]) for at, t in enumerate(tokens) if t.unknown and t.text.strip().endswith("s")
    }
    found = names(set(singles.values())) if singles else {}
    return tuple(
        replace(t, senses=found[singles[at]]) if singles.get(at) in found else t for at, t in enumerate(tokens)
    )


def link_spellings(
    question: Folded, tokens: tuple[Token, ...], statements: Statements, stated: frozenset[str]
) -> tuple[Token, ...]:
    """The tokens with unknown words taken for the one thing that is spelt nearly so, the name noted as assumed."""
    linked = list(tokens)
    at = 0
    while at < len(linked):
        best: tuple[int, int, Token] | None = None
        for start, end in ((at, at + 3), (at, at + 2), (at - 1, at + 2), (at - 1, at + 1), (at, at + 1)):
            run = linked[max(0, start) : end]
            if start < 0 or end > len(linked) or not any(t.unknown for t in run) or not all(_spells(t) for t in run):
                continue
            key = question.key[run[0].start : run[-1].end]
            things = statements.spelt_like(key, stated) if len(key) >= SHORTEST_SPELLING else []
            known = {s.value for t in run for s in t.senses if s.kind == "entity"}
            if things and things[0].id not in known:
                text = question.surface(run[0].start, run[-1].end)
                senses = tuple(Sense("entity", "name", s.label, s.id) for s in things)
                best = start, end, Token(run[0].start, run[-1].end, text, senses, assumed=things[0].id)
                break
        if best:
            linked[best[0] : best[1]] = [best[2]]
            at = best[0]
        at += 1
    return tuple(linked)


def link_values(tokens: tuple[Token, ...], statements: Statements, labels: frozenset[str]) -> tuple[Token, ...]:
    """The tokens with unknown words that stand inside short texts (a post) of things of `labels` taken as a condition."""
    linked = []
    for token in tokens:
        if token.unknown and len(token.text) >= SHORTEST - 1:
            one = token.text.removesuffix("s") if token.text.isascii() else token.text
            found = statements.values_with(token.text, labels) or statements.values_with(one, labels)
            if 0 < len(found) <= MOST_FIELDS:
                senses = tuple(Sense("contains", name, label, text) for (label, name), text in found.items())
                token = replace(token, senses=senses)
        linked.append(token)
    return tuple(linked)


# What ends a phrase that says where something is told.
CITING = "によると"


def link_documents(
    tokens: tuple[Token, ...], literals: Sequence[Literal], documents: dict[str, dict[str, Any]]
) -> tuple[Token, ...]:
    """The tokens with "the panel's 2023 report", 「検討会の2023年の資料」 made one word for the documents that it tells.

    A question can do without it: what it asks is told by those documents or by none.
    """
    dates = {one.start: one.key for one in literals if one.unit in ("year", "month")}
    texts = {key: _document_text(about) for key, about in documents.items()}
    linked: list[Token] = []
    for position, token in enumerate(tokens):
        linked.append(token)
        own = {s.value.partition("/")[2] for s in token.senses if s.kind == "entity" and s.label == "Document"}
        if not (own or any(s.kind == "label" and s.name == "Document" for s in token.senses) or _cites(token)):
            continue
        named, first = own or set(texts), len(linked) - 1
        for at in range(len(linked) - 2, -1, -1):
            one = linked[at]
            key = dates.get(one.start) if one.has("literal") else fold(one.text)
            fits = {name for name in named if key and key in texts[name]} if not one.has("ignore") else set()
            # "innovation in its 2021 proposal": what is told there is no part of its name.
            apart = one.has("ignore") and one.text.strip().lower() in OF - {"の", "of"}
            if one.has("ask") or apart or not (fits or one.has("ignore")):
                break
            if fits:
                named, first = fits, at
        rest = [t for t in (*linked[:first], *tokens[position + 1 :]) if not t.has("ignore") and not t.has("ask")]
        if first < len(linked) - 1 and rest:
            text = " ".join(t.text for t in linked[first:] if not t.has("ignore"))
            senses = (
                Sense("ignore"),
                *(Sense("entity", "name", "Document", f"Document/{key}") for key in sorted(named)),
            )
            linked[first:] = [Token(linked[first].start, token.end, text, senses)]
    return tuple(linked)


def without_citing(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens with "the panel's 2023 report" a word to ignore beside another name: all plans are told by documents."""
    cited = [
        t.has("ignore") and t.has("entity") and all(s.label == "Document" for s in t.senses if s.kind == "entity")
        for t in tokens
    ]
    if not any(t.has("entity") and not one for t, one in zip(tokens, cited, strict=True)):
        return tokens
    gone = (Sense("ignore"),)
    return tuple(replace(t, senses=gone) if one else t for t, one in zip(tokens, cited, strict=True))


def _cites(token: Token) -> bool:
    """Whether a phrase that only frames a question says which document is meant: 「資料によると」."""
    return token.has("ignore") and len(token.text) > len(CITING) and token.text.endswith(CITING)


def _document_text(about: dict[str, Any]) -> str:
    names = [str(about.get(n, "")) for n in ("name", "name_en")] + [str(a) for a in about.get("aliases") or []]
    dates = (key for text in (*names, str(about.get("date", ""))) for key in literal_keys(text))
    return "\n".join((*map(fold, names), *dates))


def _spells(token: Token) -> bool:
    return token.unknown or (not token.has("ignore") and not token.has("ask") and not token.has("operator"))


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
    return [Word.of(t.text) for t in run if t.unknown or not t.has("ignore")]

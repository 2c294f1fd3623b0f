"""A word of a question about grants enters; by what it wants them told apart leaves: givers, places, fields or years.

「都道府県別の補助金の件数」, "which prefecture received the most", "subsidies per year".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from graph.fold import fold
from graph.schema import Grant, Schema
from qa.lexicon import LANGUAGES, Lexicon, Sense, grammar_words
from qa.segment import Token

_FISCAL = ("年度", "fiscal", "fy")
By = Literal["given", "place", "about", "year"]


@dataclass(frozen=True, slots=True)
class Grouping:
    """By what: of places those of which `prop` has the value `of`, of fields those of the label `of`;
    of years fiscal ones (`of` is "fiscal") or those of the calendar.

    `marked` says that the question says so: by, per, 別.
    """

    by: By
    of: str = ""
    prop: str = ""
    marked: bool = False


@lru_cache(maxsize=1)
def _marks() -> frozenset[str]:
    """The folded words that tell things apart by what stands beside them."""
    return frozenset(fold(word) for language in LANGUAGES for word in grammar_words(language)["grouping"])


def grouping(
    schema: Schema, grant: Grant, tokens: Sequence[Token], at: int, lexicon: Lexicon, *, greatest: bool
) -> Grouping | None:
    """By what the word at this place groups; None where it says something else.

    `greatest`: the question asks for the greatest of something, so that no mark is needed (「最も多い県」).
    """
    token = tokens[at]
    beside = (*tokens[max(0, at - 2) : at], *tokens[at + 1 : at + 2])
    text, senses = _unmarked(token, lexicon)
    marked = text != fold(token.text) or any(fold(t.text) in _marks() for t in beside)
    givers = _ends(schema, [grant.given] if grant.given else [])
    if (marked or greatest) and any(s.kind == "value" and s.label in givers and s.noun for s in senses):
        return Grouping("given", marked=marked)
    if marked and grant.given and any(s.kind == "relation" and s.name == grant.given for s in senses):
        return Grouping("given", marked=marked)
    asked = token.has("ask") and any(s.name == "where" for s in senses if s.kind == "ask")
    if asked and greatest and (kind := _kind_in(schema, grant, text)):
        return kind
    if not (marked or greatest):
        return None
    places = _ends(schema, [grant.place])
    if place := next((s for s in senses if s.kind == "value" and s.label in places and s.noun), None):
        return Grouping("place", place.value, place.name, marked)
    fields = _ends(schema, grant.about)
    if field := next((s.name for s in senses if s.kind == "label" and s.name in fields), ""):
        return Grouping("about", field, marked=marked)
    if any(s.kind == "property" and _is_year(schema, s.label, s.name) for s in senses):
        fiscal = any(word in token.text.lower() for word in _FISCAL)
        return Grouping("year", "fiscal" if fiscal else "", marked=marked)
    return None


def names_a_place(schema: Schema, grant: Grant, token: Token) -> bool:
    """Whether a word asks in which kind of place: 「どの都道府県で」."""
    where = any(s.kind == "ask" and s.name == "where" for s in token.senses)
    return where and _kind_in(schema, grant, fold(token.text)) is not None


def _unmarked(token: Token, lexicon: Lexicon) -> tuple[str, tuple[Sense, ...]]:
    """A word without the mark that it begins or ends with: 「年別」, "each year"."""
    text = fold(token.text)
    for mark in _marks():
        rest = text.removesuffix(mark) if not mark.isascii() else text.removeprefix(mark)
        if rest and rest != text and (senses := lexicon.get(rest)):
            return rest, senses
    return text, token.senses


def _ends(schema: Schema, relations: Sequence[str]) -> set[str]:
    return {label for name in relations for label in schema.relations[name].end}


def _is_year(schema: Schema, label: str, name: str) -> bool:
    found = schema.properties(label).get(name) if label in schema.labels else None
    return found is not None and found.type == "year"


def _kind_in(schema: Schema, grant: Grant, text: str) -> Grouping | None:
    """The kind of place that a question word names itself: 「どの県」, "which prefecture"; none for 「どこ」."""
    kinds = [
        (len(key), value, name)
        for label in _ends(schema, [grant.place])
        for name, prop in schema.properties(label).items()
        for value, words in prop.values.items()
        for word in (*words.ja, *words.en)
        if (key := fold(word)) in text
    ]
    return Grouping("place", *max(kinds)[1:]) if kinds else None

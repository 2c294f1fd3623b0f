"""The words of a question enter, marked where one only says again what the graph knows of the name beside it, they leave.

「熊本の平井所長」 and "Setsurotech (Tokushima)" name one thing each: the place need not be joined to what is asked.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from graph.fold import fold
from graph.schema import Schema
from qa.knowledge import Knowledge
from qa.lexicon import Sense
from qa.light import inflected
from qa.segment import Token


def mark_spare(tokens: tuple[Token, ...], schema: Schema, knowledge: Knowledge) -> tuple[Token, ...]:
    """The tokens, of which a place, an employer or a title beside a name is spare where that name is known to have it."""
    joined = knowledge.joined
    found = [_title(tokens, at, schema, knowledge) for at in range(len(tokens))]
    named = [at for at, t in enumerate(tokens) if t.has("entity")]
    for one, two in pairwise(named):
        if any(not t.has("ignore") for t in tokens[one + 1 : two]):
            continue
        for whose, where in ((one, two), (two, one)):
            hops = _hops(tokens[whose], tokens[where], schema)
            if hops and joined(_ids(tokens[whose]), _ids(tokens[where]), hops):
                found[where] = replace(found[where], spare=True)
    for at in named:
        after = found[at + 1] if at + 1 < len(found) else None
        asks = any(s.kind == "ask" and s.name != "yes_no" for t in found[at + 1 :] for s in t.senses)
        if asks and after is not None and after.text.strip() == "は":
            found[at + 1 :] = [_said_of(token, found[at]) for token in found[at + 1 :]]
    return tuple(found)


def _said_of(token: Token, named: Token) -> Token:
    """The token, spare where it only says of what kind a named thing is: 「X社はどこの県の企業」."""
    labels = {s.name for s in token.senses if s.kind == "label"}
    same = labels and not token.has("entity") and labels <= {s.label for s in named.senses if s.kind == "entity"}
    return replace(token, spare=True) if same else token


def _title(tokens: tuple[Token, ...], at: int, schema: Schema, knowledge: Knowledge) -> Token:
    """The token, a word to ignore where it stands beside a person and in what is told of that person: 「古谷知之教授」."""
    token = tokens[at]
    # A title is a noun; in English it is written large before a name.
    if inflected(token.text) or (token.text.isascii() and not token.text.istitle()):
        return token
    if not token.unknown and not all(s.kind == "contains" for s in token.senses):
        return token
    for beside in (*tokens[max(0, at - 1) : at], *tokens[at + 1 : at + 2]):
        people = [s for s in beside.senses if s.kind == "entity" and schema.labels[s.label].asks == ("who",)]
        if any(knowledge.statements().told_of(s.value, fold(token.text)) for s in people):
            return replace(token, senses=(Sense("ignore"),))
    return token


def _hops(whose: Token, where: Token, schema: Schema) -> int:
    """How far off the second may be to say again what the first is: persons have employers, and these places."""
    owners = {schema.labels[s.label].asks for s in whose.senses if s.kind == "entity"}
    places = {schema.labels[s.label].asks for s in where.senses if s.kind == "entity"}
    if owners == {("who",)}:
        return 2 if places == {("where",)} else int(places != {("who",)} and () not in places)
    return int(places == {("where",)} and ("where",) not in owners and () not in owners)


def _ids(token: Token) -> list[str]:
    return [s.value for s in token.senses if s.kind == "entity"]

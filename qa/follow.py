"""The words of a question and of the one before it enter, the words of both as one question leave where it follows on."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from qa.lexicon import Sense, grammar_words
from qa.literals import Literal
from qa.segment import Token

MOST_SESSIONS = 1_000
HEADS = frozenset({"label", "property", "relation", "value"})


@dataclass(frozen=True, slots=True)
class Said:
    """What a conversation remembers of one answered question: its words, its literals, the things that answered it.

    `found` holds (label, id, name) of each thing; `told` says that stated figures or texts answered it. `before` is what
    was told to the question before it.
    """

    question: str
    tokens: tuple[Token, ...]
    literals: tuple[Literal, ...]
    found: tuple[tuple[str, str, str], ...]
    told: bool = False
    before: tuple[tuple[str, str, str], ...] = ()


class Sessions:
    """The last questions of each conversation; the oldest conversations are forgotten first."""

    def __init__(self) -> None:
        self._said: OrderedDict[str, list[Said]] = OrderedDict()

    def last(self, session: str | None) -> Said | None:
        """The last answered question of a session."""
        said = self._said.get(session or "")
        return said[-1] if said else None

    def note(self, session: str | None, said: Said) -> None:
        """Remember an answered question."""
        if session is None:
            return
        last = self.last(session)
        before = last.found if last and last.told and said.told else ()
        self._said.setdefault(session, []).append(replace(said, before=before))
        self._said.move_to_end(session)
        while len(self._said) > MOST_SESSIONS:
            self._said.popitem(last=False)

    def back(self, session: str | None) -> Said | None:
        """Forget the last question and return the one before it."""
        said = self._said.get(session or "")
        if not said or len(said) < 2:
            return None
        said.pop()
        return said.pop()


def follows(tokens: Sequence[Token]) -> str:
    """How a question refers to the one before: within, swap, of, count, back, or not at all (empty)."""
    marks = [s.name for s in tokens[0].senses if s.kind == "follow"] if tokens else []
    content = [t for t in tokens if _says(t)]
    if marks:
        return "back" if "back" in marks and not content else marks[0]
    asks = {s.name for t in tokens for s in t.senses if s.kind == "ask"}
    if not content and "how_many" in asks:
        return "count"
    operators = {s.name for t in tokens for s in t.senses if s.kind == "operator"}
    if operators & {"descending", "ascending"} and all(t.has("property") for t in content):
        return "order"
    named = [t for t in content if t.text not in _SIDE]
    if len(named) == 1 and named[0].has("entity") and tokens[-1].text in ("は", "だと") and not asks:
        return "swap"
    return ""


# 「事業再構築補助金のほうは？」
_SIDE = frozenset({"ほう", "方"})
# How a question that stands alone badly may hang on the one before, the likeliest first; what told the answer to that is
# seldom what is talked about.
CONTEXTS, AFTER_TOLD = ("found", "things", "of"), ("things", "found", "of")
FEW = 3
# A question of more words than this says more than what is to be swapped in the one before.
MOST_SWAPPED = 2


def begins_anew(question: str, language: str) -> bool:
    """Whether a question says itself that it leaves what was talked about: 「ところで」, "by the way"."""
    return any(word in question.casefold() for word in grammar_words(language)["anew"])


def swaps(tokens: Sequence[Token], earlier: Said) -> list[tuple[Token, ...]]:
    """The question before with each of its words in turn made the few words of this one, and with these added.

    Empty where this question says more than what to swap: 「大手企業は？」, "and Eruboshi?".
    """
    new = tuple(t for t in tokens if not (t.has("ignore") or t.has("follow") or t.has("operator")) or t.has("entity"))
    asks = {s.name for t in new for s in t.senses if s.kind == "ask"}
    new = tuple(t for t in new if not t.has("ask") or t.has("entity"))
    if not 0 < len(new) <= MOST_SWAPPED or asks - {"which", "what"}:
        return []
    old = earlier.tokens
    places = [
        at for at, t in enumerate(old) if not any(t.has(k) for k in ("ignore", "ask", "operator")) or t.has("entity")
    ]
    if dates := [at for at in places if old[at].has("literal")] if all(t.has("literal") for t in new) else []:
        places = dates
    return [*((*old[:at], *new, *old[at + 1 :]) for at in places), (*old, *new)]


def in_context(
    tokens: Sequence[Token], earlier: Said, how: str, language: str, told: Collection[str]
) -> tuple[Token, ...]:
    """The words of a question with what the one before it was about; none where there is nothing of that.

    found:  the few things that answered it
    of:     all its words
    things: the things it named, rather than what is told of them, which has one of the labels `told`
    """
    if how == "of":
        return merge(tokens, earlier, "of", language)
    new = [t for t in tokens if not refers(t, language)]
    swapped = any(s.kind == "follow" and s.name == "swap" for t in tokens[:1] for s in t.senses)
    if swapped and not any(t.has("ask") for t in new):
        new = [*(t for t in earlier.tokens if t.has("ask") and not t.has("entity")), *new]
    if how == "found":
        meant = [_token(thing) for thing in earlier.found] if len(earlier.found) <= FEW else []
    else:
        labels = {label for t in new if t.has("entity") for label in _labels(t)}
        named = [t for t in earlier.tokens if t.has("entity") and not _labels(t) & labels]
        meant = [t for t in named if any(s.kind == "entity" and s.label not in told for s in t.senses)] or named
    return (*meant, *new) if meant else ()


def _token(thing: tuple[str, str, str]) -> Token:
    label, identity, name = thing
    return Token(0, 0, name, (Sense("entity", "name", label, identity),))


def refers(token: Token, language: str) -> bool:
    """Whether a word points back: it, they, そこ."""
    return token.text.strip().casefold() in grammar_words(language)["refer"]


def refers_only(tokens: Sequence[Token], language: str) -> bool:
    """Whether a question is about something that it only points at: "where is that company", 「その方の所属は」."""
    pointed = False
    for token, after in zip(tokens, (*tokens[1:], None), strict=True):
        if token.unknown or any(token.has(kind) for kind in ("entity", "value", "contains", "literal")):
            return False
        word = token.text.strip().casefold()
        beside = after is None or after.has("label")
        pointed = pointed or (refers(token, language) and (word not in grammar_words(language)["beside"] or beside))
    return pointed


def the_nth(text: str, earlier: Said, language: str) -> str:
    """The text with "the first one", 「2つ目」 made the name of that thing of the last answer."""
    for index, words in enumerate(grammar_words(language)["nth"]):
        for word in words:
            pattern = re.escape(word) if language == "ja" else rf"\b{re.escape(word)}\b"
            found = re.search(pattern, text, re.IGNORECASE)
            if index < len(earlier.found) and found:
                first, last = found.span()
                return text[:first] + earlier.found[index][2] + text[last:]
    return text


def merge(tokens: Sequence[Token], earlier: Said, how: str, language: str) -> tuple[Token, ...]:
    """The words of both questions in the order in which one question would have them."""
    new = list(tokens[1:] if any(s.kind == "follow" for s in tokens[0].senses) else tokens)
    old = list(earlier.tokens)
    asks_anew = any(t.has("ask") for t in new)
    if how == "swap":
        new = [t for t in new if t.text not in _SIDE]
        if any(t.has("literal") for t in new):  # "the one approved in 2024", not in 2022
            old = [t for t in old if not t.has("literal")]
        gone = {label for t in new for label in _labels(t)}
        old = [t for t in old if not (gone & _labels(t) and not _is_head(t, old, language))]
    if how in ("of", "count") or asks_anew:
        old = [t for t in old if not t.has("ask") or t.has("entity")]
    if how == "of" and any(_heads(t) for t in new):
        old = [t for t in old if not t.has("property") or t.has("entity")]
    head_is_new = how in ("of", "count", "order")
    new_last = head_is_new == (language == "ja")
    return tuple([*old, *new] if new_last else [*new, *old])


def _says(token: Token) -> bool:
    return token.unknown or any(s.kind in HEADS or s.kind in ("entity", "contains") for s in token.senses)


def _heads(token: Token) -> bool:
    return any(s.kind in ("label", "property", "relation") or s.noun for s in token.senses) and not token.has("entity")


def _labels(token: Token) -> set[str]:
    named = {s.label for s in token.senses if s.kind in ("entity", "value")}
    return named | {s.name for s in token.senses if s.kind == "label"}


def _is_head(token: Token, tokens: Sequence[Token], language: str) -> bool:
    heads = [t for t in tokens if _heads(t)]
    return bool(heads) and token is (heads[-1] if language == "ja" else heads[0])

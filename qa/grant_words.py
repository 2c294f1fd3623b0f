"""The words of a question about grants enter; what each says of them leaves: who, from whom, where, when, how many."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from graph.fold import fold
from graph.schema import Grant, Schema
from qa.grouping import Grouping, grouping, names_a_place
from qa.lexicon import LANGUAGES, Lexicon, forms, grammar_words, with_plural
from qa.light import inflected, is_light
from qa.literals import COUNTERS, WRITTEN
from qa.literals import Literal as Written
from qa.periods import Period, period
from qa.segment import Token
from qa.text import script

_SPARE = frozenset({"ignore", "ask", "comparator", "scale"})
# 「水素関連の補助金」: what no name of the graph says is looked for in the titles of the things.
_CONCERNING = re.compile(r"(.{2,}?)(?:関連|関係|分野|向け)$")
# What follows or stands before whoever has it.
_DATIVE = frozenset({"に", "へ"})
_TO = ("への", "に対する", "に対して", "宛")
# Whoever of the state gave it.
_STATE = frozenset(map(fold, ("国", "政府", "日本政府", "government", "Japanese government", "state")))


@lru_cache(maxsize=5)
def _words(what: str) -> frozenset[str]:
    """The folded words, in all forms, for any thing that was given, for its amount, for what it is about, for the newest,
    or to ask for the things themselves.
    """
    words = (word for language in LANGUAGES for word in grammar_words(language)["granted"][what])
    return frozenset(fold(form) for word in words for form in forms(word) | with_plural(word))


Gives = Callable[[Sequence[str]], bool]
"""Gets ids of parties; says whether one of them gave anything."""


@dataclass(frozen=True, slots=True)
class KindOfTaker:
    """A kind of parties: the property and value that say it, the word that their names hold otherwise, and that of the question."""

    label: str
    prop: str
    value: str
    word: str
    mention: str


@dataclass(frozen=True, slots=True)
class Named:
    """Things of one role that the question names: how it called them, and their ids."""

    mention: str
    ids: tuple[str, ...]


class GrantWords:
    """What the words taken so far say of the things of one label."""

    def __init__(
        self,
        schema: Schema,
        lexicon: Lexicon,
        label: str,
        own: frozenset[str],
        literals: Sequence[Written],
        gives: Gives,
        *,
        free: bool,
    ) -> None:
        self.schema, self.lexicon, self.label, self.own, self.free = schema, lexicon, label, own, free
        self.gives = gives
        self.grant = grant = schema.grants[label]
        self.who = _persons(schema, grant.taken)
        self.verbs = verb_forms(grant)
        self._joining = {grant.taken, grant.given, grant.place, *grant.about}
        self._literals = literals
        self.roles: dict[str, list[Named]] = {"takers": [], "givers": [], "places": [], "about": []}
        self.labels: list[str] = []
        self.asks: set[str] = set()
        self.operators: set[str] = set()
        self.number: int | None = None
        self.units: set[str] = set()
        self.when = Period()
        self.titled: list[str] = []
        self.kinds: list[KindOfTaker] = []
        self.programmes: list[Named] = []
        self.amounts: list[tuple[str, int]] = []
        self.by: Grouping | None = None
        self.verb = self.priced = self.most = self.per = self.shown = self.grouped = self.freely = False
        self.one_thing = self.of_place = self.to_takers = False

    def take_all(self, tokens: tuple[Token, ...]) -> bool:
        """Take up every word; False when one says something else."""
        when = period(tokens, self._literals)
        if when is None:
            return False
        self.when = when
        at = 0
        while at < len(tokens):
            joined = self._joined(tokens, at)
            if joined > 1:
                self._title("".join(t.text for t in tokens[at : at + joined]).strip())
            elif not self._take(tokens, at):
                return False
            at += joined
        return True

    def _joined(self, tokens: tuple[Token, ...], at: int) -> int:
        """How many words from here make one of a title: 「第1回」, 「20次締切」, a name within a longer one (特許庁庁舎)."""
        if not self.free:
            return 1
        beside = [tokens[at]]
        for token in tokens[at + 1 : at + 3]:
            if token.start == beside[-1].end and not token.has("ignore"):
                beside.append(token)
        kinds = [t.has("number") or t.has("entity") for t in beside]
        plain = [t.unknown and fold(t.text) not in self.own and not t.has("compare") for t in beside]
        if len(beside) == 3 and beside[0].text.strip() == "第" and kinds[1] and plain[2]:
            return 3
        return 2 if len(beside) > 1 and kinds[0] and plain[1] and not beside[1].text.isascii() else 1

    def _take(self, tokens: tuple[Token, ...], at: int) -> bool:
        """Take up one word; False when it says something else."""
        token = tokens[at]
        text = fold(token.text)
        if token.has("literal"):
            return any(self._literal(one) for one in self._literals if one.start == token.start)
        operators = {s.name for s in token.senses if s.kind == "operator"}
        if operators & {"not", "both", "min", "oldest", "ascending"}:
            return False
        if self._entities(tokens, at) or text in _STATE:
            return True
        if self.free and text == "number" and at and fold(tokens[at - 1].text) == "by":
            self.most = True
            return True
        compared = {s.name for s in token.senses if s.kind == "compare"}
        if "more" in compared:
            self.most = not self.priced
            return True
        self.asks |= {s.name for s in token.senses if s.kind == "ask"}
        self.of_place |= names_a_place(self.schema, self.grant, token)
        self.operators |= operators
        if (number := self._number(token)) is not None:
            self.number = number
            return self._orders(tokens)
        if text in self.verbs:
            self.verb = True
            return True
        if text in self.own:
            return True
        if text in _words("newest"):
            self.operators.add("newest")
            return True
        if self._kind_of_takers(tokens, at) or self._group(tokens, at):
            return True
        if "per" in compared or any(s.kind == "value" and s.name == "basis" for s in token.senses):
            self.per = True
            return True
        if (concerning := _CONCERNING.match(token.text.strip())) and token.unknown:
            self.titled.append(concerning.group(1))
            return True
        labels = [s.name for s in token.senses if s.kind == "label" and s.name in self.who]
        self.labels += labels
        self.to_takers |= bool(labels) and (_receives(tokens, at, self.grant) or _next(tokens, at) in _DATIVE)
        self._greatest(tokens, at)
        if labels or operators or self._money(token):
            return True
        named_place = any(s.kind == "relation" and s.name == self.grant.place for s in token.senses)
        self.of_place |= named_place and not token.has("ignore")
        known = any(s.kind in _SPARE or s.name in self._joining for s in token.senses)
        self.shown |= token.has("ignore") and text in _words("shown")
        return known or (token.unknown and is_light(tokens, at)) or self._freely(token)

    def _orders(self, tokens: Sequence[Token]) -> bool:
        return any(
            s.kind == "operator" and s.name in ("max", "top", "descending", "newest") for t in tokens for s in t.senses
        )

    def _number(self, token: Token) -> int | None:
        """The number that a word says; 「five」 is one too."""
        if token.has("number"):
            return int(next(s.value for s in token.senses if s.kind == "number"))
        written = WRITTEN.get(token.text.strip().lower()) if token.text.isascii() else None
        return written if written and written > 1 else None

    def _freely(self, token: Token) -> bool:
        """Take up a word that says nothing else as one of titles; what a thing's name is called only says so."""
        text = token.text.strip()
        if not self.free:
            return False
        named = any(s.kind == "property" and s.name == "name" for s in token.senses)
        if named or fold(text) in _words("things") | _words("about"):
            return True
        if not any(script(c) in ("kanji", "katakana", "latin") for c in text):
            return False
        if len(text) < 2 or (inflected(text) and token.has("relation")):
            return False  # what is left of a verb
        self._title(text)
        return True

    def _title(self, text: str) -> None:
        self.titled.append(text)
        self.freely = True

    def _group(self, tokens: tuple[Token, ...], at: int) -> bool:
        """Whether a word says by what the things are told apart; not by two at once."""
        found = grouping(self.schema, self.grant, tokens, at, self.lexicon, greatest=self._orders(tokens))
        if found is None or (self.by and self.by != found):
            return False
        self.by = found
        self.grouped |= found.marked
        return True

    def _kind_of_takers(self, tokens: Sequence[Token], at: int) -> bool:
        """Whether a word calls a kind of those who have the things: 「大学が受けた」, "granted to universities"."""
        found = next((s for s in tokens[at].senses if s.kind == "value" and s.noun and s.label in self.who), None)
        taking = any(self.grant.taken in (names := _relations(t)) and self.grant.given not in names for t in tokens)
        if found is None or not (taking or _receives(tokens, at, self.grant)):
            return False
        words = self.schema.properties(found.label)[found.name].values[found.value].ja
        self.kinds.append(KindOfTaker(found.label, found.name, found.value, words[0], tokens[at].text.strip()))
        self.labels.append(found.label)
        return True

    def _greatest(self, tokens: Sequence[Token], at: int) -> None:
        """ "The most contracts" are counted, "the largest contract" is one of them."""
        if not any(s.kind == "operator" and s.name == "max" for s in tokens[at].senses):
            return
        after = next((t for t in tokens[at + 1 :] if not t.has("ignore")), None)
        if after is not None and after.text.isascii() and fold(after.text) in self.own:
            plural = after.text.strip().endswith("s")
            self.most |= plural and "most" in tokens[at].text
            self.one_thing |= not plural and "most" not in tokens[at].text

    def _money(self, token: Token) -> bool:
        """Whether a word names the amount: the total is asked."""
        amount = any(
            s.kind == "property" and s.name == self.grant.amount and (self.free or s.label == self.label)
            for s in token.senses
        )
        amount |= self.free and fold(token.text) in _words("amounts")
        self.priced |= amount
        self.most &= not amount
        return amount

    def _entities(self, tokens: Sequence[Token], at: int) -> bool:
        """Take up the things that a word names, in the first role that they can have."""
        token = tokens[at]
        named = [s.value for s in token.senses if s.kind == "entity"]
        ends = self.schema.relations
        about = {label for name in self.grant.about for label in ends[name].end}
        give = set(ends[self.grant.given].end) if self.grant.given else set()
        roles = (
            ("about", about),
            ("places", set(ends[self.grant.place].end)),
            ("givers", give),
            ("takers", set(self.who)),
        )
        never_give = set(self.who) - give
        for role, labels in roles:
            # A company and an association of one name: it is asked what they have, not what the association gave.
            if role == "givers" and (
                any(i.partition("/")[0] in never_give for i in named)
                or _receives(tokens, at, self.grant)
                or (labels & set(self.who) and not self.gives(named))
            ):
                continue
            ids = tuple(dict.fromkeys(i for i in named if i.partition("/")[0] in labels))
            if ids:
                self._name(role, Named(token.text, ids))
                return True
        # Things that are joined to no field tell it by their titles.
        if named and not about:
            self.titled.append(token.text.strip())
        elif named and self.free:
            self.programmes.append(Named(token.text.strip(), tuple(named)))
            self.freely = True
        return bool(named) and (not about or self.free)

    def _name(self, role: str, named: Named) -> None:
        """Note a named thing; by another of its names it is the same."""
        for at, other in enumerate(self.roles[role]):
            if same := tuple(i for i in named.ids if i in other.ids):
                self.roles[role][at] = Named(other.mention, same)
                return
        self.roles[role].append(named)

    def _literal(self, one: Written) -> bool:
        if one.unit in ("year", "years", "month", "months"):
            return True  # see qa.periods
        if one.unit == "yen":
            self.amounts.append((one.comparison, int(one.value)))
            return True
        if one.unit in COUNTERS and one.comparison == "=":
            self.number = int(one.value)
            self.units.add(one.unit)
            return True
        return False


def verb_forms(grant: Grant) -> frozenset[str]:
    """The folded forms of the verbs of what the parties do, and what is left of one before its ending."""
    forms_of = (form for word in (*grant.verbs.ja, *grant.verbs.en) for form in forms(word))
    stems = (word[:-1] for word in grant.verbs.ja if not word.endswith("する"))
    return frozenset(map(fold, (*forms_of, *stems)))


def _receives(tokens: Sequence[Token], at: int, grant: Grant) -> bool:
    """Whether a party is said to have what is given: 「協会が受けた」, 「協会への」, "granted to the association"."""
    before, after = tokens[max(0, at - 2) : at], tokens[at + 1 :]
    if any(fold(t.text) == fold("to") for t in before) or (after and after[0].text.strip().startswith(_TO)):
        return True
    takes = any(grant.taken in (names := _relations(t)) and grant.given not in names for t in after)
    return takes and bool(after) and after[0].text.strip() in ("が", "は", "も")


def _next(tokens: Sequence[Token], at: int) -> str:
    return tokens[at + 1].text.strip() if at + 1 < len(tokens) else ""


def _relations(token: Token) -> set[str]:
    return {s.name for s in token.senses if s.kind == "relation"}


def _persons(schema: Schema, relation: str) -> tuple[str, ...]:
    """The labels at the start of a relation that can be asked for by "who"."""
    return tuple(n for n in schema.relations[relation].start if "who" in schema.labels[n].asks)

"""The words of a question enter; what it asks of the many things that one party has from another leaves.

「九州の企業で半導体関連の補助金を受けたのは？」, "top 10 recipients of METI subsidies in Fukuoka". Every word must be
taken up; what no word of the graph is, the titles of the things may hold, if they are to be read freely.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from graph.fold import fold
from graph.schema import GrantKind, Schema
from qa.grant_words import Gives, GrantWords, KindOfTaker, Named, verb_forms
from qa.grouping import Grouping
from qa.lexicon import Lexicon, with_plural
from qa.literals import Literal as Written
from qa.periods import Period
from qa.segment import Token

Asked = Literal["takers", "things", "greatest", "groups", "count_takers", "count_things", "sum", "average"]
_ORDERS = frozenset({"max", "top", "descending", "newest"})
_PARTICLES = "をがのはに"
# Units that count parties.
_OF_TAKERS = frozenset({"社", "者", "companies", "firms"})


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the things of a label.

    `takers`, `givers`, `places` and `about` narrow it; of each group of `about` one must fit. `titled` are words that
    the title must hold, `named` are things that it must name, `amounts` are comparisons of the amount. `limit` is the
    number in `top n`, which are those with the most things if `by_number`. Groups are told apart `by`.
    """

    label: str
    asked: Asked
    kind: GrantKind
    taker_labels: tuple[str, ...]
    taker_kinds: tuple[KindOfTaker, ...] = ()
    takers: Named | None = None
    givers: Named | None = None
    places: tuple[Named, ...] = ()
    about: tuple[Named, ...] = ()
    titled: tuple[str, ...] = ()
    named: tuple[Named, ...] = ()
    amounts: tuple[tuple[str, int], ...] = ()
    when: Period = field(default_factory=Period)
    limit: int | None = None
    by_number: bool = False
    by: Grouping | None = None


class GrantReader:
    """Reads questions about the grants of one schema."""

    def __init__(self, schema: Schema, lexicon: Lexicon, gives: Gives) -> None:
        self.schema, self.lexicon, self.gives = schema, lexicon, gives
        self._kinds = {
            fold(form): (label, kind)
            for label, grant in reversed(schema.grants.items())
            for kind in grant.kinds[::-1]
            for word in (*kind.ja, *kind.en)
            for form in with_plural(word)
        }
        self._takers = {
            fold(form): label
            for label, grant in reversed(schema.grants.items())
            for word in (*grant.takers.ja, *grant.takers.en)
            for form in with_plural(word)
        }

    def read(
        self,
        tokens: tuple[Token, ...],
        literals: tuple[Written, ...],
        triples: frozenset[tuple[str, str, str]],
        *,
        free: bool = False,
    ) -> Question | None:
        """What is asked, or None where the question is about something else, or the graph holds no such things.

        `free`: words that nothing in the graph knows are taken to be words of titles.
        """
        tokens = tuple(part for token in tokens for part in self._parts(token, free=free))
        words = [fold(token.text) for token in tokens]
        called = [(token, found) for token in tokens if (found := self._kind_of(token, free=free))]
        found = next((one for _, one in called if all(self._fits(one[0], t, o[0]) for t, o in called)), None)
        if called and not found:
            return None  # of awards and of contracts: these are two questions
        takers = next((self._takers[w] for w in words if w in self._takers), None)
        relation = self._taken(tokens)
        label = found[0] if found else takers or relation or self._priced(tokens) or (self._done(words) if free else "")
        # Where there are some of one label, none of another is an answer too.
        if not label or not any(self._held(one, triples) for one in self.schema.grants):
            return None
        grant = self.schema.grants[label]
        kind = found[1] if found else grant.kinds[0]
        own = [*self._kinds, *self._takers, *(t.text for t in tokens if self._kind_of(t))]
        read = GrantWords(self.schema, self.lexicon, label, frozenset(map(fold, own)), literals, self.gives, free=free)
        if not read.take_all(tokens):
            return None
        return self._question(read, kind, says_who=bool(takers or self._taken(tokens) == label))

    def _parts(self, token: Token, *, free: bool) -> tuple[Token, ...]:
        """An unknown compound, apart from the word in it that calls things: 生産設備補助, 契約件数."""
        text = token.text.strip()
        if not free or not token.unknown or token.has("compare") or text.isascii() or fold(text) in self._kinds:
            return (token,)
        for size in range(len(text) - 1, 1, -1):
            last, first = text[-size:], text[:size]
            if self._called(last) and len(text) - size > 1:
                return tuple(Token(token.start, token.end, part, ()) for part in (text[:-size], last))
            if self._called(first) and (senses := self.lexicon.get(fold(text[size:]))):
                ends = Token(token.start, token.end, text[size:], senses)
                return (Token(token.start, token.end, first, ()), ends)
        return (token,)

    def _called(self, text: str) -> bool:
        return fold(text) in self._kinds or fold(text) in self._takers

    def _fits(self, label: str, token: Token, other: str) -> bool:
        """Whether a word that calls things of a label may stand beside another: "awarded a contract" is one matter."""
        return other == label or fold(token.text) in verb_forms(self.schema.grants[label])

    def _done(self, words: list[str]) -> str:
        """The label of the things that a verb tells of, where it tells of those of no other: 請け負う."""
        verbs = {label: verb_forms(grant) for label, grant in self.schema.grants.items()}
        told = [[label for label in verbs if word in verbs[label]] for word in words]
        return next((labels[0] for labels in told if len(labels) == 1), "")

    def _kind_of(self, token: Token, *, free: bool = False) -> tuple[str, GrantKind] | None:
        """The kind of things that a word calls, alone, with the particle after it, or by the name of all of them.

        `free`: also a name that ends in such a word (ものづくり補助金), an amount that begins with it (補助金額).
        """
        text = token.text.strip()
        if free and (token.has("entity") or token.has("property")):
            within = [w for w in self._kinds if len(w) > 1 and not w.isascii()]
            ends = [w for w in within if (fold(text).endswith if token.has("entity") else fold(text).startswith)(w)]
            if ends and fold(text) not in self._kinds:
                return self._kinds[max(ends, key=len)]
        joined = next((text[:at] for at in range(max(1, len(text) - 2), len(text)) if text[at] in _PARTICLES), text)
        if said := self._kinds.get(fold(text)) or self._kinds.get(fold(joined)):
            return said
        whole = next((s.name for s in token.senses if s.kind == "label" and s.name in self.schema.grants), "")
        kind = self.schema.grants[whole].kinds[0] if whole else None
        return (whole, kind) if kind is not None and kind.property is None else None

    def _held(self, label: str, triples: frozenset[tuple[str, str, str]]) -> bool:
        """Whether the graph holds such things of open data: each then says who gave it, where anybody does."""
        grant = self.schema.grants[label]
        if grant.given:
            return any((start, relation) == (label, grant.given) for start, relation, _ in triples)
        return any((relation, end) == (grant.taken, label) for _, relation, end in triples)

    def says(self, token: Token, triples: frozenset[tuple[str, str, str]]) -> bool:
        """Whether a word calls things that the graph holds many of."""
        found = self._kinds.get(fold(token.text))
        return found is not None and self._held(found[0], triples)

    def _priced(self, tokens: tuple[Token, ...]) -> str:
        """The label whose amount a word names (契約金額), where all of its things are of one kind."""
        named = {(s.label, s.name) for t in tokens for s in t.senses if s.kind == "property"}
        grants = self.schema.grants.items()
        return next((n for n, g in grants if (n, g.amount) in named and g.kinds[0].property is None), "")

    def _taken(self, tokens: tuple[Token, ...]) -> str:
        """The label whose taking a verb says: 受けた, 落札した."""
        said = {s.name for t in tokens for s in t.senses if s.kind == "relation"}
        return next((label for label, grant in self.schema.grants.items() if grant.taken in said), "")

    def _question(self, words: GrantWords, kind: GrantKind, *, says_who: bool) -> Question | None:
        """The whole, where it says who, how much or of whom; else it may be about the programmes themselves."""
        # 「金額の大きい順」 orders by it, 「件数が多い」 by how many: alone they ask for it.
        if words.priced and not words.operators & _ORDERS:
            words.operators.add("sum")
        if words.most and words.operators & _ORDERS:
            words.operators.discard("count")
        limit = words.number if words.number and words.operators & _ORDERS else None
        if words.number and not limit:
            return None
        if "max" in words.operators and "top" not in words.operators:
            limit = limit or 1
        if any(len(words.roles[role]) > 1 for role in ("takers", "givers")):
            return None
        takers, givers = (next(iter(words.roles[role]), None) for role in ("takers", "givers"))
        asked = self._asked(words, takers, says_who=says_who)
        if (words.by or words.per) and asked not in ("groups", "average"):
            return None
        if takers and words.of_place and "where" in words.asks:
            return None  # where it is, not what it has
        if words.by and words.by.by == "given" and (givers or (words.labels and not words.to_takers)):
            return None
        if not (says_who or words.labels or takers or self._says_enough(words, asked)):
            return None
        return Question(
            label=words.label,
            asked=asked,
            kind=kind,
            taker_labels=tuple(dict.fromkeys(words.labels)) or words.who,
            taker_kinds=tuple(words.kinds),
            takers=takers,
            givers=givers,
            places=tuple(words.roles["places"]),
            about=tuple(words.roles["about"]),
            titled=tuple(words.titled),
            named=tuple(words.programmes),
            amounts=tuple(words.amounts),
            when=words.when,
            limit=limit,
            by_number=words.most or (asked == "groups" and not words.priced),
            by=words.by,
        )

    def _says_enough(self, words: GrantWords, asked: Asked) -> bool:
        """Whether it is about what was given, not about programmes: these have neither amounts, nor places that they went to."""
        narrowed = any(words.roles.values()) or bool(words.titled or words.programmes)
        dated = words.when != Period()
        if words.verb or words.amounts or asked == "groups" or (dated and narrowed) or words.units & _OF_TAKERS:
            return True
        if asked in ("sum", "average", "greatest") or words.freely or "newest" in words.operators:
            return narrowed
        return bool(words.roles["places"] and (words.roles["about"] or words.roles["givers"] or words.titled))

    def _asked(self, words: GrantWords, takers: Named | None, *, says_who: bool) -> Asked:
        ordered = words.operators & _ORDERS
        if words.by and (words.by.by != "given" or ordered or words.grouped):
            return "groups"
        if "average" in words.operators:
            return "average"
        if takers and ordered and "newest" not in ordered and not words.most:
            return "greatest"
        if "sum" in words.operators or (
            "how_much" in words.asks and not (takers and words.shown) and not words.asks & {"who", "where", "which"}
        ):
            return "sum"
        if "how_many" in words.asks or "count" in words.operators:
            return "count_things" if takers or not words.labels else "count_takers"
        if takers or "newest" in ordered:
            return "things"
        if words.one_thing:
            return "greatest"
        one_thing = words.operators & {"max"} and not (
            words.labels or "top" in words.operators or ((words.verb or says_who) and not words.priced)
        )
        return "greatest" if one_thing else "takers"

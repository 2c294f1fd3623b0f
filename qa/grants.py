"""The words of a question enter; what it asks of the many things that one party has from another leaves.

「九州の企業で半導体関連の補助金を受けたのは？」, "top 10 recipients of METI subsidies in Fukuoka". Every word must be
taken up: what is not is left to the general reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from graph.fold import fold
from graph.schema import Grant, GrantKind, Schema
from qa.lexicon import forms
from qa.light import is_light
from qa.literals import COUNTERS
from qa.literals import Literal as Written
from qa.segment import Token

Asked = Literal["takers", "things", "greatest", "givers", "count_takers", "count_things", "sum", "average"]
_SPARE = frozenset({"ignore", "ask", "comparator", "scale"})
_ORDERS = frozenset({"max", "top", "descending", "newest"})
# 「水素関連の補助金」: what no name of the graph says is looked for in the titles of the things.
_CONCERNING = re.compile(r"(.{2,}?)(?:関連|関係|分野|向け)$")
_PARTICLES = "をがのはに"
# Whoever of the state gave it.
_STATE = frozenset(map(fold, ("国", "政府", "日本政府", "government", "Japanese government", "state")))
# Units that count parties.
_OF_TAKERS = frozenset({"社", "者", "companies", "firms"})


@dataclass(frozen=True, slots=True)
class Named:
    """Things of one role that the question names: how it called them, and their ids."""

    mention: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the things of a label.

    `takers`, `givers`, `places` and `about` narrow it; of each group of `about` one must fit. `titled` are words that
    the title must hold, `amounts` are comparisons of the amount. `since` and `until` are inclusive beginnings of ISO
    dates, `year` is a fiscal year, `limit` is the number in `top n`, which are those with the most things if `by_number`.
    """

    label: str
    asked: Asked
    kind: GrantKind
    taker_labels: tuple[str, ...]
    takers: Named | None = None
    givers: Named | None = None
    places: tuple[Named, ...] = ()
    about: tuple[Named, ...] = ()
    titled: tuple[str, ...] = ()
    amounts: tuple[tuple[str, int], ...] = ()
    since: str = ""
    before: str = ""
    year: int | None = None
    limit: int | None = None
    by_number: bool = False


class GrantReader:
    """Reads questions about the grants of one schema."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._kinds = {
            fold(word): (label, kind)
            for label, grant in reversed(schema.grants.items())
            for kind in grant.kinds[::-1]
            for word in (*kind.ja, *kind.en)
        }
        self._takers = {
            fold(w): label for label, g in reversed(schema.grants.items()) for w in (*g.takers.ja, *g.takers.en)
        }

    def read(
        self, tokens: tuple[Token, ...], literals: tuple[Written, ...], triples: frozenset[tuple[str, str, str]]
    ) -> Question | None:
        """What is asked, or None where the question is about something else, or the graph holds no such things."""
        words = [fold(token.text) for token in tokens]
        found = next(filter(None, map(self._kind_of, tokens)), None)
        takers = next((self._takers[w] for w in words if w in self._takers), None)
        relation = self._taken(tokens)
        label = found[0] if found else takers or relation or self._priced(tokens)
        if not label or not self._held(label, triples):
            return None
        grant = self.schema.grants[label]
        kind = found[1] if found else grant.kinds[0]
        own = [*self._kinds, *self._takers, *(t.text for t in tokens if self._kind_of(t))]
        reading = _Reading(self.schema, label, grant, list(map(fold, own)))
        if not all(reading.take(tokens, at, literals) for at in range(len(tokens))):
            return None
        return reading.question(kind, says_who=bool(takers or self._taken(tokens) == label))

    def _kind_of(self, token: Token) -> tuple[str, GrantKind] | None:
        """The kind of things that a word calls, alone, with the particle after it, or by the name of all of them."""
        text = token.text.strip()
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


class _Reading:
    """What the words taken so far say."""

    def __init__(self, schema: Schema, label: str, grant: Grant, own: list[str]) -> None:
        self.schema, self.label, self.grant, self.own = schema, label, grant, frozenset(own)
        self.who = _persons(schema, grant.taken)
        self.verbs = frozenset(fold(form) for word in (*grant.verbs.ja, *grant.verbs.en) for form in forms(word))
        self._joining = {grant.taken, grant.given, grant.place, *grant.about}
        self.roles: dict[str, list[Named]] = {"takers": [], "givers": [], "places": [], "about": []}
        self.labels: list[str] = []
        self.asks: set[str] = set()
        self.operators: set[str] = set()
        self.number: int | None = None
        self.units: set[str] = set()
        self.since = self.before = ""
        self.year: int | None = None
        self.titled: list[str] = []
        self.amounts: list[tuple[str, int]] = []
        self.verb = self.of_givers = self.says_who = self.priced = self.most = False

    def take(self, tokens: tuple[Token, ...], at: int, literals: tuple[Written, ...]) -> bool:
        """Take up one word; False when it says something else."""
        token = tokens[at]
        if token.has("literal"):
            return any(self._literal(one) for one in literals if one.start == token.start)
        operators = {s.name for s in token.senses if s.kind == "operator"}
        if operators & {"not", "both", "min", "oldest", "ascending"}:
            return False
        entities = self._entities(token)
        if entities:
            return True
        if fold(token.text) in _STATE:
            return True
        if any(s.kind == "compare" and s.name == "more" for s in token.senses):
            self.most = True
            return True
        self.asks |= {s.name for s in token.senses if s.kind == "ask"}
        self.operators |= operators
        if token.has("number"):
            self.number = int(next(s.value for s in token.senses if s.kind == "number"))
            return bool({s.name for t in tokens[:at] for s in t.senses} & _ORDERS)
        if fold(token.text) in self.verbs:
            self.verb = True
            return True
        if fold(token.text) in self.own:
            return True
        if self._kinds_of_givers(token) or self._title(token):
            return True
        labels = [s.name for s in token.senses if s.kind == "label" and s.name in self.who]
        self.labels += labels
        if labels or operators or self._money(token):
            return True
        return any(s.kind in _SPARE or s.name in self._joining for s in token.senses) or (
            token.unknown and is_light(tokens, at)
        )

    def _kinds_of_givers(self, token: Token) -> bool:
        """Whether a word calls those who give (省庁): they are asked for, the one that gave most first."""
        ends = set(self.schema.relations[self.grant.given].end) if self.grant.given else set()
        found = any(s.kind == "value" and s.label in ends and s.noun for s in token.senses)
        self.of_givers |= found
        return found

    def _title(self, token: Token) -> bool:
        """Take up a matter that no name of the graph says, for the titles to hold it."""
        found = _CONCERNING.match(token.text.strip()) if token.unknown else None
        if found:
            self.titled.append(found.group(1))
        return bool(found)

    def _money(self, token: Token) -> bool:
        """Whether a word names the amount: the total is asked."""
        amount = any(
            s.kind == "property" and (s.label, s.name) == (self.label, self.grant.amount) for s in token.senses
        )
        self.priced |= amount
        return amount

    def _entities(self, token: Token) -> bool:
        """Take up the things that a word names, in the first role that they can have."""
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
            if role == "givers" and any(i.partition("/")[0] in never_give for i in named):
                continue
            ids = tuple(dict.fromkeys(i for i in named if i.partition("/")[0] in labels))
            if ids:
                self.roles[role].append(Named(token.text, ids))
                return True
        # Things that are joined to no field tell it by their titles.
        if named and not about:
            self.titled.append(token.text.strip())
        return bool(named) and not about

    def _literal(self, one: Written) -> bool:
        if one.unit == "year":
            year = int(one.value)
            if one.comparison == ">=":
                self.since = f"{year}"
            elif one.comparison in ("<", "<="):
                self.before = f"{year + (one.comparison == '<=')}"
            elif one.comparison == "=":
                self.year = year
            else:
                self.since = f"{year + 1}"
            return True
        if one.unit == "years":
            self.since, self.before = f"{int(one.value)}", f"{one.month + 1}"
            return True
        if one.unit == "month":
            first, after = (
                f"{int(one.value)}-{one.month:02}",
                f"{int(one.value) + one.month // 12}-{one.month % 12 + 1:02}",
            )
            if one.comparison in ("=", ">=", ">"):
                self.since = after if one.comparison == ">" else first
            if one.comparison in ("=", "<", "<="):
                self.before = first if one.comparison == "<" else after
            return True
        if one.unit == "yen":
            self.amounts.append((one.comparison, int(one.value)))
            return True
        if one.unit in COUNTERS and one.comparison == "=":
            self.number = int(one.value)
            self.units.add(one.unit)
            return True
        return False

    def question(self, kind: GrantKind, *, says_who: bool) -> Question | None:
        """The whole, where it says who, how much or of whom; else it may be about the programmes themselves."""
        self.says_who = says_who
        # 「金額の大きい順」 orders by it, 「件数が多い」 by how many: alone they ask for it.
        if self.priced and not self.operators & _ORDERS:
            self.operators.add("sum")
        if self.most and self.operators & _ORDERS:
            self.operators.discard("count")
        limit = self.number if self.number and self.operators & _ORDERS else None
        if self.number and not limit:
            return None
        if "max" in self.operators and "top" not in self.operators:
            limit = limit or 1
        if any(len(self.roles[role]) > 1 for role in ("takers", "givers")):
            return None
        takers, givers = (next(iter(self.roles[role]), None) for role in ("takers", "givers"))
        asked = self._asked(takers)
        if self.of_givers and (asked != "givers" or givers or says_who or self.labels):
            return None
        if not (says_who or self.labels or takers or self._says_enough(asked)):
            return None
        return Question(
            label=self.label,
            asked=asked,
            kind=kind,
            taker_labels=tuple(dict.fromkeys(self.labels)) or self.who,
            takers=takers,
            givers=givers,
            places=tuple(self.roles["places"]),
            about=tuple(self.roles["about"]),
            titled=tuple(self.titled),
            amounts=tuple(self.amounts),
            since=self.since,
            before=self.before,
            year=self.year,
            limit=limit,
            by_number=self.most,
        )

    def _says_enough(self, asked: Asked) -> bool:
        """Whether it is about what was given, not about programmes: these have neither amounts, nor places that they went to."""
        narrowed = any(self.roles.values()) or bool(self.titled)
        dated = bool(self.since or self.before or self.year is not None)
        if self.verb or self.amounts or asked == "givers" or (dated and narrowed) or self.units & _OF_TAKERS:
            return True
        if asked in ("sum", "average", "greatest"):
            return narrowed
        return bool(self.roles["places"] and (self.roles["about"] or self.roles["givers"] or self.titled))

    def _asked(self, takers: Named | None) -> Asked:
        if "average" in self.operators:
            return "average"
        if "sum" in self.operators or "how_much" in self.asks:
            return "sum"
        if "how_many" in self.asks or "count" in self.operators:
            return "count_things" if takers or not self.labels else "count_takers"
        if self.of_givers and self.operators & _ORDERS:
            return "givers"
        if takers:
            return "things"
        one_thing = self.operators & {"max"} and not (
            self.labels or self.verb or "top" in self.operators or self.says_who
        )
        return "greatest" if one_thing else "takers"


def _persons(schema: Schema, relation: str) -> tuple[str, ...]:
    """The labels at the start of a relation that can be asked for by "who"."""
    return tuple(n for n in schema.relations[relation].start if "who" in schema.labels[n].asks)

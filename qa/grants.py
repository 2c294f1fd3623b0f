"""The words of a question enter; what it asks of the many things that one party has from another leaves.

「九州の企業で半導体関連の補助金を受けたのは？」, "top 10 recipients of METI subsidies in Fukuoka". Every word must be
taken up: what is not is left to the general reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from graph.fold import fold
from graph.schema import Grant, GrantKind, Schema
from qa.light import is_light
from qa.literals import COUNTERS
from qa.literals import Literal as Written
from qa.segment import Token

Asked = Literal["takers", "things", "count_takers", "count_things", "sum"]
_SPARE = frozenset({"ignore", "ask", "comparator", "scale"})
_ORDERS = frozenset({"max", "top", "descending", "newest"})
# Units that count the things themselves.
_OF_THINGS = frozenset({"件", "cases"})


@dataclass(frozen=True, slots=True)
class Named:
    """Things of one role that the question names: how it called them, and their ids."""

    mention: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the things of a label.

    `takers`, `givers`, `places` and `about` narrow it; of each group of `about` one must fit. `since` and `until` are
    inclusive beginnings of ISO dates, `year` is a fiscal year, `limit` is the number in `top n`.
    """

    label: str
    asked: Asked
    kind: GrantKind
    taker_labels: tuple[str, ...]
    takers: Named | None = None
    givers: Named | None = None
    places: Named | None = None
    about: tuple[Named, ...] = ()
    since: str = ""
    before: str = ""
    year: int | None = None
    limit: int | None = None


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
        found = next((self._kinds[w] for w in words if w in self._kinds), None)
        takers = next((self._takers[w] for w in words if w in self._takers), None)
        relation = self._taken(tokens)
        label = found[0] if found else takers or relation
        if not label or not any(relation == self.schema.grants[label].given for _, relation, _ in triples):
            return None
        grant = self.schema.grants[label]
        kind = found[1] if found else grant.kinds[0]
        reading = _Reading(self.schema, label, grant, [*self._kinds, *self._takers])
        if not all(reading.take(tokens, at, literals) for at in range(len(tokens))):
            return None
        return reading.question(kind, says_who=bool(takers or self._taken(tokens) == label))

    def says(self, token: Token, triples: frozenset[tuple[str, str, str]]) -> bool:
        """Whether a word calls things that the graph holds many of."""
        found = self._kinds.get(fold(token.text))
        return found is not None and any(s == found[0] and r == self.schema.grants[s].given for s, r, _ in triples)

    def _taken(self, tokens: tuple[Token, ...]) -> str:
        """The label whose taking a verb says: 受けた, 落札した."""
        said = {s.name for t in tokens for s in t.senses if s.kind == "relation"}
        return next((label for label, grant in self.schema.grants.items() if grant.taken in said), "")


class _Reading:
    """What the words taken so far say."""

    def __init__(self, schema: Schema, label: str, grant: Grant, own: list[str]) -> None:
        self.schema, self.label, self.grant, self.own = schema, label, grant, frozenset(own)
        self.who = _persons(schema, grant.taken)
        self._joining = {grant.taken, grant.given, grant.place, *grant.about}
        self.roles: dict[str, list[Named]] = {"takers": [], "givers": [], "places": [], "about": []}
        self.labels: list[str] = []
        self.asks: set[str] = set()
        self.operators: set[str] = set()
        self.number: int | None = None
        self.units: set[str] = set()
        self.since = self.before = ""
        self.year: int | None = None

    def take(self, tokens: tuple[Token, ...], at: int, literals: tuple[Written, ...]) -> bool:
        """Take up one word; False when it says something else."""
        token = tokens[at]
        if token.has("literal"):
            return any(self._literal(one) for one in literals if one.start == token.start)
        operators = {s.name for s in token.senses if s.kind == "operator"}
        if operators & {"not", "both", "average", "min", "oldest", "ascending"}:
            return False
        entities = self._entities(token)
        if entities:
            return True
        self.asks |= {s.name for s in token.senses if s.kind == "ask"}
        self.operators |= operators
        if token.has("number"):
            self.number = int(next(s.value for s in token.senses if s.kind == "number"))
            return bool({s.name for t in tokens[:at] for s in t.senses} & _ORDERS)
        labels = [s.name for s in token.senses if s.kind == "label" and s.name in self.who]
        self.labels += labels
        if labels or operators or fold(token.text) in self.own or self._money(token):
            return True
        return any(s.kind in _SPARE or s.name in self._joining for s in token.senses) or (
            token.unknown and is_light(tokens, at)
        )

    def _money(self, token: Token) -> bool:
        """Whether a word names the amount: the total is asked."""
        amount = any(
            s.kind == "property" and (s.label, s.name) == (self.label, self.grant.amount) for s in token.senses
        )
        if amount:
            self.operators.add("sum")
        return amount

    def _entities(self, token: Token) -> bool:
        """Take up the things that a word names, in the first role that they can have."""
        named = [s.value for s in token.senses if s.kind == "entity"]
        about = {label for name in self.grant.about for label in self.schema.relations[name].end}
        ends = self.schema.relations
        roles = (
            ("about", about),
            ("places", set(ends[self.grant.place].end)),
            ("givers", set(ends[self.grant.given].end)),
            ("takers", set(self.who)),
        )
        never_give = set(self.who) - set(ends[self.grant.given].end)
        for role, labels in roles:
            # A company and an association of one name: it is asked what they have, not what the association gave.
            if role == "givers" and any(i.partition("/")[0] in never_give for i in named):
                continue
            ids = tuple(dict.fromkeys(i for i in named if i.partition("/")[0] in labels))
            if ids:
                self.roles[role].append(Named(token.text, ids))
                return True
        return False

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
        if one.unit in COUNTERS and one.comparison == "=":
            self.number = int(one.value)
            self.units.add(one.unit)
            return True
        return False

    def question(self, kind: GrantKind, *, says_who: bool) -> Question | None:
        """The whole, where it says who, how much or of whom; else it may be about the programmes themselves."""
        limit = self.number if self.number and self.operators & _ORDERS else None
        if self.number and not limit:
            return None
        if "max" in self.operators and "top" not in self.operators:
            limit = limit or 1
        if any(len(self.roles[role]) > 1 for role in ("takers", "givers", "places")):
            return None
        takers, givers, places = (next(iter(self.roles[role]), None) for role in ("takers", "givers", "places"))
        if not (says_who or self.labels or takers or (self.operators & {"sum"} and any(self.roles.values()))):
            return None
        return Question(
            label=self.label,
            asked=self._asked(takers),
            kind=kind,
            taker_labels=tuple(dict.fromkeys(self.labels)) or self.who,
            takers=takers,
            givers=givers,
            places=places,
            about=tuple(self.roles["about"]),
            since=self.since,
            before=self.before,
            year=self.year,
            limit=limit,
        )

    def _asked(self, takers: Named | None) -> Asked:
        if "sum" in self.operators or "how_much" in self.asks:
            return "sum"
        if "how_many" in self.asks or "count" in self.operators:
            return "count_things" if takers or not self.labels else "count_takers"
        return "things" if takers else "takers"


def _persons(schema: Schema, relation: str) -> tuple[str, ...]:
    """The labels at the start of a relation that can be asked for by "who"."""
    return tuple(n for n in schema.relations[relation].start if "who" in schema.labels[n].asks)

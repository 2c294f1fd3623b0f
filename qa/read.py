"""The words of a question enter, what it may mean leaves as plans, the likeliest first."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from graph.schema import NUMBER_TYPES, Schema
from qa.items import Choice, PropertyWord, RelationWord, Thing, choices
from qa.light import inflected, is_light
from qa.literals import COUNTERS, Literal, condition_on
from qa.plan import Ask, QueryPlan
from qa.routes import Routes
from qa.segment import Token
from qa.tree import Tree, build, join
from qa.wanted import counts

LATE = 0.35
YES_NO_STARTS = frozenset({"is", "are", "was", "were", "do", "does", "did", "has", "have", "can"})
# Superlatives and orders, and whether the greatest comes first.
EXTREMES = {"max": True, "newest": True, "descending": True, "min": False, "oldest": False, "ascending": False}
MOST_PLANS = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """One meaning: the plan, what it costs (less is likelier), and the words it leaves out."""

    plan: QueryPlan
    cost: float
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signals:
    """What the grammar's words say about the question: ask words, operators and a number for `top n`."""

    asks: frozenset[str]
    operators: frozenset[str]
    japanese: bool
    number: int | None

    @property
    def extreme(self) -> str | None:
        """The superlative, if there is one."""
        return next((name for name in EXTREMES if name in self.operators), None)


@dataclass(frozen=True, slots=True)
class _Target:
    thing: Thing
    ask: Ask
    cost: float
    properties: tuple[str, ...] = ()
    used: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Draft:
    target: _Target
    tree: Tree
    words: tuple[RelationWord, ...]
    cost: float
    unread: tuple[str, ...]


class Reader:
    """Reads questions over one schema; it keeps only what is derived from it."""

    def __init__(self, schema: Schema, triples: frozenset[tuple[str, str, str]] = frozenset()) -> None:
        self.schema = schema
        self.triples = triples
        self.routes = Routes(schema, triples)

    def read(self, tokens: tuple[Token, ...], language: str, literals: tuple[Literal, ...] = ()) -> list[Reading]:
        """The plans that fit the words, cheapest first; empty when nothing can be joined."""
        signals = signals_of(tokens, language)
        lost = tuple(t.text for at, t in enumerate(tokens) if t.unknown and not self._spare(tokens, at, signals))
        lost += _loose_numbers(tokens, signals)
        drafts: list[_Draft] = []
        for choice in choices(tokens, self.schema):
            drafts += self._drafts(choice, signals, lost, tokens, literals)
        drafts.sort(key=lambda d: (len(d.unread), d.cost))
        found: dict[str, Reading] = {}
        for draft in drafts[: 4 * MOST_PLANS]:
            plan = self._plan(draft, signals)
            found.setdefault(plan.model_dump_json(), Reading(plan, draft.cost, draft.unread))
            if len(found) == MOST_PLANS:
                break
        return list(found.values())

    def _spare(self, tokens: tuple[Token, ...], at: int, signals: Signals) -> bool:
        # "When did it …" asks for the dates of a thing, whatever verb says what it did.
        # 「一番件数が多い」: what is greatest was said before.
        if tokens[at].has("compare") and signals.extreme:
            return True
        return is_light(tokens, at) or ("when" in signals.asks and inflected(tokens[at].text))

    def _drafts(
        self,
        choice: Choice,
        signals: Signals,
        lost: tuple[str, ...],
        tokens: tuple[Token, ...],
        literals: tuple[Literal, ...],
    ) -> Iterator[_Draft]:
        things = [i for i in choice.items if isinstance(i, Thing)]
        words = [i for i in choice.items if isinstance(i, RelationWord)]
        properties = [i for i in choice.items if isinstance(i, PropertyWord)]
        targets = [*self._targets(things, properties, words, signals, tokens)]
        if properties and signals.asks & {"who", "where"}:
            # 「半導体を対象マーケットとしている方は誰」: the property only says how the sector is meant.
            bare = self._targets(things, [], words, signals, tokens)
            targets += [replace(t, cost=t.cost + 0.9, used=(*t.used, *(p.at for p in properties))) for t in bare]
        for target in targets:
            said_again = target.thing.at < 0 and "where" in signals.asks
            others = [t for t in things if t.at != target.thing.at and t.at not in target.used]
            if said_again:
                certain = {t.label for t in things if t.ids}
                others = [t for t in others if t.ids or t.conditions or t.label not in certain]
            thing, others = _absorb(target.thing, others, signals)
            if target.thing.at < 0 and target.properties and not self._next_to(thing, others, words):
                continue
            others = [self._widened(t, words) for t in others]
            bound, loose = self._bind(literals, [thing, *others], tokens, target.properties)
            trees = join(bound[0], bound[1:], words, self.routes)
            trees += self._with_anything(bound, words, signals, any(t.negated for t in things))
            for tree in trees:
                spare = tree.unused if target.thing.at >= 0 and _plainly_joined(tree, self.routes) else ()
                unread = [*loose, *(tokens[w.at].text for w in tree.unused if w not in spare)]
                unread += [tokens[p.at].text for p in properties if p.at not in target.used]
                cost = choice.cost + target.cost + tree.cost + 0.5 * len(spare)
                yield _Draft(target, tree, tuple(words), cost, tuple(dict.fromkeys((*lost, *unread))))

    def _widened(self, thing: Thing, words: list[RelationWord]) -> Thing:
        """A bare kind at the end of a named relation stands for all like it: "with another organisation" may be a firm."""
        if thing.ids or thing.conditions or "|" in thing.label or thing.negated:
            return thing
        asks = self.schema.labels[thing.label].asks
        for word in words if asks else ():
            relation = self.schema.relations[word.name]
            for ends in (relation.start, relation.end):
                alike = [n for n in ends if self.schema.labels[n].asks == asks]
                if thing.label in alike and len(alike) > 1:
                    return replace(thing, label="|".join(alike))
        return thing

    def _next_to(self, owner: Thing, others: list[Thing], words: list[RelationWord]) -> bool:
        """Whether something mentioned is joined directly to the owner of an asked property, so that it is about that."""
        named = frozenset(w.name for w in words)
        return not others or any(
            len(route.legs) == 1 for t in others for route in self.routes.best(owner.label, t.label, named)
        )

    def _with_anything(
        self, things: list[Thing], words: list[RelationWord], signals: Signals, negated: bool
    ) -> list[Tree]:
        """A relation that is named without its other end: "who applied jointly", 「共同応募をしていない人」."""
        target = things[0]
        found: list[Tree] = []
        for word in words if not target.ids else ():
            relation = self.schema.relations[word.name]
            far = relation.end if target.label in relation.start else relation.start
            if target.label not in (*relation.start, *relation.end):
                continue
            anything = Thing(word.at, "|".join(far), negated="not" in signals.operators and not negated)
            grown = join(target, [*things[1:], anything], words, self.routes)[:1]
            found += [replace(tree, cost=tree.cost + 0.8) for tree in grown if not tree.unused]
        return found

    def _bind(
        self, literals: tuple[Literal, ...], things: list[Thing], tokens: tuple[Token, ...], asked: tuple[str, ...]
    ) -> tuple[list[Thing], list[str]]:
        """Put each year or amount on the first thing that has a property for it, other than the one asked for."""
        bound, loose = list(things), []
        for literal in literals:
            for at, thing in enumerate(bound):
                condition = condition_on(literal, thing.label, self.schema)
                if condition and (at or condition.property not in asked):
                    bound[at] = replace(thing, conditions=(*thing.conditions, condition))
                    break
            else:
                if literal.comparison != "=" or literal.unit not in COUNTERS:
                    loose += [t.text for t in tokens if t.start == literal.start]
        return bound, loose

    def _targets(
        self,
        things: list[Thing],
        properties: list[PropertyWord],
        words: list[RelationWord],
        signals: Signals,
        tokens: tuple[Token, ...],
    ) -> Iterator[_Target]:
        order = things[::-1] if signals.japanese else things
        if not properties:
            yield from self._open_things(order, signals)
            yield from self._asked_labels(things, words, signals)
            yield from self._far_ends(things, words, signals)
            yield from _lone(things, words, signals, tokens)
        if "when" in signals.asks and not properties:
            yield from self._dated(things)
        if properties:
            yield from self._owners(properties, things, order, signals)

    def _open_things(self, order: list[Thing], signals: Signals) -> Iterator[_Target]:
        rank = 0
        for thing in order:
            if thing.open and not thing.negated:
                late = LATE * rank + (
                    0.6 if signals.asks & {"who", "where"} and not self._answers(thing, signals) else 0
                )
                yield _Target(thing, _ask_of_things(signals), late)
                rank += 1

    def _answers(self, thing: Thing, signals: Signals) -> bool:
        return any(ask in signals.asks for ask in self.schema.labels[thing.label].asks)

    def _asked_labels(self, things: list[Thing], words: list[RelationWord], signals: Signals) -> Iterator[_Target]:
        """A new thing of every kind that the ask word means: who → people, where → places."""
        certain = {t.label for t in things if t.ids}
        # 「TANIDAは何県の会社」: the kind only says again what the named thing is.
        if any(t.open and self._answers(t, signals) and t.label not in certain for t in things) or not things:
            return
        asked = [n for n, label in self.schema.labels.items() if set(label.asks) & signals.asks]
        for rank, name in enumerate(asked):
            yield _Target(Thing(-1, name), "things", 0.1 + 0.1 * rank)
        for word in words:
            relation = self.schema.relations[word.name]
            for ends in (relation.start, relation.end):
                both = [name for name in asked if name in ends]
                if len(both) > 1:
                    yield _Target(Thing(-1, "|".join(both)), "things", 0.05)

    def _far_ends(self, things: list[Thing], words: list[RelationWord], signals: Signals) -> Iterator[_Target]:
        """「Xの支援先は」, "what did X develop": the other end of the named relation is asked."""
        if signals.asks & {"who", "where"}:
            return
        for word in words:
            relation = self.schema.relations[word.name]
            for forward, mine, far in ((True, relation.start, relation.end), (False, relation.end, relation.start)):
                named = [t.label for t in things if t.ids]
                if any(label in far for label in named) and not word.conditions:
                    # "the joint applicant of X", where people of X applied jointly with it.
                    yield _Target(Thing(-1, "|".join(far)), _ask_of_things(signals), 1.1)
                reached = self.routes.ends(tuple(label for label in named if label in mine), word.name, forward)
                if reached:
                    against = 0.3 if forward == word.reverse else 0.0
                    yield _Target(Thing(-1, "|".join(reached)), _ask_of_things(signals), 0.5 + against, used=(word.at,))

    def _dated(self, things: list[Thing]) -> Iterator[_Target]:
        """When something was: the dates that the graph holds of it."""
        for thing in (t for t in things if t.ids and "|" not in t.label):
            dates = [n for n, p in self.schema.properties(thing.label).items() if p.asks == "when"]
            for rank, name in enumerate(dates):
                yield _Target(thing, "values", 0.3 + 0.1 * rank, (name,))

    def _owners(
        self, words: list[PropertyWord], things: list[Thing], order: list[Thing], signals: Signals
    ) -> Iterator[_Target]:
        """The named properties of something mentioned, or of something joined to it."""
        ask: Ask = "sum" if "sum" in signals.operators else "average" if "average" in signals.operators else "values"
        owners = [o for o in words[0].owners if all(o in w.owners for w in words)]
        names, used = tuple(dict.fromkeys(w.name for w in words)), tuple(w.at for w in words)
        mentioned = [t for t in order if t.label in owners]
        for rank, thing in enumerate(mentioned):
            yield _Target(thing, ask, 0.15 * rank, names, used)
        for owner in owners if things or signals.extreme else ():
            if owner not in {t.label for t in mentioned}:
                yield _Target(Thing(-1, owner), ask, 0.9, names, used)

    def _plan(self, draft: _Draft, signals: Signals) -> QueryPlan:
        parts, steps = build(draft.tree, draft.words, self.schema)
        target = draft.target
        order, descending, limit = None, False, None
        word = signals.extreme
        if word or signals.number:
            order = _order_property(parts[0].label.split("|")[0], word, target.properties, self.schema)
            if order:
                descending = EXTREMES[word or "max"]
                limit = signals.number or (None if word in ("descending", "ascending") else 1)
        return QueryPlan(
            ask=target.ask,
            target=parts[0].name,
            parts=parts,
            steps=steps,
            properties=target.properties,
            order_by=order,
            descending=descending,
            limit=limit,
        )


def _absorb(target: Thing, others: list[Thing], signals: Signals) -> tuple[Thing, list[Thing]]:
    """Conditions on things of the target's own kind are conditions on the target; with "or", alternatives."""
    same = [t for t in others if t.open and t.label == target.label]
    if not same or not target.open:
        return target, others
    conditions = list(target.conditions)
    conditions += [
        c.model_copy(update={"comparison": "lacks" if c.comparison == "contains" else "<>"})
        for t in same
        if t.negated
        for c in t.conditions
    ]
    for condition in (c for t in same if not t.negated for c in t.conditions):
        twin = next((i for i, c in enumerate(conditions) if c.property == condition.property), None)
        if twin is not None and "both" not in signals.operators:
            values = (*conditions[twin].values(), *condition.values())
            conditions[twin] = condition.model_copy(update={"value": tuple(dict.fromkeys(values))})
        else:
            conditions.append(condition)
    rest = [t for t in others if t not in same]
    return replace(target, conditions=tuple(conditions)), rest


def _plainly_joined(tree: Tree, routes: Routes) -> bool:
    """Whether there is but one plain way to join the things, so that a verb for it need not name the relation."""
    return bool(tree.edges) and all(
        len(route.legs) == 1
        and len([r for r in routes.between(route.legs[0].start, route.legs[0].end) if len(r.legs) == 1]) == 1
        for _, route in tree.edges
    )


def _lone(
    things: list[Thing], words: list[RelationWord], signals: Signals, tokens: tuple[Token, ...]
) -> Iterator[_Target]:
    """A question about one certain thing: all about it, or whether it is so."""
    certain = [t for t in things if t.ids]
    if not certain:
        return
    if len(things) == 1 and not words and not signals.asks & {"how_many", "how_much", "when", "where", "why", "share"}:
        yield _Target(certain[0], "describe", 0.4)
    if signals.asks != {"yes_no"}:
        return
    topic = certain[0]
    if signals.japanese and not (topic.at + 1 < len(tokens) and tokens[topic.at + 1].text == "は"):
        return
    same = [t for t in things if t.open and t.label == topic.label]
    conditions = tuple(c for t in same for c in t.conditions)
    yield _Target(replace(topic, conditions=conditions), "yes_no", 0.2, used=tuple(t.at for t in same))


def _ask_of_things(signals: Signals) -> Ask:
    return "count" if "how_many" in signals.asks or "count" in signals.operators else "things"


def signals_of(tokens: tuple[Token, ...], language: str) -> Signals:
    """The ask words and operators of a question."""
    asks = {s.name for t in tokens for s in t.senses if s.kind == "ask"}
    operators = {s.name for t in tokens for s in t.senses if s.kind == "operator"}
    if language == "en" and tokens and tokens[0].text.lower() in YES_NO_STARTS:
        asks.add("yes_no")
    if language == "ja" and not asks and len(tokens) > 2 and _ends_in_verb(tokens):
        asks.add("yes_no")
    if asks - {"yes_no"}:
        asks.discard("yes_no")
    number = None
    for at, token in enumerate(tokens):
        near = tokens[max(0, at - 1) : at + 2]
        if token.has("number") and any(s.kind == "operator" and s.name == "top" for t in near for s in t.senses):
            number = int(float(token.senses[-1].value.rstrip("%")))
    return Signals(frozenset(asks), frozenset(operators), language == "ja", number)


def _ends_in_verb(tokens: tuple[Token, ...]) -> bool:
    """「XはYを使った？」: a topic and a verb at the end, so the question is whether it is so."""
    last = next((t for t in reversed(tokens) if not t.has("ignore") or t.has("relation")), None)
    topic = any(one.has("entity") and two.text == "は" for one, two in itertools.pairwise(tokens))
    return topic and last is not None and last.has("relation") and tokens[-1].text != "は" and tokens[-1] is not last


def _loose_numbers(tokens: tuple[Token, ...], signals: Signals) -> tuple[str, ...]:
    """Numbers and comparisons that no plan takes up yet: leaving them out would answer another question."""
    loose = [
        token.text
        for at, token in enumerate(tokens)
        if (token.has("number") and not counts(tokens, at)) or (token.has("comparator") and not token.has("ignore"))
    ]
    return () if signals.number is not None and len(loose) == 1 else tuple(loose)


def _order_property(label: str, word: str | None, asked: tuple[str, ...], schema: Schema) -> str | None:
    properties = schema.properties(label)
    if word in ("newest", "oldest"):
        return next((n for n, p in properties.items() if p.asks == "when"), None)
    numeric = [n for n, p in properties.items() if p.type in NUMBER_TYPES]
    return next((n for n in asked if n in numeric), numeric[0] if numeric else None)

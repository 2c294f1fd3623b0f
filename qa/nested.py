"""Slots in order of dependence enter, the plans whose patterns they build up one after another leave, cheapest first.

For questions that go from thing to thing: "emails of people who live with a friend of the owner of this phone". Each word
hangs on one of the things before it; of all ways to do so the cheapest few are kept (a beam).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from graph.schema import Schema
from qa.asked import order_of, wanted
from qa.items import Thing
from qa.lexicon import Sense
from qa.literals import Literal
from qa.nouns import Noun, Nouns, Slot
from qa.plan import Ask, Part, QueryPlan
from qa.read import Reading, Signals, signals_of
from qa.routes import Route, Routes
from qa.segment import Token
from qa.text import Folded
from qa.tree import Tree, build

WIDTH = 24
MOST_ROUTES = 6
MOST_SLOTS = 24
MOST_PLANS = 4
NAMED, OVER, ONLY, PLAIN, LEG = 0.2, 0.4, 0.5, 1.0, 0.4
UNNAMED, STEP, AHEAD = 0.9, 0.15, 0.15
ELSEWHERE, AGAIN, BACK = 0.6, 0.3, 0.6
UNUSED = 1.2
LEFT_OUT = 0.8
COUNTED = frozenset({"how_many", "how_often"})
Said = tuple[int, frozenset[str]]


@dataclass(frozen=True, slots=True)
class State:
    """What the words up to one place have built: things hung below the first, and relation words still to be used."""

    cost: float = 0.0
    things: tuple[Thing, ...] = ()
    edges: tuple[tuple[int, Route], ...] = ()
    waiting: tuple[Said, ...] = ()
    said: tuple[Said, ...] = ()
    asked: tuple[Sense, ...] = ()
    hinted: frozenset[str] = frozenset()
    by: str = ""
    clause: bool = False
    last: int = 0


def _said_behind(slots: Sequence[Slot], at: int) -> frozenset[str]:
    """The relations of a word at this place that ends what was said before it: "who does Ann know", "calls it got at six"."""
    if at >= len(slots) or slots[at].nouns:
        return frozenset()
    after, beyond = (slots[i] if i < len(slots) else None for i in (at + 1, at + 2))
    ends = (
        after is None
        or not after.nouns
        or after.marks & {"and", "who"}
        or (after.literal and not (beyond and beyond.beside))
    )
    return slots[at].relations if ends else frozenset()


class NestedReader:
    """Reads questions by the order of their words, over one schema."""

    def __init__(self, schema: Schema, routes: Routes) -> None:
        self.schema, self.routes = schema, routes
        self.nouns = Nouns(schema)
        self._ways = lru_cache(maxsize=8192)(self._find_ways)

    def read(
        self, folded: Folded, tokens: tuple[Token, ...], language: str, literals: Sequence[Literal] = ()
    ) -> list[Reading]:
        """The plans that take up the words, cheapest first; empty when nothing can be joined."""
        slots, unread = self.nouns.slots(folded, tokens, literals)
        if not slots or len(slots) > MOST_SLOTS:
            return []
        signals = signals_of(tokens, language)
        states = [State(asked=wanted(self.schema, signals, slots[0]))]
        for at, slot in enumerate(slots):
            ahead = _said_behind(slots, at + 1)
            beyond = next((s for s in slots[at + 1 :] if s.nouns), None)
            labels = frozenset(noun.label for noun in beyond.nouns) if beyond else frozenset[str]()
            grown: dict[tuple[object, ...], State] = {}
            for state in states:
                for new in self._grow(state, slot, ahead, labels, signals):
                    key = (new.things, new.edges, new.waiting, new.asked, new.last)
                    old = grown.get(key)
                    if old is None or new.cost < old.cost:
                        grown[key] = new
            states = sorted(grown.values(), key=lambda s: s.cost)[:WIDTH]
        found: dict[str, Reading] = {}
        for state in sorted(map(self._settled, states), key=lambda s: s.cost):
            plan = self._plan(state, signals) if state.things else None
            if plan is not None:
                found.setdefault(plan.model_dump_json(), Reading(plan, state.cost, unread))
            if len(found) == MOST_PLANS:
                break
        return list(found.values())

    def _grow(
        self, state: State, slot: Slot, ahead: frozenset[str], beyond: frozenset[str], signals: Signals
    ) -> Iterator[State]:
        named = {s.label for s in slot.properties}
        for noun in slot.nouns:
            # "the addresses of …" are texts rather than places.
            dearer = 0.3 if noun.bare and noun.label in named and not state.things else 0.0
            yield from self._take(state, slot, replace(noun, cost=noun.cost + dearer), ahead)
        if slot.relations:
            yield from self._say(state, slot, beyond, signals)
        if slot.properties:
            if not state.things or (len(state.things) == 1 and state.things[0].at < 0 and not state.asked):
                # "The number of postcodes" counts things, and no texts.
                dearer = bool(slot.nouns) * (0.6 if signals.asks & COUNTED else 0.1)
                yield replace(state, things=(), asked=(*state.asked, *slot.properties), cost=state.cost + dearer)
            else:
                first = state.things[0].label
                by = next((s.name for s in slot.properties if s.label == first), "") if signals.extreme else ""
                if by:  # "the call with the earliest time"
                    yield replace(state, cost=state.cost + 0.2, by=by)
                yield replace(state, cost=state.cost + LEFT_OUT * (2 if slot.nouns else 1))
        if slot.free:
            kinds = any(noun.bare for noun in slot.nouns)
            yield replace(state, cost=state.cost + (0.9 if kinds else 0.6 if slot.relations else 0.35))

    def _say(self, state: State, slot: Slot, beyond: frozenset[str], signals: Signals) -> Iterator[State]:
        """A relation is named: it waits for what it leads to, unless it only ends what was joined by it.

        `beyond` are the labels of the next thing.
        """
        if state.things or state.asked:
            said = (slot.at, slot.relations)
            ended = bool(slot.relations & state.hinted)
            last = state.edges[state.last - 1][1].legs if state.last and state.edges else ()
            if ended:
                yield replace(state, hinted=frozenset())
            elif any(leg.relation in slot.relations for leg in last) and not self._leads(state, slot, beyond):
                yield replace(state, cost=state.cost + 0.15)
            cost = state.cost + (0.3 if ended else 0.0)
            clause = state.clause or "who" in slot.marks
            yield replace(state, cost=cost, waiting=(*state.waiting, said), said=(*state.said, said), clause=clause)
        elif "who" in signals.asks or "how_many" in signals.asks:
            yield from self._implied(state, slot)
        if not state.things and not state.asked:  # "the first recorded crime"
            yield replace(state, cost=state.cost + (0.9 if slot.nouns else 0.4))

    def _leads(self, state: State, slot: Slot, beyond: frozenset[str]) -> bool:
        """Whether what was said last may be joined to what comes by the relations of a word."""
        label, said = state.things[state.last].label, ((slot.at, slot.relations),)
        return bool(state.waiting) or any(end == label or self._joins(label, said, end) for end in beyond)

    def _implied(self, state: State, slot: Slot) -> Iterator[State]:
        """Who or how many do something, where no word says of which kind they are."""
        said = (slot.at, slot.relations)
        labels = {label for name in slot.relations for label in self._ends(name) if label in self.nouns.people}
        for label in sorted(labels):
            yield State(state.cost + 0.3, (Thing(-1, label),), (), (said,), (said,), state.asked)

    def _ends(self, name: str) -> tuple[str, ...]:
        relation = self.schema.relations[name]
        return (*relation.start, *relation.end)

    def _take(self, state: State, slot: Slot, noun: Noun, ahead: frozenset[str]) -> Iterator[State]:
        thing = Thing(
            -1 if noun.implied else slot.at, noun.label, noun.ids, noun.conditions, slot.text, role=bool(noun.role)
        )
        role: tuple[Said, ...] = ((slot.at, frozenset({noun.role})),) if noun.role else ()
        cost = state.cost + noun.cost
        if not state.things:
            yield from self._begin(replace(state, cost=cost), thing, role, ahead)
            return
        yield from self._merge(replace(state, cost=cost), slot, noun, thing, role)
        for attached in self._attach(replace(state, cost=cost), thing, slot, ahead):
            yield replace(attached, waiting=(*attached.waiting, *role), said=(*attached.said, *role))
        if role and not state.waiting:  # "people who have friends": the relation is that to the thing before
            named = replace(state, cost=cost + 0.3, waiting=role, said=(*state.said, *role))
            yield from self._attach(named, thing, slot, frozenset())

    def _begin(self, state: State, thing: Thing, role: tuple[Said, ...], ahead: frozenset[str]) -> Iterator[State]:
        """The first thing: what is asked for, or what has the asked property."""
        owners = list(dict.fromkeys(s.label for s in state.asked))
        said = (*state.said, *role)
        if not owners or thing.label in owners:
            yield replace(state, things=(thing,), waiting=(*state.waiting, *role), said=said)
        for owner in owners:
            if owner != thing.label:
                first = replace(state, things=(Thing(-1, owner),), cost=state.cost + 0.1)
                slot = Slot(thing.at, thing.mention)
                for attached in self._attach(first, thing, slot, ahead):
                    yield replace(attached, waiting=(*attached.waiting, *role), said=(*attached.said, *role))

    def _merge(self, state: State, slot: Slot, noun: Noun, thing: Thing, role: tuple[Said, ...]) -> Iterator[State]:
        """The word says more of a thing that is there: its kind again, its name, a date."""
        for at in range(len(state.things) - 1, -1, -1):
            there = state.things[at]
            if there.label != noun.label or (there.ids and noun.ids):
                continue
            known = {c.property: c for c in there.conditions}
            if any(known.get(c.property, c) != c for c in noun.conditions):
                continue
            far = at != state.last
            cost = state.cost + STEP * (len(state.things) - 1 - at if far else 0)
            if there.at < 0 and not noun.role:
                used = {leg.relation for _, route in state.edges for leg in route.legs}
                waiting = tuple(w for w in state.waiting if not w[1] & used)
                now = replace(state, cost=state.cost + 0.05, waiting=waiting)
                yield self._merged(now, at, slot, thing, role)
            cost += (ELSEWHERE + ELSEWHERE * ("of" in slot.marks)) * (far and not slot.literal and there.at >= 0)
            own = any(said[0] == there.at for said in state.waiting)
            if own and "of" in slot.marks:
                cost += 1.0
                if not self._joins(there.label, state.waiting, noun.label):  # "the holder of NHS number 5"
                    names = tuple(w for w in state.waiting if w[0] == there.at)
                    kept = tuple(w for w in state.waiting if w not in names)
                    said = tuple(w for w in state.said if w not in names)
                    freed = replace(state, cost=state.cost + 0.2, waiting=kept, said=said)
                    yield self._merged(freed, at, slot, thing, role)
            if noun.role:
                if at != state.last or "is" not in slot.marks:
                    continue
            elif noun.bare:
                named_before = there.at >= 0 and slot.beside and at == state.last
                again = there.at < 0 or named_before or "is" in slot.marks
                cost += 0.0 if again else 0.5 if "the" in slot.marks else 1.1
                cost += 0.6 if state.waiting else 0.0
            elif any(said[0] != there.at for said in state.waiting):
                # "cases involving robbery": nothing of the sort joins a case to a case.
                hinted = (there.label, there.label) in self.routes.hints
                idle = not hinted and not self._joins(there.label, state.waiting, there.label)
                if idle:
                    names = tuple(w for w in state.waiting if w[0] != there.at)
                    dropped = tuple(w for w in state.said if w not in names)
                    kept = tuple(w for w in state.waiting if w not in names)
                    yield replace(
                        self._merged(state, at, slot, thing, role), cost=cost + 0.3, said=dropped, waiting=kept
                    )
                cost += 0.2 if slot.literal or there.at < 0 else 1.2
            yield replace(self._merged(state, at, slot, thing, role), cost=cost)

    @staticmethod
    def _merged(state: State, at: int, slot: Slot, thing: Thing, role: tuple[Said, ...]) -> State:
        there = state.things[at]
        merged = replace(
            there,
            at=there.at if there.role else max(there.at, slot.at),
            ids=there.ids or thing.ids,
            conditions=tuple(dict.fromkeys((*there.conditions, *thing.conditions))),
            mention=thing.mention if thing.ids or not there.mention else there.mention,
        )
        things = (*state.things[:at], merged, *state.things[at + 1 :])
        return replace(state, things=things, waiting=(*state.waiting, *role), said=(*state.said, *role), last=at)

    def _joins(self, label: str, waiting: tuple[Said, ...], other: str) -> bool:
        """Whether one of the relations joins things of the two labels."""
        names = frozenset[str]().union(*(names for _, names in waiting))
        return any(leg.relation in names and leg.end == other for leg in self.routes.legs[label])

    def _attach(self, state: State, thing: Thing, slot: Slot, ahead: frozenset[str]) -> Iterator[State]:
        """The word is a new thing, joined to one that is there."""
        named = frozenset[str]().union(*(names for _, names in state.waiting))
        child = len(state.things)
        again = AGAIN * (not named and not ahead and any(t.label == thing.label for t in state.things))
        if "and" in slot.marks and not named and state.last and state.things[state.last].label == thing.label:
            yield self._beside(state, thing)
        for at in range(child - 1, -1, -1):
            distance = STEP * (child - 1 - at)
            if at == state.last:
                distance = 0.3 if "and" in slot.marks and child > 1 else 0.0
            elif "and" not in slot.marks:
                distance += 0.6 + 0.5 * state.clause  # "that …" is said of the last
            above = state.things[state.edges[at - 1][0]].label if at else ""
            for cost, route in self._ways(state.things[at].label, thing.label, named, ahead):
                used = {leg.relation for leg in route.legs}
                waiting = tuple(w for w in state.waiting if not w[1] & used)
                # A way over another thing of the kind that it hangs on: of that one it would have been said.
                back = BACK * (len(route.legs) > 1 and route.legs[0].end == above)
                yield replace(
                    state,
                    cost=state.cost + cost + distance + again + back,
                    things=(*state.things, thing),
                    edges=(*state.edges, (at, route)),
                    waiting=waiting,
                    hinted=frozenset(used & ahead - named),
                    clause=False,
                    last=child,
                )

    @staticmethod
    def _beside(state: State, thing: Thing) -> State:
        """ "Knows Philip and Ann": the thing is joined as the one before it is."""
        edge = state.edges[state.last - 1]
        return replace(
            state,
            cost=state.cost + 0.1,
            things=(*state.things, thing),
            edges=(*state.edges, edge),
            last=len(state.things),
        )

    def _find_ways(
        self, start: str, end: str, named: frozenset[str], ahead: frozenset[str]
    ) -> tuple[tuple[float, Route], ...]:
        """The ways between two labels with what they cost, given the relations said before and right after."""
        routes = self.routes.between(start, end, named | ahead)
        direct = [route for route in routes if len(route.legs) == 1]
        found = []
        for route in routes:
            cost = LEG * (len(route.legs) - 1)
            fits = False
            for leg in route.legs:
                if leg.relation in named:
                    cost, fits = cost + NAMED, True
                elif leg.relation in ahead:
                    cost += NAMED + AHEAD
                else:
                    cost += OVER if len(route.legs) > 1 else ONLY if len(direct) == 1 else PLAIN
            if named and not fits:
                cost += UNNAMED
            if start == end and len(route.legs) == 1 and not (fits or route.legs[0].relation in ahead):
                cost += 0.5
            found.append((cost, route))
        found.sort(key=lambda one: one[0])
        return tuple(found[:MOST_ROUTES])

    def _settled(self, state: State) -> State:
        """The state with what its last words imply ("residences" are lived in), and the price of words that nothing uses."""
        for at, names in state.waiting:
            index = next((i for i, thing in enumerate(state.things) if thing.role and thing.at == at), None)
            used = {leg.relation for _, route in state.edges for leg in route.legs}
            if index is None or names & used:
                continue
            label = state.things[index].label
            leg = next((leg for leg in self.routes.legs[label] if leg.relation in names), None)
            if leg:
                route = Route((leg,), NAMED, names)
                far = Thing(-1, leg.end)
                state = replace(state, things=(*state.things, far), edges=(*state.edges, (index, route)))
        used = {leg.relation for _, route in state.edges for leg in route.legs}
        idle = sum(not names & used for _, names in state.said)
        return replace(state, cost=state.cost + UNUSED * idle)

    def _plan(self, state: State, signals: Signals) -> QueryPlan | None:
        tree = Tree(state.things, state.edges, state.cost, ())
        parts, steps = build(tree, (), self.schema)
        label = parts[0].label
        properties = self.schema.properties(label)
        fixed = {c.property for c in parts[0].conditions if c.comparison == "="}
        asked = tuple(dict.fromkeys(s.name for s in state.asked if s.label == label))
        if "when" in signals.asks and fixed.intersection(asked):
            # When it was on a day that is given asks for the time.
            asked = tuple(n for n, p in properties.items() if p.asks == "when" and n not in fixed)[:1] or asked
        order, descending = order_of(self.schema, label, signals, (state.by, *asked) if state.by else asked, fixed)
        ask: Ask = "values" if asked else "things"
        if signals.asks & COUNTED or ("count" in signals.operators and not asked):
            ask, asked = "count", ()
        if len(parts) == 1 and ask == "things" and parts[0].ids:
            ask = "describe"
        return QueryPlan(
            ask=ask,
            target=parts[0].name,
            parts=parts,
            steps=steps,
            properties=tuple(n for n in asked if n in properties),
            apart=True,
            order_by=order if ask != "count" else None,
            descending=descending if ask != "count" else False,
            limit=(signals.number or 1) if order and ask != "count" else None,
        )


def alike(parts: Sequence[Part], others: Sequence[Part]) -> bool:
    """Whether two plans speak of the same things."""
    ours, theirs = (Counter((tuple(c.value for c in p.conditions), p.ids) for p in one) for one in (parts, others))
    return ours == theirs

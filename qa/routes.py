"""Two labels and the relations a question names enter, the ways to join them through the schema leave, cheapest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from graph.schema import Schema

# Longer ways than two legs are looked for only where there is no shorter one: they are rarely what people mean.
SHORT, LONGEST = 2, 3
PLAIN, NAMED = 1.0, 0.3
MOST = 60
# So many ways, and so much dearer than the cheapest, are worth trying when the cheapest finds nothing.
ALIKE, NEAR = 3, 0.5


@dataclass(frozen=True, slots=True)
class Leg:
    """One relation walked from `start` to `end` label; `forward` says whether along its own direction."""

    start: str
    relation: str
    end: str
    forward: bool


@dataclass(frozen=True, slots=True)
class Route:
    """A way of one to three legs, what it costs, and which named relations it uses."""

    legs: tuple[Leg, ...]
    cost: float
    named: frozenset[str]


class Routes:
    """All ways through one schema; computed once for each pair of labels.

    `triples` are the (start label, relation, end label) that the data holds: a way over others finds nothing.
    """

    def __init__(self, schema: Schema, triples: frozenset[tuple[str, str, str]] = frozenset()) -> None:
        self.schema = schema
        self.legs: dict[str, list[Leg]] = defaultdict(list)
        for name, relation in schema.relations.items():
            for start in relation.start:
                for end in relation.end:
                    if triples and (start, name, end) not in triples:
                        continue
                    self.legs[start].append(Leg(start, name, end, True))
                    if start != end or not relation.symmetric:
                        self.legs[end].append(Leg(end, name, start, False))
        self.hints = {(h.start, h.end): h.via for h in schema.paths}
        self._all = lru_cache(maxsize=4096)(self._walk)
        self.best = lru_cache(maxsize=16384)(self._best)

    def ends(self, starts: Iterable[str], relation: str, forward: bool) -> tuple[str, ...]:
        """The labels that a relation leads to from the given ones, in the data."""
        legs = (leg for start in starts for leg in self.legs[start])
        return tuple(dict.fromkeys(leg.end for leg in legs if leg.relation == relation and leg.forward == forward))

    def between(self, start: str, end: str, named: Iterable[str] = ()) -> list[Route]:
        """The ways from `start` to `end`, those that use the named relations and hinted ways first."""
        wanted = frozenset(named)
        weak = {name for name, relation in self.schema.relations.items() if relation.weak} - wanted
        meant = (legs for legs in self._all(start, end) if not any(leg.relation in weak for leg in legs))
        routes = [self._cost(legs, wanted) for legs in meant]
        routes.sort(key=lambda r: (r.cost, len(r.legs)))
        return routes[:MOST]

    def _best(self, start: str, end: str, named: frozenset[str]) -> tuple[Route, ...]:
        """The cheapest ways that cost about the same, and the cheapest one that uses each named relation."""
        found = self.between(start, end, named)
        picked = [r for r in found[:ALIKE] if r.cost <= found[0].cost + NEAR]
        for name in sorted(named):
            one = next((r for r in found if name in r.named), None)
            if one and one not in picked:
                picked.append(one)
        return tuple(picked)

    def _walk(self, start: str, end: str) -> tuple[tuple[Leg, ...], ...]:
        found: list[tuple[Leg, ...]] = []

        def step(at: str, legs: tuple[Leg, ...], longest: int) -> None:
            for leg in self.legs[at]:
                if leg.end == end:
                    found.append((*legs, leg))
                inner = len(legs) + 1 < longest and leg.end not in (start, end)
                if inner and all(leg.end != earlier.start for earlier in legs):
                    step(leg.end, (*legs, leg), longest)

        step(start, (), SHORT)
        if not found:
            step(start, (), LONGEST)
        return tuple(found)

    def _cost(self, legs: tuple[Leg, ...], wanted: frozenset[str]) -> Route:
        used = frozenset(leg.relation for leg in legs) & wanted
        path = tuple(leg.relation for leg in legs)
        first, last = legs[0].start, legs[-1].end
        hint = self.hints.get((first, last)), self.hints.get((last, first))
        if path == hint[0] or (hint[1] and path == hint[1][::-1]):
            return Route(legs, min(PLAIN, sum(NAMED if leg.relation in wanted else 0.5 for leg in legs)) - 0.1, used)
        cost = 0.0
        for leg in legs:
            cost += NAMED if leg.relation in wanted else PLAIN
        return Route(legs, cost + 0.35 * (len(legs) - 1), used)

"""A target and the other things a question mentions enter, the cheapest pattern that joins them all leaves."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graph.schema import Schema
from qa.items import RelationWord, Thing
from qa.plan import Part, Step
from qa.routes import Route, Routes

MOST_THINGS = 4
MOST_SHAPES, MOST_PICKS, MOST_TREES = 8, 27, 4
UNUSED_RELATION = 2.5
DISTANCE = 0.12


@dataclass(frozen=True, slots=True)
class Tree:
    """Things hung below the first one: the parent and the route of each, what it costs, and the words it leaves out."""

    things: tuple[Thing, ...]
    edges: tuple[tuple[int, Route], ...]
    cost: float
    unused: tuple[RelationWord, ...]


def join(target: Thing, others: Sequence[Thing], relations: Sequence[RelationWord], routes: Routes) -> list[Tree]:
    """The cheapest trees with `target` as root, at most MOST_TREES; empty when something cannot be joined."""
    if len(others) > MOST_THINGS:
        return []
    things = (target, *others)
    named = frozenset(word.name for word in relations)
    drafts: list[tuple[float, tuple[tuple[int, Route], ...]]] = []
    for parents, edges, distance in _likeliest(things, named, routes):
        for picked in itertools.islice(itertools.product(*edges), MOST_PICKS):
            used = frozenset[str]().union(*(route.named for route in picked))
            cost = sum(route.cost for route in picked) + distance + UNUSED_RELATION * len(named - used)
            drafts.append((cost, tuple(zip(parents, picked, strict=True))))
    drafts.sort(key=lambda draft: draft[0])
    return [_tree(things, edges, cost, relations, routes) for cost, edges in drafts[:MOST_TREES]]


def _likeliest(
    things: tuple[Thing, ...], named: frozenset[str], routes: Routes
) -> list[tuple[tuple[int, ...], list[tuple[Route, ...]], float]]:
    """The shapes of trees that cost least at best: the parents, the routes of each edge, and the cost of distance."""
    count = len(things) - 1
    between = {
        (parent, child): _between(things[parent], things[child], named, routes)
        for child in range(1, count + 1)
        for parent in range(count + 1)
        # What is denied is denied of the things asked for, not of one that the question names.
        if parent != child and not (parent and things[parent].ids and things[child].negated)
    }
    shapes: list[tuple[float, tuple[int, ...], float]] = []
    for parents in _trees(count):
        pairs = list(zip(parents, range(1, count + 1), strict=True))
        if not all(between.get(pair) for pair in pairs):
            continue
        distance = sum(
            DISTANCE * abs(things[parent].at - things[child].at) ** 0.5
            for parent, child in pairs
            if parent or things[0].at >= 0
        )
        shapes.append((sum(between[pair][0].cost for pair in pairs) + distance, parents, distance))
    shapes.sort(key=lambda shape: shape[0])
    return [
        (parents, [between[parent, child] for child, parent in enumerate(parents, 1)], distance)
        for _, parents, distance in shapes[:MOST_SHAPES]
    ]


def _tree(
    things: tuple[Thing, ...],
    edges: tuple[tuple[int, Route], ...],
    cost: float,
    relations: Sequence[RelationWord],
    routes: Routes,
) -> Tree:
    used = frozenset[str]().union(*(route.named for _, route in edges))
    unused = tuple(w for w in relations if w.name not in used and not _said_twice(w, things, edges, routes))
    return Tree(things, edges, cost, unused)


def _said_twice(
    word: RelationWord, things: tuple[Thing, ...], edges: tuple[tuple[int, Route], ...], routes: Routes
) -> bool:
    """Whether a relation word joins two things that another one joins already ("received support from")."""
    return any(
        any(route.named and word.name == leg.relation for leg in routes.legs[things[parent].label])
        and any(word.name == leg.relation for leg in routes.legs[things[child].label])
        for child, (parent, route) in enumerate(edges, 1)
    )


def _trees(count: int) -> Iterator[tuple[int, ...]]:
    """All ways to hang `count` things below a root numbered 0: the parent of each, without circles."""
    for parents in itertools.product(range(count + 1), repeat=count):
        if any(parent == child for child, parent in enumerate(parents, 1)):
            continue
        if all(_reaches_root(child, parents) for child in range(1, count + 1)):
            yield parents


def _reaches_root(child: int, parents: tuple[int, ...]) -> bool:
    seen = set()
    while child:
        if child in seen:
            return False
        seen.add(child)
        child = parents[child - 1]
    return True


def _between(parent: Thing, child: Thing, named: frozenset[str], routes: Routes) -> tuple[Route, ...]:
    """The cheapest route, and the cheapest one for each named relation."""
    if "|" in parent.label or "|" in child.label:
        pairs = itertools.product(parent.label.split("|"), child.label.split("|"))
        found = [r for start, end in pairs for r in routes.best(start, end, named) if len(r.legs) == 1]
        return tuple(sorted(found, key=lambda r: r.cost)[:3])
    return routes.best(parent.label, child.label, named)


def build(tree: Tree, relations: Sequence[RelationWord], schema: Schema) -> tuple[tuple[Part, ...], tuple[Step, ...]]:
    """The parts (the target first) and steps of a tree."""
    names: dict[str, int] = {}
    parts = [_part(thing, names, schema) for thing in tree.things]
    inner: list[Part] = []
    steps: list[Step] = []
    for child, (parent, route) in enumerate(tree.edges, 1):
        at = parts[parent].name
        for index, leg in enumerate(route.legs):
            last = index == len(route.legs) - 1
            if last:
                there = parts[child].name
            else:
                negated = tree.things[child].negated
                middle = Part(name=variable(leg.end, names), label=leg.end, negated=negated)
                inner.append(middle)
                there = middle.name
            conditions = tuple(c for w in relations if w.name == leg.relation for c in w.conditions)
            start, end = (at, there) if leg.forward else (there, at)
            steps.append(Step(start=start, relations=(leg.relation,), end=end, conditions=conditions))
            at = there
    return (*parts, *inner), tuple(steps)


def _part(thing: Thing, names: dict[str, int], schema: Schema) -> Part:
    below = bool(thing.ids) and schema.labels[thing.label].hierarchy is not None
    return Part(
        name=variable(thing.label, names),
        label=thing.label,
        ids=thing.ids,
        mention=thing.mention,
        narrower=below,
        negated=thing.negated,
        conditions=thing.conditions,
    )


def variable(label: str, names: dict[str, int]) -> str:
    """A Cypher variable for one more thing of a label; `names` counts those there are."""
    base = "thing" if "|" in label else re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", label).lower()
    names[base] = names.get(base, 0) + 1
    return base if names[base] == 1 else f"{base}{names[base]}"

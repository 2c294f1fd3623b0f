"""A size and a seed enter, made-up companies with names and the relations between them leave."""

from __future__ import annotations

import random
from dataclasses import dataclass

from graph.records import Node, Relation, Source, Value

LABEL, KIND, DOCUMENT = "Company", "PARTNER_OF", "made-up companies"
_PLACES = {"北海": "Hokkai", "信濃": "Shinano", "越前": "Echizen", "近江": "Omi", "播磨": "Harima", "土佐": "Tosa"}
_TRADES = {
    "精機": "Seiki",
    "電子": "Denshi",
    "紡績": "Spinning",
    "鋳造": "Foundry",
    "計測": "Instruments",
    "光学": "Optics",
}
_SOURCE_NAMES = ("aliases", "employees", "kinds", "name", "name_en")


@dataclass(frozen=True, slots=True)
class Companies:
    """The records of one graph."""

    nodes: list[Node]
    relations: list[Relation]


def companies(nodes: int, relations: int, seed: int = 1) -> Companies:
    """`nodes` companies, each with two names and an alias, and `relations` partnerships between different pairs."""
    chance = random.Random(seed)
    made = [_company(chance, number) for number in range(nodes)]
    ends: dict[tuple[int, int], None] = {}
    while len(ends) < relations:
        start, end = chance.randrange(nodes), chance.randrange(nodes)
        if start != end:
            ends[start, end] = None
    return Companies(made, [_partnership(start, end, row) for row, (start, end) in enumerate(ends)])


def _company(chance: random.Random, number: int) -> Node:
    (place, place_en), (trade, trade_en) = chance.choice(list(_PLACES.items())), chance.choice(list(_TRADES.items()))
    properties: dict[str, Value] = {
        "name": f"{place}{trade}{number}株式会社",
        "name_en": f"{place_en} {trade_en} {number} Co., Ltd.",
        "aliases": [f"{place_en} {number}"],
        "employees": chance.randrange(1, 5000),
        "kinds": ["sme"],
    }
    return Node(LABEL, f"c{number}", properties, (Source(DOCUMENT, f"row {number}", _SOURCE_NAMES),))


def _partnership(start: int, end: int, row: int) -> Relation:
    source = Source(DOCUMENT, f"pair {row}", ("about",))
    return Relation(KIND, LABEL, f"c{start}", LABEL, f"c{end}", {"about": f"project {row % 97}"}, (source,))

"""A size and a seed enter, made-up companies with names and the relations between them leave."""

from __future__ import annotations

import random
from dataclasses import dataclass

from graph.records import Node, Relation, Source, Value

LABEL, KIND, DOCUMENT = "Company", "PARTNER_OF", "made-up companies"
_PLACES = "北海 東北 信濃 越前 近江 播磨 備前 土佐 筑紫 日向 常陸 武蔵 駿河 三河 伊勢 大和".split()
_PLACES_EN = "Hokkai Tohoku Shinano Echizen Omi Harima Bizen Tosa Tsukushi Hyuga Hitachi Musashi Suruga Mikawa Ise Yamato".split()
_TRADES = "精機 化学 電子 製薬 紡績 醸造 鋳造 工業 樹脂 計測 光学 造船".split()
_TRADES_EN = "Seiki Chemical Electronics Pharma Spinning Brewing Foundry Industries Plastics Instruments Optics Shipyard".split()
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
    place, trade = chance.randrange(len(_PLACES)), chance.randrange(len(_TRADES))
    properties: dict[str, Value] = {
        "name": f"{_PLACES[place]}{_TRADES[trade]}{number}株式会社",
        "name_en": f"{_PLACES_EN[place]} {_TRADES_EN[trade]} {number} Co., Ltd.",
        "aliases": [f"{_PLACES_EN[place]} {number}"],
        "employees": chance.randrange(1, 5000),
        "kinds": ["sme"],
    }
    return Node(LABEL, f"c{number}", properties, (Source(DOCUMENT, f"row {number}", _SOURCE_NAMES),))


def _partnership(start: int, end: int, row: int) -> Relation:
    source = Source(DOCUMENT, f"pair {row}", ("about",))
    return Relation(KIND, LABEL, f"c{start}", LABEL, f"c{end}", {"about": f"project {row % 97}"}, (source,))

"""The ask words and superlatives of a question enter, the properties that they ask for or order by leave."""

from __future__ import annotations

from collections.abc import Collection

from graph.schema import NUMBER_TYPES, Schema
from qa.lexicon import Sense
from qa.nouns import Slot
from qa.read import EXTREMES, Signals

# How often something is counts what has a date.
WANTED: dict[str, tuple[str, ...]] = {
    "how_often": ("when",), "when": ("when",), "how_much": ("how_much", "how_old"),
}  # fmt: skip


def wanted(schema: Schema, signals: Signals, first: Slot) -> tuple[Sense, ...]:
    """The properties that "when", "how old" or "how often" asks for: one of each label that has such."""
    if first.properties:
        return ()
    for ask, kinds in WANTED.items():
        if ask in signals.asks and not (ask == "when" and signals.asks & {"how_many", "how_often"}):
            found: dict[str, Sense] = {}
            for label in schema.labels:
                for name, prop in schema.properties(label).items():
                    if prop.asks in kinds:
                        found.setdefault(label, Sense("property", name, label))
            return tuple(found.values())
    return ()


def order_of(
    schema: Schema, label: str, signals: Signals, asked: tuple[str, ...], fixed: Collection[str]
) -> tuple[str | None, bool]:
    """The property that a superlative orders by, and whether the greatest comes first."""
    word = signals.extreme
    if word is None:
        return None, False
    properties = schema.properties(label)
    timed = [n for n, p in properties.items() if p.asks == "when" or p.type == "year"]
    by_time = next((n for n in (*asked, *timed) if n in timed and n not in fixed), next(iter(timed), None))
    by_age = next((n for n, p in properties.items() if p.asks == "how_old"), None)
    numeric = [n for n, p in properties.items() if p.type in NUMBER_TYPES]
    if word in ("newest", "oldest"):
        if by_age:
            return by_age, word == "oldest"
        return by_time, word == "newest"
    chosen = next((n for n in asked if n in numeric), None)
    chosen = chosen or next((n for n in numeric if properties[n].asks == "how_much"), None)
    return chosen or next(iter(numeric), None), EXTREMES[word]

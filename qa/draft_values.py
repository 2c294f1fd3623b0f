"""A property and the values that a language model compares it with enter, a checked condition of a plan leaves."""

from __future__ import annotations

import re

from graph.records import Scalar
from graph.schema import Property
from graph.values import parse_value
from qa.plan import Comparison, Condition

# Numbers beyond are none that the graph can hold.
LARGEST = 2**63
WHOLE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def compared(name: str, comparison: Comparison, texts: tuple[str, ...], prop: Property) -> Condition:
    """The condition that a property compares so with these values; ValueError says why it cannot."""
    values = tuple(_value(text, prop) for text in texts)
    exact = comparison in ("=", "<>")
    if not exact and (len(values) > 1 or prop.many or prop.values or prop.type == "boolean"):
        raise ValueError(f"{name} takes = or <> only" if len(values) == 1 else f"{comparison} takes one value")
    if comparison == "contains" and not isinstance(values[0], str):
        raise ValueError(f"{name} is a number: contains does not fit")
    if prop.type == "date" and comparison != "contains" and not all(WHOLE_DATE.fullmatch(str(v)) for v in values):
        raise ValueError(f"{name} is compared with a whole date, YYYY-MM-DD; a year or month by contains")
    return Condition(property=name, comparison=comparison, value=one_or_all(values))


def _value(text: str, prop: Property) -> Scalar:
    if not text.strip():
        raise ValueError("a condition has an empty value")
    value = parse_value(text, prop, separator="\0")
    if isinstance(value, list):
        return value[0]
    if isinstance(value, (int, float)) and not abs(value) < LARGEST:
        raise ValueError(f"{text!r} is too large")
    return value


def one_or_all(values: tuple[Scalar, ...]) -> Scalar | tuple[Scalar, ...]:
    """A single value bare, several as alternatives: what a condition takes."""
    return values[0] if len(values) == 1 else values

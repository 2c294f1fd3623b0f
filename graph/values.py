"""A cell's text and a schema property enter, the typed value leaves."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from graph.fold import fold
from graph.records import Value
from graph.schema import NUMBER_TYPES, Property

TRUE_WORDS = frozenset({"true", "1", "yes", "はい", "○", "真"})
FALSE_WORDS = frozenset({"false", "0", "no", "いいえ", "×", "偽"})

# Where the day stands first, as in Europe: 24/08/2017.
DAY_FIRST = re.compile(r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})")


def parse_value(text: str, prop: Property, separator: str = ";") -> Value:
    """The value of a non-empty cell for `prop`; list properties are split at `separator`.

    Raises:
        ValueError: the text is no value of that type; the message says what would be.
    """
    if prop.type == "strings":
        return [part.strip() for part in text.split(separator) if part.strip()]
    if prop.type == "enums":
        return [_enum(part.strip(), prop) for part in text.split(separator) if part.strip()]
    if prop.type == "enum":
        return _enum(text, prop)
    if prop.type in NUMBER_TYPES:
        return _number(text, prop.type)
    if prop.type == "boolean":
        return _boolean(text)
    if prop.type == "date":
        return _date(text)
    return text


def _date(text: str) -> str:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return date.fromisoformat(text).isoformat()
    if found := DAY_FIRST.fullmatch(text):
        return date(int(found["year"]), int(found["month"]), int(found["day"])).isoformat()
    return text


def _number(text: str, type_name: str) -> int | float:
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace("▲", "-").replace("△", "-").strip()
    try:
        if type_name == "number":
            return float(plain)
        return int(plain)
    except ValueError:
        wanted = "a number" if type_name == "number" else "a whole number"
        raise ValueError(f"{text!r} is not {wanted}") from None


def _enum(text: str, prop: Property) -> str:
    if text in prop.values:
        return text
    wanted = fold(text)
    for name, value in prop.values.items():
        if wanted in {fold(word) for word in (*value.ja, *value.en)}:
            return name
    raise ValueError(f"{text!r} is not one of {', '.join(prop.values)}")


def _boolean(text: str) -> bool:
    lowered = unicodedata.normalize("NFKC", text).casefold()
    if lowered in TRUE_WORDS:
        return True
    if lowered in FALSE_WORDS:
        return False
    raise ValueError(f"{text!r} is neither true nor false")

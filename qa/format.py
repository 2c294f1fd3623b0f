"""A stored value and its property enter, the text a reader sees leaves."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from graph.schema import Property, Schema, read_yaml

_JAPANESE_UNITS = ((1_000_000_000_000, "兆"), (100_000_000, "億"), (10_000, "万"))
_ENGLISH_UNITS = ((1_000_000_000_000, "trillion"), (1_000_000_000, "billion"), (1_000_000, "million"))


@lru_cache(maxsize=4)
def texts(language: str) -> dict[str, str]:
    """The text table of one language."""
    return dict(read_yaml(Path(__file__).with_name(f"texts_{language}.yaml"))[0])


def say(language: str, key: str, **values: object) -> str:
    """One text of the table with its places filled."""
    return texts(language)[key].format(**values)


def format_value(value: Any, prop: Property | None, language: str) -> str:
    """A value as read: enum words, yen in readable units, numbers with separators and unit."""
    if value is None:
        return ""
    if isinstance(value, list):
        return say(language, "separator").join(format_value(v, prop, language) for v in value)
    if prop is not None:
        if str(value) in prop.values:
            return prop.values[str(value)].name(language)
        if prop.type == "money":
            return format_money(value, language)
        if prop.type in ("integer", "number"):
            unit = (prop.unit.ja if language == "ja" else " " + prop.unit.en) if prop.unit else ""
            return f"{format_number(value)}{unit.replace(' %', '%')}"
        if prop.type == "year":
            return str(value)
    if isinstance(value, bool):
        return {"ja": ("いいえ", "はい"), "en": ("no", "yes")}[language][value]
    return format_number(value) if isinstance(value, float) else str(value)


def format_number(value: float) -> str:
    """A number with thousands separators and without a needless decimal point."""
    return f"{int(value):,}" if float(value).is_integer() else f"{value:,.4f}".rstrip("0").rstrip(".")


def format_money(yen: float, language: str) -> str:
    """Yen in the units people say: 4,760億円, 1億2,000万円, ¥476 billion."""
    if language == "en":
        size, word = next(((s, f" {w}") for s, w in _ENGLISH_UNITS if abs(yen) >= s), (1, ""))
        return f"¥{format_number(yen / size)}{word}"
    sign, rest = ("-" if yen < 0 else ""), abs(int(yen))
    found = ""
    for size, word in _JAPANESE_UNITS:
        if rest >= size:
            found += f"{rest // size:,}{word}"
            rest %= size
    return f"{sign}{found}{f'{rest:,}' if rest or not found else ''}円"


def property_name(schema: Schema, label: str, name: str, language: str) -> str:
    """The display name of a property, `_en` twins under the name of their first."""
    for one in label.split("|"):
        properties = schema.properties(one)
        if name in properties:
            return properties[name].name(language)
    return name


def localised(properties: dict[str, Any], name: str, language: str) -> Any:
    """The value in the reader's language where the thing has it, else in the other."""
    english = properties.get(f"{name}_en")
    own = properties.get(name)
    return (english if english not in (None, "") else own) if language == "en" else own


def summary(schema: Schema, label: str, properties: dict[str, Any], language: str) -> str:
    """A thing told in one line, after the `summary` of its label; its name and description where there is none."""
    template = schema.labels[label].summary
    known = schema.properties(label)
    text = (template.ja if language == "ja" else template.en) if template else ""
    text = text or ("{name}[：{description}]" if language == "ja" else "{name}[: {description}]")

    def fill(part: str) -> str | None:
        complete = True

        def value(match: re.Match[str]) -> str:
            nonlocal complete
            shown = format_value(localised(properties, match.group(1), language), known.get(match.group(1)), language)
            complete = complete and bool(shown)
            return shown

        filled = re.sub(r"\{(\w+)\}", value, part)
        return filled if complete else None

    def choose(match: re.Match[str]) -> str:
        return next((done for part in match.group(1).split("|") if (done := fill(part)) is not None), "")

    return re.sub(r"\{(\w+)\}", lambda m: fill(m.group()) or "", re.sub(r"\[([^\]]*)\]", choose, text))

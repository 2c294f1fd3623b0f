"""A thing of the graph enters, what of it can be found by its words leaves: a statement."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graph.fold import fold, normalise, stem
from graph.schema import Schema
from qa.lexicon import LANGUAGES, grammar_words
from qa.literals import earliest, literal_keys

_LATIN = re.compile(r"[a-z]+|\d+(?:\.\d+)?")

# The property whose words are how people ask for a statement, not how it is worded.
ASKED_AS = "asked_as"
SHARES = frozenset({"%", "割", "倍", "%pt"})
_YEARS = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)(?:年度|年)?|(?:令和|平成|昭和)\d+(?:年度|年)?")


def tells_figure(text: str) -> bool:
    """Whether a text holds a number that is no year."""
    return any(c.isdigit() for c in _YEARS.sub(" ", text))


def tells_count(text: str, what: str) -> bool:
    """Whether a folded text holds a number of what is counted: 「360社」, "700 companies"."""
    return _counts_of(what).search(text) is not None


@lru_cache(maxsize=32)
def _counts_of(what: str) -> re.Pattern[str]:
    words = sorted({fold(word) for word, name in _units().items() if name == what}, key=len, reverse=True)
    return re.compile(rf"\d[万億千百]*(?:{'|'.join(map(re.escape, words))})")


def tells_share(text: str) -> bool:
    """Whether a text holds a share: 30 %, 7割, 2/3."""
    return bool(
        re.search(r"\d\s?(?:%|％|割|percent|per cent)|\d/\d|分ノ|分の|半数|過半|半分|(?<!be)half|majority|倍", text)
    )


def counted(unit: str) -> str:
    """What a counter, a unit or a plural counts, in any language; empty when it is none of these."""
    return _units().get(unit.strip().lower(), "")


@lru_cache(maxsize=1)
def _units() -> dict[str, str]:
    words = (grammar_words(language)["units"] for language in LANGUAGES)
    return {word: name for units in words for name, listed in units.items() for word in listed}


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing with the folded text of its names, of all it says, its English words, and the things around it.

    `asked` and `asked_words` are other words, folded, by which people ask for it.
    `tells` says that it is a statement, so that a thing it is about counts as a word of it. `dated` are its properties
    that tell when, with the first date in each, in ISO form.
    """

    id: str
    label: str
    name: str
    text: str
    words: frozenset[str]
    about: frozenset[str]
    name_words: frozenset[str]
    value: float | None
    unit: str
    tells: bool
    fields: tuple[tuple[str, str], ...]
    asked: str = ""
    asked_words: frozenset[str] = frozenset()
    dated: tuple[tuple[str, str], ...] = ()

    def tells_number(self, unit: str = "", things: bool = False) -> bool:
        """Whether it holds a figure other than a year, and one that does not count something else than `unit`.

        `things` says that things are counted, which no share does.
        """
        if things and self.unit in SHARES:
            return False
        if self.value is not None:
            return not (self.unit and counted(unit) and counted(unit) != counted(self.unit))
        return tells_count(self.text, counted(unit)) if counted(unit) else tells_figure(self.text)

    def tells_figure_of(self, unit: str, share: bool) -> bool:
        """Whether it holds a figure of the wanted unit, or a share where one is wanted; any text where neither is."""
        if share:
            return self.unit in SHARES or (self.value is None and tells_share(self.text))
        return not unit or self.tells_number(unit, things=True)


def make_statement(
    label: str, properties: dict[str, Any], about: Iterable[str], schema: Schema, dates: Iterable[str] = ()
) -> Statement:
    """Index one thing by its own texts; `dates` are those of the documents that state it, as literal keys."""
    names: list[str] = []
    texts: list[str] = []
    asked: list[str] = []
    known = schema.properties(label)
    for name, value in properties.items():
        if name == "sources" or name == "id":
            continue
        values = value if isinstance(value, list) else [value]
        prop = known.get(name)
        into = names if (prop is not None and prop.find_by == "name") or name == "keywords" else texts
        if name == ASKED_AS:
            into = asked
        for one in values:
            if prop is not None and str(one) in prop.values:
                into += [*prop.values[str(one)].ja, *prop.values[str(one)].en]
            else:
                into.append(str(one))
                if prop is not None and prop.unit is not None and isinstance(one, (int, float)):
                    into += [f"{one}{prop.unit.ja}", f"{one} {prop.unit.en}"]
    literals = frozenset(key for text in (*names, *texts, *asked) for key in literal_keys(text))
    texts += [key for key in literals if key.isdigit()]
    joined = normalise(" ".join((*names, *texts)))
    value, unit = properties.get("value"), str(properties.get("unit") or "")
    money = next(
        (n for n, p in known.items() if p.type == "money" and isinstance(properties.get(n), (int, float))), None
    )
    if value is None and money:
        value, unit = properties[money], "円"
    return Statement(
        id=str(properties["id"]),
        label=label,
        name="\n".join(fold(n) for n in names),
        text="\n".join(fold(t) for t in texts),
        words=frozenset(stem(w) for w in _LATIN.findall(joined)) | literals | frozenset(dates),
        about=frozenset(about),
        name_words=frozenset(stem(w) for w in _LATIN.findall(normalise(" ".join(names)))),
        value=float(value) if isinstance(value, (int, float)) else None,
        unit=unit,
        tells=schema.labels[label].summary is not None,
        fields=tuple(
            (n, str(v))
            for n, v in properties.items()
            if n in known and known[n].type == "string" and not known[n].find_by
        ),
        asked="\n".join(fold(a) for a in asked),
        asked_words=frozenset(stem(w) for w in _LATIN.findall(normalise(" ".join(asked)))),
        dated=tuple(
            (n, date)
            for n, v in properties.items()
            if n in known and known[n].asks == "when" and (date := earliest(str(v)))
        ),
    )

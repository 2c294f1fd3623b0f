"""A question enters, the years, amounts and numbers written in it leave, each with its comparison."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from graph.schema import NUMBER_TYPES, Property, Schema
from qa.plan import Comparison, Condition
from qa.text import Folded

ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}
SCALES = {
    "千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "億": 10**8, "兆": 10**12,
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
AFTER: dict[str, Comparison] = {
    "以上": ">=", "以下": "<=", "以内": "<=", "未満": "<", "超": ">", "を超える": ">", "を超え": ">", "より多い": ">",
    "より大きい": ">", "より少ない": "<", "を下回る": "<", "を上回る": ">", "以降": ">=", "以後": ">=", "以前": "<=",
    "or more": ">=", "or less": "<=", "or later": ">=", "or earlier": "<=",
}  # fmt: skip
BEFORE: dict[str, Comparison] = {
    "over": ">", "more than": ">", "above": ">", "exceeding": ">", "at least": ">=", "under": "<", "less than": "<",
    "below": "<", "at most": "<=", "up to": "<=", "since": ">=", "after": ">", "before": "<", "until": "<=",
    "fewer than": "<", "no less than": ">=", "from": ">=",
}  # fmt: skip


def _any(words: dict[str, Comparison] | dict[str, int]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_BEFORE = rf"(?:\b(?P<before>{_any(BEFORE)})\s+)?"
_AFTER = rf"(?:\s?(?P<after>{_any(AFTER)}))?"
_YEAR = re.compile(
    _BEFORE
    + r"(?:(?P<era>令和|平成|昭和)(?P<n>元|\d{1,2})年度?|(?:FY|fiscal year|fiscal)\s?(?P<fy>\d{4})|(?<!\d)(?P<y>(?:19|20)\d{2})(?:年度|年(?!間)|\b))"
    + _AFTER,
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    _BEFORE
    + rf"[¥￥]?(?P<n>\d[\d,]*(?:\.\d+)?)\s?(?P<scale>{_any(SCALES)})?\s?(?P<unit>円|yen|人|名|社|件|employees|people|%|％)"
    + _AFTER,
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Literal:
    """A year or amount: where it stands in the folded key, its comparison, its value and its unit (year, yen, …)."""

    start: int
    end: int
    comparison: Comparison
    value: float
    unit: str

    def condition(self, name: str, prop: Property) -> Condition | None:
        """The condition it puts on a property; None when the property holds nothing of the kind."""
        number = int(self.value) if float(self.value).is_integer() else self.value
        if self.unit == "year":
            if prop.type == "year":
                return Condition(property=name, comparison=self.comparison, value=number)
            if prop.asks == "when" and self.comparison in ("=", ">=", "<"):
                comparison: Comparison = "contains" if self.comparison == "=" else self.comparison
                return Condition(property=name, comparison=comparison, value=str(number))
            return None
        fits = prop.type == "money" if self.unit == "yen" else prop.type in NUMBER_TYPES - {"money", "year"}
        return Condition(property=name, comparison=self.comparison, value=number) if fits else None


def find_literals(question: Folded) -> Iterator[Literal]:
    """Yield the years and amounts with a unit, none overlapping another."""
    taken = [False] * (len(question.text) + 1)
    for pattern in (_YEAR, _AMOUNT):
        for match in pattern.finditer(question.text):
            if any(taken[match.start() : match.end()]):
                continue
            where = [i for i, (s, e) in enumerate(question.spans) if s >= match.start() and e <= match.end()]
            if not where:
                continue
            taken[match.start() : match.end()] = [True] * (match.end() - match.start())
            value, unit = _year(match) if pattern is _YEAR else _amount(match)
            yield Literal(where[0], where[-1] + 1, _comparison(match), value, unit)


def _comparison(match: re.Match[str]) -> Comparison:
    before, after = match.group("before"), match.group("after")
    if after:
        return AFTER[after.lower()]
    return BEFORE[before.lower()] if before else "="


def _year(match: re.Match[str]) -> tuple[float, str]:
    if match.group("era"):
        number = 1 if match.group("n") == "元" else int(match.group("n"))
        return ERAS[match.group("era")] + number, "year"
    return int(match.group("fy") or match.group("y")), "year"


def _amount(match: re.Match[str]) -> tuple[float, str]:
    value = float(match.group("n").replace(",", "")) * SCALES.get((match.group("scale") or "").lower(), 1)
    unit = match.group("unit").lower()
    return value, "yen" if unit in ("円", "yen") else unit


def condition_on(literal: Literal, label: str, schema: Schema) -> Condition | None:
    """The condition on the first property of a label that can take the literal."""
    if "|" in label:
        return None
    for name, prop in schema.properties(label).items():
        condition = literal.condition(name, prop)
        if condition:
            return condition
    return None

"""A question enters, the dates, amounts and numbers written in it leave, each with its comparison."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from graph.schema import NUMBER_TYPES, Property, Schema
from qa.plan import Comparison, Condition
from qa.text import Folded

ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "reiwa": 2018, "heisei": 1988, "showa": 1925, "r": 2018}
SCALES = {
    "千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "億": 10**8, "兆": 10**12,
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
# Numbers in words, which count beside a scale alone: 「一人当たり」 is none.
WRITTEN = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "a hundred": 100, "one hundred": 100, "two hundred": 200, "five hundred": 500,
    **{kanji: n for n, kanji in enumerate("一二三四五六七八九十", 1)},
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
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip
# Units that only count: "the 4 supporters", 「支援者４名」 need not be stored anywhere.
_PEOPLE = frozenset({"人", "名", "people", "employees"})
COUNTERS = frozenset({"人", "名", "社", "者", "件", "people"})


def _any(words: dict[str, Comparison] | dict[str, int]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_BEFORE = rf"(?:\b(?P<before>{_any(BEFORE)})\s+)?"
_AFTER = rf"(?:\s?(?P<after>{_any(AFTER)}))?"
_MONTH_NAMES = "|".join(f"{name}|{name[:3]}" for name in MONTHS)
_DATE = re.compile(
    _BEFORE
    + r"(?:(?:(?P<era>令和|平成|昭和)(?P<n>元|\d{1,2})年|(?<!\d)(?P<y>(?:19|20)\d{2})[年/-])(?P<m>\d{1,2})(?:月|\b)(?:(?P<d>\d{1,2})日|-(?P<d2>\d{1,2})\b)?"
    + r"|(?<![\d/])(?P<d5>\d{1,2})/(?P<m5>\d{1,2})/(?P<y5>(?:19|20)\d{2})(?![\d/])"
    + rf"|(?:(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?(?:\sof)?\s)?\b(?P<name>{_MONTH_NAMES})\.?,?\s"
    + r"(?:(?P<d4>\d{1,2})(?:st|nd|rd|th)?,?\s)?(?P<y2>(?:19|20)\d{2})\b)"
    + _AFTER,
    re.IGNORECASE,
)
_ERA_NAMES = r"(?P<era_en>\b(?:Reiwa|Heisei|Showa))\s"
# A date that leaves its year to the one before it (「2025年4月1日から12月31日」) or after it (1 April and 31 December 2024).
_PART = re.compile(
    r"(?:(?<=から)|(?<=年の)|(?<=[~〜～–-]))\s?(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})日)?"
    rf"|\b(?:(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s)?(?P<name>{_MONTH_NAMES})\.?(?:\s(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?)?"
    r"(?=,?\s(?:and|to|until|till|through|[-–])\s)",
    re.IGNORECASE,
)
_TIME = re.compile(
    _BEFORE + r"(?<![\d:])(?P<h>\d{1,2})(?::(?P<min>\d{2})(?![\d:]))?(?:\s?(?P<half>[ap])\.?m\b)?" + _AFTER,
    re.IGNORECASE,
)
_YEAR = re.compile(
    _BEFORE
    + rf"(?:{_ERA_NAMES}(?P<n_en>\d{{1,2}})\b|"
    + r"(?P<era>令和|平成|昭和)(?P<n>元|\d{1,2})年度?|\bR(?P<r>\d{1,2})(?:年度?|\b)|(?:FY|fiscal year|fiscal)\s?(?P<fy>\d{4})|(?<!\d)(?P<y>(?:19|20)\d{2})(?:年度|年(?!間)|\b))"
    + _AFTER,
    re.IGNORECASE,
)
_RANGE = re.compile(
    r"(?:(?P<era>令和|平成|昭和|\bR|\bReiwa\s|\bHeisei\s|\bShowa\s)(?P<n>\d{1,2})(?:年度?)?|(?:\bFY\s?)?(?<!\d)(?P<y>(?:19|20)\d{2})(?:年度?)?)"
    r"\s?[~〜～\-–—−]\s?(?:令和|平成|昭和|R|FY)?(?P<last>\d{1,4})(?:年度?|\b)",
    re.IGNORECASE,
)
_QUARTER = re.compile(
    r"(?:(?P<era>令和|平成|昭和)(?P<n>元|\d{1,2})|(?<!\d)(?P<y>(?:19|20)\d{2}))年\s?(?P<m>\d{1,2})月?\s?[~〜～\-–—−]\s?(?P<last>\d{1,2})月期?"
    rf"|\b(?P<name>{_MONTH_NAMES})\.?\s?(?:[~\-–—−]|to)\s?(?P<name2>{_MONTH_NAMES})\.?,?\s(?P<y2>(?:19|20)\d{{2}})\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"[\d元]")
_NUMBER, _SCALE = r"\d[\d,]*(?:\.\d+)?", _any(SCALES)
_AMOUNT = re.compile(
    _BEFORE
    + rf"(?:[¥￥]\s?(?P<yen>{_NUMBER})\s?(?P<times>{_SCALE})?"
    + rf"|(?<![A-Za-z])(?P<written>{_any(WRITTEN)})\s?(?P<large>{_SCALE})\s?(?P<of>円|yen|人|名|社|者|件|employees|people)"
    + rf"|(?P<n>{_NUMBER})\s?(?P<scale>{_SCALE})?\s?(?P<unit>円|yen|人|名|社|者|件|employees|people|%|％|割|percent|per cent))"
    + _AFTER,
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Literal:
    """A date, amount or number: where it stands in the folded key, its comparison, its value and its unit.

    Units: year, month (the value is the year, `month` the month), years (a run of them, `month` the last), time, yen,
    %, or a counter as typed. `exact` is a day in ISO form, or a time as hours and minutes. `fiscal` years are those from
    April to March; `joined` says that the next date ends what this one begins: 「4月から9月」, "between May and July".
    """

    start: int
    end: int
    comparison: Comparison
    value: float
    unit: str
    month: int = 0
    exact: str = ""
    fiscal: bool = False
    joined: bool = False

    @property
    def key(self) -> str:
        """The same text for the same value, however and in whichever language it is written."""
        number = int(self.value) if float(self.value).is_integer() else self.value
        if self.unit == "month":
            return f"month{number}{self.month:02}"
        if self.unit in ("years", "months"):
            return f"{self.unit}{number}to{self.month}"
        if self.unit == "time":
            return f"time{self.exact}"
        return {"year": f"{number}", "yen": f"yen{number}", "%": f"percent{number}"}.get(self.unit, f"number{number}")

    def condition(self, name: str, prop: Property) -> Condition | None:
        """The condition it puts on a property; None when the property holds nothing of the kind."""
        number = int(self.value) if float(self.value).is_integer() else self.value
        if self.unit in ("years", "months"):
            return None
        if self.exact and prop.type in ("date", "time"):
            fits = (prop.type == "time") == (self.unit == "time")
            return Condition(property=name, comparison=self.comparison, value=self.exact) if fits else None
        if self.unit == "month":
            written = (f"{number}-{self.month:02}", f"{number}年{self.month}月")
            fits = prop.asks == "when" and prop.type != "year" and self.comparison == "="
            return Condition(property=name, comparison="contains", value=written) if fits else None
        if self.unit == "year":
            if prop.type == "year":
                return Condition(property=name, comparison=self.comparison, value=number)
            if prop.asks == "when" and self.comparison in ("=", ">=", "<"):
                comparison: Comparison = "contains" if self.comparison == "=" else self.comparison
                return Condition(property=name, comparison=comparison, value=str(number))
            return None
        fits = prop.type == "money" if self.unit == "yen" else self._is_unit_of(prop)
        return Condition(property=name, comparison=self.comparison, value=number) if fits else None

    def _is_unit_of(self, prop: Property) -> bool:
        """Whether the property counts in this unit: 「2件」 is no condition on a number of people."""
        if prop.unit is None or prop.type not in NUMBER_TYPES - {"money", "year"}:
            return False
        same = _PEOPLE if self.unit in _PEOPLE else {self.unit}
        return bool(same & {prop.unit.ja, prop.unit.en})


def find_literals(question: Folded) -> Iterator[Literal]:
    """Yield the dates, and the amounts with a unit, none overlapping another."""
    text = question.text
    found = list(_matches(text))
    dates = sorted((one[0], one[1]) for one in found if one[4] in _DATED)
    joined = {one for one, two in pairwise(dates) if _joins(text[: one[0]], text[one[1] : two[0]])}
    for first, last, comparison, value, unit, month, exact in found:
        where = [i for i, (s, e) in enumerate(question.spans) if s >= first and e <= last]
        if where:
            fiscal = unit in _DATED and _FISCAL.search(text[first:last]) is not None
            end = where[-1] + 1
            yield Literal(where[0], end, comparison, value, unit, month, exact, fiscal, (first, last) in joined)


_DATED = frozenset({"year", "years", "month", "months"})
_FISCAL = re.compile(r"年度|fiscal|\bFY", re.IGNORECASE)
_RUNS_TO = re.compile(r"\s*(?:から|より|[~〜～–−-]|to|until|till|through)、?\s*", re.IGNORECASE)


def _joins(before: str, between: str) -> bool:
    """Whether what stands between two dates makes one period of them; "2021 and 2023" are two years, but not after "between"."""
    both = between.strip().lower() in ("and", "と") and before.rstrip().lower().endswith("between")
    return both or _RUNS_TO.fullmatch(between) is not None


def literal_keys(text: str) -> set[str]:
    """The keys of all dates and amounts in a stored text, and the years of its dates."""
    found: set[str] = set()
    # Most texts hold no figure at all, and so neither a date nor an amount.
    if not _FIGURE.search(text):
        return found
    for *_, comparison, value, unit, month, exact in _matches(unicodedata.normalize("NFKC", text)):
        found.add(Literal(0, 0, comparison, value, unit, month, exact).key)
        if unit in ("month", "months"):
            found.add(str(int(value)))
        elif unit == "years":
            found.update(str(year) for year in range(int(value), month + 1))
    return found


def earliest(text: str) -> str:
    """The first of the dates in a stored text, as far as it is told: a year, month or day in ISO form; empty without one."""
    found: list[str] = []
    for *_, value, unit, month, exact in _matches(unicodedata.normalize("NFKC", text)):
        if unit in ("year", "years"):
            found.append(f"{int(value):04}")
        elif unit in ("month", "months"):
            found.append(exact or f"{int(value):04}-{month // 100 if unit == 'months' else month:02}")
    return min(found, key=lambda date: (date[:4], -len(date), date), default="")


_Match = tuple[int, int, Comparison, float, str, int, str]
# So many characters may stand between two dates of which one says the year of the other.
MOST_BETWEEN = 9


def _matches(text: str) -> Iterator[_Match]:
    taken = [False] * (len(text) + 1)
    dated: list[_Match] = []
    readers = {_QUARTER: _months, _RANGE: _years, _DATE: _date, _TIME: _time, _YEAR: _year, _AMOUNT: _amount}
    for pattern, reader in readers.items():
        for match in pattern.finditer(text):
            if any(taken[match.start() : match.end()]):
                continue
            read = reader(match)
            if read is None:
                continue
            taken[match.start() : match.end()] = [True] * (match.end() - match.start())
            compared: Comparison = "=" if pattern in (_RANGE, _QUARTER) else _comparison(match)
            value, unit, month = read
            found = match.start(), match.end(), compared, value, unit, month, _exact(match, unit, value, month)
            dated += [found] if unit in ("month", "year") else []
            yield found
    yield from _parts(text, dated)


def _parts(text: str, dated: list[_Match]) -> Iterator[_Match]:
    """The dates without a year of their own, beside one that has it."""
    for match in _PART.finditer(text) if dated else ():
        begin, end = match.span()
        if match.group("name"):
            beside = min((d for d in dated if d[0] > end), key=lambda d: d[0], default=None)
        else:
            beside = max((d for d in dated if d[1] <= begin), key=lambda d: d[1], default=None)
        gap = 0 if beside is None else max(beside[0] - end, begin - beside[1])
        month = int(match.group("m")) if match.group("m") else _month_number(match.group("name"))
        taken = any(d[0] < end and begin < d[1] for d in dated)
        if beside is None or taken or gap > MOST_BETWEEN or not 1 <= month <= 12:
            continue
        # What begins in October and ends in March ends in the next year.
        later = not match.group("name") and month < beside[5]
        earlier = bool(match.group("name")) and month > beside[5] > 0
        year = int(beside[3]) + later - earlier
        day = next((match.group(g) for g in ("d", "d2", "d3") if match.group(g)), "")
        exact = f"{year:04}-{month:02}-{int(day):02}" if day else ""
        found: _Match = begin, end, "=", float(year), "month", month, exact
        dated.append(found)
        yield found


def _comparison(match: re.Match[str]) -> Comparison:
    before, after = match.group("before"), match.group("after")
    if after:
        return AFTER[after.lower()]
    return BEFORE[before.lower()] if before else "="


def _era(match: re.Match[str]) -> int:
    return ERAS[match.group("era")] + (1 if match.group("n") == "元" else int(match.group("n")))


def _exact(match: re.Match[str], unit: str, year: float, month: int) -> str:
    """The day of a date that has one, the hours and minutes of a time."""
    if unit == "time":
        return f"{int(year):02}:{month:02}"
    if unit != "month":
        return ""
    day = next((match.group(g) for g in ("d", "d2", "d3", "d4", "d5") if match.group(g)), None)
    if match.group("d5") and int(match.group("m5")) > 12:
        day = match.group("m5")
    return f"{int(year):04}-{month:02}-{int(day):02}" if day else ""


def _time(match: re.Match[str]) -> tuple[float, str, int] | None:
    """The hour and the minute; a bare number is no time."""
    half, hour, minute = (match.group("half") or "").lower(), int(match.group("h")), int(match.group("min") or 0)
    if not (half or match.group("min")) or hour > 23 or minute > 59 or (half and not 1 <= hour <= 12):
        return None
    return (hour % 12 + 12 * (half == "p") if half else hour), "time", minute


def _date(match: re.Match[str]) -> tuple[float, str, int] | None:
    if match.group("y5"):
        # The day stands first, unless no month has that number.
        day, month = int(match.group("d5")), int(match.group("m5"))
        month = month if month <= 12 else day
        return (int(match.group("y5")), "month", month) if 1 <= month <= 12 else None
    if match.group("name"):
        return int(match.group("y2")), "month", _month_number(match.group("name"))
    month = int(match.group("m"))
    return (_era(match) if match.group("era") else int(match.group("y")), "month", month) if 1 <= month <= 12 else None


def _months(match: re.Match[str]) -> tuple[float, str, int] | None:
    """A run of months of one year, as its first and last in one number: 2024年10-12月期, Oct-Dec 2024."""
    if match.group("name"):
        year, names = int(match.group("y2")), (match.group("name"), match.group("name2"))
        first, last = (_month_number(name) for name in names)
    else:
        year = _era(match) if match.group("era") else int(match.group("y"))
        first, last = int(match.group("m")), int(match.group("last"))
    return (year, "months", first * 100 + last) if 1 <= first < last <= 12 else None


def _month_number(name: str) -> int:
    return next(i for i, month in enumerate(MONTHS, 1) if month.startswith(name.lower()[:3]))


def _years(match: re.Match[str]) -> tuple[float, str, int] | None:
    """A run of years as its first and last: 令和4～6年度, FY2022-24."""
    if match.group("y"):
        first = int(match.group("y"))
        last = int(match.group("last"))
        last = last if last > 999 else first - first % 100 + last
    else:
        base = ERAS[match.group("era").strip().lower()]
        first, last = base + int(match.group("n")), base + int(match.group("last"))
    return (first, "years", last) if first < last < first + 30 else None


def _year(match: re.Match[str]) -> tuple[float, str, int]:
    if match.group("r"):
        return ERAS["令和"] + int(match.group("r")), "year", 0
    if match.group("era_en"):
        return ERAS[match.group("era_en").lower()] + int(match.group("n_en")), "year", 0
    return _era(match) if match.group("era") else int(match.group("fy") or match.group("y")), "year", 0


def _amount(match: re.Match[str]) -> tuple[float, str, int]:
    if match.group("written"):
        value = float(WRITTEN[match.group("written").lower()] * SCALES[match.group("large").lower()])
        unit = match.group("of").lower()
        return value, "yen" if unit == "円" else unit, 0
    number, scale = match.group("yen") or match.group("n"), match.group("times") or match.group("scale")
    value = float(number.replace(",", "")) * SCALES.get((scale or "").lower(), 1)
    unit = "yen" if match.group("yen") else match.group("unit").lower()
    if unit == "割":
        return value * 10, "%", 0
    return value, {"円": "yen", "％": "%", "percent": "%", "per cent": "%"}.get(unit, unit), 0


def condition_on(literal: Literal, label: str, schema: Schema) -> Condition | None:
    """The condition on the first property of a label that can take the literal."""
    if "|" in label:
        return None
    for name, prop in schema.properties(label).items():
        condition = literal.condition(name, prop)
        if condition:
            return condition
    return None

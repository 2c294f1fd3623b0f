"""The dates of a question enter; from when to when is meant leaves: 「2025年4月から12月まで」, "between May and July 2024"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from graph.fold import fold
from qa.literals import Literal
from qa.segment import Token

# What stands after a date that is the beginning or the end of a period.
_FROM, _UNTIL = frozenset(map(fold, ("から", "より"))), frozenset(map(fold, ("まで", "までに", "までの")))
_DATED = frozenset({"year", "years", "month", "months"})
_APRIL = "-04"


@dataclass(frozen=True, slots=True)
class Period:
    """ISO dates as far as they are told: the first that is meant, the first that no longer is; or a fiscal year."""

    since: str = ""
    before: str = ""
    year: int | None = None


def period(tokens: Sequence[Token], literals: Sequence[Literal]) -> Period | None:
    """What the dates of a question say together; None where they are no one period."""
    held = sorted((one for one in literals if one.unit in _DATED), key=lambda one: one.start)
    # 「2025年の4月から9月」: the months say the year again.
    dated = [
        one
        for one in held
        if one.unit != "year" or not any(o.unit == "month" and o.value == one.value for o in held if o is not one)
    ]
    try:
        return _together(dated, tokens)
    except ValueError:
        return None  # the 30th of February


def _together(dated: Sequence[Literal], tokens: Sequence[Token]) -> Period | None:
    if (
        len(dated) == 2
        and dated[0].joined
        and dated[0].comparison in ("=", ">=")
        and dated[1].comparison in ("=", "<=")
    ):
        return Period(_first(dated[0]), _after(dated[1]))
    parts = [_one(one, tokens) for one in dated]
    if len(parts) > 1 and any(part.year or (part.since and part.before) for part in parts):
        return None  # this or that year: no period
    found = Period()
    for part in parts:
        found = Period(part.since or found.since, part.before or found.before, part.year or found.year)
    return found


def _one(one: Literal, tokens: Sequence[Token]) -> Period:
    following = next((fold(t.text) for t in tokens if t.start >= one.end), "")
    how = one.comparison
    if how == "=" and following in _FROM | _UNTIL:
        how = ">=" if following in _FROM else "<="
    if how == "=" and one.unit == "year" and one.fiscal:
        return Period(year=int(one.value))
    if how == "=":
        return Period(_first(one), _after(one))
    if how in (">=", ">"):
        return Period(since=_first(one) if how == ">=" else _after(one))
    return Period(before=_first(one) if how == "<" else _after(one))


def _first(one: Literal) -> str:
    if one.exact:
        return date.fromisoformat(one.exact).isoformat()
    if one.unit in ("year", "years"):
        return f"{int(one.value)}{_APRIL if one.fiscal else ''}"
    return f"{int(one.value)}-{(one.month // 100 if one.unit == 'months' else one.month):02}"


def _after(one: Literal) -> str:
    """The first date after all of it."""
    year = int(one.value)
    if one.exact:
        return (date.fromisoformat(one.exact) + timedelta(days=1)).isoformat()
    if one.unit in ("year", "years"):
        return f"{(one.month if one.unit == 'years' else year) + 1}{_APRIL if one.fiscal else ''}"
    month = one.month % 100 if one.unit == "months" else one.month
    return f"{year + month // 12}-{month % 12 + 1:02}"

"""A date as an office wrote it enters, an ISO date or its year and month leaves; fiscal years likewise."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_INITIALS = {"M": "明治", "T": "大正", "S": "昭和", "H": "平成", "R": "令和"}
_ERA_YEAR = r"(?P<era>明治|大正|昭和|平成|令和|[MTSHR](?=[\s.]?\d))\s*(?P<in_era>元|\d{1,2})"
_DAY = re.compile(
    rf"(?:{_ERA_YEAR}|(?P<year>\d{{4}}))(?:年度?|[-/.])?\s*(?:(?P<month>\d{{1,2}})(?:月|[-/.])?)?\s*(?:(?P<day>\d{{1,2}})日?)?"
    r"(?:[T\s]\d{1,2}:.*)?$"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_FISCAL = re.compile(rf"(?:{_ERA_YEAR}|(?P<year>(?:19|20)\d{{2}}))\s*年度")
# Day 1 of the serial numbers that spreadsheets keep dates as; the plausible ones are of 1954 to 2064.
_SERIAL_START = date(1899, 12, 30)


def iso_date(text: str) -> str:
    """The date in ISO form, as exact as it is written: a day, a month or a year.

    Raises:
        ValueError: the text is no date.
    """
    if len(text) == 10 and text[4] == text[7] == "-":
        return date.fromisoformat(text).isoformat()
    plain = unicodedata.normalize("NFKC", text).strip()
    if found := _COMPACT.match(plain):
        return date(*map(int, found.groups())).isoformat()
    if re.fullmatch(r"[2-5]\d{4}", plain):
        return (_SERIAL_START + timedelta(days=int(plain))).isoformat()
    match = _DAY.match(plain)
    if match is None or plain.endswith("年度"):
        raise ValueError(f"{text!r} is no date")
    year, month, day = _year(match), match["month"], match["day"]
    if month is None:
        return f"{year}"
    if day is None:
        return date(year, int(month), 1).isoformat()[:7]
    return date(year, int(month), int(day)).isoformat()


def _year(match: re.Match[str]) -> int:
    if match["year"]:
        return int(match["year"])
    era = _INITIALS.get(match["era"], match["era"])
    return _ERAS[era] + (1 if match["in_era"] == "元" else int(match["in_era"]))


def fiscal_year(iso: str) -> int | None:
    """The fiscal year (April to March) of a date that is exact to the month, else None."""
    if len(iso) < 7:
        return None
    return int(iso[:4]) - (int(iso[5:7]) < 4)


def stated_fiscal_year(title: str) -> int | None:
    """The first fiscal year that a title names (令和２年度…, 2023年度…), else None."""
    match = _FISCAL.search(unicodedata.normalize("NFKC", title))
    return _year(match) if match else None

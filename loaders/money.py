"""An amount as an office wrote it enters, yen and what is to be known of it leave; nothing is guessed silently."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_UNITS = {"": 1, "円": 1, "千円": 1_000, "百万円": 1_000_000, "億円": 100_000_000, "万円": 10_000}
_AMOUNT = re.compile(
    r"(?P<sign>[-▲△▼]?)¥?\s*(?P<sign2>[-▲△▼]?)(?P<number>\d+(?:\.\d+)?)(?P<unit>千円|百万円|億円|万円|円)?-?$"
)
_CHANGED = re.compile(r"変更(?:後|前|交付決定)?")
_NOTHING = ("", "-", "—", "ー", "null", "nan", "なし", "未定", "非公表", "該当なし")


@dataclass(frozen=True, slots=True)
class Amount:
    """Yen, the text where it says more than the figure, and caveats of the schema; None: the amount is not known."""

    yen: int | None
    text: str = ""
    caveats: tuple[str, ...] = ()


def read_amount(text: str, unit: str = "") -> Amount:
    """Read an amount; `unit` is that of the column (千円), unless the cell has its own.

    Zero counts as not known: offices write it where no amount was entered.
    """
    if text.isascii() and text.isdigit() and not unit:
        yen = int(text)
        return Amount(yen) if yen else Amount(None, text, ("zero_amount",))
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "").replace("−", "-")
    if plain.lower() in _NOTHING:
        return Amount(None, text.strip(), ("no_amount",))
    changed = _CHANGED.search(plain)
    core = _CHANGED.sub("", plain).strip("():：")
    match = _AMOUNT.match(core)
    if match is None:
        return Amount(None, text.strip(), ("changed_amount" if changed else "unreadable_amount",))
    factor = _UNITS[match["unit"] or unicodedata.normalize("NFKC", unit)]
    yen = round(float(match["number"]) * factor) if "." in match["number"] else int(match["number"]) * factor
    caveats = [
        name
        for name, holds in (
            ("zero_amount", yen == 0),
            ("negative_amount", yen and (match["sign"] or match["sign2"])),
            ("changed_amount", changed),
            ("converted_amount", yen and factor == 1_000),
        )
        if holds
    ]
    if yen == 0:
        return Amount(None, text.strip(), tuple(caveats))
    signed = -yen if "negative_amount" in caveats else yen
    shown = text.strip() + (unit if not match["unit"] else "")
    return Amount(signed, shown if caveats else "", tuple(caveats))


def unit_of_header(header: str) -> str:
    """The unit that a column header names in brackets (補助金額（千円）), else none."""
    match = re.search(r"\((?:単位[:：]?)?(千円|百万円|億円|万円|円)\)", unicodedata.normalize("NFKC", header))
    return match.group(1) if match else ""

"""Codes and addresses enter, the ids of the municipalities and prefectures they lie in leave."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

_COUNTY = re.compile(r"[^\d市区町村]{1,6}郡")


class Places:
    """The regions with an official code, found by code or by the beginning of an address."""

    def __init__(self, regions: Iterable[tuple[str, str, str]]) -> None:
        """Take (id, name, six-digit code) of every prefecture and municipality."""
        self._by_code: dict[str, str] = {}
        self._prefectures: dict[str, str] = {}
        self._names: dict[str, dict[str, str]] = {}
        self._codes: dict[str, str] = {}
        for identity, name, code in regions:
            self._codes[identity] = code[:5]
            if code[2:5] == "000":
                self._by_code[code[:2]] = identity
                self._prefectures[name] = code[:2]
            else:
                self._by_code[code[:5]] = identity
                self._names.setdefault(code[:2], {})[_plain(name)] = identity

    def __bool__(self) -> bool:
        return bool(self._by_code)

    def of_code(self, prefecture: str, city: str) -> str:
        """The id of the municipality, else of the prefecture, else empty."""
        prefecture = prefecture.zfill(2) if prefecture else ""
        city = city[2:] if len(city) == 5 else city.zfill(3)
        return self._by_code.get(prefecture + city) or self._by_code.get(prefecture, "")

    def agree(self, first: str, second: str) -> bool:
        """Whether two regions can be one place: the same, or one of them the prefecture of the other."""
        codes = sorted((self._codes.get(first, ""), self._codes.get(second, "")))
        same_prefecture = codes[0] != "" and codes[0][:2] == codes[1][:2]
        return same_prefecture and (codes[0] == codes[1] or codes[0].endswith("000"))

    def of_address(self, address: str) -> str:
        """The id of the municipality that an address begins with, else of its prefecture, else empty."""
        address = address.strip()
        for length in (3, 4):
            code = self._prefectures.get(address[:length])
            if code:
                rest = _plain(address[length:])
                return self._city(code, rest) or self._by_code[code]
        return ""

    def _city(self, code: str, rest: str) -> str:
        names = self._names.get(code, {})
        for text in (rest, _COUNTY.sub("", rest, count=1)):
            # The longest fits best: 大阪市中央区 before 大阪市.
            for length in range(min(12, len(text)), 1, -1):
                if found := names.get(text[:length]):
                    return found
        return ""


def read_places(rows: Callable[[str], list[list[object]]]) -> Places:
    """The places that the graph holds."""
    found = rows("MATCH (r:Region) WHERE r.code IS NOT NULL RETURN r.id, r.name, r.code")
    return Places((str(identity), str(name), str(code)) for identity, name, code in found)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("ヶ", "ケ").replace(" ", "")

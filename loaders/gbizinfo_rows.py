"""One row of a gBizINFO file enters, the corporation and what it was given, did or reported leaves."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

from graph.records import Node, Relation, Source, Value
from loaders.corporations import id_of, label_of, number_of
from loaders.dates import fiscal_year, iso_date, stated_fiscal_year
from loaders.entries import Corporation, Entry, Rejected, Stated
from loaders.lines import Line
from loaders.money import Amount, read_amount, unit_of_header
from loaders.places import Places

_RIGHTS = {"特許": "patent", "意匠": "design", "商標": "trademark", "実用新案": "utility_model"}
_GIVEN = {"Hojokinjoho": "granted", "TodokedeNinteijoho": "approved", "Hyoshojoho": "commended"}
_UNKNOWN = ("", "-", "null", "Null", "NULL")


class RowReader:
    """Reads the rows of one file: knows where each column is, and which rows it has seen before."""

    def __init__(
        self,
        kind: str,
        columns: list[str],
        document: str,
        places: Places,
        about: dict[str, Any],
        *,
        by_line: bool = True,
    ) -> None:
        self._by_line = by_line
        self.kind, self.columns, self.document, self.places, self.about = kind, columns, document, places, about
        named = {**about["common"], **about["kinds"][kind]["columns"]}
        self._at = {
            name: next((columns.index(h) for h in headers if h in columns), -1) for name, headers in named.items()
        }
        self._headers = {name: next((h for h in headers if h in columns), "") for name, headers in named.items()}
        self._seen: dict[bytes, int] = {}
        self._read = self._reader()

    def _reader(self) -> Callable[[Line, str], Entry]:
        if self.kind in _GIVEN:
            return self._award
        readers = {
            "Chotatsujoho": self._procurement,
            "Tokkyojoho": self._right,
            "Kihonjoho": self._basics,
            "Zaimujoho": self._finances,
            "Shokubajoho": self._workplace,
        }
        return readers[self.kind]

    def _cell(self, line: Line, name: str) -> str:
        at = self._at.get(name, -1)
        text = line.cells[at].strip() if at >= 0 else ""
        return "" if text in _UNKNOWN else text

    def read(self, line: Line) -> Stated:
        """The row as an entry, or the reason why it is none."""
        try:
            number = number_of(self._cell(line, "number"))
            if not self._cell(line, "name"):
                raise ValueError("the name is empty")
            return self._read(line, number)
        except ValueError as error:
            return Rejected(line.number, str(error), line.cells)

    def _corporation(self, line: Line, number: str, **more: Value) -> Corporation:
        address = self._cell(line, "address")
        properties: dict[str, Value] = {"name": self._cell(line, "name"), "corporate_number": number}
        if address:
            properties["address"] = address
        properties |= {name: value for name, value in more.items() if value not in ("", None, [])}
        place = self.places.of_code(self._cell(line, "prefecture_code"), self._cell(line, "city_code"))
        return Corporation(number, properties, place or (self.places.of_address(address) if address else ""))

    def _key(self, line: Line) -> tuple[str, bool]:
        """The stable key of a row, and whether the row stood before: its own, else one made of what it says."""
        if own := self._cell(line, "key"):
            digest, key = own.encode(), own
        else:
            # A column without a name numbers the rows, and says nothing of what they tell.
            cells = (cell for cell, header in zip(line.cells, self.columns, strict=True) if header)
            digest = hashlib.blake2b("\x1f".join(cells).encode(), digest_size=8).digest()
            key = digest.hex()
        times = self._seen[digest] = self._seen.get(digest, 0) + 1
        return (key if times == 1 else f"{key}#{times}"), times > 1

    def _dated(self, line: Line, title: str, caveats: list[str]) -> dict[str, Value]:
        text = self._cell(line, "date")
        found: dict[str, Value] = {}
        if text:
            try:
                found["date"] = iso_date(text)
            except ValueError:
                caveats.append("unreadable_date")
        else:
            caveats.append("no_date")
        year = fiscal_year(str(found.get("date", "")))
        if year is None and (year := stated_fiscal_year(title)) is not None:
            caveats.append("year_from_title")
        if year is not None:
            found["decision_year"] = year
        return found

    def _amount(self, line: Line) -> Amount:
        at = self._at["amount"]
        return read_amount(line.cells[at] if at >= 0 else "", unit_of_header(self._headers["amount"]))

    def _source(self, line: Line, key: str) -> Source:
        if not self._by_line:
            return Source(self.document, f"法人番号 {self._cell(line, 'number')}")
        return Source(self.document, f"L{line.number} · {key}" if "_" in key else f"L{line.number}")

    def _thing(self, line: Line, label: str, key: str, properties: dict[str, Value]) -> Node:
        stated = {name: value for name, value in properties.items() if value not in ("", None, [])}
        return Node(label, f"{label}/gBizINFO {self.kind} {key}", stated, (self._source(line, key),))

    def _given(self, line: Line, number: str, thing: Node, taken: str, given: str) -> Entry:
        """The corporation, the thing beside it, and the office that it has it from."""
        source = thing.sources
        relations = [Relation(taken, label_of(number), id_of(number), thing.label, thing.id, {}, source)]
        others: tuple[Node, ...] = ()
        if issuer := self._cell(line, "issuer"):
            office = Node("Institution", f"Institution/{issuer}", {"name": issuer}, (Source(self.document, issuer),))
            others = (office,)
            relations.append(Relation(given, thing.label, thing.id, office.label, office.id, {}, source))
        return Entry(line.number, self._corporation(line, number), thing, tuple(relations), others)

    def _titled(self, line: Line) -> tuple[str, str, list[str]]:
        """The title of a row, its key, and what is to be known of it so far."""
        title = self._cell(line, "title")
        if not title:
            raise ValueError("the title is empty")
        key, again = self._key(line)
        return title, key, ["repeated_row"] if again else []

    def _award(self, line: Line, number: str) -> Entry:
        title, key, caveats = self._titled(line)
        properties: dict[str, Value] = {
            "name": title,
            "status": _GIVEN[self.kind],
            "target": self._cell(line, "target"),
            "division": self._cell(line, "division"),
            "funding_source": self._cell(line, "funding_source"),
            "note": self._cell(line, "note"),
            **self._dated(line, title, caveats),
        }
        if self.kind == "TodokedeNinteijoho" and "届出" in title:
            properties["status"] = "notified"
        if self.kind == "Hojokinjoho":
            properties |= self._money(line, caveats)
            if label_of(number) == "Institution" and self._may_pass_on(self._cell(line, "name"), number):
                caveats.append("may_pass_on")
        properties["caveats"] = caveats
        return self._given(line, number, self._thing(line, "Award", key, properties), "RECEIVED", "GRANTED_BY")

    def _may_pass_on(self, name: str, number: str) -> bool:
        # Numbers of offices of state and local governments begin with 0000 after the check digit.
        return number[1:5] == "0000" or any(word in name for word in self.about["may_pass_on"])

    def _money(self, line: Line, caveats: list[str]) -> dict[str, Value]:
        amount = self._amount(line)
        caveats += amount.caveats
        if self._cell(line, "joint") or "連名" in self._cell(line, "note"):
            caveats.append("joint_amount")
        found: dict[str, Value] = {"amount_text": amount.text}
        if amount.yen is not None:
            found["amount"] = amount.yen
        return found

    def _procurement(self, line: Line, number: str) -> Entry:
        title, key, caveats = self._titled(line)
        properties: dict[str, Value] = {
            "name": title,
            "note": self._cell(line, "note"),
            **self._dated(line, title, caveats),
            **self._money(line, caveats),
        }
        properties["caveats"] = caveats
        return self._given(line, number, self._thing(line, "Procurement", key, properties), "WON", "PROCURED_BY")

    def _right(self, line: Line, number: str) -> Entry:
        kind, right = self._cell(line, "kind"), self._cell(line, "right")
        name = self._cell(line, "title") or f"{kind} {right}"
        caveats: list[str] = []
        dated = self._dated(line, "", caveats)
        dated.pop("decision_year", None)
        key, again = self._key(line)
        classes = [
            cell.strip()
            for column, cell in zip(self.columns, line.cells, strict=True)
            if cell.strip() and re.search(r"分類|Fターム|類_", column)
        ]
        properties: dict[str, Value] = {
            "name": name,
            "kind": _RIGHTS.get(kind, ""),
            "number": right,
            "url": self._cell(line, "url"),
            "classes": list(dict.fromkeys(classes)),
            **dated,
            "caveats": [*caveats, *(["repeated_row"] if again else [])],
        }
        thing = self._thing(line, "IndustrialRight", key, properties)
        holds = Relation("HOLDS_RIGHT", label_of(number), id_of(number), thing.label, thing.id, {}, thing.sources)
        return Entry(line.number, self._corporation(line, number), thing, (holds,))

    def _basics(self, line: Line, number: str) -> Entry:
        founded, closed = self._cell(line, "founded"), self._cell(line, "closed_on")
        name_en = self._cell(line, "name_en")
        representative = " ".join(filter(None, (self._cell(line, "post"), self._cell(line, "representative"))))
        form = self._cell(line, "legal_form")
        more: dict[str, Value] = {
            "reading": self._cell(line, "reading"),
            "name_en": name_en,
            "name_en_origin": "official" if name_en else "",
            "postal_code": self._cell(line, "postal_code"),
            "legal_form": self.about["legal_forms"].get(form, form),
            "closed_on": iso_date(closed) if closed else "",
            "closed_because": self._cell(line, "closed_because"),
            "registration": "closed" if closed else "",
            "representative": representative,
            "business": self._cell(line, "business"),
            "url": self._cell(line, "url"),
            "founded": iso_date(founded) if founded else "",
            "business_items": [item for item in re.split(r"[、|;；]", self._cell(line, "items")) if item],
            "grade": self._cell(line, "grade"),
        }
        for name in ("capital", "employees"):
            if text := self._cell(line, name):
                amount = read_amount(text).yen
                if amount is None and not re.fullmatch(r"0+", text):
                    raise ValueError(f"{text!r} is no number ({self._headers[name]})")
                more[name] = amount or ""
        return Entry(line.number, self._corporation(line, number, **more))

    def _figure(self, line: Line, column: str) -> int | None:
        if column not in self.columns:
            return None
        at = self.columns.index(column)
        unit = next((f"{column}{u}" for u in ("(単位)", "単位") if f"{column}{u}" in self.columns), "")
        text = line.cells[at].strip()
        if text in _UNKNOWN:
            return None
        named = line.cells[self.columns.index(unit)].strip() if unit else ""
        amount = read_amount(text, named if named in ("千円", "百万円", "円", "万円", "億円") else "")
        if amount.yen is None and "unreadable_amount" in amount.caveats:
            raise ValueError(f"{text!r} is no number ({column})")
        return amount.yen if amount.yen is not None else 0

    def _finances(self, line: Line, number: str) -> Entry:
        period = " ".join(filter(None, (self._cell(line, "period"), self._cell(line, "term"))))
        names = [
            *self.about["money"],
            "経常利益又は経常損失(△)",
            *self.about["profit"],
            "資本金",
            "純資産額",
            "総資産額",
        ]
        figures = {name: self._figure(line, name) for name in names}
        told = [f"{name.partition('(')[0]} {value:,}円" for name, value in figures.items() if value is not None]
        sales = next((figures[n] for n in self.about["money"] if figures[n] is not None), None)
        values = {
            "sales": sales,
            "net_income": figures[self.about["profit"][0]],
            "capital": figures["資本金"],
            "net_assets": figures["純資産額"],
            "total_assets": figures["総資産額"],
            "employees": self._figure(line, "従業員数"),
        }
        more: dict[str, Value] = {name: value for name, value in values.items() if value is not None}
        holders = [
            f"大株主 {line.cells[at].strip()}"
            for at, column in enumerate(self.columns)
            if column.startswith("大株主") and line.cells[at].strip()
        ]
        more["basis"] = period
        more["accounts"] = [f"{period}：{'、'.join([*told, *holders])}"] if told or holders else []
        return Entry(line.number, self._corporation(line, number, **more))

    def _workplace(self, line: Line, number: str) -> Entry:
        skip = {self._headers[name] for name in ("number", "name", "address", "key")}
        skip |= {
            "データ品質",
            "出典元",
            "最終取得日",
            "最終更新日",
            "データ取込頻度",
            "データ最終取得日",
            "データ最終更新日",
        }
        told = [
            f"{column} {cell.strip()}"
            for column, cell in zip(self.columns, line.cells, strict=True)
            if column not in skip and cell.strip() not in _UNKNOWN
        ]
        return Entry(line.number, self._corporation(line, number, workplace=list(told)))

"""A list of adopted plans (採択案件一覧) as CSV, Excel or PDF enters; who was adopted with what, and who helped, leaves.

採択 is not 交付決定: these awards are `adopted`, and have no amount.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from graph.records import Node, Relation, Source, Value
from graph.schema import read_yaml
from loaders.cells import ENDINGS, Cells, read_cells
from loaders.corporations import id_of, label_of, number_of
from loaders.documents import date_in_name, document_of
from loaders.entries import Corporation, Entry, Feed, Rejected, Stated, unnumbered_id
from loaders.places import Places

FORMAT = "adoption"
_ABOUT: dict[str, Any] = read_yaml(Path(__file__).with_name("adoption.yaml"))[0]
_HEAD_ROWS = 30
_ROUND = re.compile(r"第\s*(\d+)\s*[回次]\s*(?:公募|締切)?|(\d+)次締切")
_HOW = "事業計画の策定（認定支援機関）"
_JSIC = Path(__file__).with_name("codes") / "industries" / "jsic.csv"


def _plain(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _columns(cells: list[str]) -> dict[str, int]:
    """Where each known column stands, by the headers."""
    plain = [_plain(cell) for cell in cells]
    return {
        name: plain.index(h) for name, headers in _ABOUT["columns"].items() for h in reversed(headers) if h in plain
    }


def _is_header(columns: dict[str, int]) -> bool:
    return "name" in columns and len(columns) >= 3 and bool({"plan", "supporter"} & set(columns))


def _merged_header(first: list[str], second: list[str]) -> list[str]:
    """A header of two rows, whose groups stand above: the lower word counts, else the upper."""
    width = max(len(first), len(second))
    upper, lower = (cells + [""] * (width - len(cells)) for cells in (first, second))
    return [below or above for above, below in zip(upper, lower, strict=True)]


def feed(path: Path) -> Feed | None:
    """The file as a feed, or None when no row of its beginning is the header of such a list.

    Raises:
        SourceError: the file is not what its ending says.
    """
    if path.suffix.lower() not in ENDINGS:
        return None
    head = list(islice(read_cells(path), _HEAD_ROWS))
    pairs = zip(head, [*head[1:], Cells(0, "", [])], strict=True)
    if not any(
        _is_header(_columns(a.cells)) or _is_header(_columns(_merged_header(a.cells, b.cells))) for a, b in pairs
    ):
        return None
    told = _plain(path.stem + "".join(cell for row in head for cell in row.cells))
    programme = next((name for name, words in _ABOUT["programmes"].items() if any(w in told for w in words)), "")
    found = _ROUND.search(told)
    number = next(filter(None, found.groups()), "") if found else ""
    about = {**_ABOUT, "title": f"{programme} {_ABOUT['title']}".strip(), "url": ""}
    document = document_of(path, FORMAT, about)
    kept = {name: value for name, value in document.properties.items() if value}
    document = Node("Document", document.id, kept, document.sources)
    reader = _Reader(path, document.id.partition("/")[2], programme, f"第{number}回" if number else "")

    def read(places: Places, tell: Callable[[int], None]) -> Iterator[Stated]:
        yield from reader.entries(read_cells(path), places)
        tell(path.stat().st_size)

    return Feed(FORMAT, path, path.stat().st_size, document, read)


@lru_cache(maxsize=1)
def _divisions() -> dict[str, str]:
    """The divisions of the industrial classification: name to code."""
    with _JSIC.open(encoding="utf-8") as file:
        return {row["name"]: row["code"] for row in csv.DictReader(file) if not row["BROADER"]}


class _Reader:
    """Reads the rows below the header; a header that returns on every page is passed over."""

    def __init__(self, path: Path, document: str, programme: str, of_round: str) -> None:
        self.path, self.document, self.programme, self.round = path, document, programme, of_round
        self.seen: dict[str, int] = {}

    def entries(self, rows: Iterator[Cells], places: Places) -> Iterator[Stated]:
        columns: dict[str, int] = {}
        before: list[str] = []
        for row in rows:
            own, both = _columns(row.cells), _columns(_merged_header(before, row.cells))
            if _is_header(own) or (_is_header(both) and len(own) >= 1 and not columns):
                columns = own if _is_header(own) else both
            elif columns and any(row.cells):
                if row.problem or len(row.cells) <= max(columns.values()):
                    yield Rejected(row.number, row.problem or f"{len(row.cells)} cells, too few", row.cells)
                elif not (len(own) >= 2 and not row.cells[columns["name"]].strip()):
                    yield self._entry(row, {name: row.cells[at].strip() for name, at in columns.items()}, places)
            before = row.cells

    def _entry(self, row: Cells, cell: dict[str, str], places: Places) -> Stated:
        name, plan = cell["name"], cell.get("plan", "")
        try:
            if not name:
                raise ValueError("the name is empty")
            text = cell.get("number", "").strip("-－ ―")
            number = number_of(text) if text else ""
        except ValueError as error:
            return Rejected(row.number, str(error), row.cells)
        place = places.of_address(cell.get("prefecture", "") + cell.get("city", ""))
        label, identity = (label_of(number), id_of(number)) if number else ("Company", unnumbered_id(name, place))
        source = (Source(self.document, f"{row.place} · {name}"),)
        award = self._award(number or identity, name, plan, source)
        told: dict[str, Value] = {"name": name, **({"corporate_number": number} if number else {})}
        relations = [Relation("RECEIVED", label, identity, "Award", award.id, {}, source)]
        others: list[Node] = []
        if self.programme:
            others.append(Node("Programme", f"Programme/{self.programme}", {"name": self.programme}, source[:1]))
            relations.append(Relation("FUNDED_BY", "Award", award.id, "Programme", others[-1].id, {}, source))
        sector = re.sub(r"^[A-T]\s*[:：.．]?\s*", "", unicodedata.normalize("NFKC", cell.get("sector", ""))).replace(
            ",", "、"
        )
        if code := _divisions().get(sector):
            others.append(Node("Sector", f"Sector/{sector}", {"name": sector, "code": code}, source))
            relations.append(Relation("IN_SECTOR", "Award", award.id, "Sector", others[-1].id, {}, source))
        for helper in filter(None, re.split(r"[、;；]", cell.get("supporter", "").strip("-－―"))):
            others.append(
                Node("Institution", f"Institution/{helper}", {"name": helper}, (Source(self.document, helper),))
            )
            properties: dict[str, Value] = {"how": _HOW}
            relations.append(Relation("SUPPORTED", "Institution", others[-1].id, label, identity, properties, source))
        corporation = Corporation(number, told, place)
        return Entry(row.number, corporation, award, tuple(relations), tuple(others))

    def _award(self, who: str, name: str, plan: str, source: tuple[Source, ...]) -> Node:
        key = f"{self.programme or self.path.stem} {self.round} {who.rpartition('/')[2]} {plan}".replace(
            "  ", " "
        ).strip()
        times = self.seen[key] = self.seen.get(key, 0) + 1
        caveats = ["repeated_row"] if times > 1 else []
        dated = date_in_name(self.path)
        properties: dict[str, Value] = {
            "name": plan or f"{name}の採択",
            "status": "adopted",
            "caveats": [*caveats, "no_amount", *([] if dated else ["no_date"])],
        }
        if dated:
            properties["date"] = dated
        if self.round:
            properties["division"] = self.round
        return Node("Award", f"Award/{key}" + (f"#{times}" if times > 1 else ""), properties, source)

"""A file of corporate numbers (全件 or 差分) enters, the corporations that its rows tell of leave."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from graph.errors import SourceError
from graph.records import Relation, Source, Value
from graph.schema import read_yaml
from loaders.corporations import id_of, label_of, number_of
from loaders.dates import iso_date
from loaders.documents import document_of
from loaders.entries import Corporation, Entry, Feed, Rejected, Stated
from loaders.lines import Line, read_lines
from loaders.places import Places
from loaders.unpack import opened

FORMAT = "houjin"
_ABOUT: dict[str, Any] = read_yaml(Path(__file__).with_name("houjin.yaml"))[0]
_WIDTH = len(_ABOUT["columns"])
_PARTNER = re.compile(r"[（(](\d{13})[）)]")
_DELETED = "99"


def looks_like_it(cells: list[str]) -> bool:
    """Whether a first row is of this file: 30 cells, a running number, a corporate number, a process."""
    return len(cells) == _WIDTH and cells[0].isdigit() and len(cells[1]) == 13 and cells[2] in _ABOUT["process"]


def check_width(cells: list[str], path: Path) -> None:
    """Refuse a first row that begins like one of this file and has another number of cells.

    Raises:
        SourceError: it does.
    """
    if len(cells) > 2 and cells[0].isdigit() and len(cells[1]) == 13 and cells[2] in _ABOUT["process"]:
        raise SourceError(
            f"The rows begin like those of the register of corporate numbers, but have {len(cells)} cells, not {_WIDTH}.",
            place=str(path),
            next_step="Download the file again, and load it as it is.",
        )


def feed(path: Path, size: int) -> Feed:
    """The file at `path`, of `size` bytes unpacked, as a feed."""
    document = document_of(path, "houjin", _ABOUT, every_date="diff" in path.stem.lower())
    key = document.id.partition("/")[2]

    def read(places: Places, tell: Callable[[int], None]) -> Iterator[Stated]:
        with opened(path) as content:
            yield from _entries(read_lines(content.stream, str(path), tell=tell), key, places)

    return Feed(FORMAT, path, size, document, read)


class _Row(NamedTuple):
    """The cells of a row that are used, checked."""

    line: int
    number: str
    process: str
    updated: str
    changed: str
    name: str
    kind: str
    prefecture: str
    city: str
    street: str
    prefecture_code: str
    city_code: str
    post_code: str
    outside: str
    closed: str
    cause: str
    successor: str
    change_cause: str
    assigned: str
    latest: bool
    name_en: str
    reading: str

    @property
    def address(self) -> str:
        return self.outside if self.outside and not self.prefecture else f"{self.prefecture}{self.city}{self.street}"


def _entries(lines: Iterator[Line], document: str, places: Places) -> Iterator[Stated]:
    rows = (_checked(line) for line in lines)
    for (number, _), group in groupby(rows, key=lambda r: (r.number, 0) if isinstance(r, _Row) else ("", r.line)):
        found = list(group)
        if number:
            yield _entry([row for row in found if isinstance(row, _Row)], document, places)
        else:
            yield from (row for row in found if isinstance(row, Rejected))


def _checked(line: Line) -> _Row | Rejected:
    cells = line.cells
    if line.problem:
        return Rejected(line.number, line.problem, cells)
    if len(cells) != _WIDTH:
        return Rejected(line.number, f"{len(cells)} cells, not {_WIDTH}", cells)
    try:
        number, process = number_of(cells[1].strip()), cells[2].strip()
        if process not in _ABOUT["process"]:
            raise ValueError(f"{process!r} is no process code")
        if not cells[6].strip() and process != _DELETED:
            raise ValueError("the name is empty")
        dates = [_date(cells[at]) for at in (4, 5, 18, 22)]
        successor = number_of(cells[20]) if cells[20].strip() else ""
    except ValueError as error:
        return Rejected(line.number, str(error), cells)
    c = [cell.strip() for cell in cells]
    return _Row(
        line.number, number, process, dates[0], dates[1], c[6], c[8], c[9], c[10], c[11], c[13], c[14], c[15], c[16],
        dates[2], c[19], successor, c[21], dates[3], c[23] == "1", c[24], c[28],
    )  # fmt: skip


@lru_cache(maxsize=16384)
def _date(text: str) -> str:
    return iso_date(text) if text.strip() else ""


def _entry(rows: list[_Row], document: str, places: Places) -> Entry:
    now, former = rows[0], tuple[str, ...]()
    if len(rows) > 1:
        now = next((row for row in reversed(rows) if row.latest), rows[-1])
        former = tuple(dict.fromkeys(row.name for row in rows if row.name and row.name != now.name))
    place = places.of_code(now.prefecture_code, now.city_code)
    source = Source(document, f"法人番号 {now.number}")
    corporation = Corporation(
        number=now.number,
        properties=_properties(now),
        place=place,
        register=True,
        updated=max(row.updated for row in rows),
        changed=now.changed,
        former_names=former,
        changes=tuple(_changes(rows)),
        gone=now.process == _DELETED,
    )
    return Entry(now.line, corporation, relations=tuple(_mergers(rows, source)), rows=len(rows))


def _properties(row: _Row) -> dict[str, Value]:
    state = "active" if not row.closed else ("merged" if row.cause == "11" else "closed")
    if row.process in (_DELETED, "81"):
        state = "deleted" if row.process == _DELETED else "closed"
    post = row.post_code
    stated: dict[str, Value] = {
        "name": row.name,
        "corporate_number": row.number,
        "name_en": row.name_en,
        "name_en_origin": "official" if row.name_en else "",
        "reading": row.reading,
        "legal_form": _ABOUT["kind"].get(row.kind, row.kind),
        "address": row.address,
        "postal_code": f"{post[:3]}-{post[3:]}" if len(post) == 7 else post,
        "registration": state,
        "closed_on": row.closed,
        "closed_because": _ABOUT["close_cause"].get(row.cause, row.cause),
        "registered_on": row.assigned,
        "register_date": row.updated,
    }
    return {name: value for name, value in stated.items() if value}


def _changes(rows: list[_Row]) -> Iterator[str]:
    """What happened, dated: names and addresses as they followed each other, closures, mergers, revivals."""
    before: _Row | None = None
    for row in rows:
        if before is not None and row.name != before.name:
            yield f"{row.changed} 商号又は名称の変更：{before.name} → {row.name}"
        elif before is not None and row.address != before.address:
            yield f"{row.changed} 所在地の変更：{before.address} → {row.address}"
        elif row.process == "21":
            yield f"{_what(row)}（{_ABOUT['close_cause'].get(row.cause, row.cause)}）{row.change_cause}"
        elif row.process in ("22", "71", "72", "81", _DELETED):
            yield f"{_what(row)} {row.change_cause}".rstrip()
        before = row


def _what(row: _Row) -> str:
    return f"{row.changed} {_ABOUT['process'][row.process]}"


def _mergers(rows: list[_Row], source: Source) -> Iterator[Relation]:
    """The corporation that goes on succeeds the one that it took over, whichever of the two the row is of."""
    for row in rows:
        pairs = [(row.successor, row.number)] if row.successor else []
        if row.process == "71":
            pairs += [(row.number, partner) for partner in _PARTNER.findall(row.change_cause)]
        for heir, gone in pairs:
            yield Relation("SUCCEEDS", label_of(heir), id_of(heir), label_of(gone), id_of(gone), {}, (source,))

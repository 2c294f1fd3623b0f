"""A bulk file of gBizINFO, of any generation of headers, enters; what its rows state of corporations leaves."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from graph.schema import read_yaml
from loaders.documents import document_of
from loaders.entries import Feed, Rejected, Stated
from loaders.gbizinfo_rows import RowReader
from loaders.lines import Line, read_lines
from loaders.places import Places
from loaders.unpack import opened

FORMAT = "gbizinfo"
ABOUT: dict[str, Any] = read_yaml(Path(__file__).with_name("gbizinfo.yaml"))[0]
ABOUT["legal_forms"] = read_yaml(Path(__file__).with_name("houjin.yaml"))[0]["kind"]


def _plain(header: str) -> str:
    return unicodedata.normalize("NFKC", header).strip().replace("~", "-")


def kind_of(cells: list[str], stem: str) -> str:
    """Which of the bulk files a header belongs to; the file's name decides only where the header fits; else empty."""
    header = {_plain(cell) for cell in cells}
    if not header.intersection(ABOUT["common"]["number"]) or not header.intersection(ABOUT["common"]["name"]):
        return ""
    fitting = [
        kind
        for kind, about in ABOUT["kinds"].items()
        if any(set(mark if isinstance(mark, list) else [mark]) <= header for mark in about["told_by"])
    ]
    same = [kind for kind, about in ABOUT["kinds"].items() if header.intersection(about.get("told_by_name", ()))]
    named = [kind for kind in (*fitting, *same) if kind.lower() in stem.lower()]
    return next(iter(named or fitting), "")


def feed(path: Path, size: int, kind: str) -> Feed:
    """The file at `path`, of `size` bytes unpacked, as a feed of the given kind."""
    about = {**ABOUT, "title": f"gBizINFO {ABOUT['kinds'][kind]['name']}"}
    document = document_of(path, "gbizinfo", about)
    key = document.id.partition("/")[2]

    def read(places: Places, tell: Callable[[int], None]) -> Iterator[Stated]:
        with opened(path) as content:
            yield from _entries(read_lines(content.stream, str(path), tell=tell), kind, key, places)

    return Feed(FORMAT, path, size, document, read)


def _entries(lines: Iterator[Line], kind: str, document: str, places: Places) -> Iterator[Stated]:
    header = next((line for line in lines if any(line.cells)), None)
    if header is None:
        return
    columns = [_plain(cell) for cell in header.cells]
    reader = RowReader(kind, columns, document, places, ABOUT)
    for line in lines:
        if line.problem:
            yield Rejected(line.number, line.problem, line.cells)
        elif len(line.cells) != len(columns):
            yield Rejected(line.number, f"{len(line.cells)} cells, the header has {len(columns)}", line.cells)
        else:
            yield reader.read(line)

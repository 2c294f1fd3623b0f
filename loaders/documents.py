"""A data file enters, the document leaves that its rows are said to stand in: with date, licence and address."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from graph.records import Node, Source, Value

_DATED = re.compile(r"[_-]?(20\d{2})(\d{2})(\d{2})")


def date_in_name(path: Path) -> str:
    """The date that stands in a file's name, else empty."""
    match = _DATED.search(path.stem)
    try:
        return date(*map(int, match.groups())).isoformat() if match else ""
    except ValueError:
        return ""


def document_of(path: Path, series: str, about: dict[str, str], *, every_date: bool = False) -> Node:
    """The document of a file of a series.

    A newer file of the same name but for its date replaces what the older one stated; with `every_date`
    (daily differences) each is a document of its own.
    """
    stem = path.name.removesuffix("".join(path.suffixes[-1:])).replace("|", "／")
    key = f"{series}/{stem if every_date else _DATED.sub('', stem)}"
    dated = date_in_name(path)
    properties: dict[str, Value] = {
        "name": f"{about['title']} {stem}",
        "licence": about["licence"],
        "url": about["url"],
        "file": path.name,
    }
    if dated:
        properties["date"] = dated
    return Node("Document", f"Document/{key}", properties, (Source(key, ""),))

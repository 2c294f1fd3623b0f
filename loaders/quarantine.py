"""What a load leaves to a person enters, CSV files to read and correct leave: rejected rows, undecided corporations."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from loaders.entries import Rejected
from loaders.match import Undecided


def write_undecided(path: Path, found: Sequence[Undecided]) -> Path | None:
    """Write the corporations that may be a thing of the graph, the likeliest first; no file when there are none."""
    path.unlink(missing_ok=True)
    if not found:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("score", "id", "known_as", "corporate_number", "name", "place", "line"))
        for item in sorted(found, key=lambda u: (-u.candidate.score, u.line)):
            c = item.candidate
            writer.writerow((c.score, c.id, c.name, item.number, item.name, item.place.partition("/")[2], item.line))
    return path


class Quarantine:
    """The file of rejected rows; it exists only when there are any."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self.reasons: dict[str, int] = {}
        self._file: IO[str] | None = None
        self._writer: Any = None

    def add(self, row: Rejected) -> None:
        """Write one rejected row."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow(("line", "reason", "row"))
        self.rows += row.rows
        kind = row.reason.partition("'")[0].strip(" :") or row.reason
        self.reasons[kind] = self.reasons.get(kind, 0) + 1
        self._writer.writerow((row.line, row.reason, *row.cells))

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

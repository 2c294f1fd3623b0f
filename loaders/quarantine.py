"""Rows that cannot be used enter, a CSV file to read and correct leaves: each with its line and the reason."""

from __future__ import annotations

import csv
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from loaders.entries import Rejected


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet program takes for text and not for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "@")) else cell


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
        self._writer.writerow((row.line, row.reason, *map(_harmless, row.cells)))

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

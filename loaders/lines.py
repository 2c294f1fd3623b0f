"""The bytes of a table enter, its rows leave one by one, each with its line and, if it cannot be read, the reason.

One bad row never takes its neighbours along: a quote that is not closed ends at its own line.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from graph.errors import SourceError

_HEAD = 1 << 20
_KINDS = {
    b"%PDF": "a PDF",
    b"\x89PNG": "an image",
    b"\xd0\xcf\x11\xe0": "an Excel file of the old kind (.xls)",
    b"PK\x03\x04": "a zip or Excel file that breaks off",
}
MOST_CELLS = 10_000
_MOST_CHARACTERS = 1_000_000
# A cell with line breaks (an outline of a business) has a few; a quote that is never closed has all that follow.
_MOST_LINES_OF_A_ROW = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: the line it begins at, its cells, and why it cannot be used (empty: it can)."""

    number: int
    cells: list[str]
    problem: str = ""


def detect_encoding(head: bytes, place: str) -> str:
    """UTF-8 or CP932, told by the first megabyte; broken characters inside are the affair of their rows.

    Raises:
        SourceError: it is UTF-16, holds null bytes all over, or is no Japanese text at all.
    """
    for mark, kind in _KINDS.items():
        if head.startswith(mark):
            raise SourceError(
                f"The file is {kind}, not a text table.", place=place, next_step="Give it with the ending of its kind."
            )
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or head.count(0) > len(head) // 100:
        raise SourceError(
            "The file holds null bytes and is no text in UTF-8 or CP932.",
            place=place,
            next_step="Export it as CSV in UTF-8.",
        )
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    whole = head[: head.rfind(b"\n") + 1] or head
    if whole.isascii():
        if b"\x1b$" in whole:
            raise _other_encoding("ISO-2022-JP", place)
        return "utf-8"
    lines = [line for line in whole.split(b"\n") if not line.isascii()]
    wrong = {encoding: sum(not _decodes(line, encoding) for line in lines) for encoding in ("utf-8", "cp932")}
    best = min(wrong, key=lambda encoding: wrong[encoding])
    if wrong[best] * 2 >= len(lines):
        raise SourceError("The file is neither UTF-8 nor CP932 text.", place=place, next_step="Save it as UTF-8.")
    if best == "cp932" and _is_euc(b"".join(lines)):
        raise _other_encoding("EUC-JP", place)
    return best


def _other_encoding(name: str, place: str) -> SourceError:
    return SourceError(f"The file is text in {name}.", place=place, next_step="Save it as UTF-8.")


def _is_euc(data: bytes) -> bool:
    """Whether text that CP932 can be is rather EUC-JP: read as CP932 that is mostly half-width kana."""
    if not _decodes(data, "euc_jp"):
        return False
    text = [c for c in data.decode("cp932", "ignore") if not c.isascii()]
    return sum("\uff61" <= c <= "\uff9f" for c in text) * 2 > len(text)


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def read_lines(
    stream: IO[bytes], place: str, separator: str = ",", tell: Callable[[int], None] | None = None
) -> Iterator[Line]:
    """Yield the rows of a CSV stream; `tell` gets the number of bytes read so far, now and then.

    Raises:
        SourceError: the stream is no text.
    """
    buffered = _Counted(stream, tell)
    buffer = io.BufferedReader(buffered, _HEAD)
    encoding = detect_encoding(buffer.peek(_HEAD)[:_HEAD], place)
    text = io.TextIOWrapper(buffer, encoding, errors="surrogateescape", newline="")
    rows = _Balanced(text, separator)
    reader = csv.reader(rows, delimiter=separator, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Line(rows.number, [], f"not readable as CSV: {error}")
            continue
        finally:
            yield from rows.take_refused()
        if cells:
            rows.width = rows.width or len(cells)
            problem = "" if len(cells) < MOST_CELLS else f"{len(cells):,} cells"
            yield Line(rows.number, cells, problem or _unreadable(rows.text))


def _unreadable(text: str) -> str:
    if text.isascii():
        return "null bytes" if "\0" in text else ""
    if "\0" in text:
        return "null bytes"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        broken = text[error.start].encode("utf-8", "surrogateescape").hex() if text[error.start] else ""
        return f"a byte that is no character (0x{broken})"
    return ""


class _Balanced:
    """Gives the CSV reader one whole row at a time: lines are joined until their quotes are closed."""

    def __init__(self, text: io.TextIOWrapper, separator: str) -> None:
        self._lines = _physical(text)
        self._separator = separator
        self.width = 0
        self._waiting: list[tuple[int, str]] = []
        self._refused: list[Line] = []
        self.number = 0
        self.text = ""

    def __iter__(self) -> _Balanced:
        return self

    def take_refused(self) -> list[Line]:
        """The lines given up since the last call."""
        refused, self._refused = self._refused, []
        return refused

    def _next(self) -> tuple[int, str] | None:
        return self._waiting.pop(0) if self._waiting else next(self._lines, None)

    def __next__(self) -> str:
        while (found := self._next()) is not None:
            self.number, self.text = found
            if len(self.text) > _MOST_CHARACTERS:
                self._refused.append(Line(self.number, [self.text[:200]], f"{len(self.text):,} characters or more"))
            elif self.text.count('"') % 2 == 0 or self._closed():
                return self.text
        raise StopIteration

    def _cells_of(self, text: str) -> int:
        try:
            return len(next(csv.reader([text], delimiter=self._separator, strict=True)))
        except csv.Error:
            return 0

    def _closed(self) -> bool:
        """Join the following lines until the quotes are closed; if they never are, only this line is given up."""
        joined = self.text
        taken: list[tuple[int, str]] = []
        while len(taken) < _MOST_LINES_OF_A_ROW and (more := self._next()) is not None:
            taken.append(more)
            joined += more[1]
            if joined.count('"') % 2 == 0:
                # Two rows that both lack a quote would close each other's: the number of cells tells.
                if self.width and self._cells_of(joined) != self.width:
                    break
                self.text = joined
                return True
        self._refused.append(Line(self.number, [self.text.rstrip("\r\n")[:200]], "a quote is not closed"))
        self._waiting = taken + self._waiting
        return False


def _physical(text: io.TextIOWrapper) -> Iterator[tuple[int, str]]:
    number = 0
    while line := text.readline(_MOST_CHARACTERS + 1):
        number += 1
        yield number, line
        while len(line) > _MOST_CHARACTERS and not line.endswith("\n"):
            line = text.readline(_MOST_CHARACTERS + 1)


class _Counted(io.RawIOBase):
    """Tells how many bytes were read."""

    def __init__(self, stream: IO[bytes], tell: Callable[[int], None] | None) -> None:
        self._stream, self._tell, self._read = stream, tell, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self._read += len(data)
        if self._tell is not None:
            self._tell(self._read)
        return len(data)

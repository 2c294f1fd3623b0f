"""A file as downloaded enters, the one table inside it leaves as a stream of bytes; what would not fit is refused."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from graph.errors import SourceError

# The national file of corporations unpacks to 1.2 GB, at a ratio of 6.
MOST_BYTES = 8_000_000_000
MOST_RATIO = 200
# A sheet of a million rows, as many as there can be, has some 300 MB.
MOST_SHEET_BYTES = 1_000_000_000
_CHUNK = 1 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
TABLE_ENDINGS = (".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class Content:
    """The table inside a file: its name, its size in bytes, and the stream."""

    name: str
    size: int
    stream: IO[bytes]


@contextmanager
def opened(path: Path) -> Iterator[Content]:
    """Open a table, or the only table of a zip file.

    Raises:
        SourceError: missing, no readable zip, without or with several tables, or unpacking to more than is sensible.
    """
    if not path.is_file():
        raise SourceError(f"There is no file {path}.", next_step="Check the path.")
    if not zipfile.is_zipfile(path):
        if path.suffix.lower() == ".zip":
            raise SourceError(
                f"{path.name} is no zip file, or it breaks off.", place=str(path), next_step="Download it again."
            )
        with path.open("rb") as stream:
            yield Content(path.name, path.stat().st_size, stream)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            member = _table_in(archive, path)
            with archive.open(member) as stream:
                yield Content(member.filename, member.file_size, stream)
    except _DAMAGED as error:
        raise _damaged(error, path) from None


def check_whole(path: Path) -> None:
    """Read a zip file (which a workbook is as well) to its end, so that a damaged one is refused before it is used.

    Raises:
        SourceError: its bytes are not those that were packed.
    """
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = [_table_in(archive, path)] if path.suffix.lower() == ".zip" else archive.infolist()
            for member in members:
                with archive.open(member) as stream:
                    while stream.read(_CHUNK):
                        pass
    except _DAMAGED as error:
        raise _damaged(error, path) from None


def _damaged(error: Exception, path: Path) -> SourceError:
    return SourceError(f"The zip file is damaged: {error}.", place=str(path), next_step="Download it again.")


def _table_in(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    members = [m for m in archive.infolist() if not m.is_dir() and m.filename.lower().endswith(TABLE_ENDINGS)]
    if len(members) != 1:
        names = ", ".join(m.filename for m in members[:5]) or "none"
        raise SourceError(
            f"The zip file holds {len(members)} tables ({names}), not one.",
            place=str(path),
            next_step="Unpack it and give the table.",
        )
    check_size(members[0], path)
    return members[0]


def check_workbook(path: Path) -> None:
    """Refuse a workbook that unpacks to more than any real one does.

    Raises:
        SourceError: it does, or it is no workbook.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                check_size(member, path, MOST_SHEET_BYTES)
    except zipfile.BadZipFile as error:
        raise SourceError(
            f"{path.name} cannot be read as Excel: {error}.",
            place=str(path),
            next_step="Open and save it again as .xlsx.",
        ) from None


def check_size(member: zipfile.ZipInfo, path: Path, most: int = MOST_BYTES) -> None:
    """Refuse what unpacks to more than any real file does.

    Raises:
        SourceError: with both sizes.
    """
    if member.file_size > most or member.file_size > MOST_RATIO * max(member.compress_size, 50_000):
        raise SourceError(
            f"{member.filename} would unpack from {member.compress_size:,} to {member.file_size:,} bytes.",
            place=str(path),
            next_step="If that is right, unpack it yourself and give the table.",
        )

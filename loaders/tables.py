"""A CSV, TSV or Excel file enters, its rows as text by column name with their place leave."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graph.errors import SourceError
from loaders.lines import MOST_CELLS, read_lines
from loaders.unpack import check_workbook, opened

CSV_ENDINGS = {".csv": ",", ".tsv": "\t", ".txt": ","}
EXCEL_ENDINGS = (".xlsx", ".xlsm")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells as stripped text by column name, and the place a person can find it at."""

    cells: dict[str, str]
    place: str


def read_rows(path: Path, sheet: str | None = None) -> Iterator[Row]:
    """Yield the rows of a table with a header line; empty rows are passed over.

    Raises:
        SourceError: missing, unreadable, of unknown kind, or a row whose cells do not fit the header.
    """
    if not path.is_file():
        raise SourceError(f"There is no file {path}.", next_step="Check the path.")
    if path.suffix.lower() in EXCEL_ENDINGS:
        lines = excel_lines(path, sheet)
    elif path.suffix.lower() in CSV_ENDINGS:
        lines = _csv_lines(path, CSV_ENDINGS[path.suffix.lower()])
    else:
        raise SourceError(
            f"{path.name} is no table that can be read.", place=str(path), next_step="Give a .csv, .tsv or .xlsx file."
        )
    header: list[str] | None = None
    for number, cells in lines:
        if not any(cells):
            continue
        if header is None:
            header = _checked_header(cells, path, number)
            continue
        if len(cells) > len(header) and any(cells[len(header) :]):
            raise SourceError(
                f"The row has {len(cells)} cells, the header {len(header)}.",
                place=f"{path}:{number}",
                next_step="Put quotes around cells that contain the separator.",
            )
        padded = cells + [""] * (len(header) - len(cells))
        yield Row(dict(zip(header, padded, strict=False)), f"{path}:{number}")
    if header is None:
        raise SourceError(f"{path.name} is empty.", place=str(path), next_step="Give a table with a header line.")


def _checked_header(cells: list[str], path: Path, number: int) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    twice = next((c for c in cells if c and cells.count(c) > 1), None)
    if twice:
        raise SourceError(
            f"The column {twice!r} stands twice in the header.",
            place=f"{path}:{number}",
            next_step="Rename one of them.",
        )
    return cells


def _csv_lines(path: Path, separator: str) -> Iterator[tuple[int, list[str]]]:
    with opened(path) as content:
        for line in read_lines(content.stream, str(path), separator):
            if line.problem:
                raise SourceError(
                    f"The table breaks off: {line.problem}.",
                    place=f"{path}:{line.number}",
                    next_step="Correct that line.",
                )
            yield line.number, [cell.strip() for cell in line.cells]


def excel_lines(path: Path, sheet: str | None) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a sheet, by default the first, with their numbers.

    Raises:
        SourceError: the file is no workbook, unpacks to too much, or has no such sheet.
    """
    from openpyxl import load_workbook

    check_workbook(path)
    with _readable(path):
        book = load_workbook(path, read_only=True, data_only=True)
    if sheet is not None and sheet not in book.sheetnames:
        raise SourceError(
            f"There is no sheet {sheet!r}.", place=str(path), next_step=f"It has: {', '.join(book.sheetnames)}."
        )
    if not book.worksheets:
        raise SourceError(f"{path.name} has no sheet with cells.", place=str(path), next_step="Give another file.")
    chosen = book[sheet] if sheet else book.worksheets[0]
    rows = enumerate(chosen.iter_rows(values_only=True), 1)
    while True:
        with _readable(path):
            found = next(rows, None)
        if found is None:
            return
        number, cells = found
        # A sheet with one cell far below has a million rows of nothing.
        if all(cell is None for cell in cells):
            continue
        if len(cells) > MOST_CELLS:
            raise SourceError(
                f"The row has {len(cells):,} cells.", place=f"{path}:{number}", next_step="Remove what is no table."
            )
        yield number, ["" if cell is None else _excel_text(cell) for cell in cells]


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 (openpyxl raises a dozen kinds for files that are not what they claim)
        raise SourceError(
            f"{path.name} cannot be read as Excel: {error}.",
            place=str(path),
            next_step="Open and save it again as .xlsx.",
        ) from None


def _excel_text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()

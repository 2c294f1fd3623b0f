"""A CSV, Excel or PDF file of tables enters, all its rows leave with the place where each stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from graph.errors import SourceError
from loaders.lines import read_lines
from loaders.tables import EXCEL_ENDINGS, excel_lines
from loaders.unpack import TABLE_ENDINGS, opened

PDF_ENDING = ".pdf"
ENDINGS = (*TABLE_ENDINGS, *EXCEL_ENDINGS, PDF_ENDING)
_MOST_BYTES = 200_000_000
_MOST_PAGES = 3_000


@dataclass(frozen=True, slots=True)
class Cells:
    """One row: its running number in the file, the place a reader finds it at, its cells, and why it is unusable."""

    number: int
    place: str
    cells: list[str]
    problem: str = ""


def read_cells(path: Path) -> Iterator[Cells]:
    """Yield every row of every table.

    Raises:
        SourceError: the file is not what its ending says.
    """
    ending = path.suffix.lower()
    if ending == PDF_ENDING:
        yield from _pdf(path)
    elif ending in EXCEL_ENDINGS:
        for number, cells in excel_lines(path, None):
            yield Cells(number, f"L{number}", cells)
    else:
        with opened(path) as content:
            for line in read_lines(content.stream, str(path), "\t" if ending == ".tsv" else ","):
                yield Cells(line.number, f"L{line.number}", [cell.strip() for cell in line.cells], line.problem)


def _pdf(path: Path) -> Iterator[Cells]:
    import pdfplumber

    if path.stat().st_size > _MOST_BYTES:
        raise SourceError(f"The PDF has {path.stat().st_size:,} bytes.", place=str(path), next_step="Split it.")
    number = 0
    try:
        with pdfplumber.open(path) as book:
            if len(book.pages) > _MOST_PAGES:
                raise SourceError(f"The PDF has {len(book.pages):,} pages.", place=str(path), next_step="Split it.")
            for at, page in enumerate(book.pages, 1):
                if at == 1:
                    number += 1
                    yield Cells(number, "1頁", [(page.extract_text() or "")[:500]])
                for table in page.extract_tables():
                    for row in table:
                        number += 1
                        # A cell that is wrapped in the list is one text.
                        yield Cells(number, f"{at}頁", ["".join((cell or "").split("\n")).strip() for cell in row])
                page.close()
    except SourceError:
        raise
    except Exception as error:  # noqa: BLE001 (the PDF library raises whatever the file provokes)
        raise SourceError(
            f"{path.name} cannot be read as PDF: {error or type(error).__name__}.",
            place=str(path),
            next_step="Open and save it again as PDF, or give the list as Excel or CSV.",
        ) from None

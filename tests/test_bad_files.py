"""A file that is not what it should be is named with its place and what to do next, and nothing of it is loaded."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from open_files import REAL, SCHEMA, load, number, register_row
from openpyxl import Workbook

from graph.errors import SourceError
from graph.store import Store
from loaders.formats import open_feed

DIFF = (REAL / "diff_20260821.csv").read_bytes()
TEXT = DIFF.decode("cp932")
ROW = ",".join(register_row(91)).encode()
HEADER = ["都道府県", "事業者名", "法人番号", "事業計画名", "認定支援機関名"]
SHEET = "xl/worksheets/sheet1.xml"


def zipped(content: bytes, name: str = "diff_20260813.csv") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def workbook(*rows: list[str], sheet: Callable[[bytes], bytes] = bytes) -> bytes:
    """A workbook whose only sheet is changed by `sheet`."""
    plain, changed = io.BytesIO(), io.BytesIO()
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(plain)
    with zipfile.ZipFile(plain) as whole, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            archive.writestr(name, sheet(whole.read(name)) if name == SHEET else whole.read(name))
    return changed.getvalue()


def damaged(packed: bytes) -> bytes:
    at = len(packed) // 3
    return packed[:at] + bytes(b ^ 0x5A for b in packed[at : at + 60]) + packed[at + 60 :]


def entities(sheet: bytes) -> bytes:
    """A sheet that grows to a gigabyte when its entities are filled in."""
    nested = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 9))
    head = f'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a0 "aaaaaaaaaa">{nested}]>'.encode()
    return head + sheet.replace("都道府県".encode(), b"&a8;")


ADOPTED = workbook(HEADER, ["熊本県", "株式会社甲", number(92), "計画", ""])
BAD: dict[str, tuple[str, bytes, str]] = {
    "nothing": ("diff.csv", b"", "diff.csv is empty"),
    "only blank lines": ("diff.csv", b"\n\n\n", "diff.csv is empty"),
    "UTF-16": ("diff.csv", TEXT.encode("utf-16"), "null bytes"),
    "UTF-16 without mark": ("diff.csv", TEXT.encode("utf-16-le"), "null bytes"),
    "ISO-2022-JP": ("diff.csv", TEXT.encode("iso2022_jp", "replace"), "ISO-2022-JP"),
    "EUC-JP": ("diff.csv", TEXT.encode("euc_jp", "replace"), "EUC-JP|neither UTF-8 nor CP932"),
    "Latin-1": ("diff.csv", "é,ä\n".encode("latin-1") * 99, "neither UTF-8 nor CP932"),
    "null bytes": ("diff.csv", bytes(10_000), "null bytes"),
    "a column too few": ("diff.csv", b"\n".join([ROW.rpartition(b",")[0]] * 9), "29 cells, not 30"),
    "a column too many": ("diff.csv", b"\n".join([ROW + b","] * 9), "31 cells, not 30"),
    "a PDF called CSV": ("diff.csv", b"%PDF-1.7\n" + bytes(range(256)) * 9, "is a PDF"),
    "an image called CSV": ("diff.csv", b"\x89PNG\r\n" + bytes(range(256)) * 9, "is an image"),
    "an old Excel file called CSV": ("diff.csv", b"\xd0\xcf\x11\xe0" + bytes(999), "old kind"),
    "a broken zip called CSV": ("diff.csv", zipped(DIFF)[:3000], "breaks off"),
    "a zip cut off": ("diff.zip", zipped(DIFF)[:3000], "is no zip file, or it breaks off"),
    "a zip damaged at its beginning": ("diff.zip", damaged(zipped(DIFF[:5000])), "damaged"),
    "a zip damaged further on": ("diff.zip", damaged(zipped(DIFF * 200)), "damaged"),
    "a zip bomb": ("diff.zip", zipped(ROW + b"\n" + bytes(50_000_000)), "would unpack from"),
    "a zip in a zip": ("diff.zip", zipped(zipped(DIFF), "diff.zip"), "holds 0 tables"),
    "a program in a zip": ("diff.zip", zipped(b"MZ", "diff.exe"), "holds 0 tables"),
    "a workbook bomb": ("a.xlsx", workbook(HEADER, sheet=lambda s: s + b" " * 50_000_000), "would unpack from"),
    "a workbook of entities": ("a.xlsx", workbook(HEADER, sheet=entities), "cannot be read as Excel"),
    "a workbook cut off": ("a.xlsx", ADOPTED[:3000], "cannot be read as Excel"),
    "a workbook whose sheet breaks off": (
        "a.xlsx",
        workbook(
            HEADER, *[["熊本県", f"株式会社{k}", number(93), "計画", ""] for k in range(90)], sheet=lambda s: s[:-900]
        ),
        "cannot be read as Excel",
    ),
    "text called Excel": ("a.xlsx", DIFF, "cannot be read as Excel"),
    "a workbook too wide": ("a.xlsx", workbook(HEADER, ["x"] * 16_000), "16,000 cells"),
    "text called PDF": ("a.pdf", b"hello", "cannot be read as PDF"),
    "a PDF cut off": ("a.pdf", b"%PDF-1.7\n1 0 obj\n<<", "cannot be read as PDF"),
    "HTML called JSON": ("a.json", b"<html>404</html>", "no JSON"),
    "JSON without end": ("a.json", b"[" * 200_000, "no JSON"),
    "Turtle without end": ("a.ttl", b'@prefix a: <http://a/> . a:x a:y "b .', "no turtle"),
    "XML with a document type": ("a.rdf", b'<!DOCTYPE r [<!ENTITY a "b">]><rdf/>', "document type|DOCTYPE|entit"),
    "a header alone": ("Hojokinjoho.csv", "法人番号,法人名,補助金等,金額,府省\n".encode(), "No row can be used"),
    "numbers that are none": ("diff.csv", ROW.replace(number(91).encode(), b"1234567890123"), "check digit"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused_by_name_and_nothing_of_it_is_loaded(packaged: Store, tmp_path: Path, what: str) -> None:
    name, content, told = BAD[what]
    path = tmp_path / name
    path.write_bytes(content)
    before = packaged.counts()
    with pytest.raises(SourceError, match=told) as caught:
        load(packaged, path)
    error = caught.value
    assert name in f"{error.place} {error.message}"
    assert error.next_step
    assert packaged.counts() == before
    assert all(run.state == "done" for run in packaged.loads())


SOUND: dict[str, tuple[str, bytes, tuple[int, int, int]]] = {
    "cut off within a row": ("diff_20260814.csv", ROW + b"\n" + ROW[:100], (2, 1, 1)),
    "a quote of the first row never closed": (
        "diff_20260815.csv",
        ROW.replace("試験91".encode(), b'"', 1) + b"\n" + ROW + b"\n",
        (2, 1, 1),
    ),
    "two encodings": ("diff_20260816.csv", ROW + b"\n" + ROW.decode().encode("cp932"), (2, 1, 1)),
    "a cell of a megabyte": ("diff_20260817.csv", ROW + b"\n" + ROW.replace(b"8691100", b"8" * 2_000_000), (2, 1, 1)),
    "macros": ("macros.xlsm", ADOPTED, (1, 1, 0)),
    "formulas": ("formulas.xlsx", workbook(HEADER, ["熊本県", '=HYPERLINK("http://x","甲")', "", "", ""],
                 ["熊本県", "株式会社乙", number(94), "計画", ""]), (2, 1, 1)),
}  # fmt: skip


@pytest.mark.parametrize("what", SOUND)
def test_of_a_file_with_bad_rows_the_others_are_loaded(packaged: Store, tmp_path: Path, what: str) -> None:
    name, content, expected = SOUND[what]
    path = tmp_path / name
    path.write_bytes(content)
    _, rows = load(packaged, path)
    assert (rows.read, rows.loaded + rows.unchanged, rows.quarantined) == expected


def test_a_rejected_cell_is_no_formula_in_the_file_to_correct(packaged: Store, tmp_path: Path) -> None:
    path = tmp_path / "diff_20260818.csv"
    path.write_bytes(ROW + b"\n" + ROW.replace(number(91).encode(), b"=cmd|calc"))
    _, rows = load(packaged, path)
    assert rows.quarantine is not None
    with rows.quarantine.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1][3] == "'=cmd|calc"


def test_a_sheet_with_one_cell_a_million_rows_below_is_read(tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(HEADER)
    book.worksheets[0].cell(row=1_048_576, column=1, value="x")
    book.save(tmp_path / "deep.xlsx")
    assert open_feed(tmp_path / "deep.xlsx", SCHEMA) is not None

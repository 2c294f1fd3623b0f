"""Tables of every make are read into rows of cells; what is broken is told with its line."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from small_tables import CELL, table

from graph.errors import SourceError
from loaders.lines import detect_encoding, read_lines
from loaders.tables import read_rows


def cells(path: Path, sheet: str | None = None) -> list[dict[str, str]]:
    return [row.cells for row in read_rows(path, sheet)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_table_is_read_in_every_encoding_and_line_ending(tmp_path: Path, encoding: str, newline: str) -> None:
    text = newline.join(["名称,従業員数", "髙橋産業①,１２", ""])
    assert cells(table(tmp_path, text.encode(encoding))) == [{"名称": "髙橋産業①", "従業員数": "１２"}]


def test_text_that_is_neither_utf8_nor_cp932_is_refused(tmp_path: Path) -> None:
    for content, told in ((b"a\n\x81 \x82\n", "neither"), ("a\nb".encode("utf-16"), "null bytes|neither")):
        with pytest.raises(SourceError, match=told) as caught:
            cells(table(tmp_path, content))
        assert "t.csv" in caught.value.place


def test_cells_in_quotes_hold_separators_quotes_and_line_breaks(tmp_path: Path) -> None:
    path = table(tmp_path, b'a,b\n"x,y","say ""hi"""\n"two\nlines",z\nlast,row\n')
    assert cells(path) == [{"a": "x,y", "b": 'say "hi"'}, {"a": "two\nlines", "b": "z"}, {"a": "last", "b": "row"}]
    assert [row.place.rpartition(":")[2] for row in read_rows(path)] == ["2", "3", "5"]


def test_short_rows_are_filled_and_empty_rows_passed_over(tmp_path: Path) -> None:
    path = table(tmp_path, b"\n\na,b,c\n1\n,,\n 2 , 3 ,,,\n")
    assert cells(path) == [{"a": "1", "b": "", "c": ""}, {"a": "2", "b": "3", "c": ""}]


@pytest.mark.parametrize(
    ("content", "told", "line"),
    [
        (b"a,b\n1,2\n1,2,3\n", "3 cells, the header 2", 3),
        (b"a,a\n1,2\n", "'a' stands twice", 1),
        (b'a,b\n"x,y\n', "breaks off", 2),
        (b'a,b\n"x"y,z\n', "breaks off", 2),
    ],
)
def test_a_broken_table_names_its_line(tmp_path: Path, content: bytes, told: str, line: int) -> None:
    with pytest.raises(SourceError, match=told) as caught:
        cells(table(tmp_path, content))
    assert caught.value.place == f"{tmp_path / 't.csv'}:{line}"
    assert caught.value.next_step


def test_a_table_without_a_header_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"\n\n", b",,\n"):
        with pytest.raises(SourceError, match="is empty"):
            cells(table(tmp_path, content))


def test_a_file_that_is_missing_or_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="There is no file"):
        cells(tmp_path / "none.csv")
    with pytest.raises(SourceError, match="no table"):
        cells(table(tmp_path, b"%PDF", "report.pdf"))
    with pytest.raises(SourceError, match="cannot be read as Excel"):
        cells(table(tmp_path, b"no zip", "t.xlsx"))


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 50_000_000)
    with pytest.raises(SourceError, match="would unpack"):
        cells(path)


def test_a_workbook_with_a_row_too_wide_for_a_table_is_refused(tmp_path: Path) -> None:
    book = Workbook(write_only=True)
    book.create_sheet("s").append(["x"] * 16_000)
    book.save(tmp_path / "wide.xlsx")
    with pytest.raises(SourceError, match="16,000 cells"):
        cells(tmp_path / "wide.xlsx")


def test_a_tab_separated_table_may_hold_commas(tmp_path: Path) -> None:
    assert cells(table(tmp_path, b"a\tb\n1,5\t2\n", "t.tsv")) == [{"a": "1,5", "b": "2"}]


def test_an_excel_sheet_is_read_by_name(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.create_sheet("会社")
    for row in (["名称", "人数", "率"], ["浅野撚糸", 30.0, 1.5], [None, None, None], ["TANIDA", None, "x"]):
        sheet.append(row)
    path = tmp_path / "t.xlsx"
    book.save(path)
    wanted = [{"名称": "浅野撚糸", "人数": "30", "率": "1.5"}, {"名称": "TANIDA", "人数": "", "率": "x"}]
    assert cells(path, "会社") == wanted
    with pytest.raises(SourceError, match="no sheet '無い'") as caught:
        cells(path, "無い")
    assert "会社" in caught.value.next_step


@given(rows=st.lists(st.tuples(CELL, CELL, CELL).filter(any), max_size=5), separator=st.sampled_from([",", "\t"]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_csv_module_writes_is_read_back(rows: list[tuple[str, ...]], separator: str, tmp_path: Path) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *rows])
    path = table(tmp_path, text.getvalue().encode("utf-8-sig"), "t.csv" if separator == "," else "t.tsv")
    assert [tuple(row.values()) for row in cells(path)] == rows


@given(st.text(st.sampled_from("株式会社髙﨑ﾊﾟ①ーabc,\n")))
def test_japanese_text_is_decoded_from_both_encodings(rest: str) -> None:
    text = f"名称\n{rest}"
    for encoding in ("utf-8", "cp932"):
        data = text.encode(encoding)
        assert data.decode(detect_encoding(data, "")) == text


@pytest.mark.parametrize(
    "rows",
    [['1,"open,3', "4,5,6", '7,"8,9', "10,11,12"], ['1,"open,3', "4,5,6", '7,8,"9', "10,11,12"]],
)
def test_rows_with_an_open_quote_never_take_the_good_rows_between_them_along(rows: list[str]) -> None:
    lines = list(read_lines(io.BytesIO("\n".join(["a,b,c", *rows]).encode()), "x.csv"))
    assert [line.cells for line in lines if not line.problem] == [["a", "b", "c"], ["4", "5", "6"], ["10", "11", "12"]]
    assert [line.number for line in lines if line.problem] == [2, 4]


@pytest.mark.parametrize("encoding", ["euc_jp", "iso2022_jp", "utf-16"])
def test_other_japanese_encodings_are_refused_and_not_read_as_nonsense(encoding: str) -> None:
    rows = "\n".join(
        ["法人番号,商号または名称", "1234567890123,株式会社日本医療開発", "2234567890123,有限会社佐藤製作所"]
    )
    with pytest.raises(SourceError):
        detect_encoding(rows.encode(encoding), "x.csv")

"""Lists of adopted plans become awards, in CSV, Excel and PDF alike; corporations without a number are matched with care."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle
from stdnum.jp import cn

from graph.errors import SourceError
from graph.records import Node, Source
from graph.schema import load_schema
from graph.store import LoadReport, Store
from loaders.formats import open_feed
from loaders.stream import Rows, load_feed

SCHEMA = load_schema()
HEADER = [
    "エリア",
    "都道府県",
    "市区町村",
    "事業者名",
    "法人番号",
    "主たる業種（大分類）",
    "事業計画名",
    "認定支援機関名",
]


def number(at: int, form: str = "01") -> str:
    """A sound corporate number that no real corporation has: registry 9998."""
    rest = f"9998{form}{at:06d}"
    return str(cn.calc_check_digit(rest)) + rest


ROWS = [
    ["九州", "熊本県", "菊池郡菊陽町", "試験一株式会社", number(1), "Ｅ 製造業", "半導体製造装置部品の高精度加工による新分野展開", "試験信用金庫"],
    ["九州", "熊本県", "熊本市南区", "試験二合同会社", number(2, "03"), "情報通信業", "配膳ロボットの遠隔保守サービスの構築", "試験商工会議所"],
    ["九州", "福岡県", "福岡市博多区", "試験三", "-", "宿泊業，飲食サービス業", "宅配専門店への転換", "－"],
]  # fmt: skip


def load(store: Store, path: Path) -> tuple[LoadReport, Rows]:
    feed = open_feed(path, SCHEMA)
    assert feed is not None
    report, rows = load_feed(feed, store, SCHEMA, path.parent / "rejected.csv")
    assert rows.read == rows.loaded + rows.unchanged + rows.quarantined
    return report, rows


def as_csv(folder: Path, name: str, rows: list[list[str]], encoding: str = "cp932") -> Path:
    with (folder / name).open("w", encoding=encoding, newline="", errors="replace") as file:
        csv.writer(file).writerows(rows)
    return folder / name


def as_excel(folder: Path, name: str, rows: list[list[str]]) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["事業再構築補助金 第12回公募 補助金交付候補者の採択結果"])
    sheet.append([])
    sheet.append(["所在", "", "", *HEADER[3:6], "計画", ""])
    sheet.append([*HEADER[:3], "", "", "", *HEADER[6:]])
    for row in rows[1:]:
        sheet.append(row)
    book.save(folder / name)
    return folder / name


def as_pdf(folder: Path, name: str, rows: list[list[str]]) -> Path:
    """A list as programmes publish it: a title, the header on every page, long cells wrapped."""
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiKakuGo-W5"))
    style = ParagraphStyle("cell", fontName="HeiseiKakuGo-W5", fontSize=8, wordWrap="CJK")
    body = [[Paragraph(cell, style) for cell in row] for row in rows]
    table = Table(body, colWidths=[40, 50, 60, 90, 80, 70, 110, 90], repeatRows=1)
    table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.5, "black")]))
    title = Paragraph("事業再構築補助金 第11回公募 採択案件一覧", style)
    SimpleDocTemplate(str(folder / name), pagesize=landscape(A4)).build([title, table])
    return folder / name


def rows_of(store: Store, cypher: str, **parameters: Any) -> list[list[Any]]:
    return store.read(cypher, parameters).rows


@pytest.mark.parametrize(
    ("make", "name", "of_round"),
    [
        (as_csv, "事業再構築補助金_第10回公募_20230922.csv", "第10回"),
        (as_excel, "saitaku.xlsx", "第12回"),
        (as_pdf, "saitaku.pdf", "第11回"),
    ],
)
def test_a_list_is_read_in_every_kind_of_file(
    packaged: Store, tmp_path: Path, make: Any, name: str, of_round: str
) -> None:
    path = make(tmp_path, name, [HEADER, *ROWS])
    _, rows = load(packaged, path)
    assert (rows.read, rows.loaded, rows.quarantined) == (3, 3, 0)
    found = rows_of(
        packaged,
        "MATCH (c {corporate_number: $n})-[:RECEIVED]->(a:Award {division: $round})-[:FUNDED_BY]->(p:Programme) "
        "MATCH (a)-[:IN_SECTOR {key: ''}]->(s) MATCH (i:Institution)-[:SUPPORTED]->(c) MATCH (c)-[:LOCATED_IN]->(r) "
        "RETURN a.name, a.status, a.amount, p.name, s.name, i.name, r.name",
        n=number(1),
        round=of_round,
    )
    plan = "半導体製造装置部品の高精度加工による新分野展開"
    assert found == [[plan, "adopted", None, "事業再構築補助金", "製造業", "試験信用金庫", "菊陽町"]]
    assert rows_of(packaged, "MATCH (p:Programme) WHERE p.name = '事業再構築補助金' RETURN count(p)") == [[1]]
    report, rows = load(packaged, path)
    assert (report.changes, rows.unchanged) == (0, 3)


def test_a_list_of_many_pages_loses_no_row_and_takes_no_header_for_one(packaged: Store, tmp_path: Path) -> None:
    many = [[*ROWS[0][:3], f"頁試験{at}株式会社", number(100 + at), *ROWS[0][5:]] for at in range(80)]
    _, rows = load(packaged, as_pdf(tmp_path, "many.pdf", [HEADER, *many]))
    assert (rows.read, rows.loaded) == (80, 80)


def test_a_list_with_fewer_columns_and_a_wrong_number_is_loaded_but_for_that_row(
    packaged: Store, tmp_path: Path
) -> None:
    header = ["都道府県", "商号又は名称", "法人番号", "事業計画名", "認定支援機関名"]
    good = ["長野県", "試験九株式会社", number(9), "精密部品の試作", "試験銀行"]
    wrong = ["長野県", "試験十株式会社", "1234567890123", "精密部品の試作", "試験銀行"]
    path = as_csv(tmp_path, "ものづくり補助金_19次締切.csv", [["採択者一覧"], header, good, wrong], "utf-8")
    _, rows = load(packaged, path)
    assert (rows.loaded, rows.quarantined) == (1, 1)
    found = rows_of(
        packaged, "MATCH ({corporate_number: $n})-[:RECEIVED]->(a)-[:FUNDED_BY]->(p) RETURN p.name", n=number(9)
    )
    assert found == [["ものづくり補助金"]]


def test_a_pdf_that_is_none_and_a_pdf_without_a_list_are_told(tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.4 broken")
    with pytest.raises(SourceError, match="cannot be read as PDF"):
        open_feed(tmp_path / "x.pdf", SCHEMA)
    assert open_feed(as_pdf(tmp_path, "other.pdf", [["a"] * 8, ["b"] * 8]), SCHEMA) is None


# Corporations that a document named before their number was known


def named(packaged: Store, name: str, place: str | None) -> None:
    """A company as a document names it, without a number."""
    from graph.records import Relation

    source = (Source(f"document of {name}", "1頁"),)
    node = Node("Company", f"Company/{name}", {"name": name}, source)
    at = [Relation("LOCATED_IN", "Company", node.id, "Region", place, {}, source)] if place else []
    packaged.write([node], at)


def of_number(packaged: Store, wanted: str) -> list[list[Any]]:
    return rows_of(packaged, "MATCH (c:Company {corporate_number: $n}) RETURN c.id, c.name", n=wanted)


def listed(folder: Path, file: str, name: str, at: str = "") -> Path:
    row = ["九州", "熊本県", "菊池郡菊陽町", name, at, "製造業", f"{name}の計画", ""]
    return as_csv(folder, file, [HEADER, row], "utf-8")


def test_the_same_name_in_the_same_place_is_the_same_company_and_gets_its_number(
    packaged: Store, tmp_path: Path
) -> None:
    named(packaged, "株式会社縁結び精機", "Region/菊陽町")
    path = listed(tmp_path, "a.csv", "株式会社縁結び精機", number(11))
    load(packaged, path)
    assert of_number(packaged, number(11)) == [["Company/株式会社縁結び精機", "株式会社縁結び精機"]]
    found = rows_of(packaged, "MATCH (c {id: 'Company/株式会社縁結び精機'})-[:RECEIVED]->(a) RETURN a.name")
    assert found == [["株式会社縁結び精機の計画"]]
    report, _ = load(packaged, path)
    assert report.changes == 0


@pytest.mark.parametrize(
    ("known", "place", "name", "score"),
    [
        ("株式会社別所精機", "Region/長野県", "株式会社別所精機", None),
        ("株式会社無所精機", None, "株式会社無所精機", 0.8),
        ("別形精機", "Region/菊陽町", "株式会社別形精機", 0.99),
        ("有限会社異形精機", "Region/菊陽町", "株式会社異形精機", 0.84),
    ],
)
def test_what_is_not_beyond_doubt_is_left_to_a_person(
    packaged: Store, tmp_path: Path, known: str, place: str | None, name: str, score: float | None
) -> None:
    named(packaged, known, place)
    at = number(20 + len(known) + (place is None))
    _, rows = load(packaged, listed(tmp_path, "b.csv", name, at))
    assert of_number(packaged, at) == [[f"Company/{at}", name]]
    told = [(u.candidate.id, u.candidate.score) for u in rows.undecided]
    assert told == ([] if score is None else [(f"Company/{known}", score)])


def test_a_row_without_a_number_is_the_company_of_that_name_and_place(packaged: Store, tmp_path: Path) -> None:
    load(packaged, listed(tmp_path, "c.csv", "番号有り株式会社", number(41)))
    load(packaged, listed(tmp_path, "d.csv", "番号有り㈱"))
    found = rows_of(packaged, "MATCH (c)-[:RECEIVED]->(a) WHERE a.name = '番号有り㈱の計画' RETURN c.corporate_number")
    assert found == [[number(41)]]


def test_two_corporations_of_one_name_stay_two(packaged: Store, tmp_path: Path) -> None:
    rows = [["九州", "熊本県", "菊陽町", "双子株式会社", number(50 + k), "製造業", f"計画{k}", ""] for k in range(2)]
    named(packaged, "双子株式会社", "Region/菊陽町")
    load(packaged, as_csv(tmp_path, "e.csv", [HEADER, *rows], "utf-8"))
    found = rows_of(
        packaged,
        "MATCH (c)-[:RECEIVED]->(a) WHERE c.corporate_number IN $n RETURN a.name, c.id ORDER BY a.name",
        n=[number(50), number(51)],
    )
    assert found == [["計画0", f"Company/{number(50)}"], ["計画1", f"Company/{number(51)}"]]
    assert rows_of(packaged, "MATCH (c {id: 'Company/双子株式会社'}) RETURN c.corporate_number") == [[None]]

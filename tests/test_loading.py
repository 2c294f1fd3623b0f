"""Tables of every make become the nodes and relations that their rows state; what is wrong is told with its row."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from graph.errors import EnmusubiError, RecordError, SourceError
from graph.records import Source
from graph.schema import Property, Schema, load_schema
from graph.settings import Settings
from graph.store import Store
from graph.values import parse_value
from loaders.lines import detect_encoding, read_lines
from loaders.load import load_folder, load_table, read_folder
from loaders.mapping import fill_template, load_mapping
from loaders.resolve import Resolved, resolve
from loaders.rows import StatedNode, StatedRelation
from loaders.suggest import suggest
from loaders.tables import read_rows

SCHEMA = Schema.model_validate(
    {
        "title": {"ja": "試し", "en": "Trial"},
        "common": {
            "name": {"required": True, "find_by": "name"},
            "aliases": {"type": "strings", "find_by": "name"},
            "reading": {"find_by": "reading"},
        },
        "labels": {
            "Company": {
                "properties": {
                    "employees": {"type": "integer"},
                    "size": {"type": "enum", "values": {"small": {"ja": ["中小企業"], "en": ["SME"]}, "large": {}}},
                    "number": {"find_by": "name"},
                }
            },
            "Place": {},
            "Person": {},
        },
        "relations": {
            "AT": {"from": ["Company"], "to": ["Place"]},
            "KNOWS": {
                "from": ["Person", "Company"],
                "to": ["Person", "Company"],
                "properties": {"fiscal_year": {"type": "year"}, "how": {"type": "text"}},
            },
        },
    }
)
SOURCE = {"document": "{document}", "locator": "{heading}[ · L{line}]"}
MAPPING = {
    "tables": [
        {"file": "companies.csv", "source": SOURCE, "node": {"label": "Company", "restates": "restates"}},
        {"file": "places.csv", "source": SOURCE, "node": {"label": "Place"}},
        {"file": "people.csv", "source": SOURCE, "node": {"label": "Person"}},
        {
            "file": "relations.csv",
            "source": SOURCE,
            "relation": {"type_column": "type", "from": {"column": "from"}, "to": {"column": "to"}},
        },
    ]
}
HEADERS = {
    "companies": "name,aliases,employees,size,number,AT,restates,document,heading,line",
    "places": "name,aliases,document,heading,line",
    "people": "name,reading,document,heading,line",
    "relations": "type,from,to,fiscal_year,how,document,heading,line",
}


def folder_of(folder: Path, **tables: str) -> Path:
    """A folder with a mapping and four tables; the rows of each are given, of which the last three cells are filled."""
    (folder / "mapping.yaml").write_text(yaml.safe_dump(MAPPING, allow_unicode=True), encoding="utf-8")
    for name, header in HEADERS.items():
        rows = [f"{row},doc,見出し,{at}" for at, row in enumerate(tables.get(name, "").split(), 2)]
        (folder / f"{name}.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return folder


def read(folder: Path, **tables: str) -> Resolved:
    return read_folder(folder_of(folder, **tables), SCHEMA)


def table(folder: Path, content: bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def cells(path: Path, sheet: str | None = None) -> list[dict[str, str]]:
    return [row.cells for row in read_rows(path, sheet)]


# Tables


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


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8).map(str.strip)


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


# Values


def prop(kind: str, **more: Any) -> Property:
    values = {"values": {"small": {"ja": ["中小企業"], "en": ["SME"]}, "large": {}}} if kind.startswith("enum") else {}
    return Property.model_validate({"type": kind, **values, **more})


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("string", " as it is ", " as it is "),
        ("strings", "a; b ;;c", ["a", "b", "c"]),
        ("enum", "small", "small"),
        ("enum", "中小企業", "small"),
        ("enum", "ＳＭＥｓ", "small"),
        ("enums", "SME; large", ["small", "large"]),
        ("integer", "１，２３４", 1234),
        ("money", "4,760", 4760),
        ("money", "▲5", -5),
        ("year", "2024", 2024),
        ("number", "1.5", 1.5),
        ("number", "△0.5", -0.5),
        ("boolean", "○", True),
        ("boolean", "いいえ", False),
        ("boolean", "ＴＲＵＥ", True),
        ("date", "2024-02-29", "2024-02-29"),
        ("date", "令和6年5月", "令和6年5月"),
        ("url", "https://example.com/a?b=c", "https://example.com/a?b=c"),
    ],
)
def test_a_cell_becomes_the_value_of_its_type(kind: str, text: str, value: object) -> None:
    assert parse_value(text, prop(kind)) == value


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("enum", "medium", "small, large"),
        ("enums", "small;medium", "medium"),
        ("integer", "twelve", "not a whole number"),
        ("integer", "1.5", "not a whole number"),
        ("money", "4億", "not a whole number"),
        ("number", "1.2.3", "not a number"),
        ("boolean", "maybe", "neither true nor false"),
        ("date", "2023-02-29", "day"),
    ],
)
def test_a_cell_that_is_no_value_says_what_would_be(kind: str, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_value(text, prop(kind))


@given(st.integers())
def test_whole_numbers_are_read_with_and_without_commas(number: int) -> None:
    assert parse_value(f"{number:,}", prop("integer")) == number
    assert parse_value(str(number), prop("money")) == number


# Templates


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{a}", "1"),
        ("{a} · {b}", "1 · "),
        ("{a}[ · L{b}]", "1"),
        ("{b}[x{a}y]", "x1y"),
        ("[{a}{b}]-", "-"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_a_template_leaves_out_parts_with_an_empty_cell(template: str, text: str) -> None:
    assert fill_template(template, {"a": "1", "b": ""}) == text


@given(CELL, CELL)
def test_a_cell_enters_a_template_as_it_is(a: str, b: str) -> None:
    assert fill_template("{a}|{b}", {"a": a, "b": b}) == f"{a}|{b}"


def test_a_template_with_an_unknown_column_is_told_with_the_known_ones(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "places.csv").write_text("name,document,heading\n大阪,doc,x\n", encoding="utf-8")
    with pytest.raises(RecordError, match="'line'") as caught:
        read_folder(folder, SCHEMA)
    assert "name, document, heading" in caught.value.next_step


# Mapping files


def mapping_error(folder: Path, text: str) -> SourceError:
    path = folder / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        load_mapping(path, SCHEMA)
    return caught.value


@pytest.mark.parametrize(
    ("text", "told", "line"),
    [
        ("tables: []\n", "tables", 1),
        ("tables:\n  - file: a.csv\n    source: {document: d}\n", "give either node or relation", 2),
        ("tables:\n  - file: a.csv\n    source: {document: d}\n    node: {label: A}\n    colour: red\n", "colour", 5),
        ("tables:\n  - file: a.csv\n    node: {label: Company}\n", "source", 2),
        ("tables:\n  - file: a.csv\n    file: b.csv\n", "file stands twice", 3),
        ("tables: [\n", "Not readable as YAML", 2),
        (
            "tables:\n  - file: a.csv\n    source: {document: d}\n    relation: {from: {column: a}, to: {column: b}}\n",
            "either type or type_column",
            4,
        ),
    ],
)
def test_a_mistake_in_a_mapping_names_its_line(tmp_path: Path, text: str, told: str, line: int) -> None:
    error = mapping_error(tmp_path, text)
    assert told in error.message
    assert error.place == f"{tmp_path / 'mapping.yaml'}:{line}"


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("node: {label: Firm}", "no label 'Firm'"),
        ("relation: {type: NEAR, from: {column: a}, to: {column: b}}", "'NEAR'"),
    ],
)
def test_a_mapping_to_what_the_schema_lacks_tells_what_it_has(tmp_path: Path, part: str, told: str) -> None:
    error = mapping_error(tmp_path, f"tables:\n  - file: a.csv\n    source: {{document: d}}\n    {part}\n")
    assert told in error.message
    assert "It has: " in error.next_step


def test_a_folder_without_mapping_or_without_its_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no folder"):
        read_folder(tmp_path / "none", SCHEMA)
    with pytest.raises(SourceError, match=r"no mapping\.yaml") as caught:
        read_folder(tmp_path, SCHEMA)
    assert "docs/loading.md" in caught.value.next_step
    (folder_of(tmp_path) / "people.csv").unlink()
    with pytest.raises(SourceError, match=r"'people\.csv'"):
        read_folder(tmp_path, SCHEMA)


# Rows


def test_a_row_becomes_a_thing_with_its_place(tmp_path: Path) -> None:
    found = read(tmp_path, companies="TANIDA,タニダ;TANIDA株式会社,12,中小企業,,,")
    (node,) = found.nodes
    assert (node.label, node.id) == ("Company", "Company/TANIDA")
    assert node.properties == {
        "name": "TANIDA",
        "aliases": ["タニダ", "TANIDA株式会社"],
        "employees": 12,
        "size": "small",
    }
    assert node.sources == (Source("doc", "見出し · L2", ("name", "aliases", "employees", "size")),)


def test_columns_called_like_a_relation_make_relations(tmp_path: Path) -> None:
    found = read(tmp_path, companies="TANIDA,,,,,大阪;Place:京都,", places="大阪, 京都,")
    assert [(r.type, r.start, r.end) for r in found.relations] == [
        ("AT", "Company/TANIDA", "Place/大阪"),
        ("AT", "Company/TANIDA", "Place/京都"),
    ]
    assert found.relations[0].sources == (Source("doc", "見出し · L2"),)


def test_rows_of_the_same_key_are_one_thing(tmp_path: Path) -> None:
    found = read(tmp_path, companies="TANIDA,タニダ,,,,, TANIDA,谷田;タニダ,12,,,,")
    (node,) = found.nodes
    assert node.properties == {"name": "TANIDA", "aliases": ["タニダ", "谷田"], "employees": 12}
    assert [s.properties for s in node.sources] == [("name", "aliases"), ("name", "aliases", "employees")]


def test_two_places_that_differ_are_reported_and_the_first_is_kept(tmp_path: Path) -> None:
    found = read(tmp_path, companies="TANIDA,,12,,,, TANIDA,,13,,,,")
    assert found.nodes[0].properties["employees"] == 12
    (conflict,) = found.conflicts
    assert (conflict.id, conflict.property, conflict.kept, conflict.other) == ("Company/TANIDA", "employees", 12, 13)
    assert conflict.place.endswith("companies.csv:3")


def test_a_place_can_restate_a_value_without_repeating_it(tmp_path: Path) -> None:
    found = read(tmp_path, companies="TANIDA,,12,,,, TANIDA,,,,,,employees")
    assert found.conflicts == ()
    assert found.nodes[0].sources[1].properties == ("name", "employees")


def test_restating_what_the_label_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="'colour' is no property of Company"):
        read(tmp_path, companies="TANIDA,,,,,,colour")


def test_all_wrong_cells_of_a_row_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(RecordError) as caught:
        read(tmp_path, companies="TANIDA,,many,medium,,,")
    assert "employees" in caught.value.message
    assert "size" in caught.value.message
    assert caught.value.place.endswith("companies.csv:2")


def test_an_unknown_column_is_told_with_the_known_ones(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "places.csv").write_text("name,colour,document,heading,line\n大阪,red,d,,1\n", encoding="utf-8")
    with pytest.raises(RecordError, match="'colour'") as caught:
        read_folder(folder, SCHEMA)
    assert "aliases" in caught.value.next_step


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        ({"companies": ",タニダ,,,,,"}, "name: empty"),
        ({"companies": "TANIDA,,,,,無い市,"}, "no Place called '無い市'"),
        ({"relations": "NEAR,Company:a,Company:b,,"}, "'NEAR' is no relation"),
        ({"relations": "KNOWS,a,Company:b,,", "companies": "b,,,,,,"}, "does not say which kind"),
        ({"relations": "KNOWS,Company:b,,,", "companies": "b,,,,,,"}, "names one end"),
        ({"relations": "AT,Company:b,大阪,2024,", "companies": "b,,,,,,", "places": "大阪,"}, "no such property"),
        ({"relations": "KNOWS,Company:b,Company:b,soon,", "companies": "b,,,,,,"}, "not a whole number"),
    ],
)
def test_a_wrong_row_is_told_with_its_place(tmp_path: Path, tables: dict[str, str], told: str) -> None:
    with pytest.raises(RecordError, match=told) as caught:
        read(tmp_path, **tables)
    assert caught.value.place.endswith(".csv:2")
    assert caught.value.next_step


def test_a_row_without_a_document_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "places.csv").write_text("name,document,heading,line\n大阪,,x,1\n", encoding="utf-8")
    with pytest.raises(RecordError, match="names no document"):
        read_folder(folder, SCHEMA)


# Names


@pytest.mark.parametrize("written", ["TANIDA", "ＴＡＮＩＤＡ", "TANIDA株式会社", "㈱タニダ", "たにだ", "123"])
def test_a_reference_may_be_any_spelling_of_any_name(tmp_path: Path, written: str) -> None:
    found = read(
        tmp_path,
        companies="TANIDA株式会社,タニダ,,,123,,",
        people="谷,たに",
        relations=f"KNOWS,Person:谷,Company:{written},,",
    )
    assert found.relations[0].end == "Company/TANIDA株式会社"


def test_a_person_is_found_by_reading(tmp_path: Path) -> None:
    found = read(tmp_path, people="中島清一,なかじま　きよかず 松田,", relations="KNOWS,Person:Nakajima,Person:松田,,")
    assert found.relations[0].start == "Person/中島清一"


def test_a_name_of_several_things_is_refused_with_all_of_them(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="Place/a, Place/b"):
        read(tmp_path, places="a,中国 b,中国", companies="TANIDA,,,,,中国,")


def test_a_name_goes_before_an_alias_of_another(tmp_path: Path) -> None:
    found = read(tmp_path, places="中国, b,中国", companies="TANIDA,,,,,中国,")
    assert found.relations[0].end == "Place/中国"


def test_parallel_relations_are_told_apart_by_their_year(tmp_path: Path) -> None:
    rows = "KNOWS,Company:a,Company:b,2023,x KNOWS,Company:a,Company:b,2024, KNOWS,Company:a,Company:b,2023,"
    found = read(tmp_path, companies="a,,,,,, b,,,,,,", relations=rows)
    assert [(r.key, r.properties) for r in found.relations] == [
        ("fiscal_year=2023", {"fiscal_year": 2023, "how": "x"}),
        ("fiscal_year=2024", {"fiscal_year": 2024}),
    ]
    assert len(found.relations[0].sources) == 2


def stated(label: str, name: str, **properties: Any) -> StatedNode:
    return StatedNode(label, f"{label}/{name}", {"name": name, **properties}, Source("d", "x", ("name",)), "t.csv:2")


def test_what_this_load_does_not_define_is_looked_up_in_the_graph() -> None:
    from loaders.rows import Reference

    link = StatedRelation(
        "AT", Reference("Company", "TANIDA"), Reference("Place", "大阪府"), {}, Source("d", "x"), "p:2"
    )

    def find(wanted: Any) -> Iterator[tuple[str, str, str]]:
        yield from ((key, label, f"{label}/大阪") for key in wanted for label in ("Place", "Person"))

    found = resolve([stated("Company", "TANIDA"), link], SCHEMA, find)
    assert found.relations[0].end == "Place/大阪"
    with pytest.raises(RecordError, match="no Place called"):
        resolve([stated("Company", "TANIDA"), link], SCHEMA)


def test_a_thing_without_a_required_property_is_refused() -> None:
    node = StatedNode("Company", "Company/x", {"employees": 1}, Source("d", "x"), "t.csv:7")
    with pytest.raises(RecordError, match="Company/x has no name") as caught:
        resolve([node], SCHEMA)
    assert caught.value.place == "t.csv:7"


NAMES = st.text(st.sampled_from("あアｱ株式会社大阪ABab-・ 12"), min_size=1, max_size=6)


@given(st.lists(st.tuples(NAMES, st.lists(NAMES, max_size=2)), max_size=6), st.randoms())
def test_the_order_of_rows_changes_no_thing(rows: list[tuple[str, list[str]]], random: Any) -> None:
    statements = [stated("Company", name, aliases=aliases) for name, aliases in rows]
    shuffled = random.sample(statements, len(statements))

    def things(found: Resolved) -> dict[str, set[str]]:
        return {
            n.id: set(map(str, n.properties["aliases"]))
            for n in found.nodes
            if isinstance(n.properties["aliases"], list)
        }

    assert things(resolve(statements, SCHEMA)) == things(resolve(shuffled, SCHEMA))


# With a graph


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    home = tmp_path_factory.mktemp("loading")
    with Store.open(Settings(_env_file=None, uri=None, home=home), SCHEMA) as opened:
        yield opened


def test_a_folder_is_loaded_and_loading_it_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, companies="TANIDA,タニダ,12,,,大阪,", places="大阪,")
    dry = load_folder(folder, store, SCHEMA, dry_run=True)
    assert dry.report.changes == 3
    assert store.counts().nodes["Company"] == 0
    assert load_folder(folder, store, SCHEMA).report.changes == 3
    assert load_folder(folder, store, SCHEMA).report.changes == 0


def test_a_single_table_may_refer_to_what_the_graph_holds(store: Store, tmp_path: Path) -> None:
    load_folder(folder_of(tmp_path, places="京都,みやこ"), store, SCHEMA)
    mapping = {"tables": [{"file": "any", "source": {"document": "other"}, "node": {"label": "Company"}}]}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(mapping), encoding="utf-8")
    path = table(tmp_path, "name,AT\n浅野撚糸,みやこ\n".encode("cp932"), "own.csv")
    load_table(path, tmp_path / "own.yaml", store, SCHEMA)
    rows = store.read("MATCH (c:Company)-[:AT]->(p:Place) WHERE c.name = '浅野撚糸' RETURN p.id").rows
    assert rows == [["Place/京都"]]


def test_nothing_is_written_when_one_row_is_wrong(store: Store, tmp_path: Path) -> None:
    before = store.counts()
    with pytest.raises(EnmusubiError):
        load_folder(folder_of(tmp_path, places="神戸,", companies="x,,many,,,,"), store, SCHEMA)
    assert store.counts() == before


# Proposed mappings


@pytest.mark.parametrize(
    ("header", "row", "label", "columns"),
    [
        (
            "企業名,所在地,業種,従業員数,備考,頁",
            "甲社,長野県,半導体,48,,3",
            "Company",
            {"企業名": "name", "所在地": "LOCATED_IN", "業種": "IN_SECTOR", "従業員数": "employees", "備考": "note"},
        ),
        (
            "制度名,目的,補助率",
            "甲補助金,試作,1/2",
            "Programme",
            {"制度名": "name", "目的": "purpose", "補助率": "rate"},
        ),
        ("name,headcount", "Ko,about fifty", "Supporter", {"name": "name"}),
    ],
)
def test_a_mapping_is_proposed_from_the_headers_and_the_values(
    tmp_path: Path, header: str, row: str, label: str, columns: dict[str, str]
) -> None:
    path = table(tmp_path, f"{header}\n{row}\n".encode(), "t.csv")
    proposed = yaml.safe_load(suggest(path, load_schema()))["tables"][0]
    assert (proposed["node"]["label"], proposed["node"]["columns"]) == (label, columns)
    (tmp_path / "t.yaml").write_text(suggest(path, load_schema()), encoding="utf-8")
    assert load_mapping(tmp_path / "t.yaml", load_schema()).tables[0].file == "t.csv"


def test_a_table_whose_headers_name_nothing_gets_no_proposal(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="looks like a name"):
        suggest(table(tmp_path, b"x1,x2\n1,2\n"), load_schema())
    with pytest.raises(SourceError, match="no rows"):
        suggest(table(tmp_path, b"name\n"), load_schema())


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

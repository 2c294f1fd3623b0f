"""Mapping files: templates of places, mistakes told with their line, and proposals for tables that have none."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from small_tables import CELL, SCHEMA, folder_of, table

from graph.errors import RecordError, SourceError
from graph.schema import load_schema
from loaders.load import read_folder
from loaders.mapping import fill_template, load_mapping
from loaders.suggest import suggest

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

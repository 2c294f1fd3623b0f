"""Rows become the things and relations they state, names become the things they name; what is wrong is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_tables import SCHEMA, folder_of, read

from graph.errors import RecordError
from graph.records import Source
from loaders.load import read_folder
from loaders.resolve import Resolved, resolve
from loaders.rows import Reference, StatedNode, StatedRelation

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

"""What users can rely on when they look for things by name, on either engine."""

from __future__ import annotations

from dataclasses import replace

from examples import (
    NODES,
    OSTI,
    RELATIONS,
    TERM,
    company,
    node,
)

from graph import fold
from graph.store import NameEntry, Store


def names(store: Store, *texts: str) -> set[tuple[str, str, str, str | None]]:
    keys = {key for text in texts for key in fold.keys(text)}
    return {(e.label, e.property, e.text, e.id) for e in store.find_names(keys)}


def test_names_are_found_in_other_spellings(store: Store) -> None:
    store.write(NODES, RELATIONS)
    for spelling in ("オスティ", "ｵｽﾃｨ", "（株）オスティ", "おすてぃ"):
        assert ("Company", "name", "株式会社オスティ", "c1") in names(store, spelling)
    assert names(store, "osti") == {("Company", "name_en", "OSTi Co., Ltd.", "c1")}
    assert names(store, "大阪の技術屋") == {("Company", "aliases", "大阪の技術屋", "c1")}
    assert names(store, "7430001000001") == {("Company", "corporate_number", "7430001000001", "c2")}
    assert names(store, "おおさかふ", "OSAKAFU") == {("Region", "reading", "おおさかふ", "r1")}
    assert names(store, "知らない") == set()
    assert store.find_names([]) == []


def test_entries_of_one_key_come_in_a_fixed_order(store: Store) -> None:
    store.write([company("c9", "同名"), company("c8", "同名"), node("Product", "p1", name="同名")], [])
    assert store.find_names(fold.keys("同名")) == [
        NameEntry("同名", "Company", "name", "同名", "c8"),
        NameEntry("同名", "Company", "name", "同名", "c9"),
        NameEntry("同名", "Product", "name", "同名", "p1"),
    ]


def test_names_follow_a_changed_name(store: Store) -> None:
    store.write([OSTI], [])
    store.write([replace(OSTI, properties={**OSTI.properties, "name": "株式会社ネオ", "aliases": []})], [])
    assert names(store, "ネオ") == {("Company", "name", "株式会社ネオ", "c1")}
    assert names(store, "大阪の技術屋") == names(store, "オスティ") == set()
    assert names(store, "OSTi") == {("Company", "name_en", "OSTi Co., Ltd.", "c1")}


def test_a_value_is_indexed_once_and_goes_with_its_last_thing(store: Store) -> None:
    second = node("FundingTerm", "t2", name="通常枠 下限", kind="minimum", track="通常枠")
    store.write([TERM, second], [])
    entry = ("FundingTerm", "track", "通常枠", None)
    assert store.find_names(fold.keys("通常枠")) == [NameEntry("通常枠", *entry)]
    store.write([second], [])
    assert entry in names(store, "通常枠")
    store.write([replace(second, properties={"name": "通常枠 下限", "kind": "minimum", "track": "特別枠"})], [])
    assert entry not in names(store, "通常枠")
    assert names(store, "特別枠") == {("FundingTerm", "track", "特別枠", None)}


def test_the_key_of_the_name_index_is_indexed(store: Store) -> None:
    store.prepare()
    store.prepare()
    listed = store.read("SHOW INDEXES YIELD labelsOrTypes, properties RETURN labelsOrTypes, properties", guarded=False)
    assert [["Name"], ["key"]] in listed.rows
    assert [["Company"], ["id"]] in listed.rows
    assert [["Company"], ["corporate_number"]] in listed.rows

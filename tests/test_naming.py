"""Whatever a thing is called, the entries of the name index lead from each of its keys to it, and from no other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graph import fold
from graph.dialect import KEYS
from graph.naming import NameEntry, found, index_entries, lookup
from graph.schema import load_schema

SCHEMA = load_schema()
PIECES = st.sampled_from(
    ["株式会社", "(有)", "（株）", "Co., Ltd.", "Inc.", "Limited", "法人", "大", "社", "オスティ", "Osti", "tools", "1.5", "12", " ", "'s", "é"]
)  # fmt: skip
NAMES = st.lists(PIECES | st.text(max_size=3), max_size=5).map("".join)


@given(NAMES, st.lists(NAMES, max_size=3), NAMES)
def test_a_thing_is_found_by_exactly_the_keys_of_its_names(name: str, aliases: list[str], asked: str) -> None:
    properties = {"name": name, "aliases": aliases}
    entries = list(index_entries(SCHEMA, "Company", "c1", properties))
    assert len(set(entries)) == len(entries)
    texts = [("name", name), *(("aliases", alias) for alias in dict.fromkeys(aliases))]
    names = {NameEntry(key, "Company", name, text, "c1") for name, text in texts for key in fold.keys(text)}
    for questions in ({entry.key} for entry in names), [{entry.key for entry in names}], [fold.keys(asked)]:
        for wanted in questions:
            _, parameters = lookup(SCHEMA, wanted)
            places = [(KEYS[place], place, key, node.entry) for node in entries for place, key in node.keys]
            rows = [[key, entry, at, ""] for name, at, key, entry in places if key in parameters.get(name, ())]
            assert set(found(rows, wanted)) == {entry for entry in names if entry.key in wanted}


def test_most_names_with_a_legal_form_need_one_key() -> None:
    for name in ("株式会社オスティ", "オスティ（有）", "OSTi Co., Ltd.", "一般社団法人オスティ"):
        (node,) = index_entries(SCHEMA, "Company", "c1", {"name": name})
        assert len(node.keys) == 1


def test_a_number_that_only_one_thing_has_needs_no_entry() -> None:
    assert list(index_entries(SCHEMA, "Company", "c1", {"corporate_number": "7430001000001"})) == []
    assert len(list(index_entries(SCHEMA, "Company", "c1", {"corporate_number": "T-7430001000001"}))) == 1
    text, parameters = lookup(SCHEMA, {"7430001000001", "オスティ"})
    assert "corporate_number" in text
    assert parameters["numbers"] == ["7430001000001"]
    assert "corporate_number" not in lookup(SCHEMA, {"オスティ"})[0]

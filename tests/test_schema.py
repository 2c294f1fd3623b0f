"""A mistake in a schema file names its line; the packaged schema is sound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.errors import SchemaError
from graph.schema import LIST_TYPES, Property, Words, load_schema

PACKAGED = load_schema()

SOUND = """\
title: {ja: 試し, en: Trial}
common:
  name: {required: true, find_by: name, ja: [名前], en: [name]}
labels:
  Company:
    ja: [企業]
    en: [company]
    properties:
      size:
        type: enum
        values:
          small: {ja: [小], en: [small]}
  Place:
    hierarchy: INSIDE
relations:
  INSIDE:
    from: [Place]
    to: [Place]
  AT:
    from: [Company]
    to: [Place]
paths:
  - {from: Company, to: Place, via: [AT]}
"""


def schema_file(folder: Path, text: str) -> Path:
    path = folder / "schema.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_sound_schema_is_read(tmp_path: Path) -> None:
    schema = load_schema(schema_file(tmp_path, SOUND))
    assert list(schema.labels) == ["Company", "Place"]
    assert list(schema.properties("Company")) == ["name", "size"]


@pytest.mark.parametrize(
    ("old", "new", "told", "line"),
    [
        ("  Place:\n", "  Company:\n", "Company stands twice", "Company:"),
        ("    en: [company]\n", "    ja: [会社]\n", "ja stands twice", "ja: [会社]"),
        ("    to: [Place]\npaths", "    to: [Town]\npaths", "Town is not a label", "AT:"),
        ("    from: [Company]\n", "    from: [Firm]\n", "Firm is not a label", "AT:"),
        ("    from: [Company]\n", "    from: []\n", "at least 1", "from: []"),
        ("        type: enum\n", "        type: enumeration\n", "enumeration", "type: enumeration"),
        ("        type: enum\n", "        type: string\n", "not enum", "size:"),
        ("        values:\n          small: {ja: [小], en: [small]}\n", "", "needs values", "size:"),
        ("hierarchy: INSIDE", "hierarchy: AT", "AT is no relation from Place to Place", "Place:"),
        ("hierarchy: INSIDE", "hierarchy: ABOVE", "ABOVE is no relation", "Place:"),
        ("via: [AT]", "via: [NEAR]", "NEAR is not a relation", "- {from: Company, to: Place, via: [NEAR]}"),
        ("      size:\n", "      si ze:\n", "match pattern", "si ze:"),
        ("  Place:\n", "  場所:\n", "match pattern", "場所:"),
        ("      size:\n", "      name:\n", "name is already a common property", "Company:"),
        ("    en: [company]\n", "    featured: [colour]\n", "colour is not one", "Company:"),
        ("    en: [company]\n", "    caption: colour\n", "colour is not one", "Company:"),
        ("    en: [company]\n", "    colour: red\n", "Extra inputs", "colour: red"),
        ("required: true", "required: perhaps", "boolean", "name:"),
        ("    ja: [企業]\n", "    ja: [企業\n", "Not readable as YAML", "en: [company]"),
        ("title: {ja: 試し, en: Trial}\n", "", "Field required", "common:"),
    ],
)
def test_a_mistake_names_its_line(tmp_path: Path, old: str, new: str, told: str, line: str) -> None:
    assert SOUND.count(old) == 1
    text = SOUND.replace(old, new)
    with pytest.raises(SchemaError) as caught:
        load_schema(schema_file(tmp_path, text))
    assert told in str(caught.value)
    assert text.splitlines()[int(caught.value.place.rpartition(":")[2]) - 1].strip().startswith(line)
    assert caught.value.next_step


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b\n", "title: [", "\ttitle: x", "labels: {}\ntitle: {}\n"])
def test_a_file_that_is_no_schema_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SchemaError):
        load_schema(schema_file(tmp_path, text))


def test_a_file_that_is_missing_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="cannot be read"):
        load_schema(tmp_path / "none.yaml")
    path = tmp_path / "schema.yaml"
    path.write_bytes(b"title: {ja: \x8e\x8e}")
    with pytest.raises(SchemaError, match="Not readable"):
        load_schema(path)


def test_yaml_words_that_look_like_booleans_stay_words(tmp_path: Path) -> None:
    text = SOUND.replace("en: [company]", "en: [company, on, no, yes]")
    assert load_schema(schema_file(tmp_path, text)).labels["Company"].en == ("company", "on", "no", "yes")


def test_words_fall_back_to_the_other_language() -> None:
    assert Words(ja=("企業",)).name("en") == "企業"
    assert Words(en=("company",)).name("ja") == "company"
    assert Words().name("ja") == ""


# The packaged schema


def all_words() -> Iterator[tuple[str, Words]]:
    owners = {**{n: x.properties for n, x in PACKAGED.labels.items()}, "common": PACKAGED.common}
    owners |= {n: x.properties for n, x in PACKAGED.relations.items()}
    yield from PACKAGED.labels.items()
    yield from PACKAGED.relations.items()
    for owner, properties in owners.items():
        for name, prop in properties.items():
            yield f"{owner}.{name}", prop
            for value, words in prop.values.items():
                yield f"{owner}.{name}.{value}", words


def test_everything_in_the_packaged_schema_has_words_in_both_languages() -> None:
    assert [name for name, words in all_words() if not words.ja or not words.en] == []


def test_no_word_of_the_packaged_schema_is_empty_or_stands_twice() -> None:
    for name, words in all_words():
        for texts in (words.ja, words.en):
            assert all(text == text.strip() != "" for text in texts), name
            assert len(set(texts)) == len(texts), name


def test_every_packaged_label_has_a_name_to_be_called_by() -> None:
    for label in PACKAGED.labels:
        assert PACKAGED.caption(label) == "name"
        assert PACKAGED.properties(label)["name"].required


def test_every_english_property_has_the_japanese_one_it_translates() -> None:
    for label in PACKAGED.labels:
        names = PACKAGED.properties(label)
        assert [n for n in names if n.endswith("_en") and n.removesuffix("_en") not in names] == [], label


def test_every_amount_of_money_has_a_unit_and_a_basis_beside_it() -> None:
    for label in PACKAGED.labels:
        known = PACKAGED.properties(label)
        for name, prop in known.items():
            if prop.type == "money":
                assert prop.unit is not None, f"{label}.{name}"
                assert "basis" in known, f"{label}.{name}"


@pytest.mark.parametrize("kind", sorted(LIST_TYPES))
def test_list_types_hold_many(kind: str) -> None:
    values = {"a": Words()} if kind == "enums" else {}
    prop = Property.model_validate({"type": kind, "values": {n: w.model_dump() for n, w in values.items()}})
    assert prop.many

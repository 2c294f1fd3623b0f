"""The packaged facts: whole, without contradiction, named in both languages, and standing where they say they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from graph.fold import fold
from graph.records import Source
from graph.schema import load_schema
from loaders.load import PACKAGED_FACTS, read_folder
from loaders.resolve import Resolved
from loaders.tables import read_rows

SCHEMA = load_schema()
SEEDS = Path(__file__).resolve().parents[2] / "shared" / "seeds"
DOCUMENTS = {row.cells["key"]: row.cells["file"] for row in read_rows(PACKAGED_FACTS / "core" / "documents.csv")}
REPORTS = sorted(key for key, file in DOCUMENTS.items() if file)
LOCATOR = re.compile(r"(?P<heading>.*) · L(?P<first>\d+)(?:-(?P<last>\d+))?")
# The title of a slide may stand at the end of the slide's text.
HEADING_LINES = 36

# Headings under which the document states nothing: parts that consist of other headings, and empty figures.
WITHOUT_FACTS = {
    "jimukyoku2024": {(1, "① 中小企業のイノベーションの状況")},
    "kenkyukai2025": {
        (9, "中小企業を巡る現状とイノベーションの重要性"),
        (286, "事業目的・概要"),
        (342, "<研究開発体制>"),
        (366, "<研究開発体制>"),
        (398, "<研究開発体制> ※下線部は事業管理機関"),
    },
    "kentokai2023": {
        (13, "1. 中小企業における イノベーションの重要性と現状"),
        (70, "2. 中間とりまとめにおける検討スコープ"),
        (91, "3. 中小企業のイノベーション阻害要因 ～リソース補完アプローチからの仮説～"),
        (177, "5. イノベーションに必要な機能に係る 中小企業の課題"),
        (495, "8. イノベーション・プロデューサーの 普及・強化に向けて"),
        (513, "さらなる検討に向けて"),
        (521, "9. 結び"),
    },
}


@cache
def facts() -> Resolved:
    return read_folder(PACKAGED_FACTS, SCHEMA)


@cache
def headings(document: str) -> tuple[tuple[int, str], ...]:
    """Line and text of each heading of a document, in order."""
    sections = [n for n in facts().nodes if n.label == "Section" and n.sources[0].document == document]
    return tuple(sorted((int(str(n.properties["first_line"])), str(n.properties["name"])) for n in sections))


def places(document: str) -> Iterator[tuple[str, str, int, int]]:
    """What is stated in a document by things other than headings: id, heading, first and last line."""
    stated: list[tuple[str, Source]] = [(n.id, s) for n in facts().nodes if n.label != "Section" for s in n.sources]
    stated += [
        (f"{r.type} of {r.start}", s) for r in facts().relations if r.start_label != "Section" for s in r.sources
    ]
    for identity, source in stated:
        if source.document == document and source.locator:
            found = LOCATOR.fullmatch(source.locator)
            assert found, f"{identity}: {source.locator}"
            yield identity, found["heading"], int(found["first"]), int(found["last"] or found["first"])


def test_no_two_places_contradict_each_other() -> None:
    assert facts().conflicts == ()


def test_everything_has_an_english_name() -> None:
    assert [n.id for n in facts().nodes if not n.properties.get("name_en")] == []


def test_a_translation_of_ours_is_told_from_an_official_name() -> None:
    own = [n for n in facts().nodes if n.label not in ("Section", "Region", "Document")]
    assert [n.id for n in own if n.properties.get("name_en_origin") not in ("official", "ours")] == []


def test_everything_has_a_source() -> None:
    assert [n.id for n in facts().nodes if not n.sources] == []
    assert [r for r in facts().relations if not r.sources] == []


def test_every_document_that_is_cited_is_one_of_ours() -> None:
    cited = {s.document for node in facts().nodes for s in node.sources}
    assert cited | {s.document for relation in facts().relations for s in relation.sources} == set(DOCUMENTS)


def test_every_supporter_programme_and_institution_stands_in_a_report() -> None:
    own = [n for n in facts().nodes if n.label in ("Supporter", "Programme", "Institution", "Company")]
    assert [n.id for n in own if not {s.document for s in n.sources} & set(REPORTS)] == []


def test_every_stated_value_names_the_place_that_states_it() -> None:
    unstated = [
        (n.id, name)
        for n in facts().nodes
        for name in n.properties
        if not any(name in source.properties for source in n.sources)
    ]
    assert unstated == []


def test_every_amount_of_money_says_what_it_covers() -> None:
    without = {
        node.id
        for node in facts().nodes
        for name, prop in SCHEMA.properties(node.label).items()
        if prop.type == "money" and name in node.properties and not node.properties.get("basis")
    }
    assert without == set()


def test_no_name_stands_for_two_things_of_one_kind_unless_the_other_name_is_marked() -> None:
    """Two things of a label may share an alias (a region of two schemes), but never their own names."""
    seen: dict[tuple[str, str], str] = {}
    for node in facts().nodes:
        if node.label in ("Section", "Document"):
            continue
        key = (node.label, fold(str(node.properties["name"])))
        assert seen.setdefault(key, node.id) == node.id, f"{node.id} and {seen[key]}"


def test_a_name_read_wrongly_is_kept_and_explained() -> None:
    garbled = [n for n in facts().nodes if n.properties.get("garbled_names")]
    assert garbled
    assert [n.id for n in garbled if n.properties["name"] in _texts(n.properties["garbled_names"])] == []
    assert [n.id for n in garbled if not n.properties.get("note")] == []


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


@pytest.mark.parametrize("document", REPORTS)
def test_every_heading_of_a_report_has_facts_unless_it_is_listed(document: str) -> None:
    lines = [line for line, _ in headings(document)]
    used = set()
    for _, _, first, _ in places(document):
        used.add(max(line for line in lines if line <= first))
    unused = {(line, text.split(" › ")[-1]) for line, text in headings(document) if line not in used}
    assert unused == WITHOUT_FACTS.get(document, set())


@pytest.mark.parametrize("document", REPORTS)
def test_every_fact_names_the_heading_it_stands_under(document: str) -> None:
    wrong = []
    for identity, heading, first, last in places(document):
        above = [text for line, text in headings(document) if line <= first]
        if not above or above[-1] != heading or last < first:
            wrong.append(f"{identity}: L{first} stands under {above[-1:]}, not {heading!r}")
    assert wrong == []


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the documents themselves are not beside the repository")
@pytest.mark.parametrize("document", REPORTS)
def test_every_heading_stands_in_the_document_at_its_line(document: str) -> None:
    lines = (SEEDS / DOCUMENTS[document]).read_text(encoding="utf-8").split("\n")
    titles = {text.split(" › ")[-1] for _, text in headings(document)}
    wrong = []
    for line, text in headings(document):
        *slide, own = text.split(" › ")
        standing = fold("".join(lines[line - 1 : line - 1 + HEADING_LINES]))
        if fold(own) not in standing or any(title not in titles for title in slide):
            wrong.append(f"L{line}: {text!r} is not {lines[line - 1]!r}")
    assert wrong == []
    assert all(1 <= first <= last <= len(lines) for _, _, first, last in places(document))

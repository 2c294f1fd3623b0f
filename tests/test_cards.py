"""What the chat shows of an answer, from answers made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from graph.errors import EngineError
from graph.schema import load_schema
from qa.answer import Answer, Entity, Option, Place
from ui.cards import answer_html, rows_html, sources_html
from ui.rows import shown_table
from ui.session import safe_ask
from ui.texts import texts

SCHEMA = load_schema()
EVIL = "<img src=x onerror=alert(1)>"


def answer(**more: Any) -> Answer:
    return Answer.model_validate({"question": "?", "language": "en", "status": "answered", "answer": "text", **more})


def things() -> Answer:
    return answer(
        columns=["id", "name", "name_en", "roles", "business", "business_en", "region", "sources"],
        rows=[
            ["Supporter/甲", "甲", "Kou", ["producer"], "支援する", "Supports", ["九州", "関東"], [["doc|p. 1|"]]],
            ["Supporter/乙", "乙", None, ["producer"], None, None, [], []],
        ],
        entities=[
            Entity(id="Supporter/甲", label="Supporter", name="甲"),
            Entity(id="Supporter/乙", label="Supporter", name="乙"),
        ],
    )


def test_rows_are_worded_in_the_readers_language_without_ids_and_source_entries() -> None:
    japanese, english = (shown_table(things(), SCHEMA, language) for language in ("ja", "en"))
    assert japanese.headers == ["名称", "役割", "事業内容", "地域"]
    assert japanese.rows[0] == ["甲", "イノベーション・プロデューサー", "支援する", "九州、関東"]
    assert english.headers == ["name", "role", "activity", "region"]
    assert english.rows == [
        ["Kou", "innovation producer", "Supports", "九州, 関東"],
        ["乙", "innovation producer", "", ""],
    ]


def test_of_a_count_the_counted_things_are_shown() -> None:
    counted = answer(
        columns=["count", "things", "sources"],
        rows=[[1, [["Company/A", "A"]], []]],
        entities=[Entity(id="Company/A", label="Company", name="A社", name_en="A Corp.", aliases=["エー"])],
    )
    assert shown_table(counted, SCHEMA, "ja").rows == [["A社", "企業", "エー"]]
    assert shown_table(counted, SCHEMA, "en").rows == [["A Corp.", "company", "エー"]]


def test_a_description_groups_what_is_stated_by_relation() -> None:
    described = answer(
        columns=["relation", "forward", "id", "name", "name_en", "sources"],
        rows=[
            ["post", None, None, "所長", None, None],
            ["AFFILIATED_WITH", True, "Institution/A", "甲研究所", "Lab A", []],
            ["AFFILIATED_WITH", True, "Institution/B", "乙研究所", None, []],
        ],
        entities=[Entity(id="Supporter/甲", label="Supporter", name="甲")],
    )
    assert shown_table(described, SCHEMA, "ja").rows == [["役職", "所長"], ["所属", "甲研究所、乙研究所"]]
    assert shown_table(described, SCHEMA, "en").rows[1][1] == "Lab A, 乙研究所"


def test_an_answer_of_values_without_entities_still_has_its_table() -> None:
    summed = answer(columns=["sum", "counted", "rows", "sources"], rows=[[1200, 3, 4, []]])
    assert shown_table(summed, SCHEMA, "en").headers == ["sum", "with a value", "all"]


def test_no_text_of_the_graph_becomes_markup() -> None:
    bad = answer(
        answer=EVIL,
        interpretation=EVIL,
        columns=["id", "name", EVIL],
        rows=[["Company/x", EVIL, EVIL], ["Company/y", EVIL, EVIL]],
        entities=[Entity(id="Company/x", label="Company", name=EVIL)],
        sources=[Place(document=EVIL, locator=EVIL, date=EVIL, url="javascript:alert(1)")],
    )
    for html in (answer_html(bad), rows_html(bad, SCHEMA, "en"), sources_html(bad, "en")):
        assert "<img" not in html
        assert "javascript:" not in html
        assert "&lt;img" in html


def test_options_stand_once_as_buttons_not_in_the_text_too() -> None:
    empty = answer(
        status="empty",
        answer="Nothing fits.\n- without the condition “A”: 2",
        options=[Option(text="without the condition “A”", question="which B?", count=2)],
    )
    html = answer_html(empty)
    assert "Nothing fits." in html
    assert "without the condition" not in html


def test_sources_are_listed_under_their_document_with_a_link_only_to_the_web() -> None:
    places = [
        Place(document="Report", locator="p. 1", date="2025-05", url="https://example.org/r"),
        Place(document="Report", locator="p. 2", date="2025-05", url="https://example.org/r"),
        Place(document="File", url="file:///etc/passwd"),
    ]
    html = sources_html(answer(sources=places), "en")
    assert html.count("Report") == 1
    assert html.count("<a ") == 1
    assert "p. 2" in html
    assert "2025-05" in html


def test_both_languages_have_the_same_texts() -> None:
    assert set(texts("ja")) == set(texts("en"))
    for key, text in texts("ja").items():
        assert sorted(part.split("}")[0] for part in text.split("{")[1:]) == sorted(
            part.split("}")[0] for part in texts("en")[key].split("{")[1:]
        ), key


@pytest.mark.parametrize("problem", [ValueError("inner"), EngineError("gone")])
def test_a_fault_becomes_an_answer_without_inner_details(problem: Exception) -> None:
    class Broken:
        def ask(self, question: str, language: str | None, session: str | None) -> Answer:
            raise problem

    given = safe_ask(Broken(), "何？")  # type: ignore[arg-type]
    assert (given.status, given.language) == ("error", "ja")
    assert given.error is not None
    assert given.error.code == "internal"
    assert "inner" not in given.answer

"""From words to plans, without an engine: what is asked, of what, joined how."""

from __future__ import annotations

import pytest

from graph.fold import keys
from graph.schema import load_schema
from qa.compile import compile_plan
from qa.lexicon import Sense, build_lexicon
from qa.literals import find_literals
from qa.plan import QueryPlan
from qa.read import Reader, Reading
from qa.segment import segment
from qa.text import fold_question

SCHEMA = load_schema()
LEXICON = build_lexicon(SCHEMA)
READER = Reader(SCHEMA)
THINGS = {
    "九州": "Region", "Kyushu": "Region", "熊本": "Region", "石川県": "Region", "半導体": "Sector", "semiconductors": "Sector",
    "医療": "Sector", "平井寿敏": "Supporter", "中島清一": "Supporter", "Go-Tech": "Programme", "事業再構築補助金": "Programme",
    "TANIDA": "Company", "大阪大学": "Institution", "JASM": "Company",
}  # fmt: skip
NAMES = {
    key: (Sense("entity", "name", label, f"{label}/{name}"),) for name, label in THINGS.items() for key in keys(name)
}


def read(question: str) -> list[Reading]:
    folded = fold_question(question)
    literals = tuple(find_literals(folded))
    tokens = segment(folded, LEXICON, NAMES, [(one.start, one.end) for one in literals])
    return READER.read(tokens, "en" if question.isascii() else "ja", literals)


def best(question: str) -> QueryPlan:
    readings = read(question)
    assert readings, question
    assert not readings[0].unread, readings[0].unread
    return readings[0].plan


def walked(plan: QueryPlan) -> set[str]:
    return {relation for step in plan.steps for relation in step.relations}


@pytest.mark.parametrize(
    "question",
    ["九州で半導体を担当しているイノベーション・プロデューサーは？", "which producers cover semiconductors in Kyushu"],
)
def test_both_languages_give_the_same_meaning(question: str) -> None:
    plan = best(question)
    assert plan.ask == "things"
    target = plan.part(plan.target)
    assert (target.label, target.conditions[0].value) == ("Supporter", "producer")
    assert {p.label for p in plan.parts if p.ids} == {"Region", "Sector"}
    assert walked(plan) == {"COVERS", "AFFILIATED_WITH", "LOCATED_IN"}
    assert all(p.narrower for p in plan.parts if p.ids)


@pytest.mark.parametrize(
    ("question", "ask", "label", "properties"),
    [
        ("平井寿敏の役職は？", "values", "Supporter", ("post",)),
        ("What is the post of 平井寿敏?", "values", "Supporter", ("post",)),
        ("Go-Techの補助率は", "values", "Programme", ("rate",)),
        ("中島清一について教えてください", "describe", "Supporter", ()),
        ("Go-Techを使った企業は何社？", "count", "Company", ()),
        ("TANIDAの所在地は？", "things", "Region", ()),
        ("Where is TANIDA located?", "things", "Region", ()),
        ("Go-Techの補助上限額はいくら", "things", "FundingTerm", ()),
    ],
)
def test_what_is_asked(question: str, ask: str, label: str, properties: tuple[str, ...]) -> None:
    plan = best(question)
    assert (plan.ask, plan.part(plan.target).label, plan.properties) == (ask, label, properties)


def test_two_programmes_named_with_both_must_both_hold() -> None:
    plan = best("Go-Techと事業再構築補助金の両方を使った企業は？")
    assert sum(1 for p in plan.parts if p.label == "Programme") == 2


def test_or_makes_alternatives_of_things_and_of_kinds() -> None:
    plan = best("半導体か医療を担当するプロデューサーは？")
    assert any(len(p.ids) == 2 for p in plan.parts)
    plan = best("プロデューサーまたはトライアル事業者は？")
    assert set(plan.part(plan.target).conditions[0].values()) == {"producer", "trial_operator"}


def test_except_negates_its_own_part_only() -> None:
    plan = best("熊本以外のプロデューサーは？")
    assert [p.label for p in plan.parts if p.negated and p.ids] == ["Region"]
    assert not plan.part(plan.target).negated


def test_a_year_becomes_a_condition() -> None:
    plan = best("令和6年度に選定されたプロデューサー")
    assert any(c.property == "selected_year" and c.value == 2024 for c in plan.part(plan.target).conditions)


@pytest.mark.parametrize(
    "question", ["九州の半導体株を担当するプロデューサーは？", "which producers dislike semiconductors"]
)
def test_a_word_that_is_not_understood_is_not_left_out_silently(question: str) -> None:
    assert all(reading.unread for reading in read(question))


def test_every_reading_compiles_and_passes_values_only_as_parameters() -> None:
    for question in (
        "九州のプロデューサーは",
        "JASMの株主は",
        "石川県の企業が使った補助金は？",
        "熊本以外のプロデューサーは？",
    ):
        for reading in read(question):
            query = compile_plan(reading.plan, SCHEMA)
            assert "/" not in query.cypher.replace("//", ""), query.cypher
            assert all(f"${name}" in query.cypher for name in query.parameters)

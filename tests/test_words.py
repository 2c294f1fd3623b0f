"""From a question's letters to its words: folding with the way back, literals, inflection, segmentation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.fold import fold, keys
from graph.schema import load_schema
from qa.knowledge import joined_words
from qa.lexicon import Sense, build_lexicon, forms
from qa.literals import find_literals
from qa.phrases import join_words
from qa.segment import candidate_keys, segment
from qa.statement import make_statement
from qa.statements import Statements
from qa.text import fold_question

LEXICON = build_lexicon(load_schema())


def names(*given: tuple[str, str]) -> dict[str, tuple[Sense, ...]]:
    return {key: (Sense("entity", "name", label, f"{label}/{name}"),) for name, label in given for key in keys(name)}


@given(st.text(max_size=60))
def test_a_folded_question_leads_back_to_what_was_typed(text: str) -> None:
    folded = fold_question(text)
    assert len(folded.spans) == len(folded.key)
    assert len(folded.cuts) == len(folded.key) + 1
    assert all(0 <= start < end <= len(folded.text) for start, end in folded.spans)
    assert [start for start, _ in folded.spans] == sorted(start for start, _ in folded.spans)


@pytest.mark.parametrize(
    "text",
    [
        "九州で半導体を担当",
        "Go-Tech事業",
        "イノベーション・プロデューサー",
        "JASM's plants",
        "㈱リ・パブリック",
        "1.5億円",
    ],
)
def test_a_question_folds_like_a_name(text: str) -> None:
    assert fold_question(text).key == fold(text)


@pytest.mark.parametrize(
    ("text", "value", "unit", "comparison"),
    [
        ("令和6年度に選定", 2024, "year", "="),
        ("令和元年", 2019, "year", "="),
        ("平成28年度以降", 2016, "year", ">="),
        ("selected in FY2024", 2024, "year", "="),
        ("since 2021", 2021, "year", ">="),
        ("1億円以上", 100_000_000, "yen", ">="),
        ("4,500万円", 45_000_000, "yen", "="),
        ("over 200 billion yen", 200_000_000_000, "yen", ">"),
        ("従業員20名以下", 20, "名", "<="),
    ],
)
def test_years_and_amounts_are_read_with_their_comparison(text: str, value: float, unit: str, comparison: str) -> None:
    (literal,) = find_literals(fold_question(text))
    assert (literal.value, literal.unit, literal.comparison) == (value, unit, comparison)


def test_plain_numbers_are_no_amounts() -> None:
    assert list(find_literals(fold_question("JIS Q 9100 と第3回"))) == []


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("担当する", "担当"),
        ("使う", "使っ"),
        ("受ける", "受け"),
        ("作る", "作ら"),
        ("develop", "developed"),
        ("run", "ran"),
    ],
)
def test_relation_words_are_known_in_their_forms(word: str, form: str) -> None:
    assert form in forms(word)


def segmented(question: str, *given: tuple[str, str]) -> list[str]:
    folded = fold_question(question)
    spans = [(one.start, one.end) for one in find_literals(folded)]
    return [t.text if not t.unknown else f"?{t.text}" for t in segment(folded, LEXICON, names(*given), spans)]


def test_japanese_is_split_without_spaces() -> None:
    words = segmented("九州で半導体を担当しているプロデューサーは", ("九州", "Region"), ("半導体", "Sector"))
    assert words == ["九州", "で", "半導体", "を", "担当", "している", "プロデューサー", "は"]


def test_the_longest_name_wins() -> None:
    words = segmented("熊本県産業技術センター", ("熊本県", "Region"), ("熊本県産業技術センター", "Institution"))
    assert words == ["熊本県産業技術センター"]


def test_a_name_is_not_cut_out_of_a_longer_unknown_word() -> None:
    assert segmented("体株", ("体", "Sector")) == ["?体株"]
    assert segmented("ドローンゲラの", ("ドローン", "Sector")) == ["?ドローンゲラ", "の"]


def test_what_follows_a_name_stands_alone_and_stays_unknown() -> None:
    assert segmented("中島清一教授", ("中島清一", "Supporter")) == ["中島清一", "?教授"]
    assert segmented("半導体株", ("半導体", "Sector")) == ["半導体", "?株"]


def test_short_hiragana_names_nothing() -> None:
    tokens = segment(fold_question("行きたい"), LEXICON, names(("タイ", "Region")))
    assert not any(t.has("entity") for t in tokens)


def test_english_words_are_not_joined_into_others() -> None:
    assert "mean" not in [w.replace(" ", "") for w in segmented("give me an overview")]


def test_names_are_looked_up_by_whole_words_only() -> None:
    assert "iconducto" not in candidate_keys(fold_question("semiconductors in Kyushu"))
    assert "semiconductor" in candidate_keys(fold_question("semiconductors in Kyushu"))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("資金が足りない", ["資金", "が", "?足りない"]),
        ("firms that take over others", ["firms", "that", "?take over", "others"]),
        ("outer space", ["?outer space"]),
        ("labour shortage", ["?labour", "?shortage"]),
    ],
)
def test_words_written_in_several_are_one_unless_their_parts_say_it_too(question: str, words: list[str]) -> None:
    stated = make_statement("Indicator", {"id": "Indicator/1", "name": "Shortage of labour"}, (), load_schema())
    folded = fold_question(question)
    tokens = join_words(folded, segment(folded, LEXICON, {}), joined_words(), Statements([stated]))
    assert [f"?{t.text}" if t.unknown else t.text for t in tokens] == words

"""Questions that follow on from the one before."""

from __future__ import annotations

import pytest

from qa.chain import Asker


def names(asker: Asker, session: str, *questions: str) -> list[str]:
    answer = None
    for question in questions:
        answer = asker.ask(question, session=session)
    assert answer is not None
    assert answer.status == "answered", answer.answer
    return [entity.name for entity in answer.entities]


def test_of_those_narrows_the_last_question(asker: Asker) -> None:
    assert names(asker, "a", "半導体を担当するプロデューサーは？", "そのうち九州は？") == ["平井寿敏"]
    assert names(asker, "b", "Which companies used Go-Tech?", "of those, which are in Hokkaido?") == [
        "インターステラテクノロジズ株式会社"
    ]


def test_what_about_puts_one_thing_in_the_place_of_another(asker: Asker) -> None:
    found = names(asker, "c", "which producers cover semiconductors?", "what about medical devices?")
    assert "中島清一" in found
    assert "平井寿敏" not in found
    assert asker.ask("平井寿敏の役職は？", session="d").status == "answered"
    assert "特任教授" in asker.ask("中島清一は？", session="d").answer


def test_how_many_counts_what_was_found(asker: Asker) -> None:
    asker.ask("半導体を担当するプロデューサーは？", session="e")
    assert "2" in asker.ask("何人？", session="e").answer


def test_back_returns_to_the_question_before(asker: Asker) -> None:
    found = names(asker, "f", "半導体を担当するプロデューサーは？", "そのうち九州は？", "戻る")
    assert set(found) == {"平井寿敏", "大津留榮佐久"}


def test_a_few_words_swap_what_the_figure_before_was_of(asker: Asker) -> None:
    asker.ask("事業再構築補助金の累計採択件数は？", session="s1")
    assert "1,319件" in asker.ask("半導体は？", session="s1").answer
    assert "266件" in asker.ask("航空宇宙・防衛は？", session="s1").answer
    asker.ask("How many companies hold the Kurumin mark?", session="s2")
    assert "2,534" in asker.ask("and Eruboshi?", session="s2").answer


def test_another_date_and_another_side_swap_what_was_asked(asker: Asker) -> None:
    asker.ask("What is the maximum subsidy for KIOXIA's memory project that was approved in 2022?", session="s6")
    other = asker.ask("And for the one approved in 2024?", session="s6").answer
    assert "¥150 billion" in other
    assert "92.9" not in other
    asker.ask("ものづくり補助金では、航空宇宙・防衛の分野で何件採択されていますか。", session="s7")
    assert "266件" in asker.ask("事業再構築補助金のほうは？", session="s7").answer
    assert "差は88件" in asker.ask("その差は何件ですか。", session="s7").answer


def test_what_names_nothing_is_about_what_was_talked_of(asker: Asker) -> None:
    asker.ask("ノベルクリスタルテクノロジーは何を作っている会社ですか", session="s3")
    assert "埼玉県" in asker.ask("どこの県？", session="s3").answer


def test_after_figures_the_talk_is_still_of_the_thing_that_they_are_of(asker: Asker) -> None:
    asker.ask("Roughly how many companies are registered on the J-GoodTech matching site?", session="s5")
    assert "8,000" in asker.ask("and how many overseas companies does it cover?", session="s5").answer
    assert "12,000" in asker.ask("how many matches a year?", session="s5").answer
    assert "Regional Innovation" in asker.ask("who runs it?", session="s5").answer


def test_a_prefecture_is_asked_for_and_no_institution(asker: Asker) -> None:
    asker.ask("What did Kawasaki Seisakusho develop with support from the Go-Tech programme?", session="s6")
    assert asker.ask("in which prefecture?", session="s6").answer == "Ibaraki."
    assert asker.ask("and Setsurotech?", session="s6").answer == "Tokushima."


def test_words_to_find_a_figure_by_are_not_told(asker: Asker) -> None:
    asker.ask("How many institutes does Fraunhofer have in Germany?", session="s7")
    assert "search term" not in asker.ask("And researchers?", session="s7").answer


@pytest.mark.parametrize(
    ("follow_up", "told"),
    [
        ("件数の少ない順に並べて", "みやぎ産業振興機構、令和4～6年度）：13件"),
        ("全部で何件になりますか", "88件"),
    ],
)
def test_figures_that_were_told_can_be_worked_with(asker: Asker, follow_up: str, told: str) -> None:
    session = f"figures {follow_up}"
    first = asker.ask("Go-Techの採択件数が上位5の事業管理機関は？", session=session)
    assert first.total == 5, first.answer
    answer = asker.ask(follow_up, session=session)
    assert told in answer.answer, answer.answer
    if "順" in follow_up:
        assert answer.answer.index("12件") < answer.answer.index("13件") < answer.answer.index("23件")


def test_two_figures_told_one_after_the_other_are_set_against_each_other(asker: Asker) -> None:
    asker.ask("くるみん認定の企業は何社？", session="two")
    asker.ask("えるぼし認定の企業は何社？", session="two")
    assert "1,873社" in asker.ask("差は？", session="two").answer
    # What is asked before of something else is not meant.
    asker.ask("九州のプロデューサーは？", session="three")
    asker.ask("えるぼし認定の企業は何社？", session="three")
    assert "差は" not in asker.ask("差は？", session="three").answer


def test_a_new_matter_is_told_by_its_words(asker: Asker) -> None:
    asker.ask("くるみん認定の企業は何社？", session="s4")
    assert "76" in asker.ask("ところで、フラウンホーファーの研究所はいくつ？", session="s4").answer


def test_sessions_never_mix(asker: Asker) -> None:
    asker.ask("半導体を担当するプロデューサーは？", session="g")
    other = asker.ask("そのうち九州は？", session="h")
    assert [e.name for e in other.entities] != ["平井寿敏"]


def test_a_new_topic_starts_anew(asker: Asker) -> None:
    assert names(asker, "i", "半導体を担当するプロデューサーは？", "石川県の企業は？") == ["TANIDA株式会社"]

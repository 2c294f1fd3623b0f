"""Words that only frame a question, quote somebody or say a name again: they neither stop an answer nor change it."""

from __future__ import annotations

import pytest

from qa.chain import Asker
from qa.literals import find_literals
from qa.text import fold_question


@pytest.mark.parametrize(
    ("question", "told"),
    [
        # What is quoted denies nothing.
        ("単独の企業が「効果は出ていない」と答えた割合は、連携している企業に比べてどのくらい多いですか", "２倍以上"),
        # "People" after "how many" asks for no names.
        ("How many people attended the Tokyo Chamber's webinars on support measures in fiscal 2020?", "3,000"),
        # 「いくつ」 asks for any figure where nothing is counted.
        ("2024年10-12月期の従業員数過不足DIはいくつでしたか", "22.9"),
        # A share and how much greater it is are one question.
        ("経営層の多様性が平均以上の企業では、イノベーションの割合がどれだけ高いですか", "19%"),
        # The institution says no more than its events do.
        ("How many large companies a year present their needs at ASTEM's matching events?", "five"),
        # A title beside a name.
        ("古谷知之教授が海外需要を調べるために訪ねた国はどこですか", "フランス"),
        # 「以前」 bounds no date here, and 「どの程度を占め」 asks for a share.
        ("平井寿敏所長は、以前どのような役職に就いていましたか", "九州センター 所長"),
        ("賃上げをした中小企業のうち、防衛的賃上げはどの程度を占めていますか", "過半数"),
        # What is a kind of things, and a term that is explained.
        ("イノベーション・プロデューサーとは何ですか", "担う人材"),
        # Each is asked for by the same words.
        ("松田部長は、展示会に国内と海外でそれぞれ年に何回参加していますか", "年間3回（海外）"),
        ("小型の電気自動車は、何社がどれくらいの期間で開発しましたか", "４カ月"),
        ("大関ジョイテックで納品書まわりの作業は月に何時間減りましたか", "130時間"),
        # Those who use the same programme have supported nobody.
        ("Who supported Asano Nenshi?", "regional industry support institution"),
    ],
)
def test_words_that_frame_a_question_do_not_stop_its_answer(asker: Asker, question: str, told: str) -> None:
    answer = asker.ask(question)
    assert answer.status == "answered", answer.answer
    assert told in answer.answer, answer.answer


@pytest.mark.parametrize(
    "question",
    [
        "DXや半導体に乗り出したい中小は何に困っている？",
        "東京商工会議所の会員企業は全部で何社ありますか。",
    ],
)
def test_a_list_or_a_sum_of_something_else_is_no_answer(asker: Asker, question: str) -> None:
    assert asker.ask(question).status != "answered"


def test_what_is_told_about_a_thing_is_told_with_its_text(asker: Asker) -> None:
    answer = asker.ask("Which findings are about Go-Tech?")
    assert answer.status == "answered"
    assert all(line.partition(": ")[2] for line in answer.answer.split("\n")), answer.answer


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("wat product did setsurotech start seling in 2019", "knock-in mouse"),
        ("setsurotek partner univercity", "Tokushima University"),
        ("fraunhoffer reserch instituts how many", "76"),
    ],
)
def test_words_with_a_slip_are_taken_for_those_that_are_meant(asker: Asker, question: str, told: str) -> None:
    answer = asker.ask(question)
    assert answer.status == "answered", answer.answer
    assert told in answer.answer


def test_what_a_word_was_taken_for_is_said(asker: Asker) -> None:
    assert "“univercity” was taken to mean university" in asker.ask("setsurotek partner univercity").answer


@pytest.mark.parametrize("question", ["How much revenue does TANIDA have?", "Which hotels are in Kyushu?"])
def test_other_words_are_not_taken_for_those_of_the_graph(asker: Asker, question: str) -> None:
    answer = asker.ask(question)
    assert answer.status != "answered"
    assert "taken to mean" not in answer.answer


def test_what_is_counted_is_named_in_the_language_of_the_question(asker: Asker) -> None:
    answer = asker.ask("How many producers are there in Kyushu?")
    assert answer.status == "answered"
    assert answer.answer.isascii(), answer.answer


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("less than three million yen", [(3_000_000, "<")]),
        ("under ten million yen", [(10_000_000, "<")]),
        ("一千万円未満の共同研究", [(10_000_000, "<")]),
        ("三百万円以上", [(3_000_000, ">=")]),
        ("一人当たりの付加価値額", []),
        ("one of the two institutes", []),
    ],
)
def test_numbers_in_words_are_amounts_beside_a_scale(text: str, amounts: list[tuple[float, str]]) -> None:
    assert [(one.value, one.comparison) for one in find_literals(fold_question(text))] == amounts

"""Questions that ask for several things: each is answered, or what is found is said to be a part."""

from __future__ import annotations

import pytest

from qa.chain import Asker
from qa.parts import ways
from qa.turn import Turn


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("フラウンホーファーの研究所の数と研究員の数を教えて", ("76", "32,000")),
        ("ビジネスサポートデスクは2020年度に何社を、延べ何回支援したのか", ("2,291", "8,070")),
        ("最低賃金は2024年に何円、何％上がったか", ("51円", "5.1％")),
        ("ジェグテックに登録している海外企業と大手企業はそれぞれ何社", ("8,000社", "700社")),
        ("JASMの2つの計画の最大助成額はそれぞれいくら", ("4,760億円", "7,320億円")),
        ("Which share of JASM do Denso and Toyota hold, respectively?", ("5%", "2%")),
        ("How many firms did the Business Support Desk help in fiscal 2020, and how many times?", ("2,291", "8,070")),
        ("TANIDAはどこの県の企業で、どの補助金を使いましたか", ("石川県", "事業再構築補助金")),
    ],
)
def test_each_of_several_things_is_told(asker: Asker, question: str, told: tuple[str, ...]) -> None:
    answer = asker.ask(question)
    assert answer.status == "answered", answer.answer
    assert all(one in answer.answer for one in told), answer.answer
    assert len(answer.answer.split("\n")) == len(set(answer.answer.split("\n"))), "nothing is told twice"


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Xの回答数と回答率は？", {"Xの回答数は?", "Xの回答率は?"}),
        ("調査対象数、回答数、回答率を教えて", {"調査対象数は?", "回答数は?", "回答率は?"}),
        (
            "How many firms did it help, and how many times?",
            {"How many firms did it help", "how many times did it help"},
        ),
    ],
)
def test_a_question_is_taken_apart_with_what_its_parts_share(asker: Asker, question: str, parts: set[str]) -> None:
    turn = asker.link(Turn(question, "ja" if "は" in question or "を" in question else "en"))
    assert turn.folded is not None
    found = ways(turn.folded, turn.plain, turn.language, answered=False)
    assert parts in [set(way.texts) for way in found], found


def test_one_figure_of_two_is_said_to_be_a_part(asker: Asker) -> None:
    answer = asker.ask("ビジネスサポートデスクの2020年度の支援企業数と相談員の平均勤続月数はそれぞれいくつ")
    assert answer.status != "answered", answer.answer

"""The dates of a question: which days, months and years it means."""

from __future__ import annotations

import pytest

from graph.schema import load_schema
from qa.lexicon import build_lexicon
from qa.literals import find_literals
from qa.periods import Period, period
from qa.segment import segment
from qa.text import fold_question
from qa.turn import detect_language

LEXICON = build_lexicon(load_schema())


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("2023年度の補助金", Period(year=2023)),
        ("2022年以降の補助金", Period(since="2022")),
        ("2024年6月の補助金", Period("2024-06", "2024-07")),
        ("2025年4月1日から12月31日までの契約", Period("2025-04-01", "2026-01-01")),
        ("2024年10月から3月までの契約", Period("2024-10", "2025-04")),
        ("2025年の1月から9月までの契約", Period("2025-01", "2025-10")),
        ("2021年から2023年の契約", Period("2021", "2024")),
        ("2021年から受けた補助金", Period(since="2021")),
        ("contracts between 1 April and 31 December 2024", Period("2024-04-01", "2025-01-01")),
        ("contracts from November to 15 March 2025", Period("2024-11", "2025-03-16")),
        ("subsidies since May 2023", Period(since="2023-05")),
        ("補助金の一覧", Period()),
        ("2024年の補助金", Period("2024", "2025")),
        ("2021年度から2022年度の補助金", Period("2021-04", "2023-04")),
        ("2022年度以降の補助金", Period(since="2022-04")),
        ("2024年4月〜2024年9月の契約", Period("2024-04", "2024-10")),
        ("2024年4月~9月の契約", Period("2024-04", "2024-10")),
        ("contracts from April 2024 to June 2024", Period("2024-04", "2024-07")),
        ("2021年と2023年の契約", None),
        ("2021年、2023年の契約", None),
        ("subsidies in 2021 and 2023", None),
        ("2024年2月30日の契約", None),
    ],
)
def test_a_period_is_read(question: str, meant: Period | None) -> None:
    folded = fold_question(question)
    literals = tuple(find_literals(folded))
    tokens = segment(folded, LEXICON, {}, [(one.start, one.end) for one in literals])
    assert period(tokens, literals) == meant


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Did Genkai Robotics (玄海ロボット) win any contracts?", "en"),
        ("What is the total of the subsidies granted to 青森県信用保証協会?", "en"),
        ("METI subsidyの合計は", "ja"),
        ("J-GoodTechの海外企業は何社？", "ja"),
        ("ｲﾝﾀｰｽﾃﾗﾃｸﾉﾛｼﾞｽﾞ", "ja"),
    ],
)
def test_an_english_sentence_is_english_whatever_names_stand_in_it(question: str, language: str) -> None:
    assert detect_language(question) == language

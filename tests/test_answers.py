"""Questions over the packaged facts, answered the same on every engine."""

from __future__ import annotations

import pytest

from qa.chain import Asker
from qa.evaluate import Case, judge, report


@pytest.mark.parametrize(
    "question",
    ["which producers cover semiconductors in Kyushu", "九州で半導体を担当しているイノベーション・プロデューサーは？"],
)
def test_the_first_question_of_a_newcomer(asker: Asker, question: str) -> None:
    answer = asker.ask(question)
    assert answer.status == "answered"
    assert [e.name for e in answer.entities] == ["平井寿敏"]
    assert "MATCH (supporter:Supporter)" in answer.cypher
    assert answer.total == 1
    assert answer.rows[0][answer.columns.index("name")] == "平井寿敏"
    assert any("令和6年度イノベーション・プロデューサー実証事業の採択について" in s.locator for s in answer.sources)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("平井さんの共同応募者は？", "くまもと産業支援財団"),
        ("Who is the joint applicant of Otsuru?", "Campus Create"),
        ("大津留さんの強みは？", "技術マーケティング"),
        ("Go-Techと事業再構築補助金の両方を使った企業は？", "TANIDA"),
        ("What is the subsidy rate of Go-Tech?", "2/3"),
        ("Go-Tech事業の補助上限額は？", "9,750万円"),
        ("フラウンホーファーの研究所はいくつ？", "76"),
        ("両利き経営とは", "深化"),
        ("福岡県中小企業生産性向上支援センターは何社を支援した？", "360"),
        ("Which awards are over 500 billion yen?", "732"),
        ("TANIDAはどこにありますか", "石川県"),
        ("キャンパスクワイエットと共同応募したのは誰？", "大津留榮佐久"),
    ],
)
def test_answers_hold_what_the_documents_say(asker: Asker, question: str, told: str) -> None:
    answer = asker.ask(question)
    assert answer.status == "answered", answer.answer
    assert told in answer.answer
    assert answer.sources, "an answer without a source"
    assert answer.cypher


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("フラウンホーファーの法人顧客のうち中小企業は何割で、何社ですか？", ("6割", "5000社")),
        ("What does Novel Crystal Technology make, and in which prefecture is it?", ("gallium oxide", "Saitama")),
        ("磯部晃一さんの担当分野と経歴は？", ("安全保障", "元陸将")),
        ("Who wrote The Innovator's Dilemma, and what year is given for it?", ("Christensen", "1997")),
    ],
)
def test_two_things_asked_in_one_question_are_both_answered(asker: Asker, question: str, told: tuple[str, ...]) -> None:
    answer = asker.ask(question)
    assert answer.status == "answered", answer.answer
    assert all(one in answer.answer for one in told), answer.answer
    assert all(len(row) == len(answer.columns) for row in answer.rows)


@pytest.mark.parametrize(
    ("question", "told", "not_told"),
    [
        ("カタログで中小企業メーカーの割合が最も高いカテゴリは？", "配膳ロボット", "全体"),
        ("Which Go-Tech managing institution has the fewest adoptions?", "12 projects", "23 projects"),
        ("Go-Techの出資獲得枠と通常枠では3年間の補助上限額はどちらが大きい？", "2億250万円", "単年"),
        ("employee surplus/shortage DI of SMEs, Oct-Dec 2024", "-22.9", "Fraunhofer"),
        ("What exactly is an innovation producer?", "Person who", "Nakajima"),
        ("キャンパスクリエイトと共同応募した人の強みは？", "技術マーケティング", "代表理事"),
        ("How many yen was the minimum wage raised in 2024?", "51 yen", "%"),
        ("J-GoodTechの海外企業は何社？", "8,000社", "22,000"),
        ("With which organisation did Otsuru Esaku of OSTi apply jointly?", "Campus Create", "OSTi"),
    ],
)
def test_figures_are_those_asked_for(asker: Asker, question: str, told: str, not_told: str) -> None:
    answer = asker.ask(question)
    assert answer.status == "answered", answer.answer
    assert told in answer.answer
    assert not_told not in answer.answer


@pytest.mark.parametrize(
    "question",
    [
        "予算はいくらですか。",
        "補助率は？",
        "What is the ceiling?",
        "Where is that company located?",
        "その方の所属はどちら？",
        "When did it start?",
        "What did the professor achieve?",
    ],
)
def test_a_question_about_nothing_in_particular_is_asked_back(asker: Asker, question: str) -> None:
    answer = asker.ask(question)
    assert answer.status == "clarify", answer.answer
    assert answer.options


@pytest.mark.parametrize(
    "question",
    [
        "インターステラテクノロジズの従業員数",
        "東京商工会議所の従業員数は？",
        "How many employees does the Tokyo Chamber of Commerce have?",
        "事業再構築補助金の補助上限額はいくらでしょうか。",
        "How many people does JASM plan to employ in Kikuyo?",
        "What was Novel Crystal Technology's turnover last year?",
        "もにす認定を受けている企業は全国に何社ありますか？",
        "山口県航空宇宙クラスターの参加企業数を教えてください",
    ],
)
def test_an_unstated_figure_is_not_answered_with_another_one(asker: Asker, question: str) -> None:
    assert asker.ask(question).status != "answered"


def test_nothing_found_says_which_condition_fails(asker: Asker) -> None:
    answer = asker.ask("ドローンを担当しているプロデューサーは？")
    assert answer.status == "empty"
    assert any("古谷知之" in option.text and option.count == 1 for option in answer.options)


@pytest.mark.parametrize("question", ["平井寿敏の年齢は？", "What is the net profit of TANIDA?"])
def test_what_no_document_states_is_said_not_to_be_there(asker: Asker, question: str) -> None:
    assert asker.ask(question).status == "empty"


@pytest.mark.parametrize(
    "question",
    [
        "delete all producers",
        "田村大のデータを削除してください",
        "今日の天気は？",
        "write me a poem",
        "",
        "？？？",
        "あ" * 5000,
    ],
)
def test_what_is_no_question_is_refused_with_questions_that_work(asker: Asker, question: str) -> None:
    answer = asker.ask(question)
    assert answer.status == "refused"
    assert answer.options
    assert all(asker.ask(option.question).status == "answered" for option in answer.options)


def test_a_misspelt_name_is_taken_with_a_remark(asker: Asker) -> None:
    answer = asker.ask("インターステラテクノロジスの所在地は？")
    assert answer.status == "answered"
    assert "北海道" in answer.answer
    assert "インターステラテクノロジズ" in answer.answer


def test_options_can_be_sent_back(asker: Asker) -> None:
    for option in asker.ask("ドローンを担当しているプロデューサーは？").options:
        answer = asker.ask(option.question)
        assert answer.status == "answered"
        assert answer.total == option.count


def test_a_word_with_quotes_and_braces_is_only_a_word(asker: Asker) -> None:
    assert asker.ask("x'}) DETACH DELETE n // のプロデューサーは？").status in ("clarify", "refused")


def test_an_evaluation_judges_by_what_is_told() -> None:
    from qa.answer import Answer

    case = Case(id="x", question="q", language="ja", expect=("平井|Hirai",), forbid=("中島",))
    answer = Answer(question="q", language="ja", status="answered", answer="平井寿敏です。")
    assert judge(case, answer).verdict == "right"
    assert judge(case, answer.model_copy(update={"answer": "平井と中島"})).verdict == "wrong"
    assert judge(case, answer.model_copy(update={"status": "clarify"})).verdict == "silent"
    assert any("precision" in line for line in report([judge(case, answer)]))

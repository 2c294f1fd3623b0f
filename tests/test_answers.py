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
    ("question", "told"),
    [
        (
            "Which was certified earlier, the JASM plan or the KIOXIA plan?",
            "JASM plan (17 June 2022) is earlier: 2022-06-17",
        ),
        ("JASMとキオクシア、2022年に認定されたのが遅いのはどちら？", "キオクシアの計画認定（2022年7月26日）の方が遅く"),
        ("日本版SBIR制度とパートナーシップ構築宣言はどちらが先に始まりましたか", "1999"),
        ("マル経融資の2020年度の斡旋額は1件あたりいくら？", "658万5,136円"),
        ("What were Fraunhofer's research expenses per researcher?", "106,250 euros"),
        ("How many support sessions per company did the Business Support Desk give in FY2020?", "3.5225 times"),
        ("福岡の生産性向上支援センターで、申込企業のうち支援完了は何割？", "約51% (51.4%)"),
    ],
)
def test_figures_and_dates_are_worked_out_of_what_is_stated(asker: Asker, question: str, told: str) -> None:
    answer = asker.ask(question)
    assert told in answer.answer, answer.answer
    assert answer.total == 2, "both of which it is worked out are shown"
    assert answer.sources


@pytest.mark.parametrize(
    "question",
    [
        "Which producers have earlier careers in semiconductors?",
        "Which programmes are newer than 2020?",
        "JASMとキオクシアの計画の後に認定された計画は？",
        "先に採択された事業者と後に採択された事業者の違いは？",
        "Go-Techの補助上限額は1件当たりいくらですか",
    ],
)
def test_a_word_of_comparison_is_not_dropped_where_nothing_is_compared(asker: Asker, question: str) -> None:
    answer = asker.ask(question)
    assert answer.status != "answered", answer.answer


@pytest.mark.parametrize(
    "question",
    [
        "半導体でも宇宙でもない分野のGo-Tech利用企業は？",
        "Go-Tech companies in neither semiconductors nor space",
        "Go-Tech companies not in semiconductors and not in space",
    ],
)
def test_what_is_denied_of_two_is_denied_of_both(asker: Asker, question: str) -> None:
    found = {entity.name for entity in asker.ask(question).entities}
    assert {"TANIDA株式会社", "浅野撚糸株式会社"} <= found
    assert not found & {"株式会社ノベルクリスタルテクノロジー", "インターステラテクノロジズ株式会社"}


def test_a_company_that_restricts_nothing_is_no_part_of_an_answer(asker: Asker) -> None:
    # All who took part in the programme that it used took part, whoever it is.
    answer = asker.ask("Who took part in Setsurotech's Go-Tech R&D?")
    assert "Gifu" not in answer.answer
    assert "Tokushima University" in answer.answer


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

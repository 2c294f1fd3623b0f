"""Questions about awards and contracts: who has them, from whom, where, for what and how much; nothing is left out silently."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from stdnum.jp import cn

from graph.schema import load_schema
from graph.settings import Settings
from graph.store import Store
from loaders.formats import open_feed
from loaders.load import PACKAGED_CODES, PACKAGED_FACTS, load_folder
from loaders.stream import load_feed
from qa.chain import Asker

SCHEMA = load_schema()
METI, MHLW = "経済産業省", "厚生労働省"
CHIPS = "令和4年度戦略的基盤技術高度化支援事業（半導体製造装置の研究開発）"
# Who (a running number), name, address, date, title, amount and issuer of each row.
ROWS = [
    ("01", "株式会社火の国精機", "熊本県熊本市中央区大江1丁目", "2023-05-01", CHIPS, "30000000", METI),
    ("01", "株式会社火の国精機", "熊本県熊本市中央区大江1丁目", "2021-05-01", CHIPS, "", METI),
    ("02", "株式会社筑後マテリアル", "福岡県久留米市城南町15番地", "2023-06-01", "半導体材料の実用化", "0", METI),
    ("03", "株式会社玄海ロボット", "福岡県福岡市博多区店屋町1番", "2024-06-01", "ロボットの導入", "5000000", METI),
    ("04", "株式会社多摩製薬", "東京都八王子市元本郷町三丁目", "2024-07-01", "半導体工場の改修", "9000000", METI),
    ("07", "一般財団法人筑豊メディカル", "福岡県飯塚市新立岩6番", "2020-08-01", "健康診断の普及", "", MHLW),
    ("05", "㈱筑豊メディカル", "福岡県飯塚市新立岩5番", "2024-08-01", "医療機器の開発", "7000000", MHLW),
    (
        "06",
        "一般財団法人肥後振興機構",
        "熊本県熊本市中央区水前寺六丁目",
        "2024-08-02",
        "半導体人材の育成",
        "1000000",
        METI,
    ),
    ("08", "国立大学法人肥後大学", "東京都港区芝1丁目", "2019-08-02", "宇宙用電池の開発", "", METI),
]


def number(at: str, form: str = "01") -> str:
    """A corporate number; the form 01 is a company, 05 an association."""
    rest = f"0100{form}{int(at):06d}"
    return str(cn.calc_check_digit(rest)) + rest


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """The packaged facts, and the rows above as a bulk file of gBizINFO."""
    folder = tmp_path_factory.mktemp("grants")
    path = folder / "Hojokinjoho_UTF-8_20260808.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["法人番号", "商号または名称", "登記住所", "証明日", "名称", "金額", "対象", "発行元", "キー情報"]
        )
        for at, (who, name, address, date, title, amount, issuer) in enumerate(ROWS):
            form = "05" if name.startswith(("一般財団", "国立大学")) else "01"
            writer.writerow([number(who, form), name, address, date, title, amount, "", issuer, f"k_{at}"])
    with Store.open(Settings(_env_file=None, uri=None, home=folder / "home"), SCHEMA) as store:
        load_folder(PACKAGED_FACTS, store, SCHEMA)
        load_folder(PACKAGED_CODES / "places", store, SCHEMA)
        for one in (path, _rights(folder)):
            feed = open_feed(one, SCHEMA)
            assert feed is not None
            load_feed(feed, store, SCHEMA, folder / "rejected.csv")
        yield Asker(store, SCHEMA)


def _rights(folder: Path) -> Path:
    """Two industrial property rights, as a bulk file."""
    path = folder / "Tokkyojoho_UTF-8_20260808.csv"
    header = (
        "法人番号,商号または名称,登記住所,特許/意匠/商標,登録番号,出願年月日,発明の名称(等)/意匠に係る物品/表示用商標"
    )
    rows = [
        f"{number('03')},株式会社玄海ロボット,,特許,6000001,2017-11-17,半導体ウエハの搬送装置",
        f"{number('01')},株式会社火の国精機,,商標,6000002,2019-02-01,火の国",
    ]
    path.write_text("\n".join([header, *rows]), encoding="utf-8-sig")
    return path


def names(asker: Asker, question: str) -> list[str]:
    answer = asker.ask(question)
    assert answer.status == "answered", answer
    return [entity.name for entity in answer.entities]


@pytest.mark.parametrize(
    ("question", "wanted", "never"),
    [
        (
            "九州の企業で半導体関連の補助金を受けたのは？",
            {"株式会社火の国精機", "株式会社筑後マテリアル"},
            {"株式会社多摩製薬"},
        ),
        (
            "which companies in Kumamoto got a semiconductor-related subsidy from METI since 2022",
            {"株式会社火の国精機"},
            {"一般財団法人肥後振興機構", "株式会社筑後マテリアル"},
        ),
        ("福岡県で厚生労働省の補助金を受けた企業は？", {"㈱筑豊メディカル"}, {"株式会社玄海ロボット"}),
    ],
)
def test_recipients_are_found_by_place_field_giver_and_time(
    asker: Asker, question: str, wanted: set[str], never: set[str]
) -> None:
    found = set(names(asker, question))
    assert wanted <= found
    assert not never & found


def test_the_greatest_recipients_come_first(asker: Asker) -> None:
    found = names(asker, "top 10 recipients of METI subsidies in Fukuoka")
    assert found == ["株式会社玄海ロボット", "株式会社筑後マテリアル"]
    assert names(asker, "福岡県で経済産業省の補助金を最も多く受けた企業は？") == ["株式会社玄海ロボット"]


def test_a_sum_says_what_it_leaves_out_and_who_may_have_passed_it_on(asker: Asker) -> None:
    answer = asker.ask("熊本県の経済産業省の補助金の総額は？")
    assert "3件のうち金額のある2件の合計は3,100万円です。金額の記載のない1件は含みません。" in answer.answer
    assert "1件は団体や自治体が受けたもの" in answer.answer


@pytest.mark.parametrize(
    "name", ["株式会社玄海ロボット", "㈱玄海ロボット", "（株）玄海ロボット", "玄海ロボット", "㈱玄海ﾛﾎﾞｯﾄ"]
)
def test_a_company_is_asked_in_any_written_form(asker: Asker, name: str) -> None:
    answer = asker.ask(f"{name}の補助金は？")
    assert answer.status == "answered"
    assert "500万円" in answer.answer
    assert "ロボットの導入" in answer.answer


def test_corporations_of_one_name_are_all_told_with_their_places(asker: Asker) -> None:
    answer = asker.ask("㈲筑豊メディカルの補助金は？")
    assert answer.status == "answered"
    assert "同じ名前の法人が複数あります" in answer.answer
    assert {entity.name for entity in answer.entities} == {"㈱筑豊メディカル", "一般財団法人筑豊メディカル"}
    assert "飯塚市" in answer.answer


def test_recipients_are_counted(asker: Asker) -> None:
    assert "2者です（2件）" in asker.ask("福岡県で経済産業省の補助金を受けた企業は何社？").answer


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("経済産業省の補助金の平均額は？", "金額のある4件の平均は1,125万円です。"),
        ("average subsidy from METI", "¥11.25 million on average"),
        ("経済産業省が2023年度に出した補助金は何件？", "2件です。"),
        ("800万円以上の補助金を九州でもらった企業は何社？", "2者です（3件）。"),
        ("どの省庁が一番多く補助金を出していますか？", "・経済産業省：7件、4,500万円"),
        ("largest subsidy in Kumamoto granted by METI", "株式会社火の国精機, ¥30 million"),
        ("福岡県で健康診断関連の補助金を受けたのは？", "一般財団法人筑豊メディカル"),
        ("経産省の補助金、福岡県の上位1社は？", "株式会社玄海ロボット"),
        ("福岡県福岡市の企業が受けた補助金は？", "株式会社玄海ロボット"),
        ("福岡県と熊本県の企業が受けた半導体の補助金は？", "補助金は3者です（5件）"),
        ("MHLW subsidies in Fukuoka", "subsidy: 2 (2 cases)"),
        ("Who got robot-related subsidies in Kyushu since 2020?", "株式会社玄海ロボット"),
        ("経産省から2024年6月以降に補助金をもらった九州の企業", "株式会社玄海ロボット"),
        ("2021年度の補助金の件数が多い企業トップ1", "株式会社火の国精機（熊本市中央区）：1件"),
        ("株式会社玄海ロボットの特許は？", "・半導体ウエハの搬送装置、2017-11-17"),
        ("半導体の特許を持つ企業は？", "特許は1者です（1件）"),
        ("Which companies hold patents in Fukuoka?", "株式会社玄海ロボット"),
        ("2019年に出願された商標は何件？", "1件です。"),
        ("Which companies in Kurume received METI subsidies?", "株式会社筑後マテリアル"),
    ],
)
def test_what_was_given_is_asked_by_amount_year_giver_title_and_place(asker: Asker, question: str, told: str) -> None:
    answer = asker.ask(question)
    assert answer.status == "answered", answer
    assert told in answer.answer


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("都道府県別の補助金の件数は？", "・福岡県：4件、1,200万円"),
        ("経済産業省の補助金が最も多い都道府県は？", "・熊本県：3件、3,100万円"),
        ("Which prefecture received the most METI subsidies?", "・Kumamoto: 3 cases"),
        (
            "which ministry gives the most subsidies to companies in Fukuoka?",
            "Ministry of Economy, Trade and Industry: 2",
        ),
        ("熊本県の企業に補助金を一番多く出している省庁は？", "・経済産業省：2件、3,000万円"),
        ("subsidies by prefecture", "・Fukuoka: 4 cases"),
        ("補助金の件数を年度別に", "・2023年度：2件"),
        ("number of METI subsidies per calendar year", "・2023: 2 cases"),
        ("number of METI subsidies per fiscal year", "・FY2023: 2 cases"),
        ("How much subsidy did 株式会社火の国精機 receive in each year?", "・2023: 1 cases, ¥30 million"),
        ("株式会社火の国精機が受けた補助金は1件あたり平均いくらですか", "平均は3,000万円"),
        ("製造装置の研究開発の補助金を受けた企業は？", "株式会社火の国精機"),
        ("件名に「改修」が入っている補助金の受給者は？", "株式会社多摩製薬"),
        ("What subsidies did Genkai Robotics (玄海ロボット) get?", "ロボットの導入"),
        ("2024年6月1日から7月31日までに交付された補助金は何件？", "2件"),
        ("How many subsidies were granted between 1 June and 31 July 2024?", "2 cases"),
        ("一般財団法人肥後振興機構が受けた補助金は？", "半導体人材の育成"),
        ("subsidies granted to 一般財団法人肥後振興機構", "半導体人材の育成"),
        ("株式会社火の国精機の補助金を金額の大きい順に2件", "3,000万円"),
        ("largest subsidy granted by METI", "¥30 million"),
        ("一般財団法人肥後振興機構の補助金は？", "半導体人材の育成"),
        (
            "最近の九州の補助金は？",
            "補助金：9件です。\n・半導体人材の育成、一般財団法人肥後振興機構、100万円、2024-08-02",
        ),
        ("国立大学が受けた経済産業省の補助金は？", "国立大学法人肥後大学"),
        ("METI subsidies granted to universities", "国立大学法人肥後大学"),
        ("Which universities received METI subsidies?", "国立大学法人肥後大学"),
        ("経済産業省の補助金を最も多く受けた大学は？", "国立大学法人肥後大学"),
    ],
)
def test_words_that_nothing_knows_are_words_of_titles_and_things_are_told_apart(
    asker: Asker, question: str, told: str
) -> None:
    answer = asker.ask(question)
    assert answer.status == "answered", answer
    assert told in answer.answer


@pytest.mark.parametrize(
    "question",
    [
        "株式会社玄海ロボットが返還した補助金は？",
        "株式会社玄海ロボットの補助金はどの都道府県で使われましたか？",
        "補助金を申請したが採択されなかった企業は？",
        "株式会社玄海ロボットの補助金の審査点数は？",
        "深海探査の補助金を受けた企業は？",
        "福岡県の補助金と調達の両方がある企業は？",
        "Did Genkai Robotics (玄海ロボット) win any procurement contracts?",
    ],
)
def test_what_no_title_says_is_not_dropped(asker: Asker, question: str) -> None:
    answer = asker.ask(question)
    assert answer.status != "answered", answer.answer


def test_no_question_searches_all_companies_for_the_named_ones(asker: Asker) -> None:
    named = asker.ask("株式会社玄海ロボットの補助金は？").cypher
    assert "(taker:Company {id: taker_id})" in named
    both = asker.ask("㈲筑豊メディカルの補助金は？").cypher
    assert both.count("{id: taker_id}") == 2


def test_a_number_in_a_question_is_no_name(asker: Asker) -> None:
    assert asker.knowledge.names(["10", "2022", "半導体"]).keys() == {"半導体"}


def test_the_packaged_facts_alone_are_asked_as_ever(tmp_path: Path) -> None:
    with Store.open(Settings(_env_file=None, uri=None, home=tmp_path), SCHEMA) as store:
        load_folder(PACKAGED_FACTS, store, SCHEMA)
        assert Asker(store, SCHEMA).grants.read((), (), store.triples()) is None

"""Bulk files of gBizINFO of every generation become awards, contracts and what else they say of corporations."""

from __future__ import annotations

from pathlib import Path

import pytest
from open_files import REAL, SCHEMA, copied, load, number, one, register_row, written

from graph.store import Store
from loaders.formats import open_feed

SUBSIDIES = REAL / "Hojokinjoho_UTF-8_20260808.csv"
CONTRACTS = REAL / "Chotatsujoho_UTF-8_20260808.csv"


def test_real_subsidies_and_contracts_are_loaded_with_their_offices(packaged: Store, tmp_path: Path) -> None:
    for source, count in ((SUBSIDIES, 63), (CONTRACTS, 33)):
        _, rows = load(packaged, copied(source, tmp_path))
        assert (rows.loaded, rows.quarantined) == (count, 0)
    found = packaged.read(
        "MATCH (n {corporate_number: '7000020070009'})-[:RECEIVED]->(a:Award)-[:GRANTED_BY]->(i:Institution) "
        "RETURN a.amount, a.date, a.decision_year, a.status, i.name ORDER BY a.date LIMIT 1"
    )
    assert found.rows == [[3483071000, "2017-04-06", 2017, "granted", "経済産業省"]]
    assert one(packaged, "MATCH (i:Institution) WHERE i.name = '経済産業省' RETURN count(i)") == 1
    joint = "MATCH (p:Procurement) WHERE 'joint_amount' IN p.caveats RETURN count(p)"
    assert one(packaged, joint) == 2
    for source in (SUBSIDIES, CONTRACTS):
        report, _ = load(packaged, tmp_path / source.name)
        assert report.changes == 0


def test_an_amount_that_is_not_known_is_no_amount_but_flagged(packaged: Store, tmp_path: Path) -> None:
    load(packaged, copied(SUBSIDIES, tmp_path))
    found = packaged.read(
        "MATCH (a:Award) WHERE any(c IN a.caveats WHERE c IN ['no_amount', 'zero_amount']) "
        "RETURN DISTINCT a.amount, a.amount_text ORDER BY a.amount_text"
    )
    assert found.rows == [[None, "0"], [None, None]]


OLD = "法人番号,法人名,本社所在地,認定日,補助金等,金額,対象,府省,備考,連名リスト,補助金財源"


def old_subsidies(folder: Path, *rows: str) -> Path:
    path = folder / "Hojokinjoho.csv"
    path.write_text("\n".join([OLD, *rows, ""]), encoding="utf-8")
    return path


def test_the_older_header_is_read_and_its_rows_say_what_is_doubtful(packaged: Store, tmp_path: Path) -> None:
    name = f"{number(51)},試験51株式会社,熊本県菊池郡菊陽町大字原水1"
    rows = [
        f"{name},令和2年4月1日,令和元年度補正 試験補助金,△500,,経済産業省,,,一般会計",
        f"{name},,令和３年度試験補助金,変更後 1200000円,,経済産業省,,,",
        f'{name},2020-05-01,試験補助金,"1,234千円",,経済産業省,,甲社、乙社,',
        f"{name},2020-05-01,試験補助金,別途,,経済産業省,,,",
        f"{name},2020-05-01,試験補助金,別途,,経済産業省,,,",
    ]
    _, counted = load(packaged, old_subsidies(tmp_path, *rows))
    assert (counted.loaded, counted.quarantined) == (5, 0)
    found = packaged.read(
        "MATCH ({corporate_number: $n})-[:RECEIVED]->(a) "
        "RETURN a.date, a.decision_year, a.amount, a.caveats ORDER BY a.sources[0]",
        {"n": number(51)},
    )
    assert found.rows == [
        ["2020-04-01", 2020, -500, ["negative_amount"]],
        [None, 2021, 1200000, ["no_date", "year_from_title", "changed_amount"]],
        ["2020-05-01", 2020, 1234000, ["converted_amount", "joint_amount"]],
        ["2020-05-01", 2020, None, ["unreadable_amount"]],
        ["2020-05-01", 2020, None, ["repeated_row", "unreadable_amount"]],
    ]
    assert one(packaged, "MATCH ({corporate_number: $n})-[:LOCATED_IN]->(r) RETURN r.name", n=number(51)) == "菊陽町"


def test_a_table_with_the_names_of_the_rest_interface_is_read_too(packaged: Store, tmp_path: Path) -> None:
    path = copied(REAL / "subsidies_miyagi.csv", tmp_path)
    _, rows = load(packaged, path)
    assert (rows.read, rows.loaded, rows.quarantined) == (13, 13, 0)
    found = packaged.read(
        "MATCH (i:Institution {corporate_number: '6000020044211'})-[:RECEIVED]->(a) "
        "RETURN i.name, a.name, a.amount, a.date, a.decision_year, a.caveats ORDER BY a.date"
    )
    assert found.rows == [
        ["大和町", "平成３０年度放射性物質汚染廃棄物処理事業費補助金（農林業系廃棄物の処理加速化事業）", -77571, "2019-03-11", 2018,
         ["negative_amount", "may_pass_on"]],
        ["大和町", "廃棄物処理施設災害復旧事業費補助金", 420000, "2021-12-16", 2021, ["may_pass_on"]],
    ]  # fmt: skip
    # Numbered anew, the rows are the same.
    lines = path.read_text("utf-8").splitlines()
    path.write_text(
        "\n".join([lines[0], *(f"{k},{line.partition(',')[2]}" for k, line in enumerate(lines[1:]))]), "utf-8"
    )
    report, _ = load(packaged, path)
    assert report.nodes[0].unchanged > 0
    assert not any(change.added or change.removed for change in report.nodes)


BULK = {
    "Kihonjoho_UTF-8_20260808": (
        "法人番号,商号または名称,商号または名称（カナ）,商号または名称（英字）,登記記録の閉鎖等年月日,登記住所,郵便番号,都道府県コード,"
        "市区町村コード,組織種別,代表者名称,資本金,従業員数,事業概要,WebサイトURL,設立年月日,全省庁統一資格-営業品目,更新年月日,キー情報",
        ",試験株式会社,シケン,Trial Inc.,,熊本県菊池郡菊陽町1,8691100,43,43404,301,試験 太郎,10000000,12,試験の製造,"
        "https://example.com/,2001-04-01,精密機器類|その他,2026-08-01,k1",
        "MATCH (n {corporate_number: $n}) RETURN [n.capital, n.employees, n.founded, n.business_items, n.legal_form]",
        [10000000, 12, "2001-04-01", ["精密機器類", "その他"], "株式会社"],
    ),
    "Kihonjoho": (
        "法人番号,法人名,法人名ふりがな,法人名英語,郵便番号,本社所在地,ステータス,登記記録の閉鎖等年月日,登記記録の閉鎖等の事由,"
        "法人代表者名,法人代表者役職,資本金,従業員数,企業規模詳細(男性),企業規模詳細(女性),営業品目リスト,事業概要,企業ホームページ,"
        "設立年月日,創業年,最終更新日,資格等級",
        ",試験株式会社,しけん,,8691100,熊本県菊池郡菊陽町1,-,,,試験 太郎,代表取締役,5000000,7,,,118、129,試験の製造,,"
        "2001-04-01,,2018-07-18,A",
        "MATCH (n {corporate_number: $n}) RETURN [n.representative, n.grade, n.business_items, n.reading]",
        ["代表取締役 試験 太郎", "A", ["118", "129"], "しけん"],
    ),
    "Hojokinjoho": (
        "ID-識別値,名称-種別,名称-表記,名称-カナ表記,住所-種別,住所-表記,住所-郵便番号,更新日時,公表組織-名称表記,システム名,キー情報,"
        "法人活動-認定日,法人活動-活動名称,法人活動-部門,法人活動-対象,法人活動-金額,備考-種別,補助金-採択日,補助金-交付決定日,補助金-財源",
        ",商号,試験株式会社,,登記住所,熊本県菊池郡菊陽町1,8691100,2019-04-01,経済産業省,gBiz,k2,2019-03-01,試験補助金,,,1200000,,,"
        "2019-03-01,一般会計",
        "MATCH (n {corporate_number: $n})-[:RECEIVED]->(a)-[:GRANTED_BY]->(i) "
        "RETURN [a.name, a.amount, a.date, a.funding_source, i.name]",
        ["試験補助金", 1200000, "2019-03-01", "一般会計", "経済産業省"],
    ),
    "TodokedeNinteijoho": (
        "ID-識別値,名称-種別,名称-表記,住所-表記,公表組織-名称表記,キー情報,法人活動-認定日,法人活動-活動名称,法人活動-部門,法人活動-対象",
        ",商号,試験株式会社,熊本県菊池郡菊陽町1,厚生労働省,k3,2019-03-01,試験認定,全社,",
        "MATCH (n {corporate_number: $n})-[:RECEIVED]->(a) RETURN [a.name, a.status, a.division]",
        ["試験認定", "approved", "全社"],
    ),
    "TodokedeNinteijoho_UTF-8_20260808": (
        "法人番号,商号または名称,登記住所,証明日,名称,対象,部門,発行元",
        ",試験株式会社,,2012-04-16,前払式支払手段（第三者型）発行者登録,全社,,金融庁",
        "MATCH ({corporate_number: $n})-[:RECEIVED]->(a) RETURN [a.name, a.status, a.target, a.date]",
        ["前払式支払手段（第三者型）発行者登録", "approved", "全社", "2012-04-16"],
    ),
    "Hyoshojoho_UTF-8_20260808": (
        "法人番号,商号または名称,登記住所,証明日,名称,対象,部門,発行元,備考",
        ",試験株式会社,,,くるみん認定,,２０１５,厚生労働省,",
        "MATCH ({corporate_number: $n})-[:RECEIVED]->(a) RETURN [a.name, a.status, a.division, a.caveats]",
        ["くるみん認定", "commended", "２０１５", ["no_date"]],
    ),
    "Tokkyojoho_UTF-8_20260808": (
        "法人番号,商号または名称,登記住所,特許/意匠/商標,登録番号,出願年月日,特許_FI分類_コード値,特許_FI分類_コード値（日本語）,"
        "特許_Fターム-テーマコード,意匠_意匠新分類_コード値,意匠_意匠新分類_コード値（日本語）,商標_類_コード値,商標_類_コード値（日本語）,"
        "発明の名称(等)/意匠に係る物品/表示用商標,文献固定アドレス",
        ",試験株式会社,,特許,6000001,2017-11-17,G06F,電気的デジタルデータ処理,5B089,,,,,半導体の製造方法,",
        "MATCH ({corporate_number: $n})-[:HOLDS_RIGHT]->(a) RETURN [a.name, a.kind, a.number, a.classes]",
        ["半導体の製造方法", "patent", "6000001", ["G06F", "電気的デジタルデータ処理", "5B089"]],
    ),
    "Zaimujoho_UTF-8_20260808": (
        "法人番号,商号または名称,登記住所,会計基準,事業年度,回次,売上高,売上高（単位）,営業収益,営業収益（単位）,経常利益又は経常損失（△）,"
        "経常利益又は経常損失（△）(単位),当期純利益又は当期純損失（△）,当期純利益又は当期純損失（△）(単位),資本金,資本金(単位),純資産額,"
        "純資産額(単位),総資産額,総資産額(単位),従業員数,従業員数(単位),大株主1,発行済株式総数に対する所有株式数の割合1",
        ",試験株式会社,,Japan GAAP,2025年3月期,第10期,1500,百万円,,,120,百万円,-30,百万円,50,百万円,900,百万円,2000,百万円,40,人,"
        "試験持株会,10.5",
        "MATCH (n {corporate_number: $n}) RETURN [n.sales, n.net_income, n.total_assets, n.basis, n.accounts]",
        [
            1500000000,
            -30000000,
            2000000000,
            "2025年3月期 第10期",
            [
                "2025年3月期 第10期：売上高 1,500,000,000円、経常利益又は経常損失 120,000,000円、当期純利益又は当期純損失 "
                "-30,000,000円、資本金 50,000,000円、純資産額 900,000,000円、総資産額 2,000,000,000円、大株主 試験持株会"
            ],
        ],
    ),
    "Shokubajoho_UTF-8_20260808": (
        "法人番号,商号または名称,登記住所,平均継続勤務年数-範囲,平均継続勤務年数-男性,平均継続勤務年数-女性,従業員の平均年齢,"
        "月平均所定外労働時間,女性管理職人数,キー情報,データ品質,出典元,最終取得日,最終更新日",
        ",試験株式会社,,正社員,12.1,10.2,41,8.5,3,k,d,s,2026-01-01,2026-01-01",
        "MATCH (n {corporate_number: $n}) RETURN n.workplace",
        [
            "平均継続勤務年数-範囲 正社員",
            "平均継続勤務年数-男性 12.1",
            "平均継続勤務年数-女性 10.2",
            "従業員の平均年齢 41",
            "月平均所定外労働時間 8.5",
            "女性管理職人数 3",
        ],
    ),
}


@pytest.mark.parametrize("at", range(len(BULK)))
def test_every_bulk_file_is_told_by_its_headers_and_says_what_it_holds(
    packaged: Store, tmp_path: Path, at: int
) -> None:
    stem, (header, row, query, expected) = list(BULK.items())[at]
    # A name that tells nothing, so that the headers must; only those of 2019 to 2022 need the name.
    path = tmp_path / (f"{stem}_{at}.csv" if header.startswith("ID-識別値") else f"download_{at}_{stem[-8:]}.csv")
    path.write_text(f"{header}\n{number(60 + at)}{row}\n", encoding="utf-8-sig")
    _, rows = load(packaged, path)
    assert (rows.loaded, rows.quarantined) == (1, 0)
    assert one(packaged, query, n=number(60 + at)) == expected
    report, _ = load(packaged, path)
    assert report.changes == 0


def test_the_register_names_a_corporation_and_other_files_add_what_they_call_it(
    packaged: Store, tmp_path: Path
) -> None:
    load(packaged, written(tmp_path / "diff_20260811.csv", [register_row(71, name="登記名株式会社")]))
    row = f"{number(71)},通称名株式会社,,2020-04-01,試験補助金,100,,経済産業省,,,"
    load(packaged, old_subsidies(tmp_path, row))
    thing = one(packaged, "MATCH (n {corporate_number: $n}) RETURN n", n=number(71)).properties
    assert (thing["name"], thing["aliases"]) == ("登記名株式会社", ["通称名株式会社"])


def test_a_newer_file_replaces_what_the_older_one_of_the_same_name_stated(packaged: Store, tmp_path: Path) -> None:
    header = "法人番号,商号または名称,登記住所,証明日,名称,金額,対象,発行元,キー情報"
    rows = [f"{number(72)},試験株式会社,,2020-04-01,補助金{k},100,,経済産業省,key_{k}" for k in "ab"]
    first = tmp_path / "Hojokinjoho_part_20260708.csv"
    first.write_text("\n".join([header, *rows]), encoding="utf-8")
    load(packaged, first)
    second = tmp_path / "Hojokinjoho_part_20260808.csv"
    second.write_text("\n".join([header, rows[0]]), encoding="utf-8")
    load(packaged, second)
    assert one(packaged, "MATCH ({corporate_number: $n})-[:RECEIVED]->(a) RETURN a.name", n=number(72)) == "補助金a"


def test_a_table_of_other_columns_is_no_open_data(tmp_path: Path) -> None:
    assert open_feed(written(tmp_path / "members.csv", [["名称", "所在地"], ["甲社", "長野県"]]), SCHEMA) is None

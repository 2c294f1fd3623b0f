"""Registers and bulk files as offices publish them become corporations, awards and contracts; no row goes missing."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stdnum.jp import cn

from graph.errors import SourceError
from graph.schema import load_schema
from graph.settings import Settings
from graph.store import LoadReport, Store
from loaders.formats import open_feed
from loaders.load import PACKAGED_CODES, PACKAGED_FACTS, load_folder
from loaders.stream import Rows, load_feed

REAL = Path(__file__).with_name("open_data")
DIFF = REAL / "diff_20260821.csv"
SUBSIDIES = REAL / "Hojokinjoho_UTF-8_20260808.csv"
CONTRACTS = REAL / "Chotatsujoho_UTF-8_20260808.csv"
SCHEMA = load_schema()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A graph with the packaged facts and the municipalities."""
    home = tmp_path_factory.mktemp("open_data")
    with Store.open(Settings(_env_file=None, uri=None, home=home), SCHEMA) as opened:
        load_folder(PACKAGED_FACTS, opened, SCHEMA)
        load_folder(PACKAGED_CODES / "places", opened, SCHEMA)
        yield opened


def load(store: Store, path: Path, quarantine: Path | None = None, **more: Any) -> tuple[LoadReport, Rows]:
    feed = open_feed(path, SCHEMA)
    assert feed is not None, path
    rejected = quarantine or path.parent / "quarantine" / path.name
    report, rows = load_feed(feed, store, SCHEMA, rejected, **more)
    assert rows.read == rows.loaded + rows.unchanged + rows.quarantined
    return report, rows


def copied(path: Path, folder: Path, name: str = "") -> Path:
    return Path(shutil.copy(path, folder / (name or path.name)))


def one(store: Store, cypher: str, **parameters: Any) -> Any:
    """The only cell of the only row."""
    ((cell,),) = store.read(cypher, parameters).rows
    return cell


def number(at: int, form: str = "01") -> str:
    """A sound corporate number that no real corporation has: registry 9999."""
    rest = f"9999{form}{at:06d}"
    return str(cn.calc_check_digit(rest)) + rest


def register_row(at: int = 1, **cells: str) -> list[str]:
    """A row of the register of corporations, current and of 熊本県菊陽町 unless `cells` say otherwise."""
    names = [
        "sequence",
        "number",
        "process",
        "correct",
        "updated",
        "changed",
        "name",
        "image",
        "kind",
        "prefecture",
        "city",
        "street",
        "image2",
        "prefecture_code",
        "city_code",
        "post",
        "outside",
        "image3",
        "closed",
        "cause",
        "successor",
        "change_cause",
        "assigned",
        "latest",
        "name_en",
        "en2",
        "en3",
        "en4",
        "reading",
        "hidden",
    ]
    plain = {
        "sequence": "1", "number": number(at), "process": "01", "correct": "0", "updated": "2026-08-01",
        "changed": "2026-08-01", "name": f"試験{at}株式会社", "kind": "301", "prefecture": "熊本県", "city": "菊池郡菊陽町",
        "street": "１番地", "prefecture_code": "43", "city_code": "404", "post": "8691100", "assigned": "2020-01-01",
        "latest": "1", "hidden": "0",
    }  # fmt: skip
    return [cells.get(name, plain.get(name, "")) for name in names]


def written(path: Path, rows: list[list[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


# The register of corporations


def test_a_real_difference_of_the_register_is_loaded_with_every_row_accounted_for(store: Store, tmp_path: Path) -> None:
    path = copied(DIFF, tmp_path)
    _, rows = load(store, path)
    assert (rows.read, rows.loaded, rows.quarantined) == (60, 60, 0)
    thing = one(store, "MATCH (c:Company {corporate_number: '1010001057921'}) RETURN c")
    assert thing.properties["name"] == "Ｕｍｉｏｓテック株式会社"
    assert thing.properties["former_names"] == [
        "株式会社ＣＡＣマルハニチロシステムズ",
        "マルハニチロソリューションズ株式会社",
    ]
    assert (
        "2023-04-03 商号又は名称の変更：株式会社ＣＡＣマルハニチロシステムズ → マルハニチロソリューションズ株式会社"
        in thing.properties["history"]
    )
    place = "MATCH (:Company {corporate_number: '1010001057921'})-[:LOCATED_IN]->(r) RETURN r.name"
    assert one(store, place) == "中央区"
    merged = (
        "MATCH (h)-[:SUCCEEDS]->(:Company {corporate_number: '6180001044849', registration: 'merged'}) RETURN h.name"
    )
    assert one(store, merged) == "株式会社グッドライフ"
    revived = "MATCH (c:Company {corporate_number: '1070001008266'}) RETURN c.registration"
    assert one(store, revived) == "active"
    again, rows = load(store, path)
    assert again.changes == 0
    assert (rows.loaded, rows.unchanged) == (0, 60)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_the_encoding_makes_no_difference(store: Store, tmp_path: Path, encoding: str) -> None:
    text = DIFF.read_bytes().decode("cp932")
    path = tmp_path / DIFF.name
    path.write_bytes(text.encode(encoding))
    load(store, DIFF, quarantine=tmp_path / "rejected.csv")
    report, rows = load(store, path)
    assert rows.quarantined == 0
    assert report.changes == 0


def test_a_zip_file_is_read_as_downloaded(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "diff_20260821.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(DIFF, "diff_20260821.csv")
        archive.writestr("diff_20260821.csv.asc", "signature")
    _, rows = load(store, path)
    assert rows.read == 60


def test_a_new_name_in_a_difference_keeps_the_old_one_with_its_date(store: Store, tmp_path: Path) -> None:
    load(store, written(tmp_path / "43_kumamoto_all_20260731.csv", [register_row(11, name="旧名産業株式会社")]))
    changed = register_row(11, name="新名産業株式会社", process="11", changed="2026-08-03", updated="2026-08-04")
    load(store, written(tmp_path / "diff_20260804.csv", [changed]))
    thing = one(store, "MATCH (c:Company {corporate_number: $n}) RETURN c", n=number(11)).properties
    assert thing["name"] == "新名産業株式会社"
    assert thing["former_names"] == ["旧名産業株式会社"]
    assert thing["history"] == ["2026-08-03 商号又は名称の変更：旧名産業株式会社 → 新名産業株式会社"]
    report, _ = load(store, tmp_path / "diff_20260804.csv")
    assert report.changes == 0


def test_an_older_file_does_not_bring_an_old_name_back(store: Store, tmp_path: Path) -> None:
    load(store, written(tmp_path / "diff_20260902.csv", [register_row(12, name="今の株式会社", updated="2026-09-02")]))
    load(store, written(tmp_path / "diff_20260701.csv", [register_row(12, name="昔の株式会社", updated="2026-07-01")]))
    assert one(store, "MATCH (c:Company {corporate_number: $n}) RETURN c.name", n=number(12)) == "今の株式会社"


def test_a_closed_and_a_deleted_corporation_say_so(store: Store, tmp_path: Path) -> None:
    load(store, written(tmp_path / "13_all_20260731.csv", [register_row(13), register_row(14)]))
    closed = register_row(13, process="21", closed="2026-08-05", cause="01", updated="2026-08-06")
    gone = ["9", number(14), "99", "0", "2026-08-06", *[""] * 25]
    unknown = ["9", number(15), "99", "0", "2026-08-06", *[""] * 25]
    _, rows = load(store, written(tmp_path / "diff_20260806.csv", [closed, gone, unknown]))
    assert (rows.loaded, rows.unchanged) == (2, 1)
    states = store.read(
        "MATCH (c:Company) WHERE c.corporate_number IN $n RETURN c.registration, c.closed_on, c.name ORDER BY c.name",
        {"n": [number(13), number(14), number(15)]},
    ).rows
    assert states == [["closed", "2026-08-05", "試験13株式会社"], ["deleted", None, "試験14株式会社"]]


def test_offices_foundations_and_companies_are_told_apart_by_their_number(store: Store, tmp_path: Path) -> None:
    rows = [register_row(21), register_row(22, number=number(22, "05"), kind="399", name="一般財団法人試験")]
    load(store, written(tmp_path / "diff_20260807.csv", rows))
    found = store.read(
        "MATCH (n) WHERE n.corporate_number IN $n RETURN labels(n)[0]", {"n": [number(21), number(22, "05")]}
    )
    assert sorted(found.rows) == [["Company"], ["Institution"]]


def test_bad_rows_go_to_the_quarantine_with_line_and_reason_and_the_rest_is_loaded(
    store: Store, tmp_path: Path
) -> None:
    sound = ",".join(register_row(31)).encode()
    wrong = ",".join(register_row(32, number="1234567890123")).encode()
    lines = [
        sound,
        wrong,
        b",".join(sound.split(b",")[:12]),
        sound.replace("試験31".encode(), "試験".encode() + b"\xff"),
        sound.replace("試験31".encode(), b"a\0b"),
        sound.replace(b"2026-08-01", b"2026-13-01", 1),
        sound.replace("試験31株式会社".encode(), '"試験'.encode()),
        ",".join(register_row(33)).encode(),
    ]
    path = tmp_path / "diff_20260808.csv"
    path.write_bytes(b"\n".join(lines) + b"\n")
    _, rows = load(store, path)
    assert (rows.read, rows.loaded, rows.quarantined) == (8, 2, 6)
    assert rows.quarantine is not None
    with rows.quarantine.open(encoding="utf-8-sig", newline="") as file:
        told = {row["line"]: row["reason"] for row in csv.DictReader(file)}
    assert told["2"] == "the check digit of the corporate number 1234567890123 is wrong"
    assert told["3"] == "12 cells, not 30"
    assert told["4"] == "a byte that is no character (0xff)"
    assert told["5"] == "null bytes"
    assert "month must be in 1..12" in told["6"]
    assert told["7"] == "a quote is not closed"


def test_a_dry_run_writes_nothing(store: Store, tmp_path: Path) -> None:
    before = store.counts()
    report, rows = load(store, written(tmp_path / "diff_20260809.csv", [register_row(41)]), dry_run=True)
    assert report.changes > 0
    assert rows.loaded == 1
    assert store.counts() == before


def test_a_file_without_a_usable_row_is_an_error_and_writes_nothing(store: Store, tmp_path: Path) -> None:
    before = store.counts()
    with pytest.raises(SourceError, match="No row can be used"):
        load(store, written(tmp_path / "diff_20260810.csv", [register_row(1, number="1234567890123")]))
    assert store.counts() == before


# gBizINFO


def test_real_subsidies_and_contracts_are_loaded_with_their_offices(store: Store, tmp_path: Path) -> None:
    for source, count in ((SUBSIDIES, 63), (CONTRACTS, 33)):
        _, rows = load(store, copied(source, tmp_path))
        assert (rows.loaded, rows.quarantined) == (count, 0)
    found = store.read(
        "MATCH (n {corporate_number: '7000020070009'})-[:RECEIVED]->(a:Award)-[:GRANTED_BY]->(i:Institution) "
        "RETURN a.amount, a.date, a.decision_year, a.status, i.name ORDER BY a.date LIMIT 1"
    )
    assert found.rows == [[3483071000, "2017-04-06", 2017, "granted", "経済産業省"]]
    assert one(store, "MATCH (i:Institution) WHERE i.name = '経済産業省' RETURN count(i)") == 1
    joint = "MATCH (p:Procurement) WHERE 'joint_amount' IN p.caveats RETURN count(p)"
    assert one(store, joint) == 2
    for source in (SUBSIDIES, CONTRACTS):
        report, _ = load(store, tmp_path / source.name)
        assert report.changes == 0


def test_an_amount_that_is_not_known_is_no_amount_but_flagged(store: Store, tmp_path: Path) -> None:
    load(store, copied(SUBSIDIES, tmp_path))
    found = store.read(
        "MATCH (a:Award) WHERE any(c IN a.caveats WHERE c IN ['no_amount', 'zero_amount']) "
        "RETURN DISTINCT a.amount, a.amount_text ORDER BY a.amount_text"
    )
    assert found.rows == [[None, "0"], [None, None]]


OLD = "法人番号,法人名,本社所在地,認定日,補助金等,金額,対象,府省,備考,連名リスト,補助金財源"


def old_subsidies(folder: Path, *rows: str) -> Path:
    path = folder / "Hojokinjoho.csv"
    path.write_text("\n".join([OLD, *rows, ""]), encoding="utf-8")
    return path


def test_the_older_header_is_read_and_its_rows_say_what_is_doubtful(store: Store, tmp_path: Path) -> None:
    name = f"{number(51)},試験51株式会社,熊本県菊池郡菊陽町大字原水1"
    rows = [
        f"{name},令和2年4月1日,令和元年度補正 試験補助金,△500,,経済産業省,,,一般会計",
        f"{name},,令和３年度試験補助金,変更後 1200000円,,経済産業省,,,",
        f'{name},2020-05-01,試験補助金,"1,234千円",,経済産業省,,甲社、乙社,',
        f"{name},2020-05-01,試験補助金,別途,,経済産業省,,,",
        f"{name},2020-05-01,試験補助金,別途,,経済産業省,,,",
    ]
    _, counted = load(store, old_subsidies(tmp_path, *rows))
    assert (counted.loaded, counted.quarantined) == (5, 0)
    found = store.read(
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
    assert one(store, "MATCH ({corporate_number: $n})-[:LOCATED_IN]->(r) RETURN r.name", n=number(51)) == "菊陽町"


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
def test_every_bulk_file_is_told_by_its_headers_and_says_what_it_holds(store: Store, tmp_path: Path, at: int) -> None:
    stem, (header, row, query, expected) = list(BULK.items())[at]
    # A name that tells nothing, so that the headers must.
    path = tmp_path / f"download_{at}_{stem[-8:]}.csv"
    path.write_text(f"{header}\n{number(60 + at)}{row}\n", encoding="utf-8-sig")
    _, rows = load(store, path)
    assert (rows.loaded, rows.quarantined) == (1, 0)
    assert one(store, query, n=number(60 + at)) == expected
    report, _ = load(store, path)
    assert report.changes == 0


def test_the_register_names_a_corporation_and_other_files_add_what_they_call_it(store: Store, tmp_path: Path) -> None:
    load(store, written(tmp_path / "diff_20260811.csv", [register_row(71, name="登記名株式会社")]))
    row = f"{number(71)},通称名株式会社,,2020-04-01,試験補助金,100,,経済産業省,,,"
    load(store, old_subsidies(tmp_path, row))
    thing = one(store, "MATCH (n {corporate_number: $n}) RETURN n", n=number(71)).properties
    assert (thing["name"], thing["aliases"]) == ("登記名株式会社", ["通称名株式会社"])


def test_a_newer_file_replaces_what_the_older_one_of_the_same_name_stated(store: Store, tmp_path: Path) -> None:
    header = "法人番号,商号または名称,登記住所,証明日,名称,金額,対象,発行元,キー情報"
    rows = [f"{number(72)},試験株式会社,,2020-04-01,補助金{k},100,,経済産業省,key_{k}" for k in "ab"]
    first = tmp_path / "Hojokinjoho_part_20260708.csv"
    first.write_text("\n".join([header, *rows]), encoding="utf-8")
    load(store, first)
    second = tmp_path / "Hojokinjoho_part_20260808.csv"
    second.write_text("\n".join([header, rows[0]]), encoding="utf-8")
    load(store, second)
    assert one(store, "MATCH ({corporate_number: $n})-[:RECEIVED]->(a) RETURN a.name", n=number(72)) == "補助金a"


def test_a_table_of_other_columns_is_no_open_data(tmp_path: Path) -> None:
    assert open_feed(written(tmp_path / "members.csv", [["名称", "所在地"], ["甲社", "長野県"]]), SCHEMA) is None


def test_a_zip_bomb_and_a_zip_without_a_table_are_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * 50_000_000)
    with pytest.raises(SourceError, match="would unpack"):
        open_feed(bomb, SCHEMA)
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.exe", b"x")
    with pytest.raises(SourceError, match="holds 0 tables"):
        open_feed(other, SCHEMA)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(bomb.read_bytes()[:2000])
    with pytest.raises(SourceError, match="is no zip file"):
        open_feed(broken, SCHEMA)


def test_a_million_columns_are_one_rejected_row(store: Store, tmp_path: Path) -> None:
    text = io.StringIO()
    csv.writer(text).writerow(register_row(81))
    path = tmp_path / "diff_20260812.csv"
    path.write_text(
        text.getvalue() + "," * 1_000_000 + "\n" + text.getvalue().replace(number(81), number(82)), encoding="utf-8"
    )
    _, rows = load(store, path)
    assert (rows.loaded, rows.quarantined) == (2, 1)

"""A size, a seed and a folder enter, made-up open data of that size in the real formats leaves as files there.

Names, places and forms are spread like those of the country: a fifth of the corporations in Tokyo, seven in ten of them
companies limited by shares, and surnames, places and trades that return in many names.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from itertools import accumulate, islice
from pathlib import Path

from loaders.load import PACKAGED_CODES

# Sizes of August 2026.
CORPORATIONS, SUBSIDIES, CONTRACTS = 5_000_000, 545_877, 308_377
_FORMS = {
    "301": ("01", "株式会社", 55),
    "302": ("02", "有限会社", 30),
    "305": ("03", "合同会社", 8),
    "399": ("05", "一般社団法人", 7),
}
_HEADS = [
    "佐藤",
    "鈴木",
    "高橋",
    "田中",
    "伊藤",
    "渡辺",
    "山本",
    "中村",
    "小林",
    "加藤",
    "吉田",
    "山田",
    "佐々木",
    "山口",
    "松本",
    "井上",
    "木村",
    "林",
    "斎藤",
    "清水",
    "東洋",
    "日本",
    "大和",
    "富士",
    "三和",
    "協和",
    "共栄",
    "太陽",
    "朝日",
    "新日本",
    "アクア",
    "サン",
    "グリーン",
    "テクノ",
    "ネクスト",
    "ライフ",
    "アート",
    "エム・ケー",
    "ユニオン",
    "スマイル",
]
_MIDDLES = [
    "北海",
    "東北",
    "関東",
    "信州",
    "中部",
    "近畿",
    "中国",
    "四国",
    "九州",
    "東京",
    "横浜",
    "名古屋",
    "大阪",
    "神戸",
    "福岡",
    "熊本",
    "第一",
    "中央",
    "総合",
    "国際",
]
_TRADES = [
    "建設",
    "工業",
    "商事",
    "製作所",
    "電機",
    "精機",
    "運輸",
    "不動産",
    "食品",
    "興業",
    "産業",
    "システム",
    "設計",
    "サービス",
    "工務店",
    "物産",
    "エンジニアリング",
    "農園",
    "薬局",
    "ソリューションズ",
    "半導体",
    "マテリアル",
    "メディカル",
    "印刷",
    "金属",
    "化学",
    "繊維",
    "造船",
    "水産",
    "観光",
]
_TITLES = (
    "令和{y}年度中小企業経営支援等対策費補助金（戦略的基盤技術高度化支援事業）（{t}の研究開発）",
    "令和{y}年度ものづくり・商業・サービス生産性向上促進補助金（{t}）",
    "令和{y}年度産業技術実用化開発事業費補助金（{t}の実用化）",
    "小規模事業者持続化補助金＜一般型＞ 第{y}回受付締切分",
)
_SUBJECTS = [
    "半導体製造装置",
    "医療機器",
    "航空機部品",
    "防衛装備品",
    "蓄電池",
    "精密金型",
    "ロボット",
    "水素",
    "バイオ",
    "造船",
    "食品加工",
    "ドローン",
]
_OFFICES = [
    "経済産業省",
    "中小企業庁",
    "資源エネルギー庁",
    "厚生労働省",
    "農林水産省",
    "国土交通省",
    "環境省",
    "防衛省",
    "総務省",
    "文部科学省",
]
_TOKYO_WEIGHT = 20
Corporation = tuple[str, str]


def _places() -> tuple[list[tuple[str, str, str]], list[int]]:
    """(prefecture, municipality, code) of every place, and running weights."""
    with (PACKAGED_CODES / "places" / "municipalities.csv").open(encoding="utf-8") as file:
        rows = [(row["heading"], row["name"], row["code"]) for row in csv.DictReader(file)]
    weights = [_TOKYO_WEIGHT if row[0] == "東京都" and row[1].endswith("区") else 1 for row in rows]
    return rows, list(accumulate(weights))


def check_digit(rest: str) -> str:
    """The digit before twelve others; python-stdnum's checks it when the file is loaded."""
    return str(9 - sum(int(d) * (1 if at % 2 else 2) for at, d in enumerate(rest)) % 9)


def corporations(count: int, seed: int = 1) -> Iterator[list[str]]:
    """Rows of the register of corporations, each of another corporation, ordered by number as the real file is not."""
    chance = random.Random(seed)
    places, weights = _places()
    kinds, kind_weights = list(_FORMS), list(accumulate(form[2] for form in _FORMS.values()))
    for at in range(count):
        kind = chance.choices(kinds, cum_weights=kind_weights)[0]
        digits, form, _ = _FORMS[kind]
        rest = f"{at // 1_000_000 + 100:04d}{digits}{at % 1_000_000:06d}"
        prefecture, city, code = chance.choices(places, cum_weights=weights)[0]
        name = _name(chance, form)
        day = f"{chance.randrange(2015, 2026)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
        closed = day if chance.random() < 0.1 else ""
        yield [
            str(at + 1), check_digit(rest) + rest, "21" if closed else "01", "0", "2026-07-31", day, name, "", kind, prefecture,
            city, f"{chance.randrange(1, 9)}丁目{chance.randrange(1, 40)}番{chance.randrange(1, 20)}号", "", code[:2], code[2:5],
            f"{chance.randrange(10**6, 10**7)}", "", "", closed, "01" if closed else "", "", "", "2015-10-05", "1", "", "", "",
            "", "", "0",
        ]  # fmt: skip


def _name(chance: random.Random, form: str) -> str:
    core = chance.choice(_HEADS) + (chance.choice(_MIDDLES) if chance.random() < 0.5 else "") + chance.choice(_TRADES)
    if chance.random() < 0.3:
        core += str(chance.randrange(1, 1000))
    return form + core if chance.random() < 0.5 else core + form


def write_all(folder: Path, scale: float = 1.0, seed: int = 1) -> list[Path]:
    """Write the three files at `scale` of the national size."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{stem}_20260731.csv" for stem in ("00_zenkoku_all", "Hojokinjoho_UTF-8", "Chotatsujoho_UTF-8")]
    known: list[Corporation] = []
    chance = random.Random(seed)
    count = round(CORPORATIONS * scale)
    with paths[0].open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in corporations(count, seed):
            writer.writerow(row)
            if chance.random() < 0.06:
                known.append((row[1], row[6]))
    head = ["法人番号", "商号または名称", "登記住所"]
    _write(
        paths[1],
        [*head, "証明日", "名称", "金額", "対象", "発行元", "キー情報"],
        _subsidies(chance, known, round(SUBSIDIES * scale)),
    )
    _write(
        paths[2],
        [*head, "受注日", "件名", "落札価格", "組織名", "備考", "キー情報"],
        _contracts(chance, known, round(CONTRACTS * scale)),
    )
    return paths


def write_difference(folder: Path, count: int, rows: int = 5_000, seed: int = 1) -> Path:
    """Write a daily difference: new names for corporations of a file with `count` of them."""
    path = folder / "diff_20260801.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in islice(corporations(count, seed), min(rows, count)):
            writer.writerow([row[0], row[1], "11", "0", "2026-08-01", "2026-08-01", f"新{row[6]}", *row[7:]])
    return path


def _write(path: Path, header: list[str], rows: Iterator[list[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def _day(chance: random.Random) -> str:
    return f"{chance.randrange(2017, 2027)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"


def _subsidies(chance: random.Random, known: list[Corporation], count: int) -> Iterator[list[str]]:
    for at in range(count):
        title = chance.choice(_TITLES).format(y=chance.randrange(1, 9), t=chance.choice(_SUBJECTS))
        amount = chance.choice(("", "0", str(chance.randrange(10**5, 10**8)), str(chance.randrange(10**5, 10**8))))
        yield [*chance.choice(known), "", _day(chance), title, amount, "", chance.choice(_OFFICES), f"s_{at:08d}"]


def _contracts(chance: random.Random, known: list[Corporation], count: int) -> Iterator[list[str]]:
    for at in range(count):
        title = f"{chance.choice(_SUBJECTS)}に関する調査{at % 1000}"
        yield [
            *chance.choice(known),
            "",
            _day(chance),
            title,
            str(chance.randrange(10**5, 10**8)),
            chance.choice(_OFFICES),
            "",
            f"c_{at:08d}",
        ]

"""Titles of awards and contracts tell their sectors and technologies by words, measured on 300 real titles."""

from __future__ import annotations

import pytest

from benchmarks.tags import LABELLED, measured, packaged_tagger

TAGGER = packaged_tagger()


@pytest.mark.parametrize(
    ("title", "issuer", "wanted"),
    [
        ("庁舎清掃業務", "防衛省", {}),
        ("防衛省市ヶ谷地区の庁舎清掃業務", "防衛省", {}),
        ("装備品の整備", "防衛装備庁", {"Sector/防衛": ("装備品", "防衛装備庁")}),
        ("装備品の整備", "国土交通省", {}),
        ("医療法人社団甲会への補助金", "厚生労働省", {}),
        ("医療法人社団甲会の内視鏡の購入", "厚生労働省", {"Sector/医療機器": ("内視鏡",)}),
        ("半導体製造装置の開発", "経済産業省", {"Sector/半導体製造装置": ("半導体製造装置",)}),
        ("ＡＩを用いた検品", "経済産業省", {"Sector/人工知能": ("ai",)}),
        ("ＭＡＩＬサーバの更改", "経済産業省", {"Sector/情報・デジタル": ("サーバ",)}),
        ("福島再生加速化交付金（原子力災害被災地域産業団地等整備等支援事業）", "経済産業省", {}),
    ],
)
def test_a_title_tells_what_it_concerns_and_the_words_that_say_so(
    title: str, issuer: str, wanted: dict[str, tuple[str, ...]]
) -> None:
    assert {tag.id: tag.words for tag in TAGGER.of(title, issuer)} == wanted


def test_an_issuer_alone_tells_nothing() -> None:
    assert TAGGER.of("茶菓類の購入", "防衛装備庁") == ()


def test_precision_and_recall_on_titles_labelled_by_hand_are_what_the_documentation_says() -> None:
    found = measured(TAGGER)
    assert found.rows == 300, LABELLED
    assert found.precision > 0.87
    assert found.recall > 0.97

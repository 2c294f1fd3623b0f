"""Subsidies of the jGrants API, saved or served, become programmes with limits, periods and areas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from served import served

from graph.errors import SourceError
from graph.records import Node
from loaders import fetch
from loaders.entries import Entry, Rejected, Stated
from loaders.jgrants import address_feed, file_feed
from loaders.places import Places

LIST = Path(__file__).with_name("open_data") / "jgrants_list.json"
PLACES = Places([("Region/和歌山県", "和歌山県", "300004"), ("Region/東京都", "東京都", "130001")])
DETAIL = {
    "id": "a0WJ200000CDe5zMAD",
    "title": "令和８年度_中小企業等海外展開支援事業費補助金",
    "detail": "<p>海外での&nbsp;商標登録を<br>支援します。</p>",
    "subsidy_rate": "1/2",
    "subsidy_max_limit": 3000000,
    "industry": "製造業 / 卸売業、小売業",
    "use_purpose": "販路拡大・海外展開をしたい",
    "institution_name": "わかやま産業振興財団",
    "target_area_search": "和歌山県 / 東京都",
    "application_guidelines": [{"name": "公募要領.pdf", "data": "JVBERi0="}],
    "outline_of_grant": None,
    "front_subsidy_detail_page_url": "https://www.jgrants-portal.go.jp/subsidy/a0WJ200000CDe5zMAD",
}


def read(feed: Any) -> list[Stated]:
    return list(feed.read(PLACES, lambda done: None))


def programme(entry: Stated) -> Node:
    assert isinstance(entry, Entry)
    assert entry.thing is not None
    return entry.thing


def test_a_saved_list_tells_each_subsidy_with_its_limit_and_period_in_japanese_time() -> None:
    feed = file_feed(LIST)
    assert feed is not None
    first, second = read(feed)
    assert programme(first).properties["accepts_from"] == "2026-08-14"
    assert programme(first).properties["aliases"] == ["S-00009699"]
    assert isinstance(first, Entry)
    assert [(n.label, n.properties["amount"]) for n in first.others] == [("FundingTerm", 3000000)]
    assert [(r.type, r.end) for r in first.relations if r.type == "LOCATED_IN"] == [("LOCATED_IN", "Region/和歌山県")]
    assert isinstance(second, Entry)
    assert second.others == ()  # a limit of 0 says that none was entered
    assert [r.end for r in second.relations] == ["Region/日本"]


def test_other_json_is_no_jgrants_and_broken_json_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"a": 1}', encoding="utf-8")
    assert file_feed(path) is None
    path.write_text('{"result": [', encoding="utf-8")
    with pytest.raises(SourceError, match="no JSON"):
        file_feed(path)
    path.write_bytes(b'{"result": ["\xff"]}')
    with pytest.raises(SourceError, match="no text in UTF-8"):
        file_feed(path)


def test_a_subsidy_without_a_title_or_with_a_wrong_limit_is_rejected_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    items = [
        {"id": "1", "title": ""},
        {"id": "2", "title": "甲", "subsidy_max_limit": "many"},
        {"id": "3", "title": "乙"},
    ]
    path.write_text(json.dumps({"result": items}), encoding="utf-8")
    feed = file_feed(path)
    assert feed is not None
    assert [type(item) for item in read(feed)] == [Rejected, Rejected, Entry]


ENVELOPE = {"type": "x", "resultset": {"count": 1}}


def test_the_api_is_asked_for_the_list_and_each_detail_and_again_when_it_is_busy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetch, "_PAUSES", (0.0, 0.0))
    listed = json.loads(LIST.read_text(encoding="utf-8"))
    listed["result"] = listed["result"][:1]
    public = "/exp/v1/public"
    answers = {
        f"{public}/subsidies": [(503, {}), (200, listed)],
        f"{public}/subsidies/id/{DETAIL['id']}": [(200, {"metadata": ENVELOPE, "result": [DETAIL]})],
    }
    with served(answers) as (address, asked):
        (entry,) = read(address_feed(f"{address}{public}"))
    assert "keyword=%E8%A3%9C%E5%8A%A9" in asked[0]
    assert len(asked) == 3
    properties = programme(entry).properties
    assert properties["description"] == "海外での 商標登録を 支援します。"
    assert (properties["rate"], properties["attachments"]) == ("1/2", ["公募要領.pdf"])
    assert properties["accepts_from"] == "2026-08-14"
    assert isinstance(entry, Entry)
    assert sorted((r.type, r.start, r.end) for r in entry.relations)[-1][1] == "Institution/わかやま産業振興財団"
    assert [r.end for r in entry.relations if r.type == "LOCATED_IN"] == ["Region/和歌山県", "Region/東京都"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [((404, {}), "status 404"), ((200, b"<html>"), "no JSON"), ((200, {"x": 1}), "no list `result`")],
)
def test_an_api_that_does_not_answer_as_it_should_is_an_error_with_its_address(answer: Any, told: str) -> None:
    with served({"/subsidies": [answer]}) as (address, _), pytest.raises(SourceError, match=told) as caught:
        read(address_feed(f"{address}/subsidies?keyword=x"))
    assert caught.value.place.startswith(address)


def test_an_api_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_PAUSES", ())
    with served({}) as (address, _):
        pass
    with pytest.raises(SourceError, match="No data comes from there"):
        read(address_feed(address))

"""gBizINFO REST v2 is searched page by page and read as its bulk files are; the server is a local one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from served import served
from stdnum.jp import cn

from graph.errors import SourceError
from graph.schema import load_schema
from graph.settings import Settings
from loaders import fetch
from loaders.entries import Entry, Rejected, Stated
from loaders.gbizinfo_api import _API, address_feed
from loaders.places import Places
from ui.loading import plan_sources

HEADER = "X-hojinInfo-api-token"
PLACES = Places([("Region/熊本県", "熊本県", "430005"), ("Region/菊陽町", "菊陽町", "434043")])
OFFICIAL = Path(__file__).parent.parent.parent / "shared" / "samples" / "gbizinfo" / "openapi_v2.json"


def number(at: int) -> str:
    """A corporate number of a company."""
    rest = f"010001{at:06d}"
    return str(cn.calc_check_digit(rest)) + rest


def corporation(at: int, **more: Any) -> dict[str, Any]:
    """An answer in detail, with missing values as they come: null, or the text "Null"."""
    told = {
        "corporate_number": number(at),
        "name": f"株式会社第{at}精機",
        "location": "熊本県菊池郡菊陽町大字津久礼１番",
    }
    return {**told, "name_en": "Null", "capital_stock": 10_000_000, "employee_number": None, **more}


SUBSIDY = {
    "title": "令和5年度補助金（半導体の研究開発）", "amount": "5000000", "date_of_approval": "2023-06-01", "target": "Null",
    "government_departments": "経済産業省",
}  # fmt: skip


def read(address: str, token: str = "t") -> list[Stated]:
    return list(address_feed(address, token).read(PLACES, lambda done: None))


def page(*items: dict[str, Any]) -> dict[str, Any]:
    return {"hojin-infos": list(items), "errors": None, "message": "200 - OK."}


def test_a_search_is_read_page_by_page_and_each_corporation_in_detail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_PAUSES", (0.0, 0.0))
    base = "/hojin/v2/hojin"
    short = [{"corporate_number": number(at)} for at in range(3)]
    answers: dict[str, list[tuple[int, Any]]] = {
        base: [(429, {}), (200, page(*short[:2])), (200, page(short[2]))],
        f"{base}/{number(0)}": [(200, page(corporation(0, subsidy=[SUBSIDY])))],
        f"{base}/{number(1)}": [(503, {}), (200, page(corporation(1, subsidy=None, procurement=["x"])))],
        f"{base}/{number(2)}": [(200, page(corporation(2)))],
    }
    with served(answers, (HEADER, "t")) as (address, asked):
        found = read(f"{address}{base}?name=精機&limit=2")
    assert [a for a in asked if "page=2" in a]
    assert not [a for a in asked if "page=3" in a]
    entries = [item for item in found if isinstance(item, Entry)]
    assert [e.corporation.number for e in entries if e.corporation] == [number(0), number(0), number(1), number(2)]
    assert [item.reason for item in found if isinstance(item, Rejected)] == ["procurement is no record"]
    first, given = entries[:2]
    assert first.corporation is not None
    assert first.corporation.place == "Region/菊陽町"
    assert first.corporation.properties["capital"] == 10_000_000
    assert "name_en" not in first.corporation.properties
    assert given.thing is not None
    assert (given.thing.properties["amount"], given.thing.properties["date"]) == (5_000_000, "2023-06-01")
    assert "target" not in given.thing.properties
    assert given.thing.sources[0].locator == f"法人番号 {number(0)}"


def test_one_corporation_is_read_by_its_number_and_nothing_found_is_no_error() -> None:
    path = f"/hojin/v2/hojin/{number(7)}"
    with served({path: [(200, page(corporation(7, subsidy=[SUBSIDY, SUBSIDY])))]}, (HEADER, "t")) as (address, asked):
        found = read(f"{address}{path}")
        assert read(f"{address}/hojin/v2/hojin?name=none") == []
    assert asked[0] == path
    things = [item.thing.id for item in found if isinstance(item, Entry) and item.thing]
    assert len(set(things)) == 2


def test_a_wrong_token_or_another_answer_is_an_error_with_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_PAUSES", ())
    path = f"/hojin/v2/hojin/{number(7)}"
    with served({path: [(200, {"x": 1})]}, (HEADER, "t")) as (address, _):
        with pytest.raises(SourceError, match="status 401"):
            read(f"{address}{path}", "wrong")
        with pytest.raises(SourceError, match="hojin-infos"):
            read(f"{address}{path}")


def test_without_a_token_it_is_said_where_to_get_one() -> None:
    settings = Settings(_env_file=None)
    with pytest.raises(SourceError, match="token") as caught:
        plan_sources("https://api.info.gbiz.go.jp/hojin/v2/hojin?name=x", None, None, load_schema(), settings)
    assert "ENMUSUBI_GBIZINFO_TOKEN" in caught.value.next_step


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official OpenAPI document is not there")
def test_every_field_that_is_read_is_one_of_the_official_document() -> None:
    schemas = json.loads(OFFICIAL.read_text(encoding="utf-8"))["components"]["schemas"]
    whole = schemas["HojinInfoV2"]["properties"]
    assert set(_API["basics"]["fields"].values()) <= set(whole)
    for part, about in _API["parts"].items():
        name = whole[part]["items"]["$ref"].rpartition("/")[2]
        assert set(about["fields"].values()) <= set(schemas[name]["properties"]), part

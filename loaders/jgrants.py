"""Answers of the jGrants API, saved or fetched, enter; the subsidies that they tell of leave as programmes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from graph.errors import SourceError
from graph.records import Node, Relation, Source, Value
from loaders.documents import document_of
from loaders.entries import Entry, Feed, Rejected, Stated
from loaders.fetch import get_json, open_client
from loaders.places import Places

FORMAT = "jgrants"
_ABOUT = {
    "title": "jGrants 補助金情報",
    "licence": "公共データ利用規約（第1.0版）",
    "url": "https://www.jgrants-portal.go.jp/",
}
_JAPAN_TIME = timezone(timedelta(hours=9))
_MOST_BYTES = 200_000_000
_FILES = ("application_guidelines", "outline_of_grant", "application_form")
# Where no question is asked, everything whose text has 補助 and is open for applications.
_QUESTION = {"keyword": "補助", "sort": "created_date", "order": "DESC", "acceptance": "1"}


def file_feed(path: Path) -> Feed | None:
    """A saved answer as a feed, or None when the JSON is none of jGrants.

    Raises:
        SourceError: the file is no JSON.
    """
    try:
        content = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise SourceError(
            f"The file is no JSON: {error}.", place=str(path), next_step="Save the answer again."
        ) from None
    results = content.get("result") if isinstance(content, dict) else None
    if not isinstance(results, list) or not all(isinstance(item, dict) for item in results):
        return None
    document = document_of(path, FORMAT, _ABOUT)
    key = document.id.partition("/")[2]

    def read(places: Places, tell: Callable[[int], None]) -> Iterator[Stated]:
        yield from (_entry(at, item, key, places) for at, item in enumerate(results, 1))
        tell(path.stat().st_size)

    return Feed(FORMAT, path, path.stat().st_size, document, read)


def _text(path: Path) -> str:
    if path.stat().st_size > _MOST_BYTES:
        raise SourceError(f"The file has {path.stat().st_size:,} bytes.", place=str(path), next_step="Split it.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise SourceError("The file is no text in UTF-8.", place=str(path), next_step="Save it as UTF-8.") from None


def address_feed(address: str) -> Feed:
    """The API at `address` (…/public, or a list of subsidies with its query) as a feed; each subsidy in detail."""
    parts = urlsplit(address)
    path = parts.path.rstrip("/")
    lists = path if path.endswith("/subsidies") else f"{path}/subsidies"
    url = urlunsplit((parts.scheme, parts.netloc, lists, parts.query, ""))
    details = urlunsplit((parts.scheme, parts.netloc, f"{lists}/id/", "", ""))
    document = document_of(Path("jgrants.json"), FORMAT, {**_ABOUT, "url": url})

    def read(places: Places, tell: Callable[[int], None]) -> Iterator[Stated]:
        key = document.id.partition("/")[2]
        with open_client() as client:
            listed = _results(get_json(client, url, None if parts.query else _QUESTION), url)
            for at, item in enumerate(listed, 1):
                place = f"{details}{item.get('id', '')}"
                found = _results(get_json(client, place), place) if item.get("id") else []
                yield _entry(at, {**item, **(found[0] if found else {})}, key, places)
                tell(at)

    return Feed(FORMAT, Path(parts.netloc), 0, document, read)


def _results(answer: Any, place: str) -> list[dict[str, Any]]:
    results = answer.get("result") if isinstance(answer, dict) else None
    if not isinstance(results, list) or not all(isinstance(item, dict) for item in results):
        raise SourceError("The answer holds no list `result`.", place=place, next_step="Check the address.")
    return results


def _entry(at: int, item: dict[str, Any], document: str, places: Places) -> Stated:
    identity, title = _plain(item.get("id")), _plain(item.get("title"))
    if not identity or not title:
        missing = "id" if not identity else "title"
        return Rejected(at, f"the {missing} is empty", [json.dumps(item, ensure_ascii=False)[:1000]])
    try:
        limit = int(item.get("subsidy_max_limit") or 0)
        opens, closes = _day(item.get("acceptance_start_datetime")), _day(item.get("acceptance_end_datetime"))
    except (ValueError, TypeError) as error:
        return Rejected(at, str(error), [identity, title])
    number = _plain(item.get("name"))
    source = (Source(document, f"{number} {identity}".strip()),)
    parts: dict[str, Value] = {
        "name": title,
        "kinds": ["subsidy"],
        "aliases": [number] if number else [],
        "description": _plain(item.get("detail")) or _plain(item.get("subsidy_catch_phrase")),
        "purpose": _plain(item.get("use_purpose")),
        "target": "、".join(
            filter(None, (_plain(item.get("target_number_of_employees")), _plain(item.get("industry"))))
        ),
        "rate": _plain(item.get("subsidy_rate")),
        "accepts_from": opens,
        "accepts_until": closes,
        "url": _plain(item.get("front_subsidy_detail_page_url")),
        "attachments": [_plain(f.get("name")) for name in _FILES for f in item.get(name) or [] if isinstance(f, dict)],
    }
    properties: dict[str, Value] = {name: value for name, value in parts.items() if value not in ("", [])}
    programme = Node("Programme", f"Programme/jGrants {identity}", properties, source)
    others, relations = [], [_area(programme, area, places) for area in _several(item.get("target_area_search"))]
    if limit > 0:  # 0 means that none was entered
        named: dict[str, Value] = {"name": f"{title}（補助上限額）", "kind": "limit", "amount": limit}
        others.append(Node("FundingTerm", f"FundingTerm/jGrants {identity} limit", named, source))
        relations.append(Relation("HAS_TERM", "Programme", programme.id, "FundingTerm", others[0].id, {}, source))
    if institution := _plain(item.get("institution_name")):
        office = Node("Institution", f"Institution/{institution}", {"name": institution}, source)
        others.append(office)
        relations.append(Relation("OPERATES", "Institution", office.id, "Programme", programme.id, {}, source))
    return Entry(at, None, programme, tuple(r for r in relations if r is not None), tuple(others))


def _area(programme: Node, area: str, places: Places) -> Relation | None:
    place = "Region/日本" if area == "全国" else places.of_address(area)
    return Relation("LOCATED_IN", "Programme", programme.id, "Region", place, {}, programme.sources) if place else None


def _several(value: Any) -> list[str]:
    return [part.strip() for part in _plain(value).split("/") if part.strip()]


def _plain(value: Any) -> str:
    """A value as text without markup; missing values come as null, empty or "Null"."""
    if value is None or str(value).strip() in ("", "Null", "null"):
        return ""
    text = unescape(re.sub(r"<[^>]*>", " ", str(value)))
    return re.sub(r"\s+", " ", text).strip()


def _day(value: Any) -> str:
    """The Japanese date of a time in UTC."""
    if not value:
        return ""
    moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return moment.astimezone(_JAPAN_TIME).date().isoformat()

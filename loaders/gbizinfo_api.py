"""An address of gBizINFO REST v2 enters, what is answered there of corporations leaves, read as its bulk files are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import httpx

from graph.errors import SourceError
from graph.schema import read_yaml
from loaders.documents import document_of
from loaders.entries import Feed, Rejected, Stated
from loaders.fetch import get_json, open_client
from loaders.gbizinfo import ABOUT, FORMAT
from loaders.gbizinfo_rows import RowReader
from loaders.lines import Line
from loaders.places import Places

_API: dict[str, Any] = read_yaml(Path(__file__).with_name("gbizinfo_api.yaml"))[0]
_HEAD = {"法人番号": "corporate_number", "商号または名称": "name", "登記住所": "location"}
_TOKEN = "X-hojinInfo-api-token"  # noqa: S105 (the name of a header)
# The most pages and results a page that the API allows.
_PAGES, _ON_PAGE = 10, 5000


def is_address(address: str) -> bool:
    """Whether an address is of this API: …/hojin, perhaps with a corporate number behind it."""
    return "/hojin" in urlsplit(address).path


def address_feed(address: str, token: str) -> Feed:
    """The corporations that a search (…/v2/hojin?name=…) finds, or the one of a number (…/v2/hojin/1234567890123).

    Raises:
        SourceError: there is no token.
    """
    if not token:
        raise SourceError(
            "gBizINFO asks for a token.",
            place=address,
            next_step="Request one at https://info.gbiz.go.jp/ and set ENMUSUBI_GBIZINFO_TOKEN.",
        )
    parts = urlsplit(address)
    path = parts.path.rstrip("/")
    url = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
    name = "_".join(filter(None, (path.rpartition("/")[2], parts.query))).replace("/", "／")
    document = document_of(Path(f"API {name}.json"), FORMAT, {**ABOUT, "title": "gBizINFO", "url": url})
    key = document.id.partition("/")[2]

    def read(places: Places, tell: Callable[[int], None]) -> Iterator[Stated]:
        reader = _Reader(key, places)
        with open_client({_TOKEN: token}) as client:
            numbers = [path.rpartition("/")[2]] if path[-13:].isdigit() else _found(client, url, parts.query)
            base = url.removesuffix(f"/{numbers[0]}") if path[-13:].isdigit() else url
            for at, number in enumerate(numbers, 1):
                for item in _corporations(get_json(client, f"{base}/{number}", absent_ok=True), f"{base}/{number}"):
                    yield from reader.read(item)
                tell(at)

    return Feed(FORMAT, Path(parts.netloc), 0, document, read)


def _found(client: httpx.Client, url: str, query: str) -> list[str]:
    """The numbers of all corporations that a search finds, page by page; nothing found is answered by 404."""
    asked = {"limit": str(_ON_PAGE), **dict(parse_qsl(query))}
    numbers: list[str] = []
    pages = [asked["page"]] if "page" in asked else [str(page) for page in range(1, _PAGES + 1)]
    for page in pages:
        listed = _corporations(get_json(client, url, {**asked, "page": page}, absent_ok=True), url)
        numbers += [str(item.get("corporate_number")) for item in listed]
        if len(listed) < int(asked["limit"]):
            break
    return list(dict.fromkeys(numbers))


def _corporations(answer: Any, place: str) -> list[dict[str, Any]]:
    if answer is None:
        return []
    listed = answer.get("hojin-infos") if isinstance(answer, dict) else None
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise SourceError("The answer holds no list `hojin-infos`.", place=place, next_step="Check the address.")
    return listed


class _Reader:
    """Reads the parts of a corporation, each as a row of the bulk file that it is like."""

    def __init__(self, document: str, places: Places) -> None:
        self._number = 0
        listed = {"": _API["basics"], **_API["parts"]}
        self._fields = {part: {**_HEAD, **about["fields"]} for part, about in listed.items()}
        self._readers = {
            part: RowReader(about["kind"], list(self._fields[part]), document, places, ABOUT, by_line=False)
            for part, about in listed.items()
        }

    def read(self, item: dict[str, Any]) -> Iterator[Stated]:
        """What one corporation's answer states; a part that is none is rejected alone."""
        yield self._row("", item, item)
        for part in _API["parts"]:
            records = item.get(part)
            for record in records if isinstance(records, list) else ():
                yield self._row(part, item, record)

    def _row(self, part: str, item: dict[str, Any], record: Any) -> Stated:
        self._number += 1
        if not isinstance(record, dict):
            return Rejected(self._number, f"{part} is no record", [str(record)[:200]])
        told = {**record, **{field: item.get(field) for field in _HEAD.values()}}
        cells = [_text(told.get(field)) for field in self._fields[part].values()]
        return self._readers[part].read(Line(self._number, cells))


def _text(value: Any) -> str:
    """A value as a cell: lists joined; missing values come as null or as the text "Null"."""
    if isinstance(value, list):
        return "、".join(filter(None, map(_text, value)))
    return "" if value is None or str(value) in ("Null", "null") else str(value).strip()

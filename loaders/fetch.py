"""An address enters, the JSON that is served there leaves; what is busy is asked again, later each time."""

from __future__ import annotations

import time
from typing import Any

import httpx

from graph.errors import SourceError

_SECONDS = 30.0
_PAUSES = (0.5, 2.0, 8.0)
_MOST_BYTES = 50_000_000
_BUSY = frozenset({429, 500, 502, 503, 504})


def get_json(
    client: httpx.Client, url: str, parameters: dict[str, str] | None = None, *, absent_ok: bool = False
) -> Any:
    """The JSON at `url`; with `absent_ok`, None where that is not found.

    Raises:
        SourceError: nothing answers, another status than 200 comes back, or what comes is no JSON.
    """
    problem = ""
    for pause in (*_PAUSES, None):
        try:
            answer = client.get(url, params=parameters)
            if answer.status_code == httpx.codes.OK:
                return _parsed(answer, url)
            if absent_ok and answer.status_code == httpx.codes.NOT_FOUND:
                return None
            problem = f"status {answer.status_code}"
            if answer.status_code not in _BUSY:
                break
        except httpx.HTTPError as error:
            problem = str(error) or type(error).__name__
        if pause is not None:
            time.sleep(pause)
    raise SourceError(f"No data comes from there: {problem}.", place=url, next_step="Check the address, or try later.")


def _parsed(answer: httpx.Response, url: str) -> Any:
    if len(answer.content) > _MOST_BYTES:
        raise SourceError(f"The answer has {len(answer.content):,} bytes.", place=url, next_step="Ask for less.")
    try:
        return answer.json()
    except ValueError:
        raise SourceError("What comes from there is no JSON.", place=url, next_step="Check the address.") from None


def open_client(headers: dict[str, str] | None = None) -> httpx.Client:
    """A client with a time limit that follows redirects, but takes no secret header to another host."""
    wanted = {"Accept": "application/json", **(headers or {})}
    return httpx.Client(timeout=_SECONDS, follow_redirects=not headers, headers=wanted)

"""A language model that is scripted over HTTP, and the small schema and names that its drafts are about."""

from __future__ import annotations

import json
from collections.abc import Collection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, cast

from graph.fold import fold
from graph.naming import NameEntry
from graph.schema import Schema
from graph.store import Store
from qa.knowledge import Knowledge

SCHEMA = Schema.model_validate(
    {
        "title": {"en": "Music"},
        "common": {"name": {"find_by": "name", "en": ["name"]}},
        "labels": {
            "Band": {
                "en": ["band"],
                "properties": {
                    "moods": {
                        "type": "enums",
                        "en": ["mood"],
                        "values": {"loud": {"en": ["loud"]}, "slow": {"en": ["slow"]}},
                    },
                    "motto": {"type": "string", "en": ["motto"]},
                    "post": {"type": "string", "find_by": "value", "en": ["post"]},
                    "members": {"type": "integer", "en": ["members"]},
                    "founded": {"type": "date", "en": ["founding date"]},
                },
            },
            "Town": {"en": ["town"], "hierarchy": "PART_OF"},
            "Song": {"en": ["song"], "properties": {"plays": {"type": "number", "en": ["plays"]}}},
        },
        "relations": {
            "PLAYS_IN": {"from": ["Band"], "to": ["Town"], "en": ["stage"]},
            "WROTE": {
                "from": ["Band"],
                "to": ["Song"],
                "en": ["works"],
                "properties": {"year": {"type": "year", "en": ["year"]}},
            },
            "PART_OF": {"from": ["Town"], "to": ["Town"], "en": ["within"]},
        },
    }
)
HOSTILE = "x}) DETACH DELETE n //"
SECRET_ID = "Town/secret-4711"
NAMES = [
    NameEntry(fold("Osaka"), "Town", "name", "Osaka", SECRET_ID),
    NameEntry(fold("The Gulls"), "Band", "name", "The Gulls", "Band/gulls"),
    NameEntry(fold("Twin"), "Band", "name", "Twin", "Band/twin-1"),
    NameEntry(fold("Twin"), "Band", "name", "Twin", "Band/twin-2"),
    NameEntry(fold("Headliner"), "Band", "post", "Headliner (2024)", None),
]
GOOD = {
    "ask": "things",
    "target": "a",
    "parts": [{"key": "a", "label": "Band"}, {"key": "b", "label": "Town", "names": ["Osaka"]}],
    "steps": [{"start": "a", "relation": "PLAYS_IN", "end": "b"}],
    "conditions": [{"on": "a", "property": "moods", "values": ["loud"]}],
}
QUESTION = "any racket {makers} around Osaka at all?"


class Index:
    """The name index of a graph, and nothing else of it."""

    def find_names(self, keys: Collection[str]) -> list[NameEntry]:
        return [entry for entry in NAMES if entry.key in keys]


KNOWLEDGE = Knowledge(cast(Store, Index()), SCHEMA)


class Server:
    """Answers /v1/chat/completions from a script, in the way that each request asks for, and records all requests.

    Entries: a draft, a text as it stands, an HTTP status, raw bytes as body, or "slow" and "drip".
    """

    def __init__(self) -> None:
        self.script: list[Any] = []
        self.paths: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.over = Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.paths.append(self.path)
                if self.path != "/v1/chat/completions":
                    return self.reply(404, b"{}")
                server.requests.append(json.loads(body))
                server.keys.append(self.headers["Authorization"])
                entry = server.script.pop(0)
                if entry == "slow":
                    server.over.wait(20)
                elif entry == "drip":
                    self.drip()
                elif isinstance(entry, int):
                    self.reply(entry, b'{"error": {"message": "no"}}')
                elif isinstance(entry, bytes):
                    self.reply(200, entry)
                else:
                    self.reply(200, json.dumps(completion(server.requests[-1], entry)).encode())

            def reply(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def drip(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                while not server.over.wait(0.1):
                    self.wfile.write(b" ")
                    self.wfile.flush()

            def log_message(self, *parts: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/v1"
        Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.over.set()
        self.http.shutdown()
        self.http.server_close()


def completion(request: dict[str, Any], entry: dict[str, Any] | str) -> dict[str, Any]:
    text = entry if isinstance(entry, str) else json.dumps(entry)
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if "tools" in request:
        function = {"name": request["tools"][0]["function"]["name"], "arguments": text}
        call = {"id": "call-1", "type": "function", "function": function}
        message |= {"content": None, "tool_calls": [call]}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return {"id": "1", "object": "chat.completion", "created": 0, "model": "scripted", "choices": [choice]}


def changed(**fields: Any) -> dict[str, Any]:
    return {**GOOD, **fields}

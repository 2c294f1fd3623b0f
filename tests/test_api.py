"""The HTTP interface and MCP of a running server that asks for a token."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from program import EN, JA, serving

from qa.answer import Answer
from ui.serve import is_loopback

TOKEN = "a token only for these tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with serving(home, {"ENMUSUBI_TOKEN": TOKEN}) as running:
        yield running


@pytest.fixture(scope="module")
def address(server: tuple[str, subprocess.Popen[bytes]]) -> str:
    return server[0]


def call(url: str, body: object = None, headers: dict[str, str] = BEARER) -> tuple[int, Any]:
    """Status and JSON of a request; POST when there is a body."""
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(url, data, {"Content-Type": "application/json", **headers}), timeout=60) as reply:
            return reply.status, json.load(reply)
    except HTTPError as error:
        return error.code, json.load(error)


@pytest.mark.parametrize(("question", "language"), [(JA, "ja"), (EN, "en")])
def test_a_question_gets_the_answer_of_the_contract(address: str, question: str, language: str) -> None:
    status, body = call(f"{address}/api/v1/ask", {"question": question})
    answer = Answer.model_validate(body)
    assert (status, answer.status, answer.language) == (200, "answered", language)
    assert [entity.name for entity in answer.entities] == ["平井寿敏"]


def test_questions_of_one_session_are_one_conversation(address: str) -> None:
    call(f"{address}/api/v1/ask", {"question": "半導体を担当するプロデューサーは？", "session": "s"})
    _, body = call(f"{address}/api/v1/ask", {"question": "そのうち九州は？", "session": "s"})
    assert [entity["name"] for entity in body["entities"]] == ["平井寿敏"]


@pytest.mark.parametrize("body", [{"ask": "who?"}, [], {"question": "who?", "language": "fr"}])
def test_an_unusable_body_is_told_in_the_shape_of_an_error(address: str, body: object) -> None:
    status, given = call(f"{address}/api/v1/ask", body)
    assert status == 422
    assert set(given["error"]) == {"code", "message", "next_step"}
    assert given["error"]["code"] == "input"


def test_status_and_schema_are_json(address: str) -> None:
    assert call(f"{address}/api/v1/status")[1]["nodes"]["Supporter"] > 10
    assert "PART_OF" in call(f"{address}/api/v1/schema")[1]["relations"]


@pytest.mark.parametrize(
    "path", ["/api/v1/status", "/api/v1/schema", "/api/v1/ask", "/mcp", "/mcp/", "/api/v1/openapi.json"]
)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer guess"}, {"Authorization": TOKEN}])
def test_without_the_token_nothing_is_told(address: str, path: str, headers: dict[str, str]) -> None:
    status, body = call(address + path, {"question": JA} if path.endswith("ask") else None, headers)
    assert status == 401
    assert body["error"]["code"] == "unauthorized"
    assert "ENMUSUBI_TOKEN" in body["error"]["next_step"]


def test_the_chat_asks_for_the_token_too(address: str) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(f"{address}/config", timeout=30)
    assert refused.value.code == 401


async def _with_tools(address: str) -> tuple[set[str], Any, Any, Any]:
    async with (
        httpx2.AsyncClient(headers=BEARER, timeout=60) as http,
        Client(streamable_http_client(f"{address}/mcp", http_client=http)) as client,
    ):
        names = {tool.name for tool in (await client.list_tools()).tools}
        answer = await client.call_tool("ask", {"question": EN})
        query = "MATCH (s:Supporter) WHERE s.name = $name RETURN s.name AS name"
        rows = await client.call_tool("cypher", {"query": query, "parameters": {"name": "平井寿敏"}})
        refused = await client.call_tool("cypher", {"query": "MATCH (n) DETACH DELETE n"})
        return names, answer, rows, refused


def test_mcp_offers_a_tool_that_asks_and_one_that_reads(address: str) -> None:
    names, answer, rows, refused = asyncio.run(_with_tools(address))
    assert names == {"ask", "cypher"}
    assert Answer.model_validate(answer.structured_content).entities[0].name == "平井寿敏"
    assert rows.structured_content == {"columns": ["name"], "rows": [["平井寿敏"]], "truncated": False}
    assert refused.is_error
    assert "DETACH" in refused.content[0].text


def test_sigterm_ends_server_and_engine_although_streams_are_open(
    server: tuple[str, subprocess.Popen[bytes]], home: Path
) -> None:
    address, process = server
    host, port = address.removeprefix("http://").split(":")
    head = f"GET /mcp HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: text/event-stream\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    with socket.create_connection((host, int(port))) as stream:
        stream.sendall(head.encode())
        assert stream.recv(1000)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) in (0, 128 + signal.SIGTERM, -signal.SIGTERM)
        assert time.monotonic() - began < 15
    assert "password" not in json.loads((home / "engine.json").read_text())


@pytest.mark.parametrize(
    ("host", "alone"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("example.org", False)],
)
def test_only_loopback_hosts_need_no_token(host: str, alone: bool) -> None:
    assert is_loopback(host) == alone

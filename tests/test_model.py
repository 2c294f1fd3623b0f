"""A language model that is scripted over HTTP drafts plans; what the product makes of each draft is compared."""

from __future__ import annotations

import importlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import guard
from graph.errors import ModelError
from graph.fold import fold
from graph.merge import NameEntry
from graph.records import Node, Relation
from graph.schema import Schema
from graph.settings import Settings
from graph.store import Store
from qa.chain import Asker
from qa.compile import compile_plan
from qa.knowledge import Knowledge
from qa.model import SYSTEM, Cannot, Invalid, Planned, describe_schema, examples, model_planner, read_reply
from qa.plan import Condition, QueryPlan

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


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    opened = Server()
    yield opened
    opened.close()


def settings(url: str, model: str | None = "openai:scripted") -> Settings:
    return Settings(_env_file=None, model=model, model_base_url=url)


def ask(url: str, *, seconds: float = 30.0, model: str = "openai:scripted") -> QueryPlan | None:
    planner = model_planner(settings(url, model), SCHEMA, KNOWLEDGE, seconds=seconds)
    assert planner
    return planner(QUESTION, "en")


def translate(draft: Any) -> Planned | Invalid | Cannot:
    class Raw:
        text = "raw"

    return read_reply({"raw": Raw(), "parsed": draft}, SCHEMA, KNOWLEDGE.names)


def changed(**fields: Any) -> dict[str, Any]:
    return {**GOOD, **fields}


# Drafts over HTTP


@pytest.mark.parametrize(("model", "way"), [("openai:scripted", "response_format"), ("openai:gpt-4-old", "tools")])
@pytest.mark.filterwarnings("ignore:Cannot use method='json_schema'")
def test_a_good_draft_becomes_a_plan_that_compiles(server: Server, model: str, way: str) -> None:
    server.script = [GOOD]
    plan = ask(server.url, model=model)
    assert way in server.requests[0]
    assert plan
    assert plan.part("town").ids == (SECRET_ID,)
    assert plan.part("town").narrower
    assert plan.part("band").conditions == (Condition(property="moods", value="loud"),)
    query = compile_plan(plan, SCHEMA)
    guard.check(query.cypher)
    assert [SECRET_ID] in query.parameters.values()


@pytest.mark.parametrize("model", ["openai:scripted", "openai:gpt-4-old"])
@pytest.mark.filterwarnings("ignore:Cannot use method='json_schema'")
def test_an_unknown_label_is_repaired_in_the_second_round(server: Server, model: str) -> None:
    server.script = [changed(parts=[{"key": "a", "label": "Orchestra"}, GOOD["parts"][1]]), GOOD]
    assert ask(server.url, model=model)
    draft, reason = server.requests[1]["messages"][-2:]
    assert json.loads(draft["content"])["parts"][0]["label"] == "Orchestra"
    assert "there is no label Orchestra" in reason["content"]


@pytest.mark.parametrize("bad", [changed(target="z"), "{not JSON", "", "[]", '"text"'])
def test_two_unusable_drafts_end_without_a_plan(server: Server, bad: Any) -> None:
    server.script = [bad, bad, GOOD]
    assert ask(server.url) is None
    assert len(server.requests) == 2


def test_a_model_that_says_it_cannot_is_not_asked_again(server: Server) -> None:
    server.script = [{"cannot": "the graph knows no weather"}, GOOD]
    assert ask(server.url) is None
    assert len(server.requests) == 1


def test_any_key_or_none_will_do_for_a_server_of_ones_own(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.script = [GOOD, GOOD]
    assert ask(server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "my-key")
    assert ask(server.url)
    assert server.keys == ["Bearer none", "Bearer my-key"]


def test_the_question_is_answered_by_what_the_plan_finds(server: Server, tmp_path: Any) -> None:
    server.script = [GOOD]
    nodes = [
        Node("Band", "gulls", {"name": "The Gulls", "moods": ["loud"]}),
        Node("Band", "doves", {"name": "The Doves", "moods": ["slow"]}),
        Node("Town", "osaka", {"name": "Osaka"}),
        Node("Town", "umeda", {"name": "Umeda"}),
    ]
    relations = [
        Relation("PLAYS_IN", "Band", "gulls", "Town", "umeda"),
        Relation("PLAYS_IN", "Band", "doves", "Town", "osaka"),
        Relation("PART_OF", "Town", "umeda", "Town", "osaka"),
    ]
    with Store.open(Settings(_env_file=None, uri=None, home=tmp_path), SCHEMA) as store:
        store.write(nodes, relations)
        planner = model_planner(settings(server.url), SCHEMA, Knowledge(store, SCHEMA))
        answer = Asker(store, SCHEMA, model=planner).ask(QUESTION)
    assert len(server.requests) == 1
    assert answer.status == "answered"
    assert [entity.name for entity in answer.entities] == ["The Gulls"]


# What leaves the house


def test_nothing_but_the_question_and_the_schema_is_sent(server: Server) -> None:
    server.script = [changed(parts=[GOOD["parts"][0], {"key": "b", "label": "Band", "names": ["Osaka"]}]), GOOD]
    assert ask(server.url)
    shown = "\n".join(f"{q}\n{draft.model_dump_json(exclude_defaults=True)}" for q, draft in examples(SCHEMA, "en"))
    system = SYSTEM.format(schema=describe_schema(SCHEMA, "en"), examples=shown)
    first, second = server.requests
    assert set(first) <= {"model", "messages", "temperature", "response_format", "stream"}
    assert first["messages"] == [{"role": "system", "content": system}, {"role": "user", "content": QUESTION}]
    assert second["messages"][:2] == first["messages"]
    assert [message["role"] for message in second["messages"]] == ["system", "user", "assistant", "user"]
    everything = json.dumps(server.requests)
    assert not [entry.id for entry in NAMES if entry.id and entry.id in everything]
    assert not [entry.text for entry in NAMES if entry.text != "Osaka" and entry.text in everything]


SCRIPT = """
import sys
from graph.schema import load_schema
from graph.settings import Settings
from qa.chain import Asker
from qa.knowledge import Knowledge
from qa.model import model_planner
class Index:
    def find_names(self, keys):
        return []
schema = load_schema()
planner = model_planner(Settings(_env_file=None), schema, Knowledge(Index(), schema))
print(planner and planner("?", "en"))
print([name for name in ("langchain", "langchain_openai", "openai") if name in sys.modules])
"""


def run_script(**variables: str) -> list[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ENMUSUBI_", "LANGSMITH_"))}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=kept | variables, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_without_a_configured_model_nothing_is_asked_and_no_client_is_imported(server: Server) -> None:
    assert run_script(ENMUSUBI_MODEL="", ENMUSUBI_MODEL_BASE_URL=server.url) == ["None", "[]"]
    assert server.paths == []


def test_tracing_switched_on_for_langchain_sends_nothing_to_a_third_party(server: Server) -> None:
    server.script = [{"cannot": "no"}]
    tracing = {"LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "k", "LANGSMITH_ENDPOINT": server.url + "/smith"}
    run_script(ENMUSUBI_MODEL="openai:scripted", ENMUSUBI_MODEL_BASE_URL=server.url, **tracing)
    assert server.paths == ["/v1/chat/completions"]


# Failures


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (500, "failed or answered unusably (HTTP 500)"),
        (401, "refused the key"),
        (404, "is not known at that address"),
        (429, "takes no more questions for now"),
        (b"<html>garbage", "failed or answered unusably"),
        (b"[]", "failed or answered unusably"),
        (b"{}", "failed or answered unusably"),
        ("slow", "did not answer within 1 s"),
        ("drip", "did not answer within 1 s"),
    ],
)
def test_a_failing_server_ends_in_one_model_error_quickly(server: Server, entry: Any, said: str) -> None:
    importlib.import_module("langchain_openai")  # its seconds are not the model's
    server.script = [entry]
    began = time.monotonic()
    with pytest.raises(ModelError) as caught:
        ask(server.url, seconds=1.0)
    assert time.monotonic() - began < 5
    assert said in caught.value.message
    assert caught.value.next_step
    assert len(server.requests) == 1


def test_a_refused_connection_ends_in_a_model_error() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(ModelError, match="cannot be reached"):
        ask(f"http://127.0.0.1:{port}/v1")


@pytest.mark.parametrize("model", ["nobody:model", "model", "anthropic:model"])
def test_a_model_that_cannot_be_set_up_ends_in_a_model_error(model: str) -> None:
    with pytest.raises(ModelError, match=model):
        ask("http://127.0.0.1:9/v1", model=model)


# Drafts


@pytest.mark.parametrize(
    ("fields", "flaw"),
    [
        ({"conditions": [{"on": "a", "property": HOSTILE, "values": ["1"]}]}, "has no property"),
        ({"conditions": [{"on": "WROTE", "property": "year", "values": ["1990"]}]}, "neither the key of a part nor"),
        ({"conditions": [{"on": "PLAYS_IN", "property": "year", "values": ["1990"]}]}, "it has none"),
        ({"conditions": [{"on": "a", "property": "moods", "values": [HOSTILE]}]}, "is not one of loud, slow"),
        ({"conditions": [{"on": "a", "property": "moods", "values": []}]}, "conditions.0.values"),
        ({"conditions": [{"on": "a", "property": "moods", "values": [" "]}]}, "empty value"),
        ({"conditions": [{"on": "a", "property": "moods", "comparison": "<", "values": ["loud"]}]}, "takes = or <>"),
        ({"conditions": [{"on": "a", "property": "members", "comparison": "OR 1=1", "values": ["1"]}]}, "comparison"),
        (
            {"conditions": [{"on": "a", "property": "members", "comparison": "contains", "values": ["1"]}]},
            "is a number",
        ),
        ({"conditions": [{"on": "a", "property": "members", "comparison": "<", "values": ["1", "2"]}]}, "one value"),
        ({"conditions": [{"on": "a", "property": "members", "values": ["many"]}]}, "is not a whole number"),
        ({"conditions": [{"on": "a", "property": "members", "values": ["9" * 30]}]}, "too large"),
        ({"conditions": [{"on": "a", "property": "founded", "values": ["1990"]}]}, "whole date"),
        ({"steps": [{"start": "a", "relation": HOSTILE, "end": "b"}]}, "there is no relation"),
        ({"steps": [{"start": "a", "relation": "WROTE", "end": "b"}]}, "runs from Band to Song, not from Band to Town"),
        (
            {"steps": [{"start": "b", "relation": "PLAYS_IN", "end": "a"}]},
            "runs from Band to Town, not from Town to Band",
        ),
        ({"steps": [{"start": "a", "relation": "PLAYS_IN", "end": HOSTILE}]}, "no part with the key"),
        ({"steps": [*GOOD["steps"], {"start": "b", "relation": "PART_OF", "end": "b"}]}, "to itself"),
        ({"steps": []}, "no steps join part 'b'"),
        ({"target": HOSTILE}, "no part with the key"),
        ({"parts": [{"key": "a", "label": HOSTILE}, GOOD["parts"][1]]}, "there is no label"),
        ({"parts": [*GOOD["parts"], GOOD["parts"][1]]}, "same key"),
        ({"parts": [{"key": "a", "label": "Band", "excluded": True}, GOOD["parts"][1]]}, "cannot be excluded"),
        ({"parts": [GOOD["parts"][0], {"key": "b", "label": "Town", "names": ["Kobe"]}]}, "no Town is called 'Kobe'"),
        ({"parts": [GOOD["parts"][0], {"key": "b", "label": "Town", "names": ["・"]}]}, "no Town is called"),
        ({"parts": [GOOD["parts"][0], {"key": "b", "label": "Town", "names": ["The Gulls"]}]}, "no Town is called"),
        (
            {"parts": [{"key": "a", "label": "Band", "names": ["Twin", "Headliner"]}, GOOD["parts"][1]]},
            "different kinds",
        ),
        ({"ask": "values"}, "needs the properties"),
        ({"ask": "values", "properties": ["id"]}, "has no property 'id'"),
        ({"ask": "sum", "properties": ["motto"]}, "one numeric property"),
        ({"ask": "average"}, "one numeric property"),
        ({"ask": "describe"}, "one part"),
        ({"ask": "statements"}, "ask"),
        ({"order_by": HOSTILE}, "has no property"),
        ({"order_by": "moods"}, "ordered by the list"),
        ({"limit": -1}, "limit"),
    ],
)
def test_a_draft_that_does_not_fit_is_refused_with_the_reason(fields: dict[str, Any], flaw: str) -> None:
    outcome = translate(changed(**fields))
    assert isinstance(outcome, Invalid)
    assert flaw in outcome.reason


def test_a_hostile_draft_never_becomes_a_plan(server: Server) -> None:
    hostile = changed(conditions=[{"on": "a", "property": HOSTILE, "values": ["1"]}])
    server.script = [hostile, changed(steps=[{"start": "a", "relation": HOSTILE, "end": "b"}])]
    assert ask(server.url) is None


def test_all_flaws_are_told_at_once() -> None:
    outcome = translate(changed(order_by="height", conditions=[{"on": "a", "property": "age", "values": ["1"]}]))
    assert isinstance(outcome, Invalid)
    assert len(outcome.reason.splitlines()) == 2


def test_keys_and_values_of_a_draft_stay_out_of_the_query_text() -> None:
    parts = [{"key": HOSTILE, "label": "Band"}, GOOD["parts"][1]]
    steps = [{"start": HOSTILE, "relation": "PLAYS_IN", "end": "b"}]
    conditions = [{"on": HOSTILE, "property": "motto", "values": [HOSTILE]}]
    outcome = translate(changed(target=HOSTILE, parts=parts, steps=steps, conditions=conditions))
    assert isinstance(outcome, Planned)
    query = compile_plan(outcome.plan, SCHEMA)
    guard.check(query.cypher)
    assert "DELETE" not in query.cypher
    assert HOSTILE in query.parameters.values()


@pytest.mark.parametrize(
    ("names", "ids", "conditions"),
    [
        (["the gulls"], ("Band/gulls",), ()),
        (["THE GULLS Co., Ltd."], ("Band/gulls",), ()),
        (["Twin"], ("Band/twin-1", "Band/twin-2"), ()),
        (["Twin", "The Gulls"], ("Band/twin-1", "Band/twin-2", "Band/gulls"), ()),
        (["headliner"], (), (Condition(property="post", value="Headliner (2024)"),)),
    ],
)
def test_names_become_what_the_graph_knows_them_as(
    names: list[str], ids: tuple[str, ...], conditions: tuple[Condition, ...]
) -> None:
    outcome = translate({"target": "a", "parts": [{"key": "a", "label": "Band", "names": names}]})
    assert isinstance(outcome, Planned)
    assert outcome.plan.parts[0].ids == ids
    assert outcome.plan.parts[0].conditions == conditions


def test_every_example_shown_to_the_model_is_a_usable_draft() -> None:
    for language in ("ja", "en"):
        for _, draft in examples(SCHEMA, language):
            renamed = draft.model_dump_json().replace('"X"', '"Osaka"' if draft.steps else '"The Gulls"')
            assert isinstance(translate(json.loads(renamed)), Planned)


CALLED = {"Band": ["The Gulls", "Twin"], "Town": ["Osaka"], "Song": []}
ASKED = {"Band": ["members"], "Town": ["name"], "Song": ["plays"]}


@st.composite
def fitting_drafts(draw: st.DrawFn) -> dict[str, Any]:
    """Parts hung one below another by relations that fit, in any order and direction, some named, some excluded."""
    labels = [draw(st.sampled_from(list(SCHEMA.labels)))]
    excluded, forwards, steps = [False], [True], []
    for at in range(1, draw(st.integers(1, 4))):
        above = draw(st.integers(0, at - 1))
        ways = [(kind, r.end[0], True) for kind, r in SCHEMA.relations.items() if labels[above] in r.start]
        ways += [(kind, r.start[0], False) for kind, r in SCHEMA.relations.items() if labels[above] in r.end]
        kind, label, forward = draw(st.sampled_from(ways))
        labels.append(label)
        excluded.append(excluded[above] or draw(st.booleans()))
        forwards.append(forward)
        ends = (above, at) if forward else (at, above)
        steps.append({"start": f"k{ends[0]}", "relation": kind, "end": f"k{ends[1]}"})
    parts = []
    for at, label in enumerate(labels):
        called = CALLED[label][:1] if forwards[at] or not excluded[at] else []
        names = draw(st.sampled_from([[], called]))
        parts.append({"key": f"k{at}", "label": label, "names": names, "excluded": excluded[at]})
    conditions = [
        {
            "on": part["key"],
            "property": "motto",
            "comparison": draw(st.sampled_from(["=", "<>", "contains"])),
            "values": [HOSTILE],
        }
        for part in parts
        if part["label"] == "Band" and draw(st.booleans())
    ]
    asks = ["things", "count", "values", "yes_no"] + (["sum", "average"] if labels[0] != "Town" else [])
    return {
        "ask": draw(st.sampled_from(asks)),
        "target": "k0",
        "parts": draw(st.permutations(parts)),
        "steps": draw(st.permutations(steps)),
        "conditions": conditions,
        "properties": ASKED[labels[0]],
        "order_by": draw(st.sampled_from(["", "name"])),
        "limit": draw(st.sampled_from([0, 3])),
    }


@given(fitting_drafts())
def test_every_fitting_draft_compiles_to_a_plain_read_that_leaves_nothing_out(draft: dict[str, Any]) -> None:
    outcome = translate(draft)
    assert isinstance(outcome, Planned), outcome
    query = compile_plan(outcome.plan, SCHEMA)
    guard.check(query.cypher)
    assert HOSTILE not in query.cypher
    assert all(f"({part.name}:" in query.cypher for part in outcome.plan.parts)
    for part in outcome.plan.parts:
        above = f"{part.name}_above" if part.narrower else part.name
        assert not part.ids or f"{above}.id IN $" in query.cypher
    assert query.cypher.count(".motto") == len(draft["conditions"])

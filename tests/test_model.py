"""A scripted language model answers over HTTP; what the planner and the Asker make of its answers is compared."""

from __future__ import annotations

import importlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted_model import GOOD, HOSTILE, KNOWLEDGE, NAMES, QUESTION, SCHEMA, SECRET_ID, Server, changed

from graph import guard
from graph.errors import ModelError
from graph.records import Node, Relation
from graph.settings import Settings
from graph.store import Store
from qa.answer import Answer
from qa.chain import Asker
from qa.compile import compile_plan
from qa.format import say
from qa.knowledge import Knowledge
from qa.model import model_planner
from qa.model_prompt import SYSTEM, describe_schema, examples
from qa.plan import Condition, QueryPlan


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


def test_a_hostile_draft_never_becomes_a_plan(server: Server) -> None:
    hostile = changed(conditions=[{"on": "a", "property": HOSTILE, "values": ["1"]}])
    server.script = [hostile, changed(steps=[{"start": "a", "relation": HOSTILE, "end": "b"}])]
    assert ask(server.url) is None


# Answers


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
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
    home = tmp_path_factory.mktemp("bands")
    with Store.open(Settings(_env_file=None, uri=None, home=home), SCHEMA) as opened:
        opened.write(nodes, relations)
        yield opened


def answer(store: Store, question: str, url: str | None) -> Answer:
    """The Asker's answer without the times it took; without a model where there is no address."""
    planner = model_planner(settings(url), SCHEMA, Knowledge(store, SCHEMA)) if url else None
    found = Asker(store, SCHEMA, model=planner).ask(question)
    return found.model_copy(update={"timings_ms": None})


def test_the_question_is_answered_by_what_the_plan_finds(server: Server, store: Store) -> None:
    server.script = [GOOD]
    found = answer(store, QUESTION, server.url)
    assert len(server.requests) == 1
    assert found.status == "answered"
    assert [entity.name for entity in found.entities] == ["The Gulls"]


UNREAD = [(QUESTION, "empty"), ("gibberish", "refused"), ("ちんぷんかんぷん", "refused")]


@pytest.mark.parametrize(("question", "status"), UNREAD)
def test_when_the_model_fails_the_grammars_answer_stands_with_a_remark(
    server: Server, store: Store, question: str, status: str
) -> None:
    server.script = [500]
    own, found = answer(store, question, None), answer(store, question, server.url)
    failure = "The language model openai:scripted failed or answered unusably (HTTP 500)."
    remark = say(own.language, "model_failed", message=failure)
    assert own.status == status
    assert found == own.model_copy(update={"answer": f"{own.answer}\n{remark}"})
    assert len(server.requests) == 1


@pytest.mark.parametrize(("question", "status"), UNREAD)
def test_when_the_model_cannot_plan_the_grammars_answer_stands_alone(
    server: Server, store: Store, question: str, status: str
) -> None:
    server.script = [{"cannot": "the graph knows no weather"}]
    found = answer(store, question, server.url)
    assert found.status == status
    assert found == answer(store, question, None)
    assert len(server.requests) == 1


def test_a_question_that_the_grammar_reads_does_not_reach_the_model(server: Server, store: Store) -> None:
    found = answer(store, "Which bands have a stage in Osaka?", server.url)
    assert found.status == "answered"
    assert server.requests == []


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
from graph.store import Store
from qa.chain import Asker
from qa.knowledge import Knowledge
from qa.model import model_planner
schema, settings = load_schema(), Settings(_env_file=None)
with Store.open(settings, schema) as store:
    store.prepare()
    planner = model_planner(settings, schema, Knowledge(store, schema))
    print(Asker(store, schema, model=planner).ask("Who is gibberish?", "en").status)
print([name for name in ("langchain", "langchain_openai", "openai") if name in sys.modules])
"""


def run_script(home: Path, **variables: str) -> list[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ENMUSUBI_", "LANGSMITH_"))}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=kept | variables | {"ENMUSUBI_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_without_a_configured_model_nothing_is_asked_and_no_client_is_imported(server: Server, tmp_path: Path) -> None:
    assert run_script(tmp_path, ENMUSUBI_MODEL="", ENMUSUBI_MODEL_BASE_URL=server.url) == ["refused", "[]"]
    assert server.paths == []


def test_tracing_switched_on_for_langchain_sends_nothing_to_a_third_party(server: Server, tmp_path: Path) -> None:
    server.script = [{"cannot": "no"}]
    tracing = {"LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "k", "LANGSMITH_ENDPOINT": server.url + "/smith"}
    run_script(tmp_path, ENMUSUBI_MODEL="openai:scripted", ENMUSUBI_MODEL_BASE_URL=server.url, **tracing)
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

"""The installed command, run as users run it, on one embedded graph that a first process keeps open."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from open_files import REAL
from program import COMMAND, EN, JA, START_SECONDS, Said, environment, run
from rdflib import Graph

from qa.answer import Answer

COMMANDS = (
    "load",
    "resolve",
    "ask",
    "cypher",
    "export",
    "copy",
    "backup",
    "restore",
    "migrate",
    "status",
    "schema",
    "serve",
)
MAPPING = """\
tables:
  - file: partners.csv
    source: {document: partners, locator: "row {name}"}
    node: {label: Company, columns: {staff: employees}}
"""


class Conversation:
    """A running `ask --jsonl -`: a line in, a line out."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen(
            [COMMAND, "ask", "--jsonl", "-"],
            cwd=home,
            env=environment(home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def say(self, line: str) -> Answer:
        """Send one line and wait for its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return Answer.model_validate_json(self.process.stdout.readline())

    def ask(self, question: str, **more: str) -> Answer:
        """Send one question and wait for its answer."""
        return self.say(json.dumps({"question": question, **more}))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def conversation(home: Path) -> Iterator[Conversation]:
    running = Conversation(home)
    yield running
    running.process.kill()
    running.process.communicate()


@pytest.fixture
def filled(home: Path, conversation: Conversation) -> Path:
    """The data folder once the packaged facts are in the graph and its engine is up."""
    assert conversation.process.poll() is None
    conversation.ask("OSTi")
    return home


def companies(home: Path) -> int:
    said = run(home, "cypher", "MATCH (c:Company) RETURN count(c)", "--json")
    return int(json.loads(said.out)["rows"][0][0])


def test_help_names_every_command_and_each_shows_an_example(tmp_path: Path) -> None:
    overview = run(tmp_path, "--help")
    assert overview.code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in overview.out
        own = run(tmp_path, command, "--help")
        assert re.search(rf"Example: [^\n]*enmusubi {command}", own.out), own.out


def test_help_needs_none_of_the_slow_libraries() -> None:
    slow = "gradio neo4j langchain_core arcadedb_embedded jpype rdflib mcp pandas numpy fastapi pydantic"
    code = f"import sys, ui.cli; print([n for n in {slow.split()!r} if n in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    "arguments",
    [
        ("divorce",),
        ("ask",),
        ("ask", "who?", "--jsonl", "-"),
        ("ask", "who?", "--lang", "fr"),
        ("export", "-o", "x.ttl"),
        ("export", "--all", "--around", "Company/A", "-o", "x.ttl"),
        ("cypher", "RETURN 1", "--parameters", "[1]"),
        ("load", "x.csv", "--as", "parquet"),
    ],
)
def test_wrong_usage_exits_with_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    said = run(tmp_path, *arguments)
    assert (said.code, said.out) == (2, "")
    assert "Error: " in said.err


def test_one_answer_a_line_in_order_each_before_the_next_question(conversation: Conversation) -> None:
    first = conversation.ask(JA, session="a")
    assert (first.status, first.language) == ("answered", "ja")
    assert [entity.name for entity in first.entities] == ["平井寿敏"]
    second = conversation.ask(EN, session="b")
    assert (second.status, second.language) == ("answered", "en")
    assert [entity.id for entity in second.entities] == [entity.id for entity in first.entities]
    assert "MATCH" in second.cypher
    assert second.rows
    assert second.sources


@pytest.mark.parametrize(
    "line", ["no json", "", '{"question": 5}', '{"ask": "who?"}', "[]", '{"question": "x", "language": "fr"}']
)
def test_a_bad_line_gets_an_error_answer_and_the_next_one_its_own(conversation: Conversation, line: str) -> None:
    bad = conversation.say(line)
    assert bad.status == "error"
    assert bad.error is not None
    assert bad.error.code == "input"
    assert bad.error.next_step
    assert conversation.ask(EN).status == "answered"


def test_a_language_can_be_asked_for(conversation: Conversation) -> None:
    assert conversation.ask(JA, language="en").language == "en"


def test_questions_of_one_session_are_one_conversation(conversation: Conversation) -> None:
    conversation.ask("半導体を担当するプロデューサーは？", session="talk")
    follow_up = conversation.ask("そのうち九州は？", session="talk")
    assert [entity.name for entity in follow_up.entities] == ["平井寿敏"]


def test_a_wish_to_change_data_is_refused(conversation: Conversation) -> None:
    assert conversation.ask("Delete all companies").status == "refused"


@pytest.mark.parametrize(
    ("question", "name", "heading"), [(JA, "平井寿敏", "出典"), (EN, "Hisatoshi Hirai", "Sources")]
)
def test_ask_prints_answer_query_and_sources(filled: Path, question: str, name: str, heading: str) -> None:
    said = run(filled, "ask", question)
    assert (said.code, said.err) == (0, "")
    assert name in said.out.splitlines()[0]
    assert "MATCH (" in said.out
    assert f"\n{heading}:" in said.out


def test_ask_prints_one_json_object(filled: Path) -> None:
    said = run(filled, "ask", EN, "--json", "--lang", "ja")
    answer = Answer.model_validate_json(said.out)
    assert (said.code, answer.language, answer.status) == (0, "ja", "answered")


def test_status_tells_engine_counts_loads_and_dated_documents(filled: Path) -> None:
    said = run(filled, "status", "--json")
    status = json.loads(said.out)
    assert status["engine"]["embedded"]
    assert status["nodes"]["Supporter"] > 10
    assert {load["state"] for load in status["loads"]} == {"done"}
    assert any(document["date"] for document in status["documents"])
    shown = run(filled, "status").out
    assert status["engine"]["address"] in shown
    assert all(document["id"] in shown for document in status["documents"])


def test_schema_shows_labels_and_relations_with_their_words(tmp_path: Path) -> None:
    said = run(tmp_path, "schema")
    assert said.code == 0
    assert re.search(r"Supporter\s+支援者\s+supporter", said.out)
    assert "AFFILIATED_WITH" in said.out
    assert set(json.loads(run(tmp_path, "schema", "--json").out)["relations"]["PART_OF"]) >= {"from", "to"}


def test_cypher_reads_nodes_values_and_parameters(filled: Path) -> None:
    query = "MATCH (s:Supporter) WHERE s.name = $name RETURN s, s.name AS name"
    said = run(filled, "cypher", query, "--parameters", '{"name": "平井寿敏"}', "--json")
    table = json.loads(said.out)
    assert table["columns"] == ["s", "name"]
    assert table["rows"][0][0]["label"] == "Supporter"
    assert table["rows"][0][1] == "平井寿敏"
    assert "平井寿敏" in run(filled, "cypher", query, "--parameters", '{"name": "平井寿敏"}').out


@pytest.mark.parametrize("query", ["MATCH (n) DETACH DELETE n", "CREATE (n:Company {id: 'x'})", "MATCH (n RETURN n"])
def test_cypher_refuses_what_is_no_plain_read(filled: Path, query: str) -> None:
    before = companies(filled)
    assert run(filled, "cypher", query).paragraph
    assert companies(filled) == before


def write_partners(folder: Path, header: str, *rows: str) -> tuple[str, str, str]:
    folder.mkdir(exist_ok=True)
    (folder / "partners.csv").write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    (folder / "partners.yaml").write_text(MAPPING, encoding="utf-8")
    return str(folder / "partners.csv"), "--mapping", str(folder / "partners.yaml")


def test_an_own_table_is_reported_dry_then_loaded_then_unchanged(filled: Path, tmp_path: Path) -> None:
    table = write_partners(tmp_path, "name,staff", "縁結び試験社,12")
    before = companies(filled)
    dry = run(filled, "load", *table, "--dry-run")
    assert re.search(r"Company\s+1\s+0\s+0\s+0", dry.out), dry
    assert companies(filled) == before
    assert re.search(r"Company\s+1\s+0\s+0\s+0", run(filled, "load", *table, "--as", "csv").out)
    assert companies(filled) == before + 1
    assert re.search(r"Company\s+0\s+0\s+0\s+1", run(filled, "load", *table).out)


@pytest.mark.parametrize(
    ("header", "row", "wrong"),
    [
        ("name,staff,mood", "甲社,12,good", "'mood'"),
        ("name,staff", "甲社,a dozen", "'a dozen'"),
        ("name,staff", ",12", "name"),
    ],
)
def test_a_wrong_cell_is_named_with_its_place_and_nothing_is_loaded(
    filled: Path, tmp_path: Path, header: str, row: str, wrong: str
) -> None:
    table = write_partners(tmp_path, header, "乙社,3" + ",fine" * header.count("mood"), row)
    before = companies(filled)
    text = run(filled, "load", *table).paragraph
    assert wrong in text
    assert re.search(r"partners\.csv:\d+\) [A-Z][a-z]+ .*\.$", text.strip()), text
    assert companies(filled) == before


def test_load_says_what_is_missing_before_it_starts_an_engine(tmp_path: Path) -> None:
    assert "nowhere.csv" in run(tmp_path, "load", "nowhere.csv").paragraph
    (tmp_path / "a.csv").write_text("name\nA\n")
    (tmp_path / "a.pdf").write_text("")
    assert "--mapping" in run(tmp_path, "load", "a.csv").paragraph
    assert "a.pdf" in run(tmp_path, "load", "a.pdf").paragraph
    assert "not xlsx" in run(tmp_path, "load", "a.csv", "--as", "xlsx").paragraph
    assert not (tmp_path / "engine.lock").exists()


def test_a_dry_run_of_open_data_into_an_empty_graph_writes_nothing_and_says_what_is_missing(tmp_path: Path) -> None:
    told = run(tmp_path / "home", "load", str(REAL / "diff_20210714.csv"), "--dry-run")
    assert "enmusubi load --as codes" in told.paragraph
    assert "Nothing is loaded yet" in run(tmp_path / "home", "status").out


def test_export_writes_the_things_of_an_answer_as_turtle(filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "answer.ttl"
    said = run(filled, "export", "--question", JA, "--format", "turtle", "-o", str(path))
    assert said.code == 0, said.err
    assert any("平井寿敏" in str(value) for value in Graph().parse(path).objects())
    assert run(filled, "export", "--around", "Company/Nobody", "-o", str(path)).paragraph.count("Company/Nobody") == 1
    assert run(filled, "export", "--question", "今日の天気は？", "-o", str(path)).paragraph


def test_a_taken_port_is_named_with_its_setting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        text = run(tmp_path, "serve", more={"ENMUSUBI_PORT": port}).paragraph
    assert port in text
    assert "ENMUSUBI_PORT" in text


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_an_unreachable_server_is_named(tmp_path: Path) -> None:
    uri = f"bolt://127.0.0.1:{unused_port()}"
    assert uri in run(tmp_path, "status", more={"ENMUSUBI_URI": uri}).paragraph


def test_a_wrong_password_is_told_without_being_shown(filled: Path) -> None:
    address = json.loads(run(filled, "status", "--json").out)["engine"]["address"]
    more = {"ENMUSUBI_URI": address, "ENMUSUBI_USER": "root", "ENMUSUBI_PASSWORD": "guessed-password"}
    text = run(filled, "status", more=more).paragraph
    assert "password" in text.lower()
    assert "guessed-password" not in text


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "many"), ("URI", "http://127.0.0.1"), ("QUERY_SECONDS", "-1"), ("DOMAIN", "/nowhere")]
)
def test_a_setting_without_a_usable_value_is_named(tmp_path: Path, name: str, value: str) -> None:
    text = run(tmp_path, "schema", more={f"ENMUSUBI_{name}": value}).paragraph
    assert value in text


def test_debug_adds_the_traceback(tmp_path: Path) -> None:
    said: Said = run(tmp_path, "schema", "--debug", more={"ENMUSUBI_PORT": "many"})
    assert said.code == 1
    assert "Traceback" in said.err
    assert said.err.splitlines()[-1].startswith("enmusubi: ")


DOMAIN: dict[str, Any] = {
    "schema.yaml": """\
title: {en: Music}
common:
  name: {find_by: name, required: true, ja: [名前], en: [name]}
labels:
  Band: {ja: [バンド], en: [band]}
  City: {ja: [都市], en: [city], asks: [where]}
relations:
  BASED_IN: {from: [Band], to: [City], ja: [拠点], en: [based in, in]}
""",
    "mapping.yaml": """\
tables:
  - {file: cities.csv, source: {document: atlas}, node: {label: City}}
  - {file: bands.csv, source: {document: charts}, node: {label: Band, columns: {city: BASED_IN}}}
""",
    "cities.csv": "name\nLeeds\nGlasgow\n",
    "bands.csv": "name,city\nThe Lanterns,Leeds\nNorth Pier,Glasgow\n",
}


def test_another_domain_needs_no_code(tmp_path: Path) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    for name, text in DOMAIN.items():
        (folder / name).write_text(text, encoding="utf-8")
    more = {"ENMUSUBI_DOMAIN": str(folder)}
    said = run(tmp_path / "home", "ask", "Which bands are based in Leeds?", "--json", more=more)
    answer = Answer.model_validate_json(said.out)
    assert [entity.name for entity in answer.entities] == ["The Lanterns"]
    assert "Band" in run(tmp_path / "home", "schema", more=more).out


def test_ctrl_c_ends_quietly_with_130(conversation: Conversation, filled: Path) -> None:
    other = Conversation(filled)
    other.ask("OSTi")
    other.process.send_signal(signal.SIGINT)
    _, errors = other.process.communicate(timeout=START_SECONDS)
    assert (other.process.returncode, errors) == (130, b"")
    assert conversation.ask("OSTi").status == "answered"

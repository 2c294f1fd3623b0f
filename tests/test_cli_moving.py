"""The installed commands that move, save and restore a whole graph, run as users run them."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest
from program import COMMAND, START_SECONDS, environment, run

from loaders.decisions import JOURNAL, Decision, Decisions

DOMAIN = {
    "schema.yaml": """\
title: {en: Music}
common:
  name: {find_by: name, required: true}
labels:
  Band: {en: [band], properties: {founded: {}}}
""",
    "mapping.yaml": "tables:\n  - {file: bands.csv, source: {document: charts}, node: {label: Band}}\n",
    "bands.csv": "name,founded\nThe Lanterns,1999\nNorth Pier,about 2001\n",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def domain(tmp_path: Path) -> dict[str, str]:
    """The settings of a small domain."""
    folder = tmp_path / "music"
    folder.mkdir()
    for name, text in DOMAIN.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {"ENMUSUBI_DOMAIN": str(folder)}


def bands(home: Path, more: dict[str, str]) -> list[list[object]]:
    query = "MATCH (b:Band) RETURN b.name, b.founded ORDER BY b.name"
    found = json.loads(run(home, "cypher", query, "--json", more=more).out)["rows"]
    return list(found)


def test_a_graph_is_copied_saved_emptied_and_restored(home: Path, domain: dict[str, str], tmp_path: Path) -> None:
    run(home, "load", more=domain)
    before = bands(home, domain)
    copied = run(home, "copy", "--to", str(tmp_path / "other"), more=domain)
    assert re.search(r"Band +2 +[0-9a-f]{32}", copied.out), copied
    assert "2 things and relations, equal in counts and checksums; 2 were written" in copied.out
    assert bands(tmp_path / "other", domain) == before
    assert "--replace" in run(home, "copy", "--to", str(tmp_path / "other"), more=domain).paragraph

    file = tmp_path / "bands.backup"
    assert f"{file}: 2 things and relations" in run(home, "backup", str(file), more=domain).out
    assert str(file) in run(home, "backup", str(file), more=domain).paragraph
    (Path(domain["ENMUSUBI_DOMAIN"]) / "bands.csv").write_text("name,founded\nThe Lanterns,2000\n", encoding="utf-8")
    run(home, "load", more=domain)
    assert bands(home, domain) == [["The Lanterns", "2000"]]
    assert re.search(r"Band +1 +1 +0 +0", run(home, "restore", str(file), "--dry-run", more=domain).out)
    assert bands(home, domain) == [["The Lanterns", "2000"]]
    assert "2 were written" in run(home, "restore", str(file), more=domain).out
    assert bands(home, domain) == before


def test_what_was_decided_goes_with_a_backup_and_with_a_copy(
    home: Path, domain: dict[str, str], tmp_path: Path
) -> None:
    run(home, "load", more=domain)
    decisions, other = Decisions.of(home), tmp_path / "other"
    decisions.note(Decision("split", ("Band", "Band/The Lanterns"), ("Band", "Band/North Pier")))
    text = (home / JOURNAL).read_text(encoding="utf-8")
    file = tmp_path / "bands.backup"
    run(home, "backup", str(file), more=domain)
    run(home, "copy", "--to", str(other), more=domain)
    assert (other / JOURNAL).read_text(encoding="utf-8") == text

    (home / JOURNAL).unlink()
    run(home, "restore", str(file), "--dry-run", more=domain)
    assert not (home / JOURNAL).exists()
    run(home, "restore", str(file), more=domain)
    assert Decisions.of(home).standing() == decisions.standing()

    Decisions.of(home).note(Decision("undo", ("Band", "Band/The Lanterns"), ("Band", "Band/North Pier")))
    later = (home / JOURNAL).read_text(encoding="utf-8")
    assert "decisions-until-" in run(home, "restore", str(file), more=domain).out
    assert (home / JOURNAL).read_text(encoding="utf-8") == text
    (kept,) = home.glob("decisions-until-*.jsonl")
    assert kept.read_text(encoding="utf-8") == later


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("copy", "--to", "http://localhost:7687"), "http://localhost:7687"),
        (("copy", "--to", "bolt://127.0.0.1:9"), "bolt://127.0.0.1:9"),
        (("restore", "nowhere.backup"), "nowhere.backup"),
        (("backup", "nowhere/graph.backup"), "nowhere"),
    ],
)
def test_what_cannot_be_used_is_named(
    home: Path, domain: dict[str, str], arguments: tuple[str, ...], named: str
) -> None:
    assert named in run(home, *arguments, more=domain).paragraph


def test_a_changed_schema_waits_for_migrate(home: Path, domain: dict[str, str]) -> None:
    run(home, "load", more=domain)
    file = Path(domain["ENMUSUBI_DOMAIN"]) / "schema.yaml"
    file.write_text(DOMAIN["schema.yaml"].replace("founded: {}", "founded: {type: year}"), encoding="utf-8")
    refused = run(home, "cypher", "MATCH (n:Band) RETURN n", more=domain).paragraph
    assert "labels.Band.founded" in refused
    assert "enmusubi migrate" in refused
    assert run(home, "status", more=domain).code == 0
    told = run(home, "migrate", more=domain).out
    assert "1 of them cannot be and are removed (Band/North Pier: 'about 2001')" in told
    assert "Nothing is changed yet" in told
    assert "Done" in run(home, "migrate", "--apply", more=domain).out
    assert bands(home, domain) == [["North Pier", None], ["The Lanterns", 1999]]
    assert "nothing has to be removed" in run(home, "migrate", more=domain).out


def test_ctrl_c_in_mid_load_says_how_to_go_on_and_status_shows_it(home: Path, domain: dict[str, str]) -> None:
    lines = "".join(f"Band {i},{i}\n" for i in range(60_000))
    (Path(domain["ENMUSUBI_DOMAIN"]) / "bands.csv").write_text(f"name,founded\n{lines}", encoding="utf-8")
    home.mkdir()
    process = subprocess.Popen([COMMAND, "load"], cwd=home, env=environment(home, domain), stderr=subprocess.PIPE)
    while not any(
        load["state"] == "running" for load in json.loads(run(home, "status", "--json", more=domain).out)["loads"]
    ):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=START_SECONDS)
    assert process.returncode == 130
    assert "the same command completes it" in errors.decode()
    (load,) = json.loads(run(home, "status", "--json", more=domain).out)["loads"]
    assert load["state"] == "interrupted"
    assert "interrupted" in run(home, "status", more=domain).out
    run(home, "load", more=domain)
    status = json.loads(run(home, "status", "--json", more=domain).out)
    assert (status["nodes"], [load["state"] for load in status["loads"]]) == ({"Band": 60_000}, ["done"])

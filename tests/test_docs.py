"""What the pages show is what happens: every console session is run, every list is compared, every link is followed."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest
from conftest import empty

from graph.schema import load_schema
from graph.settings import Settings
from graph.store import Store
from loaders.load import PACKAGED_FACTS, load_folder

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
COMMANDS = ("enmusubi", "cat", "sed", "printf", "export")
# The pages that load tables of their own come last, because the others count what is in the graph.
SESSIONS = sorted(
    (p for p in PAGES if CONSOLE.search(p.read_text(encoding="utf-8"))), key=lambda p: p.stem == "loading"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with the packaged facts, whose engine runs here, so that every command finds it running."""
    folder = tmp_path_factory.mktemp("docs")
    schema = load_schema()
    with Store.open(Settings(_env_file=None, uri=None, home=folder), schema) as store:
        load_folder(PACKAGED_FACTS, store, schema)
        yield folder


def sessions(page: Path, here: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The commands of a page with the output shown; the keys of `here` give way to what is true here."""
    text = page.read_text(encoding="utf-8")
    for said, true in here.items():
        text = text.replace(said, true)
    for block in CONSOLE.findall(text):
        command = ""
        shown: list[str] = []
        for line in block.splitlines():
            if line.startswith("$ "):
                if command:
                    yield command, "\n".join(shown)
                command, shown = line.removeprefix("$ "), []
            else:
                shown.append(line)
        yield command, "\n".join(shown)


def pattern(shown: str) -> re.Pattern[str]:
    """What is shown as a pattern: `…` stands for any text, on a line of its own for any lines; times vary."""
    lines = []
    for line in shown.splitlines():
        if line == "…":
            lines.append(r"(?:.*\n)*?")
            continue
        text = ".*?".join(re.escape(part.rstrip() if last else part) for part, last in _parts(line))
        lines.append(re.sub(r"\d+\\ ms$", r"\\d+ ms", text) + r" *\n")
    return re.compile("".join(lines))


def _parts(line: str) -> Iterator[tuple[str, bool]]:
    parts = line.split("…")
    yield from ((part, at == len(parts) - 1) for at, part in enumerate(parts))


def environment(home: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ENMUSUBI_")}
    scripts = str(Path(sys.executable).parent)
    return {
        **own,
        "PATH": f"{scripts}{os.pathsep}{own.get('PATH', '')}",
        "ENMUSUBI_HOME": str(home),
        "LC_ALL": "C.UTF-8",
    }


@pytest.fixture
def servers(request: pytest.FixtureRequest) -> dict[str, str]:
    """What the page on engines says of a server, with what is true of the one that runs here, whose graph is empty."""
    settings: Settings = request.getfixturevalue("neo4j_settings")
    empty(settings)
    assert settings.uri is not None
    address = settings.uri.partition("://")[2]
    return {"localhost:7687": address, "your-password": settings.password.get_secret_value()}


@pytest.mark.parametrize("page", SESSIONS, ids=lambda page: page.stem)
def test_every_console_session_gives_what_is_shown(
    page: Path, home: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "examples")
    variables = environment(home)
    wrong = []
    here = request.getfixturevalue("servers") if page.stem == "engines" else {}
    for command, shown in sessions(page, here):
        assert command.split()[0] in COMMANDS, command
        if command.startswith("export "):
            variables |= dict(part.split("=", 1) for part in shlex.split(command)[1:])
            continue
        done = subprocess.run(
            command,
            shell=True,
            cwd=tmp_path,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        if not pattern(shown).fullmatch(done.stdout):
            wrong.append(f"$ {command}\n{done.stdout}\n-- is not --\n{shown}")
    assert not wrong, "\n\n".join(wrong)


def test_the_settings_of_the_readme_are_the_settings() -> None:
    rows = re.findall(
        r"^\| `(ENMUSUBI_\w+)` \| (.*?) ?\| (.*) \|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE
    )
    fields = Settings.model_fields
    assert [(name, told) for name, _, told in rows] == [
        (f"ENMUSUBI_{name.upper()}", field.description) for name, field in fields.items()
    ]
    shown = {name: default for name, default, _ in rows if default and name != "ENMUSUBI_HOME"}
    plain = {n: f.default for n, f in fields.items() if isinstance(f.default, (str, int, float))}
    assert shown == {
        f"ENMUSUBI_{name.upper()}": f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in plain.items()
    }


def maker(name: str) -> ModuleType:
    """One of the scripts that make pages."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_the_schema_is_up_to_date() -> None:
    shown = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
    assert shown == maker("make_schema_page").page(load_schema()), "run python docs/make_schema_page.py"


def test_the_counts_of_the_facts_are_up_to_date() -> None:
    shown = (ROOT / "docs" / "facts.md").read_text(encoding="utf-8")
    assert shown == maker("make_facts_page").page(load_schema(), shown), "run python docs/make_facts_page.py"


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_inside_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


def test_every_page_of_the_docs_is_linked_from_the_readme() -> None:
    linked = {target.partition("#")[0] for target in LINK.findall((ROOT / "README.md").read_text(encoding="utf-8"))}
    assert {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")} <= linked

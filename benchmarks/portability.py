"""Another domain's files and its questions with gold Cypher enter, how many are answered alike by type leaves.

`python -m benchmarks.portability FOLDER` expects what ZOGRASCOPE gives: the graph as tables (or a zip of them) and CSV
files of questions with the columns `nl`, `mr` and `type`. Nothing but the files in benchmarks/pole knows that domain.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copy

from benchmarks.engines import embedded, scratch
from benchmarks.measure import machine, markdown, percentile
from graph.errors import EnmusubiError
from graph.schema import Schema, load_schema
from graph.store import GraphNode, Store
from graph.values import parse_value
from loaders.load import MAPPING_FILE, load_folder
from qa.answer import Answer
from qa.chain import Asker

DOMAIN = Path(__file__).with_name("pole")
# In the gold queries a condition stands inside the brackets of its node.
_CONDITION = re.compile(r'\((\w+):(\w+) WHERE (\w+)\.(\w+) = "([^"]*)"\)')
_ORDER = re.compile(r"\nORDER BY (\w+\.\w+) (ASC|DESC)\nLIMIT 1")
_RETURN = re.compile(r"RETURN (?P<count>COUNT)?\(?(?:DISTINCT )?(?P<target>\w+)(?:\.(?P<property>\w+))?")


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its gold query."""

    id: str
    text: str
    gold: str
    type: str


@dataclass(frozen=True, slots=True)
class Gold:
    """What the gold query asks for (count, id or a property), and each set of values that is a right answer.

    Where several things are first in order, any of them is right.
    """

    asked: str
    sets: tuple[frozenset[object], ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """One question, its answer, and whether the values are those of the gold query."""

    question: Question
    answer: Answer
    right: bool


def read_questions(paths: Iterable[Path]) -> list[Question]:
    """The questions of CSV files with the columns nl, mr and type."""
    found = []
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            found += [Question(r.get("id", ""), r["nl"], r["mr"], r["type"]) for r in csv.DictReader(file)]
    return found


def gold_answer(question: Question, store: Store, schema: Schema) -> Gold:
    """Run the gold query; its values are read as the schema types them."""
    parameters: dict[str, object] = {}

    def outside(match: re.Match[str]) -> str:
        node, label, _, name, text = match.groups()
        parameters[f"{node}_{name}"] = parse_value(text, schema.properties(label)[name])
        return f"({node}:{label} {{{name}: ${node}_{name}}})"

    cypher = _CONDITION.sub(outside, question.gold)
    asked = _RETURN.search(cypher)
    if asked is None:
        raise ValueError(f"The gold query of question {question.id} returns something else: {question.gold!r}")
    order = _ORDER.search(cypher)
    if order:
        key, direction = order.groups()
        cypher = _ORDER.sub(f", {key} AS first\nORDER BY first {direction}", cypher)
    rows = store.read(cypher, parameters, seconds=600.0).rows
    values = [_value(row[0]) for row in rows]
    name = "count" if asked["count"] else asked["property"] or "id"
    if order:
        # A thing without the value that orders comes in only where none has it.
        stated = [at for at, row in enumerate(rows) if row[1] is not None] or list(range(len(rows)))
        best = rows[stated[0]][1] if stated else None
        return Gold(name, tuple({_only(values[at]) for at in stated if rows[at][1] == best}) or (frozenset(),))
    return Gold(name, (frozenset(v for v in values if v is not None),))


def _only(value: object) -> frozenset[object]:
    return frozenset() if value is None else frozenset({value})


def _value(value: object) -> object:
    return value.id if isinstance(value, GraphNode) else value


def answered(answer: Answer, asked: str, store: Store) -> frozenset[object] | None:
    """The set of values that an answer gives for what is asked; None where it gives another kind of thing."""
    columns = [c for c in answer.columns if c != "sources"]
    counted = "count" in columns
    if answer.status not in ("answered", "empty") or asked not in columns or counted != (asked == "count"):
        return None
    listed = any(f") AS {column}" in answer.cypher for column in columns) or bool(answer.entities)
    if asked != "count" and not _gives(answer, columns, asked, listed):
        return None
    rows = store.read(answer.cypher, answer.parameters).rows if answer.truncated else answer.rows
    at = answer.columns.index(asked)
    if counted and not rows:
        return frozenset({0})
    return frozenset(row[at] for row in rows if row[at] is not None)


def _gives(answer: Answer, columns: Sequence[str], asked: str, listed: bool) -> bool:
    """Whether the asked column is what the answer is about: the things themselves, or the last property of them."""
    if asked == "id":
        return listed or not answer.rows
    ordered = re.search(r"ORDER BY (\w+)", answer.cypher)
    last = columns[-1:]
    before = columns[-2:-1] if ordered and last == [ordered[1]] else []
    return not answer.entities and asked in (*last, *before)


def judge(questions: Sequence[Question], asker: Asker, store: Store, schema: Schema) -> list[Judged]:
    """Ask every question in its raw words and hold the values against those of the gold query."""
    found = []
    for question in questions:
        gold = gold_answer(question, store, schema)
        answer = asker.ask(question.text, "en")
        try:
            given = answered(answer, gold.asked, store)
        except EnmusubiError as error:
            print(f"{question.id}: {error}", file=sys.stderr)
            given = None
        found.append(Judged(question, answer, given in gold.sets))
    return found


def unpack(folder: Path, into: Path) -> None:
    """Put the tables of a folder, or of the archives in it, beside the schema and the mapping of the domain."""
    for archive in sorted(folder.glob("*.zip")):
        with zipfile.ZipFile(archive) as content:
            for name in content.namelist():
                if name.endswith(".csv"):
                    (into / Path(name).name).write_bytes(content.read(name))
    for table in [*folder.glob("*.nodes.*.csv"), *folder.glob("*.relationships.*.csv")]:
        copy(table, into / table.name)
    for file in ("schema.yaml", MAPPING_FILE):
        copy(DOMAIN / file, into / file)


def score_rows(found: Sequence[Judged]) -> list[list[str]]:
    """A row for each type and one for all: questions, right ones, answered ones."""
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in found:
        groups[one.question.type].append(one)
    rows = []
    for name, group in [*sorted(groups.items()), ("all", list(found))]:
        right = sum(one.right for one in group)
        said = sum(one.answer.status in ("answered", "empty") for one in group)
        rows.append([name, str(len(group)), f"{right / len(group):.3f}", f"{said / len(group):.3f}"])
    return rows


def main() -> int:
    """Load the graph, ask the questions, print the accuracy."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.portability", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with the graph's tables (or a zip of them) and the questions")
    parser.add_argument("--questions", type=Path, nargs="*", help="CSV files (default: zograscope_*.csv in the folder)")
    parser.add_argument("--home", type=Path, help="keep the loaded graph here, and use it when it is there")
    parser.add_argument(
        "--misses", type=Path, help="write every miss with its answer to this file, a JSON object a line"
    )
    given = parser.parse_args()
    paths = given.questions or sorted(given.folder.glob("zograscope_*.csv"))
    if not paths or not given.folder.is_dir():
        parser.error(f"{given.folder} holds no zograscope_*.csv; docs/benchmarks.md says where the data set is from")
    questions = read_questions(paths)
    schema = load_schema(DOMAIN / "schema.yaml")
    with scratch() as folder:
        home = given.home or Path(folder) / "home"
        tables = Path(folder) / "tables"
        tables.mkdir()
        unpack(given.folder, tables)
        # Answers within the time that a user gets.
        settings = embedded(str(home)).model_copy(update={"query_seconds": 10.0})
        with Store.open(settings, schema) as store:
            store.prepare()
            if not any(store.node_counts().values()):
                load_folder(tables, store, schema)
            counts = store.counts()
            asker = Asker(store, schema, rows=1000)
            found = judge(questions, asker, store, schema)
    if given.misses:
        lines = (_miss(one) for one in found if not one.right)
        given.misses.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    size = f"{sum(counts.nodes.values()):,} nodes, {sum(counts.relations.values()):,} relations"
    print(markdown(f"ZOGRASCOPE, raw questions, {size}", ("type", "questions", "right", "answered"), score_rows(found)))
    timings = [one.answer.timings_ms for one in found]
    rows = [
        [name, *(f"{percentile(values, share):.1f}" for share in (0.5, 0.99))]
        for name, values in (
            ("linking + planning", [t.link + t.plan for t in timings]),
            ("total", [t.total for t in timings]),
        )
    ]
    print(markdown("Milliseconds", ("", "p50", "p99"), rows))
    print(f"Machine: {machine()}.")
    return 0


def _miss(one: Judged) -> str:
    shown = {
        "question": one.question.text,
        "type": one.question.type,
        "gold": one.question.gold,
        "status": one.answer.status,
        "answer": one.answer.answer[:200],
        "interpretation": one.answer.interpretation,
        "cypher": one.answer.cypher,
        "parameters": one.answer.parameters,
    }
    return json.dumps(shown, ensure_ascii=False, default=str)


if __name__ == "__main__":
    sys.exit(main())

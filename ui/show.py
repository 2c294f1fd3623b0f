"""Answers, reports and tables enter, text for a terminal or JSON leaves on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from graph.bolt import GraphNode, GraphRelation
from ui.texts import say

if TYPE_CHECKING:
    from graph.contents import Digests
    from graph.moving import Moved
    from graph.report import Change, LoadReport
    from graph.schema import Schema
    from loaders.load import Loaded
    from qa.answer import Answer
    from ui.status import Status

_PLAIN_WIDTH = 160
_MOST_SOURCES = 10
_MOST_NOTES = 5


def jsonable(value: Any) -> Any:
    """A cell of a result as JSON can hold it; nodes and relations become objects."""
    if isinstance(value, GraphNode):
        return {"label": value.label, "id": value.id, "properties": jsonable(value.properties)}
    if isinstance(value, GraphRelation):
        ends = {name: {"label": end[0], "id": end[1]} for name, end in (("start", value.start), ("end", value.end))}
        return {"type": value.type, **ends, "properties": jsonable(value.properties)}
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    return value


def cell_text(value: Any) -> str:
    """A cell of a result in one line."""
    if value is None:
        return ""
    if isinstance(value, GraphNode):
        return str(value.properties.get("name") or value.id)
    if isinstance(value, list):
        return ", ".join(text for text in map(cell_text, value) if text)
    if isinstance(value, (dict, GraphRelation)):
        return json.dumps(jsonable(value), ensure_ascii=False)
    return str(value)


def print_json(value: Any) -> None:
    """Print one JSON value in one line, at once."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: bool = False) -> None:
    """Print a table; with `numbers`, all columns but the first stand to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for at, column in enumerate(columns):
        table.add_column(Text(column), justify="right" if numbers and at else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell_text(value)) for value in row))
    Console(highlight=False, width=None if sys.stdout.isatty() else _PLAIN_WIDTH).print(table)


def print_answer(answer: Answer) -> None:
    """Print an answer as a person reads it: text, reading, query, sources, what else could be asked."""
    language = answer.language
    print(answer.answer)
    if answer.interpretation:
        print(f"\n{say(language, 'interpretation')}: {answer.interpretation}")
    if answer.cypher:
        print(f"\n{say(language, 'cypher')}:")
        print("\n".join(f"  {line}" for line in answer.cypher.splitlines()))
        if answer.parameters:
            print(f"  {json.dumps(answer.parameters, ensure_ascii=False)}")
    if answer.sources:
        print(f"\n{say(language, 'sources')}:")
        for place in answer.sources[:_MOST_SOURCES]:
            print(f"  {' · '.join(part for part in (place.document, place.locator, place.date, place.url) if part)}")
        if len(answer.sources) > _MOST_SOURCES:
            print(f"  {say(language, 'more', count=len(answer.sources) - _MOST_SOURCES)}")
    others = [option for option in answer.options if option.question not in answer.answer]
    if others:
        print(f"\n{say(language, 'options')}:")
        for option in others:
            print(f"  {option.question}" + (f" ({option.count})" if option.count is not None else ""))
    print(f"\n{answer.timings_ms.total:.0f} ms")


def print_loaded(name: str, loaded: Loaded) -> None:
    """Print what a load added, changed, removed and left, by label and relation."""
    print_report(name, loaded.report)
    if loaded.conflicts:
        print(f"{len(loaded.conflicts)} values stated differently in two places; the first was kept:")
        _print_some(f"  {c.id}, {c.property}: {c.kept!r}, not {c.other!r} ({c.place})" for c in loaded.conflicts)


def print_report(name: str, report: LoadReport) -> None:
    """Print what a write added, changed, removed and left, by label and relation."""
    print(f"{name}{' (dry run, nothing was written)' if report.dry_run else ''}")
    changes = [*report.nodes, *report.relations]
    if changes:
        rows = [[change.name, *_figures(change)] for change in changes]
        totals = [sum(column) for column in zip(*map(_figures, changes), strict=True)]
        print_table(["", "added", "changed", "removed", "unchanged"], [*rows, ["total", *totals]], numbers=True)
    if report.dangling:
        print(f"{len(report.dangling)} relations left out, because one end is not in the graph:")
        _print_some(f"  ({r.start})-[{r.type}]->({r.end})" for r in report.dangling)


def print_digests(digests: Digests) -> None:
    """Print counts and checksums by label and relation."""
    rows = [[name, digest.count, digest.checksum] for name, digest in digests.items() if digest.count]
    print_table(["", "count", "checksum"], rows, numbers=True)


def print_moved(name: str, moved: Moved) -> None:
    """Print what a copy or restore did, and that both sides are equal."""
    print_digests(moved.digests)
    total = sum(digest.count for digest in moved.digests.values())
    print(f"{name}: {total} things and relations, equal in counts and checksums; {moved.report.changes} were written")


def _figures(change: Change) -> list[int]:
    return [change.added, change.changed, change.removed, change.unchanged]


def _print_some(lines: Iterable[str]) -> None:
    found = list(lines)
    print("\n".join(found[:_MOST_NOTES]))
    if len(found) > _MOST_NOTES:
        print(f"  … and {len(found) - _MOST_NOTES} more")


def print_status(status: Status) -> None:
    """Print the engine, what the graph holds, the loads and the documents."""
    engine = status.engine
    where = f"{engine.address}{f', database {engine.database}' if engine.database else ''}"
    print(f"Engine: {engine.name} {engine.version} ({'embedded' if engine.embedded else 'server'}) at {where}")
    if engine.home:
        print(f"Data folder: {engine.home}")
    print(f"Things: {sum(status.nodes.values())}, relations: {sum(status.relations.values())}")
    for heading, counts in (("label", status.nodes), ("relation", status.relations)):
        print_table([heading, "count"], [pair for pair in counts.items() if pair[1]], numbers=True)
    if status.loads:
        loads = [[x.started, x.finished, x.state, x.what or x.documents or x.id] for x in status.loads]
        print_table(["load started", "finished", "state", "documents"], loads)
        if any(x.state == "interrupted" for x in status.loads):
            print("An interrupted load holds what was written until then: run the same command again to complete it.")
    else:
        print("Nothing is loaded yet: run `enmusubi load`.")
    if status.documents:
        rows = [[d.id, d.date, d.name, d.licence, d.url] for d in status.documents]
        print_table(["document", "date", "name", "licence", "link"], rows)


def print_schema(schema: Schema) -> None:
    """Print the labels with their properties and the relations with their ends."""
    labels = [
        [name, label.name("ja"), label.name("en"), list(label.properties)] for name, label in schema.labels.items()
    ]
    print(f"Every thing has: {', '.join(('id', *schema.common))}")
    print_table(["label", "日本語", "English", "properties"], labels)
    relations = [
        [name, relation.start, relation.end, relation.name("ja"), relation.name("en"), list(relation.properties)]
        for name, relation in schema.relations.items()
    ]
    rows = [[n, " ".join(s), " ".join(e), ja, en, p] for n, s, e, ja, en, p in relations]
    print_table(["relation", "from", "to", "日本語", "English", "properties"], rows)

"""Words on a command line enter, their command runs: text or JSON on standard output, one paragraph on an error."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.resolving import resolve_app

if TYPE_CHECKING:
    from graph.schema import Schema
    from graph.settings import Settings
    from graph.store import Store

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


class SourceFormat(StrEnum):
    """What can be loaded."""

    folder = "folder"
    csv = "csv"
    xlsx = "xlsx"
    houjin = "houjin"
    gbizinfo = "gbizinfo"
    jgrants = "jgrants"
    adoption = "adoption"
    rdf = "rdf"
    codes = "codes"


class ExportFormat(StrEnum):
    """What can be written."""

    turtle = "turtle"


class AnswerLanguage(StrEnum):
    """Languages of answers."""

    ja = "ja"
    en = "en"


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.callback(epilog="--debug, anywhere, adds the traceback to an error. Settings: environment or .env, ENMUSUBI_….")
def _program() -> None:
    """Who helps whom innovate, and where that is written: load facts, ask in Japanese or English, read the graph."""


def main() -> None:
    """Run the command line; exit 1 on an error, 2 on wrong usage, 130 on Ctrl-C."""
    arguments = sys.argv[1:]
    debug = "--debug" in arguments
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    from graph.errors import EnmusubiError

    try:
        app(args=[a for a in arguments if a != "--debug"], prog_name="enmusubi")
    except Exception as error:  # noqa: BLE001 (the last wall before a user)
        if debug:
            traceback.print_exc()
        ours = isinstance(error, EnmusubiError)
        text = str(error) if ours else f"The program failed: {error!r}. Please report it; --debug shows the place."
        print(f"enmusubi: {text}", file=sys.stderr)
        sys.exit(1)


@contextmanager
def _opened(*, filled: bool = False, fitting: bool = True) -> Iterator[tuple[Settings, Store, Schema]]:
    from ui.session import opened

    with opened(filled=filled, fitting=fitting) as graph:
        yield graph


@contextmanager
def _resumable(left: str) -> Iterator[None]:
    """Say on Ctrl-C what is left and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        print(f"enmusubi: Interrupted. {left} (`enmusubi status` shows it.)", file=sys.stderr)
        raise


@app.command(epilog="Example: enmusubi load members.csv --mapping members.yaml --dry-run")
def load(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...", help="Folders, tables, open data, or the address of an API (jGrants, gBizINFO)."
        ),
    ] = None,
    source_format: Annotated[SourceFormat | None, typer.Option("--as", help="Default: told by the name.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="Mapping file of a table: which column becomes what.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report what would change.")] = False,
) -> None:
    """Load folders (with a mapping.yaml) or tables, and report what changed; without SOURCE the domain's own facts."""
    from graph.settings import load_settings
    from ui.loading import load_planned, packaged_codes, plan_sources, print_resolved, print_rows, resolve_loaded
    from ui.session import domain_folder, load_domain, open_schema
    from ui.show import print_loaded

    given = load_settings()
    schema = open_schema(given)
    if source_format == SourceFormat.codes and not sources:
        sources = packaged_codes()
    planned = [plan for source in sources or [] for plan in plan_sources(source, source_format, mapping, schema, given)]
    left = "What was loaded until now is there; the same command completes it."
    with _opened() as (settings, store, _), _resumable(left):
        steps = [(str(p.path), partial(load_planned, p, settings, store, schema, dry_run=dry_run)) for p in planned]
        if not sources:
            own = partial(load_domain, settings, store, schema, dry_run=dry_run)
            steps.append((domain_folder(settings).name, own))
        for name, step in steps:
            loaded = step()
            print_loaded(name, loaded)
            print_rows(loaded)
            if not dry_run:
                print_resolved(resolve_loaded(loaded, settings, store, schema))


app.add_typer(resolve_app, name="resolve")
mapping_app = typer.Typer(no_args_is_help=True, help="Work on mapping files.")
app.add_typer(mapping_app, name="mapping")


@mapping_app.command(epilog="Example: enmusubi mapping suggest members.xlsx > members.yaml")
def suggest(
    table: Annotated[Path, typer.Argument(help="A .csv, .tsv or .xlsx table with a header.")],
    sheet: Annotated[str | None, typer.Option(help="Sheet of an Excel file; default: the first.")] = None,
) -> None:
    """Propose a mapping file for a table from its headers, to be read and corrected before it is used."""
    from graph.settings import load_settings
    from loaders.suggest import suggest as suggested
    from ui.session import open_schema

    print(suggested(table, open_schema(load_settings()), sheet), end="")


@app.command(epilog='Example: enmusubi ask "Which producers work on semiconductors in Kyushu?" --json')
def ask(
    question: Annotated[str | None, typer.Argument(help="The question, in Japanese or English.")] = None,
    as_json: AsJson = False,
    lang: Annotated[
        AnswerLanguage | None, typer.Option(help="Language of the answer; default: the question's.")
    ] = None,
    jsonl: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Answer every line of FILE (- is standard input), a JSON object each."),
    ] = None,
) -> None:
    """Answer a question, or with --jsonl one a line: {"question": …, "session"?, "language"?} in, an answer out."""
    if (question is None) == (jsonl is None):
        raise typer.BadParameter("give either a question or --jsonl FILE")
    from ui.jsonl import answer_lines, input_lines
    from ui.session import open_asker, safe_ask
    from ui.show import print_answer, print_json

    debug = "--debug" in sys.argv
    lines = input_lines(jsonl) if jsonl is not None else None
    with _opened(filled=True) as (settings, store, schema):
        asker = open_asker(settings, store, schema)
        if lines is not None:
            for answer in answer_lines(lines, asker, debug=debug):
                print_json(answer.model_dump(mode="json"))
            return
        answer = safe_ask(asker, question or "", lang.value if lang else None, debug=debug)
    if as_json:
        print_json(answer.model_dump(mode="json"))
    elif answer.error is None:
        print_answer(answer)
    if answer.error is not None:
        print(f"enmusubi: {answer.error.message} {answer.error.next_step}".rstrip(), file=sys.stderr)
        raise typer.Exit(1)


@app.command(epilog="Example: enmusubi cypher 'MATCH (c:Company) RETURN c.name ORDER BY c.name LIMIT 5'")
def cypher(
    query: Annotated[str, typer.Argument(help="One read-only Cypher query.")],
    as_json: AsJson = False,
    parameters: Annotated[str, typer.Option(metavar="JSON", help="Values of the query's $names.")] = "{}",
    rows: Annotated[int | None, typer.Option(min=1, help="Most rows to show; default: ENMUSUBI_ROWS.")] = None,
) -> None:
    """Run one read-only query."""
    values = _json_object(parameters)
    from ui.show import jsonable, print_json, print_table

    with _opened() as (settings, store, _):
        table = store.read(query, values, rows=rows or settings.rows)
    if as_json:
        print_json({"columns": table.columns, "rows": jsonable(table.rows), "truncated": table.truncated})
        return
    print_table(table.columns, table.rows)
    if table.truncated:
        print(f"The first {len(table.rows)} rows are shown; --rows N shows more.")


def _json_object(text: str) -> dict[str, Any]:
    import json

    try:
        value = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"--parameters is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise typer.BadParameter("--parameters is no JSON object")
    return value


@app.command(epilog='Example: enmusubi export --around "Institution/OSTi" --hops 2 --format turtle -o osti.ttl')
def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write.")],
    question: Annotated[str | None, typer.Option(help="What answers this question, with its neighbours.")] = None,
    around: Annotated[str | None, typer.Option(metavar="ID", help="One thing with what lies around it.")] = None,
    hops: Annotated[int, typer.Option(min=0, help="How far around.")] = 1,
    everything: Annotated[bool, typer.Option("--all", help="The whole graph.")] = False,
    export_format: Annotated[ExportFormat, typer.Option("--format", help="Format of the file.")] = ExportFormat.turtle,
) -> None:
    """Write a part of the graph, or all of it, to a file."""
    if sum((question is not None, around is not None, everything)) != 1:
        raise typer.BadParameter("give one of --question, --around and --all")
    from graph.subgraph import around as around_thing
    from graph.subgraph import whole
    from ui.exporting import subgraph_of_answer, write_subgraph
    from ui.session import open_asker, safe_ask

    with _opened(filled=True) as (settings, store, schema):
        if question is not None:
            answer = safe_ask(open_asker(settings, store, schema), question)
            subgraph = subgraph_of_answer(answer, store, schema)
        else:
            subgraph = whole(store, schema) if around is None else around_thing(store, schema, around, hops)
        write_subgraph(subgraph, schema, export_format.value, output)
    print(f"{output}: {len(subgraph.nodes)} things, {len(subgraph.relations)} relations")


@app.command(
    epilog="Example: ENMUSUBI_TO_PASSWORD=… enmusubi copy --to neo4j+s://graph.example.org. Back: --to /a/data/folder"
)
def copy(
    to: Annotated[str, typer.Option("--to", metavar="URI", help="Neo4j address, or folder of an embedded graph.")],
    to_database: Annotated[str | None, typer.Option(help="Database there; default: the server's.")] = None,
    to_user: Annotated[str | None, typer.Option(help="User there; default: ENMUSUBI_USER.")] = None,
    to_password: Annotated[
        str | None,
        typer.Option(
            envvar="ENMUSUBI_TO_PASSWORD", help="Set it in the environment; default: ENMUSUBI_PASSWORD.", metavar="TEXT"
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Remove what the graph there holds.")] = False,
) -> None:
    """Copy the whole graph to another engine and prove that both are equal; run again, it goes on where it broke off."""
    from ui.moving import copy_to, target_settings
    from ui.show import print_moved

    left = "The graph there is not complete; the same command completes it."
    with _opened() as (settings, store, schema), _resumable(left):
        target = target_settings(settings, to, to_database, to_user, to_password)
        print_moved(to, copy_to(target, store, schema, settings.home, replace=replace))


@app.command(epilog="Example: enmusubi backup graph-2026-11-21.backup")
def backup(file: Annotated[Path, typer.Argument(help="File to write; it must not exist yet.")]) -> None:
    """Write the whole graph, and what was decided by `enmusubi resolve`, to a file that any engine can be restored from."""
    from graph.moving import backup as back_up
    from loaders.decisions import read_journal
    from ui.moving import progress_bar
    from ui.show import print_digests

    with _opened(fitting=False) as (settings, store, _schema), progress_bar() as tell:
        found = back_up(store, file, tell, read_journal(settings.home))
    print_digests(found)
    print(f"{file}: {sum(digest.count for digest in found.values())} things and relations")


@app.command(epilog="Example: enmusubi restore graph-2026-11-21.backup --dry-run")
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `enmusubi backup` wrote.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report what would change.")] = False,
) -> None:
    """Bring the graph back to what a backup holds, as a whole; on a failure the former state stays."""
    from graph.moving import restore as bring_back
    from ui.moving import bring_decisions, progress_bar
    from ui.show import print_moved, print_report

    with _opened() as (settings, store, schema), progress_bar() as tell:
        moved = bring_back(file, store, schema, tell, dry_run=dry_run)
    if not dry_run and moved.journal is not None:
        bring_decisions(settings.home, moved.journal)
    print_report(str(file), moved.report)
    if not dry_run:
        print_moved(str(file), moved)


@app.command(epilog="Example: enmusubi migrate --apply")
def migrate(
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without this nothing is changed.")] = False,
) -> None:
    """Show what a changed schema.yaml removes from the graph or reads anew, and with --apply do it."""
    with _opened(fitting=False) as (_, store, _schema):
        migration = store.migration()
        steps = migration.steps()
        for step in steps:
            print(f"- {step}")
        if apply or not steps:
            migration.apply(steps)
    if apply and steps:
        print("Done: the graph fits the schema.")
    elif steps:
        print("Nothing is changed yet: make a backup (`enmusubi backup FILE`), then run `enmusubi migrate --apply`.")
    else:
        print("The graph fits the schema: nothing has to be removed or changed.")


@app.command(name="eval", epilog="Example: enmusubi eval benchmarks/questions/dev.jsonl")
def evaluate(
    file: Annotated[Path, typer.Argument(help="Questions with what a right answer holds, JSON lines.")],
) -> None:
    """Score a question file: precision, coverage and accuracy by language and kind, then every miss."""
    from qa import evaluate as scoring
    from ui.session import open_asker

    cases = scoring.read_cases(file)
    with _opened(filled=True) as (settings, store, schema):
        asker = open_asker(settings, store, schema)
        for line in scoring.report(list(scoring.evaluate(asker, cases))):
            print(line)


@app.command(epilog="Example: enmusubi status --json")
def status(as_json: AsJson = False) -> None:
    """Tell the engine, what the graph holds, the loads and the documents with their dates."""
    from ui.show import print_json, print_status
    from ui.status import read_status

    with _opened(fitting=False) as (_, store, schema):
        found = read_status(store, schema)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        print_status(found)


@app.command(epilog="Example: enmusubi schema")
def schema(as_json: AsJson = False) -> None:
    """Show the schema in use: labels, properties, relations and their words."""
    from graph.settings import load_settings
    from ui.session import open_schema
    from ui.show import print_json, print_schema

    found = open_schema(load_settings())
    if as_json:
        print_json(found.model_dump(mode="json", by_alias=True))
    else:
        print_schema(found)


@app.command(epilog="Example: ENMUSUBI_PORT=8000 enmusubi serve")
def serve() -> None:
    """Serve the chat, the HTTP interface and MCP until Ctrl-C; the graph is filled first when it is empty."""
    from graph.settings import load_settings
    from ui.serve import run

    run(load_settings())

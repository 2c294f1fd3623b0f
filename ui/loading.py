"""A path that a user gave enters, what loading it changed leaves; a bar tells on the way how far it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import SourceError

if TYPE_CHECKING:
    from graph.schema import Schema
    from graph.settings import Settings
    from graph.store import Store
    from loaders.entries import Feed, Tell
    from loaders.load import Loaded

_ENDINGS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx"}
_PLACES = "soumu-codes"


@dataclass(frozen=True, slots=True)
class Planned:
    """A source that can be loaded: what it is, and by which mapping or as which feed of open data."""

    path: Path
    format: str
    mapping: Path | None = None
    feed: Feed | None = None


def plan_sources(
    source: str, wanted: str | None, mapping: Path | None, schema: Schema, settings: Settings
) -> list[Planned]:
    """Plan a file, a folder or an address.

    Raises:
        SourceError: it cannot be loaded.
    """
    if source.startswith(("http://", "https://")):
        return [_plan_address(source, wanted, settings)]
    return _plan_path(Path(source), wanted, mapping, schema)


def packaged_codes() -> list[str]:
    """The folders of the packaged code lists."""
    from loaders.load import PACKAGED_CODES

    return [str(PACKAGED_CODES / name) for name in ("places", "industries")]


def _plan_address(address: str, wanted: str | None, settings: Settings) -> Planned:
    """An address of the API of gBizINFO or jGrants as a source.

    Raises:
        SourceError: another format is wanted, or a token is missing.
    """
    from loaders import gbizinfo, gbizinfo_api, jgrants

    found = gbizinfo.FORMAT if gbizinfo_api.is_address(address) else jgrants.FORMAT
    if wanted not in (None, found):
        raise SourceError(
            f"{address} is read as {found}, not as {wanted}.", next_step="Download it, and load the file."
        )
    if found == jgrants.FORMAT:
        feed = jgrants.address_feed(address)
    else:
        feed = gbizinfo_api.address_feed(address, settings.gbizinfo_token.get_secret_value())
    return Planned(feed.path, feed.format, feed=feed)


def _plan_path(source: Path, wanted: str | None, mapping: Path | None, schema: Schema) -> list[Planned]:
    """Tell what a source is, and that it can be loaded, before an engine is started for it.

    A folder without a mapping is all the files in it.

    Raises:
        SourceError: it cannot.
    """
    if not source.exists():
        raise SourceError(f"There is no file or folder {source}.", next_step="Check the path.")
    if source.is_dir() and not (source / "mapping.yaml").exists():
        files = sorted(p for p in source.iterdir() if p.is_file() and not p.name.startswith(".") and p.suffix != ".md")
        if files:
            return [plan for file in files for plan in _plan_path(file, wanted, mapping, schema)]
    feed = None
    found = "folder" if source.is_dir() else _ENDINGS.get(source.suffix.lower())
    if found != "folder" and mapping is None:
        from loaders.formats import open_feed

        feed = open_feed(source, schema)
        found = feed.format if feed else found
    if found is None:
        raise SourceError(
            f"{source.name} is of no kind that can be loaded.",
            place=str(source),
            next_step="Give a folder with a mapping.yaml, open data as downloaded, or a table with --mapping.",
        )
    if wanted not in (None, found) and (wanted, found) != ("codes", "folder"):
        raise SourceError(
            f"{source.name} is {found}, not {wanted}.",
            place=str(source),
            next_step="Leave --as out, or give another file.",
        )
    if found != "folder" and mapping is None and feed is None:
        raise SourceError(
            "The table is no open data that is known here, and alone does not say which column becomes what.",
            place=str(source),
            next_step="Add --mapping FILE (docs/loading.md shows one), or give a folder with a mapping.yaml.",
        )
    return [Planned(source, found, mapping, feed)]


def load_planned(planned: Planned, settings: Settings, store: Store, schema: Schema, *, dry_run: bool) -> Loaded:
    """Load a folder by its own mapping, a table by the given one, or a file of open data.

    Raises:
        SourceError: it cannot be used; nothing was written.
    """
    from loaders.decisions import Decisions
    from loaders.load import Loaded, load_folder, load_table

    decisions = Decisions.of(settings.home)
    if planned.feed is not None:
        from loaders.stream import load_feed

        if planned.feed.refers_to_places:
            _prepare_places(settings, store, schema, dry_run=dry_run)
        quarantine = settings.home / "quarantine" / f"{planned.path.stem}.csv"
        with _bar(planned.path.name) as tell:
            report, rows = load_feed(planned.feed, store, schema, quarantine, decisions, dry_run=dry_run, tell=tell)
        return Loaded(report, (), rows)
    if planned.mapping is None:
        return load_folder(planned.path, store, schema, decisions, dry_run=dry_run)
    return load_table(planned.path, planned.mapping, store, schema, decisions, dry_run=dry_run)


def resolve_loaded(loaded: Loaded, settings: Settings, store: Store, schema: Schema) -> int:
    """Join what was decided to be one but came as two, and the loaded things that certainly are known corporations."""
    from loaders.candidates import Finder, fits
    from loaders.decisions import Decisions
    from loaders.joining import Joiner

    if not fits(schema):
        return 0
    decisions = Decisions.of(settings.home)
    joiner, finder = Joiner(store, schema, decisions), Finder(store, decisions)
    done = joiner.renew()
    if loaded.named and finder.any_numbered():
        for pair in finder.pairs(loaded.named):
            if pair.sure:
                joiner.join(pair.kept, pair.other, ", ".join(pair.why), by_rule=True)
                done += 1
    return done


def _prepare_places(settings: Settings, store: Store, schema: Schema, *, dry_run: bool) -> None:
    """Load what open data refers to: the packaged facts with the prefectures, then the municipalities.

    Raises:
        SourceError: it is a dry run, which writes nothing, and they are not there.
    """
    from loaders.load import PACKAGED_CODES, load_folder
    from ui.session import load_domain

    done = [load.documents for load in store.loads() if load.state == "done"]
    if dry_run and settings.domain is None and not any(_PLACES in documents for documents in done):
        raise SourceError(
            "The graph holds no municipalities yet, without which a dry run cannot tell where corporations are.",
            next_step="Load them first: enmusubi load && enmusubi load --as codes",
        )
    if not done:
        print("The graph is empty: the packaged facts, with the prefectures, are loaded first.", file=sys.stderr)
        load_domain(settings, store, schema)
    if settings.domain is None and not any(_PLACES in documents for documents in done):
        load_folder(PACKAGED_CODES / "places", store, schema)


def print_rows(loaded: Loaded) -> None:
    """Print where the rows of a file of open data went."""
    rows = loaded.rows
    if rows is None:
        return
    told = f"{rows.read:,} rows read: {rows.loaded:,} loaded, {rows.unchanged:,} unchanged"
    print(f"{told}, {rows.quarantined:,} quarantined")
    if rows.quarantine is not None:
        for reason, count in rows.reasons[:5]:
            print(f"  {count:,} × {reason}")
        print(f"Rejected rows, with line and reason: {rows.quarantine}")
    if rows.undecided:
        count = len(rows.undecided)
        told = "corporation may be a thing" if count == 1 else "corporations may be things"
        print(f"{count:,} {told} that the graph knows without a number, for you to decide: `enmusubi resolve`")
    if not loaded.report.changes:
        print("Nothing changed: the graph said all this already.")


def print_resolved(count: int) -> None:
    """Print how many things turned out to be known corporations."""
    if count:
        things = "thing is a corporation" if count == 1 else "things are corporations"
        print(f"{count:,} {things} that the graph knows by its number (`enmusubi resolve log` lists them).")


@contextmanager
def _bar(name: str) -> Iterator[Tell | None]:
    """A bar with rate and time left, where a person looks on; else none."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = progress.add_task(f"{step} {name}", total=total, rate="")
            speed = progress.tasks[tasks[step]].speed or 0.0
            unit = f"{speed / 1e6:,.1f} MB/s" if step == "read" else f"{speed:,.0f}/s"
            progress.update(tasks[step], completed=done, total=total, rate=unit)

        yield tell

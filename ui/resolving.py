"""Words after `enmusubi resolve` enter: candidates with scores are shown, joins and splits are made and undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from graph.spool import NodeKey
    from graph.store import Store
    from loaders.candidates import Finder, Pair
    from loaders.decisions import Decision
    from loaders.joining import Joiner

resolve_app = typer.Typer(
    invoke_without_command=True,
    help="Decide which companies and institutions are one: list what may be, join, split, undo.",
    epilog='Example: enmusubi resolve join "Company/有限会社 成川工業" 2350002000001',
)
_MOST = 50
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
Thing = Annotated[
    str, typer.Argument(metavar="THING", help="Its id, its corporate number, or a name that only it has.")
]


@contextmanager
def _deciding() -> Iterator[tuple[Store, Joiner, Finder]]:
    from graph.errors import SchemaError
    from loaders.candidates import Finder, fits
    from loaders.decisions import Decisions
    from loaders.joining import Joiner
    from ui.session import opened

    with opened() as (settings, store, schema):
        if not fits(schema):
            raise SchemaError(
                "This domain has no labels Company, Institution and Region, among which to resolve.",
                place="schema.yaml",
                next_step="Use it without ENMUSUBI_DOMAIN.",
            )
        decisions = Decisions.of(settings.home)
        yield store, Joiner(store, schema, decisions), Finder(store, decisions)


@resolve_app.callback()
def candidates(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="Most pairs to show.")] = _MOST,
    as_json: AsJson = False,
) -> None:
    """List the companies and institutions that may be one, the likeliest first, with score and reasons."""
    if context.invoked_subcommand is not None:
        return
    from ui.show import print_json, print_table

    with _deciding() as (_, _joiner, finder):
        found = finder.pairs()
    if as_json:
        for pair in found:
            print_json(asdict(pair))
        return
    if not found:
        print("No thing without a corporate number is like another one.")
        return
    rows = [[f"{p.score:.2f}", p.kept[1], p.other[1], p.other_name, p.place, ", ".join(p.why)] for p in found[:limit]]
    print_table(["score", "thing", "may be", "called", "at", "why"], rows)
    more = f" (the first {limit} are shown; --limit N shows more)" if len(found) > limit else ""
    print(
        f"{len(found)} {'pair' if len(found) == 1 else 'pairs'}{more}. `enmusubi resolve join THING THING` if they are one, `split` if they are two;"
    )
    print("`enmusubi resolve review` asks one by one.")


@resolve_app.command(epilog='Example: enmusubi resolve join "Company/有限会社 成川工業" 2350002000001')
def join(one: Thing, other: Thing) -> None:
    """Make one thing of two; the name that documents know it by stays, the other becomes an alias."""
    with _deciding() as (store, joiner, _):
        joiner.join(_found(store, one), _found(store, other))
        made = joiner.decisions.made[-1]
    print(f"{made.other[1]} is {made.kept[1]} now. `enmusubi resolve undo` takes that back.")


@resolve_app.command(epilog='Example: enmusubi resolve split "Company/有限会社 成川工業" 2350002000001')
def split(one: Thing, other: Thing) -> None:
    """Make two things again of what was joined, or say of two candidates that they are two."""
    with _deciding() as (store, joiner, _):
        joiner.split(_found(store, one, joiner), _found(store, other, joiner))
        made = joiner.decisions.made[-1]
    print(f"{made.kept[1]} and {made.other[1]} are two. `enmusubi resolve undo` takes that back.")


@resolve_app.command(epilog="Example: enmusubi resolve undo")
def undo() -> None:
    """Take back the last join or split that a person made; again takes back the one before."""
    with _deciding() as (_, joiner, _finder):
        made = joiner.undo()
    print(f"Taken back: {made.act} of {made.kept[1]} and {made.other[1]}.")


@resolve_app.command(epilog="Example: enmusubi resolve log")
def log(as_json: AsJson = False) -> None:
    """List the decisions that stand, those of persons and those of the rule (same name, same place)."""
    from graph.settings import load_settings
    from loaders.decisions import Decisions
    from ui.show import print_json, print_table

    standing = Decisions.of(load_settings().home).standing()
    if as_json:
        for made in standing:
            print_json({name: value for name, value in asdict(made).items() if name != "before"})
    elif standing:
        print_table(["when", "what", "by", "thing", "other", "why"], [_row(made) for made in standing])
    else:
        print("Nothing was decided yet: `enmusubi resolve` lists candidates.")


@resolve_app.command(epilog="Example: enmusubi resolve review")
def review() -> None:
    """Ask of every candidate whether it is one: y(es), n(o), Enter for later, q(uit)."""
    with _deciding() as (_, joiner, finder):
        pairs = finder.pairs()
        for at, pair in enumerate(pairs, 1):
            print(f"[{at}/{len(pairs)}] {pair.score:.2f}  {_told(pair)}")
            said = typer.prompt("One? y/n/Enter/q", default="", show_default=False).strip().lower()
            if said == "q":
                break
            if said == "y":
                joiner.join(pair.kept, pair.other, ", ".join(pair.why))
            elif said == "n":
                joiner.split(pair.kept, pair.other, ", ".join(pair.why))
    print("`enmusubi resolve log` lists what was decided, `undo` takes back the last.")


def _told(pair: Pair) -> str:
    place = f", {pair.place}" if pair.place else ""
    return f"{pair.kept[1]}  =  {pair.other_name} ({pair.other[1]}{place})?  {', '.join(pair.why)}"


def _row(made: Decision) -> list[str]:
    return [made.at, made.act, made.by, made.kept[1], made.other[1], made.why]


def _found(store: Store, told: str, joiner: Joiner | None = None) -> NodeKey:
    """The thing that a person names.

    Raises:
        RecordError: there is none, or several.
    """
    from loaders.naming import thing_named

    return thing_named(store, told, joiner.decisions if joiner else None)

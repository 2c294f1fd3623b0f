"""Files or folders enter, what changed in the graph leaves; nothing is written unless every row is right."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from graph.errors import SourceError
from graph.schema import Schema
from graph.store import LoadReport, Store
from loaders.decisions import Decisions
from loaders.joining import present
from loaders.mapping import Mapping, load_mapping
from loaders.resolve import Conflict, FindInGraph, Resolved, resolve
from loaders.rows import StatedNode, StatedRelation, read_statements
from loaders.stream import Rows
from loaders.tables import read_rows

MAPPING_FILE = "mapping.yaml"
PACKAGED_FACTS = Path(__file__).with_name("facts")
PACKAGED_CODES = Path(__file__).with_name("codes")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: the store's report, values that two places state differently, and where rows of open data went.

    `named` are the ids of the things that it stated.
    """

    report: LoadReport
    conflicts: tuple[Conflict, ...]
    rows: Rows | None = None
    named: frozenset[str] = frozenset()


def load_folder(
    folder: Path, store: Store, schema: Schema, decisions: Decisions | None = None, *, dry_run: bool = False
) -> Loaded:
    """Load the tables of a folder with a `mapping.yaml`; what was decided to be one thing is loaded as one.

    Raises:
        SourceError: the folder, its mapping or one of its tables cannot be used; nothing was written.
    """
    resolved = read_folder(folder, schema, store)
    return _write(resolved, store, decisions, dry_run)


def read_folder(folder: Path, schema: Schema, store: Store | None = None) -> Resolved:
    """Read all tables of a folder into nodes and relations; `store` resolves names that the folder does not define."""
    path = folder / MAPPING_FILE
    if not folder.is_dir():
        raise SourceError(f"There is no folder {folder}.", next_step="Check the path.")
    if not path.is_file():
        raise SourceError(
            f"The folder has no {MAPPING_FILE}.",
            place=str(folder),
            next_step=f"Write {MAPPING_FILE}: which table's columns become which properties (docs/loading.md shows one).",
        )
    mapping = load_mapping(path, schema)
    find = _finder(store) if store else None
    return resolve(_statements(folder, mapping, schema), schema, find)


def load_table(
    table: Path,
    mapping_path: Path,
    store: Store,
    schema: Schema,
    decisions: Decisions | None = None,
    *,
    dry_run: bool = False,
) -> Loaded:
    """Load one table with a mapping file of its own, whose `file` entries are ignored.

    Raises:
        SourceError: the table or the mapping cannot be used; nothing was written.
    """
    mapping = load_mapping(mapping_path, schema)
    statements = (
        statement
        for entry in mapping.tables
        for statement in read_statements(entry, read_rows(table, entry.sheet), schema)
    )
    resolved = resolve(statements, schema, _finder(store))
    return _write(resolved, store, decisions, dry_run)


def _write(resolved: Resolved, store: Store, decisions: Decisions | None, dry_run: bool) -> Loaded:
    nodes, relations = resolved.nodes, resolved.relations
    named = frozenset(node.id for node in nodes)
    if decisions is None or not decisions.kept:
        return Loaded(store.write(nodes, relations, dry_run=dry_run), resolved.conflicts, named=named)
    there = {(node.label, node.id) for node in nodes} | present(store, set(map(decisions.keeper, decisions.kept)))
    moved, joined = decisions.rewritten(nodes, relations, there)
    # A document all of whose things were joined to others still is what this load speaks for.
    stated = (source for records in (nodes, relations) for record in records for source in record.sources)
    documents = frozenset(source.document for source in stated)
    report = store.write(moved, joined, documents=documents, dry_run=dry_run)
    return Loaded(report, resolved.conflicts, named=named)


def _statements(folder: Path, mapping: Mapping, schema: Schema) -> Iterator[StatedNode | StatedRelation]:
    for table in mapping.tables:
        paths = sorted(folder.glob(table.file))
        if not paths:
            raise SourceError(
                f"No file fits {table.file!r}.", place=str(folder / MAPPING_FILE), next_step="Correct `file` there."
            )
        for path in paths:
            yield from read_statements(table, read_rows(path, table.sheet), schema)


def _finder(store: Store) -> FindInGraph:
    def find(wanted: Collection[str]) -> list[tuple[str, str, str]]:
        return [(entry.key, entry.label, entry.id) for entry in store.find_names(wanted) if entry.id]

    return find

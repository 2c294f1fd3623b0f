"""Two stores, or a store and a file, enter; one holds exactly what the other holds, proved by counts and checksums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar

from graph.archive import Archive, opened, write_archive
from graph.bolt import Link
from graph.contents import Digests, Loads, digests, first_difference, read_nodes, read_relations, stored_loads
from graph.dialect import Run, quoted
from graph.errors import EngineError, LimitError, SourceError
from graph.exact import Within, replace_all
from graph.loads import MOVE, noted, unfinished_move
from graph.report import LoadReport
from graph.schema import Schema
from graph.shape import Shape, differences, place_of
from graph.spool import Spool
from graph.store import Store
from graph.writing import is_empty

# The embedded engine takes 600,000 records in one transaction in 40 s and 4 GB; above it is not tried.
ONE_TRANSACTION = 500_000
_OFTEN = 1_000
Tell: TypeAlias = Callable[[str, int, int], None]
"""Told of the step that is being done, how many records of it are done, and how many there are."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Moved:
    """What was done to the graph that was written, the counts and checksums that both sides have, and the journal."""

    report: LoadReport
    digests: Digests
    journal: str | None = None


def copy(source: Store, target: Store, schema: Schema, tell: Tell, *, replace: bool = False) -> Moved:
    """Make the graph of `target` equal to that of `source`; what a broken copy wrote is not written again.

    Raises:
        EngineError: the target holds something else and `replace` is not asked for, or the source was changed meanwhile.
    """
    here, there = source.link, target.link
    source.prepare()
    target.prepare()
    shape = Shape.of(schema)
    what = f"copy of {here.address}"
    if not replace and not is_empty(there) and unfinished_move(there) != what:
        raise EngineError(
            "The graph to copy to is not empty.",
            place=there.address,
            next_step="Name an empty one, or let --replace remove what it holds.",
        )
    if (here.address, here.database) == (there.address, there.database):
        raise EngineError(
            "A graph cannot be copied onto itself.", place=there.address, next_step="Name another with --to."
        )
    with closing(Spool(schema)) as spool:
        total = _total(here, shape)
        told = _Told(tell, "read", total)
        spool.fill(told.each(read_nodes(here, shape)), told.each(read_relations(here, shape)))
        report = _in_batches(schema, there, spool, stored_loads(here), what, tell)
    told = _Told(tell, "check", 2 * total)
    found = digests(there, shape, told.each)
    _prove(digests(here, shape, told.each), found, here.address)
    return Moved(report, found)


def backup(store: Store, path: Path, tell: Tell, journal: str = "") -> Digests:
    """Write everything in the graph to a new file, under the schema that the graph was filled with.

    `journal` is what is kept beside the graph on which things are one.

    Raises:
        ExportError: the file is there already, or cannot be written.
        EngineError: the graph was changed meanwhile.
    """
    link, migration = store.link, store.migration()
    shape = migration.before or migration.after
    total = _total(link, shape)
    told, checked = _Told(tell, "write", total), _Told(tell, "check", total)
    nodes, relations = told.each(read_nodes(link, shape)), told.each(read_relations(link, shape))
    with write_archive(path, shape, stored_loads(link), journal, nodes, relations) as found:
        _prove(digests(link, shape, checked.each), found, link.address)
    return found


def restore(path: Path, store: Store, schema: Schema, tell: Tell, *, dry_run: bool = False) -> Moved:
    """Bring the graph back to what a backup holds: all of it, or, on any failure, the former state.

    An empty graph takes a backup of any size in batches; then a crash leaves a graph that says so, and that the same
    call completes.

    Raises:
        SourceError: the file is no whole backup, or was made with a schema that does not fit.
        LimitError: the backup is too large to take the place of what the graph holds.
    """
    with opened(path) as archive, closing(Spool(schema)) as spool:
        _check_shape(archive, schema)
        told = _Told(tell, "read", 0)
        spool.take(told.each(archive.records()))
        loads, expected = archive.header.loads, archive.digests
        store.prepare()
        link = store.link
        if dry_run:
            return Moved(replace_all(schema, link, spool, loads, dry_run=True), expected, archive.header.journal)
        what = f"restore of {archive.header.created}"
        free = is_empty(link) or unfinished_move(link) == what
        report = _restored(schema, link, spool, loads, expected, what if free else None, tell)
    return Moved(report, expected, archive.header.journal)


def _restored(
    schema: Schema, link: Link, spool: Spool, loads: Loads, expected: Digests, what: str | None, tell: Tell
) -> LoadReport:
    """Restore in one transaction; in batches, if it is too large and `what`, the note on them, is given."""

    def work(run: Run) -> LoadReport:
        report = replace_all(schema, Within(run), spool, loads, progress=_Told(tell, "write", spool.count()).at)
        _prove(digests(Within(run), Shape.of(schema)), expected, link.address)
        return report

    if spool.count() <= ONE_TRANSACTION:
        try:
            return link.transact(work)
        except LimitError:
            if what is None:
                raise _too_large(link) from None
    elif what is None:
        raise _too_large(link)
    report = _in_batches(schema, link, spool, loads, what, tell)
    _prove(digests(link, Shape.of(schema)), expected, link.address)
    return report


def _in_batches(schema: Schema, link: Link, spool: Spool, loads: Loads, what: str, tell: Tell) -> LoadReport:
    with noted(link, MOVE, (), schema.version, what):
        # The loads, written last, take the place of the note.
        return replace_all(schema, link, spool, loads, progress=_Told(tell, "write", spool.count()).at)


def _total(link: Link, shape: Shape) -> int:
    """How many things and relations there are."""
    parts = [f"MATCH (n:{quoted(label)}) RETURN count(n) AS c" for label in shape.labels]
    for kind, spec in shape.relations.items():
        parts.append(f"{link.dialect.count(quoted(kind), '|'.join(map(quoted, spec.start)))} AS c")
    return sum(row[0] for row in link.rows(" UNION ALL ".join(parts), {}))


def _too_large(link: Link) -> LimitError:
    return LimitError(
        "Nothing was changed: the backup is too large to take the place of what the graph holds in one step.",
        place=link.address,
        next_step="Restore it into an empty graph (another ENMUSUBI_HOME or database), "
        "or give a Neo4j server more db.memory.transaction.max.",
    )


def _prove(one: Digests, other: Digests, place: str) -> None:
    name = first_difference(one, other)
    if name is not None:
        raise EngineError(
            f"{name} was changed in the meantime: the counts or checksums are not equal.",
            place=place,
            next_step="Do it again while nothing is being loaded.",
        )


def _check_shape(archive: Archive, schema: Schema) -> None:
    found = differences(archive.header.shape, Shape.of(schema))
    if found:
        raise SourceError(
            f"The backup was made with another schema: {place_of(found[0])} is not the same any more.",
            place=str(archive.path),
            next_step="Restore it with the schema of that time, then run `enmusubi migrate` with the new one.",
        )


class _Told:
    """Tells how far one step has come."""

    def __init__(self, tell: Tell, step: str, total: int) -> None:
        self.tell, self.step, self.total, self.done = tell, step, total, 0

    def at(self, done: int) -> None:
        """So many are done."""
        self.tell(self.step, done, self.total)

    def each(self, records: Iterable[T]) -> Iterator[T]:
        """The records, counted while they pass."""
        for record in records:
            yield record
            self.done += 1
            if self.done % _OFTEN == 0 or self.done == self.total:
                self.at(self.done)

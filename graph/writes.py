"""Nodes and relations enter, the graph says what they say in the name of their documents; a report leaves."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from itertools import chain, islice
from typing import Any, TypeAlias

from graph.dialect import LOAD
from graph.engine_bulk import Bulk
from graph.lane import Lane
from graph.loads import finish, noted
from graph.merge import State, merged
from graph.records import Node, Relation
from graph.report import LoadReport, report
from graph.schema import Schema
from graph.spool import NodeKey, Spool
from graph.writing import Session, Writing

Batch: TypeAlias = tuple[Sequence[Node], Collection[NodeKey], Sequence[Relation]]
"""Nodes, the keys of those among them that the graph certainly has not, and relations."""
_STATED = "WHERE ANY(s IN {0}.sources WHERE split(s, '|')[0] IN $documents)"


def write(
    schema: Schema,
    session: Session,
    nodes: Iterable[Node],
    relations: Iterable[Relation],
    documents: frozenset[str],
    dry_run: bool,
    progress: Callable[[int], None] | None,
) -> LoadReport:
    """Make the graph say what `nodes` and `relations` say in the name of `documents` (empty: those that occur).

    `progress` gets the number of nodes and relations handled so far, after every batch.

    Raises:
        RecordError: a record has a label, property or relation that the schema does not know.
    """
    with _seldom_collected(), closing(Spool(schema)) as spool:
        spool.fill(nodes, relations)
        speaking = documents or frozenset(spool.documents)
        loads = _loads(session)
        with nullcontext() if dry_run else noted(session, _digest(speaking), speaking, schema.version):
            return _written(schema, session, spool, speaking, loads, None, dry_run, progress)


def write_batches(
    schema: Schema,
    session: Session,
    batches: Iterable[Batch],
    documents: frozenset[str],
    dry_run: bool,
    progress: Callable[[int], None] | None,
    bulk: Callable[[], Bulk] | None,
) -> LoadReport:
    """The same with what comes in batches; what is new goes into the graph at once where it can be written in `bulk`."""
    loads, waiting = _loads(session), iter(batches)
    # A file of which nothing can be used is no load that was begun.
    first = list(islice(waiting, 1))
    with (
        _seldom_collected(),
        closing(Spool(schema)) as spool,
        nullcontext() if dry_run else noted(session, _digest(documents), documents, schema.version),
    ):
        known = any(documents.intersection(row[2] or ()) for row in loads)
        lane = Lane(schema, session, bulk) if bulk and not (dry_run or known) else None
        with closing(lane) if lane else nullcontext():
            for nodes, fresh, relations in chain(first, waiting):
                left, rest = lane.take(nodes, fresh, relations) if lane else (nodes, relations)
                spool.fill(left, rest)
        return _written(schema, session, spool, documents, loads, lane, dry_run, progress)


def _written(
    schema: Schema,
    session: Session,
    spool: Spool,
    speaking: frozenset[str],
    loads: list[list[Any]],
    lane: Lane | None,
    dry_run: bool,
    progress: Callable[[int], None] | None,
) -> LoadReport:
    """Write what the spool holds, take back what is no longer stated, and note that the load is done."""
    identity = _digest(speaking)

    def follow(old: State, new: State) -> State | None:
        return merged(old, new, speaking)

    begun = any(row[0] == identity and row[1] != "done" for row in loads)
    this = Writing(schema, session, spool, follow, dry_run=dry_run, begun=begun)
    if lane:
        this.repeated = lane.repeated
        this.counts.update(lane.counts)
        this.triples |= lane.triples
    this.write_all(progress)
    if any(speaking.intersection(row[2] or ()) for row in loads):
        stated = _STATED, {"documents": sorted(speaking)}
        # Reading one count takes a tenth of the time of reading all keys.
        spoken = spool.documents <= speaking and not spool.unsourced
        if dry_run or not spoken or not this.nothing_else(*stated):
            this.sweep(*stated)
    this.clear_values(begun=begun)
    if not dry_run:
        finish(session, identity, this.triples)
    return report(schema, this.counts, this.dangling, dry_run=dry_run)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Leave the objects alone: records are many and in no cycles, and looking through them takes a third of the time.

    The embedded engine's Java would ask for it at each of its own collections, however seldom Python does it by itself.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _loads(session: Session) -> list[list[Any]]:
    return list(session.stream(f"MATCH (l:{LOAD}) RETURN l.id, l.state, l.documents", {}))


def _digest(documents: Iterable[str]) -> str:
    return hashlib.sha1("\x1f".join(sorted(documents)).encode(), usedforsecurity=False).hexdigest()

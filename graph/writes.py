"""Nodes and relations enter, the graph says what they say in the name of their documents; a report leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from contextlib import closing, nullcontext

from graph.dialect import LOAD
from graph.loads import finish, noted
from graph.merge import State, merged
from graph.records import Node, Relation
from graph.report import LoadReport, report
from graph.schema import Schema
from graph.spool import Spool
from graph.writing import Session, Writing

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
    with closing(Spool(schema)) as spool:
        spool.fill(nodes, relations)
        speaking = documents or frozenset(spool.documents)
        loads = list(session.stream(f"MATCH (l:{LOAD}) RETURN l.id, l.state, l.documents", {}))
        identity = _digest(speaking)

        def follow(old: State, new: State) -> State | None:
            return merged(old, new, speaking)

        this = Writing(schema, session, spool, follow, dry_run=dry_run)
        with nullcontext() if dry_run else noted(session, identity, speaking, schema.version):
            this.write_all(progress)
            if any(speaking.intersection(row[2] or ()) for row in loads):
                stated = _STATED, {"documents": sorted(speaking)}
                # Reading one count takes a tenth of the time of reading all keys.
                spoken = spool.documents <= speaking and not spool.unsourced
                if dry_run or not spoken or not this.nothing_else(*stated):
                    this.sweep(*stated)
            this.clear_values(begun=any(row[0] == identity and row[1] != "done" for row in loads))
            if not dry_run:
                finish(session, identity)
    return report(schema, this.counts, this.dangling, dry_run=dry_run)


def _digest(documents: Iterable[str]) -> str:
    return hashlib.sha1("\x1f".join(sorted(documents)).encode(), usedforsecurity=False).hexdigest()

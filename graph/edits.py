"""Some things and relations enter in the state that they shall have; the graph has them so, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import closing
from typing import Any

from graph.dialect import LOAD, Run
from graph.errors import EngineError
from graph.exact import Within
from graph.loads import finish, noted
from graph.merge import NOTHING, State
from graph.schema import Schema
from graph.spool import NodeKey, RelationKey, Spool
from graph.writing import Session, Writing

DECISIONS = "decisions"
"""The id of the note on what persons decided, which holds the relations that labels came by because of it."""


def rewrite(
    schema: Schema,
    session: Session,
    gone: Collection[NodeKey],
    nodes: Mapping[NodeKey, State],
    relations: Mapping[RelationKey, State],
) -> None:
    """Remove the things `gone` with all their relations, and give the others the states named (NOTHING: remove).

    The things are written in their order: one that gives up a unique value must come before the one that takes it.

    Raises:
        EngineError: a relation has an end that is not in the graph.
    """

    def follow(old: State, new: State) -> State | None:
        return None if new is NOTHING else new

    def work(run: Run) -> Writing:
        with closing(Spool(schema)) as spool:
            writing = Writing(schema, Within(run), spool, follow)
            # A thing that goes may have a unique value that another one takes over.
            writing.nodes([(key, NOTHING) for key in sorted(gone)])
            writing.dangling.clear()
            for item in nodes.items():
                writing.nodes([item])
            writing.relations(sorted(relations.items(), key=lambda item: item[0]))
            writing.clear_values(begun=False)
        if writing.dangling:
            lost = writing.dangling[0]
            raise EngineError(
                f"{lost.start} or {lost.end}, which {lost.type} joins, is no longer in the graph.",
                next_step="Do it again when nothing else is being loaded.",
            )
        return writing

    known = {tuple(text.split(" ")) for text in _triples(session)}
    with noted(session, DECISIONS, (), schema.version):
        writing = session.transact(work)
        finish(session, DECISIONS, {*writing.triples, *((a, b, c) for a, b, c in known)})


def _triples(session: Session) -> list[Any]:
    rows = list(session.stream(f"MATCH (l:{LOAD} {{id: $id}}) RETURN l.triples", {"id": DECISIONS}))
    return list(rows[0][0] or []) if rows else []

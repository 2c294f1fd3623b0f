"""The records of a whole graph enter; the graph holds exactly these, whatever it held before; a report leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from graph.batches import BATCH, chunks
from graph.contents import Loads
from graph.dialect import LOAD, Run, quoted
from graph.errors import SourceError
from graph.merge import NOTHING, State
from graph.records import Value
from graph.report import LoadReport, report
from graph.schema import Schema
from graph.spool import NodeKey, Spool
from graph.writing import Session, Writing

T = TypeVar("T")


class Within:
    """A session whose every step is part of one running transaction."""

    writers, batch, compares = 1, BATCH, False

    def __init__(self, run: Run) -> None:
        self.run = run

    def transact(self, work: Callable[[Run], T]) -> T:
        """Run `work` as a part of the transaction."""
        return work(self.run)

    def stream(self, cypher: str, parameters: Mapping[str, Any]) -> Iterator[list[Any]]:
        """The rows of a read, which sees what the transaction wrote."""
        return iter(self.run(cypher, parameters))


def replace_all(
    schema: Schema,
    session: Session,
    spool: Spool,
    loads: Loads,
    *,
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
) -> LoadReport:
    """Make the graph hold what the spool holds, and nothing else.

    Raises:
        SourceError: a relation of the spool has an end that is not in the spool.
    """

    def follow(old: State, new: State) -> State | None:
        return None if new is NOTHING else new

    writing = Writing(schema, session, spool, follow, dry_run=dry_run)
    # What goes, goes first: another thing may take over its unique value.
    writing.sweep("", {})
    if not dry_run:
        _free_unique_values(writing)
    writing.dangling.clear()
    writing.write_all(progress)
    if writing.dangling:
        lost = writing.dangling[0]
        raise SourceError(
            f"The relation {lost.type} from {lost.start} to {lost.end} has an end that is not among the things.",
            next_step="Make the copy or backup again while nothing is being loaded.",
        )
    writing.clear_values(begun=True)
    if not dry_run:
        _write_loads(session, loads)
    return report(schema, writing.counts, [], dry_run=dry_run)


def _free_unique_values(writing: Writing) -> None:
    """Remove the nodes, to be written anew, whose value of a unique property will be another or none."""
    for label in writing.schema.labels:
        for name in (n for n, spec in writing.schema.properties(label).items() if spec.unique):
            text = f"MATCH (n:{quoted(label)}) WHERE n.{quoted(name)} IS NOT NULL RETURN n.id, n.{quoted(name)}"
            held = [((label, str(identity)), value) for identity, value in writing.session.stream(text, {})]
            changed = [key for key, value in held if _said(writing.spool, key).get(name) != value]
            for part in chunks(sorted(changed)):
                writing.nodes([(key, NOTHING) for key in part])


def _said(spool: Spool, key: NodeKey) -> Mapping[str, Value]:
    state = spool.node(key)
    return state.properties if state else {}


def _write_loads(session: Session, loads: Loads) -> None:
    def work(run: Run) -> None:
        run(f"MATCH (l:{LOAD}) WHERE NOT l.id IN $ids DELETE l", {"ids": [load["id"] for load in loads]})
        run(f"UNWIND $loads AS load MERGE (l:{LOAD} {{id: load.id}}) SET l = load", {"loads": loads})

    session.transact(work)

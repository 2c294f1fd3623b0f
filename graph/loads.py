"""A load begins or ends and is noted in the graph; the notes leave, with those whose process died told apart."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from graph.dialect import LOAD
from graph.errors import EnmusubiError
from graph.writing import Session

Triple: TypeAlias = tuple[str, str, str]
"""A start label, a relation type, an end label."""
MOVE = "move"
"""The id of the note on a copy or restore that is being done in batches."""


@dataclass(frozen=True, slots=True)
class Load:
    """One load of a set of documents, or one copy or restore (`what`); times are ISO texts in UTC.

    `state` is running, interrupted (its process ended before it did; doing it again completes it) or done.
    """

    id: str
    documents: tuple[str, ...]
    started: str
    finished: str
    state: str
    what: str = ""


@contextmanager
def noted(session: Session, identity: str, documents: Iterable[str], version: int, what: str = "") -> Iterator[None]:
    """Note that a load is running, in which process, and if it does not end well, that it was interrupted."""
    held = {"documents": sorted(documents), "version": version, "what": what, "started": _now(), "state": "running"}
    _note(session, {**held, "id": identity, "process": f"{socket.gethostname()}/{os.getpid()}"})
    try:
        yield
    except BaseException:
        # Where the engine itself is gone, the note stays, and tells by its process.
        with suppress(EnmusubiError):
            _note(session, {"id": identity, "state": "interrupted"})
        raise


def finish(session: Session, identity: str, triples: Iterable[Triple] = ()) -> None:
    """Note that a load is done, and which labels its documents join by which relations."""
    held = sorted(" ".join(triple) for triple in triples)
    _note(session, {"id": identity, "finished": _now(), "state": "done", "triples": held})


def read_triples(session: Session) -> frozenset[Triple]:
    """Which relations join which labels, by the notes of all loads; by all relations, where a note does not tell."""
    rows = list(session.stream(f"MATCH (l:{LOAD}) RETURN l.state, l.triples", {}))
    if any(state != "done" or triples is None for state, triples in rows):
        text = "MATCH (a)-[r]->(b) RETURN DISTINCT labels(a)[0], type(r), labels(b)[0]"
        return frozenset((str(a), str(r), str(b)) for a, r, b in session.stream(text, {}))
    found = {tuple(held.split(" ")) for _, triples in rows for held in triples}
    return frozenset((start, relation, end) for start, relation, end in found)


def read_loads(session: Session) -> list[Load]:
    """All loads, the latest last."""
    fields = "l.id, l.documents, l.started, l.finished, l.state, l.what, l.process"
    found = []
    for identity, documents, started, finished, state, what, process in session.stream(
        f"MATCH (l:{LOAD}) RETURN {fields}", {}
    ):
        state = "interrupted" if state == "running" and _ended(process or "") else state
        found.append(Load(identity, tuple(documents or ()), started, finished or "", state, what or ""))
    return sorted(found, key=lambda load: (load.started, load.id))


def unfinished_move(session: Session) -> str:
    """What copy or restore was begun in this graph and not completed."""
    return next((load.what for load in read_loads(session) if load.id == MOVE), "")


def _note(session: Session, load: dict[str, Any]) -> None:
    session.transact(lambda run: run(f"MERGE (l:{LOAD} {{id: $load.id}}) SET l += $load", {"load": load}))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _ended(process: str) -> bool:
    """Whether a process of this machine has ended; of another machine's processes nothing is known."""
    host, _, number = process.rpartition("/")
    if host != socket.gethostname() or sys.platform == "win32":
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False

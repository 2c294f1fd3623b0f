"""What a person calls a company or institution enters, its label and id leave."""

from __future__ import annotations

from graph.errors import RecordError
from graph.fold import keys
from graph.spool import NodeKey
from graph.store import Store
from loaders.corporations import id_of, number_of
from loaders.decisions import Decisions
from loaders.joining import present
from loaders.match import LABELS


def thing_named(store: Store, told: str, decisions: Decisions | None = None) -> NodeKey:
    """The thing with this id, corporate number or name; with `decisions`, also one that was joined to another.

    Raises:
        RecordError: there is none, or several have the name.
    """
    text = told.strip()
    label = text.partition("/")[0]
    if label in LABELS and "/" in text:
        key = (label, text)
        if (decisions is not None and key in decisions.kept) or present(store, [key]):
            return key
        raise _missing(told)
    try:
        number = number_of(text)
    except ValueError:
        return _by_name(store, told)
    own = id_of(number)
    key = (own.partition("/")[0], own)
    if decisions is not None and key in decisions.kept:
        return key
    for one in LABELS:
        found = store.read(f"MATCH (n:{one} {{corporate_number: $number}}) RETURN n.id", {"number": number}).rows
        if found:
            return one, str(found[0][0])
    raise _missing(told)


def _by_name(store: Store, told: str) -> NodeKey:
    entries = [e for e in store.find_names(keys(told)) if e.label in LABELS and e.id is not None]
    found = sorted({(e.label, str(e.id)) for e in entries if e.text == told} or {(e.label, str(e.id)) for e in entries})
    if len(found) == 1:
        return found[0]
    if not found:
        raise _missing(told)
    some = ", ".join(identity for _, identity in found[:5]) + (", …" if len(found) > 5 else "")
    raise RecordError(
        f"{told!r} is the name of {len(found)}: {some}.", next_step="Give the id or the corporate number."
    )


def _missing(told: str) -> RecordError:
    return RecordError(
        f"There is no company or institution {told!r} in the graph.",
        next_step="`enmusubi resolve` lists candidates with their ids.",
    )

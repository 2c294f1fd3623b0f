"""Which things persons (or a sure rule) took for one, and which for two, leaves; a journal in the data folder keeps it.

Every line of the journal is one decision; nothing in it is ever changed, undoing is a line too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

from graph.errors import SourceError
from graph.merge import State
from graph.records import Node, Relation, Value
from graph.spool import NodeKey

JOURNAL = "decisions.jsonl"
Act: TypeAlias = Literal["join", "split", "undo"]
By: TypeAlias = Literal["person", "rule"]
Edge: TypeAlias = tuple[str, str, str, bool, str]
"""A relation of a thing: type, label and id of the other end, whether it begins at the thing, key."""


@dataclass(frozen=True, slots=True)
class Before:
    """What two things were before they became one, and the relations of the one that was kept."""

    kept: State
    other: State
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """`other` is `kept`, or is not; `by` is person or rule; `why` are the reasons that were shown.

    An undoing by a person takes back the last decision of a person, one by a rule the join that it names.
    """

    act: Act
    kept: NodeKey
    other: NodeKey
    by: By = "person"
    why: str = ""
    at: str = ""
    before: Before | None = field(default=None, compare=False)


class Decisions:
    """The journal of one data folder, and what it says now."""

    def __init__(self, path: Path | None = None) -> None:
        """Read the journal at `path`, which need not exist; without a path nothing outlives the object.

        Raises:
            SourceError: a line of it cannot be read.
        """
        self.path = path
        self.made: list[Decision] = []
        self.kept: dict[NodeKey, NodeKey] = {}
        self.apart: set[frozenset[NodeKey]] = set()
        self._before: dict[tuple[NodeKey, NodeKey], Before] = {}
        for number, line in enumerate(_lines(path) if path else (), 1):
            try:
                self.made.append(_read(json.loads(line)))
            except (ValueError, KeyError, TypeError, IndexError) as error:
                raise SourceError(
                    f"A decision cannot be read: {error!r}.",
                    place=f"{path}:{number}",
                    next_step="Correct or remove that line; the decisions before and after it stand by themselves.",
                ) from None
        self._follow_all()

    @classmethod
    def of(cls, home: Path) -> Decisions:
        """The decisions kept in a data folder."""
        return cls(home / JOURNAL)

    def standing(self) -> list[Decision]:
        """The decisions that were not undone, the latest last."""
        found: list[Decision] = []
        for made in self.made:
            if made.act == "undo":
                at = _last_of_person(found) if made.by == "person" else _last_join(found, made)
                if at is not None:
                    del found[at]
            else:
                found.append(made)
        return found

    def last(self) -> Decision | None:
        """The decision of a person that `undo` would take back."""
        found = self.standing()
        at = _last_of_person(found)
        return None if at is None else found[at]

    def note(self, decision: Decision) -> None:
        """Write a decision to the journal, so that it outlives the process, and follow it."""
        made = replace(decision, at=datetime.now(UTC).isoformat(timespec="seconds"))
        if self.path is not None:
            _append(self.path, made)
        self.made.append(made)
        if made.act == "undo":
            self._follow_all()
        else:
            self._follow(made)

    def _follow_all(self) -> None:
        self.kept, self.apart, self._before = {}, set(), {}
        for made in self.made:
            if made.before is not None:
                self._before[made.kept, made.other] = made.before
        for made in self.standing():
            self._follow(made)

    def _follow(self, made: Decision) -> None:
        if made.before is not None:
            self._before[made.kept, made.other] = made.before
        pair = frozenset((made.kept, made.other))
        if made.act == "join":
            self.kept[made.other] = made.kept
            self.apart.discard(pair)
        else:
            self.kept.pop(made.other, None)
            self.apart.add(pair)

    def keeper(self, key: NodeKey) -> NodeKey:
        """The thing that this one was joined to, else itself."""
        seen = {key}
        while key in self.kept and self.kept[key] not in seen:
            key = self.kept[key]
            seen.add(key)
        return key

    def before(self, kept: NodeKey, other: NodeKey) -> Before | None:
        """What the two were when they were last joined."""
        return self._before.get((kept, other))

    def are_apart(self, one: NodeKey, other: NodeKey) -> bool:
        """Whether it was decided that they are two."""
        return frozenset((self.keeper(one), other)) in self.apart or frozenset((one, other)) in self.apart

    def rewritten(
        self, nodes: Iterable[Node], relations: Iterable[Relation], there: Collection[NodeKey]
    ) -> tuple[list[Node], list[Relation]]:
        """The records, with what they state of joined things stated of those kept, as far as these are `there`."""
        nodes, relations = list(nodes), list(relations)
        if not there:
            return nodes, relations
        named = {(node.label, node.id) for node in nodes}
        named |= {end for r in relations for end in ((r.start_label, r.start), (r.end_label, r.end))}
        moved = {key: other for key in named if key in self.kept and (other := self.keeper(key)) in there}
        if not moved:
            return nodes, relations
        own: list[Node] = []
        joined: list[Node] = []
        for node in nodes:
            kept = moved.get((node.label, node.id))
            # Of two values that are stated of one thing, the later counts.
            (own if kept is None else joined).append(node if kept is None else as_another(node, kept))
        return own + joined, [r for one in relations if (r := _moved(one, moved)) is not None]


def as_another(node: Node, kept: NodeKey) -> Node:
    """What a record states, stated of the thing `kept`: its names are other names of that."""
    properties = as_other_names(node.properties)
    told = tuple(sorted(properties))
    sources = tuple(
        replace(s, properties=tuple(sorted({_other_name(p) for p in s.properties})) or told) for s in node.sources
    )
    return Node(kept[0], kept[1], properties, sources)


def as_other_names(properties: Mapping[str, Value]) -> dict[str, Value]:
    """Properties without the name, which becomes an alias, as do former names."""
    names: list[str] = []
    for name in ("name", "aliases", "former_names"):
        value = properties.get(name, [])
        names += value if isinstance(value, list) else [str(value)]
    rest = {name: value for name, value in properties.items() if name not in ("name", "aliases")}
    return {**rest, **({"aliases": list(dict.fromkeys(names))} if names else {})}


def _other_name(name: str) -> str:
    return "aliases" if name == "name" else name


def _moved(relation: Relation, moved: Mapping[NodeKey, NodeKey]) -> Relation | None:
    start, end = (relation.start_label, relation.start), (relation.end_label, relation.end)
    if start not in moved and end not in moved:
        return relation
    first, last = moved.get(start, start), moved.get(end, end)
    if first == last:
        return None
    return replace(relation, start_label=first[0], start=first[1], end_label=last[0], end=last[1])


def _last_of_person(found: list[Decision]) -> int | None:
    return next((at for at in range(len(found) - 1, -1, -1) if found[at].by == "person"), None)


def _last_join(found: list[Decision], undone: Decision) -> int | None:
    pair = ("join", undone.kept, undone.other)
    return next((at for at in range(len(found) - 1, -1, -1) if (found[at].act, *_pair(found[at])) == pair), None)


def _pair(made: Decision) -> tuple[NodeKey, NodeKey]:
    return made.kept, made.other


def read_journal(home: Path) -> str:
    """The journal of a data folder as text; empty without one."""
    return "".join(f"{line}\n" for line in _lines(home / JOURNAL))


def bring_journal(home: Path, text: str) -> Path | None:
    """Give a data folder this journal; the file that keeps the former one, if that says something else, leaves.

    Raises:
        SourceError: a line of the text is no decision; nothing was changed.
    """
    path, former = home / JOURNAL, read_journal(home)
    if text == former:
        return None
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    try:
        draft.write_text(text, encoding="utf-8")
        Decisions(draft)
        kept = path.with_name(f"decisions-until-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.jsonl") if former else None
        if kept is not None:
            path.replace(kept)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return kept


def _lines(path: Path) -> Iterator[str]:
    if not path.is_file():
        return
    text = path.read_text(encoding="utf-8", errors="replace")
    # The last line lacks its end where the process was killed while writing it: that decision was not made.
    yield from (line for line in text.split("\n")[:-1] if line.strip())


def _append(path: Path, made: Decision) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
        file.write(json.dumps(_written(made), ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _written(made: Decision) -> dict[str, Any]:
    plain: dict[str, Any] = {"act": made.act, "kept": made.kept, "other": made.other, "by": made.by, "at": made.at}
    if made.why:
        plain["why"] = made.why
    if made.before is not None:
        kept, other = made.before.kept, made.before.other
        plain["before"] = {
            "kept": [kept.properties, kept.sources],
            "other": [other.properties, other.sources],
            "edges": made.before.edges,
        }
    return plain


def _read(plain: dict[str, Any]) -> Decision:
    if plain["act"] not in ("join", "split", "undo") or plain["by"] not in ("person", "rule"):
        raise ValueError(f"{plain['act']} by {plain['by']}")
    held = plain.get("before")
    before = None
    if held:
        before = Before(State(*held["kept"]), State(*held["other"]), tuple(map(tuple, held["edges"])))
    ends = [(str(plain[name][0]), str(plain[name][1])) for name in ("kept", "other")]
    return Decision(plain["act"], ends[0], ends[1], plain["by"], plain.get("why", ""), plain["at"], before)

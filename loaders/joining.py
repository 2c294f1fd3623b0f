"""Two things of the graph enter, which are one, or one that is two; the graph has them so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from graph.errors import RecordError
from graph.merge import NOTHING, State, document_of
from graph.records import Source, Value
from graph.schema import Schema
from graph.spool import NodeKey, RelationKey
from graph.store import GraphNode, Store
from loaders.corporations import id_of
from loaders.decisions import Before, By, Decision, Decisions, Edge, as_other_names

_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Held:
    """A thing of the graph with its relations."""

    key: NodeKey
    state: State
    edges: Mapping[Edge, State]


class Joiner:
    """Joins and parts things, and keeps in the journal what a later change of mind needs."""

    def __init__(self, store: Store, schema: Schema, decisions: Decisions) -> None:
        self.store, self.schema, self.decisions = store, schema, decisions

    def join(self, kept: NodeKey, other: NodeKey, why: str = "", *, by_rule: bool = False) -> None:
        """Make `other` a part of `kept`, and note the decision.

        Raises:
            RecordError: they cannot be one, or one of them is not in the graph.
        """
        kept, other = self.decisions.keeper(kept), self.decisions.keeper(other)
        kept, other = _ordered(kept, other)
        held, gone = self._both(kept, other)
        self._check(held, gone)
        before = Before(held.state, gone.state, tuple(held.edges))
        by: By = "rule" if by_rule else "person"
        self.decisions.note(Decision("join", kept, other, by, why, before=before))
        self._unite(held, gone)

    def split(self, one: NodeKey, other: NodeKey, why: str = "", *, by_rule: bool = False) -> None:
        """Make two things of what was joined, or note of two things that they are not one.

        Raises:
            RecordError: they are one by what a document states.
        """
        joined = self._joined(one, other)
        kept, gone = joined or _ordered(self.decisions.keeper(one), self.decisions.keeper(other))
        if kept == gone:
            raise RecordError(
                f"{one[1]} and {other[1]} are one thing.",
                next_step="Name the thing and one that was joined to it; `enmusubi resolve log` lists these.",
            )
        if joined is None:
            self._both(kept, gone)
        by: By = "rule" if by_rule else "person"
        self.decisions.note(Decision("split", kept, gone, by, why))
        if joined is not None:
            self._part(kept, gone)

    def undo(self) -> Decision:
        """Take back the last decision of a person.

        Raises:
            RecordError: there is none.
        """
        last = self.decisions.last()
        if last is None:
            raise RecordError("There is no decision to undo.", next_step="`enmusubi resolve log` lists them.")
        was = dict(self.decisions.kept)
        self.decisions.note(Decision("undo", last.kept, last.other))
        if was.get(last.other) == last.kept and self.decisions.kept.get(last.other) != last.kept:
            self._part(last.kept, last.other)
        else:
            self.renew()
        return last

    def withdraw(self, kept: NodeKey, other: NodeKey, why: str) -> None:
        """Take back a join that the rule made."""
        self.decisions.note(Decision("undo", kept, other, "rule", why))
        self._part(kept, other)

    def renew(self) -> int:
        """Join again what was decided to be one and has come as two, as after a load into another graph; how many."""
        done = 0
        for other in list(self.decisions.kept):
            kept = self.decisions.keeper(other)
            held, gone = self._held(kept), self._held(other)
            if held is not None and gone is not None:
                self._unite(held, gone)
                done += 1
        return done

    def _joined(self, one: NodeKey, other: NodeKey) -> tuple[NodeKey, NodeKey] | None:
        for kept, gone in ((one, other), (other, one)):
            if self.decisions.kept.get(gone) == kept:
                return kept, gone
        return None

    def _both(self, kept: NodeKey, other: NodeKey) -> tuple[Held, Held]:
        if kept == other:
            raise RecordError(f"{kept[1]} is one thing already.", next_step="`enmusubi resolve log` tells since when.")
        held, gone = self._held(kept), self._held(other)
        missing = kept if held is None else other
        if held is None or gone is None:
            raise RecordError(
                f"There is no {missing[0]} with the id {missing[1]!r} in the graph.",
                next_step="`enmusubi resolve` lists candidates with their ids.",
            )
        return held, gone

    def _check(self, held: Held, gone: Held) -> None:
        """Raise RecordError where two things are certainly two, or cannot be written as one."""
        numbers = [str(one.state.properties.get("corporate_number", "")) for one in (held, gone)]
        if all(numbers) and numbers[0] != numbers[1]:
            raise RecordError(
                f"{held.key[1]} and {gone.key[1]} have two corporate numbers, {numbers[0]} and {numbers[1]}: "
                "they are two corporations.",
                next_step="Join each to the thing that is the same corporation.",
            )
        for kind, label, identity, *_ in held.edges:
            if (label, identity) == gone.key:
                raise RecordError(
                    f"The graph says {kind} between {held.key[1]} and {gone.key[1]}, so they are two.",
                    next_step="If that is wrong, correct the table that states it, and load it again.",
                )
        for edge in gone.edges:
            if not self._allowed(_relation_key(held.key, edge)):
                raise RecordError(
                    f"{gone.key[1]} has {edge[0]}, which a {held.key[0]} cannot have.",
                    next_step="State the thing with the right label in its table, and load it again.",
                )

    def _allowed(self, key: RelationKey) -> bool:
        spec = self.schema.relations.get(key[0])
        return spec is not None and key[1] in spec.start and key[2] in spec.end

    def _unite(self, held: Held, gone: Held) -> None:
        state = joined(held.state, gone.state, self.schema, held.key[0])
        relations: dict[RelationKey, State] = {}
        for edge, said in gone.edges.items():
            own = held.edges.get(edge)
            both = said if own is None else State({**own.properties, **said.properties}, _union(own, said))
            relations[_relation_key(held.key, edge)] = both
        self.store.rewrite([gone.key], {held.key: state}, relations)

    def _part(self, kept: NodeKey, gone: NodeKey) -> None:
        before, held = self.decisions.before(kept, gone), self._held(kept)
        if before is None or held is None:
            return
        first, second = parted(held.state, before, self.schema, kept, gone)
        others = {document_of(s) for s in second.sources}
        shared = others & {document_of(s) for s in first.sources}
        own = set(before.edges)
        relations: dict[RelationKey, State] = {}
        for edge, said in held.edges.items():

            def of_other(source: str, edge: Edge = edge) -> bool:
                document = document_of(source)
                return document in others and (document not in shared or edge not in own)

            theirs = [s for s in said.sources if of_other(s)]
            if theirs:
                relations[_relation_key(gone, edge)] = State(said.properties, theirs)
                rest = [s for s in said.sources if s not in theirs]
                relations[_relation_key(kept, edge)] = State(said.properties, rest) if rest else NOTHING
        self.store.rewrite([], {kept: first, gone: second}, relations)

    def _held(self, key: NodeKey) -> Held | None:
        return held_thing(self.store, self.schema, key)


def held_thing(store: Store, schema: Schema, key: NodeKey) -> Held | None:
    """A thing of the graph with its relations, None where there is none."""
    if key[0] not in schema.labels:
        return None

    def rows(text: str) -> list[list[object]]:
        return store.read(text, {"id": key[1]}, seconds=_SECONDS, guarded=False).rows

    node = f"MATCH (n:`{key[0]}` {{id: $id}})"
    found = rows(f"{node} RETURN n")
    if not found or not isinstance(found[0][0], GraphNode):
        return None
    edges: dict[Edge, State] = {}
    for outgoing, arrow in ((True, "-[r]->"), (False, "<-[r]-")):
        for kind, label, identity, stored in rows(
            f"{node}{arrow}(m) RETURN type(r), labels(m)[0], m.id, properties(r)"
        ):
            if isinstance(stored, dict):
                name = str(stored.get("key", ""))
                edges[str(kind), str(label), str(identity), outgoing, name] = State.of_stored(stored, "key")
    return Held(key, State.of_stored(found[0][0].properties), edges)


def present(store: Store, keys: Collection[NodeKey]) -> set[NodeKey]:
    """Those of the things that are in the graph."""
    found: set[NodeKey] = set()
    for label in sorted({key[0] for key in keys}):
        text = f"UNWIND $ids AS id MATCH (n:`{label}` {{id: id}}) RETURN n.id"
        ids = sorted(identity for at, identity in keys if at == label)
        rows = store.read(text, {"ids": ids}, seconds=_SECONDS, guarded=False).rows
        found |= {(label, str(identity)) for (identity,) in rows}
    return found


def _ordered(one: NodeKey, other: NodeKey) -> tuple[NodeKey, NodeKey]:
    """The thing whose id is a name is kept before the one whose id is a number: documents speak of it by that id."""
    return (other, one) if _is_number(one) and not _is_number(other) else (one, other)


def _is_number(key: NodeKey) -> bool:
    number = key[1].rpartition("/")[2]
    return len(number) == 13 and number.isdigit() and id_of(number) == key[1]


def _relation_key(own: NodeKey, edge: Edge) -> RelationKey:
    kind, label, identity, outgoing, name = edge
    start, end = (own, (label, identity)) if outgoing else ((label, identity), own)
    return kind, start[0], end[0], start[1], end[1], name


def _union(first: State, second: State) -> list[str]:
    return sorted({*first.sources, *second.sources})


def joined(kept: State, other: State, schema: Schema, label: str) -> State:
    """The state of a thing that is both, as a load of the same statements would make it."""
    allowed = schema.properties(label)
    said = {name: value for name, value in as_other_names(other.properties).items() if name in allowed}
    properties: dict[str, Value] = dict(kept.properties)
    for name, value in said.items():
        old = properties.get(name)
        if isinstance(old, list) and isinstance(value, list):
            value = list(dict.fromkeys([*old, *value]))
        properties[name] = value
    return State(properties, sorted({*kept.sources, *(_speaking(s, said) for s in other.sources)}))


def _speaking(stored: str, said: Mapping[str, Value]) -> str:
    """The source entry as it stands at another thing: it speaks for no more than it did."""
    source = Source.parse(stored)
    names = {"aliases" if name == "name" else name for name in source.properties} & said.keys() or set(said)
    return str(Source(source.document, source.locator, tuple(sorted(names))))


def parted(now: State, before: Before, schema: Schema, kept: NodeKey, gone: NodeKey) -> tuple[State, State]:
    """The states of two things that were one: as before, with what was loaded since given to the one it is told of."""
    was = joined(before.kept, before.other, schema, kept[0])
    documents = {document_of(s) for s in before.other.sources} - {document_of(s) for s in before.kept.sources}
    number = gone[1].rpartition("/")[2] if _is_number(gone) else "\n"

    def of_other(stored: str) -> bool:
        source = Source.parse(stored)
        return source.document in documents or source.locator == f"法人番号 {number}"

    lost = {document_of(s) for s in set(was.sources) - set(now.sources)}
    fresh = [s for s in now.sources if s not in was.sources]
    of_kept = [s for s in now.sources if (not of_other(s) if s in fresh else s in before.kept.sources)]
    of_gone = [s for s in now.sources if s not in of_kept]
    named = {name for s in of_gone for name in Source.parse(s).properties}
    named_by_kept = {name for s in of_kept for name in Source.parse(s).properties or set(now.properties) - named}
    changed = {name for name, value in now.properties.items() if value != was.properties.get(name)} - {"name"}

    def half(own: State, beside: State, told: set[str], entries: list[str]) -> State:
        properties = dict(own.properties)
        properties |= {name: _without(now.properties[name], own, beside, name) for name in changed & told}
        sources = [s for s in own.sources if document_of(s) not in lost] + [s for s in entries if s in fresh]
        return State(properties, sorted(sources))

    return half(before.kept, before.other, named_by_kept, of_kept), half(before.other, before.kept, named, of_gone)


def _without(value: Value, own: State, beside: State, name: str) -> Value:
    """A value that was stated of both, as one of the two has it: without what only the other one has."""
    theirs, mine = beside.properties.get(name), own.properties.get(name)
    if not isinstance(value, list) or not isinstance(theirs, list):
        return value
    return [v for v in value if v not in theirs or (isinstance(mine, list) and v in mine)]

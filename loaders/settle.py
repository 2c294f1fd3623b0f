"""Entries of a feed enter, nodes and relations leave under the ids that the graph already knows them by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from graph.errors import SourceError
from graph.fold import fold, keys
from graph.merge import State, document_of, merged, same
from graph.records import Node, Relation, Source, Value
from graph.schema import Schema
from graph.spool import NodeKey
from graph.store import Store
from loaders.corporations import label_of
from loaders.decisions import Before, Decision, Decisions
from loaders.entries import Corporation, Entry, Feed, unnumbered_id
from loaders.joining import Joiner, held_thing
from loaders.match import WHY_SAME, Known, Matches, Undecided
from loaders.places import Places, read_places
from loaders.tags import LABELS, Tagger

_SECONDS = 600.0
# Only files with several rows a corporation need them, and none of these has more corporations.
_MOST_NAMES = 1_000_000
_LABELS = ("Company", "Institution")
_TAGGED = ("Award", "Procurement")
_ISSUED = ("GRANTED_BY", "PROCURED_BY")
_TAG_RELATIONS = {"Sector": "IN_SECTOR", "Technology": "USES_TECHNOLOGY"}
# Keeps a tag apart from the same relation that a document states.
_TAG = "words"


class Settled(NamedTuple):
    """What `rows` rows state, which of its nodes the graph has not yet, and whether the graph says all that already."""

    nodes: list[Node]
    fresh: list[NodeKey]
    relations: list[Relation]
    rows: int
    unchanged: bool


class Settler:
    """Turns entries into records: one corporation is one node, whichever document named it first."""

    def __init__(self, store: Store, schema: Schema, feed: Feed, decisions: Decisions, *, dry_run: bool) -> None:
        self.store, self.schema, self.document = store, schema, feed.key
        self._decisions, self._dry_run = decisions, dry_run
        self.places, self._numbered = Places(()), False
        if feed.refers_to_places:
            self._read_places()
        self._offices: dict[str, tuple[str, bool]] = {}
        self._names: dict[str, str] = {}
        self._empty: dict[str, bool] = {}
        self._matches = Matches(store, self._rows, self.places, self._things, decisions)
        self._there = self._kept_things()
        self._tagger = self._read_tagger()

    def _read_places(self) -> None:
        self.places = read_places(self._rows)
        if not self.places:
            raise SourceError(
                "The graph holds no prefectures with codes, which open data refers to.",
                next_step="Load the packaged facts first: enmusubi load",
            )
        self._numbered = any(
            self._rows(f"MATCH (n:{label}) WHERE n.corporate_number IS NOT NULL RETURN 1 LIMIT 1") for label in _LABELS
        )

    def _read_tagger(self) -> Tagger:
        """The tagger with the names of the graph's sectors and technologies; those of the classification are too general."""
        named: list[tuple[str, str]] = []
        broader: list[tuple[str, str]] = []
        for label in LABELS:
            spec = self.schema.labels.get(label)
            if spec is None or _TAG_RELATIONS[label] not in self.schema.relations:
                continue
            text = (
                f"MATCH (n:{label}) WHERE n.code IS NULL OR size(n.code) = 1 RETURN n.id, n.name, n.name_en, n.aliases"
            )
            for identity, name, english, aliases in self._rows(text):
                names = [name, english, *(aliases if isinstance(aliases, list) else [])]
                named += [(str(identity), str(one)) for one in names if one]
            pairs = self._rows(f"MATCH (n:{label})-[:{spec.hierarchy}]->(m) RETURN n.id, m.id")
            broader += [(str(below), str(above)) for below, above in pairs]
        return Tagger(named, broader)

    @property
    def undecided(self) -> list[Undecided]:
        """The corporations that may be a thing of the graph, for a person to decide."""
        return self._matches.undecided

    def _rows(self, text: str, **parameters: object) -> list[list[object]]:
        return self.store.read(text, parameters, seconds=_SECONDS, guarded=False).rows

    def settle(self, entries: list[Entry]) -> list[Settled]:
        """The records of each entry, and whether the graph says all that already."""
        known = self._corporations(entries)
        things = self._things([e.thing for e in entries if e.thing is not None])
        likely = self._matches.likely([e.corporation for e in entries if e.corporation is not None])
        settled = []
        for entry in entries:
            nodes: list[Node] = []
            fresh: list[NodeKey] = []
            before: Known | None = None
            if entry.corporation is not None:
                told = entry.corporation
                before = known.get(told.number) if told.number else None
                own = told.number or unnumbered_id(_name(told), told.place)
                if before is None and (
                    found := self._judged(told) or (own in likely and self._matched(told, entry.line))
                ):
                    before = known[own] = found
                node = self._corporation(told, before)
                if node is not None:
                    nodes.append(node)
                    if told.register and before is None:
                        fresh.append((node.label, node.id))
            stated = entry.thing or (nodes[0] if nodes else None)
            if entry.thing is not None:
                nodes.append(entry.thing)
                before = things.get(entry.thing.id)
                if before is None:
                    fresh.append((entry.thing.label, entry.thing.id))
            nodes += [node for node in entry.others if node.label != "Institution" or self._office(node)]
            relations = [self._relation(relation, known) for relation in self._all_relations(entry)]
            if entry.thing is not None:
                relations += self._tags(entry.thing, entry.relations)
            nodes, relations = self._decisions.rewritten(nodes, relations, self._there)
            unchanged = stated is None or self._unchanged(before, stated)
            settled.append(Settled(nodes, fresh, relations, entry.rows, unchanged))
        return settled

    def _kept_things(self) -> set[NodeKey]:
        """The things that others were joined to, as far as the graph has them."""
        kept = {self._decisions.keeper(key) for key in self._decisions.kept}
        return {(known.label, known.id) for known in self._things([Node(*key, {}) for key in kept]).values()}

    def _judged(self, told: Corporation) -> Known | None:
        """The thing that a person, or the rule in an earlier load, decided the corporation to be."""
        if not self._there:
            return None
        kept = self._decisions.keeper(_own(told))
        return self._things([Node(*kept, {})]).get(kept[1]) if kept in self._there else None

    def _matched(self, told: Corporation, line: int) -> Known | None:
        found = self._matches.of(told, line)
        if found is None:
            return None
        own = _own(told)
        if self._dry_run or self._decisions.keeper(own) == (found.label, found.id):
            return found
        held, node = held_thing(self.store, self.schema, (found.label, found.id)), self._corporation(told, None)
        if held is not None and node is not None:
            said = State(dict(node.properties), sorted(map(str, node.sources)))
            before = Before(held.state, said, tuple(held.edges))
            self._decisions.note(Decision("join", held.key, own, "rule", WHY_SAME, before=before))
        return found

    def part_contested(self) -> None:
        """Take back the joins of things that a second corporation of this load is as well: a person must decide."""
        joiner = Joiner(self.store, self.schema, self._decisions)
        for key, told in self._matches.contested.items():
            if self._decisions.kept.get(told) == key:
                joiner.withdraw(key, told, "another corporation has this name and place as well")

    def _all_relations(self, entry: Entry) -> Iterable[Relation]:
        yield from entry.relations
        corporation = entry.corporation
        if corporation is not None and corporation.place and not corporation.gone:
            label, identity = _own(corporation)
            source = (Source(self.document, _locator(corporation)),)
            yield Relation("LOCATED_IN", label, identity, "Region", corporation.place, {}, source)

    def _tags(self, thing: Node, stated: Iterable[Relation]) -> Iterable[Relation]:
        """The sectors and technologies that the title of an award or a contract concerns, with the words that tell so."""
        if thing.label not in _TAGGED:
            return
        issuer = next((r.end.partition("/")[2] for r in stated if r.type in _ISSUED), "")
        for tag in self._tagger.of(str(thing.properties.get("name", "")), issuer):
            words: dict[str, Value] = {"words": list(tag.words)}
            yield Relation(
                _TAG_RELATIONS[tag.label], thing.label, thing.id, tag.label, tag.id, words, thing.sources, _TAG
            )

    def _unchanged(self, before: Known | None, stated: Node) -> bool:
        if before is None:
            return False
        said = State(dict(stated.properties), sorted(map(str, stated.sources)))
        after = merged(before.state, said, {self.document})
        return after is not None and same(before.state, after)

    def _corporations(self, entries: list[Entry]) -> dict[str, Known]:
        if not self._numbered:
            return {}
        numbers = {e.corporation.number for e in entries if e.corporation is not None}
        for entry in entries:
            for relation in entry.relations:
                numbers.update(_number(i) for i in (relation.start, relation.end))
        found = {}
        for label in _LABELS:
            text = (
                f"UNWIND $numbers AS number MATCH (n:{label} {{corporate_number: number}}) "
                "RETURN number, n.id, properties(n)"
            )
            for number, identity, stored in self._rows(text, numbers=sorted(numbers - {""})):
                found[str(number)] = _known(label, identity, stored)
        return found

    def _things(self, things: list[Node]) -> dict[str, Known]:
        found = {}
        for label in sorted({thing.label for thing in things}):
            if label not in self._empty:
                self._empty[label] = not self._rows(f"MATCH (n:{label}) RETURN 1 LIMIT 1")
            if self._empty[label]:
                continue
            ids = sorted({thing.id for thing in things if thing.label == label})
            text = f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) RETURN n.id, properties(n)"
            for identity, stored in self._rows(text, ids=ids):
                found[str(identity)] = _known(label, identity, stored)
        return found

    def _corporation(self, told: Corporation, known: Known | None) -> Node | None:
        mine = _own(told)
        if not told.number and known is not None and known.id != mine[1]:
            return None  # known by another document, of which the row says nothing new
        label, identity = (known.label, known.id) if known else mine
        allowed = self.schema.properties(label)
        before = known.state.properties if known else {}
        sources = list(map(Source.parse, known.state.sources)) if known else []
        if told.gone and known is None:
            return None
        own = identity == mine[1]
        if told.register:
            properties = self._of_register(told, before, own=own)
        else:
            properties = self._beside_register(told, before, sources)
        # Of what is nothing, 0 and no are values.
        properties = {name: value for name, value in properties.items() if (value or value == 0) and name in allowed}
        speaks_for = () if told.register and own else tuple(sorted(properties))
        return Node(label, identity, properties, (Source(self.document, _locator(told), speaks_for),))

    def _of_register(self, told: Corporation, before: dict[str, Value], *, own: bool) -> dict[str, Value]:
        older = told.updated < str(before.get("register_date", ""))
        properties = dict(told.properties)
        if told.gone:
            properties = {"corporate_number": told.number, "registration": "deleted"}
        if not before and not told.former_names and not told.changes:
            return properties
        if older:
            properties = {name: before[name] for name in {*properties, "closed_on", "closed_because"} if name in before}
        name, now = str(before.get("name", "")), str(properties.get("name", ""))
        former = [*_texts(before, "former_names"), *told.former_names]
        changes = [*_texts(before, "history"), *told.changes]
        if name and now and name != now and own:
            former.append(name)
            if not any(name in change and now in change for change in changes):
                changes.append(f"{told.changed} 商号又は名称の変更：{name} → {now}")
        if before and not own:
            # A document of ours named it first and keeps its name; that of the register is another one for it.
            properties.pop("name", None)
            aliases = [a for a in (now, *told.former_names) if a]
            properties["aliases"] = list(dict.fromkeys([*_texts(before, "aliases"), *aliases]))
        elif not now and name:
            properties["name"] = name
        current = properties.get("name")
        properties["former_names"] = [n for n in dict.fromkeys(former) if n != current]
        properties["history"] = sorted(dict.fromkeys(changes))
        return properties

    def _beside_register(self, told: Corporation, before: dict[str, Value], sources: list[Source]) -> dict[str, Value]:
        """What another file says of a corporation: its name counts only where no other document has one."""
        properties = dict(told.properties)
        name = str(properties.get("name", ""))
        foreign = any(source.document != self.document for source in sources)
        named_here = any(source.document == self.document and "name" in source.properties for source in sources)
        first = str(before.get("name", "")) if foreign else self._first_name(told.number or _own(told)[1], name)
        properties["name"] = "" if foreign and not named_here else first
        if name != first:
            known = {fold(text) for text in (first, *_texts(before, "former_names"))}
            properties["aliases"] = [name] if fold(name) not in known else []
        return properties

    def _first_name(self, number: str, name: str) -> str:
        """The name that the first row of this file has for the number; rows that differ add aliases."""
        if len(self._names) < _MOST_NAMES:
            return self._names.setdefault(number, name)
        return self._names.get(number, name)

    def _relation(self, relation: Relation, known: dict[str, Known]) -> Relation:
        if not known and not self._offices:
            return relation
        start, end = (known.get(_number(i) or i) for i in (relation.start, relation.end))
        if start is not None:
            relation = replace(relation, start_label=start.label, start=start.id)
        elif relation.start in self._offices:
            relation = replace(relation, start=self._offices[relation.start][0])
        if end is not None:
            relation = replace(relation, end_label=end.label, end=end.id)
        elif relation.end in self._offices:
            relation = replace(relation, end=self._offices[relation.end][0])
        return relation

    def _office(self, node: Node) -> bool:
        """Whether an office that a row names has to be stated: not when other documents state it."""
        if node.id not in self._offices:
            name = str(node.properties["name"])
            entries = self.store.find_names(keys(name))
            found = {e.id for e in entries if e.label == node.label and e.id and fold(e.text) == fold(name)}
            chosen = found.pop() if len(found) == 1 else node.id
            known = self._things([Node(node.label, chosen, {})]).get(chosen)
            foreign = known is not None and any(document_of(s) != self.document for s in known.state.sources)
            self._offices[node.id] = (chosen if foreign else node.id, not foreign)
        return self._offices[node.id][1]


def _own(told: Corporation) -> tuple[str, str]:
    """Label and id of a corporation that no other document has named."""
    if told.number:
        label = label_of(told.number)
        return label, f"{label}/{told.number}"
    return "Company", unnumbered_id(_name(told), told.place)


def _name(told: Corporation) -> str:
    return str(told.properties.get("name", ""))


def _locator(told: Corporation) -> str:
    return f"法人番号 {told.number}" if told.number else _name(told)


def _known(label: str, identity: object, stored: object) -> Known:
    """A thing as the graph tells it: properties instead of the driver's nodes, which refer to each other and so stay long."""
    if not isinstance(stored, dict):
        raise TypeError(f"the properties of a node were expected, not {stored!r}")
    return Known(label, str(identity), State.of_stored(stored, "id"))


def _number(identity: str) -> str:
    tail = identity.rpartition("/")[2]
    return tail if len(tail) == 13 and tail.isdigit() else ""


def _texts(properties: dict[str, Value], name: str) -> list[str]:
    value = properties.get(name)
    return [str(item) for item in value] if isinstance(value, list) else []

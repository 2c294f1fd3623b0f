"""A store enters, what the answer engine keeps of it leaves: names on demand, statements and documents."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Container
from functools import lru_cache
from pathlib import Path
from typing import Any

from graph.fold import fold, without_legal_form
from graph.records import Source, Value
from graph.schema import Schema, read_yaml
from graph.store import GraphNode, NameEntry, Store
from qa.lexicon import Sense, forms
from qa.literals import literal_keys
from qa.statement import Statement, make_statement
from qa.statements import Statements

# A label with more things than this is data, not statements: its things are found by name, not by their words.
MOST_STATEMENTS = 5_000
MOST_LINKS = 100_000
# Up to so many things of a label it is looked which are in an official register only.
_MOST_LOOKED_AT = 50_000
_SHORT_NUMBER = 4
# For so many seconds the graph is taken to be as it was: one question looks several times.
SAME_QUESTION = 0.02
# Places and headings: every word of a question would find some.
NAMED_ONLY = ("Section", "Region", "Document")


class Knowledge:
    """Reads what answering needs from the graph; statements and documents are read again when the graph changed."""

    def __init__(self, store: Store, schema: Schema) -> None:
        self.store, self.schema = store, schema
        self._versions: dict[str, object] = {}
        self._version: object = None
        self._looked = -SAME_QUESTION
        self._statements = Statements(())
        self._documents: dict[str, dict[str, Any]] = {}
        self._publishers: dict[str, frozenset[str]] = {}
        self._triples: frozenset[tuple[str, str, str]] = frozenset()
        self._many: frozenset[str] = frozenset()
        self._widest: frozenset[str] = frozenset()
        self._below: dict[str, dict[str, set[str]]] = {}

    def names(self, keys: Collection[str], known: Container[str] = ()) -> dict[str, tuple[Sense, ...]]:
        """What the given folded words name in the graph; `known` are those that the grammar or the schema has.

        Among five million companies one is called like every word (株式会社九州): a name without its legal form
        counts only where nothing else is called so.
        """
        found: dict[str, list[Sense]] = defaultdict(list)
        again: set[tuple[str, ...]] = set()
        # Of codes and companies some are called like any number: 「top 10」 and 「2022」 mean none of them.
        entries = self.store.find_names([key for key in keys if not (key.isdigit() and len(key) <= _SHORT_NUMBER)])
        exact = {e.key for e in entries if e.id is None or fold(e.text) == e.key}
        for entry in entries:
            if self.schema.labels[entry.label].stated:
                continue  # found by their words, see qa.statements
            if (entry.key in exact or entry.key in known) and _shortened(entry):
                continue
            if entry.id is None:
                sense = Sense("value", entry.property, entry.label, entry.text)
            else:
                sense = Sense("entity", entry.property, entry.label, entry.id)
            # One thing may bear a key by several of its names; hundreds of companies may bear one name.
            told = (entry.key, sense.kind, sense.label, sense.value, sense.name if sense.kind == "value" else "")
            if told not in again:
                again.add(told)
                found[entry.key].append(sense)
        return {key: tuple(senses) for key, senses in found.items()}

    def statements(self) -> Statements:
        """The things that are found by their words."""
        if self._changed("statements"):
            counts = self.store.node_counts()
            self._many = frozenset(n for n, count in counts.items() if count and self._is_data(n, count))
            labels = [n for n in self.schema.labels if counts.get(n) and n not in {*NAMED_ONLY, *self._many}]
            self._publishers = self._read_publishers()
            found = [s for label in labels for s in self._read_statements(label)]
            self._statements = Statements(found, synonyms())
        return self._statements

    def _is_data(self, label: str, count: int) -> bool:
        """Whether the things of a label are data: too many to be what documents speak of."""
        if self._given(label) or count > _MOST_LOOKED_AT:
            return True
        text = f"MATCH (n:{label}){self._spoken_of(label)} RETURN count(n)"
        return count > MOST_STATEMENTS and int(self.store.read(text).rows[0][0]) > MOST_STATEMENTS

    def _spoken_of(self, label: str) -> str:
        """The condition that a thing is not known by its number in a register alone: then its id is that number."""
        unique = [name for name, prop in self.schema.properties(label).items() if prop.unique]
        parts = [f"(n.{name} IS NULL OR n.id <> '{label}/' + n.{name})" for name in unique]
        return f" WHERE {' AND '.join(parts)}" if parts else ""

    def documents(self) -> dict[str, dict[str, Any]]:
        """Name, date and address of each document by its key."""
        if self._changed("documents"):
            self._documents = self._read_documents()
        return self._documents

    def triples(self) -> frozenset[tuple[str, str, str]]:
        """Which relations join which labels in the data, as (start label, relation, end label)."""
        if self._changed("triples"):
            self._triples = self.store.triples()
        return self._triples

    def joined(self, ones: Collection[str], others: Collection[str], hops: int) -> bool:
        """Whether one of the first things is joined to one of the others, directly or over one thing between."""
        labels = ({i.partition("/")[0] for i in ids} for ids in (ones, others))
        start, end = ("|".join(sorted(found)) for found in labels)
        text = f"MATCH (one:{start})-[*1..{hops}]-(other:{end}) WHERE one.id IN $ones AND other.id IN $others RETURN one.id"
        return bool(self.store.read(text + " LIMIT 1", {"ones": list(ones), "others": list(others)}, rows=1).rows)

    def joined_alone(self, ones: Collection[str], others: Collection[str]) -> bool:
        """Whether the first things are joined to one of the others and to nothing else of its label."""
        start, end = ("|".join(sorted({i.partition("/")[0] for i in ids})) for ids in (ones, others))
        text = f"MATCH (one:{start})--(other:{end}) WHERE one.id IN $ones RETURN DISTINCT other.id LIMIT 2"
        found = [str(i) for (i,) in self.store.read(text, {"ones": list(ones)}, rows=2).rows]
        return len(found) == 1 and found[0] in others

    def gives(self, ids: Collection[str]) -> bool:
        """Whether one of the things gave others something of which there are many: an office did, most foundations did not."""
        for label in sorted({i.partition("/")[0] for i in ids}):
            for what, grant in self.schema.grants.items():
                if grant.given and label in self.schema.relations[grant.given].end:
                    text = f"UNWIND $ids AS id MATCH (n:{label} {{id: id}})<-[:{grant.given}]-(:{what}) RETURN n.id LIMIT 1"
                    if self.store.read(text, {"ids": [i for i in ids if i.startswith(f"{label}/")]}, rows=1).rows:
                        return True
        return False

    def things(self, labels: Collection[str], ids: Collection[str]) -> dict[str, dict[str, Value]]:
        """All properties of the given things by id."""
        found: dict[str, dict[str, Value]] = {}
        for label in sorted(labels):
            table = self.store.read(
                f"MATCH (n:{label}) WHERE n.id IN $ids RETURN n", {"ids": list(ids)}, rows=len(ids) + 1
            )
            for (node,) in table.rows:
                if isinstance(node, GraphNode):
                    found[node.id] = dict(node.properties)
        return found

    def below(self, ids: Collection[str]) -> list[str]:
        """The given things of a hierarchy (regions, sectors), and all that lies below them."""
        if self._changed("below"):
            self._below = {}
        found = set(ids)
        for label in sorted({i.partition("/")[0] for i in ids}):
            if label not in self._below:
                self._below[label] = self._read_below(label)
            level = {i for i in ids if i.startswith(f"{label}/")}
            while level:
                level = set[str]().union(*(self._below[label].get(i, ()) for i in level)) - found
                found |= level
        return sorted(found)

    def _read_below(self, label: str) -> dict[str, set[str]]:
        """What lies directly below each thing: read from below, since above five million companies may lie at one place."""
        below: dict[str, set[str]] = defaultdict(set)
        for one, wider in self._links_up(label):
            below[wider].add(one)
        return below

    def _links_up(self, label: str) -> list[tuple[str, str]]:
        hierarchy = self.schema.labels[label].hierarchy
        if not hierarchy:
            return []
        text = f"MATCH (n:{label})-[:{hierarchy}]->(wider:{label}) RETURN n.id, wider.id"
        return [(str(one), str(wider)) for one, wider in self.store.read(text, rows=MOST_LINKS).rows]

    def widest(self) -> frozenset[str]:
        """The things of a hierarchy that hold more than half of it: the country, where all else is a part of it."""
        if self._changed("widest"):
            self._widest = frozenset(wide for label in self.schema.labels for wide in self._read_widest(label))
        return self._widest

    def _read_widest(self, label: str) -> set[str]:
        parents: dict[str, set[str]] = defaultdict(set)
        for one, wider in self._links_up(label):
            parents[one].add(wider)
        held: Counter[str] = Counter()
        for one in parents:
            above, level = set[str](), parents[one]
            while level - above:
                above |= level
                level = set[str]().union(*(parents.get(i, set()) for i in level))
            held.update(above)
        return {i for i, count in held.items() if count > len(parents) / 2}

    def _given(self, label: str) -> bool:
        """Whether a label's things are data of open sources: each then says who gave it."""
        grant = self.schema.grants.get(label)
        if grant is None or not grant.given:
            return grant is not None
        return any((s, r) == (label, grant.given) for s, r, _ in self.triples())

    def _changed(self, what: str) -> bool:
        now = time.monotonic()
        if now - self._looked > SAME_QUESTION:
            self._version, self._looked = tuple((load.id, load.finished) for load in self.store.loads()), now
        version = self._version
        changed = self._versions.get(what) != version
        self._versions[what] = version
        return changed

    def _read_statements(self, label: str) -> list[Statement]:
        where = self._spoken_of(label)
        nodes = self.store.read(f"MATCH (n:{label}){where} RETURN n", rows=MOST_STATEMENTS)
        # What many things are joined to (a sector, by the awards in it) tells nothing of it by them.
        few = "|".join(name for name in self.schema.labels if not self._given(name))
        links = self.store.read(f"MATCH (n:{label})--(other:{few}){where} RETURN n.id, other.id", rows=MOST_LINKS)
        about: dict[str, set[str]] = defaultdict(set)
        for identity, other in links.rows:
            about[identity].add(other)
        found, documents = [], self.documents()
        for (node,) in nodes.rows:
            dates: set[str] = set()
            for entry in node.properties.get("sources", ()):
                document = Source.parse(entry).document
                about[node.id] |= self._publishers.get(document, frozenset())
                # "In the report of May 2025": the month of a document stands for what it states, a year says too little.
                dates |= {k for k in literal_keys(str(documents.get(document, {}).get("date", ""))) if not k.isdigit()}
            found.append(make_statement(label, {**node.properties, "id": node.id}, about[node.id], self.schema, dates))
        return found

    def _read_publishers(self) -> dict[str, frozenset[str]]:
        """Each document, and what is joined to it (its publisher), by its key: what it states they state."""
        if "Document" not in self.schema.labels:
            return {}
        table = self.store.read(
            "MATCH (n:Document) OPTIONAL MATCH (n)-[relation]-(other) WHERE type(relation) <> 'PART_OF' RETURN n.id, collect(other.id)",
            rows=10_000,
        )
        return {identity.partition("/")[2]: frozenset((identity, *others)) for identity, others in table.rows}

    def _read_documents(self) -> dict[str, dict[str, Any]]:
        if "Document" not in self.schema.labels:
            return {}
        table = self.store.read("MATCH (n:Document) RETURN n", rows=10_000)
        return {node.id.partition("/")[2]: dict(node.properties) for (node,) in table.rows}


def _shortened(entry: NameEntry) -> bool:
    """Whether a key is the name without the form of the legal person."""
    return entry.key != fold(entry.text) and entry.key == fold(without_legal_form(entry.text))


@lru_cache(maxsize=1)
def _synonym_groups() -> tuple[tuple[str, ...], ...]:
    groups = read_yaml(Path(__file__).with_name("synonyms.yaml"))[0] or []
    return tuple(tuple(str(word) for word in group) for group in groups)


@lru_cache(maxsize=1)
def synonyms() -> dict[str, frozenset[str]]:
    """The folded words that people use for one another, by each of them; Japanese verbs also by their stems."""
    found: dict[str, set[str]] = defaultdict(set)
    for group in _synonym_groups():
        folded = {fold(word) for word in group}
        for word in group:
            for key in (word,) if word.isascii() else forms(word):
                found[fold(key)] |= folded
    return {word: frozenset(group - {word}) for word, group in found.items()}


@lru_cache(maxsize=1)
def joined_words() -> frozenset[str]:
    """The folded words with a meaning of their own that are written in several: "take over", 「足りない」."""
    several = (w for group in _synonym_groups() for w in group if " " in w or "-" in w or not w.isascii())
    return frozenset(fold(w) for w in several)


def same_words(schema: Schema) -> dict[str, frozenset[str]]:
    """The folded words of each schema element by the key that `qa.wanted.question_words` looks up."""
    found: dict[str, frozenset[str]] = {}
    for name, label in schema.labels.items():
        found[f"label::{name}:"] = _folded((*label.ja, *label.en))
        for prop_name, prop in schema.properties(name).items():
            found[f"property:{name}:{prop_name}:"] = _folded((*prop.ja, *prop.en))
            for value_name, value in prop.values.items():
                found[f"value:{name}:{prop_name}:{value_name}"] = _folded((*value.ja, *value.en))
    for name, relation in schema.relations.items():
        found[f"relation::{name}:"] = _folded((*relation.ja, *relation.en))
    return found


def _folded(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(key for word in words if len(key := fold(word)) > 1)

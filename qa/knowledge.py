"""A store enters, what the answer engine keeps of it leaves: names on demand, statements and documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import Any

from graph.fold import fold
from graph.records import Source, Value
from graph.schema import Schema, read_yaml
from graph.store import GraphNode, Store
from qa.lexicon import Sense, forms
from qa.literals import literal_keys
from qa.statement import Statement, make_statement
from qa.statements import Statements

# A label with more things than this is data, not statements: its things are found by name, not by their words.
MOST_STATEMENTS = 5_000
MOST_LINKS = 100_000
# Places and headings: every word of a question would find some.
NAMED_ONLY = ("Section", "Region", "Document")


class Knowledge:
    """Reads what answering needs from the graph; statements and documents are read again when the graph changed."""

    def __init__(self, store: Store, schema: Schema) -> None:
        self.store, self.schema = store, schema
        self._versions: dict[str, object] = {}
        self._statements = Statements(())
        self._documents: dict[str, dict[str, Any]] = {}
        self._publishers: dict[str, frozenset[str]] = {}
        self._triples: frozenset[tuple[str, str, str]] = frozenset()

    def names(self, keys: Collection[str]) -> dict[str, tuple[Sense, ...]]:
        """What the given folded words name in the graph."""
        found: dict[str, list[Sense]] = defaultdict(list)
        for entry in self.store.find_names(keys):
            if self.schema.labels[entry.label].stated:
                continue  # found by their words, see qa.statements
            if entry.id is None:
                sense = Sense("value", entry.property, entry.label, entry.text)
            else:
                sense = Sense("entity", entry.property, entry.label, entry.id)
            # One thing may bear a key by several of its names.
            if all((s.kind, s.label, s.value) != (sense.kind, sense.label, sense.value) for s in found[entry.key]):
                found[entry.key].append(sense)
        return {key: tuple(senses) for key, senses in found.items()}

    def statements(self) -> Statements:
        """The things that are found by their words."""
        if self._changed("statements"):
            counts = self.store.counts().nodes
            labels = [n for n in self.schema.labels if 0 < counts.get(n, 0) <= MOST_STATEMENTS and n not in NAMED_ONLY]
            self._publishers = self._read_publishers()
            found = [s for label in labels for s in self._read_statements(label)]
            self._statements = Statements(found, synonyms())
        return self._statements

    def documents(self) -> dict[str, dict[str, Any]]:
        """Name, date and address of each document by its key."""
        if self._changed("documents"):
            self._documents = self._read_documents()
        return self._documents

    def triples(self) -> frozenset[tuple[str, str, str]]:
        """Which relations join which labels in the data, as (start label, relation, end label)."""
        if self._changed("triples"):
            table = self.store.read(
                "MATCH (a)-[r]->(b) RETURN DISTINCT labels(a)[0] AS start, type(r) AS relation, labels(b)[0] AS end",
                rows=10_000,
            )
            self._triples = frozenset((start, relation, end) for start, relation, end in table.rows)
        return self._triples

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

    def _changed(self, what: str) -> bool:
        version = tuple((load.id, load.finished) for load in self.store.loads())
        changed = self._versions.get(what) != version
        self._versions[what] = version
        return changed

    def _read_statements(self, label: str) -> list[Statement]:
        nodes = self.store.read(f"MATCH (n:{label}) RETURN n", rows=MOST_STATEMENTS)
        links = self.store.read(f"MATCH (n:{label})--(other) RETURN n.id, other.id", rows=MOST_LINKS)
        about: dict[str, set[str]] = defaultdict(set)
        for identity, other in links.rows:
            about[identity].add(other)
        found = []
        for (node,) in nodes.rows:
            dates: set[str] = set()
            for entry in node.properties.get("sources", ()):
                document = Source.parse(entry).document
                about[node.id] |= self._publishers.get(document, frozenset())
                # "In the report of May 2025": the month of a document stands for what it states, a year says too little.
                dates |= {
                    k for k in literal_keys(str(self.documents().get(document, {}).get("date", ""))) if not k.isdigit()
                }
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

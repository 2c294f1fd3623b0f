"""An RDF file enters, the things and relations that its triples state in the schema's terms leave.

Nothing outside the file is read: XML with a document type and JSON-LD with a context by address are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from rdflib import PROV, RDF, RDFS, SKOS, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS
from rdflib.term import Node as Term

from graph.errors import SourceError
from graph.rdf_terms import Terms
from graph.records import Node, Relation, Source, Value
from graph.schema import Property, Schema
from graph.values import parse_value
from loaders.documents import document_of
from loaders.entries import Entry, Feed, Rejected, Stated
from loaders.places import Places

FORMAT = "rdf"
ENDINGS = {".ttl": "turtle", ".nt": "nt", ".jsonld": "json-ld", ".rdf": "xml", ".owl": "xml"}
_MOST_BYTES = 300_000_000
_ABOUT = {"title": "RDF", "licence": "", "url": ""}
_SPLIT = "\x1f"


def feed(path: Path, schema: Schema) -> Feed:
    """The file as a feed; all that it says stands in a document of its own, whatever it is derived from.

    Raises:
        SourceError: it is not what its ending says, or reaches outside.
    """
    graph = _parsed(path)
    document = document_of(path, FORMAT, _ABOUT)
    kept = {
        name: value for name, value in document.properties.items() if value and name in schema.properties("Document")
    }
    document = Node("Document", document.id, kept, document.sources)
    reader = _Reader(graph, schema, document.id.partition("/")[2])

    def read(places: Places, tell: Callable[[int], None]) -> Iterator[Stated]:
        yield from reader.entries()
        tell(path.stat().st_size)

    return Feed(FORMAT, path, path.stat().st_size, document, read, refers_to_places=False)


def _parsed(path: Path) -> Graph:
    size = path.stat().st_size
    if size > _MOST_BYTES:
        raise SourceError(f"The file has {size:,} bytes.", place=str(path), next_step="Split it.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceError("The file is no text in UTF-8.", place=str(path), next_step="Save it as UTF-8.") from None
    form = ENDINGS[path.suffix.lower()]
    if form == "xml" and re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise SourceError(
            "The XML has a document type, which could define entities.", place=str(path), next_step="Remove it."
        )
    try:
        if form == "json-ld":
            _refuse_addresses(json.loads(text), path)
        return Graph().parse(data=text, format=form, publicID="urn:file:")
    except SourceError:
        raise
    except Exception as error:  # noqa: BLE001 (the parsers raise kinds of their own)
        told = str(error).strip().splitlines() or [type(error).__name__]
        raise SourceError(f"The file is no {form}: {told[0]}.", place=str(path), next_step="Correct it.") from None


def _refuse_addresses(value: Any, path: Path) -> None:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            contexts = item.get("@context", [])
            for context in contexts if isinstance(contexts, list) else [contexts]:
                address = context if isinstance(context, str) else (context or {}).get("@import")
                if address:
                    raise SourceError(
                        f"The context stands at another address: {address}.",
                        place=str(path),
                        next_step="Write the context itself into the file.",
                    )
            waiting += item.values()


class _Reader:
    """Reads things and relations out of the triples by the schema's terms."""

    def __init__(self, graph: Graph, schema: Schema, document: str) -> None:
        self.graph, self.schema, self.document = graph, schema, document
        self.terms = Terms(schema)
        self.labels: dict[Term, str] = {self.terms.space[label]: label for label in schema.labels}
        self.kinds = {self.terms.space[kind]: kind for kind in schema.relations}

    def entries(self) -> Iterator[Stated]:
        statements = self._statements()
        foreign = [s for s, o in self.graph.subject_objects(RDF.type) if str(o).startswith(self.schema.namespace)]
        for at, subject in enumerate(sorted(set(foreign), key=str), 1):
            try:
                yield self._entry(at, subject, statements)
            except ValueError as error:
                yield Rejected(at, str(error), [str(subject)])

    def _entry(self, at: int, subject: Term, statements: dict[tuple[Term, Term, Term], list[Term]]) -> Entry:
        found = [self.labels[kind] for kind in self.graph.objects(subject, RDF.type) if kind in self.labels]
        if len(found) != 1:
            raise ValueError(f"the type is {', '.join(found) or 'no label of the schema'}, not one label of it")
        label, properties = found[0], self._properties(subject, found[0])
        if self.schema.caption(label) not in properties:
            raise ValueError(f"it has no {self.schema.caption(label)}")
        source = (Source(self.document, self._place(subject)),)
        node = Node(label, self._id(subject, label), properties, source)
        relations = [
            relation
            for kind, name in self.kinds.items()
            for end in self.graph.objects(subject, kind)
            for relation in self._relations(node, name, end, statements.get((subject, kind, end), []))
        ]
        return Entry(at, None, node, tuple(relations))

    def _properties(self, subject: Term, label: str) -> dict[str, Value]:
        known = self.schema.properties(label)
        values: dict[str, list[Term]] = {}
        for predicate, value in self.graph.predicate_objects(subject):
            local = str(predicate).removeprefix(self.schema.namespace)
            if local == str(predicate) or predicate in self.kinds or local.endswith("-reverse"):
                continue
            name = local.removeprefix(f"{label}.")
            if name not in known:
                raise ValueError(f"{label} has no property {name!r}")
            values.setdefault(name, []).append(value)
        caption = self.schema.caption(label)
        if caption not in values:
            self._names(subject, caption, known, values)
        return {name: self._value(label, name, found, known[name]) for name, found in values.items()}

    def _names(self, subject: Term, caption: str, known: dict[str, Property], values: dict[str, list[Term]]) -> None:
        """Names in the words of SKOS and RDFS, for things that have none in the schema's own."""
        for predicate, name in ((SKOS.prefLabel, caption), (RDFS.label, caption), (SKOS.altLabel, "aliases")):
            for value in sorted(self.graph.objects(subject, predicate), key=str):
                english = isinstance(value, Literal) and value.language == "en" and name == caption
                chosen = f"{caption}_en" if english and f"{caption}_en" in known else name
                if chosen in known and (known[chosen].many or chosen not in values):
                    values.setdefault(chosen, []).append(value)
        if caption not in values and f"{caption}_en" in values:
            values[caption] = values[f"{caption}_en"]

    def _value(self, owner: str, name: str, found: list[Term], prop: Property) -> Value:
        prefix = f"{self.terms.property(owner, name)}."
        texts = sorted(str(value).removeprefix(prefix) for value in found)
        if not prop.many and len(texts) > 1:
            raise ValueError(f"{name} has {len(texts)} values ({', '.join(texts)}), but can have one")
        if prop.type == "year":
            texts = [text.lstrip("0") for text in texts]
        return parse_value(_SPLIT.join(texts), prop, _SPLIT)

    def _statements(self) -> dict[tuple[Term, Term, Term], list[Term]]:
        found: dict[tuple[Term, Term, Term], list[Term]] = {}
        for one in self.graph.subjects(RDF.type, RDF.Statement):
            parts = (self.graph.value(one, p) for p in (RDF.subject, RDF.predicate, RDF.object))
            start, kind, end = parts
            if start is not None and kind is not None and end is not None:
                found.setdefault((start, kind, end), []).append(one)
        return found

    def _relations(self, start: Node, kind: str, end: Term, statements: list[Term]) -> Iterator[Relation]:
        label = self._label(end)
        relation = self.schema.relations[kind]
        if label not in relation.end or start.label not in relation.start:
            raise ValueError(f"{kind} does not lead from {start.label} to {label or end}")
        unstated: list[Term | None] = [None]
        for one in statements or unstated:
            properties: dict[str, Value] = {}
            for name, prop in relation.properties.items():
                found = list(self.graph.objects(one, self.terms.property(kind, name))) if one is not None else []
                if found:
                    properties[name] = self._value(kind, name, found, prop)
            key = self.graph.value(one, DCTERMS.identifier) if one is not None else None
            yield Relation(
                kind, start.label, start.id, label, self._id(end, label), properties, start.sources, str(key or "")
            )

    def _label(self, thing: Term) -> str:
        for kind in self.graph.objects(thing, RDF.type):
            if kind in self.labels:
                return self.labels[kind]
        return str(thing).removeprefix(f"{self.schema.namespace}thing/").partition("/")[0]

    def _id(self, thing: Term, label: str) -> str:
        stated = self.graph.value(thing, DCTERMS.identifier)
        if stated is not None:
            return str(stated)
        own = str(thing).removeprefix(f"{self.schema.namespace}thing/{label}/")
        if own == str(thing):
            return f"{label}/{thing}"
        return unquote(own[1:]) if own.startswith(":") else f"{label}/{unquote(own)}"

    def _place(self, subject: Term) -> str:
        """The places that the file itself derives a thing from, else its address there."""
        told = []
        for place in self.graph.objects(subject, PROV.wasDerivedFrom):
            parts = (self.graph.value(place, p) for p in (DCTERMS.source, DCTERMS.bibliographicCitation))
            told.append(" · ".join(str(part) for part in parts if part is not None))
        return "; ".join(sorted(filter(None, told))) or (str(subject) if isinstance(subject, URIRef) else "")

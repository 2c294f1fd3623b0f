"""A subgraph and its schema enter, RDF leaves: things and relations as Turtle, the schema's terms as an ontology.

In the terms' namespace (`:`), where no name of a schema can hold a `.`, `-` or `/`:

- `:Company` is a label, `:name` a common property, `:Company.kinds` a property of one label, `:Company.kinds.sme` one
  of its values, `:USED` a relation, `:USED.purpose` a property of it, `:USED-reverse` its other direction.
- `thing/Company/…` is a thing. Its properties are repeated as skos:prefLabel and skos:altLabel where they name it.
- A relation is a triple, `thing :USED thing`, and an rdf:Statement about it, which bears its properties and its key.
- `source/…` is a place that states facts: things and statements are prov:wasDerivedFrom it, `:states-property` says
  which properties it states, dcterms:isPartOf in which `document/…` it is.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rdflib import OWL, PROV, RDF, RDFS, SDO, SKOS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS

from graph.bolt import GraphNode, GraphRelation
from graph.errors import ExportError
from graph.records import Source
from graph.schema import Property, Relation, Schema, Words
from graph.subgraph import Subgraph

_JAPANESE = re.compile(r"[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_TYPES = {
    "integer": XSD.integer,
    "money": XSD.integer,
    "year": XSD.gYear,
    "number": XSD.double,
    "boolean": XSD.boolean,
    "url": XSD.anyURI,
}
_DATES = ((r"\d{4}-\d\d-\d\d", XSD.date), (r"\d{4}-\d\d", XSD.gYearMonth), (r"\d{4}", XSD.gYear))


class Terms:
    """The IRIs of what a schema names."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.space = Namespace(schema.namespace)
        self.states = self.space["states-property"]

    def property(self, owner: str, name: str) -> URIRef:
        """A property of a label or of a relation type."""
        common = name in self.schema.common and owner in self.schema.labels
        return self.space[name if common else f"{owner}.{name}"]

    def value(self, owner: str, name: str, value: str) -> URIRef:
        """One value of an enum property."""
        return URIRef(f"{self.property(owner, name)}.{value}")

    def thing(self, label: str, identity: str) -> URIRef:
        """A thing; the label, which most ids start with, stands once."""
        own = identity.startswith(f"{label}/")
        key = identity[len(label) + 1 :] if own else identity
        return self.space[f"thing/{label}/{'' if own else ':'}{_safe(key)}"]

    def document(self, key: str) -> URIRef:
        """A document by the key that sources name."""
        return self.space[f"document/{_safe(key)}"]

    def source(self, owner: str, text: str) -> URIRef:
        """A place that states properties of a label's things or of a type's relations."""
        return self.space[f"source/{_digest(owner, text)}"]

    def statement(self, relation: GraphRelation) -> URIRef:
        """The statement about one relation."""
        key = str(relation.properties.get("key", ""))
        return self.space[f"statement/{_digest(relation.type, *relation.start, *relation.end, key)}"]


def ontology(schema: Schema) -> Graph:
    """The schema's labels, properties, values and relations with their words in both languages."""
    graph, terms = _empty(schema), Terms(schema)
    graph.add((terms.states, RDF.type, OWL.ObjectProperty))
    graph.add((terms.states, RDFS.label, Literal("states the property", "en")))
    graph.add((terms.states, RDFS.label, Literal("述べる性質", "ja")))
    for name, prop in schema.common.items():
        _describe_property(graph, terms.space[name], prop)
    for label, spec in schema.labels.items():
        _describe(graph, terms.space[label], OWL.Class, spec)
        for name, prop in spec.properties.items():
            iri = terms.property(label, name)
            _describe_property(graph, iri, prop)
            graph.add((iri, RDFS.domain, terms.space[label]))
    for kind, relation in schema.relations.items():
        _describe_relation(graph, terms, kind, relation)
    return graph


def to_rdf(subgraph: Subgraph, schema: Schema) -> Graph:
    """The things and relations of a subgraph."""
    graph, terms = _empty(schema), Terms(schema)
    for node in subgraph.nodes:
        _add_node(graph, terms, node)
    for relation in subgraph.relations:
        _add_relation(graph, terms, relation)
    return graph


def write_turtle(subgraph: Subgraph, schema: Schema, path: Path) -> None:
    """Write a subgraph together with the ontology of its schema; the file is there whole or not at all.

    Raises:
        ExportError: the path cannot be written.
    """
    graph = to_rdf(subgraph, schema) + ontology(schema)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            with temporary.open("xb") as file:
                graph.serialize(file, format="turtle", encoding="utf-8")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise ExportError(
            f"{path.name or path} cannot be written: {error.strerror or error}.",
            place=str(path),
            next_step="Name a file in a folder that exists and that you may write to.",
        ) from None


def _empty(schema: Schema) -> Graph:
    graph = Graph()
    for prefix, space in (("", Namespace(schema.namespace)), ("dcterms", DCTERMS), ("prov", PROV), ("skos", SKOS)):
        graph.bind(prefix, space, override=True, replace=True)
    return graph


def _safe(text: str) -> str:
    return quote(text, safe="")


def _digest(*parts: str) -> str:
    return hashlib.sha1("\x1f".join(parts).encode(), usedforsecurity=False).hexdigest()


# The ontology


def _describe(graph: Graph, iri: URIRef, kind: URIRef, words: Words) -> None:
    graph.add((iri, RDF.type, kind))
    for language, texts in (("ja", words.ja), ("en", words.en)):
        for index, text in enumerate(texts):
            graph.add((iri, SKOS.altLabel if index else RDFS.label, Literal(text, language)))


def _describe_property(graph: Graph, iri: URIRef, prop: Property) -> None:
    _describe(graph, iri, OWL.ObjectProperty if prop.values else OWL.DatatypeProperty, prop)
    if prop.type in _TYPES:
        graph.add((iri, RDFS.range, _TYPES[prop.type]))
    if prop.unit:
        graph.add((iri, SDO.unitText, Literal(prop.unit.ja, "ja")))
        graph.add((iri, SDO.unitText, Literal(prop.unit.en, "en")))
    for name, value in prop.values.items():
        one = URIRef(f"{iri}.{name}")
        _describe(graph, one, SKOS.Concept, value)
        graph.add((one, SKOS.inScheme, iri))


def _describe_relation(graph: Graph, terms: Terms, kind: str, relation: Relation) -> None:
    iri = terms.space[kind]
    _describe(graph, iri, OWL.ObjectProperty, relation)
    if relation.symmetric:
        graph.add((iri, RDF.type, OWL.SymmetricProperty))
    if relation.reverse.ja or relation.reverse.en:
        other = terms.space[f"{kind}-reverse"]
        _describe(graph, other, OWL.ObjectProperty, relation.reverse)
        graph.add((other, OWL.inverseOf, iri))
    for includes, labels in ((SDO.domainIncludes, relation.start), (SDO.rangeIncludes, relation.end)):
        for label in labels:
            graph.add((iri, includes, terms.space[label]))
    for name, prop in relation.properties.items():
        _describe_property(graph, terms.property(kind, name), prop)


# Things and relations


def _add_node(graph: Graph, terms: Terms, node: GraphNode) -> None:
    iri, known = terms.thing(node.label, node.id), terms.schema.properties(node.label)
    graph.add((iri, RDF.type, terms.space[node.label]))
    graph.add((iri, DCTERMS.identifier, Literal(node.id)))
    if terms.schema.labels[node.label].hierarchy:
        graph.add((iri, RDF.type, SKOS.Concept))
    _add_properties(graph, terms, iri, node.label, node.properties, known)
    caption = terms.schema.caption(node.label)
    for name, prop in known.items():
        if prop.find_by == "name" and name in node.properties:
            called = SKOS.prefLabel if name in (caption, f"{caption}_en") else SKOS.altLabel
            for text in _listed(node.properties[name]):
                graph.add((iri, called, _text(name, str(text))))


def _add_relation(graph: Graph, terms: Terms, relation: GraphRelation) -> None:
    kind, start, end = terms.space[relation.type], terms.thing(*relation.start), terms.thing(*relation.end)
    graph.add((start, kind, end))
    label = relation.start[0]
    if label == relation.end[0] and terms.schema.labels[label].hierarchy == relation.type:
        graph.add((start, SKOS.broader, end))
    iri = terms.statement(relation)
    for predicate, value in (
        (RDF.type, RDF.Statement),
        (RDF.subject, start),
        (RDF.predicate, kind),
        (RDF.object, end),
    ):
        graph.add((iri, predicate, value))
    own = {name: value for name, value in relation.properties.items() if name != "key"}
    if relation.properties.get("key"):
        graph.add((iri, DCTERMS.identifier, Literal(relation.properties["key"])))
    _add_properties(graph, terms, iri, relation.type, own, terms.schema.relations[relation.type].properties)


def _add_properties(
    graph: Graph, terms: Terms, iri: URIRef, owner: str, values: dict[str, Any], known: dict[str, Property]
) -> None:
    for name, value in values.items():
        if name == "sources":
            for text in _listed(value):
                _add_source(graph, terms, iri, owner, str(text))
            continue
        for item in _listed(value):
            graph.add((iri, terms.property(owner, name), _object(terms, owner, name, item, known.get(name))))


def _add_source(graph: Graph, terms: Terms, iri: URIRef, owner: str, text: str) -> None:
    place, source = terms.source(owner, text), Source.parse(text)
    document = terms.document(source.document)
    graph.add((iri, PROV.wasDerivedFrom, place))
    graph.add((place, RDF.type, PROV.Entity))
    graph.add((place, DCTERMS.isPartOf, document))
    graph.add((document, DCTERMS.identifier, Literal(source.document)))
    if source.locator:
        graph.add((place, DCTERMS.bibliographicCitation, Literal(source.locator)))
    for name in source.properties:
        graph.add((place, terms.states, terms.property(owner, name)))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _object(terms: Terms, owner: str, name: str, value: Any, prop: Property | None) -> URIRef | Literal:
    """One value in the type of its property; what does not fit that type keeps its own."""
    if isinstance(value, str):
        if prop and value in prop.values:
            return terms.value(owner, name, value)
        if prop and prop.type == "date":
            return _date(value)
        if prop and prop.type == "url":
            return Literal(value, datatype=XSD.anyURI)
        return _text(name, value)
    if isinstance(value, bool):
        return Literal(value)
    if isinstance(value, int) and prop and prop.type == "year" and 0 < value < 10_000:
        return Literal(f"{value:04d}", datatype=XSD.gYear)
    return Literal(value, datatype=XSD.integer if isinstance(value, int) else XSD.double)


def _date(value: str) -> Literal:
    kind = next((kind for pattern, kind in _DATES if re.fullmatch(pattern, value, re.ASCII)), None)
    typed = Literal(value, datatype=kind)
    return Literal(value) if typed.ill_typed else typed


def _text(name: str, value: str) -> Literal:
    if name.endswith("_en"):
        return Literal(value, lang="en")
    return Literal(value, lang="ja" if _JAPANESE.search(value) else None)

"""A schema enters, the IRIs of its terms, of things and of sources leave, with an ontology that explains the terms.

No name in a schema can hold a `.`, `-` or `/`, so that these keep the IRIs apart.
"""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from rdflib import OWL, PROV, RDF, RDFS, SDO, SKOS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS

from graph.bolt import GraphRelation
from graph.schema import Property, Relation, Schema, Words

_TYPES = {
    "integer": XSD.integer,
    "money": XSD.integer,
    "year": XSD.gYear,
    "number": XSD.decimal,
    "boolean": XSD.boolean,
    "url": XSD.anyURI,
}


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
        """A document by the key that sources name: a thing where the schema knows documents."""
        known = "Document" in self.schema.labels
        return self.thing("Document", f"Document/{key}") if known else self.space[f"document/{_safe(key)}"]

    def source(self, owner: str, text: str) -> URIRef:
        """A place that states properties of a label's things or of a type's relations."""
        return self.space[f"source/{_digest(owner, text)}"]

    def statement(self, relation: GraphRelation) -> URIRef:
        """The statement about one relation."""
        key = str(relation.properties.get("key", ""))
        return self.space[f"statement/{_digest(relation.type, *relation.start, *relation.end, key)}"]


def ontology(schema: Schema) -> Graph:
    """The schema's labels, properties, values and relations with their words in both languages."""
    graph, terms = empty_graph(schema), Terms(schema)
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


def empty_graph(schema: Schema) -> Graph:
    """A graph that knows the prefixes."""
    graph = Graph()
    for prefix, space in (("", Namespace(schema.namespace)), ("dcterms", DCTERMS), ("prov", PROV), ("skos", SKOS)):
        graph.bind(prefix, space, override=True, replace=True)
    return graph


def _safe(text: str) -> str:
    """`text` as one step of an IRI, which may hold the letters and digits of all scripts; `unquote` gives it back."""
    return "".join(char if char.isalnum() or char in "-._~" else quote(char, safe="") for char in text)


def _digest(*parts: str) -> str:
    return hashlib.sha1("\x1f".join(parts).encode(), usedforsecurity=False).hexdigest()


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

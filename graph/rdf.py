"""A subgraph and its schema enter, RDF leaves: things and relations as Turtle, the schema's terms as an ontology.

In the terms' namespace (`:`), where no name of a schema can hold a `.`, `-` or `/`:

- `:Company` is a label, `:name` a common property, `:Company.kinds` a property of one label, `:Company.kinds.sme` one
  of its values, `:USED` a relation, `:USED.purpose` a property of it, `:USED-reverse` its other direction.
- `thing/Company/…` is a thing. Its names are repeated as skos:prefLabel and skos:altLabel; lists lose their order.
- A relation is a triple, `thing :USED thing`, and an rdf:Statement about it, which bears its properties and its key.
- `source/…` is a place that states facts: things and statements are prov:wasDerivedFrom it, `:states-property` says
  which properties it states, dcterms:isPartOf and dcterms:source in which document it is.
"""

from __future__ import annotations

import os
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from rdflib import PROV, RDF, SKOS, XSD, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS

from graph.bolt import GraphNode, GraphRelation
from graph.errors import ExportError
from graph.rdf_terms import Terms, empty_graph, ontology
from graph.records import Source
from graph.schema import Property, Schema
from graph.subgraph import Subgraph

__all__ = ["ontology", "to_rdf", "write_turtle"]

_JAPANESE = re.compile(r"[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_DATES = ((r"\d{4}-\d\d-\d\d", XSD.date), (r"\d{4}-\d\d", XSD.gYearMonth), (r"\d{4}", XSD.gYear))


def to_rdf(subgraph: Subgraph, schema: Schema) -> Graph:
    """The things and relations of a subgraph."""
    graph, terms = empty_graph(schema), Terms(schema)
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
    graph = to_rdf(subgraph, schema)
    graph += ontology(schema)
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
    graph.add((iri, PROV.wasDerivedFrom, place))
    graph.add((place, RDF.type, PROV.Entity))
    graph.add((place, DCTERMS.isPartOf, terms.document(source.document)))
    graph.add((place, DCTERMS.source, Literal(source.document)))
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
    if isinstance(value, int):
        return Literal(value, datatype=XSD.integer)
    # rdflib writes only seven digits of a double.
    return Literal(f"{Decimal(repr(value)):f}", datatype=XSD.decimal)


def _date(value: str) -> Literal:
    kind = next((kind for pattern, kind in _DATES if re.fullmatch(pattern, value, re.ASCII)), None)
    typed = Literal(value, datatype=kind)
    return Literal(value) if typed.ill_typed else typed


def _text(name: str, value: str) -> Literal:
    if name.endswith("_en"):
        return Literal(value, lang="en")
    return Literal(value, lang="ja" if _JAPANESE.search(value) else None)

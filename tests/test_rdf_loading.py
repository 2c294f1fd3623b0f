"""RDF in the schema's terms becomes things and relations; what reaches outside the file is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph

from graph.bolt import GraphNode, GraphRelation
from graph.errors import SourceError
from graph.rdf import write_turtle
from graph.schema import load_schema
from graph.subgraph import Subgraph
from loaders.entries import Entry, Rejected, Stated
from loaders.formats import open_feed
from loaders.places import Places
from loaders.rdf_files import ENDINGS

SCHEMA = load_schema()
SPACE = SCHEMA.namespace
HEAD = f"@prefix : <{SPACE}> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
NODES = (
    GraphNode(
        "Company", "Company/甲 社", {"name": "甲 社", "aliases": ["Kō", "甲"], "employees": 12, "kinds": ["sme"]}
    ),
    GraphNode("Programme", "odd:id", {"name": "乙事業", "sources": ["doc|頁1|name"]}),
)
RELATION = GraphRelation(
    "USED", ("Company", "Company/甲 社"), ("Programme", "odd:id"), {"fiscal_year": 2024, "key": "fiscal_year=2024"}
)


def file(folder: Path, text: str, name: str = "x.ttl") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(path: Path) -> list[Stated]:
    feed = open_feed(path, SCHEMA)
    assert feed is not None
    return list(feed.read(Places(()), lambda done: None))


def things(stated: list[Stated]) -> dict[str, dict[str, Any]]:
    return {e.thing.id: dict(e.thing.properties) for e in stated if isinstance(e, Entry) and e.thing is not None}


def exported(folder: Path, ending: str) -> Path:
    """What the export writes, in another notation."""
    write_turtle(Subgraph(NODES, (RELATION,)), SCHEMA, folder / "x.ttl")
    path = folder / f"x{ending}"
    if ending != ".ttl":
        graph = Graph().parse(folder / "x.ttl")
        graph.serialize(path, format=ENDINGS[ending], encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", sorted(ENDINGS))
def test_what_is_exported_is_read_back_in_every_notation(tmp_path: Path, ending: str) -> None:
    stated = read(exported(tmp_path, ending))
    assert [item for item in stated if isinstance(item, Rejected)] == []
    found = things(stated)
    assert found["Company/甲 社"] == {"name": "甲 社", "aliases": ["Kō", "甲"], "employees": 12, "kinds": ["sme"]}
    assert found["odd:id"] == {"name": "乙事業"}
    (relation,) = [r for item in stated if isinstance(item, Entry) for r in item.relations]
    assert (relation.type, relation.start, relation.end) == ("USED", "Company/甲 社", "odd:id")
    assert (relation.properties, relation.key) == ({"fiscal_year": 2024}, "fiscal_year=2024")
    places = [s.locator for item in stated if isinstance(item, Entry) and item.thing for s in item.thing.sources]
    assert "doc · 頁1" in places


def test_things_of_others_are_named_by_skos_and_keep_their_address(tmp_path: Path) -> None:
    text = HEAD + '<http://example.com/a> a :Company ; skos:prefLabel "甲社"@ja, "Ko Ltd"@en ; skos:altLabel "㈱甲" .'
    assert things(read(file(tmp_path, text))) == {
        "Company/http://example.com/a": {"name": "甲社", "name_en": "Ko Ltd", "aliases": ["㈱甲"]}
    }


@pytest.mark.parametrize(
    ("triples", "told"),
    [
        ("<urn:a> a :Company .", "it has no name"),
        ('<urn:a> a :Company ; :name "a" ; :Company.colour "red" .', "no property 'colour'"),
        ('<urn:a> a :Company ; :name "a", "b" .', "name has 2 values"),
        ('<urn:a> a :Company ; :name "a" ; :Company.employees "many" .', "not a whole number"),
        ('<urn:a> a :Unknown ; :name "a" .', "no label of the schema"),
        ('<urn:a> a :Company ; :name "a" ; :COVERS <urn:b> .', "does not lead from Company"),
    ],
)
def test_a_thing_that_the_schema_does_not_allow_is_rejected_with_the_reason(
    tmp_path: Path, triples: str, told: str
) -> None:
    (item,) = read(file(tmp_path, HEAD + triples))
    assert isinstance(item, Rejected)
    assert told in item.reason


XML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("x.rdf", f'<!DOCTYPE r [<!ENTITY a "b">]>{XML}', "document type"),
        ("x.rdf", "<a>", "The file is no xml"),
        ("x.ttl", "this is not turtle", "The file is no turtle"),
        ("x.nt", "<a> <b>", "The file is no nt"),
        ("x.jsonld", '{"@context": "file:///etc/passwd", "@id": "urn:a"}', "stands at another address"),
        ("x.jsonld", '{"@context": {"a": {"@id": "urn:a", "@context": ["http://127.0.0.1/"]}}}', "another address"),
        ("x.jsonld", '{"@context": {"@import": "http://127.0.0.1/"}}', "another address"),
        ("x.jsonld", "[", "The file is no json-ld"),
    ],
)
def test_a_file_that_reaches_outside_or_is_broken_is_refused(tmp_path: Path, name: str, text: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        read(file(tmp_path, text, name))


def test_rdf_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.ttl"
    path.write_bytes("名".encode("utf-16"))
    with pytest.raises(SourceError, match="no text in UTF-8"):
        read(path)

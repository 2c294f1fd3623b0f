"""Exported Turtle is parsed back by an independent reader and compared with the graph it came from."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import OWL, PROV, RDF, RDFS, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS
from rdflib.term import Node as Term

from graph.errors import ExportError
from graph.rdf import ontology, to_rdf, write_turtle
from graph.records import Source, Value
from graph.schema import Property, Schema, load_schema
from graph.settings import Settings
from graph.store import GraphNode, GraphRelation, Store
from graph.subgraph import Subgraph, around, of_ids, whole
from loaders.load import PACKAGED_FACTS, load_folder
from qa.chain import Asker

SCHEMA = load_schema()
SPACE = Namespace(SCHEMA.namespace)
SMALL = SCHEMA.model_copy(
    update={
        "labels": {name: SCHEMA.labels[name] for name in ("Indicator", "Sector")},
        "relations": {"IN_SECTOR": SCHEMA.relations["IN_SECTOR"]},
    }
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    home = tmp_path_factory.mktemp("rdf")
    with Store.open(Settings(_env_file=None, uri=None, home=home), SCHEMA) as opened:
        load_folder(PACKAGED_FACTS, opened, SCHEMA)
        yield opened


@pytest.fixture(scope="module")
def everything(store: Store) -> Subgraph:
    return whole(store, SCHEMA)


# Reading back


def thing_of(graph: Graph, iri: Term) -> tuple[str, str]:
    label = next(str(t)[len(SPACE) :] for t in graph.objects(iri, RDF.type) if str(t)[len(SPACE) :] in SCHEMA.labels)
    return label, str(graph.value(iri, DCTERMS.identifier))


def value_of(term: Term, prop: Property | None) -> Any:
    if isinstance(term, URIRef):
        return str(term).rpartition(".")[2]
    assert isinstance(term, Literal)
    if prop and prop.type in ("integer", "money", "year"):
        return int(str(term))
    if prop and prop.type == "number":
        return float(str(term))
    if prop and prop.type == "boolean":
        return {"true": True, "false": False}[str(term)]
    return str(term)


def properties_of(graph: Graph, iri: Term, owner: str, known: dict[str, Property]) -> dict[str, set[Any]]:
    names = {SPACE[n if n in SCHEMA.common and owner in SCHEMA.labels else f"{owner}.{n}"]: n for n in known}
    found: dict[str, set[Any]] = {}
    for predicate, term in graph.predicate_objects(iri):
        if name := names.get(URIRef(str(predicate))):
            found.setdefault(name, set()).add(value_of(term, known[name]))
    for place in graph.objects(iri, PROV.wasDerivedFrom):
        stated = {names[URIRef(str(p))] for p in graph.objects(place, SPACE["states-property"])}
        locator = graph.value(place, DCTERMS.bibliographicCitation)
        document = str(graph.value(place, DCTERMS.source))
        found.setdefault("sources", set()).add((document, str(locator or ""), frozenset(stated)))
    return found


def as_sets(properties: dict[str, Any]) -> dict[str, set[Any]]:
    found = {n: set(v) if isinstance(v, list) else {v} for n, v in properties.items() if n != "key" and v != []}
    if "sources" in found:
        parsed = [Source.parse(text) for text in found["sources"]]
        found["sources"] = {(s.document, s.locator, frozenset(s.properties)) for s in parsed}
    return found


def assert_survives(subgraph: Subgraph, path: Path, schema: Schema = SCHEMA) -> Graph:
    write_turtle(subgraph, schema, path)
    graph = Graph().parse(path, format="turtle")
    nodes: dict[tuple[str, str], Any] = {}
    for label in SCHEMA.labels:
        for iri in graph.subjects(RDF.type, SPACE[label]):
            nodes[thing_of(graph, iri)] = properties_of(graph, iri, label, SCHEMA.properties(label))
    assert nodes == {(n.label, n.id): as_sets(n.properties) for n in subgraph.nodes}
    relations: dict[Any, Any] = {}
    for iri in graph.subjects(RDF.type, RDF.Statement):
        start, kind, end = (next(graph.objects(iri, p)) for p in (RDF.subject, RDF.predicate, RDF.object))
        assert (start, kind, end) in graph
        name = str(kind)[len(SPACE) :]
        key = str(graph.value(iri, DCTERMS.identifier) or "")
        ends = thing_of(graph, start), thing_of(graph, end)
        relations[name, *ends, key] = properties_of(graph, iri, name, SCHEMA.relations[name].properties)
    wanted = {(r.type, r.start, r.end, r.properties.get("key", "")): as_sets(r.properties) for r in subgraph.relations}
    assert relations == wanted
    return graph


# The packaged graph


def test_everything_in_the_packaged_graph_survives_the_export(everything: Subgraph, tmp_path: Path) -> None:
    assert len(everything.nodes) > 1000
    assert len(everything.relations) > 2000
    graph = assert_survives(everything, tmp_path / "all.ttl")
    assert set(ontology(SCHEMA)) <= set(graph)


def test_the_subgraph_of_an_answer_survives_the_export(store: Store, tmp_path: Path) -> None:
    answer = Asker(store, SCHEMA).ask("プロデューサーは誰ですか")
    ids = [entity.id for entity in answer.entities]
    assert ids
    found = of_ids(store, SCHEMA, ids)
    assert set(ids) <= {node.id for node in found.nodes}
    assert_survives(found, tmp_path / "answer.ttl")


def test_counts_of_the_whole_graph_are_those_of_the_store(store: Store, everything: Subgraph) -> None:
    counts = store.counts()
    assert len(everything.nodes) == sum(counts.nodes.values())
    assert len(everything.relations) == sum(counts.relations.values())


@pytest.mark.parametrize("hops", [0, 1, 2])
def test_around_holds_every_relation_among_the_things_it_reaches(store: Store, everything: Subgraph, hops: int) -> None:
    reached = {("Supporter", "Supporter/中島清一")}
    for _ in range(hops):
        touching = [r for r in everything.relations if r.start in reached or r.end in reached]
        reached |= {end for r in touching for end in (r.start, r.end)}
    found = around(store, SCHEMA, "Supporter/中島清一", hops)
    assert {(n.label, n.id) for n in found.nodes} == reached
    assert list(found.relations) == [r for r in everything.relations if r.start in reached and r.end in reached]


def test_chosen_things_come_with_their_neighbours(store: Store, everything: Subgraph) -> None:
    chosen = {("Company", "Company/JASM"), ("Supporter", "Supporter/中島清一")}
    found = of_ids(store, SCHEMA, [identity for _, identity in chosen])
    assert list(found.relations) == [r for r in everything.relations if r.start in chosen or r.end in chosen]
    assert {(n.label, n.id) for n in found.nodes} == chosen | {e for r in found.relations for e in (r.start, r.end)}


def test_an_id_that_is_not_there_is_named_with_the_next_step(store: Store) -> None:
    with pytest.raises(ExportError, match="Company/ない") as caught:
        around(store, SCHEMA, "Company/ない", 1)
    assert caught.value.next_step
    with pytest.raises(ExportError, match="Company/ない"):
        of_ids(store, SCHEMA, ["Company/JASM", "Company/ない"])


def test_fewer_than_no_steps_are_refused(store: Store) -> None:
    with pytest.raises(ExportError, match="-1"):
        around(store, SCHEMA, "Company/JASM", -1)


# What other programs read


def test_names_and_hierarchies_are_told_in_skos(everything: Subgraph) -> None:
    graph = to_rdf(everything, SCHEMA)
    osaka = SPACE["thing/Region/大阪府"]
    labels = {(str(name), name.language) for name in graph.objects(osaka, SKOS.prefLabel) if isinstance(name, Literal)}
    assert labels == {("大阪府", "ja"), ("Osaka", "en")}
    assert (osaka, SKOS.broader, SPACE["thing/Region/近畿地方"]) in graph
    assert (osaka, RDF.type, SKOS.Concept) in graph
    assert not list(graph.objects(SPACE["thing/Company/JASM"], SKOS.broader))


def test_every_term_of_the_schema_is_explained_in_both_languages() -> None:
    graph = ontology(SCHEMA)
    terms = [SPACE[n] for n in (*SCHEMA.labels, *SCHEMA.relations, *SCHEMA.common)]
    terms += [SPACE[f"{label}.{n}"] for label, spec in SCHEMA.labels.items() for n in spec.properties]
    terms += [SPACE[f"{kind}.{n}"] for kind, spec in SCHEMA.relations.items() for n in spec.properties]
    for term in terms:
        assert {t.language for t in graph.objects(term, RDFS.label) if isinstance(t, Literal)} == {"ja", "en"}, term
    assert (SPACE["PARTNER_OF"], RDF.type, OWL.SymmetricProperty) in graph
    assert (SPACE["BROADER-reverse"], OWL.inverseOf, SPACE["BROADER"]) in graph


def test_every_term_used_in_an_export_is_explained(everything: Subgraph) -> None:
    explained = set(ontology(SCHEMA).subjects())
    used = {t for triple in to_rdf(everything, SCHEMA) for t in triple if isinstance(t, URIRef) and t in SPACE}
    own = {t for t in used if "/" not in t[len(SPACE) :]}
    assert own <= explained


# Odd values

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
ODD = [
    "\r",
    "\n",
    '"""',
    "'",
    "\\",
    "\\u0041",
    "\t",
    "\x00",
    "\x7f",
    "%2F",
    "a/b",
    "<>{}|^`",
    "𠮷",
    "\u3099",
    "｜",
    "é",
    "\u2028",
]


def _thing(label: str, identity: str, text: str, number: float, year: int, flag: str) -> GraphNode:
    sources = [str(Source(flag, text, ("name", "value"))), str(Source("d", "", ()))]
    values: dict[str, Value] = {
        "name": text,
        "name_en": flag,
        "aliases": sorted({text, flag}),
        "value": number,
        "year": year,
        "rank": -year,
    }
    return GraphNode(label, identity, {**values, "sources": sources})


@given(
    ids=st.sets(TEXTS | st.sampled_from(ODD), min_size=2, max_size=4),
    text=TEXTS | st.sampled_from(ODD),
    number=st.floats(allow_nan=False, allow_infinity=False),
    year=st.integers(-3000, 30000),
    flag=TEXTS.filter(lambda t: "|" not in t),
)
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_odd_strings_and_numbers_survive(
    ids: set[str], text: str, number: float, year: int, flag: str, tmp_path: Path
) -> None:
    # ids without the label at their head, and the same ids with it, are different things
    named = [name for i in sorted(ids) for name in (i, f"Indicator/{i}")]
    nodes = [_thing("Indicator", i, text, number, year, flag) for i in dict.fromkeys(named)]
    nodes.append(GraphNode("Sector", nodes[0].id, {"name": text}))
    ends = ("Indicator", nodes[0].id), ("Sector", nodes[0].id)
    relations = [GraphRelation("IN_SECTOR", *ends, {"key": key, "sources": ["d|x|"]}) for key in sorted({"", text})]
    assert_survives(Subgraph(tuple(nodes), tuple(relations)), tmp_path / "odd.ttl", SMALL)


@given(TEXTS | st.sampled_from(ODD))
def test_the_iri_of_a_thing_holds_its_id(text: str) -> None:
    graph = to_rdf(Subgraph((GraphNode("Company", f"Company/{text}", {}),), ()), SCHEMA)
    (iri,) = set(graph.subjects())
    assert unquote(str(iri)) == f"{SCHEMA.namespace}thing/Company/{text}"
    assert not set(str(iri)) & set(' <>"{}|^`\\\x00\n')


@pytest.mark.parametrize("value", ["2024-05-01", "2024-05", "2024", "2024-13-45", "令和6年", "2024年春", ""])
def test_dates_keep_their_text_whatever_it_is(value: str) -> None:
    schema = Schema.model_validate(
        {"title": {}, "labels": {"Event": {"properties": {"name": {"find_by": "name"}, "day": {"type": "date"}}}}}
    )
    graph = to_rdf(Subgraph((GraphNode("Event", "Event/x", {"day": value}),), ()), schema)
    literal = graph.value(Namespace(schema.namespace)["thing/Event/x"], Namespace(schema.namespace)["Event.day"])
    assert isinstance(literal, Literal)
    assert str(literal) == value
    assert not literal.ill_typed


# The file


def test_a_failed_export_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "graph.ttl"
    write_turtle(Subgraph((), ()), SCHEMA, path)
    before = path.read_bytes()

    def full_disk(graph: Graph, file: Any, **_: Any) -> None:
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Graph, "serialize", full_disk)
    with pytest.raises(ExportError, match="No space left"):
        write_turtle(Subgraph((), ()), SCHEMA, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    places = [tmp_path / "no" / "folder.ttl", tmp_path]
    if os.geteuid():
        (tmp_path / "locked").mkdir(mode=0o500)
        places.append(tmp_path / "locked" / "x.ttl")
    for path in places:
        with pytest.raises(ExportError) as caught:
            write_turtle(Subgraph((), ()), SCHEMA, path)
        assert caught.value.place == str(path)
        assert caught.value.next_step


def test_numbers_are_written_with_all_their_digits(tmp_path: Path) -> None:
    node = GraphNode("Indicator", "Indicator/π", {"name": "π", "value": math.pi})
    write_turtle(Subgraph((node,), ()), SCHEMA, tmp_path / "pi.ttl")
    assert str(math.pi) in (tmp_path / "pi.ttl").read_text(encoding="utf-8")

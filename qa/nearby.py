"""Things that a question names enter, single facts about them leave: each property and each relation as a statement.

Where no plan takes up every word, a fact of a named thing may still hold them all: "which DRAM generation does the
Hiroshima plant make" finds what is stored of that plant's products.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from graph.fold import fold, normalise, stem
from graph.schema import Property, Schema, Words
from graph.store import GraphNode, Store
from qa.compile import Query
from qa.format import format_value, localised, say, summary
from qa.statement import ASKED_AS, Statement, counted, tells_count, tells_figure, tells_share
from qa.statements import Statements
from qa.turn import tells_date
from qa.wanted import Word

MOST_THINGS = 6
MOST_ROWS = 400
_LATIN = re.compile(r"[a-z]+|\d+(?:\.\d+)?")
_SKIPPED = frozenset({"id", "sources", "name_en_origin", "note", "url"})
# Words to find a thing by, which say nothing of it.
_FOUND_BY = frozenset({"keywords", ASKED_AS})


@dataclass(frozen=True, slots=True)
class Fact:
    """One property of a thing, or one relation to another thing; `sources` are the entries that state it."""

    thing: GraphNode
    property: str = ""
    relation: str = ""
    forward: bool = True
    other: GraphNode | None = None
    details: tuple[tuple[str, Any], ...] = ()
    sources: tuple[str, ...] = ()


def facts_query(labels: Collection[str], ids: Sequence[str]) -> Query:
    """The query for everything that is stored of the given things."""
    cypher = (
        f"MATCH (thing:{'|'.join(sorted(labels))})\nWHERE thing.id IN $things\n"
        "OPTIONAL MATCH (thing)-[relation]-(other)\n"
        "RETURN thing, relation, startNode(relation).id = thing.id AS forward, other\n"
        "ORDER BY thing.id, type(relation), other.id"
    )
    return Query(cypher, {"things": list(ids)})


def read_facts(store: Store, schema: Schema, ids: Sequence[str]) -> tuple[Query, list[Fact]]:
    """All facts of the given things."""
    query = facts_query({i.partition("/")[0] for i in ids}, ids)
    table = store.read(query.cypher, query.parameters, rows=MOST_ROWS)
    facts: dict[str, list[Fact]] = {}
    for thing, relation, forward, other in table.rows:
        if thing.id not in facts:
            facts[thing.id] = [
                Fact(thing, property=name, sources=_stating(thing.properties.get("sources", ()), name))
                for name, prop in schema.properties(thing.label).items()
                if thing.properties.get(name) not in (None, "", [])
                and prop.find_by != "name"
                and name not in _SKIPPED | _FOUND_BY
                and not name.endswith("_en")
            ]
        if relation is not None and relation.type in schema.relations:
            more = tuple((k, v) for k, v in relation.properties.items() if k not in _SKIPPED)
            entries = tuple(relation.properties.get("sources") or ())
            facts[thing.id].append(Fact(thing, "", relation.type, bool(forward), other, more, entries))
    return query, [fact for found in facts.values() for fact in found]


def _stating(entries: Sequence[str], name: str) -> tuple[str, ...]:
    exact = tuple(e for e in entries if {name, f"{name}_en"} & set(e.rpartition("|")[2].split(",")))
    return exact or tuple(entries)


def as_statements(facts: Sequence[Fact], schema: Schema, synonyms: dict[str, frozenset[str]]) -> Statements:
    """The facts as statements, in their order, to be searched by words."""
    return Statements([_statement(at, fact, schema) for at, fact in enumerate(facts)], synonyms)


def _statement(at: int, fact: Fact, schema: Schema) -> Statement:
    names = list(_name_texts(fact, schema))
    texts = list(_value_texts(fact, schema))
    joined = normalise(" ".join((*names, *texts)))
    about = {fact.thing.id} | ({fact.other.id} if fact.other else set())
    return Statement(
        id=str(at),
        label=fact.thing.label,
        name="\n".join(fold(n) for n in names),
        text="\n".join(fold(t) for t in texts),
        words=frozenset(stem(w) for w in _LATIN.findall(joined)),
        about=frozenset(about),
        name_words=frozenset(stem(w) for w in _LATIN.findall(normalise(" ".join(names)))),
        value=None,
        unit="",
        tells=True,
        fields=(),
    )


def _name_texts(fact: Fact, schema: Schema) -> Iterator[str]:
    """The schema's words for the property or relation, and the names of the thing at its other end."""
    if fact.property:
        prop = schema.properties(fact.thing.label)[fact.property]
        yield from (*prop.ja, *prop.en)
        return
    relation = schema.relations[fact.relation]
    words: Words = relation if fact.forward or not relation.reverse.ja else relation.reverse
    yield from (*words.ja, *words.en)
    if fact.other:
        label = schema.labels[fact.other.label]
        yield from (*label.ja[:3], *label.en[:3])
        yield from _texts(fact.other, schema, lambda p: p.find_by == "name")
        if label.summary is not None:
            for name, prop in label.properties.items():
                if name in fact.other.properties and not name.endswith("_en"):
                    yield from (*prop.ja[:3], *prop.en[:3])


def _value_texts(fact: Fact, schema: Schema) -> Iterator[str]:
    if fact.property:
        properties = schema.properties(fact.thing.label)
        for name in (fact.property, f"{fact.property}_en"):
            if name in properties and name in fact.thing.properties:
                yield from _words_of(fact.thing.properties[name], properties[name])
        return
    known = schema.relations[fact.relation].properties
    for name, value in fact.details:
        if name in known:
            yield from (*known[name].ja[:2], *known[name].en[:2])
            yield from _words_of(value, known[name])
    if fact.other:
        told = schema.labels[fact.other.label].summary is not None
        yield from _texts(fact.other, schema, lambda p: told or p.type in ("enum", "enums"))


def _texts(node: GraphNode, schema: Schema, wanted: Any) -> Iterator[str]:
    for name, prop in schema.properties(node.label).items():
        if name in node.properties and name not in _SKIPPED and wanted(prop):
            yield from _words_of(node.properties[name], prop)


def _words_of(value: Any, prop: Property) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if str(one) in prop.values:
            yield from (*prop.values[str(one)].ja, *prop.values[str(one)].en)
        else:
            yield str(one)


def fits_ask(
    fact: Fact, asks: Collection[str], unit: str, kinds: Sequence[tuple[str, str, str]], schema: Schema
) -> bool:
    """Whether a fact is what the ask words and the question's head want: a number, a date, a person, a kind of thing.

    `unit` says what is counted; `kinds` are the labels that the head may mean, each with the property and value that narrow it.
    """
    values = " ".join(str(fact.thing.properties.get(n, "")) for n in (fact.property, f"{fact.property}_en") if n)
    if fact.other:
        told = schema.labels[fact.other.label].summary is not None
        values = " ".join(str(v) for _, v in fact.details)
        values += " ".join(str(v) for k, v in fact.other.properties.items() if told and k != "sources")
    if {"how_much", "how_many"} & set(asks) and not tells_figure(values):
        return False
    if "how_many" in asks and counted(unit) and not tells_count(fold(values), counted(unit)):
        return False
    if "share" in asks and not tells_share(values):
        return False
    if "when" in asks and not tells_date(values):
        return False
    beings = {"who", "where"} & set(asks)
    if beings and not (fact.other and beings & set(schema.labels[fact.other.label].asks)):
        return False
    named = [k for k in kinds if schema.labels[k[0]].summary is None]
    told = fact.other is None or schema.labels[fact.other.label].summary is not None
    if fact.other is None or told or not named or {"how_much", "how_many", "share", "when"} & set(asks):
        return True
    return any(_is_kind(fact.other, kind) for kind in named)


def _is_kind(thing: GraphNode, kind: tuple[str, str, str]) -> bool:
    label, name, value = kind
    stored = thing.properties.get(name, [])
    return thing.label == label and (not name or value in (stored if isinstance(stored, list) else [stored]))


def specific(words: Sequence[Word], ids: Collection[str]) -> bool:
    """Whether the question says more than which thing it is about."""
    return any(word.hard and not (word.ids & set(ids)) for word in words)


def fact_value(fact: Fact, language: str) -> Any:
    """What a fact says, as a value of a result row."""
    return (
        localised(fact.other.properties, "name", language)
        if fact.other
        else localised(fact.thing.properties, fact.property, language)
    )


def word_facts(facts: Sequence[Fact], schema: Schema, language: str) -> str:
    """The facts, all of one property or relation, as text; what one relation joins to a thing stands together."""
    lines: dict[str, list[str]] = {}
    for fact in facts:
        shown = str(localised(fact.thing.properties, "name", language) or fact.thing.id)
        if fact.property:
            prop = schema.properties(fact.thing.label)[fact.property]
            value = format_value(localised(fact.thing.properties, fact.property, language), prop, language)
            lines[say(language, "value", name=shown, property=prop.name(language), value=value)] = []
        elif fact.other and schema.labels[fact.other.label].summary is not None:
            lines.setdefault(say(language, "statements"), []).append(f"・{_other(fact, schema, language)}")
        else:
            relation = schema.relations[fact.relation]
            words: Words = relation if fact.forward or not relation.reverse.ja else relation.reverse
            lines.setdefault(say(language, "fact", name=shown, relation=words.name(language)), []).append(
                _other(fact, schema, language)
            )
    told, separator = say(language, "statements"), say(language, "separator")
    return "\n".join(
        "\n".join([head, *dict.fromkeys(found)]) if head == told else head + separator.join(found)
        for head, found in lines.items()
    )


def _other(fact: Fact, schema: Schema, language: str) -> str:
    """The thing at the other end, with what the relation says of it."""
    other = fact.other
    if other is None:
        return ""
    if schema.labels[other.label].summary is not None:
        return summary(schema, other.label, other.properties, language)
    known = schema.relations[fact.relation].properties
    more = [format_value(value, known[name], language) for name, value in fact.details if name in known]
    shown = str(localised(other.properties, "name", language) or other.id)
    inner = say(language, "separator").join(m for m in more if m)
    return shown + (f"（{inner}）" if inner and language == "ja" else f" ({inner})" if inner else "")

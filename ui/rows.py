"""An answer enters, the table that a reader sees of it leaves: worded headings and cells, no ids, no source entries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from graph.schema import Property, Schema
from qa.answer import Answer
from qa.format import format_value
from ui.texts import say, texts

_HIDDEN = ("id", "sources", "label", "things", "forward")


@dataclass(frozen=True, slots=True)
class Shown:
    """Headings and cells as text; every row is as long as the headings."""

    headers: list[str]
    rows: list[list[str]]


def shown_table(answer: Answer, schema: Schema, language: str) -> Shown:
    """The rows of an answer in words; for counts the things that were counted."""
    if "relation" in answer.columns and "forward" in answer.columns:
        return _description(answer, schema, language)
    if "things" in answer.columns or (answer.entities and not answer.rows):
        return _entities(answer, schema, language)
    labels = [entity.label for entity in answer.entities]
    places = {name: at for at, name in enumerate(answer.columns)}
    kept = [
        n for n in answer.columns if n not in _HIDDEN and not (n.endswith("_en") and n.removesuffix("_en") in places)
    ]
    columns = [[_cell(row, name, places, labels, schema, language) for row in answer.rows] for name in kept]
    filled = [(name, cells) for name, cells in zip(kept, columns, strict=True) if any(cells)]
    headers = [_heading(name, labels, schema, language) for name, _ in filled]
    return Shown(headers, [list(row) for row in zip(*(cells for _, cells in filled), strict=True)])


def _cell(
    row: list[Any], name: str, places: dict[str, int], labels: Iterable[str], schema: Schema, language: str
) -> str:
    value = row[places[name]]
    twin = places.get(f"{name}_en")
    if language == "en" and twin is not None and row[twin] not in (None, ""):
        value = row[twin]
    return format_value(value, _property(name, labels, schema), language)


def _property(name: str, labels: Iterable[str], schema: Schema) -> Property | None:
    """The property of that name of the answer's labels, else of any label."""
    for label in (*labels, *schema.labels):
        if label in schema.labels and name in schema.properties(label):
            return schema.properties(label)[name]
    return None


def _heading(name: str, labels: Iterable[str], schema: Schema, language: str) -> str:
    prop = _property(name, labels, schema)
    if prop is not None:
        return prop.name(language)
    for label, spec in schema.labels.items():
        if label.lower() == name.rstrip("_0123456789"):
            return spec.name(language)
    key = f"column_{name}"
    return say(language, key) if key in texts(language) else name


def _entities(answer: Answer, schema: Schema, language: str) -> Shown:
    headers = [_heading("name", (), schema, language), say(language, "column_label"), say(language, "column_aliases")]
    rows = [
        [
            (entity.name_en or entity.name) if language == "en" else entity.name,
            schema.labels[entity.label].name(language) if entity.label in schema.labels else entity.label,
            say(language, "separator").join(entity.aliases),
        ]
        for entity in answer.entities
    ]
    return Shown(headers, rows)


def _description(answer: Answer, schema: Schema, language: str) -> Shown:
    """Properties and relations of one thing, each in a row."""
    labels = [entity.label for entity in answer.entities]
    places = {name: at for at, name in enumerate(answer.columns)}
    stated = {str(row[0]): row[places["name"]] for row in answer.rows if row[places["forward"]] is None}
    rows: list[list[str]] = []
    for row in answer.rows:
        name, forward, value = str(row[0]), row[places["forward"]], row[places["name"]]
        if forward is None:
            if name.endswith("_en") and name.removesuffix("_en") in stated:
                continue
            chosen = stated.get(f"{name}_en", value) if language == "en" else value
            text = format_value(chosen, _property(name, labels, schema), language)
            rows.append([_heading(name, labels, schema, language), text])
        else:
            shown = (row[places["name_en"]] or value) if language == "en" else value
            rows.append([_relation_words(name, bool(forward), schema, language), str(shown or row[places["id"]])])
    merged: dict[str, list[str]] = {}
    for heading, text in rows:
        merged.setdefault(heading, []).append(text)
    separator = say(language, "separator")
    headers = [say(language, "column_about"), say(language, "column_stated")]
    return Shown(headers, [[heading, separator.join(dict.fromkeys(found))] for heading, found in merged.items()])


def _relation_words(kind: str, forward: bool, schema: Schema, language: str) -> str:
    relation = schema.relations.get(kind)
    if relation is None:
        return kind
    return (relation.name(language) if forward else relation.reverse.name(language)) or relation.name(language)

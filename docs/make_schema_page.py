"""graph/schema.yaml enters, docs/schema.md leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from graph.schema import Property, Schema, Words, load_schema

PAGE = Path(__file__).with_name("schema.md")
HEAD = """# Schema

Made from [graph/schema.yaml](../graph/schema.yaml) by `python docs/make_schema_page.py`; a test sees that it is up to
date. The first word of each language is the name that readers see, the rest are ways of saying it in questions. A word
marked ° can stand for the thing itself (「補助金」 for a programme). Types: `text` is for reading, `string` is short;
`strings` and `enums` are lists; `money` is in whole yen; what `finds` a thing by its name, its reading or its value
stands in the name index.
"""


def page(schema: Schema) -> str:
    """The whole page."""
    parts = [HEAD, "## Common properties\n", _properties(schema.common), "## Labels\n"]
    for name, label in schema.labels.items():
        notes = [f"hierarchy along `{label.hierarchy}`"] if label.hierarchy else []
        notes += ["statements: found by their words, not by a name"] if label.stated else []
        notes += [f"asked for by {', '.join(label.asks)}"] if label.asks else []
        parts += [f"### {name}\n", _words(label) + _notes(notes) + "\n"]
        parts += [_properties(label.properties)] if label.properties else []
    parts.append("## Relations\n")
    for name, relation in schema.relations.items():
        notes = ["symmetric"] if relation.symmetric else []
        notes += ["only meant when a question names it"] if relation.weak else []
        parts += [f"### {name}\n", f"{_names(relation.start)} → {_names(relation.end)}\n"]
        parts.append(_words(relation) + _notes(notes) + "\n")
        if relation.reverse.ja or relation.reverse.en:
            parts.append(f"The other way: {_words(relation.reverse)}\n")
        parts += [_properties(relation.properties)] if relation.properties else []
    return "\n".join(parts)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"[{name}](#{name.lower()})" for name in names)


def _words(words: Words) -> str:
    return f"{'・'.join(words.ja) or '—'} / {', '.join(words.en) or '—'}"


def _notes(notes: list[str]) -> str:
    return f" ({'; '.join(notes)})" if notes else ""


def _properties(properties: dict[str, Property]) -> str:
    return "\n".join([*_rows(properties), ""])


def _rows(properties: dict[str, Property]) -> Iterator[str]:
    yield "| property | type | finds | 日本語 | English |"
    yield "|---|---|---|---|---|"
    for name, prop in properties.items():
        kind = prop.type + (f", {prop.unit.ja} / {prop.unit.en}" if prop.unit else "")
        kind += ", required" if prop.required else ""
        kind += ", unique" if prop.unique else ""
        yield _row(f"`{name}`", kind, prop.find_by or "", prop)
        for value, words in prop.values.items():
            yield _row(f"– `{value}`{'°' if words.noun else ''}", "", "", words)


def _row(*cells: str | Words) -> str:
    shown = [
        text
        for cell in cells
        for text in (("・".join(cell.ja), ", ".join(cell.en)) if isinstance(cell, Words) else (cell,))
    ]
    return f"| {' | '.join(text.replace('|', '&#124;') for text in shown)} |"


if __name__ == "__main__":
    PAGE.write_text(page(load_schema()), encoding="utf-8")

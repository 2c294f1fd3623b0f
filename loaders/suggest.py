"""A table enters, a mapping file for it leaves: each header under the schema's word that it is, the rest to be passed over."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from graph.errors import SourceError
from graph.fold import fold
from graph.schema import Property, Schema, Words
from graph.values import parse_value
from loaders.tables import Row, read_rows

_SAMPLE = 50
# More than half of the cells must be values of the property's type.
_FITTING = 0.5


@dataclass(slots=True)
class _Guess:
    label: str
    key: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    weight: float = 0.0


def suggest(table: Path, schema: Schema, sheet: str | None = None) -> str:
    """The text of a mapping file for a table, to be read and corrected by a person.

    Raises:
        SourceError: the table cannot be read, has no rows, or no column that could name its things.
    """
    rows = list(islice(read_rows(table, sheet), _SAMPLE))
    if not rows:
        raise SourceError(f"{table.name} has a header but no rows.", place=str(table), next_step="Give one with rows.")
    guesses = [_guess(label, schema, rows, table.stem) for label in schema.labels]
    best = max(guesses, key=lambda guess: guess.weight)
    if not best.key:
        raise SourceError(
            f"No column of {table.name} looks like a name: {', '.join(rows[0].cells)}.",
            place=str(table),
            next_step="Write the mapping by hand (docs/loading.md).",
        )
    entry: dict[str, Any] = {"file": table.name}
    if sheet:
        entry["sheet"] = sheet
    entry["source"] = {"document": table.stem, "locator": f"{{{best.key}}}"}
    left = [column for column in rows[0].cells if column not in best.columns and column != best.key]
    if left:
        entry["ignore"] = left
    entry["node"] = {"label": best.label, "key": [best.key], "columns": best.columns}
    head = f"# Proposed from the headers of {table.name}: read it, correct it, then load with --mapping.\n"
    return head + yaml.safe_dump({"tables": [entry]}, allow_unicode=True, sort_keys=False, width=100)


def _guess(label: str, schema: Schema, rows: list[Row], stem: str) -> _Guess:
    guess, caption = _Guess(label), schema.caption(label)
    own = {fold(word) for word in (*schema.labels[label].ja, *schema.labels[label].en, label)}
    for column in rows[0].cells:
        for weight, name, prop in _meanings(label, schema, column):
            if name in guess.columns.values() or not _fits(rows, column, prop):
                continue
            guess.columns[column] = name
            guess.weight += weight
            if name == caption:
                guess.key = column
            break
    named = any(word in fold(stem) or any(word == fold(column) for column in rows[0].cells) for word in own)
    # A table of statements (findings, cases) is rare beside one of companies or people.
    guess.weight = guess.weight + 0.6 * named - schema.labels[label].stated if guess.key else 0.0
    return guess


def _meanings(label: str, schema: Schema, column: str) -> list[tuple[float, str, Property | None]]:
    """What a header can mean for a label, the likeliest first; a property before a relation."""
    wanted, caption = fold(column), schema.caption(label)
    found: list[tuple[float, str, Property | None]] = []
    for name, prop in schema.properties(label).items():
        if wanted == fold(name) or wanted in _folded(prop):
            found.append((1.1, name, prop))
    kinds = {fold(f"{word}名") for word in schema.labels[label].ja} | _folded(schema.labels[label])
    if wanted in kinds:
        found.append((1.4, caption, schema.properties(label)[caption]))
    for name, relation in schema.relations.items():
        ends = set().union(*(_folded(schema.labels[end]) for end in relation.end))
        if label in relation.start and len(relation.end) == 1 and (wanted in _folded(relation) or wanted in ends):
            found.append((1.0 if wanted in _folded(relation) else 0.9, name, None))
    return sorted(found, key=lambda item: -item[0])


def _folded(words: Words) -> set[str]:
    return {fold(word) for word in (*words.ja, *words.en)}


def _fits(rows: list[Row], column: str, prop: Property | None) -> bool:
    cells = [row.cells[column] for row in rows if row.cells[column]]
    if prop is None or not cells:
        return True
    return sum(_parses(cell, prop) for cell in cells) > _FITTING * len(cells)


def _parses(cell: str, prop: Property) -> bool:
    try:
        parse_value(cell, prop)
    except ValueError:
        return False
    return True

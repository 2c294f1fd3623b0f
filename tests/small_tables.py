"""A small schema with its mapping, and folders of tables in its terms for tests to fill."""

from __future__ import annotations

from pathlib import Path

import yaml
from hypothesis import strategies as st

from graph.schema import Schema
from loaders.load import read_folder
from loaders.resolve import Resolved

# Text as a reader of tables gives it: without the blanks around it.
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8).map(str.strip)
SCHEMA = Schema.model_validate(
    {
        "title": {"ja": "試し", "en": "Trial"},
        "common": {
            "name": {"required": True, "find_by": "name"},
            "aliases": {"type": "strings", "find_by": "name"},
            "reading": {"find_by": "reading"},
        },
        "labels": {
            "Company": {
                "properties": {
                    "employees": {"type": "integer"},
                    "size": {"type": "enum", "values": {"small": {"ja": ["中小企業"], "en": ["SME"]}, "large": {}}},
                    "number": {"find_by": "name"},
                }
            },
            "Place": {},
            "Person": {},
        },
        "relations": {
            "AT": {"from": ["Company"], "to": ["Place"]},
            "KNOWS": {
                "from": ["Person", "Company"],
                "to": ["Person", "Company"],
                "properties": {"fiscal_year": {"type": "year"}, "how": {"type": "text"}},
            },
        },
    }
)
SOURCE = {"document": "{document}", "locator": "{heading}[ · L{line}]"}
MAPPING = {
    "tables": [
        {"file": "companies.csv", "source": SOURCE, "node": {"label": "Company", "restates": "restates"}},
        {"file": "places.csv", "source": SOURCE, "node": {"label": "Place"}},
        {"file": "people.csv", "source": SOURCE, "node": {"label": "Person"}},
        {
            "file": "relations.csv",
            "source": SOURCE,
            "relation": {"type_column": "type", "from": {"column": "from"}, "to": {"column": "to"}},
        },
    ]
}
HEADERS = {
    "companies": "name,aliases,employees,size,number,AT,restates,document,heading,line",
    "places": "name,aliases,document,heading,line",
    "people": "name,reading,document,heading,line",
    "relations": "type,from,to,fiscal_year,how,document,heading,line",
}


def folder_of(folder: Path, **tables: str) -> Path:
    """A folder with a mapping and four tables; the rows of each are given, of which the last three cells are filled."""
    (folder / "mapping.yaml").write_text(yaml.safe_dump(MAPPING, allow_unicode=True), encoding="utf-8")
    for name, header in HEADERS.items():
        rows = [f"{row},doc,見出し,{at}" for at, row in enumerate(tables.get(name, "").split(), 2)]
        (folder / f"{name}.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return folder


def read(folder: Path, **tables: str) -> Resolved:
    return read_folder(folder_of(folder, **tables), SCHEMA)


def table(folder: Path, content: bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path

"""Files as offices publish them, and made-up rows of the same form, loaded and asked for single cells."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

from stdnum.jp import cn

from graph.schema import load_schema
from graph.store import LoadReport, Store
from loaders.formats import open_feed
from loaders.stream import Rows, load_feed

REAL = Path(__file__).with_name("open_data")
SCHEMA = load_schema()


def load(store: Store, path: Path, quarantine: Path | None = None, **more: Any) -> tuple[LoadReport, Rows]:
    feed = open_feed(path, SCHEMA)
    assert feed is not None, path
    rejected = quarantine or path.parent / "quarantine" / path.name
    report, rows = load_feed(feed, store, SCHEMA, rejected, **more)
    assert rows.read == rows.loaded + rows.unchanged + rows.quarantined
    return report, rows


def copied(path: Path, folder: Path, name: str = "") -> Path:
    return Path(shutil.copy(path, folder / (name or path.name)))


def one(store: Store, cypher: str, **parameters: Any) -> Any:
    """The only cell of the only row."""
    ((cell,),) = store.read(cypher, parameters).rows
    return cell


def number(at: int, form: str = "01") -> str:
    """A sound corporate number that no real corporation has: registry 9999."""
    rest = f"9999{form}{at:06d}"
    return str(cn.calc_check_digit(rest)) + rest


def register_row(at: int = 1, **cells: str) -> list[str]:
    """A row of the register of corporations, current and of 熊本県菊陽町 unless `cells` say otherwise."""
    names = [
        "sequence",
        "number",
        "process",
        "correct",
        "updated",
        "changed",
        "name",
        "image",
        "kind",
        "prefecture",
        "city",
        "street",
        "image2",
        "prefecture_code",
        "city_code",
        "post",
        "outside",
        "image3",
        "closed",
        "cause",
        "successor",
        "change_cause",
        "assigned",
        "latest",
        "name_en",
        "en2",
        "en3",
        "en4",
        "reading",
        "hidden",
    ]
    plain = {
        "sequence": "1", "number": number(at), "process": "01", "correct": "0", "updated": "2026-08-01",
        "changed": "2026-08-01", "name": f"試験{at}株式会社", "kind": "301", "prefecture": "熊本県", "city": "菊池郡菊陽町",
        "street": "１番地", "prefecture_code": "43", "city_code": "404", "post": "8691100", "assigned": "2020-01-01",
        "latest": "1", "hidden": "0",
    }  # fmt: skip
    return [cells.get(name, plain.get(name, "")) for name in names]


def written(path: Path, rows: list[list[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path

"""Real corporations, written in other ways and beside others like them, enter; how many are known again leaves.

python -m benchmarks.resolution
"""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import jaconv
import yaml

from benchmarks.measure import markdown
from graph import fold
from graph.records import Node, Relation, Source
from graph.schema import load_schema
from graph.settings import Settings
from graph.store import Store
from loaders.candidates import Finder
from loaders.decisions import Decisions
from loaders.formats import open_feed
from loaders.load import PACKAGED_CODES, PACKAGED_FACTS, load_folder
from loaders.stream import load_feed

CORPORATIONS = Path(__file__).parent.parent / "tests" / "open_data" / "corporations.csv"
_SHORT = {"株式会社": "㈱", "有限会社": "㈲", "合同会社": "(同)"}
_OTHER = {"株式会社": "有限会社", "有限会社": "株式会社", "合同会社": "株式会社"}
_OLD = {
    new: old
    for old, new in yaml.safe_load(Path(fold.__file__).with_name("folding.yaml").read_text("utf-8"))[
        "characters"
    ].items()
}
Row = dict[str, str]


def _form(name: str, forms: dict[str, str]) -> str:
    return next((name.replace(form, other) for form, other in forms.items() if form in name), name)


def _bare(name: str) -> str:
    return _form(name, dict.fromkeys(_SHORT, ""))


WRITTEN: dict[str, Callable[[Row], str]] = {
    "as in the register": lambda row: row["name"],
    "half width": lambda row: jaconv.z2h(row["name"], ascii=True, digit=True, kana=True),
    "short legal form (㈱)": lambda row: _form(row["name"], _SHORT),
    "without legal form": lambda row: _bare(row["name"]),
    "old characters": lambda row: "".join(_OLD.get(c, c) for c in row["name"]),
    "kana": lambda row: row["reading"],
    "English": lambda row: row["name_en"],
    "former name": lambda row: row["name"] + "旧",
    "with a branch": lambda row: row["name"] + "九州支店",
}
UNLIKE: dict[str, Callable[[Row], str]] = {
    "same name elsewhere": lambda row: row["name"],
    "other legal form": lambda row: _form(row["name"], _OTHER),
}


@dataclass(slots=True)
class Measured:
    """How many were written in each way, how many of them were joined and how many listed for a person."""

    written: Counter[str] = field(default_factory=Counter)
    joined: Counter[str] = field(default_factory=Counter)
    listed: Counter[str] = field(default_factory=Counter)

    @property
    def precision(self) -> float:
        """The share of the joins that are right."""
        return sum(self.joined[way] for way in WRITTEN) / max(1, sum(self.joined.values()))

    @property
    def recall(self) -> float:
        """The share of the corporations of documents that were joined with their number."""
        return sum(self.joined[way] for way in WRITTEN) / sum(self.written[way] for way in WRITTEN)


def measured(folder: Path) -> Measured:
    """Documents name every corporation once, in one of the ways or as another like it; then the register is loaded."""
    schema = load_schema()
    with CORPORATIONS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with Store.open(Settings(_env_file=None, uri=None, home=folder / "home"), schema) as store:
        load_folder(PACKAGED_FACTS, store, schema)
        load_folder(PACKAGED_CODES / "places", store, schema)
        named = _documents(store, rows)
        feed = open_feed(_register(folder, rows, named), schema)
        assert feed is not None
        decisions = Decisions(folder / "decisions.jsonl")
        load_feed(feed, store, schema, folder / "rejected.csv", decisions)
        pairs = Finder(store, decisions).pairs()
        found = store.read(
            "MATCH (c:Company) WHERE c.corporate_number IS NOT NULL RETURN c.id, c.corporate_number"
        ).rows
    numbers = {str(identity): str(number) for identity, number in found}
    listed = {(pair.kept[1], pair.number) for pair in pairs}
    result = Measured()
    for identity, (way, number) in named.items():
        result.written[way] += 1
        result.joined[way] += numbers.get(identity) == number
        result.listed[way] += (identity, number) in listed
    return result


def _documents(store: Store, rows: list[Row]) -> dict[str, tuple[str, str]]:
    """State one company for each row, at its prefecture; the ids, with the way it is written and the number."""
    ways = [*WRITTEN, *UNLIKE]
    named: dict[str, tuple[str, str]] = {}
    nodes: list[Node] = []
    relations: list[Relation] = []
    source = (Source("some documents", ""),)
    for at, row in enumerate(rows):
        way = "English" if row["name_en"] else ways[at % len(ways)]
        name = (WRITTEN | UNLIKE)[way](row)
        if not name or (way in ("half width", "old characters", "other legal form") and name == row["name"]):
            way, name = "as in the register", row["name"]
        place = ("北海道" if row["prefecture"] != "北海道" else "沖縄県") if "elsewhere" in way else row["prefecture"]
        identity = f"Company/{name}（{at}）"
        named[identity] = (way, row["number"])
        nodes.append(Node("Company", identity, {"name": name}, source))
        relations.append(Relation("LOCATED_IN", "Company", identity, "Region", f"Region/{place}", {}, source))
    store.write(nodes, relations)
    return named


def _register(folder: Path, rows: list[Row], named: dict[str, tuple[str, str]]) -> Path:
    ways = {number: way for way, number in named.values()}
    path = folder / "00_zenkoku_all_20260821.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        at = 0
        for row in rows:
            former = [(row["name"] + "旧", "0")] if ways[row["number"]] == "former name" else []
            for name, latest in (*former, (row["name"], "1")):
                at += 1
                place = [row["prefecture"], row["city"], "", "", row["prefecture_code"], row["city_code"], ""]
                writer.writerow(
                    [str(at), row["number"], "11" if former and latest == "1" else "01", "0", "2026-08-21", "2026-08-01",
                     name, "", row["kind"], *place, "", "", "", "", "", "", "2015-10-05", latest, row["name_en"],
                     "", "", "", row["reading"], "0"]
                )  # fmt: skip
    return path


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder))
    lines = [
        [way, str(found.written[way]), str(found.joined[way]), str(found.listed[way])] for way in (*WRITTEN, *UNLIKE)
    ]
    print(markdown("Corporations of documents", ("written", "named", "joined", "listed to be decided"), lines))
    print(f"Precision of the joins {found.precision:.3f}, recall {found.recall:.3f}")


if __name__ == "__main__":
    main()

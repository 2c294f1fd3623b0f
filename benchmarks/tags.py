"""Titles labelled by hand enter, how precisely and completely the tagger finds the same leaves.

python -m benchmarks.tags
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from graph.schema import load_schema
from loaders.load import PACKAGED_FACTS, read_folder
from loaders.tags import LABELS, Tagger

LABELLED = Path(__file__).parent.parent / "tests" / "open_data" / "titles_labelled.csv"


@dataclass(frozen=True, slots=True)
class Measured:
    """How many titles, and how many tags were right, wrong and missed."""

    rows: int
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """The share of the tags that are right."""
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        """The share of the labels that were found."""
        return self.right / (self.right + self.missed)


def packaged_tagger() -> Tagger:
    """The tagger with the names of the packaged facts."""
    schema = load_schema()
    resolved = read_folder(PACKAGED_FACTS, schema)
    names: list[tuple[str, str]] = []
    for node in resolved.nodes:
        if node.label in LABELS:
            held = node.properties
            aliases = held.get("aliases")
            listed = [held.get("name"), held.get("name_en"), *(aliases if isinstance(aliases, list) else [])]
            names += [(node.id, str(name)) for name in listed if name]
    return Tagger(names, [(r.start, r.end) for r in resolved.relations if r.type == "BROADER"])


def measured(tagger: Tagger) -> Measured:
    """The tagger's tags against the labels; a tag is right when it is one of the labels, neither broader nor narrower."""
    rows = right = wrong = missed = 0
    with LABELLED.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            wanted = set(filter(None, row["concerns"].split(";")))
            found = {tag.id for tag in tagger.of(row["title"], row["issuer"])}
            rows += 1
            right += len(wanted & found)
            wrong += len(found - wanted)
            missed += len(wanted - found)
    return Measured(rows, right, wrong, missed)


def main() -> None:
    """Print the figures."""
    found = measured(packaged_tagger())
    print(
        f"{found.rows} titles: precision {found.precision:.3f} ({found.right} of {found.right + found.wrong} tags), "
        f"recall {found.recall:.3f} ({found.right} of {found.right + found.missed} labels)"
    )


if __name__ == "__main__":
    main()

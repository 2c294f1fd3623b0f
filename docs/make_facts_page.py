"""The packaged facts and docs/facts.md enter, the page with the present counts leaves."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from graph.schema import Schema, load_schema
from loaders.load import PACKAGED_FACTS, read_folder

PAGE = Path(__file__).with_name("facts.md")
COUNTS = re.compile(r"(?<=<!-- counts: made by docs/make_facts_page.py -->\n).*?(?=<!-- end of counts -->)", re.DOTALL)


def counts(schema: Schema) -> str:
    """Things by label, relations by type and places by document, as three lines of a list."""
    facts = read_folder(PACKAGED_FACTS, schema)
    things, relations = Counter(n.label for n in facts.nodes), Counter(r.type for r in facts.relations)
    places = Counter(s.document for n in facts.nodes for s in n.sources)
    places.update(s.document for r in facts.relations for s in r.sources)
    rows = (("things", things), ("relations", relations), ("statements by document", places))
    return "".join(f"- **{counter.total():,} {what}**: {_listed(counter)}.\n" for what, counter in rows) + "\n"


def _listed(counter: Counter[str]) -> str:
    return ", ".join(
        f"{name} {count:,}" for name, count in sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))
    )


def page(schema: Schema, text: str) -> str:
    """The page with the counts replaced."""
    return COUNTS.sub(counts(schema).replace("\\", r"\\"), text)


if __name__ == "__main__":
    PAGE.write_text(page(load_schema(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")

"""Queries that are plain reads and queries that are not, from the tables in tests/guard, and what the guard says."""

from __future__ import annotations

from pathlib import Path

from graph.errors import GuardError
from graph.guard import check


def sections(name: str) -> dict[str, list[str]]:
    """The lines below each heading of a table."""
    text = Path(__file__).with_name("guard").joinpath(f"{name}.txt").read_bytes().decode()
    # Not splitlines: some queries hold other line ends.
    blocks = [block.split("\n") for block in text.removeprefix("## ").split("\n## ")]
    return {title: [line for line in rest if line] for title, *rest in blocks}


def flat(table: dict[str, list[str]]) -> list[str]:
    return [query for queries in table.values() for query in queries]


READS = sections("reads")
LEGITIMATE = flat(READS)
LEGITIMATE += [
    "MATCH (n)\nWHERE n.x = 1\r\nRETURN n\n  // done\n",
    "\n\t MATCH\t(n)\fRETURN\vn\u00a0",
    "MATCH (n) RETURN 'line one\nline two'",
    "// first line\nMATCH (n) RETURN n",
    "/* a\n * b\n */\nMATCH (n) RETURN n",
    "MATCH\u2003(n)\u205fRETURN\u2028n",
    "// one\r// two\rRETURN 1",
]

HOSTILE = flat(sections("hostile"))
HOSTILE += [
    "",
    " ",
    ";",
    "\n\n",
    "\ufeffMATCH (n) RETURN n",
    "MATCH (n)\x00 RETURN n",
    "RETURN 'a\x00b'",
    "RETURN 'a\ud800b'",
    "MATCH (n) S\u200bET n.x = 1",
    "MATCH (n) SE\u00adT n.x = 1",
    "MATCH (n) S\u2060ET n.x = 1",
    "MATCH (n) RETURN n.x\u200b",
    "MATCH (n) DETACH\u00a0DELETE\u3000n",
    "MATCH (n)\u2028SET\u2029n.x = 1",
    "MATCH (n)\x1cDELETE\x1fn",
    "MATCH (n) RETURN a\x85SET",
    "MATCH (n) RETURN\x85n",
    "MATCH (n)\x7fRETURN n",
    "MATCH (n)\u180eRETURN n",
    "// x\rCREATE (n)",
    "// x\u2028\nCREATE (n)",
    "/*\n*/CREATE\n(n)",
    "MATCH (n)\nSET\nn.x\n=\n1",
    "MATCH (n) UN\u212aNOWN n",
]


def verdict(query: str) -> str:
    try:
        check(query)
    except GuardError as error:
        return f"refused: {error}"
    return "read"

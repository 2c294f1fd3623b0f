"""Statements that are no plain read, by class, in the disguises in which they may come: none passes."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from guard_cases import sections, verdict

_ODD = (
    "MATCH (n) RETURN n;\nMATCH (n) DETACH DELETE n;",
    "// a\nCREATE (:H)",
    "RETURN 1 // c\rCREATE (:H)",
    "-- c\nCREATE (:H)",
    "# c\nCREATE (:H)",
    "CRE\u200bATE (:H)",
    "\ufeffCREATE (:H)",
    "C\xadREATE (:H)",
    "MATCH (n) S\u2060ET n.x=1",
    "MATCH (n) SET\u200bn.x=1",
    "\u200eCREATE (:H)",
    "CREATE\u2063(:H)",
    "\u202eCREATE (:H)",
    "CREATE\xa0(:H)",
    "CREATE\u3000(:H)",
    "MATCH (n)\u2028SET\u2029n.x=1",
    "MATCH (n)\x0bDELETE\x0cn",
    "CREATE\x85(:H)",
    "MATCH (n)\x1cDELETE\x1dn",
    "\u1680CREATE\u1680(:H)",
    "MATCH (n) DETACH\n\n\r\tDELETE\t n",
    "CREATE\u180e(:H)",
    "CREATE\x00(:H)",
)
SEEDS = sections("disguises") | {"odd characters": [*_ODD]}
_SPACES = (" ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2003", " /* x */ ", "/**/", " // y\n", "\x0b", "\x0c", "\u2028")  # fmt: skip
_BEFORE = ("EXPLAIN ", "PROFILE ", "CYPHER 5 ", "/* a */ ", "// b\n", "RETURN 1; ", "RETURN 1 UNION ", "MATCH (z) ", "USE neo4j ")  # fmt: skip
_BEHIND = (";", " RETURN 1", "; RETURN 1", " /* db.labels */", " // x", " UNION RETURN 1", " FINISH")


def disguised(text: str, chance: random.Random) -> Iterator[str]:
    """The statement in other white space, case and letters, behind or before something, and inside a subquery."""
    yield "".join(chance.choice(_SPACES) if char == " " and chance.random() < 0.6 else char for char in text)
    yield "".join(char.upper() if chance.random() < 0.5 else char.lower() for char in text)
    at = chance.choice([place for place, char in enumerate(text) if char.isascii() and char.isalpha()][:12])
    yield f"{text[:at]}\\u{ord(text[at]):04x}{text[at + 1 :]}"
    yield f"{text[:at]}{chr(ord(text[at]) + 0xFEE0)}{text[at + 1 :]}"
    yield text[:at] + chance.choice("\u200b\u200d\u2060\ufeff\u00ad") + text[at:]
    yield chance.choice(_BEFORE) + text
    yield text + chance.choice(_BEHIND)
    yield f"CALL {{ {text} }} RETURN 1"
    yield f"MATCH (n) WHERE EXISTS {{ {text} }} RETURN n"
    yield f"/* '\" */{text}/* ` */"


def test_there_are_more_than_25_classes() -> None:
    assert len(SEEDS) > 25


@pytest.mark.parametrize("name", SEEDS)
def test_no_hostile_statement_passes_in_any_disguise(name: str) -> None:
    texts = [
        text for seed in SEEDS[name] for turn in range(2) for text in (seed, *disguised(seed, random.Random(turn)))
    ]
    assert [text for text in texts if verdict(text) == "read"] == []

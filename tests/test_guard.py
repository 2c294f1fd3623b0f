"""What passes as one plain read and what does not, and what a person reads of it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from guard_cases import HOSTILE, LEGITIMATE, READS, verdict

from graph.cypher_tokens import tokenize
from graph.errors import GuardError
from graph.guard import check

GOLD = Path(__file__).resolve().parents[2] / "shared" / "portability" / "zograscope_train_v1.csv"

# What follows each legitimate read below makes it a write, a command or a second statement.
ENDINGS = [
    "SET n.x = 1",
    "CREATE (z)",
    "DETACH DELETE n",
    "MERGE (z)",
    "REMOVE n.x",
    "FOREACH (z IN [1] | CREATE (y))",
    "CALL { CREATE (z) }",
    "CALL apoc.do.it()",
    "LOAD CSV FROM 'x' AS z",
    "; CREATE (z)",
    "NEXT CREATE (z)",
    "INSERT (z)",
    "USE other RETURN 1",
]
BEGINNINGS = [
    "EXPLAIN",
    "PROFILE",
    "CYPHER 5",
    "CREATE (z) WITH z",
    "USE other",
    "RETURN 1;",
    "CALL dbms.x()",
    "z",
    "1",
]


def test_the_tables_are_large_and_hold_no_statement_twice() -> None:
    assert len(set(LEGITIMATE)) == len(LEGITIMATE) >= 750
    assert len(set(HOSTILE)) == len(HOSTILE) >= 400
    assert not set(LEGITIMATE) & set(HOSTILE)


@pytest.mark.parametrize("query", LEGITIMATE)
def test_a_plain_read_passes(query: str) -> None:
    assert verdict(query) == "read"


@pytest.mark.parametrize("query", HOSTILE)
def test_anything_else_is_refused_with_a_reason_and_a_next_step(query: str) -> None:
    with pytest.raises(GuardError) as caught:
        check(query)
    assert caught.value.message
    assert caught.value.next_step


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_write_behind_any_read_is_refused(ending: str) -> None:
    passed = [query for query in LEGITIMATE if verdict(f"{query}\n{ending}") == "read"]
    assert passed == []


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_a_command_before_any_read_is_refused(beginning: str) -> None:
    passed = [query for query in LEGITIMATE if verdict(f"{beginning} {query}") == "read"]
    assert passed == []


@pytest.mark.parametrize("query", [q for q in HOSTILE if "(n)" in q and verdict(q.rstrip()) != "read"])
@pytest.mark.parametrize("frame", ["CALL {{ {} }} RETURN 1", "RETURN EXISTS {{ {} }}", "MATCH (q) CALL (q) {{ {} }}"])
def test_a_refused_query_is_refused_inside_a_subquery(query: str, frame: str) -> None:
    if query not in ("// only a comment", "{ RETURN 1 }"):
        assert verdict(frame.format(query + "\n")) != "read"


# What the caller gets back, and what a person reads.


def test_the_text_to_run_keeps_strings_and_loses_comments_and_the_semicolon() -> None:
    given_text = "/* a */ MATCH (n) // b\nWHERE n.x = '/* c */; //' RETURN n . y , \\u006e.`k``;` ; // d"
    assert check(given_text) == "MATCH (n)     \nWHERE n.x = '/* c */; //' RETURN n . y , n.`k``;`"


@pytest.mark.parametrize("query", LEGITIMATE)
def test_the_text_to_run_passes_again_unchanged(query: str) -> None:
    once = check(query)
    assert check(once) == once
    assert [token.text for token in tokenize(once)] == [t.text for t in tokenize(query) if not t.is_sign(";")]


@pytest.mark.parametrize(
    ("query", "message", "where"),
    [
        ("MATCH (n)\n  SET n.x = 1", "SET is not part of a plain read.", "line 2, column 3"),
        ("create (n)", "create is not part of a plain read.", "line 1, column 1"),
        ("MATCH (n) RETURN n;\nDROP INDEX i", "A second statement follows the semicolon.", "line 1, column 19"),
        ("CALL dbms.listConfig()", "The procedure dbms.listConfig is not on the list of reads.", "line 1, column 6"),
        ("RETURN apoc.x(1)", "The function apoc.x is not on the list of reads.", "line 1, column 8"),
        ("CALL { RETURN 1 AS x } IN TRANSACTIONS", "IN TRANSACTIONS is not part of a plain read.", "line 1, column 24"),
        ("SELECT 1", "SELECT does not start a clause that reads.", "line 1, column 1"),
        ("RETURN 'a", "The string that starts with ' is not closed.", "line 1, column 8"),
        ("MATCH (n) \\u0053ET n.x = 1", "SET is not part of a plain read.", "line 1, column 11"),
        ("RETURN '\\u0027'", "The escape \\u0027 stands for a character that can end", "line 1, column 9"),
        ("RETURN a\u200bb", "The character U+200B (ZERO WIDTH SPACE) has no place here.", "line 1, column 9"),
    ],
)
def test_a_refusal_names_the_word_and_its_place(query: str, message: str, where: str) -> None:
    with pytest.raises(GuardError) as caught:
        check(query)
    assert caught.value.message.startswith(message)
    assert caught.value.place == where


# Gold queries of a published data set, which people wrote without this guard in mind.


def test_gold_queries_of_a_published_data_set_pass() -> None:
    queries = READS["queries of a published data set"]
    if GOLD.exists():
        with GOLD.open(encoding="utf-8-sig", newline="") as file:
            queries = sorted({row["mr"] for row in csv.DictReader(file)})
        assert len(queries) > 1000
    assert [query for query in queries if verdict(query) != "read"] == []

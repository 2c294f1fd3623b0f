"""Limits on depth, length and work hold by counting, not by the clock."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from guard_cases import verdict

from graph.cypher_tokens import MAX_CHARACTERS, MAX_TOKENS
from graph.guard import check

NESTED: dict[str, Callable[[int], str]] = {
    "round brackets": lambda n: "RETURN " + "(" * n + "1" + ")" * n,
    "square brackets": lambda n: "RETURN " + "[" * n + "1" + "]" * n,
    "maps": lambda n: "RETURN " + "{a: " * n + "1" + "}" * n,
    "functions": lambda n: "RETURN " + "abs(" * n + "1" + ")" * n,
    "conditions": lambda n: "RETURN " + "CASE WHEN true THEN " * n + "1" + " END" * n,
    "negations": lambda n: "RETURN " + "NOT " * n + "true",
    "signs": lambda n: "RETURN " + "- " * n + "1",
    "properties": lambda n: "RETURN a" + ".a" * n,
    "indexes": lambda n: "RETURN a" + "[0]" * n,
    "label negations": lambda n: "MATCH (n:" + "!" * n + "A) RETURN n",
    "types": lambda n: "RETURN 1 IS :: " + "LIST<" * n + "INTEGER" + ">" * n,
    "type suffixes": lambda n: "RETURN 1 IS :: INTEGER" + " LIST" * n,
    "mixed": lambda n: "RETURN " + "(NOT - " * (n // 3) + "1" + ")" * (n // 3),
}
SUBQUERIES: dict[str, Callable[[int], str]] = {
    "exists": lambda n: "RETURN " + "EXISTS { MATCH (a) WHERE " * n + "true" + " }" * n,
    "collect": lambda n: "RETURN " + "COLLECT { RETURN " * n + "1" + " }" * n,
    "call": lambda n: "CALL { " * n + "RETURN 1 AS x }" + " RETURN x }" * (n - 1) + " RETURN x",
}


@pytest.mark.parametrize("shape", NESTED.values(), ids=list(NESTED))
def test_nesting_that_an_engine_would_not_survive_is_refused(shape: Callable[[int], str]) -> None:
    assert verdict(shape(30)) == "read"
    assert verdict(shape(150)) != "read"
    assert verdict(shape(1000)) != "read"


@pytest.mark.parametrize("shape", SUBQUERIES.values(), ids=list(SUBQUERIES))
def test_more_than_ten_subqueries_in_each_other_are_refused(shape: Callable[[int], str]) -> None:
    assert verdict(shape(10)) == "read"
    assert "subqueries" in verdict(shape(11))
    assert verdict(shape(2000)) != "read"


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n) WHERE n.x = 1 " + "OR n.y = 2 " * 9300 + "SET n.z = 1",
        "RETURN " + "(" * 50_000 + "1" + ")" * 50_000,
        "/**/" * 25_000 + "CREATE (n)",
        "RETURN '" + "a" * 100_000,
        "\\u0041" * 17_000,
        "`" * 100_001,
        "//\n" * 34_000,
        " " * 100_000 + "RETURN 1",
    ],
)
def test_a_text_of_100_kb_is_refused_before_it_is_read(text: str) -> None:
    assert len(text) >= 100_000
    calls = count_calls(lambda: verdict(text))
    assert calls < 60
    assert f"more than {MAX_CHARACTERS:,}" in verdict(text)


def test_too_many_words_are_refused() -> None:
    assert verdict("RETURN [" + ",".join(["1"] * (MAX_TOKENS // 2 - 2)) + "]") == "read"
    assert f"more than {MAX_TOKENS:,}" in verdict("RETURN [" + ",".join(["1"] * (MAX_TOKENS // 2 + 2)) + "]")


def count_calls(action: Callable[[], object]) -> int:
    """Python and C calls that an action makes: a measure of work that no busy machine can change."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize(
    "shape",
    [
        lambda n: "RETURN [" + ",".join(["1"] * n) + "]",
        lambda n: "MATCH (n) WHERE " + " OR ".join(["n.x = 1"] * (n // 5)) + " RETURN n",
        lambda n: "MATCH " + "-->".join(["(a)"] * (n // 6)) + " RETURN 1",
        lambda n: "RETURN 1 " + "UNION RETURN 1 " * (n // 4),
        lambda n: "RETURN 1" + " /* x */" * n,
        lambda n: "RETURN 1" + " // x\n" * n,
        lambda n: "RETURN '" + "\\'" * n + "'",
        lambda n: "RETURN `" + "``" * n + "`",
        lambda n: "RETURN a" + "\\u0061" * n,
        lambda n: "MATCH (n:A" + "|A" * n + ") RETURN n",
    ],
)
def test_twice_the_text_is_about_twice_the_work(shape: Callable[[int], str]) -> None:
    small, large = (count_calls(lambda size=size: check(shape(size))) for size in (400, 800))  # type: ignore[misc]
    assert large <= 2.3 * small

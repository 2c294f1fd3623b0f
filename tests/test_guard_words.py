"""A word list is data: what is on it and what must never be."""

from __future__ import annotations

import pytest
from guard_cases import verdict

from graph import cypher_words as words


@pytest.mark.parametrize("word", sorted(words.REFUSED_CLAUSES | words.COMMANDS))
def test_a_refused_word_begins_nothing_and_names_everything(word: str) -> None:
    for query in [
        f"{word} (n)",
        f"{word} n",
        f"{word}",
        f"MATCH (n) {word} n",
        f"MATCH (n) {word} (n)",
        f"MATCH (n) RETURN n {word} n.x",
        f"MATCH (n) WITH n AS x {word} x",
        f"MATCH (n) CALL {{ {word} n }} RETURN 1",
        f"MATCH (n) WHERE n.x {word} n",
        f"RETURN {word}(1)",
    ]:
        assert verdict(query) != "read", query
    for query in [
        f"MATCH (n:{word} {{{word}: 1}})-[r:{word}]->(m) WHERE n.{word} = 1 RETURN n.{word}, {{{word}: 2}}",
        f"MATCH ({word}) WHERE {word}.x = 1 RETURN {word}, {word}.{word}, n {{.{word}, {word}}}",
        f"MATCH (n) RETURN n.x AS {word}",
        f"MATCH (n) RETURN `{word}` AS x, ${word} AS y",
        f"MATCH ()-[{word}:R]->() RETURN [{word} IN n.l | {word}.x], CASE WHEN ({word}) THEN 1 END",
    ]:
        assert verdict(query) == "read", query


def test_the_word_lists_do_not_contradict_each_other() -> None:
    assert not words.CLAUSES & (words.REFUSED_CLAUSES | words.COMMANDS)
    assert not words.REFUSED_CLAUSES & words.COMMANDS
    assert not words.TYPES & (words.REFUSED_CLAUSES | words.COMMANDS | words.CLAUSES)
    assert not words.SELECTORS & (words.REFUSED_CLAUSES | words.COMMANDS | words.CLAUSES)
    assert not words.AFTER_OPERAND & words.REFUSED_CLAUSES
    for word in words.CLAUSES | words.REFUSED_CLAUSES | words.COMMANDS | words.TYPES | words.SELECTORS:
        assert word == word.upper()
        assert word.isascii()
    for name in words.FUNCTIONS | words.PROCEDURES:
        assert name == name.lower()
        assert name.isascii()


def test_only_functions_without_effect_are_listed() -> None:
    roots = {name.split(".")[0] for name in words.FUNCTIONS if "." in name}
    times = {"date", "datetime", "localdatetime", "localtime", "time", "duration"}
    assert roots <= times | {"point", "vector", "coll", "string"}
    assert not words.FUNCTIONS & {"file", "linenumber", "graph.byname", "util.sleep", "db.namefromelementid"}


@pytest.mark.parametrize("name", sorted(words.FUNCTIONS))
def test_each_listed_function_can_be_called(name: str) -> None:
    assert verdict(f"RETURN {name}(1) AS x, {name.upper()} ($x).y") == "read"
    assert verdict(f"RETURN apoc.{name}(1)") != "read"
    assert verdict(f"RETURN `{name}`(1)") != "read"
    assert verdict(f"RETURN x{name}(1)") != "read"


@pytest.mark.parametrize("name", sorted(words.PROCEDURES))
def test_each_listed_procedure_only_shows(name: str) -> None:
    assert name.startswith("db.")
    assert name.split(".")[-1] in {
        *("labels", "relationshiptypes", "propertykeys", "visualization", "nodetypeproperties"),
        *("reltypeproperties", "querynodes", "queryrelationships"),
    }
    assert verdict(f"CALL {name}() YIELD x RETURN x") == "read"
    assert verdict(f"RETURN {name}()") != "read"

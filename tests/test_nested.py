"""Questions that go from thing to thing, over a domain that is nothing but files (tests/harbour)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import embedded

from graph.schema import load_schema
from graph.store import Store
from loaders.load import load_folder
from qa.chain import Asker

HARBOUR = Path(__file__).with_name("harbour")


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    schema = load_schema(HARBOUR / "schema.yaml")
    with Store.open(embedded(tmp_path_factory.mktemp("harbour")), schema) as store:
        load_folder(HARBOUR, store, schema)
        yield Asker(store, schema)


@pytest.mark.parametrize(
    ("question", "column", "values"),
    [
        ("Which sailors are friends of a friend of Ann?", "name", {"Cid"}),
        ("Who are Dee's friends?", "name", {"Cid"}),
        ("Who serves on a ship that made a voyage to Ostend?", "name", {"Cid", "Dee"}),
        ("How many cooks serve on the Albatros?", "count", {1}),
        ("How many people share a cabin with Bob?", "count", {2}),
        ("What are the ranks of Bob's friends?", "rank", {"Mate", "Cook"}),
        ("What is the home port of the skipper?", "name", {"Ostend"}),
        ("Which ships does a friend of Dee serve on?", "name", {"Brisk"}),
        ("What is the date of the latest voyage of the Brisk?", "sailedOn", {"2021-05-09"}),
        ("When was the maiden trip of the Brisk?", "sailedOn", {"2020-04-05"}),
        ("Which was the longest voyage bound for Kiel?", "id", {"SeaVoyage/11"}),
        ("On 5 April 2020, which ships made a voyage?", "name", {"Brisk"}),
        ("Which voyages left at 6 pm?", "id", {"SeaVoyage/9"}),
        ("Which 90-mile trips did a Norway ship make?", "id", {"SeaVoyage/10"}),
        ("Who is the oldest friend of Bob?", "name", {"Cid"}),
        ("How old is the youngest sailor living in Kiel?", "age", {30}),
        ("How many voyages carried the crate X1?", "count", {1}),
        ("Who does Ann respect?", "name", {"Dee"}),
        ("Which sialors serve on the Brisk?", "name", {"Cid", "Dee"}),
    ],
)
def test_each_thing_hangs_on_the_one_that_it_is_said_of(
    harbour: Asker, question: str, column: str, values: set[object]
) -> None:
    answer = harbour.ask(question)
    assert answer.status == "answered", answer.answer
    assert {row[answer.columns.index(column)] for row in answer.rows} == values, answer.cypher
    assert answer.sources or column == "count"


@pytest.mark.parametrize("question", ["Which sailors loathe Ann?", "Which cooks serve on the Caspian?"])
def test_a_word_that_is_not_understood_is_said_to_be_so(harbour: Asker, question: str) -> None:
    answer = harbour.ask(question)
    assert answer.status in ("clarify", "refused", "empty")
    assert not answer.rows


def test_labels_without_words_are_called_by_the_parts_of_their_names(harbour: Asker) -> None:
    assert harbour.schema.labels["Ship"].en == ("ship",)
    assert harbour.schema.labels["Sailor"].properties["age"].en == ("age",)
    assert harbour.schema.labels["SeaVoyage"].properties["left"].en == ("left",)


def test_no_relation_is_walked_twice(harbour: Asker) -> None:
    answer = harbour.ask("Which sailors are friends of a friend of Ann?")
    assert answer.cypher.count("MATCH") == 1
    assert "Ann" not in [row[answer.columns.index("name")] for row in answer.rows]

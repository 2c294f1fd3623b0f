"""Corporations that documents name in other ways are known again, and never one for another."""

from __future__ import annotations

import pytest

from benchmarks.resolution import UNLIKE, Measured, measured


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    return measured(tmp_path_factory.mktemp("resolution"))


def test_no_corporation_is_taken_for_another(found: Measured) -> None:
    assert found.precision == 1
    assert not any(found.joined[way] for way in UNLIKE)


@pytest.mark.parametrize(
    "way", ["as in the register", "half width", "short legal form (㈱)", "old characters", "former name"]
)
def test_other_spellings_of_a_name_are_known_again(found: Measured, way: str) -> None:
    assert found.written[way] > 10
    assert found.joined[way] == found.written[way]


@pytest.mark.parametrize("way", ["without legal form", "kana", "English", "with a branch"])
def test_what_is_likely_is_listed_for_a_person(found: Measured, way: str) -> None:
    assert (found.joined[way], found.listed[way]) == (0, found.written[way])

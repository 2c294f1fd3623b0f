"""A cell becomes the value of its type, or says what would be one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.schema import Property
from graph.values import parse_value


def prop(kind: str, **more: Any) -> Property:
    values = {"values": {"small": {"ja": ["中小企業"], "en": ["SME"]}, "large": {}}} if kind.startswith("enum") else {}
    return Property.model_validate({"type": kind, **values, **more})


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("string", " as it is ", " as it is "),
        ("strings", "a; b ;;c", ["a", "b", "c"]),
        ("enum", "small", "small"),
        ("enum", "中小企業", "small"),
        ("enum", "ＳＭＥｓ", "small"),
        ("enums", "SME; large", ["small", "large"]),
        ("integer", "１，２３４", 1234),
        ("money", "4,760", 4760),
        ("money", "▲5", -5),
        ("year", "2024", 2024),
        ("number", "1.5", 1.5),
        ("number", "△0.5", -0.5),
        ("boolean", "○", True),
        ("boolean", "いいえ", False),
        ("boolean", "ＴＲＵＥ", True),
        ("date", "2024-02-29", "2024-02-29"),
        ("date", "令和6年5月", "令和6年5月"),
        ("url", "https://example.com/a?b=c", "https://example.com/a?b=c"),
    ],
)
def test_a_cell_becomes_the_value_of_its_type(kind: str, text: str, value: object) -> None:
    assert parse_value(text, prop(kind)) == value


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("enum", "medium", "small, large"),
        ("enums", "small;medium", "medium"),
        ("integer", "twelve", "not a whole number"),
        ("integer", "1.5", "not a whole number"),
        ("money", "4億", "not a whole number"),
        ("number", "1.2.3", "not a number"),
        ("boolean", "maybe", "neither true nor false"),
        ("date", "2023-02-29", "day"),
    ],
)
def test_a_cell_that_is_no_value_says_what_would_be(kind: str, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_value(text, prop(kind))


@given(st.integers())
def test_whole_numbers_are_read_with_and_without_commas(number: int) -> None:
    assert parse_value(f"{number:,}", prop("integer")) == number
    assert parse_value(str(number), prop("money")) == number

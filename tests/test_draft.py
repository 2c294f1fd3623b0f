"""Drafts as a language model writes them become plans; what does not fit is refused with the reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_model import GOOD, HOSTILE, KNOWLEDGE, SCHEMA, changed

from graph import guard
from qa.compile import compile_plan
from qa.draft import Invalid, read_reply
from qa.model_prompt import examples
from qa.plan import Condition, QueryPlan


def translate(draft: Any) -> QueryPlan | Invalid | None:
    class Raw:
        text = "raw"

    return read_reply({"raw": Raw(), "parsed": draft}, SCHEMA, KNOWLEDGE.names)


@pytest.mark.parametrize(
    ("fields", "flaw"),
    [
        ({"conditions": [{"on": "a", "property": HOSTILE, "values": ["1"]}]}, "has no property"),
        ({"conditions": [{"on": "WROTE", "property": "year", "values": ["1990"]}]}, "neither the key of a part nor"),
        ({"conditions": [{"on": "PLAYS_IN", "property": "year", "values": ["1990"]}]}, "it has none"),
        ({"conditions": [{"on": "a", "property": "moods", "values": [HOSTILE]}]}, "is not one of loud, slow"),
        ({"conditions": [{"on": "a", "property": "moods", "values": []}]}, "conditions.0.values"),
        ({"conditions": [{"on": "a", "property": "moods", "values": [" "]}]}, "empty value"),
        ({"conditions": [{"on": "a", "property": "moods", "comparison": "<", "values": ["loud"]}]}, "takes = or <>"),
        ({"conditions": [{"on": "a", "property": "members", "comparison": "OR 1=1", "values": ["1"]}]}, "comparison"),
        (
            {"conditions": [{"on": "a", "property": "members", "comparison": "contains", "values": ["1"]}]},
            "is a number",
        ),
        ({"conditions": [{"on": "a", "property": "members", "comparison": "<", "values": ["1", "2"]}]}, "one value"),
        ({"conditions": [{"on": "a", "property": "members", "values": ["many"]}]}, "is not a whole number"),
        ({"conditions": [{"on": "a", "property": "members", "values": ["9" * 30]}]}, "too large"),
        ({"conditions": [{"on": "a", "property": "founded", "values": ["1990"]}]}, "whole date"),
        ({"steps": [{"start": "a", "relation": HOSTILE, "end": "b"}]}, "there is no relation"),
        ({"steps": [{"start": "a", "relation": "WROTE", "end": "b"}]}, "runs from Band to Song, not from Band to Town"),
        (
            {"steps": [{"start": "b", "relation": "PLAYS_IN", "end": "a"}]},
            "runs from Band to Town, not from Town to Band",
        ),
        ({"steps": [{"start": "a", "relation": "PLAYS_IN", "end": HOSTILE}]}, "no part with the key"),
        ({"steps": [*GOOD["steps"], {"start": "b", "relation": "PART_OF", "end": "b"}]}, "to itself"),
        ({"steps": []}, "no steps join part 'b'"),
        ({"target": HOSTILE}, "no part with the key"),
        ({"parts": [{"key": "a", "label": HOSTILE}, GOOD["parts"][1]]}, "there is no label"),
        ({"parts": [*GOOD["parts"], GOOD["parts"][1]]}, "same key"),
        ({"parts": [{"key": "a", "label": "Band", "excluded": True}, GOOD["parts"][1]]}, "cannot be excluded"),
        ({"parts": [GOOD["parts"][0], {"key": "b", "label": "Town", "names": ["Kobe"]}]}, "no Town is called 'Kobe'"),
        ({"parts": [GOOD["parts"][0], {"key": "b", "label": "Town", "names": ["・"]}]}, "no Town is called"),
        ({"parts": [GOOD["parts"][0], {"key": "b", "label": "Town", "names": ["The Gulls"]}]}, "no Town is called"),
        (
            {"parts": [{"key": "a", "label": "Band", "names": ["Twin", "Headliner"]}, GOOD["parts"][1]]},
            "different kinds",
        ),
        ({"ask": "values"}, "needs the properties"),
        ({"ask": "values", "properties": ["id"]}, "has no property 'id'"),
        ({"ask": "sum", "properties": ["motto"]}, "one numeric property"),
        ({"ask": "average"}, "one numeric property"),
        ({"ask": "describe"}, "one part"),
        ({"ask": "statements"}, "ask"),
        ({"order_by": HOSTILE}, "has no property"),
        ({"order_by": "moods"}, "ordered by the list"),
        ({"limit": -1}, "limit"),
    ],
)
def test_a_draft_that_does_not_fit_is_refused_with_the_reason(fields: dict[str, Any], flaw: str) -> None:
    outcome = translate(changed(**fields))
    assert isinstance(outcome, Invalid)
    assert flaw in outcome.reason


def test_all_flaws_are_told_at_once() -> None:
    outcome = translate(changed(order_by="height", conditions=[{"on": "a", "property": "age", "values": ["1"]}]))
    assert isinstance(outcome, Invalid)
    assert len(outcome.reason.splitlines()) == 2


def test_keys_and_values_of_a_draft_stay_out_of_the_query_text() -> None:
    parts = [{"key": HOSTILE, "label": "Band"}, GOOD["parts"][1]]
    steps = [{"start": HOSTILE, "relation": "PLAYS_IN", "end": "b"}]
    conditions = [{"on": HOSTILE, "property": "motto", "values": [HOSTILE]}]
    outcome = translate(changed(target=HOSTILE, parts=parts, steps=steps, conditions=conditions))
    assert isinstance(outcome, QueryPlan)
    query = compile_plan(outcome, SCHEMA)
    guard.check(query.cypher)
    assert "DELETE" not in query.cypher
    assert HOSTILE in query.parameters.values()


@pytest.mark.parametrize(
    ("names", "ids", "conditions"),
    [
        (["the gulls"], ("Band/gulls",), ()),
        (["THE GULLS Co., Ltd."], ("Band/gulls",), ()),
        (["Twin"], ("Band/twin-1", "Band/twin-2"), ()),
        (["Twin", "The Gulls"], ("Band/twin-1", "Band/twin-2", "Band/gulls"), ()),
        (["headliner"], (), (Condition(property="post", value="Headliner (2024)"),)),
    ],
)
def test_names_become_what_the_graph_knows_them_as(
    names: list[str], ids: tuple[str, ...], conditions: tuple[Condition, ...]
) -> None:
    outcome = translate({"target": "a", "parts": [{"key": "a", "label": "Band", "names": names}]})
    assert isinstance(outcome, QueryPlan)
    assert outcome.parts[0].ids == ids
    assert outcome.parts[0].conditions == conditions


def test_every_example_shown_to_the_model_is_a_usable_draft() -> None:
    for language in ("ja", "en"):
        for _, draft in examples(SCHEMA, language):
            renamed = draft.model_dump_json().replace('"X"', '"Osaka"' if draft.steps else '"The Gulls"')
            assert isinstance(translate(json.loads(renamed)), QueryPlan)


CALLED = {"Band": ["The Gulls", "Twin"], "Town": ["Osaka"], "Song": []}
ASKED = {"Band": ["members"], "Town": ["name"], "Song": ["plays"]}


@st.composite
def fitting_drafts(draw: st.DrawFn) -> dict[str, Any]:
    """Parts hung one below another by relations that fit, in any order and direction, some named, some excluded."""
    labels = [draw(st.sampled_from(list(SCHEMA.labels)))]
    excluded, steps = [False], list[dict[str, str]]()
    for at in range(1, draw(st.integers(1, 4))):
        above = draw(st.integers(0, at - 1))
        ways = [(kind, r.end[0], True) for kind, r in SCHEMA.relations.items() if labels[above] in r.start]
        ways += [(kind, r.start[0], False) for kind, r in SCHEMA.relations.items() if labels[above] in r.end]
        kind, label, forward = draw(st.sampled_from(ways))
        labels.append(label)
        excluded.append(excluded[above] or draw(st.booleans()))
        ends = (above, at) if forward else (at, above)
        steps.append({"start": f"k{ends[0]}", "relation": kind, "end": f"k{ends[1]}"})
    parts = []
    for at, label in enumerate(labels):
        names = draw(st.sampled_from([[], CALLED[label][:1]]))
        parts.append({"key": f"k{at}", "label": label, "names": names, "excluded": excluded[at]})
    conditions = [
        {
            "on": part["key"],
            "property": "motto",
            "comparison": draw(st.sampled_from(["=", "<>", "contains"])),
            "values": [HOSTILE],
        }
        for part in parts
        if part["label"] == "Band" and draw(st.booleans())
    ]
    asks = ["things", "count", "values", "yes_no"] + (["sum", "average"] if labels[0] != "Town" else [])
    return {
        "ask": draw(st.sampled_from(asks)),
        "target": "k0",
        "parts": draw(st.permutations(parts)),
        "steps": draw(st.permutations(steps)),
        "conditions": conditions,
        "properties": ASKED[labels[0]],
        "order_by": draw(st.sampled_from(["", "name"])),
        "limit": draw(st.sampled_from([0, 3])),
    }


@given(fitting_drafts())
def test_every_fitting_draft_compiles_to_a_plain_read_that_leaves_nothing_out(draft: dict[str, Any]) -> None:
    outcome = translate(draft)
    assert isinstance(outcome, QueryPlan), outcome
    query = compile_plan(outcome, SCHEMA)
    guard.check(query.cypher)
    assert HOSTILE not in query.cypher
    assert all(f"({part.name}:" in query.cypher for part in outcome.parts)
    for part in outcome.parts:
        above = f"{part.name}_above" if part.narrower else part.name
        assert not part.ids or f"{above}.id IN $" in query.cypher
    assert query.cypher.count(".motto") == len(draft["conditions"])

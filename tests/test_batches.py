"""Loads of several batches, prepared ahead and written abreast: what a failure leaves, what a second load finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from examples import OSAKA, change, company, contents, located, rows

from graph.errors import RecordError
from graph.records import Node, Relation
from graph.store import Store

BATCH, MANY = 7, 40
# Ordered as the store orders them, so that the first of them are the first written.
COMPANIES = [company(f"c{at:02}", f"会社{at}株式会社", employees=at) for at in range(MANY)]
LOCATED = [located(one.id, "r1") for one in COMPANIES]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.batches.BATCH", BATCH)


def _filled(store: Store) -> list[object]:
    store.write([OSAKA, *COMPANIES], LOCATED)
    return contents(store)


def test_a_batch_that_fails_names_its_record_and_the_load_can_be_completed(store: Store) -> None:
    doubled = {at: company(f"c{at:02}", f"会社{at}", corporate_number="7430001000001") for at in (3, 31)}
    twice = [doubled.get(at, one) for at, one in enumerate(COMPANIES)]
    with pytest.raises(RecordError, match=r"7430001000001 is stated of c03 and of c31") as caught:
        store.write([OSAKA, *twice], LOCATED)
    assert caught.value.place in ("Company c31", "Company c03")
    assert [load.state for load in store.loads()] == ["interrupted"]
    held = {identity for (identity,) in rows(store, "MATCH (n:Company) RETURN n.id")}
    for start in range(0, MANY, BATCH):
        batch = {one.id for one in COMPANIES[start : start + BATCH]}
        assert held & batch in (set(), batch)
    assert "c31" not in held
    completed = store.write([OSAKA, *COMPANIES], LOCATED)
    assert completed.dangling == []
    assert [load.state for load in store.loads()] == ["done"]
    found = contents(store)
    store.write([], [], documents=frozenset({"facts"}))
    assert _filled(store) == found


@pytest.mark.parametrize("after", [BATCH, MANY + 1 + BATCH])
def test_an_interrupt_between_batches_leaves_what_the_same_load_completes(store: Store, after: int) -> None:
    def stop(done: int) -> None:
        if done >= after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.write([OSAKA, *COMPANIES], LOCATED, progress=stop)
    assert [load.state for load in store.loads()] == ["interrupted"]
    nodes = store.counts().nodes["Company"]
    # Batches that were on their way when the load was stopped arrive whole.
    assert nodes >= min(after, MANY)
    assert nodes % BATCH == 0 or nodes == MANY
    assert store.write([OSAKA, *COMPANIES], LOCATED).dangling == []
    found = contents(store)
    assert store.write([OSAKA, *COMPANIES], LOCATED).changes == 0
    store.write([], [], documents=frozenset({"facts"}))
    assert _filled(store) == found


def test_of_many_records_those_that_differ_are_told_from_those_that_do_not(store: Store) -> None:
    _filled(store)
    said = [replace(one, properties={**one.properties, "employees": 99}) if at % 5 == 0 else one
            for at, one in enumerate(COMPANIES)]  # fmt: skip
    joined: list[Relation] = [*LOCATED[1:], located("c00", "r1", properties={}, key="second")]
    report = store.write([OSAKA, *said, company("c99", "新しい会社")], joined)
    company_change, relation_change = change(report, "Company"), change(report, "LOCATED_IN")
    assert (company_change.added, company_change.changed, company_change.unchanged) == (1, 8, 32)
    assert (relation_change.added, relation_change.removed, relation_change.unchanged) == (1, 1, 39)
    assert sorted(rows(store, "MATCH (n:Company {employees: 99}) RETURN n.id")) == [
        [f"c{at:02}"] for at in range(0, 40, 5)
    ]
    assert store.write([OSAKA, *said, company("c99", "新しい会社")], joined).changes == 0


def test_a_number_of_another_type_or_a_list_in_another_order_is_a_change(store: Store) -> None:
    first = company("c1", "甲", employees=12, aliases=["a", "b"])
    others: list[Node] = [
        replace(first, properties={**first.properties, "employees": 12.0}),
        replace(first, properties={**first.properties, "aliases": ["b", "a"]}),
        replace(first, properties={name: first.properties[name] for name in ("name", "aliases")}),
    ]
    for other in others:
        store.write([first], [])
        assert change(store.write([other], []), "Company").changed == 1
        (held,) = rows(store, "MATCH (n:Company {id: 'c1'}) RETURN n.employees, n.aliases")
        said = other.properties
        assert held == [said.get("employees"), said["aliases"]]
        assert type(held[0]) is type(said.get("employees"))
        assert store.write([other], []).changes == 0


def test_what_two_documents_state_is_unchanged_when_one_says_the_same_again(store: Store) -> None:
    first = [company(one.id, "会社", aliases=["甲", one.id]) for one in COMPANIES]
    second = [company(one.id, "会社", "other", aliases=["乙"]) for one in COMPANIES]
    store.write(first, [])
    assert change(store.write(second, []), "Company").changed == MANY
    before = contents(store)
    assert change(store.write(first, []), "Company").unchanged == MANY
    assert change(store.write(second, []), "Company").unchanged == MANY
    assert contents(store) == before


def test_missing_ends_are_reported_from_every_batch(store: Store) -> None:
    _filled(store)
    astray = [located(f"c{at:02}", "nowhere") for at in range(0, MANY, 3)]

    def said() -> Iterator[Relation]:
        yield from LOCATED
        yield from astray

    for _ in range(2):
        report = store.write([OSAKA, *COMPANIES], said())
        assert {(one.start, one.end) for one in report.dangling} == {(one.start, one.end) for one in astray}
        assert report.changes == 0

"""What users can rely on when they copy a graph, back it up and restore it, on either engine."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import embedded
from examples import NODES, OSAKA, OSTI, RELATIONS, RICH, company, contents, located, rows

from graph import moving
from graph.errors import EngineError, EnmusubiError, ExportError, LimitError, SourceError
from graph.moving import backup, copy, restore
from graph.records import Node
from graph.schema import Schema
from graph.store import Store

MANY = [company(f"c{i}", f"会社{i}", aliases=[f"別名{i}"]) for i in range(40)]
PLACES = [located(f"c{i}", "r1", key=str(i % 3)) for i in range(40)]


def silent(step: str, done: int, total: int) -> None:
    """Nobody listens."""


@pytest.fixture
def other(tmp_path: Path, schema: Schema) -> Iterator[Store]:
    """An empty graph of the embedded engine beside the store."""
    with Store.open(embedded(tmp_path / "other"), schema) as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "graph.backup"


def fill(store: Store) -> list[Any]:
    store.write([*NODES, *MANY[3:]], [*RELATIONS, *PLACES[3:]])
    store.write([replace(OSTI, properties={"note": "別の資料"}, sources=())], [], documents=frozenset({"more"}))
    return contents(store)


# Copying


def test_a_copy_holds_the_same_things_names_and_loads(store: Store, other: Store, schema: Schema) -> None:
    before = fill(store)
    told: list[tuple[str, int, int]] = []
    moved = copy(store, other, schema, lambda *step: told.append(step))
    assert contents(other) == contents(store) == before
    assert other.loads() == store.loads()
    assert other.find_names(["オステイ", "OSTI"]) == store.find_names(["オステイ", "OSTI"])
    assert moved.digests["Company"].count == 39
    assert moved.report.changes == sum(digest.count for digest in moved.digests.values())
    assert {step for step, done, total in told if done == total} == {"read", "write", "check"}
    assert other.write([*NODES, *MANY[3:]], [*RELATIONS, *PLACES[3:]]).changes == 0


def test_a_copy_comes_back_the_other_way(store: Store, other: Store, schema: Schema) -> None:
    before = fill(other)
    copy(other, store, schema, silent)
    assert contents(store) == before


def test_a_graph_that_holds_something_is_only_replaced_when_asked_to(
    store: Store, other: Store, schema: Schema
) -> None:
    fill(store)
    other.write([company("x", "別の会社", corporate_number="7430001000001"), OSAKA], [located("x", "r1")])
    before = contents(other)
    with pytest.raises(EngineError, match="onto itself"):
        copy(store, store, schema, silent, replace=True)
    with pytest.raises(EngineError, match="not empty") as caught:
        copy(store, other, schema, silent)
    assert other.link.address in str(caught.value)
    assert contents(other) == before
    copy(store, other, schema, silent, replace=True)
    assert contents(other) == contents(store)


def test_a_broken_copy_says_so_and_is_completed(
    store: Store, other: Store, schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    monkeypatch.setattr("graph.batches.BATCH", 7)

    def stop(step: str, done: int, total: int) -> None:
        if step == "write" and done >= 21:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy(store, other, schema, stop)
    (load,) = other.loads()
    assert (load.state, load.what) == ("interrupted", f"copy of {store.link.address}")
    moved = copy(store, other, schema, silent)
    assert sum(change.unchanged for change in moved.report.nodes) == 21
    assert contents(other) == contents(store)
    assert other.loads() == store.loads()


def test_a_copy_of_a_graph_that_changes_meanwhile_says_so(store: Store, other: Store, schema: Schema) -> None:
    fill(store)

    def meddle(step: str, done: int, total: int) -> None:
        if step == "write" and done == total:
            store.write([company("late", "後から")], [], documents=frozenset({"late"}))

    with pytest.raises(EngineError, match="Company was changed"):
        copy(store, other, schema, meddle)
    copy(store, other, schema, silent, replace=True)
    assert contents(other) == contents(store)


# Backup and restore


def test_a_restored_graph_is_the_one_that_was_backed_up(store: Store, schema: Schema, file: Path) -> None:
    before, loads = fill(store), store.loads()
    backup(store, file, silent)
    store.write([OSAKA], [])
    store.write([company("c1", "別物", corporate_number="7430001000001"), OSAKA], [located("c1", "r1", key="neu")])
    assert contents(store) != before
    moved = restore(file, store, schema, silent)
    assert (contents(store), store.loads()) == (before, loads)
    assert moved.report.changes > 0
    assert restore(file, store, schema, silent).report.changes == 0


def test_values_that_changed_owners_find_their_way_back(store: Store, schema: Schema, file: Path) -> None:
    numbers = ["7430001000001", "9430001000008"]

    def owned(first: int) -> list[Node]:
        return [company(f"c{i}", f"会社{i}", corporate_number=numbers[(i + first) % 2]) for i in range(2)]

    store.write(owned(0), [])
    before = contents(store)
    backup(store, file, silent)
    store.write([], [], documents=frozenset({"facts"}))
    store.write(owned(1), [])
    assert contents(store) != before
    restore(file, store, schema, silent)
    assert contents(store) == before


def test_a_backup_of_one_engine_is_restored_on_another(store: Store, other: Store, schema: Schema, file: Path) -> None:
    fill(store)
    backup(store, file, silent)
    restore(file, other, schema, silent)
    assert contents(other) == contents(store)


def test_a_dry_restore_reports_the_same_and_writes_nothing(store: Store, schema: Schema, file: Path) -> None:
    fill(store)
    backup(store, file, silent)
    store.write([RICH, OSAKA], [])
    before = contents(store)
    foreseen = restore(file, store, schema, silent, dry_run=True).report
    assert contents(store) == before
    assert replace(foreseen, dry_run=False) == restore(file, store, schema, silent).report


@pytest.mark.parametrize("fails", [EngineError("gone"), KeyboardInterrupt()])
def test_a_restore_that_fails_leaves_the_former_state(
    store: Store, schema: Schema, file: Path, monkeypatch: pytest.MonkeyPatch, fails: BaseException
) -> None:
    fill(store)
    backup(store, file, silent)
    store.write([OSTI, OSAKA], [located("c1", "r1")])
    before, loads = contents(store), store.loads()
    monkeypatch.setattr("graph.batches.BATCH", 7)

    def fail(step: str, done: int, total: int) -> None:
        if step == "write" and done >= 21:
            raise fails

    with pytest.raises(type(fails)):
        restore(file, store, schema, fail)
    assert (contents(store), store.loads()) == (before, loads)
    assert store.write([OSTI, OSAKA], [located("c1", "r1")]).changes == 0


def test_a_backup_too_large_for_one_step_only_goes_into_an_empty_graph(
    store: Store, other: Store, schema: Schema, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(other)
    backup(other, file, silent)
    monkeypatch.setattr(moving, "ONE_TRANSACTION", 10)
    restore(file, store, schema, silent)
    assert (contents(store), store.loads()) == (contents(other), other.loads())
    store.write([OSTI, OSAKA], [])
    before = contents(store)
    with pytest.raises(LimitError, match="Nothing was changed"):
        restore(file, store, schema, silent)
    assert contents(store) == before


def test_a_backup_never_takes_the_place_of_a_file(store: Store, schema: Schema, file: Path) -> None:
    file.write_text("mine")
    with pytest.raises(ExportError, match="already") as caught:
        backup(store, file, silent)
    assert str(file) in str(caught.value)
    assert file.read_text() == "mine"
    with pytest.raises(ExportError) as caught:
        backup(store, file / "below", silent)
    assert str(file / "below") in str(caught.value)


def test_a_backup_of_a_graph_that_changes_meanwhile_is_not_kept(store: Store, schema: Schema, file: Path) -> None:
    fill(store)

    def meddle(step: str, done: int, total: int) -> None:
        if step == "write" and done == total:
            store.write([company("late", "後から")], [], documents=frozenset({"late"}))

    with pytest.raises(EngineError, match="Company was changed"):
        backup(store, file, meddle)
    assert list(file.parent.glob("graph*")) == []


def damaged(whole: bytes, how: str) -> bytes:
    text = gzip.decompress(whole)
    return {
        "cut": whole[:-20],
        "a line less": gzip.compress(b"".join(line for line in text.splitlines(True) if "会社7\"".encode() not in line)),
        "a value changed": gzip.compress(text.replace("会社7\"".encode(), "会社七\"".encode())),
        "no end": gzip.compress(b"".join(text.splitlines(True)[:-1])),
        "newer": gzip.compress(text.replace(b'"version": 1', b'"version": 99', 1)),
        "not compressed": text,
        "empty": b"",
    }[how]  # fmt: skip


@pytest.mark.parametrize("how", ["cut", "a line less", "a value changed", "no end", "newer", "not compressed", "empty"])
def test_a_damaged_backup_is_named_and_changes_nothing(store: Store, schema: Schema, file: Path, how: str) -> None:
    fill(store)
    backup(store, file, silent)
    file.write_bytes(damaged(file.read_bytes(), how))
    store.write([OSTI, OSAKA], [])
    before = contents(store)
    with pytest.raises(EnmusubiError) as caught:
        restore(file, store, schema, silent)
    assert isinstance(caught.value, SourceError)
    assert str(file) in str(caught.value)
    assert caught.value.next_step
    assert contents(store) == before


def test_a_backup_that_is_not_there_is_named(store: Store, schema: Schema, file: Path) -> None:
    with pytest.raises(SourceError, match=str(file)):
        restore(file, store, schema, silent)


def test_a_backup_made_with_another_schema_is_named(store: Store, schema: Schema, file: Path) -> None:
    fill(store)
    before = contents(store)
    backup(store, file, silent)
    told = schema.model_dump(by_alias=True)
    del told["common"]["note"]
    with pytest.raises(SourceError, match=r"labels\.\w+\.note"):
        restore(file, store, Schema.model_validate(told), silent)
    assert contents(store) == before
    assert rows(store, "MATCH (n:Company {id: 'c1'}) RETURN n.note") == [["別の資料"]]

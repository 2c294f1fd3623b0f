"""Folders and single tables are loaded into a graph as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from small_tables import SCHEMA, folder_of, table

from graph.errors import EnmusubiError
from graph.settings import Settings
from graph.store import Store
from loaders.load import load_folder, load_table


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    home = tmp_path_factory.mktemp("loading")
    with Store.open(Settings(_env_file=None, uri=None, home=home), SCHEMA) as opened:
        yield opened


def test_a_folder_is_loaded_and_loading_it_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, companies="TANIDA,タニダ,12,,,大阪,", places="大阪,")
    dry = load_folder(folder, store, SCHEMA, dry_run=True)
    assert dry.report.changes == 3
    assert store.counts().nodes["Company"] == 0
    assert load_folder(folder, store, SCHEMA).report.changes == 3
    assert load_folder(folder, store, SCHEMA).report.changes == 0


def test_a_single_table_may_refer_to_what_the_graph_holds(store: Store, tmp_path: Path) -> None:
    load_folder(folder_of(tmp_path, places="京都,みやこ"), store, SCHEMA)
    mapping = {"tables": [{"file": "any", "source": {"document": "other"}, "node": {"label": "Company"}}]}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(mapping), encoding="utf-8")
    path = table(tmp_path, "name,AT\n浅野撚糸,みやこ\n".encode("cp932"), "own.csv")
    load_table(path, tmp_path / "own.yaml", store, SCHEMA)
    rows = store.read("MATCH (c:Company)-[:AT]->(p:Place) WHERE c.name = '浅野撚糸' RETURN p.id").rows
    assert rows == [["Place/京都"]]


def test_nothing_is_written_when_one_row_is_wrong(store: Store, tmp_path: Path) -> None:
    before = store.counts()
    with pytest.raises(EnmusubiError):
        load_folder(folder_of(tmp_path, places="神戸,", companies="x,,many,,,,"), store, SCHEMA)
    assert store.counts() == before

"""The notebook runs from its first to its last cell on an empty data folder."""

from __future__ import annotations

import resource
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[1] / "notebooks" / "who_covers_what.ipynb"


def test_the_notebook_runs_within_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URI", "DOMAIN"):
        monkeypatch.setenv(f"ENMUSUBI_{name}", "")
    monkeypatch.setenv("ENMUSUBI_HOME", str(tmp_path / "home"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    NotebookClient(
        notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    # Time of the processor, which other work on the machine does not lengthen.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 60
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert any("中島清一" in str(output.get("data", {}).get("text/html")) for output in outputs)
    warnings = [output["text"] for output in outputs if output.get("name") == "stderr"]
    assert warnings == []


def test_the_notebook_is_stored_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    assert [cell["id"] for cell in notebook.cells if cell.get("outputs")] == []

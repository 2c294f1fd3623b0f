"""A path that a user gave enters, what loading it changed leaves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import SourceError

if TYPE_CHECKING:
    from graph.schema import Schema
    from graph.store import Store
    from loaders.load import Loaded

_ENDINGS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx"}


def check_source(source: Path, wanted: str | None, mapping: Path | None) -> None:
    """See that a source is there and of a kind that can be loaded, before an engine is started for it.

    Raises:
        SourceError: it is not.
    """
    if not source.exists():
        raise SourceError(f"There is no file or folder {source}.", next_step="Check the path.")
    found = "folder" if source.is_dir() else _ENDINGS.get(source.suffix.lower())
    if found is None:
        raise SourceError(
            f"{source.name} is of no kind that can be loaded.",
            place=str(source),
            next_step="Give a folder with a mapping.yaml, or a .csv, .tsv or .xlsx table with --mapping.",
        )
    if wanted not in (None, found):
        raise SourceError(
            f"{source.name} is {found}, not {wanted}.",
            place=str(source),
            next_step="Leave --as out, or give another file.",
        )
    if found != "folder" and mapping is None:
        raise SourceError(
            "A table alone does not say which column becomes what.",
            place=str(source),
            next_step="Add --mapping FILE (docs/loading.md shows one), or give a folder with a mapping.yaml.",
        )


def load_source(source: Path, mapping: Path | None, store: Store, schema: Schema, *, dry_run: bool) -> Loaded:
    """Load a folder by its own mapping, or a table by the given one.

    Raises:
        SourceError: it cannot be used; nothing was written.
    """
    from loaders.load import load_folder, load_table

    if source.is_dir() or mapping is None:
        return load_folder(source, store, schema, dry_run=dry_run)
    return load_table(source, mapping, store, schema, dry_run=dry_run)

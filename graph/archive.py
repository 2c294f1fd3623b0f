"""Records of a whole graph enter, one file of them leaves, and the other way round; no engine is touched."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from graph.contents import Digest, Digests, Loads
from graph.errors import ExportError, SourceError
from graph.records import Node, Relation, Source
from graph.shape import Shape

_NAME = "enmusubi archive"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Header:
    """What an archive says of itself: when it was made, with which schema, after which loads and decisions.

    `journal` is what is kept beside the graph on which things are one; None where an older version made the archive.
    """

    created: str
    shape: Shape
    loads: Loads
    journal: str | None


@contextmanager
def write_archive(
    path: Path, shape: Shape, loads: Loads, journal: str, nodes: Iterable[Node], relations: Iterable[Relation]
) -> Iterator[Digests]:
    """Write the records to a new file, which only gets its name at the end of the context, when all is well.

    Raises:
        ExportError: the file is there already, or cannot be written.
    """
    if path.exists():
        raise ExportError(f"There is already a file {path}.", next_step="Give another name, or remove it first.")
    draft = path.with_name(f"{path.name}.part")
    if not path.parent.is_dir():
        raise ExportError(f"There is no folder {path.parent}.", place=str(path), next_step="Make it first.")
    try:
        with draft.open("wb") as raw:
            with gzip.open(raw, "wt", encoding="utf-8", compresslevel=6) as file:
                found = _write(file, shape, loads, journal, nodes, relations)
            raw.flush()
            os.fsync(raw.fileno())
        yield found
        draft.rename(path)
    except OSError as error:
        raise ExportError(
            f"The file cannot be written: {error.strerror or error}.",
            place=str(path),
            next_step="Give a path on a disk with room that you may write to.",
        ) from None
    finally:
        draft.unlink(missing_ok=True)


def _write(
    file: IO[str], shape: Shape, loads: Loads, journal: str, nodes: Iterable[Node], relations: Iterable[Relation]
) -> Digests:
    def line(content: Any) -> None:
        file.write(json.dumps(content, ensure_ascii=False) + "\n")

    created = datetime.now(UTC).isoformat(timespec="seconds")
    about = {"schema": shape.model_dump(), "loads": loads, "journal": journal}
    line({"name": _NAME, "version": _VERSION, "created": created, **about})
    found: Digests = {}
    for node in nodes:
        found[node.label] = found.get(node.label, Digest()).plus(node)
        line(["n", node.label, node.id, dict(node.properties), [str(s) for s in node.sources]])
    for r in relations:
        found[r.type] = found.get(r.type, Digest()).plus(r)
        ends = [r.start_label, r.start, r.end_label, r.end]
        line(["r", r.type, *ends, r.key, dict(r.properties), [str(s) for s in r.sources]])
    line({name: [digest.count, digest.checksum] for name, digest in found.items()})
    return found


class Archive:
    """An open archive: its header at once, its records one after the other, whole or refused."""

    def __init__(self, path: Path, file: IO[str]) -> None:
        self.path = path
        self._lines = self._read(file)
        first = next(self._lines, None)
        if not isinstance(first, dict) or first.get("name") != _NAME:
            raise self._refused("is no archive of `enmusubi backup`")
        if first["version"] > _VERSION:
            raise SourceError(
                f"{path.name} was made by a newer version.", place=str(path), next_step="Update enmusubi."
            )
        shape, journal = Shape.model_validate(first["schema"]), first.get("journal")
        self.header = Header(first["created"], shape, first["loads"], journal)
        self.digests: Digests = {}

    def records(self) -> Iterator[Node | Relation]:
        """All records; at their end it is proved that none is missing or changed."""
        stated: dict[str, list[Any]] | None = None
        for line in self._lines:
            if isinstance(line, dict):
                stated = line
                break
            record = _record(line)
            name = record.label if isinstance(record, Node) else record.type
            self.digests[name] = self.digests.get(name, Digest()).plus(record)
            yield record
        if stated is None or stated != {n: [d.count, d.checksum] for n, d in self.digests.items()}:
            raise self._refused("is damaged or not complete")

    def _read(self, file: IO[str]) -> Iterator[Any]:
        try:
            for line in file:
                yield json.loads(line)
        except (OSError, EOFError, ValueError, zlib.error):
            raise self._refused("is damaged, or no archive of `enmusubi backup`") from None

    def _refused(self, what: str) -> SourceError:
        return SourceError(f"{self.path.name} {what}.", place=str(self.path), next_step="Give another file.")


def _record(line: list[Any]) -> Node | Relation:
    *fields, properties, sources = line
    places = tuple(map(Source.parse, sources))
    if fields[0] == "n":
        return Node(fields[1], fields[2], properties, places)
    _, kind, start_label, start, end_label, end, key = fields
    return Relation(kind, start_label, start, end_label, end, properties, places, key)


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """An archive for reading.

    Raises:
        SourceError: there is no such file, or it is no archive.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        raise SourceError(
            f"{path.name} cannot be read: {error.strerror}.", place=str(path), next_step="Check the path."
        ) from None
    with raw, gzip.open(raw, "rt", encoding="utf-8") as file:
        yield Archive(path, file)

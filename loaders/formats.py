"""A path enters, what kind of file it is leaves, told by its content and not by its name alone."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from graph.errors import SourceError
from graph.schema import Schema
from loaders import adoption, gbizinfo, houjin, jgrants
from loaders.cells import PDF_ENDING
from loaders.entries import Feed
from loaders.lines import read_lines
from loaders.tables import EXCEL_ENDINGS
from loaders.unpack import TABLE_ENDINGS, opened

# rdflib is slow to import, and few files are RDF.
_HEAD_ROWS = 5
RDF_ENDINGS = (".ttl", ".nt", ".jsonld", ".rdf", ".owl")


def open_feed(path: Path, schema: Schema) -> Feed | None:
    """The file as a feed of open data, or None when it is of no such format.

    Raises:
        SourceError: it is no text, or a zip file without a table.
    """
    if path.suffix.lower() in RDF_ENDINGS and path.is_file():
        from loaders import rdf_files

        return rdf_files.feed(path, schema)
    if path.suffix.lower() == ".json" and path.is_file():
        return jgrants.file_feed(path)
    if path.suffix.lower() in (*EXCEL_ENDINGS, PDF_ENDING):
        return adoption.feed(path)
    if path.suffix.lower() not in (*TABLE_ENDINGS, ".zip") or not path.is_file():
        return None
    with opened(path) as content:
        size = content.size
        lines = [line for line in islice(read_lines(content.stream, str(path)), _HEAD_ROWS) if any(line.cells)]
    if not lines:
        raise SourceError(f"{path.name} is empty.", place=str(path), next_step="Give a table with rows.")
    if any(houjin.looks_like_it(line.cells) for line in lines):
        return houjin.feed(path, size)
    kind = gbizinfo.kind_of(lines[0].cells, path.stem)
    if not kind:
        houjin.check_width(lines[0].cells, path)
    if kind:
        return gbizinfo.feed(path, size, kind)
    return adoption.feed(path) if path.suffix.lower() in TABLE_ENDINGS else None

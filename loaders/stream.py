"""A feed of open data enters, the graph says what it says; how many rows that were, and which not, leaves.

However large the feed, only a few batches of it are in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from graph.errors import SourceError
from graph.schema import Schema
from graph.store import LoadReport, Store
from graph.writes import Batch
from loaders.decisions import Decisions
from loaders.entries import Entry, Feed, Rejected, Stated, Tell
from loaders.match import Undecided
from loaders.quarantine import Quarantine
from loaders.settle import Settler
from loaders.unpack import check_whole

_BATCH = 10_000
_NEEDED = ("Company", "Institution", "Award", "Procurement", "Region", "Document")


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the rows of a file went: read = loaded + unchanged + quarantined."""

    read: int
    loaded: int
    unchanged: int
    quarantined: int
    quarantine: Path | None
    reasons: tuple[tuple[str, int], ...]
    undecided: tuple[Undecided, ...] = ()


def load_feed(
    feed: Feed,
    store: Store,
    schema: Schema,
    quarantine: Path,
    decisions: Decisions | None = None,
    *,
    dry_run: bool = False,
    tell: Tell | None = None,
) -> tuple[LoadReport, Rows]:
    """Load one file of open data; rows that cannot be used go to the file `quarantine`, the rest is loaded.


    What was decided to be one thing is loaded as one.

    Raises:
        SourceError: the file is not what it claims to be, or no row of it can be used; nothing was written.
    """
    needed = _NEEDED if feed.refers_to_places else ("Document",)
    missing = [label for label in needed if label not in schema.labels]
    if missing:
        raise SourceError(
            f"Open data needs the label {missing[0]}, which this domain's schema lacks.",
            place=str(feed.path),
            next_step="Load it without ENMUSUBI_DOMAIN, or add the label to the schema.",
        )
    check_whole(feed.path)
    if not dry_run:
        store.prepare()
    settler = Settler(store, schema, feed, decisions or Decisions(), dry_run=dry_run)
    with Quarantine(quarantine) as rejected:
        intake = _Intake(feed, settler, rejected, tell)
        step = (lambda done: tell("write", done, intake.written)) if tell else None
        report = store.write_batches(intake.batches(), frozenset({feed.key}), dry_run=dry_run, progress=step)
        used = intake.loaded + intake.unchanged
        # Several rows may state one thing, each a part: that nothing changed shows only in the end.
        loaded = intake.loaded if report.changes else 0
        rows = Rows(
            read=used + rejected.rows,
            loaded=loaded,
            unchanged=used - loaded,
            quarantined=rejected.rows,
            quarantine=rejected.path if rejected.rows else None,
            reasons=tuple(sorted(rejected.reasons.items(), key=lambda item: -item[1])),
            undecided=tuple(settler.undecided),
        )
    if not dry_run:
        settler.part_contested()
    return report, rows


class _Intake:
    """Draws the feed once, batch by batch, and counts the rows."""

    def __init__(self, feed: Feed, settler: Settler, rejected: Quarantine, tell: Tell | None) -> None:
        self.feed, self.settler, self.rejected, self.tell = feed, settler, rejected, tell
        self.loaded = self.unchanged = self.written = 0

    def batches(self) -> Iterator[Batch]:
        for batch in self._batches():
            settled = self.settler.settle(batch)
            for one in settled:
                if one.unchanged:
                    self.unchanged += one.rows
                else:
                    self.loaded += one.rows
            nodes = [node for one in settled for node in one.nodes]
            relations = [relation for one in settled for relation in one.relations]
            self.written += len(nodes) + len(relations)
            yield nodes, {key for one in settled for key in one.fresh}, relations
        if not self.loaded + self.unchanged:
            raise SourceError(
                f"No row can be used{f': {next(iter(self.rejected.reasons))}' if self.rejected.rows else ''}.",
                place=str(self.feed.path),
                next_step=f"See {self.rejected.path}." if self.rejected.rows else "Give a file with rows.",
            )
        yield [self.feed.document], (), []

    def _batches(self) -> Iterator[list[Entry]]:
        entries = self._entries(self.feed.read(self.settler.places, self._tell_read))
        while batch := list(islice(entries, _BATCH)):
            yield batch

    def _entries(self, stated: Iterator[Stated]) -> Iterator[Entry]:
        for item in stated:
            if isinstance(item, Rejected):
                self.rejected.add(item)
            else:
                yield item

    def _tell_read(self, done: int) -> None:
        if self.tell is not None:
            self.tell("read", done, self.feed.size)

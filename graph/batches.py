"""Any number of items enters, batches of the size that both engines write fastest leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

# With 1,000 rows a batch, the embedded engine writes at half the rate.
BATCH = 10_000
T = TypeVar("T")


def chunks(items: Iterable[T], most: int | None = None) -> Iterator[list[T]]:
    """The items in lists of at most BATCH, and of at most `most`."""
    iterator, size = iter(items), min(BATCH, most or BATCH)
    while chunk := list(islice(iterator, size)):
        yield chunk


class Sent(list[Any]):
    """What goes to the engine; the driver words it for its log, even for none, and keeps it in cycles afterwards."""

    def __repr__(self) -> str:
        return f"[{len(self)} items]"

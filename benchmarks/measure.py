"""Timed work and its figures enter, medians, percentiles and Markdown tables leave."""

from __future__ import annotations

import gc
import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Took:
    """How long something took by the clock, and how much processor time of this process and its children."""

    clock: float
    processor: float


def _processor() -> float:
    """Processor time of this process and of those it started and that run, such as a server, in seconds."""
    used = time.process_time()
    for told in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # What follows the name in brackets: state, parent, …, the user and system time as 12th and 13th.
            fields = told.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(fields[1]) == os.getpid():
                used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def took(work: Callable[[], object]) -> Took:
    """Time one call; garbage of earlier calls is collected before."""
    gc.collect()
    clock, processor = time.perf_counter(), _processor()
    work()
    return Took(time.perf_counter() - clock, _processor() - processor)


def pairs(ours: Callable[[], T], theirs: Callable[[], T], count: int) -> tuple[list[T], list[T]]:
    """Measure both sides `count` times, each going first in turn, so that other load on the machine hits both."""
    first: list[T] = []
    second: list[T] = []
    for turn in range(count):
        sides = [(ours, first), (theirs, second)]
        for work, times in sides if turn % 2 == 0 else reversed(sides):
            times.append(work())
    return first, second


RATIO_HEAD = ("store ÷ raw: time", "processor time")


def compared(size: int, ours: Sequence[Took], theirs: Sequence[Took]) -> list[str]:
    """Four cells: how many of `size` a second on each side, and the medians over the pairs of ours ÷ theirs."""
    both = list(zip(ours, theirs, strict=True))
    rates = [f"{size / median(one.clock for one in side):,.0f}" for side in (ours, theirs)]
    clock, processor = median(a.clock / b.clock for a, b in both), median(a.processor / b.processor for a, b in both)
    return [*rates, f"{clock:.2f}", f"{processor:.2f}"]


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def markdown(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A titled Markdown table; all columns but the first are figures."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, *rows)]
    rule = "|---|" + "---:|" * (len(head) - 1)
    return "\n".join([f"**{title}**", "", lines[0], rule, *lines[1:], ""])


def machine() -> str:
    """What the figures were measured on, in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}, "
        f"ArcadeDB {version('arcadedb-embedded')} (embedded), neo4j driver {version('neo4j')} with neo4j-rust-ext; "
        f"load average at the end {os.getloadavg()[0]:.1f}"
    )

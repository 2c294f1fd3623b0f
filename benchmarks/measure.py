"""Timed work and its figures enter, medians, percentiles and Markdown tables leave."""

from __future__ import annotations

import gc
import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from importlib.metadata import version
from statistics import median
from tempfile import TemporaryDirectory

from graph.settings import Settings

NEO4J_VERSION = "5.26.30"


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes by the clock; garbage of earlier calls is collected before."""
    gc.collect()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def pairs(
    ours: Callable[[], float], theirs: Callable[[], float], count: int
) -> tuple[list[float], list[float]]:  # fmt: skip
    """Measure both sides `count` times, each going first in turn, so that other load on the machine hits both."""
    first: list[float] = []
    second: list[float] = []
    for turn in range(count):
        sides = [(ours, first), (theirs, second)]
        for work, times in sides if turn % 2 == 0 else reversed(sides):
            times.append(work())
    return first, second


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median, over the pairs, of how many times longer ours took."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))


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
        f"ArcadeDB {version('arcadedb-embedded')} (embedded), Neo4j {NEO4J_VERSION}, "
        f"driver {version('neo4j')} with neo4j-rust-ext {version('neo4j-rust-ext')}; "
        f"load average at the end {os.getloadavg()[0]:.1f}"
    )


def scratch() -> AbstractContextManager[str]:
    """A folder that is gone afterwards; the engine may still hold its log in it."""
    return TemporaryDirectory(prefix="enmusubi-bench-", ignore_cleanup_errors=True)


def embedded(home: str) -> Settings:
    """Settings of the embedded engine in `home` without a language model, whatever the environment says."""
    return Settings.model_validate({"home": home, "uri": None, "model": None, "domain": None, "query_seconds": 600.0})

"""A graph of open data and the file of subsidies in it enter, how long questions about them take leaves.

Own time is all but the engine's: finding the words, planning, wording.
"""

from __future__ import annotations

import csv
import random
import time
from itertools import islice
from pathlib import Path

import jaconv

from benchmarks.measure import percentile
from graph.schema import Schema
from graph.store import Store
from qa.answer import Answer
from qa.chain import Asker

GENERAL = (
    "九州の企業で半導体関連の補助金を受けたのは？",
    "top 10 recipients of METI subsidies in Fukuoka",
    "which companies in Kumamoto got a semiconductor-related subsidy from METI since 2022",
    "福岡県で経済産業省の補助金を受けた企業は何社？",
    "ロボット関連の調達を落札した企業は？",
    "経済産業省が愛知県の企業に出した補助金の合計は？",
)
_NAMED = 200


def _written(name: str, at: int) -> str:
    """A name as people write it: as it is, half width, with a short legal form, without it."""
    ways = (
        name,
        jaconv.z2h(name, kana=True, ascii=True, digit=True),
        name.replace("株式会社", "㈱").replace("有限会社", "㈲"),
        name.replace("株式会社", "（株）"),
    )
    return str(ways[at % len(ways)])


def measure(store: Store, schema: Schema, subsidies: Path) -> None:
    """Ask the first question after a load, then general ones and those about recipients; print the times."""
    with subsidies.open(encoding="utf-8-sig") as file:
        names = list(dict.fromkeys(row["商号または名称"] for row in islice(csv.DictReader(file), 20 * _NAMED)))
    chosen = random.Random(1).sample(names, min(_NAMED, len(names)))
    asker = Asker(store, schema)
    first = asker.ask(GENERAL[0]).timings_ms
    print(f"first question after the load: {first.total - first.query:,.0f} ms own, {first.query:,.0f} ms engine")
    asked = [*GENERAL * 5, *(f"{_written(name, at)}の補助金は？" for at, name in enumerate(chosen))]
    found: list[Answer] = []
    used: list[float] = []
    for question in asked:
        # The engine and what waits for it work in other threads.
        before = time.thread_time()
        found.append(asker.ask(question))
        used.append((time.thread_time() - before) * 1000)
    missed = [answer.question for answer in found if answer.status not in ("answered", "empty")]
    unanswered = sum(answer.status == "empty" for answer in found[len(GENERAL) * 5 :])
    own = [answer.timings_ms.total - answer.timings_ms.query for answer in found]
    engine = [answer.timings_ms.query for answer in found]
    print(
        f"{len(found)} questions: own time p50 {percentile(own, 0.5):,.1f} ms, p99 {percentile(own, 0.99):,.1f} ms; "
        f"of it processor time p50 {percentile(used, 0.5):,.1f} ms, p99 {percentile(used, 0.99):,.1f} ms; "
        f"engine p50 {percentile(engine, 0.5):,.1f} ms, p99 {percentile(engine, 0.99):,.1f} ms; "
        f"{len(missed)} not understood, {unanswered} of {len(chosen)} recipients without an answer"
    )

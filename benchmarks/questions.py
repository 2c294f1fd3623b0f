"""The question files enter, how long answers take and how many are right leave; of the hold-back file figures only."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

from benchmarks.engines import embedded, scratch
from benchmarks.measure import machine, markdown, percentile
from graph.schema import Schema, load_schema
from graph.store import Store
from loaders.load import PACKAGED_FACTS, load_folder
from qa.answer import Timings
from qa.chain import Asker
from qa.evaluate import Case, Judged, evaluate, read_cases, score

FOLDER = Path(__file__).with_name("questions")
COMMAND = Path(sys.executable).with_name("enmusubi")
FIRST = "Which producers work on semiconductors in Kyushu?"
STARTS = 3


def judged(asker: Asker, cases: Sequence[Case], name: str) -> list[Judged]:
    """Ask all; a failure is told by its kind alone, so that no text of a hold-back question gets out."""
    try:
        return list(evaluate(asker, cases))
    except Exception as error:  # noqa: BLE001 (its text may hold the question)
        raise RuntimeError(f"A question of {name} ends in {type(error).__name__}.") from None


def score_row(name: str, found: Sequence[Judged]) -> list[str]:
    """One line of the table of scores."""
    s = score(found)
    return [name, str(len(found)), f"{s.precision:.3f}", f"{s.coverage:.3f}", f"{s.accuracy:.3f}"]


def timing_rows(timings: Iterable[Timings]) -> list[list[str]]:
    """The median and the 99th percentile of every step."""
    parts = [one.model_dump() for one in timings]
    return [
        [step, *(f"{percentile((one[step] for one in parts), share):.1f}" for share in (0.5, 0.99))]
        for step in ("link", "plan", "query", "word", "total")
    ]


def start_times(home: str) -> tuple[float, float, float]:
    """Seconds from the start of the command to its first answer, to its end, and its processor time."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ENMUSUBI_")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    with subprocess.Popen(
        [COMMAND, "ask", "--jsonl", "-"],
        env={**plain, "ENMUSUBI_HOME": home},
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"question": FIRST}).encode() + b"\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        answered = time.perf_counter() - began
        process.stdin.close()
        process.wait()
    ended = time.perf_counter() - began
    if answer["status"] != "answered":
        raise RuntimeError(f"The command says {answer['status']} to: {FIRST}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return answered, ended, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(home: str, schema: Schema) -> tuple[list[list[str]], list[list[str]]]:
    """The rows of both tables, timings and scores, over the packaged facts."""
    dev, holdback = (read_cases(FOLDER / f"{name}.jsonl") for name in ("dev", "holdback"))
    with Store.open(embedded(home), schema) as store:
        load_folder(PACKAGED_FACTS, store, schema)
        asker = Asker(store, schema)
        judged(asker, dev, "dev")
        found = judged(asker, dev, "dev")
        scores = [score_row("dev", found), score_row("hold-back", judged(asker, holdback, "hold-back"))]
    return timing_rows(one.answer.timings_ms for one in found), scores


def main() -> None:
    """Measure over the packaged facts in a temporary home."""
    with scratch() as home:
        timings, scores = measured(home, load_schema())
        starts = [start_times(home) for _ in range(STARTS)]
    columns = zip(*starts, strict=True)
    names = ("to the first answer", "to the end", "processor time")
    start_rows = [[name, f"{median(column):.1f}"] for name, column in zip(names, columns, strict=True)]
    print(markdown("Answering the questions of dev.jsonl, ms, second pass", ("step", "p50", "p99"), timings))
    print(markdown(f"`enmusubi ask --jsonl -`, seconds, median of {STARTS} starts", ("", "seconds"), start_rows))
    print(markdown("Scores", ("file", "questions", "precision", "coverage", "accuracy"), scores))
    print(f"Machine: {machine()}.")


if __name__ == "__main__":
    main()

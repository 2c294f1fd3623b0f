"""A file of questions with what a right answer holds enters, scores by kind and language and every miss leave."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph.errors import SourceError
from graph.fold import fold
from qa.answer import Answer
from qa.chain import Asker

Verdict = Literal["right", "wrong", "silent", "rightly silent"]


class Case(BaseModel):
    """One question and what a right answer holds; benchmarks/questions/README.md explains the fields."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    question: str = Field(min_length=1)
    language: Literal["ja", "en"]
    kind: str = "other"
    status: str = "answered"
    expect: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """One case with the answer it got and the verdict; `missing` are the expected texts that are not there."""

    case: Case
    answer: Answer
    verdict: Verdict
    missing: tuple[str, ...]


def read_cases(path: Path) -> list[Case]:
    """Read a question file, one JSON object a line.

    Raises:
        SourceError: the file is missing or a line is no case; names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.", next_step="Check the path.") from None
    cases = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            cases.append(Case.model_validate_json(line))
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(step) for step in problem["loc"])
            raise SourceError(
                f"The line is no question: {where} {problem['msg']}.", place=f"{path}:{number}", next_step="Correct it."
            ) from None
    return cases


def judge(case: Case, answer: Answer) -> Judged:
    """Whether the answer holds all that is expected and nothing that is forbidden, with a status that fits."""
    allowed = case.status.split("|")
    told = json.dumps([answer.answer, answer.rows], ensure_ascii=False, default=str)
    text, plain = fold(told[:200_000]), _plain(told[:200_000])
    missing = tuple(e for e in case.expect if not any(_holds(one, text, plain) for one in e.split("|")))
    wrong = any(_holds(one, fold(answer.answer), _plain(answer.answer)) for e in case.forbid for one in e.split("|"))
    if answer.status != "answered":
        return Judged(case, answer, "rightly silent" if answer.status in allowed else "silent", missing)
    right = "answered" in allowed and not missing and not wrong
    return Judged(case, answer, "right" if right else "wrong", missing)


def _holds(wanted: str, text: str, plain: str) -> bool:
    """Whether a name in any spelling, or a text with its numbers whole, stands in an answer."""
    if not any(c.isdigit() for c in wanted):
        key = fold(wanted)
        return (bool(key) and key in text) or _plain(wanted) in plain
    left = r"(?<!\d)(?<!\d\.)" if wanted[0].isdigit() else ""
    right = r"(?!\d|\.\d)" if wanted[-1].isdigit() else ""
    return re.search(left + re.escape(_plain(wanted)) + right, plain) is not None


def _plain(text: str) -> str:
    """The text in one width and case, without white space and thousands separators."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    return re.sub(r"(?<!\d)\s+|\s+(?!\d)", "", text).strip()


def evaluate(asker: Asker, cases: Iterable[Case]) -> Iterator[Judged]:
    """Ask every question and judge its answer; those of one session are one conversation, in the order of the file."""
    for case in cases:
        yield judge(case, asker.ask(case.question, case.language, case.session))


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of verdicts, with the figures made of them.

    precision: right of what was answered; coverage: answered of what can be; accuracy: right or rightly silent of all
    """

    counts: Counter[str]
    answerable: int
    answered: int

    @property
    def precision(self) -> float:
        """Right of what was answered."""
        return self.counts["right"] / max(1, self.counts["right"] + self.counts["wrong"])

    @property
    def coverage(self) -> float:
        """Answered of what can be answered."""
        return self.answered / max(1, self.answerable)

    @property
    def accuracy(self) -> float:
        """Right or rightly silent of all."""
        return (self.counts["right"] + self.counts["rightly silent"]) / max(1, sum(self.counts.values()))


def score(judged: Iterable[Judged]) -> Score:
    """The figures of some judged cases."""
    counts: Counter[str] = Counter()
    answerable = answered = 0
    for one in judged:
        counts[one.verdict] += 1
        if one.case.status == "answered":
            answerable += 1
            answered += one.answer.status == "answered"
    return Score(counts, answerable, answered)


def report(judged: list[Judged]) -> Iterator[str]:
    """Lines to print: the figures of all, by language and kind, then every miss with what was understood."""
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        groups["all"].append(one)
        groups[f"language {one.case.language}"].append(one)
        groups[f"kind {one.case.kind}"].append(one)
    yield f"{'':24}{'n':>5}{'precision':>11}{'coverage':>10}{'accuracy':>10}"
    for name, members in groups.items():
        s = score(members)
        yield f"{name:24}{len(members):5}{s.precision:11.3f}{s.coverage:10.3f}{s.accuracy:10.3f}"
    for one in judged:
        if one.verdict in ("wrong", "silent"):
            yield ""
            yield f"{one.case.id} {one.verdict} [{one.answer.status}] {one.case.question}"
            yield f"   understood: {one.answer.interpretation}"
            yield f"   missing: {', '.join(one.missing)}"
            yield f"   answer: {one.answer.answer[:300]}"

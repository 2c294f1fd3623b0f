"""Lines of JSON questions enter, one answer a line leaves, in order; a line that is none gets an answer too."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from graph.errors import SourceError
from qa.answer import Answer, Language, Problem
from ui.session import safe_ask
from ui.texts import say

if TYPE_CHECKING:
    from qa.chain import Asker

_SHOWN = 200


class Asked(BaseModel):
    """One question as other programs send it; questions of one `session` are one conversation."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    question: str
    language: Language | None = None
    session: str | None = None


def input_lines(name: str) -> Iterable[bytes]:
    """The lines of a file, or of standard input for `-`, each as soon as it is there.

    Raises:
        SourceError: there is no such file.
    """
    if name == "-":
        return iter(sys.stdin.buffer.readline, b"")
    try:
        return open(name, "rb")
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {error.strerror}.", next_step="Check the path.") from None


def answer_lines(lines: Iterable[bytes], asker: Asker, *, debug: bool = False) -> Iterator[Answer]:
    """Answer every line; one that is no question gets an answer of status `error`."""
    for line in lines:
        try:
            asked = Asked.model_validate_json(line)
        except ValidationError as error:
            yield _bad_line(line, error)
            continue
        yield safe_ask(asker, asked.question, asked.language, asked.session, debug=debug)


def _bad_line(line: bytes, error: ValidationError) -> Answer:
    first = error.errors()[0]
    where = ".".join(str(step) for step in first["loc"])
    message = say("en", "bad_line", problem=f"{where}: {first['msg']}" if where else first["msg"])
    problem = Problem(code="input", message=message, next_step=say("en", "bad_line_next"))
    shown = line.decode("utf-8", errors="replace").strip()[:_SHOWN]
    text = f"{message} {problem.next_step}"
    return Answer(question=shown, language="en", status="error", answer=text, error=problem)

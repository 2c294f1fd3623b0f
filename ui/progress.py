"""A question enters, the names of the steps being done leave one after the other, then the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import SimpleQueue
from threading import Thread
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables.config import set_config_context

from qa.answer import Answer
from qa.chain import Asker
from ui.session import safe_ask

STEPS = ("link", "plan", "run", "word")


class _Steps(BaseCallbackHandler):
    """Tells which step of the chain begins."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.tell = tell

    def on_chain_start(self, serialized: dict[str, Any], inputs: Any, **kwargs: Any) -> None:
        name = kwargs.get("name")
        if name in STEPS:
            self.tell(str(name))


def ask_by_steps(asker: Asker, question: str, session: str | None = None) -> Iterator[str | Answer]:
    """Yield each step's name as it begins, and the answer at last."""
    found: SimpleQueue[str | Answer] = SimpleQueue()

    def work() -> None:
        with set_config_context({"callbacks": [_Steps(found.put)]}) as context:
            found.put(context.run(safe_ask, asker, question, None, session))

    Thread(target=work, name="ask", daemon=True).start()
    while True:
        item = found.get()
        yield item
        if isinstance(item, Answer):
            return

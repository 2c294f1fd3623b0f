"""A question that the grammar could not read enters, a language model's plan of it, checked against the schema, leaves."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property, partial
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from graph.errors import EnmusubiError, ModelError
from graph.schema import Schema
from graph.settings import Settings
from qa.draft import Invalid, Names, read_reply
from qa.knowledge import Knowledge
from qa.model_prompt import REPAIR, SYSTEM, describe_schema, draft_schema, examples
from qa.plan import QueryPlan

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from qa.chain import ModelPlanner

T = TypeVar("T")
Outcome = QueryPlan | Invalid | None

# For both rounds together: the grammar's own answer waits for it.
SECONDS = 30.0
ROUNDS = 2
# By a part of the name of the error or of what caused it, most specific first; the providers share no class.
FAILURES = (
    ("Timeout", "did not answer within {seconds:g} s", "Ask again, or choose a faster model."),
    ("Connect", "cannot be reached", "Check that its server runs, and ENMUSUBI_MODEL_BASE_URL."),
    ("Authentication", "refused the key", "Check the key of that provider (for openai: OPENAI_API_KEY)."),
    ("PermissionDenied", "refused the key", "Check the key of that provider (for openai: OPENAI_API_KEY)."),
    ("NotFound", "is not known at that address", "Check ENMUSUBI_MODEL and ENMUSUBI_MODEL_BASE_URL."),
    ("RateLimit", "takes no more questions for now", "Ask again later."),
    ("ImportError", "needs a package that is not installed", "Install the LangChain package of that provider."),
    ("", "failed or answered unusably ({kind})", "Check ENMUSUBI_MODEL, ENMUSUBI_MODEL_BASE_URL and the key."),
)


def model_planner(
    settings: Settings, schema: Schema, knowledge: Knowledge, *, seconds: float = SECONDS
) -> ModelPlanner | None:
    """What asks the configured model for a plan; None when no model is configured.

    The planner gives None when the model cannot plan the question, and raises ModelError when it fails.
    """
    if settings.model is None:
        return None
    return _Planner(settings.model, settings.model_base_url, schema, knowledge.names, seconds)


@dataclass
class _Planner:
    model: str
    base_url: str | None
    schema: Schema
    names: Names
    seconds: float

    def __call__(self, question: str, language: str) -> QueryPlan | None:
        try:
            chain = self._chain  # built outside the time limit: the first import takes seconds
            return _within(self.seconds, lambda: self._ask(chain, question, language))
        except EnmusubiError:
            raise
        except Exception as error:
            raise self._failure(error) from error

    def _ask(self, chain: Runnable[dict[str, Any], Outcome], question: str, language: str) -> QueryPlan | None:
        from langsmith import tracing_context

        shown = [
            f"{asked}\n{plan.model_dump_json(exclude_defaults=True)}" for asked, plan in examples(self.schema, language)
        ]
        # Never rows: names become ids after the model has answered.
        known = {"question": question, "schema": describe_schema(self.schema, language), "examples": "\n".join(shown)}
        repair: list[tuple[str, str]] = []
        for _ in range(ROUNDS):
            # LANGSMITH_TRACING would send the plan with its ids to a third party.
            with tracing_context(enabled=False):
                outcome = chain.invoke({**known, "repair": repair})
            if not isinstance(outcome, Invalid):
                return outcome
            repair += [("ai", outcome.draft), ("human", REPAIR.format(reason=outcome.reason))]
        return None

    @cached_property
    def _chain(self) -> Runnable[dict[str, Any], Outcome]:
        from langchain.chat_models import init_chat_model
        from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
        from langchain_core.runnables import RunnableLambda

        prompt = ChatPromptTemplate([("system", SYSTEM), ("human", "{question}"), MessagesPlaceholder("repair")])
        model = init_chat_model(self.model, **self._options())
        structured = model.with_structured_output(draft_schema(self.schema), include_raw=True)
        to_plan = RunnableLambda(partial(read_reply, schema=self.schema, names=self.names))
        chain: Runnable[dict[str, Any], Outcome] = prompt | structured | to_plan
        return chain

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"timeout": self.seconds, "max_retries": 0}
        if self.base_url:
            # Hosted reasoning models refuse a temperature; one's own server would otherwise draw lots.
            options |= {"base_url": self.base_url, "temperature": 0}
            if self.model.startswith("openai:"):
                options |= {"api_key": os.environ.get("OPENAI_API_KEY") or "none", "use_responses_api": False}
        return options

    def _failure(self, error: Exception) -> ModelError:
        kinds: list[str] = []
        cause: BaseException | None = error
        while cause is not None:
            kinds += [kind.__name__ for kind in type(cause).__mro__]
            cause = cause.__cause__
        what, next_step = next((what, step) for part, what, step in FAILURES if any(part in kind for kind in kinds))
        status = getattr(error, "status_code", None)
        kind = f"HTTP {status}" if status else kinds[0]
        message = f"The language model {self.model} {what.format(seconds=self.seconds, kind=kind)}."
        return ModelError(message, place=self.base_url or "", next_step=next_step)


def _within(seconds: float, call: Callable[[], T]) -> T:
    """The result of `call`; TimeoutError after `seconds`, also when a server sends a little now and then."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 (raised in the thread that waits)
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future.result(seconds)

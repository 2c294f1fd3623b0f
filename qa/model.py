"""A question that the grammar could not read enters, a language model's plan of it, checked against the schema, leaves.

Only the question and the schema leave the house, never rows: names become ids here, after the model has answered, and
of its draft nothing reaches the compiler but names of the schema, ids of the graph and values for parameters.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property, partial
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph.errors import EnmusubiError, ModelError
from graph.fold import fold, without_legal_form
from graph.records import Scalar
from graph.schema import NUMBER_TYPES, Property, Schema, Words
from graph.settings import Settings
from loaders.values import parse_value
from qa.knowledge import Knowledge
from qa.lexicon import Sense
from qa.plan import Comparison, Condition, Part, QueryPlan, Step

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from qa.chain import ModelPlanner

T = TypeVar("T")
U = TypeVar("U")
Names = Callable[[Collection[str]], dict[str, tuple[Sense, ...]]]

# For both rounds together: the grammar's own answer waits for it.
SECONDS = 30.0
ROUNDS = 2
# A draft is shown back to the model for repair; a runaway reply not in full.
LONGEST_DRAFT = 4_000
# Numbers beyond are none that the graph can hold.
LARGEST = 2**63
WHOLE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

SYSTEM = """\
Fill in a search plan for one question about a graph. A program runs the plan; you never answer the question yourself.
Use only the labels, properties, values and relations listed below, spelled exactly as listed.
- parts: each kind of thing that the question mentions; `names` are names of certain things, copied from the question.
- steps: the relations that join the parts, from start to end as listed. Steps join every part to the target.
- conditions: what a property must be, `on` the key of a part or on a relation. Digits for numbers, YYYY-MM-DD for dates.
- ask: things (which), count (how many), values (`properties` of the target), describe (all about one named thing),
  yes_no, sum or average (of one numeric property of the target).
- Fill in only `cannot` when the graph below does not hold what is asked, or the question wants something changed.

{schema}

Examples:
{examples}"""
REPAIR = "This plan cannot be used:\n{reason}\nGive the corrected plan, or only `cannot`."
EXAMPLES = {
    "ja": ("{relation}がXの{label}は？", "{property}が{value}の{label}は何件？", "Xの{property}は？"),
    "en": ("Which {label} has X as {relation}?", "How many {label} have {value} as {property}?", "{property} of X?"),
}
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


class _Draft(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)


class DraftPart(_Draft):
    """A kind of thing, or certain things of that kind."""

    key: str = Field(description="a letter that stands for this part elsewhere in the plan")
    label: str
    names: tuple[str, ...] = Field((), max_length=20, description="empty: every thing of the label")
    excluded: bool = Field(False, description="true: the target must not be joined to it")


class DraftCondition(_Draft):
    """One property compared with a value, or with several of which any will do."""

    on: str = Field(description="the key of a part, or a relation used in steps")
    property: str
    comparison: Comparison = "="
    values: tuple[str, ...] = Field(min_length=1, max_length=20)


class DraftStep(_Draft):
    """One relation between two parts, given by their keys."""

    start: str
    relation: str
    end: str


class DraftPlan(_Draft):
    """The search plan for one question."""

    cannot: str = Field("", description="why the graph cannot answer; empty when it can")
    ask: Literal["things", "count", "values", "describe", "yes_no", "sum", "average"] = "things"
    target: str = Field("", description="the key of the part that is asked for")
    parts: tuple[DraftPart, ...] = Field((), max_length=6)
    steps: tuple[DraftStep, ...] = Field((), max_length=8)
    conditions: tuple[DraftCondition, ...] = Field((), max_length=8)
    properties: tuple[str, ...] = Field((), max_length=8, description="for values, sum and average")
    order_by: str = Field("", description="a property of the target")
    descending: bool = False
    limit: int = Field(0, ge=0, le=1_000, description="0: no limit")


@dataclass(frozen=True, slots=True)
class Planned:
    """The draft became a plan."""

    plan: QueryPlan


@dataclass(frozen=True, slots=True)
class Invalid:
    """The draft does not fit the schema or the graph's names, for the reasons given, one a line."""

    reason: str
    draft: str


@dataclass(frozen=True, slots=True)
class Cannot:
    """The model says that the graph cannot answer."""

    reason: str


Outcome = Planned | Invalid | Cannot


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
        known = {"question": question, "schema": describe_schema(self.schema, language), "examples": "\n".join(shown)}
        repair: list[tuple[str, str]] = []
        for _ in range(ROUNDS):
            # LANGSMITH_TRACING would send the plan with its ids to a third party.
            with tracing_context(enabled=False):
                outcome = chain.invoke({**known, "repair": repair})
            if isinstance(outcome, Planned):
                return outcome.plan
            if isinstance(outcome, Cannot):
                return None
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


def describe_schema(schema: Schema, language: str) -> str:
    """Labels, properties, values and relations with their words in one language."""
    lines = ["Properties of every label:", *_property_lines(schema.common, language), "Labels:"]
    for name, label in schema.labels.items():
        lines += [f"- {name}{_words(label, language)}", *_property_lines(label.properties, language)]
    lines.append("Relations, start -> end:")
    for name, relation in schema.relations.items():
        back = f"; from end to start{_words(relation.reverse, language)}" if relation.reverse.name(language) else ""
        ends = f"{'|'.join(relation.start)} -> {'|'.join(relation.end)}"
        lines.append(f"- {name}: {ends}{_words(relation, language)}{back}")
        lines += _property_lines(relation.properties, language)
    return "\n".join(lines)


def _property_lines(properties: dict[str, Property], language: str) -> Iterator[str]:
    for name, prop in properties.items():
        values = "; ".join(f"{value}{_words(words, language, 2)}" for value, words in prop.values.items())
        yield f"  {name}: {prop.type}{_words(prop, language, 2)}" + (f", values {values}" if values else "")


def _words(words: Words, language: str, most: int = 4) -> str:
    chosen = (words.ja or words.en) if language == "ja" else (words.en or words.ja)
    return f" ({', '.join(chosen[:most])})" if chosen else ""


def examples(schema: Schema, language: str) -> Iterator[tuple[str, DraftPlan]]:
    """Yield up to three questions made of the schema's first words, each with its plan."""
    joined, counted, valued = EXAMPLES[language]
    labels = schema.labels
    for kind, relation in list(schema.relations.items())[:1]:
        start, end = relation.start[0], relation.end[0]
        both = (DraftPart(key="a", label=start), DraftPart(key="b", label=end, names=("X",)))
        asked = joined.format(relation=relation.name(language), label=labels[start].name(language))
        yield asked, DraftPlan(target="a", parts=both, steps=(DraftStep(start="a", relation=kind, end="b"),))
    known = [(label, name, prop) for label in labels for name, prop in labels[label].properties.items()]
    for label, name, prop in [one for one in known if one[2].values][:1]:
        value, words = next(iter(prop.values.items()))
        shown = {"label": labels[label].name(language), "property": prop.name(language), "value": words.name(language)}
        chosen = (DraftCondition(on="a", property=name, values=(value,)),)
        parts = (DraftPart(key="a", label=label),)
        yield counted.format(**shown), DraftPlan(ask="count", target="a", parts=parts, conditions=chosen)
    for label, name, prop in [one for one in known if not one[2].values][:1]:
        parts = (DraftPart(key="a", label=label, names=("X",)),)
        yield (
            valued.format(property=prop.name(language)),
            DraftPlan(ask="values", target="a", parts=parts, properties=(name,)),
        )


def draft_schema(schema: Schema) -> dict[str, Any]:
    """The JSON schema of a draft, with the labels and relations that there are."""
    found = DraftPlan.model_json_schema()
    for part, field, names in (("DraftPart", "label", schema.labels), ("DraftStep", "relation", schema.relations)):
        if names:
            found["$defs"][part]["properties"][field]["enum"] = list(names)
    return found


def read_reply(reply: dict[str, Any], schema: Schema, names: Names) -> Outcome:
    """The plan of a structured reply, or why there is none."""
    parsed = reply["parsed"]
    text = json.dumps(parsed, ensure_ascii=False) if parsed else str(reply["raw"].text)
    try:
        draft = DraftPlan.model_validate(parsed)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, one['loc'])) or 'the reply'}: {one['msg']}" for one in error.errors()[:5])
        return Invalid("\n".join(problems), text[:LONGEST_DRAFT])
    if draft.cannot.strip():
        return Cannot(draft.cannot)
    translation = _Translation(draft, schema, names)
    plan = translation.plan()
    return Planned(plan) if plan else Invalid("\n".join(translation.flaws), text[:LONGEST_DRAFT])


class _Translation:
    """One draft on its way to a plan; what does not fit is gathered in `flaws`."""

    def __init__(self, draft: DraftPlan, schema: Schema, names: Names) -> None:
        self.draft, self.schema, self.names = draft, schema, names
        self.parts = sorted(draft.parts, key=lambda part: part.key != draft.target)
        self.labels = {part.key: part.label for part in self.parts}
        self.variables = _variables(self.parts)
        self.flaws: list[str] = []

    def plan(self) -> QueryPlan | None:
        """The plan; None when there are flaws."""
        draft = self.draft
        if not self._whole():
            return None
        conditions = list(self._sound(self._condition, draft.conditions))
        on = {key: tuple(c for at, c in conditions if at == key) for key, _ in conditions}
        parts = tuple(self._sound(partial(self._part, on=on), self.parts))
        steps = tuple(self._sound(partial(self._step, on=on), self._joined()))
        list(self._sound(self._asked, [self.schema.properties(self.labels[draft.target])]))
        if draft.ask == "describe" and not (len(parts) == 1 and len(parts[0].ids) == 1 and not parts[0].conditions):
            self.flaws.append("describe takes one part with the name of one thing, and no conditions")
        if self.flaws:
            return None
        return QueryPlan(
            ask=draft.ask,
            target=parts[0].name,
            parts=parts,
            steps=steps,
            properties=draft.properties if draft.ask in ("values", "sum", "average") else (),
            order_by=draft.order_by or None,
            descending=draft.descending,
            limit=draft.limit or None,
        )

    def _sound(self, check: Callable[[T], U], items: Iterable[T]) -> Iterator[U]:
        """Yield what `check` makes of each item; the flaws that it raises are noted."""
        for item in items:
            try:
                yield check(item)
            except ValueError as flaw:
                self.flaws.append(str(flaw))

    def _whole(self) -> bool:
        """Whether keys and labels are such that the rest can be looked at."""
        unknown = [label for label in self.labels.values() if label not in self.schema.labels]
        self.flaws += [f"there is no label {label}" for label in unknown]
        if len(self.labels) < len(self.parts):
            self.flaws.append("two parts have the same key")
        used = {self.draft.target, *(key for step in self.draft.steps for key in (step.start, step.end))}
        self.flaws += [f"there is no part with the key {key!r}" for key in sorted(used - set(self.labels))]
        return not self.flaws

    def _condition(self, raw: DraftCondition) -> tuple[str, Condition]:
        if raw.on in self.labels:
            known = self.schema.properties(self.labels[raw.on])
        elif raw.on in self.schema.relations and any(raw.on == step.relation for step in self.draft.steps):
            known = self.schema.relations[raw.on].properties
        else:
            raise ValueError(f"conditions: {raw.on!r} is neither the key of a part nor a relation of a step")
        if raw.property not in known:
            raise ValueError(f"{raw.on} has no property {raw.property!r}; it has {', '.join(known) or 'none'}")
        return raw.on, _compared(raw, known[raw.property])

    def _part(self, raw: DraftPart, on: dict[str, tuple[Condition, ...]]) -> Part:
        if raw.excluded and raw.key == self.draft.target:
            raise ValueError("the target cannot be excluded")
        ids, named = self._named(raw)
        below = self.schema.labels[raw.label].hierarchy is not None and raw.key != self.draft.target
        return Part(
            name=self.variables[raw.key],
            label=raw.label,
            ids=ids,
            mention="・".join(raw.names),
            narrower=bool(ids) and below,
            negated=raw.excluded,
            conditions=named + on.get(raw.key, ()),
        )

    def _named(self, raw: DraftPart) -> tuple[tuple[str, ...], tuple[Condition, ...]]:
        """The ids that the names of a part stand for, or the condition where they are values that things are found by."""
        keys = {name: (fold(name), fold(without_legal_form(name))) for name in raw.names}
        found = self.names({key for pair in keys.values() for key in pair if key})
        ids: dict[str, None] = {}
        values: dict[str, dict[str, None]] = {}
        for name, pair in keys.items():
            fitting = ([s for s in found.get(key, ()) if s.label == raw.label] for key in pair)
            senses = next(filter(None, fitting), [])
            if not senses:
                raise ValueError(f"no {raw.label} is called {name!r}; copy names from the question as they are written")
            things = [s.value for s in senses if s.kind == "entity"]
            ids |= dict.fromkeys(things)
            for sense in senses if not things else ():
                values.setdefault(sense.name, {})[sense.value] = None
        if len(values) + bool(ids) > 1:
            raise ValueError(f"the names of {raw.key} are of different kinds; make two parts of them")
        return tuple(ids), tuple(Condition(property=name, value=_one_or_all(tuple(v))) for name, v in values.items())

    def _step(self, raw: DraftStep, on: dict[str, tuple[Condition, ...]]) -> Step:
        relation = self.schema.relations.get(raw.relation)
        if relation is None:
            raise ValueError(f"there is no relation {raw.relation!r}")
        if raw.start == raw.end:
            raise ValueError(f"{raw.relation} joins part {raw.start!r} to itself; make two parts of it")
        start, end = self.labels[raw.start], self.labels[raw.end]
        if start not in relation.start or end not in relation.end:
            ends = f"{'|'.join(relation.start)} to {'|'.join(relation.end)}"
            raise ValueError(f"{raw.relation} runs from {ends}, not from {start} to {end}")
        conditions = on.get(raw.relation, ())
        names = self.variables[raw.start], self.variables[raw.end]
        return Step(start=names[0], relations=(raw.relation,), end=names[1], conditions=conditions)

    def _joined(self) -> list[DraftStep]:
        """The steps as they lead away from the target, those to excluded parts last; a part they miss is a flaw."""
        pending, ordered, reached = list(self.draft.steps), list[DraftStep](), {self.draft.target}
        kept = {part.key for part in self.parts if not part.excluded}
        for allowed in (kept, set(self.labels)):
            while near := [s for s in pending if reached & {s.start, s.end} and {s.start, s.end} <= allowed]:
                pending.remove(near[0])
                ordered.append(near[0])
                reached |= {near[0].start, near[0].end}
            self.flaws += [f"no steps join part {key!r} to the target" for key in sorted(allowed - reached)]
        return ordered

    def _asked(self, known: dict[str, Property]) -> None:
        draft = self.draft
        label = self.labels[draft.target]
        for name in (*draft.properties, *([draft.order_by] if draft.order_by else [])):
            if name not in known:
                raise ValueError(f"{label} has no property {name!r}; it has {', '.join(known)}")
        if draft.order_by and known[draft.order_by].many:
            raise ValueError(f"nothing can be ordered by the list {draft.order_by}")
        if draft.ask == "values" and not draft.properties:
            raise ValueError("values needs the properties that are asked for")
        numeric = [name for name in draft.properties if known[name].type in NUMBER_TYPES]
        if draft.ask in ("sum", "average") and not len(numeric) == len(draft.properties) == 1:
            raise ValueError(f"{draft.ask} needs one numeric property of the target")


def _variables(parts: list[DraftPart]) -> dict[str, str]:
    """The variable of each part in Cypher: its label in small letters, numbered from the second one on."""
    found: dict[str, str] = {}
    for part in parts:
        base = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", part.label).lower()
        same = sum(other.label == part.label for other in parts[: len(found)])
        found[part.key] = f"{base}{same + 1}" if same else base
    return found


def _compared(raw: DraftCondition, prop: Property) -> Condition:
    values = tuple(_value(text, prop) for text in raw.values)
    comparison = raw.comparison
    exact = comparison in ("=", "<>")
    if not exact and (len(values) > 1 or prop.many or prop.values or prop.type == "boolean"):
        raise ValueError(f"{raw.property} takes = or <> only" if len(values) == 1 else f"{comparison} takes one value")
    if comparison == "contains" and not isinstance(values[0], str):
        raise ValueError(f"{raw.property} is a number: contains does not fit")
    if prop.type == "date" and comparison != "contains" and not all(WHOLE_DATE.fullmatch(str(v)) for v in values):
        raise ValueError(f"{raw.property} is compared with a whole date, YYYY-MM-DD; a year or month by contains")
    return Condition(property=raw.property, comparison=comparison, value=_one_or_all(values))


def _value(text: str, prop: Property) -> Scalar:
    if not text.strip():
        raise ValueError("a condition has an empty value")
    value = parse_value(text, prop, separator="\0")
    if isinstance(value, list):
        return value[0]
    if isinstance(value, (int, float)) and not abs(value) < LARGEST:
        raise ValueError(f"{text!r} is too large")
    return value


def _one_or_all(values: tuple[Scalar, ...]) -> Scalar | tuple[Scalar, ...]:
    return values[0] if len(values) == 1 else values

"""A language model's reply enters, the QueryPlan that its draft means leaves, or what in it does not fit the schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph.fold import fold, without_legal_form
from graph.schema import NUMBER_TYPES, Property, Schema
from qa.draft_values import compared, one_or_all
from qa.lexicon import Sense
from qa.plan import Comparison, Condition, Part, QueryPlan, Step
from qa.tree import variable

T = TypeVar("T")
U = TypeVar("U")
Names = Callable[[Collection[str]], dict[str, tuple[Sense, ...]]]

# A draft is shown back to the model for repair; a runaway reply not in full.
LONGEST_DRAFT = 4_000


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
class Invalid:
    """The draft does not fit the schema or the graph's names, for the reasons given, one a line."""

    reason: str
    draft: str


def read_reply(reply: dict[str, Any], schema: Schema, names: Names) -> QueryPlan | Invalid | None:
    """The plan of a structured reply; None when the model says that the graph cannot answer."""
    parsed = reply["parsed"]
    text = json.dumps(parsed, ensure_ascii=False) if parsed else str(reply["raw"].text)
    try:
        draft = DraftPlan.model_validate(parsed)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, one['loc'])) or 'the reply'}: {one['msg']}" for one in error.errors()[:5])
        return Invalid("\n".join(problems), text[:LONGEST_DRAFT])
    if draft.cannot.strip():
        return None
    translation = _Translation(draft, schema, names)
    plan = translation.plan()
    return plan or Invalid("\n".join(translation.flaws), text[:LONGEST_DRAFT])


class _Translation:
    """One draft on its way to a plan; what does not fit is gathered in `flaws`."""

    def __init__(self, draft: DraftPlan, schema: Schema, names: Names) -> None:
        self.draft, self.schema, self.names = draft, schema, names
        self.parts = sorted(draft.parts, key=lambda part: part.key != draft.target)
        self.labels = {part.key: part.label for part in self.parts}
        counted: dict[str, int] = {}
        self.variables = {part.key: variable(part.label, counted) for part in self.parts}
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
        return raw.on, compared(raw.property, raw.comparison, raw.values, known[raw.property])

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
        return tuple(ids), tuple(Condition(property=name, value=one_or_all(tuple(v))) for name, v in values.items())

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

"""What a question means, as data: things of certain kinds joined by relations, and what is asked of them.

A plan says nothing about wording or Cypher; the grammar and a language model fill the same plan, one compiler reads it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from graph.records import Scalar

Ask = Literal["things", "count", "values", "describe", "statements", "yes_no", "sum", "average"]
Comparison = Literal["=", "<>", "<", "<=", ">", ">=", "contains", "lacks"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(_Model):
    """One property of a thing compared with a value; on a list property `=` means that the list holds it.

    `contains` and `lacks` look for the value inside a text.

    Several values are alternatives: any of them.
    """

    property: str
    comparison: Comparison = "="
    value: Scalar | tuple[Scalar, ...]

    def values(self) -> tuple[Scalar, ...]:
        """The alternatives, one or more."""
        return self.value if isinstance(self.value, tuple) else (self.value,)


class Part(_Model):
    """One thing in the pattern: a kind, or certain things of that kind.

    name:     the variable it has in Cypher
    ids:      these things, any of them; empty: every thing of the label
    mention:  how the question called it
    narrower: what lies below it in the hierarchy of its label counts too
    negated:  the joined things must not have it
    """

    name: str
    label: str
    ids: tuple[str, ...] = ()
    mention: str = ""
    narrower: bool = False
    negated: bool = False
    conditions: tuple[Condition, ...] = ()

    @property
    def open_kind(self) -> bool:
        """Whether it stands for a kind of thing rather than for certain things."""
        return not self.ids


class Step(_Model):
    """One relation between two parts, named by their variables; `relations` are alternatives."""

    start: str
    relations: tuple[str, ...] = Field(min_length=1)
    end: str
    conditions: tuple[Condition, ...] = ()


class QueryPlan(_Model):
    """The meaning of one question.

    ask:        things (which ones), count (how many), values (properties of them), describe (all about them),
                statements (figures and findings found by their words), yes_no, sum, average
    target:     the part that is asked for
    parts:      all things in the pattern, the target first
    steps:      the relations that join them
    properties: what `values`, `sum` and `average` ask of the target
    words:      for `statements`: the question's own words, folded
    apart:      no relation is walked twice, so that "friends of friends of X" are not X
    order_by:   property of the target to order by; `descending`, `limit`
    """

    ask: Ask
    target: str
    parts: tuple[Part, ...] = Field(min_length=1)
    steps: tuple[Step, ...] = ()
    properties: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    apart: bool = False
    order_by: str | None = None
    descending: bool = False
    limit: int | None = Field(None, gt=0)

    def part(self, name: str) -> Part:
        """The part with that variable."""
        return next(part for part in self.parts if part.name == name)

    @model_validator(mode="after")
    def _names_meet(self) -> QueryPlan:
        names = [part.name for part in self.parts]
        if len(set(names)) != len(names):
            raise ValueError("two parts have the same name")
        for used in (self.target, *(s.start for s in self.steps), *(s.end for s in self.steps)):
            if used not in names:
                raise ValueError(f"there is no part called {used}")
        return self

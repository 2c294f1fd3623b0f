"""The answer to one question, as every interface of the product gives it out."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["answered", "empty", "clarify", "refused", "error"]
Language = Literal["ja", "en"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Entity(_Model):
    """A thing that is the answer, not one merely mentioned in the question."""

    id: str
    label: str
    name: str
    name_en: str = ""
    aliases: list[str] = Field(default_factory=list)


class Place(_Model):
    """Where a fact of the answer stands."""

    document: str
    locator: str = ""
    date: str = ""
    url: str = ""


class Option(_Model):
    """Something that can be asked instead; `count` is how many it would find."""

    text: str
    question: str
    count: int | None = None


class Problem(_Model):
    """What went wrong, for status `error`."""

    code: str
    message: str
    next_step: str = ""


class Timings(_Model):
    """Milliseconds spent."""

    link: float = 0.0
    plan: float = 0.0
    query: float = 0.0
    word: float = 0.0
    total: float = 0.0


class Answer(_Model):
    """One answer; docs/api.md explains every field."""

    question: str
    language: Language
    status: Status
    answer: str
    interpretation: str = ""
    cypher: str = ""
    parameters: dict[str, Any] = Field(default_factory=dict)
    columns: list[str] = Field(default_factory=list)
    rows: list[list[Any]] = Field(default_factory=list)
    entities: list[Entity] = Field(default_factory=list)
    sources: list[Place] = Field(default_factory=list)
    options: list[Option] = Field(default_factory=list)
    truncated: bool = False
    total: int | None = None
    timings_ms: Timings = Timings()
    error: Problem | None = None

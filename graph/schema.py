"""schema.yaml enters, a checked model of labels, properties and relations with their words leaves."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from graph.errors import SchemaError

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
PropertyType = Literal[
    "string", "text", "strings", "enum", "enums", "integer", "year", "money", "number", "boolean", "date", "time", "url"
]
LIST_TYPES = frozenset({"strings", "enums"})
NUMBER_TYPES = frozenset({"integer", "year", "money", "number"})
PACKAGED = Path(__file__).with_name("schema.yaml")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Model):
    """How people call something: the first word of each language is the name shown to readers."""

    ja: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def name(self, language: str) -> str:
        """The display name in `language`, else in the other language, else empty."""
        own, other = (self.ja, self.en) if language == "ja" else (self.en, self.ja)
        return (own or other or ("",))[0]


class Text(_Model):
    """One text in two languages."""

    ja: str = ""
    en: str = ""


class EnumValue(Words):
    """One allowed value; `noun` says that its words alone can stand for the thing (「補助金」 for a programme)."""

    noun: bool = False


class Property(Words):
    """One property; `find_by` says whether its values name a thing, spell its name, or pick things in questions.

    `synonyms` are other words for some of the values that the data holds.
    """

    type: PropertyType = "string"
    required: bool = False
    unique: bool = False
    find_by: Literal["name", "reading", "value"] | None = None
    unit: Text | None = None
    asks: Literal["when", "how_much", "how_old"] | None = None
    values: dict[Identifier, EnumValue] = Field(default_factory=dict)
    synonyms: dict[str, Words] = Field(default_factory=dict)

    @property
    def many(self) -> bool:
        """Whether it holds a list."""
        return self.type in LIST_TYPES

    @model_validator(mode="after")
    def _values_fit_type(self) -> Property:
        if self.values and self.type not in ("enum", "enums"):
            raise ValueError(f"values are listed, but the type is {self.type}, not enum or enums")
        if not self.values and self.type in ("enum", "enums"):
            raise ValueError(f"type {self.type} needs values")
        return self


class Label(Words):
    """One kind of thing; `asks` are the question words that mean it.

    `stated` says that its things are statements, found by their words rather than by a name. `summary` is how
    one of them is told in a line: `{property}` is filled in, of `[one|other]` the first without a gap is taken.
    """

    plural_en: str | None = None
    asks: tuple[Literal["who", "where"], ...] = ()
    hierarchy: Identifier | None = None
    stated: bool = False
    featured: tuple[str, ...] = ()
    caption: str | None = None
    summary: Text | None = None
    properties: dict[Identifier, Property] = Field(default_factory=dict)

    @property
    def told(self) -> tuple[str, ...]:
        """The properties that the summary tells."""
        texts = (self.summary.ja, self.summary.en) if self.summary else ()
        return tuple(dict.fromkeys(name for text in texts for name in re.findall(r"\{(\w+)\}", text)))


class Relation(Words):
    """One kind of relation, read from `from` to `to`; `reverse` holds the words for the other direction.

    `weak` says that it is only meant when a question names it. `start_as` and `end_as` are words for what stands at an
    end of it because it does: the owner of a phone, the friends of a person. A word with … in it is said around
    another: "know … number".
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    start: tuple[Identifier, ...] = Field(alias="from", min_length=1)
    end: tuple[Identifier, ...] = Field(alias="to", min_length=1)
    reverse: Words = Words()
    start_as: Words = Words()
    end_as: Words = Words()
    symmetric: bool = False
    weak: bool = False
    properties: dict[Identifier, Property] = Field(default_factory=dict)


class PathHint(_Model):
    """The way between two labels that people mean when they name no relation."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    start: Identifier = Field(alias="from")
    end: Identifier = Field(alias="to")
    via: tuple[Identifier, ...] = Field(min_length=1)


class GrantKind(Words):
    """Words for some of the things of a label: those of which `property` has one of `values` (none: all of them)."""

    property: Identifier | None = None
    values: tuple[str, ...] = ()


class Grant(_Model):
    """A label of things that one party has, mostly from another, of which there are many: awards, contracts, rights.

    `taken` leads from who has it to the thing, `given` from the thing to who gave it, `place` from who has it to where
    that is, `about` from the thing to its field. `amount`, `date`, `year` and `caveats` are properties of the thing;
    `verbs` are what the parties do with it.
    """

    taken: Identifier
    given: Identifier | Literal[""] = ""
    place: Identifier
    about: tuple[Identifier, ...] = ()
    amount: Identifier | Literal[""] = ""
    date: Identifier
    year: Identifier | Literal[""] = ""
    caveats: Identifier
    passed_on: str = ""
    takers: Words = Words()
    verbs: Words = Words()
    kinds: tuple[GrantKind, ...] = ()


class Grammar(_Model):
    """Words of one language that the domain uses beside those of qa/words_*.yaml, under the same headings."""

    ignore: tuple[str, ...] = ()
    asks: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    operators: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Schema(_Model):
    """The whole schema file."""

    version: int = 1
    title: Text
    namespace: str = "https://w3id.org/enmusubi/terms/"
    common: dict[Identifier, Property] = Field(default_factory=dict)
    labels: dict[Identifier, Label] = Field(min_length=1)
    relations: dict[Identifier, Relation] = Field(default_factory=dict)
    paths: tuple[PathHint, ...] = ()
    grants: dict[Identifier, Grant] = Field(default_factory=dict)
    grammar: dict[Literal["ja", "en"], Grammar] = Field(default_factory=dict)

    def properties(self, label: str) -> dict[str, Property]:
        """All properties of a label, the common ones first."""
        return self._all_properties[label]

    @cached_property
    def _all_properties(self) -> dict[str, dict[str, Property]]:
        return {name: {**self.common, **label.properties} for name, label in self.labels.items()}

    def found_by(self, label: str) -> tuple[tuple[str, Property], ...]:
        """The properties of a label by whose values its things are found."""
        return self._found_by[label]

    @cached_property
    def _found_by(self) -> dict[str, tuple[tuple[str, Property], ...]]:
        held = self._all_properties.items()
        return {label: tuple((n, p) for n, p in found.items() if p.find_by is not None) for label, found in held}

    def caption(self, label: str) -> str:
        """The property that a thing of this label is called by."""
        chosen = self.labels[label].caption
        if chosen:
            return chosen
        properties = self.properties(label)
        names = [n for n, p in properties.items() if p.find_by == "name" and not p.many]
        return "name" if "name" in properties else (names or ["id"])[0]

    @model_validator(mode="before")
    @classmethod
    def _words_of_names(cls, content: Any) -> Any:
        """What has no words is called by the parts of its name: PhoneCall is a phone call."""
        if not isinstance(content, dict):
            return content
        for key in ("common", "labels", "relations"):
            _name_by_parts(content.get(key))
        return content

    @model_validator(mode="after")
    def _names_meet(self) -> Schema:
        for name, label in self.labels.items():
            both = set(self.common) & set(label.properties)
            if both:
                raise ValueError(f"labels.{name}: {sorted(both)[0]} is already a common property")
            for chosen in (*label.featured, *([label.caption] if label.caption else [])):
                if chosen not in self.properties(name):
                    raise ValueError(f"labels.{name}: {chosen} is not one of its properties")
            if label.hierarchy:
                relation = self.relations.get(label.hierarchy)
                if relation is None or name not in relation.start or name not in relation.end:
                    raise ValueError(f"labels.{name}: hierarchy {label.hierarchy} is no relation from {name} to {name}")
        for name, relation in self.relations.items():
            for end in (*relation.start, *relation.end):
                if end not in self.labels:
                    raise ValueError(f"relations.{name}: {end} is not a label")
        for index, hint in enumerate(self.paths):
            for step in hint.via:
                if step not in self.relations:
                    raise ValueError(f"paths.{index}: {step} is not a relation")
        self._check_grants()
        return self

    def _check_grants(self) -> None:
        for name, grant in self.grants.items():
            if name not in self.labels:
                raise ValueError(f"grants.{name}: {name} is not a label")
            for step in filter(None, (grant.taken, grant.given, grant.place, *grant.about)):
                if step not in self.relations:
                    raise ValueError(f"grants.{name}: {step} is not a relation")
            named = [kind.property for kind in grant.kinds if kind.property]
            for prop in filter(None, (grant.amount, grant.date, grant.year, grant.caveats, *named)):
                if prop not in self.properties(name):
                    raise ValueError(f"grants.{name}: {prop} is not one of its properties")


def _name_by_parts(described: Any) -> None:
    for name, one in described.items() if isinstance(described, dict) else ():
        if not isinstance(one, dict):
            continue
        if not one.get("ja") and not one.get("en"):
            one["en"] = [" ".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", str(name))).lower()]
        _name_by_parts(one.get("properties"))


class _Loader(yaml.SafeLoader):
    """YAML without its two surprises: a key that stands twice is refused, and `on`, `no`, `yes` stay words."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _unique_keys(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if key.value in seen:
            raise yaml.MarkedYAMLError(problem=f"{key.value} stands twice", problem_mark=key.start_mark)
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_keys)


def read_yaml(path: Path) -> tuple[Any, yaml.Node | None]:
    """Read one YAML file: its content, and its node tree for line numbers.

    Raises:
        SchemaError: missing, unreadable or not YAML; names the line.
    """
    try:
        # Parsed once for both: a long file takes a second.
        loader = _Loader(path.read_text(encoding="utf-8"))
        try:
            node = loader.get_single_node()
            return (None if node is None else loader.construct_document(node)), node
        finally:
            loader.dispose()
    except OSError as error:
        raise SchemaError(
            f"{path.name} cannot be read: {error.strerror}.",
            place=str(path),
            next_step="Check the path and its rights.",
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or str(error)
        raise SchemaError(f"Not readable as YAML: {problem}.", place=where, next_step="Correct that line.") from None


def line_of(node: yaml.Node | None, steps: tuple[int | str, ...]) -> int:
    """The 1-based line of the deepest part of `steps` that exists below `node`."""
    line = node.start_mark.line + 1 if node else 1
    for step in steps:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(step)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line


def first_problem(error: ValidationError, node: yaml.Node | None) -> tuple[str, int]:
    """What the first problem of a pydantic error is, with its dotted place, and the line it stands in."""
    problem = error.errors()[0]
    steps = tuple(problem["loc"])
    text = problem["msg"].removeprefix("Value error, ")
    head, _, rest = text.partition(": ")
    if not steps and rest:
        named = tuple(int(s) if s.isdigit() else s for s in head.split("."))
        return f"{head}: {rest}", line_of(node, named)
    shown = ".".join(str(s) for s in steps)
    value = problem.get("input")
    given = f" (given: {value!r})" if isinstance(value, (str, int, float, bool)) else ""
    return f"{shown}: {text}{given}", line_of(node, steps)


def load_schema(path: Path = PACKAGED) -> Schema:
    """Read and check a schema file.

    Raises:
        SchemaError: names the line of the first mistake.
    """
    content, node = read_yaml(path)
    try:
        return Schema.model_validate(content)
    except ValidationError as error:
        text, line = first_problem(error, node)
        raise SchemaError(
            f"The schema has a mistake at {text}.", place=f"{path}:{line}", next_step="Correct that line."
        ) from None

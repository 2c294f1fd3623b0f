"""A mapping file enters, a checked description of which column becomes what leaves."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from graph.errors import SchemaError, SourceError
from graph.schema import Schema, first_problem, read_yaml


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class SourceMapping(_Model):
    """Where a row's facts stand: a document and a locator, as templates over the columns.

    `{column}` is replaced by the cell; a part in [brackets] is left out when a cell in it is empty.
    """

    document: str
    locator: str = ""


class End(_Model):
    """One end of a relation: the column that names it, and its label unless the cell says `Label:name`."""

    column: str
    label: str | None = None
    by: str = "name"


class NodeMapping(_Model):
    """A row becomes one thing: `key` columns make its id; `columns` renames headers to properties or relations."""

    label: str
    key: tuple[str, ...] = ("name",)
    columns: dict[str, str] = Field(default_factory=dict)
    restates: str | None = None


class RelationMapping(_Model):
    """A row becomes one relation of a fixed `type` or of the type that `type_column` names."""

    type: str | None = None
    type_column: str | None = None
    start: End = Field(alias="from")
    end: End = Field(alias="to")
    columns: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_type(self) -> RelationMapping:
        if (self.type is None) == (self.type_column is None):
            raise ValueError("give either type or type_column")
        return self


class TableMapping(_Model):
    """One table, or all that a pattern such as `*/companies.csv` finds, and what its rows become."""

    file: str
    sheet: str | None = None
    separator: str = ";"
    source: SourceMapping
    ignore: tuple[str, ...] = ()
    node: NodeMapping | None = None
    relation: RelationMapping | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> TableMapping:
        if (self.node is None) == (self.relation is None):
            raise ValueError("give either node or relation")
        return self


class Mapping(_Model):
    """A mapping file."""

    tables: tuple[TableMapping, ...] = Field(min_length=1)


def load_mapping(path: Path, schema: Schema) -> Mapping:
    """Read and check a mapping file against the schema.

    Raises:
        SourceError: names the line of the mistake and what the schema knows.
    """
    try:
        content, node = read_yaml(path)
    except SchemaError as error:
        raise SourceError(error.message, place=error.place, next_step=error.next_step) from None
    try:
        mapping = Mapping.model_validate(content)
    except ValidationError as error:
        text, line = first_problem(error, node)
        raise SourceError(
            f"The mapping has a mistake at {text}.", place=f"{path}:{line}", next_step="Correct it."
        ) from None
    for table in mapping.tables:
        if table.node and table.node.label not in schema.labels:
            raise SourceError(
                f"The schema has no label {table.node.label!r}.",
                place=f"{path}, table {table.file}",
                next_step=f"It has: {', '.join(schema.labels)}.",
            )
        if table.relation and table.relation.type and table.relation.type not in schema.relations:
            raise SourceError(
                f"The schema has no relation {table.relation.type!r}.",
                place=f"{path}, table {table.file}",
                next_step=f"It has: {', '.join(schema.relations)}.",
            )
    return mapping


def fill_template(template: str, cells: dict[str, str]) -> str:
    """`template` with `{column}` replaced; a [part] with an empty cell is left out.

    Raises:
        KeyError: a column is not there.
    """

    def optional(match: re.Match[str]) -> str:
        inner = match.group(1)
        names = re.findall(r"\{([^}]+)\}", inner)
        return inner if all(cells[name] for name in names) else ""

    text = re.sub(r"\[([^\]]*)\]", optional, template)
    return re.sub(r"\{([^}]+)\}", lambda m: cells[m.group(1)], text)

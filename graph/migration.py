"""A graph and the schema in use enter; what stored data would undergo leaves, or the graph comes to fit the schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graph.bolt import Link
from graph.dialect import LIST_CONSTRAINTS, LIST_INDEXES, SCHEMA, ddl, drop_unique
from graph.errors import SchemaError
from graph.migration_steps import Step, apply_step, preview
from graph.names import rebuild_names
from graph.schema import Schema
from graph.shape import Difference, MadeUnique, Removed, Retyped, Shape, differences
from graph.writing import is_empty


class Migration:
    """What separates a graph from the schema in use."""

    def __init__(self, session: Link, schema: Schema) -> None:
        self.session, self.schema, self.after = session, schema, Shape.of(schema)
        rows = list(session.stream(f"MATCH (s:{SCHEMA}) RETURN s.shape", {}))
        self.before = Shape.model_validate_json(rows[0][0]) if rows else None

    def steps(self) -> list[Step]:
        """What has to be done to stored data; empty where nothing is lost."""
        if self.before is None or self.before == self.after:
            return []
        found = (preview(self.session, self.schema, item) for item in differences(self.before, self.after))
        return [step for step in found if step.touched]

    def fit(self) -> None:
        """Do what loses nothing: constraints, indexes, name entries.

        Raises:
            SchemaError: stored data would have to be removed or changed.
        """
        steps = self.steps()
        if steps:
            raise SchemaError(
                f"The graph was filled with another schema: {steps[0]}.",
                place="schema.yaml",
                next_step="`enmusubi migrate` shows all that would change; for another domain, set ENMUSUBI_HOME or "
                "ENMUSUBI_DATABASE to a graph of its own.",
            )
        self._complete()

    def apply(self, steps: Iterable[Step]) -> None:
        """Do the steps and take the schema in use; what a crash leaves undone is done by the same call again.

        Raises:
            SchemaError: several things have the same value of a property that is to be unique.
        """
        wanted = list(steps)
        for step in wanted:
            if isinstance(step.difference, MadeUnique):
                raise SchemaError(
                    f"Nothing was changed: {step}.",
                    place="schema.yaml",
                    next_step="Correct these things under the former schema first.",
                )
        self._drop_constraints(changed for step in wanted if (changed := _changed(step.difference)))
        for step in wanted:
            apply_step(self.session, self.schema, step.difference)
        self._complete()

    def _complete(self) -> None:
        unique = {(label, name) for label, held in self.after.labels.items() for name, p in held.items() if p.unique}
        if self.before is not None and self.before != self.after:
            former = {(x, name) for x, held in self.before.labels.items() for name, p in held.items() if p.unique}
            gone = {(label, "id") for label in self.before.labels if label not in self.after.labels}
            self._drop_constraints(former - unique | gone)
        constraints = {(row[0][0], row[1][0]) for row in self._rows(LIST_CONSTRAINTS)}
        indexes = {(row[0][0], row[1][0]) for row in self._rows(LIST_INDEXES) if row[0] and row[1]}
        for statement in ddl(self.schema, constraints, indexes):
            self._rows(statement)
        if self.before == self.after:
            return
        if (self.before is None or self.before.names != self.after.names) and not is_empty(self.session):
            rebuild_names(self.session, self.schema)
        text = f"MERGE (s:{SCHEMA} {{id: 'schema'}}) SET s.shape = $shape"
        self.session.transact(lambda run: run(text, {"shape": self.after.model_dump_json()}))
        self.before = self.after

    def _drop_constraints(self, wanted: Iterable[tuple[str, str]]) -> None:
        for label, name in wanted:
            self._rows(drop_unique(label, name))

    def _rows(self, text: str) -> list[list[Any]]:
        return self.session.rows(text, {}, writing=True)


def _changed(difference: Difference) -> tuple[str, str] | None:
    """The property of a label that a constraint of before may stand on."""
    if isinstance(difference, (Removed, Retyped)) and difference.owner == "label" and difference.property:
        return difference.name, difference.property
    return None

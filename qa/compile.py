"""A plan enters, parameterised Cypher as a person would write it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graph.schema import Schema
from qa.plan import Condition, Part, QueryPlan, Step

# Properties of every thing that an answer needs beside what was asked.
IDENTITY = ("id", "name", "name_en")


@dataclass(frozen=True, slots=True)
class Query:
    """Cypher text with its parameters."""

    cypher: str
    parameters: dict[str, Any]


def compile_plan(plan: QueryPlan, schema: Schema) -> Query:
    """The query of a plan (not for `statements`, which are found by their words).

    Columns: id, name (and name_en where the label has them), the asked properties or, for things, the names
    of what joined them, and `sources`, a list of lists of source entries; for counts: count, names, sources.
    """
    return _Compiler(plan, schema).compile()


def _repeats(relations: list[tuple[str, ...]]) -> bool:
    return len(set(relations)) < len(relations)


class _Compiler:
    def __init__(self, plan: QueryPlan, schema: Schema) -> None:
        self.plan, self.schema = plan, schema
        self.parameters: dict[str, Any] = {}
        self.lines: list[str] = []
        self.where: list[str] = []
        self.declared: set[str] = set()
        self.relations: list[str] = []
        # In one MATCH no relation is walked twice; what branches off begins another one.
        self.reached = ""
        self.together = plan.apart and _repeats([s.relations for s in plan.steps if not self._negated(s)])

    def compile(self) -> Query:
        if self.plan.ask == "describe":
            return self._describe()
        positive = [s for s in self.plan.steps if not self._negated(s)]
        pending = list(positive)
        if not pending:
            self.lines.append(f"MATCH {self._node(self.plan.part(self.plan.target))}")
        while pending:
            step = next((s for s in pending if not self.declared or {s.start, s.end} & self.declared), pending[0])
            pending.remove(step)
            self._match(step)
        outside = set(self.declared)
        for group in self._negated_groups():
            self._not_exists(group)
            self.declared = set(outside)  # what stands in the subquery is not known outside of it
        if self.where:
            self.lines.append("WHERE " + "\n  AND ".join(self.where))
        self.lines += self._returns()
        return Query("\n".join(self.lines), self.parameters)

    def _negated(self, step: Step) -> bool:
        return self.plan.part(step.start).negated or self.plan.part(step.end).negated

    def _match(self, step: Step) -> None:
        """One pattern a line: a declared part is written bare, what lies below an end in its hierarchy follows it."""
        relation = self._relation(step)
        start, end = self.plan.part(step.start), self.plan.part(step.end)
        known = set(self.declared)
        backward, forward = ("-", "-") if self._either_way(step) else ("<-", "->")
        if end.name == self.plan.target or (end.name in self.declared and start.name not in self.declared):
            text = f"{self._node(end)}{backward}{relation}-{self._node(start)}{self._above(start)}"
        else:
            text = f"{self._node(start)}-{relation}{forward}{self._node(end)}{self._above(end)}"
        new = [p.name for p in (start, end) if p.name not in known and p.name != self.plan.target]
        if self.lines and self.together and self.reached in (start.name, end.name):
            self.lines[-1] += ","
            self.lines.append("      " + text)
        else:
            self.lines.append("MATCH " + text)
        self.reached = next(iter(new), "")

    def _either_way(self, step: Step) -> bool:
        """Whether who stands at which end says nothing."""
        ends = {self.plan.part(step.start).label, self.plan.part(step.end).label}
        return len(ends) == 1 and all(self.schema.relations[r].symmetric for r in step.relations)

    def _relation(self, step: Step, named: bool = True) -> str:
        variable = step.relations[0].lower()
        if variable in self.relations:
            variable = f"{variable}{sum(r.startswith(variable) for r in self.relations) + 1}"
        if named:
            self.relations.append(variable)
            self.where += [self._condition(variable, c, False) for c in step.conditions]
        return f"[{variable if named else ''}:{'|'.join(step.relations)}]"

    def _node(self, part: Part) -> str:
        if part.name in self.declared:
            return f"({part.name})"
        self.declared.add(part.name)
        if part.ids and not (part.narrower and part.name != self.plan.target):
            key = self._parameter(part.name, list(part.ids))
            self.where.append(f"{part.name}.id IN ${key}")
        for condition in part.conditions:
            self.where.append(self._condition(part.name, condition, self._is_list(part, condition.property)))
        return f"({part.name}:{part.label})"

    def _above(self, part: Part) -> str:
        if not part.narrower or part.name == self.plan.target or f"{part.name}_above" in self.declared:
            return ""
        self.declared.add(f"{part.name}_above")
        hierarchy = self.schema.labels[part.label].hierarchy
        above = f"{part.name}_above"
        key = self._parameter(part.name, list(part.ids))
        self.where.append(f"{above}.id IN ${key}")
        return f"-[:{hierarchy}*0..6]->({above}:{part.label})"

    def _negated_groups(self) -> list[list[Step]]:
        """The negated steps, those that hang together in one group."""
        groups: list[list[Step]] = []
        for step in (s for s in self.plan.steps if self._negated(s)):
            negated = {n for n in (step.start, step.end) if self.plan.part(n).negated}
            touching = [g for g in groups if any({s.start, s.end} & negated for s in g)]
            groups = [g for g in groups if g not in touching] + [[*(s for g in touching for s in g), step]]
        return groups

    def _not_exists(self, group: list[Step]) -> None:
        """What must not be there, as one subquery of its own patterns and conditions."""
        outer, lines = (self.where, self.lines), []
        self.where, self.lines = [], []
        pending = list(group)
        while pending:
            step = next((s for s in pending if {s.start, s.end} & self.declared), pending[0])
            pending.remove(step)
            start, end = self.plan.part(step.start), self.plan.part(step.end)
            left, right = self._node(start), self._node(end)
            relation = self._relation(step, named=bool(step.conditions))
            above = self._above(end)
            if above:
                lines.append(f"{left}-{relation}->{right}{above}")
            else:
                lines.append(f"{right}<-{relation}-{left}{self._above(start)}")
        inner = "\n  ".join(f"MATCH {line}" for line in lines)
        if self.where:
            inner += "\n  WHERE " + " AND ".join(self.where)
        self.where, self.lines = outer
        self.where.append(f"NOT EXISTS {{\n  {inner}\n}}")

    def _condition(self, variable: str, condition: Condition, is_list: bool) -> str:
        several = len(condition.values()) > 1
        value = list(condition.values()) if several else condition.values()[0]
        key = self._parameter(f"{variable}_{condition.property}", value)
        place = f"{variable}.{condition.property}"
        if is_list and several:
            text = f"any(value IN ${key} WHERE value IN {place})"
        elif condition.comparison == "contains" and several:
            return f"any(text IN ${key} WHERE {place} CONTAINS text)"
        elif is_list:
            text = f"${key} IN {place}"
        elif several:
            text = f"{place} IN ${key}"
        elif condition.comparison == "contains":
            return f"{place} CONTAINS ${key}"
        elif condition.comparison == "lacks":
            return f"NOT coalesce({place}, '') CONTAINS ${key}"
        else:
            return f"{place} {condition.comparison} ${key}"
        return f"NOT {text}" if condition.comparison == "<>" else text

    def _is_list(self, part: Part, name: str) -> bool:
        properties = self.schema.properties(part.label.split("|")[0])
        return name in properties and properties[name].many

    def _parameter(self, name: str, value: Any) -> str:
        key, number = name, 1
        while key in self.parameters and self.parameters[key] != value:
            number += 1
            key = f"{name}_{number}"
        self.parameters[key] = value
        return key

    def _returns(self) -> list[str]:
        plan, target = self.plan, self.plan.target
        sources = " + ".join([f"collect(DISTINCT {r}.sources)" for r in self.relations])
        own = f"collect(DISTINCT {target}.sources)"
        if plan.ask in ("count", "yes_no"):
            shown = ", ".join(f"{target}.{name}" for name in ("id", *self._captions(target)))
            return [
                f"RETURN count(DISTINCT {target}) AS count,",
                f"  collect(DISTINCT [{shown}]) AS things,",
                f"  {sources or own} AS sources",
            ]
        if plan.ask in ("sum", "average"):
            function = {"sum": "sum", "average": "avg"}[plan.ask]
            prop = plan.properties[0]
            return [
                f"WITH DISTINCT {target}",
                f"RETURN {function}({target}.{prop}) AS {plan.ask}, count({target}.{prop}) AS counted,",
                f"  count({target}) AS rows, collect(DISTINCT {target}.sources) AS sources",
            ]
        asked = [f"{target}.{n} AS {n}" for n in self._columns()]
        joined = [] if plan.ask == "values" else self._joined()
        evidence = own if plan.ask == "values" else (sources or own)
        lines = [f"RETURN {', '.join(asked + joined)},", f"  {evidence} AS sources"]
        order = plan.order_by
        if order:
            self.where.append(f"{target}.{order} IS NOT NULL")
            where = "WHERE " + "\n  AND ".join(self.where)
            self.lines = [*(line for line in self.lines if not line.startswith("WHERE ")), where]
            lines.append(f"ORDER BY {order}{' DESC' if plan.descending else ''}, id")
        else:
            lines.append("ORDER BY id")
        if plan.limit:
            lines.append(f"LIMIT {plan.limit}")
        return lines

    def _caption(self, name: str) -> str:
        return self.schema.caption(self.plan.part(name).label.split("|")[0])

    def _captions(self, name: str) -> list[str]:
        """The name that a part is shown by, and the English one where its things have one."""
        caption, labels = self._caption(name), self.plan.part(name).label.split("|")
        english = f"{caption}_en"
        return [caption, *([english] if all(english in self.schema.properties(x) for x in labels) else [])]

    def _columns(self) -> list[str]:
        """The target's id, its names, then what is asked or else what is shown first of its label."""
        labels = self.plan.part(self.plan.target).label.split("|")
        shared = [n for n in self.schema.properties(labels[0]) if all(n in self.schema.properties(x) for x in labels)]
        caption = self._caption(self.plan.target)
        names = [n for n in dict.fromkeys((*IDENTITY, caption)) if n == "id" or n in shared]
        label = self.schema.labels[labels[0]]
        extra = self.plan.properties if self.plan.ask == "values" else (*label.featured[:6], *label.told)
        english = [f"{n}_en" for n in extra if f"{n}_en" in shared]
        order = [self.plan.order_by] if self.plan.order_by else []
        return list(dict.fromkeys([*names, *(n for n in (*extra, *english) if n in shared), *order]))

    def _joined(self) -> list[str]:
        """The names of the open things that joined the target, so that a row shows why it is there."""
        found = []
        for part in self.plan.parts:
            if part.name == self.plan.target or part.negated or part.name not in self.declared:
                continue
            caption = self.schema.caption(part.label.split("|")[0])
            found.append(f"collect(DISTINCT {part.name}.{caption}) AS {part.name}")
        return found

    def _describe(self) -> Query:
        part = self.plan.part(self.plan.target)
        self.parameters["id"] = list(part.ids)
        name = part.name
        lines = [
            f"MATCH ({name}:{part.label})",
            f"WHERE {name}.id IN $id",
            f"OPTIONAL MATCH ({name})-[relation]-(other)",
            f"RETURN {name} AS thing, type(relation) AS relation, startNode(relation).id = {name}.id AS forward,",
            "  other.id AS id, other.name AS name, other.name_en AS name_en, relation.sources AS sources",
            "ORDER BY relation, id",
        ]
        return Query("\n".join(lines), self.parameters)

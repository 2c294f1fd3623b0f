"""Readings and statements that fit a question enter, the answer that they give leaves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from graph.errors import EnmusubiError
from graph.schema import Schema
from graph.store import Store, Table
from qa.answer import Answer, Entity, Option, Problem, Status
from qa.compile import Query, compile_plan
from qa.format import localised, say, summary
from qa.knowledge import Knowledge
from qa.options import ambiguous_parts, example_questions, relaxations, with_ids
from qa.plan import Part, QueryPlan
from qa.read import Reading
from qa.turn import Turn, asks_of
from qa.wording import Found, interpret, names_of, places, word_answer, word_description

# Readings that cost up to this much more than the best one are tried when the best finds nothing.
MARGIN, MARGIN_OF_THINGS = 0.8, 1.0
# So few nearest results are named, more are counted.
FEW = 3
MOST_OPTIONS = 10


def blank(turn: Turn, status: Status, text: str) -> Answer:
    """An answer of nothing but its text."""
    return Answer(question=turn.question, language=turn.language, status=status, answer=text)


def entity_of(label: str, properties: dict[str, Any]) -> Entity:
    """A thing of an answer, from its properties (with id)."""
    aliases = [
        a for n in ("aliases", "abbreviations", "former_names", "garbled_names") for a in properties.get(n) or []
    ]
    return Entity(
        id=str(properties["id"]),
        label=label,
        name=str(properties.get("name", properties["id"])),
        name_en=str(properties.get("name_en") or ""),
        aliases=aliases,
    )


def flatten(value: Any) -> list[str]:
    """The texts in lists of lists, in order; none of the empty ones."""
    if isinstance(value, list):
        return [entry for item in value for entry in flatten(item)]
    return [str(value)] if value else []


@dataclass(frozen=True, slots=True)
class Result:
    """A plan that was run: its query and its rows."""

    plan: QueryPlan
    query: Query
    table: Table
    found: Found


class Replier:
    """Runs plans over one store and words what they find."""

    def __init__(self, store: Store, schema: Schema, knowledge: Knowledge, rows: int) -> None:
        self.store, self.schema, self.knowledge, self.rows = store, schema, knowledge, rows

    def from_readings(self, turn: Turn, readings: list[Reading]) -> Answer:
        """The answer of the likeliest reading that finds something, or why none does."""
        least = readings[0].cost
        near = [r for r in readings if r.cost <= least + (MARGIN_OF_THINGS if r.plan.ask == "things" else MARGIN)]
        first: Result | None = None
        for reading in near:
            parts = ambiguous_parts(reading.plan, turn.tokens)
            if parts:
                answer = self._one_of_several(turn, reading.plan, parts[0])
                if answer:
                    return answer
                continue
            result = self._execute(reading.plan)
            if _is_boundless(result, self.schema, asks_of(turn.tokens)):
                names = [str(localised(row, "name", turn.language)) for row in result.found.rows]
                answer = self.which_of(turn, names)
                return answer.model_copy(update={"interpretation": interpret(result.plan, self.schema, turn.language)})
            if _means_one(turn, result):
                return self.which_of(turn, [str(localised(row, "name", turn.language)) for row in result.found.rows])
            if not _is_empty(result) and not _echoes(result):
                return self._answer(turn, result)
            first = first or result
        return self._empty(turn, first or self._execute(near[0].plan))

    def which_of(self, turn: Turn, names: Iterable[str]) -> Answer:
        """A figure asked of nothing in particular: what has one, to choose from."""
        options = [Option(text=name, question=name) for name in list(dict.fromkeys(names))[:MOST_OPTIONS]]
        lines = [say(turn.language, "which_of"), *(f"・{o.text}" for o in options)]
        return blank(turn, "clarify", "\n".join(lines)).model_copy(update={"options": options})

    def told_in_part(self, turn: Turn, answer: Answer) -> Answer:
        """An answer that tells one of several things asked: what it tells, said to be a part."""
        told = [line for line in answer.answer.split("\n") if line.startswith("・")]
        text = "\n".join((say(turn.language, "told_in_part"), *told))
        return answer.model_copy(update={"status": "clarify", "answer": text})

    def refers_to_what(self, turn: Turn) -> Answer:
        """A question about "it", where nothing was said before."""
        return self._with_examples(turn, "clarify", say(turn.language, "refers_to_what"))

    def _one_of_several(self, turn: Turn, plan: QueryPlan, part: Part) -> Answer | None:
        """A name that stands for several things: the answer if it is the same for all that have one, else a question."""
        found: list[tuple[str, Result]] = []
        for identity in part.ids:
            result = self._execute(with_ids(plan, part.name, (identity,)))
            if not _is_empty(result):
                found.append((identity, result))
        if not found:
            return None
        if len({str(_essence(result)) for _, result in found}) == 1:
            return self._answer(turn, found[0][1])
        things = self.knowledge.things(part.label.split("|"), part.ids)
        options = []
        for identity, _ in found:
            name = str(things.get(identity, {}).get("name", identity))
            label = self.schema.labels[identity.partition("/")[0]].name(turn.language)
            options.append(Option(text=f"{name} ({label})", question=turn.question.replace(part.mention, name)))
        text = say(turn.language, "clarify_name", mention=part.mention)
        return blank(turn, "clarify", text).model_copy(
            update={"options": options, "interpretation": interpret(plan, self.schema, turn.language)}
        )

    def _execute(self, plan: QueryPlan) -> Result:
        query = compile_plan(plan, self.schema)
        table = self.store.read(query.cypher, query.parameters, rows=self.rows)
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        total = len(rows)
        if table.truncated:
            count = compile_plan(plan.model_copy(update={"ask": "count", "order_by": None, "limit": None}), self.schema)
            total = int(self.store.read(count.cypher, count.parameters, rows=1).rows[0][0])
        return Result(plan, query, table, Found(rows, total, table.truncated))

    def _answer(self, turn: Turn, result: Result) -> Answer:
        plan, found = result.plan, result.found
        documents = self.knowledge.documents()
        if plan.ask == "describe":
            return self._description(turn, result)
        text = word_answer(plan, found, self.schema, turn.language)
        if found.truncated:
            text += "\n" + say(turn.language, "truncated", shown=len(found.rows), total=found.total)
        entries = [e for row in found.rows for e in flatten(row.get("sources"))]
        return blank(turn, "answered", text).model_copy(
            update={
                **self._shown(turn, result),
                "entities": self._entities(plan, found),
                "sources": places(entries, documents, plan.properties if plan.ask == "values" else ()),
                "truncated": found.truncated,
                "total": found.total,
            }
        )

    def _description(self, turn: Turn, result: Result) -> Answer:
        node = result.found.rows[0]["thing"]
        properties = {**node.properties, "id": node.id}
        text = word_description(node.label, properties, result.found.rows, self.schema, turn.language)
        rows = [
            [row["relation"], row["forward"], row["id"], row["name"], row["name_en"], row["sources"]]
            for row in result.found.rows
            if row["relation"]
        ]
        columns = ["relation", "forward", "id", "name", "name_en", "sources"]
        own = [[name, None, None, value, None, None] for name, value in node.properties.items() if name != "sources"]
        return blank(turn, "answered", text).model_copy(
            update={
                **self._shown(turn, result),
                "columns": columns,
                "rows": own + rows,
                "entities": [entity_of(node.label, properties)],
                "sources": places(flatten(node.properties.get("sources")), self.knowledge.documents()),
                "total": 1,
            }
        )

    def _entities(self, plan: QueryPlan, found: Found) -> list[Entity]:
        part = plan.part(plan.target)
        if plan.ask not in ("things", "count", "yes_no", "statements"):
            return []
        ids = [str(row["id"]) for row in found.rows if row.get("id")]
        if plan.ask in ("count", "yes_no"):
            ids = [str(pair[0]) for pair in found.rows[0]["things"]][: self.rows]
        things = self.knowledge.things(part.label.split("|"), ids)
        return [entity_of(i.partition("/")[0], {**things[i], "id": i}) for i in ids if i in things]

    def _empty(self, turn: Turn, result: Result) -> Answer:
        options: list[Option] = []
        for text, plan, question in relaxations(result.plan, self.schema, turn.language):
            count_plan = plan.model_copy(update={"ask": "count", "order_by": None, "limit": None})
            row = self._execute(count_plan).found.rows[0]
            if row["count"]:
                names = names_of(row["things"], turn.language)
                if len(names) <= FEW:
                    text += f" ({say(turn.language, 'separator').join(names)})"
                options.append(Option(text=text, question=question, count=row["count"]))
        text = say(turn.language, "empty")
        if result.plan.ask == "values":
            text = self._no_value(turn, result.plan) or text
        elif result.plan.ask == "yes_no":
            denied = self._denied(turn, result.plan)
            if denied:
                return denied
            text = say(turn.language, "not_stated")
        if options:
            lines = [f"・{o.text}：{o.count}" if turn.language == "ja" else f"- {o.text}: {o.count}" for o in options]
            text = "\n".join([text, say(turn.language, "empty_options"), *lines])
        return blank(turn, "empty", text).model_copy(
            update={**self._shown(turn, result), "options": options, "total": 0, "rows": []}
        )

    def _denied(self, turn: Turn, plan: QueryPlan) -> Answer | None:
        """A "no" from what the graph states of the same property: 「いいえ。役割：…」."""
        part = plan.part(plan.target)
        if plan.steps or not part.ids or not part.conditions:
            return None
        names = tuple(dict.fromkeys(c.property for c in part.conditions))
        bare = part.model_copy(update={"conditions": ()})
        stated = self._execute(QueryPlan(ask="values", target=part.name, parts=(bare,), properties=names))
        if _is_empty(stated):
            return None
        answer = self._answer(turn, stated)
        return answer.model_copy(update={"answer": say(turn.language, "no", evidence=answer.answer)})

    def _no_value(self, turn: Turn, plan: QueryPlan) -> str:
        part = plan.part(plan.target)
        if not part.ids:
            return ""
        shown = self.schema.properties(part.label.split("|")[0])[plan.properties[0]].name(turn.language)
        return say(turn.language, "no_value", name=part.mention, property=shown)

    def not_understood(self, turn: Turn) -> Answer:
        """What was not understood, with the nearest that the documents state or with questions that work."""
        unread = [r.unread for r in turn.readings] or [tuple(t.text for t in turn.tokens if t.unknown)]
        words = min(unread, key=len)
        named = [t.text for t in turn.tokens if t.has("entity")]
        if not words and len(named) > 1:
            text = say(turn.language, "no_link", names=say(turn.language, "separator").join(named))
            return blank(turn, "empty", text).model_copy(update={"total": 0})
        listed = say(turn.language, "separator").join(words)
        matters = self._matters(turn)
        if words and not matters:
            return self._with_examples(turn, "refused", say(turn.language, "not_understood", words=listed))
        if len(named) == len(words) == 1 and len(matters) == 1:
            text = say(turn.language, "no_value", name=named[0], property=words[0])
            return blank(turn, "empty", text).model_copy(update={"total": 0})
        nowhere = self.knowledge.statements().nowhere(words)
        if nowhere:
            shown = say(turn.language, "separator").join(nowhere)
            text = say(turn.language, "nothing_about", words=shown, topic=say(turn.language, "separator").join(matters))
            return self._with_examples(turn, "empty", text).model_copy(update={"total": 0})
        near = self._near_statements(turn)
        if near and words:
            return near(say(turn.language, "not_understood", words=listed))
        key = "not_understood" if words else "nothing_linked"
        return self._with_examples(turn, "clarify" if words else "refused", say(turn.language, key, words=listed))

    def _with_examples(self, turn: Turn, status: Status, text: str) -> Answer:
        examples = example_questions(self.schema, turn.language)
        options = [Option(text=q, question=q) for q in examples]
        lines = [text, say(turn.language, "examples"), *(f"・{q}" for q in examples)]
        return blank(turn, status, "\n".join(lines)).model_copy(update={"options": options})

    def _matters(self, turn: Turn) -> list[str]:
        """The words of the question that this graph is about: more than the place where something is."""
        found = []
        for token in turn.tokens:
            labels = {s.label or s.name for s in token.senses if s.kind in ("entity", "value", "label", "contains")}
            labels |= {s.label for s in token.senses if s.kind == "property"}
            places = {n for n in labels if n in self.schema.labels and self.schema.labels[n].asks == ("where",)}
            if labels - places:
                found.append(token.text)
        return found

    def _near_statements(self, turn: Turn) -> Callable[[str], Answer] | None:
        """What the documents say nearest to a question that was not wholly understood, offered as questions."""
        hits = turn.hits
        if not hits:
            return None
        things: dict[str, dict[str, Any]] = {}
        for hit in hits[:FEW]:
            things |= self.knowledge.things([hit.statement.label], [hit.statement.id])
        options = []
        for hit in hits[:FEW]:
            properties = {**things[hit.statement.id], "id": hit.statement.id}
            name = str(localised(properties, "name", turn.language))
            shown = summary(self.schema, hit.statement.label, properties, turn.language)
            options.append(Option(text=shown, question=name))

        def answer(text: str) -> Answer:
            lines = [text, say(turn.language, "near"), *(f"・{o.text}" for o in options)]
            return blank(turn, "clarify", "\n".join(lines)).model_copy(update={"options": options})

        return answer

    def nothing_told(self, turn: Turn) -> Answer:
        """The graph holds the things, but not the figure or date that is asked."""
        return blank(turn, "empty", say(turn.language, "not_told")).model_copy(update={"total": 0})

    def refused(self, turn: Turn, text: str) -> Answer:
        """A polite no."""
        return blank(turn, "refused", text)

    def error(self, turn: Turn, error: EnmusubiError) -> Answer:
        """A failure as an answer of status `error`."""
        text = say(turn.language, "error", message=error.message, next_step=error.next_step)
        problem = Problem(code=error.code, message=error.message, next_step=error.next_step)
        return blank(turn, "error", text).model_copy(update={"error": problem})

    def _shown(self, turn: Turn, result: Result) -> dict[str, Any]:
        return {
            "interpretation": interpret(result.plan, self.schema, turn.language),
            "cypher": result.query.cypher,
            "parameters": result.query.parameters,
            "columns": result.table.columns,
            "rows": [list(row) for row in result.table.rows] if result.plan.ask != "describe" else [],
        }


def _is_boundless(result: Result, schema: Schema, asks: frozenset[str]) -> bool:
    """Whether a question asks for a figure without saying of what, and several things have it."""
    plan = result.plan
    target = plan.part(plan.target)
    bare = len(plan.parts) == 1 and not target.ids and not plan.order_by and plan.ask in ("things", "values")
    narrowed = any(c.comparison != "=" or c.property not in ("kind", "kinds") for c in target.conditions)
    told = all(schema.labels[n].summary is not None for n in target.label.split("|"))
    if told and plan.ask == "things":
        return bare and bool(target.conditions) and not narrowed and result.found.total > 1 and "which" not in asks
    return bare and not narrowed and bool(asks & {"how_much", "when"}) and result.found.total > FEW


def _means_one(turn: Turn, result: Result) -> bool:
    """Whether "the professor" is asked about as if there were one, and there are several."""
    plan = result.plan
    if turn.language != "en" or plan.ask != "values" or plan.order_by or any(p.ids for p in plan.parts):
        return False
    meant = {word.casefold() for word in re.findall(r"\bthe (\w+)", turn.question, re.IGNORECASE)}
    said = {str(c.value).casefold() for c in plan.part(plan.target).conditions}
    return bool(meant & said) and result.found.total > 1


def _echoes(result: Result) -> bool:
    """Whether a result only says again what the question named: the institution of an institution, a thing's name."""
    plan, rows = result.plan, result.found.rows
    target = plan.part(plan.target)
    if plan.ask == "values":
        return bool(target.ids) and set(plan.properties) <= {"name", "name_en"} and not plan.steps
    named = {i for p in plan.parts if p.name != plan.target for i in p.ids}
    found = {str(pair[0]) for pair in rows[0]["things"]} if plan.ask == "count" and rows else set()
    if plan.ask == "things":
        found = {str(row["id"]) for row in rows if "id" in row}
    return bool(found) and found <= named


def _is_empty(result: Result) -> bool:
    rows, plan = result.found.rows, result.plan
    if plan.ask in ("count", "yes_no"):
        return not rows or rows[0]["count"] == 0
    if plan.ask in ("sum", "average"):
        return not rows or rows[0]["rows"] == 0
    if plan.ask == "values":
        return not any(row.get(n) not in (None, "", []) for row in rows for n in (*plan.properties,))
    return not rows


def _essence(result: Result) -> list[Any]:
    """What makes two results the same answer: the things or values, not the names that joined them."""
    plan = result.plan
    keep = ("id", *plan.properties) if plan.ask in ("things", "values") else ("count", "sum", "average", "thing")
    return [[row.get(k) for k in keep] for row in result.found.rows]

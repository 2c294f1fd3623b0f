"""A question about grants enters, the answer leaves: who has them, which, how many, how much; what is not counted is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graph.schema import Grant, Schema
from graph.store import Store
from qa.answer import Answer
from qa.compile import Query
from qa.format import format_value, localised, say
from qa.grant_query import Compiler
from qa.grants import Question
from qa.knowledge import Knowledge
from qa.reply import blank, entity_of, flatten
from qa.turn import Turn
from qa.wording import places

SHOWN = 10
# Of each party so many of its things are named as sources.
MOST_SOURCES = 3


@dataclass(frozen=True, slots=True)
class Totals:
    """How many parties have how many things, how many of these state an amount, their sum, and how many may be passed on."""

    takers: int
    things: int
    stated: int
    amount: int
    passed: int


class Granter:
    """Answers questions about grants over one store."""

    def __init__(self, store: Store, schema: Schema, knowledge: Knowledge, rows: int) -> None:
        self.store, self.schema, self.knowledge, self.rows = store, schema, knowledge, rows

    def answer(self, turn: Turn, question: Question) -> Answer:
        """The answer; of status `empty` where nothing fits."""
        compiler = Compiler(question, self.schema, self._below)
        if question.asked == "things":
            holders = self._run(compiler.takers(2))
            if len(holders) == 1:
                return self._things(turn, question, compiler)
            return self._takers(turn, question, compiler)
        if question.asked == "takers":
            return self._takers(turn, question, compiler)
        if question.asked == "greatest":
            return self._things(turn, question, compiler)
        if question.asked == "givers":
            return self._givers(turn, question, compiler)
        query = compiler.totals()
        totals = _totals(self._run(query)[0])
        if not totals.things:
            return self._empty(turn, query)
        lines = []
        if question.asked == "count_takers":
            lines.append(
                say(
                    turn.language,
                    "granted_count_takers",
                    count=self._parties(totals, turn),
                    things=f"{totals.things:,}",
                )
            )
        elif question.asked == "count_things":
            lines.append(say(turn.language, "granted_count_things", things=f"{totals.things:,}"))
        lines += self._average(question, totals, turn) if question.asked == "average" else []
        lines += self._money(question, totals, turn)
        return self._told(turn, query, lines, [], ["takers", "things", "stated", "amount", "passed"]).model_copy(
            update={
                "rows": [[totals.takers, totals.things, totals.stated, totals.amount, totals.passed]],
                "total": totals.things,
            }
        )

    def _below(self, ids: tuple[str, ...]) -> list[str]:
        return self.knowledge.below(ids)

    def _run(self, query: Query) -> list[dict[str, Any]]:
        table = self.store.read(query.cypher, query.parameters)
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows]

    def _empty(self, turn: Turn, query: Query) -> Answer:
        return blank(turn, "empty", say(turn.language, "empty")).model_copy(
            update={"cypher": query.cypher, "parameters": query.parameters, "total": 0}
        )

    def _takers(self, turn: Turn, question: Question, compiler: Compiler) -> Answer:
        limit = question.limit or self.rows
        query = compiler.takers(limit + 1)
        rows = self._run(query)
        if not rows:
            return self._empty(turn, query)
        totals = _summed(rows) if len(rows) <= limit else _totals(self._run(compiler.totals())[0])
        shown = rows[:limit]
        who = self._called(question, turn)
        lines = [
            say(
                turn.language,
                "granted_takers",
                who=who,
                count=self._parties(totals, turn),
                unit="",
                things=f"{totals.things:,}",
            )
        ]
        if question.asked == "things":
            lines.append(say(turn.language, "granted_same_name"))
        lines += [self._line(row, question, turn) for row in shown[:SHOWN]]
        if totals.takers > min(len(shown), SHOWN):
            by_number = question.by_number or not self._grant(question).amount
            order = say(turn.language, "granted_by_number" if by_number else "granted_by_amount")
            total, some = self._parties(totals, turn), min(len(shown), SHOWN)
            lines.append(say(turn.language, "granted_shown", shown=some, total=total, order=order))
        lines += self._money(question, totals, turn)
        answer = self._told(turn, query, lines, shown, ["id", "name", "place", "things", "stated", "amount"])
        entities = [entity_of(str(row["id"]).partition("/")[0], row) for row in shown]
        return answer.model_copy(
            update={"entities": entities, "total": totals.takers, "truncated": totals.takers > len(shown)}
        )

    def _things(self, turn: Turn, question: Question, compiler: Compiler) -> Answer:
        greatest = question.asked == "greatest"
        query = compiler.things(question.limit or self.rows if greatest else self.rows, greatest=greatest)
        rows = self._run(query)
        if not rows:
            return self._empty(turn, query)
        totals = _totals(self._run(compiler.totals())[0])
        who = self._called(question, turn)
        lines = [say(turn.language, "granted_things", who=who, things=f"{totals.things:,}")]
        lines += [self._thing_line(row, question, turn) for row in rows[:SHOWN]]
        if totals.things > min(len(rows), SHOWN) and not greatest:
            lines.append(
                say(turn.language, "granted_shown_things", shown=min(len(rows), SHOWN), total=f"{totals.things:,}")
            )
        lines += self._money(question, totals, turn)
        answer = self._told(turn, query, lines, rows, ["id", "name", "date", "amount", "giver"])
        entities = [entity_of(question.label, row) for row in rows]
        return answer.model_copy(
            update={"entities": entities, "total": totals.things, "truncated": totals.things > len(rows)}
        )

    def _givers(self, turn: Turn, question: Question, compiler: Compiler) -> Answer:
        query = compiler.givers(question.limit or self.rows)
        rows = self._run(query)
        if not rows:
            return self._empty(turn, query)
        lines = [self._line({**row, "place": []}, question, turn) for row in rows[:SHOWN]]
        answer = self._told(turn, query, lines, rows, ["id", "name", "things", "stated", "amount"])
        entities = [entity_of(str(row["id"]).partition("/")[0], row) for row in rows]
        return answer.model_copy(update={"entities": entities, "total": len(rows)})

    def _average(self, question: Question, totals: Totals, turn: Turn) -> list[str]:
        if not totals.stated:
            return []
        amount = self._amount(round(totals.amount / totals.stated), question, turn).lstrip("、, ")
        return [say(turn.language, "granted_average", amount=amount, stated=f"{totals.stated:,}")]

    def _told(
        self, turn: Turn, query: Query, lines: list[str], rows: list[dict[str, Any]], columns: list[str]
    ) -> Answer:
        entries = [entry for row in rows for entry in flatten(row["sources"])[:MOST_SOURCES]]
        return blank(turn, "answered", "\n".join(lines)).model_copy(
            update={
                "interpretation": " · ".join(t.text.strip() for t in turn.tokens if not t.has("ignore")),
                "cypher": query.cypher,
                "parameters": query.parameters,
                "columns": columns,
                "rows": [[row.get(column) for column in columns] for row in rows],
                "sources": places(entries, self.knowledge.documents()),
            }
        )

    def _called(self, question: Question, turn: Turn) -> str:
        """What is asked for: the kind of thing, narrowed by what the question names, in its words."""
        kind = question.kind.name(turn.language)
        named = [question.takers, question.givers, *question.places, *question.about]
        return " · ".join([*(one.mention.strip() for one in named if one), *question.titled, kind])

    def _parties(self, totals: Totals, turn: Turn) -> str:
        return f"{totals.takers:,}" + ("者" if turn.language == "ja" else "")

    def _line(self, row: dict[str, Any], question: Question, turn: Turn) -> str:
        place = next(iter(flatten(row["place"])), "")
        bracketed = f"（{place}）" if turn.language == "ja" else f" ({place})"
        return say(
            turn.language,
            "granted_line",
            name=localised(row, "name", turn.language),
            place=bracketed if place else "",
            things=f"{row['things']:,}",
            amount=self._amount(row["amount"] if row["stated"] else None, question, turn),
        )

    def _thing_line(self, row: dict[str, Any], question: Question, turn: Turn) -> str:
        shown = ("holder", "date", "giver") if question.asked == "greatest" else ("date", "giver")
        row = {**row, "holder": row["holder"] if "holder" in shown else None}
        parts = {n: f"、{row[n]}" if turn.language == "ja" else f", {row[n]}" for n in ("holder", "date", "giver")}
        amount = self._amount(row["amount"], question, turn)
        told = {name: text if row[name] else "" for name, text in parts.items()}
        return say(turn.language, "granted_thing", name=row["name"], amount=amount, **told)

    def _amount(self, value: int | None, question: Question, turn: Turn) -> str:
        if value is None or not self._grant(question).amount:
            return ""
        prop = self.schema.properties(question.label)[self._grant(question).amount]
        return ("、" if turn.language == "ja" else ", ") + format_value(value, prop, turn.language)

    def _grant(self, question: Question) -> Grant:
        return self.schema.grants[question.label]

    def _money(self, question: Question, totals: Totals, turn: Turn) -> list[str]:
        """The sum, and what it leaves out; nothing where the things have no amounts by their nature."""
        things = f"{totals.things:,}"
        lines = []
        if totals.stated:
            amount = self._amount(totals.amount, question, turn).lstrip("、, ")
            text = say(turn.language, "granted_sum", things=things, stated=f"{totals.stated:,}", amount=amount)
            missing = totals.things - totals.stated
            lines.append(text + (say(turn.language, "granted_missing", missing=f"{missing:,}") if missing else ""))
        elif question.asked in ("sum", "average"):
            lines.append(say(turn.language, "granted_no_sum", things=things))
        if totals.passed and totals.stated:
            lines.append(say(turn.language, "granted_passed", passed=f"{totals.passed:,}"))
        return lines


def _totals(row: dict[str, Any]) -> Totals:
    names = ("takers", "things", "stated", "amount", "passed")
    return Totals(*(int(row[name] or 0) for name in names))


def _summed(rows: list[dict[str, Any]]) -> Totals:
    summed = (sum(int(row[name] or 0) for row in rows) for name in ("things", "stated", "amount", "passed"))
    return Totals(len(rows), *summed)

"""A question about grants enters, the answer leaves: who has them, which, how many, how much; what is not counted is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graph.schema import Grant, Schema
from graph.store import Store
from qa.answer import Answer
from qa.compile import Query
from qa.format import format_value, localised, say
from qa.grant_query import MOST_SOURCES, Compiler
from qa.grant_words import Named
from qa.grants import GrantReader, Question
from qa.knowledge import Knowledge
from qa.reply import blank, entity_of, flatten
from qa.turn import Turn
from qa.wording import places

SHOWN = 10
# More than there are municipalities.
MOST_GROUPS = 5_000
# What a row of a party tells of itself; beside it stand the totals of all.
ROW = ("things", "stated", "amount", "passed")


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
        compiler = Compiler(question, self.schema, self.knowledge.below, self._names)
        if question.asked == "things" and question.takers:
            holders = self._run(compiler.takers(2))
            if len(holders) == 1:
                return self._things(turn, question, compiler)
            return self._takers(turn, question, compiler)
        if question.asked == "takers":
            return self._takers(turn, question, compiler)
        if question.asked in ("things", "greatest"):
            return self._things(turn, question, compiler)
        if question.asked == "groups":
            return self._groups(turn, question, compiler)
        query = compiler.totals()
        totals = _totals(next(iter(self._run(query)), {}))
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

    def freely(self, turn: Turn, reader: GrantReader) -> Answer | None:
        """What was given of which the titles hold the words that nothing else knows; None where there is no such thing."""
        words = turn.tokens if turn.followed else turn.plain or turn.tokens
        question = reader.read(words, turn.literals, self.knowledge.triples(), free=True)
        answer = self.answer(turn, question) if question else None
        return answer if answer and answer.status == "answered" else None

    def _names(self, named: Named) -> tuple[str, ...]:
        """How a title may call a thing: as the question does, and by each name that the graph holds."""
        found = [named.mention]
        for label in sorted({i.partition("/")[0] for i in named.ids}):
            spelt = [name for name, prop in self.schema.properties(label).items() if prop.find_by == "name"]
            for properties in self.knowledge.things([label], named.ids).values():
                for value in filter(None, map(properties.get, spelt)):
                    found += [str(one) for one in (value if isinstance(value, tuple | list) else [value])]
        return tuple(dict.fromkeys(found))

    def _run(self, query: Query) -> list[dict[str, Any]]:
        table = self.store.read(query.cypher, query.parameters, rows=MOST_GROUPS)
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows]

    def _empty(self, turn: Turn, query: Query) -> Answer:
        text = say(turn.language, "granted_none", who=_understood(turn))
        return blank(turn, "empty", text).model_copy(
            update={"cypher": query.cypher, "parameters": query.parameters, "total": 0}
        )

    def _takers(self, turn: Turn, question: Question, compiler: Compiler) -> Answer:
        limit = question.limit or self.rows
        query = compiler.takers(limit + 1)
        rows = self._run(query)
        if not rows:
            return self._empty(turn, query)
        totals = _totals({name.removeprefix("all_"): value for name, value in rows[0].items() if name not in ROW})
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
        columns = ["id", "name", "place", "things", "stated", "amount"]
        return self._listed(turn, query, lines, shown, columns, totals.takers)

    def _things(self, turn: Turn, question: Question, compiler: Compiler) -> Answer:
        greatest = question.asked == "greatest"
        query = compiler.things(question.limit or self.rows, greatest=greatest)
        rows = self._run(query)
        if not rows:
            return self._empty(turn, query)
        totals = _totals(next(iter(self._run(compiler.totals())), {}))
        who = self._called(question, turn)
        lines = [say(turn.language, "granted_things", who=who, things=f"{totals.things:,}")]
        lines += [self._thing_line(row, question, turn) for row in rows[:SHOWN]]
        if totals.things > min(len(rows), SHOWN) and not greatest:
            lines.append(
                say(turn.language, "granted_shown_things", shown=min(len(rows), SHOWN), total=f"{totals.things:,}")
            )
        lines += self._money(question, totals, turn)
        return self._listed(turn, query, lines, rows, ["id", "name", "date", "amount", "giver"], totals.things)

    def _groups(self, turn: Turn, question: Question, compiler: Compiler) -> Answer:
        query = compiler.groups(question.limit or MOST_GROUPS)
        found = self._run(query)
        if not found:
            return self._empty(turn, query)
        rows = [{**row, "name": self._group_name(row["name"], question, turn)} for row in found[: self.rows]]
        lines = [self._line({**row, "place": []}, question, turn) for row in rows[:SHOWN]]
        if len(rows) > SHOWN:
            lines.append(say(turn.language, "granted_groups", shown=SHOWN, total=f"{len(found):,}"))
        if question.by and question.by.by != "year":
            lines.append(say(turn.language, "granted_groups_several"))
        return self._listed(turn, query, lines, rows, ["id", "name", "things", "stated", "amount"], len(found))

    def _group_name(self, name: str | None, question: Question, turn: Turn) -> str:
        if name is None:
            return say(turn.language, "granted_undated")
        fiscal = question.by and question.by.by == "year" and question.by.of and self._grant(question).year
        return say(turn.language, "granted_fiscal", year=name) if fiscal else name

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
                "interpretation": _understood(turn),
                "cypher": query.cypher,
                "parameters": query.parameters,
                "columns": columns,
                "rows": [[row.get(column) for column in columns] for row in rows],
                "sources": places(entries, self.knowledge.documents()),
            }
        )

    def _listed(
        self, turn: Turn, query: Query, lines: list[str], rows: list[dict[str, Any]], columns: list[str], total: int
    ) -> Answer:
        """What is told of rows, each a thing of the graph (but for years), of `total` that there are."""
        things = [row for row in rows if "/" in str(row["id"])]
        entities = [entity_of(str(row["id"]).partition("/")[0], row) for row in things]
        answer = self._told(turn, query, lines, rows, columns)
        return answer.model_copy(update={"entities": entities, "total": total, "truncated": total > len(rows)})

    def _called(self, question: Question, turn: Turn) -> str:
        """What is asked for: the kind of thing, narrowed by what the question names, in its words."""
        kind = question.kind.name(turn.language)
        named = [*question.taker_kinds, question.takers, question.givers, *question.places, *question.about]
        mentions = (one.mention.strip() for one in (*named, *question.named) if one)
        return " · ".join([*mentions, *question.titled, kind])

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
        shown = ("date", "giver") if question.takers else ("holder", "date", "giver")
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
    return Totals(*(int(row.get(name) or 0) for name in names))


def _understood(turn: Turn) -> str:
    """The words of the question that say something."""
    return " · ".join(t.text.strip() for t in turn.tokens if not (t.has("ignore") or t.has("ask")) or t.has("entity"))

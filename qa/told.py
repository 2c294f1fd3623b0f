"""Statements and facts that hold a question's words enter, the answer made of them leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graph.schema import Schema
from graph.store import Store
from qa.answer import Answer, Language
from qa.compare import FIGURES, Comparison, amount, cue_of, word_comparison
from qa.compile import Query
from qa.format import localised, say
from qa.knowledge import Knowledge
from qa.nearby import MOST_THINGS, as_statements, fact_value, fits_ask, read_facts, specific, word_facts
from qa.plan import Part, QueryPlan
from qa.reply import blank, entity_of, flatten
from qa.statement import tells_figure
from qa.statements import ENOUGH, Hit
from qa.turn import Turn, asks_of, wanted_kinds
from qa.wanted import Word, wanted_figure
from qa.wording import Found, places, word_answer

# A fact of a named thing must hold this share of the question's words: the name alone is found in all of them.
SURE = 0.75


class Teller:
    """Tells what the graph states where no plan answers: figures, findings, single facts."""

    def __init__(self, store: Store, schema: Schema, knowledge: Knowledge, rows: int) -> None:
        self.store, self.schema, self.knowledge, self.rows = store, schema, knowledge, rows

    def from_statements(self, turn: Turn) -> Answer | None:
        """What the fitting statements say; None when they hold too little of the question."""
        hits = self._of_its_own(turn)
        if not hits or hits[0].share < ENOUGH:
            return None
        turn = replace(turn, hits=hits)
        cue = cue_of(turn.tokens)
        alike = len(hits) == 2 and hits[0].statement.unit == hits[1].statement.unit
        if turn.followed and cue in FIGURES and alike and all(h.statement.value is not None for h in hits):
            return self.compared(turn, Comparison(hits[0], hits[1], cue))
        answer = self._told(turn, turn.hits)
        if asks_of(turn.tokens) & {"how_much", "share"} and not tells_figure(answer.answer):
            return None
        wanted = wanted_figure(turn.tokens, turn.literals)[0]
        units = {h.statement.unit for h in turn.hits}
        if not (wanted.total and len(turn.hits) > 1 and len(units) == 1):
            return answer
        total = sum(h.statement.value or 0.0 for h in turn.hits)
        shown = amount(total, turn.hits[0].statement, turn.language)
        text = say(turn.language, "sum_told", value=shown, counted=len(turn.hits))
        return answer.model_copy(update={"answer": f"{answer.answer}\n{text}"})

    def _of_its_own(self, turn: Turn) -> tuple[Hit, ...]:
        """The hits; of a question for one property of one named thing, or its members, those named for that thing that say so.

        How many employees the firms have that a chamber asked is no answer to how many the chamber has.
        """
        kinds = ("ignore", "ask", "operator", "literal")
        words = [t for t in turn.tokens if t.has("entity") or not any(t.has(kind) for kind in kinds)]
        named = [t for t in words if t.has("entity")]
        counted = "how_many" in asks_of(turn.tokens)
        asked = [t for t in words if (t.has("property") or (counted and t.has("relation"))) and not t.has("entity")]
        if len(named) != 1 or len(asked) != 1 or len(words) != len(named) + len(asked):
            return turn.hits
        things = [s for s in named[0].senses if s.kind == "entity"]
        statements = self.knowledge.statements()
        word = Word.of(asked[0].text)
        own = (h for h in turn.hits if any(statements.named_for(h.statement, s.value) for s in things))
        return tuple(h for h in own if statements.says(h.statement, word))

    def compared(self, turn: Turn, found: Comparison) -> Answer:
        """Both figures as they are stated, and what their comparison gives."""
        answer = self._told(turn, (found.first, found.second))
        names = tuple(self.name(h, turn.language) for h in (found.first, found.second))
        text = word_comparison(found, (names[0], names[1]), turn.language)
        return answer.model_copy(update={"answer": f"{text}\n{answer.answer}"})

    def name(self, hit: Hit, language: Language) -> str:
        """The name of what a hit is."""
        known = self.knowledge.things([hit.statement.label], [hit.statement.id])
        return str(localised(known.get(hit.statement.id, {}), "name", language))

    def _told(self, turn: Turn, hits: Sequence[Hit]) -> Answer:
        labels = sorted({h.statement.label for h in hits})
        ids = tuple(h.statement.id for h in hits)
        words = tuple(t.text for t in turn.tokens if not t.has("ignore"))
        part = Part(name="statement", label="|".join(labels), ids=ids)
        plan = QueryPlan(ask="statements", target="statement", parts=(part,), words=words)
        cypher = (
            f"MATCH (statement:{part.label})\nWHERE statement.id IN $statement\n"
            "RETURN statement, statement.sources AS sources\nORDER BY statement.id"
        )
        query = Query(cypher, {"statement": list(ids)})
        table = self.store.read(query.cypher, query.parameters, rows=self.rows)
        order = {identity: at for at, identity in enumerate(ids)}
        rows = sorted(
            ({**n.properties, "id": n.id, "label": n.label, "sources": s} for n, s in table.rows),
            key=lambda row: order[str(row["id"])],
        )
        found = Found(rows, len(rows), False)
        columns = [c for c in dict.fromkeys(c for row in rows for c in row) if c not in ("sources", "label")]
        shown = ["id", "label", *[c for c in columns if c != "id"], "sources"]
        text = word_answer(plan, found, self.schema, turn.language)
        entries = [e for row in rows for e in flatten(row["sources"])]
        return blank(turn, "answered", text).model_copy(
            update={
                "interpretation": " · ".join(words),
                "cypher": query.cypher,
                "parameters": query.parameters,
                "columns": shown,
                "rows": [[row.get(c) for c in shown] for row in rows],
                "entities": [entity_of(str(row["label"]), row) for row in rows],
                "sources": places(entries, self.knowledge.documents()),
                "total": len(rows),
            }
        )

    def from_facts(self, turn: Turn, words: Sequence[Word]) -> Answer | None:
        """What is stored of the things that the question names and holds its other words; None when nothing does."""
        named = [s.value for t in turn.tokens for s in t.senses if s.kind == "entity" and s.label != "Document"]
        ids = list(dict.fromkeys(named))
        if not 0 < len(ids) <= MOST_THINGS or not specific(words, ids):
            return None
        query, facts = read_facts(self.store, self.schema, ids)
        statements = as_statements(facts, self.schema, self.knowledge.statements().synonyms)
        hits = [h for h in statements.search(words) if h.share >= SURE]
        unit = wanted_figure(turn.tokens, turn.literals)[0].unit
        asked = [w for w in words if w.classes and all(c.startswith("property:") for c in w.classes)]
        found = [facts[int(h.statement.id)] for h in hits]
        # What is asked by a property's name is that property, or a text that says the word itself.
        found = [
            f
            for f, h in zip(found, hits, strict=True)
            if all(w.names(f.property) or statements.says(h.statement, w) for w in asked)
        ]
        found = [f for f in found if fits_ask(f, asks_of(turn.tokens), unit, wanted_kinds(turn), self.schema)]
        if not found:
            return None
        # A property that the question names says it better than a sentence that speaks of it.
        found.sort(key=lambda f: f.property not in self.schema.labels[f.thing.label].properties)
        # One kind of fact answers; the others that fit as well are about something else.
        kind = [f for f in found if (f.property, f.relation) == (found[0].property, found[0].relation)]
        columns = ["thing", "relation", "value", "sources"]
        rows = [[f.thing.id, f.property or f.relation, fact_value(f, turn.language), list(f.sources)] for f in kind]
        others = [entity_of(f.other.label, {**f.other.properties, "id": f.other.id}) for f in kind if f.other]
        names = [f.property for f in kind if f.property]
        return blank(turn, "answered", word_facts(kind, self.schema, turn.language)).model_copy(
            update={
                "interpretation": " · ".join(t.text for t in turn.tokens if not t.has("ignore")),
                "cypher": query.cypher,
                "parameters": query.parameters,
                "columns": columns,
                "rows": rows,
                "entities": others
                or [entity_of(f.thing.label, {**f.thing.properties, "id": f.thing.id}) for f in kind],
                "sources": places([e for f in kind for e in f.sources], self.knowledge.documents(), names),
                "total": len(kind),
            }
        )

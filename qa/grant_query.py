"""A question about grants enters, the Cypher that answers it leaves; it begins where the fewest things are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graph.schema import Schema
from qa.compile import Query
from qa.grant_words import Named
from qa.grants import Question

Below = Callable[[tuple[str, ...]], list[str]]
"""Gets ids of things of a hierarchy; gives them with all that lies below them."""
Names = Callable[[Named], tuple[str, ...]]
"""Gets a named thing; gives its names, as titles may hold them."""

_TO_FULL_WIDTH = ord("！") - ord("!")
# Of each party so many of its things are named as sources.
MOST_SOURCES = 3
# A municipality lies in a prefecture, in a region, in a country.
MOST_ABOVE = 3


class Compiler:
    """Writes the queries of one question."""

    def __init__(self, question: Question, schema: Schema, below: Below, names: Names) -> None:
        self.question, self.schema, self.below, self.names = question, schema, below, names
        self.grant = schema.grants[question.label]
        self.parameters: dict[str, Any] = {}
        self.text = "\n".join(self._pattern())

    def takers(self, limit: int) -> Query:
        """Who has them: how many, and how much together, the greatest first; beside each row the totals of all."""
        told = ("things", "stated", "amount", "passed")
        lines = [
            self.text,
            f"WITH taker, count(thing) AS things, {self._sums()}, collect(thing.sources)[0..{MOST_SOURCES}] AS sources",
            f"ORDER BY {self._order()}, taker.id",
            f"WITH collect({{taker: taker, {', '.join(f'{name}: {name}' for name in (*told, 'sources'))}}}) AS found,",
            f"  count(taker) AS takers, {', '.join(f'sum({name}) AS all_{name}' for name in told)}",
            f"UNWIND found[0..{limit}] AS one",
            f"WITH one, one.taker AS taker, takers, {', '.join(f'all_{name}' for name in told)}",
            f"OPTIONAL MATCH (taker)-[:{self.grant.place}]->(at)",
            "RETURN taker.id AS id, taker.name AS name, taker.name_en AS name_en, collect(at.name) AS place,",
            f"  {', '.join(f'one.{name} AS {name}' for name in (*told, 'sources'))},",
            f"  takers, {', '.join(f'all_{name}' for name in told)}",
            f"ORDER BY {self._order()}, id",
        ]
        return Query("\n".join(lines), {**self.parameters, "passed_on": self.grant.passed_on})

    def _order(self) -> str:
        return "things DESC, amount DESC" if self.question.by_number else "amount DESC, things DESC"

    def things(self, limit: int, *, greatest: bool = False) -> Query:
        """The things themselves, the newest or the greatest first."""
        order = "amount DESC, date DESC, id" if greatest else "date DESC, id"
        amount = f"thing.{self.grant.amount}" if self.grant.amount else "null"
        given = [f"OPTIONAL MATCH (thing)-[:{self.grant.given}]->(by)"] if self.grant.given else []
        lines = [
            self.text,
            *([f"WITH taker, thing WHERE {amount} IS NOT NULL"] if greatest else []),
            *given,
            f"RETURN thing.id AS id, thing.name AS name, thing.{self.grant.date} AS date, {amount} AS amount,",
            f"  {'head(collect(by.name))' if given else 'null'} AS giver, thing.sources AS sources, taker.name AS holder",
            f"ORDER BY {order}",
            f"LIMIT {limit}",
        ]
        return Query("\n".join(lines), self.parameters)

    def groups(self, limit: int) -> Query:
        """What the things are told apart by: how many of each, and how much together, the most first; years in order."""
        order = f"{self._order()}, id" if self.question.limit or not self._by_year else "id"
        lines = [
            self.text,
            *self._group_lines(),
            f"ORDER BY {order}",
            f"LIMIT {limit}",
        ]
        return Query("\n".join(lines), {**self.parameters, "passed_on": self.grant.passed_on})

    @property
    def _by_year(self) -> bool:
        return self.question.by is not None and self.question.by.by == "year"

    def _group_lines(self) -> list[str]:
        by = self.question.by
        told = "RETURN by.id AS id, by.name AS name, by.name_en AS name_en, things, stated, amount, passed, by.sources AS sources"
        if by is None or by.by == "given":
            way = f"MATCH (thing)-[:{self.grant.given}]->(by)"
        elif by.by == "about":
            way = f"MATCH (thing)-[:{'|'.join(self.grant.about)}]->(by:{by.of})"
        elif by.by == "year":
            fiscal = by.of and self.grant.year
            year = f"thing.{fiscal}" if fiscal else f"toInteger(substring(thing.{self.grant.date}, 0, 4))"
            return [
                f"WITH {year} AS id, count(thing) AS things, {self._sums()}, collect(thing.sources)[0] AS sources",
                "RETURN id, toString(id) AS name, null AS name_en, things, stated, amount, passed, sources",
            ]
        else:
            self.parameters["group"] = by.of
            label = self.schema.relations[self.grant.place].end[0]
            above = self.schema.labels[label].hierarchy
            return [
                f"WITH taker, count(thing) AS things, {self._sums()}",
                f"MATCH (taker)-[:{self.grant.place}]->(at:{label})",
                f"MATCH (at)-[:{above}*0..{MOST_ABOVE}]->(by:{label} {{{by.prop}: $group}})",
                "WITH DISTINCT taker, by, things, stated, amount, passed",
                "WITH by, sum(things) AS things, sum(stated) AS stated, sum(amount) AS amount, sum(passed) AS passed",
                told,
            ]
        return [way, f"WITH by, count(thing) AS things, {self._sums()}", told]

    def totals(self) -> Query:
        """One row: parties, things, things with an amount, its sum, things that may have been passed on."""
        lines = [
            self.text,
            f"RETURN count(DISTINCT taker) AS takers, count(thing) AS things, {self._sums()}",
        ]
        return Query("\n".join(lines), {**self.parameters, "passed_on": self.grant.passed_on})

    def _sums(self) -> str:
        if not self.grant.amount:
            return "0 AS stated, 0 AS amount, 0 AS passed"
        amount, caveats = f"thing.{self.grant.amount}", f"thing.{self.grant.caveats}"
        passed = f"sum(CASE WHEN $passed_on IN coalesce({caveats}, []) THEN 1 ELSE 0 END) AS passed"
        return f"count({amount}) AS stated, sum({amount}) AS amount, {passed}"

    def _pattern(self) -> list[str]:
        """The patterns, from where the fewest things are: named parties, then fields, then givers, then places."""
        question, thing = self.question, f"(thing:{self.question.label})"
        taken, given = f"-[:{self.grant.taken}]->", f"<-[:{self.grant.given}]-"
        lines: list[str] = []
        if question.takers:
            lines += self._named("taker", question.takers.ids)
            lines += [f"MATCH (taker){taken}{thing}", f"WHERE true{self._conditions()}"]
            thing = "(thing)"
        begun = bool(lines)
        for at, named in enumerate(question.about, 1):
            labels = "|".join(sorted({i.partition("/")[0] for i in named.ids}))
            self.parameters[f"about{at}"] = self.below(named.ids)
            lines += [
                f"MATCH (about{at}:{labels})<-[:{'|'.join(self.grant.about)}]-{thing}",
                f"WHERE about{at}.id IN $about{at}{'' if begun else self._conditions()}",
            ]
            thing, begun = "(thing)", True
        if question.givers and begun:
            self.parameters["giver"] = list(question.givers.ids)
            lines += [f"MATCH (giver){given}{thing}", "WHERE giver.id IN $giver"]
        elif question.givers:
            lines += self._named("giver", question.givers.ids)
            lines += [f"MATCH (giver){given}{thing}", f"WHERE true{self._conditions()}"]
            thing, begun = "(thing)", True
        labels = "|".join(question.taker_labels)
        if question.places:
            self.parameters["places"] = self._places([set(self.below(named.ids)) for named in question.places])
        if question.places and not (begun or question.takers):
            # Some hundred thousand companies lie there, of which few have any: that is less than all that was given.
            place = self.schema.relations[self.grant.place].end[0]
            lines += [
                "UNWIND $places AS place_id",
                f"MATCH (place:{place} {{id: place_id}})<-[:{self.grant.place}]-(taker:{labels})",
                f"MATCH (taker){taken}{thing}",
                f"WHERE true{self._conditions()}",
            ]
        else:
            if not question.takers:
                lines += [f"MATCH {thing}<-[:{self.grant.taken}]-(taker:{labels})"]
                lines += [] if begun else [f"WHERE true{self._conditions()}"]
            if question.places:
                lines += [f"MATCH (taker)-[:{self.grant.place}]->(place)", "WHERE place.id IN $places"]
        for at, kind in enumerate(question.taker_kinds):
            self.parameters |= {f"kind_of_taker{at}": kind.value, f"called{at}": kind.word}
            held = f"$kind_of_taker{at} IN coalesce(taker.{kind.prop}, [])"
            if not self.schema.properties(kind.label)[kind.prop].many:
                held = f"taker.{kind.prop} = $kind_of_taker{at}"
            lines += ["WITH taker, thing", f"WHERE {held} OR taker.name CONTAINS $called{at}"]
        return [*lines, "WITH DISTINCT taker, thing"]

    def _places(self, named: list[set[str]]) -> list[str]:
        """A prefecture and a city in it narrow each other; two prefectures are both meant."""
        return sorted(set.intersection(*named) or set.union(*named))

    def _named(self, name: str, ids: tuple[str, ...]) -> list[str]:
        """Lines that find things by their ids; among millions only a property map of one label uses the index."""
        self.parameters[name] = list(ids)
        labels = sorted({i.partition("/")[0] for i in ids})
        begin = f"UNWIND ${name} AS {name}_id"
        if len(labels) == 1:
            return [begin, f"MATCH ({name}:{labels[0]} {{id: {name}_id}})"]
        each = [f"OPTIONAL MATCH ({name}{at}:{label} {{id: {name}_id}})" for at, label in enumerate(labels)]
        one = ", ".join(f"{name}{at}" for at in range(len(labels)))
        return [begin, *each, f"WITH coalesce({one}) AS {name}"]

    def _conditions(self) -> str:
        """What the thing itself has to be like, each condition after an AND."""
        question, found = self.question, []
        if question.kind.property:
            self.parameters["kind"] = list(question.kind.values)
            found.append(f"thing.{question.kind.property} IN $kind")
        if question.when.since:
            self.parameters["since"] = question.when.since
            found.append(f"thing.{self.grant.date} >= $since")
        if question.when.before:
            self.parameters["before"] = question.when.before
            found.append(f"thing.{self.grant.date} < $before")
        titles = [(word,) for word in question.titled] + [self.names(named) for named in question.named]
        for at, words in enumerate(titles):
            ways = list(dict.fromkeys(way for word in words for way in _ways_to_write(word)))
            names = [f"titled{at}", *(f"titled{at}_{way}" for way in range(1, len(ways)))]
            self.parameters |= dict(zip(names, ways, strict=True))
            held = " OR ".join(f"thing.name CONTAINS ${name}" for name in names)
            found.append(f"({held})" if len(ways) > 1 else held)
        for at, (comparison, amount) in enumerate(question.amounts):
            self.parameters[f"amount{at}"] = amount
            found.append(f"thing.{self.grant.amount} {comparison} $amount{at}")
        if question.when.year is not None and not self.grant.year:
            self.parameters |= {"since": f"{question.when.year}-04", "before": f"{question.when.year + 1}-04"}
            found.append(f"thing.{self.grant.date} >= $since AND thing.{self.grant.date} < $before")
        elif question.when.year is not None:
            self.parameters["year"] = question.when.year
            found.append(f"thing.{self.grant.year} = $year")
        return "".join(f"\n  AND {condition}" for condition in found)


def _ways_to_write(word: str) -> list[str]:
    """A word as titles may write it: as typed, in capitals, in full width."""
    if not any(c.isascii() and c.isalnum() for c in word):
        return [word]
    ways = [word, word.upper()] if any(c.isascii() and c.isalpha() for c in word) else [word]
    wide = {c: c + _TO_FULL_WIDTH for c in range(ord("!"), ord("~") + 1)}
    return list(dict.fromkeys([*ways, *(way.translate(wide) for way in ways)]))

"""A plan or a schema enters, the questions that a user could ask instead leave."""

from __future__ import annotations

from collections.abc import Iterator

from graph.schema import Schema
from qa.format import say
from qa.plan import Part, QueryPlan
from qa.segment import Token
from qa.wording import kind_name


def with_ids(plan: QueryPlan, name: str, ids: tuple[str, ...]) -> QueryPlan:
    """The plan with one part standing for other things."""
    parts = tuple(p.model_copy(update={"ids": ids}) if p.name == name else p for p in plan.parts)
    return plan.model_copy(update={"parts": parts})


def ambiguous_parts(plan: QueryPlan, tokens: tuple[Token, ...]) -> list[Part]:
    """The parts whose one word of the question names several things; a plural means all of them."""
    words = {t.text for t in tokens if not (t.text.isascii() and t.text.endswith("s") and not t.text.endswith("ss"))}
    return [part for part in plan.parts if len(part.ids) > 1 and part.mention in words]


def relaxations(plan: QueryPlan, schema: Schema, language: str) -> Iterator[tuple[str, QueryPlan, str]]:
    """The plan with each condition left out alone: what is left out in words, the plan, a question that asks it."""
    if plan.ask in ("describe", "values", "statements", "yes_no"):
        return
    target = plan.part(plan.target)
    for part in plan.parts:
        if part.name != target.name and (part.ids or part.conditions):
            yield from _without(plan, part, schema, language)
    if target.conditions and len(plan.parts) > 1:
        free = target.model_copy(update={"conditions": ()})
        parts = tuple(free if p.name == target.name else p for p in plan.parts)
        relaxed = plan.model_copy(update={"parts": parts})
        shown = kind_name(target, schema, language)
        yield say(language, "without", condition=shown), relaxed, _question(relaxed, schema, language)


def _without(plan: QueryPlan, gone: Part, schema: Schema, language: str) -> Iterator[tuple[str, QueryPlan, str]]:
    parts = {p.name: p for p in plan.parts if p.name != gone.name}
    steps = [s for s in plan.steps if gone.name not in (s.start, s.end)]
    # What hung on the part that goes, or led only to it, goes too.
    reached = {plan.target}
    while True:
        more = {n for s in steps for n in (s.start, s.end) if {s.start, s.end} & reached} - reached
        if not more:
            break
        reached |= more
    kept = [p for p in parts.values() if p.name in reached]
    steps = [s for s in steps if {s.start, s.end} <= reached]
    bare = {p.name for p in kept if p.open_kind and not p.conditions and p.name != plan.target and not p.mention}
    for name in bare:
        if sum(name in (s.start, s.end) for s in steps) == 1:
            steps = [s for s in steps if name not in (s.start, s.end)]
            kept = [p for p in kept if p.name != name]
    if not kept:
        return
    relaxed = plan.model_copy(update={"parts": tuple(kept), "steps": tuple(steps)})
    shown = gone.mention or kind_name(gone, schema, language)
    yield say(language, "without", condition=shown), relaxed, _question(relaxed, schema, language)


def _question(plan: QueryPlan, schema: Schema, language: str) -> str:
    """A plain question with the meaning of a plan of things."""
    target = plan.part(plan.target)
    kind = kind_name(target, schema, language)
    others = [
        p.mention or kind_name(p, schema, language)
        for p in plan.parts
        if p.name != target.name and (p.ids or p.mention)
    ]
    if language == "ja":
        return "の".join([*others, kind]) + "は？"
    return f"which {kind}" + (f" for {' and '.join(others)}" if others else "") + "?"


def example_questions(schema: Schema, language: str) -> list[str]:
    """Three questions that this schema can answer, made of its own words."""
    found: list[str] = []
    for start, relation in ((r.start[0], r) for r in schema.relations.values() if not r.weak):
        kind = _first_noun(schema, start, language)
        there = schema.labels[relation.end[0]].name(language)
        if language == "ja":
            found.append(f"{kind}の{there}の一覧は？" if len(found) % 2 else f"{kind}は何件ありますか？")
        else:
            found.append(f"how many {kind} are there?" if len(found) % 2 == 0 else f"which {kind} are there?")
        if len(dict.fromkeys(found)) >= 3:
            break
    return list(dict.fromkeys(found))[:3]


def _first_noun(schema: Schema, label: str, language: str) -> str:
    for prop in schema.labels[label].properties.values():
        for value in prop.values.values():
            if value.noun:
                word = value.name(language)
                return word if language == "ja" else kind_name_plural(word)
    word = schema.labels[label].name(language)
    return word if language == "ja" else kind_name_plural(word)


def kind_name_plural(word: str) -> str:
    """The English plural of a kind's name."""
    return word[:-1] + "ies" if word.endswith("y") else word + ("" if word.endswith("s") else "s")

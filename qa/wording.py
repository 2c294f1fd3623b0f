"""A plan and the rows it found enter, the answer's text in the question's language leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graph.fold import fold
from graph.records import Source
from graph.schema import Schema
from qa.answer import Place
from qa.format import format_value, localised, property_name, say, summary
from qa.plan import Condition, Part, QueryPlan

# So many texts of one thing are told.
TOLD = 3
SHOWN = 10
DETAILED = 6


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of a query as dicts by column, how many there are in all, and whether some are not among them."""

    rows: list[dict[str, Any]]
    total: int
    truncated: bool


def word_answer(plan: QueryPlan, found: Found, schema: Schema, language: str) -> str:
    """The text of an answer, from rows only."""
    if plan.ask == "count":
        names = names_of(found.rows[0]["things"], language)
        if len(names) > SHOWN or not names:
            return say(language, "count", count=f"{found.rows[0]['count']:,}")
        shown = say(language, "separator").join(names)
        return say(language, "count_named", count=found.rows[0]["count"], names=shown)
    if plan.ask == "yes_no":
        return say(language, "yes", evidence="").strip()
    if plan.ask in ("sum", "average"):
        row = found.rows[0]
        prop = schema.properties(plan.part(plan.target).label)[plan.properties[0]]
        shown = format_value(row[plan.ask], prop, language)
        return say(language, plan.ask, value=shown, counted=row["counted"], missing=row["rows"] - row["counted"])
    if plan.ask == "values":
        return _values(plan, found, schema, language)
    if plan.ask == "statements":
        keys = [key for word in plan.words if len(key := fold(word)) > 1]
        lines = [f"・{_stated(row, keys, schema, language)}" for row in found.rows]
        return "\n".join([say(language, "statements"), *lines])
    return _things(plan, found, schema, language)


def names_of(things: Sequence[Sequence[Any]], language: str) -> list[str]:
    """The names of counted things, each given as its id, its name and, where it has one, its English name."""
    return [str((language == "en" and len(one) > 2 and one[2]) or one[1]) for one in things]


def _stated(row: dict[str, Any], keys: list[str], schema: Schema, language: str) -> str:
    """What a row states: the summary of its label or, of a thing that has none, the text that holds most of the words."""
    label = row["label"]
    if schema.labels[label].summary is not None:
        return summary(schema, label, row, language)
    # A property is also meant by its name: 「以前」 is the former post.
    texts = {
        name: "\n".join(map(fold, (*prop.ja, *prop.en, f"{row.get(name) or ''} {row.get(f'{name}_en') or ''}")))
        for name, prop in schema.properties(label).items()
        if prop.type in ("string", "text") and not prop.find_by and not name.endswith("_en") and row.get(name)
    }
    held = {name: sum(key in text for key in keys) for name, text in texts.items()}
    best = [name for name in texts if held[name] == max(held.values()) > 0]
    best += [name for name in schema.labels[label].featured if name in texts and name not in best]
    if not best:
        return summary(schema, label, row, language)
    known = schema.properties(label)
    values = [(known[n].name(language), format_value(localised(row, n, language), known[n], language)) for n in best]
    shown = say(language, "next").join(f"{name}: {value}" for name, value in values[:TOLD])
    return f"{_name(row, language)}{say(language, 'begins')}{shown}"


def _things(plan: QueryPlan, found: Found, schema: Schema, language: str) -> str:
    part = plan.part(plan.target)
    label = part.label.split("|")[0]
    told = schema.labels[label].summary is not None
    if told:
        return "\n".join(f"・{summary(schema, label, row, language)}" for row in found.rows[:SHOWN])
    names = [_name(row, language) for row in found.rows]
    if len(names) <= DETAILED:
        names = [n + _detail(row, label, schema, language) for n, row in zip(names, found.rows, strict=True)]
    shown = say(language, "separator").join(names[:SHOWN])
    if found.total > SHOWN:
        shown += say(language, "more", count=found.total - SHOWN)
    if found.total == 1:
        return say(language, "found_one", names=shown.rstrip("."))
    return say(language, "found", kind=kind_name(part, schema, language), count=f"{found.total:,}", names=shown)


def _detail(row: dict[str, Any], label: str, schema: Schema, language: str) -> str:
    """The first short text that is shown of people, in brackets behind the name."""
    if "who" not in schema.labels[label].asks:
        return ""
    for name in schema.labels[label].featured:
        prop = schema.properties(label)[name]
        value = localised(row, name, language)
        if prop.type == "string" and value:
            return f"（{value}）" if language == "ja" else f" ({value})"
    return ""


def _values(plan: QueryPlan, found: Found, schema: Schema, language: str) -> str:
    label = plan.part(plan.target).label
    lines = []
    for row in found.rows[:SHOWN]:
        for name in plan.properties:
            prop = schema.properties(label.split("|")[0]).get(name)
            value = format_value(localised(row, name, language), prop, language)
            if not value:
                continue
            shown = property_name(schema, label, name, language)
            lines.append(say(language, "value", name=_name(row, language), property=shown, value=value))
    return "\n".join(lines)


def word_description(
    label: str, properties: dict[str, Any], links: Sequence[dict[str, Any]], schema: Schema, language: str
) -> str:
    """All about one thing: its summary, what is shown first of its label, and what it is joined to."""
    known = schema.properties(label)
    lines = [summary(schema, label, properties, language)]
    for name in schema.labels[label].featured:
        value = format_value(localised(properties, name, language), known[name], language)
        if value and value not in lines[0]:
            lines.append(f"・{known[name].name(language)}: {value}")
    groups: dict[str, list[str]] = {}
    for link in links:
        if link["relation"] is None or link["name"] is None:
            continue
        relation = schema.relations.get(link["relation"])
        if relation is None or (relation.weak and not link["forward"]):
            continue
        words = relation if link["forward"] or not relation.reverse.ja else relation.reverse
        groups.setdefault(words.name(language), []).append(_name(link, language))
    for shown, names in groups.items():
        unique = list(dict.fromkeys(names))
        more = say(language, "more", count=len(unique) - DETAILED) if len(unique) > DETAILED else ""
        lines.append(f"・{shown}: {say(language, 'separator').join(unique[:DETAILED])}{more}")
    return "\n".join(lines)


def _name(row: dict[str, Any], language: str) -> str:
    return str(localised(row, "name", language) or row.get("name") or row.get("id") or "")


def kind_name(part: Part, schema: Schema, language: str) -> str:
    """What the things of a part are called: the nouns of their conditions, or their label."""
    label = part.label.split("|")[0]
    nouns = [
        _plural(value.name(language), language)
        for condition in part.conditions
        if condition.comparison == "="
        for one in condition.values()
        if (value := schema.properties(label)[condition.property].values.get(str(one))) and value.noun
    ]
    if nouns:
        return say(language, "joined").join(nouns)
    own = schema.labels[label]
    if language == "en" and own.plural_en and "|" not in part.label:
        return own.plural_en
    return say(language, "joined").join(
        _plural(schema.labels[n].name(language), language) for n in part.label.split("|")
    )


def _plural(word: str, language: str) -> str:
    if language != "en":
        return word
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def interpret(plan: QueryPlan, schema: Schema, language: str) -> str:
    """What was understood, in words: the kind asked for, then each condition."""
    target = plan.part(plan.target)
    shown = [kind_name(target, schema, language) if target.open_kind else (target.mention or target.ids[0])]
    shown += [property_name(schema, target.label, name, language) for name in plan.properties]
    for part in plan.parts:
        conditions = part.conditions if part is target else ()
        if part is target:
            shown += [_condition(c, part, schema, language) for c in conditions if not _is_noun(c, part, schema)]
        elif part.ids or part.conditions:
            label = schema.labels[part.label.split("|")[0]].name(language)
            value = part.mention or kind_name(part, schema, language)
            below = say(language, "narrower") if part.narrower else ""
            no = say(language, "not") if part.negated else ""
            shown.append(f"{label} = {no}{value}{below}" if language == "en" else f"{label} = {value}{no}{below}")
    if plan.order_by:
        shown.append(
            f"{'↓' if plan.descending else '↑'} {property_name(schema, target.label, plan.order_by, language)}"
        )
    return " · ".join(shown)


def _is_noun(condition: Condition, part: Part, schema: Schema) -> bool:
    known = schema.properties(part.label.split("|")[0])[condition.property].values
    return condition.comparison == "=" and all(str(v) in known and known[str(v)].noun for v in condition.values())


def _condition(condition: Condition, part: Part, schema: Schema, language: str) -> str:
    prop = schema.properties(part.label.split("|")[0])[condition.property]
    shown = say(language, "joined").join(format_value(one, prop, language) for one in condition.values())
    return f"{prop.name(language)} {condition.comparison} {shown}"


def places(entries: Sequence[str], documents: dict[str, dict[str, Any]], properties: Sequence[str] = ()) -> list[Place]:
    """The places of source entries; with `properties`, those that state one of them where any does."""
    sources = [Source.parse(entry) for entry in dict.fromkeys(entries)]
    wanted = {name for p in properties for name in (p, f"{p}_en")}
    exact = [s for s in sources if wanted & set(s.properties)]
    found: dict[tuple[str, str], Place] = {}
    for source in exact or sources:
        about = documents.get(source.document, {})
        found[source.document, source.locator] = Place(
            document=str(about.get("name") or source.document),
            locator=source.locator,
            date=str(about.get("date") or ""),
            url=str(about.get("url") or ""),
        )
    return list(found.values())

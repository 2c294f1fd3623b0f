"""A schema enters, what a language model is told of it leaves: the instructions, the words, examples, the form of a draft."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graph.schema import Property, Schema, Words
from qa.draft import DraftCondition, DraftPart, DraftPlan, DraftStep

SYSTEM = """\
Fill in a search plan for one question about a graph. A program runs the plan; you never answer the question yourself.
Use only the labels, properties, values and relations listed below, spelled exactly as listed.
- parts: each kind of thing that the question mentions; `names` are names of certain things, copied from the question.
- steps: the relations that join the parts, from start to end as listed. Steps join every part to the target.
- conditions: what a property must be, `on` the key of a part or on a relation. Digits for numbers, YYYY-MM-DD for dates.
- ask: things (which), count (how many), values (`properties` of the target), describe (all about one named thing),
  yes_no, sum or average (of one numeric property of the target).
- Fill in only `cannot` when the graph below does not hold what is asked, or the question wants something changed.

{schema}

Examples:
{examples}"""
REPAIR = "This plan cannot be used:\n{reason}\nGive the corrected plan, or only `cannot`."
EXAMPLES = {
    "ja": ("{relation}がXの{label}は？", "{property}が{value}の{label}は何件？", "Xの{property}は？"),
    "en": ("Which {label} has X as {relation}?", "How many {label} have {value} as {property}?", "{property} of X?"),
}


def describe_schema(schema: Schema, language: str) -> str:
    """Labels, properties, values and relations with their words in one language."""
    lines = ["Properties of every label:", *_property_lines(schema.common, language), "Labels:"]
    for name, label in schema.labels.items():
        lines += [f"- {name}{_words(label, language)}", *_property_lines(label.properties, language)]
    lines.append("Relations, start -> end:")
    for name, relation in schema.relations.items():
        back = f"; from end to start{_words(relation.reverse, language)}" if relation.reverse.name(language) else ""
        ends = f"{'|'.join(relation.start)} -> {'|'.join(relation.end)}"
        lines.append(f"- {name}: {ends}{_words(relation, language)}{back}")
        lines += _property_lines(relation.properties, language)
    return "\n".join(lines)


def _property_lines(properties: dict[str, Property], language: str) -> Iterator[str]:
    for name, prop in properties.items():
        values = "; ".join(f"{value}{_words(words, language, 2)}" for value, words in prop.values.items())
        yield f"  {name}: {prop.type}{_words(prop, language, 2)}" + (f", values {values}" if values else "")


def _words(words: Words, language: str, most: int = 4) -> str:
    chosen = (words.ja or words.en) if language == "ja" else (words.en or words.ja)
    return f" ({', '.join(chosen[:most])})" if chosen else ""


def examples(schema: Schema, language: str) -> Iterator[tuple[str, DraftPlan]]:
    """Yield up to three questions made of the schema's first words, each with its plan."""
    joined, counted, valued = EXAMPLES[language]
    labels = schema.labels
    for kind, relation in list(schema.relations.items())[:1]:
        start, end = relation.start[0], relation.end[0]
        both = (DraftPart(key="a", label=start), DraftPart(key="b", label=end, names=("X",)))
        asked = joined.format(relation=relation.name(language), label=labels[start].name(language))
        yield asked, DraftPlan(target="a", parts=both, steps=(DraftStep(start="a", relation=kind, end="b"),))
    known = [(label, name, prop) for label in labels for name, prop in labels[label].properties.items()]
    for label, name, prop in [one for one in known if one[2].values][:1]:
        value, words = next(iter(prop.values.items()))
        shown = {"label": labels[label].name(language), "property": prop.name(language), "value": words.name(language)}
        chosen = (DraftCondition(on="a", property=name, values=(value,)),)
        parts = (DraftPart(key="a", label=label),)
        yield counted.format(**shown), DraftPlan(ask="count", target="a", parts=parts, conditions=chosen)
    for label, name, prop in [one for one in known if not one[2].values][:1]:
        parts = (DraftPart(key="a", label=label, names=("X",)),)
        yield (
            valued.format(property=prop.name(language)),
            DraftPlan(ask="values", target="a", parts=parts, properties=(name,)),
        )


def draft_schema(schema: Schema) -> dict[str, Any]:
    """The JSON schema of a draft, with the labels and relations that there are."""
    found = DraftPlan.model_json_schema()
    for part, field, names in (("DraftPart", "label", schema.labels), ("DraftStep", "relation", schema.relations)):
        if names:
            found["$defs"][part]["properties"][field]["enum"] = list(names)
    return found

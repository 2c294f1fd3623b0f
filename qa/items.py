"""The words of a question enter, the things, properties and relations that they may stand for leave."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from graph.schema import Schema
from qa.lexicon import Sense
from qa.plan import Condition
from qa.segment import Token

MOST_READINGS = 96
MOST_SENSES = 4
STATED_LEFT_OUT = 0.6
DOCUMENT_LEFT_OUT = 0.4
# Words that make one thing a part of the other, not its alternative.
OF = frozenset(
    {"の", "of", "in", "at", "by", "with", "for", "from", "under", "は", "が", "を", "に", "で", "へ", "から"}
)
DOCUMENT = "Document"
CONTENT = frozenset({"label", "value", "contains", "property", "relation", "entity"})


@dataclass(frozen=True, slots=True)
class Thing:
    """Some things that the question mentions: of a label, perhaps certain ones, perhaps with conditions.

    `role` says that the word for it also says a relation that it is in.
    """

    at: int
    label: str
    ids: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    mention: str = ""
    negated: bool = False
    role: bool = False

    @property
    def open(self) -> bool:
        """Whether it stands for a kind of thing rather than for certain things."""
        return not self.ids


@dataclass(frozen=True, slots=True)
class PropertyWord:
    """A property that the question names, with the labels that have it."""

    at: int
    name: str
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RelationWord:
    """A relation that the question names, or one of its property values (a role)."""

    at: int
    name: str
    conditions: tuple[Condition, ...] = ()
    reverse: bool = False


Item = Thing | PropertyWord | RelationWord


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to take every word: the items in the order of the question, and what the choice costs."""

    items: tuple[Item, ...]
    cost: float


def choices(tokens: tuple[Token, ...], schema: Schema) -> Iterator[Choice]:
    """Yield the ways to take the content words, at most MOST_READINGS of them, likelier senses first."""
    options = [_options(at, token, schema) for at, token in enumerate(tokens)]
    options = [sorted(o, key=lambda option: option[1])[:MOST_SENSES] for o in options if o]
    for picked in itertools.islice(itertools.product(*options[::-1]), MOST_READINGS):
        picked = picked[::-1]
        items = [item for item, _ in picked if item is not None]
        cost = sum(cost for _, cost in picked)
        for variant, extra in _with_appositions(items, tokens):
            yield Choice(tuple(_coordinated(_negations(variant, tokens), tokens, schema)), cost + extra)


def _options(at: int, token: Token, schema: Schema) -> list[tuple[Item | None, float]]:
    found: list[tuple[Item | None, float]] = []
    entities: dict[str, list[str]] = {}
    properties: dict[str, list[str]] = {}
    for sense in token.senses:
        if sense.kind == "entity":
            entities.setdefault(sense.label, []).append(sense.value)
        elif sense.kind == "property":
            properties.setdefault(sense.name, []).append(sense.label)
    for label, ids in entities.items():
        found.append((Thing(at, label, tuple(dict.fromkeys(ids)), mention=token.text), 0.0))
    for sense in token.senses:
        item = _schema_item(at, token, sense, schema)
        if item:
            # A name that also is a word of the schema (a concept called like a kind of thing) is rather the word.
            found.append((item, 0.3 if isinstance(item, Thing) and sense.kind == "value" and not sense.noun else 0.05))
    for name, owners in properties.items():
        found.append((PropertyWord(at, name, tuple(owners)), 0.1))
    if found and (token.spare or not all(s.kind in CONTENT for s in token.senses)):
        found.append((None, 0.25))
    elif found and all(_document(s) for s in token.senses):
        # 「資料に出てくる」: everything is told by some document.
        found.append((None, DOCUMENT_LEFT_OUT))
    elif found and all(s.kind == "label" and schema.labels[s.name].stated for s in token.senses):
        # 「企業の事例」: what is told of companies is asked by asking for them.
        found.append((None, STATED_LEFT_OUT))
    return found


def _document(sense: Sense) -> bool:
    return DOCUMENT in (sense.label, sense.name if sense.kind == "label" else "")


def _schema_item(at: int, token: Token, sense: Sense, schema: Schema) -> Item | None:
    if sense.kind == "label":
        return Thing(at, sense.name, mention=token.text)
    if sense.kind == "relation":
        return RelationWord(at, sense.name, reverse=sense.reverse)
    if sense.kind == "contains":
        within = Condition(property=sense.name, comparison="contains", value=sense.value)
        return Thing(at, sense.label, conditions=(within,), mention=token.text)
    if sense.kind == "value":
        condition = Condition(property=sense.name, value=sense.value)
        if sense.label in schema.labels:
            return Thing(at, sense.label, conditions=(condition,), mention=token.text)
        return RelationWord(at, sense.label, (condition,))
    return None


def _with_appositions(items: list[Item], tokens: tuple[Token, ...]) -> Iterator[tuple[list[Item], float]]:
    """Yield the items, with a kind that stands right beside a thing of that kind taken as one (Go-Tech + 事業)."""
    for i in range(len(items) - 1):
        one, two = items[i], items[i + 1]
        if not (isinstance(one, Thing) and isinstance(two, Thing) and one.label == two.label):
            continue
        if not _beside(one.at, two.at, tokens):
            continue
        if one.open or two.open:
            joined = replace(
                one,
                ids=one.ids or two.ids,
                conditions=() if one.ids or two.ids else one.conditions + two.conditions,
                mention=(one if one.ids else two).mention,
            )
            yield from _with_appositions([*items[:i], joined, *items[i + 2 :]], tokens)
            return
    yield items, 0.0


def _beside(one: int, two: int, tokens: tuple[Token, ...]) -> bool:
    between = tokens[one + 1 : two]
    return not between or (len(between) == 1 and between[0].text.strip() in ("という", "・", "called", "named", "the"))


def _negations(items: list[Item], tokens: tuple[Token, ...]) -> list[Item]:
    """Mark the thing that a word such as 以外 or "except" stands beside."""
    marked = list(items)
    for at, token in enumerate(tokens):
        if not any(s.kind == "operator" and s.name == "not" for s in token.senses):
            continue
        english = token.text.isascii()
        things = [i for i, item in enumerate(marked) if isinstance(item, Thing) and ((item.at > at) == english)]
        if things:
            run = things if english else things[::-1]
            for index, last in zip(run, [None, *run[:-1]], strict=True):
                thing, before = marked[index], marked[last] if last is not None else None
                if not isinstance(thing, Thing):
                    break
                if isinstance(before, Thing) and not _denied_together(thing, before, tokens):
                    break
                marked[index] = replace(thing, negated=True)
    return marked


def _denied_together(one: Thing, two: Thing, tokens: tuple[Token, ...]) -> bool:
    """Whether one word denies both: "except the university professor", "neither A nor B", 「AでもBでもない」."""
    between = tokens[min(one.at, two.at) + 1 : max(one.at, two.at)]
    either = any(s.kind == "operator" and s.name == "or" for t in between for s in t.senses)
    return not between or either or any(t.text.strip().casefold() in ("も", "nor") for t in between)


def _coordinated(items: list[Item], tokens: tuple[Token, ...], schema: Schema) -> list[Item]:
    """Take things of one kind joined by "or" as one, and those merely set side by side (サポイン／Go-Tech).

    Places are alternatives also where "and" joins them, as nothing lies in both; a thing named twice is one.
    """
    joined: list[Item] = []
    for item in items:
        at = next((i for i in reversed(range(len(joined))) if isinstance(joined[i], Thing)), None)
        last = joined[at] if at is not None else None
        if isinstance(last, Thing) and isinstance(item, Thing) and last.label == item.label and last.ids and item.ids:
            both = tuple(i for i in last.ids if i in item.ids)
            if both:
                joined[at or 0] = replace(last, at=item.at, ids=both)
                continue
            if not (last.negated or item.negated) and _alternatives(last, item, tokens, schema):
                mention = f"{last.mention}・{item.mention}"
                joined[at or 0] = replace(last, at=item.at, ids=last.ids + item.ids, mention=mention)
                continue
        joined.append(item)
    return joined


def _alternatives(one: Thing, two: Thing, tokens: tuple[Token, ...], schema: Schema) -> bool:
    between = tokens[one.at + 1 : two.at]
    names = {s.name for t in between for s in t.senses if s.kind == "operator"}
    if "or" in names:
        return True
    places = schema.labels[one.label].hierarchy is not None and "where" in schema.labels[one.label].asks
    if places and (not between or "and" in names):
        return True
    return not names and all(t.has("ignore") and t.text.strip().casefold() not in OF for t in between)

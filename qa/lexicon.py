"""The schema and the grammar's words enter, a table from folded words to what they may mean leaves."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from graph.fold import fold
from graph.schema import Schema, read_yaml

Kind = Literal[
    "label",
    "value",
    "contains",
    "property",
    "relation",
    "around",
    "entity",
    "ask",
    "operator",
    "comparator",
    "scale",
    "number",
    "literal",
    "change",
    "off_topic",
    "compare",
    "follow",
    "ignore",
]
LANGUAGES = ("ja", "en")


@dataclass(frozen=True, slots=True)
class Sense:
    """One thing that a word may mean.

    name:  label, property or relation of the schema; or what an ask word, operator or comparator does
    label: the label that a property, value or entity belongs to
    value: the enum value, the id of the entity, the text of a property value, the factor of a scale, the second half
           of a word that is said around others
    noun:  it can stand for the thing itself: of a relation, for what is at that end of it
    """

    kind: Kind
    name: str = ""
    label: str = ""
    value: str = ""
    noun: bool = False
    reverse: bool = False


@dataclass(frozen=True)
class Lexicon:
    """What folded words may mean, and the length of the longest one."""

    senses: dict[str, tuple[Sense, ...]]
    longest: int
    fillers: dict[str, frozenset[str]] = field(default_factory=dict)

    def get(self, key: str) -> tuple[Sense, ...]:
        """The senses of one folded word; empty when it is not known."""
        return self.senses.get(key, ())


@lru_cache(maxsize=4)
def grammar_words(language: str) -> dict[str, Any]:
    """The word file of one language."""
    path = Path(__file__).with_name(f"words_{language}.yaml")
    return dict(read_yaml(path)[0])


@lru_cache(maxsize=1)
def soft_words() -> frozenset[str]:
    """The folded words that frame a matter without naming it."""
    return frozenset(fold(word) for language in LANGUAGES for word in grammar_words(language).get("soft", ()))


@lru_cache(maxsize=1)
def whole_words() -> frozenset[str]:
    """The folded words for all parts of something together."""
    return frozenset(fold(word) for language in LANGUAGES for word in grammar_words(language)["whole"])


@lru_cache(maxsize=2)
def extreme_words(which: str) -> frozenset[str]:
    """The folded words, of one word each, for what is greatest ("max") or least ("min") of all."""
    words = (w for lang in LANGUAGES for w in grammar_words(lang)["operators"][which])
    return frozenset(fold(w) for w in words if " " not in w)


@lru_cache(maxsize=1)
def light_words() -> frozenset[str]:
    """The folded words that a question can do without, in all their forms."""
    return frozenset(
        fold(form) for language in LANGUAGES for word in grammar_words(language)["light"] for form in forms(word)
    )


_PER = Sense("compare", "per")


def build_lexicon(schema: Schema) -> Lexicon:
    """Derive the question parser's words from the schema and the two word files."""
    found: dict[str, dict[Sense, None]] = defaultdict(dict)
    for word, sense in _schema_words(schema):
        # Relations are said by verbs, in all their forms; other words of the schema are nouns.
        for form in forms(word) if (sense.kind == "relation" and not sense.noun) or not word.isascii() else {word}:
            first, around, second = form.partition("…")
            if around:
                found[fold(first)][replace(sense, kind="around", value=fold(second))] = None
                found[fold(second)][Sense("around")] = None
            else:
                found[fold(form)][sense] = None
    fillers: dict[str, frozenset[str]] = {}
    for language in LANGUAGES:
        words = grammar_words(language)
        for word, sense in (*_grammar_senses(words), *_grammar_senses(_own_words(schema, language))):
            # What a figure is told per may be a value of the data: it then stands in the plan.
            if sense != _PER or not any(known.kind == "value" for known in found[fold(word)]):
                found[fold(word)][sense] = None
        fillers[language] = frozenset(fold(w) for w in words["ignore"])
    found.pop("", None)
    senses = {key: tuple(items) for key, items in found.items()}
    return Lexicon(senses, max(map(len, senses)), fillers)


def _schema_words(schema: Schema) -> Iterator[tuple[str, Sense]]:
    for name, label in schema.labels.items():
        for word in (*label.ja, *label.en, *([label.plural_en] if label.plural_en else [])):
            yield word, Sense("label", name)
        for prop_name, prop in schema.properties(name).items():
            for word in (*prop.ja, *prop.en):
                yield word, Sense("property", prop_name, name)
            for value_name, value in prop.values.items():
                for word in (*value.ja, *value.en):
                    yield word, Sense("value", prop_name, name, value_name, noun=value.noun)
            for text, words in prop.synonyms.items():
                for word in (*words.ja, *words.en):
                    yield word, Sense("value", prop_name, name, text)
    for name, relation in schema.relations.items():
        for word in (*relation.ja, *relation.en):
            yield word, Sense("relation", name)
        for word in (*relation.reverse.ja, *relation.reverse.en):
            yield word, Sense("relation", name, reverse=True)
        for ends, words in ((relation.start, relation.start_as), (relation.end, relation.end_as)):
            for end in ends:
                for word in (*words.ja, *words.en):
                    yield word, Sense("relation", name, end, noun=True)
        for prop_name, prop in relation.properties.items():
            for value_name, value in prop.values.items():
                for word in (*value.ja, *value.en):
                    yield word, Sense("value", prop_name, name, value_name)


def _own_words(schema: Schema, language: str) -> dict[str, Any]:
    own = schema.grammar.get(language)  # type: ignore[call-overload]
    return own.model_dump() if own else {}


def _grammar_senses(words: dict[str, Any]) -> Iterator[tuple[str, Sense]]:
    for word in words.get("ignore", ()):
        yield word, Sense("ignore")
    for kind, section in (
        ("ask", "asks"),
        ("operator", "operators"),
        ("comparator", "comparators"),
        ("follow", "follow"),
        ("compare", "compare"),
    ):
        for name, listed in words.get(section, {}).items():
            for word in listed:
                yield word, Sense(kind, name)  # type: ignore[arg-type]
    for word, factor in words.get("numbers", {}).items():
        yield word, Sense("scale", value=str(factor))
    for word in words.get("change", ()):
        yield word, Sense("change")
    for word in words.get("off_topic", ()):
        yield word, Sense("off_topic")


_DOUBLED = re.compile(r"[^aeiou][aeiou][bdgklmnprt]$")
_GODAN = {
    "う": "わいっえお", "く": "かきいけこ", "ぐ": "がぎいげご", "す": "さしせそ", "つ": "たちってと",
    "ぬ": "なにんねの", "む": "まみんめも", "ぶ": "ばびんべぼ", "る": "らりっれろ",
}  # fmt: skip


def forms(word: str) -> set[str]:
    """A word of the schema and its inflected stems: Japanese verbs before their endings, English verb forms."""
    if word.isascii():
        return _english_forms(word)
    found = {word}
    if word.endswith("する") and len(word) > 3:
        found.add(word[:-2])
    elif len(word) > 1 and word[-1] in _GODAN and not word.endswith(("いる", "ある")):
        stem = word[:-1]
        found |= {stem + row for row in _GODAN[word[-1]]}
        if word[-1] == "る" and len(stem) > 1:
            found.add(stem)
    return found


def with_plural(word: str) -> set[str]:
    """A noun of the schema, and where it is English its plural."""
    if not word.isascii() or word.endswith("s"):
        return {word}
    return {word, word[:-1] + "ies" if word.endswith("y") and word[-2:-1] not in "aeiou" else word + "s"}


def _english_forms(phrase: str) -> set[str]:
    head, _, rest = phrase.partition(" ")
    if not head.islower() or not head.isalpha() or len(head) < 3:
        return {phrase}
    irregular = grammar_words("en")["irregular"]
    if head in irregular:
        variants = {head, *irregular[head], (head[:-1] if head.endswith("e") else head) + "ing", head + "s"}
    else:
        base = head[:-1] if head.endswith("e") else head
        past = head + "d" if head.endswith("e") else (head[:-1] + "ied" if head.endswith("y") else head + "ed")
        variants = {head, past, base + "ing", head + "s"}
        if _DOUBLED.search(head):  # occur, occurred, occurring
            variants |= {head + head[-1] + "ed", head + head[-1] + "ing"}
    found = {f"{variant} {rest}".strip() for variant in variants}
    if rest and head.endswith("ed") and "…" not in rest:  # "where is it located": the preposition goes
        found.add(head)
    return found

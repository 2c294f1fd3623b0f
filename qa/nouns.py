"""The words of a question enter, what each may stand for leaves, in an order in which whatever depends follows its head.

"Diana's housemates" becomes "housemates (of) Diana", "burglary sites" becomes "sites (of) burglary"; "On Monday, how many
calls" becomes "how many calls (on) Monday".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from graph.fold import fold
from graph.schema import Schema
from qa.lexicon import Sense
from qa.literals import Literal
from qa.plan import Condition
from qa.segment import Token
from qa.text import Folded

# Words between a property and its value: "surname is Woods", "named Amy".
LONGEST_GAP = 3
# How far the halves of one word may stand apart: "know the phone number of".
LONGEST_AROUND = 6
# A word that is the name of another label; a name in another number, a year as a part of a date.
OTHER_NAME, SYNONYM = 0.9, 0.25
FRONTED = frozenset({"on", "at", "in", "for", "among", "amongst", "from", "within", "during", "of"})
MARKS: dict[str, str] = {
    "and": "and", "also": "and", "but": "and", "who": "who", "that": "who", "which": "who", "whose": "who", "is": "is",
    "are": "is", "was": "is", "were": "is", "be": "is", "being": "is", "as": "is", "have": "have", "has": "have",
    "had": "have", "having": "have", "with": "have", "of": "of", "the": "the",
}  # fmt: skip
SKIPPED = frozenset({"ignore", "ask", "operator", "follow", "compare", "comparator", "off_topic", "change", "scale"})


@dataclass(frozen=True, slots=True)
class Noun:
    """One way to take a word as a thing: of a label, with conditions or certain ids; `role` is the relation it says."""

    label: str
    conditions: tuple[Condition, ...] = ()
    ids: tuple[str, ...] = ()
    role: str = ""
    cost: float = 0.0
    implied: bool = False

    @property
    def bare(self) -> bool:
        """Whether it only says the kind."""
        return not self.conditions and not self.ids


@dataclass(frozen=True, slots=True)
class Slot:
    """One word: the ways to take it as a thing, the relations and properties it names.

    `free` says that it can be left out, `own` that it stands without a gap behind the one before, `marks` are what
    the words without content before it say ("and", "who", "is").
    """

    at: int
    text: str
    nouns: tuple[Noun, ...] = ()
    relations: frozenset[str] = frozenset()
    properties: tuple[Sense, ...] = ()
    free: bool = False
    beside: bool = False
    owner: bool = False
    marks: frozenset[str] = frozenset()
    literal: bool = field(default=False)

    @property
    def content(self) -> bool:
        """Whether it may say something."""
        return bool(self.nouns or self.relations or self.properties)


class Nouns:
    """Makes slots of tokens over one schema."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.people = tuple(n for n, label in schema.labels.items() if "who" in label.asks)
        self.words = {n: {fold(w) for w in (*x.ja, *x.en)} for n, x in schema.labels.items()}
        units = {}
        for name in schema.labels:
            for prop_name, prop in schema.properties(name).items():
                if prop.unit is not None and prop.unit.en:
                    units[name, prop_name] = fold(prop.unit.en)
        self.units = units
        self.properties: dict[str, list[Sense]] = {}
        for name in schema.labels:
            for prop_name, prop in schema.properties(name).items():
                for key in {fold(w) for w in (*prop.ja, *prop.en)}:
                    self.properties.setdefault(key, []).append(Sense("property", prop_name, name))
        self.names = {n: {fold(w) for w in (*x.ja[:1], *x.en[:1], x.plural_en or "")} for n, x in schema.labels.items()}

    def slots(
        self, folded: Folded, tokens: Sequence[Token], literals: Sequence[Literal]
    ) -> tuple[list[Slot], tuple[str, ...]]:
        """The slots in order of dependence, and the words that were not understood."""
        tokens, given = self._around(folded, tokens)
        found: list[Slot] = []
        unread: list[str] = []
        marks: set[str] = set()
        by_start = {one.start: one for one in literals}
        gap = False
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if text_before(folded, token) == "-" and token.text.casefold() == "related":
                at += 1  # "vehicle-related crime": the words beside it are one
                continue
            begun = bool(found) and not (at and tokens[at - 1].text.casefold().endswith("those"))
            slot = self._slot(at, token, by_start, given.get(at), begun)
            step = 1
            number = self._number(tokens, at)
            if number:
                slot, step = number
            text = token.text.strip().casefold()
            if slot.content:
                beside = bool(found) and not gap and not marks
                found.append(replace(slot, beside=beside, marks=frozenset(marks)))
                asks = text.split()[1:] if token.has("ask") else []  # "who are"
                marks, gap = {MARKS[word] for word in asks if word in MARKS}, False
            elif token.unknown:
                if not self._halves(token) and text not in MARKS:
                    unread.append(token.text)
                gap = True
            else:
                gap = True
            for word in text.split():
                if word in MARKS and not slot.content:
                    marks.add(MARKS[word])
            if found and slot.content:
                end = folded.spans[tokens[at + step - 1].end - 1][1]
                if folded.text[end : end + 2] in ("'s", "’s") or folded.text[end - 1 : end + 1] in ("s'", "s’"):
                    found[-1] = replace(found[-1], owner=True)
            at += step
        found = self._paired(found)
        found = _heads_first(found)
        return self._fronted(found, tokens), tuple(unread)

    @staticmethod
    def _halves(token: Token) -> bool:
        return bool(token.senses) and all(s.kind == "around" for s in token.senses)

    def _around(self, folded: Folded, tokens: Sequence[Token]) -> tuple[Sequence[Token], dict[int, frozenset[str]]]:
        """Take words that are said around others as one at the place of the first half; the second half goes."""
        kept = list(tokens)
        given: dict[int, set[str]] = {}
        at = 0
        while at < len(kept):
            names: dict[int, set[str]] = {}
            for sense in kept[at].senses:
                if sense.kind != "around" or not sense.value:
                    continue
                for there in range(at + 1, min(len(kept), at + LONGEST_AROUND + 1)):
                    if folded.key[kept[there].start : kept[there].end] == sense.value and not _has_value(kept, there):
                        names.setdefault(there, set()).add(sense.name)
                        break
            if names:
                there = min(names)
                given[at] = names[there]
                del kept[there]
            at += 1
        return kept, {at: frozenset(names) for at, names in given.items()}

    def _slot(
        self, at: int, token: Token, literals: dict[int, Literal], given: frozenset[str] | None, begun: bool
    ) -> Slot:
        if given:
            return Slot(at, token.text, relations=given)
        if token.has("literal") and token.start in literals:
            return Slot(at, token.text, self._literal_nouns(token, literals[token.start]), literal=True)
        nouns: dict[Noun, None] = {}
        relations: set[str] = set()
        properties = self._kinds(token)
        free = any(s.kind in SKIPPED for s in token.senses)
        entities: dict[str, list[str]] = {}
        labels = {s.name for s in token.senses if s.kind == "label"}
        several = len(labels) > 1
        exact = any(s.kind == "value" and s.value.casefold() == token.text.casefold() for s in token.senses)
        for sense in token.senses:
            if sense.kind == "label":
                # The first word of a label is its name, which others have as a synonym.
                nouns[
                    Noun(sense.name, cost=OTHER_NAME * (several and fold(token.text) not in self.names[sense.name]))
                ] = None
            elif sense.kind == "value" and sense.label in self.schema.labels and self._written(sense, token, free):
                other = exact and sense.value.casefold() != token.text.casefold()
                condition = Condition(property=sense.name, value=sense.value)
                nouns[Noun(sense.label, (condition,), cost=SYNONYM * other)] = None
            elif sense.kind == "entity":
                entities.setdefault(sense.label, []).append(sense.value)
            elif sense.kind == "relation" and sense.noun:
                nouns[Noun(sense.label, role=sense.name)] = None
            elif sense.kind == "relation":
                relations.add(sense.name)
            elif sense.kind == "property":
                properties.append(sense)
            elif sense.kind == "ask" and sense.name in ("who", "where") and not labels:
                for noun in self._asked(sense.name, token.text) if self._stands(sense.name, token, at, begun) else ():
                    nouns[noun] = None
        for label, ids in entities.items():
            nouns[Noun(label, ids=tuple(dict.fromkeys(ids)))] = None
        return Slot(at, token.text, tuple(nouns), frozenset(relations), tuple(properties), free)

    @staticmethod
    def _stands(ask: str, token: Token, at: int, begun: bool) -> bool:
        """Whether "where" or "who" stands for a thing: not for the one before it ("the people who")."""
        if ask == "where":
            return at == 0
        return not begun or not token.text.casefold().startswith("who")

    def _kinds(self, token: Token) -> list[Sense]:
        """The properties that a question word names beside asking: "what types of"."""
        asks = {s.name for s in token.senses if s.kind == "ask"}
        if not asks & {"what", "which"} or " " not in token.text.strip():
            return []
        words = {fold(word) for word in token.text.split()[1:]}
        return [sense for word in sorted(words) for sense in self.properties.get(word, ())]

    def _asked(self, ask: str, text: str) -> list[Noun]:
        """What "who" or "where" asks for: things of a kind that is asked so; of the kind itself in "what locations"."""
        said = fold(text.partition(" ")[2])
        kinds = [n for n, label in self.schema.labels.items() if ask in label.asks]
        named = [n for n in kinds if said in self.words[n]]
        return [
            Noun(n, cost=(0.0 if named else 0.1) + 0.2 * rank, implied=True) for rank, n in enumerate(named or kinds)
        ]

    def _written(self, sense: Sense, token: Token, free: bool) -> bool:
        """Whether a word is written like the value: "even" is not the officer Even."""
        other = free or any(s.kind in ("label", "relation", "property") for s in token.senses)
        return not (other and token.text.islower() and not sense.value.islower())

    def _literal_nouns(self, token: Token, literal: Literal) -> tuple[Noun, ...]:
        # What is "from 2007" is of that year.
        same = token.text.casefold().startswith("from ") and literal.comparison == ">="
        literal = replace(literal, comparison="=") if same else literal
        found = []
        for label in self.schema.labels:
            for name, prop in self.schema.properties(label).items():
                condition = literal.condition(name, prop)
                if condition:  # a year is rather a year than a part of a date
                    found.append(Noun(label, (condition,), cost=SYNONYM * (condition.comparison == "contains")))
        return tuple(found)

    def _number(self, tokens: Sequence[Token], at: int) -> tuple[Slot, int] | None:
        """A number with the unit of a property behind it: "37-second calls", "lasting 37 seconds"."""
        if not tokens[at].has("number"):
            return None
        number = next(s.value for s in tokens[at].senses if s.kind == "number").rstrip("%.")
        unit = fold(tokens[at + 1].text) if at + 1 < len(tokens) else ""
        value = float(number) if "." in number else int(number or 0)
        nouns = tuple(
            Noun(label, (Condition(property=name, value=value),))
            for (label, name), u in self.units.items()
            if u == unit
        )
        if nouns:
            return Slot(at, tokens[at].text, nouns, literal=True), 2
        return None

    def _paired(self, slots: list[Slot]) -> list[Slot]:
        """A property beside a value of it only says which property is meant: "surname Woods", "the M41 area code"."""
        found = list(slots)
        at = 0
        while at < len(found):
            slot = found[at]
            if slot.properties:
                for there in (at + 1, at - 1):
                    if not 0 <= there < len(found) or (there < at and not slot.beside):
                        continue
                    if there > at and found[there].at - slot.at > LONGEST_GAP:
                        continue
                    narrowed = _of_properties(found[there], slot)
                    if narrowed:
                        found[there] = replace(
                            narrowed,
                            beside=narrowed.beside if there < at else slot.beside,
                            marks=narrowed.marks | slot.marks,
                            owner=narrowed.owner or slot.owner,
                        )
                        del found[at]
                        at -= 1
                        break
            at += 1
        return found

    def _fronted(self, slots: list[Slot], tokens: Sequence[Token]) -> list[Slot]:
        """What is said before the question proper goes behind it."""
        first = tokens[0].text.split()[0].casefold() if tokens and tokens[0].text.split() else ""
        if first not in FRONTED:
            return slots
        asks = [at for at, t in enumerate(tokens) if t.has("ask") and not t.has("label")]
        asks += [at for at, t in enumerate(tokens) if t.has("ask")][:1]
        if not asks:
            return slots
        before = [s for s in slots if s.at < asks[0]]
        return [s for s in slots if s.at >= asks[0]] + before


def text_before(folded: Folded, token: Token) -> str:
    """The character before a word."""
    start = folded.spans[token.start][0]
    return folded.text[start - 1 : start]


def _has_value(tokens: Sequence[Token], at: int) -> bool:
    """Whether a value of what the word names stands behind it: "have the phone number 12", not "… of Ann"."""
    labels = {s.label or s.name for s in tokens[at].senses if s.kind in ("label", "property")}
    behind = next((t for t in tokens[at + 1 : at + 3] if not t.has("ignore") or t.has("value")), None)
    return behind is not None and any(s.kind == "value" and s.label in labels for s in behind.senses)


def _of_properties(slot: Slot, word: Slot) -> Slot | None:
    """The slot with only those nouns whose condition is on the properties that a word names; None where there are none."""
    named = {(s.label, s.name) for s in word.properties}
    labels = {n.label for n in word.nouns if n.bare}
    kept = tuple(
        noun
        for noun in slot.nouns
        if noun.conditions and ((noun.label, noun.conditions[0].property) in named or noun.label in labels)
    )
    return replace(slot, nouns=kept, relations=frozenset(), properties=(), free=False) if kept else None


def _heads_first(slots: list[Slot]) -> list[Slot]:
    """Owners and nouns that stand before what they are said of go behind it."""
    found = list(slots)
    at = 0
    while at + 1 < len(found):
        one, two = found[at], found[at + 1]
        if one.nouns and (one.owner or (two.beside and not _same_thing(one, two))) and _may_head(one, two):
            start = at
            # "a person named Wanda's cohabitant": the kind goes with its name.
            while start and not found[start - 1].owner and _names_it(found[start - 1], found[start]):
                start -= 1
            found.insert(start, replace(two, marks=found[start].marks, beside=found[start].beside, owner=two.owner))
            del found[at + 2]
            for moved in range(start + 1, at + 2):
                found[moved] = replace(found[moved], owner=False, beside=moved > start + 1 and found[moved].beside)
                if moved == start + 1:
                    found[moved] = replace(found[moved], marks=frozenset({"of"}))
            at = start if two.owner else max(start - 1, 0)
            continue
        at += 1
    return found


def _may_head(one: Slot, two: Slot) -> bool:
    """Whether the second word may be what the first is said of: no name of it, such as "officer Ame"."""
    if any(noun.bare for noun in two.nouns) or (two.properties and (one.owner or _has(one, two))):
        return True
    return not two.literal and bool(two.nouns) and not any(noun.bare for noun in one.nouns)


def _has(one: Slot, two: Slot) -> bool:
    """ "Crime dates": the second word is a property of the kind that the first one names."""
    labels = {noun.label for noun in one.nouns}
    return not two.nouns and any(s.label in labels for s in two.properties)


def _same_thing(one: Slot, two: Slot) -> bool:
    if _has(one, two):
        return False
    labels = {noun.label for noun in one.nouns}
    return any(noun.label in labels and not noun.role for noun in two.nouns) or not two.nouns


def _names_it(kind: Slot, name: Slot) -> bool:
    """Whether a word for a kind stands before a name of such a thing."""
    labels = {noun.label for noun in kind.nouns if noun.bare and not noun.role}
    return any(noun.label in labels and not noun.bare for noun in name.nouns) and not name.marks & {"and", "who"}

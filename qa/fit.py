"""A reading of a question enters; whether it gives the kind of thing that the question asks for leaves."""

from __future__ import annotations

from itertools import pairwise

from graph.schema import Schema
from qa.lexicon import Sense
from qa.plan import QueryPlan
from qa.read import EXTREMES, Reading
from qa.statement import counted
from qa.turn import Turn, asks_definition, asks_of, head_of, operators_of, wanted_kinds

# After 「何」 these ask what something does or is done to.
WHAT_OF = frozenset({"に", "を", "が", "で", "と", "から", "について"})
# Things of more kinds than this together are nothing that one counts.
WIDEST_COUNTED = 4


class Fit:
    """Holds readings against the ask words and the head of their question."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.stated = frozenset(n for n, label in schema.labels.items() if label.stated)
        self._places = {
            name: {
                word for p in label.properties.values() for v in p.values.values() if v.noun for word in (*v.ja, *v.en)
            }
            for name, label in schema.labels.items()
            if "where" in label.asks
        }

    def fits(self, reading: Reading, turn: Turn, unit: str) -> bool:
        """Whether a plan gives the kind of number that is asked: 何人 are people, how much is no list of names."""
        asks = asks_of(turn.tokens)
        # Reasons are told, not listed.
        if "why" in asks or not self._heads(reading, turn) or self._lists_the_topic(reading, turn):
            return False
        if ("who" in asks or reading.plan.ask in ("count", "sum", "average")) and leaves_out(reading.plan):
            return False
        if self._lists_alike(reading, turn) or not self._places_asked(turn) <= set(_target(reading).split("|")):
            return False
        if (
            asks & {"who", "where"}
            and not _asks_property(turn)
            and not operators_of(turn.tokens) & EXTREMES.keys()
            and reading.plan.ask in ("values", "sum", "average")
            and not reading.plan.part(reading.plan.target).ids
        ):
            return False
        dates = [self.schema.properties(n).get(p) for n in _target(reading).split("|") for p in reading.plan.properties]
        if (
            "how_many" in asks
            and dates
            and all(p is not None and (p.asks == "when" or p.type == "year") for p in dates)
        ):
            return False
        kinds = {label for label, _, _ in wanted_kinds(turn)}
        if reading.plan.ask == "count" and len(reading.plan.part(reading.plan.target).ids) == 1 and not turn.followed:
            return False  # 「松田部長は何回参加しましたか」 counts no directors
        if reading.plan.ask == "count" and kinds and not turn.followed and not kinds & set(_target(reading).split("|")):
            return False  # "how many institutes does X have in Y" counts no places
        if reading.plan.ask == "count" and len(_target(reading).split("|")) > WIDEST_COUNTED:
            return False
        if asks & {"how_much", "share"} and reading.plan.ask == "count" and ("share" in asks or "how_many" not in asks):
            return False
        if asks & {"how_much", "share"} and reading.plan.ask == "things":
            named = reading.plan.part(reading.plan.target).label.split("|")
            return all(self.schema.labels[n].summary is not None for n in named)
        labels = [self.schema.labels[n] for n in reading.plan.part(reading.plan.target).label.split("|")]
        if reading.plan.ask == "count" and counted(unit) == "times":  # how often is no number of people or places
            return not any(label.asks for label in labels)
        if reading.plan.ask != "count" or unit not in ("人", "名", "社"):
            return True
        return any(label.asks == ("who",) if unit != "社" else "who" in label.asks for label in labels)

    def _lists_the_topic(self, reading: Reading, turn: Turn) -> bool:
        """Whether a plan lists those of whom the question asks what they do: 「中小企業は何に困っている」 asks for no names."""
        plan, tokens = reading.plan, turn.tokens
        if plan.ask != "things" or plan.part(plan.target).ids or turn.followed:
            return False
        for at, token in enumerate(tokens[:-1]):
            if token.text.strip() in ("何", "なに") and tokens[at + 1].text.strip() in WHAT_OF:
                topics = [t for t, after in pairwise(tokens[:at]) if after.text.strip() == "は"]
                kinds = {s.name if s.kind == "label" else s.label for t in topics for s in t.senses}
                return bool(kinds & set(_target(reading).split("|")))
        return False

    def _places_asked(self, turn: Turn) -> set[str]:
        """The labels of which the words that ask where say a kind: 「何県」, "in which prefecture"."""
        asked = [t.text.lower() for t in turn.tokens if any(s.kind == "ask" and s.name == "where" for s in t.senses)]
        return {name for name, kinds in self._places.items() for kind in kinds if any(kind in text for text in asked)}

    def _lists_alike(self, reading: Reading, turn: Turn) -> bool:
        """Whether a plan lists what is joined to a third thing as the named one is: "who supported X" asks for none of these.

        「Xと同じ制度を使った企業」 names the third thing. Where X of that programme is asks for none of its others.
        """
        plan = reading.plan
        if plan.ask not in ("things", "count") or len(plan.steps) != 2:
            return False
        one, two = plan.steps
        between = {one.start, one.end} & {two.start, two.end}
        if one.relations != two.relations or len(between) != 1 or between == {plan.target}:
            return False
        name = between.pop()
        middle, others = plan.part(name), {one.start, one.end, two.start, two.end} - {name, plan.target}
        if middle.ids and "where" in asks_of(turn.tokens) and any(plan.part(other).ids for other in others):
            return True
        named = {s.name if s.kind == "label" else s.label for t in turn.tokens for s in t.senses if _means(s)}
        return not (middle.ids or middle.conditions or named & set(middle.label.split("|")))

    def _heads(self, reading: Reading, turn: Turn) -> bool:
        """Whether a plan lists what the question's head names: "what is the maximum amount" asks for no regions."""
        if reading.plan.ask != "things" or asks_of(turn.tokens) - {"what", "which", "how_much", "yes_no"}:
            return True
        kinds = {label for label, _, _ in wanted_kinds(turn)}
        told = bool(kinds) and all(self.schema.labels[n].summary is not None and n not in self.stated for n in kinds)
        return turn.followed or not told or bool(kinds & set(_target(reading).split("|")))

    def likelier(self, reading: Reading, turn: Turn) -> bool:
        """Whether a plan asks for what the question's last or first word names, a property or a kind of things."""
        head = head_of(turn.tokens, turn.language)
        if leaves_out(reading.plan):
            return False
        if asks_definition(turn):
            return reading.plan.ask == "describe"
        if head is None or turn.followed or reading.plan.ask != "things" or turn.language != "ja":
            return True
        if _asks_property(turn):
            return False  # 「共同応募した人の強みは」 asks for no names
        kinds = {label for label, _, _ in wanted_kinds(turn)} - self.stated
        return bool(asks_of(turn.tokens)) or not kinds or bool(kinds & set(_target(reading).split("|")))


def leaves_out(plan: QueryPlan) -> bool:
    """Whether a thing that the question names changes nothing of what is found, as it hangs on another named one alone.

    Of those who took part in a programme that X used, all are found, whoever X is.
    """
    if plan.part(plan.target).ids:
        return False
    reached, waiting = {plan.target}, [plan.target]
    while waiting:
        name = waiting.pop()
        if len(plan.part(name).ids) == 1:
            continue
        for step in plan.steps:
            if name in (step.start, step.end) and not {step.start, step.end} <= reached:
                other = step.end if name == step.start else step.start
                reached.add(other)
                waiting.append(other)
    return any(part.ids and part.name not in reached for part in plan.parts)


def _means(sense: Sense) -> bool:
    return sense.kind in ("label", "value")


def _asks_property(turn: Turn) -> bool:
    head = head_of(turn.tokens, turn.language)
    return head is not None and turn.language == "ja" and all(s.kind == "property" for s in head.senses)


def _target(reading: Reading) -> str:
    return reading.plan.part(reading.plan.target).label

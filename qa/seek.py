"""A turn of a conversation enters, the statements that fit its words and the kind of figure it asks for leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

from qa.compare import FIGURES, TIMES, Comparison, compare, cue_of, each_of, for_each, in_points
from qa.follow import Said, swaps
from qa.knowledge import Knowledge, same_words
from qa.lexicon import Sense
from qa.light import says_when
from qa.segment import Token
from qa.statements import ENOUGH, Hit, Statements
from qa.turn import QUANTITY, Turn, asks_of, is_yes_no, operators_of, tells_date, wanted_kinds
from qa.wanted import Wanted, Word, asked_apart, measure, question_words, wanted_figure

# What stands between the name of an owner and that of the thing.
OWNED = frozenset({"の", "'s", "’s", "s", ""})
# What can be done with figures that were told; words that say no more than how.
WITH_FIGURES = frozenset({"sum", "ascending", "descending", "max", "min"})
SAYS_HOW = ("ignore", "ask", "operator", "compare", "number", "literal", "follow", "scale")
# A word of the question before is swapped only if a statement then holds this share of all words.
SURELY = 0.9


class Seeker:
    """Finds what the graph states by the words of a question."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge, self.schema = knowledge, knowledge.schema
        self._same = same_words(self.schema)

    def statements(self, turn: Turn) -> tuple[Hit, ...]:
        """The statements that fit, where statements can answer at all.

        They say what is: they cannot show what is not, or who does something, or whether something is so.
        """
        if "not" in operators_of(turn.tokens) or asks_of(turn.tokens) & {"who", "where"} or is_yes_no(turn):
            return ()
        return () if self._names_wanted(turn) else self.search(turn)

    def search(self, turn: Turn) -> tuple[Hit, ...]:
        """The statements that fit, of several things asked the best for each."""
        each = () if operators_of(turn.tokens) & {"sum", "average"} else self._each(turn)
        if each:
            return each
        found = [self._fitting(turn, tokens, wanted) for wanted, tokens in self.wanted(turn)]
        best = max(found, key=lambda hits: hits[0].share if hits else 0.0)
        if turn.apart and not turn.followed and not (best and best[0].share >= ENOUGH):
            best = self._fitting(turn, *wanted_figure(turn.apart, turn.literals)[::-1]) or best
        if not (best and best[0].share >= ENOUGH):
            best = self._without_owner(turn) or best
        return best

    def _without_owner(self, turn: Turn) -> tuple[Hit, ...]:
        """The statements that fit without a name that says no more than the other one does.

        「中小機構のジェグテック」: the graph joins both; "the matching events of ASTEM": no other institution has them.
        """
        tokens = turn.plain or turn.tokens
        named = [at for at, t in enumerate(tokens) if t.has("entity") and not t.spare]
        best: tuple[Hit, ...] = ()
        for kept, owner in permutations(named, 2):
            ids = [{s.value for s in tokens[at].senses if s.kind == "entity"} for at in (kept, owner)]
            if ids[0] & ids[1] or not self._says_no_more(tokens, kept, owner, ids):
                continue
            less = tuple(replace(t, spare=True) if ids[1] & {s.value for s in t.senses} else t for t in tokens)
            wanted, words = wanted_figure(less, turn.literals)
            hits = self._fitting(turn, words, wanted)
            if hits and hits[0].share >= ENOUGH and (not best or hits[0].share > best[0].share):
                best = hits
        return best

    def _says_no_more(self, tokens: Sequence[Token], kept: int, owner: int, ids: list[set[str]]) -> bool:
        """Whether the owner stands before what it has, and is joined to it, or is the only one of its kind that is."""
        if self.knowledge.joined_alone(ids[0], ids[1]):
            return True
        between = tokens[owner + 1 : kept]
        apart = kept < owner or not all(t.text.strip() in OWNED for t in between)
        return not apart and self.knowledge.joined(ids[1], ids[0], 1)

    def _fitting(self, turn: Turn, tokens: tuple[Token, ...], wanted: Wanted) -> tuple[Hit, ...]:
        """The statements that hold the words and a figure or a date where one is asked."""
        asked = asks_of(turn.tokens)
        numbers = asked & {"how_many", "how_much", "share"}
        unit = self.unit(turn)
        things = asked & numbers == {"how_many"} and not unit.endswith(("ポイント", "%", "割"))
        hits = self.knowledge.statements().search(self.content(tokens), wanted)
        # A figure is stated; what is said of a thing in passing holds other numbers.
        hits = [h for h in hits if not numbers or (h.statement.tells and h.statement.tells_number(unit, things))]
        if "share" not in asked and any(self._is_money(token) for token in tokens):
            hits = [h for h in hits if h.statement.tells_number("円", things=True)]
        if "share" in asked and not asked & {"how_many", "how_much"}:
            # How a share has changed is told by a text that need not hold one.
            told = [h for h in hits if h.statement.tells_figure_of("", share=True)]
            hits = told or [h for h in hits if h.statement.value is None]
        if numbers:  # a figure before a sentence that holds one
            hits.sort(key=lambda h: h.statement.value is None or h.share < ENOUGH)
        elif hits and hits[0].statement.value is None and not asked & QUANTITY:
            hits = [h for h in hits if h.statement.value is None]  # nothing asks for the figures beside it
        return tuple(h for h in hits if "when" not in asked or tells_date(h.statement.text))

    def _is_money(self, token: Token) -> bool:
        """Whether a word names an amount of money and nothing else."""
        kinds = [self.schema.properties(s.label).get(s.name) for s in token.senses if s.kind == "property"]
        return len(kinds) == len(token.senses) > 0 and all(p is not None and p.type == "money" for p in kinds)

    def swapped(self, turn: Turn, tokens: Sequence[Token], earlier: Said, *, words: bool) -> Turn | None:
        """The turn with what was told before; or, with `words`, those of that question, one swapped, that fit a statement best."""
        again = None if turn.part else self._of_figures(turn, tokens, earlier)
        if again or not words:
            return again
        best: tuple[float, Turn] | None = None
        for variant in swaps(tokens, earlier):
            taken = replace(turn, tokens=variant, plain=variant, literals=(), followed=True)
            hits = self.search(taken)
            if hits and hits[0].share >= SURELY and (best is None or hits[0].share + hits[0].score > best[0]):
                best = hits[0].share + hits[0].score, replace(taken, hits=hits)
        return best[1] if best else None

    def _of_figures(self, turn: Turn, tokens: Sequence[Token], earlier: Said) -> Turn | None:
        """The turn with the figures told before, where it only says what to do with them: "sort them", 「差は？」, "in total"."""
        operators, cue = operators_of(tuple(tokens)), cue_of(tokens)
        if not (operators & WITH_FIGURES or cue in FIGURES) or not all(any(map(t.has, SAYS_HOW)) for t in tokens):
            return None
        # After two figures, one told after the other, both are meant.
        both = earlier.before if len(earlier.before) == len(earlier.found) == 1 else ()
        told = self.knowledge.statements().of_ids(identity for _, identity, _ in (*both, *earlier.found))
        figures = [s for s in told if s.value is not None]
        if len(figures) < 2 or len(figures) < len(told) or len({s.unit for s in figures}) > 1:
            return None
        if cue in FIGURES and not operators & WITH_FIGURES and len(figures) != 2:
            return None
        if operators & {"ascending", "descending", "max", "min"}:
            figures.sort(key=lambda s: s.value or 0.0, reverse=not operators & {"ascending", "min"})
        if operators & {"max", "min"}:
            figures = [s for s in figures if s.value == figures[0].value]
        hits = tuple(Hit(s, 1.0, 1.0) for s in figures)
        return replace(turn, tokens=tuple(tokens), plain=tuple(tokens), hits=hits, followed=True)

    def compared(self, turn: Turn) -> Comparison | None:
        """Two stated figures that the question sets against each other."""
        cue = cue_of(turn.plain or turn.tokens) or ("portion" if self._lacks_share(turn) else "")
        statements = self.knowledge.statements()
        for tokens in dict.fromkeys((turn.plain, turn.tokens)) if cue else ():
            if cue == "per":
                of, others = each_of(tokens)
                found = for_each(self.content(others), of, statements)
            else:
                found = self._against(tokens, cue, statements)
            if found:
                return found
        return None

    def works_out(self, turn: Turn) -> bool:
        """Whether something is told of two figures or dates that one question asks of both."""
        found = self.compared(turn)
        return found is not None and found.cue not in FIGURES | {"total", "versus"}

    def _against(self, tokens: Sequence[Token], cue: str, statements: Statements) -> Comparison | None:
        """Two things set against each other by all words but those that say how."""
        dates = frozenset(s.name for t in tokens for s in t.senses if cue in TIMES and self._is_date(s))
        hows = [t for t in tokens if t.has("compare") and (cue in TIMES or not says_when(t))]
        hows += [t for t in tokens if dates and any(map(self._is_date, t.senses))]
        points = [t for t in tokens if in_points(t)]
        kept = (t for t in tokens if t.has("entity") or t not in (*hows, *points))
        words = self.content(tuple(kept))
        if cue == "portion":  # the numbers themselves may be said again
            words = [w for w in words if w.hard or not w.key.startswith("number")]
        return compare(words, cue, statements, dates, shares=bool(points))

    def _is_date(self, sense: Sense) -> bool:
        prop = self.schema.properties(sense.label).get(sense.name) if sense.kind == "property" else None
        return prop is not None and prop.asks == "when"

    def _lacks_share(self, turn: Turn) -> bool:
        """Whether a share alone is asked, which no statement tells, so that it may follow from two that count."""
        told = any(h.statement.tells_figure_of("", share=True) for h in turn.hits if h.share >= ENOUGH)
        return asks_of(turn.tokens) & QUANTITY == {"share"} and not told

    def wanted(self, turn: Turn) -> list[tuple[Wanted, tuple[Token, ...]]]:
        """Which figure is asked and by which words: as they were linked and, where that differs, as they were typed."""
        ways = dict.fromkeys((turn.tokens, turn.plain or turn.tokens))
        return [wanted_figure(tokens, turn.literals) for tokens in ways]

    def unit(self, turn: Turn) -> str:
        """What is counted, as the question says it."""
        return self.wanted(turn)[0][0].unit

    def content(self, tokens: tuple[Token, ...]) -> list[Word]:
        """The words of a question that statements must hold."""
        return question_words(tokens, self._same, frozenset(self.schema.common), self.knowledge.widest())

    def _each(self, turn: Turn) -> tuple[Hit, ...]:
        """The best statement for each of several things asked; empty when one is asked or one has none of its own."""
        found: list[Hit] = []
        for tokens in asked_apart(turn.plain or turn.tokens):
            wanted, kept = wanted_figure(tokens, turn.literals)
            statements, what = self.knowledge.statements(), measure(tokens)
            hits = statements.search(self.content(kept), wanted)
            fitting = [h for h in hits if h.share >= ENOUGH and h.statement.tells_figure_of(wanted.unit, wanted.share)]
            fitting = [h for h in fitting if not what or statements.says(h.statement, Word.of(what))]
            if not fitting or fitting[0] in found:
                return ()
            found.append(fitting[0])
        return tuple(found)

    def _names_wanted(self, turn: Turn) -> bool:
        """Whether the question's head is a kind of things with names, so that no statement can answer it."""
        if asks_of(turn.tokens) & QUANTITY or "sum" in operators_of(turn.tokens):
            return False
        kinds = wanted_kinds(turn)
        return bool(kinds) and all(self.schema.labels[label].summary is None for label, _, _ in kinds)

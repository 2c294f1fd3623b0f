"""A folded question and all words that fit somewhere in it enter, the best row of words without gaps leaves."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from qa.lexicon import Lexicon, Sense
from qa.text import Folded, script

MAX_NAME = 60
# 何 with a counter that no list names: 何ポイント, 何万枚.
_COUNTER_ASK = re.compile(r"月?何[十百千万億]?(?:[ァ-ヶー]{2,6}|[一-鿿])")
# A name of so many characters may be followed by a title without a gap.
SHORTEST_TITLED = 3
LITERAL = 0.3


@dataclass(frozen=True, slots=True)
class Token:
    """One word of the question: key[start:end], as typed, with what it may mean (nothing: not understood).

    `assumed` is the name it was taken for, where it is spelt otherwise; `spare` says that it only says again what
    another word says.
    """

    start: int
    end: int
    text: str
    senses: tuple[Sense, ...]
    assumed: str = ""
    spare: bool = False

    @property
    def unknown(self) -> bool:
        """Whether no meaning is known, at most that it compares or is half of a word."""
        return all(sense.kind in ("compare", "around") for sense in self.senses)

    def has(self, kind: str) -> bool:
        """Whether one of its senses is of that kind."""
        return any(sense.kind == kind for sense in self.senses)


def candidate_keys(question: Folded, longest: int = MAX_NAME) -> set[str]:
    """All parts of the question that begin and end where words may: what names are looked up by."""
    found: set[str] = set()
    key, cuts = question.key, question.cuts
    ends = [j for j, cut in enumerate(cuts) if cut and j]
    for i, cut in enumerate(cuts[:-1]):
        if cut:
            found.update(key[i:j] for j in ends if 1 < j - i <= longest)
    return found


def segment(
    question: Folded,
    lexicon: Lexicon,
    names: dict[str, tuple[Sense, ...]],
    literals: Iterable[tuple[int, int]] = (),
) -> tuple[Token, ...]:
    """Split the question into words, preferring few and long known ones (Viterbi over the gaps).

    `literals` are the places of years and amounts, each of which is one word.
    """
    length = len(question.key)
    best: list[tuple[float, int, tuple[Sense, ...]] | None] = [None] * (length + 1)
    best[0] = (0.0, 0, ())
    edges: dict[int, list[tuple[int, float, tuple[Sense, ...]]]] = defaultdict(list)
    for start, end, cost, senses in _edges(question, lexicon, names):
        edges[start].append((end, cost, senses))
    for start, end in literals:
        edges[start].append((end, LITERAL, (Sense("literal", value=f"{start}:{end}"),)))
        if end < length:  # what is written to a date without a gap is a word of its own: 2022年6月認定
            edges[end] += [(stop, _unknown_cost(end, stop), ()) for stop in _unknown_ends(question, end, True)]
    for start in range(length):
        here = best[start]
        if here is None:
            continue
        for end, cost, senses in edges[start]:
            total = here[0] + cost
            there = best[end]
            if there is None or total < there[0]:
                best[end] = (total, start, senses)
    tokens: list[Token] = []
    at = length
    while at > 0:
        step = best[at]
        if step is None:  # no row of words: everything is one unknown word
            return (Token(0, length, question.text, ()),)
        tokens.append(Token(step[1], at, question.surface(step[1], at), step[2]))
        at = step[1]
    return _merge_unknown(question, tokens[::-1])


def _merge_unknown(question: Folded, tokens: list[Token]) -> tuple[Token, ...]:
    """Unknown words side by side are one: a verb's kanji and its kana, the parts of a compound."""
    merged: list[Token] = []
    for token in tokens:
        last = merged[-1] if merged else None
        if (
            last
            and not last.senses
            and not token.senses
            and question.cuts[token.start]
            and not _gap(question, last, token)
        ):
            merged[-1] = Token(last.start, token.end, question.surface(last.start, token.end), ())
        else:
            merged.append(token)
    return tuple(merged)


def _gap(question: Folded, one: Token, two: Token) -> bool:
    return question.spans[one.end - 1][1] < question.spans[two.start][0]


def _edges(
    question: Folded, lexicon: Lexicon, names: dict[str, tuple[Sense, ...]]
) -> Iterator[tuple[int, int, float, tuple[Sense, ...]]]:
    key, cuts = question.key, question.cuts
    length = len(key)
    reach = max(lexicon.longest, MAX_NAME)
    # What follows a name in one run of characters may be a title of it: 中島清一教授.
    titles: set[int] = set()
    for start in range(length):
        if not cuts[start]:
            continue
        for end in range(start + 1, min(length, start + reach) + 1):
            if not cuts[end]:
                continue
            part = key[start:end]
            surface = question.surface(start, end)
            senses = _fitting((*lexicon.get(part), *names.get(part, ())), surface)
            if part.replace(".", "").replace("%", "").isdigit():
                senses = (*senses, Sense("number", value=part))
            if senses:
                yield start, end, _cost(senses, end - start), senses
            elif _COUNTER_ASK.fullmatch(surface):
                yield start, end, 1.0 + 0.01 * (end - start), (Sense("ask", "how_many"),)
                titles.add(end)
            named = end - start >= SHORTEST_TITLED and any(s.kind == "entity" for s in senses)
            if named or any(s.kind == "ask" for s in senses):
                titles.add(end)
        for end in _unknown_ends(question, start, start in titles):
            yield start, end, _unknown_cost(start, end), ()


def _unknown_cost(start: int, end: int) -> float:
    return 4 + 0.6 * (end - start)


def _fitting(senses: Sequence[Sense], surface: str) -> tuple[Sense, ...]:
    # Folding makes hiragana and katakana equal, so that たい (to want) would be タイ (Thailand).
    short_hiragana = len(surface) <= 3 and all(script(c) == "hiragana" for c in surface)
    single_kanji = len(surface) == 1
    # A pronoun or particle in small letters is not the abbreviation that is spelt so: "it" and IT.
    small = surface.isascii() and surface.islower() and any(s.kind == "ignore" for s in senses)
    # Without spaces "me an" would be "mean"; "M6 5HW" is written so.
    joined = " " in surface.strip() and len(surface) <= 6
    return tuple(
        s
        for s in senses
        if not (
            (s.kind == "entity" and (short_hiragana or single_kanji or small))
            or (joined and s.kind != "entity" and not (s.kind == "value" and " " in s.value))
        )
    )


def _cost(senses: tuple[Sense, ...], length: int) -> float:
    content = any(s.kind not in ("ignore",) for s in senses)
    return (1.0 if content else 0.7) - 0.01 * min(length, 30)


def _unknown_ends(question: Folded, start: int, after_name: bool) -> list[int]:
    """Where an unknown word that begins at `start` may end.

    Runs of kanji, katakana and Latin are taken whole, so that a known word is not cut out of a longer unknown one;
    only kanji that follow a name stand alone, as they may be a title of it.
    """
    kind = _script(question, start)
    inside = kind != "hiragana" and start and question.cuts[start] == 1
    if inside and not (after_name and kind == "kanji") and _script(question, start - 1) == kind:
        return []
    end = start + 1
    asks = []
    while end < len(question.key) and question.cuts[end] != 2:
        if kind == "hiragana" and question.cuts[end] == 1:
            break
        if question.cuts[end] and question.key[end] == "何":
            asks.append(end)
        end += 1
    return [*asks, end]


def _script(question: Folded, position: int) -> str:
    return script(unicodedata.normalize("NFKC", question.text[question.spans[position][0]]))


_INSIDE_NAMES = frozenset({"of", "in", "and", "on", "at", "&"})
_BRACKETED = re.compile(r"[(（]([^()（）]+)[)）]")


def without_glosses(question: Folded, tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens with what is said twice made words to ignore, once: in brackets, and before them.

    Unknown words in brackets say again what stands before; but where a Japanese name or term follows English words that
    are not all known, it is the one that the graph holds: "Nomura Research (野村総合研究所)".
    """
    found = list(tokens)
    gloss = (Sense("ignore"),)
    known = any(t.senses and not t.has("ignore") for t in tokens)
    for match in _BRACKETED.finditer(question.text):
        inside = [
            at
            for at, t in enumerate(found)
            if question.spans[t.start][0] >= match.start() and question.spans[t.end - 1][1] <= match.end()
        ]
        begin = first = inside[0] if inside else 0
        while begin and _may_be_named(found[begin - 1]):
            begin -= 1
        while begin < first and found[begin].has("ignore"):
            begin += 1
        named = any(found[at].has("entity") for at in inside)
        meant = not match.group(1).isascii() and (named or any(t.unknown for t in found[begin:first]))
        said_again = range(begin, first) if meant else [at for at in inside if known and not found[at].senses]
        for at in said_again:
            found[at] = replace(found[at], senses=gloss)
    return tuple(found)


def _may_be_named(token: Token) -> bool:
    """Whether an English word may stand inside a name or a term: none that only joins, asks or tells of another thing."""
    text = token.text.strip()
    if not text.isascii() or text.lower() in _INSIDE_NAMES:
        return text.isascii()
    if text[:1].islower() and (token.has("property") or token.has("relation")):
        return False
    return not any(token.has(kind) for kind in ("ignore", "ask", "operator", "literal", "number", "follow"))

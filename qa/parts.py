"""A question that asks for several things enters, the ways to ask for each alone leave; and several answers leave as one.

"What does X make, and in which prefecture is it?" is asked as "What does X make" and, of the same X, "in which
prefecture is it"; 「Xの回答数と回答率は？」 as 「Xの回答数は？」 and 「Xの回答率は？」.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.answer import Answer, Language
from qa.lexicon import grammar_words
from qa.segment import Token
from qa.text import Folded

# Words that open a question of its own.
OPENING = frozenset({"who", "where", "when", "how_many", "how_much", "share", "what", "why", "define", "which"})
QUANTITIES = frozenset({"how_many", "how_much", "share", "when"})
# What stands between two questions; what stands between two things asked of one.
_BETWEEN = re.compile(r"[、，。？?；;]|,?\s+and\s+|,\s", re.IGNORECASE)
_WISHED = re.compile(r"も(?:知りたい|教えて|お願い|あわせて)|^[^、。]{1,15}も[。？?]?$")
_BACK = re.compile(r"と(?=その)")
_JOINT = {
    "ja": re.compile(r"[\s、，・,/]*(?:と|や|および|及び|ならびに|並びに|そして|また|それに|あと)?[\s、，・,/]*"),
    "en": re.compile(r"[\s,]*(?:\band\b|\bas well as\b|&|\bplus\b)?(?:\s*\b(?:the|its|their|a|an|also|both)\b)*\s*"),
}
_JOINS = {"ja": re.compile(r"[、，・,/とや]|及び|そして|また|それに|あと"), "en": re.compile(r"[,&]|and|as well|plus")}
_TOPIC = re.compile(r"は|では|、|，|について|。")
_HELPING = re.compile(
    r"\b(?:does|did|do|is|are|was|were|has|have|had|can|could|will|would|should|may|must)\b", re.IGNORECASE
)
_SAID_AGAIN = re.compile(r"^(?:そのうち|このうち|うち|また|さらに|そして|その中で)[、，]?")
# What a thing asked may end with, where it is not the last one.
_LEFT = re.compile(r"[をがは]$")
# So many things are asked in one question at most, and so many ways to take it apart are tried.
MOST_PARTS, MOST_WAYS = 4, 10
# Every way asks questions of its own: a longer text (in characters) is none that a person asks.
LONGEST = 280


@dataclass(frozen=True, slots=True)
class Way:
    """The questions that one question is taken apart into; `follows`: the second is about what the first is about."""

    texts: tuple[str, ...]
    follows: bool = False


def ways(folded: Folded, tokens: Sequence[Token], language: Language, answered: bool) -> list[Way]:
    """The ways to take a question apart, the likeliest first; fewer where the question as a whole has an answer."""
    if len(folded.text) > LONGEST:
        return []
    following = [Way(texts, follows=True) for texts in clauses(folded, tokens)[:1]]
    carried = [Way(texts) for texts in _carried(folded, tokens, language)]
    # Where figures answer the whole, the second asks of the same: 「Xは何円、何％」.
    found = [*carried, *following] if answered and language == "ja" else [*following, *carried]
    # 「か」 at the end of a question joins nothing.
    joined = tokens[:-1] if tokens and tokens[-1].text == "か" else tokens
    if not any(t.has("compare") or any(s.name in ("both", "or", "not") for s in t.senses) for t in joined):
        found += [Way(texts) for texts in _coordinates(folded, tokens, language, answered)]
    return list(dict.fromkeys(found))[:MOST_WAYS]


def clauses(folded: Folded, tokens: Sequence[Token]) -> list[tuple[str, str]]:
    """The two questions on both sides of a comma, a full stop or an "and"; none where one side asks nothing."""
    text = folded.text
    asks = [folded.spans[t.start][0] for t in tokens if _opens(t)]
    found = []
    for match in sorted((*_BETWEEN.finditer(text), *_BACK.finditer(text)), key=lambda m: m.start()):
        before, after = text[: match.start()].strip(), text[match.end() :].strip()
        referring = match.re is _BACK
        asked = any(a < match.start() for a in asks) or referring
        wished = _WISHED.search(after) is not None
        if before and after and asked and (referring or wished or any(a >= match.end() for a in asks)):
            found.append((before, after))
    return found


def _opens(token: Token) -> bool:
    """Whether a word opens a question: where, 何社, "how many times" (which may compare as well)."""
    asks = any(s.kind == "ask" and s.name in OPENING for s in token.senses)
    return asks or (token.has("compare") and token.text.lower().startswith("how"))


def _carried(folded: Folded, tokens: Sequence[Token], language: Language) -> Iterator[tuple[str, str]]:
    """Two clauses, the second with what the first says besides what it asks for.

    "how many firms did it help, and how many times" → "how many times did it help"; 「メーカーは何社あり、うち中小企業は何社」 →
    「メーカーは中小企業は何社」.
    """
    text = folded.text
    asks = [_span(folded, t) for t in tokens if _opens(t)]
    for before, after in clauses(folded, tokens):
        inside = [span for span in asks if span[1] <= len(before)]
        if not inside:
            continue
        if language == "ja":
            rest = _SAID_AGAIN.sub("", after)
            topics = [m.end() for m in _TOPIC.finditer(text, 0, inside[-1][0])]
            for end in dict.fromkeys((inside[-1][0], *reversed(topics))):
                yield before, text[:end] + rest
        elif (helping := _HELPING.search(before, inside[0][1])) is not None:
            yield before, f"{after.rstrip('?')} {before[helping.start() :]}"


def _coordinates(
    folded: Folded, tokens: Sequence[Token], language: Language, answered: bool
) -> Iterator[tuple[str, ...]]:
    """The question with only one of each of the things that "and", commas or dots join."""
    content = [t for t in tokens if _says(t)]
    text, spans = folded.text, [_span(folded, t) for t in content]
    apart = any(word in text.casefold() for word in grammar_words(language)["each"])
    joints = [
        at
        for at, (one, two) in enumerate(pairwise(content))
        if _joins(text[spans[at][1] : spans[at + 1][0]], language) and _may_join(one, two, tokens, apart, answered)
    ]
    groups = [joints] if 1 < len(joints) < MOST_PARTS else []
    for group in (*groups, *([at] for at in reversed(joints))):
        first, last = group[0], group[-1]
        for start in _starts(text, content, spans, first, language):
            ends = _ends(text, spans, last, language)
            # "Each" asks the same of all: the words that ask stay with every one of them.
            for end in reversed(ends) if apart else ends:
                edges = [
                    (start, spans[first][1]),
                    *((spans[a + 1][0], spans[b][1]) for a, b in pairwise(group)),
                    (spans[last + 1][0], end),
                ]
                if start < edges[0][1] and all(a < b for a, b in edges):
                    asked = language == "ja" and end == spans[-1][1]
                    rest = "は?" if asked else text[end:]
                    yield tuple(
                        text[:start] + (_LEFT.sub("", text[a:b]) if asked else text[a:b]) + rest for a, b in edges
                    )


def _says(token: Token) -> bool:
    """Whether a word may be what is asked or what it is asked of."""
    if token.has("entity") or token.unknown:
        return True
    joins = any(s.kind == "follow" or (s.kind == "operator" and s.name == "and") for s in token.senses)
    return not joins and not token.has("ignore")


def _joins(gap: str, language: Language) -> bool:
    return (
        _JOINT[language].fullmatch(gap.casefold()) is not None and _JOINS[language].search(gap.casefold()) is not None
    )


def _may_join(one: Token, two: Token, tokens: Sequence[Token], apart: bool, answered: bool) -> bool:
    """Whether two words may be two things asked: names only where each is asked for, or a figure of both."""
    if any(t.has("literal") or (t.has("ignore") and t.has("entity")) for t in (one, two)):
        return False
    named = one.has("entity")
    if named != two.has("entity"):
        return apart and (one.unknown or two.unknown)
    counted = any(s.kind == "ask" and s.name in QUANTITIES for t in tokens for s in t.senses)
    return not named or apart or (counted and not answered)


def _starts(
    text: str, content: Sequence[Token], spans: Sequence[tuple[int, int]], first: int, language: Language
) -> list[int]:
    """Where the first of several things asked may begin: at its last word or term, after a topic, at the word that asks."""
    found = [spans[first][0]]
    if language == "ja":
        run = first
        while run and spans[run - 1][1] == spans[run][0]:
            run -= 1
        found.append(spans[run][0])
        # What is said of a thing is asked of the same thing again: 「Xの必要性を感じる企業と取り組む企業」.
        found += [spans[at + 1][0] for at in range(first - 1, -1, -1) if content[at].has("entity")][:1]
        gaps = [at for at in range(first) if _TOPIC.search(text[spans[at][1] - 1 : spans[at + 1][0]])]
        found += [spans[at + 1][0] for at in reversed(gaps[-2:])]
    else:
        found += [spans[at][0] for at in range(first, -1, -1) if content[at].has("ask")][:1]
    return list(dict.fromkeys(found))


def _ends(text: str, spans: Sequence[tuple[int, int]], last: int, language: Language) -> list[int]:
    """Where the last of several things asked may end: with the question's words, before a verb, at its first word."""
    found = [spans[-1][1]]
    if language == "en":
        helping = _HELPING.search(text, spans[last + 1][1])
        found = [*([len(text[: helping.start()].rstrip())] if helping else []), *found]
    return list(dict.fromkeys((*found, spans[last + 1][1])))


def _span(folded: Folded, token: Token) -> tuple[int, int]:
    return folded.spans[token.start][0], folded.spans[token.end - 1][1]


def together(one: Answer, two: Answer) -> Answer:
    """Both answers as one; a parameter of the second that the first has with another value gets a name of its own."""
    cypher, parameters = two.cypher, dict(one.parameters)
    for name, value in two.parameters.items():
        own = name
        if parameters.get(name, value) != value:
            own = f"{name}_{2 + sum(known.startswith(f'{name}_') for known in parameters)}"
            cypher = re.sub(rf"\${re.escape(name)}\b", f"${own}", cypher)
        parameters[own] = value
    columns = list(dict.fromkeys((*one.columns, *two.columns)))
    rows = [
        [dict(zip(answer.columns, row, strict=False)).get(column) for column in columns]
        for answer in (one, two)
        for row in answer.rows
    ]
    entities = {entity.id: entity for answer in (one, two) for entity in answer.entities}
    return one.model_copy(
        update={
            "answer": f"{one.answer}\n{_after(one.answer, two.answer)}",
            "interpretation": f"{one.interpretation} / {two.interpretation}",
            "cypher": f"{one.cypher};\n\n{cypher}",
            "parameters": parameters,
            "columns": columns,
            "rows": rows,
            "entities": list(entities.values()),
            "sources": list(dict.fromkeys((*one.sources, *two.sources))),
            "truncated": one.truncated or two.truncated,
            "total": (one.total or 0) + (two.total or 0),
        }
    )


def _after(one: str, two: str) -> str:
    """The second answer without the lines that the first has said: the sentence that opens both, a figure told twice."""
    said = set(one.split("\n"))
    return "\n".join(line for line in two.split("\n") if line not in said)

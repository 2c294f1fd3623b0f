"""A question that asks for two things enters, the two questions in it leave; and two answers enter, one leaves.

"What does X make, and in which prefecture is it?" is asked as "What does X make" and, of the same X, "in which
prefecture is it"; 「Xの回答数と回答率は？」 as 「Xの回答数は？」 and 「Xの回答率は？」.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa.answer import Answer
from qa.segment import Token
from qa.text import Folded

# Words that open a question of its own.
OPENING = frozenset({"who", "where", "when", "how_many", "how_much", "share", "what", "why", "define", "which"})
# What stands between two questions; what stands between two things asked of one.
_BETWEEN = re.compile(r"[、，。？?；;]|,?\s+and\s+|,\s", re.IGNORECASE)
_WISHED = re.compile(r"も(?:知りたい|教えて|お願い|あわせて)|^[^、。]{1,15}も[。？?]?$")
_BACK = re.compile(r"と(?=その)")


def clauses(folded: Folded, tokens: Sequence[Token]) -> tuple[str, str] | None:
    """The two questions on both sides of a comma, a full stop or an "and"; None where one side asks nothing."""
    text = folded.text
    asks = [folded.spans[t.start][0] for t in tokens if any(s.kind == "ask" and s.name in OPENING for s in t.senses)]
    for match in sorted((*_BETWEEN.finditer(text), *_BACK.finditer(text)), key=lambda m: m.start()):
        before, after = text[: match.start()].strip(), text[match.end() :].strip()
        referring = match.re is _BACK
        asked = any(a < match.start() for a in asks) or referring
        wished = _WISHED.search(after) is not None
        if before and after and asked and (referring or wished or any(a >= match.end() for a in asks)):
            return before, after
    return None


def coordinates(folded: Folded, tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """The question with only the first and with only the second of two things that "and" joins, neither of them a name."""
    content = [t for t in tokens if not t.has("ignore") or any(s.name == "and" for s in t.senses)]
    for at, joint in enumerate(content[1:-1], 1):
        if not any(s.kind == "operator" and s.name == "and" for s in joint.senses):
            continue
        one, two = content[at - 1], content[at + 1]
        if any(t.has(kind) for t in (one, two) for kind in ("entity", "literal", "ask", "operator")):
            continue
        text = folded.text
        (start, middle), (resume, end) = (_span(folded, one), _span(folded, two))
        yield text[:middle] + text[end:], text[:start] + text[resume:]


def _span(folded: Folded, token: Token) -> tuple[int, int]:
    return folded.spans[token.start][0], folded.spans[token.end - 1][1]


def together(one: Answer, two: Answer) -> Answer:
    """Both answers as one; a parameter of the second that the first has with another value gets a name of its own."""
    cypher, parameters = two.cypher, dict(one.parameters)
    for name, value in two.parameters.items():
        own = name
        if parameters.get(name, value) != value:
            own = f"{name}_2"
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
            "answer": f"{one.answer}\n{two.answer}",
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

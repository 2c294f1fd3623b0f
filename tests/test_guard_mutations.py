"""Mutations of reads stay reads, mutations of anything else stay refused."""

from __future__ import annotations

from guard_cases import HOSTILE, LEGITIMATE, verdict
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.cypher_tokens import SPACES, Kind, Token, tokenize
from graph.errors import GuardError

GAPS = st.text(st.sampled_from(sorted(SPACES)), min_size=1, max_size=3) | st.sampled_from(
    ["/* x */", "/**/", "// y\n", " /* SET */ ", "\n//\r\n", "/***/ // '\n"]
)


def spelled(token: Token, draw: st.DrawFn) -> str:
    """The token in other letters: any case, any letter as an escape."""
    if token.kind is not Kind.WORD:
        return token.text
    style = draw(st.sampled_from(["as it is", "upper", "lower", "escaped"]))
    if style == "escaped":
        at = draw(st.integers(0, len(token.text) - 1))
        return token.text[:at] + f"\\u{ord(token.text[at]):04x}" + token.text[at + 1 :]
    if token.text.isascii():
        return {"upper": token.text.upper(), "lower": token.text.lower()}.get(style, token.text)
    return token.text


@st.composite
def disguised(draw: st.DrawFn, queries: list[str]) -> str:
    tokens = tokenize(draw(st.sampled_from(queries)))
    parts = [draw(GAPS)]
    for token in tokens:
        # A slash and the start of a comment would make another comment.
        parts += [spelled(token, draw), " " if token.is_sign("/") else "", draw(GAPS)]
    return "".join(parts)


def readable(query: str) -> bool:
    try:
        return bool(tokenize(query))
    except GuardError:
        return False


@settings(max_examples=400, deadline=None)
@given(disguised(LEGITIMATE))
def test_a_read_in_disguise_stays_a_read(query: str) -> None:
    assert verdict(query) == "read"


@settings(max_examples=400, deadline=None)
@given(disguised([query for query in HOSTILE if readable(query)]))
def test_a_write_in_disguise_stays_refused(query: str) -> None:
    assert verdict(query) != "read"


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(LEGITIMATE), st.data())
def test_a_write_clause_between_two_words_of_a_read_never_becomes_a_clause(query: str, data: st.DataObject) -> None:
    tokens = [token.text for token in tokenize(query)]
    at = data.draw(st.integers(0, len(tokens)))
    clause = data.draw(st.sampled_from(["SET n.x = 1", "CREATE (z)", "DETACH DELETE n", "REMOVE n.x", "MERGE (z)"]))
    assert verdict(" ".join([*tokens[:at], clause, *tokens[at:]])) != "read"


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=80) | st.text("'\"`\\/*u0027 \n;(){}[].,:|$RETURNSEx1", max_size=60))
def test_any_text_is_either_a_read_or_refused(query: str) -> None:
    assert verdict(query)

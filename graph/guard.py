"""Cypher text enters; the same text without comments leaves if it is one plain read, else a GuardError.

Two walls stand behind each other. Each word is read by its position: where the grammar expects a clause or an
operator only listed words pass, and functions and procedures pass by name. Besides, a bare word that could begin a
write is refused unless only an operand can stand in its place, or its neighbours prove that it is a name.
"""

from __future__ import annotations

from graph import cypher_words as words
from graph.cypher_cursor import ENDED, NAMES, Frame, State
from graph.cypher_expressions import Expressions
from graph.cypher_tokens import Kind, Token, plain_text, tokenize
from graph.errors import GuardError


def check(cypher: str) -> str:
    """The text to run if it is one plain read: comments blanked, escapes in names decoded, no final semicolon."""
    tokens = tokenize(cypher)
    if tokens and tokens[-1].is_sign(";"):
        tokens.pop()
    if not tokens:
        raise GuardError("The query is empty.", next_step="Start with MATCH.")
    _Reader(cypher, tokens).read()
    return plain_text(cypher, tokens)


class _Reader(Expressions):
    """The grammar of reads: which clauses there are, and what each begins with."""

    def read(self) -> None:
        steps = {
            State.CLAUSE: self._clause,
            State.PATTERN: self._pattern,
            State.ALIAS: self._alias,
            State.LABEL: self.label,
            State.KEY: self.key,
        }
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.is_sign(";"):
                raise self.refuse("A second statement follows the semicolon.", token, "Send one statement at a time.")
            if token.is_sign(")", "]", "}"):
                self.close(token)
            else:
                steps.get(self.frame.state, self.expression)(token)
        if len(self.stack) > 1 or self.frame.state not in ENDED or self.frame.cases:
            raise self.refuse("The query ends before it is complete.", self.tokens[-1], "Complete it.")
        self.check_result(self.tokens[-1])

    def _clause(self, token: Token) -> None:
        frame = self.frame
        if token.keyword == "OPTIONAL" and self.word_at(1) in ("MATCH", "CALL"):
            self.at += 1
        word = self.word_at(0)
        if word not in words.CLAUSES or word == "OPTIONAL":
            if frame.use not in ("EXISTS", "COUNT") or frame.clause:
                raise self.unexpected(token)
            frame.clause, frame.state = "MATCH", State.PATTERN
            return
        if word == "UNION":
            if frame.clause in ("", "UNION"):
                raise self.unexpected(token)
            self.check_result(token)
        if word not in words.SUBCLAUSES:
            frame.concludes = word in ("RETURN", "FINISH", "CALL")
        frame.clause = word
        self.end_run()
        if word == "CALL":
            self._call()
        elif word == "MATCH":
            self.to(State.PATTERN)
        elif word == "FINISH":
            self.to(State.DONE)
        elif word == "UNION":
            self.to(State.CLAUSE, 2 if self.word_at(1) in ("ALL", "DISTINCT") else 1, sure=frame.sure)
        elif word == "ORDER" and self.word_at(1) != "BY":
            raise self.unexpected(token)
        else:
            more = self._has_modifier(word)
            self.to(State.OPERAND, 1 + more, sure=frame.sure and (word == "ORDER" or not more))

    def _has_modifier(self, word: str) -> bool:
        """Whether the clause word has a second word: ORDER BY, FILTER WHERE, RETURN DISTINCT."""
        following = self.word_at(1)
        if word == "ORDER" or self.stands_alone(1):
            return word == "ORDER"
        if word == "FILTER":
            return following == "WHERE"
        quantity = following == "DISTINCT" or (following == "ALL" and not self.sees(2, "("))
        return word in ("RETURN", "WITH") and quantity

    def _call(self) -> None:
        subquery = Frame("}", State.CLAUSE, use="SUBQUERY", query=True)
        steps = 1
        if self.sees(steps, "("):
            while self.sees(steps, "(", ",") and (self.sees_name(steps + 1) or self.sees(steps + 1, "*")):
                steps += 2 if self.sees(steps + 2, ",") else 1
            if not self.sees(steps + 1, ")") or not self.sees(steps + 2, "{"):
                raise self.unexpected(self.peek(steps + 1) or self.tokens[-1])
            self.push(subquery, steps + 3)
        elif self.sees(steps, "{"):
            self.push(subquery, 2)
        else:
            self._procedure()

    def _procedure(self) -> None:
        first = self.peek()
        if first is None or first.kind not in NAMES:
            raise self.unexpected(first or self.tokens[-1])
        name, steps = self.dotted(1)
        if not name.isascii() or name.lower() not in words.PROCEDURES:
            known = ", ".join(sorted(words.PROCEDURES))
            raise self.refuse(f"The procedure {name} is not on the list of reads.", first, f"Allowed are {known}.")
        if self.sees(steps, "("):
            self.push(Frame(")", State.OPERAND, use="ARGUMENTS"), steps + 1)
        else:
            self.to(State.DONE, steps)

    def _pattern(self, token: Token) -> None:
        if token.is_sign("("):
            self.push(Frame(")", State.OPERAND))
        elif token.kind in NAMES and self.sees(1, "="):
            self.at += 2
        elif token.keyword in ("SHORTESTPATH", "ALLSHORTESTPATHS") and self.sees(1, "("):
            self.push(Frame(")", State.OPERAND), 2)
        elif token.keyword in words.SELECTORS or token.kind in (Kind.NUMBER, Kind.PARAMETER):
            self.at += 1
        else:
            raise self.unexpected(token)

    def _alias(self, token: Token) -> None:
        if token.kind not in NAMES:
            raise self.unexpected(token)
        self.to(State.DONE)

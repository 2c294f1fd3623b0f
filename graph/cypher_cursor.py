"""A position in a row of tokens with its open brackets, and the limits on how deep they go."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, auto

from graph import cypher_words as words
from graph.cypher_tokens import Kind, Token, place
from graph.errors import GuardError

# Neo4j 5.26 gives no reply at all to 300 levels of brackets or prefixes and to 20 levels of subqueries.
MAX_NESTING = 100
MAX_SUBQUERIES = 10

NAMES = (Kind.WORD, Kind.QUOTED)
READ_ONLY = "Queries here only read: MATCH … RETURN …. If it is meant as a name, write it between backticks."
BEFORE = "Check the query before this place."


class State(IntEnum):
    """What can come next in a frame; EITHER stands after + and *, which may end a pattern or go on in a sum."""

    CLAUSE = auto()
    PATTERN = auto()
    OPERAND = auto()
    WHEN = auto()
    AFTER = auto()
    EITHER = auto()
    ALIAS = auto()
    DONE = auto()
    LABEL = auto()
    KEY = auto()


ENDED = (State.AFTER, State.EITHER, State.DONE)


@dataclass(slots=True)
class Frame:
    """One level of brackets: `use` says what they are for, `clause` which clause a query has reached.

    `sure` says that no engine can take the word before for a name, so that an operand must follow it; `concludes`
    that a query may end with the clause it has reached.
    """

    closer: str
    state: State
    use: str = ""
    query: bool = False
    clause: str = ""
    opened: int = -1
    cases: int = 0
    run: int = 0
    labelled: bool = False
    sure: bool = True
    concludes: bool = False


class Cursor:
    """Moves over the tokens once, with a stack of frames instead of recursion."""

    def __init__(self, cypher: str, tokens: list[Token]) -> None:
        self.cypher = cypher
        self.tokens = tokens
        self.at = 0
        self.cases = 0
        self.runs = 0
        self.frame = Frame("", State.CLAUSE, query=True)
        self.stack = [self.frame]

    def refuse(self, message: str, token: Token, next_step: str = READ_ONLY) -> GuardError:
        """The error for a token, with its line and column."""
        return GuardError(message, place=place(self.cypher, token.offset), next_step=next_step)

    def unexpected(self, token: Token) -> GuardError:
        """The error for a token that the grammar does not take here."""
        text = token.text if len(token.text) <= 40 else token.text[:40] + "…"
        if token.keyword in words.REFUSED_CLAUSES or token.keyword in words.COMMANDS:
            return self.refuse(f"{text} is not part of a plain read.", token)
        if token.keyword == "IN" and self.frame.clause == "CALL":
            return self.refuse("IN TRANSACTIONS is not part of a plain read.", token, "Leave it out.")
        if self.frame.state is State.CLAUSE:
            return self.refuse(f"{text} does not start a clause that reads.", token, "Start with MATCH.")
        return self.refuse(f"{text} cannot stand here.", token, BEFORE)

    def peek(self, steps: int = 1) -> Token | None:
        """The token so many steps ahead, or behind if negative."""
        index = self.at + steps
        return self.tokens[index] if 0 <= index < len(self.tokens) else None

    def sees(self, steps: int, *signs: str) -> bool:
        """Whether one of the signs stands there."""
        token = self.peek(steps)
        return token is not None and token.is_sign(*signs)

    def sees_name(self, steps: int) -> bool:
        """Whether a word or a name in backticks stands there."""
        token = self.peek(steps)
        return token is not None and token.kind in NAMES

    def word_at(self, steps: int) -> str:
        """The upper-case word there, or nothing."""
        token = self.peek(steps)
        return token.keyword if token else ""

    def stands_alone(self, steps: int = 0) -> bool:
        """No clause and no operand can begin with what follows, so the word at `steps` is a name."""
        return self.peek(steps + 1) is None or self.sees(steps + 1, *words.NAME_BEFORE)

    def begins_no_clause(self) -> bool:
        """The word is followed by an operator with its operand, which no body of a write begins with."""
        operator, operand = self.word_at(1), self.peek(2)
        if operand is None or operator not in words.AFTER_NAME:
            return False
        if self.word_at(0) in words.PATTERN_WRITES and operator != "OR":
            return not operand.is_sign("=")
        if operand.keyword in words.REFUSED_CLAUSES:
            return self.stands_alone(2)
        return operand.kind is not Kind.SIGN and operand.keyword not in words.AFTER_WRITE

    def dotted(self, steps: int) -> tuple[str, int]:
        """The dotted name at `steps` and the step behind it."""
        parts = [self.tokens[self.at + steps].text]
        steps += 1
        while self.sees(steps, ".") and self.sees_name(steps + 1):
            parts.append(self.tokens[self.at + steps + 1].text)
            steps += 2
        return ".".join(parts), steps

    def to(self, state: State, steps: int = 1, *, labelled: bool = False, sure: bool = False) -> None:
        """Goes on in the same brackets."""
        self.frame.state = state
        self.frame.labelled = labelled
        self.frame.sure = sure
        self.at += steps

    def push(self, frame: Frame, steps: int = 1) -> None:
        """Goes into brackets that open with the last of the steps."""
        self.at += steps
        frame.opened = self.at - 1
        self.stack.append(frame)
        self.frame = frame
        self.check_depth(self.tokens[frame.opened])

    def check_depth(self, token: Token) -> None:
        """Refuses what an engine might not come back from."""
        if len(self.stack) + self.cases + self.runs > MAX_NESTING:
            raise self.refuse(f"The query is nested more than {MAX_NESTING} levels deep.", token, "Flatten it.")
        if self.frame.query and sum(frame.query for frame in self.stack) > MAX_SUBQUERIES + 1:
            raise self.refuse(f"More than {MAX_SUBQUERIES} subqueries stand in each other.", token, "Flatten it.")

    def check_result(self, token: Token) -> None:
        """Refuses a query without a result, which may mean that a comment holds the rest of it."""
        if not self.frame.concludes and self.frame.use not in ("EXISTS", "COUNT"):
            raise self.refuse("The query has no result.", token, "End it with RETURN.")

    def count_run(self, token: Token, links: int = 1) -> None:
        """Prefixes and postfixes are levels to the engine although they need no brackets."""
        self.frame.run += links
        self.runs += links
        self.check_depth(token)

    def end_run(self) -> None:
        """A chain of prefixes or postfixes is over."""
        self.runs -= self.frame.run
        self.frame.run = 0

    def close(self, token: Token) -> None:
        """Leaves the brackets if their content is complete."""
        frame = self.frame
        empty = frame.opened == self.at - 1 and not frame.query and frame.state is not State.LABEL
        if token.text != frame.closer or frame.cases or not (empty or frame.state in ENDED):
            raise self.refuse(f"{token.text} cannot stand here.", token, BEFORE)
        if frame.query:
            self.check_result(token)
        self.end_run()
        self.stack.pop()
        self.frame = self.stack[-1]
        done = frame.use in ("ARGUMENTS", "SUBQUERY")
        self.to(State.DONE if done else State.AFTER, labelled=frame.use == "LABEL")

"""The part of the grammar of reads that clauses share: operands and what may stand between and behind them."""

from __future__ import annotations

from graph import cypher_words as words
from graph.cypher_cursor import ENDED, MAX_NESTING, NAMES, Cursor, Frame, State
from graph.cypher_tokens import Kind, Token


class Expressions(Cursor):
    """Reads one token of an expression, a label expression or a map, by the state of the brackets it stands in."""

    def expression(self, token: Token) -> None:
        """What a token means outside patterns, labels and keys."""
        if token.kind is Kind.SIGN:
            self._sign(token)
        elif token.kind is Kind.WORD:
            self._word(token)
        elif self.frame.state in (State.AFTER, State.DONE):
            raise self.unexpected(token)
        elif token.kind is Kind.QUOTED:
            self._operand_name(token)
        elif token.kind is Kind.PARAMETER and self.frame.labelled and self.sees(1, "("):
            self.label(token)
        else:
            self.to(State.AFTER)

    def _word(self, token: Token) -> None:
        state, word = self.frame.state, token.keyword
        if state is State.EITHER:
            in_pattern = self.frame.query and self.frame.clause == "MATCH"
            after = (word in words.CLAUSES or word in words.AFTER_OPERAND) and not self.stands_alone()
            after = after and (in_pattern or not self.sees(1, "("))
        elif state is State.WHEN:
            after = word in words.COMPARING and not self.stands_alone()
        else:
            after = state in ENDED
        if after:
            self._word_after_operand(token, word)
        else:
            self._word_as_operand(token, word)

    def _word_after_operand(self, token: Token, word: str) -> None:
        frame = self.frame
        at_clause = frame.query and not frame.cases
        sure = frame.state is not State.EITHER
        if at_clause and word in words.CLAUSES:
            frame.state, frame.sure = State.CLAUSE, sure
        elif at_clause and word in words.TAILS.get(frame.clause, ()):
            self._tail(token, word)
        elif frame.state is State.DONE:
            raise self.unexpected(token)
        elif word in words.INFIX:
            self.end_run()
            self.to(State.OPERAND, sure=sure)
        elif word in ("STARTS", "ENDS") and self.word_at(1) == "WITH":
            self.to(State.OPERAND, 2, sure=sure)
        elif word == "IS":
            self._is(token)
        elif frame.cases and word in ("WHEN", "THEN", "ELSE"):
            self.to(State.WHEN if word == "WHEN" else State.OPERAND, sure=sure)
        elif frame.cases and word == "END":
            frame.cases -= 1
            self.cases -= 1
            self.to(State.AFTER)
        elif (word == "WHERE" and frame.closer in (")", "]")) or (word == "FROM" and frame.use == "TRIM"):
            self.end_run()
            self.to(State.OPERAND)
        else:
            raise self.unexpected(token)

    def _tail(self, token: Token, word: str) -> None:
        if word == "AS":
            if self.frame.state is State.DONE:
                raise self.unexpected(token)
            self.to(State.ALIAS)
        elif word in ("WHERE", "YIELD"):
            sure = self.frame.state is not State.EITHER
            self.frame.clause = word
            self.end_run()
            self.to(State.OPERAND, sure=sure)
        elif word == "USING":
            self._hint(token)
        else:
            self.to(State.DONE)

    def _hint(self, token: Token) -> None:
        """A hint for the planner: USING INDEX n:Label(key), USING SCAN n:Label or USING JOIN ON n."""
        steps = 3 if self.word_at(1) in ("TEXT", "RANGE", "POINT") and self.word_at(2) == "INDEX" else 2
        kind = self.word_at(steps - 1)
        if kind == "JOIN" and self.word_at(2) == "ON":
            self.to(State.DONE, self._names(3))
            return
        steps += kind == "INDEX" and self.word_at(steps) == "SEEK" and self.sees_name(steps + 1)
        labelled = self.sees_name(steps) and self.sees(steps + 1, ":") and self.sees_name(steps + 2)
        end = steps + 3
        if kind == "INDEX" and self.sees(end, "("):
            end = self._names(end + 1) + 1
        if kind not in ("INDEX", "SCAN") or not labelled or (kind == "INDEX") != self.sees(end - 1, ")"):
            raise self.unexpected(token)
        self.to(State.DONE, end)

    def _names(self, steps: int) -> int:
        """The step behind the names with commas that start at `steps`."""
        while self.sees_name(steps) and self.sees(steps + 1, ",") and self.sees_name(steps + 2):
            steps += 2
        if not self.sees_name(steps):
            raise self.unexpected(self.peek(steps) or self.tokens[-1])
        return steps + 1

    def _word_as_operand(self, token: Token, word: str) -> None:
        alone = self.stands_alone()
        if word in words.REFUSED_CLAUSES or word == "CALL":
            if not alone and (self.sees(1, "(") or not (self._is_due() or self.begins_no_clause())):
                raise self.unexpected(token)
        elif not alone and self._prefix(token, word):
            return
        self._operand_name(token)

    def _is_due(self) -> bool:
        """Whether an operand must stand here, as far as any engine can see."""
        return not self.frame.query or self.frame.sure or self.sees(-1, *words.NAME_AFTER)

    def _prefix(self, token: Token, word: str) -> bool:
        """Whether the word introduces an operand; if so it has been read."""
        first = self.sees(-1, "(")
        if word == "NOT":
            self.count_run(token)
            self.to(State.OPERAND)
        elif word == "CASE":
            self.frame.cases += 1
            self.cases += 1
            self.check_depth(token)
            when = self.word_at(1) == "WHEN"
            self.to(State.WHEN if when else State.OPERAND, 2 if when else 1)
        elif word in ("EXISTS", "COUNT", "COLLECT") and self.sees(1, "{") and not self.sees(2, "."):
            self.push(Frame("}", State.CLAUSE, use=word, query=True), 2)
        elif word == "WHERE" and self.sees(-1, "(", "["):
            self.to(State.OPERAND)
        elif first and self.frame.use == "TRIM" and word in ("BOTH", "LEADING", "TRAILING", "FROM"):
            self.to(State.OPERAND, 2 if self.word_at(1) == "FROM" else 1)
        elif first and (word == "DISTINCT" or (word == "ALL" and not self.sees(1, "("))):
            self.to(State.OPERAND)
        else:
            return False
        return True

    def _operand_name(self, token: Token) -> None:
        name, steps = self.dotted(0)
        if not self.sees(steps, "("):
            self.count_run(token, steps // 2)
            self.to(State.AFTER, steps, labelled=self.frame.labelled and self.sees(-1, "|", "("))
            return
        if not name.isascii() or name.lower() not in words.FUNCTIONS:
            hint = "Use the standard functions, without backticks."
            raise self.refuse(f"The function {name} is not on the list of reads.", token, hint)
        self.push(Frame(")", State.OPERAND, use="TRIM" if name.lower() == "trim" else ""), steps + 1)

    def _is(self, token: Token) -> None:
        steps = 2 if self.word_at(1) == "NOT" else 1
        word = self.word_at(steps)
        if word in ("NULL", "NORMALIZED"):
            self.to(State.AFTER, steps + 1)
        elif word in words.NORMAL_FORMS and self.word_at(steps + 1) == "NORMALIZED":
            self.to(State.AFTER, steps + 2)
        elif word == "TYPED" or self.sees(steps, "::"):
            self._type(steps + 1)
        elif steps == 1:
            self.to(State.LABEL)
        else:
            raise self.unexpected(token)

    def _type(self, first: int) -> None:
        steps, level = first, 0
        while (token := self.peek(steps)) is not None:
            word, following, before = token.keyword, self.word_at(steps + 1), self.word_at(steps - 1)
            if word in words.TYPES or token.is_sign("!") or (token.is_sign("|") and following in words.TYPES):
                steps += 1
            elif (word, following) in words.TYPE_PAIRS:
                steps += 2
            elif word in ("WITH", "WITHOUT") and following == "TIME" and self.word_at(steps + 2) == "ZONE":
                steps += 3
            elif token.is_sign("<") and before in words.NESTED_TYPES:
                level, steps = level + 1, steps + 1
            elif token.is_sign(">") and level:
                level, steps = level - 1, steps + 1
            else:
                break
        if steps == first or level or steps - first > MAX_NESTING:
            raise self.unexpected(token or self.tokens[-1])
        self.to(State.AFTER, steps)

    # Signs

    def _sign(self, token: Token) -> None:
        state, text = self.frame.state, token.text
        if text == "," and state in ENDED:
            self._comma(token)
        elif state is State.DONE:
            raise self.unexpected(token)
        elif text in ("(", "[", "{"):
            self._open(token, text)
        elif state in (State.AFTER, State.EITHER) and self._sign_after_operand(token, text):
            return
        elif state not in (State.OPERAND, State.WHEN, State.EITHER) or not self._sign_as_operand(token, text):
            raise self.unexpected(token)

    def _comma(self, token: Token) -> None:
        frame = self.frame
        self.end_run()
        if frame.cases:
            self.to(State.WHEN)
        elif frame.query and frame.clause not in words.LISTS:
            raise self.unexpected(token)
        elif frame.query and frame.clause == "MATCH":
            self.to(State.PATTERN)
        else:
            self.to(State.KEY if frame.closer == "}" and not frame.query else State.OPERAND)

    def _open(self, token: Token, text: str) -> None:
        after = self.frame.state is State.AFTER
        if text == "(":
            # Two groups of a path may touch; a bracket after anything else would be a call.
            if after and not self.sees(-1, ")", "}"):
                raise self.unexpected(token)
            labelled = self.frame.labelled and self.sees(-1, "|")
            self.push(Frame(")", State.OPERAND, use="LABEL" if labelled else "", labelled=labelled))
        elif text == "[":
            if after:
                self.count_run(token)
            self.push(Frame("]", State.OPERAND))
        elif (count := self.peek()) is not None and (count.kind is Kind.NUMBER or count.is_sign(",")):
            steps = 1
            while (part := self.peek(steps)) is not None and (part.kind is Kind.NUMBER or part.is_sign(",")):
                steps += 1
            if not self.sees(steps, "}"):
                raise self.unexpected(part or token)
            self.to(State.AFTER, steps + 1)
        else:
            self.push(Frame("}", State.KEY))

    def _sign_after_operand(self, token: Token, text: str) -> bool:
        frame = self.frame
        if text in (":", "&") and (text == ":" or frame.labelled):
            self.to(State.LABEL)
        elif text == "::":
            self._type(1)
        elif text == "." and self.sees_name(1) and not self.sees(2, "("):
            self.count_run(token)
            self.to(State.AFTER, 2)
        elif text == ".." and frame.closer == "]":
            self.to(State.EITHER)
        elif text == "|" and (frame.labelled or not frame.query):
            self.end_run()
            self.to(State.OPERAND, labelled=frame.labelled)
        elif text in ("+", "*") and (not frame.query or frame.clause not in words.SUMS):
            self.to(State.EITHER)
        elif text in ("+", "*", "-", "<") or (text in words.BINARY and frame.state is State.AFTER):
            self.end_run()
            self.to(State.OPERAND, sure=frame.state is State.AFTER and frame.clause != "MATCH")
        else:
            return False
        return True

    def _sign_as_operand(self, token: Token, text: str) -> bool:
        state = self.frame.state
        if text == ":" and self.sees(-1, "(", "[", "|"):
            self.to(State.LABEL)
        elif text in ("!", "%", "$") and self.sees(-1, "|"):
            self.frame.state = State.LABEL
        elif (text in ("+", "*") and self.sees(-1, "-", ">")) or (text == "*" and self.sees(-1, "(", "[")):
            self.to(State.EITHER)
        elif text == "*" and self.word_at(-1) in ("RETURN", "WITH", "DISTINCT", "ALL", "YIELD"):
            self.to(State.DONE)
        elif text in ("-", "+"):
            self.count_run(token)
            self.to(State.OPERAND, sure=self.frame.sure)
        elif text == ".." and self.frame.closer == "]":
            self.to(State.EITHER)
        elif (text == ">" and self.sees(-1, "-")) or (text in words.COMPARISONS and state is State.WHEN):
            self.to(State.OPERAND)
        else:
            return False
        return True

    # Labels and keys

    def label(self, token: Token) -> None:
        """A token where a label must stand."""
        if token.kind in NAMES or token.is_sign("%"):
            self.to(State.AFTER, labelled=True)
        elif token.is_sign("!"):
            self.count_run(token)
            self.at += 1
        elif token.is_sign("("):
            self.push(Frame(")", State.LABEL, use="LABEL"))
        elif self.sees(1, "(") and token.text.lower() in ("$", "$all", "$any"):
            self.push(Frame(")", State.OPERAND, use="LABEL"), 2)
        elif token.is_sign(":") and self.sees(-1, "|"):
            self.at += 1
        else:
            raise self.unexpected(token)

    def key(self, token: Token) -> None:
        """A token where the key of a map must stand."""
        if token.kind in NAMES and self.sees(1, ":"):
            self.to(State.OPERAND, 2)
        elif token.kind in NAMES and self.sees(1, ",", "}"):
            self.to(State.AFTER)
        elif token.is_sign(".") and (self.sees_name(1) or self.sees(1, "*")) and self.sees(2, ",", "}"):
            self.to(State.AFTER, 2)
        else:
            raise self.unexpected(token)

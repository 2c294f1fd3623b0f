"""Cypher text enters; the tokens that Neo4j 5, Neo4j 2026 and ArcadeDB all read in it leave, or a GuardError.

Where the engines would cut the text differently, and one of them could see a clause that another sees as part of
a string, a name or a comment, the text is refused.
"""

from __future__ import annotations

import unicodedata
from enum import Enum
from typing import NamedTuple

from graph.errors import GuardError

MAX_CHARACTERS = 20_000
MAX_TOKENS = 4_000

# White space of all four lexers; Cypher 5 takes U+0085 for part of a name, so it is missing here.
SPACES = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f \xa0\u1680\u2028\u2029\u202f\u205f\u3000") | frozenset(
    map(chr, range(0x2000, 0x200B))
)
# Neo4j draws relationships with these as well; the soft hyphen is left out because it is invisible.
DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\ufe58\ufe63\uff0d")
LEFT_HEADS = frozenset("\u27e8\u3008\ufe64\uff1c")
RIGHT_HEADS = frozenset("\u27e9\u3009\ufe65\uff1e")
LOOKALIKES = {**dict.fromkeys(DASHES, "-"), **dict.fromkeys(LEFT_HEADS, "<"), **dict.fromkeys(RIGHT_HEADS, ">")}

PAIRS = frozenset({"<>", "<=", ">=", "=~", "!=", "..", "::", "||", "+="})
SIGNS = frozenset("()[]{},.:;|&!%$=<>+-*/^")
# An escape for one of these ends a string, name or comment in Cypher 5 and does not in Cypher 25.
DELIMITERS = frozenset("'\"`\\/*\n\r\0")

START_CATEGORIES = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nl"})
PART_CATEGORIES = START_CATEGORIES | {"Mn", "Mc", "Nd"}
DIGITS = frozenset("0123456789")
HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
ASCII_STARTS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
ASCII_PARTS = ASCII_STARTS | DIGITS

BACKTICKS = "Write a name with unusual characters between backticks, or pass the value as a parameter."


class Kind(Enum):
    """What a token is."""

    WORD = "word"
    QUOTED = "name in backticks"
    STRING = "string"
    NUMBER = "number"
    PARAMETER = "parameter"
    SIGN = "sign"


class Token(NamedTuple):
    """One token: `text` as the engine understands it, `offset` and `end` in the text that was given."""

    kind: Kind
    text: str
    offset: int
    end: int

    @property
    def keyword(self) -> str:
        """The upper-case word; only ASCII letters spell a keyword, other alphabets fold to them in Python alone."""
        return self.text.upper() if self.kind is Kind.WORD and self.text.isascii() else ""

    def is_sign(self, *signs: str) -> bool:
        """Whether this is one of the signs."""
        return self.kind is Kind.SIGN and self.text in signs


def place(cypher: str, offset: int) -> str:
    """Line and column of an offset, as users count them."""
    before = cypher[:offset]
    return f"line {before.count(chr(10)) + 1}, column {offset - (before.rfind(chr(10)) + 1) + 1}"


def tokenize(cypher: str) -> list[Token]:
    """All tokens of the text without white space and comments."""
    if len(cypher) > MAX_CHARACTERS:
        raise GuardError(
            f"The query has {len(cypher):,} characters, more than {MAX_CHARACTERS:,}.",
            next_step="Pass long lists and texts as parameters.",
        )
    for offset, char in enumerate(cypher):
        if char == "\0" or "\ud800" <= char <= "\udfff":
            raise GuardError(
                f"The character U+{ord(char):04X} cannot be part of a query.",
                place=place(cypher, offset),
                next_step="Leave it out.",
            )
    return _Scanner(cypher).scan()


def plain_text(cypher: str, tokens: list[Token]) -> str:
    """The tokens at their old distances: escapes in names decoded, comments and odd spaces blanked."""
    parts: list[str] = []
    end = tokens[0].offset
    for token in tokens:
        parts.extend("\n" if char in "\r\n" else " " for char in cypher[end : token.offset])
        parts.append(token.text)
        end = token.end
    return "".join(parts)


def is_name_start(char: str) -> bool:
    """The engines take bare names from the basic plane only."""
    return char in ASCII_STARTS or ("\x7f" < char <= "\uffff" and unicodedata.category(char) in START_CATEGORIES)


def is_name_part(char: str) -> bool:
    """Marks and digits besides letters."""
    return char in ASCII_PARTS or ("\x7f" < char <= "\uffff" and unicodedata.category(char) in PART_CATEGORIES)


class _Scanner:
    """Reads decoded text from left to right, each character once."""

    def __init__(self, cypher: str) -> None:
        self.source = cypher
        self.text, self.offsets = self._decode()
        self.at = 0
        self.tokens: list[Token] = []

    def refuse(self, message: str, at: int, next_step: str = BACKTICKS) -> GuardError:
        return GuardError(message, place=place(self.source, self.offsets[at]), next_step=next_step)

    def scan(self) -> list[Token]:
        text, length = self.text, len(self.text)
        while self.at < length:
            char = text[self.at]
            if char in SPACES:
                self.at += 1
            elif text.startswith("//", self.at):
                self._line_comment()
            elif text.startswith("/*", self.at):
                self._block_comment()
            elif len(self.tokens) == MAX_TOKENS:
                raise self.refuse(
                    f"The query has more than {MAX_TOKENS:,} words and signs.",
                    self.at,
                    "Pass long lists as parameters.",
                )
            else:
                self._token(char)
        return self.tokens

    def _decode(self) -> tuple[str, list[int]]:
        """Replaces escapes as Cypher 5 does before it reads anything else; offsets lead back to the source."""
        source = self.source
        if "\\u" not in source:
            return source, list(range(len(source) + 1))
        chars: list[str] = []
        offsets: list[int] = []
        at, escaped = 0, False
        while at < len(source):
            char, step = source[at], 1
            if char == "\\" and not escaped and source.startswith("u", at + 1):
                char, step = self._escape(at), 6
            else:
                escaped = char == "\\" and not escaped
            chars.append(char)
            offsets.append(at)
            at += step
        return "".join(chars), [*offsets, len(source)]

    def _escape(self, at: int) -> str:
        digits = self.source[at + 2 : at + 6]
        if len(digits) < 4 or not HEX_DIGITS.issuperset(digits):
            raise GuardError(
                f"The escape {self.source[at : at + 6]} needs four hexadecimal digits.",
                place=place(self.source, at),
                next_step="Write the character itself.",
            )
        char = chr(int(digits, 16))
        if char in DELIMITERS:
            raise GuardError(
                f"The escape \\u{digits} stands for a character that can end a string, a name or a comment.",
                place=place(self.source, at),
                next_step="Write the character itself, or pass the value as a parameter.",
            )
        return char

    def _add(self, kind: Kind, text: str, end: int) -> None:
        self.tokens.append(Token(kind, text, self.offsets[self.at], self.offsets[end]))
        self.at = end

    def _token(self, char: str) -> None:
        text, at = self.text, self.at
        if char in "'\"":
            self._string(char)
        elif char == "`":
            self._quoted()
        elif char == "$":
            self._parameter()
        elif char in DIGITS or (char == "." and text[at + 1 : at + 2] in DIGITS):
            self._number()
        elif is_name_start(char):
            self._add(Kind.WORD, *self._name(at))
        elif text[at : at + 2] in PAIRS:
            self._add(Kind.SIGN, text[at : at + 2], at + 2)
        elif char in SIGNS or char in LOOKALIKES:
            self._add(Kind.SIGN, LOOKALIKES.get(char, char), at + 1)
        else:
            name = unicodedata.name(char, "without a name")
            raise self.refuse(f"The character U+{ord(char):04X} ({name}) has no place here.", at)

    def _line_comment(self) -> None:
        while self.at < len(self.text) and self.text[self.at] not in "\n\r":
            self.at += 1

    def _block_comment(self) -> None:
        end = self.text.find("*/", self.at + 2)
        if end < 0:
            raise self.refuse("The comment /* is not closed.", self.at, "Close it with */ or leave it out.")
        body = self.text[self.at + 2 : end]
        # Neo4j 5.26 reads on after "/*/" and would run as a statement what stands in a later string.
        if body.startswith("/") or body.endswith("/") or "/*" in body:
            raise self.refuse("The comment holds another /* or */.", self.at, "Leave the comment out.")
        self.at = end + 2

    def _string(self, quote: str) -> None:
        text, end = self.text, self.at + 1
        while end < len(text) and text[end] != quote:
            end += 2 if text[end] == "\\" else 1
        if end >= len(text):
            raise self.refuse(f"The string that starts with {quote} is not closed.", self.at, f"Close it with {quote}.")
        self._add(Kind.STRING, self.source[self.offsets[self.at] : self.offsets[end + 1]], end + 1)

    def _quoted(self) -> None:
        text, end = self.text, self.at + 1
        while end < len(text) and (text[end] != "`" or text.startswith("``", end)):
            end += 2 if text[end] == "`" else 1
        if end >= len(text):
            raise self.refuse("The name that starts with ` is not closed.", self.at, "Close it with `.")
        self._add(Kind.QUOTED, text[self.at : end + 1], end + 1)

    def _name(self, at: int) -> tuple[str, int]:
        end = at
        while end < len(self.text) and is_name_part(self.text[end]):
            end += 1
        return self.text[at:end], end

    def _parameter(self) -> None:
        name, end = self._name(self.at + 1)
        if name:
            self._add(Kind.PARAMETER, "$" + name, end)
            return
        if not self.text.startswith("`", self.at + 1):
            # The label $(expression); a parameter has its name directly behind the sign.
            self._add(Kind.SIGN, "$", self.at + 1)
            return
        dollar = self.at
        self.at += 1
        self._quoted()
        last = self.tokens.pop()
        self.tokens.append(Token(Kind.PARAMETER, "$" + last.text, self.offsets[dollar], last.end))

    def _number(self) -> None:
        text, start = self.text, self.at
        if text[start : start + 2] in ("0x", "0o"):
            digits, end = self._name(start + 2)
            readable = bool(digits) and HEX_DIGITS.issuperset(digits)
        else:
            end = self._digits(start)
            if text.startswith(".", end) and text[end + 1 : end + 2] in DIGITS:
                end = self._digits(end + 1)
            readable = True
            if text[end : end + 1] in ("e", "E"):
                power = end + (2 if text[end + 1 : end + 2] in ("+", "-") else 1)
                end = self._digits(power)
                readable = end > power
        lonely_point = text.startswith(".", end) and not text.startswith("..", end)
        if not readable or lonely_point or (end < len(text) and is_name_part(text[end])):
            raise self.refuse(f"{text[start : end + 1]} is not a number.", start)
        self._add(Kind.NUMBER, text[start:end], end)

    def _digits(self, at: int) -> int:
        while at < len(self.text) and (self.text[at] in DIGITS or self.text[at] == "_"):
            at += 1
        return at

"""A question as typed enters, its folded form with the way back and the places where words may end leaves."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from graph.fold import POSSESSIVE, normalise, stem


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in the form of `graph.fold.fold`, with the way back to what was typed.

    key:   the folded text
    spans: for every position of `key`, the (start, end) of `text` it came from
    cuts:  for the len(key)+1 gaps: 0 inside a word, 1 inside a run of one script, 2 between runs or at a mark
    text:  the typed text in NFKC
    """

    text: str
    key: str
    spans: tuple[tuple[int, int], ...]
    cuts: tuple[int, ...]

    def surface(self, start: int, end: int) -> str:
        """What was typed for key[start:end]."""
        return self.text[self.spans[start][0] : self.spans[end - 1][1]] if end > start else ""


def script(char: str) -> str:
    """The script of one character: latin, digit, katakana, hiragana, kanji or mark."""
    if char.isdigit():
        return "digit"
    code = ord(char)
    if 0x3041 <= code <= 0x309F:
        return "hiragana"
    if 0x30A0 < code <= 0x30FF and char != "・":
        return "katakana"
    if 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x3FFFF or char in "々〆〇":
        return "kanji"
    return "latin" if char.isalpha() else "mark"


def fold_question(text: str) -> Folded:
    """Fold a question, keeping for each position what was typed and where words may end."""
    text = unicodedata.normalize("NFKC", text)
    plain = POSSESSIVE.sub(lambda m: " " * len(m.group()), text)
    key: list[str] = []
    spans: list[tuple[int, int]] = []
    cuts: list[int] = [2]
    last = "mark"
    position = 0
    while position < len(plain):
        kind = script(plain[position])
        start = position
        if kind == "latin":
            while position < len(plain) and script(plain[position]) == "latin":
                position += 1
            folded = stem(normalise(plain[start:position]))
        else:
            position += 1
            folded = _one(plain, start, kind, last)
        if not folded:
            # The long-vowel mark belongs to its word; every other mark ends one.
            if plain[start] != "ー":
                cuts[-1], last = 2, "mark"
            elif spans:
                spans[-1] = (spans[-1][0], position)
            continue
        cuts[-1] = _cut(last, kind, cuts[-1], key)
        for index, char in enumerate(folded):
            if index:
                cuts.append(0)
            key.append(char)
            spans.append((start, position))
            if index < len(folded) - 1:
                continue
            cuts.append(1)
        last = kind
    if cuts:
        cuts[-1] = 2
    return Folded(text, "".join(key), tuple(spans), _inner(cuts, len(key)))


def _one(text: str, index: int, kind: str, last: str) -> str:
    char = text[index]
    if kind == "mark":
        inside_number = char == "." and last == "digit" and index + 1 < len(text) and script(text[index + 1]) == "digit"
        return "." if inside_number else ("%" if char == "%" else "")
    return "" if char == "ー" else normalise(char)


def _cut(last: str, kind: str, current: int, key: list[str]) -> int:
    if not key or current == 2:
        return 2
    if last == kind:
        return 0 if kind in ("latin", "digit") else 1
    if (
        {last, kind} == {"latin", "digit"}
        or (kind == "mark" and last == "digit")
        or (last == "mark" and kind == "digit")
    ):
        return 0
    return 2


def _inner(cuts: list[int], length: int) -> tuple[int, ...]:
    return tuple(cuts[: length + 1])

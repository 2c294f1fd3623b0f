"""Unknown words of a question enter, those that are one slip of the finger from a known word leave as that word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from graph.fold import stem
from qa.lexicon import Lexicon
from qa.segment import Token

LETTERS = "abcdefghijklmnopqrstuvwxyz"
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# In shorter words every slip gives another word; only a neighbouring key is taken for one.
SHORTEST = 5


def correct(tokens: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """The tokens with words that are typed with a slip taken for the one word that is meant, noted as assumed."""
    return tuple(_corrected(token, lexicon) if token.unknown else token for token in tokens)


# A longer word that nothing knows is hardly another word; one letter wrong may still make one.
LONG, LONGER = 6, 8
# Short words that open a question are known well enough to be told with a letter missing.
SHORT = 3


def mend(tokens: tuple[Token, ...], lexicon: Lexicon, knows: Callable[[str], bool]) -> tuple[Token, ...]:
    """The same for a graph that tells texts, whose words (their stems) are known too: only what is surely a slip."""
    return tuple(_mended(token, lexicon, knows) if token.unknown else token for token in tokens)


def _mended(token: Token, lexicon: Lexicon, knows: Callable[[str], bool]) -> Token:
    word = token.text.strip()
    if not (word.isascii() and word.isalpha() and word.islower()) or knows(stem(word)):
        return token
    if SHORT <= len(word) < SHORTEST:
        asks = {o for o in _longer(word) if any(s.kind == "ask" for s in lexicon.get(o))}
        return replace(token, senses=lexicon.get(asks.pop()), assumed="") if len(asks) == 1 else token
    if len(word) < LONG:
        return token
    slips = {*_swaps(word), *_longer(word), *_shorter(word), *(_others(word) if len(word) >= LONGER else ())}
    found = {stem(other): other for other in slips if stem(other) in lexicon.senses or knows(stem(other))}
    if len(found) != 1:
        return token
    key, meant = next(iter(found.items()))
    return replace(token, text=meant, senses=lexicon.get(key) or token.senses, assumed=f"/{meant}")


def _longer(word: str) -> Iterator[str]:
    return (word[:i] + letter + word[i:] for i in range(1, len(word) + 1) for letter in LETTERS)


def _shorter(word: str) -> Iterator[str]:
    return (word[:i] + word[i + 1 :] for i in range(1, len(word)))


def _corrected(token: Token, lexicon: Lexicon) -> Token:
    word = token.text.strip()
    if not (word.isascii() and word.isalpha() and word.islower() and len(word) > 2):
        return token
    slips = (
        (_neighbours(word), _swaps(word)) if len(word) < SHORTEST else (_swaps(word), _neighbours(word), _others(word))
    )
    for kind in slips:
        found = {stem(other): other for other in kind if stem(other) in lexicon.senses}
        if len(found) == 1:
            key, meant = next(iter(found.items()))
            return replace(token, senses=lexicon.get(key), assumed=f"/{meant}")
        if found:
            return token
    return token


def _swaps(word: str) -> Iterator[str]:
    return (word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1))


def _neighbours(word: str) -> Iterator[str]:
    for i, letter in enumerate(word):
        row = next(r for r in ROWS if letter in r)
        at = row.index(letter)
        for other in row[max(0, at - 1) : at] + row[at + 1 : at + 2]:
            yield word[:i] + other + word[i + 1 :]


def _others(word: str) -> Iterator[str]:
    """A letter too many, too few, or another one."""
    yield from _shorter(word)
    yield from _longer(word)
    yield from (word[:i] + letter + word[i + 1 :] for i in range(1, len(word)) for letter in LETTERS)

"""Texts enter, an index of their pairs of letters leaves, which tells the few texts that may hold a word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise


class Grams:
    """Which texts hold a word somewhere inside: looked up by its pairs of letters instead of read through."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts: Sequence[str] = tuple(texts)
        self._places: dict[str, set[int]] = defaultdict(set)
        for at, text in enumerate(self._texts):
            for one, two in set(pairwise(text)):
                self._places[one + two].add(at)

    def holding(self, word: str) -> list[int]:
        """The places of the texts in which `word` stands, in order."""
        if len(word) < 2:
            return [at for at, text in enumerate(self._texts) if word in text]
        pairs = [self._places.get(one + two) for one, two in pairwise(word)]
        if not all(pairs):
            return []
        few, *more = sorted((p for p in pairs if p), key=len)
        return sorted(at for at in few.intersection(*more) if word in self._texts[at])

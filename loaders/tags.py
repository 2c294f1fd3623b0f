"""A title and its issuer enter, the sectors and technologies that it concerns leave, each with the words that tell so.

The title decides. An issuer supports words that mean nothing by themselves, and never tells alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from graph.schema import read_yaml

_DATA: dict[str, Any] = read_yaml(Path(__file__).with_name("tags.yaml"))[0]
LABELS = ("Sector", "Technology")
# A single character is a part of too many words.
_SHORTEST = 2
_LATIN = re.compile(r"[a-z0-9]")
_KEPT = 50_000


@dataclass(frozen=True, slots=True)
class Tag:
    """What a title concerns: label and id of a sector or technology, and the words that tell so, as the title has them."""

    label: str
    id: str
    words: tuple[str, ...]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


class Tagger:
    """Finds the words of sectors and technologies in titles; the longest word at a place counts, and hides those in it."""

    def __init__(self, names: Iterable[tuple[str, str]], broader: Iterable[tuple[str, str]] = ()) -> None:
        """Take (id, name) of every sector and technology by all their names, and (id, id of a broader one)."""
        named = list(names)
        known = {identity for identity, _ in named}
        self._above = _ancestors(broader)
        self._words: dict[str, dict[str, set[str]]] = {}
        left_out = {_plain(word) for word in _DATA["left_out"]}
        for identity, name in named:
            if _plain(name) not in left_out:
                self._add(identity, name)
        for section in ("words", "within"):
            for identity, words in _DATA[section].items():
                for word in words if identity in known else ():
                    self._add(identity, word)
        for word in _DATA["nothing"]:
            self._add("", word)
        self._supported = {i: about for i, about in _DATA["supported"].items() if i in known}
        self.of = lru_cache(maxsize=_KEPT)(self._of)

    def __bool__(self) -> bool:
        return bool(self._words)

    def _add(self, identity: str, word: str) -> None:
        plain = _plain(word)
        if len(plain) >= _SHORTEST:
            meant = self._words.setdefault(plain[:_SHORTEST], {}).setdefault(plain, set())
            meant.add(identity)

    def _of(self, title: str, issuer: str) -> tuple[Tag, ...]:
        """What a title concerns, the most exact: 半導体製造装置 and not 半導体, which lies above it."""
        text = _plain(title)
        found: dict[str, list[str]] = {}
        at = 0
        while at < len(text):
            word, meant = self._longest(text, at)
            for identity in meant:
                found.setdefault(identity, []).append(word)
            at += len(word) or 1
        found.pop("", None)
        for identity, about in self._supported.items():
            if any(name in issuer for name in about["issuers"]):
                words = [word for word in about["words"] if _plain(word) in text]
                found.setdefault(identity, []).extend([*words, issuer] if words else ())
        above = {over for identity in found for over in self._above.get(identity, ())}
        return tuple(
            Tag(identity.partition("/")[0], identity, tuple(dict.fromkeys(words)))
            for identity, words in sorted(found.items())
            if words and identity not in above
        )

    def _longest(self, text: str, at: int) -> tuple[str, Iterable[str]]:
        """The longest known word that stands at a place, and what it means."""
        best = ""
        words = self._words.get(text[at : at + _SHORTEST], {})
        for word in words:
            if len(word) > len(best) and text.startswith(word, at) and _stands_alone(text, at, at + len(word)):
                best = word
        return best, words.get(best, ())


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a Latin word is not a part of a longer one; Japanese words have no such bounds."""
    before = start > 0 and _LATIN.match(text[start]) and _LATIN.match(text[start - 1])
    after = end < len(text) and _LATIN.match(text[end - 1]) and _LATIN.match(text[end])
    return not (before or after)


def _ancestors(broader: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    parents: dict[str, set[str]] = {}
    for identity, over in broader:
        parents.setdefault(identity, set()).add(over)
    found: dict[str, frozenset[str]] = {}
    for identity in parents:
        seen: set[str] = set()
        waiting = list(parents[identity])
        while waiting:
            over = waiting.pop()
            if over not in seen:
                seen.add(over)
                waiting += parents.get(over, ())
        found[identity] = frozenset(seen - {identity})
    return found

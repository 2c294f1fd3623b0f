"""A name as written enters, the keys under which it is found leave.

Folding makes spellings equal that people use for the same name: width, case, spaces and dots, macrons, long vowels,
small kana, hiragana and katakana, old character forms, British and American spelling, English plurals.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import jaconv
import yaml

_DATA = yaml.safe_load(Path(__file__).with_name("folding.yaml").read_text(encoding="utf-8"))
_SMALL_KANA = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
CHARACTERS = str.maketrans(dict(_DATA["characters"]))
_WORDS: dict[str, str] = _DATA["words"]
# Of what is neither letter nor digit only these count; 々, 〆 and 〇 are letters of names.
_KEPT = frozenset("%々〆〇")
POSSESSIVE = re.compile(r"['’](s\b|(?=\s|$))", re.IGNORECASE)
_LATIN_WORD = re.compile(r"[a-z]+")
_KEEPS_S = ("ss", "us", "is", "as", "os")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """One lower-case English word without plural ending and in American spelling."""
    word = _WORDS.get(word, word)
    if len(word) > 2 and word.endswith("s") and not word.endswith(_KEEPS_S):
        if word.endswith("ies") and len(word) > 4:
            return word[:-3] + "y"
        if word.endswith(("ches", "shes", "xes", "sses", "zes")):
            return word[:-2]
        word = word[:-1]
    return _WORDS.get(word, word)


class _PerCharacter(dict[int, str | None]):
    """A table for str.translate that asks `change` for each character once."""

    def __init__(self, change: Callable[[str], str | None]) -> None:
        super().__init__()
        self._change = change

    def __missing__(self, code: int) -> str | None:
        return self.setdefault(code, self._change(chr(code)))


# Combining marks of Latin letters go; those of kana (dakuten) are part of the letter.
_UNMARKED = _PerCharacter(lambda c: None if "\u0300" <= c <= "\u036f" else c)
_ONE_SCRIPT = _PerCharacter(lambda c: str(jaconv.hira2kata(c.translate(CHARACTERS))).translate(_SMALL_KANA))


def normalise(text: str) -> str:
    """`text` in one width, case and script: NFKC, lower case, katakana, new character forms, no macrons."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).casefold()
        text = unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).translate(_UNMARKED))
    return text.casefold().translate(_ONE_SCRIPT)


_MARKED_OUT = _PerCharacter(lambda c: c if (c.isalnum() and c != "ー") or c in _KEPT or c == "\u0001" else None)


# What bears marks, and the apostrophe of a possessive, lies outside.
_UNMARKED_CHARACTERS = re.compile(r"[\u0020-\u0026\u0028-\u007e\u2e80-\u9fff]*")
_DECIMAL_POINT = re.compile(r"(?<=\d)[.](?=\d)")


def _plain(text: str) -> bool:
    """Whether a text in NFKC needs fewer steps."""
    if not _UNMARKED_CHARACTERS.fullmatch(text):
        return False
    return "." not in text or not _DECIMAL_POINT.search(text)


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """The comparison key of `text`: normalised, English words stemmed, marks and spaces gone.

    Keeps a decimal point or comma between digits, so that 1.5 and 15 stay different.
    """
    text = unicodedata.normalize("NFKC", text)
    if _plain(text):
        return _joined(text.lower().translate(_ONE_SCRIPT))
    text = _stemmed(normalise(POSSESSIVE.sub(" ", text)))
    text = _DECIMAL_POINT.sub("\u0001", text)
    return text.translate(_MARKED_OUT).replace("\u0001", ".")


def _joined(plain: str) -> str:
    return _stemmed(plain).translate(_MARKED_OUT)


def _stemmed(text: str) -> str:
    return _LATIN_WORD.sub(_stem_of, text)


def _stem_of(word: re.Match[str]) -> str:
    return stem(word[0])


_LEGAL = tuple(sorted(filter(None, map(normalise, _DATA["legal_forms"])), key=len, reverse=True))
_LEGAL_EN = tuple(sorted((f" {form}" for form in _DATA["english_legal_forms"]), key=len, reverse=True))
_LAST_EN = frozenset(form[-1] for form in _LEGAL_EN)
_BETWEEN_WORDS = re.compile(r"[.,\s]+")


@lru_cache(maxsize=65536)
def _legal_forms(first: str, last: str) -> tuple[str, ...]:
    """The forms that may stand at the start or end of a name with this first and last character."""
    return tuple(form for form in _LEGAL if form[0] == first or form[-1] == last)


def without_legal_form(text: str) -> str:
    """`text` without the form of the legal person at its start or end (株式会社, (一社), Co., Ltd. …)."""
    return _without_legal_form(normalise(text).strip())


def _without_legal_form(core: str) -> str:
    if not core:
        return core
    for form in _legal_forms(core[0], core[-1]):
        if core.startswith(form) and len(core) > len(form):
            core = core[len(form) :]
            break
        if core.endswith(form) and len(core) > len(form):
            core = core[: -len(form)]
            break
    if core[-1] in _LAST_EN or not core[-1].isalnum():
        plain = _BETWEEN_WORDS.sub(" ", core).strip()
        if plain.endswith(_LEGAL_EN):
            return next(plain[: -len(form)] for form in _LEGAL_EN if plain.endswith(form))
    return core


def both_keys(text: str) -> tuple[str, str]:
    """The key of a name as it is, and that of it without its legal form: the same where it has none."""
    text = unicodedata.normalize("NFKC", text)
    if not _plain(text):
        return fold(text), fold(without_legal_form(text))
    full = text.lower().translate(_ONE_SCRIPT).strip()
    core, whole = _without_legal_form(full), _joined(full)
    return whole, whole if core == full else _joined(core)


def keys(text: str) -> set[str]:
    """The keys under which a name is found: as it is, and without its legal form."""
    return {key for key in both_keys(text) if key}


_FOLDED_FORMS = frozenset(filter(None, map(fold, (*_DATA["legal_forms"], *_DATA["english_legal_forms"]))))
_FORM_ENDS = frozenset(form[0] for form in _FOLDED_FORMS) | frozenset(form[-1] for form in _FOLDED_FORMS)


@lru_cache(maxsize=1024)
def _forms_between(first: str, last: str) -> tuple[str, ...]:
    return tuple(form for form in _FOLDED_FORMS if form[0] == first or form[-1] == last)


def leads_to(whole: str, core: str) -> bool:
    """Whether the one key is the other with a legal form at its start or end."""
    if whole.startswith(core) and whole[len(core) :] in _FOLDED_FORMS:
        return True
    return whole.endswith(core) and whole[: -len(core)] in _FOLDED_FORMS


def shorter_keys(key: str) -> set[str]:
    """Every key that the given one leads to."""
    if not key or (key[0] not in _FORM_ENDS and key[-1] not in _FORM_ENDS):
        return set()
    forms = _forms_between(key[0], key[-1])
    found = {key.removeprefix(form) for form in forms} | {key.removesuffix(form) for form in forms}
    return found - {key, ""}


_LONG_VOWELS = (("oo", "o"), ("ou", "o"), ("uu", "u"), ("oh", "o"))


def reading_keys(reading: str) -> set[str]:
    """The keys of a reading in kana: the kana and its romaji, in both orders of surname and given name.

    A reading of two or more words also gives its first word, the surname, in romaji and kana.
    """
    parts = [p for p in re.split(r"[\s　]+", reading.strip()) if p]
    if not parts:
        return set()
    romaji = [str(jaconv.kana2alphabet(jaconv.kata2hira(unicodedata.normalize("NFKC", p)))) for p in parts]
    found = {fold("".join(parts))}
    orders = [romaji, romaji[::-1]] if len(parts) == 2 else [romaji]
    if len(parts) == 2:
        found.add(fold(parts[0]))
        orders.append(romaji[:1])
    for order in orders:
        plain = "".join(order).casefold()
        short = plain
        for long, one in _LONG_VOWELS:
            short = short.replace(long, one)
        found |= {fold(plain), fold(short)}
    return {key for key in found if key}

"""What is known of one question on its way through the chain."""

from __future__ import annotations

import re
import time
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from qa.answer import Answer, Language
from qa.follow import Said
from qa.grants import Question
from qa.lexicon import Sense, grammar_words
from qa.literals import Literal
from qa.read import YES_NO_STARTS, Reading
from qa.segment import Token
from qa.statements import Hit
from qa.text import Folded, script

# Asks that want a number or a date.
QUANTITY = frozenset({"how_many", "how_much", "share", "when"})
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)|(?:令和|平成|昭和)[\d元]")


_FIGURE = re.compile(r"\d[\d,.]*")
_QUESTION = re.compile(r"何|いく|幾|ど|how|what|which|at|by|in|up|to", re.IGNORECASE)
# Words that ask what kind or which way, so that the question is no yes or no, though it ends like one.
_ASKING = re.compile("どん|どの|どう|何")


@dataclass(frozen=True)
class Turn:
    """What is known of one question while it goes through the chain.

    `tokens` are its words; `plain` are they before names were looked for in parts of names and near spellings, `apart`
    are they with long names of what is told read word by word. `context` says how it hangs on the question before,
    where that was not plain from its words; `tried` says that such ways to take it are still to come. `nested` says that
    the readings go by the order of words.
    """

    question: str
    language: Language
    folded: Folded | None = None
    tokens: tuple[Token, ...] = ()
    plain: tuple[Token, ...] = ()
    apart: tuple[Token, ...] = ()
    literals: tuple[Literal, ...] = ()
    session: str | None = None
    earlier: Said | None = None
    part: bool = False
    context: str = ""
    followed: bool = False
    tried: bool = False
    nested: bool = False
    grants: Question | None = None
    readings: tuple[Reading, ...] = ()
    hits: tuple[Hit, ...] = ()
    remark: str = ""
    answer: Answer | None = None
    started: float = field(default_factory=time.perf_counter)
    link_ms: float = 0.0
    plan_ms: float = 0.0
    query_ms: float = 0.0


_LATIN_WORD = re.compile(r"[A-Za-z']+")
# So many English words that only join others make an English sentence, whatever Japanese names stand in it.
_JOINING = 2


@lru_cache(maxsize=1)
def _english_joints() -> frozenset[str]:
    words = grammar_words("en")
    asks = (word for kind in words["asks"].values() for word in kind)
    return frozenset(part.lower() for word in (*words["ignore"], *asks) for part in str(word).split())


def detect_language(question: str) -> Language:
    """Japanese when any kana or kanji stands in the question, unless its sentence is English but for names."""
    question = unicodedata.normalize("NFKC", question)  # half-width kana too
    if not any(script(c) in ("hiragana", "katakana", "kanji") for c in question):
        return "en"
    joints = [word for word in _LATIN_WORD.findall(question) if word.lower() in _english_joints()]
    return "en" if len(joints) >= _JOINING else "ja"


def asks_of(tokens: tuple[Token, ...]) -> frozenset[str]:
    """The ask words of a question."""
    return frozenset(s.name for t in tokens for s in t.senses if s.kind == "ask")


def operators_of(tokens: tuple[Token, ...]) -> frozenset[str]:
    """The operators in a question: not, both, max and the like."""
    return frozenset(s.name for t in tokens for s in t.senses if s.kind == "operator")


def is_yes_no(turn: Turn) -> bool:
    """Whether a question asks whether something is so."""
    if turn.language == "ja":
        return asks_of(turn.tokens) == {"yes_no"} and not _ASKING.search(turn.question)
    return bool(turn.tokens) and turn.tokens[0].text.lower() in YES_NO_STARTS


def _content(tokens: tuple[Token, ...]) -> list[Token]:
    return [t for t in tokens if not any(t.has(k) for k in ("ignore", "ask", "operator")) or t.has("entity")]


def head_of(tokens: tuple[Token, ...], language: str) -> Token | None:
    """The word that a question is about: the last one in Japanese, the first one in English."""
    content = _content(tokens)
    return (content[-1] if language == "ja" else content[0]) if content else None


def asks_definition(turn: Turn) -> bool:
    """Whether 「Xとは」, "what is an X" is all that a question says, where X may also be a kind of things."""
    content = _content(turn.tokens)
    if len(content) != 1 or not content[0].has("entity"):
        return False
    asks = asks_of(turn.tokens)
    return "define" in asks or (turn.language == "en" and asks == {"what"} and not content[0].text.endswith("s"))


def wanted_kinds(turn: Turn) -> list[tuple[str, str, str]]:
    """What the question's head asks for: labels, each with the property and value that narrow it, or empty texts."""
    heads = [t for t in turn.tokens if any(s.noun or (s.kind == "label" and not t.has("entity")) for s in t.senses)]
    if not heads:
        return []
    head = heads[-1] if turn.language == "ja" else heads[0]
    found = [(s.name, "", "") if s.kind == "label" else (s.label, s.name, s.value) for s in head.senses if _names(s)]
    return list(dict.fromkeys(found))


def _names(sense: Sense) -> bool:
    return sense.kind == "label" or sense.noun


def tells_date(text: str) -> bool:
    """Whether a text holds a year."""
    return _YEAR.search(text) is not None


def tells_what_is_asked(text: str, asks: frozenset[str]) -> bool:
    """Whether an answer holds a number or a date where the ask words want one."""
    if "when" in asks:
        return tells_date(text)
    return not asks & {"how_much", "how_many", "share"} or any(c.isdigit() for c in text)


def tells_one_of_several(text: str, turn: Turn) -> bool:
    """Whether an answer is one stated figure where two are asked: 「何件・総額いくら」, "what share … respectively"."""
    told = [line.partition("：" if turn.language == "ja" else ": ")[2] for line in text.split("\n") if line[:1] == "・"]
    if len(told) != 1 or len(_FIGURE.findall(_YEAR.sub(" ", told[0]))) > 1:
        return False
    words = [t for t in turn.plain if not t.has("ignore")]
    asks = [any(s.kind == "ask" and s.name in QUANTITY - {"when"} for s in t.senses) for t in words]
    # 「割合は何％」 asks once, and a noun only where nothing else asks: 「割合はどれだけ高い」.
    asked = [at for at, one in enumerate(asks) if one and not (at and asks[at - 1])]
    questions = [at for at in asked if _QUESTION.match(words[at].text)]
    asked = questions or asked
    each = any(word in turn.question.casefold() for word in grammar_words(turn.language)["each"])
    return len(asked) > 1 or (each and bool(asked))


def asks_for_change(tokens: tuple[Token, ...], language: str) -> bool:
    """Whether a text commands a change of data."""
    if language == "ja":
        return any(t.has("change") for t in tokens) and not asks_of(tokens)
    first = next((t for t in tokens if not t.has("ignore")), None)
    return first is not None and first.has("change")


def is_off_topic(tokens: tuple[Token, ...]) -> bool:
    """Whether a text is chat: a word for that which is no word of the schema or the graph."""
    return any(t.has("off_topic") and all(s.kind in ("off_topic", "ignore") for s in t.senses) for t in tokens)


def since(began: float) -> float:
    """Milliseconds since a reading of the performance counter."""
    return (time.perf_counter() - began) * 1000

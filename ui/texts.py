"""A language and a key enter, the text that a reader sees leaves."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from graph.schema import read_yaml


@lru_cache(maxsize=2)
def texts(language: str) -> dict[str, str]:
    """The text table of one language."""
    return dict(read_yaml(Path(__file__).with_name(f"texts_{language}.yaml"))[0])


def say(language: str, key: str, **values: object) -> str:
    """One text of the table with its places filled."""
    return texts(language)[key].format(**values)

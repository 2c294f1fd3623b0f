"""Items that take time to make or to work on enter; they are made ahead, and several are worked on at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")
_END: Final = object()


def ahead(items: Iterable[T]) -> Generator[T]:
    """The items; closing the iterator waits for the one that is being made."""
    iterator = iter(items)
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        following = pool.submit(next, iterator, _END)
        while (item := following.result()) is not _END:
            following = pool.submit(next, iterator, _END)
            yield item  # type: ignore[misc]


def abreast(work: Callable[[T], R], items: Iterable[T], alone: Callable[[T], bool], width: int) -> Generator[R]:
    """What the work makes of each item, in their order; `width` at once, but one that must be `alone` after all before."""
    with ThreadPoolExecutor(width, thread_name_prefix="abreast") as pool:
        waiting: deque[Future[R]] = deque()
        for item in items:
            single = width == 1 or alone(item)
            while waiting and (single or len(waiting) == width):
                yield waiting.popleft().result()
            if single:
                yield work(item)
            else:
                waiting.append(pool.submit(work, item))
        while waiting:
            yield waiting.popleft().result()

"""Statements under keys enter in any order, all statements of each key leave in the order of the keys.

They are held in memory as long as there are few, and wait on disk otherwise.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from typing import Generic, TypeVar

from graph.merge import State

Key = TypeVar("Key", bound=tuple[str, ...])
# Of ordinary records so many take some 200 MB; writing them to disk and reading them takes 20 µs for each.
MOST_HELD = 250_000


class Shelf(Generic[Key]):
    """Statements under keys of `parts` texts."""

    def __init__(self, parts: int) -> None:
        self._columns = ", ".join(f"k{at}" for at in range(parts))
        self._insert = f"INSERT INTO held VALUES ({', '.join('?' * (parts + 2))})"
        self._where = " AND ".join(f"k{at} = ?" for at in range(parts))
        self._held: dict[Key, list[State]] = {}
        self._disk: sqlite3.Connection | None = None
        self._waiting = 0
        self._moved = 0

    def close(self) -> None:
        """Forget everything."""
        self._held.clear()
        if self._disk is not None:
            self._disk.close()

    def add(self, key: Key, state: State) -> None:
        """Take in one statement."""
        statements = self._held.get(key)
        if statements is None:
            self._held[key] = [state]
        else:
            statements.append(state)
        self._waiting += 1
        if self._waiting > MOST_HELD:
            self._move()

    def _move(self) -> None:
        """Bring what is held to the disk."""
        if self._disk is None:
            self._disk = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            columns = f"{self._columns}, seq"
            self._disk.execute(f"CREATE TABLE held ({columns}, body, PRIMARY KEY ({columns})) WITHOUT ROWID")
        rows = (
            (*key, self._moved + at, json.dumps([dict(state.properties), state.sources]))
            for key, statements in sorted(self._held.items(), key=lambda item: item[0])
            for at, state in enumerate(statements)
        )
        self._disk.execute("BEGIN")
        self._disk.executemany(self._insert, rows)
        self._disk.execute("COMMIT")
        self._moved += self._waiting
        self._waiting = 0
        self._held.clear()

    def _at_rest(self) -> sqlite3.Connection | None:
        if self._disk is not None and self._held:
            self._move()
        return self._disk

    def statements(self) -> int:
        """How many statements there are."""
        return self._moved + self._waiting

    def __len__(self) -> int:
        """How many keys there are."""
        disk = self._at_rest()
        if disk is None:
            return len(self._held)
        return int(disk.execute(f"SELECT count(*) FROM (SELECT DISTINCT {self._columns} FROM held)").fetchone()[0])

    def __contains__(self, key: Key) -> bool:
        disk = self._at_rest()
        if disk is None:
            return key in self._held
        return disk.execute(f"SELECT 1 FROM held WHERE {self._where} LIMIT 1", key).fetchone() is not None

    def get(self, key: Key) -> list[State]:
        """The statements under a key, the first one first."""
        disk = self._at_rest()
        if disk is None:
            return self._held.get(key, [])
        rows = disk.execute(f"SELECT body FROM held WHERE {self._where} ORDER BY seq", key)
        return [State(*json.loads(body)) for (body,) in rows]

    def items(self) -> Iterator[tuple[Key, list[State]]]:
        """Every key with its statements, in the order of the keys."""
        disk = self._at_rest()
        if disk is None:
            for key in sorted(self._held):
                yield key, self._held[key]
            return
        rows = disk.execute(f"SELECT {self._columns}, body FROM held ORDER BY {self._columns}, seq")
        for key, group in groupby(rows, key=lambda row: row[:-1]):
            yield key, [State(*json.loads(row[-1])) for row in group]

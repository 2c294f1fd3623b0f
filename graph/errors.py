"""The one tree of errors: what was wrong, at which place, and what to do next.

EnmusubiError
├── SettingsError        a setting is missing or has no usable value
├── SchemaError          schema.yaml says something impossible
├── SourceError          a file to load is missing, unreadable or not what it claims to be
│   └── RecordError      one row of it breaks the schema
├── EngineError          the graph engine cannot be started or reached
│   ├── LoginError       it refused the user or password
│   ├── LockedError      the data folder belongs to another running process
│   └── UnsafeError      the reader identity could write
├── QueryError           the engine could not run a query
│   └── LimitError       it was stopped at the time or memory limit
├── GuardError           a query is not a plain read
├── ExportError          a subgraph cannot be written in that format or place
└── ModelError           the configured language model failed or answered unusably
"""

from __future__ import annotations


class EnmusubiError(Exception):
    """An error worded for users: `message` (what, with the value), `place`, `next_step`."""

    code = "error"

    def __init__(self, message: str, *, place: str = "", next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.next_step = next_step

    def __str__(self) -> str:
        parts = [self.message]
        if self.place:
            parts.append(f"({self.place})")
        if self.next_step:
            parts.append(self.next_step)
        return " ".join(parts)


class SettingsError(EnmusubiError):
    """A setting is missing or has no usable value."""

    code = "settings"


class SchemaError(EnmusubiError):
    """The schema file says something impossible."""

    code = "schema"


class SourceError(EnmusubiError):
    """A file to load is missing, unreadable or not what it claims to be."""

    code = "source"


class RecordError(SourceError):
    """One row of a source breaks the schema."""

    code = "record"


class EngineError(EnmusubiError):
    """The graph engine cannot be started or reached."""

    code = "engine"


class LoginError(EngineError):
    """The engine refused the user or the password."""

    code = "login"


class LockedError(EngineError):
    """The data folder belongs to another running process."""

    code = "locked"


class UnsafeError(EngineError):
    """The reader identity was able to write."""

    code = "unsafe"


class QueryError(EnmusubiError):
    """The engine could not run a query."""

    code = "query"


class LimitError(QueryError):
    """A query was stopped at the time or memory limit."""

    code = "limit"


class GuardError(EnmusubiError):
    """A query is not a plain read."""

    code = "guard"


class ExportError(EnmusubiError):
    """A subgraph cannot be written in that format or place."""

    code = "export"


class ModelError(EnmusubiError):
    """The configured language model failed or answered unusably."""

    code = "model"

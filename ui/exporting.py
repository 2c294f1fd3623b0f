"""An answer or a subgraph enters, a file with it leaves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import EnmusubiError, ExportError

if TYPE_CHECKING:
    from graph.schema import Schema
    from graph.store import Store
    from graph.subgraph import Subgraph
    from qa.answer import Answer


def subgraph_of_answer(answer: Answer, store: Store, schema: Schema) -> Subgraph:
    """The things that are the answer, with their direct neighbours.

    Raises:
        ExportError: the answer names no things.
        EnmusubiError: the question could not be answered.
    """
    from graph.subgraph import of_ids

    if answer.error is not None:
        raise EnmusubiError(answer.error.message, next_step=answer.error.next_step)
    if not answer.entities:
        raise ExportError(
            "The answer names no things, so there is nothing to write.",
            place=answer.question,
            next_step="Ask for things (which …?), or use --around or --all.",
        )
    return of_ids(store, schema, [entity.id for entity in answer.entities])


def write_subgraph(subgraph: Subgraph, schema: Schema, form: str, path: Path) -> None:
    """Write a subgraph in one of the formats.

    Raises:
        ExportError: the format is unknown, or the path cannot be written.
    """
    from graph.rdf import write_turtle

    writers = {"turtle": write_turtle}
    if form not in writers:
        raise ExportError(f"There is no format {form!r}.", next_step=f"There is: {', '.join(writers)}.")
    writers[form](subgraph, schema, path)

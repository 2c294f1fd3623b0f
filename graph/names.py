"""The nodes of a graph enter, its name index holds exactly the entries that the schema and the folding make of them."""

from __future__ import annotations

from functools import partial
from itertools import chain

from graph.batches import BATCH, chunks
from graph.cypher_rows import write_names
from graph.dialect import NAME, quoted
from graph.naming import index_entries
from graph.schema import Schema
from graph.writing import Session


def rebuild_names(session: Session, schema: Schema) -> None:
    """Make all entries anew; what a crash leaves undone is done by the same call again."""
    clear = f"MATCH (n:{NAME}) WITH n LIMIT {BATCH} DELETE n RETURN count(*)"
    while session.transact(lambda run: run(clear, {}))[0][0]:
        pass
    for label in schema.labels:
        stored = session.stream(f"MATCH (n:{quoted(label)}) RETURN properties(n)", {})
        for part in chunks(held for (held,) in stored):
            entries = set(chain.from_iterable(index_entries(schema, label, held["id"], held) for held in part))
            session.transact(partial(write_names, before=frozenset(), after=entries))

"""The nodes of a graph enter, its name index holds exactly the entries that the schema and the folding make of them."""

from __future__ import annotations

from graph.cypher_rows import remove_names, write_names
from graph.dialect import NAME, quoted
from graph.merge import NameEntry, name_entries
from graph.schema import Schema
from graph.writing import Session


def rebuild_names(session: Session, schema: Schema) -> None:
    """Add the entries that are missing and remove those that are out of date."""
    text = f"MATCH (n:{NAME}) RETURN n.key, n.label, n.property, n.text, n.node"
    before = {NameEntry(*row) for row in session.stream(text, {})}
    after: set[NameEntry] = set()
    for label in schema.labels:
        for (held,) in session.stream(f"MATCH (n:{quoted(label)}) RETURN properties(n)", {}):
            after.update(name_entries(schema, label, held["id"], held))
    session.transact(lambda run: write_names(run, before, after))
    session.transact(lambda run: remove_names(run, [entry for entry in before - after if entry.id is None]))

"""Plans that Neo4j makes while a label is empty and keeps: with many things, a batch still looks each of them up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import neo4j
from conftest import empty
from examples import company

from graph.merge import State
from graph.schema import Schema
from graph.settings import Settings
from graph.store import Store
from graph.unchanged import same_nodes, same_relations

COMPANIES = [company(f"c{at}", f"会社{at}", employees=at) for at in range(300)]
SAID = [((one.label, one.id), State(dict(one.properties), list(map(str, one.sources)))) for one in COMPANIES]
SIDES = ("PARTNER_OF", "Company", "Company")
JOINED = [((*SIDES, f"c{at}", f"c{at + 1}", ""), State({}, [])) for at in range(299)]


def _touched(profile: Mapping[str, Any]) -> int:
    return int(profile.get("dbHits", 0)) + sum(map(_touched, profile.get("children", ())))


def test_what_is_compared_is_looked_up_by_its_id(neo4j_settings: Settings, schema: Schema) -> None:
    empty(neo4j_settings)
    with Store.open(neo4j_settings, schema) as store:
        store.prepare()

        def compared(run: Any) -> tuple[int, int]:
            return len(same_nodes(run, "Company", SAID)), len(same_relations(run, SIDES, JOINED))

        assert store.link.transact(compared) == (0, 0)
        store.write(COMPANIES, [])
        hits: list[int] = []
        with store.link.writer.session() as session:

            def profiled(text: str, parameters: Mapping[str, Any]) -> list[list[Any]]:
                result = session.run(neo4j.Query(f"PROFILE {text}"), dict(parameters))  # type: ignore[arg-type]
                found = [list(record.values()) for record in result]
                hits.append(_touched(result.consume().profile or {}))
                return found

            assert compared(profiled) == (300, 0)
        assert all(0 < count < 40 * len(COMPANIES) for count in hits), hits


def test_what_was_sent_stays_with_the_caller(store: Store) -> None:
    sent = {"rows": [[1, "一"], [2, "二"]], "factor": 3}
    found = store.link.transact(lambda run: run("UNWIND $rows AS row RETURN row[0] * $factor, row[1]", sent))
    assert found == [[3, "一"], [6, "二"]]
    assert sent == {"rows": [[1, "一"], [2, "二"]], "factor": 3}

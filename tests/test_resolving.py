"""What persons take for one thing is one, what they take for two is two, on both engines and through every later load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import embedded
from hypothesis import given
from hypothesis import strategies as st
from open_files import number, register_row, written
from program import run
from test_gbizinfo import old_subsidies

from graph.contents import digests
from graph.errors import RecordError, SourceError
from graph.merge import State
from graph.records import Node, Relation, Source
from graph.schema import load_schema
from graph.shape import Shape
from graph.store import Store
from loaders.candidates import Finder, Pair
from loaders.decisions import Before, Decisions
from loaders.formats import open_feed
from loaders.joining import Joiner, joined, parted
from loaders.load import load_folder
from loaders.naming import thing_named
from loaders.stream import Rows, load_feed

SCHEMA = load_schema()
REGIONS = "Region/菊陽町"


@pytest.fixture
def placed(store: Store) -> Store:
    """A graph with one prefecture and two of its municipalities."""
    regions = [("熊本県", "430005"), ("菊陽町", "434043"), ("山鹿市", "432083")]
    source = (Source("地域", ""),)
    store.write([Node("Region", f"Region/{name}", {"name": name, "code": code}, source) for name, code in regions], [])
    return store


class Told:
    """A graph with its journal, and the few things that tests do to it."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder = store, folder
        self.journal = folder / "decisions.jsonl"

    @property
    def decisions(self) -> Decisions:
        return Decisions(self.journal)

    @property
    def joiner(self) -> Joiner:
        return Joiner(self.store, SCHEMA, self.decisions)

    def name(self, name: str, place: str = REGIONS, document: str = "名簿", **more: Any) -> str:
        """State a company in a document; its id."""
        identity = f"Company/{name}"
        source = (Source(document, "1頁"),)
        node = Node("Company", identity, {"name": name, **more}, source)
        self.store.write([node], [Relation("LOCATED_IN", "Company", identity, "Region", place, {}, source)])
        return identity

    def load(self, path: Path) -> tuple[int, Rows]:
        feed = open_feed(path, SCHEMA)
        assert feed is not None
        report, rows = load_feed(feed, self.store, SCHEMA, self.folder / "rejected.csv", self.decisions)
        return report.changes, rows

    def register(self, at: int, name: str, **cells: str) -> Path:
        return written(self.folder / f"diff_202608{at:02}.csv", [register_row(at, name=name, **cells)])

    def pairs(self) -> list[Pair]:
        return Finder(self.store, self.decisions).pairs()

    def held(self) -> dict[str, str]:
        """Checksums of all that the graph says."""
        return {name: d.checksum for name, d in digests(self.store.link, Shape.of(SCHEMA)).items() if d.count}

    def companies(self) -> list[list[Any]]:
        return self.store.read("MATCH (c:Company) RETURN c.id, c.corporate_number ORDER BY c.id").rows

    def key(self, told: str) -> tuple[str, str]:
        return thing_named(self.store, told, self.decisions)


@pytest.fixture
def told(placed: Store, tmp_path: Path) -> Told:
    return Told(placed, tmp_path)


def test_a_candidate_is_joined_and_everything_said_of_either_is_said_of_it(told: Told) -> None:
    identity = told.name("甲精機", employees=12)
    told.load(told.register(1, "株式会社甲精機"))
    told.load(old_subsidies(told.folder, f"{number(1)},株式会社甲精機,,2020-04-01,試験補助金,100,,経済産業省,,,"))
    (pair,) = told.pairs()
    assert (pair.kept[1], pair.other[1], pair.number) == (identity, f"Company/{number(1)}", number(1))
    assert (pair.score, pair.why, pair.sure) == (0.99, ("legal form not written", "same place"), False)
    told.joiner.join(pair.other, pair.kept)
    ((node, awards),) = told.store.read("MATCH (c:Company)-[:RECEIVED]->(a) RETURN c, collect(a.name)").rows
    assert (node.id, node.properties["name"], node.properties["aliases"]) == (identity, "甲精機", ["株式会社甲精機"])
    assert (node.properties["corporate_number"], node.properties["employees"], awards) == (
        number(1),
        12,
        ["試験補助金"],
    )
    assert told.companies() == [[identity, number(1)]]
    assert {e.id for e in told.store.find_names(["甲精機"])} == {identity}
    assert told.pairs() == []


def test_a_join_and_its_undoing_leave_the_graph_as_it_was(told: Told) -> None:
    identity = told.name("乙精機", name_en="Otsu Works")
    told.load(told.register(2, "株式会社乙精機", name_en="Otsu Seiki"))
    told.load(old_subsidies(told.folder, f"{number(2)},株式会社乙精機,,2020-04-01,試験補助金,100,,経済産業省,,,"))
    before = told.held()
    told.joiner.join(("Company", identity), told.key(number(2)))
    after = told.held()
    assert after != before
    told.joiner.undo()
    assert told.held() == before
    assert [pair.kept[1] for pair in told.pairs()] == [identity]
    with pytest.raises(RecordError, match="no decision to undo"):
        told.joiner.undo()


def test_a_split_stays_split_and_its_undoing_joins_again(told: Told) -> None:
    identity = told.name("丙精機")
    told.load(told.register(3, "株式会社丙精機"))
    before = told.held()
    pair = ("Company", identity), ("Company", f"Company/{number(3)}")
    told.joiner.join(*pair)
    joined_state = told.held()
    told.joiner.split(told.key(number(3)), pair[0])
    assert told.held() == before
    assert told.pairs() == []
    assert told.load(told.register(3, "株式会社丙精機"))[0] == 0
    told.joiner.undo()
    assert told.held() == joined_state
    told.joiner.undo()
    assert told.held() == before


def test_loading_again_after_a_join_changes_nothing(told: Told) -> None:
    identity = told.name("丁精機")
    path = told.register(4, "株式会社丁精機", name_en="Tei Seiki")
    told.load(path)
    told.joiner.join(("Company", identity), told.key(number(4)))
    assert told.load(path)[0] == 0
    assert told.companies() == [[identity, number(4)]]


def test_a_join_holds_in_a_graph_that_is_filled_anew(told: Told) -> None:
    identity = told.name("戊精機")
    path = told.register(5, "株式会社戊精機")
    told.load(path)
    told.joiner.join(("Company", identity), told.key(number(5)))
    told.store.link.rows("MATCH (c:Company) DETACH DELETE c", {}, writing=True)
    told.store.link.rows("MATCH (n:Name) WHERE n.entry CONTAINS '\"Company\"' DELETE n", {}, writing=True)
    told.name("戊精機")
    told.load(path)
    assert told.companies() == [[identity, number(5)]]


def test_a_join_is_made_again_when_the_document_is_loaded_after_the_register(told: Told) -> None:
    identity = told.name("己精機")
    path = told.register(6, "株式会社己精機")
    told.load(path)
    told.joiner.join(("Company", identity), told.key(number(6)))
    told.store.link.rows("MATCH (c:Company) DETACH DELETE c", {}, writing=True)
    told.store.link.rows("MATCH (n:Name) WHERE n.entry CONTAINS '\"Company\"' DELETE n", {}, writing=True)
    told.load(path)
    told.name("己精機")
    assert len(told.companies()) == 2
    assert told.joiner.renew() == 1
    assert told.companies() == [[identity, number(6)]]


def test_what_was_decided_to_be_two_is_not_joined_by_the_rule(told: Told) -> None:
    identity = told.name("株式会社庚精機")
    path = told.register(7, "株式会社庚精機")
    told.load(path)
    assert told.companies() == [[identity, number(7)]]
    told.joiner.split(("Company", identity), told.key(number(7)))
    assert told.companies() == [[f"Company/{number(7)}", number(7)], [identity, None]]
    report, _ = told.load(path)
    assert report == 0
    told.store.link.rows("MATCH (c:Company {id: $id}) DETACH DELETE c", {"id": f"Company/{number(7)}"}, writing=True)
    told.load(path)
    assert told.companies() == [[f"Company/{number(7)}", number(7)], [identity, None]]


def test_what_was_loaded_after_a_join_goes_to_the_right_one_when_it_is_split(told: Told) -> None:
    identity = told.name("辛精機")
    told.load(told.register(8, "株式会社辛精機"))
    told.joiner.join(("Company", identity), told.key(number(8)))
    told.load(old_subsidies(told.folder, f"{number(8)},株式会社辛精機,,2020-04-01,試験補助金,100,,経済産業省,,,"))
    told.name("辛精機", employees=7)
    told.joiner.split(("Company", identity), told.key(number(8)))
    rows = told.store.read("MATCH (c:Company) OPTIONAL MATCH (c)-[:RECEIVED]->(a) RETURN c.id, c.employees, a.name")
    assert sorted(rows.rows) == [[f"Company/{number(8)}", None, "試験補助金"], [identity, 7, None]]


def test_a_thing_that_two_corporations_of_a_load_could_be_is_left_to_a_person(told: Told) -> None:
    identity = told.name("株式会社双子")
    rows = [register_row(at, name="株式会社双子") for at in (11, 12)]
    path = written(told.folder / "diff_20260811.csv", rows)
    told.load(path)
    own = [f"Company/{number(at)}" for at in (11, 12)]
    assert {c[0] for c in told.companies()} == {identity, *own}
    assert [(p.other[1], p.score, p.sure) for p in told.pairs()] == [(one, 1.0, False) for one in sorted(own)]
    assert told.load(path)[0] == 0
    told.joiner.join(("Company", identity), told.key(number(12)))
    assert [(p.other[1]) for p in told.pairs()] == []
    assert {c[0] for c in told.companies()} == {identity, own[0]}


def test_two_numbers_and_things_that_a_relation_joins_are_never_one(told: Told) -> None:
    told.load(told.register(13, "株式会社壬精機"))
    told.load(told.register(14, "株式会社癸精機"))
    with pytest.raises(RecordError, match="two corporate numbers"):
        told.joiner.join(told.key(number(13)), told.key(number(14)))
    parent, child = told.name("親精機"), told.name("子精機", document="別の名簿")
    source = (Source("系図", ""),)
    told.store.write([], [Relation("OWNS", "Company", parent, "Company", child, {}, source)])
    with pytest.raises(RecordError, match="OWNS between"):
        told.joiner.join(("Company", parent), ("Company", child))
    assert told.decisions.made == []


def test_two_spellings_in_documents_are_joined_and_stay_so_when_loaded_again(told: Told, tmp_path: Path) -> None:
    told.name("ひのき精機")
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "tables:\n- file: a.csv\n  source: {document: 会員名簿}\n  node: {label: Company, key: [name]}\n", "utf-8"
    )
    (tmp_path / "a.csv").write_text("name,employees\n桧精機,5\n", "utf-8")
    load_folder(tmp_path, told.store, SCHEMA, told.decisions)
    told.joiner.join(("Company", "Company/ひのき精機"), ("Company", "Company/桧精機"))
    assert load_folder(tmp_path, told.store, SCHEMA, told.decisions).report.changes == 0
    ((node,),) = told.store.read("MATCH (c:Company) RETURN c").rows
    assert (node.properties["aliases"], node.properties["employees"]) == (["桧精機"], 5)
    told.joiner.undo()
    assert load_folder(tmp_path, told.store, SCHEMA, told.decisions).report.changes == 0
    assert len(told.companies()) == 2


@pytest.mark.parametrize(
    ("known", "more", "place", "score", "why"),
    [
        ("有限会社松精機", {}, REGIONS, 0.84, ("other legal form", "same place")),
        ("株式会社松精機", {}, "Region/山鹿市", 0.7, ("same name", "other place", "no other of this name")),
        ("松精機", {}, "Region/山鹿市", None, ()),
        ("マツセイキ", {}, REGIONS, 0.9, ("by its reading in kana", "same place")),
        ("Matsu Seiki Co., Ltd.", {}, REGIONS, 0.9, ("by its name in English", "same place")),
        ("株式会社松精機熊本支店", {}, REGIONS, 0.75, ("a branch by its name", "same name")),
        ("竹精機", {"aliases": ["㈱松精機"]}, REGIONS, 1.0, ("same name", "same place")),
    ],
)
def test_a_score_tells_its_reasons(
    told: Told, known: str, more: dict[str, Any], place: str, score: float | None, why: tuple[str, ...]
) -> None:
    told.load(told.register(15, "株式会社松精機", reading="マツセイキ", name_en="Matsu Seiki Co., Ltd."))
    told.name(known, place, **more)
    assert [(p.score, p.why) for p in told.pairs()] == ([] if score is None else [(score, why)])


def test_a_thing_is_named_by_id_number_or_name_and_otherwise_told_what_is_wrong(told: Told) -> None:
    told.load(told.register(16, "株式会社梅精機"))
    told.load(told.register(17, "株式会社桃精機"))
    told.name("桃精機", "Region/山鹿市")
    own = ("Company", f"Company/{number(16)}")
    assert [told.key(text) for text in (own[1], number(16), "㈱梅精機")] == [own] * 3
    assert told.key("桃精機")[1] == "Company/桃精機"
    for text, error in (("桃　精機", "is the name of 2"), ("柿精機", "There is no"), ("Company/柿", "There is no")):
        with pytest.raises(RecordError, match=error):
            told.key(text)


def test_a_journal_that_was_cut_off_goes_on_and_a_spoilt_line_is_named(told: Told) -> None:
    identity = told.name("梨精機")
    told.load(told.register(18, "株式会社梨精機"))
    told.joiner.split(("Company", identity), told.key(number(18)))
    with told.journal.open("a", encoding="utf-8") as file:
        file.write('{"act": "jo')
    assert len(told.decisions.made) == 1
    told.joiner.undo()
    assert [made.act for made in told.decisions.made] == ["split", "undo"]
    told.journal.write_text('{"act": "marry"}\n', encoding="utf-8")
    with pytest.raises(SourceError, match=r"decisions\.jsonl:1"):
        told.decisions.standing()


def test_the_command_asks_of_each_candidate_and_does_what_is_said(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Store.open(embedded(home), SCHEMA) as store:
        store.prepare()
        said = [
            Node("Company", f"Company/{name}", {"name": name}, (Source("名簿", ""),)) for name in ("甲精機", "㈱甲精機")
        ]
        store.write(said, [])
        asked = run(home, "resolve", "review", stdin="y\n")
        assert "0.79  Company/㈱甲精機  =  甲精機" in asked.out, asked
        assert store.read("MATCH (c:Company) RETURN c.name").rows == [["㈱甲精機"]]
        assert "join" in run(home, "resolve", "log").out
        assert run(home, "resolve", "undo").out.startswith("Taken back: join of Company/㈱甲精機")
        assert len(store.read("MATCH (c:Company) RETURN c.name").rows) == 2
        assert "There is no company" in run(home, "resolve", "join", "乙精機", "㈱甲精機").paragraph


_TEXTS = st.lists(st.sampled_from("abcd"), min_size=1, unique=True)
_PROPERTIES = st.fixed_dictionaries(
    {"name": st.sampled_from("abcd")},
    optional={"aliases": _TEXTS, "employees": st.integers(0, 3), "history": _TEXTS, "former_names": _TEXTS},
)
_STATES = st.builds(
    lambda properties, documents: State(properties, sorted(f"{d}|1|" for d in documents)),
    _PROPERTIES,
    st.lists(st.sampled_from("PQR"), min_size=1, unique=True),
)


@given(_STATES, _STATES)
def test_what_is_joined_is_parted_into_what_it_was(kept: State, other: State) -> None:
    keys = ("Company", "Company/甲"), ("Company", f"Company/{number(1)}")
    one = joined(kept, other, SCHEMA, "Company")
    assert parted(one, Before(kept, other), SCHEMA, *keys) == (kept, other)

"""Files of the register of corporate numbers become corporations with their history; no row goes missing."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from open_files import REAL, copied, load, number, one, register_row, written
from stdnum.jp import cn

from graph.errors import SourceError
from graph.store import Store
from loaders.corporations import number_of

DIFF = REAL / "diff_20260821.csv"


def test_a_real_difference_of_the_register_is_loaded_with_every_row_accounted_for(
    packaged: Store, tmp_path: Path
) -> None:
    path = copied(DIFF, tmp_path)
    _, rows = load(packaged, path)
    assert (rows.read, rows.loaded, rows.quarantined) == (60, 60, 0)
    thing = one(packaged, "MATCH (c:Company {corporate_number: '1010001057921'}) RETURN c")
    assert thing.properties["name"] == "Ｕｍｉｏｓテック株式会社"
    assert thing.properties["former_names"] == [
        "株式会社ＣＡＣマルハニチロシステムズ",
        "マルハニチロソリューションズ株式会社",
    ]
    assert (
        "2023-04-03 商号又は名称の変更：株式会社ＣＡＣマルハニチロシステムズ → マルハニチロソリューションズ株式会社"
        in thing.properties["history"]
    )
    place = "MATCH (:Company {corporate_number: '1010001057921'})-[:LOCATED_IN]->(r) RETURN r.name"
    assert one(packaged, place) == "中央区"
    merged = (
        "MATCH (h)-[:SUCCEEDS]->(:Company {corporate_number: '6180001044849', registration: 'merged'}) RETURN h.name"
    )
    assert one(packaged, merged) == "株式会社グッドライフ"
    revived = "MATCH (c:Company {corporate_number: '1070001008266'}) RETURN c.registration"
    assert one(packaged, revived) == "active"
    again, rows = load(packaged, path)
    assert again.changes == 0
    assert (rows.loaded, rows.unchanged) == (0, 60)


def test_a_difference_of_another_year_is_loaded_in_its_encoding(packaged: Store, tmp_path: Path) -> None:
    path = copied(REAL / "diff_20210714.csv", tmp_path)
    _, rows = load(packaged, path)
    assert (rows.read, rows.loaded, rows.quarantined) == (18, 18, 0)
    thing = one(packaged, "MATCH (c:Company {corporate_number: '1010401096288'}) RETURN c").properties
    assert (thing["name"], thing["former_names"]) == ("ＮＳＩ－ＭＩジャパン株式会社", ["日本エムアイ株式会社"])
    assert thing["history"] == [
        "2016-06-22 商号又は名称の変更：日本エムアイ株式会社 → ＮＳＩ－ＭＩジャパン株式会社",
        "2016-06-27 所在地の変更：東京都港区高輪２丁目１４番１７号８階 → 東京都新宿区箪笥町３４番地１０階",
        "2021-07-07 所在地の変更：東京都新宿区箪笥町３４番地１０階 → 千葉県千葉市緑区あすみが丘東５丁目２１番地２６",
    ]
    text = "MATCH (c:Company {corporate_number: '1040001042029'}) RETURN c.registration + ' ' + c.closed_on"
    assert one(packaged, text) == "merged 2021-07-12"
    again = tmp_path / "cp932" / path.name
    again.parent.mkdir()
    again.write_bytes(path.read_text("utf-8").encode("cp932"))
    report, rows = load(packaged, again)
    assert (report.changes, rows.unchanged) == (0, 18)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_the_encoding_makes_no_difference(packaged: Store, tmp_path: Path, encoding: str) -> None:
    text = DIFF.read_bytes().decode("cp932")
    path = tmp_path / DIFF.name
    path.write_bytes(text.encode(encoding))
    load(packaged, DIFF, quarantine=tmp_path / "rejected.csv")
    report, rows = load(packaged, path)
    assert rows.quarantined == 0
    assert report.changes == 0


def test_a_zip_file_is_read_as_downloaded(packaged: Store, tmp_path: Path) -> None:
    path = tmp_path / "diff_20260821.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(DIFF, "diff_20260821.csv")
        archive.writestr("diff_20260821.csv.asc", "signature")
    _, rows = load(packaged, path)
    assert rows.read == 60


def test_a_new_name_in_a_difference_keeps_the_old_one_with_its_date(packaged: Store, tmp_path: Path) -> None:
    load(packaged, written(tmp_path / "43_kumamoto_all_20260731.csv", [register_row(11, name="旧名産業株式会社")]))
    changed = register_row(11, name="新名産業株式会社", process="11", changed="2026-08-03", updated="2026-08-04")
    load(packaged, written(tmp_path / "diff_20260804.csv", [changed]))
    thing = one(packaged, "MATCH (c:Company {corporate_number: $n}) RETURN c", n=number(11)).properties
    assert thing["name"] == "新名産業株式会社"
    assert thing["former_names"] == ["旧名産業株式会社"]
    assert thing["history"] == ["2026-08-03 商号又は名称の変更：旧名産業株式会社 → 新名産業株式会社"]
    report, _ = load(packaged, tmp_path / "diff_20260804.csv")
    assert report.changes == 0


def test_an_older_file_does_not_bring_an_old_name_back(packaged: Store, tmp_path: Path) -> None:
    load(
        packaged, written(tmp_path / "diff_20260902.csv", [register_row(12, name="今の株式会社", updated="2026-09-02")])
    )
    load(
        packaged, written(tmp_path / "diff_20260701.csv", [register_row(12, name="昔の株式会社", updated="2026-07-01")])
    )
    assert one(packaged, "MATCH (c:Company {corporate_number: $n}) RETURN c.name", n=number(12)) == "今の株式会社"


def test_a_closed_and_a_deleted_corporation_say_so(packaged: Store, tmp_path: Path) -> None:
    load(packaged, written(tmp_path / "13_all_20260731.csv", [register_row(13), register_row(14)]))
    closed = register_row(13, process="21", closed="2026-08-05", cause="01", updated="2026-08-06")
    gone = ["9", number(14), "99", "0", "2026-08-06", *[""] * 25]
    unknown = ["9", number(15), "99", "0", "2026-08-06", *[""] * 25]
    _, rows = load(packaged, written(tmp_path / "diff_20260806.csv", [closed, gone, unknown]))
    assert (rows.loaded, rows.unchanged) == (2, 1)
    states = packaged.read(
        "MATCH (c:Company) WHERE c.corporate_number IN $n RETURN c.registration, c.closed_on, c.name ORDER BY c.name",
        {"n": [number(13), number(14), number(15)]},
    ).rows
    assert states == [["closed", "2026-08-05", "試験13株式会社"], ["deleted", None, "試験14株式会社"]]


def test_offices_foundations_and_companies_are_told_apart_by_their_number(packaged: Store, tmp_path: Path) -> None:
    rows = [register_row(21), register_row(22, number=number(22, "05"), kind="399", name="一般財団法人試験")]
    load(packaged, written(tmp_path / "diff_20260807.csv", rows))
    found = packaged.read(
        "MATCH (n) WHERE n.corporate_number IN $n RETURN labels(n)[0]", {"n": [number(21), number(22, "05")]}
    )
    assert sorted(found.rows) == [["Company"], ["Institution"]]


def test_bad_rows_go_to_the_quarantine_with_line_and_reason_and_the_rest_is_loaded(
    packaged: Store, tmp_path: Path
) -> None:
    sound = ",".join(register_row(31)).encode()
    wrong = ",".join(register_row(32, number="1234567890123")).encode()
    lines = [
        sound,
        wrong,
        b",".join(sound.split(b",")[:12]),
        sound.replace("試験31".encode(), "試験".encode() + b"\xff"),
        sound.replace("試験31".encode(), b"a\0b"),
        sound.replace(b"2026-08-01", b"2026-13-01", 1),
        sound.replace("試験31株式会社".encode(), '"試験'.encode()),
        ",".join(register_row(33)).encode(),
    ]
    path = tmp_path / "diff_20260808.csv"
    path.write_bytes(b"\n".join(lines) + b"\n")
    _, rows = load(packaged, path)
    assert (rows.read, rows.loaded, rows.quarantined) == (8, 2, 6)
    assert rows.quarantine is not None
    with rows.quarantine.open(encoding="utf-8-sig", newline="") as file:
        told = {row["line"]: row["reason"] for row in csv.DictReader(file)}
    assert told["2"] == "the check digit of the corporate number 1234567890123 is wrong"
    assert told["3"] == "12 cells, not 30"
    assert told["4"] == "a byte that is no character (0xff)"
    assert told["5"] == "null bytes"
    assert "month must be in 1..12" in told["6"]
    assert told["7"] == "a quote is not closed"


def test_a_dry_run_writes_nothing(packaged: Store, tmp_path: Path) -> None:
    before = packaged.counts()
    report, rows = load(packaged, written(tmp_path / "diff_20260809.csv", [register_row(41)]), dry_run=True)
    assert report.changes > 0
    assert rows.loaded == 1
    assert packaged.counts() == before


def test_a_file_without_a_usable_row_is_an_error_and_writes_nothing(packaged: Store, tmp_path: Path) -> None:
    before = packaged.counts()
    with pytest.raises(SourceError, match="No row can be used"):
        load(packaged, written(tmp_path / "diff_20260810.csv", [register_row(1, number="1234567890123")]))
    assert packaged.counts() == before


def test_a_million_columns_are_one_rejected_row(packaged: Store, tmp_path: Path) -> None:
    text = io.StringIO()
    csv.writer(text).writerow(register_row(81))
    path = tmp_path / "diff_20260812.csv"
    path.write_text(
        text.getvalue() + "," * 1_000_000 + "\n" + text.getvalue().replace(number(81), number(82)), encoding="utf-8"
    )
    _, rows = load(packaged, path)
    assert (rows.loaded, rows.quarantined) == (2, 1)


@given(st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_of_ten_check_digits_the_right_one_is_taken(rest: str) -> None:
    right = str(cn.calc_check_digit(rest))
    assert number_of(right + rest) == right + rest
    for digit in set("0123456789") - {right}:
        with pytest.raises(ValueError, match="check digit"):
            number_of(digit + rest)

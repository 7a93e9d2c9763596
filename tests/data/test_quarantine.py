"""Rows that wait for mending: kept whole, edited, let in by the same door, never lost."""

import json

import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_tools import MU, NOW, kinds, square, squares, take

from data.corrections import (
    CorrectionsUnplacedError,
    NoCorrectionsError,
    apply_corrections,
    open_issues,
)
from data.errors import ChangeRefusedError
from data.quarantine import (
    NothingWaitsError,
    ReasonMissingError,
    discard_rows,
    edit_rows,
    enter_rows,
    waiting_rows,
)
from data.register import Change, Register
from data.undo import prepare_undo
from gis.io import write

BOW = shapely.Polygon(
    [(560_000, 3_074_000), (560_009, 3_074_009), (560_009, 3_074_000), (560_000, 3_074_009)]
)
BY = {"who": "李工", "recorded_at": NOW}


@pytest.fixture
def register(tmp_path, tables):
    with Register.open(tmp_path / "w", create=True) as register:
        first = write(squares(宗地编号=["P1", "P2"], 权利人=["甲", "乙"]), tmp_path / "first.gpkg")
        register.commit(take(first, register).change)
        yield register
        assert register.verify().faults == ()


def ledger(path, *rows):
    book = openpyxl.Workbook()
    for row in [["宗地编号", "权利人", "登记面积（亩）", "计划拆除月份"], *rows]:
        book.active.append(row)
    book.save(path)
    return path


def sent(register, tmp_path, *rows):
    """A ledger taken in, and its report."""
    report = take(ledger(tmp_path / "t.xlsx", *rows), register)
    if report.change is not None:
        register.commit(report.change)
    return report


def test_a_row_with_an_identity_waits_and_an_empty_or_repeated_one_is_rejected(tmp_path, register):
    frame = squares(
        宗地编号=["P1", "P1", "P1", None, None, "P7"], 权利人=["甲", "甲", "丙", None, None, "庚"]
    )
    shapes = [square(0), square(0), square(0), square(900), None, BOW]
    report = take(write(frame.set_geometry(shapes, crs=4549), tmp_path / "p.parquet"), register)
    assert (report.rows_in, report.accepted, report.quarantined, report.rejected) == (6, 1, 3, 2)
    told = report.issues.set_index("row")["severity"]
    assert told[[2, 5]].tolist() == ["rejected"] * 2
    assert told[[3, 4, 6]].tolist() == ["quarantined"] * 3
    register.commit(report.change)
    rows = waiting_rows(register)
    assert rows["kinds"].tolist() == ["id_duplicate", "id_missing", "geometry_invalid"]
    assert rows["row"].tolist() == [3, 4, 6]
    assert shapely.is_valid(shapely.from_wkb(rows["shape"])).tolist() == [True, True, False]
    assert register.read_parcels().index.tolist() == ["P1", "P2"]


def test_the_same_file_again_does_not_wait_twice(tmp_path, register):
    sent(register, tmp_path, ["P9", "生厂", 15, None])
    again = take(tmp_path / "t.xlsx", register)
    assert (again.quarantined, again.change) == (1, None)
    assert len(waiting_rows(register)) == 1


def test_a_mended_row_enters_by_the_same_door_with_its_units(tmp_path, register):
    sent(register, tmp_path, ["P9", "生厂", 15.3, "2026年8月"])
    number = waiting_rows(register).index[0]
    cells = json.loads(waiting_rows(register).at[number, "cells"])
    assert cells["registered_area_m2"] == "15.3亩"
    still = enter_rows(register, layer="parcels", **BY)
    assert (still.accepted, still.quarantined) == (0, 1)
    report = enter_rows(register, layer="parcels", corrections={number: {"parcel_id": "P1"}}, **BY)
    assert (report.rows_in, report.accepted, report.quarantined) == (1, 1, 0)
    version = register.commit(report.change)
    parcel = register.read_parcels().loc["P1"]
    assert parcel["owner"] == "生厂"
    assert parcel["registered_area_m2"] == pytest.approx(15.3 * MU)
    assert parcel["plan_demolition_on"] == pd.Timestamp("2026-08-01")
    assert waiting_rows(register).empty
    done = register.read_quarantine()
    assert (done["resolution"].tolist(), done["resolved_by"].tolist()) == (["accepted"], [version])


def test_a_new_shape_mends_a_row(tmp_path, register):
    frame = squares(宗地编号=["P5"]).set_geometry([BOW], crs=4549)
    register.commit(take(write(frame, tmp_path / "p.gpkg"), register).change)
    number = waiting_rows(register).index[0]
    shape = squares(宗地编号=["P5"]).to_crs(4490).geometry.iloc[0]
    register.commit(enter_rows(register, layer="parcels", shapes={number: shape}, **BY).change)
    area = register.read_parcels().loc["P5", "geometry_area_m2"]
    assert area == pytest.approx(100 * 100, rel=2e-4)


def test_a_shape_from_a_web_map_stays_marked_when_it_enters_later(tmp_path, register):
    frame = squares(宗地编号=[None]).to_crs(4326)
    path = tmp_path / "p.gpkg"
    frame.to_file(path)
    register.commit(take(path, register, crs="gcj02").change)
    number = waiting_rows(register).index[0]
    mend = {"layer": "parcels", "corrections": {number: {"parcel_id": "P5"}}}
    register.commit(enter_rows(register, **mend, **BY).change)
    assert register.read_parcels().loc["P5", "geometry_source"] == "gcj02"


def test_edits_stay_until_a_row_enters_or_is_given_up_with_a_reason(tmp_path, register):
    sent(register, tmp_path, ["P9", "生厂", None, None], ["P8", "熟厂", None, None])
    first, second = waiting_rows(register).index
    register.commit(edit_rows(register, {first: {"owner": "新厂"}}, **BY))
    assert json.loads(waiting_rows(register).at[first, "cells"])["owner"] == "新厂"
    with pytest.raises(ReasonMissingError):
        discard_rows(register, [second], note=" ", **BY)
    register.commit(discard_rows(register, [second], note="重复报送", **BY))
    assert waiting_rows(register).index.tolist() == [first]
    with pytest.raises(NothingWaitsError, match=str(second)):
        edit_rows(register, {second: {"owner": "丁"}}, **BY)
    again = Change(
        kind="quarantine", who="李工", why="再放弃", recorded_at=NOW,
        quarantine_steps=pd.DataFrame({"quarantine_id": [second], "action": ["discarded"]}),
    )  # fmt: skip
    with pytest.raises(ChangeRefusedError, match="没有这一待更正行"):
        register.commit(again)


def test_a_later_good_file_answers_for_a_waiting_row(tmp_path, register):
    frame = squares(宗地编号=["P1", "P5"])
    broken = frame.set_geometry([square(0), BOW], crs=4549)
    register.commit(take(write(broken, tmp_path / "a.gpkg"), register).change)
    assert waiting_rows(register)["row_id"].tolist() == ["P5"]
    register.commit(take(write(frame, tmp_path / "b.gpkg"), register).change)
    assert waiting_rows(register).empty
    assert register.read_quarantine()["resolution"].tolist() == ["superseded"]


def test_an_undone_change_gives_its_rows_up_or_lets_them_wait_again(tmp_path, register):
    sent(register, tmp_path, ["P9", "生厂", 15, None])
    number = waiting_rows(register).index[0]
    mend = {"layer": "parcels", "corrections": {number: {"parcel_id": "P1"}}}
    entered = register.commit(enter_rows(register, **mend, **BY).change)
    assert register.read_parcels().loc["P1", "owner"] == "生厂"
    back = register.commit(prepare_undo(register, entered, **BY).change)
    assert register.read_parcels().loc["P1", "owner"] == "甲"
    again = waiting_rows(register)
    assert (again["row_id"].tolist(), again["change_no"].tolist()) == (["P9"], [back])
    register.commit(prepare_undo(register, back, **BY).change)
    assert waiting_rows(register).empty


def test_events_wait_too(tmp_path, register):
    path = tmp_path / "e.csv"
    path.write_text("宗地编号,阶段,发生日期\nP1,签约,2026-01-05\nP9,签约,2026-01-05\n", "utf-8")
    report = take(path, register, "events")
    assert (report.accepted, report.quarantined) == (1, 1)
    register.commit(report.change)
    number = waiting_rows(register).index[0]
    entering = {"layer": "events", "corrections": {number: {"parcel_id": "P2"}}}
    register.commit(enter_rows(register, **entering, **BY).change)
    assert register.read_events()["parcel_id"].tolist() == ["P1", "P2"]


def test_an_id_that_excel_has_spoilt_does_not_look_whole_when_it_comes_back(tmp_path, register):
    for spoilt in (3.30381123456789e18, "3303811234567890000", "3.30381E+18"):
        report = take(ledger(tmp_path / "t.xlsx", [spoilt, "甲", None, None]), register)
        assert kinds(report) == ["id_precision_lost"]
        cells = json.loads(report.change.quarantine["cells"].iloc[0])
        path = ledger(tmp_path / "u.xlsx", [cells["parcel_id"], "甲", None, None])
        assert kinds(take(path, register)) == ["id_precision_lost"]


def test_a_corrected_list_of_issues_is_let_in_again(tmp_path, register):
    from reports.issues_book import write_issues

    sent(register, tmp_path, ["P1", "甲", "约15", None], ["P9", "生厂", 3, "六月"])
    out = tmp_path / "issues.xlsx"
    rows = waiting_rows(register)
    issues = open_issues(register.issues(), rows, register.read_parcels())
    told = set(map(tuple, issues[["parcel_id", "kind"]].values.tolist()))
    assert told == {("P1", "not_number"), ("P9", "id_unknown")}
    write_issues(issues, rows, out, context=context())
    with pytest.raises(NoCorrectionsError):
        apply_corrections(out, register=register, **BY)
    book = openpyxl.load_workbook(out)
    page = book["问题清单"]
    heads = {cell.value: cell.column for cell in page[1]}
    for row in range(2, page.max_row + 1):
        said = (page.cell(row, heads["宗地编号"]).value, page.cell(row, heads["字段"]).value)
        if said == ("P1", "登记面积"):
            page.cell(row, heads["更正值"]).value = 15
    page = book["待更正宗地"]
    heads = {cell.value: cell.column for cell in page[1]}
    page.cell(2, heads["宗地编号"]).value = "P2"
    book.save(out)
    (report,) = apply_corrections(out, register=register, **BY)
    assert (report.rows_in, report.accepted, report.quarantined) == (2, 2, 0)
    register.commit(report.change)
    areas = register.read_parcels()["registered_area_m2"]
    assert areas.to_dict() == pytest.approx({"P1": 15 * MU, "P2": 3 * MU})
    assert waiting_rows(register).empty
    del book["问题清单"]
    book.save(out)
    with pytest.raises(NoCorrectionsError):
        apply_corrections(out, register=register, **BY)


def corrected(tmp_path, register, sheet, *cells):
    """The list of issues with cells written over: (row, heading, value)."""
    from reports.issues_book import write_issues

    out = tmp_path / "issues.xlsx"
    rows = waiting_rows(register)
    issues = open_issues(register.issues(), rows, register.read_parcels())
    write_issues(issues, rows, out, context=context())
    book = openpyxl.load_workbook(out)
    heads = {cell.value: cell.column for cell in book[sheet][1]}
    for row, heading, value in cells:
        book[sheet].cell(row, heads[heading]).value = value
    book.save(out)
    return out


def test_an_unknown_parcel_is_corrected_in_the_list_of_issues(tmp_path, register):
    sent(register, tmp_path, ["P9", "生厂", 3, None])
    out = corrected(tmp_path, register, "问题清单", (2, "更正值", "P2"))
    (report,) = apply_corrections(out, register=register, **BY)
    assert (report.rows_in, report.accepted) == (1, 1)
    assert report.change.parcels.index.tolist() == ["P2"]


def test_corrections_that_belong_to_no_row_or_field_are_refused_by_name(tmp_path, register):
    sent(register, tmp_path, ["P8", "甲", 3, None], ["P9", "乙", 3, None])
    number = waiting_rows(register).index
    twice = ((2, "宗地编号", "P1"), (3, "待更正号", int(number[0])), (3, "宗地编号", "P2"))
    for cells, said in (
        (twice, "第 3 行与前面的行同是待更正号"),
        (((2, "待更正号", 999), (2, "宗地编号", "P1")), "第 2 行的待更正号不在登记簿中"),
        (((3, "待更正号", "abc"),), "第 3 行的待更正号不在登记簿中"),
    ):
        out = corrected(tmp_path, register, "待更正宗地", *cells)
        with pytest.raises(CorrectionsUnplacedError, match=said):
            apply_corrections(out, register=register, **BY)
    out = corrected(tmp_path, register, "问题清单", (2, "字段", None), (2, "更正值", "P1"))
    with pytest.raises(CorrectionsUnplacedError, match="第 2 行填了更正值却没有字段"):
        apply_corrections(out, register=register, **BY)


def context():
    from datetime import date

    from reports.context import ExportContext

    return ExportContext("瑞安市", "", date(2026, 6, 1), None, 1, "r", "", is_sample=False)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["P1", "P2", "P9", "", None, "3.3E+18"]),
            st.sampled_from(["甲", None]),
            st.sampled_from([15, "约3", None]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_every_row_of_a_ledger_is_accounted_for(register, tmp_path, rows):
    if not any(cell for row in rows for cell in row):
        return
    report = take(ledger(tmp_path / "h.xlsx", *[[*row, None] for row in rows]), register)
    assert report.accepted + report.quarantined + report.rejected == report.rows_in
    fresh = 0 if report.change is None or report.change.quarantine is None else 1
    assert bool(report.quarantined) == bool(fresh)

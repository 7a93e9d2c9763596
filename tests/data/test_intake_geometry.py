"""Shapes at the door: repairs as accepted, odd shapes told, vanished parcels, lineage."""

from datetime import timedelta

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from intake_tools import NOW, kinds, rejected, square, take

from data.intake_decisions import LineageUnknownError, MarkNeedsMapError
from data.intake_geometry import RepairUnknownError
from data.register import Change, Register
from gis import checks
from gis.io import write

BOW = shapely.Polygon(
    [(560_000, 3e6), (560_100, 3e6 + 100), (560_100, 3e6), (560_000, 3e6 + 100)]
)  # fmt: skip


def lots(**shapes):
    return gpd.GeoDataFrame(
        {"宗地编号": list(shapes), "乡镇街道": "塘下镇"}, geometry=list(shapes.values()), crs=4549
    )


def found(report, kind):
    rows = report.issues[report.issues["kind"] == kind]
    return list(zip(rows["row"].tolist(), rows["value"].tolist(), strict=True))


def test_a_repair_is_proposed_with_both_areas_and_done_only_as_accepted(tmp_path):
    path = write(lots(P1=square(0), P2=BOW), tmp_path / "p.gpkg")
    first = take(path)
    assert rejected(first) == {2: "geometry_invalid"}
    assert first.repairs.index.tolist() == [2]
    assert first.repairs["area_before_m2"].tolist() == pytest.approx([0], abs=1)
    assert first.repairs["area_after_m2"].tolist() == pytest.approx([2 * 100 * 50 / 2], rel=1e-3)
    assert first.to_json()["repairs"][0]["accepted"] is False
    for accepted in ("all", [2]):
        again = take(path, repairs=accepted)
        assert (again.accepted, again.rejected) == (2, 0)
        assert kinds(again) == ["geometry_parts_touch", "geometry_repaired"]
        assert again.change.parcels.geometry.is_valid.all()
    with pytest.raises(RepairUnknownError, match="第 1 行"):
        take(path, repairs=[1])


def test_a_hole_outside_is_named(tmp_path):
    hole = [(560_500, 3_074_500), (560_510, 3_074_500), (560_510, 3_074_510)]
    outside = shapely.Polygon(square(0).exterior.coords, [hole])
    report = take(write(lots(P1=outside), tmp_path / "p.gpkg"))
    assert rejected(report) == {1: "geometry_hole_outside"}
    assert "可修复" in report.issues["message"].iloc[0]


def test_what_is_odd_is_told_and_taken_in(tmp_path):
    one_way = shapely.Polygon(
        square(2000).exterior, [shapely.affinity.translate(square(2020, side=10), 0, 20).exterior]
    )
    corner = shapely.MultiPolygon([square(2400), shapely.affinity.translate(square(2500), 0, 100)])
    report = take(
        write(
            lots(
                P1=square(0),
                P2=square(90),
                P3=square(0),
                P4=shapely.box(561_000, 3_074_000, 561_001, 3_074_200),
                P5=shapely.box(561_200, 3_074_000, 561_202, 3_074_003),
                P6=one_way,
                P7=corner,
            ),
            tmp_path / "p.parquet",
        )
    )
    assert report.rejected == 0
    assert found(report, "geometry_duplicate") == [(3, "P3")]
    assert found(report, "geometry_overlap") == [(2, "P2")]
    assert "重叠 1,000.0 m²" in "".join(report.issues["message"])
    assert found(report, "geometry_sliver") == [(4, None)]
    assert found(report, "geometry_size") == [(5, None)]
    assert found(report, "geometry_ring_order") == [(6, None)]
    assert found(report, "geometry_parts_touch") == [(7, None)]


def test_a_heap_of_shapes_is_told_once_and_in_time(tmp_path, monkeypatch):
    copies = {f"P{n:04d}": square(0) for n in range(2_000)}
    report = take(write(lots(**copies), tmp_path / "copies.parquet"))
    assert kinds(report) == ["geometry_duplicate"] * 1_999
    monkeypatch.setattr(checks, "_PAIRS_ANYWAY", 0)
    heap = {f"P{n:04d}": square(n / 1000) for n in range(300)}
    report = take(write(lots(**heap), tmp_path / "heap.parquet"))
    assert report.accepted == 300
    assert "overlaps_many" in kinds(report)


def test_a_shared_border_is_no_overlap(tmp_path):
    report = take(
        write(lots(P1=square(0), P2=square(100), P3=square(199.995)), tmp_path / "p.gpkg")
    )
    assert kinds(report) == []


@pytest.fixture
def workspace(tmp_path):
    with Register.open(tmp_path / "workspace", create=True) as register:
        file = write(lots(P1=square(0), P2=square(200), P3=square(400)), tmp_path / "first.gpkg")
        register.commit(take(file, register).change)
        yield register


def later(register, path, days, **decisions):
    report = take(path, register, **decisions)
    change = report.change
    moment = NOW + timedelta(days=days)
    if change is not None:
        object.__setattr__(change, "recorded_at", moment)
        register.commit(change)
    return report


def test_vanished_parcels_stay_and_are_marked_only_when_asked(workspace, tmp_path):
    path = write(lots(P1=square(0), P3=square(400)), tmp_path / "p.gpkg")
    kept = take(path, workspace)
    assert kept.change is None
    assert kept.difference.vanished_here == ("P2",)
    later(workspace, path, 1, vanished="mark")
    parcels = workspace.read_parcels(columns=["absent_since", "town"])
    assert parcels["absent_since"].dropna().to_dict() == {"P2": pd.Timestamp(2026, 6, 1)}
    assert parcels["town"].tolist() == ["塘下镇"] * 3
    assert take(path, workspace, vanished="mark").change is None
    again = write(lots(P1=square(0), P2=square(200), P3=square(400)), tmp_path / "again.gpkg")
    later(workspace, again, 2)
    assert workspace.read_parcels(columns=["absent_since"])["absent_since"].isna().all()
    assert workspace.verify().ok


def test_a_row_that_waits_is_in_the_file_and_has_not_vanished(workspace, tmp_path):
    bow = shapely.Polygon([(200, 0), (300, 100), (300, 0), (200, 100)])
    bow = shapely.transform(bow, lambda xy: xy + shapely.get_coordinates(square(0)).min(axis=0))
    path = write(lots(P1=square(0), P2=bow), tmp_path / "p.gpkg")
    report = later(workspace, path, 1, vanished="mark")
    assert (report.quarantined, report.diff["vanished"]) == (1, 1)
    assert report.difference.vanished_here == ("P3",)
    marks = workspace.read_parcels(columns=["absent_since"])["absent_since"]
    assert marks.dropna().index.tolist() == ["P3"]


def test_only_a_map_can_mark(workspace, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("宗地编号,权利人\nP1,甲\n", "utf-8")
    with pytest.raises(MarkNeedsMapError, match="图形"):
        take(table, workspace, vanished="mark")


def test_an_accepted_split_retires_the_parent_and_keeps_its_history(workspace, tmp_path):
    halves = {"P1a": square(0, side=50), "P1b": shapely.box(560_000, 3_074_050, 560_100, 3_074_100)}
    path = write(lots(**halves, P2=square(200), P3=square(400)), tmp_path / "p.gpkg")
    proposed = take(path, workspace)
    assert set(proposed.difference.candidates["kind"]) == {"split"}
    assert len(found(proposed, "geometry_overlap_recorded")) == 2
    with pytest.raises(LineageUnknownError, match="P1 → P9"):
        take(path, workspace, lineage=[("P1", "P9")])
    done = later(workspace, path, 1, lineage="all")
    assert done.change.removed == ("P1",)
    assert found(done, "geometry_overlap_recorded") == []
    assert workspace.read_parcels(columns=[]).index.tolist() == ["P1a", "P1b", "P2", "P3"]
    assert workspace.lineage()["child_id"].tolist() == ["P1a", "P1b"]
    assert len(workspace.read_history("P1")) == 1
    assert workspace.verify().ok


def test_children_take_over_the_class_and_plans_on_which_their_parents_agree(workspace, tmp_path):
    told = {"low_class": ["underused", "underused", "built_idle"], "renewal_mode": "acquire"}
    rows = pd.DataFrame(told, index=pd.Index(["P1", "P2", "P3"], name="parcel_id"))
    moment = NOW + timedelta(days=1)
    ledger = Change(kind="ledger", who="王工", why="类别", recorded_at=moment, parcels=rows)
    workspace.commit(ledger)
    halves = {"P1a": square(0, side=50), "P1b": shapely.box(560_000, 3_074_050, 560_100, 3_074_100)}
    both = shapely.union_all([square(200), square(300), square(400)])
    path = write(lots(**halves, P23=both), tmp_path / "p.gpkg")
    done = later(workspace, path, 2, lineage="all")
    assert [row for row, _ in found(done, "lineage_inherited")] == [1, 2, 3]
    assert found(done, "lineage_class_open") == [(3, "P23")]
    kept = workspace.read_parcels(columns=["low_class", "renewal_mode"], geometry=False)
    assert kept["low_class"].astype(object).where(kept["low_class"].notna(), None).to_dict() == {
        "P1a": "underused", "P1b": "underused", "P23": None
    }  # fmt: skip
    assert kept["renewal_mode"].tolist() == ["acquire"] * 3


def test_the_same_file_twice_is_recognised(workspace, tmp_path):
    report = take(tmp_path / "first.gpkg", workspace)
    assert (report.seen, report.change) == ((1,), None)
    assert report.to_json()["seen"] == [1]

import json
from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import DataError, UnknownLayerError
from data.intake import LayerNameError, MomentNaiveError, prepare_import
from data.intake_columns import ColumnMappingError, KeyColumnMissingError
from data.intake_issues import KINDS
from data.register.change import ISSUE_COLUMNS
from gis.errors import GeometryMissingError, GisError, NotMetricError
from gis.io import write
from gis.raster import write_cog

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MU = 2000 / 3


def square(at, side=100):
    return shapely.box(560_000 + at, 3_074_000, 560_000 + at + side, 3_074_000 + side)


class Recorded:
    """A register that only remembers."""

    def __init__(self, parcels=None, events=None, layers=None):
        empty = gpd.GeoDataFrame(
            {"geometry_area_m2": np.array([], dtype=float)},
            geometry=gpd.GeoSeries([], crs=4490),
            index=pd.Index([], name="parcel_id", dtype=object),
        )
        self.parcels = empty if parcels is None else parcels
        columns = ["event_id", "parcel_id", "stage", "occurred_on", "area_m2", "reverses"]
        self.events = pd.DataFrame(columns=columns) if events is None else events
        self.layers = layers or {}

    def read_parcels(self, *, columns=None, geometry=True):
        wanted = list(columns or []) + (["geometry"] if geometry else [])
        return self.parcels.reindex(columns=wanted)

    def read_events(self):
        return self.events

    def read_layer(self, name):
        if name not in self.layers:
            raise UnknownLayerError(name=name, file="")
        return self.layers[name]


def take(path, register=None, as_layer="parcels", **options):
    return prepare_import(
        path,
        as_layer=as_layer,
        register=register or Recorded(),
        who="甲",
        recorded_at=NOW,
        **options,
    )


def kinds(report):
    return report.issues["kind"].tolist()


def rejected(report):
    found = report.issues[report.issues["severity"] == "rejected"]
    return dict(zip(found["row"].tolist(), found["kind"].tolist(), strict=True))


@pytest.fixture
def layer():
    return gpd.GeoDataFrame(
        {
            "宗地编号": ["P1", "P2"],
            "权利人": ["甲厂", "乙厂"],
            "登记面积(亩)": [15.0, 15.0],
            "低效类别": ["批而未供", "underused"],
            "是否标准地": ["是", "否"],
            "约定开工时间": ["2023.6.1", "2023年6月30日"],
        },
        geometry=[square(0), square(200)],
        crs=4549,
    )


@pytest.fixture
def recorded(layer, tmp_path):
    change = take(write(layer, tmp_path / "first.gpkg")).change
    return Recorded(change.parcels)


def test_a_clean_file_becomes_a_change(layer, tmp_path):
    report = take(write(layer, tmp_path / "p.gpkg"))
    assert (report.rows_in, report.accepted, report.rejected) == (2, 2, 0)
    assert report.diff == {"new": 2, "changed": 0, "unchanged": 0, "vanished": 0}
    parcels = report.change.parcels
    assert parcels.index.name == "parcel_id"
    assert parcels.crs.to_epsg() == 4490
    assert parcels.loc["P1", "registered_area_m2"] == pytest.approx(15 * MU)
    assert parcels["low_class"].tolist() == ["approved_unsupplied", "underused"]
    assert parcels["standard_land"].tolist() == [True, False]
    assert parcels["agreed_start_on"].tolist() == [
        pd.Timestamp("2023-06-01"),
        pd.Timestamp("2023-06-30"),
    ]
    assert parcels["geometry_area_m2"].tolist() == pytest.approx([10_000] * 2, rel=2e-4)
    assert report.issues.empty
    assert tuple(report.issues.columns) == ISSUE_COLUMNS


def test_the_same_file_again_changes_nothing(layer, tmp_path, recorded):
    for suffix in (".gpkg", ".geojson", ".fgb", ".parquet"):
        report = take(write(layer, tmp_path / f"again{suffix}"), recorded)
        assert report.diff == {"new": 0, "changed": 0, "unchanged": 2, "vanished": 0}
        assert report.change is None


def test_new_changed_and_vanished_are_told_apart(layer, tmp_path, recorded):
    layer.loc[0, "权利人"] = "丙厂"
    layer.loc[1, "宗地编号"] = "P3"
    report = take(write(layer, tmp_path / "p.gpkg"), recorded)
    assert report.diff == {"new": 1, "changed": 1, "unchanged": 0, "vanished": 1}
    assert report.ids["vanished"] == ("P2",)
    assert report.change.removed == ()
    assert report.change.parcels.index.tolist() == ["P1", "P3"]


def test_a_moved_boundary_is_a_change(layer, tmp_path, recorded):
    layer.loc[[0], "geometry"] = gpd.GeoSeries([square(0, side=99)], crs=4549).values
    report = take(write(layer, tmp_path / "p.gpkg"), recorded)
    assert report.ids["changed"] == ("P1",)


def test_an_empty_cell_does_not_wipe_what_is_known(layer, tmp_path, recorded):
    layer["权利人"] = [None, "丁厂"]
    report = take(write(layer, tmp_path / "p.gpkg"), recorded)
    assert report.ids["changed"] == ("P2",)


def test_every_bad_row_is_listed_with_its_reason(tmp_path):
    bow = shapely.Polygon([(560_000, 3e6), (560_009, 3e6 + 9), (560_009, 3e6), (560_000, 3e6 + 9)])
    endless = shapely.Polygon([(560_000, np.inf), (560_100, 3e6), (560_100, 3e6 + 9)])
    frame = gpd.GeoDataFrame(
        {"宗地编号": ["P1", None, "P1", "P4", "P5", "P6", "P7", "3.30381E+18"]},
        geometry=[
            square(0),
            square(200),
            square(400),
            None,
            bow,
            shapely.LineString([(560_000, 3e6), (560_100, 3e6)]),
            endless,
            square(600),
        ],
        crs=4549,
    )
    report = take(write(frame, tmp_path / "p.gpkg"))
    assert rejected(report) == {
        2: "id_missing",
        3: "id_duplicate",
        4: "geometry_missing",
        5: "geometry_invalid",
        6: "geometry_wrong_type",
        7: "geometry_not_finite",
        8: "id_precision_lost",
    }
    assert (report.rows_in, report.accepted, report.rejected) == (8, 1, 7)
    assert "Self-intersection" in "".join(report.issues["message"])


def test_a_bad_cell_is_an_issue_and_leaves_the_value_unknown(layer, tmp_path):
    layer["登记面积(亩)"] = ["约15", "15亩"]
    layer["低效类别"] = ["很低效", "供而未用"]
    layer["约定开工时间"] = ["2023-02-30", "20230601"]
    report = take(write(layer, tmp_path / "p.gpkg"))
    assert report.rejected == 0
    assert sorted(kinds(report)) == ["not_date", "not_enum", "not_number"]
    assert set(report.issues["row"]) == {1}
    parcels = report.change.parcels
    assert parcels.loc["P1", ["registered_area_m2", "low_class"]].isna().all()
    assert pd.isna(parcels.loc["P1", "agreed_start_on"])
    assert parcels.loc["P2", "registered_area_m2"] == pytest.approx(15 * MU)


def test_recorded_and_measured_area_are_both_kept(layer, tmp_path):
    layer["登记面积(亩)"] = [15.0 * 1.04, 15.0 * 1.06]
    report = take(write(layer, tmp_path / "p.gpkg"))
    assert report.issues[["row", "kind", "severity"]].values.tolist() == [
        [2, "area_gap", "warning"]
    ]
    assert report.change.parcels.loc["P2", "registered_area_m2"] == pytest.approx(15.9 * MU)


@pytest.mark.parametrize(
    ("heading", "value", "m2"),
    [
        ("登记面积（亩）", 3, 3 * 2000 / 3),
        ("登记面积(公顷)", 0.5, 0.5 * 10_000),
        ("登记面积(㎡)", 700, 700),
        ("登记面积（平方米）", 700, 700),
        ("登记面积(万㎡)", 0.07, 0.07 * 10_000),
        ("登记面积", 700, 700),
    ],
)
def test_the_unit_stands_in_the_heading(tmp_path, heading, value, m2):
    frame = gpd.GeoDataFrame({"宗地编号": ["P1"], heading: [value]}, geometry=[square(0)], crs=4549)
    parcels = take(write(frame, tmp_path / "p.gpkg")).change.parcels
    assert parcels.loc["P1", "registered_area_m2"] == pytest.approx(m2)


def test_an_unknown_unit_is_not_guessed(tmp_path):
    frame = gpd.GeoDataFrame(
        {"宗地编号": ["P1"], "登记面积(坪)": [3.0]}, geometry=[square(0)], crs=4549
    )
    report = take(write(frame, tmp_path / "p.gpkg"))
    assert "registered_area_m2" not in report.change.parcels
    assert kinds(report) in (["unit_unknown"], ["column_unknown"])


def test_a_mapping_comes_before_all_else(tmp_path):
    frame = gpd.GeoDataFrame(
        {"号": ["P1"], "权利人": ["甲"], "谁": ["乙"]}, geometry=[square(0)], crs=4549
    )
    path = write(frame, tmp_path / "p.gpkg")
    report = take(path, mapping={"号": "parcel_id", "谁": "owner"})
    assert report.change.parcels["owner"].tolist() == ["乙"]
    assert kinds(report) == ["column_repeated"]
    with pytest.raises(ColumnMappingError, match="no_such"):
        take(path, mapping={"号": "no_such"})
    with pytest.raises(KeyColumnMissingError, match="宗地编号"):
        take(path)


def ledger(path, rows):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("A1:D1")
    book.save(path)
    return path


def test_a_ledger_updates_the_attributes_of_known_parcels(tmp_path, recorded):
    rows = [
        ["工业用地台账（模拟数据）"],
        ["宗地编号", "权利人", "登记面积（亩）", "备注"],
        ["P1", "新厂", 15, "=cmd"],
        ["塘下镇 小计", None, 15, None],
        ["P9", "生厂", 3, None],
        ["合计", None, 18, None],
    ]
    report = take(ledger(tmp_path / "t.xlsx", rows), recorded)
    assert (report.rows_in, report.accepted, report.rejected) == (2, 1, 1)
    assert rejected(report) == {5: "id_unknown"}
    skipped = report.issues[report.issues["kind"] == "subtotal_skipped"]
    assert skipped["row"].tolist() == [4, 6]
    assert not isinstance(report.change.parcels, gpd.GeoDataFrame)
    assert report.change.parcels.loc["P1", "owner"] == "新厂"
    assert report.diff["vanished"] == 1


def events_file(path, rows):
    columns = ["宗地编号", "阶段", "发生日期", "涉及面积(亩)", "文号"]
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False, encoding="gbk")
    return path


def test_events_that_contradict_are_rejected_one_by_one(tmp_path, recorded):
    rows = [
        ["P1", "拆除", "2026-01-05", "9", "瑞政 1"],
        ["P9", "拆除", "2026-01-05", "9", None],
        ["P1", "飞走", "2026-01-05", "9", None],
        ["P1", "签约", "2026-06-02", "9", None],
        ["P1", "签约", "2026-02-30", "9", None],
        ["P1", "签约", "2026-01-05", "0", None],
        ["P1", "签约", "2026-01-05", "-3", None],
        ["P1", "签约", "2026-01-05", "很多", None],
        ["P1", "签约", "2026-01-05", "90", None],
        ["P1", "拆除", "2026-01-05", "9", None],
        ["P1", "签约", "2026-06-01", None, None],
    ]
    report = take(events_file(tmp_path / "e.csv", rows), recorded, "events")
    assert rejected(report) == {
        3: "parcel_unknown",
        4: "stage_unknown",
        5: "date_future",
        6: "date_missing",
        7: "area_not_positive",
        8: "area_not_positive",
        9: "area_unreadable",
        10: "area_over_parcel",
        11: "event_duplicate",
    }
    assert (report.rows_in, report.accepted) == (11, 2)
    events = report.change.events
    assert events["stage"].tolist() == ["demolished", "signed"]
    assert events["area_m2"].iloc[0] == pytest.approx(9 * MU)
    assert np.isnan(events["area_m2"].iloc[1])
    assert events["who"].tolist() == ["甲", "甲"]


def test_events_on_record_are_not_counted_twice(tmp_path, recorded):
    path = events_file(tmp_path / "e.csv", [["P1", "拆除", "2026-01-05", "9", None]])
    first = take(path, recorded, "events").change.events
    recorded.events = first.assign(event_id=[1])
    again = take(path, recorded, "events")
    assert (again.accepted, again.diff["unchanged"], again.change) == (1, 1, None)
    undo = first.assign(event_id=[2], reverses=pd.array([1], dtype="Int64"))
    recorded.events = pd.concat([recorded.events, undo])
    assert take(path, recorded, "events").diff["new"] == 1


def numbered(path, rows):
    columns = ["事件号", "宗地编号", "阶段", "发生日期", "涉及面积(亩)", "冲销事件号"]
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    return path


def test_a_reversal_may_mean_an_event_of_its_own_file(tmp_path, recorded):
    rows = [
        [71, "P1", "拆除", "2026-01-05", 9, None],
        [72, "P1", "拆除", "2026-01-05", 9, 71],
        [73, "P1", "拆除", "2026-01-05", 8, None],
        [74, "P2", "飞走", "2026-01-05", 9, None],
        [75, "P2", None, None, None, 74],
        [76, "P2", None, None, None, 72],
        [77, "P2", None, None, None, 73],
        [78, None, None, None, None, 99],
    ]
    path = numbered(tmp_path / "e.csv", rows)
    report = take(path, recorded, "events")
    assert rejected(report) == {5: "stage_unknown"} | dict.fromkeys([6, 7, 8, 9], "event_unknown")
    events = report.change.events
    assert events["area_m2"].tolist() == pytest.approx([9 * MU, 8 * MU, 9 * MU])
    assert events["reverses"].tolist() == [pd.NA, pd.NA, -1]
    recorded.events = events.assign(
        event_id=[31, 32, 33], reverses=pd.array([None, None, 31], dtype="Int64")
    )
    again = take(path, recorded, "events")
    assert (again.diff["unchanged"], again.change) == (3, None)
    recorded.events = recorded.events.iloc[:1]
    later = take(path, recorded, "events").change.events
    assert later["reverses"].tolist() == [31, pd.NA]


def test_reference_layers_keep_their_columns_and_list_bad_rows(tmp_path):
    frame = gpd.GeoDataFrame(
        {"园区": ["经开区", "高新区"], "备用": [1, 2]}, geometry=[square(0), None], crs=4549
    )
    report = take(write(frame, tmp_path / "parks.gpkg"), as_layer="parks")
    assert rejected(report) == {2: "geometry_missing"}
    (new,) = report.change.layers
    assert new.name == "parks"
    assert new.frame["park"].tolist() == ["经开区"]
    assert new.frame["备用"].tolist() == [1]
    again = take(tmp_path / "parks.gpkg", Recorded(layers={"parks": new.frame}), "parks")
    assert again.change is None
    assert again.diff["unchanged"] == 1


def test_tables_of_firms_come_without_geometry(tmp_path):
    path = tmp_path / "firms.csv"
    path.write_text("企业名称,信用代码,行业\n甲厂,91330381MA2XXXXX0X,3670\n", "utf-8")
    (new,) = take(path, as_layer="firms").change.layers
    assert new.frame["owner_uscc"].tolist() == ["91330381MA2XXXXX0X"]
    with pytest.raises(GeometryMissingError):
        take(path, as_layer="parks")


def test_rasters_come_in_metres(tmp_path):
    at = Affine(30, 0, 560_000, 0, -30, 3_080_000)
    heights = np.zeros((4, 4), dtype="float32")
    path = write_cog(heights, tmp_path / "dem.tif", transform=at, crs=4549)
    report = take(path, as_layer="dem")
    assert report.change.layers[0].path == path
    assert (report.rows_in, report.accepted) == (1, 1)
    at = Affine(0.001, 0, 120.6, 0, -0.001, 27.8)
    write_cog(heights, path, transform=at, crs=4490)
    with pytest.raises(NotMetricError):
        take(path, as_layer="dem")


def test_wrong_use_is_one_sentence(layer, tmp_path):
    path = write(layer, tmp_path / "p.gpkg")
    with pytest.raises(LayerNameError, match="parcels"):
        take(path, as_layer="castles")
    with pytest.raises(MomentNaiveError):
        prepare_import(
            path,
            as_layer="parcels",
            register=Recorded(),
            who="甲",
            recorded_at=NOW.replace(tzinfo=None),
        )
    with pytest.raises(GisError):
        take(tmp_path / "none.gpkg")
    assert issubclass(LayerNameError, DataError)


def test_the_report_is_plain_json(layer, tmp_path):
    layer["低效类别"] = ["<script>" * 80, None]
    report = take(write(layer, tmp_path / "p.gpkg"))
    document = json.loads(json.dumps(report.to_json(), ensure_ascii=False))
    assert document["accepted"] + document["rejected"] == document["rows_in"]
    assert len(document["issues"][0]["value"]) == 200


def test_every_kind_of_issue_speaks_both_languages():
    for kind in KINDS.values():
        assert kind.zh
        assert kind.en
        assert kind.severity in ("rejected", "error", "warning", "info")


SHAPES = {
    "square": square(0),
    "none": None,
    "empty": shapely.Polygon(),
    "bow": shapely.Polygon(
        [(560_000, 3e6), (560_009, 3e6 + 9), (560_009, 3e6), (560_000, 3e6 + 9)]
    ),
    "line": shapely.LineString([(560_000, 3e6), (560_100, 3e6)]),
}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["P1", "P2", "P3", "", " ", "3.3E+18", None]),
            st.sampled_from(sorted(SHAPES)),
            st.one_of(
                st.none(), st.text(max_size=6), st.sampled_from(["15", "-1", "1e999", "12亩"])
            ),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_accepted_and_rejected_are_always_the_rows_that_came_in(tmp_path_factory, rows):
    frame = gpd.GeoDataFrame(
        {"宗地编号": [row[0] for row in rows], "登记面积": [row[2] for row in rows]},
        geometry=[SHAPES[row[1]] for row in rows],
        crs=4549,
    )
    frame["宗地编号"] = frame["宗地编号"].astype("str")
    frame["登记面积"] = frame["登记面积"].astype("str")
    path = tmp_path_factory.mktemp("rows") / "p.parquet"
    report = take(write(frame, path))
    assert report.accepted + report.rejected == report.rows_in == len(rows)
    assert report.accepted == sum(report.diff[kind] for kind in ("new", "changed", "unchanged"))
    assert len(rejected(report)) == report.rejected

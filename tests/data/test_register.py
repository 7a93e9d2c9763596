import hashlib
import os
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from data import schema
from data.asof import AsOf
from data.errors import (
    ChangeRefusedError,
    UnknownFieldError,
    UnknownLayerError,
    UnknownParcelError,
)
from data.register import Change, LayerFile, Register, reading

TODAY = date(2030, 1, 1)


def test_an_empty_register_has_version_zero_and_empty_frames(register):
    assert (register.version, register.geometry_version, register.meta) == (0, 0, {})
    assert register.parcels_version == 0
    empty = register.read_parcels()
    assert empty.crs.to_epsg() == 4490
    assert list(empty.columns)[:-1] == list(schema.PARCEL_COLUMNS[1:])
    assert len(register.read_events()) == len(register.layers()) == len(register.changes()) == 0
    assert register.verify().ok


def test_what_was_committed_comes_back_with_unknown_left_unknown(filled, parcels):
    back = filled.read_parcels()
    assert list(back.index) == ["P1", "P2", "P3"]
    assert back.index.name == "parcel_id"
    assert back["far"].tolist()[::2] == [1.2, 0.0]
    assert np.isnan(back.loc["P2", "far"])
    assert back["single_owner"].isna().tolist() == [False, True, False]
    assert back["employees"].sum() == 12 + 0
    assert back["agreed_start_on"].dtype == "datetime64[ns]"
    assert back["town"].isna().tolist() == [False, False, True]
    assert back.loc["P2", "owner"] == "<script>"
    assert back.geometry.geom_equals(parcels.geometry).all()
    assert filled.meta == {"county": "瑞安市", "sample": "1"}


def test_both_ways_of_reading_give_the_same_frame(filled, monkeypatch):
    by_cursor = filled.read_parcels()
    monkeypatch.setattr(reading, "ROWS_FOR_GDAL", 0)
    monkeypatch.setattr(reading, "_by_cursor", None)
    pd.testing.assert_frame_equal(filled.read_parcels(), by_cursor)


COMMIT_ELSEWHERE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from data.register import Change, Register
with Register.open(Path(sys.argv[1])) as register:
    at = datetime(2030, 1, 1, tzinfo=UTC)
    change = Change(kind="import", who="B", why="test", recorded_at=at, meta={"county": "B"})
    register.commit(change)
"""


@pytest.mark.embedded
def test_what_another_process_commits_is_seen_after_reading_by_gdal(filled, monkeypatch):
    monkeypatch.setattr(reading, "ROWS_FOR_GDAL", 0)
    filled.read_parcels()
    before = filled.version
    command = [sys.executable, "-c", COMMIT_ELSEWHERE, str(filled.workspace)]
    home = Path(__file__).resolve().parents[2]
    subprocess.run(command, cwd=home, env=os.environ | {"PYTHONPATH": str(home)}, check=True)
    assert filled.version == before + 1
    assert filled.meta["county"] == "B"
    filled.read_parcels()
    subprocess.run(command, cwd=home, env=os.environ | {"PYTHONPATH": str(home)}, check=True)
    assert filled.version == before + 2
    assert filled.verify().ok


def test_some_columns_can_be_read_without_geometry(filled):
    frame = filled.read_parcels(columns=["far", "town"], geometry=False)
    assert list(frame.columns) == ["far", "town"]
    assert not isinstance(frame, gpd.GeoDataFrame)
    with pytest.raises(UnknownFieldError, match="stage"):
        filled.read_parcels(columns=["stage"])


def test_rows_that_change_nothing_make_no_version(filled, parcels, change):
    assert filled.commit(change(1, parcels=parcels)) == 2
    assert len(filled.read_history("P1")) == 1
    assert (filled.version, filled.geometry_version) == (2, 1)


def test_a_changed_attribute_makes_a_version_and_leaves_the_geometry(filled, change):
    update = pd.DataFrame({"far": [2.5]}, index=pd.Index(["P1"], name="parcel_id"))
    filled.commit(change(1, parcels=update))
    history = filled.read_history("P1")
    assert history["far"].tolist() == [1.2, 2.5]
    assert history["recorded_from"].tolist() == [1, 2]
    assert history["recorded_to"].tolist() == [2, pd.NA]
    assert history.geometry.geom_equals(history.geometry.iloc[0]).all()
    assert history["owner"].tolist() == ["甲公司", "甲公司"]
    assert (filled.geometry_version, filled.parcels_version) == (1, 2)


def test_a_column_that_is_there_replaces_also_by_unknown(filled, change):
    update = pd.DataFrame({"far": [None], "town": [""]}, index=pd.Index(["P1"], name="parcel_id"))
    filled.commit(change(1, parcels=update))
    now = filled.read_parcels().loc["P1"]
    assert np.isnan(now["far"])
    assert pd.isna(now["town"])
    assert now["owner"] == "甲公司"


def test_an_earlier_day_of_knowing_names_the_change_that_was_known(filled):
    last = filled.changes()["recorded_at"].iloc[-1].date()
    day = timedelta(days=1)
    assert filled.version_known(AsOf(date.max)) == filled.version
    assert filled.version_known(AsOf(date.max, last + day)) == filled.version
    first = filled.changes()["recorded_at"].iloc[0].date()
    assert filled.version_known(AsOf(date.max, first - day)) == 0


def test_a_changed_geometry_moves_the_geometry_version(filled, parcels, change):
    moved = parcels[["far"]].iloc[:1].copy()
    moved = gpd.GeoDataFrame(moved, geometry=[shapely.box(120.7, 27.7, 120.8, 27.8)], crs=4490)
    filled.commit(change(1, parcels=moved))
    assert filled.geometry_version == 2
    assert filled.read_parcels().loc["P1"].geometry.area == pytest.approx(0.1 * 0.1)


def test_a_removed_parcel_is_gone_today_and_there_in_history(filled, change):
    filled.commit(change(1, removed=["P2"]))
    assert list(filled.read_parcels().index) == ["P1", "P3"]
    assert list(filled.read_parcels(AsOf(TODAY, date(2023, 1, 5))).index) == ["P1", "P2", "P3"]
    assert (filled.geometry_version, filled.parcels_version) == (2, 2)
    assert len(filled.read_history("P2")) == 1


def test_multipolygons_and_holes_survive(register, change):
    hole = shapely.box(0, 0, 4, 4).difference(shapely.box(1, 1, 2, 2))
    pair = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)])
    raised = shapely.force_3d(shapely.box(7, 7, 8, 8), 5)
    shapes = gpd.GeoDataFrame(
        index=pd.Index(["A", "B", "C"], name="parcel_id"), geometry=[hole, pair, raised], crs=4490
    )
    register.commit(change(parcels=shapes))
    back = register.read_parcels().geometry
    assert [g.geom_type for g in back] == ["Polygon", "MultiPolygon", "Polygon"]
    assert [g.area for g in back] == [16 - 1, 1 + 1, 1]
    assert not back.has_z.any()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda f: f.set_crs(4326, allow_override=True), "EPSG:4490"),
        (lambda f: f.rename_axis("id"), "parcel_id"),
        (lambda f: f.set_axis(["P1", "P1", "P2"]).rename_axis("parcel_id"), "P1"),
        (lambda f: f.assign(stage="listed"), "stage"),
        (lambda f: f.assign(low_class="bad"), "bad"),
        (lambda f: f.assign(far=["x", 1, 2]), "容积率"),
        (lambda f: f.assign(far=float("inf")), "容积率"),
        (lambda f: f.assign(employees=[1.5, 2, 3]), "职工"),
        (lambda f: f.set_geometry(f.centroid.set_crs(4490, allow_override=True)), "P1"),
        (lambda f: f.set_geometry([None, *f.geometry[1:]], crs=4490), "P1"),
        (lambda f: f.assign(owner=pd.Series(["\ud800"] * 3, f.index, dtype=object)), "ud800"),
    ],
)
@pytest.mark.filterwarnings("ignore:Geometry is in a geographic CRS")
def test_an_unfit_frame_is_refused_and_nothing_is_written(register, parcels, change, spoil, told):
    with pytest.raises(ChangeRefusedError) as caught:
        register.commit(change(parcels=spoil(parcels)))
    assert told in str(caught.value)
    assert caught.value.say("en") != str(caught.value)
    assert register.version == 0
    assert register.read_parcels().empty


def test_new_parcels_need_a_geometry_and_removed_ones_must_exist(filled, change):
    rows = pd.DataFrame({"far": [1.0]}, index=pd.Index(["P9"], name="parcel_id"))
    for parts in ({"parcels": rows}, {"removed": ["P9"]}):
        with pytest.raises(ChangeRefusedError, match="P9"):
            filled.commit(change(1, **parts))
    assert filled.version == 1


def test_the_clock_of_the_register_never_runs_back(filled, parcels, change):
    with pytest.raises(ChangeRefusedError, match="早于"):
        filled.commit(change(-1, removed=["P1"]))
    naive = Change("test", "a", "b", datetime(2024, 1, 1))  # noqa: DTZ001
    with pytest.raises(ChangeRefusedError, match="时区"):
        filled.commit(naive)


def test_lineage_names_parcels_of_the_register(filled, parcels, change):
    halves = gpd.GeoDataFrame(
        index=pd.Index(["P1a", "P1b"], name="parcel_id"),
        geometry=[
            shapely.box(120.6, 27.7, 120.6005, 27.701),
            shapely.box(120.6005, 27.7, 120.601, 27.701),
        ],
        crs=4490,
    )
    pairs = pd.DataFrame({"parent_id": ["P1", "P1"], "child_id": ["P1a", "P1b"]})
    filled.commit(change(1, parcels=halves, removed=["P1"], lineage=pairs))
    assert filled.lineage()["child_id"].tolist() == ["P1a", "P1b"]
    with pytest.raises(ChangeRefusedError, match="P7"):
        filled.commit(change(2, lineage=pairs.replace("P1a", "P7")))


def test_layers_are_files_of_their_own_version(filled, change, tmp_path):
    towns = gpd.GeoDataFrame({"name": ["塘下镇"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4490)
    firms = pd.DataFrame({"firm_name": ["甲"]})
    raster = tmp_path / "dem.tif"
    raster.write_bytes(b"II*\0")
    layers = [LayerFile("towns", towns), LayerFile("firms", firms), LayerFile("dem", path=raster)]
    filled.commit(change(1, layers=layers))
    filled.commit(
        change(2, layers=[LayerFile("towns", towns.assign(name="云周街道"), note="模拟")])
    )
    assert filled.layer_path("dem").name == "dem-v2.tif"
    assert filled.layer_path("towns").name == "towns-v3.parquet"
    assert filled.read_layer("towns")["name"].tolist() == ["云周街道"]
    assert filled.read_layer("towns", AsOf(TODAY, date(2023, 1, 6)))["name"].tolist() == ["塘下镇"]
    assert isinstance(filled.read_layer("towns"), gpd.GeoDataFrame)
    assert filled.read_layer("firms").equals(firms)
    digest = hashlib.sha256(b"II*\0").hexdigest()
    assert filled.layers().set_index("name").loc["dem", "sha256"] == digest
    for name in ("nothing", "dem"):
        with pytest.raises(UnknownLayerError, match=name):
            filled.read_layer(name)


@pytest.mark.parametrize("name", ["../evil", "", "a b", "x" * 80])
def test_a_layer_name_cannot_leave_the_folder(register, change, name):
    with pytest.raises(ChangeRefusedError):
        register.commit(change(layers=[LayerFile(name, pd.DataFrame({"a": [1]}))]))
    assert register.version == 0


def test_issues_belong_to_their_change(filled, change):
    found = pd.DataFrame({"file": ["a.shp"], "row": [3], "kind": ["geometry"], "value": ["=1"]})
    filled.commit(change(1, issues=found))
    assert filled.issues(2)["row"].tolist() == [3]
    assert filled.issues(1).empty
    with pytest.raises(ChangeRefusedError, match="colour"):
        filled.commit(change(2, issues=found.assign(colour="red")))


def test_an_unknown_parcel_has_no_history(filled):
    with pytest.raises(UnknownParcelError, match="P9"):
        filled.read_history("P9")


@pytest.mark.embedded
def test_gdal_opens_the_file_as_a_geopackage_with_stage_and_style(filled, change, event):
    filled.commit(
        change(1, events=pd.DataFrame([event(), event(stage="signed", occurred_on="2023-01-04")]))
    )
    filled.commit(change(2, events=pd.DataFrame([{"reverses": 2}])))
    filled.set_layer_style("<qgis/>")
    info = pyogrio.read_info(filled.file, layer="parcels")
    assert info["crs"] == "EPSG:4490"
    assert info["geometry_type"] == "MultiPolygon"
    assert info["fid_column"] == "OGC_FID"
    view = gpd.read_file(filled.file, layer="parcels").set_index("parcel_id")
    assert view["stage"].tolist() == ["listed", None, None] or view["stage"].isna().sum() == 2
    assert view.loc["P1", "stage"] == "listed"
    assert view.loc["P1", "stage_on"] == "2023-01-02"
    assert set(pyogrio.list_layers(filled.file)[:, 0]) == {"parcels", "events", "layer_styles"}
    styles = gpd.read_file(filled.file, layer="layer_styles")
    assert styles["f_table_name"].tolist() == ["parcels"]
    assert filled.verify().ok


def test_the_same_changes_make_the_same_chain(tmp_path, tables, parcels, change, event):
    hashes = []
    for name in ("a", "b"):
        with Register.open(tmp_path / name, create=True) as register:
            register.commit(change(parcels=parcels.iloc[::-1] if name == "b" else parcels))
            register.commit(change(1, events=pd.DataFrame([event()])))
            hashes.append(register.changes()["hash"].tolist())
    assert hashes[0] == hashes[1]


def test_many_threads_read_while_one_commits(filled, change):
    seen, errors = [], []

    def read():
        try:
            for _ in range(5):
                seen.append(filled.read_parcels(columns=["far"])["far"].iloc[0])
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    index = pd.Index(["P1"], name="parcel_id")
    for day in range(1, 5):
        filled.commit(change(day, parcels=pd.DataFrame({"far": [float(day)]}, index=index)))
    for thread in threads:
        thread.join()
    assert not errors
    assert set(seen) <= {1.2, 1.0, 2.0, 3.0, 4.0}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "edit", "remove", "event"]),
        st.integers(0, 3),
        st.integers(0, 2),
        st.floats(0.1, 5, allow_nan=False).map(lambda x: round(x, 2)),
    ),
    min_size=1,
    max_size=8,
)


def test_the_past_never_changes_and_versions_never_overlap(tmp_path_factory, tables, change, event):
    """Whatever is committed later, what was known on an earlier day stays the same."""
    examples = 15 if tables is None else 4  # a server takes its time to make a schema

    @settings(max_examples=examples, deadline=None)
    @given(steps=STEPS)
    def holds(steps):
        check_past(tmp_path_factory.mktemp("w"), change, event, steps)

    holds()


def check_past(place, change, event, steps):
    day = 0
    kept = {}
    with Register.open(place, create=True) as register:
        for verb, which, gap, value in steps:
            day += gap
            index = pd.Index([f"P{which}"], name="parcel_id")
            box = shapely.box(120 + which, 27, 120.5 + which, 27.5)
            parts = {
                "add": {
                    "parcels": gpd.GeoDataFrame(
                        {"far": [value]}, index=index, geometry=[box], crs=4490
                    )
                },
                "edit": {"parcels": pd.DataFrame({"far": [value]}, index=index)},
                "remove": {"removed": [index[0]]},
                "event": {"events": pd.DataFrame([event(index[0], area_m2=value)])},
            }[verb]
            try:
                register.commit(change(day, **parts))
            except ChangeRefusedError:
                continue
            known = AsOf(TODAY, (datetime(2023, 1, 5, tzinfo=UTC) + pd.Timedelta(days=day)).date())
            kept[known] = (register.read_parcels(known), register.read_events(known))
        for known, (parcels_then, events_then) in kept.items():
            pd.testing.assert_frame_equal(parcels_then, register.read_parcels(known))
            pd.testing.assert_frame_equal(events_then, register.read_events(known))
        assert register.verify().ok

"""What leaves as a list comes in again without a difference, in every format that holds it."""

import zipfile
from datetime import date

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from intake_tools import Recorded, take

from gis.area import ellipsoidal_area_m2
from gis.crs import to_plane
from gis.io import read
from gis.io.boundary_write import BoundaryForm
from reports.context import ExportContext
from reports.export import export
from reports.options import FormatOptions

CONTEXT = ExportContext(
    county="瑞安市",
    filter_text="全部",
    state_on=date(2026, 10, 31),
    known_on=None,
    register_version=3,
    rules_id="r1",
    credit_rule="拆除",
    is_sample=True,
)
WORDS = st.text("甲乙丙厂瑞安街道ABC059（）·-㎡龘 ", min_size=1, max_size=30).map(str.strip)
TEXTS = st.none() | WORDS.filter(lambda text: text not in ("", "-", "--"))
NUMBERS = st.none() | st.floats(0, 5e6, allow_subnormal=False).map(lambda x: round(x, 4))
CLASSES = st.sampled_from([None, "underused", "not_low"])
DAYS = st.none() | st.dates(date(1990, 1, 1), date(2050, 1, 1))


@st.composite
def shapes(draw, place=0):
    """A polygon of the county with a hole or a second part, corners to a tenth of a millimetre."""
    east = 540_000.1234 + 2_000 * place  # apart: equal and overlapping shapes are kept out
    x, y = (draw(st.integers(0, 9_000)) / 10 + at for at in (east, 3_072_000.4321))
    side = draw(st.integers(20, 400))
    shape = shapely.box(x, y, x + side, y + side)
    if draw(st.booleans()):
        shape = shape.difference(shapely.box(x + 5, y + 5, x + 9, y + 11))
    if draw(st.booleans()):
        shape = shapely.union_all([shape, shapely.box(x + 500, y, x + 510, y + 20)])
    return shape


@st.composite
def lists(draw):
    """A handful of parcels as of the desk."""
    count = draw(st.integers(1, 4))
    rows = st.lists
    land = gpd.GeoSeries([draw(shapes(row)) for row in range(count)], crs=4549).to_crs(4490)
    frame = gpd.GeoDataFrame(
        {
            "parcel_name": draw(rows(TEXTS, min_size=count, max_size=count)),
            "owner": draw(rows(TEXTS, min_size=count, max_size=count)),
            "registered_area_m2": pd.Series(
                draw(rows(NUMBERS, min_size=count, max_size=count)), dtype="float64"
            ),
            "standard_land": pd.array(
                draw(rows(st.none() | st.booleans(), min_size=count, max_size=count)), "boolean"
            ),
            "low_class": draw(
                rows(
                    st.sampled_from([None, "underused", "not_low"]), min_size=count, max_size=count
                )
            ),
            "actual_start_on": pd.to_datetime(draw(rows(DAYS, min_size=count, max_size=count))),
        },
        geometry=land.to_numpy(),
        crs=4490,
    )
    frame["geometry_area_m2"] = ellipsoidal_area_m2(frame.geometry)
    ids = [f"330381001001GB{n:05d}" for n in range(count)]
    return frame.set_index(pd.Index(ids, name="parcel_id", dtype=object))


def written(folder, frame, fmt, **options):
    suffix = "zip" if fmt == "shp" else fmt
    chosen = FormatOptions(**options)
    return export(frame, fmt, folder / f"list.{suffix}", context=CONTEXT, options=chosen)


FORMATS = [
    ("gpkg", {}),
    ("geojson", {}),
    ("shp", {}),
    ("shp", {"encoding": "GB18030"}),
    ("kml", {}),
    ("dxf", {}),
]
QUICK = settings(
    max_examples=3,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.mark.parametrize(("fmt", "options"), FORMATS, ids=lambda value: str(value))
@QUICK
@given(frame=lists())
def test_a_list_comes_in_again_without_a_difference(tmp_path, fmt, options, frame):
    report = take(written(tmp_path, frame, fmt, **options), Recorded(frame))
    assert (report.accepted, report.rejected) == (len(frame), 0)
    assert report.diff["unchanged"] == len(frame), report.change.parcels


@pytest.mark.parametrize(
    "form",
    [
        BoundaryForm(),
        BoundaryForm(prefix=False, encoding="UTF-8"),
        BoundaryForm(degrees=6, fields=12),
    ],
    ids=["standard", "plain", "six degrees"],
)
@QUICK
@given(frame=lists())
def test_boundary_points_keep_geometry_name_and_number(tmp_path, form, frame):
    path = written(tmp_path, frame, "txt", boundary=form)
    back = read(path)
    assert back["地块编号"].tolist() == frame.index.tolist()
    mine = frame[["parcel_name", "geometry_area_m2", "geometry"]]
    report = take(path, Recorded(mine))
    assert report.diff["unchanged"] == len(frame)


@pytest.mark.parametrize(("fmt", "sheet"), [("csv", None), ("xlsx", "地块清单")])
@QUICK
@given(frame=lists())
def test_ledgers_come_in_again_without_a_difference(tmp_path, fmt, sheet, frame):
    ledger = frame.drop(columns="owner") if fmt == "csv" else frame
    report = take(written(tmp_path, ledger, fmt), Recorded(frame), layer=sheet)
    assert report.diff["unchanged"] == len(frame), report.change.parcels.T


@pytest.mark.parametrize("fmt", ["shp", "kml", "dxf", "gpkg", "geojson"])
def test_what_leaves_is_read_by_gdal_alone(tmp_path, fmt):
    shape = shapely.box(560_000, 3_074_000, 560_100, 3_074_100).difference(
        shapely.box(560_020, 3_074_020, 560_030, 3_074_030)
    )
    land = gpd.GeoSeries([shape], crs=4549)
    frame = gpd.GeoDataFrame({"owner": ["甲厂"]}, geometry=land.to_crs(4490).to_numpy(), crs=4490)
    frame.index = pd.Index(["P1"], name="parcel_id", dtype=object)
    path = written(tmp_path, frame, fmt)
    found = pyogrio.read_dataframe(f"/vsizip/{path}/parcels.shp" if fmt == "shp" else path)
    if fmt == "dxf":
        rings = found[found.geom_type == "LineString"].geometry
        assert sorted(shapely.Polygon(ring).area for ring in rings) == pytest.approx([100, 10_000])
        assert found["Text"].dropna().tolist() == ["P1"]
        return
    plane = to_plane(found, found.crs).geometry.iloc[0]
    assert shapely.symmetric_difference(plane, shape).area < 0.01
    assert "甲厂" in found.iloc[0].tolist()


@pytest.mark.parametrize("driver", ["GPKG", "ESRI Shapefile", "GeoJSON", "FlatGeobuf", "LIBKML"])
@QUICK
@given(frame=lists())
def test_what_gdal_writes_comes_in_without_a_difference(tmp_path, driver, frame):
    suffix = {"GPKG": "gpkg", "GeoJSON": "json", "FlatGeobuf": "fgb", "LIBKML": "kml"}
    path = tmp_path / f"gdal.{suffix.get(driver, 'shp')}"
    slim = frame.reset_index()[["parcel_id", "owner", "registered_area_m2", "geometry"]]
    slim = slim.rename(columns={"registered_area_m2": "TDMJ", "owner": "权利人"})
    if driver in ("GeoJSON", "LIBKML"):
        slim = slim.set_crs(4326, allow_override=True)
    if driver == "GeoJSON":
        pyogrio.write_dataframe(slim, path, driver=driver, COORDINATE_PRECISION="9")
    else:
        pyogrio.write_dataframe(slim, path, driver=driver)
    mine = frame[["owner", "registered_area_m2", "geometry_area_m2", "geometry"]]
    report = take(path, Recorded(mine))
    assert report.diff["unchanged"] == len(frame), report.change.parcels.T


def test_texts_too_long_for_a_shapefile_stand_whole_beside_it(tmp_path):
    land = gpd.GeoSeries([shapely.box(560_000, 3_074_000, 560_100, 3_074_100)], crs=4549)
    frame = gpd.GeoDataFrame({"remark": ["长" * 200]}, geometry=land.to_crs(4490), crs=4490)
    frame.index = pd.Index(["P1"], name="parcel_id", dtype=object)
    path = written(tmp_path, frame, "shp")
    assert read(path)["BZ"].tolist() == ["长" * (254 // 3)]
    with zipfile.ZipFile(path) as archive:
        assert "长" * 200 in archive.read("long_texts.csv").decode("utf-8-sig")

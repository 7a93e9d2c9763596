"""Files of another place, and files that are not the layer they are imported as."""

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from intake_tools import Recorded, kinds, rejected, square, squares, take

from data.intake_columns import KeyColumnMissingError
from data.intake_county import FarFromCountyError
from data.intake_layers import LayerShapeError
from data.register import Register
from gis.errors import CoordinatesNotMetresError, CoordinatesOutOfRangeError
from gis.io import write
from gis.outline import read_outline
from gis.raster import write_cog


@pytest.fixture(scope="module")
def ruian():
    return Recorded(layers={"outline": read_outline().frame})


def at(path, *shapes, crs=4549, **columns):
    columns = columns or {"parcel_id": [f"P{n}" for n in range(len(shapes))]}
    return write(gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs), path)


def undeclared(path, *shapes):
    at(path, *shapes).with_suffix(".prj").unlink()
    return path


def test_a_shapefile_declared_rightly_goes_in(tmp_path, ruian):
    report = take(at(tmp_path / "p.shp", square(0), square(200)), ruian)
    assert (report.accepted, kinds(report)) == (2, [])
    given = undeclared(tmp_path / "q.shp", square(0))
    assert take(given, ruian, crs="EPSG:4549").accepted == 1


@pytest.mark.parametrize("register", [None, "ruian"])
def test_a_wrong_system_is_refused_whether_or_not_there_is_an_outline(tmp_path, register, request):
    register = register and request.getfixturevalue(register)
    degrees = undeclared(tmp_path / "d.shp", shapely.box(120.6, 27.8, 120.601, 27.801))
    with pytest.raises(CoordinatesNotMetresError):
        take(degrees, register, crs="EPSG:4549")
    with pytest.raises(CoordinatesOutOfRangeError):
        take(undeclared(tmp_path / "m.shp", square(0)), register, crs="EPSG:4490")


def test_a_file_of_another_county_is_refused_and_the_place_named(tmp_path, ruian):
    path = at(tmp_path / "p.gpkg", shapely.box(121.5, 29.8, 121.501, 29.801), crs=4490)
    with pytest.raises(
        FarFromCountyError, match=r"经度 121\.50°、纬度 29\.80°.*2\d\d 公里"
    ) as found:
        take(path, ruian)
    assert not re.search("[\u4e00-\u9fff]", found.value.say("en"))
    assert take(path).accepted == 1  # a register without an outline knows no county


def test_a_wrong_central_meridian_is_found_out(tmp_path, ruian):
    with pytest.raises(FarFromCountyError):
        take(undeclared(tmp_path / "p.shp", square(0)), ruian, crs="EPSG:4548")


def test_rows_outside_the_county_are_told_and_kept(tmp_path, ruian):
    away = shapely.box(500_000, 3_074_000, 500_100, 3_074_100)
    path = at(tmp_path / "p.gpkg", square(0), away, None)
    report = take(path, ruian)
    found = report.issues.set_index("row")
    assert found["kind"].to_dict() == {2: "outside_county", 3: "geometry_missing"}
    assert found.loc[2, "severity"] == "warning"
    assert "经度" in found.loc[2, "message"]
    assert (report.accepted, report.quarantined) == (2, 1)


def test_a_new_outline_is_held_against_the_parcels(tmp_path):
    county = Recorded(take(at(tmp_path / "p.gpkg", square(0))).change.parcels)
    assert take(write(read_outline().frame, tmp_path / "o.gpkg"), county, "outline").accepted == 1
    with pytest.raises(FarFromCountyError):
        take(write(read_outline(330382).frame, tmp_path / "o.gpkg"), county, "outline")


def test_a_raster_of_another_place_is_refused(tmp_path, ruian):
    heights = np.zeros((4, 4), dtype="float32")
    for east, wanted in ((560_000, None), (500_000 - 90_000, FarFromCountyError)):
        transform = Affine(30, 0, east, 0, -30, 3_080_000)
        path = write_cog(heights, tmp_path / "dem.tif", transform=transform, crs=4549)
        if wanted is None:
            assert take(path, ruian, "dem").accepted == 1
        else:
            with pytest.raises(wanted):
                take(path, ruian, "dem")
    transform = Affine(0.001, 0, 120.6, 0, -0.001, 27.8)
    with pytest.raises(CoordinatesNotMetresError):
        take(write_cog(heights, path, transform=transform, crs=4549), as_layer="dem")


LINE = shapely.LineString([(560_000, 3_074_000), (560_500, 3_074_000)])
POINT = shapely.Point(560_000, 3_074_000)


@pytest.mark.parametrize(
    ("layer", "shape", "told"),
    [
        ("roads", square(0), "线"),
        ("roads", POINT, "线"),
        ("river", POINT, "面或线"),
        ("interchanges", square(0), "点"),
        ("substations", LINE, "点"),
        ("farmland", LINE, "面"),
        ("buildings", POINT, "面"),
        ("outline", LINE, "面"),
    ],
)
def test_a_layer_of_another_shape_is_refused_whole(tmp_path, layer, shape, told):
    path = at(tmp_path / "x.gpkg", shape, 名称=["甲"])
    with pytest.raises(LayerShapeError, match=f"x.gpkg.*{told}") as found:
        take(path, as_layer=layer)
    assert not re.search("[\u4e00-\u9fff]", found.value.say("en"))


def test_single_rows_of_another_shape_are_rejected(tmp_path):
    report = take(at(tmp_path / "r.gpkg", LINE, square(0), 名称=["甲", "乙"]), as_layer="roads")
    assert rejected(report) == {2: "geometry_wrong_type"}
    assert "线" in report.issues["message"].iloc[0]


@pytest.mark.parametrize(("layer", "told"), [("towns", "乡镇街道"), ("parks", "所属园区")])
def test_a_layer_without_its_key_column_is_refused(tmp_path, layer, told):
    path = write(squares(备注=["甲", "乙"]), tmp_path / "x.gpkg")
    with pytest.raises(KeyColumnMissingError, match=told):
        take(path, as_layer=layer)


def test_tables_of_firms_need_their_keys_too(tmp_path):
    pd.DataFrame({"企业名称": ["甲"], "行业": ["3670"]}).to_csv(tmp_path / "f.csv", index=False)
    with pytest.raises(KeyColumnMissingError, match="信用代码"):
        take(tmp_path / "f.csv", as_layer="firms")
    pd.DataFrame({"信用代码": ["甲"], "分摊比例": [1]}).to_csv(tmp_path / "g.csv", index=False)
    with pytest.raises(KeyColumnMissingError, match="宗地编号"):
        take(tmp_path / "g.csv", as_layer="firm_parcels")


def test_unrelated_files_never_replace_a_layer(tmp_path, ruian):
    far = at(tmp_path / "far.gpkg", shapely.LineString([(0, 50), (1, 51)]), crs=4326, n=[1])
    with pytest.raises(FarFromCountyError):
        take(far, ruian, "roads")


def test_a_real_register_gives_its_outline_and_its_parcels(tmp_path):
    with Register.open(tmp_path / "w", create=True) as register:
        for name, layer in (("p.gpkg", "parcels"), ("o.gpkg", "outline")):
            path = tmp_path / name
            path = at(path, square(0)) if layer == "parcels" else write(read_outline().frame, path)
            register.commit(take(path, register, layer).change)
        far = at(tmp_path / "far.gpkg", shapely.box(121.5, 29.8, 121.501, 29.801), crs=4490)
        for layer in ("parcels", "outline", "farmland"):
            with pytest.raises(FarFromCountyError):
                take(far, register, layer)


def test_an_odd_id_in_a_layer_is_no_rejected_row(tmp_path):
    columns = {"建筑编号": ["B1", "B2"], "宗地编号": ["P1", "P" * 65]}
    report = take(write(squares(**columns), tmp_path / "b.gpkg"), as_layer="buildings")
    assert (report.rejected, kinds(report)) == (0, ["unusable"])
    assert report.change.layers[0].frame["parcel_id"].isna().tolist() == [False, True]

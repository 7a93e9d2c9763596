"""What may be said of coordinates: shifted maps, local grids, exchanged axes, old datums."""

import json
import warnings

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.datum import displaced, four_parameters, restored
from gis.errors import CrsDiffersError, CrsMissingError, DatumRefusedError
from gis.io import place_evidence, read
from gis.outline import read_outline
from gis.stated_crs import CrsStatementError, gauss_grid, read_statement

GROUND = pyproj.Geod(ellps="GRS80")
LON, LAT = 120.65, 27.78
EAST, NORTH = 564_065.375, 3_074_231.235


def drawn(path, x, y, crs=None):
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(x, y)], crs=crs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that none is declared is what is wanted
        frame.to_file(path)
    return path


def spot(path, crs, **options):
    point = read(path, crs=crs, **options).geometry.iloc[0]
    return point.x, point.y


@pytest.mark.parametrize(("kind", "metres", "azimuth"), [("gcj02", 537, 133), ("bd09", 1069, None)])
def test_web_maps_are_off_by_what_is_known_at_ruian(kind, metres, azimuth):
    lon, lat = displaced(np.array([LON]), np.array([LAT]), kind)
    towards, _, away = GROUND.inv(LON, LAT, lon[0], lat[0])
    assert away == pytest.approx(metres, abs=1)
    assert azimuth is None or towards == pytest.approx(azimuth, abs=1)


@given(st.floats(74, 134), st.floats(4, 53), st.sampled_from(["gcj02", "bd09"]))
def test_a_shift_is_undone_within_a_millimetre(lon, lat, kind):
    back = restored(*displaced(np.array([lon]), np.array([lat]), kind), kind)
    assert GROUND.inv(lon, lat, back[0][0], back[1][0])[2] < 0.001


def test_a_shifted_file_is_taken_back_and_says_so(tmp_path):
    lon, lat = displaced(np.array([LON]), np.array([LAT]), "gcj02")
    path = drawn(tmp_path / "amap.geojson", lon[0], lat[0], crs=4326)
    assert spot(path, "gcj02") == pytest.approx((LON, LAT), abs=1e-9)
    frame = read(path, crs="gcj02")
    assert frame.attrs["shifted"] == "gcj02"
    assert any("仅供显示" in note for note in frame.attrs["notes"])
    assert read(path).attrs["shifted"] is None
    moved = read(path, crs="gcj02", metric=True).geometry.iloc[0]
    assert (moved.x, moved.y) == pytest.approx((EAST, NORTH), abs=0.5)


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (EAST, NORTH, "EPSG:4549"),
        (NORTH, EAST, "EPSG:4549+swap"),
        (EAST + 40_000_000, NORTH, "4528"),
        (EAST - 450_000, NORTH - 3_000_000, "local:cm=120,x0=50000,y0=-3000000"),
        (NORTH, EAST - 450_000, "LOCAL:cm=120,x0=50000+swap"),
        (LAT, LON, "EPSG:4490+swap"),
    ],
)
def test_every_way_of_saying_it_leads_to_the_same_spot(tmp_path, x, y, said):
    assert spot(drawn(tmp_path / "p.shp", x, y), said) == pytest.approx((LON, LAT), abs=1e-8)


def test_a_declared_system_can_be_exchanged_but_not_contradicted(tmp_path):
    path = drawn(tmp_path / "p.gpkg", NORTH, EAST, crs=4549)
    assert spot(path, "swap") == pytest.approx((LON, LAT), abs=1e-8)
    with pytest.raises(CrsDiffersError):
        read(path, crs="EPSG:4528+swap")
    with pytest.raises(CrsMissingError):
        read(drawn(tmp_path / "q.shp", NORTH, EAST), crs="swap")


def test_old_datums_go_in_when_confirmed_or_with_parameters_only(tmp_path):
    path = drawn(tmp_path / "old.gpkg", EAST, NORTH, crs=2385)
    for said in (None, "EPSG:4549", "swap", "gcj02", "EPSG:2385"):
        with pytest.raises(DatumRefusedError):
            read(path, crs=said)
    for said in ("converted", "EPSG:2385+converted", "EPSG:4549+converted"):
        assert spot(path, said) == pytest.approx((LON, LAT), abs=1e-8)
    assert any("经办人确认" in note for note in read(path, crs="converted").attrs["notes"])
    lon, lat = spot(path, "seven=0,0,0,0,0,0,0")
    # Same earth-centred coordinates on another ellipsoid: within what IAG 1975 and CGCS2000 differ.
    assert GROUND.inv(LON, LAT, lon, lat)[2] < 20
    assert spot(path, "EPSG:2385+seven=0,0,0,0,0,0,0") == (lon, lat)


def test_seven_parameters_move_the_earth_centred_coordinates(tmp_path):
    path = drawn(tmp_path / "old.gpkg", EAST, NORTH, crs=2385)
    still, moved = spot(path, "seven=0,0,0,0,0,0,0"), spot(path, "seven=0,0,100,0,0,0,0")
    # 100 m along the earth's axis is 100 · cos(latitude) m to the north at the surface.
    azimuth, _, away = GROUND.inv(*still, *moved)
    assert away == pytest.approx(100 * np.cos(np.radians(LAT)), rel=1e-3)
    assert abs(azimuth) < 0.1


def test_four_parameters_turn_scale_and_move_a_plane():
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(0, 1_000), None])  # 1000 m north
    quarter = four_parameters(frame, (10.0, 20.0, 90 * 3600.0, 1_000.0)).geometry
    assert (quarter[0].x, quarter[0].y) == pytest.approx((20 + 1_001, 10))
    assert quarter[1] is None


@pytest.mark.parametrize(
    "said",
    ["seven=1,2", "EPSG:4549+seven=1,2,3,4,5,6,7", "four=1,2,3,4", "local:cm=20", "local:x0=5",
     "swap+swap", "gcj02+converted", "EPSG:4549+EPSG:4490", "local:cm=120,zone=3",
     "EPSG:2385+four=1,2,3,nan"],
)  # fmt: skip
def test_what_is_not_understood_is_answered_with_the_grammar(said):
    with pytest.raises(CrsStatementError, match="gcj02"):
        read_statement(said)


@pytest.mark.parametrize("code", [*range(4513, 4555), *range(4491, 4502)])
def test_grids_of_the_usual_zones_have_their_codes(code):
    facts = {p.name: p.value for p in pyproj.CRS.from_epsg(code).coordinate_operation.params}
    made = gauss_grid(facts["Longitude of natural origin"], facts["False easting"])
    assert made.to_epsg() == code


def test_evidence_names_the_systems_that_put_data_into_the_county(tmp_path):
    county = read_outline().geometry
    cases = {
        "EPSG:4549": (EAST, NORTH, None, "ask"),
        "EPSG:4528": (EAST + 40e6, NORTH, None, "ask"),
        "EPSG:4549+swap": (NORTH, EAST, None, "ask"),
        "EPSG:4490": (LON, LAT, None, "ask"),
        "EPSG:4549+converted": (EAST, NORTH, 4528, "other_fits"),
        "EPSG:4490+swap+converted": (LAT, LON, 4326, "other_fits"),
        "converted": (EAST, NORTH, 2385, "other_fits"),
    }
    for number, (said, (x, y, crs, verdict)) in enumerate(cases.items()):
        path = drawn(tmp_path / (f"p{number}.gpkg" if crs else f"p{number}.shp"), x, y, crs)
        found = place_evidence(path, county=county)
        assert (found.verdict, [way.said for way in found.proposals]) == (verdict, [said])
        assert said in found.sentence
        assert "Xi'an 80" in found.to_json("en")["sentence"]
        assert spot(path, said) == pytest.approx((LON, LAT), abs=1e-7)
    json.dumps(found.to_json("zh"))


def test_evidence_of_what_fits_and_of_what_does_not(tmp_path):
    county = read_outline().geometry
    fits = place_evidence(drawn(tmp_path / "a.gpkg", EAST, NORTH, 4549), county=county)
    assert (fits.verdict, fits.problem, fits.candidates[0].share) == ("fits", None, 1.0)
    far = place_evidence(drawn(tmp_path / "b.gpkg", 121.5, 29.8, 4490), county=county)
    assert far.verdict == "elsewhere"
    assert far.candidates[0].km == pytest.approx(230, abs=30)
    said = "local:cm=120,x0=50000"
    own = drawn(tmp_path / "c.shp", EAST - 450_000, NORTH)
    assert place_evidence(own, county=county).proposals == ()
    assert place_evidence(own, county=county, crs=said).verdict == "fits"


def test_evidence_of_a_table_with_coordinates(tmp_path):
    rows = "".join(f"{name},{NORTH + at},{EAST}\n" for at, name in enumerate("甲乙"))
    (tmp_path / "t.csv").write_text("名称,X,Y\n" + rows, "utf-8")
    found = place_evidence(tmp_path / "t.csv", county=read_outline().geometry)
    assert [way.said for way in found.proposals] in (["EPSG:4549"], ["EPSG:4549+swap"])

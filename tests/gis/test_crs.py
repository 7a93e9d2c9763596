import geopandas as gpd
import pytest
import shapely

from gis.crs import normalise, require_metric, require_metric_crs, to_county
from gis.errors import CrsUnknownError, DatumRefusedError, NotMetricError

ESRI_4549 = (
    'PROJCS["CGCS2000_3_Degree_GK_CM_120E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",'
    'DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",120.0],PARAMETER["Scale_Factor",1.0],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (4549, 4549),
        ("EPSG:4549", 4549),
        ("4549", 4549),
        ("epsg:4528", 4528),
        (ESRI_4549, 4549),
        (ESRI_4549.replace("CM_120E", "Zone_40").replace("500000.0", "40500000.0"), 4528),
        ("OGC:CRS84", 4326),
        (4326, 4326),
        (3857, 3857),
        (32651, 32651),
    ],
)
def test_spellings_come_to_their_epsg_form(given, code):
    assert normalise(given).to_epsg() == code


@pytest.mark.parametrize("code", [4610, 2385, 2364, 2346, 4214, 2437, 2416])
def test_old_datums_are_refused_rather_than_shifted_by_zero(code):
    with pytest.raises(DatumRefusedError, match="坐标系") as refusal:
        normalise(code)
    assert "CGCS2000" in refusal.value.say("en")


@pytest.mark.parametrize("given", ["", "EPSG:1", "hello", None, 5773, -1, 10**30])
def test_what_cannot_be_understood_asks_for_a_code(given):
    with pytest.raises(CrsUnknownError, match="--crs EPSG:4549"):
        normalise(given)


def test_other_countries_datums_are_refused():
    with pytest.raises(DatumRefusedError):
        normalise(4267)


def test_an_own_grid_on_cgcs2000_is_passed():
    own = ESRI_4549.replace("CM_120E", "Own").replace("120.0]", "120.6]")
    assert normalise(own).is_projected


def test_metric_work_wants_4549():
    require_metric(gpd.GeoSeries([shapely.Point(0, 0)], crs=4549))
    with pytest.raises(NotMetricError, match="EPSG:4549"):
        require_metric(gpd.GeoSeries([shapely.Point(120, 27)], crs=4490))


def test_prefixed_and_plain_eastings_meet():
    plain = gpd.GeoDataFrame(geometry=gpd.points_from_xy([564_065.375], [3_074_231.235]))
    prefixed = gpd.GeoDataFrame(geometry=gpd.points_from_xy([40_564_065.375], [3_074_231.235]))
    one = to_county(plain, normalise(4549)).geometry.iloc[0]
    other = to_county(prefixed, normalise(4528)).geometry.iloc[0]
    assert one.distance(other) < 1e-10
    assert (round(one.x, 3), round(one.y, 3)) == (120.65, 27.78)


@pytest.mark.parametrize(("code", "metric"), [(4549, True), (32651, True), (3857, False)])
def test_metres_of_mercator_are_none_on_the_ground(code, metric):
    """At 28° they are 1 / cos 28° = 1.13 too long, and slopes as much too small."""
    if metric:
        require_metric_crs(code, what="dem")
        return
    with pytest.raises(NotMetricError):
        require_metric_crs(code, what="dem")

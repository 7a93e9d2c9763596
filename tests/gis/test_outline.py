import geopandas as gpd
import pytest
import shapely

from gis.area import ellipsoidal_area_m2
from gis.errors import GeometryMissingError, OutlineMissingError
from gis.io import write
from gis.outline import read_outline, read_outline_file


@pytest.mark.parametrize(
    ("source", "parts", "vertices", "km2"),
    [("amap", 34, 1_155, 1_304.8), ("tianditu", 3, 116, 1_260.5)],
)
def test_the_county_has_its_known_parts_and_area(source, parts, vertices, km2):
    outline = read_outline(source=source)
    assert len(outline.geometry.geoms) == parts
    assert shapely.get_num_coordinates(outline.geometry) == vertices
    area = ellipsoidal_area_m2(outline.frame.geometry).iloc[0]
    assert area / 1e6 == pytest.approx(km2, abs=0.05)
    assert outline.geometry.is_valid
    assert outline.note == "示意，非法定界线"


def test_source_lines_name_the_provider():
    assert "高德" in read_outline().source_line
    assert "天地图" in read_outline(source="tianditu").source_line


def test_other_counties_are_there_and_unknown_codes_are_refused():
    assert read_outline(330382).geometry.area > 0
    with pytest.raises(OutlineMissingError, match="999999"):
        read_outline(999999)


def test_any_polygon_file_can_replace_it(tmp_path):
    squares = [shapely.box(120, 27, 121, 28), shapely.box(121, 27, 122, 28)]
    write(gpd.GeoDataFrame(geometry=squares, crs=4490), tmp_path / "own.gpkg")
    outline = read_outline_file(tmp_path / "own.gpkg")
    assert outline.geometry.bounds == (120, 27, 122, 28)
    assert "own.gpkg" in outline.source_line


def test_a_file_of_points_is_no_outline(tmp_path):
    points = gpd.GeoDataFrame(geometry=[shapely.Point(120, 27)], crs=4490)
    write(points, tmp_path / "points.gpkg")
    with pytest.raises(GeometryMissingError):
        read_outline_file(tmp_path / "points.gpkg")

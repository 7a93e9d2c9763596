import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gis.errors import NotMetricError, ParcelUnknownError
from gis.neighbours import neighbours

ROW = gpd.GeoSeries(
    [shapely.box(at, 0, at + 10, 10) for at in (0, 25, 12, 100)] + [None],
    index=pd.Index(["P1", "P2", "P3", "P4", "P5"], name="parcel_id"),
    crs=4549,
)


def test_the_nearest_comes_first():
    assert neighbours(ROW, "P1").tolist() == ["P3", "P2"]


def test_the_limit_counts_edge_to_edge():
    assert neighbours(ROW, "P1", within_m=14.9).tolist() == ["P3"]
    assert neighbours(ROW, "P1", within_m=15).tolist() == ["P3", "P2"]


def test_without_geometry_nobody_is_near():
    assert neighbours(ROW, "P5").empty


def test_ties_go_by_identifier():
    cross = gpd.GeoSeries(
        [shapely.box(20, 0, 30, 10), shapely.box(10, 0, 20, 10), shapely.box(0, 0, 10, 10)],
        index=["C", "A", "B"],
        crs=4549,
    )
    assert neighbours(cross, "A").tolist() == ["B", "C"]


def test_strangers_and_degrees_are_refused():
    with pytest.raises(ParcelUnknownError, match="P9"):
        neighbours(ROW, "P9")
    with pytest.raises(NotMetricError):
        neighbours(ROW.set_crs(4490, allow_override=True), "P1")

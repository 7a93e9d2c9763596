"""Reference layers, tables of firms and rasters at the door."""

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from intake_tools import Recorded, rejected, square, take

from gis.errors import GeometryMissingError, NotMetricError
from gis.io import write
from gis.raster import write_cog


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
    path.write_text("园区名称,面积\n甲园区,1\n", "utf-8")
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

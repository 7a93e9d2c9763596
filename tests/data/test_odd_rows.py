"""Single rows that cannot be drawn or placed wait; the others enter."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from intake_tools import square, take

from data import intake_files
from gis.errors import TableTooLongError
from gis.io import inspect, write

CURVES = [
    "CURVEPOLYGON(CIRCULARSTRING(560000 3074000,560010 3074010,560020 3074000,560010 3073990,"
    "560000 3074000))",
    "MULTISURFACE(((560000 3074000,560010 3074010,560020 3074000,560000 3074000)))",
    "TIN(((560000 3074000,560010 3074010,560020 3074000,560000 3074000)))",
    "GEOMETRYCOLLECTION(CIRCULARSTRING(560000 3074000,560010 3074010,560020 3074000))",
]


def listed(path, *shapes):
    rows = [f'P{at},"{shape}"' for at, shape in enumerate(shapes)]
    path.write_text("\n".join(["宗地编号,WKT", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("curve", CURVES)
def test_a_curve_in_a_wkt_column_waits_alone(tmp_path, curve):
    path = listed(tmp_path / "p.csv", square(0).wkt, curve)
    report = take(path, crs="EPSG:4549")
    assert (report.rows_in, report.accepted, report.quarantined) == (2, 1, 1)
    told = "；".join(report.issues["message"])
    assert "1 行的 WKT 是曲线或三角网（第 3 行）" in told
    assert "折线化" in str(inspect(path).layers[0].notes)


def test_rows_beyond_the_globe_wait_alone(tmp_path):
    good = gpd.GeoSeries([square(200 * at) for at in range(4)], crs=4549).to_crs(4490)
    ring = np.array(good.iloc[0].exterior.coords)
    ring[1, 0] = 1e6
    shapes = [shapely.Polygon(ring), *good[1:]]
    frame = gpd.GeoDataFrame({"parcel_id": list("ABCD")}, geometry=shapes, crs=4490)
    report = take(write(frame, tmp_path / "p.gpkg"))
    assert (report.rows_in, report.accepted, report.quarantined) == (4, 3, 1)
    (fault,) = report.issues[report.issues["kind"] == "geometry_beyond_globe"].to_dict("records")
    assert fault["row"] == 1
    assert "1e+06" in fault["message"]


def test_a_table_of_too_many_rows_is_refused_but_not_one_of_many_points(tmp_path, monkeypatch):
    monkeypatch.setattr(intake_files, "MOST_ROWS", 3)
    path = listed(tmp_path / "p.csv", *[square(200 * at).wkt for at in range(4)])
    with pytest.raises(TableTooLongError, match=r"p\.csv 有 4 行，超过 3 行的上限"):
        take(path, crs="EPSG:4549")
    corners = square(0).exterior.coords[:4]
    lines = [f"P1,甲,{at + 1},{y:.0f},{x:.0f}" for at, (x, y) in enumerate(corners)]
    path.write_text("\n".join(["宗地编号,权利人,点号,X,Y", *lines]) + "\n", encoding="utf-8")
    assert take(path, crs="EPSG:4549").accepted == 1

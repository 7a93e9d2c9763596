"""Drawings, KML, geodatabases, archives and tables with coordinates give the same land."""

import zipfile

import ezdxf
import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from gis.crs import to_plane
from gis.errors import CrsMissingError, LayerChoiceError
from gis.formats import DrawingBinaryError
from gis.io import inspect, read
from gis.io.drawing import DrawingEmptyError

SQUARE = shapely.box(560_000, 3_074_000, 560_100, 3_074_100)
HOLE = shapely.box(560_020, 3_074_020, 560_030, 3_074_030)
CORNERS = [(560_000, 3_074_000), (560_100, 3_074_000), (560_100, 3_074_100), (560_000, 3_074_100)]
DEGREES = gpd.GeoSeries([SQUARE], crs=4549).to_crs(4490).iloc[0]


def same(frame, shape=SQUARE):
    plane = to_plane(frame, frame.crs).geometry.iloc[0]
    return shapely.symmetric_difference(plane, shape).area < 0.01


@pytest.mark.parametrize(("version", "code"), [("R2000", "gbk"), ("R2010", "utf-8")])
def test_a_drawing_gives_plots_their_texts_and_holes(tmp_path, version, code):
    document = ezdxf.new(version)
    document.encoding = code
    space = document.modelspace()
    space.add_lwpolyline(CORNERS, close=True, dxfattribs={"layer": "JZD"})
    space.add_lwpolyline([(x + 200, y) for x, y in CORNERS], close=True)
    space.add_lwpolyline(shapely.get_coordinates(HOLE)[:-1].tolist(), close=True)
    space.add_lwpolyline([(0, 0), (9, 9)])
    for text, spot in (
        ("瑞安甲厂", (560_050, 3_074_050)),
        ("330381001001GB00001", (560_060, 3_074_060)),
    ):
        space.add_text(text).set_placement(spot)
    space.add_mtext("乙厂").set_location((560_250, 3_074_050))
    path = tmp_path / "图.dxf"
    document.saveas(path, encoding=code)
    with pytest.raises(CrsMissingError):
        read(path)
    frame = read(path, crs="EPSG:4549")
    assert frame["名称"].tolist() == ["瑞安甲厂", "乙厂"]
    assert frame["编号"].tolist() == ["330381001001GB00001", None]
    assert same(frame, SQUARE.difference(HOLE))
    assert any("1 条未闭合" in note for note in frame.attrs["notes"])
    assert len(read(path, layer="JZD", crs=4549)) == 1
    parts = inspect(path).layers  # what the report names can be read by that name
    assert [(part.name, part.rows, part.part_of) for part in parts] == [
        ("图", 2, None), ("0", 2, "图"), ("JZD", 1, "图")
    ]  # fmt: skip
    assert len(read(path, layer="图", crs=4549)) == 2


def test_a_drawing_without_outlines_or_in_binary_is_refused(tmp_path):
    document = ezdxf.new()
    document.modelspace().add_lwpolyline([(0, 0), (9, 9)])
    document.saveas(tmp_path / "a.dxf")
    with pytest.raises(DrawingEmptyError, match="1 条未闭合"):
        read(tmp_path / "a.dxf", crs=4549)
    (tmp_path / "a.dwg").write_bytes(b"AC1027" + bytes(100))
    with pytest.raises(DrawingBinaryError, match="另存为 DXF"):
        read(tmp_path / "a.dwg")


OVITAL = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>ovital map</name>
<Folder><name>东区</name><Placemark><name>甲厂</name>
<description><![CDATA[权利人：甲公司<br/>面积：15亩]]></description>
<LineString><coordinates>{ring}</coordinates></LineString></Placemark></Folder>
<Folder><name>西区</name><Placemark><name>乙厂</name>
<Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing>
</outerBoundaryIs></Polygon></Placemark></Folder></Document></kml>"""


@pytest.mark.parametrize("suffix", [".kml", ".kmz"])
def test_ovital_tracks_become_plots_with_their_facts(tmp_path, suffix):
    ring = " ".join(f"{x:.9f},{y:.9f},0" for x, y in DEGREES.exterior.coords)
    path = tmp_path / f"奥维{suffix}"
    if suffix == ".kml":
        path.write_text(OVITAL.format(ring=ring), "utf-8")
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("doc.kml", OVITAL.format(ring=ring))
    frame = read(path)
    assert frame["名称"].tolist() == ["甲厂", "乙厂"]
    assert frame["文件夹"].tolist() == ["东区", "西区"]
    assert (frame["权利人"].iloc[0], frame["面积"].iloc[0]) == ("甲公司", "15亩")
    assert same(frame)
    notes = " ".join(frame.attrs["notes"])
    assert "GCJ-02" in notes
    assert "1 条闭合的线" in notes


class GbkName(zipfile.ZipInfo):
    """A member whose name is written in GBK and not said to be Unicode."""

    def _encodeFilenameFlags(self):  # noqa: N802
        return self.filename.encode("gbk"), self.flag_bits


def zipped(path, folder, names):
    """Pack files under names in GBK, as Chinese Windows does."""
    with zipfile.ZipFile(path, "w") as archive:
        for file, name in names:
            archive.writestr(GbkName(name), (folder / file).read_bytes())
    return path


def test_an_archive_of_several_layers_with_chinese_names(tmp_path):
    land = gpd.GeoDataFrame({"DKBH": ["P1"]}, geometry=[SQUARE], crs=4549)
    land.to_file(tmp_path / "a.shp")
    parts = sorted(file.name for file in tmp_path.glob("a.*"))
    names = [(part, f"{town}/地块{part[1:]}") for town in ("塘下", "莘塍") for part in parts]
    (tmp_path / "note.txt").write_text("说明", "utf-8")
    path = zipped(tmp_path / "交.zip", tmp_path, [*names, ("note.txt", "说明.txt")])
    assert [layer.name for layer in inspect(path).layers] == ["塘下/地块", "莘塍/地块"]
    with pytest.raises(LayerChoiceError, match="塘下/地块、莘塍/地块"):
        read(path)
    assert same(read(path, layer="莘塍/地块"))


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_geodatabase_as_folder_or_zip(tmp_path, packed):
    land = gpd.GeoDataFrame({"权利人": ["甲"]}, geometry=[SQUARE], crs=4549)
    path = tmp_path / "调查.gdb"
    pyogrio.write_dataframe(land, path, driver="OpenFileGDB", layer="地块")
    if packed:
        names = [(file.name, f"交/调查.gdb/{file.name}") for file in sorted(path.iterdir())]
        path = zipped(tmp_path / "调查.zip", path, names)
    frame = read(path)
    assert frame["权利人"].tolist() == ["甲"]
    assert same(frame)


POINTS = [(y, x) for x, y in CORNERS]
TABLES = {
    "wkt": {"编号": ["P1"], "WKT": [f"SRID=4549;{SQUARE.wkt}"]},
    "list": {"编号": ["P1"], "界址点坐标": ["；".join(f"{y},{x}" for y, x in POINTS)]},
    "points": {
        "编号": ["P1", None, None, None],
        "点号": ["J1", "J2", "J3", "J4"],
        "X坐标": [y for y, _ in POINTS],
        "Y坐标": [x for _, x in POINTS],
    },
    "points the other way round": {
        "编号": ["P1"] * 4,
        "点号": [1, 2, 3, 4],
        "X": [x for _, x in POINTS],
        "Y": [y for y, _ in POINTS],
    },
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".et"])
def test_a_table_with_coordinates_becomes_land(tmp_path, name, suffix):
    table = pd.DataFrame(TABLES[name])
    path = tmp_path / f"表{suffix}"
    if suffix == ".csv":
        table.to_csv(path, index=False, encoding="gbk")
    else:
        table.to_excel(tmp_path / "表.xlsx", index=False)
        (tmp_path / "表.xlsx").rename(path)
    frame = read(path, crs=None if name == "wkt" else "EPSG:4549")
    assert frame["编号"].tolist() == ["P1"]
    assert same(frame)


def test_places_by_longitude_and_latitude_want_a_system(tmp_path):
    path = tmp_path / "点.csv"
    path.write_text("名称,经度,纬度\n甲,120.6,27.8\n乙,,\n", "utf-8")
    with pytest.raises(CrsMissingError):
        read(path)
    frame = read(path, crs=4490)
    assert frame.geometry.isna().tolist() == [False, True]
    assert (frame.geometry.x[0], frame.geometry.y[0]) == (120.6, 27.8)

"""Lists of boundary points: every way of writing them gives the same land."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from gis.crs import to_plane
from gis.errors import CrsMissingError, CrsUnknownError, DatumRefusedError
from gis.io import inspect, read
from gis.io.boundary_txt import BoundaryTextError, BoundaryZonesError

FIXTURES = Path(__file__).parents[2] / "../shared/fixtures/boundary_txt"
HEAD = "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n带号=40\n精度=0.001\n转换参数=,,,,,,\n"
POINTS = ["3074000,40560000", "3074000,40560100", "3074100,40560100", "3074100,40560000"]
HOLE = ["3074020,40560020", "3074020,40560030", "3074030,40560030", "3074030,40560020"]
SQUARE = shapely.box(560_000, 3_074_000, 560_100, 3_074_100)


def ring(points, number=1, *, close=True, first=1):
    rows = [f"J{first + n},{number},{pair}" for n, pair in enumerate(points)]
    return "\n".join([*rows, rows[0]] if close else rows) + "\n"


def plot(body, *, area="1.0000", head=None):
    return (head or f"4,{area},P1,甲厂,面,H51,工业,0601,@") + "\n" + body


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "地块.txt"
    path.write_bytes(text.encode(encoding))
    return path


def plane(frame):
    return to_plane(frame, frame.crs).geometry


@pytest.mark.skipif(not FIXTURES.exists(), reason="published boundary files are not here")
@pytest.mark.parametrize("name", ["zhaoqing_44120000072", "zhaoqing_44120000105"])
def test_published_files_have_the_hectares_they_declare(name):
    frame = read(FIXTURES / f"{name}.txt")
    measured = frame.to_crs(4526).geometry.area / 10_000
    assert np.abs(measured - frame["地块面积(公顷)"]).max() < 1e-4
    assert frame.attrs["crs_used"] == "EPSG:4526"


VARIANTS = {
    "as in the standard": HEAD + "[地块坐标]\n" + plot(ring(POINTS)),
    "rings not closed": HEAD + "[地块坐标]\n" + plot(ring(POINTS, close=False)),
    "full-width signs": (HEAD + "[地块坐标]\n" + plot(ring(POINTS)))
    .replace("[", "【").replace("]", "】").replace(",", "，").replace("=", "＝"),
    "no class code": HEAD + "[地块坐标]\n"
    + plot(ring(POINTS), head="4,1.0000,P1,甲厂,面,,工业,,@"),
    "blanks between": HEAD + "[地块坐标]\n"
    + plot(ring(POINTS).replace(",", " , "), head="4,1.0,P1,甲厂,面, , , ,@"),
    "twelve fields": HEAD + "[地块坐标]\n"
    + plot(ring(POINTS), head="4,1.0,P1,甲厂,面,H51,工业,0601,,,,@"),
    "numbers for names of points": HEAD + "[地块坐标]\n" + plot(ring(POINTS).replace("J", "")),
    "no ring number": HEAD + "[地块坐标]\n" + plot(ring(POINTS).replace(",1,", ",")),
    "X and Y exchanged": HEAD + "[地块坐标]\n"
    + plot(ring([",".join(reversed(pair.split(","))) for pair in POINTS])),
    "the closing point twice the same number": HEAD + "[地块坐标]\n"
    + plot(ring(POINTS, close=False) + "J1,1,3074000,3074000\n"),
    "another zone in the head": HEAD.replace("带号=40", "带号=38") + "[地块坐标]\n"
    + plot(ring(POINTS)),
    "no zone in the eastings": HEAD + "[地块坐标]\n" + plot(ring(POINTS).replace(",40560", ",560")),
    "central meridian": HEAD.replace("带号=40", "中央子午线=120") + "[地块坐标]\n"
    + plot(ring(POINTS).replace(",40560", ",560")),
    "a unit behind the area": HEAD + "[地块坐标]\n" + plot(ring(POINTS), area="1公顷"),
    "hardly a head": "坐标系=CGCS2000\n[地块坐标]\n" + plot(ring(POINTS)),
}  # fmt: skip


@pytest.mark.parametrize("text", VARIANTS.values(), ids=VARIANTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_every_way_of_writing_gives_the_same_square(tmp_path, text, encoding):
    ends = "\r\n" if encoding == "gb18030" else "\n"
    frame = read(written(tmp_path, text.replace("\n", ends), encoding))
    assert frame["地块编号"].tolist() == ["P1"]
    assert frame["地块名称"].tolist() == ["甲厂"]
    assert shapely.hausdorff_distance(plane(frame).iloc[0], SQUARE) < 1e-4
    assert frame["地块面积(公顷)"].tolist() == [1.0]
    assert frame["界址点数"].tolist() == [4]


def told(tmp_path, text):
    return " | ".join(read(written(tmp_path, text)).attrs["notes"])


def test_what_deviates_is_told(tmp_path):
    assert "带号 38" in told(tmp_path, VARIANTS["another zone in the head"])
    assert "写反了" in told(tmp_path, VARIANTS["X and Y exchanged"])
    assert "写了两遍" in told(tmp_path, VARIANTS["the closing point twice the same number"])
    assert "以亩为单位" in told(tmp_path, HEAD + plot(ring(POINTS), area="15"))
    assert "超过 1 %" in told(tmp_path, HEAD + plot(ring(POINTS), area="1.2"))
    assert "声明共 1.0000 公顷" in told(tmp_path, VARIANTS["as in the standard"])


@pytest.mark.parametrize("number", [1, 2])
def test_a_ring_inside_is_a_hole_whatever_its_number(tmp_path, number):
    text = HEAD + "[地块坐标]\n" + plot(ring(POINTS) + ring(HOLE, number), area="0.99")
    shape = plane(read(written(tmp_path, text))).iloc[0]
    assert len(shape.interiors) == 1
    assert shape.area == pytest.approx(100 * 100 - 10 * 10, abs=0.1)


def test_a_ring_outside_is_a_part_and_a_ring_in_a_hole_too(tmp_path):
    far = [pair.replace("3074", "3075") for pair in POINTS]
    inner = ["3074023,40560023", "3074023,40560027", "3074027,40560027", "3074027,40560023"]
    body = ring(inner, 1) + ring(HOLE, 2) + ring(POINTS, 3) + ring(far, 4)
    shape = plane(read(written(tmp_path, HEAD + "[地块坐标]\n" + plot(body)))).iloc[0]
    assert shape.geom_type == "MultiPolygon"
    assert shape.area == pytest.approx(2 * 100 * 100 - 10 * 10 + 4 * 4, abs=0.1)


def test_without_plot_lines_each_first_ring_is_a_plot(tmp_path):
    far = [pair.replace("3074", "3075") for pair in POINTS]
    text = HEAD + "[地块坐标]\n" + ring(POINTS) + ring(HOLE, 2) + ring(far)
    frame = read(written(tmp_path, text))
    assert plane(frame).area.round().tolist() == [9900, 10_000]
    assert frame["地块编号"].tolist() == [None, None]


def test_an_unreadable_point_leaves_its_plot_without_geometry_and_names_the_line(tmp_path):
    bad = ring(POINTS).replace("40560100", "4O560100", 1)
    text = HEAD + "[地块坐标]\n" + plot(bad) + plot(ring(POINTS))
    frame = read(written(tmp_path, text))
    assert frame.geometry.isna().tolist() == [True, False]
    assert "第 10 行" in " ".join(frame.attrs["notes"])


def test_six_degree_zones_are_known_by_their_number(tmp_path):
    text = HEAD.replace("带号=40", "带号=20") + plot(ring(POINTS).replace(",40", ",20"))
    assert read(written(tmp_path, text)).attrs["crs_used"] == "EPSG:4498"


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("甲,乙\n1,2\n", BoundaryTextError),
        ("[地块坐标]\n" + plot(ring(POINTS)), CrsMissingError),
        (HEAD.replace("2000国家大地", "1980西安") + plot(ring(POINTS)), DatumRefusedError),
        (HEAD.replace("2000国家大地", "城建") + plot(ring(POINTS)), CrsUnknownError),
        (
            HEAD + plot(ring(POINTS)) + plot(ring(POINTS).replace(",40", ",41")),
            BoundaryZonesError,
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused(tmp_path, text, refusal):
    with pytest.raises(refusal):
        read(written(tmp_path, text))


def test_inspection_tells_rows_system_and_areas(tmp_path):
    layer = inspect(written(tmp_path, VARIANTS["as in the standard"])).layers[0]
    assert (layer.rows, layer.crs_recognised, layer.geometry_type) == (1, "EPSG:4528", "Polygon")
    assert layer.health["ok"] == 1
    assert any("1.0000" in note for note in layer.notes)

"""File to file: 界址点 TXT to a shapefile and back, with the checks of an import."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from gis.io import read

HEAD = "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n带号=40\n[地块坐标]\n"
PLOT = "5,1.0000,P{0},甲厂{0},面,H51,工业,0601,@\n"
CORNERS = ((0, 0), (0, 100), (100, 100), (100, 0), (0, 0))


@pytest.fixture
def source(tmp_path):
    text = HEAD
    for plot in (1, 2):
        rows = [
            f"J{n},1,{3_074_000 + y},{40_560_000 + 200 * plot + x}"
            for n, (x, y) in enumerate(CORNERS)
        ]
        text += PLOT.format(plot) + "\n".join(rows) + "\n"
    path = tmp_path / "地块.txt"
    path.write_bytes(text.encode("gbk"))
    return path


def test_boundary_points_become_a_shapefile_and_boundary_points_again(run, source, tmp_path):
    shp, back = tmp_path / "out.shp", tmp_path / "back.txt"
    done = run("convert", source, "--out", shp, "--out-encoding", "GBK", "--json")
    assert done.code == 0, done.err
    told = done.document
    assert (told["rows_in"], told["accepted"], told["rejected"]) == (2, 2, 0)
    assert (told["crs_read"], told["crs_written"]) == ("EPSG:4528", "EPSG:4490")
    assert told["columns"]["地块编号"] == "PARCEL_ID"
    assert all(len(name.encode("gbk")) <= 10 for name in gpd.read_file(shp).columns)
    assert run("convert", shp, "--out", back, "--decimals", "3").code == 0
    one, two = read(source), read(back)
    assert two.attrs["crs_used"] == "EPSG:4528"
    for heading in ("地块编号", "地块名称", "地块用途", "图幅号", "地类编码", "地块面积(公顷)"):
        assert two[heading].tolist() == one[heading].tolist(), heading
    gap = shapely.hausdorff_distance(one.to_crs(4549).geometry, two.to_crs(4549).geometry)
    assert gap.max() < 0.001


def test_a_row_without_geometry_is_left_out_and_listed(run, source, tmp_path):
    source.write_bytes(source.read_bytes().replace(b"3074100", b"307q100", 1))
    done = run("convert", source, "--out", tmp_path / "out.gpkg", "--json")
    assert done.code == 0, done.err
    assert (done.document["accepted"], done.document["rejected"]) == (1, 1)
    assert "geometry_missing" in [issue["kind"] for issue in done.document["issues"]]


def test_an_invalid_polygon_is_written_as_it_is_or_repaired_never_dropped(run, source, tmp_path):
    text = source.read_bytes().decode("gbk").splitlines()
    first = next(at for at, line in enumerate(text) if line.startswith("J1"))
    text[first + 1], text[first + 2] = text[first + 2], text[first + 1]  # a bow of two triangles
    source.write_bytes("\n".join(text).encode("gbk"))
    plain = run("convert", source, "--out", tmp_path / "plain.gpkg", "--json")
    assert plain.code == 0, plain.err
    told = plain.document
    assert (told["rows_in"], told["accepted"], told["rejected"]) == (2, 2, 0)
    assert read(tmp_path / "plain.gpkg").is_valid.tolist() == [False, True]
    (broken,) = [issue for issue in told["issues"] if issue["kind"] == "geometry_invalid"]
    assert (broken["row"], broken["severity"]) == (1, "warning")
    assert "面积 0.0 → 5,000" in broken["message"].replace("4,999.", "5,000.")
    mended = run(
        "convert", source, "--out", tmp_path / "m.gpkg", "--repair", "1", "--json"
    ).document
    assert read(tmp_path / "m.gpkg").is_valid.all()
    found = {issue["kind"] for issue in mended["issues"] if issue["field"] == "geometry"}
    assert found == {"geometry_repaired", "geometry_parts_touch"}
    (repair,) = mended["repairs"]
    assert (repair["accepted"], repair["area_before_m2"]) == (True, 0.0)
    assert repair["area_after_m2"] == pytest.approx(100 * 100 / 2, rel=1e-3)
    assert run("convert", source, "--out", tmp_path / "x.gpkg", "--repair", "9").code == 1


def test_a_conversion_tells_of_overlaps_as_an_import_does(run, tmp_path):
    path = tmp_path / "p.geojson"
    land = [
        shapely.box(120.6, 27.7, 120.602, 27.702),
        shapely.box(120.601, 27.701, 120.603, 27.703),
    ]
    gpd.GeoDataFrame({"n": [1, 2]}, geometry=land, crs=4490).to_file(path)
    done = run("convert", path, "--out", tmp_path / "p.shp", "--lang", "en", "--json")
    (told,) = [i for i in done.document["issues"] if i["kind"] == "geometry_overlap"]
    assert "with #1" in told["message"]


def test_several_files_become_one(run, source, tmp_path):
    other = tmp_path / "另.geojson"
    land = gpd.GeoSeries([shapely.box(120.6, 27.7, 120.601, 27.701)], crs=4490)
    gpd.GeoDataFrame({"地块编号": ["P9"]}, geometry=land).to_file(other)
    done = run("convert", source, other, "--out", tmp_path / "all.kml", "--json")
    assert done.code == 0, done.err
    back = read(tmp_path / "all.kml")
    assert back["地块编号"].tolist() == ["P1", "P2", "P9"]
    assert back["来源文件"].tolist() == ["地块.txt", "地块.txt", "另.geojson"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--out", "地块.txt"], "就是要转换的文件本身"),
        (["--out", "a.gdb"], "不认识"),
        (["--out", "a.txt", "--zone", "99"], "没有 3 度带第 99 带"),
        (["--out", "none/a.shp"], "无法写入"),
    ],
)
def test_what_cannot_be_written_is_refused(run, source, tmp_path, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)
    done = run("convert", source.name, *words)
    assert done.code == 1
    assert told in done.err

"""Files broken in every way that a mutation knows end in exactly one of three words.

``make test`` tries 200 of them, always the same; ``make fuzz`` 2,000, each time others.
"""

import os
import zipfile

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.formats import TABLE_SUFFIXES
from gis.io import write

CASES = int(os.environ.get("MUTU_FUZZ") or 200)
WORDS = {"accepted", "quarantined", "refused"}
SUFFIXES = (
    ".gpkg", ".geojson", ".shp", ".fgb", ".parquet", ".zip", ".csv", ".xlsx",
    ".kml", ".txt", ".dxf",
)  # fmt: skip
KML = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Placemark><name>甲厂</name><description>面积：15亩</description><Polygon><outerBoundaryIs><LinearRing>
<coordinates>120.6,27.7,0 120.601,27.7,0 120.601,27.701,0 120.6,27.7,0</coordinates></LinearRing>
</outerBoundaryIs></Polygon></Placemark></Document></kml>"""
POINTS = """[属性描述]\r\n坐标系=2000国家大地坐标系\r\n几度分带=3\r\n带号=40\r\n计量单位=米\r\n
[地块坐标]\r\n4,1.0,DK1,甲厂,面,,工业,0601,@\r\nJ1,1,3074000,40560000\r\nJ2,1,3074100,40560000\r
J3,1,3074100,40560100\r\nJ4,1,3074000,40560100\r\nJ1,1,3074000,40560000\r\n"""
CORNERS = "10 560000 20 3074000 10 560100 20 3074000 10 560100 20 3074100 10 560000 20 3074100"
DRAWING = "\n".join(
    f"0 SECTION 2 ENTITIES 0 LWPOLYLINE 8 0 90 4 70 1 {CORNERS} 0 ENDSEC 0 EOF".split()
)


class Sound(dict):
    """Files by suffix; short in the report of a failure."""

    def __repr__(self):
        return "sound"


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """One sound file of each kind, by suffix: all its parts."""
    folder = tmp_path_factory.mktemp("sound")
    shapes = [shapely.box(120.6 + n / 100, 27.7, 120.605 + n / 100, 27.705) for n in range(4)]
    frame = gpd.GeoDataFrame(
        {
            "地块编号": [f"330381001001GB0000{n}" for n in range(4)],
            "名称": ["甲厂", "乙厂（新）", None, "丁厂"],
            "面积": [15.5, 3.0, None, 1e6],
            "日期": pd.to_datetime(["2024-02-29", None, "2023-06-01", "2020-01-01"]),
        },
        geometry=[
            *shapes[:3],
            shapely.MultiPolygon([shapes[3], shapely.box(120.7, 27.8, 121, 28)]),
        ],
        crs=4490,
    )
    for suffix in (".gpkg", ".geojson", ".shp", ".fgb", ".parquet"):
        write(frame, folder / f"p{suffix}", **({"encoding": "GBK"} if suffix == ".shp" else {}))
    with zipfile.ZipFile(folder / "p.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.glob("p.*")):
            if part.suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
                archive.write(part, part.name)
    table = pd.DataFrame(frame.drop(columns="geometry"))
    table.to_csv(folder / "p.csv", index=False, encoding="gbk")
    table.to_excel(folder / "p.xlsx", index=False)
    for suffix, text in ((".kml", KML), (".txt", POINTS), (".dxf", DRAWING)):
        (folder / f"p{suffix}").write_bytes(text.encode("gbk" if suffix == ".txt" else "utf-8"))
    parts = {suffix: [folder / f"p{suffix}"] for suffix in SUFFIXES}
    parts[".shp"] = [p for p in sorted(folder.glob("p.*")) if p.suffix in
                     (".shp", ".shx", ".dbf", ".prj", ".cpg")]  # fmt: skip
    files = {s: {part.suffix: part.read_bytes() for part in found} for s, found in parts.items()}
    return Sound(files)


def cut(raw, where, _):
    return raw[: int(len(raw) * where)]


def flip(raw, where, value):
    at = min(int(len(raw) * where), len(raw) - 1)
    return raw[:at] + bytes([value]) + raw[at + 1 :]


def fill(raw, where, value):
    at = int(len(raw) * where)
    return raw[:at] + bytes([value]) * 64 + raw[at + 64 :]


def insert(raw, where, value):
    at = int(len(raw) * where)
    return raw[:at] + bytes([value]) * (value + 1) + raw[at:]


def double(raw, where, value):
    at = int(len(raw) * where)
    return raw[:at] + raw[at : at + 8 * (value + 1)] + raw[at:]


def lie(raw, where, value):
    """Write a large or negative count over four bytes among the first 128."""
    at = int(128 * where)
    told = (0xFFFFFFFF, 0x7FFFFFFF, 0, 1 << 24)[value % 4]
    return raw[:at] + told.to_bytes(4, ("little", "big")[value // 4 % 2]) + raw[at + 4 :]


def number(raw, where, value):
    """Put an odd number in the place of a digit."""
    at = int(len(raw) * where)
    while at < len(raw) and not chr(raw[at]).isdigit():
        at += 1
    odd = (b"1e999", b"NaN", b"-Infinity", b"null", b'"x"', b"[]", b"{}", b"9" * 400)[value % 8]
    return raw[:at] + odd + raw[at + 1 :]


MUTATIONS = (cut, flip, fill, insert, double, lie, number)
steps = st.lists(
    st.tuples(
        st.sampled_from(MUTATIONS),
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 255),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=3,
)
odd_ends = st.sampled_from(
    ["", "", "", "", ".geojson", ".gpkg", ".shp", ".csv", ".xlsx", ".zip", ".kml"]
)


@settings(
    max_examples=CASES,
    derandomize="MUTU_FUZZ" not in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(suffix=st.sampled_from(SUFFIXES), changes=steps, renamed=odd_ends, lost=st.integers(0, 30))
def test_every_broken_file_is_accepted_quarantined_or_refused(
    ends, sound, tmp_path, suffix, changes, renamed, lost
):
    for old in tmp_path.iterdir():
        old.unlink()
    parts = dict(sound[suffix])
    for change, where, value, part in changes:
        name = list(parts)[part % len(parts)]
        parts[name] = change(parts[name], where, value) if parts[name] else b""
    if lost < len(parts) - 1:
        del parts[list(parts)[lost]]
    for name, raw in parts.items():
        (tmp_path / f"p{renamed if renamed and len(parts) == 1 else name}").write_bytes(raw)
    last = renamed if renamed and len(parts) == 1 else suffix
    word = ends(tmp_path / f"p{last}", "parcels" if last in TABLE_SUFFIXES else "residential")
    assert word in WORDS

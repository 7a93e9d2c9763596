"""Text of shapefiles, whatever its encoding says."""

import struct

import geopandas as gpd
import pytest
import shapely

from gis.errors import (
    EncodingUnknownError,
    EncodingWrongError,
)
from gis.io import read, write


def test_gbk_shapefile_without_cpg_is_read_as_chinese(parcels, tmp_path):
    path = write(parcels, tmp_path / "p.shp", encoding="GBK", cpg=False)
    assert not path.with_suffix(".cpg").exists()
    back = read(path)
    assert back["名称"].tolist() == ["甲厂", "乙厂"]
    assert back.attrs["encoding"] == "GB18030 (detected)"


@pytest.mark.parametrize("stated", ["ANSI 936", "UTF-8", "GBK", "936", "nonsense", ""])
def test_a_wrong_or_odd_cpg_does_not_mislead(parcels, tmp_path, stated):
    path = write(parcels, tmp_path / "p.shp", encoding="GBK", cpg=False)
    path.with_suffix(".cpg").write_text(stated)
    assert read(path)["名称"].tolist() == ["甲厂", "乙厂"]


def test_latin1_in_the_language_byte_does_not_mislead(parcels, tmp_path):
    path = write(parcels, tmp_path / "p.shp", encoding="GBK", cpg=False)
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    for ldid in (0, 0x57, 0x4D):
        dbf[29] = ldid
        path.with_suffix(".dbf").write_bytes(dbf)
        assert list(read(path).columns[:2]) == ["DKBH", "名称"]


def test_text_cut_inside_a_character_still_reads(tmp_path):
    frame = gpd.GeoDataFrame({"名": ["瑞安市"]}, geometry=[shapely.box(120, 27, 121, 28)], crs=4490)
    path = write(frame, tmp_path / "p.shp")
    dbf = path.with_suffix(".dbf")
    raw = dbf.read_bytes().replace("瑞安市".encode(), "瑞安".encode() + "市".encode()[:2] + b" ")
    raw = raw.replace(b" \x1a", b"\x1a") if raw.endswith(b" \x1a\x1a") else raw
    width = raw[32 + 16]
    assert width >= 8
    start = struct.unpack_from("<H", raw, 8)[0]
    cell = ("瑞安市" * 40).encode()[: width - 1 - (width - 1) % 3 + 2][:width].ljust(width)
    dbf.write_bytes(raw[: start + 1] + cell + raw[start + 1 + width :])
    back = read(path)
    assert back["名"].iloc[0].startswith("瑞安市")
    assert "\ufffd" not in back["名"].iloc[0]


def test_bytes_of_no_encoding_ask_for_one(parcels, tmp_path):
    path = write(parcels, tmp_path / "p.shp", encoding="GBK", cpg=False)
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace("甲厂".encode("gbk"), b"\xff\xfe\xff\x80"))
    with pytest.raises(EncodingUnknownError, match="--encoding GB18030"):
        read(path)
    with pytest.raises(EncodingWrongError):
        read(path, encoding="UTF-8")

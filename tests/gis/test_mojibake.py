"""Garbled text is found and refused; the encoding can be given, with a preview."""

import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import EncodingUnknownError
from gis.io import encoding_previews, read, read_table, write
from gis.mojibake import TextGarbledError, garbled, meant

FIXTURES = Path(__file__).parents[3] / "shared" / "fixtures" / "encodings"
EVERYDAY = "瑞安市塘下镇罗凤工业区汽摩配有限公司机械电子新材料宗地面积登记"


@given(st.text(st.sampled_from(EVERYDAY), min_size=3, max_size=12))
def test_chinese_decoded_wrongly_is_read_aright(text):
    for written, read_as in (("utf-8", "latin-1"), ("gbk", "latin-1"), ("gbk", "cp1252")):
        assert meant(text.encode(written).decode(read_as, "replace")) == text
    half = text.encode("utf-8").decode("gb18030", "replace")
    assert (meant(half) or "") in text
    assert meant(half) is not None
    assert meant(text.encode("gbk").decode("utf-8", "replace")) == ""


@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x9FA5, codec="gb2312"), max_size=9))
def test_sound_chinese_is_left_alone(text):
    if "??" not in text and not (len(text) > 1 and all(ord(sign) < 256 for sign in text)):
        assert meant(text) is None


def test_only_garbled_cells_are_named():
    cells = pd.Series(["甲厂", "榛戦緳姹", None, 3, "m²", "??"])
    assert garbled(cells).to_dict() == {1: "黑龙", 5: ""}
    assert garbled(cells.astype("str")).index.tolist() == [1, 5]
    assert garbled(pd.Series([1.0])).empty


def test_a_file_that_is_garbled_already_is_refused(parcels, tmp_path):
    wrong = parcels.assign(名称=[t.encode().decode("latin-1") for t in parcels["名称"]])
    with pytest.raises(TextGarbledError, match="应为“甲厂”"):
        read(write(wrong, tmp_path / "p.gpkg"))
    (tmp_path / "t.csv").write_text("".join(map(chr, "名称,x\n甲机械厂,1".encode())), "utf-8")
    with pytest.raises(TextGarbledError):
        read_table(tmp_path / "t.csv")


def test_any_encoding_that_is_given_ends_in_text_or_one_sentence(parcels, tmp_path):
    path = write(parcels, tmp_path / "p.shp", encoding="GBK", cpg=False)
    assert read(path, encoding="cp936")["名称"].tolist() == ["甲厂", "乙厂"]
    for wrong in ("latin-1", "cp1252", "koi8-r"):
        with pytest.raises(TextGarbledError):
            read(path, encoding=wrong)


def test_bytes_that_are_no_everyday_chinese_are_asked_about(tmp_path):
    text = "編號,權利人\n甲,臺灣塑膠工業股份有限公司\n".encode("big5")
    (tmp_path / "t.csv").write_bytes(text)
    with pytest.raises(EncodingUnknownError, match="--encoding"):
        read_table(tmp_path / "t.csv")
    assert "臺灣塑膠工業股份有限公司" in set(
        read_table(tmp_path / "t.csv", encoding="big5").iloc[0]
    )


def test_the_preview_shows_each_encoding_and_which_is_chosen(parcels, tmp_path):
    path = write(parcels, tmp_path / "p.shp", encoding="GBK", cpg=False)
    found = {one.name: one for one in encoding_previews(path)}
    assert found["GB18030"].chosen
    assert found["GB18030"].fits
    assert not found["UTF-8"].fits
    assert "甲厂" in found["GB18030"].samples
    zipped = tmp_path / "z.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        for part in tmp_path.glob("p.*"):
            archive.write(part, part.name)
    assert {one.name: one for one in encoding_previews(zipped)} == found
    (tmp_path / "t.csv").write_bytes("名称\n甲厂\n".encode("gbk"))
    assert [one.name for one in encoding_previews(tmp_path / "t.csv") if one.chosen] == ["GB18030"]
    assert encoding_previews(write(parcels, tmp_path / "p.gpkg")) == ()


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="no encoding fixtures beside the repository")
def test_the_published_gbk_shapefile_gives_its_first_province():
    assert read(FIXTURES / "chinese_poly.shp")["NAME"].iloc[0] == "黑龙江省"
    with pytest.raises(TextGarbledError, match="黑龙江省"):
        read(FIXTURES / "chinese_poly.shp", encoding="latin-1")
    assert isinstance(read(FIXTURES / "chinese_poly.shp", encoding="GBK"), gpd.GeoDataFrame)


def test_bytes_that_are_no_text_are_told_and_the_rest_is_read(parcels, tmp_path):
    path = write(parcels, tmp_path / "p.fgb")
    path.write_bytes(path.read_bytes().replace("乙厂".encode(), b"\xe4\xb9\x99\x00\x80\x82"))
    names = read(path)["名称"]
    assert "甲厂" in names.tolist()
    assert len(garbled(names)) == 1

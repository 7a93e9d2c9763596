"""Tables as nobody should send them: each is read rightly or refused in one sentence."""

import re
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely

from gis.errors import (
    EncodingNotTextError,
    EncodingUnknownError,
    EncodingWrongError,
    FileDamagedError,
    FileEncryptedError,
    SheetTooWideError,
    TableTooLongError,
)
from gis.io import inspect, read, read_table, write

TEXT = "宗地编号,权利人\nP1,甲\n"
ROOT = Path(__file__).parents[2]


def csv(tmp_path, raw):
    path = tmp_path / "t.csv"
    path.write_bytes(raw)
    return path


def book(path):
    made = openpyxl.Workbook()
    made.active.append(["宗地编号", "权利人"])
    made.active.append(["P1", "甲"])
    made.create_sheet("二").append(["a", "b"])
    made.save(path)
    return path


def rewritten(path, change):
    """Write the workbook again with its parts changed; None leaves a part out."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in parts.items():
            if (new := change(name, raw)) is not None:
                archive.writestr(name, new)
    return path


ODD = [
    "base64", "punycode", "rot13", "zlib", "undefined", "idna", "unicode_escape",
    "raw_unicode_escape", "hex", "mbcs", "no-such",
]  # fmt: skip


@pytest.mark.parametrize("encoding", ODD)
def test_only_encodings_of_text_are_taken(tmp_path, encoding):
    with pytest.raises(EncodingNotTextError, match=rf"{encoding}.*GB18030"):
        read_table(csv(tmp_path, TEXT.encode()), encoding=encoding)
    shapes = gpd.GeoDataFrame({"名": ["甲厂"]}, geometry=[shapely.box(120, 27, 121, 28)], crs=4490)
    path = write(shapes, tmp_path / "p.shp")
    with pytest.raises(EncodingNotTextError):
        read(path, encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "UTF-16LE"])
def test_utf16_with_a_mark_is_read_whatever_is_given(tmp_path, encoding):
    path = csv(tmp_path, TEXT.encode("utf-16"))
    for given in (None, encoding):
        assert read_table(path, encoding=given).columns.tolist() == ["宗地编号", "权利人"]
        (layer,) = inspect(path, encoding=given).layers
        assert (layer.rows, layer.problem) == (1, None)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [TEXT, "parcel_id,owner\nP1,x\n" * 9])
def test_utf16_without_a_mark_wants_its_name(tmp_path, encoding, text):
    path = csv(tmp_path, text.encode(encoding))
    with pytest.raises(EncodingUnknownError, match="--encoding"):
        read_table(path)
    with pytest.raises(EncodingUnknownError):
        inspect(path)
    assert read_table(path, encoding=encoding).iloc[0, 0] == "P1" or text != TEXT
    assert inspect(path, encoding=encoding).layers[0].problem is None


def test_utf16_cut_inside_a_character_is_damaged(tmp_path):
    path = csv(tmp_path, TEXT.encode("utf-16") + b"x")
    with pytest.raises(EncodingWrongError):
        read_table(path)
    with pytest.raises(EncodingWrongError):
        inspect(path)


def test_a_workbook_without_its_sheet_is_told_by_inspect_too(tmp_path):
    cut = {"missing.xlsx": lambda _: None, "bad.xlsx": lambda raw: raw[:150]}
    for name, change in cut.items():
        path = rewritten(
            book(tmp_path / name),
            lambda part, raw, change=change: change(raw) if "/sheet1.xml" in part else raw,
        )
        with pytest.raises(FileDamagedError, match="Sheet"):
            read_table(path)
        first, second = inspect(path).layers
        assert isinstance(first.problem, FileDamagedError)
        assert (second.name, second.problem) == ("二", None)


def far(path, cell):
    """A workbook with one more cell, far away."""
    row = int(re.sub("[A-Z]", "", cell))
    extra = f'<row r="{row}"><c r="{cell}"><v>1</v></c></row></sheetData>'.encode()
    return rewritten(
        book(path),
        lambda name, raw: raw.replace(b"</sheetData>", extra) if "/sheet1." in name else raw,
    )


SMALL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
from gis.io import inspect, read_table
try:
    read_table(sys.argv[1], sheet="Sheet")
except ValueError as refusal:
    print(refusal)
print(inspect(sys.argv[1]).layers[0].problem)
"""


def test_a_cell_at_the_far_corner_is_refused_within_little_memory(tmp_path):
    assert resource.RLIMIT_AS
    path = far(tmp_path / "far.xlsx", "XFD1048576")
    done = subprocess.run(
        [sys.executable, "-c", SMALL, str(path)],
        capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    first, second = done.stdout.splitlines()
    assert first == second
    assert "Sheet" in first
    assert "XFD1048576" in first
    assert read_table(path, sheet="二").columns.tolist() == ["a", "b"]
    with pytest.raises(SheetTooWideError, match="XFD1048576"):
        read_table(path)


@pytest.mark.parametrize("cell", ["ZZZZ2", "xfd1048576", "B99999999", "XFD1000", "AA1048576"])
def test_cells_that_no_sheet_has_are_refused_at_once(tmp_path, cell):
    row = re.sub("[A-Za-z]", "", cell)
    path = far(tmp_path / "far.xlsx", f"A{row}")
    rewritten(
        path, lambda _, raw: raw.replace(f'r="A{row}"><v>'.encode(), f"r='{cell}'><v>".encode())
    )
    with pytest.raises(SheetTooWideError, match=cell):
        read_table(path, sheet="Sheet")


def test_formatted_but_empty_cells_do_no_harm(tmp_path):
    path = far(tmp_path / "t.xlsx", "XFD1048576")
    rewritten(path, lambda _, raw: raw.replace(b'"XFD1048576"><v>1</v></c>', b'"XFD1048576" />'))
    assert read_table(path, sheet="Sheet")["权利人"].tolist() == ["甲"]
    assert len(read_table(far(tmp_path / "u.xlsx", "C30000"), sheet="Sheet")) == 2


def test_a_sheet_filled_to_its_end_is_refused_before_it_is_read(tmp_path):
    path = far(tmp_path / "t.xlsx", "A1048576")
    with pytest.raises(TableTooLongError, match="1,048,576 行，超过 500,000 行的上限"):
        read_table(path, sheet="Sheet")
    told, other = inspect(path).layers
    assert isinstance(told.problem, TableTooLongError)
    assert (other.name, other.problem) == ("二", None)


def test_a_password_is_told_as_such(tmp_path):
    path = tmp_path / "t.xlsx"
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 6000
    path.write_bytes(head + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600)
    for look in (read_table, inspect):
        with pytest.raises(FileEncryptedError, match="密码"):
            look(path)

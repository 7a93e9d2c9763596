"""Files that are made to do harm: one sentence each, little time and memory, nothing written."""

import sqlite3
import struct
import time
import zipfile

import pandas as pd
import pytest

from gis.errors import FileDamagedError, FileEncryptedError, GisError
from gis.hostile import ArchiveRefusedError, MacroRefusedError, TooLargeError, XmlRefusedError
from gis.io import inspect, read, read_table, vet, vetting, write
from gis.io.layers import ShapesUnsupportedError
from gis.io.vetting import TooSlowError


def packed(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("member", "told"),
    [
        ("../p.geojson", "包外"),
        ("a/../../p.geojson", "包外"),
        ("/etc/p.geojson", "包外"),
        ("C:\\p.geojson", "包外"),
        ("inner.zip", "先解压"),
        ("a/b.tar.GZ", "先解压"),
    ],
)
def test_archives_that_lead_out_or_hold_archives_are_refused(tmp_path, member, told):
    path = packed(tmp_path / "z.zip", {member: b"{}"})
    for look in (read, inspect):
        with pytest.raises(ArchiveRefusedError, match=told):
            look(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_inside_an_archive_is_refused(tmp_path):
    info = zipfile.ZipInfo("p.geojson")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(ArchiveRefusedError, match="链接"):
        read(tmp_path / "z.zip")


def test_bombs_are_told_by_their_list_of_members(tmp_path):
    made = packed(tmp_path / "made", {"p.dbf": b"\x00" * 101_000_000})
    for name, look in (("p.zip", read), ("p.xlsx", read_table)):
        path = tmp_path / name
        path.write_bytes(made.read_bytes())
        assert path.stat().st_size < 300_000
        started = time.perf_counter()
        with pytest.raises(ArchiveRefusedError, match=r"0\.1 GB"):
            look(path)
        assert time.perf_counter() - started < 1
    path = packed(tmp_path / "many.zip", {f"{n}.txt": b"" for n in range(10_001)})
    with pytest.raises(ArchiveRefusedError, match="10,001"):
        read(path)


def test_workbooks_with_macros_are_refused(tmp_path):
    for name in ("a.xlsx", "a.xlsm"):
        path = packed(tmp_path / name, {"xl/workbook.xml": b"", "xl/vbaProject.bin": b""})
        for look in (read_table, inspect):
            with pytest.raises(MacroRefusedError, match="宏"):
                look(path)
    old = tmp_path / "a.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 2_000_000 + "_VBA_PROJECT".encode("utf-16-le"))
    with pytest.raises(MacroRefusedError):
        read_table(old)


def test_entities_in_a_workbook_are_refused_unread(tmp_path):
    pd.DataFrame({"a": [1]}).to_excel(tmp_path / "a.xlsx", index=False)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    bomb = b'<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY c SYSTEM "file:///x">]>'
    head, _, rest = parts["xl/workbook.xml"].partition(b"<workbook")
    parts["xl/workbook.xml"] = head + bomb + b"<workbook" + rest
    with pytest.raises(XmlRefusedError, match="实体"):
        read_table(packed(tmp_path / "b.xlsx", parts))


def test_encrypted_members_are_refused(tmp_path):
    path = packed(tmp_path / "z.zip", {"p.geojson": b"{}"}, zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + offset] |= 1
    path.write_bytes(raw)
    with pytest.raises(FileEncryptedError):
        read(path)


def test_giant_cells_and_nul_bytes_are_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("a,b\n1," + "x" * 200_000 + "\n")
    with pytest.raises(FileDamagedError, match="13 万字"):
        read_table(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_bytes(b"a,b\n1,\x002\n")
    with pytest.raises(GisError):
        read_table(tmp_path / "b.csv")
    monkeypatch.setattr("gis.io.tables.MOST_TEXT", 10)
    with pytest.raises(TooLargeError):
        read_table(tmp_path / "a.csv")


@pytest.fixture
def untrusted(monkeypatch):
    monkeypatch.delenv("MUTU_TRUST_FILES")


def test_a_sound_map_passes_the_trial(parcels, tmp_path, untrusted):
    path = write(parcels, tmp_path / "p.fgb")
    vet(path)
    assert list(tmp_path.iterdir()) == [path]


def test_the_trial_tells_a_bad_file_as_ever_and_leaves_nothing(parcels, tmp_path, untrusted):
    path = write(parcels, tmp_path / "p.gpkg")
    path.write_bytes(path.read_bytes()[:5_000])
    with pytest.raises(FileDamagedError, match=r"p\.gpkg"):
        vet(path, layer="p")
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_never_ends_is_stopped(parcels, tmp_path, untrusted):
    path = write(parcels, tmp_path / "p.gpkg")
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA trusted_schema = ON")
        file.execute(
            "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
            " SELECT i AS fid, geom FROM n, p"
        )
        for table in ("gpkg_contents", "gpkg_geometry_columns"):
            columns = [row[1] for row in file.execute(f"PRAGMA table_info({table})")]
            named = ("table_name", "identifier")
            chosen = ", ".join("'endless'" if name in named else name for name in columns)
            file.execute(f"INSERT INTO {table} SELECT {chosen} FROM {table}")
    file.close()
    with pytest.raises(TooSlowError, match="没有写入"):
        vet(path, layer="endless", seconds=3)


def test_a_file_that_takes_all_memory_is_stopped(tmp_path, untrusted, monkeypatch):
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n" * 300_000)
    monkeypatch.setattr(vetting, "_MEMORY", 1 << 24)
    monkeypatch.setattr(vetting, "_TIMES_INPUT", 0)
    with pytest.raises(TooLargeError):
        vet(tmp_path / "t.csv")


def blob(shape):
    return b"GP\x00\x01" + struct.pack("<i", 4549) + shape


def ring(*points):
    return struct.pack("<I", len(points)) + b"".join(struct.pack("<dd", *point) for point in points)


TRIANGLE = ring((0, 0), (9, 0), (0, 9), (0, 0))
TIN = b"\x01" + struct.pack("<II", 16, 1) + b"\x01" + struct.pack("<II", 17, 1) + TRIANGLE
ARC = b"\x01" + struct.pack("<I", 8) + ring((0, 0), (9, 9), (18, 0), (9, -9), (0, 0))
CURVE = b"\x01" + struct.pack("<II", 10, 1) + ARC


@pytest.mark.parametrize(
    ("kind", "shape"), [("TIN", TIN), ("CURVEPOLYGON", CURVE)], ids=["tin", "curve"]
)
def test_curves_and_triangles_are_told_as_what_they_are(parcels, tmp_path, kind, shape):
    path = write(parcels, tmp_path / "p.gpkg")
    with sqlite3.connect(path) as file:
        for (trigger,) in file.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            file.execute(f'DROP TRIGGER "{trigger}"')
        file.execute("UPDATE gpkg_geometry_columns SET geometry_type_name = ?", (kind,))
        file.execute("UPDATE p SET geom = ?", (blob(shape),))
    file.close()
    with pytest.raises(ShapesUnsupportedError, match="曲线"):
        read(path)


ENTITY = b"""<?xml version="1.0"?>
<!DOCTYPE kml [<!ENTITY a SYSTEM "http://127.0.0.1:1/x"><!ENTITY b "&a;&a;&a;">]>
<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>&b;</name>
<Point><coordinates>120.6,27.7</coordinates></Point></Placemark></kml>"""


def test_entities_in_kml_are_refused_also_inside_archives(tmp_path):
    (tmp_path / "a.kml").write_bytes(ENTITY)
    packed(tmp_path / "a.kmz", {"doc.kml": ENTITY})
    packed(tmp_path / "a.zip", {"doc.kml": ENTITY})
    for name in ("a.kml", "a.kmz", "a.zip"):
        for look in (read, inspect):
            with pytest.raises(XmlRefusedError, match="实体"):
                look(tmp_path / name)
    wide = ENTITY.replace(b'"1.0"', b'"1.0" encoding="UTF-16"').decode().encode("utf-16")
    (tmp_path / "u.kml").write_bytes(wide)
    with pytest.raises(GisError):
        read(tmp_path / "u.kml")


def test_a_broken_stream_inside_a_zip_is_one_sentence(tmp_path):
    path = packed(tmp_path / "z.zip", {"p.geojson": b"{" + bytes(range(256)) * 40})
    raw = bytearray(path.read_bytes())
    raw[45:120] = b"\xff" * 75
    for name in ("z.zip", "z.kmz"):
        (tmp_path / name).write_bytes(raw)
        with pytest.raises(GisError):
            read(tmp_path / name)

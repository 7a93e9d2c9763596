"""The import verb where something beside the data goes wrong."""

import json
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import box
from typer.testing import CliRunner

import cli
from gis.errors import DiskFullError

ROOT = Path(cli.__file__).parent


@pytest.fixture
def parcels(tmp_path):
    path = tmp_path / "parcels.geojson"
    shapes = [box(120.6, 27.7, 120.601, 27.701)]
    gpd.GeoDataFrame({"parcel_id": ["P1"]}, geometry=shapes, crs=4490).to_file(path)
    return path


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (DiskFullError(file="parcels.pmtiles"), "磁盘空间不足"),
        (OSError(13, "Permission denied"), "Permission denied"),
        (RuntimeError("tiler"), "RuntimeError"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_an_import_stands_though_the_map_cannot_be_drawn(
    parcels, tmp_path, monkeypatch, fault, told, as_json
):
    def fail(register):
        raise fault

    monkeypatch.setattr("cli_files.make_drawable", fail)
    monkeypatch.setattr("cli_frame.user_log_path", lambda _name: tmp_path / "log")
    monkeypatch.setattr(sys, "argv", ["cli.py"])
    place = ["--who", "甲", "--workspace", str(tmp_path / "w")]
    words = ["import", str(parcels), "--as", "parcels", *place, *["--json"] * as_json]
    done = CliRunner().invoke(cli.app, words)
    assert done.exit_code == 0
    (sentence,) = done.stderr.splitlines()
    assert "第 1 次变更已登记" in sentence
    assert told in sentence
    assert "下次打开地图" in sentence
    if as_json:
        assert json.loads(done.stdout)["change"] == 1
    checked = CliRunner().invoke(cli.app, ["verify", "--workspace", str(tmp_path / "w")])
    assert checked.exit_code == 0


NOISY = """
import logging, sys, warnings
import cli

def noisy():
    import pyogrio
    warnings.warn("invalid value encountered", RuntimeWarning)
    logging.getLogger("pyogrio").error("GDAL ERROR 1")
    logging.getLogger("rasterio").warning("CPLE_NotSupported")
    try:
        pyogrio.read_info(sys.argv[1])
    except Exception:
        pass

cli.app = noisy
cli.main()
"""


def test_lines_for_programmers_do_not_reach_the_console(tmp_path):
    (tmp_path / "bad.gpkg").write_bytes(b"SQLite format 3\x00" + b"\x01" * 5000)
    words = [sys.executable, "-c", NOISY, str(tmp_path / "bad.gpkg")]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stderr == ""

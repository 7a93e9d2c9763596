"""A disk that fills up while a list is written: one sentence, nothing left, nothing on stderr."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRITER = """
import gc, resource, sys
from datetime import date
from pathlib import Path
import geopandas as gpd
import pandas as pd
from shapely.geometry import box
from reports import workbook
from reports.context import ExportContext
from reports.errors import PlaceFullError
from reports.export import export

folder = Path(sys.argv[1])
index = pd.Index([f"P{n:05d}" for n in range(300)], name="parcel_id")
plain = pd.DataFrame({"owner": index, "town": "塘下镇", "geometry_area_m2": 1.0}, index=index)
frame = gpd.GeoDataFrame(plain, geometry=[box(120, 27, 121, 28)] * 300, crs=4490)
said = ExportContext("瑞安市", "全部", date(2026, 10, 31), None, 1, "a", "b", True, "zh")
for most in (0, 100, 3_000, 9_000):
    for way in ("list.csv", "memory.xlsx", "disk.xlsx"):
        out = folder / way
        resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
        out.write_bytes(b"old")
        workbook._ON_DISK_FROM = 0 if way == "disk.xlsx" else 10**9
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, -1))
        try:
            export(frame, out.suffix[1:], out, context=said)
        except PlaceFullError as refusal:
            print(refusal.say("en"))
        gc.collect()
        assert out.read_bytes() == b"old"
        assert len(list(folder.iterdir())) == 1, list(folder.iterdir())
        out.unlink()
"""


@pytest.mark.skipif(os.name != "posix", reason="a limit of file size is POSIX")
def test_a_disk_that_fills_up_leaves_the_old_list_and_says_so_once(tmp_path):
    words = [sys.executable, "-c", WRITER, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stderr == ""
    assert done.stdout.count("The disk is full") == 12

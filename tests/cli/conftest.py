"""What the tests of the command line share: a run of it, small files, a filled workspace."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box
from typer.testing import CliRunner

import cli


class Answer:
    """What a verb said, and how it ended."""

    def __init__(self, result):
        self.code = result.exit_code
        self.out = result.stdout
        self.err = result.stderr

    @property
    def document(self):
        return json.loads(self.out)


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.delenv("MUTU_LANG", raising=False)
    monkeypatch.setattr(sys, "argv", ["cli.py"])
    monkeypatch.setattr("cli_frame.user_log_path", lambda _name: tmp_path / "log")
    return lambda *words: Answer(CliRunner().invoke(cli.app, [str(word) for word in words]))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Three squares of parcels and two events, as files."""
    parcels = gpd.GeoDataFrame(
        {
            "parcel_id": ["P1", "P2", "P3"],
            "town": ["塘下镇", "莘塍街道", "塘下镇"],
            "owner": ["=1+1", "<script>", "甲"],
            "low_class": ["用而未尽", "用而未尽", "批而未供"],
            "renewal_mode": ["政府收储改造", "企业自主改造", None],
            "far": [0.4, 1.2, None],
        },
        geometry=[box(120.6 + n / 100, 27.7, 120.601 + n / 100, 27.701) for n in range(3)],
        crs=4490,
    )
    folder = tmp_path_factory.mktemp("files")
    parcels.to_file(folder / "parcels.geojson")
    events = pd.DataFrame(
        {"parcel_id": ["P1", "P2"], "stage": ["拆除", "签约"], "occurred_on": ["2026-03-05"] * 2}
    )
    events.to_csv(folder / "events.csv", index=False, encoding="utf-8-sig")
    return folder


@pytest.fixture(scope="module")
def filled(files, tmp_path_factory):
    """A workspace into which both files were imported."""
    place = tmp_path_factory.mktemp("made") / "county"
    for name, layer in (("parcels.geojson", "parcels"), ("events.csv", "events")):
        words = ["import", str(files / name), "--as", layer, "--who", "李工"]
        done = CliRunner().invoke(cli.app, [*words, "--workspace", str(place)])
        assert done.exit_code == 0, done.stderr
    return place


@pytest.fixture
def workspace(filled, tmp_path):
    """A copy of the filled workspace of one's own."""
    return Path(shutil.copytree(filled, tmp_path / "county"))

"""The movement as a workbook: formulas that close, and that another program computes alike."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date

import openpyxl
import pandas as pd
import pytest

from analysis.movement import COLUMNS, movement
from data.asof import AsOf
from data.rules import load_rules
from gis.area import to_mu
from reports.context import ExportContext
from reports.movement_book import write_movement

OFFICE = shutil.which("soffice")
CONTEXT = ExportContext(
    county="瑞安市",
    filter_text="全部",
    state_on=date(2026, 3, 31),
    known_on=None,
    register_version=7,
    rules_id="abc",
    credit_rule="规则",
    is_sample=True,
)


@pytest.fixture(scope="module")
def found():
    ids, towns = ["P1", "P2", "P3"], ["塘下镇", "=莘塍*", None]
    versions = pd.DataFrame(
        {
            "parcel_id": ids,
            "town": towns,
            "low_class": "underused",
            "geometry_area_m2": [10_000.0, 5_000.0, 3_000.0],
            "known_from": pd.Timestamp("2023-01-05"),
            "known_to": pd.NaT,
        }
    )
    events = pd.DataFrame(
        {
            "event_id": [1, 2, 3, 4],
            "parcel_id": ["P1", "P2", "P3", "P1"],
            "stage": ["listed", "listed", "listed", "demolished"],
            "occurred_on": pd.to_datetime(["2025-05-01", "2026-01-05", "2026-02-05", "2026-03-05"]),
            "area_m2": [None, None, None, 4_000.0],
            "reverses": pd.array([None] * 4, dtype="Int64"),
        }
    )
    parcels = versions.set_index("parcel_id").assign(renewal_mode="acquire")
    return movement(
        versions,
        events,
        parcels,
        rules=load_rules(),
        year=2026,
        as_of=AsOf(date(2026, 3, 31)),
    )


@pytest.fixture(scope="module")
def book(found, tmp_path_factory):
    return write_movement(found, tmp_path_factory.mktemp("book") / "变动.xlsx", context=CONTEXT)


def test_closing_and_sums_are_formulas(book):
    sheet = openpyxl.load_workbook(book)["乡镇街道逐月"]
    assert sheet["H2"].value == "=C2+D2-E2-F2+G2"
    assert sheet["C5"].value == "=H2"
    assert sheet["B2"].value == "=莘塍*"
    assert sheet["B2"].data_type == "s"
    county = openpyxl.load_workbook(book)["全县逐月"]
    assert county["E2"].value.startswith("=SUMIFS(")
    about = openpyxl.load_workbook(book)["说明"]
    assert "模拟数据" in about["B2"].value


@pytest.mark.skipif(OFFICE is None, reason="no LibreOffice to compute the formulas with")
def test_another_program_computes_the_same_numbers(book, found, tmp_path):
    asked = [OFFICE, "--headless", "--convert-to", "xlsx", "--outdir", tmp_path, book]
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    subprocess.run([*map(str, asked), profile], check=True, capture_output=True, timeout=120)
    made = openpyxl.load_workbook(tmp_path / book.name, data_only=True)
    rows = list(made["全县逐月"].iter_rows(min_row=2, values_only=True))
    for told, row in zip(found.by_month.to_dict("records"), rows, strict=False):
        wanted = [to_mu(told[column]) for column in COLUMNS]
        assert list(row[2:8]) == pytest.approx(wanted, abs=0.005)
        assert row[8] == 0
    assert rows[-1][4] == pytest.approx(to_mu(4_000.0), abs=0.005)
    towns = {row[1]: row for row in made["乡镇街道"].iter_rows(min_row=2, values_only=True)}
    assert towns["塘下镇"][7] == pytest.approx(to_mu(10_000.0 - 4_000.0), abs=0.005)
    assert towns["=莘塍*"][7] == pytest.approx(to_mu(5_000.0), abs=0.005)
    assert towns["（未填）"][7] == pytest.approx(to_mu(3_000.0), abs=0.005)

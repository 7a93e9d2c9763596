"""The meeting packet, read back: the same figures everywhere, and the same bytes again."""

import io
import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from docx import Document
from PIL import Image
from pptx import Presentation
from shapely import LineString, box

from data.register import Change, LayerFile, Register
from data.rules import load_rules
from data.town_tasks import checked_tasks, tasks_change
from reports.packet import map_page as map_page_room
from reports.packet.county_map import SIZE
from reports.packet.document import document
from reports.packet.findings import movement_sums, notes
from reports.packet.kinds import KINDS
from reports.packet.slides import slides
from reports.packet.source import read_packet
from reports.packet.write import PacketFolderError, packet_files, write_packet

MU = 2_000 / 3
HOSTILE = '</script><script>alert("x")</script> =1+1 \x07 & ' + "长" * 300
ON = date(2026, 10, 31)
_DOT = io.BytesIO()
Image.new("RGB", (16, 10), "white").save(_DOT, "PNG")
TINY = _DOT.getvalue()
SOFFICE = shutil.which("soffice")


def parcel_frame():
    rows = pd.DataFrame(
        {
            "parcel_name": ["一号", "二号", "三号", "四号", HOSTILE, None],
            "town": ["塘下镇", "塘下镇", "飞云街道", "飞云街道", "=*镇", None],
            "owner": ["甲公司", "乙公司", "丙公司", "丁公司", HOSTILE, None],
            "low_class": ["underused", "underused", "built_idle", "not_low", None, None],
            "renewal_mode": ["acquire", "acquire", "self_rebuild", None, "acquire", "acquire"],
            "far": [0.4, 0.8, 1.2, 2.4, None, None],
            "geometry_area_m2": [100 * MU, 200 * MU, 300 * MU, 50 * MU, 55 * MU, None],
            "plan_demolition_on": pd.to_datetime(["2026-03-01", "2026-04-01", *[None] * 4]),
            "responsible_unit": ["甲局", None, None, None, None, None],
        },
        index=pd.Index([f"P{n}" for n in range(1, 7)], name="parcel_id"),
    )
    shapes = [box(120.6 + n * 0.002, 27.7, 120.601 + n * 0.002, 27.701) for n in range(6)]
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=4490)


def event_frame(*rows):
    table = pd.DataFrame(rows, columns=["parcel_id", "stage", "occurred_on", "area_m2"])
    return table.assign(occurred_on=pd.to_datetime(table["occurred_on"]), doc_no="瑞字1号")


def commit(register, day, **more):
    register.commit(Change(kind="events", who="王工", why="测试", recorded_at=day, **more))


def fill(folder):
    towns = gpd.GeoDataFrame(
        {"town": ["塘下镇"]}, geometry=[box(120.5, 27.6, 120.7, 27.8)], crs=4490
    )
    road = gpd.GeoDataFrame(
        {"name": ["滨海大道"]}, geometry=[LineString([(120.5, 27.7), (120.7, 27.7)])], crs=4490
    )
    with Register.open(folder / "county", create=True) as register:
        commit(
            register,
            datetime(2026, 1, 5, 9, tzinfo=UTC),
            parcels=parcel_frame(),
            layers=[LayerFile("towns", frame=towns), LayerFile("roads", frame=road)],
            meta={"county": "瑞安市", "sample": "1"},
        )
        commit(
            register,
            datetime(2026, 11, 5, 9, tzinfo=UTC),
            events=event_frame(
                ("P3", "started", "2025-11-20", 300 * MU),
                ("P1", "signed", "2026-02-10", None),
                ("P1", "demolished", "2026-05-20", 40 * MU),
                ("P1", "demolished", "2026-10-20", 60 * MU),
                ("P5", "demolished", "2026-10-21", None),
                ("P6", "demolished", "2026-10-22", None),
            ),
        )


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    fill(folder)
    with Register.open(folder / "county") as register:
        yield register


@pytest.fixture(scope="module")
def monthly(register):
    """The files of the monthly packet by suffix; made once, for they are only read."""
    return files_of(register)


def facts_of(register, kind="monthly", known_on=None, lang="zh", on=ON):
    return read_packet(register, kind=kind, on=on, known_on=known_on, rules=load_rules(), lang=lang)


def files_of(register, **more):
    return {f.name.rsplit(".", 1)[1]: f.content for f in packet_files(facts_of(register, **more))}


def slide_texts(made):
    found = []
    for slide in Presentation(io.BytesIO(made)).slides:
        told = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        for shape in slide.shapes:
            if shape.has_table:
                told += [cell.text for row in shape.table.rows for cell in row.cells]
        found.append("\n".join(told))
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_packet_of_either_language_is_whole(register, kind, lang):
    made = files_of(register, kind=kind, lang=lang)
    assert list(made) == ["pptx", "docx", "xlsx", "html", "png"]
    assert len(slide_texts(made["pptx"])) >= 5
    assert Image.open(io.BytesIO(made["png"])).size == SIZE


def test_the_figures_are_the_same_in_every_file(register, monthly):
    # P1 40 + 60, P5 55; P6 is credited with an unknown area
    assert facts_of(register).now.credited_mu == pytest.approx(155)
    made = monthly
    assert "计入 155.0 亩" in slide_texts(made["pptx"])[0]
    assert any("计入 155.0 亩" in p.text for p in Document(io.BytesIO(made["docx"])).paragraphs)
    assert "计入 155.0 亩" in made["html"].decode()


def test_what_is_new_since_the_last_meeting_is_told_apart(register):
    facts = facts_of(register)
    assert facts.since == date(2026, 9, 30)
    assert facts.fresh["parcel_id"].tolist() == ["P1", "P5", "P6"]
    assert facts.fresh["credited_m2"].tolist()[:2] == pytest.approx([60 * MU, 55 * MU])
    assert facts_of(register, "annual").fresh["parcel_id"].tolist() == ["P1", "P5", "P1", "P6"]


def test_dates_version_rules_and_counting_rule_stand_on_every_page(register, monthly):
    facts = facts_of(register)
    first, rule = facts.provenance()
    assert "2026-10-31" in first
    assert "2026-11-05" in first
    assert "登记簿版本 2" in first
    assert facts.now.rules_id in first
    for page in slide_texts(monthly["pptx"]):
        assert first in page
        assert rule in page
    foot = Document(io.BytesIO(monthly["docx"])).sections[0].footer
    told = "\n".join(p.text for p in foot.paragraphs)
    assert first in told
    assert rule in told


def test_the_same_inputs_give_the_same_bytes(register, monthly):
    assert files_of(register) == monthly


def test_a_packet_made_later_equals_the_one_made_then(tmp_path):
    fill(tmp_path)
    with Register.open(tmp_path / "county") as register:
        then = files_of(register, kind="quarterly")
        commit(
            register,
            datetime(2026, 12, 1, 9, tzinfo=UTC),
            events=event_frame(("P2", "demolished", "2026-10-01", 200 * MU)),
            parcels=parcel_frame().assign(town="塘下镇"),
        )
        assert files_of(register, kind="quarterly") != then
        assert files_of(register, kind="quarterly", known_on=date(2026, 11, 5)) == then


def test_charts_are_charts_and_hold_the_numbers(monthly):
    charts = [s.chart for p in Presentation(io.BytesIO(monthly["pptx"])).slides for s in p.shapes
              if s.has_chart]  # fmt: skip
    line = charts[0].plots[0]
    assert list(line.categories)[:2] == ["1月", "2月"]
    credited = next(list(s.values) for s in line.series if s.name == "计入")
    assert credited[:10] == pytest.approx([0, 0, 0, 0, 40, 40, 40, 40, 40, 155])
    assert credited[10:] == [None, None]


def test_no_file_tells_when_it_was_made(monthly):
    for suffix in ("pptx", "docx", "xlsx"):
        with zipfile.ZipFile(io.BytesIO(monthly[suffix])) as bundle:
            core = bundle.read("docProps/core.xml").decode()
            stamps = {entry.date_time for entry in bundle.infolist()}
        assert set(re.findall(r">(\d{4}-[^<]*)</dcterms", core)) == {"2026-10-31T00:00:00Z"}
        assert stamps == {(1980, 1, 1, 0, 0, 0)}


def test_the_map_file_asks_no_other_host_and_runs_no_foreign_script(monthly):
    told = monthly["html"].decode()
    bare = told.replace("http://www.w3.org", "").replace("https://leafletjs.com", "")
    bare = bare.replace("https://github.com/Leaflet", "")
    assert re.findall(r"""(?:src|href)=["']?(?!data:)[a-z]+:""", bare) == []
    assert "default-src 'none'" in told
    assert "alert" in told
    assert "<script>alert" not in told
    data = json.loads(re.search(r"const data = (.*);\n", told)[1])
    assert len(data["parcels"]) == 6
    assert data["parcels"][4]["f"][0].startswith('</script><script>alert("x")</script>')


def test_parcels_beyond_what_a_browser_draws_are_left_out_those_in_renewal_last(
    register, monkeypatch
):
    monkeypatch.setattr(map_page_room, "MOST_PARCELS", 4)
    told = map_page_room.map_page(facts_of(register)).decode()
    data = json.loads(re.search(r"const data = (.*);\n", told)[1])
    assert [parcel["f"][2] for parcel in data["parcels"]] == ["P1", "P3", "P5", "P6"]


def test_the_movement_of_the_workbook_closes(register, monthly):
    sums = movement_sums(facts_of(register))
    flows = [sums[name] for name in ("identified_m2", "renewed_m2", "redefined_m2")]
    flows[1:] = [-flows[1], -flows[2]]
    closing = sums["opening_m2"] + sum(flows) + sums["remeasured_m2"]
    assert sums["closing_m2"] == pytest.approx(closing, abs=0.01 * MU)
    assert sums["renewed_m2"] == pytest.approx(155 * MU)
    page = openpyxl.load_workbook(io.BytesIO(monthly["xlsx"]))["存量变动"]
    assert page["H2"].value == "=C2+D2-E2-F2+G2"


def test_towns_are_ranked_by_completion_where_tasks_are_on_record(tmp_path):
    fill(tmp_path)
    towns = ["塘下镇", "飞云街道"]
    rows = pd.DataFrame({"year": 2026, "town": towns, "task_mu": [500, 100], "source": "纪要"})
    change = tasks_change(
        checked_tasks(rows, towns=towns),
        who="王工",
        why="任务分解",
        recorded_at=datetime(2026, 11, 6, 9, tzinfo=UTC),
    )
    with Register.open(tmp_path / "county") as register:
        before = facts_of(register)
        register.commit(change)
        assert slides(facts_of(register), county_map=TINY) != slides(before, county_map=TINY)
        told = document(facts_of(register), county_map=TINY)
        again = facts_of(register, known_on=date(2026, 11, 5))
        assert slides(again, county_map=TINY) == slides(before, county_map=TINY)
    cells = [c.text for t in Document(io.BytesIO(told)).tables for c in t._cells]
    assert "20.0%" in cells  # 100 of 500 亩


def test_land_in_the_other_ledger_is_told_and_never_added(register):
    facts = facts_of(register)
    assert "1,350" in notes(facts)[1]
    marked = pd.array([True, False, None, None, None, None], "boolean")
    told = replace(facts, desk=facts.desk.assign(high_consumption=marked))
    assert "1 宗、100.0 亩" in notes(told)[1]
    assert "另有 2 宗" in notes(told)[1]  # P5 and P6 are credited, their ledger not known
    assert told.now.credited_mu == pytest.approx(155)


def test_text_stays_text_in_the_workbook(monthly):
    book = openpyxl.load_workbook(io.BytesIO(monthly["xlsx"]))
    towns = {row[0].value: row[0].data_type for row in book["按乡镇街道"].iter_rows(min_row=2)}
    assert towns["=*镇"] == "s"
    assert book["汇总"]["B8"].value == "=SUM('计入明细'!$K$2:$K$5)"


def values_of(path):
    book = openpyxl.load_workbook(path, data_only=True)
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_formulas_computed_again_by_libreoffice_give_the_figures(register, monthly, tmp_path):
    facts = facts_of(register)
    (tmp_path / "made").mkdir()
    file = tmp_path / "made" / "book.xlsx"
    file.write_bytes(monthly["xlsx"])
    stale = tmp_path / "stale.xlsx"  # without the values that were written beside the formulas
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(stale, "w") as new:
        for name in old.namelist():
            held = old.read(name)
            if name.startswith("xl/worksheets/"):
                held = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", held)
            new.writestr(name, held)
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    subprocess.run(
        [SOFFICE, profile, "--headless", "--convert-to", "xlsx", "--outdir", tmp_path / "made",
         stale],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    before, after = values_of(file), values_of(tmp_path / "made" / "stale.xlsx")
    assert set(before) == set(after)
    for place, value in before.items():
        if isinstance(value, float | int):
            assert after[place] == pytest.approx(value, abs=1e-6), place
        else:
            assert str(after[place]) == str(value), place
    assert after["汇总", "B8"] == pytest.approx(facts.now.credited_mu)
    assert after["汇总", "B13"] == pytest.approx(facts.now.gap_mu)
    assert after["汇总", "B15"] == pytest.approx(facts.now.required_mu_per_month)


def test_a_register_without_events_still_makes_a_packet(tmp_path):
    with Register.open(tmp_path / "bare", create=True) as register:
        commit(
            register,
            datetime(2026, 1, 5, 9, tzinfo=UTC),
            parcels=parcel_frame().drop(columns="owner"),
        )
        assert len(files_of(register, kind="annual")) == 5


def test_a_file_in_the_place_of_the_folder_is_refused(register, tmp_path):
    (tmp_path / "taken").write_text("x")
    with pytest.raises(PacketFolderError):
        write_packet(facts_of(register), tmp_path / "taken")

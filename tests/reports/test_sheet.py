"""The sheet of one parcel, read back."""

import io
import shutil
import subprocess
import zipfile
from datetime import UTC, date, datetime

import geopandas as gpd
import pandas as pd
import pytest
from docx import Document
from docx.oxml.ns import qn
from PIL import Image
from shapely import LineString, box

from analysis.screening_flips import Flip
from analysis.verdict import lay_open
from data.asof import AsOf
from data.register import Change, LayerFile, Register
from data.rules import load_rules
from data.screening_rules import load_screening_rules
from reports import location_map
from reports.context import ExportContext
from reports.location_map import Surroundings, location_png
from reports.sheet import file_stem, sheet_bytes, write_sheets
from reports.sheet_facts import flips_text, sheet_facts
from reports.sheet_source import sheet_source

MU = 2_000 / 3
HOSTILE = '<script>alert("x")</script> =1+1 \x07 ' + "长" * 500
TEXTS = (
    "parcel_name", "owner", "land_user", "contract_no", "cert_no", "approved_use", "actual_use",
    "responsible_unit", "village", "park",
)  # fmt: skip
STAGES = (
    "surveyed", "listed", "approved", "signed", "vacated", "demolished", "prepared", "supplied",
    "started", "completed", "producing", "evaluated",
)  # fmt: skip


def frame():
    rows = pd.DataFrame(
        {
            "parcel_name": ["一号", "二号", HOSTILE],
            "town": ["塘下镇", "塘下镇", "塘下镇"],
            "owner": ["甲公司", "乙公司", HOSTILE],
            "low_class": ["underused", "underused", None],
            "industry_code": ["3670", None, None],
            "is_supplied": [True, True, True],
            "build_status": ["producing", "not_started", "stopped"],
            "standard_land": [False, False, None],
            "far": [0.4, None, None],
            "planned_far": [2.0, 2.0, None],
            "agreed_start_on": pd.to_datetime([None, "2025-03-01", None]),
            "stopped_on": pd.to_datetime([None, None, "2024-01-01"]),
            "started_area_m2": [None, None, 10 * MU],
            "startable_area_m2": [None, None, 100 * MU],
            "geometry_area_m2": [100 * MU, 200 * MU, 300 * MU],
            "registered_area_m2": [80 * MU, None, None],
        },
        index=pd.Index(["P1", "P2", "P3"], name="parcel_id"),
    )
    rows = rows.assign(**{name: [None, None, HOSTILE] for name in TEXTS if name not in rows})
    shapes = [box(x, 27.7, x + 0.001, 27.701) for x in (120.6, 120.6011, 120.6022)]
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=4490)


@pytest.fixture
def source(tmp_path):
    events = pd.DataFrame(
        {
            "parcel_id": "P3",
            "stage": STAGES,
            "occurred_on": pd.date_range("2025-01-01", periods=len(STAGES), freq="MS"),
            "doc_no": [f"瑞字〔2025〕{at}号" for at in range(len(STAGES))],
        }
    )
    road = gpd.GeoDataFrame(
        {"name": ["滨海大道"], "road_class": ["national"]},
        geometry=[LineString([(120.59, 27.7015), (120.61, 27.7015)])],
        crs=4490,
    )
    reviews = [
        {"parcel_id": "P3", "verdict": "override", "reason": HOSTILE * 3, "doc_no": "文" * 150,
         "low_class": "not_low", "screened_class": "underused"}
    ]  # fmt: skip
    context = {"who": "王工", "why": "测试"}
    with Register.open(tmp_path, create=True) as register:
        register.commit(
            Change(
                kind="import",
                recorded_at=datetime(2026, 1, 5, tzinfo=UTC),
                parcels=frame(),
                events=events,
                layers=[LayerFile("roads", frame=road)],
                **context,
            )
        )
        for day in (1, 2):
            register.commit(
                Change(
                    kind="review",
                    recorded_at=datetime(2026, 2, day, tzinfo=UTC),
                    reviews=pd.DataFrame(reviews),
                    **context,
                )
            )
        return made(register)


def made(register, lang="zh"):
    as_of, rules = AsOf(date(2026, 10, 31)), load_rules()
    return sheet_source(
        register,
        register.read_parcels(as_of),
        register.read_events(as_of),
        rules=rules,
        ruleset=load_screening_rules(),
        as_of=as_of,
        context=ExportContext("瑞安市", "", as_of.state_on, None, 3, rules.id, "", True, lang),
    )


def texts(document):
    cells = [cell.text for t in document.tables for row in t.rows for cell in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def read(source, parcel_id):
    return Document(io.BytesIO(sheet_bytes(source, parcel_id)))


def test_a_sheet_tells_areas_verdict_rule_and_what_it_rests_on(source):
    said = texts(read(source, "P1"))
    for part in (
        "瑞安市 一地一档",
        "【模拟数据】",
        "80.00 亩",
        "100.00 亩",
        f"{100 * (100 - 80) / 80:+.1f}%",
        "实际容积率 0.40，低于规划或合同约定的 2.00。",
        "实际容积率 0.40 < 2.00",
        "工作定义；规则 underused_far）",
        "土地出让合同或规划条件约定的容积率",
        "由 0.40 变为 2.00 及以上",
        "尚未复核",
        "内部工作用图",
        "2026-10-31",
        "登记簿版本 3",
        load_screening_rules().id,
    ):
        assert part in said, part


def test_what_the_verdict_is_measured_by_is_the_first_that_would_change_it(source):
    changes = dict(sheet_facts(source, "P1").verdict)["什么会改变判定"]
    assert changes.startswith("1. 实际容积率由 0.40 变为 2.00 及以上")
    assert changes.index("规划容积率由") < changes.index("建设状况由")
    assert "…等" not in changes


def test_a_list_of_changes_that_is_cut_says_how_many_there_are(source):
    opened = lay_open(source.parcels.loc[["P1"]], "P1", ruleset=source.ruleset, as_of=source.as_of)
    flips = [
        Flip("remark", None, None, "not_low", None, "改" * 60, "x"),
        *[Flip("owner", None, None, "not_low", None, "变" * 60, "x")] * 5,
        Flip("far", 0.4, 2.0, "not_low", None, "容积率。", "x"),
    ]
    said = flips_text(flips, opened, "zh", room=200)
    assert said.startswith("1. 容积率。 2. 改")
    assert said.endswith("…等 7 条")


def test_the_national_minimum_is_shown_with_its_edition_and_doubt(source):
    assert "0.70（2008 年版，未核实）" in texts(read(source, "P1"))


def test_suspected_idle_is_a_lead_with_its_days(source):
    gone = (date(2026, 10, 31) - date(2026, 3, 1)).days
    said = texts(read(source, "P2"))
    assert f"满一年已过 {gone} 天" in said
    assert "仅为线索，由主管部门依法认定" in said


def test_chinese_has_a_chinese_font_in_every_run(source):
    document = read(source, "P1")
    runs = document.element.body.iter(qn("w:r"))
    written = [run for run in runs if run.findall(qn("w:t"))]
    fonts = {run.rPr.rFonts.get(qn("w:eastAsia")) for run in written}
    assert fonts == {"宋体", "黑体"}


def test_a_hostile_name_is_text_cut_to_what_fits(source):
    document = read(source, "P3")
    said = texts(document)
    assert '<script>alert("x")</script> =1+1' in said
    assert "…" in said
    assert max(len(p.text) for p in document.paragraphs) < 300


def test_the_same_source_gives_the_same_bytes(source):
    assert sheet_bytes(source, "P1") == sheet_bytes(source, "P1")


def test_a_sheet_is_one_page_of_a4_with_its_map(source):
    document = read(source, "P1")
    section = document.sections[0]
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    assert len(document.inline_shapes) == 1


@pytest.mark.skipif(shutil.which("soffice") is None, reason="no soffice to lay the page out")
def test_the_longest_names_reviews_and_stages_still_fit_one_page(source, tmp_path):
    file = tmp_path / "sheet.docx"
    file.write_bytes(sheet_bytes(source, "P3"))
    command = ["soffice", f"-env:UserInstallation={(tmp_path / 'office').as_uri()}", "--headless",
               "--convert-to", "pdf", "--outdir", str(tmp_path), str(file)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    pdf = file.with_suffix(".pdf")
    if not pdf.exists():
        pytest.skip(f"soffice without its word processor: {done.stderr}")
    assert pdf.read_bytes().count(b"/Type/Page\n") + pdf.read_bytes().count(b"/Type/Page/") == 1


def test_the_sheet_speaks_english(tmp_path, source):
    with Register.open(tmp_path) as register:
        said = texts(read(made(register, "en"), "P1"))
    assert "Plot ratio 0.40 is below the 2.00 of plan or contract." in said
    assert "Synthetic data" in said


def test_several_sheets_make_one_bundle(source, tmp_path):
    out = write_sheets(source, ["P1", "P2"], tmp_path / "sheets.zip")
    with zipfile.ZipFile(out) as bundle:
        assert bundle.namelist() == ["0001_P1.docx", "0002_P2.docx"]


def test_an_id_that_is_no_file_name_is_made_one():
    assert file_stem('a/b\\c:"d"') == "a_b_c__d_"
    assert file_stem("..") == "_"


def test_the_map_shows_the_parcel_in_red_and_has_the_size_asked_for(source):
    around = source.around
    png = location_png(around.parcels.geometry["P1"], "P1", around, size=(500, 360))
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    assert picture.size == (500, 360)
    colours = {colour for _, colour in picture.getcolors(500 * 360)}
    assert (0xB3, 0x26, 0x1E) in colours
    assert (0xE9, 0xE2, 0xD6) in colours  # a neighbour
    assert (0xB9, 0xA9, 0x8F) in colours  # the road


def test_a_parcel_without_outline_has_a_sentence_instead_of_a_map(source):
    assert location_png(None, "P1", source.around) is None
    blank = source.parcels.copy()
    blank.loc["P1", blank.geometry.name] = None
    bare = type(source)(**{**vars(source), "parcels": blank})
    assert "没有图形，无位置图" in texts(read(bare, "P1"))


def test_without_a_chinese_font_the_map_is_drawn_without_chinese(source, monkeypatch):
    monkeypatch.setattr(location_map, "chinese_font", lambda _: None)
    bare = Surroundings(source.around.parcels, source.around.layers)
    assert location_png(bare.parcels.geometry["P1"], "P1", bare)


def test_an_unknown_parcel_has_no_sheet(source):
    with pytest.raises(KeyError):
        sheet_facts(source, "无")

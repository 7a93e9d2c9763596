"""The evaluation on the screening page: firms of six parcels, told by hand."""

import io
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from page_tools import go
from streamlit.testing.v1 import AppTest

from analysis.query import ParcelQuery
from data import schema
from data.evaluation_rules import load_evaluation_rules
from data.register import Change, LayerFile, Register
from ui import desk as ui_desk
from ui import state
from ui.components import evaluation_view

# 50 points at each base. A: 100 亩 with tax at the base and half the tax per electricity: 50 + 25.
# B: half of 200 亩 with twice the tax, electricity unknown. C holds nothing.
TAX = 100 * 11.5932
FIRMS = pd.DataFrame(
    {
        "owner_uscc": ["A", "B", "C"],
        "firm_name": ["甲公司", "=1+1", "丙公司"],
        "firm_size": ["below", "below", "below"],
        "tax_wan": [TAX, 2 * TAX, 5.0],
        "electricity_wan_kwh": [2 * TAX / 0.2352, None, 10.0],
    }
)
HOLDINGS = pd.DataFrame(
    {"owner_uscc": ["A", "B"], "parcel_id": ["P1", "P2"], "area_share": [1.0, 0.5]}
)


def change(rows: pd.DataFrame | None, layers: tuple[LayerFile, ...], month: int) -> Change:
    return Change(
        kind="import",
        who="王工",
        why="导入",
        recorded_at=datetime(2026, month, 5, 9, tzinfo=UTC),
        parcels=rows,
        layers=layers,
        meta={"county": "瑞安市", "sample": "1", "data_until": "2026-10-31"},
    )


@pytest.fixture
def bare(tmp_path: Path, parcel_rows: pd.DataFrame) -> Path:
    owners = ["A", "B", None, None, None, None]
    with Register.open(tmp_path, create=True) as register:
        register.commit(change(parcel_rows.assign(owner_uscc=owners), (), 1))
    return tmp_path


@pytest.fixture
def workspace(bare: Path) -> Path:
    layers = (LayerFile("firms", frame=FIRMS), LayerFile("firm_parcels", frame=HOLDINGS))
    with Register.open(bare) as register:
        register.commit(change(None, layers, 2))
    return bare


def visit(workspace: Path, monkeypatch: pytest.MonkeyPatch, **address: str) -> AppTest:
    monkeypatch.setenv("MUTU_WORKSPACE", str(workspace))
    app = AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=60)
    app.query_params.update({"m.view": "evaluation", **address})
    go(app, "screening")
    assert not app.exception
    assert not app.error
    return app


def told(app: AppTest) -> str:
    kinds = ("title", "subheader", "caption", "info")
    return "\n".join(str(part.value) for kind in kinds for part in app.get(kind)).replace("\\", "")


def listed(app: AppTest) -> pd.DataFrame:
    return app.dataframe[1].value.set_index("owner_uscc")


def test_each_firm_has_land_score_grade_and_the_grade_on_record(workspace, monkeypatch):
    table = listed(visit(workspace, monkeypatch))
    assert table.index.tolist() == ["A", "B", "C"]
    assert table["land"].iloc[:2].tolist() == pytest.approx([100, 200 * 0.5])
    assert table.loc["A", "score"] == pytest.approx(50 + 50 / 2)
    assert table["grade"].dropna().to_dict() == {"A": "B"}
    assert table["recorded"].dropna().to_dict() == {"A": "C", "B": "D"}
    assert table.loc["B", "missing"] == "单位用电税收"


def test_grades_are_counted_and_the_source_stands_beside(workspace, monkeypatch):
    app = visit(workspace, monkeypatch)
    counts = app.dataframe[0].value.set_index("size")
    assert counts.loc["规下"].tolist() == [0, 1, 0, 0, 2]
    said = told(app)
    assert "【示例】黄岩 2022 年度" in said
    assert "V 已核实" in said
    assert "未分摊 5.00" in said
    assert [box.options for box in app.selectbox if box.key == "evaluation.scheme"] == [
        ["瑞安市（待主管部门填写）", "【示例】黄岩 2022 年度"]
    ]


def test_an_empty_scheme_asks_to_be_filled_in_and_stays_in_the_address(workspace, monkeypatch):
    app = visit(workspace, monkeypatch)
    app.selectbox(key="evaluation.scheme").set_value("ruian").run()
    assert "还没有填写权重" in told(app)
    assert app.query_params["m.scheme"] == "ruian"
    app.selectbox(key="evaluation.scheme").set_value("huangyan_2022").run()
    assert listed(app).index.tolist() == ["A", "B", "C"]


def test_without_firms_the_page_says_what_to_import(bare, monkeypatch):
    app = visit(bare, monkeypatch)
    assert "请导入企业表" in told(app)
    assert "--as firm_parcels" in app.code[0].value


def test_filters_shorten_the_list_but_not_the_ranking(workspace, monkeypatch):
    app = visit(workspace, monkeypatch, **{"class": "underused", "grade": "D"})
    assert listed(app).index.tolist() == ["B"]
    assert "企业 1 家" in told(app)
    assert int(app.dataframe[0].value.drop(columns="size").to_numpy().sum()) == 3


def test_the_page_speaks_english(workspace, monkeypatch):
    said = told(visit(workspace, monkeypatch, lang="en"))
    assert "[Example] Huangyan" in said
    assert "verified" in said


def test_the_workbook_holds_firms_sums_and_both_schemes(workspace):
    desk = ui_desk.open_desk(workspace, today=date(2026, 10, 31))
    rules = load_evaluation_rules()
    found = evaluation_view.evaluated(desk, rules.scores["huangyan_2022"], rules.grades["wenling"])
    write = evaluation_view.written(desk, ParcelQuery(), found.firms, found)
    book = openpyxl.load_workbook(io.BytesIO(write()))
    firms = book["企业评价"]
    heads = [cell.value for cell in firms[1]]
    assert firms.cell(2, heads.index("分值") + 1).value == pytest.approx(75)
    assert firms.cell(3, heads.index("企业名称") + 1).value == "=1+1"
    assert firms.cell(3, heads.index("企业名称") + 1).data_type == "s"
    totals = {row[0].value: [cell.value for cell in row[1:4]] for row in book["合计核对"]["A2:D8"]}
    assert totals[schema.label("tax_wan")] == pytest.approx([3 * TAX + 5, 3 * TAX, 5])
    about = "\n".join(str(cell.value) for row in book["说明"] for cell in row)
    assert "【示例】黄岩 2022 年度" in about
    assert "【示例】温岭园区" in about


def test_the_evaluation_is_made_once_for_a_version(workspace, monkeypatch):
    rules = load_evaluation_rules()
    both = rules.scores["huangyan_2022"], rules.grades["wenling"]
    first = evaluation_view.evaluated(ui_desk.open_desk(workspace, today=date(2026, 10, 31)), *both)
    monkeypatch.setattr(evaluation_view, "evaluate_firms", None)
    again = ui_desk.open_desk(workspace, today=date(2026, 10, 31))
    assert evaluation_view.evaluated(again, *both) is first


def test_the_schemes_in_the_address_are_those_of_the_file():
    rules = load_evaluation_rules()
    assert set(state.SETTINGS["scheme"]) == set(rules.scores)
    assert set(state.SETTINGS["grades"]) == set(rules.grades)

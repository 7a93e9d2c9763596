"""The board of targets: what the register counts, what people record, what nobody can judge."""

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from page_tools import go
from python_calamine import CalamineWorkbook
from streamlit.testing.v1 import AppTest

from data.register import Change, Register
from ui import desk as ui_desk
from ui import targets
from ui.components.target_table import written


@pytest.fixture
def workspace(tmp_path: Path, parcel_rows: pd.DataFrame) -> Path:
    events = pd.DataFrame(
        {
            "parcel_id": ["P1"],
            "stage": ["demolished"],
            "occurred_on": pd.to_datetime(["2026-05-20"]),
        }
    )
    with Register.open(tmp_path, create=True) as register:
        register.commit(
            Change(
                kind="import",
                who="王工",
                why="宗地图层",
                recorded_at=datetime(2026, 10, 5, 9, tzinfo=UTC),
                parcels=parcel_rows,
                events=events,
                meta={"county": "瑞安市", "data_until": "2026-10-31"},
            )
        )
    return tmp_path


@pytest.fixture
def page(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("MUTU_WORKSPACE", str(workspace))
    return AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=60)


def visit(app: AppTest, **address: str) -> AppTest:
    app.query_params.update(address)
    go(app, "targets")
    assert not app.exception
    assert not app.error
    return app


def board(app: AppTest) -> pd.DataFrame:
    return app.dataframe[0].value.set_index("id")


def html(app: AppTest) -> str:
    return "".join(part.proto.body for part in app.get("html"))


def told(app: AppTest) -> str:
    return "\n".join(str(part.value) for kind in ("success", "warning") for part in app.get(kind))


def record(app: AppTest, target: str, nth: int = 0, **given: object) -> AppTest:
    key = f"actual.{nth}.{target}"
    for name, value in given.items():
        kinds = {"value": app.number_input, "on": app.date_input}
        kinds.get(name, app.text_input)(key=f"{key}.{name}").set_value(value)
    return app.button(key=f"{key}.record").click().run()


def test_all_107_targets_stand_on_the_board(page):
    app = visit(page)
    table = board(app)
    assert len(table) == 107
    assert table.loc["LAND-01", "asked"] == "≥ 1,800 亩"
    assert table.loc["CLU-01", "asked"].startswith("原文数字缺失")
    assert table.loc["LAND-01", "conflicts"] == "C11、C14"
    assert app.title[0].value.startswith("107 项目标：已达到 0 项")


def test_the_register_counts_the_renewal_itself(page):
    table = board(visit(page))
    assert (table.loc["LAND-01", "actual"], table.loc["LAND-01", "status"]) == ("100", "进行中")
    assert table.loc["LAND-01", "share"] == pytest.approx(100 * 100 / 1_800)
    assert table.loc["LAND-02", "status"] == "未达到"  # nothing was renewed in 2023
    assert table.loc["LAND-05", "status"] == "缺实绩"


def test_the_conflicts_are_all_shown(page):
    shown = visit(page).table[0].value
    assert list(shown.index) == [f"C{n}" for n in range(1, 15)]


def test_a_recorded_actual_is_judged_and_kept_with_its_source(page):
    app = visit(page, **{"m.target": "PLAT-01"})
    assert "完成工业产值240亿元" in html(app)
    assert "C12" in html(app)
    record(app, "PLAT-01", value=300.0, on=date(2023, 12, 31), source="统计公报", who="李工")
    assert "已记入（第 2 次数据变更）" in told(app)
    assert board(app).loc["PLAT-01", ["actual", "status"]].tolist() == ["300", "已达到"]
    assert "2023-12-31：300，统计公报（李工）" in html(app)


def test_a_figure_is_withdrawn_with_its_reason(page):
    app = visit(page, **{"m.target": "PLAT-01"})
    day = date(2023, 12, 31)
    record(app, "PLAT-01", value=300.0, on=day, source="统计公报", who="李工")
    record(app, "PLAT-01", 1, on=day, source="统计公报", note="口径不符")
    assert board(app).loc["PLAT-01", "status"] == "缺实绩"


def test_what_is_missing_is_named_and_nothing_is_written(page, workspace):
    app = visit(page, **{"m.target": "PLAT-01"})
    record(app, "PLAT-01", value=300.0)
    assert "还缺：统计日期、出处、经办人" in told(app)
    with Register.open(workspace) as register:
        assert register.read_actuals().empty


def test_the_board_is_filtered_and_the_filter_stands_in_the_address(page):
    app = visit(page)
    app.selectbox(key="targets.subject").set_value("LAND").run()
    assert len(board(app)) == 11
    assert app.query_params["m.subject"] == ["LAND"] or app.query_params["m.subject"] == "LAND"
    app.selectbox(key="targets.status").set_value("vague").run()
    assert "没有符合条件的目标" in "".join(str(part.value) for part in app.info)


def test_the_past_cannot_be_written(page):
    app = visit(page, on="2026-06-30", **{"m.target": "PLAT-01"})
    assert not [button for button in app.button if button.key.endswith(".record")]


def test_the_workbook_holds_the_board_its_actuals_and_the_conflicts(workspace, tmp_path):
    found = ui_desk.open_desk(workspace, today=date(2026, 10, 31))
    file = tmp_path / "targets.xlsx"
    file.write_bytes(written(found, "all", "all")())
    sheets = {
        name: CalamineWorkbook.from_path(file).get_sheet_by_name(name).to_python()
        for name in ("目标清单", "实绩记录", "矛盾与缺陷")
    }
    assert len(sheets["目标清单"]) == 1 + 107
    assert len(sheets["矛盾与缺陷"]) == 1 + 14
    assert [row[0] for row in sheets["实绩记录"][1:]] == ["LAND-01", "LAND-02"]


def test_every_status_and_subject_has_its_words():
    for lang in ("zh", "en"):
        said = tomllib.loads(Path(f"ui/text/{lang}.toml").read_text("utf-8"))["targets"]
        assert all(said[f"status_{status}"] for status in targets_statuses())


def targets_statuses() -> tuple[str, ...]:
    from analysis.target_board import STATUSES

    assert all(targets.status_label(status) for status in STATUSES)
    return STATUSES

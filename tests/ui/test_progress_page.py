"""The progress page on the county of six parcels: line, groups, movement, years, town tasks."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from page_tools import go
from streamlit.testing.v1 import AppTest

from data.register import Register
from data.town_tasks import TownTasks, tasks_change
from ui import desk


def opened(app: AppTest, view: str = "line") -> AppTest:
    app.query_params["m.progress"] = view
    go(app, "progress")
    assert not app.exception
    assert not app.error
    return app


def said(app: AppTest) -> str:
    return " ".join(element.value for kind in ("markdown", "caption") for element in app.get(kind))


@pytest.fixture
def tasked(county, tmp_path, monkeypatch):
    """Copy the county and put a task of 200 亩 for one town on record."""
    workspace = tmp_path / "county"
    shutil.copytree(county, workspace)
    tasks = [TownTasks(2026, {"塘下镇": 200.0}, "会议纪要1号")]
    moment = datetime(2026, 11, 10, 9, tzinfo=UTC)
    with Register.open(workspace) as register:
        register.commit(tasks_change(tasks, who="王工", why="任务", recorded_at=moment))
    monkeypatch.setenv("MUTU_WORKSPACE", str(workspace))
    yield AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=30)
    desk.open_register(workspace).close()


def test_the_line_says_the_finding_and_the_seasonal_pace(home):
    app = opened(home)
    assert "100 亩" in app.title[0].value
    assert "按往年（2025）同日进度应完成" in said(app)  # last year's came whole in November
    counters = app.dataframe[0].value.set_index("name")
    assert counters.loc["拆除", ["plan", "done", "month"]].tolist() == [
        "300.0 亩",
        "100.0 亩",
        "0.0 亩",
    ]
    assert counters.loc["拆后新开工", "done"] == "—"


def test_groups_add_up_to_the_credit(home):
    table = opened(home, "groups").dataframe[0].value
    assert table["credited"].sum() == pytest.approx(100)
    assert table.loc[table["name"] == "塘下镇", "parcels"].iloc[0] == 2


def test_the_movement_closes_and_counts_only_credit_as_renewal(home):
    tables = [frame.value for frame in opened(home, "movement").dataframe]
    months = tables[0]
    assert months["renewed_m2"].sum() == pytest.approx(100)
    closing = months["opening_m2"] + months["identified_m2"] - months["renewed_m2"]
    closing += months["remeasured_m2"] - months["redefined_m2"]
    assert closing.tolist() == pytest.approx(months["closing_m2"].tolist())
    assert tables[1]["closing_m2"].sum() == pytest.approx(months["closing_m2"].iloc[-1])


def test_years_stand_side_by_side_and_carry_over_apart(home):
    app = opened(home, "years")
    table = app.dataframe[0].value.set_index("year")
    assert table.loc["2025", "credited"] == pytest.approx(300)
    assert table.loc["2025", "same_day"] == 0
    assert "往年合计比任务少" in said(app)


def test_a_late_record_restates_the_report_published_before_it(home):
    home.query_params["m.report"] = "2026-05-31"
    home.query_params["m.published"] = "2026-06-02"
    app = opened(home, "restated")
    then, now, gap = (figure.value for figure in app.metric[-3:])
    assert (then, now, gap) == ("0.00 亩", "100.00 亩", "+100.00 亩")
    row = app.dataframe[0].value.iloc[0]
    assert (row["parcel_id"], row["why"]) == ("P1", "补登阶段")


def test_without_town_tasks_the_page_says_so(home):
    assert "还没有 2026 年的镇街任务" in opened(home, "tasks").info[0].value


def test_towns_are_ranked_by_completion_once_there_are_tasks(tasked):
    table = opened(tasked, "groups").dataframe[0].value
    assert table.iloc[0][["name", "task"]].tolist() == ["塘下镇", 200]
    assert table["done"].iloc[0] == pytest.approx(100 * 100 / 200)
    assert "200.00 亩" in said(opened(tasked, "tasks"))


def test_tasks_set_later_were_not_known_before(tasked):
    tasked.query_params["known"] = "2026-11-09"
    assert "还没有 2026 年的镇街任务" in opened(tasked, "tasks").info[0].value

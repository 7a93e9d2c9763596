"""Every page from the entry script, on a county whose figures can be added up by hand."""

import logging
from datetime import date
from pathlib import Path

import pytest
from page_tools import go
from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest

from gis.errors import UserError
from ui.components import failures

DAYS_GONE, DAYS = 304, 365  # 31 October 2026
PAGES = (
    "overview",
    "plot_ratio",
    "parcels",
    "screening",
    "targets",
    "blocks",
    "meeting",
    "intake",
    "settings",
)


def visit(home: AppTest, page: str) -> AppTest:
    go(home, page)
    assert not home.exception
    assert not home.error
    return home


def opened(app: AppTest, name: str) -> AppTest:
    """Open a popover of the filter bar, which builds what stands in it."""
    app.session_state[f"{name}.open"] = True
    return app.run()


def said(app: AppTest) -> str:
    parts = [
        element.value
        for kind in ("title", "subheader", "markdown", "caption", "info")
        for element in app.get(kind)
    ]
    return "\n".join(str(part) for part in parts)


def card_of(app: AppTest) -> str:
    return next(part.proto.body for part in app.get("html") if 'class="m-card"' in part.proto.body)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_opens_in_both_languages(home, page, lang):
    home.query_params["lang"] = lang
    app = visit(home, page)
    assert ("模拟数据" in said(app)) == (lang == "zh")
    assert ("Synthetic data" in said(app)) == (lang == "en")


def test_the_bare_address_leads_to_the_overview(home):
    assert home.run().metric[0].label == "年度任务"


def test_the_overview_tells_the_year_in_one_line(home):
    app = visit(home, "overview")
    expected = 1_800 * DAYS_GONE / DAYS
    assert [metric.value for metric in app.metric[:4]] == [
        "1,800 亩",
        "100.0 亩",
        f"{expected:,.1f} 亩",
        f"{(1_800 - 100) / 2:,.1f} 亩",
    ]
    assert app.title[0].value == f"10 月末完成 100 亩，落后序时 {expected - 100:,.0f} 亩"
    assert "计入规则：政府收储改造" in said(app)


def test_another_year_is_one_click_away(home):
    app = visit(home, "overview")
    app.segmented_control(key="overview.year").set_value(2025).run()
    assert app.metric[1].value == "300.0 亩"
    assert app.title[0].value == f"2025 年全年完成 300 亩，为任务的 {100 * 300 / 1_800:.1f}%"
    assert app.query_params["year"] == "2025"


def test_a_finished_year_has_a_verdict_and_no_pace_or_month(home):
    home.query_params["year"] = "2025"
    app = visit(home, "overview")
    assert [metric.label for metric in app.metric[1:3]] == ["已计入", "比任务少"]
    assert app.metric[2].value == "1,500.0 亩"
    assert "月的变化" not in said(app)
    assert "改造流程各阶段的土地（截至 2026-10-31）" in said(app)
    assert "逾期宗地 1 宗（截至 2026-10-31）" in said(app)


def test_a_year_ahead_has_not_begun(home):
    home.query_params["year"] = "2027"
    app = visit(home, "overview")
    assert app.title[0].value == "2027 年尚未开始"
    assert app.metric[1].value == f"{1_800 / 12:,.1f} 亩"
    assert "月的变化" not in said(app)


def test_the_month_names_the_parcels_it_credited(home):
    home.query_params["on"] = "2026-05-31"
    app = visit(home, "overview")
    assert "本月新计入 **100.0 亩**（1 宗），比上月全月的 0.0 亩多 100.0 亩" in said(app)
    credited = app.dataframe[0].value.iloc[0]
    assert credited["parcel_name"] == "一号"
    assert credited["renewal_mode"] == "政府收储改造"
    assert credited["area"] == pytest.approx(100)
    assert credited["link"] == "/map?parcel=P1"
    reached = app.dataframe[1].value
    assert reached.values.tolist() == [["拆除", 1, pytest.approx(100)]]


def test_what_is_needed_each_month_is_explained_by_its_own_figures(home):
    app = visit(home, "overview")
    assert app.metric[3].delta == "剩 1,700.0 亩 ÷ 2 个月"


def test_what_cannot_be_credited_is_told_in_a_sentence(home, monkeypatch):
    monkeypatch.setattr(
        "analysis.progress.Progress.unknown",
        property(
            lambda _: {
                "credited_parcels_without_area": 0,
                "plan_without_area": 0,
                "events_without_parcel": 0,
                "parcels_in_progress_without_mode": 532,
            },
            lambda *_: None,
        ),
        raising=False,
    )
    assert "有 532 宗已进入流程但未填改造方式，未能计入。" in said(visit(home, "overview"))


def test_what_was_overdue_links_to_the_map_and_names_the_owner(home):
    app = visit(home, "overview")
    late = app.dataframe[-1].value
    assert late["link"].tolist() == ["/map?parcel=P2"]
    assert late["owner"].tolist() == ["乙公司"]


def test_an_earlier_day_shows_less_and_tints_the_header(home):
    home.query_params["on"] = "2026-04-30"
    app = visit(home, "overview")
    assert app.metric[1].value == "0.0 亩"
    assert app.button(key="header.newest").click().run().metric[1].value == "100.0 亩"
    assert "on" not in app.query_params


def test_what_was_not_yet_known_does_not_count(home):
    home.query_params["known"] = "2026-10-31"
    assert visit(home, "overview").metric[1].value == "0.0 亩"


def test_a_filter_holds_on_the_next_page_and_in_the_url(home):
    app = opened(visit(home, "parcels"), "filter.towns")
    app.button_group(key="filter.towns").set_value(["塘下镇"]).run()
    assert app.query_params["town"] == "塘下镇"
    assert app.dataframe[0].value["parcel_id"].tolist() == ["P1", "P2"]
    app.switch_page("pages/settings.py").run()
    app.switch_page("pages/parcels.py").run()
    assert app.dataframe[0].value["parcel_id"].tolist() == ["P1", "P2"]
    assert opened(app, "filter.towns").button_group(key="filter.towns").value == ["塘下镇"]


def test_a_closed_popover_of_the_filter_bar_costs_nothing(home):
    app = visit(home, "parcels")
    assert not app.number_input
    before = len(app.get("button_group"))
    assert len(opened(app, "filter.towns").get("button_group")) == before + 1


def test_a_chip_takes_its_condition_away(home):
    home.query_params.update({"town": "塘下镇", "far_max": "0.5"})
    app = visit(home, "parcels")
    assert app.dataframe[0].value["parcel_id"].tolist() == ["P1"]
    app.button(key="chip.far_min").click().run()
    assert app.dataframe[0].value["parcel_id"].tolist() == ["P1", "P2"]


def test_bounds_the_wrong_way_round_are_turned(home):
    app = opened(visit(home, "parcels"), "filter.ranges")
    app.number_input(key="filter.far_min").set_value(2.0).run()
    opened(app, "filter.ranges").number_input(key="filter.far_max").set_value(1.0).run()
    assert app.dataframe[0].value["parcel_id"].tolist() == ["P3"]


def test_a_town_that_is_not_there_finds_nothing_and_says_so(home):
    home.query_params["town"] = "无此镇"
    app = visit(home, "parcels")
    assert "没有符合条件的宗地" in said(app)


def test_the_strip_adds_up_the_list_and_then_what_is_picked(home):
    app = visit(home, "parcels")
    assert f"列表共 6 宗 · {100 + 200 + 300 + 50 + 60:,.1f} 亩" in said(app)
    home.query_params["picked"] = "P1,P3"
    app.run()
    assert f"已选 2 宗 · {100 + 300:,.1f} 亩" in said(app)
    app.button(key="strip.clear").click().run()
    assert "列表共 6 宗" in said(app)


def test_the_list_is_in_mu_and_unknown_stays_unknown(home):
    table = visit(home, "parcels").dataframe[0].value.set_index("parcel_id")
    assert table.loc["P3", "geometry_area_m2"] == pytest.approx(300)
    assert table.loc["P6", ["geometry_area_m2", "far", "low_class"]].isna().all()


def test_the_list_can_be_ordered_by_size(home):
    app = visit(home, "parcels")
    app.segmented_control(key="parcels.order").set_value("area").run()
    assert app.dataframe[0].value["parcel_id"].tolist() == ["P3", "P2", "P1", "P5", "P4", "P6"]


def test_a_card_tells_class_stage_and_neighbours(home):
    home.query_params["parcel"] = "P2"
    app = visit(home, "parcels")
    card = card_of(app)
    assert "用而未尽" in card
    assert "2026-10-12" in card
    assert "应于 2026-04-30 前" in card
    assert "200.0 亩" in card
    app.button(key="near.P1").click().run()
    assert app.query_params["parcel"] == "P1"


def test_a_hostile_name_is_shown_as_text(home):
    home.query_params["parcel"] = "P5"
    card = card_of(visit(home, "parcels"))
    assert "&lt;script&gt;alert" in card
    assert "<script" not in card


def test_an_unknown_parcel_gets_a_sentence(home):
    home.query_params["parcel"] = "无此宗地"
    assert "没有宗地 无此宗地" in said(visit(home, "parcels"))


def test_settings_print_each_rule_with_its_source(home):
    app = visit(home, "settings")
    told = said(app) + "".join(table.value.to_string() for table in app.table)
    for part in (
        "1,800 亩",
        "瑞政办〔2023〕49号",
        "每年完成低效工业用地改造开发1800亩以上",
        "S 文件载明",
    ):
        assert part in told


def test_the_data_file_can_be_checked(home):
    app = visit(home, "settings")
    app.button(key="settings.verify").click().run()
    assert "2 次变更首尾相连" in app.success[0].value


def test_the_language_switch_is_one_click(home):
    app = visit(home, "overview")
    app.button(key="header.language").click().run()
    assert app.metric[0].label == "Task of the year"
    assert app.query_params["lang"] == "en"


def test_without_a_workspace_the_way_in_is_told(home, monkeypatch, tmp_path: Path):
    monkeypatch.setenv("MUTU_WORKSPACE", str(tmp_path / "nowhere"))
    app = home.run()
    assert not app.exception
    assert app.title[0].value == "还没有可看的数据"
    assert "python cli.py sample" in [code.value for code in app.code]


def test_a_refusal_is_told_in_the_language_of_the_reader(home, monkeypatch):
    class NoDoorError(UserError):
        zh, en = "门 {n} 没开", "Door {n} is shut"

    def refuse(*_: object, **__: object) -> None:
        raise NoDoorError(n=1)

    monkeypatch.setattr("ui.desk.Desk.progress", refuse)
    home.query_params["lang"] = "en"
    app = home.run()
    assert app.warning[0].value == "Door 1 is shut"


def test_a_fault_is_told_without_a_traceback_and_logged(home, monkeypatch, caplog):
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ui.desk.Desk.progress", fail)
    with caplog.at_level(logging.ERROR, logger="mutu.ui"):
        app = home.run()
    assert not app.exception
    assert "这一页没有画出来" in app.error[0].value
    assert "ZeroDivisionError" in caplog.text


def test_a_stop_is_no_failure():
    with pytest.raises(StopException), failures.shown():
        raise StopException


def test_the_sample_ends_where_the_test_says():
    assert (date(2026, 10, 31) - date(2025, 12, 31)).days == DAYS_GONE

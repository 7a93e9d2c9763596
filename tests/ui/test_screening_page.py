"""The screening page, on six parcels whose verdicts can be told by hand."""

from datetime import UTC, date, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from page_tools import go
from streamlit.testing.v1 import AppTest

from analysis.query import ParcelQuery
from data.register import Change, Register
from ui import desk as ui_desk
from ui import screened
from ui.components.screening_export import written

# On 31 October 2026. P1: 0.4 < 2.0, on record as underused. P2: supplied, due on 1 March 2025 and
# not begun. P3: completed, on record as built_idle. P4: 2.4 ≥ 2.0, not low. P5, P6: little known.
KNOWN = {
    "is_supplied": [True, True, True, True, None, None],
    "build_status": ["producing", "not_started", "completed", "producing", None, None],
    "standard_land": [False, False, False, False, None, None],
    "agreed_start_on": pd.to_datetime([None, "2025-03-01", None, None, None, None]),
}


@pytest.fixture
def workspace(tmp_path: Path, parcel_rows: pd.DataFrame) -> Path:
    with Register.open(tmp_path, create=True) as register:
        register.commit(
            Change(
                kind="import",
                who="王工",
                why="宗地图层",
                recorded_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
                parcels=parcel_rows.assign(**KNOWN),
                meta={"county": "瑞安市", "sample": "1", "data_until": "2026-10-31"},
            )
        )
    return tmp_path


@pytest.fixture
def page(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("MUTU_WORKSPACE", str(workspace))
    return AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=60)


def visit(app: AppTest, **address: str) -> AppTest:
    app.query_params.update(address)
    go(app, "screening")
    assert not app.exception
    assert not app.error
    return app


def shown(app: AppTest) -> pd.DataFrame:
    return app.dataframe[0].value.set_index("parcel_id")


def html(app: AppTest) -> str:
    return "".join(part.proto.body for part in app.get("html"))


def told(app: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "caption", "info", "success", "warning")
    return "\n".join(str(part.value) for kind in kinds for part in app.get(kind))


def fill(app: AppTest, **given: str) -> None:
    for name, value in given.items():
        kinds = (app.text_input, app.text_area, app.selectbox, app.button_group)
        field = next(f for kind in kinds for f in kind if f.key.endswith(f".{name}"))
        field.set_value(value)


def press(app: AppTest, end: str) -> AppTest:
    return next(button for button in app.button if button.key.endswith(end)).click().run()


def override(app: AppTest) -> AppTest:
    """Record of P1 that it is not low-efficiency."""
    app.button_group(key="review.0.P1.way").set_value("override").run()
    fill(app, **{"class": "not_low", "reason": "已批扩建", "doc": "瑞复〔2026〕1号", "who": "李工"})
    return press(app, "P1.record")


def test_the_title_tells_the_finding(page):
    app = visit(page)
    low = 100 + 200 + 300
    assert app.title[0].value == f"认定低效 3 宗 · {low} 亩；信息不足 2 宗；疑似闲置 1 宗"


def test_the_rules_stand_on_the_page_with_those_that_are_not_in_force(page):
    app = visit(page)
    rules = screened.ruleset()
    line = told(app).replace("\\", "")
    assert rules.id in line
    assert "未启用：已建成面积占比（界限未公布，待主管部门填写）" in line


def test_each_parcel_has_its_class_sentence_and_what_is_missing(page):
    table = shown(visit(page))
    assert table["class"].to_dict() == {
        "P1": "用而未尽",
        "P2": "供而未用",
        "P3": "建而未投",
        "P4": "不属低效",
        "P5": "信息不足",
        "P6": "信息不足",
    }
    assert table.loc["P1", "sentence"] == "实际容积率 0.40，低于规划或合同约定的 2.00。"
    assert "是否供地" in table.loc["P5", "missing"]
    full_year = date(2026, 3, 1)
    assert table.loc["P2", "days"] == (full_year - date(2026, 10, 31)).days


def test_what_differs_from_the_record_stands_first_and_alone_in_its_list(page):
    app = visit(page)
    assert shown(app).index[0] == "P2"  # on record as underused, by rule supplied and not used
    app.button_group(key="screening.list").set_value("differ").run()
    assert shown(app).index.tolist() == ["P2"]
    assert app.query_params["m.which"] == "differ"
    app.button_group(key="screening.list").set_value("insufficient").run()
    assert sorted(shown(app).index) == ["P5", "P6"]
    app.button_group(key="screening.list").set_value("again").run()
    assert "没有需要再复核的宗地" in told(app)


def test_the_filter_of_every_page_holds_here_too(page):
    app = visit(page, town="飞云街道")
    assert sorted(shown(app).index) == ["P3", "P4"]
    assert "认定低效 1 宗 · 300 亩" in app.title[0].value


def test_classes_are_counted_against_the_record(page):
    app = visit(page, **{"m.view": "classes"})
    table = app.dataframe[0].value.set_index("class")
    assert table.loc["用而未尽", ["parcels", "agree", "differ"]].tolist() == [1, 1, 0]
    assert table.loc["供而未用", ["parcels", "agree", "differ"]].tolist() == [1, 0, 1]
    assert table.loc["合计", "area_mu"] == pytest.approx(100 + 200 + 300 + 50 + 60)
    sides = table[["agree", "differ", "unrecorded", "insufficient"]].sum(axis=1)
    assert sides.tolist() == table["parcels"].tolist()
    assert table.loc["信息不足", "insufficient"] == 2
    cross = app.dataframe[1].value.set_index("class")
    assert cross.loc["用而未尽", "supplied_unused"] == 1
    assert int(cross.to_numpy().sum()) == 6


def test_the_open_parcel_shows_rule_inputs_and_what_would_change_it(page):
    card = html(visit(page, parcel="P1"))
    for part in (
        "实际容积率 0.40，低于规划或合同约定的 2.00。",
        "&lt; 2.00",
        "underused_far",
        "土地出让合同或规划条件约定的容积率",
        "由 0.40 变为 2.00 及以上，则为不属低效",
    ):
        assert part in card, part


def test_a_running_or_past_year_is_told_in_days_with_its_clause(page):
    card = html(visit(page, parcel="P2"))
    gone = (date(2026, 10, 31) - date(2026, 3, 1)).days
    assert f"满一年已过 {gone} 天" in card
    assert "《闲置土地处置办法》第二条第一款" in card


def test_hostile_names_and_strange_ids_are_text(page):
    card = html(visit(page, parcel="P5"))
    assert "&lt;script&gt;alert" in card
    assert "<script" not in card
    assert "没有宗地 无此宗地" in told(visit(page, parcel="无此宗地"))


def test_an_override_is_recorded_shown_and_stands(page, workspace):
    app = override(visit(page, parcel="P1"))
    assert "已记入宗地 P1 的复核" in told(app).replace("\\", "")
    assert "认定低效 2 宗" in app.title[0].value
    assert "经复核改定为不属低效（李工，瑞复〔2026〕1号）" in html(app)
    assert shown(app).loc["P1", "review"] == "已改定"
    with Register.open(workspace) as register:
        kept = register.read_reviews().iloc[0]
    assert (kept["verdict"], kept["low_class"], kept["who"]) == ("override", "not_low", "李工")
    assert kept["screened_class"] == "underused"


def test_who_reviews_is_asked_once(page):
    app = override(visit(page, parcel="P1"))
    app.query_params["parcel"] = "P3"
    app.run()
    assert next(box for box in app.text_input if box.key.endswith("P3.who")).value == "李工"


def test_an_override_stays_and_is_marked_when_its_inputs_change(page, workspace):
    override(visit(page, parcel="P1"))
    with Register.open(workspace) as register:
        register.commit(
            Change(
                kind="import",
                who="王工",
                why="复测",
                recorded_at=datetime.now(UTC),
                parcels=pd.DataFrame({"far": [0.6]}, index=pd.Index(["P1"], name="parcel_id")),
            )
        )
    app = page.run()
    assert "实际容积率已不是复核时的数值" in html(app)
    assert shown(app).loc["P1", ["class", "review"]].tolist() == ["不属低效", "已改定，需再复核"]
    assert shown(app).index[0] == "P1"


def test_a_review_without_reason_or_document_says_what_is_lacking(page, workspace):
    app = visit(page, parcel="P1")
    fill(app, reason="理由")
    app = press(app, "P1.record")
    assert "还没有记入：请补填文号、经办人。" in told(app)
    assert next(area for area in app.text_area if area.key.endswith("P1.reason")).value == "理由"
    with Register.open(workspace) as register:
        assert register.read_reviews().empty


def test_a_verdict_that_moved_meanwhile_is_not_reviewed_unseen(page, workspace):
    app = visit(page, parcel="P1")
    fill(app, reason="属实", doc="1号", who="李工")
    with Register.open(workspace) as register:
        register.commit(
            Change(
                kind="import",
                who="王工",
                why="复测",
                recorded_at=datetime.now(UTC),
                parcels=pd.DataFrame({"far": [2.6]}, index=pd.Index(["P1"], name="parcel_id")),
            )
        )
    assert "这一宗的判定刚刚变了" in told(press(app, "P1.record"))


def test_a_review_can_be_withdrawn(page):
    app = override(visit(page, parcel="P1"))
    app.button_group(key="review.1.P1.way").set_value("withdraw").run()
    fill(app, reason="误记")
    app = press(app, "P1.record")
    assert "认定低效 3 宗" in app.title[0].value
    assert shown(app)["review"].isna().all()
    assert "误记" in html(app)


def test_the_past_cannot_be_reviewed(page):
    app = visit(page, parcel="P1", on="2026-06-30")
    assert "正在看过去的数据，不能登记" in told(app)
    assert not [button for button in app.button if button.key.endswith(".record")]


def test_a_screening_goes_on_record_and_later_changes_are_told_with_their_cause(page, workspace):
    app = visit(page, **{"m.view": "changes"})
    assert "还没有记入过筛查" in told(app)
    fill(app, who="李工")
    app = press(app, "changed.commit")
    assert "本次筛查已记入（第 2 次数据变更）" in told(app)
    assert "判定没有变化" in told(app)
    with Register.open(workspace) as register:
        assert register.changes()["kind"].tolist() == ["import", "screening"]


def test_a_day_to_compare_with_tells_what_came_after_it(page, workspace):
    with Register.open(workspace) as register:
        register.commit(
            Change(
                kind="import",
                who="王工",
                why="复测",
                recorded_at=datetime(2026, 9, 1, tzinfo=UTC),
                parcels=pd.DataFrame({"far": [2.1]}, index=pd.Index(["P1"], name="parcel_id")),
            )
        )
    app = visit(page, **{"m.view": "changes", "m.since": "day"})
    app.date_input(key="changed.day").set_value(date(2026, 8, 1)).run()
    row = shown(app).loc["P1"]
    assert row[["before", "after", "causes", "fields"]].tolist() == [
        "用而未尽",
        "不属低效",
        "数据变化",
        "实际容积率",
    ]
    app.button_group(key="screening.since").set_value("last").run()
    assert "还没有记入过筛查" in told(app)


def test_the_page_speaks_english(page):
    app = visit(page, lang="en", parcel="P1")
    assert app.title[0].value.startswith("Low-efficiency: 3 parcels")
    assert "What would change this verdict" in html(app)


def test_the_screening_is_made_once_for_a_version(workspace, monkeypatch):
    desk = ui_desk.open_desk(workspace, today=date(2026, 10, 31))
    first = screened.screened(desk)
    monkeypatch.setattr("ui.screened.screen", None)
    again = ui_desk.open_desk(workspace, today=date(2026, 10, 31))
    assert screened.screened(again) is first
    assert screened.verdict_of(again, "P1")["class"] == "underused"


def test_one_parcel_is_screened_alone_where_the_county_is_not(workspace):
    desk = ui_desk.open_desk(workspace, today=date(2026, 10, 31))
    assert screened.kept_verdict(desk, "P1") is None
    alone = screened.verdict_of(desk, "P1")
    assert alone.astype(str).to_dict() == screened.screened(desk).loc["P1"].astype(str).to_dict()


def test_the_parcel_card_says_the_class_by_rule_and_leads_here(page):
    page.query_params["parcel"] = "P1"
    go(page, "parcels")
    assert "用而未尽：实际容积率 0.40，低于规划或合同约定的 2.00。" in html(page)
    assert [link.proto.page for link in page.get("page_link")] == ["screening"]


def test_the_card_of_the_map_says_the_verdict_though_nobody_screened_before(page):
    page.query_params["parcel"] = "P2"
    go(page, "map")
    card = html(page)
    assert "台账：用而未尽" in card
    assert card.index("台账类别") < card.index("按规则判定") < card.index("供而未用：")


def test_the_county_is_screened_behind_the_first_card(workspace):
    desk = ui_desk.open_desk(workspace, today=date(2026, 10, 31))
    screened.screen_behind(desk)
    with screened._busy:
        assert screened.kept_verdict(desk, "P1") is not None


def test_the_strip_totals_verdicts_here_and_the_record_on_other_pages(page):
    by_rule = "判定类别（按规则，含复核）：供而未用 1 宗 200.0 亩 · 用而未尽 1 宗 100.0 亩"
    assert by_rule in told(visit(page))
    page.switch_page("pages/parcels.py").run()
    assert "台账类别：" in told(page)
    assert "判定类别" not in told(page)


def test_the_strip_counts_a_review(page):
    app = override(visit(page, parcel="P1"))
    assert "（按规则，含复核）：不属低效 1 宗 100.0 亩" in told(app)


def test_the_two_exports_say_what_they_hold(page):
    labels = [part.proto.popover.label for part in visit(page).get("popover")]
    assert "导出认定清单" in labels
    assert "导出台账清单" in labels


def test_what_would_change_an_overridden_verdict_is_only_another_review(page):
    card = html(override(visit(page, parcel="P1")))
    assert "复核已改定为不属低效，数据或规则变化都不改变它" in card
    assert "由 0.40 变为 2.00 及以上" not in card


@pytest.mark.parametrize("fmt", ["gpkg", "geojson"])
def test_the_list_is_a_map_layer_with_verdicts_too(workspace, tmp_path, fmt):
    desk = ui_desk.open_desk(workspace, today=date(2026, 10, 31))
    out = tmp_path / f"taken.{fmt}"
    out.write_bytes(written(desk, ParcelQuery(), "differ", fmt)())
    layer = gpd.read_file(out)
    row = layer.iloc[0]
    assert len(layer) == 1
    assert (row["parcel_id"], row["class"], row["screened_class"], row["recorded_class"]) == (
        "P2",
        "supplied_unused",
        "supplied_unused",
        "underused",
    )
    assert not layer.geometry.is_empty.any()

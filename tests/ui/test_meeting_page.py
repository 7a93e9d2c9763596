"""The review: slides, agenda, decisions that open the next meeting until they are closed."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from page_tools import go
from streamlit.testing.v1 import AppTest

from data.register import Change, Register


@pytest.fixture
def workspace(tmp_path: Path, parcel_rows: pd.DataFrame) -> Path:
    events = pd.DataFrame(
        {
            "parcel_id": ["P1", "P2"],
            "stage": ["demolished", "signed"],
            "occurred_on": pd.to_datetime(["2026-10-25", "2026-02-12"]),
        }
    )
    rows = parcel_rows.assign(
        plan_demolition_on=pd.to_datetime(["2026-03-01", "2026-10-01", *[None] * 4])
    )
    with Register.open(tmp_path, create=True) as register:
        register.commit(
            Change(
                kind="import",
                who="王工",
                why="宗地图层",
                recorded_at=datetime(2026, 10, 28, 9, tzinfo=UTC),
                parcels=rows,
                events=events,
                meta={"county": "瑞安市", "data_until": "2026-11-04"},
            )
        )
    return tmp_path


@pytest.fixture
def page(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("MUTU_WORKSPACE", str(workspace))
    return AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=60)


def visit(app: AppTest, **address: str) -> AppTest:
    app.query_params.update(address)
    go(app, "meeting")
    assert not app.exception
    assert not app.error
    return app


def said(app: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "caption", "success", "warning", "info")
    parts = [str(part.value) for kind in kinds for part in app.get(kind)]
    return "\n".join([*parts, *(part.proto.body for part in app.get("html"))])


def field(app: AppTest, end: str) -> object:
    kinds = (app.text_area, app.text_input, app.date_input, app.selectbox)
    return next(f for kind in kinds for f in kind if f.key.endswith(end))


def press(app: AppTest, end: str) -> AppTest:
    return next(b for b in app.button if b.key.endswith(end)).click().run()


def test_what_was_recorded_late_is_part_of_what_the_meeting_has_not_heard(
    workspace: Path, page: AppTest
):
    late = pd.DataFrame(
        {
            "parcel_id": ["P2"],
            "stage": ["demolished"],
            "occurred_on": pd.to_datetime(["2026-10-26"]),
        }
    )
    with Register.open(workspace) as register:
        moment = datetime(2026, 11, 3, 9, tzinfo=UTC)
        register.commit(Change("events", "王工", "补登", moment, events=late))
        told = register.read_parcels(columns=["geometry_area_m2"], geometry=False)
    area = f"{told['geometry_area_m2']['P2'] * 3 / 2_000:.1f}".replace(".", "\\.")
    app = visit(page, **{"m.slide": "changed", "m.last": "2026-10-30"})
    assert f"新发生 0\\.0 亩，补录更正 {area} 亩" in app.title[0].value


def decide(app: AppTest, text: str = "十一月底前腾空") -> AppTest:
    field(app, "county.text").set_value(text)
    field(app, "county.responsible").set_value("塘下镇")
    field(app, "county.who").set_value("李工")
    return press(app, "county.record")


def test_the_review_begins_with_the_year_where_nothing_is_open(page):
    app = visit(page)
    assert app.title[0].value.startswith(
        "截至 2026\\-11\\-04 计入 100\\.0 亩，任务 1,800 亩，落后序时"
    )


def test_changed_and_slipped_count_from_the_last_meeting(page):
    app = visit(page, **{"m.slide": "changed", "m.last": "2026-10-21"})
    assert (
        "以来计入增加 100\\.0 亩（1 宗）：新发生 100\\.0 亩，补录更正 0\\.0 亩"
        in app.title[0].value
    )
    assert "一号" in said(app)
    app = visit(page, **{"m.slide": "slipped", "m.last": "2026-10-21"})
    assert "新逾期 1 宗 200\\.0 亩" in app.title[0].value
    assert "二号" in said(app)


def test_the_last_meeting_is_a_fortnight_back_where_no_minutes_tell_it(page):
    app = visit(page, **{"m.slide": "slipped"})
    assert "2026\\-10\\-21" in app.title[0].value


def test_a_decision_opens_the_next_meeting_until_it_is_closed(page, workspace):
    app = visit(page, **{"m.slide": "points"})
    decide(app, "十一月底前腾空 <b>")
    assert "待办 1 件，其中逾期 0 件" in app.title[0].value
    assert "十一月底前腾空" in said(app)
    field(app, "closing.1.how").set_value("已腾空")
    field(app, "closing.1.who").set_value("李工")
    press(app, "closing.1.record")
    assert app.title[0].value == "没有待办事项"
    assert "以来办结 1 件" in said(app)
    with Register.open(workspace) as register:
        assert register.read_minutes()["kind"].tolist() == ["decision", "closed"]
        assert register.verify().ok


def test_what_a_decision_lacks_is_named(page, workspace):
    app = visit(page, **{"m.slide": "points"})
    press(app, "county.record")
    assert "还缺：内容、责任人或单位、经办人" in said(app)
    with Register.open(workspace) as register:
        assert register.read_minutes().empty


def test_parcels_come_onto_the_agenda_and_off_again(page):
    app = visit(page, picked="P3,P4", **{"m.slide": "line"})
    field(app, "agenda.who").set_value("李工")
    press(app, "agenda.add_picked")
    assert "会议议程：2 宗" in said(app)
    press(app, "agenda.off.1")
    assert "会议议程：1 宗" in said(app)


def test_the_arrows_go_through_the_slides_in_order(page):
    app = visit(page, **{"m.slide": "line"})
    for slide in ("changed", "slipped", "towns", "agenda"):
        press(app, "meeting.on")
        assert app.query_params["m.slide"] in (slide, [slide])
    assert "还没有议程" in app.title[0].value
    press(app, "meeting.back")
    assert "居首" in app.title[0].value or "还没有计入" in app.title[0].value


@pytest.mark.parametrize("slide", ["points", "line", "changed", "slipped", "towns", "agenda"])
def test_every_slide_opens_in_english_and_on_the_projector(page, slide):
    app = visit(page, lang="en", **{"m.slide": slide, "m.full": "1"})
    assert app.title[0].value

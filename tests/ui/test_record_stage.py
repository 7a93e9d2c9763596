"""Recording stages from the card, for a selection and by reversal."""

import io
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from page_tools import go
from PIL import Image
from streamlit.testing.v1 import AppTest

from data.register import Attachment, Change, Register


@pytest.fixture
def own_county(county: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(county, tmp_path / "county"))


@pytest.fixture
def app(own_county: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("MUTU_WORKSPACE", str(own_county))
    return AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=60)


def opened(app: AppTest, place: str, **address: str) -> AppTest:
    app.query_params.update(address)
    app.session_state["record.open"] = place
    go(app, "parcels")
    assert not app.exception
    return app


def box(kind, key):
    return next(item for item in kind if item.key and item.key.endswith(key))


def press(app: AppTest, place: str) -> AppTest:
    box(app.button, f"record.{place}.0.do").click().run()
    assert not app.exception
    return app


def events(workspace: Path):
    with Register.open(workspace) as register:
        assert register.verify().ok
        return register.read_events()


def fill(app: AppTest, place: str, stage: str, day: date) -> None:
    box(app.selectbox, f"record.{place}.0.stage").set_value(stage)
    box(app.date_input, f"record.{place}.0.on").set_value(day)
    box(app.text_input, f"record.{place}.0.who").set_value("李工")


def test_a_stage_is_recorded_from_the_card(app, own_county):
    before = len(events(own_county))
    opened(app, "card", parcel="P2")
    fill(app, "card", "vacated", date(2026, 10, 20))
    box(app.number_input, ".area").set_value(30.0)
    press(app, "card")
    assert any("已登记 1 条" in said.value for said in app.success)
    found = events(own_county)
    assert len(found) == before + 1
    last = found.iloc[-1]
    assert (last["parcel_id"], last["stage"], last["who"]) == ("P2", "vacated", "李工")
    assert last["area_m2"] == pytest.approx(30 * 2_000 / 3)


def test_what_is_lacking_or_impossible_is_told_and_nothing_is_written(app, own_county):
    before = len(events(own_county))
    opened(app, "card", parcel="P2")
    press(app, "card")
    assert any("阶段" in said.value and "经办人" in said.value for said in app.warning)
    fill(app, "card", "vacated", date(2026, 10, 11))
    press(app, "card")
    assert any("没有登记：" in said.value and "签约" in said.value for said in app.warning)
    assert len(events(own_county)) == before


def test_a_stage_is_recorded_for_all_picked_or_for_none(app, own_county):
    before = len(events(own_county))
    opened(app, "strip", picked="P1,P3")
    fill(app, "strip", "supplied", date(2026, 10, 11))
    press(app, "strip")
    assert any("没有登记任何内容" in said.value for said in app.warning)  # P3 has no supply
    assert len(events(own_county)) == before
    fill(app, "strip", "completed", date(2026, 10, 11))
    press(app, "strip")
    assert len(events(own_county)) == before  # P1 has not begun
    opened(app, "strip", picked="P4,P5")
    fill(app, "strip", "surveyed", date(2026, 10, 11))
    press(app, "strip")
    assert events(own_county)["parcel_id"].tolist()[before:] == ["P4", "P5"]


def test_what_somebody_else_recorded_in_the_meantime_is_told_first(app, own_county):
    before = len(events(own_county))
    opened(app, "card", parcel="P2")
    fill(app, "card", "vacated", date(2026, 10, 20))
    box(app.number_input, ".area").set_value(30.0)
    theirs = {"parcel_id": "P2", "stage": "vacated", "occurred_on": "2026-10-19", "area_m2": 900.0}
    with Register.open(own_county) as register:
        moment = register.changes()["recorded_at"].max().to_pydatetime()
        found = pd.DataFrame([theirs])
        register.commit(Change("events", "王工", "腾空", moment, events=found))
    press(app, "card")
    told = " ".join(said.value for said in app.warning)
    assert "P2" in told
    assert "王工" in told
    assert len(events(own_county)) == before + 1
    press(app, "card")
    assert len(events(own_county)) == before + 2


def test_photos_before_and_after_stand_on_the_card(app, own_county):
    picture = io.BytesIO()
    Image.new("RGB", (4, 3), "brown").save(picture, "PNG")
    event = {"parcel_id": "P2", "stage": "vacated", "occurred_on": "2026-10-20"}
    with Register.open(own_county) as register:
        register.commit(
            Change(
                kind="events",
                who="李工",
                why="腾空",
                recorded_at=datetime(2026, 11, 6, 9, tzinfo=UTC),
                events=pd.DataFrame([event]),
                attachments=[
                    Attachment(0, "before", "前.png", picture.getvalue()),
                    Attachment(0, "document", "批文.pdf", b"%PDF-1.7"),
                ],
            )
        )
    app.query_params.update({"parcel": "P2"})
    go(app, "parcels")
    assert not app.exception
    assert len(app.get("image")) == 1
    assert any("还没有改造后照片" in said.value for said in app.caption)
    assert any("批文" in said.proto.label for said in app.get("download_button"))


def test_an_event_is_reversed_from_the_card(app, own_county):
    opened(app, "card", parcel="P1")
    box(app.get("button_group"), ".way").set_value("reverse").run()
    box(app.selectbox, ".event").set_value(2)
    box(app.text_input, ".note").set_value("误录")
    box(app.text_input, ".who").set_value("李工")
    press(app, "card")
    assert events(own_county)["reverses"].dropna().tolist() == [2]

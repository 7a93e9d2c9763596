"""Land clearing on the progress page."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from page_tools import go
from streamlit.testing.v1 import AppTest

from data.register import Change, Register


@pytest.fixture
def page(tmp_path: Path, parcel_rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    events = pd.DataFrame(
        {
            "parcel_id": ["P1", "P2"],
            "stage": ["vacated", "signed"],
            "occurred_on": pd.to_datetime(["2026-10-25", "2026-02-12"]),
        }
    )
    stuck = {"kind": "stuck", "parcel_id": "P1", "text": "评估价差距大", "reason": "compensation"}
    with Register.open(tmp_path, create=True) as register:
        register.commit(
            Change(
                kind="import",
                who="王工",
                why="宗地图层",
                recorded_at=datetime(2026, 11, 4, 9, tzinfo=UTC),
                parcels=parcel_rows,
                events=events,
                minutes=pd.DataFrame([stuck | {"meeting_on": "2026-10-28"}]),
                meta={"county": "瑞安市", "data_until": "2026-10-31"},
            )
        )
    monkeypatch.setenv("MUTU_WORKSPACE", str(tmp_path))
    return AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=60)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_being_cleared_stands_with_light_age_and_reason(page, lang):
    page.query_params.update({"m.progress": "clearing", "lang": lang})
    go(page, "progress")
    assert not page.exception
    assert not page.error
    parcels = page.dataframe[1].value
    assert parcels["parcel_name"].tolist() == ["二号", "一号"]  # longest in its stage first
    if lang == "zh":
        assert parcels["light"].tolist() == ["● 红 逾期", "● 红 逾期"]
        assert parcels["stuck"].tolist() == ["—", "补偿未谈妥"]
        assert page.dataframe[0].value.set_index("stage").loc["腾空", "red"] == 1
        titles = [part.value for part in page.subheader]
        assert "正在净地的宗地 2 宗：逾期 2 宗，有卡点 1 宗" in titles

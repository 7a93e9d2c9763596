"""Two ledgers on the pages: the differences listed, and told where the totals are."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from page_tools import go
from streamlit.testing.v1 import AppTest

from data.register import Change, LayerFile, Register
from layers.state import LEDGERS_DIFFER, flags
from ui import desk
from ui.ledgers import laid_alone, marked

MU = 2_000 / 3


def ledger(area_mu, owner="甲公司"):
    areas = [area_mu * MU, 199 * MU]
    rows = {"parcel_id": ["P1", "P2"], "owner": [owner, "乙公司"], "registered_area_m2": areas}
    return pd.DataFrame(rows)


@pytest.fixture
def workspace(county, tmp_path, monkeypatch):
    """Copy the county and take in two ledgers that differ about P1."""
    place = tmp_path / "county"
    shutil.copytree(county, place)
    moment = datetime(2026, 11, 10, 9, tzinfo=UTC)
    layers = (LayerFile("ledger_jx", ledger(120, "丙公司")), LayerFile("ledger_zg", ledger(99)))
    with Register.open(place) as register:
        register.commit(Change("import", "王工", "两局台账", moment, layers=layers))
    monkeypatch.setenv("MUTU_WORKSPACE", str(place))
    yield place
    desk.open_register(place).close()


@pytest.fixture
def app(workspace):
    return AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=60)


def test_the_parcels_page_lists_differences_and_who_resolves_them(app):
    go(app, "parcels")
    assert not app.exception
    assert "两局台账对照" in [head.value for head in app.subheader]
    table = app.dataframe[-1].value
    assert table["field"].tolist() == ["面积", "权利人"]
    assert table["size"].tolist() == pytest.approx([120 - 99, 99])
    assert table.loc[0, ["jx", "zg"]].tolist() == ["120.00 亩", "99.00 亩"]
    metrics = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert metrics["未解决差异"] == ("99.0 亩", "1 宗")
    app.query_params["parcel"] = "P1"
    app.run()
    card = next(block.body for block in app.get("html") if "两局台账对照" in block.body)
    assert "经信局 120.00 亩，资规局 99.00 亩；待自然资源和规划局解决" in card
    app.selectbox(key="ledgers.kind").set_value("stage").run()
    assert "没有这样的差异。" in [caption.value for caption in app.caption]


def test_the_overview_says_what_is_open(app):
    app.run()
    told = " ".join(caption.value for caption in app.caption)
    assert "还有 1 宗、99.0 亩存在未解决的差异" in told


def test_the_map_marks_what_is_open(workspace):
    looked = desk.open_desk(workspace, today=datetime(2026, 11, 10, tzinfo=UTC).date())
    bits = flags(marked(looked, looked.frame))
    assert (bits & LEDGERS_DIFFER > 0).tolist() == [True, *[False] * 5]


def test_land_on_one_ledger_only_stays_on_the_map_and_in_the_totals(app, workspace):
    names = ["parcel_id", "owner", "town", "registered_area_m2", "low_class"]
    jx = [
        ("X9", "丁厂", "塘下镇", 7 * MU, "underused"),
        ("X8", "己厂", "高楼镇", None, "underused"),
        (None, "戊厂", None, None, "underused"),
    ]
    zg = [("P3", "丙厂", "塘下镇", 5 * MU, "built_idle")]
    layers = [
        LayerFile(name, pd.DataFrame(rows, columns=names))
        for name, rows in (("ledger_jx", jx), ("ledger_zg", zg))
    ]
    moment = datetime(2026, 11, 11, 9, tzinfo=UTC)
    with Register.open(workspace) as register:
        register.commit(Change("import", "王工", "下月台账", moment, layers=layers))
    looked = desk.open_desk(workspace, today=datetime(2026, 11, 12, tzinfo=UTC).date())
    assert looked.frame.index[
        flags(marked(looked, looked.frame)) & LEDGERS_DIFFER > 0
    ].tolist() == ["P3"]
    body = json.loads(laid_alone(looked).body)
    labels = [feature["properties"]["label"] for feature in body["features"]]
    assert labels == [
        "塘下镇 · 仅经信局有 1 行、7.0 亩",
        "高楼镇 · 仅经信局有 1 行、—（面积不明 1 行）",
    ]
    app.run()
    told = " ".join(caption.value for caption in app.caption)
    assert "只在一方台账的未解决地块 4 行、12.0 亩（面积不明 2 行）" in told
    assert "1 行无处可标" in told
    app.query_params["parcel"] = "P3"
    app.switch_page("pages/map.py").run()
    assert not app.exception
    card = next(block.body for block in app.get("html") if "两局台账对照" in block.body)
    assert "资规局 丙厂" in card


def test_without_ledgers_nothing_is_said(home, county):
    home.run()
    assert "两局" not in " ".join(caption.value for caption in home.caption)
    looked = desk.open_desk(county, today=datetime(2026, 11, 10, tzinfo=UTC).date())
    assert not np.any(flags(marked(looked, looked.frame)) & LEDGERS_DIFFER)

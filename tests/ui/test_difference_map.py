"""The map of a difference shows what changes, and goes to the parcel of a chosen row."""

from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pytest
from page_tools import go
from shapely.affinity import translate
from streamlit.testing.v1 import AppTest

from data.drafts import begin
from data.register import Change, Register
from gis.io import write
from ui import jobs
from ui.components import map_view

NOW = datetime(2026, 11, 10, 8, tzinfo=UTC)


@pytest.fixture
def shown(monkeypatch) -> list:
    """What the county map was asked to show."""
    asked = []
    monkeypatch.setattr(map_view, "show", lambda _desk, **how: asked.append(how))
    return asked


@pytest.fixture
def page(tmp_path, parcel_rows, monkeypatch):
    """The difference of a file in which P1 has moved by a metre, and nothing else is."""
    with Register.open(tmp_path, create=True) as register:
        register.commit(
            Change(
                kind="import",
                who="王工",
                why="宗地图层",
                recorded_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
                parcels=parcel_rows,
                meta={"county": "瑞安市"},
            )
        )
        known = register.read_parcels(columns=["town"])
    monkeypatch.setenv("MUTU_WORKSPACE", str(tmp_path))
    moved = translate(known.geometry["P1"], 0.00001, 0)
    file = gpd.GeoDataFrame({"宗地编号": ["P1"]}, geometry=[moved], crs=4490)
    content = write(file, tmp_path / "十月.gpkg").read_bytes()
    (draft,) = begin(tmp_path, [("十月.gpkg", content)], now=NOW)
    app = AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=120)
    app.query_params.update({"m.draft": draft.draft_id, "m.step": "difference"})
    go(app, "intake")
    yield app
    jobs.finish()


def settle(app):
    jobs.finish()
    app.run()
    assert not app.exception
    return app


def test_the_map_shows_what_changes_and_the_rest_only_on_demand(page, shown):
    app = settle(settle(page))
    overlay = shown[-1]["overlay"]
    assert (overlay.kinds, shown[-1]["aside"]) == (("gained", "lost", "open"), True)
    assert overlay.box[2] - overlay.box[0] < 0.01  # degrees: the parcel, not the county
    (gone,) = (box for box in app.checkbox if box.key.endswith(".gone"))
    gone.check().run()
    assert "vanished" in shown[-1]["overlay"].kinds
    look = gone.key.removesuffix(".gone")
    app.session_state[look] = "P1"
    app.run()
    assert shown[-1]["look"].at["of"] == "P1"


def test_the_last_step_repeats_what_was_decided(page, shown):
    app = settle(settle(page))
    (mark,) = (box for box in app.checkbox if box.key.startswith("intake.vanished."))
    assert shown
    app.query_params["m.step"] = "commit"
    settle(app.run())
    assert "不加标记" in "".join(str(text.value) for text in app.markdown)
    app.query_params["m.step"] = "difference"
    settle(app.run())
    app.checkbox(key=mark.key).check().run()
    app.query_params["m.step"] = "commit"
    settle(settle(app.run()))
    assert "2 宗：加“图上消失”标记" in "".join(str(text.value) for text in app.markdown)

"""A county of six parcels on a grid, so that every figure on a page can be added up by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from data.register import Change, Register
from ui import desk, text

MU = 2_000 / 3
HOSTILE = '<script>alert("x")</script> **粗** :material/home: $x$ ' + "长" * 500
MEASURED_MU = {"P1": 100, "P2": 200, "P3": 300, "P4": 50, "P5": 60, "P6": None}


def parcel_frame() -> gpd.GeoDataFrame:
    ids = list(MEASURED_MU)
    return gpd.GeoDataFrame(
        {
            "parcel_name": ["一号", "二号", "三号", "四号", HOSTILE, "六号"],
            "town": ["塘下镇", "塘下镇", "飞云街道", "飞云街道", "南滨街道", None],
            "park": ["经济开发区", None, None, "高新区", None, None],
            "owner": ["甲公司", "乙公司", "丙公司", "丁公司", HOSTILE, None],
            "low_class": ["underused", "underused", "built_idle", "not_low", None, None],
            "renewal_mode": ["acquire", "acquire", "self_rebuild", None, None, None],
            "evaluation_grade": ["C", "D", "D", "A", None, None],
            "far": [0.4, 0.8, 1.2, 2.4, None, None],
            "planned_far": [2.0, 2.0, 2.0, 2.0, None, None],
            "geometry_area_m2": [None if mu is None else mu * MU for mu in MEASURED_MU.values()],
            "registered_area_m2": [66_000.0, 133_000.0, None, 33_000.0, 40_000.0, None],
            "plan_demolition_on": pd.to_datetime(["2026-03-01", "2026-04-01", *[None] * 4]),
        },
        index=pd.Index(ids, name="parcel_id"),
        geometry=[box(x, 27.7, x + 0.001, 27.701) for x in (120.6 + n * 0.0011 for n in range(6))],
        crs=4490,
    )


def event_frame() -> pd.DataFrame:
    return pd.DataFrame(
        [
            ("P1", "signed", "2026-02-10", None),
            ("P1", "demolished", "2026-05-20", 100 * MU),
            ("P2", "signed", "2026-10-12", None),
            ("P3", "started", "2025-11-20", 300 * MU),
        ],
        columns=["parcel_id", "stage", "occurred_on", "area_m2"],
    ).assign(occurred_on=lambda table: pd.to_datetime(table["occurred_on"]))


@pytest.fixture
def parcel_rows() -> gpd.GeoDataFrame:
    return parcel_frame()


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = tmp_path_factory.mktemp("county")
    with Register.open(workspace, create=True) as register:
        register.commit(
            Change(
                kind="import",
                who="王工",
                why="宗地图层",
                recorded_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
                parcels=parcel_frame(),
                meta={"county": "瑞安市", "sample": "1", "data_until": "2026-10-31"},
            )
        )
        register.commit(
            Change(
                kind="events",
                who="王工",
                why="月度进度",
                recorded_at=datetime(2026, 11, 5, 9, tzinfo=UTC),
                events=event_frame(),
            )
        )
    return workspace


@pytest.fixture(scope="session", autouse=True)
def components_looked_for_once() -> Iterator[None]:
    """Look for components among the installed packages once, not again for every page."""
    with pytest.MonkeyPatch.context() as patch:
        look = manifest_scanner.scan_component_manifests
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(look))
        yield


@pytest.fixture(autouse=True)
def fresh_state(monkeypatch: pytest.MonkeyPatch) -> None:
    began = PagesManager.__init__

    def begin(self: PagesManager, *args: object, **kwargs: object) -> None:
        began(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False  # as app.py does; AppTest resets it each run

    monkeypatch.setattr(PagesManager, "__init__", begin)
    desk.forget()
    text.set_language(text.DEFAULT)


@pytest.fixture
def home(county: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("MUTU_WORKSPACE", str(county))
    return AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=30)

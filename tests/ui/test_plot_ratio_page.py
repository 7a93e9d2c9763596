"""The plot-ratio page on the county of six parcels, by ledger and by buildings."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from page_tools import go
from shapely import box
from streamlit.testing.v1 import AppTest

from data.register import Change, LayerFile, Register
from ui import desk

M2_PER_MU = 2_000 / 3
MEASURED_MU = {"P1": 100, "P2": 200, "P3": 300, "P4": 50, "P5": 60}
"""Land by its polygon; that of P6 is unknown."""
LAND = {"P1": 66_000, "P2": 133_000, "P4": 33_000}
"""Registered land of the parcels whose plot ratio the ledger holds; that of P3 is unknown."""
FAR = {"P1": 0.4, "P2": 0.8, "P4": 2.4}


def opened(app: AppTest) -> AppTest:
    go(app, "plot_ratio")
    assert not app.exception
    assert not app.error
    return app


@pytest.fixture
def built(county, tmp_path, monkeypatch):
    """Copy the county and put a hall of two storeys on P1, known from November on."""
    workspace = tmp_path / "county"
    shutil.copytree(county, workspace)
    halls = gpd.GeoDataFrame(
        {"building_id": ["B1"], "storeys": [2], "storey_height_m": [4.0]},
        geometry=[box(120.6001, 27.7001, 120.6005, 27.7005)],
        crs=4490,
    )
    moment = datetime(2026, 11, 10, 9, tzinfo=UTC)
    with Register.open(workspace) as register:
        register.commit(
            Change("layers", "王工", "建筑", moment, layers=[LayerFile("buildings", halls)])
        )
    monkeypatch.setenv("MUTU_WORKSPACE", str(workspace))
    yield AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=30)
    desk.open_register(workspace).close()


def tables(app: AppTest) -> list[pd.DataFrame]:
    return [frame.value for frame in app.dataframe]


def test_the_ledgers_plot_ratios_add_up_on_the_page(home):
    app = opened(home)
    assert app.segmented_control(key="far.basis").value == "registered"
    floor = sum(FAR[name] * LAND[name] for name in FAR)
    assert app.metric[0].value == f"{floor / sum(LAND.values()):.2f}"
    gain = (2.0 - 0.4) * 66_000 + (2.0 - 0.8) * 133_000
    assert app.metric[2].value == f"{gain / 10_000:.1f} 万㎡"
    assert app.metric[2].delta == f"相当于少用地 {gain / 2.0 / M2_PER_MU:,.0f} 亩"
    assert app.metric[4].value == "2 宗"


def test_the_gain_by_town_and_its_sum_stand_in_one_table(home):
    gains = tables(opened(home))[1].set_index("group")
    assert gains.index[0] == "合计"
    parts = gains.drop(index="合计")
    assert gains.loc["合计", "parcels"] == parts["parcels"].sum() == 6
    assert gains.loc["合计", "gain2"] == pytest.approx(parts["gain2"].sum())


def test_without_buildings_the_page_says_what_to_do(home):
    home.query_params["m.basis"] = "computed"
    app = opened(home)
    assert "请先导入建筑图层" in app.info[0].value
    assert app.title[0].value == "还算不出平均容积率"
    assert app.metric[4].value == "6 宗"


def test_buildings_give_a_plot_ratio_and_the_bare_ones_zero(built):
    app = opened(built)
    assert app.segmented_control(key="far.basis").value == "computed"
    assert app.metric[4].value == "1 宗"  # P6: its land is unknown


def test_parcels_on_which_nothing_stands_are_set_apart_until_they_are_counted(built):
    built.query_params["m.basis"] = "computed"
    app = opened(built)
    app.number_input(key="far.least").set_value(0.0).run()
    land = sum(mu for name, mu in MEASURED_MU.items() if name != "P1")
    said = "\n".join(part.value for part in app.caption)
    assert f"图层中无建筑 4 宗 · {land:,.1f} 亩" in said
    assert app.metric[1].delta == "1 宗"
    alone = float(app.metric[0].value)
    whole = alone * MEASURED_MU["P1"] / (land + MEASURED_MU["P1"])
    assert app.metric[0].delta == f"计入无建筑的为 {whole:.2f}"
    cheap = tables(app)[2]
    assert cheap["name"].tolist() == ["一号"]
    assert cheap[["method", "coverage", "unlawful"]].values.tolist() == [["按建筑", 100.0, 0.0]]
    app.toggle(key="far.empty").set_value(True).run()
    assert app.query_params["m.empty"] == "1"
    assert app.metric[0].value == f"{whole:.2f}"
    assert set(tables(app)[2]["method"]) == {"按建筑", "图层中无建筑"}


def test_a_parcel_whose_buildings_are_all_unlawful_says_so(built, tmp_path):
    with Register.open(tmp_path / "county") as register:
        halls = register.read_layer("buildings").assign(permitted=False)
        moment = datetime(2026, 11, 12, 9, tzinfo=UTC)
        register.commit(
            Change("layers", "王工", "违建", moment, layers=[LayerFile("buildings", halls)])
        )
    built.query_params["m.basis"] = "computed"
    app = opened(built)
    assert "建筑全部违法 1 宗 · 100.0 亩" in "\n".join(part.value for part in app.caption)
    row = tables(app)[2].iloc[0]
    assert (row["far"], row["method"]) == (0.0, "建筑全部违法")
    assert row["unlawful"] > 0


def test_what_was_built_since_a_day_is_told(built):
    app = opened(built)
    app.date_input(key="far.since").set_value(datetime(2026, 11, 9).date()).run()  # noqa: DTZ001
    assert not app.exception
    said = "\n".join(str(part.value) for part in app.markdown)
    assert "与 2026-11-09 已知的数据相比" in said
    assert "未知 6 宗" in said  # without buildings nothing was known then


def test_a_filter_holds_for_every_figure(home):
    home.query_params["town"] = "塘下镇"
    app = opened(home)
    floor = 0.4 * 66_000 + 0.8 * 133_000
    assert app.metric[0].value == f"{floor / (66_000 + 133_000):.2f}"


def test_a_hostile_name_is_text_in_the_list_of_cheap_uplift(home):
    app = opened(home)
    assert not app.exception
    app.number_input(key="far.least").set_value(0.0).run()
    assert tables(app)[2]["name"].tolist()[:2] == ["二号", "一号"]


def test_the_basis_is_kept_in_the_address(home):
    app = opened(home)
    app.segmented_control(key="far.basis").set_value("surveyed").run()
    assert app.query_params["m.basis"] == "surveyed"
    assert app.segmented_control(key="far.basis").value == "surveyed"


def test_an_estimate_is_not_offered_without_rasters_of_heights(home):
    home.query_params["m.basis"] = "estimated"
    app = opened(home)
    assert "estimated" not in app.segmented_control(key="far.basis").options
    assert app.segmented_control(key="far.basis").value == "computed"


def height_raster(path: Path, metres: np.ndarray) -> Path:
    """Write heights over the parcels of the county, 1 m cells in EPSG:4549."""
    west, south, _, _ = (
        gpd.GeoSeries([box(120.6, 27.7, 120.601, 27.701)], crs=4490).to_crs(4549).total_bounds
    )
    place = rasterio.Affine(1, 0, west, 0, -1, south + metres.shape[0])
    look = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": "EPSG:4549"}
    height, width = metres.shape
    with rasterio.open(path, "w", height=height, width=width, transform=place, **look) as out:
        out.write(metres.astype("float32"), 1)
    return path


def test_an_estimate_from_heights_is_marked_with_its_range(built, tmp_path):
    ground = np.full((130, 130), 5.0)
    roofs = ground.copy()
    roofs[40:100, 10:60] += 8.0
    layers = [
        LayerFile("dem", path=height_raster(tmp_path / "dem.tif", ground)),
        LayerFile("dsm", path=height_raster(tmp_path / "dsm.tif", roofs)),
    ]
    moment = datetime(2026, 11, 12, 9, tzinfo=UTC)
    with Register.open(tmp_path / "county") as register:
        register.commit(Change("layers", "王工", "高程", moment, layers=layers))
    built.query_params["m.basis"] = "estimated"
    app = opened(built)
    assert app.segmented_control(key="far.basis").value == "estimated"
    captions = "\n".join(part.value for part in app.caption)
    assert "不与实测混用" in captions
    assert "误差范围的中位数" in captions
    assert app.metric[4].value == "5 宗"  # the rasters reach one parcel


def test_two_days_with_one_layer_of_buildings_say_so_and_the_day_is_kept(built):
    built.query_params["m.compared"] = "2026-11-10"
    app = opened(built)
    assert app.date_input(key="far.since").value.isoformat() == "2026-11-10"
    assert "两个日期用的是同一份建筑图层" in "\n".join(part.value for part in app.caption)
    app.date_input(key="far.since").set_value(datetime(2026, 11, 9).date()).run()  # noqa: DTZ001
    assert app.query_params["m.compared"] == "2026-11-09"
    assert "两个日期用的是同一份建筑图层" not in "\n".join(part.value for part in app.caption)


def test_parcels_that_overlap_are_named_on_one_line(built, tmp_path):
    with Register.open(tmp_path / "county") as register:
        rows = register.read_parcels().loc[["P2"]]
        rows.geometry = [box(120.6009, 27.7, 120.6021, 27.701)]  # a tenth of P1 and a little more
        moment = datetime(2026, 11, 12, 9, tzinfo=UTC)
        register.commit(Change("import", "王工", "边界", moment, parcels=rows))
    app = opened(built)
    (line,) = [part.value for part in app.caption if "图形重叠" in part.value]
    assert "2 宗与别的宗地图形重叠" in line.replace("\\", "").replace(" 与别", "与别")
    assert "一号 与 二号" in line

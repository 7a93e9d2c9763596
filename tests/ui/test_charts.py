"""Labels of the charts stand in the clear, and columns of the tables hold their text."""

import numpy as np
import pandas as pd
import pytest

from data import schema
from ui.components.charts import stage_funnel, town_bars
from ui.components.column_width import fitting
from ui.components.parcel_table import COLUMNS, columns
from ui.components.year_line import LINE_PX, roomier_below, spread, year_line
from ui.text import set_language

MU = 2_000 / 3


def curve(credited: list[float], plan: float = 1_720.0) -> pd.DataFrame:
    months = np.arange(1, 13)
    known = [*credited, *[np.nan] * (12 - len(credited))]
    return pd.DataFrame(
        {
            "month": months,
            "target_line_m2": 150 * months * MU,
            "plan_m2": plan / 12 * months * MU,
            "credited_m2": np.array(known) * MU,
        }
    )


def texts(chart: dict) -> list[dict]:
    marks = [layer for layer in chart["layer"] if layer["mark"]["type"] == "text"]
    return [layer | layer["mark"] for layer in marks]


def test_every_label_of_the_year_has_a_halo():
    drawn = texts(year_line(curve([100, 200, 350])).to_dict())
    halos = [mark for mark in drawn if "stroke" in mark]
    assert 2 * len(halos) == len(drawn)
    assert {mark["stroke"] for mark in halos} == {"#ffffff"}


def test_the_ends_are_named_right_of_the_last_point_with_room():
    chart = year_line(curve([100, 200, 350])).to_dict()
    ends = [mark for mark in texts(chart) if mark["fontSize"] == 13]
    assert {mark["align"] for mark in ends} == {"left"}
    assert min(mark["dx"] for mark in ends) > 0
    assert chart["autosize"]["type"] == "fit"


def test_labels_of_one_month_never_meet():
    apart = spread(pd.Series([-300.0, -302.0, -299.0])).sort_values()
    assert apart.diff().dropna().min() >= LINE_PX
    assert apart.index.tolist() == [1, 0, 2]


def test_a_value_is_written_on_the_side_away_from_the_nearest_line():
    credit, pace = np.array([200.0, 200.0, 0.0]), np.array([210.0, 190.0, 150.0])
    assert roomier_below(credit, [pace]).tolist() == [True, False, False]


@pytest.mark.parametrize("credited", [[], [0.0], [100.0] * 12])
def test_a_year_is_drawn_however_far_it_came(credited):
    assert year_line(curve(credited)).to_dict()["layer"]


def test_a_year_without_a_task_is_drawn_without_its_pace():
    assert year_line(curve([100.0]).assign(target_line_m2=np.nan)).to_dict()["layer"]


def test_bars_are_drawn_without_a_parcel():
    funnel = pd.DataFrame(
        {"stage": ["signed"], "parcels": 0, "area_m2": 0.0}
        | {"reached_parcels": 0, "reached_area_m2": 0.0}
    )
    assert stage_funnel(funnel).to_dict()["layer"]
    towns = pd.DataFrame({"town": [None], "credited_m2": 0.0, "credited_parcels": 0, "overdue": 1})
    assert town_bars(towns).to_dict()["layer"]


def test_a_heading_is_never_cut_but_long_names_are():
    assert fitting("图形面积（亩）", most=40) > 6 * 13
    assert fitting("名称", ["长" * 500], most=200) == 200


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_columns_hold_their_headings_ids_and_every_label(lang):
    set_language(lang)
    table = pd.DataFrame({name: ["330381001001GB00012"] for name in COLUMNS})
    config = columns(table)
    set_language("zh")
    assert list(config) == list(COLUMNS)
    assert config["parcel_id"]["width"] >= 19 * 7
    for name in COLUMNS:
        assert config[name]["width"] >= 7 * len(config[name]["label"])
    for name in ("stage", "low_class", "renewal_mode"):
        longest = max(schema.enum_labels(name, lang).values(), key=len)
        assert config[name]["width"] >= fitting("", [longest])

from datetime import date

import pandas as pd
import pytest

from analysis.clearing import clearing, clearing_summary
from data.clearing_rules import load_clearing_rules
from data.errors import RulesFaultyError
from data.rules import load_rules

RULES, WAYS = load_rules(), load_clearing_rules()
ON = date(2026, 10, 31)
LONGEST = RULES.workflow.usual_days["demolished"].longest


def desk(**rows):
    columns = ["renewal_mode", "stage", "stage_on", "due_on", "geometry_area_m2"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    due = pd.to_datetime(table["due_on"])
    return table.assign(
        stage_on=pd.to_datetime(table["stage_on"]),
        due_on=due,
        overdue=due < pd.Timestamp(ON),
        geometry_area_m2=table["geometry_area_m2"].astype(float),
    ).rename_axis("parcel_id")


COUNTY = desk(
    late=("acquire", "signed", "2026-05-01", "2026-09-30", 100),
    soon=("acquire", "vacated", "2026-10-01", "2026-11-30", 200),
    slow=("acquire", "vacated", "2026-01-01", "2027-12-31", 300),
    well=("joint", "demolished", "2026-10-01", "2027-12-31", None),
    free=("village", "signed", "2026-10-30", None, 500),
    self=("raise_far", "signed", "2026-10-30", None, 600),
    done=("acquire", "supplied", "2026-10-30", None, 700),
    open=(None, "signed", "2026-10-30", None, 800),
)


def found(stuck=None):
    return clearing(COUNTY, rules=RULES, ways=WAYS, state_on=ON, stuck=stuck)


def test_only_what_leads_to_net_land_is_being_cleared():
    assert set(found().index) == {"late", "soon", "slow", "well", "free", "open"}


def test_the_light_says_late_look_on_plan_or_no_plan():
    lights = found()["light"].to_dict()
    assert lights == {
        "late": "red",
        "soon": "amber",
        "slow": "amber",
        "well": "green",
        "free": "none",
        "open": "none",
    }


def test_a_sticking_point_turns_the_light_amber_but_never_hides_red():
    reasons = pd.Series({"well": "soil", "late": "funds", "gone": "court"})
    rows = found(reasons)
    assert rows.loc[["well", "late"], "light"].tolist() == ["amber", "red"]
    assert rows.loc["well", "stuck"] == "soil"
    assert rows.loc["soon", "stuck"] is None


def test_days_count_from_the_stage_and_are_held_against_the_usual_ones():
    rows = found()
    assert rows.loc["slow", "days_in_stage"] == (ON - date(2026, 1, 1)).days
    assert rows.loc["slow", "next_stage"] == "demolished"
    assert rows.loc["slow", "usual_longest"] == LONGEST
    assert bool(rows.loc["slow", "slow"]) is ((ON - date(2026, 1, 1)).days > LONGEST)
    assert rows.loc["slow", "age"] == "lt365"


def test_late_ones_stand_first_then_the_longest():
    assert found().index.tolist()[:2] == ["late", "slow"]


def test_the_summary_adds_up_and_counts_unknown_areas_apart():
    standing = pd.DataFrame(
        {
            "parcel_id": ["late", "soon", "soon", "soon", "old"],
            "stage": ["signed", "signed", "vacated", "vacated", "vacated"],
            "occurred_on": pd.to_datetime(
                ["2026-05-01", "2026-06-01", "2026-10-01", "2026-10-02", "2025-10-01"]
            ),
            "area_m2": [100.0, None, 150.0, 120.0, 50.0],
            "whole_m2": [100.0, 200.0, 200.0, 200.0, 50.0],
        }
    )
    table = clearing_summary(found(), standing, ways=WAYS, year=2026)
    assert table.index.tolist() == list(WAYS.stages)
    assert table.loc["vacated", ["parcels", "amber"]].tolist() == [2, 2]
    assert table.loc["vacated", "area_m2"] == 200 + 300
    assert table.loc["signed", ["year_parcels", "year_area_m2"]].tolist() == [2, 100 + 200]
    assert table.loc["vacated", ["year_parcels", "year_area_m2"]].tolist() == [1, 200]
    assert table.loc["demolished", "unknown_area"] == 1
    assert int(table["parcels"].sum()) == len(found())
    lights = table[["red", "amber", "green", "none"]].to_numpy().sum()
    assert int(lights) == len(found())


def test_an_empty_county_is_no_fault():
    rows = clearing(COUNTY.iloc[:0], rules=RULES, ways=WAYS, state_on=ON)
    standing = pd.DataFrame(
        {
            "parcel_id": [],
            "stage": [],
            "occurred_on": pd.to_datetime([]),
            "area_m2": [],
            "whole_m2": [],
        }
    )
    table = clearing_summary(rows, standing, ways=WAYS, year=2026)
    assert table["parcels"].tolist() == [0] * len(WAYS.stages)


def test_rules_without_source_or_with_an_unknown_stage_do_not_load(tmp_path):
    file = tmp_path / "clearing.toml"
    file.write_text('[clearing]\nstages = ["nowhere"]\n', "utf-8")
    with pytest.raises(RulesFaultyError, match="nowhere"):
        load_clearing_rules(file)
    with pytest.raises(RulesFaultyError):
        load_clearing_rules(tmp_path / "gone.toml")

from dataclasses import replace
from datetime import date

import pandas as pd

from analysis.screening_changes import Screened, screening_changes
from data.asof import AsOf
from data.screening_rules import load_screening_rules, parse_screening_rules

RULES = load_screening_rules()
DAY = AsOf(date(2026, 6, 30))


def parcels(**columns):
    size = len(next(iter(columns.values())))
    plain = {
        "is_supplied": [True] * size,
        "build_status": ["producing"] * size,
        "planned_far": [1.2] * size,
        "standard_land": [False] * size,
    }
    index = pd.Index([f"P{n + 1}" for n in range(size)], name="parcel_id")
    return pd.DataFrame({**plain, **columns}, index=index)


def test_nothing_changes_between_a_screening_and_itself():
    same = Screened(parcels(far=[0.8, 1.5]), RULES, DAY)
    assert screening_changes(same, same).empty


def test_a_changed_input_is_the_cause_and_is_named():
    before = Screened(parcels(far=[0.8, 1.5]), RULES, DAY)
    after = Screened(parcels(far=[1.3, 1.5]), RULES, DAY)
    found = screening_changes(before, after)
    assert found.index.tolist() == ["P1"]
    row = found.loc["P1"]
    assert (row["class_before"], row["class_after"]) == ("underused", "not_low")
    assert (row["rule_before"], row["rule_after"]) == ("underused_far", None)
    assert row["causes"] == ("data",)
    assert row["fields_changed"] == ("far",)
    assert row["rules_changed"] == ()


def test_time_alone_can_change_a_class():
    waiting = parcels(build_status=["not_started"])
    waiting["agreed_start_on"] = pd.to_datetime(["2026-06-30"])
    before = Screened(waiting, RULES, DAY)
    after = Screened(waiting, RULES, AsOf(date(2026, 7, 1)))
    found = screening_changes(before, after)
    assert found["class_after"].tolist() == ["supplied_unused"]
    assert found["causes"].tolist() == [("time",)]


def test_the_rule_that_moves_a_verdict_is_named_and_others_that_changed_are_not():
    text = RULES.text.replace(
        'test = { field = "built_share", op = "lt", unit = "share" }',
        'test = { field = "built_share", op = "lt", value = 50, unit = "pct" }',
    ).replace("实际竣工 {actual", "竣工 {actual")
    rows = parcels(far=[1.5, 1.5])
    rows["built_area_m2"], rows["registered_area_m2"] = [400.0, 600.0], 1_000.0
    found = screening_changes(
        Screened(rows, RULES, DAY), Screened(rows, parse_screening_rules(text), DAY)
    )
    assert found.index.tolist() == ["P1"]
    row = found.loc["P1"]
    assert (row["class_before"], row["class_after"]) == ("not_low", "underused")
    assert row["causes"] == ("rules",)
    assert row["rules_changed"] == ("underused_area",)


def test_new_and_gone_parcels_are_listed():
    both = parcels(far=[0.8, 1.5])
    found = screening_changes(
        Screened(both.iloc[:1], RULES, DAY), Screened(both.iloc[1:], RULES, DAY)
    )
    assert found["causes"].tolist() == [("gone",), ("new",)]
    assert found["class_after"].tolist() == [None, "not_low"]


def test_a_dropped_rule_is_named():
    rows = parcels(far=[0.8])
    kept = tuple(rule for rule in RULES.rules if rule.id != "underused_far")
    found = screening_changes(
        Screened(rows, RULES, DAY), Screened(rows, replace(RULES, rules=kept), DAY)
    )
    assert found["rules_changed"].tolist() == [("underused_far",)]

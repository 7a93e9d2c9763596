"""Screening on parcels whose verdict can be told by head."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import DuplicateParcelError
from analysis.screening import COLUMNS, screen, screen_with_issues
from analysis.screening_flips import what_would_change
from data import schema
from data.asof import AsOf
from data.screening_rules import load_screening_rules, parse_screening_rules

RULES = load_screening_rules()
DAY = AsOf(date(2026, 6, 30))

PRODUCING = {"is_supplied": True, "build_status": "producing", "standard_land": False}
WAITING = {"is_supplied": True, "build_status": "not_started"}
STOPPED = {"is_supplied": True, "build_status": "stopped", "actual_start_on": "2023-01-01"}


def parcels(*rows):
    frame = pd.DataFrame(list(rows))
    frame.index = pd.Index([f"P{n + 1}" for n in range(len(rows))], name="parcel_id")
    for key in frame.columns:
        kind = schema.field(key).type
        if kind == "date":
            frame[key] = pd.to_datetime(frame[key])
        elif kind == "bool":
            frame[key] = frame[key].astype("boolean")
        elif kind == "float":
            frame[key] = frame[key].astype(float)
    return frame


def one(row, *, rules=RULES, on=DAY):
    return screen(parcels(row), ruleset=rules, as_of=on).iloc[0]


def test_the_frame_has_its_columns_on_the_index_of_the_parcels():
    frame = parcels(PRODUCING, WAITING).sort_index(ascending=False)
    found = screen(frame, ruleset=RULES, as_of=DAY)
    assert tuple(found.columns) == COLUMNS
    pd.testing.assert_index_equal(found.index, frame.index)


def test_land_approved_and_not_supplied():
    found = one({"is_supplied": False, "approved_on": "2024-02-01"})
    assert found["class"] == "approved_unsupplied"
    assert found["rule"] == "approved_unsupplied"
    assert found["value"] is False
    assert "2024-02-01" in found["sentence_zh"]


def test_supplied_and_not_started_is_unused_from_the_day_after_the_agreed_start():
    row = WAITING | {"agreed_start_on": "2026-06-30"}
    assert one(row)["class"] == "not_low"
    found = one(row, on=AsOf(date(2026, 7, 1)))
    assert (found["class"], found["value"], found["threshold"]) == ("supplied_unused", 1, 0)
    assert found["unit"] == "day"


def test_an_extension_moves_the_day_on_which_works_are_due():
    row = WAITING | {"agreed_start_on": "2024-01-01", "extended_start_on": "2026-12-01"}
    assert one(row)["class"] == "not_low"
    assert not one(row)["suspected_idle"]


@pytest.mark.parametrize(
    ("due", "days", "suspected"),
    [
        ("2025-07-01", 1, False),
        ("2025-06-30", 0, False),
        ("2025-06-29", -1, True),
        ("2024-06-30", -365, True),
    ],
)
def test_one_full_year_past_the_agreed_start_is_suspected_idle(due, days, suspected):
    found = one(WAITING | {"agreed_start_on": due})
    assert found["idle_countdown_days"] == days
    assert bool(found["suspected_idle"]) is suspected
    assert (found["idle_rule"] == "idle_not_started") is suspected


def test_a_year_from_a_leap_day_ends_on_the_last_of_february():
    row = WAITING | {"agreed_start_on": "2024-02-29"}
    assert not one(row, on=AsOf(date(2025, 2, 28)))["suspected_idle"]
    assert one(row, on=AsOf(date(2025, 3, 1)))["suspected_idle"]


@pytest.mark.parametrize(
    ("started", "invested", "stopped", "rule"),
    [
        (333.0, 500.0, "2025-06-29", "idle_underdeveloped"),  # 333/1000 < 1/3
        (1_000 / 3, 500.0, "2025-06-29", None),  # exactly a third is not under it
        (334.0, 249.0, "2025-06-29", "idle_underinvested"),  # 249/1000 < 25 %
        (334.0, 250.0, "2025-06-29", None),
        (333.0, 249.0, "2025-06-30", None),  # the year is not yet over
    ],
)
def test_works_stopped_for_a_year_short_of_a_third_or_a_quarter(started, invested, stopped, rule):
    found = one(
        STOPPED
        | {
            "stopped_on": stopped,
            "startable_area_m2": 1_000.0,
            "started_area_m2": started,
            "agreed_investment_wan": 1_000.0,
            "invested_wan": invested,
        }
    )
    assert found["idle_rule"] == rule
    assert bool(found["suspected_idle"]) is (rule is not None)


def test_a_suspicion_is_called_so_and_names_the_clause_and_the_cause():
    found = one(WAITING | {"agreed_start_on": "2024-01-01", "delay_cause": "government"})
    assert found["idle_sentence_zh"].startswith("疑似闲置")
    assert "政府原因" in found["idle_sentence_zh"]
    assert found["idle_clause"] == "《闲置土地处置办法》第二条第一款"
    assert found["all_hits"] == ("supplied_unused", "idle_not_started")


def test_built_below_the_agreed_plot_ratio_prints_value_against_threshold():
    found = one(PRODUCING | {"far": 0.8, "planned_far": 1.2})
    assert (found["class"], found["value"], found["threshold"]) == ("underused", 0.8, 1.2)
    assert found["unit"] == "ratio"
    assert found["sentence_zh"] == "实际容积率 0.80，低于规划或合同约定的 1.20。"
    assert found["sentence_en"] == "Plot ratio 0.80 is below the 1.20 of plan or contract."


def test_two_figures_that_would_look_alike_are_printed_apart():
    found = one(PRODUCING | {"far": 1.999, "planned_far": 2.0})
    assert "1.999" in found["sentence_zh"]


def test_reaching_the_threshold_is_enough():
    assert one(PRODUCING | {"far": 1.2, "planned_far": 1.2})["class"] == "not_low"


def test_built_and_idle_and_below_the_agreed_tax():
    good = {"far": 2.0, "planned_far": 1.0}
    assert one(good | {"is_supplied": True, "build_status": "completed"})["class"] == "built_idle"
    taxed = PRODUCING | good | {"tax_wan_per_mu": 9.0, "agreed_tax_wan_per_mu": 10.0}
    assert one(taxed)["class"] == "below_agreed"


def test_of_several_rules_that_hold_the_first_by_priority_gives_the_one_class():
    found = one(
        PRODUCING
        | {"far": 0.5, "planned_far": 1.0, "tax_wan_per_mu": 1.0, "agreed_tax_wan_per_mu": 9.0}
    )
    assert found["class"] == "underused"
    assert found["all_hits"] == ("underused_far", "below_agreed_tax")


def test_unknown_inputs_give_no_class_but_what_is_missing():
    found = one(PRODUCING | {"far": None, "planned_far": 1.2})
    assert found["class"] == "insufficient"
    assert found["missing"] == ("far",)
    assert found["rule"] is None
    assert np.isnan(found["value"]) if isinstance(found["value"], float) else found["value"] is None
    assert "实际容积率" in found["sentence_zh"]


def test_a_parcel_of_which_nothing_is_known_lacks_every_input_of_the_guards():
    found = one({"town": "塘下镇"})
    assert found["class"] == "insufficient"
    assert {"is_supplied", "build_status", "approved_area_m2"} <= set(found["missing"])
    assert found["suspected_idle"] is pd.NA
    assert pd.isna(found["idle_countdown_days"])


def test_an_unknown_that_cannot_matter_is_not_missed():
    found = one({"is_supplied": True, "build_status": "cleared"})
    assert (found["class"], found["missing"]) == ("not_low", ())


def test_a_date_in_the_future_is_told_and_not_used():
    frame = parcels(WAITING | {"agreed_start_on": "2024-01-01", "actual_start_on": "2027-01-01"})
    found, issues = screen_with_issues(frame, ruleset=RULES, as_of=DAY)
    assert found["class"].iloc[0] == "insufficient"
    assert found["missing"].iloc[0] == ("actual_start_on",)
    row = issues.iloc[0]
    assert (row["parcel_id"], row["field"], row["kind"]) == ("P1", "actual_start_on", "future_date")
    assert "2027-01-01" in row["message"]
    assert "2026-06-30" in row["message_en"]


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        ({"far": 1_041.0}, "out_of_range"),
        ({"far": -1.0}, "out_of_range"),
        ({"far": float("inf")}, "out_of_range"),
    ],
)
def test_an_impossible_figure_is_told_and_not_used(bad, kind):
    found, issues = screen_with_issues(
        parcels(PRODUCING | {"planned_far": 1.2} | bad), ruleset=RULES, as_of=DAY
    )
    assert found["class"].iloc[0] == "insufficient"
    assert issues["kind"].tolist() == [kind]


def test_text_in_place_of_numbers_and_unknown_codes_are_told():
    frame = parcels(PRODUCING | {"far": 0.5, "planned_far": 1.2}).astype(object)
    frame["far"], frame["build_status"] = "三", "ruin"
    found, issues = screen_with_issues(frame, ruleset=RULES, as_of=DAY)
    assert found["class"].iloc[0] == "insufficient"
    assert issues["kind"].tolist() == ["unreadable", "unreadable"]


def test_a_divisor_of_zero_leaves_the_ratio_unknown_and_is_told():
    frame = parcels(STOPPED | {"startable_area_m2": 0.0, "started_area_m2": 10.0})
    found, issues = screen_with_issues(frame, ruleset=RULES, as_of=DAY)
    assert "startable_area_m2" in found["missing"].iloc[0]
    assert "zero_divisor" in issues["kind"].tolist()


def test_an_id_that_occurs_twice_is_refused():
    frame = pd.concat([parcels(PRODUCING)] * 2)
    with pytest.raises(DuplicateParcelError, match="P1"):
        screen(frame, ruleset=RULES, as_of=DAY)


def test_no_parcels_give_an_empty_screening():
    assert len(screen(parcels(PRODUCING).iloc[:0], ruleset=RULES, as_of=DAY)) == 0


def test_without_a_rule_in_force_nothing_is_called_good():
    found = one(PRODUCING | {"far": 2.0, "planned_far": 1.0}, on=AsOf(date(2013, 1, 1)))
    assert (found["class"], found["missing"]) == ("insufficient", ())
    assert "没有在用的分类规则" in found["sentence_zh"]


def test_an_example_threshold_is_marked_in_every_sentence():
    text = RULES.text.replace(
        'field = "built_share", op = "lt", unit',
        'field = "built_share", op = "lt", value = 0.5, unit',
    ).replace('clause = "已建成用地占比"', 'example = true\nclause = "已建成用地占比"')
    row = PRODUCING | {"far": 2.0, "planned_far": 1.0, "built_area_m2": 40.0}
    found = one(row | {"registered_area_m2": 100.0}, rules=parse_screening_rules(text))
    assert found["sentence_zh"].startswith("【示例】")
    assert "40.0%" in found["sentence_zh"]
    assert found["sentence_en"].startswith("[example]")


def test_a_rule_may_rest_on_another_rule():
    text = RULES.text + (
        '\n[screening.rule.late]\nflag = "high_consumption"\npriority = 900\n'
        'when = { not = { rule = "idle_not_started" } }\n'
        'test = { field = "is_supplied", op = "eq", value = true }\n'
        'clause = "c"\nsource = "s"\ntag = "G"\nvalid_from = 2020-01-01\n'
        'sentence_zh = "a"\nsentence_en = "b"\n'
    )
    rules = parse_screening_rules(text)
    late, early = ({"agreed_start_on": day} for day in ("2024-01-01", "2026-01-01"))
    found = screen(parcels(WAITING | late, WAITING | early), ruleset=rules, as_of=DAY)
    assert found["high_consumption"].tolist() == [False, True]


def test_what_would_change_a_verdict_is_checked_by_screening_again():
    frame = parcels(PRODUCING | {"far": 0.8, "planned_far": 1.2})
    flips = {f.field: f for f in what_would_change(frame, "P1", ruleset=RULES, as_of=DAY)}
    assert flips["far"].value_to == 1.2
    assert flips["far"].class_after == "not_low"
    assert flips["planned_far"].value_to == 0.8
    assert flips["build_status"].class_after in schema.enum_codes("low_class")
    for flip in flips.values():
        if flip.field != "as_of":
            changed = frame.assign(**{flip.field: flip.value_to})
            after = screen(changed, ruleset=RULES, as_of=DAY)["class"].iloc[0]
            assert after == flip.class_after, flip


def test_time_alone_is_among_what_would_change_a_verdict():
    frame = parcels(WAITING | {"agreed_start_on": "2026-07-10"})
    flips = what_would_change(frame, "P1", ruleset=RULES, as_of=DAY)
    last = flips[-1]
    assert (last.field, last.value_to, last.class_after) == (
        "as_of", date(2026, 7, 11), "supplied_unused",
    )  # fmt: skip


def test_a_missing_input_is_named_first_with_what_it_would_decide():
    frame = parcels(PRODUCING | {"far": None, "planned_far": 1.2})
    flips = what_would_change(frame, "P1", ruleset=RULES, as_of=DAY)
    assert flips[0].field == "far"
    assert {f.class_after for f in flips if f.field == "far"} == {"underused", "not_low"}


VALUES = {
    "is_supplied": st.sampled_from([True, False, None]),
    "build_status": st.sampled_from([*schema.enum_codes("build_status"), None]),
    "far": st.sampled_from([0.5, 1.0, 30.0, None]),
    "planned_far": st.sampled_from([0.5, 1.0, None]),
    "agreed_start_on": st.sampled_from(["2024-01-01", "2026-01-01", "2027-01-01", None]),
    "actual_start_on": st.sampled_from(["2025-01-01", "2027-01-01", None]),
    "stopped_on": st.sampled_from(["2024-01-01", None]),
    "standard_land": st.sampled_from([True, False, None]),
    "tax_wan_per_mu": st.sampled_from([1.0, 20.0, None]),
    "agreed_tax_wan_per_mu": st.sampled_from([10.0, None]),
    "approved_on": st.sampled_from(["2023-01-01", None]),
}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.fixed_dictionaries(VALUES), min_size=1, max_size=6))
def test_every_parcel_has_one_class_and_says_why(rows):
    frame = parcels(*rows)
    found = screen(frame, ruleset=RULES, as_of=DAY)
    assert found["class"].isin(schema.enum_codes("low_class")).all()
    ruled = ~found["class"].isin(["insufficient", "not_low"])
    assert found["rule"].notna().equals(ruled)
    assert (found["missing"].map(len) > 0)[found["class"] == "insufficient"].all()
    assert (found["missing"].map(len) == 0)[found["class"] == "not_low"].all()
    alone = pd.concat([screen(frame.loc[[i]], ruleset=RULES, as_of=DAY) for i in frame.index])
    assert alone["sentence_zh"].tolist() == found["sentence_zh"].tolist()
    for keys, key in ((k, i) for i, k in found["missing"].items()):
        assert all(name in RULES.inputs for name in keys), key


@settings(max_examples=40, deadline=None)
@given(st.fixed_dictionaries(VALUES), st.data())
def test_learning_an_unknown_never_contradicts_a_class_but_by_a_rule_before_it(row, data):
    """A class stands whatever the unknown inputs turn out to be, or gives way to an earlier one."""
    before = one(row)
    unknown = [key for key, value in row.items() if value is None and key != "actual_start_on"]
    if before["class"] in ("insufficient",) or not unknown:
        return
    key = data.draw(st.sampled_from(unknown))
    value = data.draw(VALUES[key].filter(lambda v: v is not None))
    after = one(row | {key: value})
    order = [rule.id for rule in RULES.rules]
    if before["class"] == "not_low":
        # Only what was recorded or not can open a rule: dates and agreed tax.
        assert after["class"] in ("not_low", "insufficient") or key in (
            "approved_on", "agreed_tax_wan_per_mu",
        )  # fmt: skip
    else:
        assert order.index(after["rule"]) <= order.index(before["rule"])

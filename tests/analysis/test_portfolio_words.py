"""What a portfolio says: why there is no answer, what is sure, what one goal costs in another."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from portfolio_tools import best_by_trying, made

from analysis.portfolio import solve
from analysis.portfolio_stability import stability
from analysis.portfolio_tradeoff import trade_off
from data.portfolio_settings import settings_from

ASKED = {"years": [2027, 2028], "task_mu": 50, "months": 6, "gap": 0.0}


def clash(problem):
    found = solve(problem)
    assert (found.status, len(found.chosen)) == ("infeasible", 0)
    return found.conflict


def test_a_town_with_too_little_land_is_named_with_what_is_left_and_asked():
    asked = ASKED | {"towns": {"南滨街道": {"least_mu": 300}, "塘下镇": {"least_mu": 10}}}
    problem = made(
        [112, 100, 90], asked, town=["南滨街道", "南滨街道", "塘下镇"], cost_wan=[1, 1, 1]
    )
    (only,) = clash(problem)
    assert only.say() == "南滨街道只有 212.0 亩可选，要求至少 300.0 亩"
    assert only.say("en") == "南滨街道 has 212.0 mu left, at least 300.0 is asked"


def test_contradictory_locks_are_the_whole_conflict():
    asked = ASKED | {"locked_in": {"A": 2027}, "locked_out": ["a"], "budgets_wan": 0}
    assert {each.kind for each in clash(made([60, 60], asked, cost_wan=[0, 1]))} == {
        "locked_in", "locked_out",
    }  # fmt: skip


def test_a_budget_says_what_would_be_needed_for_the_task():
    asked = ASKED | {"budgets_wan": {"2027": 0, "2028": 100}}
    task, budget = clash(made([60, 70, 60], asked, cost_wan=[7, 5, 9]))
    assert (task.kind, task.year, task.asked, task.reach) == ("task", 2027, 50, 0)
    assert (budget.kind, budget.year, budget.asked, budget.reach) == ("budget", 2027, 0, 5)


def test_a_year_that_nothing_can_reach_in_time_is_told_so():
    asked = ASKED | {"months": 14, "credited_mu": {"2027": 20}}
    (only,) = clash(made([900], asked, cost_wan=[1]))
    assert (only.year, only.reach, only.none_yet) == (2027, 20, True)
    assert only.say().endswith("此前启动的连片在该年都还不能计入")


def test_no_smaller_set_of_asks_contradicts_itself():
    asked = ASKED | {
        "budgets_wan": {"2027": 8, "2028": 4},
        "locked_out": ["B"],
        "never": [["A", "C"]],
        "together": [["C", "D"]],
        "towns": {"塘下镇": {"most_mu": 130}},
    }
    problem = made([60, 55, 70, 52], asked, cost_wan=[7, 5, 9, 6])
    told = clash(problem)
    parts = {
        ("task", 2027): ("task_mu", {2028: 50.0}),
        ("task", 2028): ("task_mu", {2027: 50.0}),
        ("budget", 2027): ("budgets_wan", {2028: 4.0}),
        ("budget", 2028): ("budgets_wan", {2027: 8.0}),
        ("locked_out", None): ("locked_out", ()),
        ("never", None): ("never", ()),
        ("together", None): ("together", ()),
        ("town_most", None): ("towns", {}),
    }
    full = problem.settings

    def fits(kept):
        settings = full
        for name, (field, without) in parts.items():
            if name not in kept:
                now = getattr(settings, field)
                if isinstance(now, dict):
                    rest = {k: v for k, v in now.items() if k in without}
                    settings = replace(settings, **{field: rest})
                else:
                    settings = replace(settings, **{field: without})
        return best_by_trying(replace(problem, settings=settings)) is not None

    mine = {(each.kind, each.year) for each in told}
    assert not fits(mine)
    for few in itertools.combinations(parts, len(mine) - 1):
        assert fits(few)


def test_what_is_cheap_by_far_is_sure_and_equals_are_open():
    asked = {"years": [2027], "task_mu": 100, "months": 6}
    problem = made([60, 60, 60, 60], asked, cost_wan=[1, 9, 9, 50])
    found = solve(problem)
    moved = stability(problem, found, draws=16, seed=4)
    assert moved.table["verdict"].to_dict() == {"A": "sure", "B": "open", "C": "open"}
    assert moved.table.loc[["B", "C"], "share"].sum() == pytest.approx(1)
    assert moved.table.equals(stability(problem, found, draws=16, seed=4).table)


def test_longer_durations_can_leave_no_answer_and_that_is_counted():
    asked = {"years": [2027], "task_mu": 50, "months": 11}
    problem = made([60], asked, cost_wan=[1])
    moved = stability(problem, solve(problem), draws=40, seed=1)
    # Above 12 months nothing is credited in the year: for factors beyond 12 / 11 of 0.8 to 1.2.
    assert moved.answered / moved.draws == pytest.approx((12 / 11 - 0.8) / 0.4, abs=0.15)


def test_the_curve_between_two_goals_holds_every_answer_that_none_beats():
    area = [50, 50, 50, 50]
    asked = {"years": [2027], "task_mu": 50, "task_most_mu": 50, "months": 6, "gap": 0.0}
    problem = made(area, asked, cost_wan=[1, 4, 5, 9], gain_m2=[10, 20, 15, 40])
    curve = trade_off(problem, points=9)
    # C is beaten by B: dearer, and less gained.
    assert [answer.chosen.index.tolist() for answer in curve.solutions] == [["A"], ["B"], ["D"]]
    assert curve.points["cost_wan"].tolist() == [1, 4, 9]


def test_limits_over_all_years_hold_and_are_told_where_they_clash():
    asked = ASKED | {"totals": {"gain_least_m2": 90}}
    problem = made([60, 60, 60], asked, cost_wan=[1, 2, 9], gain_m2=[10, 20, 70])
    assert sorted(solve(problem).chosen.index) == ["B", "C"]
    tight = asked | {"totals": {"cost_most_wan": 10, "gain_least_m2": 90}}
    told = clash(replace(problem, settings=settings_from(tight)))
    assert [(each.kind, each.asked, each.reach) for each in told] == [
        ("total_cost", 10, 11), ("total_gain", 90, 80),
    ]  # fmt: skip

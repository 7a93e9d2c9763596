"""The choice of blocks: against every choice there is, and on what must be said clearly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from portfolio_tools import best_by_trying, made

from analysis.portfolio import solve
from analysis.portfolio_check import check
from analysis.portfolio_problem import (
    NothingToChooseError,
    UnknownFiguresError,
    UnknownPlaceInPortfolioError,
)
from data.portfolio_settings import PortfolioSettingsFaultyError, settings_from

YEARS = [2027, 2028, 2029]


@st.composite
def instances(draw):
    """Up to 12 blocks and 3 years with whole figures, so that sums are exact."""
    count = draw(st.integers(1, 12))
    years = YEARS[: draw(st.integers(1, 3))]

    def numbers(low, high):
        return draw(st.lists(st.integers(low, high), min_size=count, max_size=count))

    # Of many blocks most have one year to start in, so that every choice can be tried.
    latest = 12 * len(years) - 1
    months = [
        month if count < 6 or n % 3 == 0 else latest for n, month in enumerate(numbers(0, latest))
    ]
    names = st.sampled_from([chr(65 + n) for n in range(count)])
    groups = st.lists(names, min_size=2, max_size=3, unique=True)
    extras = {
        "credited_mu": lambda: {str(years[0]): draw(st.integers(0, 20))},
        "budgets_wan": lambda: {str(year): draw(st.integers(5, 60)) for year in years},
        "firms_most": lambda: {str(years[-1]): draw(st.integers(0, 8))},
        "towns": lambda: {
            "甲镇": {"least_mu": draw(st.integers(0, 9)), "most_mu": draw(st.integers(9, 40))},
            "乙镇": {"least_pct": draw(st.integers(0, 60))},
        },
        "locked_in": lambda: {draw(names): draw(st.sampled_from(["", *years]))},
        "locked_out": lambda: [draw(names)],
        "together": lambda: [draw(groups)] if count > 1 else [],
        "never": lambda: [draw(groups)] if count > 1 else [],
    }
    wanted = draw(st.lists(st.sampled_from(sorted(extras)), max_size=3, unique=True))
    asked = {name: extras[name]() for name in wanted}
    most = 5 * count // len(years)
    late = {str(years[-1]): draw(st.integers(0, most))}
    asked["task_mu"] = late | {str(year): draw(st.integers(0, 4)) for year in years[:-1]}
    asked |= {"years": years, "gap": 0.0}
    town = draw(st.lists(st.sampled_from(["甲镇", "乙镇"]), min_size=count, max_size=count))
    return made(
        numbers(1, 12), asked, town=town, cost_wan=numbers(0, 20), firms=numbers(0, 4),
        months=months,
    )  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(instances())
def test_the_answer_is_that_of_trying_every_choice(problem):
    found, best = solve(problem), best_by_trying(problem)
    if best is None:
        assert found.status == "infeasible"
        assert found.conflict
    else:
        assert (found.status, found.faults) == ("optimal", ())
        assert found.objective == pytest.approx(best)


def test_a_year_is_reached_by_what_starts_early_enough():
    problem = made(
        [100, 100], {"years": YEARS, "task_mu": {"2029": 100}, "months": 30}, cost_wan=[5, 9]
    )
    found = solve(problem)
    assert found.chosen[["start_year", "credit_year"]].to_numpy().tolist() == [[2027, 2029]]
    assert found.years.loc[2029, "blocks"] == ("A",)
    assert found.years.loc[2027, ["started", "cost_wan"]].tolist() == [("A",), 5]


def test_of_a_block_a_part_is_enough_and_no_parcel_is_taken_twice():
    parts = {"AB": ("AB", ("a", "b")), "AB/1": ("AB", ("a",)), "AB/2": ("AB", ("b",))}
    asked = {"years": [2027], "task_mu": 60, "months": 6}
    problem = made([60, 80], asked, cost_wan=[6, 8], parts=parts)
    kept = problem.candidates.loc[["AB", "AB/1", "AB/2"]]
    found = solve(replace(problem, candidates=kept))
    assert found.chosen.index.tolist() == ["AB/1"]
    whole = replace(
        problem,
        candidates=kept,
        settings=settings_from(asked | {"locked_in": {"AB": 2027}, "gap": 0.0}),
    )
    taken = [parcel for parcels in solve(whole).chosen["parcel_ids"] for parcel in parcels]
    assert sorted(taken) == ["a", "b"]


def test_each_goal_is_told_in_its_own_unit():
    asked = {"years": [2027], "task_mu": 50, "task_most_mu": 60, "months": 6, "gap": 0.0}
    figures = {"cost_wan": [5, 9], "gain_m2": [100, 300], "difficulty": [80, 20]}
    for goal, best, block in (("cost", 5, "A"), ("gain", 300, "B"), ("difficulty", 1_200, "B")):
        found = solve(made([50, 60], asked | {"weights": {goal: 1}}, **figures))
        assert (found.objective, found.chosen.index.tolist()) == (best, [block])
    mixed = solve(made([50, 60], asked | {"weights": {"cost": 1, "gain": 1}}, **figures))
    # Means per 亩: 14 / 110 万元 and 400 / 110 m².
    assert mixed.objective == pytest.approx(9 / (14 / 110) - 300 / (400 / 110))


def test_the_same_seed_gives_the_same_answer():
    rng = np.random.default_rng(3)
    asked = {"years": YEARS, "task_mu": 300, "months": 13, "task_most_mu": 330, "seed": 5}
    asked |= {"credited_mu": {"2027": 300}, "gap": 0.005}
    area, cost = rng.uniform(20, 60, 26), rng.uniform(9, 90, 26)
    one, two = (solve(made(area, asked, cost_wan=cost)) for _ in range(2))
    assert one.chosen.equals(two.chosen)
    assert 0 <= one.gap <= 0.005


def test_unknown_costs_are_asked_for_and_never_free():
    asked = {"years": [2027], "task_mu": 50, "months": 6}
    problem = made([50, 60], asked, cost_wan=[np.nan, 9])
    with pytest.raises(UnknownFiguresError, match=r"费用（A 1 个）"):
        solve(problem)
    left = solve(replace(problem, settings=settings_from(asked | {"unknown": "leave_out"})))
    assert (left.left_out, left.chosen.index.tolist()) == (("A",), ["B"])
    known = problem.candidates.assign(cost_wan_known=[4.0, 9.0])
    least = solve(
        replace(problem, candidates=known, settings=settings_from(asked | {"unknown": "known"}))
    )
    assert (least.incomplete, least.objective) == (("A",), 4)
    nothing = replace(problem, candidates=problem.candidates.iloc[:1])
    with pytest.raises(NothingToChooseError):
        solve(replace(nothing, settings=settings_from(asked | {"unknown": "leave_out"})))


@pytest.mark.parametrize("goal", ["cost", "difficulty", "gain"])
def test_the_known_part_of_a_cost_counts_the_same_whatever_the_goal(goal):
    """Of A's cost 4 are known, of B's all 9: both start in the only year."""
    asked = {"years": [2027], "task_mu": 100, "months": 6, "unknown": "known"}
    problem = made([50, 60], asked | {"weights": {goal: 1}}, cost_wan=[np.nan, 9], gain_m2=[3, 4],
                   difficulty=[50, 60])  # fmt: skip
    known = problem.candidates.assign(cost_wan_known=[4.0, 9.0], cost_wan_unknown=[2, 0])
    found = solve(replace(problem, candidates=known))
    assert found.chosen["cost_wan"].to_dict() == {"A": 4, "B": 9}
    assert found.chosen["cost_wan_unknown"].to_dict() == {"A": 2, "B": 0}
    assert (found.totals["cost_wan"], found.incomplete) == (13, ("A",))
    assert found.years.loc[2027, ["cost_wan", "cost_wan_unknown"]].tolist() == [13, 1]


def test_locks_on_what_is_not_there_are_refused_by_name():
    asked = {"years": [2027], "task_mu": 50, "locked_out": ["A", "Z9"]}
    with pytest.raises(UnknownPlaceInPortfolioError, match="Z9"):
        solve(made([50], asked, cost_wan=[1]))


def test_settings_with_faults_are_refused_with_all_of_them():
    with pytest.raises(PortfolioSettingsFaultyError) as refusal:
        settings_from(
            {
                "years": [2027, 2029],
                "task_mu": {"2027": -1},
                "towns": {"甲镇": {"least_mu": 9, "most_mu": 3}},
                "never": [["A"]],
                "weights": {"beauty": 1},
                "unknwon": "ask",
            }
        )
    for part in (
        "years",
        "task_mu 2027",
        "甲镇: least_mu > most_mu",
        "never",
        "weights",
        "unknwon",
    ):
        assert part in str(refusal.value)


def test_one_block_larger_than_the_task_is_a_year_of_its_own():
    found = solve(made([5_000], {"years": [2027], "task_mu": 1_800, "months": 6}, cost_wan=[1]))
    assert found.years.loc[2027, "area_mu"] == 5_000
    most = {"years": [2027], "task_mu": 1_800, "task_most_mu": 1_980, "months": 6}
    refused = solve(made([5_000], most, cost_wan=[1]))
    assert {each.kind for each in refused.conflict} == {"task", "task_most"}
    assert refused.conflict[0].reach == 0
    assert refused.conflict[1].reach == 5_000


def test_the_check_finds_what_a_wrong_answer_does():
    asked = {"years": [2027, 2028], "task_mu": 50, "months": 6, "budgets_wan": 9,
             "never": [["A", "B"]]}  # fmt: skip
    problem = made([50, 60, 70], asked, cost_wan=[5, 9, 7])
    right = solve(problem)
    assert check(problem, right.chosen) == ()
    wrong = right.chosen.copy()
    wrong["start_year"] = wrong["credit_year"] = 2027
    wrong["parcel_ids"] = wrong["parcel_ids"].map(lambda ids: (*ids, "a"))
    kinds = {fault.kind for fault in check(problem, wrong)}
    assert {"twice", "area", "task", "budget"} <= kinds

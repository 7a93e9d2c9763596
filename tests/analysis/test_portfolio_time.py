"""Why there is no answer is looked for within a time, and what is found is told as what it is."""

from __future__ import annotations

import numpy as np
from portfolio_tools import made

import analysis.portfolio_conflict as why
from analysis.milp import solve_milp
from analysis.portfolio import solve
from analysis.portfolio_model import build
from reports.portfolio_list import portfolio_document, portfolio_text


def crowded(**more):
    """Return a problem in which the tasks need more than the totals allow."""
    area = np.arange(20, 32)
    asked = {"years": [2027, 2028], "task_mu": 60, "months": 6, "seconds": 2,
             "totals": {"cost_most_wan": 50}, "towns": {"塘下镇": {"least_mu": 5}}}  # fmt: skip
    return made(area, asked | more, cost_wan=area)


def slow(monkeypatch, seconds):
    """Let every question to the solver about whole numbers cost so many seconds."""

    def ask(model, **options):
        answer = solve_milp(model, **options)
        took = seconds if model.whole.any() else 0.001
        spent.append(took)
        return type(answer)(**(vars(answer) | {"seconds": took}))

    spent = []
    monkeypatch.setattr(why, "solve_milp", ask)
    return spent


def test_a_set_that_time_leaves_unproven_is_told_as_such(monkeypatch):
    problem = crowded()
    spent = slow(monkeypatch, 10.0)
    found = solve(problem)
    assert {each.kind for each in found.conflict} == {"task", "total_cost"}
    assert not any(each.smallest for each in found.conflict)
    # One round of the search, of ten seconds, then one question for each number told.
    assert sum(one == 10.0 for one in spent) <= 2 + len(found.conflict)
    said = portfolio_text(portfolio_document(problem, found))
    assert "时限内未能证明这是最少的几条" in said


def test_with_enough_time_the_set_is_the_smallest():
    found = solve(crowded(seconds=30))
    assert {each.smallest for each in found.conflict} == {True}
    assert len(found.conflict) == 2


def test_where_nothing_is_found_that_is_said(monkeypatch):
    # Two blocks of 60 亩 cannot give 70 亩 and at most 100 亩, but their halves could.
    problem = made([60, 60], {"years": [2027], "task_mu": 70, "task_most_mu": 100, "months": 6,
                              "seconds": 1}, cost_wan=[1, 1])  # fmt: skip
    assert {each.kind for each in why.conflict(problem, build(problem))} == {"task", "task_most"}
    slow(monkeypatch, 10.0)
    found = solve(problem)
    assert (found.status, found.conflict) == ("infeasible", ())
    assert "时限内没有查明" in portfolio_text(portfolio_document(problem, found))

"""Locks and groups that name parts of blocks: a part means its land, whoever takes it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from portfolio_tools import made

from analysis.portfolio import solve
from analysis.portfolio_check import check
from analysis.portfolio_problem import UnknownFiguresError, UnknownPlaceInPortfolioError
from data.portfolio_settings import settings_from
from reports.portfolio_list import portfolio_document, portfolio_text

ASKED = {"years": [2027, 2028], "task_mu": {"2028": 10}, "months": 6, "gap": 0.0}
PARTS = {
    "AB": ("AB", ("a", "b")), "AB/1": ("AB", ("a",)), "AB/2": ("AB", ("b",)),
}  # fmt: skip


def block(asked, parts=PARTS, area=(60, 80, 50)):
    """Return a block of two parcels with its parts, and a third parcel on its own."""
    costs = [1.0 + n for n in range(len(area) - 1)] + [90.0]
    problem = made(list(area), ASKED | asked, cost_wan=costs, parts=parts)
    alone = chr(64 + len(area))
    return replace(problem, candidates=problem.candidates.loc[[alone, *parts]])


def kinds(found):
    return {each.kind for each in found.conflict}


def test_a_part_that_is_locked_out_takes_its_whole_block_with_it():
    found = solve(block({"locked_out": ["AB/1"], "task_mu": {"2028": 100}}))
    assert (sorted(found.chosen.index), found.faults) == (["AB/2", "C"], ())
    both = solve(block({"locked_out": ["AB/1"], "locked_in": ["AB"]}))
    assert (both.status, kinds(both)) == ("infeasible", {"locked_out", "locked_in"})


def test_two_parts_that_never_go_together_are_not_taken_as_a_whole():
    found = solve(block({"never": [["AB/1", "AB/2"]], "locked_in": ["AB"]}))
    assert (found.status, kinds(found)) == ("infeasible", {"never", "locked_in"})


def test_a_locked_in_part_inside_another_is_taken_with_it():
    found = solve(block({"locked_in": ["AB/1", "AB", "C"]}))
    assert (found.conflict, found.faults, len(found.chosen)) == ((), (), 2)
    nested = {"Q": ("Q", ("a", "b", "c")), "Q/1": ("Q", ("a", "b")), "Q/11": ("Q", ("a",))}
    found = solve(block({"locked_in": {"Q/1": "", "Q/11": 2028}}, nested, (60, 80, 50, 40)))
    assert (found.chosen["start_year"].to_dict(), found.faults) == ({"Q/1": 2028}, ())


def test_towns_that_are_not_there_are_refused_and_those_without_land_are_not():
    asked = {"towns": {"塘下": {"most_mu": 1}, "南滨街道": {"least_mu": 3}}}
    problem = replace(block(asked), towns=frozenset(["塘下镇", "南滨街道"]))
    with pytest.raises(UnknownPlaceInPortfolioError, match="塘下。"):
        solve(problem)
    (only,) = solve(replace(problem, towns=frozenset(["塘下", "南滨街道"]))).conflict
    assert only.say() == "南滨街道只有 0.0 亩可选，要求至少 3.0 亩"


def test_what_the_check_finds_is_named_with_its_numbers():
    found = solve(block({"locked_in": ["AB"]}))
    asked = block({"locked_out": ["AB/1"]})
    assert [each.say() for each in check(asked, found.chosen)] == [
        "不选而选了（宗）：AB/1（要求 0，实际 1）"
    ]
    document = portfolio_document(asked, replace(found, faults=check(asked, found.chosen)))
    assert "不选而选了（宗）：AB/1" in portfolio_text(document)


def test_a_difficulty_with_unknown_factors_is_not_taken_for_an_easy_one():
    asked = {"years": [2027], "task_mu": 50, "months": 6, "weights": {"difficulty": 1}}
    problem = made([60, 60], asked, cost_wan=[1, 1], difficulty=[0, 30], difficulty_lacks=[7, 0])
    with pytest.raises(UnknownFiguresError, match=r"难度（A 1 个）"):
        solve(problem)
    left = solve(replace(problem, settings=settings_from(asked | {"unknown": "leave_out"})))
    assert (left.left_out, left.chosen.index.tolist()) == (("A",), ["B"])
    known = solve(replace(problem, settings=settings_from(asked | {"unknown": "known"})))
    assert (known.incomplete, known.chosen.index.tolist()) == (("A",), ["A"])
    cheap = solve(replace(problem, settings=settings_from(asked | {"weights": {"cost": 1}})))
    assert (cheap.status, cheap.incomplete) == ("optimal", ())

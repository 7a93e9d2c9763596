"""The order of the sites of one project: vetoes out first, reasons and losses beside the scores."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analysis.siting import Draws, rank_sites, weights_for
from analysis.weights import BadWeightsError
from data.siting_criteria import load_siting_criteria

RULES = load_siting_criteria()
MU = 2_000 / 3


def ranked(*, vetoed=(), own=None, need=20, **columns):
    count = len(next(iter(columns.values())))
    index = pd.Index([f"S{n + 1}" for n in range(count)], name="site_id")
    area = np.array(columns.pop("area_mu", [30] * count), dtype=float)
    sites = pd.DataFrame({"area_m2": area * MU}, index=index)
    facts = pd.DataFrame(np.nan, index, list(RULES.keys)).assign(**columns)
    wish = pd.Series({"land_least_mu": need, "land_most_mu": need}, name="X1")
    return rank_sites(
        wish, sites, facts, vetoed=list(vetoed), criteria=RULES,
        weights=weights_for(RULES, None, own), on=date(2026, 1, 1), draws=Draws(200, 1, 0.5),
    )  # fmt: skip


def test_the_order_follows_the_scores_and_says_what_the_others_lost_on():
    found = ranked(
        slope_pct=[15, 3, 10], substation_km=[1, 3, 3],
        own={"slope_pct": 3, "substation_km": 1},
    )  # fmt: skip
    assert found.table.index.tolist() == ["S2", "S3", "S1"]
    second = found.table.loc["S3"]
    assert second["score"] == pytest.approx(100 * (0.75 * 0.4 + 0.25 * 0.6))
    assert second["lost_on"] == (("slope_pct", pytest.approx(100 * 0.75 * 0.6)),)
    assert found.table.loc["S2", "lost_on"] == ()
    assert found.table["first_share"].sum() == pytest.approx(1)


def test_vetoed_sites_are_neither_ranked_nor_counted():
    everything = ranked(slope_pct=[3, 10, 12], own={"slope_pct": 1})
    without = ranked(slope_pct=[3, 10, 12], own={"slope_pct": 1}, vetoed=["S1"])
    assert without.table.index.tolist() == ["S2", "S3"]
    assert without.table["score"].equals(everything.table["score"].loc[["S2", "S3"]])


def test_a_project_larger_than_any_site_has_no_ranking_and_is_told_the_largest():
    found = ranked(slope_pct=[3, 3], area_mu=[30, 80], need=90)
    assert found.table.empty
    assert found.too_small == ("S1", "S2")
    assert found.largest_m2 == pytest.approx(80 * MU)
    assert found.stability.verdict == "none"


def test_a_site_of_which_nothing_is_known_has_no_rank_but_is_listed():
    found = ranked(slope_pct=[3, None], own={"slope_pct": 1})
    assert found.table["rank"].isna().tolist() == [False, True]
    assert found.table.loc["S2", "missing"] == ("slope_pct",)
    assert found.stability.verdict == "sure"


def test_weights_that_sum_to_nothing_are_refused():
    with pytest.raises(BadWeightsError):
        weights_for(RULES, None, {"slope_pct": 0})


def test_a_project_that_gives_only_its_most_land_needs_that_much_as_in_a_plan():
    sites = pd.DataFrame({"area_m2": [30 * MU, 80 * MU]}, index=["S1", "S2"])
    facts = pd.DataFrame(np.nan, sites.index, list(RULES.keys))
    found = rank_sites(
        pd.Series({"land_least_mu": None, "land_most_mu": 50}, name="X1"), sites, facts,
        vetoed=[], criteria=RULES, weights=weights_for(RULES, None), on=date(2026, 1, 1),
        draws=Draws(20, 1, 0.5),
    )  # fmt: skip
    assert found.too_small == ("S1",)


def test_two_sites_alike_in_everything_share_the_first_place():
    found = ranked(slope_pct=[3, 3, 10], own={"slope_pct": 1})
    assert found.stability.verdict == "open"
    assert (found.stability.first, found.stability.tied) == ("S1", ("S2",))
    assert ranked(slope_pct=[3, 10], own={"slope_pct": 1}).stability.tied == ()


def test_what_is_better_by_nature_is_never_a_loss_because_data_are_missing():
    """S2 lacks the substation: its known weight is spread, and its flatter land counts as such."""
    found = ranked(
        slope_pct=[4, 3, 12], substation_km=[1, np.nan, 3], homes_m=[900, 300, 900],
        own={"slope_pct": 1, "substation_km": 1, "homes_m": 1},
    )  # fmt: skip
    assert found.table.index[0] == "S1"
    lost = dict(found.table.loc["S2", "lost_on"])
    assert set(lost) == {"homes_m"}
    worth = {300: 0.5, 900: 0.5 + 0.5 * 600 / 700}
    assert lost["homes_m"] == pytest.approx(100 / 3 * (worth[900] - worth[300]))

"""Projects matched to sites: brute force on small cases, rules that hold, reasons, bad input."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from analysis.errors import DuplicateParcelError
from analysis.matching import match
from analysis.matching_pins import WORDS
from analysis.matching_problem import (
    PLACED,
    REASONS,
    MatchProblem,
    NothingToMatchError,
    PinRefusedError,
    overlapping_sites,
)
from analysis.matching_reasons import faults_of, first_come, points, relaxations, unplaced
from gis.errors import Words

MU = 2_000 / 3
NONE = pd.DataFrame({"project_id": [], "site_id": []})


def problem(least, area, scores, *, vetoed=(), **more):
    """Projects X1, X2 … of so many 亩, sites S1, S2 … of so many, scores row by row."""
    projects = pd.DataFrame({"land_least_mu": least, "land_most_mu": least}, dtype=float)
    projects.index = pd.Index([f"X{n + 1}" for n in range(len(least))], name="project_id")
    sites = pd.DataFrame({"area_m2": np.array(area, dtype=float) * MU})
    sites.index = pd.Index([f"S{n + 1}" for n in range(len(area))], name="site_id")
    for key in ("wanted_on", "factor", "cluster", "land_most_mu", "power_kva"):
        if key in more:
            projects[key] = more.pop(key)
    for key in ("free_from", "only_clusters", "power_free_kva", "power_free_kva_of"):
        if key in more:
            sites[key] = more.pop(key)
    table = pd.DataFrame(scores, projects.index, sites.index, dtype=float)
    no = pd.DataFrame(list(vetoed), columns=["project_id", "site_id"]) if vetoed else NONE
    return MatchProblem(projects, sites, table, no, **more)


def places(asked, **more):
    return match(asked, **more).assignments["site_id"].to_dict()


cases = st.fixed_dictionaries(
    {
        "least": st.lists(st.integers(5, 60), min_size=1, max_size=4),
        "area": st.lists(st.integers(10, 90), min_size=1, max_size=3),
        "scores": st.lists(st.integers(0, 100), min_size=12, max_size=12),
        "vetoes": st.lists(st.booleans(), min_size=12, max_size=12),
        "factors": st.lists(st.sampled_from([1.0, 2.0]), min_size=4, max_size=4),
        "overlap": st.booleans(),
        "power": st.lists(st.integers(1, 9), min_size=4, max_size=4),
        "stock": st.lists(st.one_of(st.none(), st.integers(1, 15)), min_size=3, max_size=3),
        "shared": st.booleans(),
    }
)


def asked_of(case):
    rows, columns = len(case["least"]), len(case["area"])
    cells = np.array(case["scores"])[: rows * columns].reshape(rows, columns)
    vetoed = [
        (f"X{k // columns + 1}", f"S{k % columns + 1}")
        for k in range(rows * columns)
        if case["vetoes"][k]
    ]
    return problem(
        case["least"], case["area"], cells, vetoed=vetoed,
        factor=case["factors"][:rows], power_kva=case["power"][:rows],
        power_free_kva=np.array(stocks_of(case), dtype=float),
        power_free_kva_of=["park"] * columns if case["shared"] else list("abc"[:columns]),
        capacities={"power_kva": "power_free_kva"},
        overlaps=[("S1", "S2")] if case["overlap"] and columns > 1 else [],
    )  # fmt: skip


def stocks_of(case):
    """What each site has; where they share it, all have what the first one has."""
    columns = len(case["area"])
    return [case["stock"][0]] * columns if case["shared"] else case["stock"][:columns]


def best_by_brute_force(case):
    """Every plan there is, by the rules as the case states them."""
    rows, columns = len(case["least"]), len(case["area"])
    best = 0.0
    for plan in product(range(-1, columns), repeat=rows):
        held = [[row for row in range(rows) if plan[row] == site] for site in range(columns)]
        if any(
            sum(case["least"][row] for row in mine) > case["area"][site]
            or any(case["vetoes"][row * columns + site] for row in mine)
            or sum(case["power"][row] for row in mine) > (stocks_of(case)[site] or 99)
            for site, mine in enumerate(held)
        ):
            continue
        drawn = sum(case["power"][row] for mine in held for row in mine)
        if case["shared"] and drawn > (case["stock"][0] or 99):
            continue
        if case["overlap"] and columns > 1 and held[0] and held[1]:
            continue
        value = sum(
            case["factors"][row] * (PLACED + case["scores"][row * columns + site])
            for site, mine in enumerate(held)
            for row in mine
        )
        best = max(best, value)
    return best


@settings(max_examples=50, deadline=None)
@given(cases)
def test_no_other_plan_within_the_rules_is_worth_more(case):
    asked = asked_of(case)
    found = match(asked)
    assert found.status == "optimal"
    assert faults_of(asked, found.assignments) == ()
    assert found.objective == pytest.approx(best_by_brute_force(case))
    plain = first_come(asked)
    assert faults_of(asked, plain) == ()
    assert points(asked, found.pairs, plain) <= found.objective + 1e-6
    left = unplaced(asked, found)
    assert len(left) + len(found.assignments) == len(asked.projects)


def test_several_projects_share_a_large_site_without_exceeding_it():
    found = match(problem([30, 30, 30], [65], [[50], [40], [60]], land_most_mu=[30, 30, 90]))
    assert set(found.assignments.index) == {"X1", "X3"}
    assert found.assignments["land_m2"].tolist() == pytest.approx([30 * MU, 35 * MU])
    assert found.objective == 2 * PLACED + 50 + 60


def test_first_come_first_served_takes_what_a_later_one_needs():
    asked = problem([20, 60], [60, 25], [[90, 80], [70, None]])
    assert first_come(asked)["site_id"].to_dict() == {"X1": "S1"}
    assert places(asked) == {"X1": "S2", "X2": "S1"}


def test_land_that_is_free_too_late_is_not_given_and_the_start_waits_for_it():
    asked = problem(
        [20, 20], [20, 20], [[90, 10], [90, 10]],
        wanted_on=pd.to_datetime(["2027-01-15", "2027-01-15"]),
        free_from=pd.to_datetime(["2027-07-01", "2029-01-01"]), late_most=12,
    )  # fmt: skip
    found = match(asked)
    assert found.assignments["site_id"].tolist() == ["S1"]
    assert found.assignments["start"].tolist() == [pd.Timestamp("2027-07-01")]
    assert found.assignments["late_months"].tolist() == [6]
    late = unplaced(asked, found)
    assert late["reason"].tolist() == ["taken"]
    way = relaxations(asked, found, late_price=1, short_price=2)
    wait = way[way["kind"] == "wait"].iloc[0]
    assert (wait["site_id"], wait["months"], wait["price"]) == ("S2", 24 - 12, 12)


def test_where_no_site_says_when_it_is_free_timing_is_not_checked():
    asked = problem([20], [20], [[50]], wanted_on=pd.to_datetime(["2027-01-01"]))
    found = match(asked)
    assert not found.pairs.timed
    assert found.assignments["start"].isna().all()
    mixed = problem([20], [20, 20], [[50, 60]], free_from=pd.to_datetime(["2027-01-01", None]))
    assert places(mixed) == {"X1": "S1"}  # the other one may never be free


def test_pins_and_bans_hold():
    scores = [[90, 10], [80, 10]]
    assert places(problem([20, 20], [20, 20], scores)) in (
        {"X1": "S1", "X2": "S2"}, {"X1": "S2", "X2": "S1"})  # fmt: skip
    assert places(problem([20, 20], [20, 20], scores, pins=[("X1", "S2")]))["X1"] == "S2"
    assert places(problem([20, 20], [20, 20], scores, bans=[("X1", "S1")]))["X1"] == "S2"
    assert places(problem([20], [20], [[50]], bans=[("X1", "S1")])) == {}


def test_reserved_land_stays_with_its_cluster():
    asked = problem([20, 20], [20], [[90], [10]], cluster=["light", "auto"],
                    only_clusters=[("auto",)])  # fmt: skip
    found = match(asked)
    assert found.assignments.index.tolist() == ["X2"]
    assert unplaced(asked, found).loc["X1", "reason"] == "reserved"


def test_a_refused_pin_names_what_vetoes_it():
    asked = problem([20], [30], [[50]], pins=[("X1", "S1")])
    by = pd.Series([Words("洪水风险", "Flood"), Words("基本农田", "Farmland")], dtype=object)
    barred = pd.DataFrame({"project_id": ["X1"] * 2, "site_id": ["S1"] * 2, "said": by})
    told = "X1 → S1：触及否决项（洪水风险、基本农田）"
    with pytest.raises(PinRefusedError, match=told) as refusal:
        match(replace(asked, vetoed=barred))
    assert "vetoed (Flood, Farmland)" in refusal.value.say("en")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"pins": [("X1", "S1")], "vetoed": [("X1", "S1")]}, "触及否决项"),
        ({"pins": [("X1", "S1"), ("X1", "S2")]}, "指定了多处用地"),
        ({"pins": [("X1", "S1"), ("X2", "S1")]}, "放不下"),
        ({"pins": [("X1", "S1"), ("X2", "S2")], "overlaps": [("S1", "S2")]}, "重叠"),
        ({"pins": [("X9", "S1")]}, "没有这个编号"),
        ({"pins": [("X1", "S1")], "bans": [("X1", "S1")]}, "禁止"),
    ],
)
def test_pins_that_cannot_hold_are_refused_with_the_reason(more, told):
    with pytest.raises(PinRefusedError, match=told):
        match(problem([20, 20], [30, 30], [[50, 50], [50, 50]], **more))


def test_a_project_larger_than_any_site_is_told_so_with_what_would_do():
    asked = problem([90], [60, 45], [[50, 90]])
    found = match(asked)
    assert unplaced(asked, found).loc["X1", "counts"] == (("too_small", 2),)
    cheapest = relaxations(asked, found, late_price=1, short_price=2).iloc[0]
    assert (cheapest["kind"], cheapest["site_id"]) == ("less_land", "S1")
    assert cheapest["short_m2"] == pytest.approx(30 * MU)
    assert cheapest["price"] == pytest.approx(2 * 100 * 30 / 90)


def test_who_would_have_to_give_way_is_told_with_its_cost():
    asked = problem([20, 20], [20], [[90], [60]])
    found = match(asked)
    way = relaxations(asked, found, late_price=1, short_price=2)
    given = way[way["kind"] == "give_way"].iloc[0]
    assert given["project_id"] == "X2"
    assert given["moved"] == ("X1",)
    assert given["price"] == pytest.approx(PLACED + 90)  # all that X1 loses with its place


def test_vetoed_land_is_never_offered_as_a_way_out():
    asked = problem([90], [60], [[50]], vetoed=[("X1", "S1")])
    found = match(asked)
    assert unplaced(asked, found)["reason"].tolist() == ["vetoed"]
    assert relaxations(asked, found, late_price=1, short_price=2).empty


def test_unknown_needs_are_asked_for_and_never_taken_as_nothing():
    asked = problem([np.nan, 20], [50, None], [[90, 90], [10, 90]])
    found = match(asked)
    assert found.assignments["site_id"].to_dict() == {"X2": "S1"}
    assert unplaced(asked, found)["reason"].to_dict() == {"X1": "land_unknown"}
    powered = problem([20], [50], [[90]], power_kva=[np.nan], power_free_kva=[100.0],
                      capacities={"power_kva": "power_free_kva"})  # fmt: skip
    assert unplaced(powered, match(powered))["reason"].tolist() == ["capacity_unknown"]


def test_sites_that_overlap_are_found_by_ground_and_by_parcel():
    land = gpd.GeoDataFrame(
        {"parcel_ids": [("P1",), ("P2", "P1"), ("P3",), ()]},
        geometry=[box(0, 0, 10, 10), box(50, 0, 60, 10), box(10, 0, 20, 10), box(18, 0, 30, 10)],
        index=["S1", "S2", "S3", "S4"], crs=4549,
    )  # fmt: skip
    assert overlapping_sites(land) == (("S1", "S2"), ("S3", "S4"))


def test_nothing_to_match_and_numbers_given_twice_are_refused():
    asked = problem([20], [20], [[50]])
    with pytest.raises(NothingToMatchError):
        match(MatchProblem(asked.projects.iloc[:0], asked.sites, asked.scores, NONE))
    twice = pd.concat([asked.projects, asked.projects])
    with pytest.raises(DuplicateParcelError):
        match(MatchProblem(twice, asked.sites, asked.scores, NONE))


def test_a_large_problem_begun_with_few_sites_a_project_ends_at_the_same_plan(monkeypatch):
    rng = np.random.default_rng(4)
    least, area = rng.integers(10, 40, 12), rng.integers(20, 60, 15)
    asked = problem(least, area, rng.uniform(0, 100, (12, 15)),
                    pins=[("X1", "S1")])  # fmt: skip
    whole = match(asked)
    monkeypatch.setattr("analysis.matching._MANY", 10)
    monkeypatch.setattr("analysis.matching._FEW", 2)
    begun = match(asked)
    assert begun.objective == pytest.approx(whole.objective)
    assert begun.assignments.loc["X1", "site_id"] == "S1"


def test_every_reason_has_its_words():
    assert set(REASONS[1:]) <= set(WORDS)


def test_who_would_lose_its_site_is_named():
    asked = problem([30, 30], [30], [[60.0], [50.0]])
    found = match(asked)
    ways = relaxations(asked, found, late_price=1, short_price=1)
    way = ways[ways["kind"] == "give_way"].iloc[0]
    assert (way["project_id"], way["moved"], way["lost"]) == ("X2", ("X1",), ("X1",))


def test_the_cheapest_way_of_giving_way_is_found_not_the_best_site_of_the_newcomer():
    """X1, of priority, holds S1, which X3 would like best; in S2 it loses nobody a point."""
    asked = problem(
        [30, 30, 30], [30, 30], [[90.0, 10], [50, 40], [90, 40]], factor=[2.0, 1, 1],
        bans=[("X1", "S2"), ("X2", "S1")],
    )  # fmt: skip
    found = match(asked)
    (left,) = set(asked.projects.index) - set(found.assignments.index)
    ways = relaxations(asked, found, late_price=1, short_price=1)
    way = ways[ways["kind"] == "give_way"].iloc[0]
    assert (way["project_id"], way["site_id"], way["lost"]) == (left, "S2", ("X2",))
    assert way["price"] == PLACED + 40


def test_sites_of_one_park_share_its_power():
    asked = problem(
        [20, 20], [20, 20], [[90, 10], [10, 80]], power_kva=[600.0, 500.0],
        power_free_kva=[1_000.0, 1_000.0], power_free_kva_of=["东区", "东区"],
        capacities={"power_kva": "power_free_kva"},
    )  # fmt: skip
    found = match(asked)
    assert found.assignments["site_id"].to_dict() == {"X1": "S1"}  # 600 + 500 > 1000
    assert first_come(asked)["site_id"].to_dict() == {"X1": "S1"}
    both = found.assignments.reindex(["X1", "X1"]).assign(site_id=["S1", "S2"])
    both.index = pd.Index(["X1", "X2"])
    assert "东区: power_kva" in faults_of(asked, both)
    with pytest.raises(PinRefusedError, match="放不下"):
        match(replace(asked, pins=[("X1", "S1"), ("X2", "S2")]))
    ways = relaxations(asked, found, late_price=1, short_price=1)
    way = ways.iloc[0]  # 100 of the 500 kVA are lacking: 20 %
    assert (way["kind"], way["site_id"], way["more"]) == (
        "more_supply",
        "S2",
        (("power_kva", 100),),
    )
    assert way["price"] == pytest.approx(100 * 100 / 500)
    assert unplaced(asked, found)["reason"].to_dict() == {"X2": "supply_used"}


def test_who_would_get_less_land_for_a_newcomer_is_named():
    asked = problem([30, 40], [60], [[90], [10]], land_most_mu=[60, 40])
    found = match(asked)
    assert found.assignments["land_m2"].tolist() == pytest.approx([60 * MU])
    way = (
        relaxations(asked, found, late_price=1, short_price=1).query("kind == 'less_land'").iloc[0]
    )
    assert way["short_m2"] == pytest.approx(10 * MU)  # 60 - 30 are left of the 40
    assert way["yielding"] == ("X1",)


def test_waiting_a_month_is_cheaper_than_taking_the_place_of_another():
    asked = problem(
        [30, 30], [30, 30], [[50, 50], [50, 50]], wanted_on=pd.to_datetime(["2026-06-01"] * 2),
        free_from=pd.to_datetime(["2026-06-01", "2027-07-01"]), late_most=12,
    )  # fmt: skip
    ways = relaxations(asked, match(asked), late_price=1, short_price=1)
    assert ways.iloc[0][["kind", "site_id", "months", "price"]].tolist() == ["wait", "S2", 1, 1]


def test_no_way_is_offered_that_another_reason_bars():
    late = {
        "wanted_on": pd.to_datetime(["2026-06-01"]), "free_from": pd.to_datetime(["2028-01-01"]),
        "power_kva": [np.nan], "power_free_kva": [500.0],
        "capacities": {"power_kva": "power_free_kva"},
    }  # fmt: skip
    asked = problem([30], [30], [[50]], **late)
    assert unplaced(asked, match(asked))["reason"].tolist() == ["too_late"]
    assert relaxations(asked, match(asked), late_price=1, short_price=1).empty

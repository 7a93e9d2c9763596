"""Parts of blocks, and that nothing returned ever falls apart."""

from __future__ import annotations

from itertools import combinations

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, box

from analysis.block_figures import parcel_figures
from analysis.blocks import blocks, linking_land
from analysis.portfolio import solve
from analysis.portfolio_candidates import portfolio_problem
from analysis.portfolio_check import check
from analysis.portfolio_parts import block_parts
from data.block_prices import load_block_prices
from data.block_rules import load_block_rules
from data.portfolio_settings import settings_from
from gis.area import to_m2
from gis.contiguity import contiguous_pairs

SIDE = float(np.sqrt(to_m2(10)))  # 10 亩


def fields(cells, gap=10.0):
    """Return squares of 10 亩 at cells of a grid, ``gap`` m apart."""
    step = SIDE + gap
    shapes = [
        box(500_000 + x * step, 3_070_000 + y * step, 500_000 + x * step + SIDE,
            3_070_000 + y * step + SIDE)
        for x, y in cells
    ]  # fmt: skip
    index = pd.Index([f"P{n:02d}" for n in range(len(shapes))], name="parcel_id")
    facts = {"town": "塘下镇", "floor_area_m2": 1_000.0, "unlawful_floor_area_m2": 0.0,
             "geometry_area_m2": to_m2(10), "employees": 1}  # fmt: skip
    return gpd.GeoDataFrame(facts, geometry=shapes, index=index, crs=4549)


def connected(land, within=20.0, walls=()):
    """Return whether land hangs together, by the distances of all pairs and networkx."""
    graph = nx.Graph()
    graph.add_nodes_from(range(len(land)))
    for one, two in combinations(range(len(land)), 2):
        a, b = land.geometry.iloc[one], land.geometry.iloc[two]
        way = shapely.shortest_line(a, b)
        if a.distance(b) <= within + 1e-6 and not any(way.intersects(wall) for wall in walls):
            graph.add_edge(one, two)
    return nx.is_connected(graph)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    cells=st.sets(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=16),
    wall=st.none() | st.integers(0, 3),
    seed=st.integers(0, 99),
)
def test_no_chosen_block_or_part_ever_falls_apart(cells, wall, seed):
    land = fields(sorted(cells))
    walls = []
    if wall is not None:
        x = 500_000 + (wall + 1) * (SIDE + 10) - 5
        walls = [LineString([(x, 3_060_000), (x, 3_080_000)])]
    barriers = gpd.GeoSeries(walls, crs=4549) if walls else None
    land["employees"] = np.random.default_rng(seed).integers(0, 200, len(land))
    asked = settings_from(
        {"years": [2027, 2028], "task_mu": 30, "months": 6, "part_above_mu": 30,
         "part_least_mu": 10, "unknown": "known"}
    )  # fmt: skip
    prices = load_block_prices()
    found = blocks(land, rules=load_block_rules(), barriers=barriers)
    problem = portfolio_problem(
        found, land, parcel_figures(land, prices=prices), prices=prices, settings=asked,
        barriers=barriers,
    )  # fmt: skip
    for name, parcels in problem.members.items():
        assert connected(land.loc[list(parcels)], walls=walls), name
    answer = solve(problem)
    # Two years of 30 亩 cannot always be made of blocks that are taken whole.
    assert answer.status in ("optimal", "gap") or answer.conflict
    for parcels in answer.chosen["parcel_ids"]:
        assert connected(land.loc[list(parcels)], walls=walls)
    taken = [parcel for parcels in answer.chosen["parcel_ids"] for parcel in parcels]
    assert (len(taken), answer.faults) == (len(set(taken)), ())


def test_the_check_sees_a_block_that_falls_apart():
    land = fields([(0, 0), (1, 0), (3, 0)])
    prices = load_block_prices()
    found = blocks(land, rules=load_block_rules())
    asked = settings_from({"years": [2027], "task_mu": 20, "months": 6, "unknown": "known"})
    figures = parcel_figures(land, prices=prices)
    problem = portfolio_problem(found, land, figures, prices=prices, settings=asked)
    chosen = solve(problem).chosen
    wrong = chosen.assign(parcel_ids=pd.Series([("P00", "P02")], index=chosen.index, dtype=object))
    assert [fault.kind for fault in check(problem, wrong)] == ["contiguity"]


def test_a_dog_leg_holds_no_part_together():
    """Seven fields in the shape of a C; a tail of 2 m from one end comes near the other."""
    land = fields([(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2)])
    x, y = land.geometry.iloc[0].bounds[::3]
    shapes = land.geometry.to_numpy().copy()
    shapes[0] = shapes[0].union(box(x + 1, y - 1, x + 3, y + SIDE + 15))
    land = land.set_geometry(gpd.GeoSeries(shapes, index=land.index, crs=4549))
    assert contiguous_pairs(land.geometry)[0].tolist().count(0) == 2
    prices, rules = load_block_prices(), load_block_rules()
    found = blocks(land, rules=rules)
    asked = settings_from(
        {"years": [2027], "task_mu": 20, "months": 6, "part_above_mu": 60, "part_least_mu": 20,
         "unknown": "known"}
    )  # fmt: skip
    problem = portfolio_problem(
        found, land, parcel_figures(land, prices=prices), prices=prices, settings=asked
    )
    wide, _ = linking_land(land, rules=rules)
    linked = gpd.GeoDataFrame(geometry=wide, index=land.index, crs=4549)
    assert len(problem.members) > 2
    for name, parcels in problem.members.items():
        assert connected(linked.loc[list(parcels)]), name
    wrong = solve(problem).chosen.iloc[:1]
    ends = pd.Series([("P00", "P06")], index=wrong.index, dtype=object)
    assert check(problem, wrong.assign(parcel_ids=ends))[0].kind == "contiguity"


def test_parts_lie_inside_each_other_or_apart_and_are_large_enough():
    land = fields([(x, y) for x in range(6) for y in range(5)])
    area = pd.Series(10.0, index=land.index)
    parts = block_parts(
        pd.Series("B", index=land.index), area, contiguous_pairs(land.geometry), above_mu=100,
        least_mu=40,
    )  # fmt: skip
    sets = parts.groupby("part_id")["parcel_id"].agg(set)
    for one, two in combinations(sets, 2):
        assert one <= two or two <= one or not one & two
    assert min(len(part) for part in sets) * 10 >= 40
    halves = [sets["B/1"], sets["B/2"]]
    assert halves[0] | halves[1] == set(land.index)
    # Halves as alike as a tree allows: neither below a third.
    assert min(map(len, halves)) >= 10


def test_a_small_block_has_no_parts():
    land = fields([(0, 0), (1, 0)])
    area = pd.Series(10.0, index=land.index)
    pairs = contiguous_pairs(land.geometry)
    whole = pd.Series("B", index=land.index)
    assert block_parts(whole, area, pairs, above_mu=20, least_mu=5).empty
    assert len(block_parts(whole, area, pairs, above_mu=19, least_mu=5)) == 2
    assert pytest.approx(to_m2(10)) == land.geometry.area.iloc[0]

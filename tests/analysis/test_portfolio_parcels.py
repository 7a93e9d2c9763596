"""Parts of blocks parcel by parcel: against every set of parcels that hangs together."""

from __future__ import annotations

from itertools import combinations, product

import networkx as nx
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.portfolio_parcels import solve_parcels
from analysis.portfolio_problem import Problem
from data.portfolio_settings import settings_from


def county(area, cost, block, ways, asked):
    """Return parcels ``p0``, ``p1`` … with neighbours, and the graph of them."""
    ids = pd.Index([f"p{n}" for n in range(len(area))], name="candidate_id")
    table = pd.DataFrame({"block_id": block, "area_mu": area, "cost_wan": cost}, index=ids)
    land = pd.DataFrame({"area_mu": table["area_mu"], "town": "塘下镇"})
    asked = settings_from({"years": [2027, 2028], "months": 6, "gap": 0.0} | asked)
    problem = Problem(table.astype({"area_mu": float, "cost_wan": float}), land,
                      {name: (name,) for name in ids}, asked)  # fmt: skip
    pairs = (ids[[one for one, _ in ways]], ids[[two for _, two in ways]])
    graph = nx.Graph(ways)
    graph.add_nodes_from(range(len(area)))
    return problem, pairs, graph


def best_by_trying(problem, graph):
    """Return the least cost over every connected part of each block and every year."""
    area, cost = (problem.candidates[name].tolist() for name in ("area_mu", "cost_wan"))
    asked = problem.settings
    options = []
    for _, mine in enumerate(problem.candidates.reset_index().groupby("block_id").groups.values()):
        sets = [()]
        for size in range(1, len(mine) + 1):
            sets += [part for part in combinations(mine, size)
                     if nx.is_connected(graph.subgraph(part))]  # fmt: skip
        options.append([(part, year) for part in sets for year in (asked.years if part else [0])])
    costs = []
    for choice in product(*options):
        got = dict.fromkeys(asked.years, 0.0)
        paid = dict(got)
        for part, year in choice:
            if part:
                got[year] += sum(area[n] for n in part)
                paid[year] += sum(cost[n] for n in part)
        fits = all(got[year] >= asked.task_mu.get(year, 0) for year in got)
        if fits and all(paid[year] <= asked.budgets_wan.get(year, 1e9) for year in paid):
            costs.append(sum(paid.values()))
    return min(costs, default=None)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_answer_is_that_of_trying_every_part(data):
    sizes = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    ways, block = [], []
    for number, size in enumerate(sizes):
        first = len(block)
        block += [f"B{number}"] * size
        ways += [(first + data.draw(st.integers(0, n - 1)), first + n) for n in range(1, size)]
    count = len(block)
    numbers = st.lists(st.integers(1, 9), min_size=count, max_size=count)
    area, cost = data.draw(numbers), data.draw(numbers)
    asked = {
        "task_mu": {"2028": data.draw(st.integers(0, 12)), "2027": data.draw(st.integers(0, 5))}
    }
    if data.draw(st.booleans()):
        asked["budgets_wan"] = data.draw(st.integers(5, 30))
    problem, pairs, graph = county(area, cost, block, ways, asked)
    found, best = solve_parcels(problem, pairs), best_by_trying(problem, graph)
    if best is None:
        assert found.status == "infeasible"
        assert found.conflict
        return
    assert found.objective == pytest.approx(best)
    assert found.faults == ()
    for parcels in found.chosen["parcel_ids"]:
        assert nx.is_connected(graph.subgraph([int(name[1:]) for name in parcels]))


def test_of_a_ring_the_cheaper_way_round_is_taken():
    ring = [(n, (n + 1) % 6) for n in range(6)]
    asked = {"task_mu": {"2027": 30}, "years": [2027]}
    problem, pairs, _ = county([10] * 6, [1, 9, 1, 1, 2, 3], ["B"] * 6, ring, asked)
    found = solve_parcels(problem, pairs)
    assert found.chosen["parcel_ids"].tolist() == [("p2", "p3", "p4")]
    assert found.chosen.index.tolist() == ["B~2027"]


def test_a_block_is_begun_with_enough_land_or_not_at_all():
    problem, pairs, _ = county([10] * 4, [1, 2, 3, 4], ["B"] * 4, [(0, 1), (1, 2), (2, 3)],
                               {"task_mu": {"2027": 5}})  # fmt: skip
    assert solve_parcels(problem, pairs).objective == 1
    assert solve_parcels(problem, pairs, least_mu=25).objective == 1 + 2 + 3
    assert solve_parcels(problem, pairs, least_mu=90).objective == 1 + 2 + 3 + 4

"""The wrapper of the solver: endings, gap, seeds, stopping."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from analysis.milp import Model, ModelFaultyError, solve_milp


def covering(cost, rows, least, *, whole=True):
    n = len(cost)
    return Model(
        np.array(cost, dtype=float),
        sparse.csr_array(np.array(rows, dtype=float)),
        np.array(least, dtype=float),
        np.full(len(least), np.inf),
        np.zeros(n),
        np.ones(n),
        np.full(n, whole),
    )


def hard(n=60, seed=5):
    """Return a packing that takes a while: figures close to each other, several rows."""
    rng = np.random.default_rng(seed)
    size = rng.integers(500, 1000, (6, n))
    return covering(-size.mean(axis=0) - rng.random(n), -size, -size.sum(axis=1) / 2)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_answer_is_that_of_trying_everything(data):
    n = data.draw(st.integers(1, 8))
    number = st.integers(0, 20)
    cost = data.draw(st.lists(st.integers(-5, 20), min_size=n, max_size=n))
    rows = data.draw(st.lists(st.lists(number, min_size=n, max_size=n), min_size=1, max_size=3))
    least = data.draw(st.lists(st.integers(0, 60), min_size=len(rows), max_size=len(rows)))
    answer = solve_milp(covering(cost, rows, least), gap=0.0)
    every = np.array(list(itertools.product((0, 1), repeat=n)))
    kept = every[(every @ np.array(rows).T >= least).all(axis=1)]
    if len(kept):
        assert (answer.status, answer.objective) == ("optimal", (kept @ cost).min())
    else:
        assert (answer.status, answer.values) == ("infeasible", None)


def test_a_linear_programme_is_its_own_bound():
    answer = solve_milp(covering([2, 4], [[1, 1]], [1.5], whole=False))
    assert (answer.status, answer.objective, answer.bound) == ("optimal", 2 + 4 / 2, 4.0)


def test_a_model_without_an_end_is_called_unbounded():
    model = replace(
        covering([-1.0], [[1.0]], [0]), high=np.array([np.inf]), whole=np.array([False])
    )
    assert solve_milp(model).status == "unbounded"


def test_the_same_seed_gives_the_same_answer():
    one, two = (solve_milp(hard(), gap=0.02, seed=7) for _ in range(2))
    assert one.values.tolist() == two.values.tolist()
    assert 0 <= one.gap <= 0.02


def test_time_is_kept_and_the_gap_reached_is_told():
    answer = solve_milp(hard(200), gap=0.0, seconds=0.5)
    assert answer.status == "time"
    assert 0 < answer.gap < 1
    assert answer.bound <= answer.objective


def test_it_tells_how_far_it_is_and_stops_when_asked():
    told = []
    answer = solve_milp(
        hard(200), gap=0.0, seconds=9, progress=told.append, stopped=lambda: len(told) >= 3
    )
    assert answer.status == "stopped"
    assert [moment.seconds for moment in told] == sorted(moment.seconds for moment in told)
    assert answer.seconds < 9


def test_what_a_listener_raises_ends_the_search():
    def refuse(moment):
        raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        solve_milp(hard(200), gap=0.0, seconds=9, progress=refuse)


@pytest.mark.parametrize("part", ["cost", "row_low", "high"])
def test_unknown_figures_are_refused(part):
    model = covering([1.0, 2.0], [[1, 1]], [1])
    broken = np.array(getattr(model, part))
    broken[0] = np.nan
    with pytest.raises(ModelFaultyError):
        solve_milp(replace(model, **{part: broken}))


def test_nothing_to_choose_costs_nothing():
    nothing = Model(
        *(np.zeros(0),), sparse.csr_array((0, 0)), *(np.zeros(0),) * 4, np.zeros(0, bool)
    )
    assert solve_milp(nothing).objective == 0
    asked = replace(
        nothing, matrix=sparse.csr_array((1, 0)), row_low=np.ones(1), row_high=np.ones(1)
    )
    assert solve_milp(asked).status == "infeasible"

"""Worths, weights, scores and their stability: published examples, laws, bad input."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.scores import lost_on, scores
from analysis.smaa import NoDrawsError, draw_weights, stability
from analysis.values import worth, worths
from analysis.weights import (
    BadPairsError,
    BadWeightsError,
    InconsistentPairsError,
    ahp,
    direct,
    require_consistent,
)
from analysis.weights_compared import critic_weights, entropy_weights, topsis
from data.errors import RulesFaultyError
from data.siting_criteria import SHIPPED, load_siting_criteria

PUBLISHED = Path(__file__).parents[2] / "../shared/fixtures/mcda/published_examples.json"
RULES = load_siting_criteria()
RI = RULES.random_index
needs_fixture = pytest.mark.skipif(not PUBLISHED.is_file(), reason="no published examples here")


def table(rows, keys="abc"):
    index = pd.Index([f"S{n}" for n in range(len(rows))], name="site_id")
    return pd.DataFrame(rows, index=index, columns=list(keys)[: len(rows[0])], dtype=float)


def matrix(names, upper):
    """A reciprocal matrix from its upper triangle, row by row."""
    made = np.eye(len(names))
    made[np.triu_indices(len(names), 1)] = upper
    low = np.tril_indices(len(names), -1)
    made[low] = 1 / made.T[low]
    return pd.DataFrame(made, list(names), list(names))


@needs_fixture
def test_the_published_weights_of_drinks_come_out():
    known = json.loads(PUBLISHED.read_text("utf-8"))["ahp_drinks_saaty"]
    names = known["names"]
    found = ahp(pd.DataFrame(known["matrix"], names, names), random_index=RI)
    for name, weight in known["expected_weights"].items():
        assert found.weights[name] == pytest.approx(weight, abs=known["tol"])
    assert found.cr == pytest.approx(known["expected_CR"], abs=known["tol"])


@needs_fixture
def test_the_published_order_by_topsis_comes_out():
    known = json.loads(PUBLISHED.read_text("utf-8"))["topsis_tzeng2011"]
    rows = table(known["matrix"])
    weights = pd.Series(known["weights"], index=rows.columns)
    close = topsis(rows, weights, [side == "max" for side in known["objectives"]])
    assert close.tolist() == pytest.approx(known["expected_similarity"], abs=known["tol"])
    assert close.rank(ascending=False).astype(int).tolist() == known["expected_rank"]


def test_consistent_comparisons_give_back_the_weights_they_were_made_of():
    own = np.array([0.5, 0.3, 0.2])
    found = ahp(pd.DataFrame(own[:, None] / own, list("abc"), list("abc")), random_index=RI)
    assert found.weights.tolist() == pytest.approx(own.tolist())
    assert found.cr == pytest.approx(0, abs=1e-9)


def test_contradicting_comparisons_name_the_triple_that_contradicts_most():
    # a is 3 b, b is 3 c, yet c is 5 a; d sits beside them without contradiction.
    pairs = matrix("abcd", [3, 1 / 5, 1, 3, 1, 1])
    found = ahp(pairs, random_index=RI)
    assert found.cr >= 0.10
    with pytest.raises(InconsistentPairsError) as refusal:
        require_consistent(found, most=RULES.limits["cr_most"])
    assert {refusal.value.params[k] for k in ("one", "two", "three")} == set("abc")
    gaps = {
        (x, y, z): abs(np.log(pairs.loc[x, y] * pairs.loc[y, z] / pairs.loc[x, z]))
        for x, y, z in permutations("abcd", 3)
    }
    assert gaps[found.triple] == pytest.approx(max(gaps.values()))


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([[1, 3], [0.5, 1]], "a : b = 3"),
        ([[1, -3], [-1 / 3, 1]], "a : b = -3"),
        ([[2, 3], [1 / 3, 1]], "a : a = 2"),
        ([[1, None], [1, 1]], "a : b"),
    ],
)
def test_comparisons_that_are_not_reciprocal_or_positive_are_refused(cells, told):
    with pytest.raises(BadPairsError, match=told):
        ahp(pd.DataFrame(cells, list("ab"), list("ab")), random_index=RI)


def test_refusals_name_the_criteria_in_the_language_of_the_reader():
    keys = ["slope_pct", "port_km", "hall_short_m"]
    names = RULES.names
    contrary = matrix(keys, [3, 1 / 5, 1]).set_axis(keys, axis=0).set_axis(keys, axis=1)
    found = ahp(contrary, random_index=RI, names=names)
    lame = contrary.copy()
    lame.loc["port_km", "slope_pct"] = 7
    empty = contrary.mask(np.eye(3) == 0)
    for attempt, zh, en in (
        (lambda: require_consistent(found, most=0.1, names=names), "坡度比距港口", "Slope to Way"),
        (lambda: ahp(lame, random_index=RI, names=names), "坡度 : 距港口 = 3", "Slope : Way to a"),
        (lambda: ahp(empty, random_index=RI, names=names), "坡度 : 距港口 没有数", "no number"),
        (lambda: direct({"slope_pct": -1}, keys, names), "“坡度”为 -1", "criteria: Slope, Way to"),
    ):
        with pytest.raises(AnalysisError) as refusal:
            attempt()
        assert zh in str(refusal.value)
        assert en in refusal.value.say("en")
        assert not any(key in refusal.value.say(lang) for key in keys for lang in ("zh", "en"))


@pytest.mark.parametrize(
    ("weights", "told"),
    [({"a": 0, "b": 0}, "合计为 0"), ({"a": -1, "b": 2}, "“a”为 -1"), ({"x": 1}, "没有指标“x”"),
     ({"a": float("nan")}, "“a”没有数"), ({"a": "much"}, "“a”不是数"), ({}, "合计为 0")],
)  # fmt: skip
def test_weights_that_cannot_be_are_refused(weights, told):
    with pytest.raises(BadWeightsError, match=told):
        direct(weights, ["a", "b"])


def test_worths_follow_their_points_and_hold_beyond_them():
    slope = next(one for one in RULES.criteria if one.key == "slope_pct")
    assert worth(slope, [1, 3, 10, 12.5, 40]).tolist() == pytest.approx([1, 1, 0.4, 0.2, 0])
    found = worths(pd.DataFrame({"slope_pct": [np.nan, 3.0]}), [slope])
    assert found["slope_pct"].isna().tolist() == [True, False]


def test_what_is_missing_is_not_nothing():
    found = scores(table([[1, 1, np.nan], [1, 1, 0], [np.nan] * 3]), weights := thirds())
    first, second, third = (found.table.loc[f"S{n}"] for n in range(3))
    assert first["score"] == pytest.approx(100)  # over the two that are known
    assert (first["score_low"], first["score_high"]) == pytest.approx((200 / 3, 100))
    assert first["missing"] == ("c",)
    assert second["score"] == pytest.approx(200 / 3)
    assert pd.isna(third["score"])
    assert pd.isna(third["rank"])
    assert (third["score_low"], third["score_high"]) == pytest.approx((0, 100))
    assert weights.sum() == pytest.approx(1)


def thirds():
    return pd.Series(1 / 3, index=list("abc"))


def test_contributions_sum_to_the_score_and_tell_what_was_lost():
    found = scores(
        table([[1, 0.5, np.nan], [0.2, 0.9, 0.4]]), pd.Series([0.5, 0.3, 0.2], list("abc"))
    )
    sums = found.contributions.sum(axis=1)
    assert sums.tolist() == pytest.approx(found.table["score"].tolist())
    assert found.contributions.loc["S0", "a"] == pytest.approx(100 * 0.5 / 0.8)
    assert lost_on(found, "S1", to="S0").index[0] == "a"


worth_cells = st.one_of(st.floats(0, 1), st.none())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(worth_cells, worth_cells, worth_cells), min_size=3, max_size=8),
       st.tuples(*[st.integers(0, 10)] * 3).filter(any), st.data())  # fmt: skip
def test_a_site_less_never_turns_the_order_of_two_others(rows, weights, data):
    sites = table(rows)
    weigh = direct(dict(zip("abc", weights, strict=True)), list("abc"))
    gone = data.draw(st.sampled_from(list(sites.index)))
    before = scores(sites, weigh).table["rank"].drop(gone).dropna().sort_values()
    after = scores(sites.drop(gone), weigh).table["rank"].dropna().sort_values()
    assert before.index.tolist() == after.index.tolist()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(worth_cells, worth_cells, worth_cells), min_size=1, max_size=6),
       st.one_of(st.none(), st.floats(0, 1)))  # fmt: skip
def test_each_rank_is_given_once_in_every_draw(rows, spread):
    found = stability(table(rows), thirds(), draws=50, spread=spread)
    ranked = found.table["first_share"].notna().sum()
    assert (found.counts[:, :ranked].sum(axis=0) == 50).all()
    assert (found.counts.sum(axis=1) == np.where(found.table["first_share"].notna(), 50, 0)).all()
    known = found.table.dropna(subset=["first_share"])
    assert (known["rank_low"] <= known["rank_p05"]).all()
    assert (known["rank_p95"] <= known["rank_high"]).all()


def test_ranks_of_the_draws_are_those_of_the_scores():
    rng = np.random.default_rng(5)
    cells = rng.random((40, 3))
    cells[rng.random(40) < 0.3, 1] = np.nan
    sites = table(cells.tolist())
    found = stability(sites, thirds(), draws=30, seed=9, spread=0.6)
    drawn = draw_weights(thirds(), draws=30, seed=9, spread=0.6)
    ranks = [scores(sites, pd.Series(w, list("abc"))).table["rank"] for w in drawn]
    every = pd.concat(ranks, axis=1).astype(float)
    assert found.table["rank_low"].astype(float).tolist() == every.min(axis=1).tolist()
    assert found.table["rank_high"].astype(float).tolist() == every.max(axis=1).tolist()
    assert found.table["first_share"].tolist() == (every == 1).mean(axis=1).tolist()


def test_verdicts_sure_open_and_depending_on_a_weight():
    def verdict(rows, **more):
        found = stability(table(rows), thirds(), draws=2_000, **more)
        return found.verdict, found.first, found.depends_on

    assert verdict([[0.9, 0.9, 0.9], [0.1, 0.1, 0.1]]) == ("sure", "S0", None)
    tied = verdict([[1, 0, 0.5], [0, 1, 0.5]], spread=None)
    assert tied[0] == "depends"
    assert tied[2] in {"a", "b"}
    assert verdict([[1, 0, 0.5], [0, 1, 0.5]], spread=None, depends_least=9)[0] == "open"
    assert stability(table([[np.nan] * 3]), thirds(), draws=10).verdict == "none"


def test_the_same_seed_gives_the_same_draws_and_nothing_to_draw_is_refused():
    one, other = (draw_weights(thirds(), draws=5, seed=3, spread=0.2) for _ in range(2))
    assert (one == other).all()
    assert (draw_weights(thirds(), draws=5, seed=4, spread=0.2) != one).any()
    kept = draw_weights(pd.Series([0.5, 0.5, 0.0]), draws=20, seed=1, spread=None)
    assert (kept[:, 2] == 0).all()
    for bad in ({"draws": 0}, {"spread": 1.5}):
        with pytest.raises(NoDrawsError):
            draw_weights(thirds(), **{"draws": 5, "seed": 1, "spread": 0.2, **bad})


def test_entropy_and_critic_forget_what_is_equal_everywhere():
    rows = table([[1, 0.2, 0.1], [1, 0.9, 0.8], [1, 0.4, 0.5]])
    for method in (entropy_weights, critic_weights):
        found = method(rows)
        assert found["a"] == pytest.approx(0)
        assert found.sum() == pytest.approx(1)


def test_faulty_criteria_are_refused_with_every_fault(tmp_path):
    text = SHIPPED.read_text("utf-8")
    text = text.replace('direction = "less"', 'direction = "more"', 1)
    text = text.replace("cluster_firms = 12", "cluster_firms = -1", 1)
    text = text.replace('unit = "draw"', 'unit = "m"', 1)
    (edited := tmp_path / "criteria.toml").write_text(text, "utf-8")
    with pytest.raises(RulesFaultyError) as refusal:
        load_siting_criteria(edited)
    assert refusal.value.params["count"] == 3

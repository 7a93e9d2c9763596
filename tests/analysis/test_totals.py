"""Totals say how much and how much is unknown."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.totals import selection_totals, totals
from gis.area import to_mu


def test_groups_with_an_unknown_name_stay(parcels_of):
    frame = parcels_of(P1={}, P2={"town": None}, P3={"low_class": None, "geometry_area_m2": None})
    found = totals(frame)
    assert found["parcels"].sum() == len(frame)
    assert found["geometry_area_unknown"].sum() == 1
    assert found["geometry_area_m2"].sum() == 2 * 10_000


def test_a_sum_of_nothing_known_is_unknown(parcels_of):
    frame = parcels_of(P1={"geometry_area_m2": None})
    assert np.isnan(totals(frame, by=["town"])["geometry_area_m2"].iloc[0])
    assert selection_totals(frame)["geometry_area_m2"] is None
    assert selection_totals(frame.iloc[:0])["geometry_area_m2"] == 0


def test_the_mean_plot_ratio_is_weighted_by_land(parcels_of):
    frame = parcels_of(
        P1={"far": 0.5, "geometry_area_m2": 30_000}, P2={"far": 2.5}, P3={"far": None}
    )
    found = selection_totals(frame)
    assert found["far_mean"] == pytest.approx((0.5 * 30_000 + 2.5 * 10_000) / 40_000)
    assert found["far_unknown"] == 1
    assert found["geometry_area_mu"] == pytest.approx(to_mu(50_000.0))


def test_every_total_adds_up_to_the_whole(parcels_of):
    frame = parcels_of(**{f"P{n}": {"town": f"T{n % 3}"} for n in range(10)})
    whole = selection_totals(frame)["geometry_area_m2"]
    for by in (["town"], ["low_class"], ["town", "low_class"]):
        assert totals(frame, by=by)["geometry_area_m2"].sum() == pytest.approx(whole)

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.allocation import BadShareError, allocate, per_mu

MU = 2000 / 3


def firms(**tax):
    return pd.DataFrame({"owner_uscc": list(tax), "tax_wan": list(tax.values())})


def parcels(**area):
    index = pd.Index(list(area), name="parcel_id")
    return pd.DataFrame({"geometry_area_m2": list(area.values())}, index=index, dtype=float)


def holdings(*rows):
    names = ["owner_uscc", "parcel_id", "area_share", "figure_share"]
    return pd.DataFrame([(*row, None)[:4] for row in rows], columns=names).astype(
        {"area_share": float, "figure_share": float}
    )


def spread(who, where, table):
    return allocate(who, where, table, figures=["tax_wan"])


def test_a_firm_on_two_parcels_is_spread_by_its_land():
    found = spread(
        firms(A=90.0),
        parcels(P1=1_000, P2=4_000),
        holdings(("A", "P1", 1.0), ("A", "P2", 0.5)),
    )
    assert found.by_parcel["tax_wan"].tolist() == pytest.approx(
        [90 * 1_000 / (1_000 + 2_000), 90 * 2_000 / (1_000 + 2_000)]
    )
    assert found.by_firm.loc["A", "land_m2"] == 1_000 + 4_000 * 0.5
    assert found.unallocated.empty


def test_told_shares_win_and_what_they_leave_is_unallocated():
    found = spread(
        firms(A=100.0),
        parcels(P1=1_000, P2=9_000),
        holdings(("A", "P1", 1.0, 0.7), ("A", "P2", 1.0, 0.1)),
    )
    assert found.by_parcel["tax_wan"].tolist() == pytest.approx([70, 10])
    assert found.unallocated.loc["A", "tax_wan"] == pytest.approx(100 * (1 - 0.7 - 0.1))
    assert found.shares["method"].tolist() == ["told", "told"]


def test_a_firm_without_parcel_is_unallocated_whole():
    found = spread(firms(A=5.0, B=7.0), parcels(P1=10), holdings(("A", "P1", 1.0)))
    assert found.unallocated["tax_wan"].to_dict() == {"B": 7.0}
    assert np.isnan(found.by_firm.loc["B", "land_m2"])


def test_unknown_shares_take_what_the_others_leave():
    found = spread(
        firms(A=1.0, B=1.0, C=1.0),
        parcels(P1=1_000),
        holdings(("A", "P1", 0.4), ("B", "P1", None), ("C", "P1", None)),
    )
    assert found.shares["area_share"].tolist() == pytest.approx([0.4, 0.3, 0.3])
    assert found.issues["kind"].tolist() == ["share_even", "share_even"]


def test_shares_beyond_the_whole_parcel_are_scaled_and_told():
    found = spread(
        firms(A=1.0, B=1.0), parcels(P1=900), holdings(("A", "P1", 1.0), ("B", "P1", 0.5))
    )
    assert found.by_firm["land_m2"].sum() == pytest.approx(900)
    assert found.issues["kind"].tolist() == ["over_allocated", "over_allocated"]
    assert found.issues["value"].tolist() == [1.5, 1.5]


def test_strange_firms_and_parcels_are_told_and_left_out():
    found = spread(
        firms(A=8.0), parcels(P1=10), holdings(("A", "P1", 1.0), ("X", "P1", 1.0), ("A", "P9", 1.0))
    )
    assert sorted(found.issues["kind"]) == ["firm_unknown", "parcel_unknown"]
    assert found.by_parcel["tax_wan"].tolist() == [8.0]


@pytest.mark.parametrize("second", [{}, {"P2": np.nan}])
def test_land_that_is_known_in_part_is_unknown(second):
    table = holdings(("A", "P1", 1.0), ("A", "P2", 1.0), ("B", "P3", 1.0))
    found = spread(firms(A=150.0, B=150.0), parcels(P1=15 * MU, P3=15 * MU, **second), table)
    assert np.isnan(found.by_firm.loc["A", "land_m2"])
    assert found.by_firm.loc["B", "land_m2"] == 15 * MU


def test_an_unknown_figure_is_counted_and_gives_no_per_mu_figure():
    where = parcels(P1=10 * MU, P2=10 * MU)
    found = spread(
        firms(A=20.0, B=None), where, holdings(("A", "P1", 1.0), ("A", "P2", 0.5), ("B", "P2", 0.5))
    )
    assert found.by_parcel["tax_wan_unknown"].tolist() == [0, 1]
    rate = per_mu(found, where, "tax_wan", area="geometry_area_m2")
    assert rate.iloc[0] == pytest.approx(20 * (10 / 15) / 10)
    assert np.isnan(rate.iloc[1])


def test_impossible_shares_are_refused_with_their_place():
    table = holdings(("A", "P1", 1.2), ("B", "P1", 0.1, 0.8), ("B", "P2", 0.1, 0.8))
    with pytest.raises(BadShareError) as caught:
        spread(firms(A=1.0, B=1.0), parcels(P1=1, P2=1), table)
    assert "A / P1 area_share 1.2" in str(caught.value)
    assert "B Σ figure_share 1.6" in str(caught.value)


@settings(max_examples=60, deadline=None)
@given(
    tax=st.lists(st.one_of(st.none(), st.floats(-1e4, 1e6)), min_size=1, max_size=6),
    pairs=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 4), st.one_of(st.none(), st.floats(0, 1))),
        max_size=12,
    ),
    area=st.lists(st.one_of(st.none(), st.floats(0, 1e6)), min_size=5, max_size=5),
)
def test_totals_are_kept_whatever_the_table(tax, pairs, area):
    """Tax over parcels plus what is unallocated is tax over firms."""
    who = pd.DataFrame({"owner_uscc": [f"F{n}" for n in range(len(tax))], "tax_wan": tax})
    who["tax_wan"] = who["tax_wan"].astype(float)
    where = parcels(**{f"P{n}": a for n, a in enumerate(area)})
    table = holdings(*((f"F{f}", f"P{p}", share) for f, p, share in pairs))
    found = spread(who, where, table)
    total = found.by_parcel["tax_wan"].sum() + found.unallocated["tax_wan"].sum()
    assert total == pytest.approx(who["tax_wan"].sum(), rel=1e-9, abs=1e-6)
    land = found.shares.groupby("parcel_id")["area_share"].sum()
    assert (land <= 1 + 1e-9).all()

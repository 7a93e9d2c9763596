"""The evaluation of a small county, by hand: A and B have land and data, C has neither."""

import numpy as np
import pandas as pd
import pytest

from analysis.evaluation import SchemeEmptyError
from analysis.firm_evaluation import (
    UNGRADED,
    FirmTwiceError,
    UnknownSchemeError,
    choose_schemes,
    evaluate_firms,
    grade_counts,
)
from data.evaluation_rules import load_evaluation_rules

RULES = load_evaluation_rules()
SCORE, GRADE = RULES.scores["huangyan_2022"], RULES.grades["wenling"]
MU = 2000 / 3
TAX_BASE, POWER_BASE = 11.5932, 0.2352  # below designated size: 50 points at each base


@pytest.fixture
def firms():
    tax = [10 * TAX_BASE, 10 * 2 * TAX_BASE, 7.0]
    return pd.DataFrame(
        {
            "owner_uscc": ["A", "B", "C"],
            "firm_name": ["甲", "乙", "丙"],
            "firm_size": ["below", "below", None],
            "tax_wan": tax,
            "electricity_wan_kwh": [tax[0] / POWER_BASE, tax[1] / POWER_BASE, None],
        }
    )


@pytest.fixture
def parcels():
    return pd.DataFrame(
        {
            "geometry_area_m2": [10 * MU, 20 * MU],
            "owner_uscc": ["A", "B"],
            "evaluation_grade": ["C", "A"],
        },
        index=pd.Index(["P1", "P2"], name="parcel_id"),
    )


@pytest.fixture
def holdings():
    return pd.DataFrame(
        {"owner_uscc": ["A", "B"], "parcel_id": ["P1", "P2"], "area_share": [1.0, 0.5]}
    )


def evaluated(firms, holdings, parcels):
    return evaluate_firms(firms, holdings, parcels, score=SCORE, grade=GRADE)


def test_land_comes_from_the_parcels_and_the_best_score_stands_first(firms, holdings, parcels):
    found = evaluated(firms, holdings, parcels).firms
    assert found.index.tolist() == ["B", "A", "C"]
    assert found["land_m2"].iloc[:2].tolist() == pytest.approx([20 * MU * 0.5, 10 * MU])
    assert found["score"].iloc[:2].tolist() == pytest.approx([50 * 2 + 50, 50 + 50])
    # Of two with a score the first stands at 0.25 and the second at 0.75: 5 % A, 70 % B.
    assert found["grade"].tolist() == ["B", "B", None]
    assert np.isnan(found.loc["C", "score"])
    assert found["recorded_grade"].tolist() == ["A", "C", None]


def test_tax_by_firm_is_tax_by_parcel_and_what_is_unallocated(firms, holdings, parcels):
    found = evaluated(firms, holdings, parcels)
    tax = found.totals.loc["tax_wan"]
    assert tax["firms"] == pytest.approx(30 * TAX_BASE + 7)
    assert tax["parcels"] == pytest.approx(30 * TAX_BASE)
    assert tax["unallocated"] == 7
    assert found.parcels["tax_wan_per_mu"].tolist() == pytest.approx([TAX_BASE, TAX_BASE])


def test_a_column_that_is_absent_is_unknown_and_told(firms, holdings, parcels):
    found = evaluated(firms.drop(columns="electricity_wan_kwh"), holdings, parcels)
    assert found.firms["score"].isna().all()
    assert found.firms.loc["A", "missing"] == ("tax_per_electricity",)
    absent = found.issues[found.issues["kind"] == "field_absent"]["field"].tolist()
    assert "electricity_wan_kwh" in absent
    assert "tax_wan" not in absent
    assert found.totals.loc["energy_tce", "unknown"] == 3


def test_firms_without_code_are_counted_and_codes_on_two_rows_are_refused(firms, holdings, parcels):
    nameless = evaluated(firms.assign(owner_uscc=["A", "B", None]), holdings, parcels)
    row = nameless.issues[nameless.issues["kind"] == "code_missing"].iloc[0]
    assert row["value"] == 1
    assert len(nameless.firms) == 2
    with pytest.raises(FirmTwiceError, match="A"):
        evaluated(firms.assign(owner_uscc=["A", "A", "C"]), holdings, parcels)


def test_holdings_without_shares_are_split_evenly(firms, parcels):
    pairs = pd.DataFrame({"owner_uscc": ["A", "B"], "parcel_id": ["P1", "P1"]})
    found = evaluated(firms, pairs, parcels)
    assert found.firms.loc[["A", "B"], "land_m2"].tolist() == pytest.approx([5 * MU, 5 * MU])
    assert found.issues["kind"].tolist().count("share_even") == 2


def test_an_empty_scheme_is_refused_even_where_there_are_no_firms(firms, holdings, parcels):
    for score, grade, what in (
        (RULES.scores["ruian"], GRADE, "权重"),
        (SCORE, RULES.grades["ruian"], "分档比例"),
    ):
        with pytest.raises(SchemeEmptyError, match=what) as caught:
            evaluate_firms(firms.head(0), holdings.head(0), parcels, score=score, grade=grade)
        assert not set(caught.value.say("en")) & set(what)


def test_no_firms_give_an_empty_evaluation(firms, holdings, parcels):
    found = evaluated(firms.head(0), holdings.head(0), parcels)
    assert found.firms.empty
    assert found.totals.loc["tax_wan", "firms"] == 0
    assert int(grade_counts(found.firms).to_numpy().sum()) == 0


def test_every_firm_is_counted_once(firms, holdings, parcels):
    counts = grade_counts(evaluated(firms, holdings, parcels).firms)
    assert counts.loc["below", "B"] == 2
    assert counts.loc[UNGRADED, UNGRADED] == 1
    assert int(counts.to_numpy().sum()) == 3


def test_a_scheme_is_chosen_by_name_or_the_first_that_is_filled_in():
    assert [s.id for s in choose_schemes(RULES)] == ["huangyan_2022", "wenling"]
    assert [s.id for s in choose_schemes(RULES, "ruian", "ruian")] == ["ruian", "ruian"]
    with pytest.raises(UnknownSchemeError, match="huangyan_2022"):
        choose_schemes(RULES, "nonsense")

"""What a portfolio is asked for: figures that nobody can mean are refused, none is bent."""

from __future__ import annotations

import pytest

from data.portfolio_settings import PortfolioSettingsFaultyError, settings_from

ASKED = {"years": [2027, 2028], "task_mu": 300}


def test_a_year_written_with_a_point_is_that_year():
    asked = settings_from(ASKED | {"locked_in": {"A": 2028.0, "B": "", "C": 2027}})
    assert asked.locked_in == {"A": 2028, "B": None, "C": 2027}


@pytest.mark.parametrize("year", [2028.5, True, "2028", 2031])
def test_a_year_that_is_none_of_the_years_is_refused(year):
    with pytest.raises(PortfolioSettingsFaultyError, match="locked_in A"):
        settings_from(ASKED | {"locked_in": {"A": year}})


@pytest.mark.parametrize(
    "given",
    [
        {"task_mu": float("inf")},
        {"task_mu": 1e300},
        {"seed": float("inf")},
        {"seed": 1.7},
        {"start_month": float("inf")},
        {"start_month": 1.9},
        {"weights": {"cost": float("inf")}},
        {"weights": {"cost": 1e300, "gain": 1}},
        {"gap": 5},
        {"seconds": 0},
        {"seconds": float("inf")},
        {"months": float("inf")},
        {"towns": {"塘下镇": {"most_mu": float("inf")}}},
        {"totals": {"cost_most_wan": float("inf")}},
    ],
)
def test_what_no_option_would_take_is_refused_by_name(given):
    (name,) = given
    with pytest.raises(PortfolioSettingsFaultyError, match=name if name != "towns" else "塘下镇"):
        settings_from(ASKED | given)
    assert settings_from(ASKED | {"seed": 7.0, "start_month": 3}).seed == 7

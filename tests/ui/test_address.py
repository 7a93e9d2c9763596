"""An address that says odd things opens all the same, and says what it left out."""

from datetime import date

import pytest

from ui.components.parcel_table import orders
from ui.state import FIRST_DAY, LAST_DAY, SETTINGS, Kept, from_url

ODD = [
    {"known": "9999-12-31"},
    {"known": "0001-01-01"},
    {"on": "0001-01-01"},
    {"on": "9999-12-31"},
    {"on": "abc"},
    {"m.order": "zzz"},
    {"m.list": "2"},
    {"m.page": "99999999999999999999"},
    {"year": "99999999999999999999"},
    {"lang": "fr"},
    {"far_min": "1e300"},
    {"mu_max": "-1"},
    {"mu_min": "99999999999999999999"},
    {"class": "nonsense"},
    {"overdue": "perhaps"},
    {"drawn": "POINT (1 1)"},
]


@pytest.mark.parametrize("params", ODD)
def test_what_is_not_understood_is_left_out_and_named(params):
    found = from_url(params)
    assert found == Kept()
    ((name, value),) = params.items()
    assert found.faults == (f"{name}={value}",)


def test_what_is_understood_has_no_faults():
    days = {"on": FIRST_DAY.isoformat(), "known": LAST_DAY.isoformat(), "m.order": "late"}
    found = from_url({**days, "class": "underused", "town": "乌有镇", "far_min": "0.5"})
    assert found.faults == ()
    assert (found.state_on, found.known_on) == (date(2020, 1, 1), LAST_DAY)


def test_a_link_to_a_parcel_forgets_the_faults_of_an_older_address():
    assert from_url({"parcel": "P1"}, kept=from_url({"on": "abc"})).faults == ()


def test_the_orders_in_the_address_are_those_of_the_list():
    assert set(SETTINGS["order"]) == set(orders())


@pytest.mark.parametrize("page", ["overview", "map", "parcels"])
def test_every_page_opens_on_an_odd_address_and_says_so_once(home, page):
    for params in ODD:
        for name, value in params.items():
            home.query_params[name] = value
    home.query_params["town"] = "乌有镇"
    home.query_params["parcel"] = "nobody"
    home.query_params["q"] = "长" * 5_000
    home.run()
    assert "lang" not in home.query_params
    home.switch_page(f"pages/{page}.py").run()
    assert not home.exception
    assert not home.error
    told = [info.value for info in home.info if "看不懂" in info.value]
    assert len(told) == 1
    assert "m.list=2" in told[0] or "…" in told[0]


def test_the_line_goes_with_the_next_change(home):
    home.query_params["on"] = "abc"
    app = home.run()
    assert any("abc" in info.value for info in app.info)
    app.button(key="header.language").click().run()
    assert not any("abc" in info.value for info in app.info)

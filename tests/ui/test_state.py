"""A link opens the same view: state to URL and back."""

from datetime import date

import pytest

from analysis.query import ParcelQuery
from ui.state import IDS_IN_URL, Kept, Selection, from_url, to_url

SQUARE = "POLYGON ((120 27, 121 27, 121 28, 120 28, 120 27))"

KEPT = Kept(
    query=ParcelQuery(towns=("塘下镇",), classes=("underused",), far_max=1.0, text="甲 乙"),
    selection=Selection(("P1", "第2号,东%20")),
    parcel="P1",
    lang="en",
    state_on=date(2026, 6, 30),
    known_on=date(2026, 7, 31),
    year=2025,
    settings=(("order", "area"),),
)


def test_what_was_set_comes_back_from_its_own_url():
    assert from_url(to_url(KEPT)) == KEPT


def test_a_drawn_shape_comes_back():
    drawn = Kept(selection=Selection((), ParcelQuery(shape=SQUARE).shape))
    assert from_url(to_url(drawn)) == drawn


def test_defaults_leave_the_url_bare():
    assert to_url(Kept()) == {}


@pytest.mark.parametrize(
    "params",
    [
        {"on": "yesterday"},
        {"year": "1999"},
        {"year": "²"},
        {"lang": "fr"},
        {"drawn": "POLYGON"},
        {"class": "nonsense"},
        {"picked": ",,"},
    ],
)
def test_what_cannot_be_read_is_left_at_its_default(params):
    assert from_url(params) == Kept()


def test_a_link_to_a_parcel_keeps_everything_else():
    linked = from_url({"parcel": "P9"}, kept=KEPT)
    assert (linked.parcel, linked.query, linked.year) == ("P9", KEPT.query, 2025)


def test_many_ticks_stay_out_of_the_url():
    many = Kept(selection=Selection(tuple(f"P{n}" for n in range(IDS_IN_URL + 1))))
    assert to_url(many) == {}

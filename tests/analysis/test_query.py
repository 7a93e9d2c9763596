"""The filter bar: links there and back, masks, words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import wkt
from shapely.geometry import box

from analysis.errors import (
    BadConditionError,
    BadRangeError,
    BadShapeError,
    MissingFieldError,
    NoGeometryError,
    UnknownPlaceError,
)
from analysis.query import LINK_KEYS, UNKNOWN, ParcelQuery
from analysis.query_where import refuse_unknown_places
from analysis.shape import canonical_shape
from data import schema
from gis.area import to_m2


def ids(query, frame):
    return frame.index[query.mask(frame)].tolist()


def test_an_empty_query_means_every_parcel(parcels_of):
    frame = parcels_of(P1={}, P2={"town": None})
    assert ids(ParcelQuery(), frame) == ["P1", "P2"]
    assert ParcelQuery().is_empty
    assert ParcelQuery().to_params() == {}


def test_lists_are_alternatives_and_conditions_add_up(parcels_of):
    frame = parcels_of(
        P1={"town": "塘下镇", "low_class": "underused"},
        P2={"town": "莘塍街道", "low_class": "underused"},
        P3={"town": "莘塍街道", "low_class": "built_idle"},
    )
    assert ids(ParcelQuery(towns=("塘下镇", "莘塍街道")), frame) == ["P1", "P2", "P3"]
    assert ids(ParcelQuery(towns=("莘塍街道",), classes=("underused",)), frame) == ["P2"]


def test_a_dash_asks_for_the_unknown(parcels_of):
    frame = parcels_of(P1={"park": "经开区"}, P2={"park": None}, P3={"park": ""})
    assert ids(ParcelQuery(parks=(UNKNOWN,)), frame) == ["P2", "P3"]
    assert ids(ParcelQuery(parks=(UNKNOWN, "经开区")), frame) == ["P1", "P2", "P3"]


def test_bounds_take_the_lower_end_and_leave_the_unknown_out(parcels_of):
    frame = parcels_of(P1={"far": 1.0}, P2={"far": 2.0}, P3={"far": None})
    assert ids(ParcelQuery(far_min=1.0, far_max=2.0), frame) == ["P1"]
    assert ids(ParcelQuery(far_min=0.0), frame) == ["P1", "P2"]


def test_area_is_asked_in_mu_with_both_ends(parcels_of):
    frame = parcels_of(P1={"geometry_area_m2": to_m2(15.0)}, P2={"geometry_area_m2": to_m2(15.01)})
    assert ids(ParcelQuery(area_max_mu=15), frame) == ["P1"]
    assert ids(ParcelQuery(area_min_mu=15), frame) == ["P1", "P2"]


def test_words_must_all_occur_in_id_or_names_and_are_never_patterns(parcels_of):
    frame = parcels_of(
        P1={"owner": "Ruili 集团(A*)"}, P2={"owner": "华峰", "parcel_name": "汽摩配 1 号"}
    )
    assert ids(ParcelQuery(text="ruili"), frame) == ["P1"]
    assert ids(ParcelQuery(text="(A*)"), frame) == ["P1"]
    assert ids(ParcelQuery(text="华峰 汽摩配"), frame) == ["P2"]
    assert ids(ParcelQuery(text="p2"), frame) == ["P2"]
    assert ids(ParcelQuery(text="."), frame) == []


def test_a_parcel_is_in_a_shape_when_a_point_inside_it_is(parcels_of):
    frame = parcels_of(P1={}, P2={}, P3={})  # squares 120–121, 121–122, 122–123
    drawn = box(119.9, 26.9, 121.7, 28.1)  # P1 whole, P2 beyond its middle
    touched = box(119.9, 26.9, 121.3, 28.1)  # P2 touched only
    assert ids(ParcelQuery(shape=drawn.wkt), frame) == ["P1", "P2"]
    assert ids(ParcelQuery(shape=touched.wkt), frame) == ["P1"]
    assert ids(ParcelQuery(shape=box(0, 0, 1, 1).wkt), frame) == []


def test_missing_geometry_is_outside_every_shape(parcels_of):
    frame = parcels_of(P1={}, P2={})
    frame.loc["P1", "geometry"] = None
    assert ids(ParcelQuery(shape=box(119, 26, 125, 29).wkt), frame) == ["P2"]


def test_a_shape_needs_degrees(parcels_of):
    query = ParcelQuery(shape=box(119, 26, 125, 29).wkt)
    with pytest.raises(NoGeometryError):
        query.mask(parcels_of(P1={}).to_crs(4549))
    with pytest.raises(MissingFieldError, match="stage"):
        ParcelQuery(stages=("signed",)).mask(parcels_of(P1={}))


def test_a_crossed_drawing_is_mended():
    bow_tie = canonical_shape("POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))")
    assert wkt.loads(bow_tie).is_valid
    assert wkt.loads(bow_tie).area == pytest.approx(2 * 0.5 * 1 * 0.5)


@pytest.mark.parametrize(
    "shape", ["nonsense", "POINT (1 1)", "POLYGON EMPTY", "LINESTRING (0 0, 1 1)"]
)
def test_what_is_no_polygon_is_refused_or_named(shape):
    with pytest.raises(BadShapeError):
        ParcelQuery(shape=shape)
    assert ParcelQuery.from_params({"shape": shape}).faults


def test_bounds_that_make_no_sense_are_refused_or_named():
    for bad in ({"far_min": -1}, {"far_min": float("nan")}, {"far_min": 2, "far_max": 1}):
        with pytest.raises(BadRangeError):
            ParcelQuery(**bad)
    query = ParcelQuery.from_params(
        {"far_min": "2", "far_max": "1", "mu_min": "-3", "overdue": "x"}
    )
    assert query.is_empty
    assert len(query.faults) == 3


def test_keys_of_other_people_in_a_link_are_skipped():
    assert ParcelQuery.from_params({"theme": "class", "town": "塘下镇"}).faults == ()


def test_the_command_line_refuses_what_a_link_forgives():
    assert ParcelQuery.from_where("town=塘下镇,莘塍街道&class=underused") == ParcelQuery(
        towns=("莘塍街道", "塘下镇"), classes=("underused",)
    )
    for bad in ("theme=class", "class=nonsense", "far_max=abc", "underused"):
        with pytest.raises(BadConditionError):
            ParcelQuery.from_where(bad)


def test_a_list_that_comes_twice_on_the_command_line_is_one_list():
    assert ParcelQuery.from_where(
        "town=塘下镇&town=莘塍街道&class=-&class=underused"
    ) == ParcelQuery(towns=("塘下镇", "莘塍街道"), classes=("-", "underused"))
    assert ParcelQuery.from_where("q=甲&q=乙") == ParcelQuery(text="甲 乙")
    assert ParcelQuery.from_where("far_min=1&far_min=1") == ParcelQuery(far_min=1)
    with pytest.raises(BadConditionError, match="far_min=2"):
        ParcelQuery.from_where("far_min=1&far_min=2")


def test_a_code_that_is_not_known_is_refused_with_the_nearest():
    for typed in ("class=underuse", "class=用而未尽", "class=用而未进"):
        with pytest.raises(BadConditionError, match="underused 用而未尽") as caught:
            ParcelQuery.from_where(typed)
        assert f"{typed} (perhaps underused: " in caught.value.say("en")
    with pytest.raises(BadConditionError, match="可用：A, B, C, D"):
        ParcelQuery.from_where("grade=zzz")


def test_towns_and_parks_that_are_not_there_are_refused_with_the_nearest(parcels_of):
    frame = parcels_of(P1={"town": "塘下镇", "park": "经济开发区"}, P2={"town": None, "park": None})
    towns = ("塘下镇", "高楼镇")
    refuse_unknown_places({"town": ("-", "高楼镇", "塘下镇"), "park": ("-",)}, frame, towns=towns)
    with pytest.raises(UnknownPlaceError, match="town=塘下（是否指“塘下镇”）") as caught:
        refuse_unknown_places({"town": ("塘下",), "park": ("zz",)}, frame, towns=towns)
    assert "town=塘下 (perhaps “塘下镇”), park=zz (there are: 经济开发区)" in caught.value.say("en")


def test_words_name_labels_in_both_languages():
    query = ParcelQuery(
        parks=(UNKNOWN,),
        classes=("underused", "approved_unsupplied"),
        far_min=0.5,
        far_max=1,
        area_min_mu=5,
        overdue=True,
        text="华峰",
    )
    assert query.describe("zh") == (
        "所属园区：园区外；台账类别：批而未供、用而未尽；实际容积率：0.5及以上且低于 1；"
        "图形面积：5 亩及以上；文字包含“华峰”；计划月份已过仍未完成"
    )
    assert query.describe("en").startswith(
        "Park: outside parks; Recorded class: Approved, not supplied"
    )


NAMES = st.lists(st.text(min_size=1, max_size=8), max_size=3).map(tuple)


def codes(enum):
    return st.lists(st.sampled_from([*schema.enum_codes(enum), UNKNOWN]), max_size=3).map(tuple)


BOUNDS = st.one_of(st.none(), st.floats(0, 1e6))
BOXES = st.builds(
    lambda x, y, w, h: box(x, y, x + w, y + h).wkt,
    st.floats(119, 121),
    st.floats(27, 28),
    st.floats(0.001, 1),
    st.floats(0.001, 1),
)


@st.composite
def queries(draw):
    low, high = draw(BOUNDS), draw(BOUNDS)
    if low is not None and high is not None and low > high:
        low, high = high, low
    return ParcelQuery(
        towns=draw(NAMES),
        parks=draw(NAMES),
        classes=draw(codes("low_class")),
        stages=draw(codes("stage")),
        modes=draw(codes("renewal_mode")),
        grades=draw(codes("evaluation_grade")),
        far_min=low,
        far_max=high,
        area_min_mu=draw(BOUNDS),
        text=draw(st.text(max_size=12)),
        overdue=draw(st.booleans()),
        shape=draw(st.one_of(st.none(), BOXES)),
    )


@settings(deadline=None)
@given(queries())
def test_a_link_gives_back_the_query_it_was_made_from(query):
    again = ParcelQuery.from_params(query.to_params())
    assert again == query
    assert again.faults == ()
    assert set(query.to_params()) <= set(LINK_KEYS)
    assert hash(again) == hash(query)


@settings(deadline=None)
@given(queries())
def test_an_expression_gives_back_the_query_it_was_made_from(query):
    assert ParcelQuery.from_where(query.to_where()) == query


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(LINK_KEYS), st.text(max_size=20)))
def test_no_link_whatever_it_says_breaks_the_page(params):
    query = ParcelQuery.from_params(params)
    assert ParcelQuery.from_params(query.to_params()) == query
    assert {fault.partition("=")[0] for fault in query.faults} <= set(params)
    assert query.describe("zh")
    assert query.describe("en")

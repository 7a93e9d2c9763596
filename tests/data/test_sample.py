"""The sample county is plausible, whole and the same for the same seed."""

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from stdnum.cn import uscc

from analysis.credit import credited_events
from analysis.stages import standing_events
from data.rules import load_rules
from data.sample import County, generate
from data.sample.county import SampleRefusedError
from data.schema import PARCEL_COLUMNS
from data.towns import read_towns
from gis.area import ellipsoidal_area_m2, to_mu
from gis.crs import METRIC_CRS


@pytest.fixture(scope="module")
def county() -> County:
    return generate(1500, seed=7)


@pytest.fixture(scope="module")
def metric(county: County) -> gpd.GeoSeries:
    return county.parcels.geometry.to_crs(METRIC_CRS)


def union(county: County, name: str) -> shapely.Geometry:
    return shapely.union_all(county.layers[name].geometry.to_numpy())


def credited_share(county: County) -> pd.Series:
    events = county.events.rename(columns={"event_no": "event_id"})
    area = ellipsoidal_area_m2(county.parcels.geometry)
    rules = load_rules()
    earned = credited_events(
        standing_events(events), county.parcels.assign(geometry_area_m2=area), rules=rules
    )
    yearly = earned.groupby(earned["occurred_on"].dt.year)["credited_m2"].sum()
    return to_mu(yearly) / rules.annual_target_mu


def furthest_stage(county: County) -> pd.Series:
    order = [stage.code for stage in load_rules().stages]
    place = county.events["stage"].map(order.index).groupby(county.events["parcel_id"]).max()
    return place.map(order.__getitem__).reindex(county.parcels.index)


def has_left(county: County) -> pd.Series:
    return county.parcels["class_basis"].str.match("已(改造|供地)（原为").eq(True)


def far_quoted(parcels: pd.DataFrame) -> pd.DataFrame:
    pattern = r"实际容积率 (?P<far>[\d.]+)，低于合同约定 (?P<plan>[\d.]+)"
    return parcels["class_basis"].str.extract(pattern).astype(float)


def test_the_number_of_parcels_is_the_one_asked_for(county):
    assert len(county.parcels) == 1500
    assert county.parcels.index.is_unique
    assert county.parcels.index.is_monotonic_increasing


def test_parcel_codes_have_nineteen_characters_of_this_county(county):
    assert county.parcels.index.str.fullmatch(r"330381\d{6}[GJ]B\d{5}").all()


def test_the_columns_are_those_of_the_register(county):
    assert set(county.parcels.columns) <= {*PARCEL_COLUMNS, "geometry"}


def test_the_middle_parcel_has_about_twelve_mu(metric):
    mu = to_mu(metric.area)
    assert 10 < mu.median() < 14
    assert 0.5 < np.log(mu[mu > 0.5]).std() < 0.9


def test_every_parcel_is_one_valid_polygon(county):
    assert county.parcels.geometry.is_valid.all()
    assert (county.parcels.geometry.geom_type == "Polygon").all()


def test_parcels_lie_inside_the_outline_and_out_of_the_river(county):
    outline = county.outline.geometry
    shapes = county.parcels.geometry.to_numpy()
    shapely.prepare(outline)
    assert shapely.contains_properly(outline, shapes).all()
    assert not shapely.intersects(union(county, "river"), shapes).any()


def test_parcels_tile_their_streets_but_for_rare_survey_faults(metric):
    overlap = metric.area.sum() - shapely.union_all(metric.to_numpy()).area
    assert 0 < overlap / metric.area.sum() < 0.01


def test_some_parcels_have_holes_arcs_and_steps(county):
    shapes = county.parcels.geometry.to_numpy()
    corners = shapely.get_num_coordinates(shapes) - 1
    assert (shapely.get_num_interior_rings(shapes) > 0).sum() >= 2
    assert (corners > 12).mean() > 0.01
    assert (corners == 6).mean() > 0.02


def test_the_towns_tile_the_outline_under_their_official_names_and_codes(county):
    towns = county.layers["towns"]
    table = read_towns()
    assert sorted(towns["town"]) == sorted(table["name"])
    codes = towns.set_index("town")["town_code"].to_dict()
    assert codes == table.set_index("name")["stat_code"].to_dict()
    pieces = towns.geometry.to_crs(METRIC_CRS)
    whole = gpd.GeoSeries([county.outline.geometry], crs=4490).to_crs(METRIC_CRS).area.iloc[0]
    assert pieces.area.sum() == pytest.approx(whole, rel=1e-6)
    assert shapely.union_all(pieces.to_numpy()).area == pytest.approx(whole, rel=1e-6)


def test_islands_east_of_121_1_degrees_belong_to_beiji(county):
    towns = county.layers["towns"].set_index("town").geometry
    assert towns["北麂乡"].bounds[0] > 121.09
    assert max(shape.bounds[2] for name, shape in towns.items() if name != "北麂乡") < 121.11


def test_parks_carry_the_names_of_the_sources(county):
    names = "".join(county.layers["parks"]["park"])
    for part in (
        "经济开发区",
        "高新区",
        "汽摩配",
        "东新科创园",
        "万亩千亿",
        "汽车智配小镇",
        "小微企业园",
        "老旧",
    ):
        assert part in names


def test_a_parcel_with_a_park_lies_in_it(county):
    named = county.parcels[county.parcels["park"].notna()]
    assert 0.5 < len(named) / len(county.parcels) < 0.75
    parks = county.layers["parks"].set_index("park").geometry
    inside = [
        parks[park].intersects(point)
        for park, point in zip(named["park"], named.representative_point(), strict=True)
    ]
    assert np.mean(inside) > 0.98


def test_industry_goes_up_no_hill(county, metric):
    dem = county.dem
    column = ((metric.centroid.x - dem.transform.c) / 30).astype(int)
    row = ((dem.transform.f - metric.centroid.y) / 30).astype(int)
    height = dem.values[row, column]
    assert height.max() < 20
    assert county.dem.values.max() > 400


def test_credit_codes_have_correct_check_characters_and_a_synthetic_body(county):
    codes = county.firms["owner_uscc"]
    assert all(uscc.is_valid(code) for code in codes)
    assert codes.str[8:10].eq("MN").all()
    assert county.firms["firm_name"].str.startswith("模拟").all()


def test_the_shares_of_firms_in_a_parcel_add_up_to_at_most_one(county):
    shares = county.firm_parcels.groupby("parcel_id")["area_share"].sum()
    assert shares.max() <= 1 + 1e-9
    assert (county.firm_parcels["area_share"] > 0).all()
    assert county.firm_parcels["parcel_id"].duplicated().any()
    assert county.firm_parcels["owner_uscc"].duplicated().any()


def test_industry_codes_belong_to_their_cluster(county):
    firms = county.firms
    auto = firms.loc[firms["cluster"] == "auto", "industry_code"].str[:2]
    assert set(auto) <= {"36", "37", "38"}


def test_two_in_five_parcels_are_low_efficiency_before_renewal(county):
    low = county.parcels["low_class"] != "not_low"
    assert 0.35 < (low | has_left(county)).mean() < 0.46
    assert 0.15 < low.mean() < 0.35


@pytest.mark.parametrize("seed", [7, 11])
def test_renewed_land_is_low_no_more_and_land_under_way_still_is(seed, county):
    made = county if seed == 7 else generate(500, seed=seed)
    stage = furthest_stage(made)
    low = made.parcels["low_class"] != "not_low"
    assert not low[stage.isin(["completed", "producing", "evaluated"])].any()
    supplied = made.parcels.loc[stage.isin(["supplied", "started"])]
    assert "approved_unsupplied" not in set(supplied["low_class"])
    left = has_left(made)
    waited = made.parcels["class_basis"].str.contains("原为批而未供").eq(True)
    assert stage[left & ~waited].isin(["completed", "producing", "evaluated"]).all()
    assert low[stage.isin(["approved", "signed", "vacated", "demolished"])].any()


def test_a_basis_quotes_what_the_parcel_itself_records(county):
    parcels, left = county.parcels, has_left(county)
    quoted = far_quoted(parcels)
    known = quoted["far"].notna()
    own = known & ~left
    assert own.sum() > 30
    assert (quoted["far"] == parcels["far"])[own].all()
    assert (quoted["plan"] == parcels["planned_far"])[known].all()
    assert (quoted["far"] < quoted["plan"])[known].all()
    columns = {
        "竣工 (.{10})，": "actual_completion_on",
        "约定开工 (.{10})，": "agreed_start_on",
        "亩均税收 ([0-9.]+) ": "tax_wan_per_mu",
        "低于合同约定 ([0-9.]+) 万元": "agreed_tax_wan_per_mu",
    }
    for pattern, column in columns.items():
        text = parcels.loc[~left, "class_basis"].str.extract(pattern)[0].dropna()
        value = parcels.loc[text.index, column]
        recorded = value.astype(str) if value.dtype.kind == "M" else value.map("{:.2f}".format)
        assert len(text) > 5, column
        assert (text == recorded).all(), column


def test_rebuilt_land_names_the_ratio_of_then_and_of_now(county):
    text = "已改造（原为用而未尽）：认定时实际容积率 .+，低于合同约定 .+；改造后 ([0-9.]+)（示例）"
    now = county.parcels["class_basis"].str.extract(text)[0].dropna().astype(float)
    then = far_quoted(county.parcels).loc[now.index]
    recorded = county.parcels.loc[now.index, ["far", "planned_far"]]
    assert len(now) > 10
    assert (now == recorded["far"]).all()
    assert (then["far"] < then["plan"]).all()
    assert (recorded["planned_far"] <= recorded["far"]).all()


def test_an_unknown_plot_ratio_is_not_quoted(county):
    unknown = county.parcels["far"].isna()
    assert (unknown & (county.parcels["low_class"] == "underused")).any()
    assert not county.parcels.loc[unknown, "class_basis"].str.contains(r"容积率 \d").eq(True).any()


def test_land_that_is_not_low_meets_its_agreed_plot_ratio_and_underused_land_does_not(county):
    known = county.parcels.dropna(subset=["far", "planned_far"])
    meets = known["far"] >= known["planned_far"]
    assert meets[known["low_class"] == "not_low"].mean() >= 0.95
    assert not meets[known["low_class"] == "underused"].any()


def test_the_document_of_a_class_is_of_the_year_of_its_listing(county):
    listed = county.events[county.events["stage"] == "listed"]
    year = listed.groupby("parcel_id")["occurred_on"].min().dt.year.astype(str)
    doc = county.parcels["class_doc"].dropna()
    assert (doc.str.extract("〔(.{4})〕")[0] == year.reindex(doc.index)).all()
    assert doc.is_unique
    low = county.parcels.index[county.parcels["low_class"] != "not_low"]
    assert low.intersection(year.index).isin(doc.index).all()


def test_a_parcel_was_built_or_due_before_it_was_listed_for_it(county):
    listed = county.events[county.events["stage"] == "listed"]
    day = listed.groupby("parcel_id")["occurred_on"].min().reindex(county.parcels.index)
    for low, column in (
        ("built_idle", "actual_completion_on"),
        ("supplied_unused", "agreed_start_on"),
    ):
        mine = county.parcels["low_class"] == low
        assert not (county.parcels[column] >= day)[mine].any()


def test_land_that_waits_for_supply_has_neither_owner_nor_building(county):
    moved = county.events.loc[county.events["stage"].isin(["supplied", "started"]), "parcel_id"]
    waits = (county.parcels["low_class"] == "approved_unsupplied").to_numpy()
    waits = waits & ~county.parcels.index.isin(moved)
    assert waits.sum() > 3
    assert county.parcels.loc[waits, "owner"].isna().all()
    housed = county.layers["buildings"]["parcel_id"]
    assert not county.parcels.index[waits].isin(housed).any()


def test_a_class_says_its_value_and_threshold(county):
    under = county.parcels[county.parcels["low_class"] == "underused"]
    assert under["class_basis"].str.contains("实际容积率|待核实").all()
    assert (
        county.parcels["class_basis"].isna() <= (county.parcels["low_class"] == "not_low")
    ).all()
    idle = county.parcels[county.parcels["suspected_idle"].fillna(False)]
    assert (idle["class_clause"] == "《闲置土地处置办法》第二条").all()


def test_tax_per_mu_is_tax_over_area(county, metric):
    known = county.parcels["tax_wan"].notna()
    expected = county.parcels["tax_wan"] / (metric.area / (2000 / 3))
    assert np.allclose(county.parcels["tax_wan_per_mu"][known], expected[known], atol=0.006)


def test_unknown_stays_unknown(county):
    housed = county.parcels.index.isin(county.layers["buildings"]["parcel_id"])
    assert county.parcels.loc[~housed, ["far", "tax_wan", "employees"]].isna().all(axis=None)
    assert county.parcels["rd_wan"].isna().mean() > 0.2


def test_most_plot_ratios_lie_between_a_half_and_one_and_a_half(county):
    far = county.parcels["far"].dropna()
    assert ((far >= 0.5) & (far < 1.5)).mean() > 0.5
    assert 0.05 < (far >= 2).mean() < 0.25


def test_about_three_buildings_stand_on_a_parcel_and_some_storeys_are_tall(county):
    buildings = county.layers["buildings"]
    assert 2 < len(buildings) / len(county.parcels) < 4
    assert buildings.geometry.is_valid.all()
    assert 0.02 < (buildings["storey_height_m"] > 8).mean() < 0.15


def test_some_buildings_cross_the_border_of_their_parcel(county):
    buildings = county.layers["buildings"].to_crs(METRIC_CRS)
    home = county.parcels.geometry.to_crs(METRIC_CRS).loc[buildings["parcel_id"]]
    within = shapely.contains(home.buffer(0.05).to_numpy(), buildings.geometry.to_numpy())
    assert 0.01 < 1 - within.mean() < 0.09


@pytest.mark.parametrize("parcels", [500, 1500])
def test_finished_years_end_between_70_and_130_percent_of_the_task(parcels, county):
    share = credited_share(county if parcels == 1500 else generate(parcels))
    assert share.loc[[2023, 2024, 2025]].between(0.7, 1.3).all()
    assert 0.6 < share[2026] < 0.9


def test_nothing_happens_after_the_last_day_and_stages_come_in_order(county):
    events = county.events
    assert events["occurred_on"].max() <= pd.Timestamp(2026, 10, 31)
    assert (events["occurred_on"] < events["batch"] + pd.DateOffset(months=1)).all()
    first = events.pivot_table(
        index="parcel_id", columns="stage", values="occurred_on", aggfunc="min"
    )
    both = first.dropna(subset=["listed", "approved"])
    assert (both["listed"] <= both["approved"]).all()


def test_an_earlier_last_day_ends_the_events_earlier():
    early = generate(200, until=date(2025, 6, 30))
    assert early.events["occurred_on"].max() <= pd.Timestamp(2025, 6, 30)
    assert early.meta["data_until"] == "2025-06-30"


def test_the_county_says_that_it_is_a_sample(county):
    assert county.meta["sample"] == "1"
    assert county.meta["sample_note"] == "模拟数据"


def test_the_surface_model_stands_above_the_terrain(county):
    assert county.dsm.values.dtype == np.float32
    assert county.dsm.values.max() > 12
    assert county.dsm.transform.a == 2.0


def test_reference_layers_are_valid_and_inside_the_county(county):
    outline = county.outline.geometry.buffer(0.01)
    for name, layer in county.layers.items():
        assert len(layer) > 0, name
        assert layer.geometry.is_valid.all(), name
        assert outline.contains(shapely.box(*layer.total_bounds).centroid) or name == "towns"


def test_farmland_touches_hardly_any_parcel(county):
    hit = shapely.intersects(union(county, "farmland"), county.parcels.geometry.to_numpy())
    assert hit.mean() < 0.12


@pytest.mark.parametrize(
    ("parcels", "until"),
    [(0, date(2026, 10, 31)), (200_001, date(2026, 10, 31)), (100, date(2022, 12, 31))],
)
def test_an_impossible_county_is_refused_in_one_sentence(parcels, until):
    with pytest.raises(SampleRefusedError, match="无法生成样例"):
        generate(parcels, until=until)


def test_the_smallest_county_has_fifty_parcels():
    assert len(generate(50, until=date(2023, 6, 30)).parcels) == 50

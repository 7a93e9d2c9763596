"""Vetoes: what keeps a project off a site, by which clause and area, and what nobody checked."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, box

from analysis.sites import measured_sites
from analysis.vetoes import CONDITIONAL, REASONS, UNCHECKED, VETOED, vetoes
from data.errors import RulesFaultyError
from data.projects import project_table
from data.siting_layer import SitingLayer
from data.siting_rules import load_siting_rules
from gis.errors import NotMetricError

ON = date(2026, 10, 31)
RULES = load_siting_rules()
FAR_OFF = box(90_000, 90_000, 90_100, 90_100)
EVERYWHERE = box(-50_000, -50_000, 50_000, 50_000)


def project(**facts):
    """Return one project without hazard, that says all that is asked."""
    row = {"project_id": "X1", "hazard_class": "D", "chemical": False, "special_site": False}
    return project_table(pd.DataFrame([row | facts]))


def site(*shapes, **facts):
    """Return sites S1, S2 …; a square of a hectare unless told."""
    shapes = shapes or (box(0, 0, 100, 100),)
    index = pd.Index([f"S{n + 1}" for n in range(len(shapes))], name="site_id")
    table = {"slope_pct": [2.0] * len(shapes), "planned_use": ["工业用地"] * len(shapes)} | facts
    return measured_sites(gpd.GeoDataFrame(table, geometry=list(shapes), index=index, crs=4549))


def layer(name, *shapes, **facts):
    frame = gpd.GeoDataFrame(facts, geometry=list(shapes), crs=4549)
    return SitingLayer(name, frame, "7", date(2026, 1, 5))


def around(**layers):
    """Return every layer that is asked, all harmless but those given (None takes one away)."""
    whole = {
        "farmland": layer("farmland", FAR_OFF),
        "redline": layer("redline", FAR_OFF),
        "growth_boundary": layer("growth_boundary", EVERYWHERE),
        "industrial_line": layer("industrial_line", EVERYWHERE),
        "chemical_parks": layer("chemical_parks", FAR_OFF),
        "residential": layer("residential", FAR_OFF),
        "flood": layer("flood", FAR_OFF, return_period_years=[20]),
        "contaminated": layer("contaminated", FAR_OFF, cleared_on=[None]),
        "dem": SitingLayer("dem", None, "9", date(2026, 1, 5)),
    }
    whole |= layers
    return {name: found for name, found in whole.items() if found is not None}


def put(projects=None, sites=None, **layers):
    return vetoes(
        project() if projects is None else projects,
        site() if sites is None else sites,
        around(**layers),
        rules=RULES,
        on=ON,
    )


def told(frame):
    return frame[["site_id", "veto"]].to_numpy().tolist()


def test_a_site_clear_of_everything_passes_and_everything_was_checked():
    found = put()
    assert found.vetoed.empty
    assert found.conditional.empty
    assert found.unchecked.empty
    assert tuple(found.vetoed.columns) == VETOED
    assert tuple(found.conditional.columns) == CONDITIONAL
    assert tuple(found.unchecked.columns) == UNCHECKED


@pytest.mark.parametrize(("reach", "vetoed"), [(0, False), (1, True)])
def test_one_square_metre_of_red_line_is_a_veto_and_touching_it_is_none(reach, vetoed):
    zone = box(100 - reach / 100, 0, 300, 100)  # a hundredth of a metre by a hundred is one m²
    found = put(redline=layer("redline", zone)).vetoed
    assert (told(found) == [["S1", "redline"]]) == vetoed
    assert found["overlap_m2"].tolist() == pytest.approx([1.0] if vetoed else [], abs=1e-6)


def test_a_veto_names_layer_version_date_clause_and_area():
    row = put(farmland=layer("farmland", box(90, 0, 200, 50))).vetoed.iloc[0]
    assert (row["layer"], row["layer_version"], row["layer_date"]) == (
        "farmland", "7", date(2026, 1, 5),
    )  # fmt: skip
    assert row["overlap_m2"] == 10 * 50
    assert row["clause"].startswith("永久基本农田不得占用")
    assert row["clause_en"].startswith("Permanent basic farmland")


def test_features_that_overlap_one_another_count_each_square_metre_once():
    zones = layer("farmland", box(50, 0, 200, 100), box(60, 0, 200, 100), box(0, 0, 10, 10))
    assert put(farmland=zones).vetoed["overlap_m2"].tolist() == pytest.approx([50 * 100 + 10 * 10])


def test_a_layer_that_is_not_there_is_not_checked_never_passed():
    found = put(redline=None, growth_boundary=None, dem=None)
    assert found.vetoed.empty
    assert found.unchecked[["veto", "layer", "reason"]].to_numpy().tolist() == [
        ["redline", "redline", "layer_missing"],
        ["growth_boundary", "growth_boundary", "layer_missing"],
    ]
    assert found.unchecked["site_id"].tolist() == [None, None]
    flat = put(sites=site(slope_pct=[np.nan]), dem=None).unchecked
    assert set(zip(flat["veto"], flat["reason"], strict=True)) == {
        ("slope", "layer_missing"),
        ("slope_planned", "layer_missing"),
    }
    assert set(found.unchecked["reason"]) <= set(REASONS)


def test_land_outside_the_boundary_is_vetoed_with_the_part_outside():
    found = put(growth_boundary=layer("growth_boundary", box(-10, -10, 70, 200))).vetoed
    assert told(found) == [["S1", "growth_boundary"]]
    assert found["overlap_m2"].tolist() == pytest.approx([30 * 100])


def test_a_project_that_needs_a_special_site_passes_the_industrial_line_on_a_condition():
    outside = layer("industrial_line", FAR_OFF)
    assert told(put(industrial_line=outside).vetoed) == [["S1", "industrial_line"]]
    eased = put(project(special_site=True), industrial_line=outside)
    assert eased.vetoed.empty
    assert eased.conditional["condition"].tolist() == ["按特殊选址项目单独论证并报批"]


def parks(until, start="2020-01-01"):
    return layer(
        "chemical_parks", EVERYWHERE,
        accredited_on=pd.to_datetime([start]), accredited_until=pd.to_datetime([until]),
    )  # fmt: skip


def test_a_chemical_project_needs_a_park_that_is_accredited_on_the_day():
    chemical = project(chemical=True, protection_m=0)
    assert put(chemical, chemical_parks=parks("2026-10-31")).vetoed.empty
    expired = put(chemical, chemical_parks=parks("2026-10-30")).vetoed
    assert told(expired) == [["S1", "chemical_park"]]
    assert expired["note"].tolist() == ["expired"]
    early = put(chemical, chemical_parks=parks("2031-10-30", "2026-11-01")).vetoed
    assert early["note"].tolist() == ["expired"]
    nowhere = put(chemical).vetoed
    assert (nowhere["note"].tolist(), nowhere["overlap_m2"].tolist()) == ([""], [100 * 100])


def test_an_accreditation_of_unknown_end_is_not_checked():
    found = put(project(chemical=True, protection_m=0), chemical_parks=parks(None))
    assert found.vetoed.empty
    assert found.unchecked[["veto", "reason"]].to_numpy().tolist() == [
        ["chemical_park", "validity_unknown"]
    ]


def test_an_accreditation_of_unknown_start_is_not_checked_but_one_that_is_over_is_a_veto():
    chemical = project(chemical=True, protection_m=0)
    found = put(chemical, chemical_parks=parks("2031-01-01", start=None))
    assert found.vetoed.empty
    assert found.unchecked["reason"].tolist() == ["validity_unknown"]
    over = put(chemical, chemical_parks=parks("2026-10-30", start=None))
    assert told(over.vetoed) == [["S1", "chemical_park"]]
    early = put(chemical, chemical_parks=parks(None, start="2027-01-01"))
    assert told(early.vetoed) == [["S1", "chemical_park"]]


def test_an_accreditation_that_ends_before_the_land_is_free_is_a_condition():
    later = site(free_from=["2028-03-01"])
    found = put(project(chemical=True, protection_m=0), later, chemical_parks=parks("2027-12-31"))
    assert found.vetoed.empty
    assert found.conditional["note"].tolist() == ["ends_first"]


def test_the_industry_code_says_what_is_chemical_and_nothing_at_all_leaves_it_open():
    by_code = put(project(chemical=None, industry_code="2651", protection_m=0)).vetoed
    assert told(by_code) == [["S1", "chemical_park"]]
    assert put(project(chemical=None, industry_code="3670")).vetoed.empty
    unsure = put(project(chemical=None)).unchecked
    assert unsure[["veto", "reason"]].to_numpy().tolist() == [["chemical_park", "project_unknown"]]


def test_homes_nearer_than_the_projects_own_distance_are_a_veto():
    homes = layer("residential", box(150, 0, 160, 100))
    assert put(project(protection_m=50), residential=homes).vetoed.empty
    row = put(project(protection_m=60), residential=homes).vetoed.iloc[0]
    assert (row["veto"], row["value"], row["threshold"], row["unit"]) == (
        "protection", 50, 60, "m",
    )  # fmt: skip
    assert row["overlap_m2"] == pytest.approx(10 * 100)


def test_a_hazardous_project_that_names_no_distance_is_not_checked():
    unchecked = put(project(hazard_class="A")).unchecked
    assert unchecked[["veto", "reason"]].to_numpy().tolist() == [["protection", "project_unknown"]]
    assert put(project(hazard_class="E")).unchecked.empty
    assert put(project(hazard_class=None)).unchecked["veto"].tolist() == ["protection"]


def test_floods_often_are_a_veto_rare_ones_a_condition_unknown_ones_not_checked():
    sites = site(box(0, 0, 50, 50), box(100, 0, 150, 50), box(200, 0, 250, 50))
    flood = layer(
        "flood", box(0, 0, 10, 50), box(100, 0, 110, 50), box(200, 0, 210, 50),
        return_period_years=[20.0, 50.0, None],
    )  # fmt: skip
    found = put(sites=sites, flood=flood)
    assert told(found.vetoed) == [["S1", "flood_often"]]
    assert told(found.conditional) == [["S2", "flood_rare"]]
    assert set(found.unchecked["site_id"]) == {"S3"}
    bare = put(sites=sites, flood=layer("flood", box(0, 0, 10, 50)))
    assert set(bare.unchecked["reason"]) == {"attribute_missing"}


def test_slope_is_a_veto_at_fifteen_percent_and_a_condition_at_ten():
    sites = site(*[box(200 * n, 0, 200 * n + 100, 100) for n in range(4)],
                 slope_pct=[15.0, 14.9, 9.9, np.nan])  # fmt: skip
    found = put(sites=sites)
    assert told(found.vetoed) == [["S1", "slope"]]
    assert told(found.conditional) == [["S2", "slope_planned"]]
    assert set(found.unchecked["site_id"]) == {"S4"}
    assert found.vetoed["threshold"].tolist() == [15]


def test_a_strip_is_vetoed_by_its_width():
    found = put(sites=site(box(0, 0, 300, 19.5), box(0, 100, 300, 121))).vetoed
    assert told(found) == [["S1", "strip"]]
    assert found["value"].tolist() == pytest.approx([19.5], rel=1e-2)
    assert found["layer_version"].isna().all()


def test_contaminated_land_is_barred_until_the_day_it_is_off_the_list():
    sites = site(*[box(200 * n, 0, 200 * n + 100, 100) for n in range(3)])
    spots = [box(200 * n, 0, 200 * n + 10, 10) for n in range(3)]
    days = pd.to_datetime(["2026-10-31", "2026-11-01", None])
    found = put(sites=sites, contaminated=layer("contaminated", *spots, cleared_on=days)).vetoed
    assert told(found) == [["S2", "contaminated"], ["S3", "contaminated"]]


def test_another_use_in_the_plan_is_a_condition_and_no_plan_is_not_checked():
    sites = site(box(0, 0, 50, 50), box(100, 0, 150, 50), planned_use=["居住用地", None])
    found = put(sites=sites)
    assert told(found.conditional) == [["S1", "planned_use"]]
    assert found.unchecked[["site_id", "reason"]].to_numpy().tolist() == [["S2", "site_unknown"]]


def test_layers_in_degrees_are_refused_and_broken_sites_not_checked():
    degrees = SitingLayer("redline", gpd.GeoDataFrame(geometry=[FAR_OFF], crs=4490), "1")
    with pytest.raises(NotMetricError, match="redline"):
        put(redline=degrees)
    sites = site(box(0, 0, 50, 50), box(100, 0, 150, 50))
    sites.loc["S2", "geometry"] = None
    gaps = put(sites=sites).unchecked
    assert set(gaps["site_id"]) == {"S2"}
    assert {"redline", "farmland"} <= set(gaps["veto"])


def test_every_project_has_its_own_rows():
    two = project_table(
        pd.DataFrame(
            {"project_id": ["X2", "X1"], "hazard_class": ["D", "D"], "chemical": [True, False],
             "protection_m": [0, 0]}
        )
    )  # fmt: skip
    found = put(two, redline=layer("redline", EVERYWHERE))
    rows = found.vetoed[["project_id", "veto"]].to_numpy().tolist()
    assert sorted(rows) == [["X1", "redline"], ["X2", "chemical_park"], ["X2", "redline"]]
    named = found.named_pairs(RULES)
    assert set(zip(named["project_id"], named["site_id"], strict=True)) == {
        ("X1", "S1"),
        ("X2", "S1"),
    }
    assert {name.en for name in named["said"]} <= {veto.label[1] for veto in RULES.vetoes}
    assert found.pairs().to_numpy().tolist() == [["X2", "S1"], ["X1", "S1"]]


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=12))
def test_the_area_vetoed_is_that_of_the_cells_that_are_covered(cells):
    squares = [box(10 * x, 10 * y, 10 * x + 10, 10 * y + 10) for x, y in cells]
    zones = layer("farmland", MultiPolygon([FAR_OFF]), *squares)
    found = put(farmland=zones).vetoed
    covered = len(set(cells)) * 10 * 10
    assert found["overlap_m2"].sum() == pytest.approx(covered, abs=1e-6)
    assert len(found) == (covered > 0)


def test_faulty_vetoes_are_refused_with_every_fault(tmp_path):
    file = tmp_path / "vetoes.toml"
    file.write_text(
        "[veto.a]\nkind='overlap'\nlayer='moon'\nvalue=-1\nunit='km'\noutcome='maybe'\n"
        "[veto.b]\nkind='magic'\n[veto.c]\nkind='near'\nlayer='residential'\nfield='owner'\n",
        "utf-8",
    )
    with pytest.raises(RulesFaultyError) as refusal:
        load_siting_rules(file)
    for part in (
        "a: layer moon", "a: value", "a: unit m2", "a: outcome maybe", "a: clause_zh",
        "b: kind magic", "c: field owner", "c: valid_from",
    ):  # fmt: skip
        assert part in str(refusal.value)


@pytest.mark.parametrize(
    ("code", "chemical", "vetoed", "reasons"),
    [
        ("C2651", None, True, []),
        ("c 2651", None, True, []),
        ("Ｃ2651", None, True, []),
        ("C3670", None, False, []),
        ("化学原料和化学制品制造业", None, False, ["project_unknown"]),
        ("2651", False, False, ["project_contradicts"]),
        ("3670", False, False, []),
    ],
)
def test_the_industry_is_read_with_its_letter_and_never_passed_on_words(
    code, chemical, vetoed, reasons
):
    found = put(project(industry_code=code, chemical=chemical))
    assert (["S1", "chemical_park"] in told(found.vetoed)) == vetoed
    mine = found.unchecked[found.unchecked["veto"] == "chemical_park"]
    assert mine["reason"].tolist() == reasons


def test_more_power_than_is_left_is_a_condition_and_told_with_both_figures():
    found = put(project(power_kva=800.0), offering(site(), power_free_kva=[500.0]))
    (row,) = found.conditional.to_dict("records")
    assert (row["veto"], row["value"], row["threshold"], row["unit"]) == ("power", 500, 800, "kva")
    assert row["clause"]
    assert row["condition"]
    assert put(project(power_kva=500.0), offering(site(), power_free_kva=[500.0])).conditional.empty


@pytest.mark.parametrize(
    ("need", "left", "why"),
    [(800.0, None, "layer_missing"), (None, 500.0, "project_unknown"), (None, None, None)],
)
def test_power_is_not_checked_where_one_side_is_silent(need, left, why):
    found = put(project(power_kva=need), offering(site(), power_free_kva=[left]))
    told = found.unchecked[found.unchecked["veto"] == "power"]
    assert found.conditional.empty
    assert told["reason"].tolist() == ([] if why is None else [why])


def test_land_kept_for_other_clusters_is_open_on_consent_only():
    kept = offering(site(box(0, 0, 100, 100), box(500, 0, 600, 100)),
                    only_clusters=[("auto",), None])  # fmt: skip
    assert put(project(cluster="auto"), kept).conditional.empty
    (row,) = put(project(cluster="light"), kept).conditional.to_dict("records")
    assert (row["veto"], row["site_id"]) == ("cluster_policy", "S1")
    silent = put(project(), kept).unchecked
    told = silent[silent["veto"] == "cluster_policy"]
    assert told[["site_id", "reason"]].values.tolist() == [["S1", "project_unknown"]]


@pytest.mark.parametrize("codes", ["3670、2651", "3670;2651", "C3670/C2651", "c 2651"])
def test_one_chemical_code_among_several_asks_for_a_chemical_park(codes):
    found = put(project(industry_code=codes, chemical=None))
    assert found.vetoed["veto"].tolist() == ["chemical_park"]


def test_land_that_may_not_be_industry_is_no_industry():
    assert put(sites=site(planned_use=["工业用地"])).conditional.empty
    assert put(sites=site(planned_use=["非工业用地"])).conditional["veto"].tolist() == [
        "planned_use"
    ]


def test_a_dangerous_project_that_names_no_distance_has_not_passed():
    homes = layer("residential", box(0, 0, 10, 10))
    found = put(project(hazard_class="A", protection_m=0.0), residential=homes)
    assert found.vetoed.empty
    assert "protection" in found.unchecked["veto"].tolist()


def offering(sites, **facts):
    return sites.assign(**{key: pd.Series(values, sites.index) for key, values in facts.items()})

"""What decisions leave of the sites: land, power of the park, ground of those that overlap."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from analysis.matching import match
from analysis.matching_problem import MatchProblem
from analysis.matching_reasons import unplaced
from analysis.site_held import holders, left_for
from analysis.site_offers import offered
from analysis.sites import Sites, measured_sites

MU = 2_000 / 3


def sites():
    """Return S1 and S2 of 30 亩 in one park of 1,000 kVA, and S3, which overlaps S2."""
    shapes = [box(0, 0, 100, 200), box(500, 0, 600, 200), box(550, 0, 650, 200)]
    index = pd.Index(["S1", "S2", "S3"], name="site_id")
    land = gpd.GeoDataFrame(
        {"park": ["东区", "东区", None]}, geometry=shapes, index=index, crs=4549
    )
    parks = pd.DataFrame({"park": ["东区"], "power_free_kva": [1_000.0]})
    return offered(Sites(measured_sites(land), pd.DataFrame()), parks).table


def projects():
    return pd.DataFrame(
        {"land_least_mu": [20.0, 15.0, None], "land_most_mu": [25.0, 15.0, None],
         "power_kva": [600.0, 500.0, None]},
        index=pd.Index(["X1", "X2", "X3"], name="project_id"),
    )  # fmt: skip


def test_a_decided_project_takes_its_least_land_and_the_power_of_the_park():
    found = left_for(projects(), sites(), {"X1": "S1"})
    assert found["area_m2"].tolist() == pytest.approx([10 * MU, 30 * MU, 30 * MU])
    assert found["power_free_kva"].tolist()[:2] == [400.0, 400.0]
    assert holders(found) == {"S1": (("X1", pytest.approx(20 * MU)),)}


def test_of_ground_that_overlaps_a_decided_site_nothing_is_left():
    found = left_for(projects(), sites(), {"X2": "S2"})
    assert found["area_m2"].tolist() == pytest.approx([30 * MU, 15 * MU, 0.0])


def test_who_does_not_say_how_much_takes_all_and_the_own_decision_does_not_count():
    assert left_for(projects(), sites(), {"X3": "S1"})["area_m2"].iloc[0] == 0
    own = left_for(projects(), sites(), {"X1": "S1", "X9": "S7"}, but="X1")
    assert own["area_m2"].iloc[0] == pytest.approx(30 * MU)
    assert holders(own) == {}


def test_land_that_was_decided_is_told_as_such_to_who_could_have_had_it():
    left = left_for(projects(), sites(), {"X1": "S1"}).loc[["S1"]]
    wish = projects().loc[["X2"]]
    none = pd.DataFrame({"project_id": [], "site_id": []})
    asked = MatchProblem(wish, left, pd.DataFrame(50.0, ["X2"], ["S1"]), none)
    assert unplaced(asked, match(asked))["reason"].tolist() == ["decided"]

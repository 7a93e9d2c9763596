"""Ways along roads: hand-made streets, and a real network against another library."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point

from gis.errors import NotMetricError
from gis.network import distances, nearest_straight, road_network
from gis.network_links import joined_up

REAL = Path(__file__).parents[2] / "../shared/fixtures/roads_wuhan/roads_simplified.parquet"


def series(*shapes):
    return gpd.GeoSeries(list(shapes), index=[f"S{n}" for n in range(len(shapes))], crs=4549)


def way(roads, site, goal, **more):
    found = distances(
        road_network(series(*roads)), series(Point(site)), series(Point(goal)), **more
    )
    return found.iloc[0]


STREET = LineString([(0, 0), (100, 0)])


def test_a_way_counts_the_streets_and_both_ends():
    corner = LineString([(100, 0), (100, 80)])
    assert way([STREET, corner], (20, 6), (103, 50))["distance_m"] == 6 + 80 + 50 + 3


def test_an_end_on_the_middle_of_another_street_meets_it():
    side = LineString([(40, 0), (40, 70)])  # the street has no vertex there
    assert way([STREET, side], (0, 0), (40, 70))["distance_m"] == 40 + 70
    beside = LineString([(40, 3), (40, 70)])
    assert np.isnan(way([STREET, beside], (0, 0), (40, 70))["distance_m"])


def test_streets_that_only_cross_do_not_meet():
    bridge = LineString([(50, -50), (50, 50)])
    assert np.isnan(way([STREET, bridge], (0, 0), (50, 50))["distance_m"])
    drawn_through = road_network(series(STREET, bridge), crossings=True)
    found = distances(drawn_through, series(Point(0, 0)), series(Point(50, 50)))
    assert found["distance_m"].tolist() == [50 + 50]
    assert len(drawn_through.length) == 4
    junction = LineString([(50, -50), (50, 0), (50, 50)]), LineString([(0, 0), (50, 0), (100, 0)])
    assert way(junction, (0, 0), (50, 50))["distance_m"] == 100


def test_stretches_apart_are_linked_once_and_those_too_far_stay_apart():
    park = LineString([(40, 60), (40, 160)]), LineString([(40, 160), (90, 160)])
    far = LineString([(40, 900), (90, 900)])
    whole = joined_up(series(STREET, *park, far), gap_m=100)
    assert len(whole) == 4 + 1
    found = distances(
        road_network(whole, crossings=True), series(Point(90, 160)), series(Point(0, 0))
    )
    assert found["distance_m"].tolist() == [50 + 100 + 60 + 40]
    assert road_network(whole, crossings=True).parts == 2


def test_both_on_one_street_go_straight_along_it():
    loop = LineString([(0, 0), (0, 500), (100, 500), (100, 0)])
    assert way([STREET, loop], (20, 0), (70, 0))["distance_m"] == 50


def test_of_two_streets_between_two_junctions_the_shorter_is_taken():
    detour = LineString([(0, 0), (50, 200), (100, 0)])
    tail = LineString([(100, 0), (150, 0)])
    lead = LineString([(-30, 0), (0, 0)])
    assert way([detour, STREET, tail, lead], (-30, 0), (150, 0))["distance_m"] == pytest.approx(180)


def test_a_ring_is_a_street_too():
    ring = LineString([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)])
    assert way([ring], (10, 0), (0, 30))["distance_m"] == 40


def test_who_is_far_from_every_road_is_not_reached():
    found = way([STREET], (50, 90), (0, 0), off_road_most_m=50)
    assert np.isnan(found["distance_m"])
    assert found["target"] == -1
    assert way([STREET], (50, 90), (0, 0), off_road_most_m=100)["distance_m"] == 140


def test_nothing_gives_unknown_and_degrees_are_refused():
    empty = series(STREET).iloc[:0]
    assert np.isnan(distances(road_network(empty), series(Point(0, 0)), series(Point(1, 1)))
                    ["distance_m"]).all()  # fmt: skip
    assert np.isnan(distances(road_network(series(STREET)), series(Point(0, 0)), empty)
                    ["distance_m"]).all()  # fmt: skip
    assert nearest_straight(series(Point(0, 0), None), empty).isna().all()
    with pytest.raises(NotMetricError):
        road_network(series(STREET).set_crs(4490, allow_override=True))


@pytest.mark.skipif(not REAL.is_file(), reason="no real road network beside the repository")
def test_ways_on_a_real_network_are_those_of_networkx():
    roads = gpd.read_parquet(REAL)
    middle = roads.geometry.union_all().centroid.buffer(9_000)
    near = roads.geometry[roads.intersects(middle)].to_numpy()
    # Metres all the same; to the centimetre, so that both mean one point by one point.
    lines = gpd.GeoSeries(shapely.transform(near, lambda xy: np.round(xy, 2)), crs=4549)
    network = road_network(lines, snap_m=0.009)
    ends = [tuple(np.round(line.coords[k], 3)) for line in lines for k in (0, -1)]
    touched = shapely.STRtree(lines.array).query(
        shapely.points(ends), predicate="dwithin", distance=0.009
    )
    stops = []
    for line in lines:
        at = [(round(x, 3), round(y, 3)) for x, y in line.coords]
        steps = [np.hypot(a[0] - b[0], a[1] - b[1]) for a, b in pairwise(at)]
        stops.append(list(zip(np.cumsum([0, *steps]), at, strict=True)))
    for end, line in touched.T:
        if ends[end] not in {place for _, place in stops[line]}:
            stops[line].append((lines.iloc[line].project(Point(ends[end])), ends[end]))
    plain = nx.Graph()  # vertex by vertex and touch by touch, without any code of ours
    for (x, a), (y, b) in (pair for line in stops for pair in pairwise(sorted(line))):
        known = plain.get_edge_data(a, b, {"weight": np.inf})["weight"]
        plain.add_edge(a, b, weight=min(y - x, known))
    rng = np.random.default_rng(3)
    sites = [ends[k] for k in rng.integers(0, len(ends), 200)]
    goals = [ends[k] for k in rng.integers(0, len(ends), 3)]
    found = distances(network, series(*map(Point, sites)), series(*map(Point, goals)))
    expected = nx.multi_source_dijkstra_path_length(plain, set(goals), weight="weight")
    known = [expected.get(site, np.nan) for site in sites]
    assert np.isfinite(known).sum() > 150
    assert found["distance_m"].to_numpy() == pytest.approx(known, rel=1e-4, nan_ok=True)
    assert nx.number_connected_components(plain) == network.parts
    assert shapely.length(lines.array).sum() == pytest.approx(network.length.sum())

"""Where industry lies in the sample county: parks, clusters and their street blocks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely

from data.sample import anchors
from data.sample.grid import Bools, Floats, Ints
from data.sample.land import Land, to_metric

MEDIAN_AREA_M2 = 12 * 2000 / 3
SPREAD = 0.66
MEAN_AREA_M2 = MEDIAN_AREA_M2 * float(np.exp(SPREAD**2 / 2))
PARK_SHARE = 0.6
CLUSTERS = ("auto", "materials", "equipment", "digital", "health", "light")


@dataclass(frozen=True)
class Blocks:
    """Street blocks.

    Attributes
    ----------
    corners : ndarray (n, 4, 2)
        Corners in EPSG:4549 at (u, v) = (0, 0), (1, 0), (1, 1), (0, 1), streets left out.
    cells : ndarray (n, 4, 2)
        The same out to the middle of the streets.
    area_no : ndarray (n,)
        Row of the industrial area the block belongs to.
    parcels : ndarray (n,)
        How many parcels it is to be cut into.
    """

    corners: Floats
    cells: Floats
    area_no: Ints
    parcels: Ints

    def sides_m(self) -> Floats:
        """Return width and depth (n, 2; m) along u and v."""
        a, b, d = self.corners[:, 0], self.corners[:, 1], self.corners[:, 3]
        return np.column_stack([np.hypot(*(b - a).T), np.hypot(*(d - a).T)])

    def take(self, rows: Ints | Bools) -> Blocks:
        """Return the blocks of some rows."""
        return Blocks(self.corners[rows], self.cells[rows], self.area_no[rows], self.parcels[rows])


def place(corners: Floats, u: Floats, v: Floats) -> Floats:
    """Points (n, 2; m) at block coordinates (u, v) of the blocks with these corners (n, 4, 2).

    Bilinear, so lines of constant u or v stay straight and neighbours share their border exactly.

    Examples
    --------
    >>> square = np.array([[[0.0, 0.0], [100.0, 0.0], [100.0, 50.0], [0.0, 50.0]]])
    >>> place(square, np.array([0.5]), np.array([1.0])).tolist()
    [[50.0, 50.0]]
    """
    a, b, c, d = (corners[:, k] for k in range(4))
    u, v = u[:, None], v[:, None]
    return a * (1 - u) * (1 - v) + b * u * (1 - v) + c * u * v + d * (1 - u) * v


def make_areas(rng: np.random.Generator, land: Land, parcels: int) -> pd.DataFrame:
    """Industrial areas with seed point (m), street direction (rad), quota of parcels and kind.

    Parks come first, in the order of `anchors.PARKS`; clusters outside parks have no ``park``.
    """
    parks = pd.DataFrame(
        {
            "park": [site.name for site in anchors.PARKS],
            "kind": [site.kind for site in anchors.PARKS],
            "newness": [site.newness for site in anchors.PARKS],
            "weight": [site.weight for site in anchors.PARKS],
        }
    )
    lon, lat = np.array([(site.lon, site.lat) for site in anchors.PARKS]).T
    parks["x"], parks["y"] = to_metric(lon, lat)
    for cluster in CLUSTERS:
        parks[cluster] = [0.06 + dict(site.clusters).get(cluster, 0.0) for site in anchors.PARKS]
    parks["quota"] = parks["weight"] / parks["weight"].sum() * parcels * PARK_SHARE
    others = _clusters(rng, land, parks, parcels)
    areas = pd.concat([parks, others], ignore_index=True)
    areas["theta"] = _street_direction(rng, land, areas)
    return areas


def _clusters(
    rng: np.random.Generator, land: Land, parks: pd.DataFrame, parcels: int
) -> pd.DataFrame:
    """Industrial clusters outside parks, in the plain, more of them near the towns."""
    count = int(np.clip(round(parcels * (1 - PARK_SHARE) / 42), 8, 150))
    rows, columns = np.nonzero(land.plain)
    x, y = land.grid.centres()
    px, py = x[0, columns], y[rows, 0]
    tx, ty = to_metric(land.towns["lon"].to_numpy(), land.towns["lat"].to_numpy())
    near = np.min([np.hypot(px - a, py - b) for a, b in zip(tx, ty, strict=True)], axis=0)
    weight = np.exp(-near / 2500.0)
    some = rng.choice(len(px), size=count * 12, replace=False, p=weight / weight.sum())
    apart = 900.0 if count < 60 else 500.0
    kept = parks[["x", "y"]].to_numpy()
    for row in some:
        if len(kept) == len(parks) + count:
            break
        if np.hypot(kept[:, 0] - px[row], kept[:, 1] - py[row]).min() > apart:
            kept = np.vstack([kept, [px[row], py[row]]])
    made = pd.DataFrame(kept[len(parks) :], columns=["x", "y"])
    weight = rng.lognormal(0.0, 0.6, len(made))
    made = made.assign(
        park=None, kind="工业集聚点", newness=rng.uniform(0.0, 0.5, len(made)), weight=weight
    )
    made["quota"] = weight / weight.sum() * parcels * (1 - PARK_SHARE)
    mix = rng.dirichlet(np.array([0.35, 0.18, 0.25, 0.05, 0.04, 0.3]), len(made)) + 0.04
    return made.assign(**{name: mix[:, k] for k, name in enumerate(CLUSTERS)})


def _street_direction(rng: np.random.Generator, land: Land, areas: pd.DataFrame) -> Floats:
    """Streets follow the nearest major road, give or take a few degrees."""
    points = shapely.points(areas["x"].to_numpy(), areas["y"].to_numpy())
    lines = land.roads.geometry.to_numpy()
    nearest = lines[shapely.STRtree(lines).nearest(points)]
    along = shapely.line_locate_point(shapely.line_merge(nearest), points)
    merged = shapely.line_merge(nearest)
    a = shapely.line_interpolate_point(merged, np.maximum(along - 400.0, 0.0))
    b = shapely.line_interpolate_point(merged, along + 400.0)
    angle = np.arctan2(shapely.get_y(b) - shapely.get_y(a), shapely.get_x(b) - shapely.get_x(a))
    return np.nan_to_num(angle) + rng.normal(0.0, 0.06, len(areas))


def _warp(points: Floats) -> Floats:
    """Bend the street grid gently and continuously (up to some 25 m over a kilometre)."""
    x, y = points[..., 0], points[..., 1]
    dx = 15 * np.sin(x / 510.0 + y / 830.0) + 9 * np.sin(y / 290.0 - x / 1100.0)
    dy = 15 * np.sin(y / 560.0 - x / 760.0 + 1.3) + 9 * np.sin(x / 310.0 + y / 1300.0)
    return points + np.stack([dx, dy], axis=-1)


def _street_cells(rng: np.random.Generator, reach: float, scale: float) -> tuple[Floats, Floats]:
    """Cells of one street grid in local metres: outer corners and corners less the streets."""
    sides = []
    for low, high in ((190.0, 420.0), (115.0, 215.0)):
        count = int(2 * reach / (low * scale)) + 2
        edges = np.concatenate([[0.0], np.cumsum(rng.uniform(low, high, count) * scale)])
        edges = edges[edges <= 2 * reach] - reach
        half = rng.choice([6.0, 7.0, 8.0, 9.0, 12.0], len(edges)) * max(scale, 0.55)
        sides.append((edges, half))
    (xs, hx), (ys, hy) = sides
    i, j = (k.ravel() for k in np.meshgrid(np.arange(len(xs) - 1), np.arange(len(ys) - 1)))
    outer = np.stack([_ring(xs[i], xs[i + 1], ys[j], ys[j + 1])], axis=0)[0]
    inner = _ring(xs[i] + hx[i], xs[i + 1] - hx[i + 1], ys[j] + hy[j], ys[j + 1] - hy[j + 1])
    return outer, inner


def _ring(x0: Floats, x1: Floats, y0: Floats, y1: Floats) -> Floats:
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    return np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1)


def _candidates(
    rng: np.random.Generator, areas: pd.DataFrame, *, mean_m2: float, reach_factor: float
) -> Blocks:
    """All blocks of all street grids within reach of their seed, nearer to it than to others."""
    scale = float(np.sqrt(mean_m2 / MEAN_AREA_M2))
    seeds = areas[["x", "y"]].to_numpy()
    pull = np.sqrt(areas["quota"].to_numpy(float))
    corners, cells, owner = [], [], []
    theta = areas["theta"].to_numpy(float)
    reaches = pull * np.sqrt(mean_m2 * 1.35 / np.pi) * reach_factor + 350.0 * scale
    for number, reach in enumerate(reaches):
        outer, inner = _street_cells(rng, min(reach, 16_000.0), scale)
        middle = outer.mean(axis=1)
        near = np.hypot(middle[:, 0], middle[:, 1] * 1.15) <= reach
        cos, sin = np.cos(theta[number]), np.sin(theta[number])
        turn = np.array([[cos, sin], [-sin, cos]])
        outer, inner = (_warp(part[near] @ turn + seeds[number]) for part in (outer, inner))
        for corner in range(4):
            if len(outer) == 0:
                break
            gap = np.hypot(
                outer[:, corner, 0][:, None] - seeds[:, 0],
                outer[:, corner, 1][:, None] - seeds[:, 1],
            )
            mine = (gap / pull).argmin(axis=1) == number
            outer, inner = outer[mine], inner[mine]
        corners.append(inner)
        cells.append(outer)
        owner.append(np.full(len(inner), number))
    every = np.concatenate(corners)
    return Blocks(
        every, np.concatenate(cells), np.concatenate(owner), np.zeros(len(every), np.int64)
    )


def _buildable(land: Land, ground: Bools, blocks: Blocks) -> Blocks:
    """Blocks on permitted ground: dry, flat, off the major roads and the urban cores."""
    at = np.array(
        [(0, 0), (1, 0), (1, 1), (0, 1), (0.5, 0.5), (0.5, 0), (0.5, 1), (0, 0.5), (1, 0.5)]
    )
    sampled = np.ones(len(blocks.area_no), bool)
    for u, v in at:
        points = place(blocks.corners, np.full(len(sampled), u), np.full(len(sampled), v))
        sampled &= land.grid.read(ground, points[:, 0], points[:, 1])
    blocks = blocks.take(sampled)
    shapes = shapely.polygons(blocks.corners)
    free = land.area.difference(land.river.buffer(45.0)).buffer(-25.0)
    shapely.prepare(free)
    clear = shapely.contains_properly(free, shapes)
    roads = shapely.get_parts(land.roads.geometry.to_numpy())
    crossed = shapely.STRtree(shapes).query(roads, predicate="dwithin", distance=18.0)[1]
    clear[crossed] = False
    kept = blocks.take(clear)
    return _apart(kept)


def _apart(blocks: Blocks) -> Blocks:
    """Drop blocks that overlap an earlier one (two street grids meeting)."""
    shapes = shapely.polygons(blocks.corners)
    a, b = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=4.0)
    later = np.unique(a[(b < a) & (blocks.area_no[a] != blocks.area_no[b])])
    keep = np.ones(len(shapes), bool)
    keep[later] = False
    return blocks.take(keep)


def _fill_quotas(
    rng: np.random.Generator, areas: pd.DataFrame, blocks: Blocks, wanted: int
) -> Blocks:
    """Choose blocks outwards from every seed until the quotas, then the county, are full."""
    seeds = areas[["x", "y"]].to_numpy()[blocks.area_no]
    middle = blocks.corners.mean(axis=1)
    reach = np.sqrt(areas["quota"].to_numpy())[blocks.area_no]
    far = np.hypot(*(middle - seeds).T) / reach * rng.normal(1.0, 0.07, len(middle))
    order = np.lexsort((far, blocks.area_no))
    held = blocks.parcels[order].cumsum()
    first = np.searchsorted(blocks.area_no[order], np.arange(len(areas)))
    before = np.concatenate([[0], held])[first]
    inside = held - before[blocks.area_no[order]]
    quota = np.ceil(areas["quota"].to_numpy())[blocks.area_no[order]]
    over = np.maximum(inside - quota, 0.0) / quota
    rank = np.lexsort((far[order], np.round(over, 6)))
    chosen = order[rank]
    total = blocks.parcels[chosen].cumsum()
    last = int(np.searchsorted(total, wanted)) + 1
    return blocks.take(np.sort(chosen[:last]))


def make_blocks(
    rng: np.random.Generator, land: Land, areas: pd.DataFrame, parcels: int
) -> tuple[Blocks, float]:
    """Street blocks that hold at least ``parcels`` parcels, and the mean area (m²) they allow.

    The mean area is that of a median of 12 亩 as long as the plain has room. A county asked to
    hold more first takes in gentle hills, then its parcels become smaller.
    """
    rough = land.grid.mask(land.area.difference(land.river).buffer(-60.0))
    hills = [land.plain, rough & (land.dem_m < 120.0), rough]
    mean_m2 = MEAN_AREA_M2
    grounds = [hills[0]]
    if parcels > 12_000:
        grounds = [hills[0], hills[1], hills[2]]
    room = [float(ground.sum()) * land.grid.cell_m**2 * 0.5 for ground in grounds]
    ground = next(
        (g for g, r in zip(grounds, room, strict=True) if r > parcels * mean_m2), grounds[-1]
    )
    mean_m2 = min(mean_m2, max(room) / parcels)
    factors = (1.5, 2.4, 4.0, 7.0, 12.0, 12.0, 12.0, 12.0)
    for reach_factor in factors[3:] if parcels > 50_000 else factors:
        found = _candidates(rng, areas, mean_m2=mean_m2, reach_factor=reach_factor)
        found = _buildable(land, ground, found)
        size = shapely.area(shapely.polygons(found.corners))
        want = size / mean_m2 * rng.lognormal(-0.05, 0.3, len(size))
        found = replace(found, parcels=np.maximum(1, np.round(want)).astype(np.int64))
        if found.parcels.sum() >= parcels:
            return _fill_quotas(rng, areas, found, parcels), mean_m2
        if reach_factor >= 12.0:
            mean_m2 *= 0.8
    raise AssertionError(f"no room for {parcels} parcels")  # 200,000 fit

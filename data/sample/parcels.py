"""Parcels that tile the street blocks: recursive splits, steps, arcs, holes and survey faults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from data.sample.areas import Blocks, place
from data.sample.grid import Floats, Ints

STEPPED_SHARE = 0.2
ARC_SHARE = 0.45
SLIVER_SHARE = 0.004
TWIN_SHARE = 0.0015
OVERLAP_SHARE = 0.005
HOLE_SHARE = 0.005
SPLIT_NOISE = 0.85


@dataclass(frozen=True)
class Plots:
    """Parcels before they have a name.

    Attributes
    ----------
    geometry : ndarray of Polygon
        EPSG:4549.
    block : ndarray (n,)
        Row of the street block.
    rect : ndarray (n, 4)
        u0, v0, u1, v1: the rectangle of the block inside which the parcel may be built on.
    fault : ndarray of str
        "", "sliver", "twin" (registered twice), "overlap" or "hole".
    """

    geometry: np.ndarray
    block: Ints
    rect: Floats
    fault: np.ndarray


def _cuts(rng: np.random.Generator, size: Floats, number: Ints) -> tuple[Ints, Ints, Floats]:
    """Axis, parcels on the first side and place (share) of the next cut of each rectangle."""
    count = len(number)
    ratio = size[:, 0] / size[:, 1]
    wide = np.where(rng.random(count) < 0.12, ratio > 0.6, ratio > 1.0)
    first = np.clip(np.round(number * rng.uniform(0.35, 0.65, count)), 1, number - 1)
    odds = first / (number - first) * np.exp(rng.normal(0, SPLIT_NOISE, count))
    cut = np.clip(odds / (1 + odds), 0.12, 0.88)
    return np.where(wide, 0, 1), first.astype(np.int64), cut


def _split(rng: np.random.Generator, blocks: Blocks) -> tuple[Ints, Floats, Floats]:
    """Cut every block into its number of rectangles.

    Returns the block of each piece, its rectangle (u0, v0, u1, v1) and, for pairs that meet in a
    step, parent rectangle, axis, cut, offset, height and side (NaN for plain rectangles).
    """
    block = np.arange(len(blocks.area_no))
    rect = np.tile([0.0, 0.0, 1.0, 1.0], (len(block), 1))
    number = blocks.parcels.copy()
    side = blocks.sides_m()
    done: list[tuple[Ints, Floats, Floats]] = []
    while len(block):
        single = number == 1
        plain = np.full((int(single.sum()), 9), np.nan)
        done.append((block[single], rect[single], plain))
        block, rect, number = block[~single], rect[~single], number[~single]
        if not len(block):
            break
        axis, first, cut = _cuts(rng, (rect[:, 2:] - rect[:, :2]) * side[block], number)
        row = np.arange(len(block))
        at = rect[row, axis] + cut * (rect[row, axis + 2] - rect[row, axis])
        left, right = rect.copy(), rect.copy()
        left[row, axis + 2] = at
        right[row, axis] = at
        step = (number == 2) & (rng.random(len(block)) < STEPPED_SHARE)
        if step.any():
            done += _steps(rng, block, rect, axis, cut, left, right, step)
        go = ~step
        block = np.concatenate([block[go], block[go]])
        rect = np.concatenate([left[go], right[go]])
        number = np.concatenate([first[go], (number - first)[go]]).astype(np.int64)
    order_block = np.concatenate([part[0] for part in done])
    order_rect = np.concatenate([part[1] for part in done])
    order_step = np.concatenate([part[2] for part in done])
    order = np.lexsort((order_rect[:, 1], order_rect[:, 0], order_block))
    return order_block[order], order_rect[order], order_step[order]


def _steps(
    rng: np.random.Generator,
    block: Ints,
    rect: Floats,
    axis: Ints,
    cut: Floats,
    left: Floats,
    right: Floats,
    step: np.ndarray,
) -> list[tuple[Ints, Floats, Floats]]:
    """Make the two pieces of each cut that has a step, with what is needed to draw them."""
    count = int(step.sum())
    offset = np.minimum(rng.uniform(0.05, 0.16, count), 0.6 * np.minimum(cut, 1 - cut)[step])
    height = rng.uniform(0.3, 0.7, count)
    made = []
    for sign, piece in ((0.0, left), (1.0, right)):
        inner = piece[step].copy()
        row, along = np.arange(count), axis[step]
        span = rect[step][row, along + 2] - rect[step][row, along]
        if sign == 0.0:
            inner[row, along + 2] -= offset * span
        else:
            inner[row, along] += offset * span
        drawn = np.column_stack(
            [rect[step], along, cut[step], offset, height, np.full(count, sign)]
        )
        made.append((block[step], inner, drawn))
    return made


def _stepped_rings(corners: Floats, drawn: Floats) -> Floats:
    """Rings (n, 6, 2) of pieces that meet their neighbour in a step."""
    cut, offset, height, right = drawn[:, 5], drawn[:, 6], drawn[:, 7], drawn[:, 8] == 1.0
    low, high, end = cut - offset, cut + offset, np.where(right, 1.0, 0.0)
    zero, one = np.zeros(len(cut)), np.ones(len(cut))
    p = np.stack([end, high, high, low, low, end], axis=1)
    q = np.stack([zero, zero, height, height, one, one], axis=1)
    across = (drawn[:, 4] == 0.0)[:, None]
    u_share, v_share = np.where(across, p, q), np.where(across, q, p)
    u = drawn[:, [0]] + u_share * (drawn[:, [2]] - drawn[:, [0]])
    v = drawn[:, [1]] + v_share * (drawn[:, [3]] - drawn[:, [1]])
    return np.stack([place(corners, u[:, k], v[:, k]) for k in range(6)], axis=1)


def _rings(corners: Floats, rect: Floats) -> Floats:
    """Rings (n, 4, 2) of rectangles of blocks."""
    u0, v0, u1, v1 = rect.T
    around = ((u0, v0), (u1, v0), (u1, v1), (u0, v1))
    return np.stack([place(corners, u, v) for u, v in around], axis=1)


def _arcs(rng: np.random.Generator, rings: Floats, corner: Ints) -> Floats:
    """Round one corner of each ring (n, 4, 2) by a curve of many vertices, as at crossings."""
    row = np.arange(len(rings))
    at, before, after = (rings[row, (corner + k) % 4] for k in (0, -1, 1))
    back, on = before - at, after - at
    reach = rng.uniform(8.0, 20.0, len(rings))
    shortest = np.minimum(np.hypot(*back.T), np.hypot(*on.T))
    reach = np.minimum(reach, 0.35 * shortest)[:, None]
    start = at + back / np.hypot(*back.T)[:, None] * reach
    end = at + on / np.hypot(*on.T)[:, None] * reach
    t = np.linspace(0, 1, 13)[None, :, None]
    curve = (1 - t) ** 2 * start[:, None] + 2 * t * (1 - t) * at[:, None] + t**2 * end[:, None]
    rest = np.stack([rings[row, (corner + k) % 4] for k in (1, 2, 3)], axis=1)
    return np.concatenate([curve, rest], axis=1)


def _shapes(
    rng: np.random.Generator, blocks: Blocks, block: Ints, rect: Floats, drawn: Floats
) -> np.ndarray:
    """Polygons of all pieces."""
    shapes = np.empty(len(block), object)
    stepped = ~np.isnan(drawn[:, 0])
    shapes[stepped] = shapely.polygons(
        _stepped_rings(blocks.corners[block[stepped]], drawn[stepped])
    )
    plain = np.flatnonzero(~stepped)
    rings = _rings(blocks.corners[block[plain]], rect[plain])
    u0, v0, u1, v1 = (rect[plain, k] for k in range(4))
    at_crossing = np.stack(
        [
            (u0 == 0) & (v0 == 0),
            (u1 == 1) & (v0 == 0),
            (u1 == 1) & (v1 == 1),
            (u0 == 0) & (v1 == 1),
        ],
        1,
    )
    rounded = at_crossing.any(axis=1) & (rng.random(len(plain)) < ARC_SHARE)
    shapes[plain[~rounded]] = shapely.polygons(rings[~rounded])
    corner = at_crossing[rounded].argmax(axis=1)
    shapes[plain[rounded]] = shapely.polygons(_arcs(rng, rings[rounded], corner))
    return shapes


def _scaled(shapes: np.ndarray, share: Floats) -> Floats:
    """Rings (n, 4, 2) of quadrilaterals shrunk or grown about their middle."""
    rings = shapely.get_coordinates(shapely.get_exterior_ring(shapes)).reshape(-1, 5, 2)[:, :4]
    middle = rings.mean(axis=1, keepdims=True)
    return middle + (rings - middle) * share[:, None, None]


def _with_faults(rng: np.random.Generator, plots: Plots, *, slivers: int, twins: int) -> Plots:
    """Add what real cadastres hold: slivers, plots registered twice, overlaps and holes."""
    shapes, fault, rect = plots.geometry.copy(), plots.fault.copy(), plots.rect.copy()
    four = np.flatnonzero(shapely.get_num_coordinates(shapes) == 5)
    count = len(shapes)
    holes, overlaps = round(count * HOLE_SHARE), round(count * OVERLAP_SHARE)
    picked = rng.permutation(four)[: holes + overlaps + slivers + twins]
    hole, overlap, sliver, twin = np.split(picked, np.cumsum([holes, overlaps, slivers]))
    inner = _scaled(shapes[hole], rng.uniform(0.1, 0.22, len(hole)))
    shapes[hole] = [
        shapely.Polygon(shell.exterior, [ring])
        for shell, ring in zip(shapes[hole], inner, strict=True)
    ]
    grow = 1 + rng.uniform(0.4, 1.2, len(overlap)) / np.sqrt(shapely.area(shapes[overlap]))
    shapes[overlap] = shapely.polygons(_scaled(shapes[overlap], grow))
    fault[hole], fault[overlap] = "hole", "overlap"
    strips, rests = _strips(rng, shapes[sliver])
    shapes[sliver] = rests
    shift = rng.uniform(0.15, 0.45, (len(twin), 1, 2))
    copies = shapely.polygons(_scaled(shapes[twin], np.ones(len(twin))) + shift)
    return Plots(
        np.concatenate([shapes, strips, copies]),
        np.concatenate([plots.block, plots.block[sliver], plots.block[twin]]),
        np.concatenate([rect, rect[sliver], rect[twin]]),
        np.concatenate([fault, np.full(len(sliver), "sliver"), np.full(len(twin), "twin")]),
    )


def _strips(rng: np.random.Generator, shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut a strip of 0.6 to 2.4 m off one side of each quadrilateral: strips and what is left."""
    rings = _scaled(shapes, np.ones(len(shapes)))
    a, b, c, d = (rings[:, k] for k in range(4))
    width = rng.uniform(0.6, 2.4, len(shapes))[:, None]
    on_ad = a + (d - a) * width / np.hypot(*(d - a).T)[:, None]
    on_bc = b + (c - b) * width / np.hypot(*(c - b).T)[:, None]
    strips = shapely.polygons(np.stack([a, b, on_bc, on_ad], axis=1))
    return strips, shapely.polygons(np.stack([on_ad, on_bc, c, d], axis=1))


def make_plots(rng: np.random.Generator, blocks: Blocks, parcels: int) -> Plots:
    """Exactly ``parcels`` parcels that tile the blocks; what is left over stays open ground."""
    slivers, twins = round(parcels * SLIVER_SHARE), round(parcels * TWIN_SHARE)
    wanted = parcels - slivers - twins
    block, rect, drawn = _split(rng, blocks)
    keep = np.sort(rng.permutation(len(block))[:wanted])
    block, rect, drawn = block[keep], rect[keep], drawn[keep]
    shapes = _shapes(rng, blocks, block, rect, drawn)
    plots = Plots(shapes, block, rect, np.full(wanted, "", dtype="<U8"))
    return _with_faults(rng, plots, slivers=slivers, twins=twins)

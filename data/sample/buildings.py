"""Buildings of the sample county: footprints inside the parcels, storeys, heights and years."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.sample.areas import Blocks, place
from data.sample.grid import Bools, Floats
from data.sample.parcels import Plots
from data.sample.renewal import REBUILT
from gis.crs import METRIC_CRS

SETBACK_M = 6.0
GAP_M = 9.0
CROSSING_SHARE = 0.03
UNLAWFUL_SHARE = 0.035
TALL_STOREY_M = 8.0


@dataclass(frozen=True)
class Standing:
    """What stands on each plot: ``built`` (bool), plot ratio aimed at, present stage."""

    built: Bools
    far: Floats
    stage: pd.Series


def make_standing(
    rng: np.random.Generator,
    classes: pd.DataFrame,
    stage: pd.Series,
    cleared: pd.Series,
    area_kind: np.ndarray,
) -> Standing:
    """Whether each plot is built on and how densely, by class, age of the area and stage.

    What is ``cleared`` on the way stays bare until its new works are completed.
    """
    low = classes["low_class"].to_numpy(str)
    new = classes["newness"].to_numpy()
    count = len(classes)
    far = rng.lognormal(np.log(0.85 + 0.5 * new), 0.36, count)
    under = low == "underused"
    far = np.where(under, rng.lognormal(np.log(0.46), 0.38, count), far)
    stacked = np.isin(area_kind, ["小微企业园", "科创园"]) & ~under
    far = np.where(stacked, rng.normal(2.35, 0.45, count), far)
    renewed = stage.isin(REBUILT).to_numpy()
    far = np.where(renewed, rng.normal(2.25, 0.35, count), far)
    tall = (rng.random(count) < 0.012) & ~under
    far = np.clip(np.where(tall, rng.uniform(3.0, 4.2, count), far), 0.12, 4.6)
    bare = np.isin(low, ["approved_unsupplied", "supplied_unused"]) & ~renewed
    bare |= stage.isin(["demolished", "prepared", "supplied"]).to_numpy()
    bare |= ((stage == "started") & cleared).to_numpy()
    bare |= classes["fault"].isin(["sliver", "twin"]).to_numpy()
    bare |= classes["area_m2"].to_numpy() < 350.0
    bare |= (low == "insufficient") & (rng.random(count) < 0.3)
    return Standing(~bare, far, stage)


def _side_m(blocks: Blocks, plots: Plots) -> Floats:
    """Width and depth (n, 2; m) of the rectangles that may be built on."""
    size = plots.rect[:, 2:] - plots.rect[:, :2]
    return size * blocks.sides_m()[plots.block]


def make_buildings(
    rng: np.random.Generator,
    blocks: Blocks,
    plots: Plots,
    classes: pd.DataFrame,
    standing: Standing,
) -> gpd.GeoDataFrame:
    """Make buildings (EPSG:4549) in the order of their plots, with the row of their plot.

    One to six to a plot, in rows across its longer side; about 3 % reach over a border.
    """
    side = _side_m(blocks, plots)
    usable = np.maximum(side - 2 * SETBACK_M, 6.0)
    number = 1 + rng.binomial(5, np.clip(0.12 + usable.max(axis=1) / 400.0, 0, 0.85))
    number = np.where(usable.max(axis=1) < 45, np.minimum(number, 2), number)
    number = np.where(standing.built, number, 0)
    row = np.repeat(np.arange(len(number)), number)
    order = np.arange(len(row)) - np.repeat(number.cumsum() - number, number)
    many = number[row]
    storeys, height = _storeys(rng, standing.far[row])
    counted = np.where(height > TALL_STOREY_M, 2, 1)
    need = standing.far[row] * classes["area_m2"].to_numpy()[row] / many / storeys / counted
    long_axis = side[row].argmax(axis=1)
    pick = np.arange(len(row))
    length, depth = usable[row][pick, long_axis], usable[row][pick, 1 - long_axis]
    wide = np.maximum((length - GAP_M * (many - 1)) / many, 5.0)
    need = np.minimum(need * rng.uniform(0.75, 1.3, len(row)), wide * depth)
    shape = np.sqrt(need / (wide * depth))
    wide_used = np.clip(wide * np.maximum(shape, 0.55), 4.0, None)
    deep_used = np.clip(need / wide_used, 4.0, depth)
    start = SETBACK_M + order * (length + GAP_M) / many
    slack = depth - deep_used
    low_edge = SETBACK_M + slack * rng.choice([0.0, 0.5, 1.0], len(row), p=[0.45, 0.35, 0.2])
    crossing = rng.random(len(row)) < CROSSING_SHARE
    low_edge = np.where(crossing, -rng.uniform(0.6, 3.5, len(row)), low_edge)
    box = np.empty((len(row), 4))
    box[pick, long_axis], box[pick, long_axis + 2] = start, start + wide_used
    box[pick, 1 - long_axis], box[pick, 3 - long_axis] = low_edge, low_edge + deep_used
    shapes = _footprints(rng, blocks, plots, row, box / side[row][:, [0, 1, 0, 1]])
    return _described(rng, classes, standing.stage, row, shapes, storeys, height)


def _storeys(rng: np.random.Generator, far: Floats) -> tuple[np.ndarray, Floats]:
    """Storeys that fit a plot ratio, and the height of a storey (m), high for halls."""
    want = far / rng.uniform(0.36, 0.58, len(far)) + rng.normal(0, 0.5, len(far))
    storeys = np.clip(np.round(want), 1, 12).astype(np.int64)
    hall = (storeys == 1) & (rng.random(len(far)) < 0.75)
    height = np.where(hall, rng.normal(7.4, 1.4, len(far)), rng.normal(4.2, 0.45, len(far)))
    return storeys, np.round(np.clip(height, 3.2, 13.5), 1)


def _footprints(
    rng: np.random.Generator, blocks: Blocks, plots: Plots, row: np.ndarray, box: Floats
) -> np.ndarray:
    """Polygons of footprints given as shares of their plot; every fifth is an L."""
    rect, corners = plots.rect[row], blocks.corners[plots.block[row]]
    size = rect[:, 2:] - rect[:, :2]
    p0, q0, p1, q1 = box.T
    p1 = np.minimum(p1, np.maximum(p0 + 0.02, 0.985))
    q1 = np.minimum(q1, np.maximum(q0 + 0.02, 0.985))

    def at(p: Floats, q: Floats) -> Floats:
        return place(corners, rect[:, 0] + p * size[:, 0], rect[:, 1] + q * size[:, 1])

    ring = np.stack([at(p0, q0), at(p1, q0), at(p1, q1), at(p0, q1)], axis=1)
    shapes = shapely.polygons(ring)
    angled = rng.random(len(row)) < 0.2
    pm, qm = p0 + 0.55 * (p1 - p0), q0 + 0.5 * (q1 - q0)
    bent = [at(p0, q0), at(p1, q0), at(p1, qm), at(pm, qm), at(pm, q1), at(p0, q1)]
    shapes[angled] = shapely.polygons(np.stack(bent, axis=1)[angled])
    return shapes


def _described(
    rng: np.random.Generator,
    classes: pd.DataFrame,
    stage: pd.Series,
    row: np.ndarray,
    shapes: np.ndarray,
    storeys: np.ndarray,
    height: Floats,
) -> gpd.GeoDataFrame:
    new = classes["newness"].to_numpy()[row]
    year = np.round(1992 + 26 * new + rng.normal(0, 4.5, len(row))).clip(1978, 2023)
    idle = (classes["low_class"] == "built_idle").to_numpy()[row]
    renewed = stage.isin(REBUILT).to_numpy()[row]
    recent = 2018 + classes["block"].to_numpy()[row] % 4
    year = np.select([renewed, idle], [recent + 4, recent], year).astype(int)
    use = rng.choice(
        np.array(["生产", "仓储", "办公", "宿舍", "配套"]),
        len(row),
        p=[0.68, 0.14, 0.09, 0.05, 0.04],
    )
    footprint = np.round(shapely.area(shapes), 2)
    return gpd.GeoDataFrame(
        {
            "building_id": np.char.add(
                "B", np.char.zfill((np.arange(len(row)) + 1).astype(str), 7)
            ),
            "plot": row,
            "storeys": storeys,
            "storey_height_m": height,
            "footprint_area_m2": footprint,
            "floor_area_m2": np.round(footprint * storeys, 2),
            "year": year,
            "use": use,
            "unlawful": rng.random(len(row)) < UNLAWFUL_SHARE,
        },
        geometry=shapes,
        crs=METRIC_CRS,
    )


def floor_by_plot(buildings: gpd.GeoDataFrame, count: int) -> pd.DataFrame:
    """Floor, counted floor, footprint and unlawful floor area (m²) of each of ``count`` plots."""
    plot = buildings["plot"].to_numpy()
    floor = buildings["floor_area_m2"].to_numpy()
    double = np.where(buildings["storey_height_m"].to_numpy() > TALL_STOREY_M, 2.0, 1.0)
    sums = {
        "floor_area_m2": floor,
        "counted_m2": floor * double,
        "footprint_area_m2": buildings["footprint_area_m2"].to_numpy(),
        "unlawful_floor_area_m2": np.where(buildings["unlawful"], floor, 0.0),
    }
    return pd.DataFrame({k: np.bincount(plot, v, minlength=count) for k, v in sums.items()})

"""Splits, mergers and renumberings that the overlaps of old and new shapes suggest."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from data.intake_geometry import limits
from gis.checks import shared_between
from gis.crs import METRIC_CRS
from gis.repairs import mended

RULES_FILE = Path(__file__).with_name("intake.toml")
CANDIDATE_COLUMNS = (
    "group", "kind", "parent_id", "child_id", "shared_m2", "parent_share", "child_share",
    "parent_stays",
)  # fmt: skip
KINDS = ("split", "merge", "renumbered", "rearranged")


@cache
def lineage_share() -> float:
    """Share of the smaller of two parcels that must lie in the other (``intake.toml``)."""
    rule = tomllib.loads(RULES_FILE.read_text("utf-8"))["lineage_share"]
    return float(rule["value"])


def candidates(
    *, new: gpd.GeoSeries, gone: gpd.GeoSeries, gained: gpd.GeoSeries, lost: gpd.GeoSeries
) -> pd.DataFrame:
    """Suggest which new parcels came from which old ones.

    Parameters
    ----------
    new : GeoSeries
        Parcels that only the file has, by ``parcel_id``, EPSG:4490.
    gone : GeoSeries
        Parcels that only the register has.
    gained, lost : GeoSeries
        Land that parcels of both gain and lose; they may take in an old parcel or give land to a
        new one.

    Returns
    -------
    DataFrame
        One row for each pair, in the order of group, parent and child: ``group`` numbers what
        belongs together, ``kind`` is one of `KINDS`, ``shared_m2`` the land they share in the
        plane, ``parent_share`` and ``child_share`` its share of each, ``parent_stays`` whether
        the parent keeps its number. Nothing is decided by it.

    Examples
    --------
    >>> def strip(west, east):
    ...     return shapely.box(120.6 + west / 1e4, 27.7, 120.6 + east / 1e4, 27.701)
    >>> none = gpd.GeoSeries([], crs=4490)
    >>> found = candidates(
    ...     new=gpd.GeoSeries([strip(0, 4), strip(4, 10)], index=["P1a", "P1b"], crs=4490),
    ...     gone=gpd.GeoSeries([strip(0, 10)], index=["P1"], crs=4490), gained=none, lost=none)
    >>> found[["kind", "parent_id", "child_id"]].values.tolist()
    [['split', 'P1', 'P1a'], ['split', 'P1', 'P1b']]
    """
    parents = _land(gone, lost)
    children = _land(new, gained)
    if parents.empty or children.empty:
        return pd.DataFrame(columns=list(CANDIDATE_COLUMNS))
    pairs = _pairs(parents, children)
    if pairs.empty:
        return pd.DataFrame(columns=list(CANDIDATE_COLUMNS))
    pairs["group"] = _groups(pairs)
    pairs["kind"] = _kinds(pairs)
    pairs = pairs.sort_values(["group", "parent_id", "child_id"], ignore_index=True)
    return pairs[list(CANDIDATE_COLUMNS)]


def _land(whole: gpd.GeoSeries, part: gpd.GeoSeries) -> pd.DataFrame:
    """Return the land of one side in metres: whole parcels, and parts of those that stay."""
    both = pd.concat([whole, part]) if len(part) else whole
    shapes = mended(np.asarray(gpd.GeoSeries(both, crs=whole.crs).to_crs(METRIC_CRS).array))
    return pd.DataFrame(
        {
            "id": np.asarray(both.index, dtype=object),
            "stays": np.arange(len(both)) >= len(whole),
            "area": shapely.area(shapes),
            "shape": shapes,
        }
    )


def _pairs(parents: pd.DataFrame, children: pd.DataFrame) -> pd.DataFrame:
    first, second = _same(parents, children)
    left = np.setdiff1d(np.arange(len(parents)), first)
    right = np.setdiff1d(np.arange(len(children)), second)
    found = shared_between(
        parents["shape"].to_numpy(dtype=object)[left],
        children["shape"].to_numpy(dtype=object)[right],
        replace(limits(), overlap_share=lineage_share()),
    )
    mother = parents.take(np.concatenate([first, left[found.first]]))
    child = children.take(np.concatenate([second, right[found.second]]))
    shared = np.concatenate([parents["area"].to_numpy()[first], found.area_m2])
    m_area, c_area = mother["area"].to_numpy(), child["area"].to_numpy()
    m_stays, c_stays = mother["stays"].to_numpy(dtype=bool), child["stays"].to_numpy(dtype=bool)
    # Of a parcel that stays only a part is given or taken: the whole one on the other side counts.
    ground = np.where(m_stays, c_area, np.where(c_stays, m_area, np.minimum(m_area, c_area)))
    enough = (shared >= lineage_share() * ground) & ~(m_stays & c_stays)
    table = {
        "parent_id": mother["id"].to_numpy(),
        "child_id": child["id"].to_numpy(),
        "shared_m2": shared,
        "parent_share": shared / m_area,
        "child_share": shared / c_area,
        "parent_stays": m_stays,
        "child_stays": c_stays,
    }
    return pd.DataFrame(table)[enough].reset_index(drop=True)


def _to_centimetres(points: np.ndarray) -> np.ndarray:
    return np.round(points, 2)


def _same(parents: pd.DataFrame, children: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of parcels that only changed their number: one to one, to the centimetre.

    They need not be cut with their neighbours, which counts where a whole county is renumbered.
    """
    keys = []
    for side in (parents, children):
        shapes = side["shape"].to_numpy(dtype=object)
        key = pd.Series(shapely.to_wkb(shapely.transform(shapes, _to_centimetres)))
        keys.append(key[~key.duplicated(keep=False) & ~side["stays"].to_numpy(dtype=bool)])
    both = pd.Index(keys[0]).intersection(pd.Index(keys[1]))
    places = (pd.Series(key.index, index=pd.Index(key)).loc[both].to_numpy() for key in keys)
    first, second = places
    return first.astype(int), second.astype(int)


def _groups(pairs: pd.DataFrame) -> np.ndarray:
    """Give what hangs together one number, from 1 in the order of the first parent."""
    parent, _ = pd.factorize(pairs["parent_id"])
    child, names = pd.factorize(pairs["child_id"])
    size = len(pairs) + len(names)
    edges = coo_matrix((np.ones(len(pairs)), (parent, child + len(pairs))), shape=(size, size))
    group = connected_components(edges, directed=False)[1][parent]
    first = pd.Series(pairs["parent_id"].to_numpy()).groupby(group).min().sort_values()
    place = pd.Series(np.arange(1, len(first) + 1), index=first.index)
    return place.loc[group].to_numpy()


def _kinds(pairs: pd.DataFrame) -> np.ndarray:
    by = pairs.groupby("group")
    parents = by["parent_id"].transform("nunique") + by["child_stays"].transform("any")
    children = by["child_id"].transform("nunique") + by["parent_stays"].transform("any")
    kind = np.select(
        [(parents == 1) & (children == 1), parents == 1, children == 1],
        ["renumbered", "split", "merge"],
        default="rearranged",
    )
    return np.asarray(kind, dtype=object)

"""What is to be matched: projects, sites, and why a pair of them is barred."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from analysis.errors import AnalysisError, require, require_unique
from analysis.site_figures import numbers
from analysis.site_offers import SHARED, reserved
from gis.area import M2_PER_MU
from gis.crs import require_metric

Floats = NDArray[np.float64]
PLACED = 100.0
"""Points for placing a project at all; the score of its site, up to 100, comes on top."""
FREE = 0
REASONS = (
    "", "land_unknown", "area_unknown", "vetoed", "banned", "reserved", "too_small",
    "free_unknown", "too_late", "capacity_unknown", "capacity_short", "decided",
)  # fmt: skip
"""Why a pair is barred, by number; 0 where it is allowed. The first that holds is told."""
MENDABLE = ("too_small", "too_late", "capacity_short")
"""Reasons that less land, a longer wait or more supply would mend."""
_OVERLAP_M2 = 1.0


class PinRefusedError(AnalysisError):
    """Pins or bans that cannot all hold."""

    zh = "指定或禁止的匹配不能成立：{faults}。请取消其中一项，或先改正其依据。"
    en = (
        "The pins or bans cannot hold: {faults}. Take one of them back, or mend what stands "
        "against it."
    )


class NothingToMatchError(AnalysisError):
    """No projects, or no sites."""

    zh = "没有可匹配的{what}。请先登记项目和用地。"
    en = "There are no {what} to match. Enter projects and sites first."


@dataclass(frozen=True, eq=False)
class MatchProblem:
    """What is to be matched.

    Attributes
    ----------
    projects : DataFrame
        By unique ``project_id``, in the order in which they came: ``land_least_mu``,
        ``land_most_mu``; where known ``wanted_on``, ``cluster``, ``factor`` (of a priority; 1
        without) and the needs named in ``capacities``.
    sites : DataFrame
        By unique ``site_id``: ``area_m2``; where known ``free_from``, ``only_clusters`` (tuple:
        reserved for these), the stocks named in ``capacities``, and ``whole_m2`` (before decided
        projects took their part, see `analysis.site_held`).
    scores : DataFrame
        Projects by sites, 0–100; NaN (nothing known) adds nothing to being placed.
    vetoed : DataFrame
        ``project_id``, ``site_id``: pairs that are never allowed, nor relaxed; where known
        ``said``, what vetoes them (`gis.errors.Words`).
    pins, bans : sequences of (project_id, site_id)
        What is settled by hand.
    overlaps : sequence of (site_id, site_id)
        Sites of which at most one can be used, as `overlapping_sites`.
    capacities : mapping
        Further capacities: need of a project → stock of a site, such as ``power_kva`` →
        ``power_free_kva``; sites that say the same in ``<stock>_of`` share one stock. A site
        without a figure has no limit, which the vetoes (`analysis.vetoes`) tell as not checked.
    late_most : float
        Months that a project waits at most.
    """

    projects: pd.DataFrame
    sites: pd.DataFrame
    scores: pd.DataFrame
    vetoed: pd.DataFrame
    pins: Sequence[tuple[str, str]] = ()
    bans: Sequence[tuple[str, str]] = ()
    overlaps: Sequence[tuple[str, str]] = ()
    capacities: Mapping[str, str] = field(default_factory=dict)
    late_most: float = 12.0


@dataclass(frozen=True, eq=False)
class Pairs:
    """Every project against every site.

    Attributes
    ----------
    barred : ndarray of int, shape (projects, sites)
        Number of the reason in `REASONS`; 0 where allowed.
    late : ndarray of float
        Months from the wanted start until the land is free, at least 0; NaN where not known.
    points : ndarray of float
        What an allowed pair is worth: factor × (`PLACED` + score).
    need_m2, area_m2 : ndarray of float
        Least land of each project, area of each site.
    never : ndarray of bool
        Barred for a reason that no patience, smaller land or larger supply mends, whichever
        reason is told first.
    timed : bool
        Whether any site says when it is free; if none does, timing is not checked.
    """

    barred: NDArray[np.int64]
    late: Floats
    points: Floats
    need_m2: Floats
    area_m2: Floats
    never: NDArray[np.bool_]
    timed: bool


def overlapping_sites(sites: gpd.GeoDataFrame) -> tuple[tuple[str, str], ...]:
    """Return the pairs of sites that share ground: more than 1 m² of it, or a parcel.

    Parameters
    ----------
    sites : GeoDataFrame
        EPSG:4549, by ``site_id``; ``parcel_ids`` (tuples) where known.

    Examples
    --------
    >>> land = gpd.GeoDataFrame(index=["S1", "S2", "S3"], crs=4549, geometry=[
    ...     shapely.box(0, 0, 10, 10), shapely.box(5, 0, 20, 10), shapely.box(20, 0, 30, 10)])
    >>> overlapping_sites(land)
    (('S1', 'S2'),)
    """
    require_metric(sites, what="用地 sites")
    shapes = np.asarray(sites.geometry.array, dtype=object)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = one < other
    one, other = one[once], other[once]
    shared = shapely.area(shapely.intersection(shapes[one], shapes[other])) > _OVERLAP_M2
    pairs = {(int(a), int(b)) for a, b in zip(one[shared], other[shared], strict=True)}
    if "parcel_ids" in sites:
        rows = sites["parcel_ids"].reset_index(drop=True).explode().dropna()
        both = rows.rename("parcel").rename_axis("row").reset_index()
        met = both.merge(both, on="parcel")
        met = met[met["row_x"] < met["row_y"]]
        pairs |= set(zip(met["row_x"].tolist(), met["row_y"].tolist(), strict=True))
    names = sites.index.to_list()
    return tuple((names[a], names[b]) for a, b in sorted(pairs))


def match_pairs(problem: MatchProblem) -> Pairs:
    """Return which pairs are allowed, how late they are, and what they are worth.

    Raises
    ------
    NothingToMatchError, MissingFieldError, DuplicateParcelError
    """
    projects, sites = problem.projects, problem.sites
    for what, frame in (("项目 projects", projects), ("用地 sites", sites)):
        if frame.empty:
            raise NothingToMatchError(what=what)
        require_unique(frame)
    require(projects, "land_least_mu", "land_most_mu", what="项目表")
    require(sites, "area_m2", what="用地表")
    need = least_land(projects).to_numpy()
    area = numbers(sites, "area_m2")
    late, timed = _late(projects, sites)
    barred = np.zeros((len(projects), len(sites)), dtype=np.int64)

    never = np.zeros_like(barred, dtype=bool)

    def bar(reason: str, where: NDArray[np.bool_]) -> None:
        barred[(barred == FREE) & where] = REASONS.index(reason)
        if reason not in MENDABLE:
            never[:] |= where

    bar("land_unknown", ~(need > 0)[:, None] & np.ones_like(barred, dtype=bool))
    bar("area_unknown", np.isnan(area)[None, :] & np.ones_like(barred, dtype=bool))
    bar("vetoed", _marked(problem, zip(problem.vetoed["project_id"], problem.vetoed["site_id"],
                                       strict=True)))  # fmt: skip
    bar("banned", _marked(problem, problem.bans))
    bar("reserved", reserved(projects, sites))
    whole = numbers(sites, "whole_m2")[None, :]
    bar("decided", (need[:, None] > area[None, :] * (1 + 1e-9)) & (need[:, None] <= whole))
    bar("too_small", need[:, None] > area[None, :] * (1 + 1e-9))
    if timed:
        bar("free_unknown", np.isnan(late))
        bar("too_late", late > problem.late_most)
    for needed, stock in problem.capacities.items():
        asked, given = numbers(projects, needed)[:, None], numbers(sites, stock)[None, :]
        bar("capacity_unknown", np.isnan(asked) & ~np.isnan(given))
        bar("capacity_short", asked > given * (1 + 1e-9))
    score = problem.scores.reindex(index=projects.index, columns=sites.index).to_numpy(float)
    points = factors(projects)[:, None] * (PLACED + np.nan_to_num(score))
    return Pairs(barred, late, points, need, area, never, timed)


@dataclass(frozen=True, eq=False)
class Stock:
    """What projects draw on: land, power, water.

    Attributes
    ----------
    name : str
        Field of the project that says what it needs.
    need : ndarray of float
        By project; 0 where nothing is told: such a project is barred where there is a limit.
    amount : ndarray of float
        By pool; infinite where there is no figure.
    pool : ndarray of int
        By site: the pool that it draws on.
    """

    name: str
    need: Floats
    amount: Floats
    pool: NDArray[np.int64]

    def over(self, row: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return the sites that draw on more than there is, as `left`."""
        drawn = np.bincount(self.pool[column], self.need[row], minlength=len(self.amount))
        return np.asarray((drawn > self.amount * (1 + 1e-9))[self.pool])

    def left(self, row: NDArray[np.int64], column: NDArray[np.int64]) -> Floats:
        """Return what is left for each site when projects ``row`` stand on sites ``column``."""
        drawn = np.bincount(self.pool[column], self.need[row], minlength=len(self.amount))
        return (self.amount - drawn)[self.pool]


def stocks(problem: MatchProblem, pairs: Pairs) -> tuple[Stock, ...]:
    """Return everything that projects draw on, land first.

    Examples
    --------
    >>> projects = pd.DataFrame({"land_least_mu": [3.0], "land_most_mu": [3.0],
    ...                          "power_kva": [400.0]}, index=["X1"])
    >>> sites = pd.DataFrame({"area_m2": [2_000.0, 4_000.0], "power_free_kva": [900.0, 900.0],
    ...                       "power_free_kva_of": ["东区", "东区"]}, index=["S1", "S2"])
    >>> none = pd.DataFrame({"project_id": [], "site_id": []})
    >>> problem = MatchProblem(projects, sites, pd.DataFrame(0.0, ["X1"], ["S1", "S2"]), none,
    ...                        capacities={"power_kva": "power_free_kva"})
    >>> land, power = stocks(problem, match_pairs(problem))
    >>> power.left(np.array([0]), np.array([1])).tolist()  # 900 - 400, for both
    [500.0, 500.0]
    """
    count = len(problem.sites)
    area = np.where(np.isnan(pairs.area_m2), np.inf, pairs.area_m2)
    found = [Stock("land_least_mu", np.nan_to_num(pairs.need_m2), area, np.arange(count))]
    for need, stock in problem.capacities.items():
        amount = numbers(problem.sites, stock)
        whose = problem.sites.get(stock + SHARED, pd.Series(problem.sites.index))
        pool, names = pd.factorize(np.asarray(whose, dtype=object))
        least = pd.Series(amount, dtype=float).groupby(pool).min().reindex(range(len(names)))
        told = np.nan_to_num(numbers(problem.projects, need))
        found.append(Stock(need, told, np.asarray(least.fillna(np.inf), dtype=np.float64), pool))
    return tuple(found)


def least_land(projects: pd.DataFrame) -> pd.Series:
    """Return the land in m² without which a site is none: the least, else the most; NaN unknown.

    Examples
    --------
    >>> table = pd.DataFrame({"land_least_mu": [3.0, None], "land_most_mu": [9.0, None]},
    ...                      index=["X1", "X2"])
    >>> least_land(table).tolist()
    [2000.0, nan]
    """
    least, most = numbers(projects, "land_least_mu"), numbers(projects, "land_most_mu")
    return pd.Series(np.where(np.isnan(least), most, least) * M2_PER_MU, index=projects.index)


def factors(projects: pd.DataFrame) -> Floats:
    """Return how many times the points of each project count; 1 where nothing is told."""
    told = numbers(projects, "factor")
    return np.where(np.isnan(told), 1.0, told)


def _months(frame: pd.DataFrame, name: str) -> Floats:
    told = pd.to_datetime(frame[name]) if name in frame else pd.Series(pd.NaT, index=frame.index)
    return np.asarray((told.dt.year * 12 + told.dt.month).to_numpy(float, na_value=np.nan), float)


def _late(projects: pd.DataFrame, sites: pd.DataFrame) -> tuple[Floats, bool]:
    """Return months of waiting; a project without a wanted start takes any month."""
    free, wanted = _months(sites, "free_from"), _months(projects, "wanted_on")
    late = free[None, :] - wanted[:, None]
    late = np.where(np.isnan(wanted)[:, None] & ~np.isnan(free)[None, :], 0.0, late)
    return np.maximum(late, 0.0), bool(np.isfinite(free).any())


def _marked(problem: MatchProblem, pairs: object) -> NDArray[np.bool_]:
    marks = np.zeros((len(problem.projects), len(problem.sites)), dtype=bool)
    told = list(pairs)  # type: ignore[call-overload]
    if told:
        row = problem.projects.index.get_indexer(pd.Index([p for p, _ in told]))
        column = problem.sites.index.get_indexer(pd.Index([s for _, s in told]))
        there = (row >= 0) & (column >= 0)
        marks[row[there], column[there]] = True
    return marks

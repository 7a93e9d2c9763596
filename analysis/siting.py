"""Where one project should go: the order of the sites, its reasons, how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.matching_problem import least_land
from analysis.scores import Scores, scores
from analysis.site_figures import numbers
from analysis.site_measures import Around, cluster_facts, project_measures, site_facts
from analysis.smaa import Stability, stability
from analysis.values import worths
from analysis.weights import direct
from data.siting_criteria import SitingCriteria

LOSSES = 3
"""So many criteria are named on which a site loses most to the first."""


@dataclass(frozen=True)
class Draws:
    """How weights are drawn: how many, of which stream, and how far each may move (None: any)."""

    count: int = 10_000
    seed: int = 330381
    spread: float | None = 0.5


@dataclass(frozen=True, eq=False)
class Ranking:
    """The sites of one project.

    Attributes
    ----------
    project_id : str
    table : DataFrame
        Allowed sites by ``site_id``, the best first: the columns of `Scores.table` and
        `Stability.table`, ``free_from``, ``lost_on`` (tuple of (criterion, points of the
        whole weight) against the first, by what is known of both, at most three).
    measures : DataFrame
        In natural units, sites by criteria, as ranked.
    scores : Scores
    stability : Stability
    too_small : tuple of str
        Sites that are no match for the least land of the project; not ranked.
    largest_m2 : float
        Area of the largest site that is not vetoed; NaN without one.
    need_m2 : float
        Land without which a site is none; NaN where the project does not say: then none is too
        small, and `analysis.matching.match` cannot place it.
    """

    project_id: str
    table: pd.DataFrame
    measures: pd.DataFrame
    scores: Scores
    stability: Stability
    too_small: tuple[str, ...]
    largest_m2: float
    need_m2: float


def default_draws(criteria: SitingCriteria) -> Draws:
    """Return the draws that the rules ask for."""
    limits = criteria.limits
    return Draws(int(limits["draws"]), int(limits["seed"]), limits["spread"])


def weights_for(
    criteria: SitingCriteria, cluster: str | None, own: Mapping[str, float] | None = None
) -> pd.Series:
    """Return the weights of a cluster's preset, or own ones, as shares.

    Raises
    ------
    BadWeightsError
        If own ones are negative, unknown, or all 0.

    Examples
    --------
    >>> from data.siting_criteria import load_siting_criteria
    >>> round(float(weights_for(load_siting_criteria(), "auto").sum()), 9)
    1.0
    """
    return direct(criteria.preset(cluster) if own is None else own, criteria.keys, criteria.names)


def facts_by_cluster(
    projects: pd.DataFrame, sites: gpd.GeoDataFrame, around: Around, *, criteria: SitingCriteria
) -> dict[str | None, pd.DataFrame]:
    """Return what the sites offer to the projects of each cluster; those without one under None."""
    common = site_facts(sites, around, criteria=criteria)
    return {
        cluster: pd.concat(
            [common, cluster_facts(sites, around.firms, cluster=cluster, criteria=criteria)], axis=1
        )
        for cluster in clusters_of(projects)
    }


def clusters_of(projects: pd.DataFrame) -> frozenset[str | None]:
    """Return the clusters of projects, None among them where one is not told.

    Examples
    --------
    >>> clusters_of(pd.DataFrame({"cluster": ["auto", None, "auto"]})) == {"auto", None}
    True
    """
    if "cluster" not in projects:
        return frozenset({None})
    return frozenset(None if pd.isna(one) else str(one) for one in projects["cluster"].unique())


def cluster_of(project: pd.Series) -> str | None:
    """Return the cluster of a project, None where it is not told."""
    told = project.get("cluster")
    return None if told is None or pd.isna(told) else str(told)


def site_scores(
    projects: pd.DataFrame,
    sites: gpd.GeoDataFrame,
    facts: Mapping[str | None, pd.DataFrame],
    *,
    criteria: SitingCriteria,
    weights: Mapping[str | None, pd.Series],
    on: date,
) -> pd.DataFrame:
    """Return the score of every site for every project, vetoes left aside.

    Parameters
    ----------
    projects, sites, criteria, on
        As `rank_sites`.
    facts, weights : mapping
        By cluster, as `facts_by_cluster` and `weights_for` give them.

    Returns
    -------
    DataFrame
        Projects by sites, 0–100; NaN where nothing is known.
    """
    rows = {}
    for name, project in projects.iterrows():
        cluster = cluster_of(project)
        measures = project_measures(project, sites, facts[cluster], on=on)
        value = worths(measures, criteria.criteria)
        rows[name] = scores(value, weights[cluster]).table["score"]
    table = pd.DataFrame(rows).T
    return table.reindex(index=projects.index, columns=sites.index)


def rank_sites(
    project: pd.Series,
    sites: gpd.GeoDataFrame,
    facts: pd.DataFrame,
    *,
    vetoed: Sequence[str],
    criteria: SitingCriteria,
    weights: pd.Series,
    on: date,
    draws: Draws | None = None,
) -> Ranking:
    """Rank the sites that a project may have.

    Parameters
    ----------
    project : Series
        Named by its ``project_id``; see `analysis.site_measures.project_measures`.
    sites : GeoDataFrame
        By unique ``site_id``.
    facts : DataFrame
        `site_facts` and `cluster_facts` of the project's cluster, side by side.
    vetoed : sequence of str
        Sites that are barred: they are neither scored nor compared.
    criteria, weights
        What is worth what.
    on : date
        Stands in for an unknown wanted start.
    draws : Draws, optional
        Those of the rules by default.

    Examples
    --------
    >>> from data.siting_criteria import load_siting_criteria
    >>> rules = load_siting_criteria()
    >>> sites = pd.DataFrame({"area_m2": [200_000.0, 20_000.0, 4_000.0]}, index=["S1", "S2", "S3"])
    >>> facts = pd.DataFrame(index=sites.index, columns=list(rules.keys), dtype=float)
    >>> wish = pd.Series({"land_least_mu": 20, "land_most_mu": 40}, name="X1")
    >>> found = rank_sites(wish, sites, facts, vetoed=[], criteria=rules,
    ...                    weights=weights_for(rules, None), on=date(2026, 1, 1))
    >>> found.table.index.tolist(), found.too_small
    (['S2', 'S1'], ('S3',))
    """
    draws = draws or default_draws(criteria)
    allowed = sites.loc[~sites.index.isin(list(vetoed))]
    need = float(least_land(project.to_frame().T).iloc[0])
    area = numbers(allowed, "area_m2")
    with np.errstate(invalid="ignore"):
        small = area < need * (1 - 1e-9)
    kept = allowed.loc[~small]
    measures = project_measures(project, kept, facts.loc[kept.index], on=on)
    value = worths(measures, criteria.criteria)
    found = scores(value, weights)
    limits = criteria.limits
    stable = stability(
        value,
        weights,
        draws=draws.count,
        seed=draws.seed,
        spread=draws.spread,
        sure_share=limits["sure_share"],
        depends_least=limits["depends_least"],
    )
    table = pd.concat([found.table, stable.table], axis=1)
    table["free_from"] = kept.get("free_from", pd.NaT)
    table["lost_on"] = _losses(found, value, weights)
    order = np.lexsort(
        (table.index.astype(str), table["rank"].fillna(len(table) + 1).to_numpy(int))
    )
    table = table.iloc[order]
    return Ranking(
        project_id=str(project.name),
        table=table,
        measures=measures.loc[table.index, list(criteria.keys)],
        scores=found,
        stability=stable,
        too_small=tuple(allowed.index[small]),
        largest_m2=float(np.nanmax(area)) if np.isfinite(area).any() else float("nan"),
        need_m2=need,
    )


def _losses(found: Scores, value: pd.DataFrame, weights: pd.Series) -> pd.Series:
    """Return what each site loses most on against the first, by criteria known of both.

    In points of the whole weight, so that what is worse by nature never looks better because the
    weight of something missing was spread over the rest.
    """
    rank = found.table["rank"]
    told = pd.Series([()] * len(rank), index=rank.index, dtype=object)
    if not (rank == 1).any():
        return told
    best = np.flatnonzero((rank == 1).fillna(False).to_numpy(dtype=bool))[0]
    names = [str(key) for key in value.columns]
    share = weights.reindex(value.columns).fillna(0.0).to_numpy(dtype=float)
    parts = 100.0 * share * value.to_numpy(dtype=float)
    gaps = np.nan_to_num(parts[best] - parts, nan=0.0).round(9)
    for row in np.flatnonzero(rank.notna().to_numpy() & (gaps > 0).any(axis=1)):
        most = np.argsort(-gaps[row], kind="stable")[:LOSSES]
        told.iloc[int(row)] = tuple(
            (names[k], float(gaps[row, k])) for k in most if gaps[row, k] > 0
        )
    return told

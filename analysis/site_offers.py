"""What a site offers beside its land: free power and water, whom it is kept for, what it costs."""

from __future__ import annotations

import re
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.findings import Findings, Kind, frozen, joined
from analysis.site_figures import numbers
from analysis.sites import Sites
from data import schema
from gis.area import to_mu

STOCKS: Mapping[str, str] = {"power_kva": "power_free_kva", "water_t_day": "water_free_t_day"}
"""Need of a project → the stock of a site that it draws on."""

SHARED = "_of"
"""Ends the name of the column that says whose stock it is: the site's own, or that of its park."""

PARK = "园区 "
"""Begins the name of a park's stock, so that a site of the same name keeps its own."""

_SPLIT = re.compile(r"[、，,;；/\s]+")
_KINDS = frozen(
    only_clusters=Kind(
        "only_clusters", "warning",
        "“限入集群”里有不认识的集群，请按产业集群清单改写；在此之前其他集群都须先核实",
        "Unknown cluster among those a site is kept for: write it as in the list of clusters; "
        "until then all others have to ask",
    ),
)  # fmt: skip


def offered(
    found: Sites, parks: pd.DataFrame | None = None, costs: pd.DataFrame | None = None
) -> Sites:
    """Return the sites with what they offer: their own figures first, else those of their park.

    Parameters
    ----------
    found : Sites
    parks : DataFrame, optional
        ``park`` and, where told, the stocks of `STOCKS` and ``only_clusters``. Of a park with
        several rows the least stock counts, and the clusters that all of them name.
    costs : DataFrame, optional
        By ``parcel_id`` ``cost_wan`` of renewal (NaN unknown) and ``bought_m2``, the land that is
        bought out for it. Where none of a site's is (workshops; land never supplied) the cost of
        buying it out says nothing of what the land costs: it stays unknown, as does that of a
        site with a parcel of unknown cost.

    Returns
    -------
    Sites
        ``cost_wan_per_mu``, each stock, ``<stock>_of`` (whose it is: sites that name the same
        share it), and ``only_clusters`` (tuple of codes, unknown words as they are; None where it
        is kept for nobody).

    Examples
    --------
    >>> import shapely
    >>> from analysis.sites import measured_sites
    >>> land = gpd.GeoDataFrame({"park": ["东区", "东区"]}, crs=4549,
    ...     geometry=[shapely.box(0, 0, 100, 200), shapely.box(200, 0, 300, 200)],
    ...     index=pd.Index(["S1", "S2"], name="site_id"))
    >>> parks = pd.DataFrame({"park": ["东区"], "power_free_kva": [800.0],
    ...                       "only_clusters": ["汽摩配、新材料"]})
    >>> table = offered(Sites(measured_sites(land), pd.DataFrame()), parks).table
    >>> table[["power_free_kva", "power_free_kva_of"]].values.tolist()
    [[800.0, '园区 东区'], [800.0, '园区 东区']]
    >>> table["only_clusters"].tolist()[0]
    ('auto', 'materials')
    """
    table = found.table.copy()
    theirs = _by_park(parks)
    at = theirs.index.get_indexer(pd.Index(table["park"].astype(object)))
    for stock in STOCKS.values():
        own = numbers(table, stock)
        lent = np.where(at >= 0, numbers(theirs, stock)[at] if len(theirs) else np.nan, np.nan)
        of_park = np.isnan(own) & ~np.isnan(lent)
        table[stock] = np.where(of_park, lent, own)
        owner = np.where(of_park, PARK + table["park"].astype(str), table.index)
        table[stock + SHARED] = pd.Series(owner, index=table.index, dtype=object)
    table["only_clusters"] = _kept_for(table, theirs, at)
    own_cost, estimate = numbers(table, "cost_wan_per_mu"), _cost_per_mu(table, costs)
    table["cost_wan_per_mu"] = np.where(np.isnan(own_cost), estimate, own_cost)
    return Sites(table, joined([found.issues, _unknown_clusters(table)]))


def reserved(projects: pd.DataFrame, sites: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which sites are kept for other clusters than a project's, projects by sites.

    Examples
    --------
    >>> one = pd.DataFrame({"cluster": ["auto", "light", None]}, index=["X1", "X2", "X3"])
    >>> land = pd.DataFrame({"only_clusters": [("auto",), None]}, index=["S1", "S2"])
    >>> reserved(one, land).tolist()
    [[False, False], [True, False], [True, False]]
    """
    marks = np.zeros((len(projects), len(sites)), dtype=bool)
    if "only_clusters" not in sites:
        return marks
    told = projects["cluster"] if "cluster" in projects else pd.Series(None, projects.index)
    cluster = told.astype(object).to_numpy()
    for column, only in enumerate(sites["only_clusters"]):
        if isinstance(only, tuple | list) and only:
            marks[:, column] = ~np.isin(cluster.astype(str), list(only))
    return marks


def _by_park(parks: pd.DataFrame | None) -> pd.DataFrame:
    """Return what each park has, by its name."""
    if parks is None or "park" not in parks:
        return pd.DataFrame(index=pd.Index([], dtype=object))
    told = pd.DataFrame(parks)[parks["park"].notna().to_numpy()]
    rows = pd.DataFrame({"park": told["park"].astype(object)})
    for stock in STOCKS.values():
        rows[stock] = numbers(told, stock)
    rows["only_clusters"] = told.get("only_clusters")
    rules = dict.fromkeys(STOCKS.values(), "min") | {"only_clusters": _agreed}
    return rows.groupby("park").agg(rules)


def _agreed(texts: pd.Series) -> str | None:
    """Return the clusters that all rows of a park name; where none is, a text that none fits."""
    told = [clusters(text) or () for text in texts if isinstance(text, str)]
    told = [names for names in told if names]
    if not told:
        return None
    both = [name for name in told[0] if all(name in names for names in told)]
    return "、".join(both) if both else "／".join("".join(names) for names in told)


def _kept_for(table: pd.DataFrame, theirs: pd.DataFrame, at: NDArray[np.intp]) -> pd.Series:
    none = pd.Series(None, index=table.index, dtype=object)
    own = table["only_clusters"].astype(object) if "only_clusters" in table else none
    if len(theirs):
        lent = pd.Series(theirs["only_clusters"].to_numpy(dtype=object)[at], table.index, object)
        own = own.where(own.notna() | (at < 0), lent)
    known = {text: clusters(text) for text in own.dropna().unique() if isinstance(text, str)}
    read = [known.get(one) if isinstance(one, str) else one for one in own]
    return pd.Series(read, index=table.index, dtype=object).map(
        lambda only: only if isinstance(only, tuple) and only else None
    )


def clusters(text: str) -> tuple[str, ...] | None:
    """Return the clusters that a text names, unknown words as they are; None where it names none.

    Examples
    --------
    >>> clusters("汽摩配，生命健康、航天"), clusters(" ")
    (('auto', 'health', '航天'), None)
    """
    spelt = schema.enum_spellings("cluster")
    words = [word for word in _SPLIT.split(text.strip()) if word]
    return tuple(spelt.get(schema.normal_heading(word), word) for word in words) or None


def _unknown_clusters(table: pd.DataFrame) -> pd.DataFrame:
    codes = set(schema.enum_codes("cluster"))
    odd = [[word for word in only or () if word not in codes] for only in table["only_clusters"]]
    said = Findings("sites", _KINDS, table.index)
    said.add("only_clusters", np.array([bool(words) for words in odd]), ["、".join(w) for w in odd])
    return said.frame()


def _cost_per_mu(table: gpd.GeoDataFrame, costs: pd.DataFrame | None) -> NDArray[np.float64]:
    """Return the cost of the parcels of each site over its area.

    NaN where that of a parcel is unknown, or where none of the land is bought out.
    """
    if costs is None or table.empty:
        return np.full(len(table), np.nan)
    rows = table["parcel_ids"].reset_index(drop=True).explode()
    each = pd.DataFrame(
        {
            name: rows.map(costs[name]).to_numpy(dtype=float, na_value=np.nan)
            for name in ("cost_wan", "bought_m2")
        },
        index=rows.index,
    )
    known = each["cost_wan"].notna().groupby(level=0).all()
    bought = (each["bought_m2"] != 0).groupby(level=0).any()
    whole = each["cost_wan"].groupby(level=0).sum(min_count=1).where(known & bought)
    mu = np.asarray(to_mu(table["area_m2"].to_numpy(dtype=float)))
    with np.errstate(invalid="ignore", divide="ignore"):
        per_mu = whole.reindex(range(len(table))).to_numpy(dtype=float) / np.where(
            mu > 0, mu, np.nan
        )
    workshop = table["kind"].to_numpy(dtype=object) == "workshop"
    return np.where(workshop, np.nan, per_mu)

"""What a new parcel takes over from those it came from: its class, and what is planned for it."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from data.intake_issues import IssueLog
from data.schema import label
from gis.errors import Words

INHERITED = (
    "low_class", "class_basis", "class_clause", "class_doc",
    "renewal_block", "renewal_mode", "renewal_industry", "responsible_unit",
)  # fmt: skip
"""Fields that speak of the land and not of its number: they go with the land."""
LEAST_SHARE = 0.5
"""A parcel of which less lies on its parents has other land to answer for."""


def with_inherited(
    changed: pd.DataFrame | None,
    recorded: pd.DataFrame,
    lineage: pd.DataFrame,
    numbers: pd.Series,
    log: IssueLog,
) -> pd.DataFrame | None:
    """Give new parcels the class and plans of their parents where the file says nothing.

    Parameters
    ----------
    changed : DataFrame or None
        New and changed rows by ``parcel_id``.
    recorded : DataFrame
        Current parcels with `INHERITED`.
    lineage : DataFrame
        Accepted candidates: ``parent_id``, ``child_id``, ``child_share``.
    numbers : Series
        Row of the file of each parcel.
    log : IssueLog
        Takes what was inherited, and classes that could not be: parents that disagree, or that
        hold less than half of the land.

    Returns
    -------
    DataFrame or None
        ``changed`` where nothing is inherited.
    """
    if changed is None or lineage.empty:
        return changed
    ways = lineage[lineage["child_id"].isin(changed.index.difference(recorded.index))]
    if ways.empty:
        return changed
    share = ways.groupby("child_id")["child_share"].sum()
    values = _agreed(ways, recorded)
    values = values.where(share.reindex(values.index).ge(LEAST_SHARE), None)
    own = changed.reindex(values.index).reindex(columns=values.columns).astype(object)
    values = values.where(own.isna(), None)
    _tell(values, own, ways, recorded, numbers, log)
    return _filled(changed, recorded, values.dropna(axis=1, how="all"))


def _agreed(ways: pd.DataFrame, recorded: pd.DataFrame) -> pd.DataFrame:
    """Return by child the value on which all its parents agree, None elsewhere."""
    there = [key for key in INHERITED if key in recorded]
    told = recorded[there].reindex(ways["parent_id"]).astype(object)
    by = told.groupby(ways["child_id"].to_numpy())
    one = by.nunique(dropna=False).eq(1)
    first = by.head(1).set_axis(ways.drop_duplicates("child_id")["child_id"].to_numpy())
    agreed = pd.DataFrame(first.reindex(one.index)).where(one, None)
    return agreed.where(agreed.notna(), None).rename_axis("parcel_id")


def _tell(
    values: pd.DataFrame,
    own: pd.DataFrame,
    ways: pd.DataFrame,
    recorded: pd.DataFrame,
    numbers: pd.Series,
    log: IssueLog,
) -> None:
    taken = values.index[values.notna().any(axis=1)]
    details = [
        Words(_named(values.loc[name], "zh"), _named(values.loc[name], "en")) for name in taken
    ]
    log.add("lineage_inherited", numbers[taken], detail=details)
    if "low_class" not in values:
        return
    known = recorded["low_class"].reindex(ways["parent_id"]).notna().to_numpy()
    parents = set(ways.loc[known, "child_id"])
    bare = values["low_class"].isna() & own["low_class"].isna() & values.index.isin(parents)
    lost = values.index[bare]
    log.add("lineage_class_open", numbers[lost], values=lost, field_key="low_class")


def _named(row: pd.Series, lang: str) -> str:
    names = [label(str(key), lang, with_unit=False) for key in row.index[row.notna()]]
    return "、".join(names) if lang == "zh" else ", ".join(names)


def _filled(changed: pd.DataFrame, recorded: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """Write inherited values; other rows keep what the file or the register says."""
    columns = {}
    for key in values.columns:
        told = changed[key] if key in changed else recorded[key].reindex(changed.index)
        told = told.astype(object)
        told = told.where(told.notna(), None)
        fresh = values[key].dropna()
        told.loc[fresh.index] = fresh
        columns[str(key)] = told
    result = changed.assign(**columns)
    return result if not isinstance(changed, gpd.GeoDataFrame) else gpd.GeoDataFrame(result)

"""Firms on parcels, many to many: firms' figures on parcels and parcels' land to firms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import AnalysisError, DuplicateParcelError, require, require_unique
from gis.area import M2_PER_MU

FIGURES = (
    "tax_wan", "value_added_wan", "revenue_wan", "rd_wan", "employees", "energy_tce",
    "emissions_t",
)  # fmt: skip
"""Figures of a firm that can be spread over its parcels."""

_TOLERANCE = 1e-9
_NO_ISSUES = pd.DataFrame(columns=["owner_uscc", "parcel_id", "kind", "value"])
Floats = NDArray[np.float64]


class BadShareError(AnalysisError):
    """Shares that cannot be: below 0, above 1, or a firm's told shares beyond its whole."""

    zh = "分摊比例有误：{found}。每个比例须在 0 到 1 之间，同一企业的 figure_share 合计不得超过 1。"
    en = (
        "Shares are wrong: {found}. Each lies between 0 and 1, and the figure_share of one firm "
        "adds to 1 at most."
    )


@dataclass(frozen=True)
class Allocation:
    """Firms' figures spread over parcels.

    Attributes
    ----------
    shares : DataFrame
        One row per holding: ``owner_uscc``, ``parcel_id``, ``area_share`` (of the parcel's land),
        ``land_m2``, ``figure_share`` (of the firm's figures), ``method``: ``told`` (the table
        gives the firm's share), ``area`` (by the firm's land) or ``even`` (several firms without
        a known share of one parcel: what is left is split evenly).
    by_parcel : DataFrame
        Per parcel the sum of each figure over its firms and ``<figure>_unknown``, the number of
        its firms whose figure is unknown. NaN where no firm with a known figure is on it.
    by_firm : DataFrame
        ``land_m2`` of each firm (NaN where it holds none, or any parcel that is not on record or
        has no known area: part of its land is not its land), ``parcels``.
    unallocated : DataFrame
        Per firm the part of each figure that no parcel takes; only firms with such a part.
    issues : DataFrame
        ``owner_uscc``, ``parcel_id``, ``kind`` (``firm_unknown``, ``parcel_unknown``,
        ``over_allocated``, ``share_even``, ``area_unknown``), ``value``.
    """

    shares: pd.DataFrame
    by_parcel: pd.DataFrame
    by_firm: pd.DataFrame
    unallocated: pd.DataFrame
    issues: pd.DataFrame


def allocate(
    firms: pd.DataFrame,
    parcels: pd.DataFrame,
    holdings: pd.DataFrame,
    *,
    figures: Sequence[str] = FIGURES,
    area: str = "geometry_area_m2",
) -> Allocation:
    """Spread firms' figures over the parcels they hold or rent, by land unless told otherwise.

    A firm's figure goes to its parcels in proportion to its land on each (``area_share`` × area
    of the parcel). Where the table has ``figure_share`` for a firm, those shares are used and what
    is left to 1 stays unallocated. Totals are kept: the sum over parcels plus what is unallocated
    is the sum over firms.

    Parameters
    ----------
    firms : DataFrame
        ``owner_uscc`` (unique) and the figures; NaN is unknown.
    parcels : DataFrame
        Indexed by unique ``parcel_id``, with the column ``area`` in m².
    holdings : DataFrame
        ``owner_uscc``, ``parcel_id``, ``area_share`` (0–1; NaN is unknown: the firm has what the
        others leave), optionally ``figure_share`` (0–1). Rows of one firm on one parcel are added.
        Shares of a parcel above 1 in sum are scaled down to 1 and told.

    Raises
    ------
    BadShareError
        If a share lies outside 0–1 or a firm's told shares exceed 1.
    DuplicateParcelError, MissingFieldError
        If ids repeat or columns are absent.

    Examples
    --------
    >>> firms = pd.DataFrame({"owner_uscc": ["A", "B"], "tax_wan": [90.0, 10.0]})
    >>> parcels = pd.DataFrame(
    ...     {"geometry_area_m2": [1_000.0, 2_000.0]}, index=pd.Index(["P1", "P2"], name="parcel_id")
    ... )
    >>> holdings = pd.DataFrame(
    ...     {"owner_uscc": ["A", "A", "B"], "parcel_id": ["P1", "P2", "P2"],
    ...      "area_share": [1.0, 0.5, 0.5]}
    ... )
    >>> found = allocate(firms, parcels, holdings, figures=["tax_wan"])
    >>> found.by_parcel["tax_wan"].tolist()  # 90 × 1000/2000; 90 × 1000/2000 + 10
    [45.0, 55.0]
    """
    require(firms, "owner_uscc", *figures, what="企业表")
    require(holdings, "owner_uscc", "parcel_id", "area_share", what="企业用地表")
    require(parcels, area, what="宗地表")
    require_unique(parcels)
    ids = pd.Index(firms["owner_uscc"])
    if not ids.is_unique:
        raise DuplicateParcelError(ids="、".join(map(str, ids[ids.duplicated()].unique()[:5])))
    _check_shares(holdings)
    rows, issues = _known(holdings, ids, parcels.index)
    rows, even, over = _area_shares(rows)
    rows["land_m2"] = rows["area_share"] * rows["parcel_id"].map(parcels[area]).astype(float)
    blank = rows["land_m2"].isna()
    rows = _figure_shares(rows, even)
    issues += [_issues("over_allocated", over), _issues("share_even", rows[even])]
    issues.append(_issues("area_unknown", rows[blank]))
    values = firms.set_index("owner_uscc")[list(figures)].astype(float)
    by_parcel = _by_parcel(rows, values, parcels.index)
    taken = rows.groupby("owner_uscc")["figure_share"].sum().reindex(values.index).fillna(0.0)
    rest = (1.0 - taken).where(lambda left: left > _TOLERANCE, 0.0)
    left = values.mul(rest, axis=0)[rest > 0]
    grouped = rows.groupby("owner_uscc")
    by_firm = pd.DataFrame(
        {"land_m2": grouped["land_m2"].sum(min_count=1), "parcels": grouped.size()}
    ).reindex(values.index)
    lacking = pd.concat([part for part in issues if len(part)] or [_NO_ISSUES])
    lacking = lacking[lacking["kind"].isin(("parcel_unknown", "area_unknown"))]
    by_firm.loc[by_firm.index.isin(lacking["owner_uscc"]), "land_m2"] = np.nan
    by_firm["parcels"] = by_firm["parcels"].fillna(0).astype(int)
    return Allocation(rows, by_parcel, by_firm, left, pd.concat(issues, ignore_index=True))


def per_mu(allocation: Allocation, parcels: pd.DataFrame, figure: str, *, area: str) -> pd.Series:
    """Return a figure per 亩 of each parcel through its firms (亩均).

    Returns
    -------
    Series
        ``<figure>_per_mu`` on the index of ``parcels``; NaN where the area is unknown or 0, or
        where any firm on the parcel has no known figure.
    """
    require(parcels, area, what="宗地表")
    land = parcels[area].astype(float)
    whole = allocation.by_parcel[figure].where(allocation.by_parcel[f"{figure}_unknown"] == 0)
    found = whole.reindex(parcels.index) / (land.where(land > 0) / M2_PER_MU)
    return found.rename(f"{figure}_per_mu")


def _check_shares(holdings: pd.DataFrame) -> None:
    faults = []
    for name in ("area_share", "figure_share"):
        if name in holdings:
            told = pd.to_numeric(holdings[name], errors="coerce")
            bad = holdings[(told < 0) | (told > 1) | (told.isna() & holdings[name].notna())]
            faults += [
                f"{u} / {p} {name} {s}"
                for u, p, s in bad[["owner_uscc", "parcel_id", name]].head(5).to_numpy()
            ]
    if "figure_share" in holdings:
        told = pd.to_numeric(holdings["figure_share"], errors="coerce")
        sums = told.groupby(holdings["owner_uscc"]).sum()
        faults += [f"{u} Σ figure_share {s:g}" for u, s in sums[sums > 1 + _TOLERANCE].items()][:5]
    if faults:
        raise BadShareError(found="；".join(faults))


def _known(
    holdings: pd.DataFrame, firms: pd.Index, parcels: pd.Index
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Return the holdings of known firms on known parcels, one row for each pair, and the rest."""
    strange_firm = ~holdings["owner_uscc"].isin(firms)
    strange = ~strange_firm & ~holdings["parcel_id"].isin(parcels)
    issues = [
        _issues("firm_unknown", holdings[strange_firm]),
        _issues("parcel_unknown", holdings[strange]),
    ]
    kept = holdings[~strange_firm & ~strange].copy()
    if "figure_share" not in kept:
        kept["figure_share"] = np.nan
    for name in ("area_share", "figure_share"):
        kept[name] = pd.to_numeric(kept[name]).astype(float)
    # What a firm tells of a parcel that is not on record stays with no parcel.
    told = holdings[~strange_firm]
    names = told.loc[told.get("figure_share", pd.Series(np.nan, told.index)).notna(), "owner_uscc"]
    kept["told"] = kept["owner_uscc"].isin(names)
    keys = ["owner_uscc", "parcel_id"]
    pairs = kept.groupby(keys, sort=True)
    rows = pairs[["area_share", "figure_share"]].sum(min_count=1)
    return rows.assign(told=pairs["told"].any()).reset_index(), issues


def _area_shares(
    rows: pd.DataFrame,
) -> tuple[pd.DataFrame, NDArray[np.bool_], pd.DataFrame]:
    """Fill unknown shares with what the others leave, and scale shares beyond the whole."""
    unknown = rows["area_share"].isna()
    group = rows.groupby("parcel_id")
    known = group["area_share"].transform("sum")
    open_rows = unknown.groupby(rows["parcel_id"]).transform("sum")
    left = (1.0 - known).clip(lower=0.0) / open_rows.where(open_rows > 0)
    share = rows["area_share"].where(~unknown, left)
    beyond = known > 1 + _TOLERANCE
    share = share.where(~beyond, share / known)
    even = (unknown & (open_rows > 1)).to_numpy(dtype=bool)
    over = rows[beyond].assign(value=known[beyond])
    return rows.assign(area_share=share.astype(float)), even, over


def _figure_shares(rows: pd.DataFrame, even: NDArray[np.bool_]) -> pd.DataFrame:
    """Share of a firm's figures for each of its holdings: told, else by its land."""
    land = rows["land_m2"].fillna(0.0)
    whole = land.groupby(rows["owner_uscc"]).transform("sum")
    by_land = (land / whole.where(whole > 0)).fillna(0.0)
    told = rows["told"].to_numpy(dtype=bool)
    share = np.where(told, rows["figure_share"].fillna(0.0), by_land)
    method = np.where(told, "told", np.where(even, "even", "area"))
    return rows.drop(columns="told").assign(figure_share=share, method=method)


def _by_parcel(rows: pd.DataFrame, values: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    columns = {}
    for figure in values.columns:
        own = values[figure].reindex(rows["owner_uscc"]).to_numpy()
        unknown = pd.Series(np.isnan(own), index=rows["parcel_id"]).groupby(level=0).sum()
        part = pd.Series(own * rows["figure_share"].to_numpy(), index=rows["parcel_id"])
        columns[figure] = part.groupby(level=0).sum(min_count=1).reindex(index)
        columns[f"{figure}_unknown"] = unknown.reindex(index).fillna(0).astype(int)
    return pd.DataFrame(columns, index=index)


def _issues(kind: str, rows: pd.DataFrame) -> pd.DataFrame:
    found = rows[["owner_uscc", "parcel_id"]].assign(kind=kind)
    value = rows["value"] if "value" in rows else rows.get("area_share")
    return found.assign(value=value.astype(float) if value is not None else np.nan)

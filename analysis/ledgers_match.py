"""Which rows of two ledgers are the same land: by code, then firm, then overlap; never by guess."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.ledger_rules import LedgerRules
from gis.crs import METRIC_CRS

HOW = ("code", "uscc", "name", "overlap")
"""Ways in which two rows can be the same land, the surest first."""

_SEVERAL = re.compile(r"[、,;/\\\n]|\s{2,}")
_AND_OTHERS = re.compile(r"等(?:\d+|[一二三四五六七八九十]+)?[户家人]?$")
_CREDIT_CODE = 18
Pairs = pd.DataFrame


def owner_names(cell: object) -> frozenset[str]:
    """Return the names in an owner cell, without blanks, width variants and "and others".

    Examples
    --------
    >>> sorted(owner_names("甲（瑞安）厂、乙厂 等3户"))
    ['乙厂', '甲(瑞安)厂']
    >>> owner_names(None)
    frozenset()
    """
    if not isinstance(cell, str):
        return frozenset()
    plain = unicodedata.normalize("NFKC", cell).strip()
    names = (
        _AND_OTHERS.sub("", "".join(part.split())) for part in _SEVERAL.split(plain.rstrip("。."))
    )
    return frozenset(name for name in names if name and "*" not in name)


def credit_codes(cells: pd.Series) -> pd.Series:
    """Return credit codes of full length in capitals; None for any other text."""
    texts = cells.astype("string").str.normalize("NFKC").str.replace(r"\s", "", regex=True)
    texts = texts.str.upper()
    return texts.where(texts.str.len() == _CREDIT_CODE).astype(object).where(lambda c: c.notna())


def match_rows(
    jx: pd.DataFrame, zg: pd.DataFrame, parcels: gpd.GeoDataFrame | None, *, rules: LedgerRules
) -> Pairs:
    """Pair the rows of two ledgers.

    A row is paired once at most. Where a firm has several plots left, those of the same area are
    taken; what stays open is not paired. Two rows whose codes are both on record and differ are
    never the same land.

    Parameters
    ----------
    jx, zg : DataFrame
        Rows by number; ``parcel_id``, ``owner``, ``owner_uscc`` and ``registered_area_m2`` are
        looked at where they are there; a GeoDataFrame brings shapes of its own.
    parcels : GeoDataFrame, optional
        Parcels on record by ``parcel_id``, whose shapes stand for rows with their code.
    rules : LedgerRules
        When areas are the same, and how much two shapes must share.

    Returns
    -------
    DataFrame
        ``jx``, ``zg`` (row labels) and ``matched_by``, one of `HOW`; sorted by ``jx``.
    """
    known = [on_record(_column(frame, "parcel_id"), parcels) for frame in (jx, zg)]
    done: list[Pairs] = []
    steps: tuple[tuple[str, Callable[[pd.DataFrame, pd.DataFrame], Pairs]], ...] = (
        ("code", _by_code),
        ("uscc", _by_credit_code),
        ("name", _by_name),
        ("overlap", lambda a, b: _by_overlap(a, b, parcels, rules.overlap_share)),
    )
    for how, candidates in steps:
        left = jx.drop(index=[row for part in done for row in part["jx"]])
        right = zg.drop(index=[row for part in done for row in part["zg"]])
        found = candidates(left, right)
        if how != "code":
            found = _not_two_codes(found, *known)
        if how in ("uscc", "name"):
            sure = _once(found)
            rest = found[~found["jx"].isin(sure["jx"]) & ~found["zg"].isin(sure["zg"])]
            found = pd.concat([sure, _once(_same_area(rest, left, right, rules))])
        done.append(found.assign(matched_by=how))
    return pd.concat(done).sort_values(["jx", "zg"], ignore_index=True)


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    if name in frame:
        return pd.Series(frame[name])
    return pd.Series(None, index=frame.index, dtype=object)


def _pairs(left: pd.Series, right: pd.Series) -> Pairs:
    """Every pair of rows of the same known value."""
    a = pd.DataFrame({"jx": left.index, "value": left.to_numpy()}).dropna()
    b = pd.DataFrame({"zg": right.index, "value": right.to_numpy()}).dropna()
    return a.merge(b, on="value")[["jx", "zg"]]


def _once(pairs: Pairs) -> Pairs:
    """Pairs whose rows occur in no other pair."""
    alone = ~pairs["jx"].duplicated(keep=False) & ~pairs["zg"].duplicated(keep=False)
    return pairs[alone]


def _by_code(jx: pd.DataFrame, zg: pd.DataFrame) -> Pairs:
    pairs = _pairs(_column(jx, "parcel_id"), _column(zg, "parcel_id"))
    pairs = pairs.sort_values(["jx", "zg"])  # of a code that comes twice the first row counts
    pairs = pairs[~pairs["jx"].duplicated()]
    return pairs[~pairs["zg"].duplicated()]


def _by_credit_code(jx: pd.DataFrame, zg: pd.DataFrame) -> Pairs:
    codes = (credit_codes(_column(frame, "owner_uscc")) for frame in (jx, zg))
    return _pairs(*codes)


def _by_name(jx: pd.DataFrame, zg: pd.DataFrame) -> Pairs:
    names = (_column(frame, "owner").map(owner_names).map(sorted).explode() for frame in (jx, zg))
    return _pairs(*names).drop_duplicates()


def on_record(codes: pd.Series, parcels: pd.DataFrame | None) -> pd.Series:
    """Return which codes are those of parcels on record; none where there are no parcels."""
    known = np.zeros(len(codes), dtype=bool)
    if parcels is not None:
        known = np.asarray(parcels.index.get_indexer(pd.Index(codes, dtype=object)) >= 0)
    return pd.Series(known, index=codes.index)


def _not_two_codes(pairs: Pairs, left: pd.Series, right: pd.Series) -> Pairs:
    """Leave out pairs of rows that are both on record, under two codes."""
    mine, theirs = left.reindex(pairs["jx"]).to_numpy(), right.reindex(pairs["zg"]).to_numpy()
    return pairs[~(mine & theirs)]


def _same_area(pairs: Pairs, jx: pd.DataFrame, zg: pd.DataFrame, rules: LedgerRules) -> Pairs:
    a = _column(jx, "registered_area_m2").reindex(pairs["jx"]).to_numpy(float, na_value=np.nan)
    b = _column(zg, "registered_area_m2").reindex(pairs["zg"]).to_numpy(float, na_value=np.nan)
    return pairs[areas_agree(a, b, rules)]


def areas_agree(a: np.ndarray, b: np.ndarray, rules: LedgerRules) -> np.ndarray:
    """Say which areas (m²) are the same within the rules; unknown agrees with nothing."""
    apart = np.abs(a - b)
    near = apart <= np.maximum(rules.area_least_m2, rules.area_share * np.maximum(a, b))
    return np.asarray(near & ~np.isnan(apart))


def _by_overlap(
    jx: pd.DataFrame, zg: pd.DataFrame, parcels: gpd.GeoDataFrame | None, least_share: float
) -> Pairs:
    """Pairs that share most of the smaller shape; each the other's largest."""
    left, right = _shapes(jx, parcels), _shapes(zg, parcels)
    first, second = shapely.STRtree(right).query(left, predicate="intersects")
    common = shapely.area(shapely.intersection(left[first], right[second]))
    smaller = np.minimum(shapely.area(left[first]), shapely.area(right[second]))
    pairs = pd.DataFrame(
        {"jx": jx.index[first], "zg": zg.index[second], "common": common, "of": smaller}
    )
    pairs = pairs[(pairs["of"] > 0) & (pairs["common"] >= least_share * pairs["of"])]
    pairs = pairs.sort_values(["common", "jx", "zg"], ascending=[False, True, True])
    mutual = ~pairs["jx"].duplicated() & ~pairs["zg"].duplicated()
    return pairs.loc[mutual, ["jx", "zg"]]


def _shapes(ledger: pd.DataFrame, parcels: gpd.GeoDataFrame | None) -> np.ndarray:
    """Shape of each row in metres: its own, else that of the parcel with its code; None if none."""
    shapes = np.full(len(ledger), None, dtype=object)
    if parcels is not None:
        at = parcels.index.get_indexer(pd.Index(_column(ledger, "parcel_id")))
        known = parcels.geometry.iloc[at[at >= 0]].to_crs(METRIC_CRS)
        shapes[at >= 0] = known.to_numpy()
    if isinstance(ledger, gpd.GeoDataFrame):
        own = ledger.geometry.to_crs(METRIC_CRS).to_numpy()
        there = ~shapely.is_missing(own)
        shapes[there] = own[there]
    return np.asarray(shapely.make_valid(shapes), dtype=object)

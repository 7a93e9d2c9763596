"""Two bureaus' ledgers side by side: where they differ, how much land that is, who resolves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.ledgers_match import (
    areas_agree,
    credit_codes,
    match_rows,
    on_record,
    owner_names,
)
from analysis.ledgers_units import UNIT_RATIOS, polygon_areas, unit_times
from data import schema
from data.ledger_rules import FIELDS, KINDS, LedgerRules, NoSuchDifferenceError, Resolution
from gis.area import to_mu

COLUMNS = (
    "parcel_id", "parcel_name", "town", "field", "jx", "zg", "size_m2", "land_m2", "bureau",
    "unit_ratio", "matched_by", "jx_row", "zg_row", "resolved", "decision", "document",
)  # fmt: skip
"""Columns of a difference, see `LedgerComparison`."""

_TYPES: dict[str, Any] = {
    **dict.fromkeys(("parcel_id", "town", "field", "jx", "zg", "bureau", "matched_by"), object),
    **dict.fromkeys(("size_m2", "land_m2", "unit_ratio"), "float64"),
    **dict.fromkeys(("jx_row", "zg_row"), "Int64"),
}
LOW = frozenset(schema.enum_codes("low_class")) - {"not_low", "insufficient"}
_KEY = {
    "code": "parcel_id", "area": "registered_area_m2", "owner": "owner", "class": "low_class",
    "stage": "stage",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LedgerComparison:
    """What two ledgers say of the same land.

    Attributes
    ----------
    pairs : DataFrame
        ``jx``, ``zg`` (row labels), ``matched_by``, ``parcel_id``.
    differences : DataFrame
        `COLUMNS`: one row for each parcel and kind (`KINDS`). ``jx`` and ``zg`` are
        what either ledger says (area in m², codes of closed lists, text); ``size_m2`` is how far
        areas are apart, else the land concerned; ``land_m2`` the parcel's area (NaN: unknown);
        ``unit_ratio`` by how many times the area of ``jx`` seems to be in another unit than that
        of ``zg`` (``size_m2`` and ``land_m2`` are then taken without that mistake);
        ``bureau`` the code of who must resolve it. By parcel and kind.
    only_jx, only_zg : int
        Rows that have no partner (``only_zg`` counts land of a low class only: the economy bureau
        lists no other).
    repeated : int
        Rows whose code came before in the same ledger.
    """

    pairs: pd.DataFrame
    differences: pd.DataFrame
    only_jx: int
    only_zg: int
    repeated: int

    @property
    def unresolved(self) -> pd.DataFrame:
        """Differences and unmatched rows that nobody has resolved."""
        return self.differences[~self.differences["resolved"].to_numpy(dtype=bool)]

    @property
    def open(self) -> pd.DataFrame:
        """Differences about land on both ledgers that nobody has resolved."""
        rows = self.unresolved
        return rows[rows["field"].isin(FIELDS).to_numpy(dtype=bool)]

    def open_parcels(self) -> pd.Index:
        """Return the parcels with an open difference, sorted (those of unknown code left out)."""
        return pd.Index(self.open["parcel_id"].dropna().unique()).sort_values()


def compare_ledgers(
    jx: pd.DataFrame,
    zg: pd.DataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    *,
    rules: LedgerRules,
    resolved: Sequence[Resolution] = (),
) -> LedgerComparison:
    """Compare the ledger of the economy bureau with that of the land bureau.

    Parameters
    ----------
    jx, zg : DataFrame
        Rows with ``owner`` and, where known, ``parcel_id``, ``owner_uscc``, ``town``,
        ``registered_area_m2`` (m²), ``low_class``, ``stage``, ``source_row``.
    parcels : GeoDataFrame, optional
        Parcels on record, by ``parcel_id``.
    rules : LedgerRules
        From when a difference counts, and who resolves it.
    resolved : sequence of Resolution
        What was agreed; holds only while both ledgers say what they said then.

    Returns
    -------
    LedgerComparison
        A value that either ledger does not know is no difference.

    Examples
    --------
    >>> from data.ledger_rules import load_ledger_rules
    >>> jx = pd.DataFrame({"parcel_id": ["P1"], "owner": ["甲厂"], "registered_area_m2": [6_000.0]})
    >>> zg = pd.DataFrame({"parcel_id": ["P1"], "owner": ["甲厂"], "registered_area_m2": [4_000.0]})
    >>> found = compare_ledgers(jx, zg, rules=load_ledger_rules()).differences
    >>> found[["parcel_id", "field", "size_m2", "bureau"]].values.tolist()
    [['P1', 'area', 2000.0, 'zg']]
    """
    jx, zg = jx.reset_index(drop=True), zg.reset_index(drop=True)
    repeated = [_repeated(frame) for frame in (jx, zg)]
    jx, zg = jx[~repeated[0]], zg[~repeated[1]]
    pairs = match_rows(jx, zg, parcels, rules=rules)
    left, right = _side(jx, pairs["jx"]), _side(zg, pairs["zg"])
    pairs["parcel_id"] = _code_of(left, right, parcels)
    left, right = (_meant(side, pairs["parcel_id"], parcels, rules) for side in (left, right))
    found = [
        _told(kind, pairs, left, right, differs, rules)
        for kind, differs in _differing(left, right, rules).items()
    ]
    alone_jx = _alone(jx, pairs["jx"])
    alone_zg = _alone(zg[_column(zg, "low_class").isin(LOW)], pairs["zg"])
    for kind, rows in (("only_jx", alone_jx), ("only_zg", alone_zg)):
        found.append(_unlisted(kind, _meant(rows, rows["parcel_id"], parcels, rules), rules))
    table = pd.concat([part.astype(_TYPES) for part in found], ignore_index=True)
    table = _named(_with_resolutions(table, resolved), parcels)
    order = table["field"].map({kind: at for at, kind in enumerate(KINDS)})
    table = table.assign(_at=order).sort_values(
        ["parcel_id", "_at", "jx_row", "zg_row"], na_position="last", ignore_index=True
    )
    counts = len(alone_jx), len(alone_zg), int(repeated[0].sum() + repeated[1].sum())
    return LedgerComparison(pairs, table[list(COLUMNS)], *counts)


def difference_totals(differences: pd.DataFrame) -> pd.DataFrame:
    """Return the number of differences and their land by kind and bureau.

    Parameters
    ----------
    differences : DataFrame
        As `LedgerComparison.differences`.

    Returns
    -------
    DataFrame
        ``field``, ``bureau``, ``differences``, ``open``, ``size_m2``, ``open_size_m2`` (known
        sizes only), ``size_unknown``; in the order of the kinds.
    """
    table = differences.assign(
        open=~differences["resolved"].astype(bool),
        size_m2=differences["size_m2"].astype(float),
        size_unknown=differences["size_m2"].isna(),
        differences=1,
    )
    table["open_size_m2"] = table["size_m2"].where(table["open"], 0.0)
    names = ["differences", "open", "size_m2", "open_size_m2", "size_unknown"]
    summed = table.groupby(["field", "bureau"])[names].sum().reset_index()
    whole = ["differences", "open", "size_unknown"]
    summed = summed.astype(dict.fromkeys(whole, int))
    order = summed["field"].map({kind: at for at, kind in enumerate(KINDS)})
    return (
        summed.assign(_at=order)
        .sort_values(["_at", "bureau"])
        .drop(columns="_at")[["field", "bureau", *names]]
    )


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    if name in frame:
        return pd.Series(frame[name])
    return pd.Series(None, index=frame.index, dtype=object)


def _repeated(frame: pd.DataFrame) -> np.ndarray:
    codes = _column(frame, "parcel_id")
    return (codes.notna() & codes.duplicated()).to_numpy(dtype=bool)


def _side(frame: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """Take the rows of one ledger in the order of the pairs."""
    names = {*_KEY.values(), "owner_uscc", "town", "source_row"}
    plain = pd.DataFrame({name: _column(frame, name) for name in sorted(names)})
    if "source_row" not in frame:
        plain["source_row"] = plain.index + 1
    area = plain["registered_area_m2"].to_numpy(float, na_value=np.nan)
    return plain.assign(registered_area_m2=area).loc[rows.to_numpy()].reset_index(drop=True)


def _alone(frame: pd.DataFrame, paired: pd.Series) -> pd.DataFrame:
    return _side(frame, pd.Series(frame.index[~frame.index.isin(paired)]))


def _meant(
    side: pd.DataFrame, codes: pd.Series, parcels: gpd.GeoDataFrame | None, rules: LedgerRules
) -> pd.DataFrame:
    """Add what each area means by the recorded polygon: ``times`` another unit, ``meant_m2``."""
    stated, measured = side["registered_area_m2"], polygon_areas(codes, parcels)
    times = unit_times(stated, measured, share=rules.unit_polygon_share)
    return side.assign(times=times, meant_m2=stated / times)


def _code_of(
    left: pd.DataFrame, right: pd.DataFrame, parcels: gpd.GeoDataFrame | None
) -> np.ndarray:
    """Take the land bureau's code, unless only the other one is on record."""
    mine, other = right["parcel_id"], left["parcel_id"]
    if parcels is not None:
        mine = mine.mask(on_record(other, parcels) & ~on_record(mine, parcels), other)
    return np.asarray(mine.where(mine.notna(), other).astype(object))


def _differing(
    left: pd.DataFrame, right: pd.DataFrame, rules: LedgerRules
) -> dict[str, np.ndarray]:
    """Where both ledgers know a value and it is not the same."""
    found = {}
    for kind in FIELDS:
        a, b = left[_KEY[kind]], right[_KEY[kind]]
        both = (a.notna() & b.notna()).to_numpy(dtype=bool)
        if kind == "area":
            same = areas_agree(a.to_numpy(float), b.to_numpy(float), rules)
        elif kind == "owner":
            same = _same_owner(left, right)
            asked = np.flatnonzero(both & ~same)
            named = [
                a.iloc[asked].map(owner_names).map(len),
                b.iloc[asked].map(owner_names).map(len),
            ]
            same[asked] = ((named[0] == 0) | (named[1] == 0)).to_numpy(dtype=bool)
        else:
            same = (a.astype(object) == b.astype(object)).to_numpy(dtype=bool)
        found[kind] = both & ~same
    return found


def _same_owner(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    """Say where credit codes are the same, or a name is common to both cells."""
    a, b = (credit_codes(frame["owner_uscc"]) for frame in (left, right))
    same = ((a == b) & a.notna()).to_numpy(dtype=bool)
    same = same | (left["owner"].astype(object) == right["owner"].astype(object)).to_numpy(bool)
    open_rows = np.flatnonzero(~same)
    mine = left["owner"].iloc[open_rows].map(owner_names)
    theirs = right["owner"].iloc[open_rows].map(owner_names)
    same[open_rows] = [bool(one & other) for one, other in zip(mine, theirs, strict=True)]
    return same


def _told(
    kind: str,
    pairs: pd.DataFrame,
    left: pd.DataFrame,
    right: pd.DataFrame,
    differs: np.ndarray,
    rules: LedgerRules,
) -> pd.DataFrame:
    mine, theirs = left[differs], right[differs]
    land = theirs["meant_m2"].fillna(mine["meant_m2"])
    size, ratio = land, pd.Series(np.nan, index=land.index)
    if kind == "area":
        seen = mine["times"] / theirs["times"]  # what the polygon says, else the areas themselves
        told = _unit_ratio(mine["meant_m2"], theirs["meant_m2"], rules)
        size = (mine["meant_m2"] / told.fillna(1.0) - theirs["meant_m2"]).abs()
        ratio = seen.where(seen != 1).fillna(told)
    a, b = mine[_KEY[kind]].astype(object), theirs[_KEY[kind]].astype(object)
    special = rules.land_values.get(kind, ())
    land_bureau = (a.isin(special) | b.isin(special)).to_numpy(dtype=bool)
    return pd.DataFrame(
        {
            "parcel_id": pairs.loc[differs, "parcel_id"],
            "town": theirs["town"].where(theirs["town"].notna(), mine["town"]),
            "field": kind,
            "jx": a,
            "zg": b,
            "size_m2": size,
            "land_m2": land,
            "bureau": np.where(land_bureau, "zg", rules.resolve[kind]),
            "unit_ratio": ratio,
            "matched_by": pairs.loc[differs, "matched_by"],
            "jx_row": mine["source_row"],
            "zg_row": theirs["source_row"],
        }
    )


def _unit_ratio(mine: pd.Series, theirs: pd.Series, rules: LedgerRules) -> pd.Series:
    """Return the ratio of units that two areas are apart by, NaN where it is none."""
    times = (mine / theirs.where(theirs > 0)).to_numpy(dtype=float)
    found = np.full(len(times), np.nan)
    for ratio in (*UNIT_RATIOS, *(1 / ratio for ratio in UNIT_RATIOS)):
        found[np.abs(times / ratio - 1) <= rules.unit_share] = ratio
    return pd.Series(found, index=mine.index)


def _unlisted(kind: str, rows: pd.DataFrame, rules: LedgerRules) -> pd.DataFrame:
    """Land that only one of the ledgers has; what it says is told by its owner."""
    mine = "jx" if kind == "only_jx" else "zg"
    nothing = pd.Series(None, index=rows.index, dtype=object)
    sides = {name: rows["owner"] if name == mine else nothing for name in ("jx", "zg")}
    numbers = {
        f"{name}_row": rows["source_row"] if name == mine else nothing for name in ("jx", "zg")
    }
    area, times = rows["meant_m2"], rows["times"].where(rows["times"] != 1)
    return pd.DataFrame(
        {
            "parcel_id": rows["parcel_id"], "town": rows["town"], "field": kind, **sides,
            "size_m2": area, "land_m2": area, "bureau": rules.resolve[kind],
            "unit_ratio": times if mine == "jx" else 1 / times,
            "matched_by": nothing, **numbers,
        }
    )  # fmt: skip


def said(field: str, value: Any) -> str:
    """Return what a ledger says as plain text, for a resolution to hold on to.

    Examples
    --------
    >>> said("area", 6_000.0), said("owner", "甲厂"), said("only_jx", None)
    ('9.0000', '甲厂', '')
    """
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return f"{to_mu(float(value)):.4f}" if field == "area" else str(value)


def resolution_of(
    found: LedgerComparison, parcel_id: str, field: str, decision: str, document: str
) -> Resolution:
    """Return a resolution of an open difference, with what both ledgers say now.

    Raises
    ------
    NoSuchDifferenceError
        If there is no open difference of that kind on the parcel.
    """
    rows = found.unresolved
    rows = rows[(rows["parcel_id"] == parcel_id) & (rows["field"] == field)]
    if rows.empty:
        raise NoSuchDifferenceError(parcel=parcel_id[:60], field=field)
    row = rows.iloc[0]
    told = said(field, row["jx"]), said(field, row["zg"])
    return Resolution(parcel_id, field, *told, decision.strip(), document.strip())


def _with_resolutions(table: pd.DataFrame, resolved: Sequence[Resolution]) -> pd.DataFrame:
    """Mark what was agreed, where both ledgers still say what they said then."""
    known = {(one.parcel_id, one.field): one for one in resolved}
    keys = pd.MultiIndex.from_frame(table[["parcel_id", "field"]])
    held: list[Resolution | None] = [None] * len(table)
    for at in np.flatnonzero(keys.isin(list(known))) if known else ():
        row = table.iloc[at]
        one = known[row["parcel_id"], row["field"]]
        if (one.jx, one.zg) == (said(one.field, row["jx"]), said(one.field, row["zg"])):
            held[at] = one
    return table.assign(
        resolved=[one is not None for one in held],
        decision=pd.Series([one and one.decision for one in held], table.index, dtype=object),
        document=pd.Series([one and one.document for one in held], table.index, dtype=object),
    )


def _named(table: pd.DataFrame, parcels: gpd.GeoDataFrame | None) -> pd.DataFrame:
    if parcels is None or "parcel_name" not in parcels:
        return table.assign(parcel_name=None)
    return table.assign(parcel_name=table["parcel_id"].map(parcels["parcel_name"]).to_numpy())

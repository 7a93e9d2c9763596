"""What building higher would bring: floor area gained at a line, and the land it stands for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.errors import BadRangeError, require
from gis.area import to_mu

LINES = (2.0, 3.0)
"""Plot ratios that uplift is told for by default: the policy line and that of pilots."""


def line_name(line: float) -> str:
    """Return a plot ratio as it stands in names of columns and in texts, every digit kept.

    Examples
    --------
    >>> line_name(2), line_name(2.04), line_name(2.25)
    ('2.0', '2.04', '2.25')
    """
    return str(float(line))


def floor_gain(far: pd.Series, land_m2: pd.Series, *, line: float) -> pd.DataFrame:
    """Return the floor area gained if a parcel rose to a plot ratio.

    Parameters
    ----------
    far : Series
        Present plot ratio.
    land_m2 : Series
        Land area (m²) on the same index.
    line : float
        Plot ratio to rise to, > 0.

    Returns
    -------
    DataFrame
        ``gain_m2 = max(0, line - far) × land`` and ``saved_mu``: the land (亩) that the gain would
        need at ``line`` elsewhere, ``gain_m2 / line``. NaN where something is unknown.

    Raises
    ------
    BadRangeError
        If the line is not above 0.

    Examples
    --------
    >>> gain = floor_gain(pd.Series([0.5, 2.4]), pd.Series([20_000.0, 10_000.0]), line=2.0)
    >>> gain["gain_m2"].tolist(), gain["saved_mu"].round(6).tolist()
    ([30000.0, 0.0], [22.5, 0.0])
    """
    if not line > 0:
        raise BadRangeError(what="容积率 plot ratio", found=line)
    gain = (line - far.astype(float)).clip(lower=0.0) * land_m2.astype(float)
    return pd.DataFrame({"gain_m2": gain, "saved_mu": to_mu(gain / line)}, index=far.index)


def uplift(
    frame: pd.DataFrame,
    *,
    by: str,
    lines: Sequence[float] = LINES,
    far: str = "far_computed",
    land: str = "land_area_m2",
) -> pd.DataFrame:
    """Sum the gain by town, park, industry or any other column.

    Parameters
    ----------
    frame : DataFrame
        One row per parcel with ``by``, ``far`` and ``land``; where ``exempt`` is there, exempt
        parcels gain nothing and are counted; where ``no_building`` is there, so are parcels on
        which nothing stands: when to start is asked of them, not how to build higher.
    by : str
        Column to group by; parcels where it is empty form their own group, the last.
    lines : sequence of float
        Plot ratios to rise to.
    far, land : str
        Columns of the plot ratio and of the land area (m²).

    Returns
    -------
    DataFrame
        By group: ``parcels``, ``land_m2``, ``far_mean`` (weighted by land, without parcels on
        which nothing stands) and ``far_mean_all`` (with them), ``far_unknown``, ``exempt``,
        ``no_building`` and ``no_building_land_m2``, and for each line ``gain_2.0_m2`` and
        ``saved_2.0_mu``. Sums leave unknown parcels out, and are NaN where every parcel is unknown.

    Examples
    --------
    >>> frame = pd.DataFrame({"town": ["A", "A", "B"], "far_computed": [1.0, None, 2.5],
    ...     "land_area_m2": [10_000.0, 5_000.0, 8_000.0]})
    >>> found = uplift(frame, by="town")
    >>> found[["gain_2.0_m2", "gain_3.0_m2", "far_unknown"]].values.tolist()
    [[10000.0, 20000.0, 1.0], [0.0, 4000.0, 0.0]]
    """
    require(frame, by, far, land, what="宗地表")
    ratio, area = frame[far].astype(float), frame[land].astype(float)
    exempt, bare = flagged(frame, "exempt"), flagged(frame, "no_building")
    known = ratio.notna() & area.notna()
    table = pd.DataFrame({by: frame[by], "land_m2": area, "far_unknown": ~known, "exempt": exempt})
    table["no_building"], table["no_building_land_m2"] = bare, area.where(bare, 0.0)
    table["_floor"], table["_land"] = ratio * area, area.where(known)
    table["_built"], table["_built_land"] = (table[name].mask(bare) for name in ("_floor", "_land"))
    for line in lines:
        gain = floor_gain(ratio, area, line=line)
        gain.loc[(exempt | bare) & known.to_numpy()] = 0.0
        table[f"gain_{line_name(line)}_m2"] = gain["gain_m2"]
        table[f"saved_{line_name(line)}_mu"] = gain["saved_mu"]
    groups = table.groupby(by, dropna=False, observed=True, sort=True)
    sums = groups.sum(min_count=1)
    result = groups.size().rename("parcels").to_frame()
    result["land_m2"] = sums["land_m2"]
    result["far_mean"] = sums["_built"] / sums["_built_land"]
    result["far_mean_all"] = sums["_floor"] / sums["_land"]
    counts = ["far_unknown", "exempt", "no_building"]
    result[counts] = sums[counts].astype(int)
    result["no_building_land_m2"] = sums["no_building_land_m2"]
    gains = [name for name in sums.columns if name.startswith(("gain_", "saved_"))]
    return result.join(sums[gains])


def flagged(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Return a column of yes and no, all no where it is not there.

    Examples
    --------
    >>> flagged(pd.DataFrame({"exempt": [True]}), "no_building").tolist()
    [False]
    """
    return frame[name].to_numpy(bool) if name in frame else np.zeros(len(frame), bool)


def cheap_uplift(
    frame: pd.DataFrame,
    *,
    line: float = 2.0,
    least_mu: float = 10.0,
    far_below: float = 1.0,
    far: str = "far_computed",
    land: str = "land_area_m2",
) -> pd.DataFrame:
    """List the parcels where much floor area is to be had from few people.

    Parameters
    ----------
    frame : DataFrame
        One row per parcel with ``far`` and ``land``; ``single_owner``, ``exempt`` and
        ``no_building`` are used where present.
    line : float
        Plot ratio to rise to.
    least_mu, far_below : float
        Land of at least so many 亩, plot ratio below this.
    far, land : str
        Columns of the plot ratio and of the land area (m²).

    Returns
    -------
    DataFrame
        ``land_mu``, ``far``, ``single_owner`` (nullable), ``gain_m2``, ``saved_mu``; parcels known
        to have several owners, exempt ones and those on which nothing stands are left out,
        unknown ownership comes after single owners. The largest gain first; equal ones by index.

    Examples
    --------
    >>> frame = pd.DataFrame({"far_computed": [0.4, 0.6, 0.3], "exempt": [False, False, True],
    ...     "land_area_m2": [20_000.0, 40_000.0, 90_000.0]}, index=["P1", "P2", "P3"])
    >>> cheap_uplift(frame)["gain_m2"].to_dict()
    {'P2': 56000.0, 'P1': 32000.0}
    """
    require(frame, far, land, what="宗地表")
    none = pd.Series(pd.NA, index=frame.index, dtype="boolean")
    owner = frame["single_owner"].astype("boolean") if "single_owner" in frame else none
    out = flagged(frame, "exempt") | flagged(frame, "no_building")
    mu = to_mu(frame[land].astype(float))
    ratio = frame[far].astype(float)
    kept = (mu >= least_mu) & (ratio < far_below) & ~out & owner.fillna(True).astype(bool)
    found = pd.DataFrame({"land_mu": mu, "far": ratio, "single_owner": owner})
    found = found.join(floor_gain(ratio, frame[land], line=line))[kept]
    order = found.assign(_open=found["single_owner"].isna(), _gain=-found["gain_m2"]).sort_index()
    return found.loc[order.sort_values(["_open", "_gain"], kind="stable").index]


def far_change(
    before: pd.DataFrame, after: pd.DataFrame, *, far: str = "far_computed",
    land: str = "land_area_m2",
) -> pd.DataFrame:  # fmt: skip
    """Compare the plot ratios of two dates, parcel by parcel.

    Returns
    -------
    DataFrame
        On all parcels of either date: ``far_before``, ``far_after``, ``far_change``,
        ``floor_change_m2`` (NaN where a side is unknown), ``kind``: ``new``, ``gone``, ``risen``,
        ``fallen``, ``same``, ``unknown``.

    Examples
    --------
    >>> a = pd.DataFrame({"far_computed": [1.0, 2.0], "land_area_m2": 100.0}, index=["P1", "P2"])
    >>> b = pd.DataFrame({"far_computed": [1.5, 2.0], "land_area_m2": 100.0}, index=["P1", "P3"])
    >>> far_change(a, b)["kind"].to_dict()
    {'P1': 'risen', 'P2': 'gone', 'P3': 'new'}
    """
    require(before, far, land, what="前一日期的宗地表")
    require(after, far, land, what="后一日期的宗地表")
    index = before.index.union(after.index)
    old, new = before[far].reindex(index).astype(float), after[far].reindex(index).astype(float)
    floor = (new * after[land].reindex(index)) - (old * before[land].reindex(index))
    change = new - old
    kind = np.select(
        [
            ~index.isin(before.index), ~index.isin(after.index), change.isna(),
            change > 1e-9, change < -1e-9,
        ],
        ["new", "gone", "unknown", "risen", "fallen"], "same",
    )  # fmt: skip
    return pd.DataFrame(
        {
            "far_before": old, "far_after": new, "far_change": change,
            "floor_change_m2": floor, "kind": kind,
        },
        index=index,
    )  # fmt: skip

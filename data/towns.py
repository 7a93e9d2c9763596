"""The 23 townships of 瑞安 with both official code systems and a rough place for the label."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.errors import TownsFaultyError

TOWNS_FILE = Path(__file__).with_name("towns.csv")
_COLUMNS = ("name", "stat_code", "civil_code", "lon", "lat")


def read_towns(path: Path | None = None) -> pd.DataFrame:
    """Read the table of towns.

    The statistical code (国家统计局, 2023) and the civil-affairs code differ and codes were used
    again over the years, so tables are joined by name. ``lon`` and ``lat`` are label points good
    to some kilometres: seeds for synthetic areas, never a boundary.

    Returns
    -------
    DataFrame
        One row per town in statistical order: ``name``, ``stat_code`` (9 digits), ``civil_code``
        (12 digits), ``lon`` and ``lat`` in degrees (EPSG:4490).

    Raises
    ------
    TownsFaultyError
        If a column is missing or a name or code repeats.

    Examples
    --------
    >>> towns = read_towns()
    >>> len(towns), towns["name"].iloc[0], towns["stat_code"].iloc[0]
    (23, '安阳街道', '330381001')
    """
    file = path or TOWNS_FILE
    text = dict.fromkeys(_COLUMNS[:3], "str")
    towns = pd.read_csv(file, encoding="utf-8-sig", dtype=text)
    faults = [f"{column} ?" for column in _COLUMNS if column not in towns]
    if not faults:
        faults += [f"{column}: NaN" for column in _COLUMNS if towns[column].isna().any()]
        faults += [f"{c}: ×2" for c in _COLUMNS[:3] if towns[c].duplicated().any()]
        faults += [] if towns["lon"].between(73, 136).all() else ["lon"]
        faults += [] if towns["lat"].between(3, 54).all() else ["lat"]
    if faults:
        raise TownsFaultyError(file=file.name, faults="; ".join(faults))
    return towns[list(_COLUMNS)]

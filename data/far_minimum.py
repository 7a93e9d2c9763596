"""National minimum of the plot ratio by industry: a table with its edition and doubts."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.errors import DataError

FILE = Path(__file__).with_name("reference") / "far_minimum.csv"
_COLUMNS = ("division", "far_min", "edition", "verified", "source", "note")


class FarMinimumFaultyError(DataError):
    """The table of minima is incomplete or contradicts itself."""

    zh = "容积率下限表 {file} 有错误：{faults}。请改正后重试。"
    en = "The table of plot-ratio minima {file} is faulty: {faults}. Mend it and retry."


def read_far_minimum(path: Path | str | None = None) -> pd.DataFrame:
    """Read the table of national minima.

    Returns
    -------
    DataFrame
        By ``division`` (two digits of GB/T 4754-2017): ``far_min`` (NaN where the edition has
        none), ``edition``, ``verified`` (bool: compared with the official annex), ``source``,
        ``note``. Only the row of the latest edition of each division.

    Raises
    ------
    FarMinimumFaultyError
        Lists every fault.

    Examples
    --------
    >>> table = read_far_minimum()
    >>> float(table.loc["36", "far_min"]), bool(table.loc["36", "verified"])
    (0.7, False)
    """
    file = Path(path or FILE)
    try:
        table = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise FarMinimumFaultyError(file=file.name, faults=str(error)) from error
    missing = [name for name in _COLUMNS if name not in table]
    if missing:
        raise FarMinimumFaultyError(file=file.name, faults="、".join(missing))
    far = pd.to_numeric(table["far_min"], errors="coerce")
    bad = (table["far_min"] != "") & ~far.between(0, 20, inclusive="right")
    bad |= ~table["division"].str.fullmatch(r"\d{2}") | ~table["verified"].isin(["yes", "no"])
    bad |= ~table["edition"].str.fullmatch(r"\d{4}") | (table["source"] == "")
    bad |= table.duplicated(["division", "edition"])
    if bad.any():
        rows = "、".join(f"{row + 2}: {table['division'][row]}" for row in table.index[bad])
        raise FarMinimumFaultyError(file=file.name, faults=rows)
    table = table.assign(far_min=far, verified=table["verified"] == "yes")
    latest = table.sort_values(["division", "edition"], kind="stable").drop_duplicates(
        "division", keep="last"
    )
    return latest.set_index("division")[["far_min", "edition", "verified", "source", "note"]]

"""The board of targets: what each asks, what was reached by a day, and what can be said of it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from analysis.errors import require
from data.targets import Targets

STATUSES = (
    "met", "running", "missed", "not_final", "no_actual", "ahead", "not_asked", "vague", "no_value",
    "fact",
)  # fmt: skip
"""What can be said of a target, from the best known to what is no task at all."""

COMPUTABLE = ("met", "running", "missed")


def standing_actuals(actuals: pd.DataFrame, *, state_on: date | None = None) -> pd.DataFrame:
    """Return the actuals that stand: the last one told of each target and day.

    Parameters
    ----------
    actuals : DataFrame
        As the register reads them: ``target_id``, ``measured_on``, ``value``, in the order they
        were told. A row without value withdraws the one before it.
    state_on : date, optional
        Later days are left out.

    Returns
    -------
    DataFrame
        By target and day; empty in, empty out.

    Examples
    --------
    >>> told = pd.DataFrame({
    ...     "target_id": "LAND-05", "value": [900.0, 950.0, None],
    ...     "measured_on": pd.to_datetime(["2023-06-30", "2023-06-30", "2023-09-30"]),
    ... })
    >>> standing_actuals(told)["value"].tolist()
    [950.0]
    """
    require(actuals, "target_id", "measured_on", "value", what="目标实绩")
    last = actuals.drop_duplicates(["target_id", "measured_on"], keep="last")
    last = last[last["value"].notna()]
    if state_on is not None:
        last = last[last["measured_on"] <= pd.Timestamp(state_on)]
    return last.sort_values(["target_id", "measured_on"], kind="stable").reset_index(drop=True)


def target_board(
    targets: Targets, actuals: pd.DataFrame, *, state_on: date, year: int
) -> pd.DataFrame:
    """Return every target with its latest actual and its status, where one can be computed.

    An actual counts in the period that the target names: a yearly target by the actuals of
    ``year``, a cumulative one by those of all its years. “＝” in the sources is read as “reaches”.
    Nothing is said of a target whose digits are lost (value or threshold), that asks for “about”
    a value without a margin, or that has no actual in its period.

    Parameters
    ----------
    targets : Targets
        The list.
    actuals : DataFrame
        ``target_id``, ``measured_on``, ``value``, ``source``, in the order they were told.
    state_on : date
        The day of the look.
    year : int
        The year whose yearly targets are looked at.

    Returns
    -------
    DataFrame
        ``targets.table`` with ``actual`` (NaN where none), ``actual_on``, ``actual_source``,
        ``due_on`` (last day of its period; NaT where it asks nothing of ``year``), ``share``
        (actual over value, NaN where either is unknown) and ``status`` (of ``STATUSES``).

    Examples
    --------
    >>> from data.targets import read_targets
    >>> told = pd.DataFrame({
    ...     "target_id": ["LAND-01"], "measured_on": pd.to_datetime(["2026-10-31"]),
    ...     "value": [900.0], "source": ["台账"],
    ... })
    >>> found = target_board(read_targets(), told, state_on=date(2026, 10, 31), year=2026)
    >>> found.loc[["LAND-01", "CLU-01", "BASE-01"], "status"].tolist()
    ['running', 'no_value', 'fact']
    >>> float(found.loc["LAND-01", "share"]) == 900 / 1800
    True
    """
    table = targets.table
    windows = pd.DataFrame(
        {name: targets.periods[name].window(year) or (pd.NaT, pd.NaT) for name in table.index},
        index=["from", "to"],
    ).T.astype("datetime64[ns]")
    standing = standing_actuals(actuals, state_on=state_on)
    span = windows.reindex(standing["target_id"])
    days = standing["measured_on"].to_numpy()
    within = (days >= span["from"].to_numpy()) & (days <= span["to"].to_numpy())
    latest = standing[within].drop_duplicates("target_id", keep="last").set_index("target_id")
    latest = latest.reindex(table.index)
    board = table.assign(
        actual=latest["value"].astype(float),
        actual_on=latest["measured_on"],
        actual_source=latest["source"],
        due_on=windows["to"],
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        share = board["actual"] / board["value"].where(board["value"] != 0)
    kinds = pd.Series({name: period.kind for name, period in targets.periods.items()})
    lost = targets.special.get("lost_threshold")
    status = _status(board, windows["from"], kinds, pd.Timestamp(state_on), lost)
    return board.assign(share=share, status=status)


def _status(
    board: pd.DataFrame, begins: pd.Series, kinds: pd.Series, day: pd.Timestamp, lost: str | None
) -> np.ndarray:
    comparison, actual, value = board["comparison"], board["actual"], board["value"]
    enough = np.where(comparison == ">", actual > value, actual >= value)
    over = (board["due_on"] <= day).to_numpy()
    final = (board["actual_on"] == board["due_on"]).to_numpy()
    always = (kinds.reindex(board.index) == "standing").to_numpy()
    rules = [
        (comparison == "fact", "fact"),
        (value.isna() | (board.index == lost), "no_value"),
        (comparison == "~", "vague"),
        (board["due_on"].isna(), "not_asked"),
        (begins > day, "ahead"),
        (actual.isna(), "no_actual"),
        (enough, "met"),
        (always | (over & final), "missed"),
        (over, "not_final"),
    ]
    masks = [np.asarray(mask, dtype=bool) for mask, _ in rules]
    return np.select(masks, [code for _, code in rules], default="running").astype(object)


def tally(board: pd.DataFrame) -> dict[str, int]:
    """Return how many targets stand at each status, in the order of ``STATUSES``."""
    counts = board["status"].value_counts()
    return {status: int(counts.get(status, 0)) for status in STATUSES}

"""Blocks that planners put together: named, saved again and again, taken away, compared."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

import pandas as pd

from data.register.change import Change
from data.register.plans import newest, parcel_text

KIND = "saved_block"


def standing_blocks(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks that are saved now, the last version of each.

    Parameters
    ----------
    rows : DataFrame
        As ``Register.read_saved_blocks``.

    Returns
    -------
    DataFrame
        By ``name``, in its order: ``parcel_ids`` (tuple), ``note``, ``who``, ``recorded_at``,
        ``change_no``, ``versions`` (how often it was saved).

    Examples
    --------
    >>> rows = pd.DataFrame({"name": ["东片", "东片", "西片", "西片"],
    ...     "parcel_ids": ['["P1"]', '["P1","P2"]', '["P3"]', None], "note": None, "who": "李工",
    ...     "recorded_at": pd.Timestamp(0, tz="UTC"), "change_no": [2, 3, 4, 5]})
    >>> standing_blocks(rows)["parcel_ids"].to_dict()
    {'东片': ('P1', 'P2')}
    """
    saved = rows["parcel_ids"].notna()
    times = rows.loc[saved, "name"].value_counts()
    last = newest(rows, "name")
    last = last[last["parcel_ids"].notna()].set_index("name").sort_index()
    lists = [tuple(json.loads(text)) for text in last["parcel_ids"]]
    keys = ["note", "who", "recorded_at", "change_no"]
    found = last[keys].assign(versions=times.reindex(last.index).fillna(0).astype(int))
    found.insert(0, "parcel_ids", pd.Series(lists, index=last.index, dtype=object))
    return found


def in_several(saved: pd.DataFrame) -> pd.DataFrame:
    """Return the parcels that more than one saved block holds.

    Parameters
    ----------
    saved : DataFrame
        As `standing_blocks`.

    Returns
    -------
    DataFrame
        By ``parcel_id``: ``names``, a tuple of the blocks in their order.

    Examples
    --------
    >>> saved = pd.DataFrame({"parcel_ids": [("P1", "P2"), ("P2",)]},
    ...                      index=pd.Index(["东片", "西片"], name="name"))
    >>> in_several(saved)["names"].to_dict()
    {'P2': ('东片', '西片')}
    """
    pairs = saved["parcel_ids"].explode().dropna().reset_index()
    pairs = pairs[pairs.duplicated("parcel_ids", keep=False)]
    held = pairs.groupby("parcel_ids", sort=True)["name"].agg(tuple)
    return held.rename_axis("parcel_id").rename("names").to_frame()


def save_change(
    name: str,
    parcel_ids: Iterable[str],
    *,
    who: str,
    recorded_at: datetime,
    note: str = "",
    based_on: int | None = None,
) -> Change:
    """Return the change that saves a block under a name; an earlier version stays on record.

    Examples
    --------
    >>> from datetime import UTC
    >>> on = datetime(2026, 1, 5, tzinfo=UTC)
    >>> made = save_change("东片", ["P2", "P1"], who="李工", recorded_at=on)
    >>> made.why, made.saved_blocks["parcel_ids"].tolist()
    ('保存连片“东片”：2 宗', ['["P1","P2"]'])
    """
    text = parcel_text(parcel_ids)
    row = {"name": name, "parcel_ids": text, "note": note or None}
    count = len(json.loads(text))
    return Change(
        kind=KIND,
        who=who,
        why=f"保存连片“{name}”：{count} 宗",
        recorded_at=recorded_at,
        saved_blocks=pd.DataFrame([row], dtype=object),
        based_on=based_on,
    )


def withdraw_change(
    name: str, *, who: str, recorded_at: datetime, based_on: int | None = None
) -> Change:
    """Return the change that takes a saved block away; its versions stay on record."""
    row = {"name": name, "parcel_ids": None, "note": None}
    return Change(
        kind=KIND,
        who=who,
        why=f"撤下连片“{name}”",
        recorded_at=recorded_at,
        saved_blocks=pd.DataFrame([row], dtype=object),
        based_on=based_on,
    )

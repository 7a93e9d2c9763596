"""Stage events before they are recorded: every fault of every row, in words, nothing written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from data import schema
from data.events_order import Course
from data.register.events import AREA_TOLERANCE
from data.rules import Rules
from gis.area import to_mu
from gis.errors import Words

FAULT_COLUMNS = ("row", "parcel_id", "field", "kind", "value", "zh", "en")
KEY = ["parcel_id", "stage", "occurred_on", "area_m2"]
ROUNDING_SHARE = 0.001
"""Parts of a parcel may together exceed it by this share: areas are kept to two decimals."""


@dataclass(frozen=True)
class Ground:
    """What the register knows of the parcels of a batch.

    Attributes
    ----------
    parcels : DataFrame
        Current parcels by ``parcel_id``: ``geometry_area_m2``, ``renewal_mode``, ``approved_on``.
    events : DataFrame
        Events on record: ``event_id``, ``reverses`` and the four columns that make an event.
    vanished : Series
        Day on which a parcel that is no longer current left the register, by ``parcel_id``.
    born : Series
        Day on which a split or merger made a parcel, by ``parcel_id``.
    """

    parcels: pd.DataFrame
    events: pd.DataFrame
    vanished: pd.Series = field(default_factory=lambda: pd.Series(dtype="datetime64[ns]"))
    born: pd.Series = field(default_factory=lambda: pd.Series(dtype="datetime64[ns]"))

    def standing(self, taken_back: pd.Series) -> pd.DataFrame:
        """Return the events that stand once those of ``taken_back`` are reversed."""
        gone = set(self.events["reverses"].dropna()) | set(taken_back.dropna())
        keep = self.events["reverses"].isna() & ~self.events["event_id"].isin(gone)
        return self.events.loc[keep, KEY]


class _Faults:
    def __init__(self, rows: pd.DataFrame) -> None:
        self._rows = rows
        self._found: list[pd.DataFrame] = []
        self.any = pd.Series(False, index=rows.index)

    def add(self, mask: Any, key: str, kind: str, words: Words | list[Words]) -> None:
        """Add one fault for each row of ``mask``; words for all, or one for each such row."""
        at = self._rows.index[np.asarray(mask, dtype=bool)]
        if at.empty:
            return
        self.any.loc[at] = True
        said = [words] * len(at) if isinstance(words, Words) else words
        part = {
            "row": at,
            "parcel_id": self._rows.loc[at, "parcel_id"].to_numpy(dtype=object),
            "field": key,
            "kind": kind,
            "value": [_shown(value) for value in self._rows.loc[at, key]],
            "zh": [str(phrase) for phrase in said],
            "en": [phrase.en for phrase in said],
        }
        self._found.append(pd.DataFrame(part))

    def frame(self) -> pd.DataFrame:
        if not self._found:
            return pd.DataFrame({name: pd.Series(dtype=object) for name in FAULT_COLUMNS})
        found = pd.concat(self._found, ignore_index=True)
        return found.sort_values("row", kind="stable", ignore_index=True)


def _shown(value: Any) -> str:
    if pd.isna(value):
        return ""
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else str(value)


def check_events(rows: pd.DataFrame, *, ground: Ground, rules: Rules, today: date) -> pd.DataFrame:
    """Return every fault of a batch of new events; an empty frame where it may be recorded.

    Parameters
    ----------
    rows : DataFrame
        ``parcel_id``, ``stage``, ``occurred_on`` (datetime64), ``area_m2`` (NaN: the whole
        parcel) and ``reverses`` (an event on record that is taken back, the rest of the row is
        then left empty); the index is the number of the row for the reader.
    ground : Ground
        What the register knows of the parcels.
    rules : Rules
        Stages, branches by mode, the earliest day that makes sense.
    today : date
        Office day of recording.

    Returns
    -------
    DataFrame
        ``row``, ``parcel_id``, ``field``, ``kind``, ``value`` and the reason as ``zh`` and
        ``en``, in the order of the rows. A row may have several faults.
    """
    faults = _Faults(rows)
    _check_reversals(rows, ground, faults)
    fresh = rows["reverses"].isna()
    _check_cells(rows, fresh, ground, rules, today, faults)
    sound = fresh & ~faults.any
    standing = ground.standing(rows["reverses"])
    _check_repeats(rows[sound], standing, faults)
    _check_area(rows[sound & ~faults.any], standing, ground, faults)
    _check_order(rows[sound & ~faults.any], standing, ground, rules, faults)
    _check_rests(rows[~fresh & ~faults.any], rows[sound & ~faults.any], ground, rules, faults)
    return faults.frame()


def _check_reversals(rows: pd.DataFrame, ground: Ground, faults: _Faults) -> None:
    reversing = rows["reverses"].notna()
    known = ground.events.set_index("event_id")["reverses"]
    meant = rows["reverses"].astype("float64")
    there = meant.isin(known.index.astype("float64"))
    faults.add(
        reversing & ~there, "reverses", "event_unknown",
        Words("没有这条阶段记录", "there is no such event"),
    )  # fmt: skip
    faults.add(
        meant.isin(known.index[known.notna()].astype("float64")), "reverses", "reverses_reversal",
        Words("这条本身是冲正记录，不能再冲正", "this is a reversal itself: it cannot be reversed"),
    )  # fmt: skip
    gone = meant.isin(known.dropna().astype("float64")) | (reversing & meant.duplicated())
    other = reversing & there & rows["parcel_id"].notna() & ~_own(rows, ground.events)
    faults.add(
        other, "parcel_id", "reverses_another",
        Words("要冲销的阶段记录属于另一宗地", "the event to be reversed is of another parcel"),
    )  # fmt: skip
    faults.add(
        gone & there, "reverses", "reversed_already",
        Words("这条记录已被冲正过", "this event was reversed already"),
    )  # fmt: skip


def _own(rows: pd.DataFrame, events: pd.DataFrame) -> np.ndarray:
    """Tell which rows take back an event of the parcel they name, now or before a split."""
    names = [name for name in ("parcel_id", "from_parcel") if name in events]
    pairs = [
        pd.MultiIndex.from_arrays([events["event_id"].astype("float64"), events[name].astype(str)])
        for name in names
    ]
    mine = pd.MultiIndex.from_arrays(
        [rows["reverses"].astype("float64"), rows["parcel_id"].astype(str)]
    )
    return np.logical_or.reduce([mine.isin(pair) for pair in pairs])


def _check_cells(
    rows: pd.DataFrame,
    fresh: pd.Series,
    ground: Ground,
    rules: Rules,
    today: date,
    faults: _Faults,
) -> None:
    """Check what can be said of a row by itself and its parcel."""
    ids, days, area = rows["parcel_id"], rows["occurred_on"], rows["area_m2"]
    known = [stage.code for stage in rules.stages]
    current, gone = ids.isin(ground.parcels.index), ids.isin(ground.vanished.index)
    checks: tuple[tuple[Any, str, str, str, str], ...] = (
        (ids.isna(), "parcel_id", "id_missing", "缺少宗地编号", "no parcel ID"),
        (ids.notna() & ~current & ~gone, "parcel_id", "parcel_unknown", "登记簿中没有这宗地",
         "the register has no such parcel"),
        (rows["stage"].isna(), "stage", "stage_missing", "阶段缺失或不认识",
         "the stage is missing or unknown"),
        (rows["stage"].notna() & ~rows["stage"].isin(known), "stage", "stage_unknown",
         "规则中没有这个阶段", "the rules have no such stage"),
        (days.isna(), "occurred_on", "date_missing", "发生日期缺失或无法识别",
         "the date is missing or not readable"),
        (days > pd.Timestamp(today), "occurred_on", "date_future",
         f"发生日期在将来（今天是 {today}）", f"the date is in the future (today is {today})"),
        (days < pd.Timestamp(rules.workflow.earliest_on), "occurred_on", "date_too_early",
         f"发生日期早于 {rules.workflow.earliest_on}，多半是笔误",
         f"the date is before {rules.workflow.earliest_on}, most likely a slip"),
        (area <= 0, "area_m2", "area_not_positive", "面积必须大于零", "the area must be above 0"),
        (np.isinf(area), "area_m2", "area_unreadable", "面积须为有限数", "the area must be finite"),
    )  # fmt: skip
    for mask, key, kind, zh, en in checks:
        faults.add(fresh & mask, key, kind, Words(zh, en))
    lost = fresh & gone & ~current
    since = _of(ids[lost], ground.vanished).dt.date
    faults.add(lost, "parcel_id", "parcel_vanished", [
        Words(f"这宗地已于 {d} 分割、合并或注销，请记在现有宗地上",
              f"this parcel was split, merged or removed on {d}: record it on a current one")
        for d in since
    ])  # fmt: skip
    began = _of(ids, ground.born).astype("datetime64[ns]")
    approved = _of(ids, ground.parcels["approved_on"]).astype("datetime64[ns]")
    begins = pd.concat([began, approved], axis=1).max(axis=1)
    early = fresh & current & (days < begins)
    faults.add(early, "occurred_on", "before_parcel", [
        Words(f"这宗地 {d.date()} 才产生或批准，此前没有这宗地",
              f"this parcel exists or was approved only since {d.date()}")
        for d in begins[early]
    ])  # fmt: skip


def _of(ids: pd.Series, facts: pd.Series) -> pd.Series:
    """Return a fact of each row's parcel, unknown where there is no such parcel."""
    return facts.reindex(ids.to_numpy()).set_axis(ids.index)


def _check_repeats(rows: pd.DataFrame, standing: pd.DataFrame, faults: _Faults) -> None:
    both = pd.concat([_comparable(standing), _comparable(rows)])
    twice = both.duplicated().to_numpy()[len(standing) :]
    mask = faults.any.index.isin(rows.index[twice])
    faults.add(
        mask, "parcel_id", "event_duplicate",
        Words("与已登记或本批前面的一条完全相同", "equal to one on record or earlier in the batch"),
    )  # fmt: skip


def _comparable(events: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "parcel_id": events["parcel_id"].astype(object),
            "stage": events["stage"].astype(object),
            "occurred_on": pd.to_datetime(events["occurred_on"]).astype("datetime64[ns]"),
            "area_m2": events["area_m2"].astype("float64").round(2).fillna(-1.0),
        }
    )


def _check_area(
    rows: pd.DataFrame, standing: pd.DataFrame, ground: Ground, faults: _Faults
) -> None:
    """Refuse more area of one stage than its earlier parts have left of the parcel."""
    pair = ["parcel_id", "stage"]
    area = ground.parcels["geometry_area_m2"].astype("float64")
    whole = _of(rows["parcel_id"], area)
    said = rows["area_m2"].where(rows["area_m2"].notna(), whole)
    on_record = standing[standing["parcel_id"].isin(rows["parcel_id"])]
    limit = _of(on_record["parcel_id"], area)
    earlier = on_record.assign(
        area=on_record["area_m2"].where(on_record["area_m2"].notna(), limit)
    ).groupby(pair)["area"].agg(lambda part: part.sum(skipna=False))  # fmt: skip
    mine = pd.MultiIndex.from_frame(rows[pair])
    before = pd.Series(earlier.reindex(mine).to_numpy(), index=rows.index)
    before = before.where(mine.isin(earlier.index), 0.0)
    running = said.fillna(0.0).groupby([rows[name] for name in pair]).cumsum() - said.fillna(0.0)
    used = before + running
    left = (whole - used).clip(lower=0.0)
    over = np.where(
        used > 0,
        np.where(rows["area_m2"].isna(), left <= whole * ROUNDING_SHARE,
                 said > left + whole * ROUNDING_SHARE),
        said > whole * AREA_TOLERANCE,
    )  # fmt: skip
    words = [
        Words(f"面积 {to_mu(a):,.2f} 亩大于本阶段尚余的 {to_mu(b):,.2f} 亩",
              f"{to_mu(a):,.2f} mu is more than the {to_mu(b):,.2f} mu left of this stage")
        for a, b in zip(said[over], left[over], strict=True)
    ]  # fmt: skip
    faults.add(
        faults.any.index.isin(rows.index[over.astype(bool)]), "area_m2", "area_over_rest", words
    )


def _check_order(
    rows: pd.DataFrame, standing: pd.DataFrame, ground: Ground, rules: Rules, faults: _Faults
) -> None:
    """Refuse stages that the mode does not have, that come too early or skip a needed one."""
    if rows.empty:
        return
    names = KEY[:3]
    recorded = standing[standing["parcel_id"].isin(rows["parcel_id"])]
    together = pd.concat([recorded[names], rows[names]]) if len(recorded) else rows[names]
    course = Course(together, ground.parcels["renewal_mode"], rules)
    modes = _of(rows["parcel_id"], ground.parcels["renewal_mode"])
    outside = course.outside(rows)
    faults.add(_within(faults, rows, outside), "stage", "stage_not_in_mode", [
        Words(f"改造方式“{schema.enum_label('renewal_mode', m, 'zh')}”没有这一阶段",
              f"the mode “{schema.enum_label('renewal_mode', m, 'en')}” has no such stage")
        for m in modes[outside]
    ])  # fmt: skip
    early, after = course.too_early(rows)
    late, before = course.too_late(rows)
    absent = course.missing(rows)
    for kind, place, on, zh, en in (
        ("order_before", early, after, "早于前一阶段“{}”（{}）", "before the stage “{}” ({})"),
        ("order_after", late, before, "晚于后一阶段“{}”（{}）", "after the stage “{}” ({})"),
        ("order_missing", absent, None, "之前还没有登记“{}”", "“{}” is not recorded yet"),
    ):
        wrong = (place >= 0) & ~outside
        days = [""] * int(wrong.sum()) if on is None else on[wrong]
        words = [
            Words(zh.format(rules.stages[p].label_zh, d), en.format(rules.stages[p].label_en, d))
            for p, d in zip(place[wrong], days, strict=True)
        ]
        key = "stage" if on is None else "occurred_on"
        faults.add(_within(faults, rows, wrong), key, kind, words)


def _check_rests(
    reversing: pd.DataFrame,
    fresh: pd.DataFrame,
    ground: Ground,
    rules: Rules,
    faults: _Faults,
) -> None:
    """Refuse to take back a stage on which a later one rests that still stands."""
    if reversing.empty:
        return
    known = ground.events.drop_duplicates("event_id").set_index("event_id")
    meant = known.loc[reversing["reverses"].astype("int64")]
    left = ground.standing(reversing["reverses"])
    left = pd.concat([left[left["parcel_id"].isin(meant["parcel_id"])][KEY[:3]], fresh[KEY[:3]]])
    if left.empty:
        return
    place = Course(left, ground.parcels["renewal_mode"], rules).missing(left)
    codes = np.array([stage.code for stage in rules.stages], dtype=object)
    resting = left[place >= 0].assign(needs=codes[place[place >= 0]])
    for at, parcel, stage in zip(reversing.index, meant["parcel_id"], meant["stage"], strict=True):
        mine = resting[(resting["parcel_id"] == parcel) & (resting["needs"] == stage)]
        if len(mine):
            later = mine.sort_values("occurred_on")["stage"].iloc[0]
            zh, en = (schema.enum_label("stage", later, lang) for lang in ("zh", "en"))
            faults.add(
                faults.any.index.isin([at]),
                "reverses", "rested_upon",
                Words(f"之后的“{zh}”以它为前提，请先冲正“{zh}”",
                      f"the later stage “{en}” rests on it: reverse that one first"),
            )  # fmt: skip


def _within(faults: _Faults, rows: pd.DataFrame, mask: np.ndarray) -> np.ndarray:
    return np.asarray(faults.any.index.isin(rows.index[mask]))

"""Stage events of the sample county, and the plans that the ledger keeps beside them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from data.sample.grid import Floats
from data.sample.renewal import CLEARED, FIRST_YEAR

COLUMNS = (
    "event_no", "batch", "parcel_id", "stage", "occurred_on", "area_m2", "doc_no", "who", "note",
    "reverses",
)  # fmt: skip
OFFICES = {
    "surveyed": "市经信局", "listed": "市经信局", "approved": "市经信局", "signed": "乡镇街道",
    "vacated": "乡镇街道", "demolished": "市综合行政执法局", "prepared": "市自然资源和规划局",
    "supplied": "市自然资源和规划局", "started": "市住建局", "completed": "市住建局",
    "producing": "市经信局", "evaluated": "市经信局",
}  # fmt: skip
PAPERS = {
    "市经信局": "瑞经信", "市自然资源和规划局": "瑞资规", "市住建局": "瑞住建",
    "市综合行政执法局": "瑞综执", "乡镇街道": "镇街",
}  # fmt: skip
PARTIAL_SHARE = 0.08
REVERSED_SHARE = 0.012


def _in_programme(days: pd.DataFrame, until: date) -> pd.DataFrame:
    """Events of the programme up to ``until``, without number."""
    count, stages = days.shape
    table = pd.DataFrame(
        {
            "row": np.repeat(days.index.to_numpy(), stages),
            "stage": np.tile(days.columns.to_numpy(str), count),
            "occurred_on": days.to_numpy().ravel(),
        }
    )
    happened = table["occurred_on"].notna() & (table["occurred_on"] <= pd.Timestamp(until))
    return table[happened].reset_index(drop=True)


def _outside(
    rng: np.random.Generator, classes: pd.DataFrame, programme: pd.DataFrame, until: date
) -> pd.DataFrame:
    """Low-efficiency parcels outside the programme: surveyed, many of them listed."""
    low = classes.index[classes["low_class"] != "not_low"].difference(programme.index)
    low = low[rng.random(len(low)) < 0.86]
    span = (pd.Timestamp(until) - pd.Timestamp(FIRST_YEAR, 1, 1)).days
    first = rng.beta(1.0, 2.4, len(low)) * span
    listed = first + rng.triangular(25, 70, 200, len(low))
    approved = listed + rng.triangular(60, 200, 500, len(low))
    stages = {"surveyed": first, "listed": listed, "approved": approved}
    keep = {"surveyed": 1.0, "listed": 0.78, "approved": 0.12}
    chance = rng.random(len(low))
    parts = [
        pd.DataFrame({"row": low, "stage": stage, "day": when})[(chance < keep[stage])]
        for stage, when in stages.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    table = table[table["day"] <= span]
    start = np.datetime64(f"{FIRST_YEAR}-01-01", "D")
    when = start + table["day"].to_numpy().astype(np.int64).astype("timedelta64[D]")
    return table.drop(columns="day").assign(occurred_on=when.astype("M8[ns]"))


def _in_parts(
    rng: np.random.Generator, table: pd.DataFrame, earning: np.ndarray, until: date
) -> pd.DataFrame:
    """Let a few earning events cover part of the parcel; most get their remainder later."""
    part = earning & (rng.random(len(table)) < PARTIAL_SHARE)
    share = np.where(part, np.round(rng.uniform(0.5, 0.85, len(table)), 2), 1.0)
    table = table.assign(share=share, note=np.where(part, "分期实施，本次为部分面积", ""))
    rest = table[part & (rng.random(len(table)) < 0.7)].copy()
    later = rng.integers(25, 160, len(rest)).astype("timedelta64[D]")
    rest["occurred_on"] = rest["occurred_on"].to_numpy() + later
    rest["share"] = 1.0 - rest["share"]
    rest["note"] = "分期实施，剩余面积"
    rest = rest[rest["occurred_on"] <= pd.Timestamp(until)]
    return pd.concat([table, rest], ignore_index=True)


def _with_corrections(rng: np.random.Generator, table: pd.DataFrame, until: date) -> pd.DataFrame:
    """Reverse a few earning events two months later and enter them again with another area."""
    month = table["batch"].dt.to_period("M")
    last = pd.Period(until, "M")
    ready = table["earning"] & (month >= pd.Period(f"{FIRST_YEAR}-06", "M")) & (month + 2 <= last)
    chosen = table.index[ready & (rng.random(len(table)) < REVERSED_SHARE)]
    wrong = table.loc[chosen]
    later = wrong["batch"] + pd.DateOffset(months=2)
    undo = wrong.assign(
        batch=later, takes_back=chosen, doc_no=wrong["doc_no"] + "（更正）",
        note="面积登记有误，冲正原记录", rank=1,
    )  # fmt: skip
    right = wrong.assign(
        batch=later, area_m2=(wrong["area_m2"] * 0.94).round(2), takes_back=-1,
        doc_no=wrong["doc_no"] + "（更正）", note="更正后重新登记", rank=2,
    )  # fmt: skip
    table = table.assign(takes_back=-1, rank=0)
    return pd.concat([table, undo, right], ignore_index=True)


def make_events(
    rng: np.random.Generator,
    classes: pd.DataFrame,
    programme: pd.DataFrame,
    days: pd.DataFrame,
    *,
    until: date,
) -> pd.DataFrame:
    """Stage events up to ``until``, in the order in which the office records them.

    ``batch`` is the first day of the month with which an event is recorded: its own month, and
    the first month of the programme for what happened before. ``event_no`` counts from 1 in that
    order; ``reverses`` is the number of the event that is taken back (NA for ordinary events).
    """
    own = _in_programme(days, until)
    earning = (own["stage"] == programme["credit_stage"].loc[own["row"]].to_numpy()).to_numpy()
    own = _in_parts(rng, own.assign(earning=earning), earning, until)
    table = pd.concat([own, _outside(rng, classes, programme, until)], ignore_index=True)
    table = table.assign(
        share=table["share"].fillna(1.0), note=table["note"].fillna(""),
        earning=table["earning"].eq(True),
    )  # fmt: skip
    row = table["row"].to_numpy()
    table["parcel_id"] = classes["parcel_id"].to_numpy()[row]
    area = classes[["area_m2", "registered_area_m2"]].min(axis=1).to_numpy()[row]
    table["area_m2"] = np.round(area * table["share"], 2)
    month = table["occurred_on"].dt.to_period("M").dt.to_timestamp()
    table["batch"] = month.clip(lower=pd.Timestamp(FIRST_YEAR, 1, 1)).astype("M8[ns]")
    office = table["stage"].map(OFFICES)
    town = classes["town"].to_numpy()[row]
    table["who"] = office.where(office != "乡镇街道", pd.Series(town, index=table.index))
    table = _numbered_papers(table, office)
    table = _with_corrections(rng, table, until)
    return _numbered(table)


def listed_on(table: pd.DataFrame, classes: pd.DataFrame) -> pd.Series:
    """Day on which each plot was listed, in the order of ``classes``; NaT where it was not."""
    listed = table[(table["stage"] == "listed") & table["reverses"].isna()]
    day = listed.groupby("parcel_id")["occurred_on"].min().reindex(classes["parcel_id"])
    return day.set_axis(classes.index).astype("M8[ns]")


def _numbered_papers(table: pd.DataFrame, office: pd.Series) -> pd.DataFrame:
    """Synthetic document numbers, counted by office and year."""
    table = table.sort_values(["occurred_on", "parcel_id", "stage"], kind="stable")
    year = table["occurred_on"].dt.year.astype(str)
    paper = office.loc[table.index].map(PAPERS)
    number = (table.groupby([paper, year]).cumcount() + 1).astype(str)
    doc = paper + "（模拟）〔" + year + "〕" + number + "号"
    return table.assign(doc_no=doc).reset_index(drop=True)


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    """Give the running number in the order of recording and point reversals at it."""
    keys = ["batch", "occurred_on", "parcel_id", "rank", "stage", "area_m2"]
    ordered = table.reset_index().sort_values(keys, kind="stable")
    ordered = ordered.assign(event_no=np.arange(1, len(ordered) + 1))
    number = ordered.set_index("index")["event_no"]
    target = ordered["takes_back"].map(number).astype("Int64")
    ordered = ordered.assign(reverses=target.to_numpy())
    return ordered[list(COLUMNS)].reset_index(drop=True)


def make_plans(
    rng: np.random.Generator,
    classes: pd.DataFrame,
    programme: pd.DataFrame,
    days: pd.DataFrame,
    planned_far: Floats,
) -> pd.DataFrame:
    """Planned months and areas of demolition, supply and start, on the index of the programme.

    Works usually come a little later than planned, so that some parcels are overdue.
    """
    area = classes["registered_area_m2"].to_numpy()[programme.index]
    mode = programme["mode"].to_numpy(str)
    plans = pd.DataFrame(index=programme.index)
    used = {
        "demolition": np.isin(mode, [*CLEARED, "self_rebuild"]),
        "supply": np.isin(mode, [*CLEARED, "supply"]),
        "start": np.ones(len(mode), bool),
    }
    stages = {"demolition": "demolished", "supply": "supplied", "start": "started"}
    late = np.clip(rng.normal(2.0, 20.0, len(mode)), -60, 50)
    late = np.where(rng.random(len(mode)) < 0.45, rng.uniform(40, 340, len(mode)), late)
    far = planned_far[programme.index]
    for name, stage in stages.items():
        day = days[stage].to_numpy().astype("M8[D]") - late.astype(int).astype("timedelta64[D]")
        month = day.astype("M8[M]")
        month = np.where(used[name], month, np.datetime64("NaT", "M"))
        end = (month + 1).astype("M8[D]") - np.timedelta64(1, "D")
        plans[f"plan_{name}_on"] = end.astype("M8[ns]")
        share = area if name == "demolition" else area * 0.95
        value = np.where(
            np.isnat(month), np.nan, np.round(share * (far if name == "start" else 1), 0)
        )
        column = "plan_start_floor_area_m2" if name == "start" else f"plan_{name}_area_m2"
        plans[column] = value
    return plans

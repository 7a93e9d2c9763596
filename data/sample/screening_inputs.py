"""What screening asks of a synthetic parcel: approval, supply, state of building, investment."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from data.sample.grid import Bools

STOPPED_SHARE = 0.02
_NAT = np.datetime64("NaT", "ns")


def with_inputs(
    rng: np.random.Generator, ledger: pd.DataFrame, built: Bools, supplied: Bools, until: date
) -> pd.DataFrame:
    """Return the ledger with approval, supply, state of building, delay and investment.

    Consistent with its class and days; a few per cent of the cells are unknown, as in life.
    Rows stay in their order.
    """
    count = len(ledger)
    low = ledger["low_class"].to_numpy(str)
    plan = ledger["planned_far"]
    paid, asked = ledger["tax_wan_per_mu"], ledger["agreed_tax_wan_per_mu"]
    kept = (ledger["far"] * 10).floordiv(1) / 10
    fits = np.isin(low, ["not_low", "below_agreed"]) & (rng.random(count) < 0.93)
    table = ledger.assign(
        planned_far=plan.mask(fits & (plan > kept).to_numpy(), kept.clip(lower=0.3)),
        agreed_tax_wan_per_mu=asked.mask(
            (low == "not_low") & (paid < asked) & (rng.random(count) < 0.93), (paid * 0.9).round(1)
        ),
        standard_land=ledger["standard_land"].mask(
            (ledger["standard_land"].isna() & ledger["agreed_tax_wan_per_mu"].isna()), False
        ),
        is_supplied=pd.Series(supplied, ledger.index)
        .astype("boolean")
        .mask(rng.random(count) < 0.03),
        build_status=_status(rng, ledger, built, supplied),
    )
    last = np.datetime64(until, "ns")
    before = rng.integers(120, 600, count).astype("timedelta64[D]")
    waiting = last - rng.integers(100, 2500, count).astype("timedelta64[D]")
    agreed = table["delivered_on"].to_numpy("M8[ns]") - before
    approved = np.where(low == "approved_unsupplied", waiting, agreed)
    table["approved_on"] = np.where(rng.random(count) < 0.15, _NAT, approved)
    return _works(rng, table, last)


def _status(
    rng: np.random.Generator, ledger: pd.DataFrame, built: Bools, supplied: Bools
) -> np.ndarray:
    """State of building; a plot whose buildings are gone for renewal is cleared."""
    low = ledger["low_class"].to_numpy(str)
    begun = ledger["actual_start_on"].notna().to_numpy()
    waiting = np.isin(low, ["supplied_unused", "approved_unsupplied"]) | ~supplied
    status = np.select(
        [built & (low == "built_idle"), built, waiting & begun, waiting],
        ["completed", "producing", "building", "not_started"],
        "cleared",
    ).astype(object)
    stopped = (status == "producing") & (low == "underused")
    status[stopped & (rng.random(len(low)) < STOPPED_SHARE)] = "stopped"
    status[rng.random(len(low)) < 0.04] = None
    return status


def _works(rng: np.random.Generator, table: pd.DataFrame, last: np.datetime64) -> pd.DataFrame:
    """Add delay, stop, areas under development and investment."""
    count = len(table)
    status = table["build_status"].to_numpy(object)
    late = (table["low_class"] == "supplied_unused").to_numpy()
    extended = late & (rng.random(count) < 0.08)
    more = rng.integers(180, 366, count).astype("timedelta64[D]")
    start = table["agreed_start_on"].to_numpy("M8[ns]")
    cause = rng.choice(
        np.array(["firm", "government", "court", None], dtype=object),
        count,
        p=[0.55, 0.15, 0.05, 0.25],
    )
    stopped = status == "stopped"
    ago = rng.integers(60, 1200, count).astype("timedelta64[D]")
    share = np.where(stopped, rng.uniform(0.1, 0.7, count), 1.0)
    paid = np.where(stopped, rng.uniform(0.1, 0.6, count), rng.uniform(0.85, 1.3, count))
    begun = np.isin(status, ["stopped", "building", "completed", "producing"])
    whole = table["registered_area_m2"]
    return table.assign(
        extended_start_on=np.where(extended, start + more, _NAT),
        delay_cause=pd.Series(cause, index=table.index, dtype=object).where(late, None),
        stopped_on=np.where(stopped, last - ago, _NAT),
        startable_area_m2=whole.where(stopped),
        started_area_m2=(whole * share).round(2).where(stopped),
        invested_wan=(table["agreed_investment_wan"] * paid)
        .round(0)
        .where(begun & (rng.random(count) > 0.2)),
    )

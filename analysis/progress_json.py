"""Progress as plain values for scripts: stable keys, unknown as None, areas in m² and 亩."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.asof import OFFICE_ZONE
from gis.area import to_mu

if TYPE_CHECKING:  # progress.py imports this module
    from analysis.movement import Movement
    from analysis.progress import Progress
    from analysis.restated import Restated

TASK_NOTE = {
    "zh": "各乡镇街道的任务分解未提供，各自的任务数为未知；提供任务表后可按完成率排名。",
    "en": "No task per town was given, so task_mu is null; with a task table towns can be ranked.",
}


def progress_json(found: Progress, *, register_version: int | None = None) -> dict[str, Any]:
    """Return a :class:`~analysis.progress.Progress` as a document for ``json.dumps``.

    Parameters
    ----------
    found : Progress
        The figures.
    register_version : int, optional
        Last change of the register they were read from.

    Returns
    -------
    dict
        Keys ``year, target_mu, target_m2, credited_mu, credited_m2, demolished_mu, supplied_mu,
        started_m2 (floor area), counters[], pace{…}, month{…}, years[], carry_over{}, by_town[],
        by_class[], by_mode[], by_park[], by_unit[], funnel[], overdue[], monthly[],
        high_consumption{} (land also on the other ledger, never added), unknown{}, notes{},
        credit_rule, credit_rule_en, rules_id, state_on, known_on, register_version``.
    """
    tasks_known = found.by_town["task_mu"].notna().any()
    return {
        "year": found.year,
        **_area("target", found.target_m2),
        **_area("credited", found.credited_m2),
        **_area("demolished", found.counters.demolished_m2),
        **_area("supplied", found.counters.supplied_m2),
        "started_m2": _plain(found.counters.started_m2),
        "counters": _rows(found.counters.table(found.as_of.state_on.month)),
        "pace": {
            **_area("expected", found.expected_m2),
            **_area("gap", found.gap_m2),
            **_area("season_expected", found.season_expected_m2),
            "season_years": None if found.season is None else list(found.season.years),
            "required_m2_per_month": _plain(found.required_m2_per_month),
            "required_mu_per_month": _plain(found.required_mu_per_month),
        },
        "month": {
            "of": f"{found.as_of.state_on:%Y-%m}",
            **_area("credited", found.month.credited_m2),
            **_area("previous", found.month.previous_m2),
            "parcels": _rows(found.month.parcels.reset_index(names="parcel_id")),
        },
        "years": _rows(found.years),
        "carry_over": {
            **_area("begun_earlier", found.carry_over.begun_earlier_m2),
            **_area("begun_this_year", found.carry_over.begun_this_year_m2),
            **_area("balance", found.carry_over.balance_m2),
        },
        "by_town": _rows(found.by_town),
        "by_class": _rows(found.by_class),
        "by_mode": _rows(found.by_mode),
        "by_park": _rows(found.by_park),
        "by_unit": _rows(found.by_unit),
        "funnel": _rows(found.funnel),
        "overdue": _rows(found.overdue.reset_index(names="parcel_id")),
        "monthly": _rows(found.monthly),
        "high_consumption": {
            **_area("credited", found.overlap.credited_m2),
            "parcels": found.overlap.parcels,
            "unknown_parcels": found.overlap.unknown_parcels,
        },
        "unknown": dict(found.unknown),
        "notes": {} if tasks_known else {"task_mu": TASK_NOTE["zh"], "task_mu_en": TASK_NOTE["en"]},
        "credit_rule": found.credit_rule["zh"],
        "credit_rule_en": found.credit_rule["en"],
        "rules_id": found.rules_id,
        "state_on": found.as_of.state_on.isoformat(),
        "known_on": None if found.as_of.known_on is None else found.as_of.known_on.isoformat(),
        "register_version": register_version,
    }


def _area(name: str, area_m2: float | None) -> dict[str, float | None]:
    mu = None if area_m2 is None else to_mu(area_m2)
    return {f"{name}_mu": _plain(mu), f"{name}_m2": _plain(area_m2)}


def movement_rows(found: Movement) -> list[dict[str, Any]]:
    """Return the movement of the county month by month, each with its ``towns``."""
    rows = _rows(found.by_month)
    towns = _rows(found.by_town)
    return [
        row | {"towns": [town for town in towns if town["month"] == row["month"]]} for row in rows
    ]


def restated_document(found: Restated, *, published_on: date) -> dict[str, Any]:
    """Return what was restated since a publication: both figures and every parcel, with why."""
    rows = found.rows.reset_index(names="parcel_id")
    rows["recorded_at"] = pd.to_datetime(rows["recorded_at"], utc=True).dt.tz_convert(OFFICE_ZONE)
    return {
        "published_on": published_on.isoformat(),
        **_area("then", found.then_m2),
        **_area("now", found.now_m2),
        **_area("difference", found.now_m2 - found.then_m2),
        "rows": _rows(rows),
    }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as dictionaries; each ``*_m2`` gets its ``*_mu`` beside it."""
    columns: dict[str, list[Any]] = {}
    for name in map(str, table.columns):
        columns[name] = [_plain(value) for value in table[name].tolist()]
        if name.endswith("_m2"):
            in_mu = (to_mu(table[name].astype(float))).tolist()
            columns[name.removesuffix("_m2") + "_mu"] = [_plain(value) for value in in_mu]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(value: Any) -> Any:
    """Return a value that JSON knows: dates as ISO text, unknown as None, areas to 0.0001."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float):
        return round(value, 4) + 0.0 if math.isfinite(value) else None
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    return value

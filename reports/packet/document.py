"""The document of a meeting: the year in sentences, tables and the map, on A4."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from analysis.movement import COLUMNS
from reports.packet.facts import PacketFacts
from reports.packet.findings import (
    DECIDING,
    deciding_finding,
    deciding_rows,
    forecast_finding,
    funnel_finding,
    late_finding,
    map_finding,
    movement_finding,
    notes,
    split_finding,
    summary_text,
    towns_finding,
    year_before,
    years_finding,
)
from reports.packet.follow_up import follow_up
from reports.packet.paper import Report
from reports.packet.words import day, label, mu, name, text

_MOST_FRESH = {"biweekly": 20, "monthly": 30, "quarterly": 30, "annual": 15}
"""Newly credited parcels listed; the annual document lists all of the year at its end."""
_MOST_ROWS = {"biweekly": 20, "monthly": 30, "quarterly": 40, "annual": 100_000}


def document(facts: PacketFacts, *, county_map: bytes) -> bytes:
    """Return the document of a packet as .docx.

    Parameters
    ----------
    facts : PacketFacts
        The figures.
    county_map : bytes
        PNG of the map.
    """
    report = Report(facts)
    report.title(facts.title)
    report.heading(facts.say("figures"))
    for said in summary_text(facts):
        report.paragraph(said)
    _year(report)
    _changed(report)
    _forecast(report)
    if facts.kind != "biweekly":
        _towns(report)
        _split(report)
        _stages(report)
        _movement(report)
    _late(report)
    follow_up(report, _MOST_ROWS[facts.kind])
    report.heading(map_finding(facts))
    report.picture(facts.say("map_title", county=facts.context.county), county_map)
    if facts.kind == "annual":
        report.heading(facts.say("evidence"))
        _credited(report, facts.say("evidence"), facts.credited, _MOST_ROWS[facts.kind])
    report.heading(facts.say("notes"))
    for said in (facts.context.credit_rule, *notes(facts)):
        report.bullet(said)
    return report.to_bytes()


def _year(report: Report) -> None:
    facts, monthly = report.facts, report.facts.now.monthly
    rows = [
        [facts.say("month_name", n=int(n)), mu(line), mu(season), mu(plan), mu(done)]
        for n, line, season, plan, done in zip(
            monthly["month"],
            monthly["target_line_m2"],
            monthly["season_line_m2"],
            monthly["plan_m2"],
            monthly["credited_m2"],
            strict=True,
        )
    ]
    heads = [facts.say(k) for k in ("month", "pace_mu", "season_mu", "plan_mu", "cumulative")]
    said = facts.say("line", year=facts.now.year)
    report.table(said, heads, rows, widths=(1, 1.4, 1.4, 1.4, 1.4), right=(1, 2, 3, 4))
    if year_before(facts) is not None:
        report.paragraph(years_finding(facts) + ("." if facts.lang == "en" else "。"))


def _changed(report: Report) -> None:
    facts, fresh = report.facts, report.facts.fresh
    since = facts.since.isoformat()
    if fresh.empty:
        report.heading(facts.say("changed_none", since=since))
    else:
        total = mu(float(fresh["credited_m2"].sum()))
        said = facts.say(
            "changed_found", since=since, n=f"{fresh['parcel_id'].nunique():,}", mu=total
        )
        report.heading(said)
        _credited(report, facts.say("fresh"), fresh, _MOST_FRESH[facts.kind])
    moved = [
        facts.say("moved_row", stage=label("stage", code, facts.lang), n=f"{int(n):,}", mu=mu(area))
        for code, n, area in facts.moved.itertuples(index=False)
    ]
    joint, stop = (": ", ".") if facts.lang == "en" else ("：", "。")
    told = "; ".join(moved) if facts.lang == "en" else "；".join(moved)
    said = facts.say("moved_title") + joint + told + stop
    report.paragraph(said if moved else facts.say("no_moves"))


def _credited(report: Report, said: str, table: pd.DataFrame, most: int) -> None:
    facts = report.facts
    keys = ("parcel", "town", "mode", "stage", "occurred_on", "credited_mu", "doc_no")
    rows = [
        [
            name(row.get("parcel_name") or row["parcel_id"], 20),
            text(row.get("town"), 12),
            label("renewal_mode", row.get("renewal_mode"), facts.lang),
            label("stage", row["stage"], facts.lang),
            day(row["occurred_on"]),
            mu(row["credited_m2"], 2),
            text(row.get("doc_no"), 24),
        ]
        for row in table.head(most).to_dict("records")
    ]
    widths = (3.9, 1.9, 2.5, 1.1, 1.9, 1.5, 3.4)
    report.table(said, [facts.say(k) for k in keys], rows, widths=widths, right=(5,))
    if len(table) > most:
        report.paragraph(facts.say("more_rows", n=f"{len(table) - most:,}"))


def _towns(report: Report) -> None:
    facts, by_town = report.facts, report.facts.now.by_town
    report.heading(towns_finding(facts))
    tasks = bool(by_town["task_mu"].notna().any())
    keys = ["town", *(("task", "done_pct") if tasks else ()), "credited_mu", "parcels", "overdue"]
    rows = [
        [
            text(row["town"], 16) if row["town"] else facts.say("no_group"),
            *(_task(row) if tasks else []),
            mu(row["credited_m2"], 2),
            f"{int(row['credited_parcels']):,}",
            f"{int(row['overdue']):,}",
        ]
        for row in by_town.to_dict("records")
    ]
    right = tuple(range(1, len(keys)))
    widths = (2, *([1] * len(right)))
    heads = [facts.say(k) for k in keys]
    report.table(facts.say("towns_chart"), heads, rows, widths=widths, right=right)
    if not tasks:
        report.paragraph(facts.say("no_tasks"))


def _task(row: dict[Hashable, Any]) -> list[str]:
    """Return task and share done as text; a town without a task has neither."""
    if pd.isna(row["task_mu"]):
        return [text(None), text(None)]
    return [f"{float(row['task_mu']):,.1f}", f"{float(row['done_pct']):.1f}%"]


def _movement(report: Report) -> None:
    facts, moved = report.facts, report.facts.movement
    report.heading(movement_finding(facts))
    if moved.by_month.empty:
        return
    heads = [facts.say("in_mu", said=facts.say(key)) for key in COLUMNS]
    months = [
        [facts.say("month_name", n=int(row["month"])), *(mu(row[key], 2) for key in COLUMNS)]
        for row in moved.by_month.to_dict("records")
    ]
    widths, right = (1.2, *([1.6] * 6)), tuple(range(1, 7))
    said = facts.say("movement_chart")
    report.table(said, [facts.say("month"), *heads], months, widths=widths, right=right)
    towns = [
        [text(row["town"], 12), *(mu(row[key], 2) for key in COLUMNS)]
        for row in moved.whole().to_dict("records")
    ]
    report.table(said, [facts.say("town"), *heads], towns, widths=widths, right=right)
    report.paragraph(facts.say("movement_note"))


def _forecast(report: Report) -> None:
    facts, found = report.facts, report.facts.forecast
    report.heading(facts.say("forecast_sheet"))
    stop = "." if facts.lang == "en" else "。"
    if found is None:
        report.paragraph(facts.say("forecast_none"))
        return
    report.paragraph(forecast_finding(facts) + stop)
    report.paragraph(facts.say("forecast_basis", draws=f"{found.draws:,}", seed=found.seed))
    rows = deciding_rows(facts, _MOST_ROWS[facts.kind], 20)
    if not rows:
        return
    report.paragraph(deciding_finding(facts) + stop)
    heads = [facts.say(key) for key in DECIDING]
    widths = (3.3, 1.5, 1.4, 1.4, 2, 1.2, 1.4, 1.4, 1.8)
    report.table(facts.say("deciding"), heads, rows, widths=widths, right=(5, 6, 7))
    report.paragraph(facts.say("deciding_note"))


def _split(report: Report) -> None:
    facts = report.facts
    report.heading(split_finding(facts))
    sides = (
        ("by_class", "class", facts.now.by_class, "low_class"),
        ("by_mode", "mode", facts.now.by_mode, "renewal_mode"),
    )
    for said, head, groups, enum in sides:
        rows = [
            [label(enum, code, facts.lang), mu(area, 2), f"{int(n):,}"]
            for code, area, n in zip(
                groups[enum], groups["credited_m2"], groups["credited_parcels"], strict=True
            )
        ]
        heads = [facts.say(k) for k in (head, "credited_mu", "parcels")]
        report.table(facts.say(said), heads, rows, widths=(2, 1, 1), right=(1, 2))


def _stages(report: Report) -> None:
    facts, stages = report.facts, report.facts.now.funnel
    report.heading(funnel_finding(facts))
    rows = [
        [label("stage", code, facts.lang), f"{int(n):,}", mu(here, 2), mu(reached, 2)]
        for code, n, here, reached in zip(
            stages["stage"],
            stages["parcels"],
            stages["area_m2"],
            stages["reached_area_m2"],
            strict=True,
        )
    ]
    heads = [facts.say(k) for k in ("stage", "parcels", "here_mu", "reached_mu")]
    report.table(facts.say("funnel_chart"), heads, rows, widths=(2, 1, 1.4, 1.4), right=(1, 2, 3))


def _late(report: Report) -> None:
    facts, late = report.facts, report.facts.now.overdue
    report.heading(late_finding(facts))
    if late.empty:
        return
    most = _MOST_ROWS[facts.kind]
    keys = ("parcel", "town", "stage", "due_stage", "due_on", "late_days", "area_mu", "unit")
    rows = [
        [
            name(row.get("parcel_name") or parcel_id, 20),
            text(row.get("town"), 12),
            label("stage", row.get("stage"), facts.lang),
            label("stage", row.get("due_stage"), facts.lang),
            day(row.get("due_on")),
            f"{int(row['overdue_days']):,}",
            mu(row.get("geometry_area_m2"), 2),
            text(row.get("responsible_unit"), 16),
        ]
        for parcel_id, row in late.head(most).to_dict("index").items()
    ]
    widths = (3.9, 1.7, 1.4, 1.4, 1.9, 1.3, 1.5, 2.2)
    heads = [facts.say(k) for k in keys]
    report.table(facts.say("overdue_sheet"), heads, rows, widths=widths, right=(5, 6))
    if len(late) > most:
        report.paragraph(facts.say("more_rows", n=f"{len(late) - most:,}"))

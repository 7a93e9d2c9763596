"""The workbook of a meeting: every figure is a live formula over the rows it comes from."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

import numpy as np
import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from analysis.month import months_left
from analysis.movement import COLUMNS
from gis.area import to_mu
from reports.cells import clean_text
from reports.formulas import sum_if
from reports.packet.facts import PacketFacts
from reports.packet.findings import notes
from reports.packet.follow_up import write_follow_up
from reports.packet.forecast_sheet import write_forecast
from reports.packet.live_book import Book
from reports.packet.words import label, text
from reports.tables import about_rows

_TO_MU = "*3/2000"
"""1 亩 = 2000/3 m², as a formula."""


def numbers_book(facts: PacketFacts) -> bytes:
    """Return the workbook of a packet as .xlsx.

    The list of credited parcels holds the numbers; the sums by town, class, mode and month and
    the headline are formulas over it. The same facts give the same bytes.

    Parameters
    ----------
    facts : PacketFacts
        The figures.
    """
    book = Book(facts)
    first = book.sheet("summary")
    _evidence(book)
    _monthly(book)
    _groups(book, "towns_sheet", "town", facts.now.by_town, "town", None)
    _groups(book, "classes_sheet", "class", facts.now.by_class, "low_class", "low_class")
    _groups(book, "modes_sheet", "mode", facts.now.by_mode, "renewal_mode", "renewal_mode")
    _funnel(book)
    _movement(book)
    write_forecast(book)
    _overdue(book)
    write_follow_up(book)
    _summary(book, first)
    _about(book)
    return book.to_bytes()


EVIDENCE_COLUMNS = (
    "parcel_id", "parcel", "town", "owner", "class", "mode", "stage", "occurred_on", "month",
    "credited_m2", "credited_mu", "doc_no",
)  # fmt: skip
_PLACE = {name: xl_col_to_name(at) for at, name in enumerate(EVIDENCE_COLUMNS)}


def _rows(facts: PacketFacts) -> int:
    return max(len(facts.credited), 1) + 1


def _range(facts: PacketFacts, name: str) -> str:
    """Return the cells of a column of the list of credited parcels, from any sheet."""
    column = _PLACE[name]
    return f"'{facts.say('evidence')}'!${column}$2:${column}${_rows(facts)}"


def _evidence(book: Book) -> None:
    facts, looks = book.facts, book.looks
    widths = (22, 22, 12, 24, 12, 16, 10, 12, 7, 13, 13, 24)
    page = book.page("evidence", [facts.say(name) for name in EVIDENCE_COLUMNS], widths)
    for at, row in enumerate(facts.credited.to_dict("records"), start=1):
        told = {
            "parcel_id": row["parcel_id"],
            "parcel": row.get("parcel_name"),
            "town": row.get("town"),
            "owner": row.get("owner"),
            "class": label("low_class", row.get("low_class"), facts.lang),
            "mode": label("renewal_mode", row.get("renewal_mode"), facts.lang),
            "stage": label("stage", row["stage"], facts.lang),
            "doc_no": row.get("doc_no"),
        }
        for name, value in told.items():
            if (said := clean_text(value)) is not None:
                page.write_string(at, EVIDENCE_COLUMNS.index(name), said, looks["text"])
        on = pd.Timestamp(row["occurred_on"]).to_pydatetime()
        page.write_datetime(at, 7, on, looks["date"])
        page.write_formula(at, 8, f"=MONTH(H{at + 1})", looks["int"], on.month)
        area = float(row["credited_m2"])
        if np.isfinite(area):
            page.write_number(at, 9, area, looks["m2"])
            page.write_formula(at, 10, f"=J{at + 1}{_TO_MU}", looks["mu"], to_mu(area))
    page.autofilter(0, 0, _rows(facts) - 1, len(EVIDENCE_COLUMNS) - 1)


def _monthly(book: Book) -> None:
    facts, looks = book.facts, book.looks
    year, curve = facts.now.year, facts.now.monthly
    days = 366 if calendar.isleap(year) else 365
    keys = ("month", "in_month", "cumulative", "pace_mu", "plan_mu")
    page = book.page("monthly_sheet", [facts.say(k) for k in keys], (8, 16, 16, 16, 18))
    before = 0.0
    for at, row in enumerate(curve.to_dict("records"), start=1):
        page.write_number(at, 0, int(row["month"]), looks["int"])
        done = row["credited_m2"]
        if np.isfinite(done):
            formula = f"=SUMIFS({_range(facts, 'credited_mu')},{_range(facts, 'month')},A{at + 1})"
            page.write_formula(at, 1, formula, looks["mu"], to_mu(done - before))
            page.write_formula(at, 2, f"=SUM(B$2:B{at + 1})", looks["mu"], to_mu(done))
            before = float(done)
        if np.isfinite(row["target_line_m2"]):
            gone = (row["month_end"] - pd.Timestamp(year, 1, 1)).days + 1
            formula = f"='{facts.say('summary')}'!$B${_AT['target']}*{gone}/{days}"
            page.write_formula(at, 3, formula, looks["mu"], to_mu(row["target_line_m2"]))
        page.write_number(at, 4, to_mu(row["plan_m2"]), looks["mu"])


def _groups(
    book: Book, sheet: str, head: str, groups: pd.DataFrame, column: str, enum: str | None
) -> None:
    """Write the groups of a column, each with its sum over the list as a formula."""
    facts, looks = book.facts, book.looks
    tasks = "task_mu" in groups and bool(groups["task_mu"].notna().any())
    keys = [head, "credited_mu", "parcels", "overdue", *(("task", "share") if tasks else ())]
    page = book.page(sheet, [facts.say(k) for k in keys], (24, 16, 10, 12, *([14] * 2 * tasks)))
    source = {"town": "town", "low_class": "class", "renewal_mode": "mode"}[column]
    for at, row in enumerate(groups.to_dict("records"), start=1):
        code = row[column]
        name = clean_text(code) if enum is None else label(enum, code, facts.lang)
        shown = name or facts.say("no_group")
        page.write_string(at, 0, shown, looks["text"])
        cell = (_range(facts, source), f"$A{at + 1}", name)
        formula = sum_if(_range(facts, "credited_mu"), cell, none_is_zero=True)
        unknown = row["unknown_parcels"] and not row["credited_m2"]
        value = "—" if unknown else to_mu(float(row["credited_m2"]))
        page.write_formula(at, 1, formula, looks["mu"], value)
        page.write_number(at, 2, int(row["credited_parcels"]), looks["int"])
        page.write_number(at, 3, int(row["overdue"]), looks["int"])
        if tasks and pd.notna(row["task_mu"]):
            page.write_number(at, 4, float(row["task_mu"]), looks["mu"])
            share = to_mu(float(row["credited_m2"])) / float(row["task_mu"])
            page.write_formula(at, 5, f"=B{at + 1}/E{at + 1}", looks["pct"], share)
    last = len(groups) + 1
    page.write_string(last, 0, facts.say("total"), looks["total_text"])
    total = to_mu(float(groups["credited_m2"].sum()))
    page.write_formula(last, 1, f"=SUM(B2:B{last})", looks["total"], total)
    for place, name in ((2, "credited_parcels"), (3, "overdue")):
        column_name = xl_col_to_name(place)
        formula = f"=SUM({column_name}2:{column_name}{last})"
        page.write_formula(last, place, formula, looks["total_int"], int(groups[name].sum()))


def _funnel(book: Book) -> None:
    facts, looks, stages = book.facts, book.looks, book.facts.now.funnel
    keys = ("stage", "parcels", "here_mu", "reached_mu")
    page = book.page("funnel_sheet", [facts.say(k) for k in keys], (14, 10, 16, 16))
    last = len(stages) + 1
    for at, row in enumerate(stages.to_dict("records"), start=1):
        page.write_string(at, 0, label("stage", row["stage"], facts.lang), looks["text"])
        page.write_number(at, 1, int(row["parcels"]), looks["int"])
        page.write_number(at, 2, to_mu(float(row["area_m2"])), looks["mu"])
        reached = to_mu(float(row["reached_area_m2"]))
        page.write_formula(at, 3, f"=SUM(C{at + 1}:C${last})", looks["mu"], reached)


def _movement(book: Book) -> None:
    """Write the movement by month and town; what follows from the flows is a formula."""
    facts, looks, table = book.facts, book.looks, book.facts.movement.by_town
    heads = [facts.say("in_mu", said=facts.say(key)) for key in COLUMNS]
    widths = (8, 14, *([16] * 6))
    page = book.page("movement_sheet", [facts.say("month"), facts.say("town"), *heads], widths)
    before: dict[Any, int] = {}
    for at, row in enumerate(table.to_dict("records"), start=1):
        town = clean_text(row["town"])
        page.write_number(at, 0, int(row["month"]), looks["int"])
        page.write_string(at, 1, town or facts.say("no_group"), looks["text"])
        values = [to_mu(float(row[key])) for key in COLUMNS]
        if town in before:
            page.write_formula(at, 2, f"=H{before[town] + 1}", looks["mu"], values[0])
        else:
            page.write_number(at, 2, values[0], looks["mu"])
        for place, value in enumerate(values[1:-1], start=3):
            page.write_number(at, place, value, looks["mu"])
        formula = f"=C{at + 1}+D{at + 1}-E{at + 1}-F{at + 1}+G{at + 1}"
        page.write_formula(at, 7, formula, looks["mu"], values[-1])
        before[town] = at
    if len(table):
        page.autofilter(0, 0, len(table), 7)


def _overdue(book: Book) -> None:
    facts, looks, late = book.facts, book.looks, book.facts.now.overdue
    keys = ("parcel_id", "parcel", "town", "owner", "stage", "due_stage", "due_on", "late_days",
            "area_mu", "unit")  # fmt: skip
    widths = (22, 22, 12, 24, 10, 12, 12, 12, 12, 22)
    page = book.page("overdue_sheet", [facts.say(k) for k in keys], widths)
    for at, (parcel_id, row) in enumerate(late.to_dict("index").items(), start=1):
        told = (
            parcel_id,
            row.get("parcel_name"),
            row.get("town"),
            row.get("owner"),
            label("stage", row.get("stage"), facts.lang),
            label("stage", row.get("due_stage"), facts.lang),
        )
        for place, value in enumerate(told):
            if (said := clean_text(value)) is not None:
                page.write_string(at, place, said, looks["text"])
        if pd.notna(row.get("due_on")):
            page.write_datetime(at, 6, pd.Timestamp(row["due_on"]).to_pydatetime(), looks["date"])
        page.write_number(at, 7, int(row["overdue_days"]), looks["int"])
        if pd.notna(row.get("geometry_area_m2")):
            page.write_number(at, 8, to_mu(float(row["geometry_area_m2"])), looks["mu"])
        if (unit := clean_text(row.get("responsible_unit"))) is not None:
            page.write_string(at, 9, unit, looks["text"])


_ORDER = ("year", "state_on", "target", "credited", "share", "days_gone", "days_all", "expected",
          "gap", "months_left", "required", "overdue")  # fmt: skip
_AT = {name: row for row, name in enumerate(_ORDER, start=5)}
"""Row of each figure on the summary, counted from 1."""


def _summary(book: Book, page: Any) -> None:
    facts, looks = book.facts, book.looks
    page.set_column(0, 0, 26)
    page.set_column(1, 1, 18)
    page.set_column(2, 2, 60)
    page.write_string(0, 0, facts.title, looks["title"])
    if facts.context.is_sample:
        page.write_string(1, 0, facts.say("sample"), looks["badge"])
    page.write_string(2, 0, facts.headline, looks["total_text"])
    for place, key in enumerate(("item", "value")):
        page.write_string(3, place, facts.say(key), looks["head"])
    for name, (formula, value, look) in _figures(facts).items():
        row = _AT[name] - 1
        unit = {"mu": f"（{facts.say('mu')}）"}.get(look, "")
        page.write_string(row, 0, _name(facts, name) + unit, looks["text"])
        if value is None:
            page.write_string(row, 1, text(None))
        elif formula:
            page.write_formula(row, 1, formula, looks[look], value)
        else:
            page.write_number(row, 1, value, looks[look])
    page.write_datetime(
        _AT["state_on"] - 1, 1, datetime.combine(facts.context.state_on, time()), looks["date"]
    )
    page.write_string(_AT["state_on"] - 1, 0, about_rows(facts.context, facts.lang)[2][0])
    page.write_string(len(_ORDER) + 5, 0, facts.provenance()[0], looks["text"])
    page.write_string(len(_ORDER) + 6, 0, facts.provenance()[1], looks["text"])


def _name(facts: PacketFacts, name: str) -> str:
    return facts.say(name) if name != "state_on" else ""


Figure = tuple[str, float | None, str]


def _figures(facts: PacketFacts) -> Mapping[str, Figure]:
    """Return each figure of the summary: formula (empty for an input), value, look."""
    now, on = facts.now, facts.context.state_on
    at = {name: f"B{row}" for name, row in _AT.items()}
    days = 366 if calendar.isleap(now.year) else 365
    gone = on.timetuple().tm_yday
    left = months_left(now.year, on)
    task = now.target_mu is not None
    done = now.credited_mu
    needed = f"=IF({at['credited']}>={at['target']},0,({at['target']}-{at['credited']})"
    return {
        "year": ("", now.year, "year"),
        "target": ("", now.target_mu, "mu"),
        "credited": (f"=SUM({_range(facts, 'credited_mu')})", done, "mu"),
        "share": (
            f"={at['credited']}/{at['target']}",
            done / now.target_mu if now.target_mu else None,
            "pct",
        ),
        "days_gone": (f"={at['state_on']}-DATE({at['year']},1,1)+1", gone, "int"),
        "days_all": (f"=DATE({at['year']}+1,1,1)-DATE({at['year']},1,1)", days, "int"),
        "expected": (
            f"={at['target']}*{at['days_gone']}/{at['days_all']}",
            now.expected_mu if task else None,
            "mu",
        ),
        "gap": (f"={at['credited']}-{at['expected']}", now.gap_mu, "mu"),
        "months_left": (
            f"=12-MONTH({at['state_on']})+(DAY(EOMONTH({at['state_on']},0))-DAY({at['state_on']}))"
            f"/DAY(EOMONTH({at['state_on']},0))",
            left,
            "number",
        ),
        "required": (
            f"{needed}/{at['months_left']})",
            now.required_mu_per_month,
            "mu",
        ),
        "overdue": (
            f"=COUNTA('{facts.say('overdue_sheet')}'!$A$2:$A${max(len(now.overdue), 1) + 1})",
            len(now.overdue),
            "int",
        ),
    }


def _about(book: Book) -> None:
    facts, looks = book.facts, book.looks
    page = book.sheet("about")
    page.set_column(0, 0, 22)
    page.set_column(1, 1, 100)
    told = [(name, said) for name, said in about_rows(facts.context, facts.lang) if said]
    told += [("", said) for said in notes(facts)]
    for row, (name, said) in enumerate(told):
        if name:
            page.write_string(row, 0, name, looks["total_text"])
        page.write_string(row, 1, clean_text(said) or "—", looks["wrap"])

"""The forecast in the workbook: the range of the year and the parcels that decide it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gis.area import to_mu
from reports.cells import clean_text
from reports.packet.live_book import Book
from reports.packet.words import label

_COLUMNS = ("parcel_id", "parcel", "town", "stage", "next_stage", "must_move_by", "chance",
            "area_mu", "contribution_mu", "unit", "weight")  # fmt: skip
_WIDTHS = (22, 24, 12, 10, 10, 20, 12, 13, 16, 22, 14)
_FIRST = 9
"""Row of the list's headings, counted from 1; the figures stand above it."""


def write_forecast(book: Book) -> None:
    """Write the sheet of the forecast; without one it says why."""
    facts, looks, found = book.facts, book.looks, book.facts.forecast
    page = book.sheet("forecast_sheet")
    for place, width in enumerate(_WIDTHS):
        page.set_column(place, place, width)
    if found is None:
        page.write_string(0, 0, facts.say("forecast_none"), looks["text"])
        return
    page.write_string(0, 0, facts.say("deciding_note"), looks["text"])
    basis = facts.say("forecast_basis", draws=f"{found.draws:,}", seed=found.seed)
    page.write_string(1, 0, basis, looks["text"])
    unit = f"（{facts.say('mu')}）"
    for row, key in enumerate(("p10", "p50", "p90"), start=2):
        page.write_string(row, 0, facts.say(key) + unit, looks["text"])
        page.write_number(row, 1, to_mu(float(getattr(found, f"{key}_m2"))), looks["mu"])
    page.write_string(5, 0, facts.say("probability"), looks["text"])
    if found.probability is not None:
        page.write_number(5, 1, found.probability, looks["pct"])
    for place, key in enumerate(_COLUMNS):
        page.write_string(_FIRST - 1, place, facts.say(key), looks["head"])
    _list(book, page, found.deciding)


def _list(book: Book, page: Any, deciding: pd.DataFrame) -> None:
    facts, looks = book.facts, book.looks
    for at, (parcel_id, row) in enumerate(deciding.to_dict("index").items(), start=_FIRST):
        told = (
            parcel_id,
            row.get("parcel_name"),
            row.get("town"),
            label("stage", row.get("stage"), facts.lang),
            label("stage", row.get("next_stage"), facts.lang),
        )
        for place, value in enumerate((*told, *[None] * 4, row.get("responsible_unit"))):
            if (said := clean_text(value)) is not None:
                page.write_string(at, place, said, looks["text"])
        if row["too_late"] or pd.isna(row["must_move_by"]):
            page.write_string(at, 5, facts.say("too_late"), looks["text"])
        else:
            page.write_datetime(at, 5, row["must_move_by"].to_pydatetime(), looks["date"])
        page.write_number(at, 6, float(row["chance"]), looks["pct"])
        if pd.notna(row["weight"]):
            page.write_number(at, 10, 100 * float(row["weight"]), looks["mu"])
        area = float(row["area_m2"])
        if area == area:
            page.write_number(at, 7, to_mu(area), looks["mu"])
            value = to_mu(float(row["chance"]) * area)
            page.write_formula(at, 8, f"=G{at + 1}*H{at + 1}", looks["mu"], value)

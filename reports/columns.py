"""The columns of a list: which, under what heading, in what unit, and their values as cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from data import schema
from gis.area import to_mu
from reports.cells import CELL_LIMIT, clean_text

PRINTED_COLUMNS: tuple[str, ...] = (
    "parcel_id",
    "parcel_name",
    "town",
    "park",
    "owner",
    "registered_area_m2",
    "geometry_area_m2",
    "far",
    "low_class",
    "renewal_mode",
    "stage",
    "stage_on",
    "due_stage",
    "due_on",
    "overdue_days",
    "credited_m2",
    "responsible_unit",
)
"""What fits legibly on a sheet of A3; the rest of the list is read on the screen."""

LIST_COLUMNS: tuple[str, ...] = (
    *PRINTED_COLUMNS,
    "credited_on",
    "credited_total_m2",
    "floor_area_m2",
    "planned_far",
    "suspected_idle",
    "tax_wan",
    "tax_wan_per_mu",
    "evaluation_grade",
    "industry_code",
    "cluster",
    "class_basis",
    "class_clause",
    "class_doc",
    "remark",
)
"""What a planner's list shows, in this order. The map formats carry every field."""

FLOOR_FIELDS = frozenset(
    {"floor_area_m2", "footprint_area_m2", "unlawful_floor_area_m2", "plan_start_floor_area_m2"}
)
"""Areas that planners read in m²; every other area is land and is shown in 亩."""

_FAR_FIELDS = frozenset({"far", "planned_far"})
_WIDTHS = {"text": 14.0, "date": 11.0, "bool": 8.0, "mu": 11.0, "m2": 11.0, "far": 8.0}
_OWN_WIDTHS = {
    "parcel_id": 23.0,
    "parcel_name": 25.0,
    "town": 12.0,
    "owner": 28.0,
    "park": 20.0,
    "low_class": 14.0,
    "renewal_mode": 20.0,
    "stage": 13.0,
    "due_stage": 13.0,
    "class_basis": 36.0,
    "class_clause": 24.0,
    "registered_area_m2": 16.0,  # the headings of areas stay on one line, their unit unbroken
    "geometry_area_m2": 16.0,
    "credited_m2": 20.0,
    "credited_total_m2": 20.0,
    "overdue_days": 16.0,
    "far": 12.0,
    "remark": 24.0,
    "responsible_unit": 16.0,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list.

    Attributes
    ----------
    key : str
        Field of the dictionary.
    heading : str
        Label with the unit shown.
    kind : str
        ``text``, ``mu``, ``m2``, ``far``, ``wan``, ``wan2``, ``number``, ``int``, ``date`` or
        ``bool``: how the cell is written and formatted.
    width : float
        Width in characters.
    """

    key: str
    heading: str
    kind: str
    width: float


def columns_of(
    frame: pd.DataFrame, *, lang: str = "zh", keys: Sequence[str] | None = None
) -> tuple[Column, ...]:
    """Return the columns of a list, in order, as far as the frame has them.

    Parameters
    ----------
    frame : DataFrame
        Indexed by ``parcel_id``.
    lang : str
        Language of the headings.
    keys : sequence of str, optional
        Other fields than ``LIST_COLUMNS``; ``parcel_id`` always comes first.

    Examples
    --------
    >>> frame = pd.DataFrame({"far": [1.0], "geometry_area_m2": [2_000.0]})
    >>> [column.heading for column in columns_of(frame)]
    ['宗地编号', '图形面积（亩）', '实际容积率']
    """
    wanted = LIST_COLUMNS if keys is None else tuple(keys)
    present = [key for key in wanted if key in frame.columns and key != "parcel_id"]
    return tuple(_column(key, lang) for key in ("parcel_id", *present))


def _column(key: str, lang: str) -> Column:
    kind = _kind(schema.field(key))
    unit = "mu" if kind == "mu" else None
    heading = schema.label(key, "en" if lang == "en" else "zh", unit=unit)
    return Column(key, heading, kind, _OWN_WIDTHS.get(key, _WIDTHS.get(kind, 11.0)))


def _kind(term: schema.Field) -> str:
    if term.type in ("text", "code", "enum"):
        return "text"
    if term.type in ("date", "bool", "int"):
        return term.type
    if term.unit == "m2":
        return "m2" if term.key in FLOOR_FIELDS else "mu"
    if term.key in _FAR_FIELDS:
        return "far"
    return {"wan": "wan", "wan_per_mu": "wan2"}.get(term.unit, "number")


def cells(
    frame: pd.DataFrame, column: Column, *, lang: str = "zh", limit: int | None = CELL_LIMIT
) -> list[Any]:
    """Return one column as cell values: str, float, int, or None where unknown.

    Parameters
    ----------
    frame : DataFrame
        Indexed by ``parcel_id``.
    column : Column
        Which, and how.
    lang : str
        Language of codes and of yes and no.
    limit : int, optional
        Text beyond this many characters is cut and ends in …; None cuts nothing.

    Returns
    -------
    list
        Codes as their labels, areas in the unit of the heading, dates as ``datetime64[D]``
        converted to ISO text, text without characters that a sheet cannot hold.
    """
    values = frame.index.to_series() if column.key == "parcel_id" else frame[column.key]
    term = schema.field(column.key)
    if term.enum is not None:
        return _labelled(values, schema.enum_labels(term.enum, "en" if lang == "en" else "zh"))
    if column.kind == "text":
        return [clean_text(value, limit=limit) for value in values.astype(object)]
    if column.kind == "bool":
        words = ("yes", "no") if lang == "en" else ("是", "否")
        return [None if pd.isna(v) else words[0 if v else 1] for v in values.astype(object)]
    if column.kind == "date":
        days = pd.to_datetime(values, errors="coerce").to_numpy().astype("datetime64[D]")
        return [None if day is None else day.isoformat() for day in days.astype(object).tolist()]
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    if column.kind == "mu":
        numbers = to_mu(numbers)
    whole = column.kind == "int"
    return [(int(n) if whole else n) if np.isfinite(n) else None for n in numbers.tolist()]


def _labelled(values: pd.Series, labels: Mapping[str, str]) -> list[Any]:
    """Return the labels of codes; a code outside its list is shown as it is."""
    shown = {code: clean_text(labels.get(code, code)) for code in values.dropna().unique()}
    return [shown.get(value) for value in values.astype(object)]

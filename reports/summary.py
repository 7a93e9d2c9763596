"""The sheet of subtotals: formulas over the list, each with its value for simple viewers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from data.schema import enum_labels
from reports.cells import clean_text
from reports.columns import Column
from reports.context import ExportContext
from reports.formulas import UNKNOWN, count_if, sum_if, sum_of, sum_visible
from reports.words import word

MEASURES = {
    "registered": "registered_area_m2",
    "measured": "geometry_area_m2",
    "credited": "credited_m2",
}
"""What is added up: the heading's word and the field."""

COUNTED_UNKNOWN = ("registered", "measured")
"""The measures whose unknown parcels are counted beside the sums."""


@dataclass(frozen=True)
class ListShape:
    """The columns of the list that are added up: their values and where they stand.

    Attributes
    ----------
    table : DataFrame
        ``town``, ``low_class`` as labels (``""`` where unknown) and the measures in the unit of
        the list, as far as the list shows them; one row per parcel.
    ranges : mapping
        Absolute range of each field in the list, as ``'地块清单'!$C$2:$C$9``.
    """

    table: pd.DataFrame
    ranges: Mapping[str, str]

    @classmethod
    def of(
        cls, columns: Sequence[Column], values: Mapping[str, Sequence[Any]], *, sheet: str
    ) -> ListShape:
        """Take down what the list holds and where each column stands."""
        rows = len(values["parcel_id"])
        last = max(rows, 1) + 1
        names = {column.key: xl_col_to_name(at) for at, column in enumerate(columns)}
        ranges = {key: f"'{sheet}'!${name}$2:${name}${last}" for key, name in names.items()}
        table = pd.DataFrame(index=range(rows))
        for key in ("town", "low_class"):
            if key in values:
                table[key] = [value or "" for value in values[key]]
        for measure, key in MEASURES.items():
            if key in values:
                table[measure] = pd.Series(values[key], dtype=float)
        return cls(table, ranges)

    @property
    def measures(self) -> list[str]:
        """The measures that the list shows."""
        return [measure for measure in MEASURES if measure in self.table]

    @property
    def doubtful(self) -> list[str]:
        """The measures shown whose unknown parcels are counted."""
        return [measure for measure in COUNTED_UNKNOWN if measure in self.table]

    def range_of(self, measure: str) -> str:
        """Return the range of a measure in the list."""
        return self.ranges[MEASURES[measure]]

    def figures(self, table: pd.DataFrame | None = None) -> list[float]:
        """Return number, sum of each measure and unknown areas, of all rows or some.

        A sum is NaN where none of its rows is known.
        """
        table = self.table if table is None else table
        sums = [float(table[measure].sum(min_count=1)) for measure in self.measures]
        unknown = [int(table[measure].isna().sum()) for measure in self.doubtful]
        return [len(table), *sums, *unknown]


class SummarySheet:
    """Writes 汇总 from the top down.

    Parameters
    ----------
    sheet : xlsxwriter Worksheet
        Empty.
    shape : ListShape
        What the list holds and where.
    formats : mapping
        Cell formats by name.
    lang : str
        ``"zh"`` or ``"en"``.
    """

    def __init__(
        self, sheet: Any, shape: ListShape, *, formats: Mapping[str, Any], lang: str
    ) -> None:
        self.sheet = sheet
        self.shape = shape
        self.formats = formats
        self.lang = lang

    def write(self, context: ExportContext) -> None:
        """Write the line of the present filter, the subtotals by town, by class and by both."""
        table = self.shape.table
        self.sheet.set_column(0, 0, 30)
        self.sheet.set_column(1, 12, 19)
        self._text(0, 0, f"{context.county} · {word('summary', self.lang)}", "title")
        if context.is_sample:
            self._text(1, 0, word("sample_note", self.lang), "badge")
        self._text(2, 0, clean_text(context.filter_text) or "—", "plain")
        self._visible(4)
        row = 8
        for key, title in (("town", "by_town"), ("low_class", "by_class")):
            if key in table:
                row = self._block(row, key, title) + 1
        if {"town", "low_class", "measured"} <= set(table.columns):
            self._cross(row)

    def _text(self, row: int, at: int, text: str, look: str) -> None:
        self.sheet.write_string(row, at, text, self.formats[look])

    def _formula(self, row: int, at: int, formula: str, value: float, look: str) -> None:
        known = UNKNOWN if value != value else value
        self.sheet.write_formula(row, at, formula, self.formats[look], known)

    def _looks(self, prefix: str = "") -> list[str]:
        sums = [f"{prefix}mu"] * len(self.shape.measures)
        unknown = [f"{prefix}int"] * len(self.shape.doubtful)
        return [f"{prefix}int", *sums, *unknown]

    def _head(self, row: int, first: str, *, unknown: bool = True) -> None:
        last = [f"{measure}_unknown" for measure in self.shape.doubtful] if unknown else []
        for at, key in enumerate([first, "parcels", *self.shape.measures, *last]):
            self._text(row, at, word(key, self.lang), "head")

    def _visible(self, row: int) -> None:
        """Write the line that follows the filter set in the list."""
        self._head(row, "visible", unknown=False)
        self._text(row + 1, 0, word("total", self.lang), "total_text")
        wholes = self.shape.figures()
        count = f"=SUBTOTAL(103,{self.shape.ranges['parcel_id']})"
        self._formula(row + 1, 1, count, wholes[0], "total_int")
        for at, measure in enumerate(self.shape.measures, start=2):
            formula = sum_visible(self.shape.range_of(measure))
            self._formula(row + 1, at, formula, wholes[at - 1], "total_mu")
        self._text(row + 2, 0, word("visible_note", self.lang), "plain")

    def _names(self, key: str) -> list[str]:
        """Return the groups in order: towns by measured area, classes as in their list."""
        names = list(dict.fromkeys(self.shape.table[key]))
        if key == "low_class":
            place = list(enum_labels(key, "en" if self.lang == "en" else "zh").values())
            places = {name: at for at, name in enumerate(place)}
            return sorted(names, key=lambda n: (n == "", places.get(n, len(places)), n))
        area = pd.Series(0.0, index=names)
        if "measured" in self.shape.table:
            area = self.shape.table.groupby(key)["measured"].sum()
        return sorted(names, key=lambda n: (n == "", -round(float(area[n]), 6), n))

    def _block(self, row: int, key: str, title: str) -> int:
        """Write one row for each group and a total; return the row below."""
        self._head(row, title)
        names = self._names(key)
        groups = dict(iter(self.shape.table.groupby(key, sort=False)))
        for line, name in enumerate(names, start=row + 1):
            condition = (self.shape.ranges[key], f"$A{line + 1}", name or None)
            formulas = [count_if(condition)]
            formulas += [sum_if(self.shape.range_of(m), condition) for m in self.shape.measures]
            formulas += [
                count_if(condition, blank=self.shape.range_of(m)) for m in self.shape.doubtful
            ]
            self._text(line, 0, name or word("unknown", self.lang), "text")
            cells = zip(formulas, self.shape.figures(groups[name]), self._looks(), strict=True)
            for at, (formula, value, look) in enumerate(cells, start=1):
                self._formula(line, at, formula, value, look)
        self._totals(row + 1, row + 1 + len(names), self.shape.figures(), self._looks("total_"))
        return row + 2 + len(names)

    def _totals(
        self, first: int, below: int, values: Sequence[float], looks: Sequence[str]
    ) -> None:
        self._text(below, 0, word("total", self.lang), "total_text")
        for at, (value, look) in enumerate(zip(values, looks, strict=True), start=1):
            name = xl_col_to_name(at)
            formula = sum_of(f"{name}{first + 1}:{name}{below}") if below > first else "=0"
            self._formula(below, at, formula, value if below > first else 0, look)

    def _cross(self, row: int) -> None:
        """Write measured area by town and class with totals both ways."""
        towns, classes = self._names("town"), self._names("low_class")
        grouped = self.shape.table.groupby(["town", "low_class"])["measured"]
        sums = grouped.sum(min_count=1).to_dict()  # no parcel is 0, only unknown ones NaN
        unknown = word("unknown", self.lang)
        shown = [name or unknown for name in classes]
        heads = [word("cross", self.lang), *shown, word("total", self.lang)]
        for at, name in enumerate(heads):
            self._text(row, at, name, "head")
        last = xl_col_to_name(len(classes))
        for line, town in enumerate(towns, start=row + 1):
            self._text(line, 0, town or unknown, "text")
            by_town = (self.shape.ranges["town"], f"$A{line + 1}", town or None)
            for at, name in enumerate(classes, start=1):
                cell = f"{xl_col_to_name(at)}${row + 1}"
                by_class = (self.shape.ranges["low_class"], cell, name or None)
                values = self.shape.range_of("measured")
                formula = sum_if(values, by_town, by_class, none_is_zero=True)
                self._formula(line, at, formula, float(sums.get((town, name), 0.0)), "mu")
            value = _sum(sums.get((town, name), 0.0) for name in classes)
            formula = sum_of(f"B{line + 1}:{last}{line + 1}")
            self._formula(line, len(classes) + 1, formula, value, "row_mu")
        columns = [_sum(sums.get((t, name), 0.0) for t in towns) for name in classes]
        looks = ["total_mu"] * (len(classes) + 1)
        self._totals(row + 1, row + 1 + len(towns), [*columns, _sum(columns)], looks)


def _sum(values: Iterable[float]) -> float:
    """Add up what is known, NaN where nothing is."""
    return float(pd.Series(list(values), dtype=float).sum(min_count=1))

"""How many parcels and how much land each class has, and how that stands against the record."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis.query import ParcelQuery
from data import schema
from gis.area import to_mu
from ui import screened
from ui.components.column_width import fitting
from ui.components.screening_list import within
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import number

SIDES = ("agree", "differ", "unrecorded", "insufficient")
TOTAL, NOT_RECORDED = "total", "-"


def classes_table(desk: Desk, query: ParcelQuery) -> pd.DataFrame:
    """Return number, 亩 and agreement with the record by class, in the order of the classes.

    Returns
    -------
    DataFrame
        Indexed by code of class, the last row ``total``: ``parcels``, ``area_mu``, ``agree``,
        ``differ``, ``unrecorded``, ``insufficient`` (of class 信息不足, which cannot be compared);
        these four sum to ``parcels``.
    """

    def make() -> pd.DataFrame:
        found = within(desk, query)
        area = desk.parcels["geometry_area_m2"].reindex(found.index).astype(float)
        sides = {side: (found["against_record"] == side).astype(int) for side in SIDES}
        rows = pd.DataFrame(
            {"class": found["class"], "parcels": 1, "area_mu": to_mu(area), **sides}
        )
        summed = rows.groupby("class").sum().reindex(schema.enum_codes("low_class"), fill_value=0)
        return pd.concat([summed, summed.sum().to_frame(TOTAL).T])

    return screened.kept(desk, ("classes", query), make)


def cross_table(desk: Desk, query: ParcelQuery) -> pd.DataFrame:
    """Return the number of parcels by class on record (rows) and class by rule (columns)."""

    def make() -> pd.DataFrame:
        found = within(desk, query)
        codes = list(schema.enum_codes("low_class"))
        recorded = found["recorded_class"].fillna(NOT_RECORDED)
        counts = pd.crosstab(recorded, found["class"])
        return counts.reindex(index=[*codes, NOT_RECORDED], columns=codes, fill_value=0)

    return screened.kept(desk, ("cross", query), make)


def show_classes(desk: Desk, query: ParcelQuery) -> None:
    """Draw both tables and say what is not in their sums."""
    labels = dict(schema.enum_labels("low_class", language()))
    table = classes_table(desk, query)
    heads = {
        "parcels": t("screening.class_parcels"),
        "area_mu": t("screening.class_area"),
        "agree": t("screening.class_agree"),
        "differ": t("screening.class_differ"),
        "unrecorded": t("screening.class_unrecorded"),
        "insufficient": t("screening.class_insufficient"),
    }
    named = labels | {TOTAL: t("screening.class_total"), NOT_RECORDED: t("screening.not_recorded")}
    shown = table.reset_index(names="class").assign(
        **{"class": [named[code] for code in table.index]}
    )
    config: dict[str, object] = {
        name: st.column_config.NumberColumn(
            head,
            format="%,.1f" if name == "area_mu" else "%,d",
            width=fitting(head, ["12,345.6"]),
        )
        for name, head in heads.items()
    }
    config["class"] = _class_column(t("screening.col_class"), named.values())
    st.dataframe(shown, hide_index=True, column_config=config, height=_high(shown))
    found = within(desk, query)
    unknown = int(desk.parcels["geometry_area_m2"].reindex(found.index).isna().sum())
    st.caption(t("screening.classes_help", n=number(unknown)))
    st.subheader(t("screening.cross"), anchor=False)
    cross = cross_table(desk, query).reset_index(names="class")
    cross["class"] = [named[code] for code in cross["class"]]
    across: dict[str, object] = {
        code: st.column_config.NumberColumn(labels[code], format="%,d", width=fitting(labels[code]))
        for code in labels
    }
    across["class"] = _class_column(t("screening.col_recorded"), named.values())
    st.dataframe(cross, hide_index=True, column_config=across, height=_high(cross))


def _high(table: pd.DataFrame) -> int:
    return 35 * (len(table) + 1) + 3


def _class_column(head: str, values: object) -> object:
    return st.column_config.Column(head, width=fitting(head, values), pinned=True)  # type: ignore[arg-type]

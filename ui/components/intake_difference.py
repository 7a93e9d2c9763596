"""The fourth step: what the file would change in the register, before anything is written."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from data import schema
from data.difference import Difference
from data.intake import ImportReport
from data.projects import LAYER as PROJECTS
from gis.area import to_mu
from ui.components.difference_map import difference_map, placed_grid, shown_at
from ui.components.figures import Figure, big_line
from ui.components.intake_decisions import decide_lineage, decide_vanished
from ui.components.parcel_table import MOST_ROWS
from ui.desk import Desk
from ui.intake import OnWay
from ui.text import language, t
from ui.text.numbers import UNKNOWN, day, known, mu, number, parcels

BY_ROW = ("parcels", "events")
KINDS = ("new", "changed", "unchanged", "vanished")


def show_difference(desk: Desk, way: OnWay, report: ImportReport) -> None:
    """Draw how many rows are new, changed and gone, and each change field by field."""
    by_row = report.layer in BY_ROW
    big_line([Figure(t(f"intake.diff_{kind}"), number(report.diff.get(kind, 0)))
              for kind in KINDS])  # fmt: skip
    if report.layer == PROJECTS:
        st.info(t("intake.by_number"), icon=":material/playlist_add:")
    elif not by_row:
        st.info(t("intake.replaces"), icon=":material/layers:")
    found = report.difference
    if found is None:
        return
    if report.change is None:
        st.success(t("intake.nothing_new"), icon=":material/done_all:")
    look = shown_at(way.draft.draft_id)
    difference_map(desk, report, found, look)
    _cells(found, look)
    _reshaped(found, look)
    _candidates(desk, way, found, look)
    _new(report, found, look)
    _vanished(desk, way, found, look)


def cell_text(key: str, value: object) -> str:
    """Write a value of a field as it is read: 亩 for m², words for codes, days as ISO."""
    if not known(value):
        return UNKNOWN
    term = schema.field(key)
    if term.enum:
        return schema.enum_labels(term.enum, language()).get(str(value), str(value))
    if term.unit == "m2" and "floor" in key:  # planners speak of land in 亩, of floors in m²
        return t("intake.m2", n=number(float(value), 1))  # type: ignore[arg-type]
    if term.unit == "m2":
        return mu(float(value), 2)  # type: ignore[arg-type]
    if isinstance(value, pd.Timestamp):
        return day(value)
    if isinstance(value, bool | np.bool_):
        return t("screening.yes") if value else t("screening.no")
    if isinstance(value, float | np.floating):
        return f"{float(value):,.10g}"
    return str(value)


def _cells(found: Difference, look: str) -> None:
    """Draw each changed cell, old and new."""
    if found.cells.empty:
        return
    st.subheader(t("intake.cells", n=number(sum(found.counts.values()))), anchor=False)
    counts = found.counts
    kept = st.selectbox(
        t("intake.field"),
        [None, *sorted(counts, key=lambda key: (-counts[key], key))],
        width=320,
        key="intake.cells.field",
        format_func=lambda key: t("intake.all") if key is None else t(
            "intake.kind_count", kind=schema.label(key, language()), n=number(counts[key])
        ),
    )  # fmt: skip
    cells = found.cells if kept is None else found.cells[found.cells["field"] == kept]
    some = cells.head(MOST_ROWS)
    pairs = list(zip(some["field"], some["old"], some["new"], strict=True))
    table = pd.DataFrame(
        {
            "parcel_id": some["parcel_id"].to_numpy(),
            "field": [schema.label(key, language(), with_unit=False) for key, _, _ in pairs],
            "old": [cell_text(key, old) for key, old, _ in pairs],
            "new": [cell_text(key, new) for key, _, new in pairs],
        }
    )
    heads = {
        "parcel_id": schema.label("parcel_id", language()),
        "field": t("intake.field"),
        "old": t("intake.col_old"),
        "new": t("intake.col_new"),
    }
    placed_grid(table, heads, "intake.cells", look)
    if len(cells) > MOST_ROWS:
        st.caption(t("intake.more_rows", n=number(MOST_ROWS), all=number(len(cells))))


def _reshaped(found: Difference, look: str) -> None:
    """Draw the parcels whose shape changes, with the land each gains and loses."""
    if not found.reshaped:
        return
    gained, lost = mu(found.area_m2("gained"), 2), mu(found.area_m2("lost"), 2)
    n = parcels(len(found.reshaped))
    st.subheader(t("intake.reshaped", parcels=n, gained=gained, lost=lost), anchor=False)
    moved = pd.DataFrame(found.shapes.drop(columns="geometry"))
    wide = moved.pivot_table("area_m2", "parcel_id", "part", aggfunc="sum")
    wide = wide.reindex(index=list(found.reshaped), columns=["gained", "lost"]).fillna(0.0)
    wide = wide.assign(most=wide.max(axis=1)).sort_values("most", ascending=False, kind="stable")
    some = wide.head(MOST_ROWS)
    table = pd.DataFrame(
        {
            "parcel_id": some.index.to_numpy(),
            "gained": [number(float(to_mu(a)), 3) for a in some["gained"]],
            "lost": [number(float(to_mu(a)), 3) for a in some["lost"]],
        }
    )
    heads = {
        "parcel_id": schema.label("parcel_id", language()),
        "gained": t("intake.col_gained"),
        "lost": t("intake.col_lost"),
    }
    placed_grid(table, heads, "intake.reshaped", look)


def _candidates(desk: Desk, way: OnWay, found: Difference, look: str) -> None:
    """Draw splits and mergers that the overlaps suggest."""
    some = found.candidates.head(MOST_ROWS)
    if some.empty:
        return
    st.subheader(t("intake.candidates", n=number(some["group"].nunique())), anchor=False)
    st.caption(t("intake.candidates_help"))
    table = pd.DataFrame(
        {
            "kind": [t(f"intake.lineage_{kind}") for kind in some["kind"]],
            "parent_id": some["parent_id"].to_numpy(),
            "child_id": some["child_id"].to_numpy(),
            "shared": [mu(a, 2) for a in some["shared_m2"]],
            "share": [f"{100 * share:.0f} %" for share in some["child_share"]],
        }
    )
    heads = {
        "kind": t("intake.col_lineage"),
        "parent_id": t("intake.col_parent"),
        "child_id": t("intake.col_child"),
        "shared": t("intake.col_shared"),
        "share": t("intake.col_child_share"),
    }
    placed_grid(table, heads, "intake.candidates", look, named="child_id")
    decide_lineage(desk, way, found)


def _new(report: ImportReport, found: Difference, look: str) -> None:
    new = list(found.ids["new"])
    if not new or report.change is None or report.change.parcels is None:
        return
    st.subheader(t("intake.new", parcels=parcels(len(new))), anchor=False)
    rows = report.change.parcels.loc[new[:MOST_ROWS]]
    kept = [key for key in ("parcel_name", "town", "owner", "geometry_area_m2") if key in rows]
    table = pd.DataFrame({"parcel_id": rows.index.to_numpy()})
    heads = {"parcel_id": schema.label("parcel_id", language())}
    for key in kept:
        table[key] = [cell_text(key, value) for value in rows[key]]
        heads[key] = schema.label(key, language(), with_unit=False)
    placed_grid(table, heads, "intake.new", look)


def _vanished(desk: Desk, way: OnWay, found: Difference, look: str) -> None:
    """Say which parcels are on record but not in the file: they stay."""
    gone = list(found.ids["vanished"])
    if not gone:
        return
    with st.expander(t("intake.vanished", parcels=parcels(len(gone))), icon=":material/help:"):
        st.caption(t("intake.vanished_help"))
        rows = desk.parcels.reindex(gone[:MOST_ROWS])
        table = pd.DataFrame({"parcel_id": rows.index.to_numpy()})
        heads = {"parcel_id": schema.label("parcel_id", language())}
        for key in ("parcel_name", "town", "owner", "geometry_area_m2"):
            table[key] = [cell_text(key, value) for value in rows[key]]
            heads[key] = schema.label(key, language(), with_unit=False)
        placed_grid(table, heads, "intake.vanished", look)
    if way.preview.shapes is not None and found.vanished_here:
        decide_vanished(desk, way, len(found.vanished_here))

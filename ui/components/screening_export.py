"""The list of a screening, taken away as a workbook, CSV or map layer."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from analysis.query import ParcelQuery
from reports.screening_list import screening_table, write_screening, write_screening_map
from ui import screened
from ui.components.export_buttons import FORMATS
from ui.components.lazy_popover import lazy_popover
from ui.components.screening_list import ordered, within
from ui.components.selection_strip import export_context
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import parcels


def export_button(desk: Desk, query: ParcelQuery, which: str) -> None:
    """Draw the button that offers the list on the screen as a file."""
    count = len(ordered(desk, query, which))
    labels = {
        "xlsx": t("screening.xlsx"),
        "csv": t("export.csv"),
        "gpkg": t("export.gpkg"),
        "geojson": t("export.geojson"),
    }
    opened = lazy_popover(
        t("screening.export"), "screening.export", icon=":material/download:", disabled=not count
    )
    if not opened.open:
        return
    with opened:
        st.caption(t("screening.export_help", parcels=parcels(count)))
        for fmt, label in labels.items():
            st.download_button(
                label,
                data=written(desk, query, which, fmt),
                file_name=f"{t('screening.export_file')}_{desk.state_on:%Y%m%d}.{fmt}",
                mime=FORMATS[fmt],
                key=f"screening.export.{fmt}",
                on_click="ignore",
                width="stretch",
            )


def written(desk: Desk, query: ParcelQuery, which: str, fmt: str) -> Callable[[], bytes]:
    """Return what writes the list when it is asked for, not before."""
    context = export_context(desk, query)

    def write() -> bytes:
        rules = screened.ruleset()
        rows = within(desk, query).iloc[ordered(desk, query, which)]
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / f"list.{fmt}"
            if fmt in ("gpkg", "geojson"):
                write_screening_map(rows, desk.parcels, fmt, out, context=context)
            else:
                table = screening_table(rows, desk.parcels, ruleset=rules, lang=context.lang)
                write_screening(table, fmt, out, context=context, ruleset=rules)
            return out.read_bytes()

    return write

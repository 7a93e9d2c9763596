"""What the plot-ratio page shows, taken away as a workbook."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import streamlit as st

from analysis.query import ParcelQuery
from reports.far_book import write_far_book
from ui.components.export_buttons import FORMATS
from ui.components.selection_strip import export_context
from ui.desk import Desk
from ui.measured import Basis, measured
from ui.text import t


def export_button(
    desk: Desk,
    query: ParcelQuery,
    basis: Basis,
    lines: pd.DataFrame,
    below: pd.DataFrame,
    gains: Callable[[], Mapping[str, pd.DataFrame]],
) -> None:
    """Draw the button; the workbook is written when it is pressed, not before."""
    context = export_context(desk, query)

    def write() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            out = write_far_book(
                lines,
                measured(desk).parcels,
                below,
                gains(),
                Path(folder) / "far.xlsx",
                context=context,
                basis=t(f"far.about_{basis}"),
                line_names={name: t(f"far.line_{name}") for name in below.index},
            )
            return out.read_bytes()

    st.download_button(
        t("far.export"),
        data=write,
        file_name=f"{t('far.export_file')}_{desk.state_on:%Y%m%d}.xlsx",
        mime=FORMATS["xlsx"],
        icon=":material/download:",
        key="far.export",
        on_click="ignore",
    )

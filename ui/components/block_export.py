"""The blocks that are listed, taken away as a workbook, CSV or map layer."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import streamlit as st

from analysis.query import ParcelQuery
from reports.block_book import block_list, rule_rows, write_blocks
from reports.tables import about_rows
from ui import planned
from ui.components.export_buttons import FORMATS
from ui.components.lazy_popover import lazy_popover
from ui.components.selection_strip import export_context
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import number


def block_export(desk: Desk, query: ParcelQuery, ids: pd.Index) -> None:
    """Draw the button that offers the listed blocks as a file.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.
    query : ParcelQuery
        The filter, said in the file.
    ids : Index
        The blocks, in the order of the list.
    """
    labels = {
        "xlsx": t("blocks.xlsx"),
        "csv": t("export.csv"),
        "gpkg": t("export.gpkg"),
        "geojson": t("export.geojson"),
        "shp": t("export.shp"),
        "kml": t("export.kml"),
        "dxf": t("export.dxf"),
        "txt": t("export.txt"),
    }
    opened = lazy_popover(t("blocks.export"), "blocks.export", icon=":material/download:")
    if not opened.open:
        return
    with opened:
        st.caption(t("blocks.export_help", n=number(len(ids))))
        for fmt, label in labels.items():
            suffix = "zip" if fmt == "shp" else fmt
            st.download_button(
                label,
                data=written(desk, query, ids, fmt),
                file_name=f"{t('blocks.export_file')}_{desk.state_on:%Y%m%d}.{suffix}",
                mime=FORMATS[fmt],
                key=f"blocks.export.{fmt}",
                on_click="ignore",
                width="stretch",
            )


def written(desk: Desk, query: ParcelQuery, ids: pd.Index, fmt: str) -> Callable[[], bytes]:
    """Return what writes the list when it is asked for, not before."""
    context, chosen, money = export_context(desk, query), planned.options(), planned.prices(desk)

    def write() -> bytes:
        found = planned.blocks(desk, chosen)
        rules = replace(planned.block_rules(), within_m=chosen.within_m)
        told = about_rows(context, context.lang)[:-1]
        with tempfile.TemporaryDirectory() as folder:
            out = write_blocks(
                block_list(found, planned.figures(desk, chosen)).loc[ids],
                found.block_of,
                fmt,
                Path(folder) / f"blocks.{'zip' if fmt == 'shp' else fmt}",
                told=[*told, *rule_rows(rules, money, context.lang)],
                prices=money,
                lang=context.lang,
            )
            return out.read_bytes()

    return write

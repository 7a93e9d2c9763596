"""What leaves the page of siting: lists, the page of a project to be read out, the plan."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from analysis.query import ParcelQuery
from gis.area import to_mu
from reports.book import write_sheets
from reports.context import ExportContext
from reports.location_map import sites_png
from reports.site_book import write_sites
from reports.siting_list import project_head
from reports.siting_said import Place, layer_words, project_facts
from reports.siting_sheet import SHOWN, SheetWords, siting_sheet
from reports.tables import about_rows
from ui import sited
from ui.components.export_buttons import FORMATS
from ui.components.layer_names import layer_name
from ui.components.lazy_popover import lazy_popover
from ui.components.selection_strip import export_context
from ui.components.sheet_button import MIME, around
from ui.components.siting_books import list_sheets, plan_sheets
from ui.components.siting_words import (
    site_name,
    site_place,
    verdict,
)
from ui.desk import Desk
from ui.text import t

_PROVENANCE = (0, 2, 3, 4)
"""Of `reports.tables.about_rows`: county, state on, known on, version of the register."""
ON_MAP = 3
"""So many sites are on the map of the page."""


def siting_export(desk: Desk, project: str) -> None:
    """Draw the page of the project, and the popover with its lists."""
    day = f"{desk.state_on:%Y%m%d}"
    st.download_button(
        t("siting.sheet"), data=sheet(desk, project), icon=":material/description:", mime=MIME,
        file_name=f"{t('siting.sheet_file')}_{project}_{day}.docx", key="siting.sheet",
        on_click="ignore", help=t("siting.sheet_help"),
    )  # fmt: skip
    opened = lazy_popover(t("siting.export"), "siting.export", icon=":material/download:")
    if not opened.open:
        return
    labels = {
        "xlsx": t("siting.xlsx"),
        "csv": t("export.csv"),
        "gpkg": t("export.gpkg"),
        "geojson": t("export.geojson"),
        "shp": t("export.shp"),
        "kml": t("export.kml"),
        "dxf": t("export.dxf"),
        "txt": t("export.txt"),
    }
    with opened:
        st.caption(t("siting.export_help"))
        for fmt, label in labels.items():
            suffix = "zip" if fmt == "shp" else fmt
            st.download_button(
                label, data=written(desk, project, fmt), mime=FORMATS[fmt], width="stretch",
                file_name=f"{t('siting.export_file')}_{project}_{day}.{suffix}",
                key=f"siting.export.{fmt}", on_click="ignore",
            )  # fmt: skip


def _context(desk: Desk) -> ExportContext:
    return export_context(desk, ParcelQuery())


def told(desk: Desk, project: str) -> list[tuple[str, str]]:
    """Return where, of which day and version, and what a file rests on; no rule of counting."""
    context = _context(desk)
    rows = about_rows(context, context.lang)
    return [*(rows[at] for at in _PROVENANCE), *about(desk, project)]


def about(desk: Desk, project: str) -> list[tuple[str, str]]:
    """Return which project, criteria, vetoes and layers a file rests on."""
    rows = [(t("siting.layers_used"), _layers(desk)), (t("siting.ids"), _ids())]
    rows.append((t("siting.not_asked"), sited.rules().not_asked[_context(desk).lang == "en"]))
    chosen = sited.decision(desk, project) if project else None
    if project:
        row = sited.projects(desk).loc[project].to_dict()
        rows.insert(0, (t("siting.project"), project_head(project, row, _context(desk).lang)))
    if chosen is not None:
        rows.append((t("siting.decision"), decision_said(desk, project)))
    return rows


def layer_names() -> dict[str, str]:
    """Return what the layers that vetoes ask are called."""
    return {name: layer_name(name) for name in sited.rules().layers}


def _layers(desk: Desk) -> str:
    names = layer_names()
    return t("filter.comma").join(
        layer_words(
            {"layer": row["layer"], "layer_version": row["version"], "layer_date": row["date"]},
            names, lang=_context(desk).lang,
        )
        for row in sited.layers_told(desk)
    )  # fmt: skip


def _ids() -> str:
    return f"{sited.criteria().id} · {sited.rules().id}"


def decision_said(desk: Desk, project: str) -> str:
    """Say the decision that holds as plain text, empty without one."""
    one = sited.decision(desk, project)
    if one is None:
        return ""
    return t(
        "siting.decided_plain", site=f"{site_name(desk, one.site_id)} {one.site_id}", who=one.who,
        on=one.decided_on, reason=one.reason, version=one.seen_version, state=one.seen_on,
    )  # fmt: skip


def sheet(desk: Desk, project: str) -> Callable[[], bytes]:
    """Return what writes the page of a project when it is asked for."""
    context = _context(desk)

    def write() -> bytes:
        record = sited.record(desk, project)
        row = sited.projects(desk).loc[project].to_dict()
        words = SheetWords(
            head=project_head(project, row, context.lang),
            verdict=verdict(desk, record),
            facts=project_facts(
                project, sited.projects(desk), rules=sited.project_rules(), lang=context.lang
            ),
            layers=layer_names(),
            decision=decision_said(desk, project),
        )
        areas = sited.left_to(desk, project)["area_m2"]
        return siting_sheet(
            record,
            words=words,
            sites={
                site: Place(site_place(desk, site), float(to_mu(areas[site])))
                for site in (row["site_id"] for row in record["ranking"][:SHOWN])
            },
            criteria=sited.criteria(),
            context=context,
            told=told(desk, ""),
            picture=_picture(desk, [row["site_id"] for row in record["ranking"][:ON_MAP]]),
        )

    return write


def _picture(desk: Desk, sites: list[str]) -> bytes | None:
    """Draw where the first sites lie, marked with their ranks."""
    if not sites:
        return None
    shapes = sited.sites(desk).table.geometry
    marked = {str(at): shapes[site] for at, site in enumerate(sites, start=1)}
    return sites_png(marked, around(desk), lang=_context(desk).lang)


def written(desk: Desk, project: str, fmt: str) -> Callable[[], bytes]:
    """Return what writes the list of a project when it is asked for."""
    context = _context(desk)

    def write() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / f"sites.{'zip' if fmt == 'shp' else fmt}"
            if fmt == "xlsx":
                book = list_sheets(desk, project, layer_names())
                write_sheets(book, out, told=told(desk, project), lang=context.lang)
            else:
                order = [row["site_id"] for row in sited.record(desk, project)["ranking"]]
                write_sites(
                    sited.sites(desk).table.loc[order], fmt, out, told=told(desk, project),
                    lang=context.lang,
                )  # fmt: skip
            return out.read_bytes()

    return write


def match_export(
    desk: Desk, plan: Mapping[str, Any], placed: pd.DataFrame, left: pd.DataFrame
) -> None:
    """Draw the button that takes the plan away as a workbook."""
    st.download_button(
        t("match.xlsx"), data=plan_written(desk, plan, placed, left), icon=":material/download:",
        mime=FORMATS["xlsx"], file_name=f"{t('match.file')}_{desk.state_on:%Y%m%d}.xlsx",
        key="match.export", on_click="ignore",
    )  # fmt: skip


def plan_written(
    desk: Desk, plan: Mapping[str, Any], placed: pd.DataFrame, left: pd.DataFrame
) -> Callable[[], bytes]:
    """Return what writes the plan when it is asked for; the tables as the page shows them."""

    def write() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "plan.xlsx"
            book = plan_sheets(desk, plan, placed, left)
            write_sheets(book, out, told=told(desk, ""), lang=_context(desk).lang)
            return out.read_bytes()

    return write

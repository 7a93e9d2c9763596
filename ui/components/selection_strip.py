"""The strip under a list or map: what is picked, how many 亩, by class, and how to take it away."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd
import streamlit as st

from analysis.query import ParcelQuery
from data import schema
from reports.context import ExportContext
from ui import screened, state
from ui.components.add_to_block import add_to_block_button
from ui.components.agenda_form import agenda_button
from ui.components.export_buttons import export_buttons
from ui.components.lazy_popover import lazy_popover
from ui.components.record_stage import record_button
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known, mu, parcels


@dataclass(frozen=True)
class Among:
    """Parcels that a page's list is about, and what they are called in the strip."""

    ids: tuple[str, ...]
    said: str


def selection_strip(
    desk: Desk,
    query: ParcelQuery,
    *,
    verdicts: pd.DataFrame | None = None,
    among: Among | None = None,
) -> gpd.GeoDataFrame:
    """Draw the strip for what is picked, or for the whole filtered list where nothing is.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.
    query : ParcelQuery
        The filters that hold.
    verdicts : DataFrame, optional
        The screening of the county (`ui.screened.screened`): land is then told by the class of
        the verdict, else by the class on record.
    among : Among, optional
        Where nothing is picked the strip speaks of these parcels and not of the filtered list.

    Returns
    -------
    GeoDataFrame
        The parcels the strip speaks of (shared: do not change).
    """
    picked = state.selection()
    frame = desk.picked(picked.ids, picked.shape) if picked else desk.filtered(query)
    name: tuple[Hashable, ...] = ("picked", picked) if picked else ("filtered", query)
    if among is not None and not picked:
        frame = desk.frame[desk.frame.index.isin(among.ids)]
        name = ("among", among.ids)
    with st.container(key="mutu_strip", horizontal=True, vertical_alignment="center", wrap=False):
        figures = {
            "parcels": parcels(len(frame)),
            "area": mu(desk.area_m2(frame, name)),
        }
        said = t("strip.picked", **figures) if picked else t("strip.filtered", **figures)
        if among is not None and not picked:
            said = t("strip.among", said=among.said, **figures)
        st.markdown(f"**{said}**", width="content")
        st.caption(_by_class(desk, frame, name, verdicts), width="stretch")
        if picked:
            st.button(
                t("strip.clear"),
                icon=":material/deselect:",
                type="tertiary",
                key="strip.clear",
                on_click=state.select,
            )
            add_to_block_button(desk)
            agenda_button(desk)
        record_button(desk, tuple(frame.index.astype(str)) if picked else (), place="strip")
        _export(
            desk, frame, query, picked=bool(picked), from_record=verdicts is not None,
            among="" if among is None or picked else among.said,
        )  # fmt: skip
    return frame


def _by_class(
    desk: Desk, frame: gpd.GeoDataFrame, name: tuple[object, ...], verdicts: pd.DataFrame | None
) -> str:
    """Total the list by class on record or, where ``verdicts`` are given, by their class."""
    if verdicts is None:
        found = desk.totals_by(frame, name, ("low_class",))
    else:
        found = screened.totals(desk, frame, name)
    place = {code: n for n, code in enumerate(schema.enum_codes("low_class"))}
    found = found.iloc[sorted(range(len(found)), key=lambda n: place.get(found.index[n], 99))]
    parts = [
        t(
            "strip.class",
            name=schema.enum_label("low_class", code, language()) if known(code) else UNKNOWN,
            parcels=parcels(row_parcels),
            area=mu(row_area),
        )
        for code, row_parcels, row_area in zip(
            found.index, found["parcels"], found["geometry_area_m2"], strict=True
        )
    ]
    classes = t("strip.dot").join(parts)
    if verdicts is None:
        return t("strip.by_record", classes=classes)
    return t("strip.by_rule", classes=classes)


def _export(
    desk: Desk,
    frame: gpd.GeoDataFrame,
    query: ParcelQuery,
    *,
    picked: bool,
    from_record: bool,
    among: str = "",
) -> None:
    opened = lazy_popover(
        t("strip.export_record") if from_record else t("export.title"),
        "export",
        icon=":material/download:",
        kind="primary",
        disabled=frame.empty,
    )
    if not opened.open:
        return
    context = export_context(desk, query, picked=picked)
    if among:
        told = t("export.among", said=among, filters=context.filter_text)
        context = replace(context, filter_text=told)
    with opened:
        st.caption(t("export.help", parcels=parcels(len(frame))))
        export_buttons(frame, context, name=f"{t('export.file')}_{desk.state_on:%Y%m%d}")


def export_context(desk: Desk, query: ParcelQuery, *, picked: bool = False) -> ExportContext:
    """Say what a list is: filter, dates, version and rules, to be printed in its file."""
    lang = language()
    said = query.describe(lang)
    return ExportContext(
        county=desk.county,
        filter_text=t("export.picked", filters=said) if picked else said,
        state_on=desk.state_on,
        known_on=desk.known_on,
        register_version=desk.version_known,
        rules_id=desk.rules.id,
        credit_rule=desk.rules.credit.sentence(lang),
        is_sample=desk.is_sample,
        lang=lang,
    )

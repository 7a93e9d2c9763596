"""The ledgers of two bureaus side by side: what differs, how much land, and who resolves it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from analysis.ledgers_compare import LedgerComparison
from analysis.query import ParcelQuery
from data.ledger_rules import KINDS, SIDES
from gis.area import to_mu
from reports.ledgers import bureau_name, kind_name, open_land_m2, shown_value, write_ledgers
from ui import state
from ui.components.column_width import fitting
from ui.components.export_buttons import FORMATS
from ui.components.figures import Figure, big_line
from ui.components.moved import link_column, map_links
from ui.components.selection_strip import export_context
from ui.desk import Desk
from ui.ledgers import alone, compared, land_told, ledger_rules
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known, mu, number, parcels

MOST_ROWS = 1000
"""Rows sent to the browser; the workbook has them all."""


def say_ledgers(desk: Desk) -> None:
    """Say how much land two bureaus still disagree about; nothing while they agree."""
    found = compared(desk)
    if found is None:
        return
    _say_alone(desk)
    if found.open.empty:
        return
    land, unknown = open_land_m2(found)
    said = {"parcels": parcels(len(found.open_parcels())), "area": mu(land)}
    if unknown:
        st.caption(t("ledgers.open_unknown", **said, unknown=parcels(unknown)))
    else:
        st.caption(t("ledgers.open", **said))


def _say_alone(desk: Desk) -> None:
    """Say how much land only one ledger has, and how much of it has no place."""
    rows = alone(desk)
    if rows is None or rows.empty:
        return
    nowhere = int(rows["placed_by"].isna().sum())
    st.caption(
        t(
            "ledgers.alone",
            n=number(len(rows)),
            area=land_told(rows["land_m2"]),
            unknown=number(int(rows["land_m2"].isna().sum())),
            nowhere=number(nowhere),
        )
    )


def ledgers_view(desk: Desk) -> None:
    """Draw the section; nothing where neither ledger has been imported."""
    found = compared(desk)
    if found is None:
        return
    st.subheader(t("ledgers.title"))
    st.caption(_matched(found))
    big_line(_figures(desk, found))
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    kind = left.selectbox(
        t("ledgers.kind"),
        ("all", *KINDS),
        format_func=lambda code: t("ledgers.all") if code == "all" else kind_name(code, language()),
        key=state.widget("ledgers.kind", state.setting("differ", "all")),
        on_change=lambda: state.set_setting("differ", st.session_state["ledgers.kind"]),
    )
    with middle:
        resolved = st.toggle(
            t("ledgers.with_resolved"),
            key=state.widget("ledgers.resolved", state.setting("agreed", "0") == "1"),
            on_change=_toggled,
        )
    rows = found.differences if resolved else found.unresolved
    rows = rows[rows["field"].isin(KINDS if kind == "all" else (kind,))]
    with right:
        _export(desk, found)
    if rows.empty:
        st.caption(t("ledgers.none"))
        return
    _table(rows)


def _toggled() -> None:
    state.set_setting("agreed", "1" if st.session_state["ledgers.resolved"] else "0")


def _matched(found: LedgerComparison) -> str:
    return t(
        "ledgers.matched",
        pairs=number(len(found.pairs)),
        jx=number(found.only_jx),
        zg=number(found.only_zg),
    )


def _figures(desk: Desk, found: LedgerComparison) -> list[Figure]:
    rules, lang = ledger_rules(), language()
    land, _ = open_land_m2(found)
    whole = Figure(
        t("ledgers.open_land"),
        mu(land),
        note=parcels(len(found.open_parcels())),
        help=rules.source if lang == "zh" else t("ledgers.shares_source"),
    )
    figures = [whole]
    for side in SIDES:
        rows = found.open[found.open["bureau"] == side]
        size = float(rows.drop_duplicates(["parcel_id", "jx_row", "zg_row"])["land_m2"].sum())
        name = bureau_name(side, rules, lang)
        label = t("ledgers.to_resolve", bureau=name)
        figures.append(Figure(label, t("ledgers.count", n=number(len(rows))), note=mu(size)))
    rows = alone(desk)
    if rows is not None and len(rows):
        count = t("ledgers.count", n=number(len(rows)))
        size = land_told(rows["land_m2"])
        told = t("ledgers.alone_help")
        figures.append(Figure(t("ledgers.alone_land"), count, note=size, help=told))
    return figures


def _table(rows: pd.DataFrame) -> None:
    table = _listed(rows.head(MOST_ROWS))
    st.dataframe(
        table,
        hide_index=True,
        height=min(35 * len(table) + 38, 460),
        placeholder=UNKNOWN,
        key="ledgers.table",
        column_config=_columns(table),
    )
    if len(rows) > MOST_ROWS:
        st.caption(t("ledgers.more", n=number(MOST_ROWS), all=number(len(rows))))


def _listed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return differences as they are read: names for codes, 亩 for m²."""
    lang, ruled = language(), ledger_rules()
    links = map_links(pd.Index(rows["parcel_id"]))
    known_ids = rows["parcel_id"].notna()
    kinds = rows["field"]
    sides = {
        side: [shown_value(kind, said, lang) for kind, said in zip(kinds, rows[side], strict=True)]
        for side in SIDES
    }
    return pd.DataFrame(
        {
            "link": [a if there else None for a, there in zip(links, known_ids, strict=True)],
            "parcel_id": rows["parcel_id"].to_numpy(),
            "field": [kind_name(kind, lang) for kind in kinds],
            **sides,
            "size": to_mu(rows["size_m2"].astype(float)).to_numpy(),
            "bureau": [bureau_name(code, ruled, lang) for code in rows["bureau"]],
            "unit": [
                t("ledgers.unit_mistake", times=_times(ratio)) if known(ratio) else None
                for ratio in rows["unit_ratio"]
            ],
            "parcel_name": rows["parcel_name"].to_numpy(),
            "town": rows["town"].to_numpy(),
            "decision": rows["decision"].to_numpy(),
        }
    )


def _columns(table: pd.DataFrame) -> dict[str, Any]:
    lang, rules = language(), ledger_rules()
    heads = {
        "parcel_id": t("ledgers.col_id"),
        "field": t("ledgers.kind"),
        "jx": bureau_name("jx", rules, lang),
        "zg": bureau_name("zg", rules, lang),
        "bureau": t("ledgers.col_bureau"),
        "unit": t("ledgers.col_unit"),
        "parcel_name": t("ledgers.col_name"),
        "town": t("ledgers.col_town"),
        "decision": t("ledgers.col_decision"),
    }
    size = t("ledgers.col_size")
    width = fitting(size, ["12,345.67"])
    config: dict[str, Any] = {
        name: st.column_config.Column(head, width=fitting(head, table[name].dropna()))
        for name, head in heads.items()
    }
    config["link"] = link_column()
    config["size"] = st.column_config.NumberColumn(size, format="%,.2f", width=width)
    return config


def _times(ratio: float) -> str:
    """Return a ratio of units as it is known: 15, 666.67, 10,000."""
    times = max(ratio, 1 / ratio)
    return number(times, 0 if float(times).is_integer() else 2)


def _export(desk: Desk, found: LedgerComparison) -> None:
    st.download_button(
        t("ledgers.export"),
        data=_written(desk, found),
        file_name=f"{t('ledgers.export_file')}_{desk.state_on:%Y%m%d}.xlsx",
        mime=FORMATS["xlsx"],
        icon=":material/download:",
        key="ledgers.export",
        on_click="ignore",
    )


def _written(desk: Desk, found: LedgerComparison) -> Callable[[], bytes]:
    context = export_context(desk, ParcelQuery())
    rules = ledger_rules()

    def write() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "ledgers.xlsx"
            return write_ledgers(found, out, rules=rules, context=context).read_bytes()

    return write

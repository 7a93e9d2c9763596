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
from ui.components.figures import Figure, big_line
from ui.components.moved import link_column, map_links
from ui.components.selection_strip import FORMATS, export_context
from ui.desk import Desk
from ui.ledgers import compared, ledger_rules
from ui.text import language, t
from ui.text.numbers import UNKNOWN, mu, number, parcels

MOST_ROWS = 1000
"""Rows sent to the browser; the workbook has them all."""


def say_ledgers(desk: Desk) -> None:
    """Say how much land two bureaus still disagree about; nothing while they agree."""
    found = compared(desk)
    if found is None or found.open.empty:
        return
    land, unknown = open_land_m2(found)
    said = {"parcels": parcels(len(found.open_parcels())), "area": mu(land)}
    if unknown:
        st.caption(t("ledgers.open_unknown", **said, unknown=parcels(unknown)))
    else:
        st.caption(t("ledgers.open", **said))


def ledgers_view(desk: Desk) -> None:
    """Draw the section; nothing where neither ledger has been imported."""
    found = compared(desk)
    if found is None:
        return
    st.subheader(t("ledgers.title"))
    st.caption(_matched(found))
    big_line(_figures(found))
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
    rows = found.differences if resolved else found.open
    rows = rows if kind == "all" else rows[rows["field"] == kind]
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


def _figures(found: LedgerComparison) -> list[Figure]:
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
    return figures


def _table(rows: pd.DataFrame) -> None:
    lang, rules = language(), ledger_rules()
    shown = rows.head(MOST_ROWS)
    sides = {
        side: [
            shown_value(kind, value, lang)
            for kind, value in zip(shown["field"], shown[side], strict=True)
        ]
        for side in SIDES
    }
    table = pd.DataFrame(
        {
            "link": [
                link if known else None
                for link, known in zip(
                    map_links(pd.Index(shown["parcel_id"])), shown["parcel_id"].notna(), strict=True
                )
            ],
            "parcel_id": shown["parcel_id"].to_numpy(),
            "parcel_name": shown["parcel_name"].to_numpy(),
            "town": shown["town"].to_numpy(),
            "field": [kind_name(kind, lang) for kind in shown["field"]],
            **sides,
            "size": to_mu(shown["size_m2"].astype(float)).to_numpy(),
            "bureau": [bureau_name(code, rules, lang) for code in shown["bureau"]],
            "decision": shown["decision"].to_numpy(),
        }
    )
    heads = {
        "parcel_id": t("ledgers.col_id"),
        "parcel_name": t("ledgers.col_name"),
        "town": t("ledgers.col_town"),
        "field": t("ledgers.kind"),
        "jx": bureau_name("jx", rules, lang),
        "zg": bureau_name("zg", rules, lang),
        "bureau": t("ledgers.col_bureau"),
        "decision": t("ledgers.col_decision"),
    }
    config: dict[str, Any] = {
        name: st.column_config.Column(head, width=fitting(head, table[name].dropna()))
        for name, head in heads.items()
    }
    size = t("ledgers.col_size")
    config["link"] = link_column()
    config["size"] = st.column_config.NumberColumn(
        size, format="%,.2f", width=fitting(size, ["12,345.67"])
    )
    st.dataframe(
        table,
        hide_index=True,
        height=min(36 * len(table) + 40, 460),
        placeholder=UNKNOWN,
        key="ledgers.table",
        column_config=dict(config),
    )
    if len(rows) > MOST_ROWS:
        st.caption(t("ledgers.more", n=number(MOST_ROWS), all=number(len(rows))))


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

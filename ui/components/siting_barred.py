"""What keeps a project off sites, on what condition sites pass, and what nobody checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from data.layers import NAMES
from ui import sited
from ui.components.chosen_row import follow_opened
from ui.components.column_width import fitting
from ui.components.layer_names import layer_name
from ui.components.siting_map import open_site
from ui.components.siting_words import site_name, unit_label
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known, number, plain

INTAKE = Path(__file__).parents[1] / "pages" / "intake.py"
MOST = 500


def show_barred(desk: Desk, project: str) -> None:
    """Draw the three lists: not checked first of all, since it is easily overlooked."""
    told = sited.record(desk, project)
    _unchecked(told["unchecked"])
    _conditional(desk, told["conditional"], {row["site_id"] for row in told["ranking"]})
    _vetoed(desk, told["vetoed"])
    _layers(desk)
    beside = sited.rules().not_asked[language() == "en"]
    if beside:
        st.caption(plain(beside))


def _unchecked(rows: list[dict[str, Any]]) -> None:
    if not rows:
        st.success(t("siting.all_checked"), icon=":material/done_all:")
        return
    lines = []
    table = pd.DataFrame(rows)
    grouped = table.groupby(["label", "layer", "reason_text"], sort=False, dropna=False)
    for (label, layer, reason), part in grouped:
        sites = part["site_id"].dropna().unique()
        where = (
            t("siting.every_site")
            if part["site_id"].isna().any()
            else t("siting.one_site")
            if len(sites) == 1
            else t("siting.n_sites", n=number(len(sites)))
        )
        lines.append(
            "- " + t("siting.unchecked_line", veto=plain(label), layer=plain(layer_said(layer)),
                     reason=plain(reason), where=where)
        )  # fmt: skip
    st.warning(
        t("siting.unchecked_head", n=number(table["label"].nunique())) + "\n\n" + "\n".join(lines),
        icon=":material/help_center:",
    )


def layer_said(layer: Any) -> str:
    """Name a layer; a veto that asks no layer asks the site itself."""
    if not known(layer):
        return UNKNOWN
    return layer_name(str(layer)) if layer in NAMES else t("siting.layer_site")


def _conditional(desk: Desk, rows: list[dict[str, Any]], ranked: set[str]) -> None:
    rows = [row for row in rows if row["site_id"] in ranked]
    if not rows:
        return
    count = len({row["site_id"] for row in rows})
    with st.expander(t("siting.conditional_head", n=number(count)), icon=":material/rule:"):
        _table(desk, rows[:MOST], "conditional")


def _vetoed(desk: Desk, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    sites = len({row["site_id"] for row in rows})
    head = t("siting.vetoed_head", n=number(sites))
    if len(rows) > sites:
        head = t("siting.vetoed_head_several", n=number(sites), reasons=number(len(rows)))
    with st.expander(head, icon=":material/block:", expanded=True):
        labels = list(dict.fromkeys(row["label"] for row in rows))
        counts = pd.Series([row["label"] for row in rows]).value_counts()
        chosen = st.pills(
            t("siting.by_veto"), labels, key="siting.by_veto", label_visibility="collapsed",
            format_func=lambda label: f"{label} {number(counts[label])}",
        )  # fmt: skip
        kept = [row for row in rows if chosen in (None, row["label"])]
        if chosen is not None and kept:
            st.caption(
                plain(t("siting.clause_of", clause=kept[0]["clause"], layer=layer_of(kept[0])))
            )
        _table(desk, kept[:MOST], "vetoed")
        if len(kept) > MOST:
            st.caption(t("siting.more_rows", n=number(MOST), all=number(len(kept))))


def layer_of(row: dict[str, Any]) -> str:
    """Write the layer that a veto asked, with its version and day."""
    layer = layer_said(row["layer"])
    if row["layer_version"] is None:
        return layer
    on = row["layer_date"] or UNKNOWN
    return t("siting.layer_of", layer=layer, n=row["layer_version"], on=on)


def compared(row: dict[str, Any]) -> str:
    """Write what a veto compared, and what more is to be said of it."""
    said = []
    if known(row["value"]) and row["unit"] not in ("m2", "word"):
        if row["unit"] in ("kva", "t_per_day"):
            said.append(t("siting.left_needed", left=number(row["value"]),
                          need=number(row["threshold"]), unit=unit_label(row["unit"])))  # fmt: skip
        else:
            unit = {"pct": "%", "m": t("siting.unit_m")}.get(row["unit"], "")
            said.append(t("siting.compared", value=number(row["value"], 1),
                          threshold=number(row["threshold"], 1), unit=unit))  # fmt: skip
    if row.get("note_text"):
        said.append(row["note_text"])
    return t("filter.comma").join(said)


def _table(desk: Desk, rows: list[dict[str, Any]], key: str) -> None:
    """Draw what keeps sites off or holds them up; a picked row opens its site."""
    table = _readable(desk, rows, condition=key == "conditional")
    short = {
        "overlap_mu": t("siting.short_overlap_mu"), "layer_of": t("siting.short_layer_of"),
    }  # fmt: skip
    config: dict[str, Any] = {}
    for name in table.columns:
        head = short.get(name) or t(f"siting.col_{name}")
        if name in ("overlap_m2", "overlap_mu"):
            places = 0 if name == "overlap_m2" else 2
            values = [number(value, places) for value in table[name]]
            config[name] = st.column_config.NumberColumn(
                head, format=f"%,.{places}f", width=fitting(head, values)
            )
        else:
            most = {"layer_of": 210, "veto": 190}.get(name, 360)
            config[name] = st.column_config.Column(
                head, width=fitting(head, table[name], most=most), pinned=name == "name" or None
            )
    held, shown = f"siting.{key}", f"siting.{key}_shown"
    follow_opened("site", [row["site_id"] for row in rows], table=held, shown=shown)
    st.dataframe(
        table, hide_index=True, column_config=config, placeholder=UNKNOWN, key=held,
        height=min(300, 35 * len(table) + 38), on_select=lambda: _opened(held, shown),
        selection_mode="single-row",
    )  # fmt: skip


def _readable(desk: Desk, rows: list[dict[str, Any]], *, condition: bool) -> pd.DataFrame:
    """Return such rows as shown: what is asked at the meeting first."""
    columns: dict[str, list[Any]] = {
        "name": [site_name(desk, row["site_id"]) for row in rows],
        "veto": [row["label"] for row in rows],
    }
    if condition:
        columns["condition"] = [row["condition"] for row in rows]
    columns |= {
        "overlap_mu": [row["overlap_mu"] for row in rows],
        "layer_of": [layer_of(row) for row in rows],
        "clause": [row["clause"] for row in rows],
        "compared": [compared(row) for row in rows],
        "overlap_m2": [row["overlap_m2"] for row in rows],
    }
    table = pd.DataFrame(columns)
    figures = ["overlap_mu", "overlap_m2"]
    return table.astype(dict.fromkeys(figures, float))


def _opened(table: str, shown: str) -> None:
    names, rows = st.session_state[shown], st.session_state[table]["selection"]["rows"]
    if rows and rows[0] < len(names):
        open_site(names[rows[0]])


def _layers(desk: Desk) -> None:
    """Draw the layers that the vetoes ask: version and day, or that they are to be imported."""
    told = sited.layers_told(desk)
    missing = [layer_name(row["layer"]) for row in told if not row["there"]]
    with st.expander(t("siting.layers_head"), icon=":material/layers:"):
        lines = [
            "- " + t("siting.layer_line", layer=plain(layer_name(row["layer"])),
                     version=row["version"], on=row["date"] or UNKNOWN)
            for row in told
            if row["there"]
        ]  # fmt: skip
        st.markdown("\n".join(lines))
        for note in sited.notes(desk):
            st.caption(plain(note))
        if missing:
            names = t("filter.comma").join(missing)
            st.warning(t("siting.layers_missing", names=plain(names)), icon=":material/layers:")
            st.page_link(INTAKE, label=t("nav.intake"), icon=":material/move_to_inbox:")

"""What the person at the desk decides before a commit: repairs, vanished parcels, lineage.

Nothing is decided by itself: proposals are shown, and only what is accepted goes into the change.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from data.difference import Difference
from data.drafts import choose
from data.intake import ImportReport
from ui import intake, overlays
from ui.components import map_view
from ui.components.column_width import fitting
from ui.components.parcel_table import MOST_ROWS
from ui.desk import Desk
from ui.intake import OnWay
from ui.text import t
from ui.text.numbers import UNKNOWN, mu, number, parcels

MAP_HEIGHT = 340
WAYS = ("none", "some", "all")


def keep(desk: Desk, way: OnWay, **decided: Any) -> None:
    """Keep decisions about the chosen part with the draft."""
    kept = dict(way.draft.choices.get("decisions", {}))
    kept[str(way.wanted.part)] = {**kept.get(str(way.wanted.part), {}), **decided}
    choose(desk.workspace, way.draft, now=intake.now(), decisions=kept)


def take_back(desk: Desk, way: OnWay) -> None:
    """Draw the way out where a decision does not fit the file any more."""
    if way.wanted.decided != intake.Chosen("", None).decided:
        st.button(
            t("intake.decide_back"),
            icon=":material/undo:",
            key="intake.decide_back",
            on_click=keep,
            args=(desk, way),
            kwargs={"repairs": [], "lineage": [], "vanished": "keep"},
        )


def show_repairs(desk: Desk, way: OnWay, report: ImportReport) -> None:
    """Draw the repairs that are proposed, with the area before and after, and the decision."""
    found = report.repairs
    if found is None or found.empty:
        return
    st.subheader(t("intake.repairs", n=number(len(found))), anchor=False)
    st.caption(t("intake.repairs_help"))
    some = found.head(MOST_ROWS)
    table = pd.DataFrame(
        {
            "row": some.index.to_numpy(),
            "before": [mu(area, 3) for area in some["area_before_m2"]],
            "after": [mu(area, 3) for area in some["area_after_m2"]],
            "parts": some["parts"].to_numpy(),
        }
    )
    heads = {
        "row": t("intake.row_number"),
        "before": t("intake.col_before"),
        "after": t("intake.col_after"),
        "parts": t("intake.col_parts"),
    }
    _grid(table, heads, "intake.repairs")
    rows = [int(row) for row in found.index]
    _decide(desk, way, "repairs", rows, lambda row: t("intake.row", n=row))
    _drawn(desk, found)


def _drawn(desk: Desk, found: gpd.GeoDataFrame) -> None:
    some = found.head(overlays.MOST_SHAPES)
    labels = [t("intake.row", n=row) for row in some.index]
    frame = {"kind": "faulty", "label": labels}
    laid = overlays.lay(gpd.GeoDataFrame(frame, geometry=some.geometry.to_numpy(), crs=4490))
    if laid is not None and not desk.parcels.empty:
        map_view.show(desk, height=MAP_HEIGHT, overlay=laid, aside=True)
        st.caption(t("intake.repairs_map"))


def decide_lineage(desk: Desk, way: OnWay, found: Difference) -> None:
    """Draw the decision about splits and mergers that the overlaps suggest."""
    pairs = [
        (str(parent), str(child))
        for parent, child in zip(
            found.candidates["parent_id"], found.candidates["child_id"], strict=True
        )
    ]
    _decide(desk, way, "lineage", pairs, lambda pair: t("intake.pair", old=pair[0], new=pair[1]))


def decide_vanished(desk: Desk, way: OnWay, count: int) -> None:
    """Draw the decision about parcels that are on record but not in the file."""
    key = f"intake.vanished.{way.draft.draft_id}.{way.wanted.part}"
    if key not in st.session_state:
        st.session_state[key] = way.wanted.vanished == "mark"
    st.checkbox(
        t("intake.vanished_mark", parcels=parcels(count)),
        key=key,
        help=t("intake.vanished_mark_help"),
        on_change=lambda: keep(desk, way, vanished="mark" if st.session_state[key] else "keep"),
    )


def _decide(desk: Desk, way: OnWay, name: str, options: list[Any], word: Any) -> None:
    """Draw the choice of none, some or all proposals; it is kept with the draft."""
    accepted = getattr(way.wanted, name)
    taken = options if accepted == "all" else [one for one in options if one in accepted]
    at = "all" if taken and len(taken) == len(options) else ("some" if taken else "none")
    key = f"intake.decide.{name}.{way.draft.draft_id}.{way.wanted.part}"
    open_key = f"{key}.open"
    shown = "some" if st.session_state.get(open_key) else at
    if st.session_state.get(key) != shown:
        st.session_state[key] = shown
    st.segmented_control(
        t("intake.decide"),
        WAYS,
        key=key,
        required=True,
        label_visibility="collapsed",
        format_func=lambda one: t(f"intake.decide_{one}", n=number(len(options)))
        if one == "all" else t(f"intake.decide_{one}"),
        on_change=_decided,
        args=(desk, way, name, key),
    )  # fmt: skip
    if st.session_state[key] == "some":
        picked = f"{key}.picked"
        if picked not in st.session_state:
            st.session_state[picked] = taken
        st.multiselect(
            t("intake.decide_which"),
            options[:MOST_ROWS],
            key=picked,
            format_func=word,
            placeholder=t("intake.column_choose"),
            on_change=lambda: keep(desk, way, **{name: st.session_state[picked]}),
        )


def _decided(desk: Desk, way: OnWay, name: str, key: str) -> None:
    chosen = st.session_state[key]
    st.session_state[f"{key}.open"] = chosen == "some"
    if chosen != "some":
        st.session_state.pop(f"{key}.picked", None)
        keep(desk, way, **{name: "all" if chosen == "all" else []})


def _grid(table: pd.DataFrame, heads: dict[str, str], key: str) -> None:
    st.dataframe(
        table,
        hide_index=True,
        key=f"{key}.table",
        placeholder=UNKNOWN,
        height=min(35 * len(table) + 38, 300),
        column_config={
            name: st.column_config.Column(head, width=fitting(head, table[name]))
            for name, head in heads.items()
        },
    )

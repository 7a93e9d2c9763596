"""The list of blocks, the largest first; the one picked has its panel beside it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gis.area import to_mu
from ui import planned, state
from ui.components import block_map
from ui.components.block_words import block_name, classes, told_money
from ui.components.chosen_row import follow_opened
from ui.components.column_width import fitting
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, number

MOST_ROWS = 500
TABLE, SHOWN = "blocks.table", "blocks.shown"
_DECIMALS = {"area": 1, "compact": 2, "floor": 1, "gain": 1, "long": 0, "short": 0}


def block_list(desk: Desk, ids: pd.Index, *, height: int) -> None:
    """Draw the list; a row picked opens its block.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.
    ids : Index
        The blocks listed, in this order.
    height : int
        Height in pixels; longer lists scroll.
    """
    shown = [str(name) for name in ids[:MOST_ROWS]]
    table = readable(desk, tuple(shown))
    follow_opened("block", shown, table=TABLE, shown=SHOWN)
    st.dataframe(
        table,
        key=TABLE,
        hide_index=True,
        height=min(height, 35 * len(table) + 38),
        column_config=_columns(table),
        placeholder=UNKNOWN,
        on_select=_opened,
        selection_mode="single-row",
    )
    if len(ids) > MOST_ROWS:
        st.caption(t("blocks.more_rows", n=number(MOST_ROWS), all=number(len(ids))))


def _opened() -> None:
    shown, rows = st.session_state[SHOWN], st.session_state[TABLE]["selection"]["rows"]
    if rows and rows[0] < len(shown):
        block_map.open_block(shown[rows[0]])
    else:
        state.set_setting("block", "")


def readable(desk: Desk, ids: tuple[str, ...]) -> pd.DataFrame:
    """Return the blocks as shown: names for codes, 亩 for m² (shared)."""

    def make() -> pd.DataFrame:
        rows = planned.figures(desk).loc[list(ids)]
        pairs = zip(rows.index, rows["towns"], strict=True)
        return pd.DataFrame(
            {
                "name": [block_name(str(name), towns) for name, towns in pairs],
                "area": to_mu(rows["area_m2"].to_numpy(dtype=float)),
                "focus": rows["focus"].to_numpy(dtype=bool),
                "parcels": rows["parcels"].to_numpy(),
                "owners": rows["owners"].to_numpy(),
                "difficulty": rows["difficulty"].to_numpy(dtype=float),
                "cost": [
                    told_money(*pair, unit=False)
                    for pair in zip(rows["cost_wan"], rows["cost_wan_unknown"], strict=True)
                ],
                "gain": rows["gain_floor_m2"].to_numpy(dtype=float) / 10_000,
                "firms": rows["firms"].to_numpy(dtype=float),
                "jobs": rows["jobs"].to_numpy(dtype=float),
                "classes": [classes(codes) for codes in rows["classes"]],
                "low": 100 * rows["low_share"].to_numpy(dtype=float),
                "floor": rows["floor_area_m2"].to_numpy(dtype=float) / 10_000,
                "long": rows["rectangle_long_m"].to_numpy(dtype=float),
                "short": rows["rectangle_short_m"].to_numpy(dtype=float),
                "compact": rows["compactness"].to_numpy(dtype=float),
            }
        )

    name = ("blocks shown", planned.options(), planned.prices(desk).id, ids, language())
    return desk.kept(name, make)


def _columns(table: pd.DataFrame) -> dict[str, object]:
    config: dict[str, object] = {}
    for name in table.columns:
        head = t(f"blocks.col_{name}")
        if name == "focus":
            config[name] = st.column_config.CheckboxColumn(head, width=fitting(head))
        elif name in ("name", "classes", "cost"):
            width = fitting(head, table[name], most=240)
            pinned = name == "name" or None
            aligned = "right" if name == "cost" else None
            config[name] = st.column_config.Column(
                head, width=width, pinned=pinned, alignment=aligned
            )
        else:
            places = _DECIMALS.get(name, 0)
            width = fitting(head, ["12,345.6"])
            config[name] = st.column_config.NumberColumn(head, format=f"%,.{places}f", width=width)
    return config

"""A block put together by hand: parcels join and leave on the map, the figures follow."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import streamlit as st

from analysis.block_by_hand import HandBlock
from data import saved_blocks
from gis.area import to_mu
from gis.errors import UserError
from ui import planned, recording, state
from ui.components import block_map
from ui.components.block_panel import figures_html
from ui.components.block_words import keys, told_money
from ui.components.chosen_row import follow_opened
from ui.components.column_width import fitting
from ui.components.failures import refuse
from ui.desk import Desk
from ui.saved import commit_block, picked, saved, tell
from ui.text import language, t
from ui.text.numbers import UNKNOWN, day, mu, number, parcels, plain

MAP_HEIGHT = 520
MOST = 3_000
"""More parcels than this are no block that anybody put together."""
TABLE, SHOWN = "saved.table", "saved.shown"
_NAME, _NOTE, _KEY, _TOLD, _SEEN = "hand.name", "hand.note", "hand", "hand.told", "hand.seen"


def show_hand(desk: Desk) -> None:
    """Draw the block being put together on its map, its figures, and those saved before."""
    ids = picked(desk)
    place, side = st.columns([8, 5], gap="medium")
    with place:
        _map(desk, ids)
        _saved_list(desk)
    with side.container(height=MAP_HEIGHT + 120, border=True):
        _panel(desk, ids)


def _map(desk: Desk, ids: tuple[str, ...]) -> None:
    shapes = []
    for name, row in saved(desk)["parcel_ids"].items():
        shapes.append(("saved", str(name), planned.shape_of(desk, row)))
    several = saved_blocks.in_several(saved(desk))
    for parcel, names in several["names"].items():
        label = t("blocks.twice_label", names=t("filter.comma").join(names))
        shapes.append(("twice", label, planned.shape_of(desk, (str(parcel),))))
    if ids:
        shapes.append(
            ("hand", t("blocks.in_hand", n=parcels(len(ids))), planned.shape_of(desk, ids))
        )
    shapes = [shape for shape in shapes if shape[2] is not None]
    frame = gpd.GeoDataFrame(
        {"kind": [s[0] for s in shapes], "label": [s[1] for s in shapes]},
        geometry=gpd.GeoSeries([s[2] for s in shapes], crs=block_map.COUNTY_CRS),
        crs=block_map.COUNTY_CRS,
    )
    if ids:
        block_map.look_first(desk, ids, ("hand", ids))
    st.caption(t("blocks.hand_help"))
    block_map.overlay_map(desk, frame, height=MAP_HEIGHT, on_click=_join_or_leave)
    keys(
        (
            ("hand", t("blocks.key_hand")),
            ("saved", t("blocks.key_saved")),
            ("twice", t("blocks.key_twice")),
        )
    )


def _join_or_leave(parcel_id: str) -> None:
    """Let a clicked parcel join the block in hand, or leave it."""
    ids = picked(state.desk())
    others = tuple(name for name in ids if name != parcel_id)
    state.select(others if parcel_id in ids else (*ids, parcel_id))


def _panel(desk: Desk, ids: tuple[str, ...]) -> None:
    if not ids:
        st.info(t("blocks.hand_empty"), icon=":material/touch_app:")
        _tell()
        return
    if len(ids) > MOST:
        st.warning(t("blocks.hand_many", most=number(MOST)), icon=":material/report:")
        return
    try:
        hand = planned.by_hand(desk, ids, name=state.setting("saved"))
    except UserError as refusal:
        refuse(refusal)
        return
    row = hand.table.iloc[0]
    st.html(f'<div class="m-title">{parcels(len(ids))} · {mu(row["area_m2"])}</div>')
    _say_parts(desk, hand)
    _say_overlaps(hand)
    _save_form(desk, ids)
    figures_html(desk, row)


def _say_parts(desk: Desk, hand: HandBlock) -> None:
    if hand.contiguous:
        st.success(t("blocks.contiguous"), icon=":material/link:")
        return
    land = desk.parcels["geometry_area_m2"]
    areas = t("filter.comma").join(mu(land.reindex(part).sum(min_count=1)) for part in hand.parts)
    st.warning(
        t("blocks.in_parts", n=number(len(hand.parts)), areas=areas), icon=":material/link_off:"
    )


def _say_overlaps(hand: HandBlock) -> None:
    for name, shared in hand.shared.items():
        said = t("blocks.shared_with", name=plain(name), n=parcels(len(shared)))
        st.warning(said, icon=":material/layers:")
    if hand.absent:
        st.caption(t("blocks.absent", n=parcels(len(hand.absent))))


def _save_form(desk: Desk, ids: tuple[str, ...]) -> None:
    if not recording.may_write(desk):
        return
    opened = state.setting("saved")
    if st.session_state.get(_SEEN) != (opened, _NAME):
        st.session_state[_NAME] = opened
        st.session_state[_SEEN] = (opened, _NAME)
    with st.container(border=True):
        st.text_input(t("blocks.name"), key=_NAME, max_chars=60, placeholder=t("blocks.name_hint"))
        st.text_input(t("blocks.note"), key=_NOTE, max_chars=300)
        recording.ask_who(_KEY)
        name = str(st.session_state.get(_NAME) or "").strip()
        again = name in saved(desk).index
        with st.container(horizontal=True):
            st.button(
                t("blocks.save_again") if again else t("blocks.save"),
                icon=":material/save:", type="primary", key="hand.save",
                on_click=save, args=(ids,),
            )  # fmt: skip
            st.button(
                t("blocks.empty_hand"), icon=":material/deselect:", key="hand.empty",
                on_click=_empty,
            )  # fmt: skip
        _tell()


def save(ids: tuple[str, ...]) -> None:
    """Save the block in hand under the name given."""
    name = str(st.session_state.get(_NAME) or "").strip()
    who = recording.answered(_KEY)
    if not name or not who:
        st.session_state[_TOLD] = t("blocks.lacks_name") if not name else t("blocks.lacks_who")
        return
    if commit_block(
        name, ids, who, note=str(st.session_state.get(_NOTE) or "").strip(), place=_TOLD
    ):
        state.set_setting("saved", name)
        st.session_state[_SEEN] = (name, _NAME)
        st.session_state[_NOTE] = ""


def _tell() -> None:
    tell(_TOLD)


def _empty() -> None:
    state.select()
    state.set_setting("saved", "")


def _saved_list(desk: Desk) -> None:
    """Draw the saved blocks side by side; the one picked is taken in hand."""
    standing = saved(desk)
    st.subheader(t("blocks.saved_title", n=number(len(standing))), anchor=False)
    if standing.empty:
        st.caption(t("blocks.saved_none"))
        return
    table = _compared(desk, standing)
    names = table["name"].tolist()
    follow_opened("saved", names, table=TABLE, shown=SHOWN)
    st.dataframe(
        table,
        key=TABLE,
        hide_index=True,
        height=min(35 * len(table) + 38, 300),
        column_config=_columns(table),
        placeholder=UNKNOWN,
        on_select=_take_in_hand,
        selection_mode="single-row",
    )
    several = saved_blocks.in_several(standing)
    if len(several):
        st.caption(t("blocks.twice", n=parcels(len(several))))
    opened = state.setting("saved")
    if opened in names and recording.may_write(desk):
        st.button(
            t("blocks.withdraw", name=plain(opened)), icon=":material/delete_history:",
            type="tertiary", key="saved.withdraw", on_click=_withdraw, args=(opened,),
        )  # fmt: skip


def _take_in_hand() -> None:
    names, rows = st.session_state[SHOWN], st.session_state[TABLE]["selection"]["rows"]
    if not rows or rows[0] >= len(names):
        _empty()
        return
    desk, name = state.desk(), names[rows[0]]
    ids = saved(desk)["parcel_ids"].get(name, ())
    state.select(ids)
    state.set_setting("saved", name)
    block_map.look_at(planned.box_of(desk, ids, ("saved", name)))


def _withdraw(name: str) -> None:
    desk = state.desk()
    who = recording.answered(_KEY)
    if not who:
        st.session_state[_TOLD] = t("blocks.lacks_who")
        return
    try:
        desk.register.commit(
            saved_blocks.withdraw_change(name, who=who, recorded_at=recording.moment(desk))
        )
    except UserError as refusal:
        st.session_state[_TOLD] = refusal
        return
    state.set_setting("saved", "")


def _compared(desk: Desk, standing: pd.DataFrame) -> pd.DataFrame:
    """Return the saved blocks with their figures, one beside the other."""

    def make() -> pd.DataFrame:
        rows = planned.figures_of_saved(desk)
        return pd.DataFrame(
            {
                "name": standing.index.to_numpy(),
                "area": to_mu(rows["area_m2"].to_numpy(dtype=float)),
                "parcels": rows["parcels"].to_numpy(),
                "parts": rows["parts"].to_numpy(),
                "cost": [
                    told_money(*pair, unit=False)
                    for pair in zip(rows["cost_wan"], rows["cost_wan_unknown"], strict=True)
                ],
                "gain": rows["gain_floor_m2"].to_numpy(dtype=float) / 10_000,
                "firms": rows["firms"].to_numpy(dtype=float),
                "jobs": rows["jobs"].to_numpy(dtype=float),
                "difficulty": rows["difficulty"].to_numpy(dtype=float),
                "who": standing["who"].to_numpy(),
                "on": [day(on.tz_convert("Asia/Shanghai")) for on in standing["recorded_at"]],
                "versions": standing["versions"].to_numpy(),
                "note": standing["note"].to_numpy(),
            }
        )

    name = ("saved shown", planned.options(), planned.prices(desk).id, language())
    return desk.kept(name, make)


def _columns(table: pd.DataFrame) -> dict[str, object]:
    config: dict[str, object] = {}
    texts = ("name", "cost", "who", "on", "note")
    for name in table.columns:
        head = t(f"blocks.col_{name}")
        if name in texts:
            config[name] = st.column_config.Column(
                head,
                width=fitting(head, table[name], most=200),
                pinned=name == "name" or None,
                alignment="right" if name == "cost" else None,
            )
        else:
            places = 1 if name in ("area", "gain") else 0
            config[name] = st.column_config.NumberColumn(
                head, format=f"%,.{places}f", width=fitting(head, ["12,345.6"])
            )
    return config

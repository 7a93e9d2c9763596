"""What makes a block here: the gap, hard borders, which land; and the unit prices."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from data.block_price_terms import unit_words
from data.block_prices import BlockPrices, Price, edited_prices
from data.block_prices_record import prices_change
from gis.errors import UserError
from reports.block_list import missing_words
from ui import planned, recording, state
from ui.components.failures import refuse
from ui.components.lazy_popover import lazy_popover
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import number, plain

WIDTHS = (0, 10, 20, 30, 50, 100)
BORDERS = ("none", "town", "park")
_KEY, _TOLD = "prices", "prices.told"


def block_options(desk: Desk) -> None:
    """Draw the line of choices; each holds for every view of the page, and in the address."""
    chosen = planned.options()
    with st.container(key="mutu_block_options", horizontal=True, vertical_alignment="bottom"):
        widths = sorted({*WIDTHS, int(chosen.within_m)})
        st.selectbox(
            t("blocks.within"), widths, **_setting("within", int(chosen.within_m)),
            format_func=lambda width: t("blocks.metres", n=number(width)), width=130,
            help=t("blocks.within_help"),
        )  # fmt: skip
        st.selectbox(
            t("blocks.borders"), BORDERS, **_setting("borders", chosen.borders or "none"),
            format_func=lambda name: t(f"blocks.borders_{name}"), width=180,
        )  # fmt: skip
        st.selectbox(
            t("blocks.land"), ("low", "all"), **_setting("land", "all" if chosen.every else "low"),
            format_func=lambda name: t(f"blocks.land_{name}"), width=240,
        )  # fmt: skip
        st.selectbox(
            t("blocks.rise"), ("2", "3"), **_setting("rise", "3" if chosen.far_line > 2 else "2"),
            format_func=lambda line: f"{line}.0", width=130, help=t("blocks.possible_help"),
        )  # fmt: skip
        st.space("stretch")
        price_button(desk)
    missing = planned.missing_barriers(desk)
    if missing:
        st.caption(missing_words(missing, language()))


def _setting(name: str, value: Any) -> dict[str, Any]:
    """Return the key of a choice, filled with what is kept, and what keeps a new one."""
    key = state.widget(state.spoken_key(f"blocks.{name}"), value)
    return {"key": key, "on_change": _keep, "args": (name, key)}


def _keep(name: str, key: str) -> None:
    state.set_setting(name, str(st.session_state[key]))


def price_button(desk: Desk) -> None:
    """Draw the way to the unit prices: what they are, what they rest on, and the form."""
    prices = planned.prices(desk)
    name = t("blocks.prices_example") if prices.example else t("blocks.prices")
    opened = lazy_popover(name, "blocks.prices", icon=":material/payments:")
    if not opened.open:
        return
    with opened:
        st.caption(t("blocks.prices_help"))
        for price in prices.prices.values():
            _price(price, may=not desk.is_past)
        if recording.may_write(desk):
            st.text_input(t("blocks.price_source"), key=f"{_KEY}.source", max_chars=200)
            recording.ask_who(_KEY)
            st.button(
                t("blocks.prices_save"), icon=":material/save:", type="primary",
                key="prices.save", on_click=_save, args=(prices,),
            )  # fmt: skip
        _tell()


def _price(price: Price, *, may: bool) -> None:
    key = f"{_KEY}.{price.key}"
    if key not in st.session_state:
        st.session_state[key] = None if math.isnan(price.value) else float(price.value)
    unit = unit_words(price.unit, language())
    st.number_input(
        t("blocks.price", name=price.label(language()), unit=unit), value=None, key=key,
        min_value=0.0, step=1.0, placeholder=t("blocks.price_blank"), disabled=not may,
        help=t("blocks.price_from", source=plain(price.source), tag=price.tag),
    )  # fmt: skip


def _save(prices: BlockPrices) -> None:
    desk = state.desk()
    who = recording.answered(_KEY)
    if not who:
        st.session_state[_TOLD] = t("blocks.lacks_who")
        return
    values = {key: st.session_state.get(f"{_KEY}.{key}") for key in prices.prices}
    source = str(st.session_state.get(f"{_KEY}.source") or "").strip() or None
    try:
        made = edited_prices(prices, values, source=source)
        version = desk.register.commit(
            prices_change(made, who=who, why="修改连片单价", recorded_at=recording.moment(desk))
        )
    except UserError as refusal:
        st.session_state[_TOLD] = refusal
        return
    for key in prices.prices:
        st.session_state.pop(f"{_KEY}.{key}", None)
    st.session_state[_TOLD] = version


def _tell() -> None:
    told = st.session_state.pop(_TOLD, None)
    if isinstance(told, UserError):
        refuse(told)
    elif isinstance(told, str):
        st.warning(told, icon=":material/edit_note:")
    elif told is not None:
        st.success(t("minute.recorded", n=number(told)), icon=":material/check_circle:")

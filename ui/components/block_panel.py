"""The open block: what it is, what it costs and gives and by which formula, why it is difficult."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis.block_facts import PRICED
from data.block_prices import BlockPrices, factor_words, price_words
from gis.area import to_mu
from ui import planned, state
from ui.components.block_map import look_at
from ui.components.block_words import block_name, classes, money, share
from ui.components.markup import element, fact, heading, words
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, far, known, mu, number, parcels, shorten

MOST_PARCELS = 40


def block_panel(desk: Desk, block_id: str) -> None:
    """Draw the panel of a block, with the way to grow it by hand."""
    row = planned.figures(desk).loc[block_id]
    with st.container(key="mutu_block", gap="small"):
        st.html(
            element("div", words(block_name(block_id, row["towns"])), css="m-title")
            + element("div", words(block_id), css="m-id")
            + _marks(row)
        )
        with st.container(horizontal=True):
            st.button(
                t("blocks.grow"), icon=":material/add_location_alt:", key="blocks.grow",
                type="primary", on_click=grow_from, args=(block_id,),
            )  # fmt: skip
            st.button(
                t("card.close"), icon=":material/close:", type="tertiary", key="blocks.close",
                on_click=state.set_setting, args=("block", ""),
            )  # fmt: skip
        figures_html(desk, row)
        _parcels(desk, planned.members(desk).get(block_id, ()))


def figures_html(desk: Desk, row: pd.Series) -> None:
    """Draw the figures of a block found or put together: land, people, money, difficulty."""
    prices = planned.prices(desk)
    st.html(_facts(row) + _cost(row, prices) + _gain(row, prices) + _difficulty(row, prices))


def grow_from(block_id: str) -> None:
    """Begin a block by hand with the parcels of a block that was found."""
    desk = state.desk()
    ids = planned.members(desk).get(block_id, ())
    look_at(planned.box_of(desk, ids, ("hand", block_id)))
    state.select(ids)
    state.set_setting("saved", "")
    state.set_setting("plan", "hand")


def _marks(row: pd.Series) -> str:
    size = number(to_mu(planned.block_rules().focus_m2))
    marks = element("span", words(mu(row["area_m2"])), css="m-mark")
    marks += element("span", words(parcels(int(row["parcels"]))), css="m-mark")
    if row["focus"]:
        marks += element("span", "★ " + words(t("blocks.focus", mu=size)), css="m-mark m-late")
    return element("div", marks, css="m-marks")


def _facts(row: pd.Series) -> str:
    rows = [fact(t("blocks.owners"), words(_counted(row, "owners", "owner_unknown")))]
    if "classes" in row:
        rows.append(fact(t("blocks.classes"), words(classes(row["classes"]))))
        rows.append(
            fact(
                t("blocks.low_share"),
                words(share(row["low_share"])),
                _unknown(row, "class_unknown"),
            )
        )
    floor = row.get("floor_area_m2", row.get("floor_m2"))
    told = _wan_m2(floor)
    if row.get("floor_m2_unknown", 0):
        told = t("blocks.at_least", n=told)
    rows.append(fact(t("blocks.floor"), words(told), _unknown(row, "floor_m2_unknown")))
    line = planned.options().far_line
    rows.append(
        fact(
            t("blocks.possible", line=far(line)),
            words(_wan_m2(row["area_m2"] * line)),
            t("blocks.possible_help"),
        )
    )
    rows.append(fact(t("blocks.firms"), words(number(row["firms"]))))
    rows.append(fact(t("blocks.jobs"), words(number(row["jobs"])), _unknown(row, "jobs_unknown")))
    if known(row.get("compactness")):
        rows.append(
            fact(t("blocks.compact"), words(far(row["compactness"])), t("blocks.compact_help"))
        )
    if known(row.get("rectangle_long_m")):
        sides = t(
            "blocks.sides",
            long=number(row["rectangle_long_m"]),
            short=number(row["rectangle_short_m"]),
        )
        rows.append(fact(t("blocks.rectangle"), words(sides), t("blocks.rectangle_help")))
    return element("div", *rows, css="m-facts")


def _counted(row: pd.Series, figure: str, unknown: str) -> str:
    count = row.get(figure)
    told = number(count) if known(count) else UNKNOWN
    missing = row.get(unknown, 0)
    return t("blocks.and_unknown", n=told, unknown=number(missing)) if missing else told


def _unknown(row: pd.Series, name: str) -> str:
    count = row.get(name, 0)
    return t("blocks.unknown_of", n=number(count), all=number(row["parcels"])) if count else ""


def _wan_m2(value: float | None) -> str:
    return t("unit.wan_m2", n=number(value / 10_000, 2)) if known(value) else UNKNOWN  # type: ignore[operator]


def _cost(row: pd.Series, prices: BlockPrices) -> str:
    lines = [element("li", words(_line(row, prices, key))) for key in PRICED if key != "new_floor"]
    said = heading(t("blocks.cost", sum=money(row)))
    said += element("ul", *lines, css="m-list")
    return said + _lacking(row, prices)


def _line(row: pd.Series, prices: BlockPrices, key: str) -> str:
    """Write one part of the formula: price × quantity = sum."""
    figure, quantity = PRICED[key]
    amount = row.get(quantity)
    return t(
        "blocks.part",
        price=price_words(prices, key, language()),
        amount=_amount(key, amount),
        sum=t("unit.wan", n=number(row.get(figure))) if known(row.get(figure)) else UNKNOWN,
    )


def _amount(key: str, amount: float | None) -> str:
    if not known(amount):
        return UNKNOWN
    if key == "land":
        return mu(amount)
    if key == "firm":
        return t("blocks.n_firms", n=number(amount, 1))
    if key == "job":
        return t("blocks.n_jobs", n=number(amount))
    return _wan_m2(amount)


def _lacking(row: pd.Series, prices: BlockPrices) -> str:
    said = []
    missing = row.get("missing_prices", ())
    if missing:
        names = t("filter.comma").join(prices.prices[key].label(language()) for key in missing)
        said.append(
            element("div", words(t("blocks.price_missing", names=names)), css="m-said m-warn")
        )
    if row.get("cost_wan_unknown", 0):
        told = t("blocks.cost_unknown", n=number(row["cost_wan_unknown"]))
        said.append(element("div", words(told), css="m-note"))
    if row.get("assumed", 0):
        told = t("blocks.assumed", n=number(row["assumed"]))
        said.append(element("div", words(told), css="m-note"))
    return "".join(said)


def _gain(row: pd.Series, prices: BlockPrices) -> str:
    gain = _wan_m2(row["gain_floor_m2"])
    if row.get("gain_floor_m2_unknown", 0):
        gain = t("blocks.at_least", n=gain)
    said = heading(t("blocks.gain", floor=gain, sum=money(row, "gain_wan")))
    return said + element("div", words(price_words(prices, "new_floor", language())), css="m-note")


def _difficulty(row: pd.Series, prices: BlockPrices) -> str:
    told = number(row["difficulty"]) if known(row["difficulty"]) else UNKNOWN
    said = heading(t("blocks.difficulty", n=told))
    lines = [
        element("li", words(factor_words(prices, code, value, points, language())))
        for code, value, points in row["difficulty_reasons"]
        if points > 0
    ]
    said += element("ul", *lines, css="m-list")
    unknown = row.get("difficulty_unknown", ())
    if unknown:
        found = (prices.factor(key) for key in unknown)
        names = t("filter.comma").join(f.label(language()) for f in found if f is not None)
        said += element("div", words(t("blocks.difficulty_unknown", names=names)), css="m-note")
    return said


def _parcels(desk: Desk, ids: tuple[str, ...]) -> None:
    with st.expander(t("blocks.members", n=parcels(len(ids)))):
        names = desk.parcels["parcel_name"].reindex(list(ids[:MOST_PARCELS]))
        areas = desk.parcels["geometry_area_m2"].reindex(list(ids[:MOST_PARCELS]))
        rows = [
            fact(shorten(name if known(name) else parcel, 24), words(mu(area)), str(parcel))
            for parcel, name, area in zip(names.index, names, areas, strict=True)
        ]
        st.html(element("div", *rows, css="m-facts"))
        if len(ids) > MOST_PARCELS:
            st.caption(t("blocks.more_members", n=number(len(ids) - MOST_PARCELS)))

"""The tables of the plot-ratio page: lines missed, gain by group, cheap uplift, findings."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data import schema
from gis.area import to_mu
from reports.far_book import METHODS
from ui.components.column_width import fitting
from ui.components.moved import labels, link_column, map_links
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known, number

MOST_ROWS = 200


def _number(head: str, decimals: int) -> object:
    width = fitting(head, ["12,345.6"])
    return st.column_config.NumberColumn(head, format=f"%,.{decimals}f", width=width)


def _text(head: str, values: pd.Series | list[str]) -> object:
    return st.column_config.Column(head, width=fitting(head, values, most=220))


def _draw(table: pd.DataFrame, config: dict[str, object], *, most_px: int = 420) -> None:
    st.dataframe(
        table,
        hide_index=True,
        height=min(35 * len(table) + 38, most_px),
        placeholder=UNKNOWN,
        column_config=config,
    )


def below(found: pd.DataFrame) -> None:
    """Draw for each line how many parcels miss it, and by how much floor area."""
    table = pd.DataFrame(
        {
            "line": [t(f"far.line_{name}") for name in found.index],
            "held": found["held"].to_numpy(),
            "below": found["below"].to_numpy(),
            "land": to_mu(found["land_m2"].to_numpy(dtype=float)),
            "missing": found["missing_m2"].to_numpy() / 10_000,
            "gap": found["gap_median"].to_numpy(),
            "unknown": found["far_unknown"].to_numpy(),
            "exempt": found["exempt"].to_numpy(),
            "empty": found["no_building"].to_numpy(),
        }
    )
    config = {
        "line": _text(t("far.line"), table["line"]),
        "held": _number(t("far.held"), 0),
        "below": _number(t("far.below_count"), 0),
        "land": _number(t("far.below_land"), 1),
        "missing": _number(t("far.missing"), 1),
        "gap": _number(t("far.gap_median"), 2),
        "unknown": _number(t("far.unknown"), 0),
        "exempt": _number(t("far.exempt"), 0),
        "empty": _number(t("far.no_building"), 0),
    }
    _draw(table, config)


def gains(found: pd.DataFrame, whole: pd.DataFrame, *, by: str) -> None:
    """Draw the gain by group, the sum of all first, then the largest."""
    ordered = found.sort_values("gain_2.0_m2", ascending=False, kind="stable", na_position="last")
    names = [str(name) if known(name) else _nobody(by) for name in ordered.index]
    rows = pd.concat([whole, ordered], ignore_index=True)
    table = pd.DataFrame(
        {
            "group": [t("far.sum"), *names],
            "parcels": rows["parcels"],
            "land": to_mu(rows["land_m2"].astype(float)),
            "far": rows["far_mean"],
            "gain2": rows["gain_2.0_m2"] / 10_000,
            "saved2": rows["saved_2.0_mu"],
            "gain3": rows["gain_3.0_m2"] / 10_000,
            "saved3": rows["saved_3.0_mu"],
            "unknown": rows["far_unknown"],
            "exempt": rows["exempt"],
            "empty": rows["no_building"],
        }
    )
    config = {
        "group": _text(t(f"far.by_{by}"), table["group"]),
        "parcels": _number(t("far.parcels"), 0),
        "land": _number(t("far.land"), 1),
        "far": _number(t("far.mean"), 2),
        "gain2": _number(t("far.gain_wan", line="2.0"), 1),
        "saved2": _number(t("far.saved_mu", line="2.0"), 1),
        "gain3": _number(t("far.gain_wan", line="3.0"), 1),
        "saved3": _number(t("far.saved_mu", line="3.0"), 1),
        "unknown": _number(t("far.unknown"), 0),
        "exempt": _number(t("far.exempt"), 0),
        "empty": _number(t("far.no_building"), 0),
    }
    _draw(table, config)
    st.caption(t("far.gains_help"))


def _nobody(by: str) -> str:
    return t("filter.outside_parks") if by == "park" else t("filter.unknown")


def cheap(found: pd.DataFrame, *, line: float) -> None:
    """Draw where much floor area is to be had from few people, each with a link to the map."""
    st.caption(t("far.cheap_help"))
    if found.empty:
        st.caption(t("far.cheap_none"))
        return
    shown = found.head(MOST_ROWS)
    owners = {True: t("far.one_owner"), False: t("far.many_owners")}
    single, lang = shown["single_owner"].astype(object), language()
    table = pd.DataFrame(
        {
            "link": map_links(shown.index),
            "name": shown["parcel_name"].fillna(UNKNOWN),
            "town": shown["town"].fillna(UNKNOWN),
            "owner": shown["owner"].fillna(UNKNOWN),
            "single": [owners.get(value, UNKNOWN) for value in single.where(single.notna(), None)],
            "class": labels("low_class", shown["low_class"]),
            "land": shown["land_mu"],
            "far": shown["far"],
            "method": [METHODS[code][lang == "en"] for code in shown["standing"]],
            "coverage": shown["coverage_share"] * 100,
            "unlawful": shown["unlawful_counted_m2"],
            "gain": shown["gain_m2"] / 10_000,
            "saved": shown["saved_mu"],
        }
    )
    _draw(table, _cheap_columns(table, line))
    if len(found) > MOST_ROWS:
        st.caption(t("far.more", n=number(MOST_ROWS), all=number(len(found))))


def _cheap_columns(table: pd.DataFrame, line: float) -> dict[str, object]:
    lang = language()
    return {
        "link": link_column(),
        "name": _text(schema.label("parcel_name", lang), table["name"]),
        "town": _text(schema.label("town", lang), table["town"]),
        "owner": _text(schema.label("owner", lang), table["owner"]),
        "single": _text(t("far.owners"), table["single"]),
        "class": _text(schema.label("low_class", lang), table["class"]),
        "land": _number(t("far.land"), 1),
        "far": _number(t("far.far"), 2),
        "method": _text(t("far.method"), table["method"]),
        "coverage": _number(t("far.coverage"), 0),
        "unlawful": _number(t("far.unlawful"), 0),
        "gain": _number(t("far.gain_wan", line=f"{line:.1f}"), 2),
        "saved": _number(t("far.saved_mu", line=f"{line:.1f}"), 1),
    }


def issues(found: pd.DataFrame) -> None:
    """Draw the findings, the gravest first."""
    message = "message_zh" if language() == "zh" else "message_en"
    rank = found["severity"].map({"error": 0, "warning": 1}).fillna(2)
    shown = found.loc[rank.sort_values(kind="stable").index].head(MOST_ROWS)
    layers = {"buildings": t("far.building"), "parcels": t("far.parcel")}
    table = pd.DataFrame(
        {
            "layer": [layers.get(name, name) for name in shown["layer"]],
            "id": shown["id"].astype(str),
            "value": shown["value"],
            "message": shown[message],
        }
    )
    config = {
        "layer": _text(t("far.issue_layer"), table["layer"]),
        "id": _text(t("far.issue_id"), table["id"]),
        "value": _text(t("far.issue_value"), table["value"]),
        "message": st.column_config.Column(t("far.issue_message"), width="large"),
    }
    _draw(table, config, most_px=300)
    if len(found) > MOST_ROWS:
        st.caption(t("far.more", n=number(MOST_ROWS), all=number(len(found))))

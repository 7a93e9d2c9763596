"""Where the year will end: the range, the chance of the task, the parcels that decide it."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from analysis.forecast import Forecast, forecast
from data import schema
from gis.area import to_mu
from ui.components.column_width import fitting
from ui.components.moved import area_column, labels, link_column, map_links, text_columns
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, day, mu, number, parcels

MOST_ROWS = 8
"""Deciding parcels seen at once; the rest by scrolling."""


def forecast_of(desk: Desk) -> Forecast:
    """Return the forecast of the desk's year (kept: the same desk, the same figures)."""

    def make() -> Forecast:
        return forecast(
            desk.parcels, desk.events, rules=desk.rules, year=desk.year, as_of=desk.as_of
        )

    found: Forecast = desk.kept("forecast", make)
    return found


def band(desk: Desk) -> pd.DataFrame | None:
    """Return the months still open of a forecast for the year's line; None where there is none."""
    if desk.state_on >= date(desk.year, 12, 31):
        return None
    found = forecast_of(desk)
    return None if found.reason else found.band


def show_forecast(desk: Desk, *, name: str = "overview") -> None:
    """Draw the forecast of a year that is not over; ``name`` tells widgets of two pages apart."""
    if desk.state_on >= date(desk.year, 12, 31):
        return
    found = forecast_of(desk)
    if found.reason:
        st.subheader(t("forecast.title", year=found.year))
        st.caption(t("forecast.no_history"))
        return
    st.subheader(finding(found), anchor=False)
    st.caption(basis(found))
    _say_unknown(found)
    _deciding(found, name=name)
    with st.expander(t("forecast.durations")):
        st.caption(t("forecast.durations_help"))
        _durations(found.durations)


def told(desk: Desk) -> str | None:
    """Say where the year will end, None where that is not forecast."""
    if band(desk) is None:
        return None
    return finding(forecast_of(desk))


def finding(found: Forecast) -> str:
    """Say in one sentence where the year will end and how likely the task is."""
    said = {
        "year": found.year,
        "middle": mu(found.p50_m2, 0),
        "low": mu(found.p10_m2, 0),
        "high": mu(found.p90_m2, 0),
    }
    if found.probability is None:
        return t("forecast.finding_untold", **said)
    return t("forecast.finding", **said, chance=percent(found.probability))


def percent(share: float) -> str:
    """Write a probability in whole percent, never as certain where it was only drawn.

    Examples
    --------
    >>> percent(0.123), percent(0.0), percent(0.9999)
    ('12%', '< 1%', '> 99%')
    """
    if share < 0.01:
        return "< 1%"
    if share > 0.99:
        return "> 99%"
    return f"{100 * share:.0f}%"


def basis(found: Forecast) -> str:
    """Say what the forecast stands on."""
    moved = number(int(found.durations.loc[~found.durations["pooled"], "moved"].sum()))
    drawn = number(found.draws)
    if not found.pace_years:
        return t("forecast.basis_young", moved=moved, draws=drawn)
    years = f"{min(found.pace_years)}–{max(found.pace_years)}"
    if len(found.pace_years) == 1:
        years = str(found.pace_years[0])
    return t("forecast.basis", moved=moved, draws=drawn, years=years)


def _say_unknown(found: Forecast) -> None:
    said = {
        "without_mode": lambda n: t("forecast.without_mode", n=n),
        "without_area": lambda n: t("forecast.without_area", n=n),
        "passed_without_credit": lambda n: t("forecast.passed", n=n),
        "without_durations": lambda n: t("forecast.without_durations", n=n),
    }
    parts = [say(number(found.unknown[key])) for key, say in said.items() if found.unknown[key]]
    if parts:
        st.caption(" ".join(parts))


def _deciding(found: Forecast, *, name: str) -> None:
    shown = found.deciding
    st.markdown(f"**{t('forecast.deciding')}**")
    if shown.empty:
        st.caption(t("forecast.none_deciding"))
        return
    table = pd.DataFrame(
        {
            "link": map_links(shown.index),
            "parcel_name": _texts(shown, "parcel_name"),
            "town": _texts(shown, "town"),
            "stage": labels("stage", shown["stage"]),
            "next": labels("stage", shown["next_stage"]),
            "by": [
                _by(on, late)
                for on, late in zip(shown["must_move_by"], shown["too_late"], strict=True)
            ],
            "chance": [percent(share) for share in shown["chance"]],
            "area": to_mu(shown["area_m2"].astype(float)),
            "weight": [_points(value) for value in shown["weight"]],
            "responsible_unit": _texts(shown, "responsible_unit"),
            "renewal_mode": labels("renewal_mode", shown["renewal_mode"]),
        }
    )
    heads = {
        "next": t("forecast.next_stage"),
        "by": t("forecast.must_move_by"),
        "chance": t("forecast.chance"),
        "weight": t("forecast.weight"),
    }
    config = text_columns(table, without=("link", "area", *heads))
    config |= {
        key: st.column_config.Column(head, width=fitting(head, table[key]))
        for key, head in heads.items()
    }
    config |= {"link": link_column(), "area": area_column()}
    st.dataframe(
        table,
        hide_index=True,
        height=min(35 * len(table) + 38, 36 * MOST_ROWS + 40),
        placeholder=UNKNOWN,
        key=f"{name}.deciding",
        column_config=config,
    )
    st.caption(t("forecast.deciding_help", parcels=parcels(len(shown))))


def _texts(frame: pd.DataFrame, column: str) -> list[str]:
    if column not in frame.columns:
        return [UNKNOWN] * len(frame)
    return frame[column].fillna(UNKNOWN).tolist()


def _by(on: pd.Timestamp, late: bool) -> str:
    return t("forecast.too_late") if late or pd.isna(on) else day(on)


def _points(value: float) -> str:
    return UNKNOWN if pd.isna(value) else f"{100 * value:.1f}"


def _durations(found: pd.DataFrame) -> None:
    shown = found[(found["stage"] != found["next_stage"]) & (found["moved"] + found["waiting"] > 0)]
    table = pd.DataFrame(
        {
            "renewal_mode": labels("renewal_mode", shown["renewal_mode"]),
            "stage": labels("stage", shown["stage"]),
            "next": labels("stage", shown["next_stage"]),
            "moved": shown["moved"],
            "waiting": shown["waiting"],
            "quick": shown["p25_days"],
            "median": shown["median_days"],
            "slow": shown["p75_days"],
            "from": [
                t("forecast.all_modes") if p else t("forecast.own_mode") for p in shown["pooled"]
            ],
        }
    )
    heads = {
        "next": t("forecast.next_stage"),
        "moved": t("forecast.moved"),
        "waiting": t("forecast.waiting"),
        "quick": t("forecast.quick"),
        "median": t("forecast.median"),
        "slow": t("forecast.slow"),
        "from": t("forecast.from"),
    }
    config: dict[str, object] = {
        key: st.column_config.Column(
            schema.label(key, language(), with_unit=False),
            width=fitting(schema.label(key, language(), with_unit=False), table[key]),
        )
        for key in ("renewal_mode", "stage")
    }
    for key, head in heads.items():
        if key in ("next", "from"):
            config[key] = st.column_config.Column(head, width=fitting(head, table[key]))
        else:
            width = fitting(head, ["12,345"])
            config[key] = st.column_config.NumberColumn(head, format="%,d", width=width)
    st.dataframe(
        table,
        hide_index=True,
        height=min(35 * len(table) + 38, 420),
        placeholder=UNKNOWN,
        column_config=config,
    )

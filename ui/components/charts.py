"""Few and quiet bars: the funnel of stages, the towns. No Streamlit in here.

Every value can be read without hovering; the finding is the title, which the page writes above.
"""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from data import schema
from gis.area import to_mu
from ui.components.ink import LIGHT, PLAIN_MENU, Ink
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known, number, shorten

alt.data_transformers.disable_max_rows()

ROW_PX = 24
"""Height of one bar with the gap to the next."""
LONGEST_NAME = 18


def stage_funnel(funnel: pd.DataFrame, *, ink: Ink = LIGHT) -> alt.LayerChart:
    """Draw how much land reached each stage (pale) and stands there now (full).

    Parameters
    ----------
    funnel : DataFrame
        ``Progress.funnel``: ``stage``, ``parcels``, ``area_m2``, ``reached_parcels``,
        ``reached_area_m2``, in the order of the stages.
    ink : Ink
        Colours.
    """
    frame = pd.DataFrame(
        {
            "name": [schema.enum_label("stage", code, language()) for code in funnel["stage"]],
            "reached": to_mu(funnel["reached_area_m2"].astype(float)),
            "here": to_mu(funnel["area_m2"].astype(float)),
            "said": [
                t("chart.stage_said", parcels=number(count), mu=_mu(area), here=number(here))
                for count, area, here in zip(
                    funnel["reached_parcels"],
                    funnel["reached_area_m2"],
                    funnel["parcels"],
                    strict=True,
                )
            ],
        }
    )
    base = _bars(frame, "reached")
    here = base.encode(x=alt.X("here:Q", title=None, axis=None))
    return alt.layer(
        base.mark_bar(color=ink.pale, size=15),
        here.mark_bar(color=ink.accent, size=15),
        base.mark_text(align="left", dx=5, fontSize=12, color=ink.text).encode(text="said:N"),
    ).properties(height=ROW_PX * len(frame), usermeta=PLAIN_MENU)


def town_bars(by_town: pd.DataFrame, *, ink: Ink = LIGHT) -> alt.LayerChart:
    """Draw the towns by credited area, the largest first.

    Parameters
    ----------
    by_town : DataFrame
        ``Progress.by_town``: ``town``, ``credited_m2``, ``credited_parcels``, ``overdue``.
    ink : Ink
        Colours.
    """
    frame = pd.DataFrame(
        {
            "name": [
                shorten(name, LONGEST_NAME) if known(name) else UNKNOWN for name in by_town["town"]
            ],
            "credited": to_mu(by_town["credited_m2"].to_numpy(dtype=float)),
            "said": [
                t("chart.town_said", mu=_mu(area), parcels=number(count))
                + (t("chart.town_late", n=number(late)) if late else "")
                for area, count, late in zip(
                    by_town["credited_m2"],
                    by_town["credited_parcels"],
                    by_town["overdue"],
                    strict=True,
                )
            ],
        }
    )
    base = _bars(frame, "credited")
    return alt.layer(
        base.mark_bar(color=ink.accent, size=15),
        base.mark_text(align="left", dx=5, fontSize=12, color=ink.text).encode(text="said:N"),
    ).properties(height=ROW_PX * max(len(frame), 1), usermeta=PLAIN_MENU)


def far_bars(spread: pd.DataFrame, *, ink: Ink = LIGHT) -> alt.LayerChart:
    """Draw how much land stands in each class of plot ratio; the policy line is marked.

    Parameters
    ----------
    spread : DataFrame
        ``analysis.far_summary.distribution``.
    ink : Ink
        Colours; classes below 2.0 pale, from 2.0 on full.
    """
    names = schema.enum_labels("far_class", language())
    others = {"": t("filter.unknown"), "no_building": t("far.no_building_short")}
    reached = [code in ("20_30", "ge30") for code in spread.index]
    frame = pd.DataFrame(
        {
            "name": [names.get(code) or others[code] for code in spread.index],
            "land": to_mu(spread["land_m2"].to_numpy(dtype=float)),
            "colour": [ink.accent if full else ink.pale for full in reached],
            "said": [
                t("chart.far_said", parcels=number(count), mu=_mu(area))
                for count, area in zip(spread["parcels"], spread["land_m2"], strict=True)
            ],
        }
    )
    base = _bars(frame, "land")
    line = alt.Chart(frame.iloc[[list(spread.index).index("20_30")]]).encode(
        y=alt.Y("name:N", sort=None, bandPosition=0)
    )
    return alt.layer(
        base.mark_bar(size=15).encode(color=alt.Color("colour:N", scale=None)),
        base.mark_text(align="left", dx=5, fontSize=12, color=ink.text).encode(text="said:N"),
        line.mark_rule(color=ink.quiet, strokeDash=[4, 3]),
    ).properties(height=ROW_PX * len(frame) + 24, usermeta=PLAIN_MENU)


def _bars(frame: pd.DataFrame, value: str) -> alt.Chart:
    """Lay out rows in the order given, with room at the right for what is said of each."""
    longest = float(np.nanmax([*frame[value].to_numpy(dtype=float), 1.0]))
    return alt.Chart(frame).encode(
        y=alt.Y(
            "name:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=220, ticks=False, domain=False, labelFontSize=12),
        ),
        x=alt.X(f"{value}:Q", title=None, axis=None, scale=alt.Scale(domain=[0, longest * 2.15])),
        tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("said:N", title=" ")],
    )


def _mu(area_m2: float) -> str:
    return number(to_mu(area_m2), 1) if known(area_m2) else UNKNOWN

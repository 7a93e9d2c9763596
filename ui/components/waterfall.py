"""The movement of a stock as a waterfall: opening, what came and went, closing. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from gis.area import to_mu
from ui.components.ink import LIGHT, PLAIN_MENU, Ink
from ui.text import t
from ui.text.numbers import number

HEIGHT_PX = 260
ROOM = 0.18
"""Room above and below, as a share of what the steps span."""
_SIGNS = {"identified_m2": 1, "renewed_m2": -1, "redefined_m2": -1, "remeasured_m2": 1}


def waterfall(sums: Mapping[str, float], *, ink: Ink = LIGHT) -> alt.LayerChart:
    """Draw opening, the four flows and closing; the axis starts where the steps are.

    Parameters
    ----------
    sums : mapping
        ``opening_m2``, ``identified_m2``, ``renewed_m2``, ``redefined_m2``, ``remeasured_m2``,
        ``closing_m2``.
    ink : Ink
        Colours: what stands full, what moves pale.
    """
    steps = levels(sums)
    low, high = steps["end"].min(), steps["end"].max()
    room = max((high - low) * ROOM, 1.0)
    floor = max(low - room, 0.0)
    steps.loc[steps["whole"], "start"] = floor
    steps["said"] = [
        number(mu, 1)
        if whole
        else f"{'+' if mu > 0 else '−' if mu < 0 else ''}{number(abs(mu), 1)}"
        for mu, whole in zip(steps["mu"], steps["whole"], strict=True)
    ]
    steps["top"] = steps[["start", "end"]].max(axis=1)
    steps["colour"] = np.where(steps["whole"], ink.accent, ink.pale)
    base = alt.Chart(steps).encode(
        x=alt.X(
            "name:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelAngle=0, labelFontSize=12, ticks=False),
        ),
        tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("said:N", title=t("chart.mu"))],
    )
    span = alt.Scale(domain=[floor, high + room], zero=False, nice=False)
    y = alt.Y("start:Q", title=t("chart.mu"), scale=span, axis=alt.Axis(tickCount=4, format=",.0f"))
    bars = base.mark_bar(size=56).encode(y=y, y2="end:Q", color=alt.Color("colour:N", scale=None))
    words = base.mark_text(dy=-9, fontSize=13, color=ink.text).encode(
        y=alt.Y("top:Q", scale=span), text="said:N"
    )
    return alt.layer(bars, words).properties(height=HEIGHT_PX, usermeta=PLAIN_MENU)


def _signed(mu: float) -> str:
    sign = "+" if mu > 0 else "−" if mu < 0 else ""
    return sign + number(abs(mu), 1)


def levels(sums: Mapping[str, float]) -> pd.DataFrame:
    """Return each step with where it starts and ends, in 亩.

    Examples
    --------
    >>> from gis.area import M2_PER_MU
    >>> told = dict.fromkeys(("remeasured_m2", "redefined_m2"), 0.0)
    >>> told |= {"opening_m2": 10 * M2_PER_MU, "identified_m2": 5 * M2_PER_MU}
    >>> told |= {"renewed_m2": 3 * M2_PER_MU, "closing_m2": 12 * M2_PER_MU}
    >>> levels(told)["end"].round(6).tolist()
    [10.0, 15.0, 12.0, 12.0, 12.0, 12.0]
    """
    flows = np.array([sign * to_mu(sums[name]) for name, sign in _SIGNS.items()])
    opening, closing = to_mu(sums["opening_m2"]), to_mu(sums["closing_m2"])
    ends = opening + flows.cumsum()
    names = ["opening_m2", *_SIGNS, "closing_m2"]
    return pd.DataFrame(
        {
            "name": [t(f"movement.{name}") for name in names],
            "mu": [opening, *flows, closing],
            "start": [0.0, opening, *ends[:-1], 0.0],
            "end": [opening, *ends, closing],
            "whole": [True, *[False] * len(flows), True],
        }
    )

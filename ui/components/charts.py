"""Few and quiet charts: the year's line, the funnel of stages, bars by town. No Streamlit in here.

Every value can be read without hovering; the finding is the title, which the page writes above.
"""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from data import schema
from gis.area import to_mu
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known, month, number, shorten

alt.data_transformers.disable_max_rows()

ROW_PX = 24
"""Height of one bar with the gap to the next."""
LONGEST_NAME = 18


@dataclass(frozen=True)
class Ink:
    """The colours of a chart on paper of one kind."""

    accent: str
    pale: str
    quiet: str
    text: str


LIGHT = Ink(accent="#0b6370", pale="#bcd5d8", quiet="#8a979d", text="#38474e")
DARK = Ink(accent="#4db6c2", pale="#2b555b", quiet="#75858c", text="#c3ced2")


def year_line(monthly: pd.DataFrame, *, ink: Ink = LIGHT) -> alt.LayerChart:
    """Draw the year: credited area month by month, against the plan and the straight pace line.

    Parameters
    ----------
    monthly : DataFrame
        ``Progress.monthly``: ``month``, ``target_line_m2``, ``plan_m2``, ``credited_m2``.
    ink : Ink
        Colours.
    """
    names = {
        "target_line_m2": t("chart.pace"),
        "plan_m2": t("chart.plan"),
        "credited_m2": t("chart.credited"),
    }
    long = monthly.melt(
        id_vars="month", value_vars=list(names), var_name="line", value_name="area_m2"
    ).dropna(subset="area_m2")
    long["mu"] = to_mu(long["area_m2"].astype(float))
    long["said"] = [number(value) for value in long["mu"]]
    long["line"] = long["line"].map(names)
    long["month"] = long["month"].astype(int)
    last = long.loc[long.groupby("line")["month"].idxmax()].copy()
    last["said"] = last["line"] + " " + last["said"]
    styles = alt.Scale(domain=list(names.values()), range=[ink.quiet, ink.quiet, ink.accent])
    dashes = alt.Scale(domain=list(names.values()), range=[[2, 3], [6, 3], [1, 0]])
    base = alt.Chart(long).encode(
        x=alt.X("month:O", title=None, axis=_months()),
        y=alt.Y("mu:Q", title=t("chart.mu"), axis=alt.Axis(tickCount=5, format=",.0f")),
        color=alt.Color("line:N", scale=styles, legend=None),
        tooltip=[
            alt.Tooltip("line:N", title=t("chart.line")),
            alt.Tooltip("month:O", title=t("chart.month")),
            alt.Tooltip("said:N", title=t("chart.mu")),
        ],
    )
    credited = base.transform_filter(alt.datum.line == names["credited_m2"])
    lines = base.mark_line().encode(
        strokeDash=alt.StrokeDash("line:N", scale=dashes, legend=None),
        strokeWidth=alt.condition(
            alt.datum.line == names["credited_m2"], alt.value(3), alt.value(1.5)
        ),
    )
    points = credited.mark_point(filled=True, size=45, opacity=1)
    values = (
        credited.transform_filter(alt.datum.month < int(_last_month(monthly)))
        .mark_text(dy=-11, fontSize=11)
        .encode(text="said:N")
    )
    ends = _end_labels(last, base, names["credited_m2"])
    return alt.layer(lines, points, values, ends).properties(height=400, usermeta=_plain_menu())


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
    ).properties(height=ROW_PX * len(frame), usermeta=_plain_menu())


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
    ).properties(height=ROW_PX * max(len(frame), 1), usermeta=_plain_menu())


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
        x=alt.X(f"{value}:Q", title=None, axis=None, scale=alt.Scale(domain=[0, longest * 1.9])),
        tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("said:N", title=" ")],
    )


def _end_labels(last: pd.DataFrame, base: alt.Chart, credited: str) -> alt.LayerChart:
    """Name each line at its end; the highest above, so that no two meet."""
    above = last.loc[last["mu"].idxmax(), "line"]
    layers = []
    for line in last["line"]:
        mark = alt.Chart(last[last["line"] == line]).mark_text(
            align="right",
            dy=-14 if line in (above, credited) else 16,
            fontSize=13,
            fontWeight="bold" if line == credited else "normal",
        )
        layers.append(mark.encode(x="month:O", y="mu:Q", text="said:N", color=base.encoding.color))
    return alt.layer(*layers)


def _months() -> alt.Axis:
    names = [month(pd.Timestamp(2000, number_, 1)) for number_ in range(1, 13)]
    return alt.Axis(labelExpr=f"{names!r}[datum.value - 1]", labelAngle=0, grid=False)


def _last_month(monthly: pd.DataFrame) -> int:
    seen = monthly.loc[monthly["credited_m2"].notna(), "month"]
    return int(seen.max()) if len(seen) else 0


def _mu(area_m2: float) -> str:
    return number(to_mu(area_m2), 1) if known(area_m2) else UNKNOWN


def _plain_menu() -> dict[str, object]:
    """Offer no menu that leads to another host."""
    return {"embedOptions": {"actions": False}}

"""The year's line: credited area against the plan and the pace, with every label in the clear."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from gis.area import to_mu
from ui.components.ink import LIGHT, PLAIN_MENU, Ink
from ui.text import t
from ui.text.numbers import month, number

HEIGHT_PX = 380
LINE_PX = 18
"""Least distance between two labels at the right end."""
HEADROOM = 1.08


def year_line(
    monthly: pd.DataFrame,
    *,
    ink: Ink = LIGHT,
    season: bool = False,
    band: pd.DataFrame | None = None,
) -> alt.LayerChart:
    """Draw the year: credited area month by month, against the plan and the straight pace line.

    Parameters
    ----------
    monthly : DataFrame
        ``Progress.monthly``: ``month``, ``target_line_m2``, ``plan_m2``, ``credited_m2``.
    ink : Ink
        Colours.
    season : bool
        Draw ``season_line_m2`` too.
    band : DataFrame, optional
        ``Forecast.band``: what the months still open will probably reach.
    """
    names = {
        "target_line_m2": t("chart.pace"),
        **({"season_line_m2": t("chart.season")} if season else {}),
        "plan_m2": t("chart.plan"),
        "credited_m2": t("chart.credited"),
    }
    ahead = None if band is None or band.empty else _ahead(monthly, band)
    if ahead is not None:
        names["p50_m2"] = t("chart.forecast")
        monthly = monthly.merge(ahead, on="month", how="left")
    long = _long(monthly, names)
    highest = [] if ahead is None else [float(to_mu(ahead["p90_m2"].max()))]
    top = HEADROOM * float(np.nanmax([*long["mu"], *highest, 1.0]))
    credited = names["credited_m2"]
    colour = [ink.accent if n in ("credited_m2", "p50_m2") else ink.quiet for n in names]
    styles = alt.Scale(domain=list(names.values()), range=colour)
    dash = {
        "target_line_m2": [2, 3],
        "season_line_m2": [8, 3, 2, 3],
        "plan_m2": [6, 3],
        "p50_m2": [4, 3],
    }
    dashes = alt.Scale(domain=list(names.values()), range=[dash.get(n, [1, 0]) for n in names])
    base = alt.Chart(long).encode(
        x=alt.X("month:O", title=None, axis=_months()),
        y=alt.Y(
            "mu:Q",
            title=t("chart.mu"),
            axis=alt.Axis(tickCount=5, format=",.0f"),
            scale=alt.Scale(domain=[0, top], nice=False),
        ),
        color=alt.Color("line:N", scale=styles, legend=None),
        tooltip=[
            alt.Tooltip("line:N", title=t("chart.line")),
            alt.Tooltip("month:O", title=t("chart.month")),
            alt.Tooltip("said:N", title=t("chart.mu")),
        ],
    )
    lines = base.mark_line().encode(
        strokeDash=alt.StrokeDash("line:N", scale=dashes, legend=None),
        strokeWidth=alt.condition(alt.datum.line == credited, alt.value(3), alt.value(1.5)),
    )
    points = base.transform_filter(alt.datum.line == credited)
    layers = [] if ahead is None else [_range(ahead, ink)]
    layers += [lines, points.mark_point(filled=True, size=45, opacity=1)]
    layers += _value_labels(long, base, credited, top, ink)
    layers += _end_labels(long, base, credited, top, ink)
    return alt.layer(*layers).properties(
        height=HEIGHT_PX,
        padding={"left": 5, "top": 10, "right": 10, "bottom": 10},
        autosize={"type": "fit", "contains": "padding"},  # makes room for the labels at the right
        usermeta=PLAIN_MENU,
    )


def _ahead(monthly: pd.DataFrame, band: pd.DataFrame) -> pd.DataFrame:
    """Return the band with the last credited point in front, so that it opens from there."""
    ahead = band[["month", "p10_m2", "p50_m2", "p90_m2"]]
    known = monthly.dropna(subset="credited_m2").tail(1)
    if known.empty or int(known["month"].iloc[0]) >= int(ahead["month"].min()):
        return ahead
    start = dict.fromkeys(("p10_m2", "p50_m2", "p90_m2"), known["credited_m2"].iloc[0])
    return pd.concat([known[["month"]].assign(**start), ahead], ignore_index=True)


def _range(ahead: pd.DataFrame, ink: Ink) -> alt.Chart:
    """Draw between which sums four years of five would end."""
    frame = pd.DataFrame(
        {
            "month": ahead["month"].astype(int),
            "low": to_mu(ahead["p10_m2"].astype(float)),
            "high": to_mu(ahead["p90_m2"].astype(float)),
        }
    )
    chart = alt.Chart(frame).mark_area(color=ink.pale, opacity=0.6)
    return chart.encode(x=alt.X("month:O", axis=_months()), y="low:Q", y2="high:Q")


def _long(monthly: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Return one row for each line and month: ``line``, ``month``, ``mu``, ``said``."""
    long = monthly.melt(
        id_vars="month", value_vars=list(names), var_name="line", value_name="area_m2"
    ).dropna(subset="area_m2")
    long["mu"] = to_mu(long["area_m2"].astype(float))
    long["said"] = [number(value) for value in long["mu"]]
    long["line"] = long["line"].map(names)
    long["month"] = long["month"].astype(int)
    return long


def _value_labels(
    long: pd.DataFrame, base: alt.Chart, credited: str, top: float, ink: Ink
) -> list[alt.LayerChart | alt.Chart]:
    """Write each month's credit on the side of the line where nothing else runs."""
    values = long[long["line"] == credited]
    values = values[values["month"] < values["month"].max()]
    below = roomier_below(
        values["mu"].to_numpy(),
        [
            line.set_index("month")["mu"].reindex(values["month"]).to_numpy()
            for name, line in long.groupby("line", sort=False)
            if name != credited
        ],
        text=top * LINE_PX / HEIGHT_PX,
    )
    layers = []
    for rows, align, dx, dy in ((values[below], "left", 4, 15), (values[~below], "right", -4, -12)):
        look = {"align": align, "dx": dx, "dy": dy, "fontSize": 11}
        layers += _with_halo(rows, base, look, ink)
    return layers


def roomier_below(mu: np.ndarray, others: list[np.ndarray], *, text: float = 0.0) -> np.ndarray:
    """Return for each value whether there is more room below it than above.

    Parameters
    ----------
    mu : ndarray
        The values.
    others : list of ndarray
        The other lines at the same months; NaN where a line has no value.
    text : float
        What a label needs above the axis, which is level: farther off it is not in the way.

    Examples
    --------
    >>> roomier_below(np.array([30.0, 500.0]), [np.array([100.0, 300.0])])
    array([ True, False])
    >>> roomier_below(np.array([30.0, 500.0]), [np.array([100.0, 300.0])], text=60.0)
    array([False, False])
    """
    axis = np.where(mu > text, -np.inf, 0.0)
    lines = np.vstack([axis, *others])
    above = np.where(lines >= mu, lines - mu, np.inf)
    below = np.where(lines < mu, mu - lines, np.inf)
    return (np.nanmin(below, axis=0) >= np.nanmin(above, axis=0)) & (mu > 0)


def _end_labels(
    long: pd.DataFrame, base: alt.Chart, credited: str, top: float, ink: Ink
) -> list[alt.LayerChart | alt.Chart]:
    """Name each line right of its last point; labels of one month are kept apart."""
    last = long.loc[long.groupby("line", sort=False)["month"].idxmax()].copy()
    last["said"] = last["line"] + " " + last["said"]
    last["px"] = -last["mu"] / top * HEIGHT_PX
    last["dy"] = 0.0
    for _, together in last.groupby("month"):
        last.loc[together.index, "dy"] = spread(together["px"]) - together["px"]
    ends_early = (last["line"] == credited) & (last["month"] < long["month"].max())
    last.loc[ends_early, "dy"] = 16.0  # the other lines run on at its right
    layers = []
    for line, rows in last.groupby("line", sort=False):
        look = {
            "align": "left",
            "dx": 9,
            "dy": float(rows["dy"].iloc[0]),
            "fontSize": 13,
            "fontWeight": "bold" if line == credited else "normal",
        }
        layers += _with_halo(rows, base, look, ink)
    return layers


def spread(px: pd.Series, *, least: float = LINE_PX) -> pd.Series:
    """Move heights apart until none is nearer than ``least`` to the next, upwards from the lowest.

    Examples
    --------
    >>> spread(pd.Series([-100.0, -105.0, -300.0])).tolist()
    [-100.0, -118.0, -300.0]
    """
    lowest_first = px.sort_values(ascending=False, kind="stable")
    placed: list[float] = []
    for height in lowest_first:
        placed.append(min(height, placed[-1] - least) if placed else height)
    return pd.Series(placed, index=lowest_first.index).reindex(px.index)


def _with_halo(
    rows: pd.DataFrame, base: alt.Chart, look: dict[str, object], ink: Ink
) -> list[alt.Chart]:
    """Write text on a rim of paper, so that a line behind it does not strike it through."""
    if rows.empty:
        return []
    place = {"x": "month:O", "y": "mu:Q", "text": "said:N"}
    chart = alt.Chart(rows)
    halo = chart.mark_text(
        **look, stroke=ink.paper, strokeWidth=5, strokeJoin="round", color=ink.paper
    )
    words = chart.mark_text(**look)
    return [halo.encode(**place), words.encode(**place, color=base.encoding.color)]


def _months() -> alt.Axis:
    names = [month(pd.Timestamp(2000, number_, 1)) for number_ in range(1, 13)]
    return alt.Axis(labelExpr=f"{names!r}[datum.value - 1]", labelAngle=0, grid=False)

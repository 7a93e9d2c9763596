"""Where is land used thinly, and what would 2.0 / 3.0 give? Spread, lines, gain, where to begin."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from analysis.far_summary import below_lines, distribution
from analysis.query import ParcelQuery
from analysis.uplift import cheap_uplift, uplift
from ui import state
from ui.components import charts, far_tables, map_view
from ui.components.far_change import show_change
from ui.components.far_export import export_button
from ui.components.far_standing import say_overlaps, say_standing
from ui.components.figures import Figure, big_line
from ui.components.filter_bar import filter_bar
from ui.components.header import header
from ui.components.ink import DARK, LIGHT
from ui.components.selection_strip import selection_strip
from ui.desk import Desk
from ui.measured import Basis, bases, estimated, lines_on, measured, overlapping
from ui.text import language, t
from ui.text.numbers import UNKNOWN, far, known, mu, number, parcels, plain

GROUPS = ("town", "park", "industry")
MAP_HEIGHT = 340
_THEME = {
    "computed": "far_computed",
    "registered": "far",
    "surveyed": "far_surveyed",
    "estimated": "far_estimated",
}


@dataclass(frozen=True)
class Looked:
    """What the page shows: the filtered parcels on one basis, and their sums."""

    lines: pd.DataFrame
    spread: pd.DataFrame
    below: pd.DataFrame
    gains: pd.DataFrame


def looked(desk: Desk, query: ParcelQuery, basis: Basis, *, empty: bool = False) -> Looked:
    """Return what the filters keep, on one basis (shared).

    With ``empty`` parcels on which nothing stands count like any other; otherwise they are set
    apart.
    """

    def make() -> Looked:
        whole = lines_on(desk, basis)
        lines = whole.loc[desk.filtered(query).index]
        lines = lines.assign(no_building=False) if empty else lines
        land = lines["land_area_m2"]
        everything = lines.assign(all="")
        return Looked(
            lines,
            distribution(lines["far"], land, no_building=None if empty else lines["no_building"]),
            below_lines(lines, land),
            uplift(everything, by="all", far="far"),
        )

    return desk.kept(("plot ratio", query, basis, empty), make)


def show(desk: Desk) -> None:
    """Draw the page."""
    header(desk)
    query = filter_bar(desk)
    with st.spinner(t("far.measuring"), show_time=True):
        found = measured(desk)
        basis = _basis(desk, has_buildings=found.has_buildings)
        view = looked(desk, query, basis, empty=state.setting("empty") == "1")
    with st.container(key="mutu_title", horizontal=True, vertical_alignment="bottom"):
        st.title(_headline(view), anchor=False, width="stretch")
        _choose_basis(desk, basis)
    if view.lines.empty:
        st.info(t("parcels.none"), icon=":material/filter_alt_off:")
        return
    big_line(_figures(view))
    _say_basis(desk, basis, has_buildings=found.has_buildings)
    say_standing(lines_on(desk, basis).loc[view.lines.index])
    say_overlaps(overlapping(desk), view.lines["parcel_name"])
    left, right = st.columns([1, 1.4], gap="large")
    with left:
        st.subheader(t("far.spread"))
        ink = DARK if st.context.theme.type == "dark" else LIGHT
        st.vega_lite_chart(
            spec=charts.far_bars(view.spread, ink=ink).to_dict(), width="stretch", key="far.spread"
        )
    with right:
        st.subheader(t("far.map"))
        map_view.show(desk, themes=(_THEME[basis],), height=MAP_HEIGHT)
    st.subheader(t("far.below"))
    far_tables.below(view.below)
    _verified_note(view.lines)
    _show_gains(desk, query, view, basis)
    _show_cheap(desk, query, view, basis)
    show_change(desk)
    _show_issues(found.issues, view.lines.index)
    selection_strip(desk, query)


def _basis(desk: Desk, *, has_buildings: bool) -> Basis:
    """Return the basis the reader chose; what was computed from buildings where there are any."""
    chosen = state.setting("basis", "computed" if has_buildings else "registered")
    return next((basis for basis in bases(desk) if basis == chosen), "computed")


def _choose_basis(desk: Desk, basis: Basis) -> None:
    st.segmented_control(
        t("far.basis"),
        bases(desk),
        format_func=lambda name: t(f"far.basis_{name}"),
        key=state.widget("far.basis", basis),
        required=True,
        label_visibility="collapsed",
        on_change=lambda: state.set_setting("basis", st.session_state["far.basis"]),
    )


def _headline(view: Looked) -> str:
    gains = view.gains
    if gains.empty or not known(gains["far_mean"].iloc[0]):
        return t("far.title_unknown")
    return t(
        "far.title",
        far=far(gains["far_mean"].iloc[0]),
        gain=wan_m2(gains["gain_2.0_m2"].iloc[0]),
        saved=number(gains["saved_2.0_mu"].iloc[0], 0),
    )


def wan_m2(value: float | None) -> str:
    """Write floor area in ten thousand m² with its unit; unknown is a dash."""
    if not known(value):
        return UNKNOWN
    return t("unit.wan_m2", n=number(value / 10_000, 1))  # type: ignore[operator]


def _figures(view: Looked) -> list[Figure]:
    row = view.gains.iloc[0]
    low = view.lines[(view.lines["far"] < 2.0) & ~view.lines["no_building"]]
    unknown = int(view.lines["far"].isna().sum())
    saved = [number(row[f"saved_{line}_mu"], 0) for line in ("2.0", "3.0")]
    return [
        Figure(t("far.mean"), far(row["far_mean"]), _mean_note(row), help=t("far.mean_help")),
        Figure(t("far.low"), mu(low["land_area_m2"].sum(), 0), parcels(len(low))),
        Figure(
            t("far.gain", line="2.0"),
            wan_m2(row["gain_2.0_m2"]),
            t("far.saved", mu=saved[0]),
            help=t("far.gain_help"),
        ),
        Figure(
            t("far.gain", line="3.0"),
            wan_m2(row["gain_3.0_m2"]),
            t("far.saved", mu=saved[1]),
            help=t("far.gain_help"),
        ),
        Figure(t("far.unknown"), parcels(unknown), help=t("far.unknown_help")),
    ]


def _mean_note(row: pd.Series) -> str:
    """Say the mean with the parcels set apart, where there are any."""
    return t("far.mean_all", far=far(row["far_mean_all"])) if row["no_building"] else ""


def _say_basis(desk: Desk, basis: Basis, *, has_buildings: bool) -> None:
    said = [t(f"far.about_{basis}")]
    if basis == "computed":
        said.append(desk.rules.floor_area.sentence(language()))
    if basis == "estimated":
        table = estimated(desk)
        spread = ((table["far_estimated_high"] - table["far_estimated_low"]) / 2).median()
        told = int(table["far_estimated"].notna().sum())
        said.append(t("far.estimated_range", parcels=parcels(told), range=far(spread)))
    st.caption(plain(" ".join(said)))
    if not has_buildings:
        st.info(t("far.no_buildings"), icon=":material/domain_disabled:")


def _verified_note(lines: pd.DataFrame) -> None:
    doubtful = lines["national_min"].notna() & ~lines["national_verified"].fillna(False).astype(
        bool
    )
    if doubtful.any():
        editions = "、".join(sorted(set(lines["national_edition"][doubtful].dropna())))
        st.caption(t("far.unverified", edition=editions))


def _show_gains(desk: Desk, query: ParcelQuery, view: Looked, basis: Basis) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader(t("far.gains"), width="stretch")
        by = st.segmented_control(
            t("far.by"),
            GROUPS,
            format_func=lambda name: t(f"far.by_{name}"),
            default="town",
            required=True,
            key="far.by",
            label_visibility="collapsed",
        )
    by = by or "town"
    far_tables.gains(gains_by(desk, query, view, basis, by), view.gains, by=by)
    export_button(
        desk,
        query,
        basis,
        view.lines,
        view.below,
        lambda: {name: gains_by(desk, query, view, basis, name) for name in GROUPS},
    )


def gains_by(desk: Desk, query: ParcelQuery, view: Looked, basis: Basis, by: str) -> pd.DataFrame:
    """Return the gain by town, park or division of industry (shared)."""

    def make() -> pd.DataFrame:
        division = view.lines["industry_code"].astype("str").str.extract(r"^[A-Za-z]?(\d{2})")[0]
        return uplift(view.lines.assign(industry=division), by=by, far="far")

    empty = state.setting("empty")
    return desk.kept(("gains", query, basis, by, empty), make)


def _show_cheap(desk: Desk, query: ParcelQuery, view: Looked, basis: Basis) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader(t("far.cheap"), width="stretch")
        least = st.number_input(
            t("far.least_mu"), min_value=0.0, value=10.0, step=5.0, key="far.least", width=130
        )
        most = st.number_input(
            t("far.far_below"), min_value=0.1, value=1.0, step=0.1, key="far.most", width=130
        )
        line = st.segmented_control(
            t("far.to_line"), (2.0, 3.0), default=2.0, required=True, key="far.line"
        )
    line = line or 2.0

    def make() -> pd.DataFrame:
        found = cheap_uplift(view.lines, line=line, least_mu=least, far_below=most, far="far")
        return found.join(view.lines[[*_TOLD]])

    key = ("cheap", query, basis, least, most, line, state.setting("empty"))
    far_tables.cheap(desk.kept(key, make), line=line)


_TOLD = (
    "parcel_name",
    "town",
    "owner",
    "low_class",
    "standing",
    "coverage_share",
    "unlawful_counted_m2",
)


def _show_issues(issues: pd.DataFrame, ids: pd.Index) -> None:
    """Name what the measuring found wrong; nothing is silently left out."""
    mine = issues[(issues["layer"] != "parcels") | issues["id"].isin(ids)]
    with st.expander(t("far.issues", n=number(len(mine))), icon=":material/rule:"):
        if mine.empty:
            st.caption(t("far.no_issues"))
            return
        far_tables.issues(mine)


show(state.desk())

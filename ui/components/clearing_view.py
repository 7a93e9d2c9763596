"""Land clearing on the progress page: what stands where, how long, what is late and why."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis.clearing import AGES, LIGHTS, clearing, clearing_summary
from analysis.progress import Progress
from data import schema
from data.clearing_rules import ClearingRules, load_clearing_rules
from gis.area import to_mu
from layers.styles import LIGHT_COLOURS
from ui import meeting
from ui.components.column_width import fitting
from ui.components.figures import Figure, big_line
from ui.components.moved import area_column, link_column, map_links, text_columns
from ui.desk import Desk
from ui.shelf import Shelf
from ui.text import language, t
from ui.text.numbers import UNKNOWN, day, known, mu, number, parcels

MOST_ROWS = 300
_rules = Shelf(1)


def ways() -> ClearingRules:
    """Return the rules of clearing, read once."""
    return _rules.get("clearing", load_clearing_rules)


def being_cleared(desk: Desk) -> pd.DataFrame:
    """Return the parcels being cleared (shared: do not change)."""

    def make() -> pd.DataFrame:
        points = meeting.minutes(desk)
        stuck = meeting.stuck(desk) if len(points) else None
        return clearing(
            desk.frame, rules=desk.rules, ways=ways(), state_on=desk.state_on, stuck=stuck
        )

    return desk.kept("clearing", make)


def summary(desk: Desk) -> pd.DataFrame:
    """Return the stages of clearing with their figures (shared: do not change)."""

    def make() -> pd.DataFrame:
        standing = desk.standing
        whole = desk.parcels["geometry_area_m2"].reindex(standing["parcel_id"]).to_numpy()
        standing = standing.assign(whole_m2=whole)
        return clearing_summary(being_cleared(desk), standing, ways=ways(), year=desk.year)

    return desk.kept("clearing summary", make)


def show_clearing(desk: Desk, year: Progress) -> None:  # noqa: ARG001 - all views are called alike
    """Draw the stages of clearing, their ageing, and the parcels, the late ones first."""
    found, stages = being_cleared(desk), summary(desk)
    big_line(
        [
            Figure(
                _stage(code),
                mu(row["area_m2"]),
                t(
                    "clearing.year",
                    year=desk.year,
                    area=mu(row["year_area_m2"]),
                    parcels=parcels(int(row["year_parcels"])),
                ),
                help=t("clearing.stands", parcels=parcels(int(row["parcels"]))),
            )
            for code, row in zip(stages.index, stages.to_dict("records"), strict=True)
        ]
    )
    st.caption(t("clearing.lights", days=ways().soon_days, source=ways().source))
    if found.empty:
        st.info(t("clearing.none"), icon=":material/landscape:")
        return
    _stage_table(stages)
    late = int((found["light"] == "red").sum())
    stuck = int(found["stuck"].notna().sum())
    title = t("clearing.list", n=parcels(len(found)), late=parcels(late), stuck=parcels(stuck))
    st.subheader(title, anchor=False)
    _parcel_list(found)


def light_label(light: str) -> str:
    """Name a light: sign and word, never the colour alone."""
    return t(f"clearing.light_{light}")


def _stage_table(stages: pd.DataFrame) -> None:
    table = pd.DataFrame(
        {
            "stage": [_stage(code) for code in stages.index],
            "parcels": stages["parcels"].to_numpy(),
            "area": to_mu(stages["area_m2"].to_numpy(dtype=float)),
            **{code: stages[code].to_numpy() for code in LIGHTS},
            **{code: stages[code].to_numpy() for code, _ in AGES},
            "median": stages["median_days"].to_numpy(dtype=float, na_value=float("nan")),
        }
    )
    heads = {code: light_label(code) for code in LIGHTS}
    heads |= {code: t(f"clearing.age_{code}") for code, _ in AGES}
    heads |= {"parcels": t("clearing.parcels"), "median": t("clearing.median")}
    config: dict[str, object] = {
        name: st.column_config.NumberColumn(head, format="%,d", width=fitting(head))
        for name, head in heads.items()
    }
    stage = t("clearing.stage")
    config["stage"] = st.column_config.Column(stage, width=fitting(stage, table["stage"]))
    config["area"] = area_column()
    st.dataframe(table, hide_index=True, column_config=config, placeholder=UNKNOWN)


def _parcel_list(found: pd.DataFrame) -> None:
    shown = found.head(MOST_ROWS)
    reasons = schema.enum_labels("stuck_reason", language())
    table = pd.DataFrame(
        {
            "link": map_links(shown.index),
            "parcel_name": shown["parcel_name"].fillna(UNKNOWN),
            "town": shown["town"].fillna(UNKNOWN),
            "light": [light_label(light) for light in shown["light"]],
            "stage": [_stage(code) for code in shown["stage"]],
            "days": shown["days_in_stage"],
            "usual": shown["usual_longest"],
            "due_stage": [_stage(code) for code in shown["due_stage"]],
            "due_on": [day(on) for on in shown["due_on"]],
            "stuck": [reasons.get(str(code), UNKNOWN) for code in shown["stuck"]],
            "responsible_unit": shown["responsible_unit"].fillna(UNKNOWN),
            "area": to_mu(shown["geometry_area_m2"].astype(float)),
        }
    )
    own = ("link", "light", "days", "usual", "stuck", "area")
    config = text_columns(table, without=own)
    for name in ("light", "stuck"):
        head = t("clearing.light") if name == "light" else t("clearing.stuck")
        config[name] = st.column_config.Column(head, width=fitting(head, table[name]))
    for name in ("days", "usual"):
        head = t("clearing.days") if name == "days" else t("clearing.usual")
        config[name] = st.column_config.NumberColumn(head, format="%,d", width=fitting(head))
    config |= {"link": link_column(), "area": area_column()}
    colours = {light_label(light): f"color: {of}" for light, of in LIGHT_COLOURS.items()}
    st.dataframe(
        table.style.map(lambda said: colours.get(said, ""), subset=["light"]),
        hide_index=True,
        height=min(35 * len(table) + 38, 480),
        placeholder=UNKNOWN,
        column_config=config,
    )
    if len(found) > MOST_ROWS:
        st.caption(t("meeting.more", n=number(MOST_ROWS), all=number(len(found))))


def _stage(code: object) -> str:
    return schema.enum_label("stage", str(code), language()) if known(code) else UNKNOWN

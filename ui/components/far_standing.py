"""What a plot ratio of 0 means: nothing stands there, or all that stands is unlawful."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ui import state
from ui.text import t
from ui.text.numbers import known, mu, number, parcels, plain, shorten

MOST_PAIRS = 3


def say_standing(lines: pd.DataFrame) -> None:
    """Say how many parcels have nothing built or only what is unlawful; let the first be counted.

    Parameters
    ----------
    lines : DataFrame
        `ui.measured.lines_on` of the parcels shown.
    """
    land = lines["land_area_m2"].astype(float)
    empty = lines["no_building"].to_numpy(bool)
    unlawful = ((lines["standing"] == "unlawful_only") & (lines["far"] == 0)).to_numpy()
    counted = state.setting("empty") == "1"
    if empty.any():
        with st.container(horizontal=True, vertical_alignment="center"):
            how = "counted" if counted else "apart"
            said = t(
                f"far.empty_{how}", parcels=parcels(int(empty.sum())), mu=mu(land[empty].sum(), 1)
            )
            st.caption(said, width="stretch")
            st.toggle(
                t("far.count_empty"),
                key=state.widget("far.empty", counted),
                help=t("far.count_empty_help"),
                on_change=_keep,
            )
    if unlawful.any():
        said = t(
            "far.unlawful_only",
            parcels=parcels(int(unlawful.sum())),
            mu=mu(land[unlawful].sum(), 1),
        )
        st.caption(said)


def say_overlaps(pairs: pd.DataFrame, names: pd.Series) -> None:
    """Say which of the parcels shown overlap others, by how much, and name the largest pairs.

    Parameters
    ----------
    pairs : DataFrame
        `analysis.parcel_overlaps.parcel_overlaps` of the county.
    names : Series
        Names of the parcels shown, by ``parcel_id``.
    """
    mine = pairs[pairs["first"].isin(names.index) | pairs["second"].isin(names.index)]
    if mine.empty:
        return
    ids = pd.concat([mine["first"], mine["second"]])
    largest = [
        t("far.overlap_pair", first=_named(a, names), second=_named(b, names), mu=mu(area, 1))
        for a, b, area in mine.head(MOST_PAIRS).itertuples(index=False)
    ]
    said = t(
        "far.overlaps",
        parcels=parcels(int(ids[ids.isin(names.index)].nunique())),
        pairs=number(len(mine)),
        mu=mu(mine["area_m2"].sum(), 1),
        largest=t("filter.comma").join(largest),
    )
    st.caption(plain(said))


def _named(parcel_id: str, names: pd.Series) -> str:
    name = names.get(parcel_id)
    return shorten(name if known(name) else parcel_id, 24)


def _keep() -> None:
    state.set_setting("empty", "1" if st.session_state["far.empty"] else "")

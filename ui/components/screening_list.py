"""The list of a screening: each parcel's class, the sentence of its rule, what is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from analysis.query import ParcelQuery
from data import schema
from gis.area import to_mu
from ui import screened
from ui.components.column_width import fitting
from ui.components.parcel_table import MOST_ROWS, picked_ids, ticked_table
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known, number

HEIGHT = 520
_VERDICTS = ("confirm", "override")


def within(desk: Desk, query: ParcelQuery) -> pd.DataFrame:
    """Return the screening of the parcels that the filters keep (shared: do not change)."""
    found = screened.screened(desk)
    if query == ParcelQuery():
        return found

    def make() -> pd.DataFrame:
        return found.iloc[found.index.get_indexer(desk.filtered(query).index)]

    return screened.kept_large(desk, ("within", query), make)


def ordered(desk: Desk, query: ParcelQuery, which: str) -> np.ndarray:
    """Return the places of a list's rows in :func:`within`, what wants a look first on top."""

    def make() -> np.ndarray:
        found = within(desk, query)
        mine = np.flatnonzero(screened.chosen(found, which).to_numpy(dtype=bool))
        rows = found[["idle_countdown_days", "attention"]].iloc[mine]
        area = desk.parcels["geometry_area_m2"].reindex(rows.index).to_numpy(dtype=float)
        days = rows["idle_countdown_days"].astype("Float64")
        days = days.to_numpy(dtype=float, na_value=np.inf)
        days = np.where(days < 0, 1e6 - days, days)  # what has yet to end before what has ended
        first = days if which == "idle" else rows["attention"].to_numpy()
        return mine[np.lexsort((-np.nan_to_num(area), days, first))]

    return screened.kept(desk, ("ordered", query, which), make)


def counted(desk: Desk, query: ParcelQuery) -> dict[str, int]:
    """Return how many parcels each list of the page holds."""
    found = within(desk, query)
    return screened.kept(
        desk,
        ("counted", query),
        lambda: {which: int(screened.chosen(found, which).sum()) for which in screened.LISTS},
    )


def screening_list(desk: Desk, query: ParcelQuery, which: str) -> None:
    """Draw a list of the screening with ticks, or say that it is empty.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.
    query : ParcelQuery
        The filters that hold.
    which : str
        One of `ui.screened.LISTS`.
    """
    order = ordered(desk, query, which)
    if not len(order):
        st.info(t(f"screening.none_{which}"), icon=":material/checklist:")
        return
    name = ("shown", query, which, language())
    table = screened.kept(desk, name, lambda: readable(desk, _first(desk, query, order)))
    ticked_table(table, columns(table), set(picked_ids(desk)), height=HEIGHT)
    said = t("screening.order_idle") if which == "idle" else t("screening.order")
    if len(order) > MOST_ROWS:
        said += t("parcels.more", n=number(MOST_ROWS), all=number(len(order)))
    st.caption(said)


def _first(desk: Desk, query: ParcelQuery, order: np.ndarray) -> pd.DataFrame:
    return within(desk, query).iloc[order[:MOST_ROWS]]


def readable(desk: Desk, rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of a screening as shown: names for codes, 亩 for m²."""
    lang = language()
    parcels = desk.parcels.loc[rows.index, ["parcel_name", "town", "geometry_area_m2"]]
    classes = schema.enum_labels("low_class", lang)
    return pd.DataFrame(
        {
            "parcel_id": rows.index.to_numpy(),
            "parcel_name": parcels["parcel_name"].to_numpy(),
            "class": rows["class"].map(classes).to_numpy(),
            "sentence": rows[f"sentence_{lang}"].to_numpy(),
            "recorded": rows["recorded_class"].map(classes).to_numpy(),
            "against": [against_label(code) for code in rows["against_record"]],
            "review": [
                review_label(verdict, stale=stale)
                for verdict, stale in zip(rows["review_verdict"], rows["review_stale"], strict=True)
            ],
            "days": rows["idle_countdown_days"].astype("Int64").to_numpy(),
            "missing": [missing_text(keys) for keys in rows["missing"]],
            "town": parcels["town"].to_numpy(),
            "area": to_mu(parcels["geometry_area_m2"].to_numpy(dtype=float)),
        }
    )


def against_label(code: str) -> str:
    """Say how a verdict stands against the record."""
    return t(f"screening.against_{code}")


def review_label(verdict: str | None, *, stale: bool) -> str | None:
    """Say what a planner said of a verdict, marked where it wants another look."""
    if not known(verdict):
        return None
    said = t(f"screening.verdict_{verdict}")
    return t("screening.stale", verdict=said) if stale else said


def missing_text(keys: tuple[str, ...]) -> str | None:
    """Name the fields that are missing."""
    lang = language()
    return t("filter.comma").join(screened.ruleset().label(key, lang) for key in keys) or None


def columns(table: pd.DataFrame) -> dict[str, object]:
    """Return how each column is headed and written."""
    labels = schema.enum_labels("low_class", language()).values()
    verdicts = [t("screening.stale", verdict=t(f"screening.verdict_{v}")) for v in _VERDICTS]
    against = [against_label(code) for code in ("agree", "differ", "insufficient", "unrecorded")]
    heads = {
        "parcel_id": (schema.label("parcel_id", language()), table["parcel_id"], 320),
        "parcel_name": (schema.label("parcel_name", language()), table["parcel_name"], 200),
        "class": (t("screening.col_class"), labels, 320),
        "sentence": (t("screening.col_sentence"), table["sentence"], 430),
        "recorded": (t("screening.col_recorded"), labels, 320),
        "against": (t("screening.col_against"), against, 320),
        "review": (t("screening.col_review"), verdicts, 320),
        "missing": (t("screening.col_missing"), table["missing"], 320),
        "town": (schema.label("town", language()), table["town"], 320),
    }
    config: dict[str, object] = {
        name: st.column_config.Column(
            head, width=fitting(head, shown, most=most), pinned=name == "parcel_id" or None
        )
        for name, (head, shown, most) in heads.items()
    }
    days, area = t("screening.col_days"), schema.label("geometry_area_m2", language(), unit="mu")
    config["days"] = st.column_config.NumberColumn(
        days, format="%,d", width=fitting(days), help=t("screening.col_days_help")
    )
    config["area"] = st.column_config.NumberColumn(
        area, format="%,.2f", width=fitting(area, ["12,345.67"])
    )
    return config


def no_days(value: object) -> str:
    """Write days left or gone by; unknown is a dash."""
    if not known(value):
        return UNKNOWN
    days = int(value)  # type: ignore[call-overload]
    if days >= 0:
        return t("screening.days_left", n=number(days))
    return t("screening.days_gone", n=number(-days))

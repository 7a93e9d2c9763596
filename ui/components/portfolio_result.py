"""An answer as a plain document, of a run or of a saved scenario: years, blocks, towns, map."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from reports.portfolio_list import conflict_head, status_words
from ui import planned
from ui.components import block_map
from ui.components.block_words import block_name, keys
from ui.components.column_width import fitting
from ui.components.figures import Figure, big_line
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known, number, plain

MAP_HEIGHT = 420
COLOURS = 7
"""Colours of the years there are: later ones share the last."""


def percent(value: float | None) -> str:
    """Write a share as a percentage with two decimals; unknown is a dash."""
    return f"{number(100 * value, 2)}%" if known(value) else UNKNOWN  # type: ignore[operator]


def sums(answer: Mapping[str, Any]) -> dict[str, tuple[float | None, int]]:
    """Return what the chosen blocks sum up to, with how many are unknown.

    Examples
    --------
    >>> sums({"blocks": [{"area_mu": 60.0, "cost_wan": None}, {"area_mu": 4.0, "cost_wan": 5.0}]})[
    ...     "cost_wan"]
    (5.0, 1)
    """
    found: dict[str, tuple[float | None, int]] = {}
    for name in ("area_mu", "cost_wan", "gain_m2", "firms", "jobs"):
        values = [row.get(name) for row in answer["blocks"]]
        told = [value for value in values if value is not None]
        least = [short_of(answer, row, name) for row in answer["blocks"]]
        found[name] = (float(sum(told)) if told else None, sum(least))
    return found


def short_of(answer: Mapping[str, Any], row: Mapping[str, Any], name: str) -> bool:
    """Return whether a figure of a chosen block does not count all of it.

    Answers saved before blocks told it themselves have a list of those with a least cost.

    Examples
    --------
    >>> short_of({"incomplete": ["A"]}, {"block_id": "A", "cost_wan": 5.0}, "cost_wan")
    True
    """
    if row.get(name) is None:
        return True
    if f"{name}_unknown" in row:
        return bool(row[f"{name}_unknown"])
    return name == "cost_wan" and row.get("block_id") in (answer.get("incomplete") or ())


def _short_year(answer: Mapping[str, Any], row: Mapping[str, Any], name: str) -> bool:
    """Return whether a figure of a year does not count all of what starts in it."""
    mine = [block for block in answer["blocks"] if block["start_year"] == row["year"]]
    return any(short_of(answer, block, name) for block in mine)


def _least(value: float | None, short: bool, places: int = 0) -> str:
    """Write a figure; at least so much where something of it is unknown."""
    if value is None:
        return UNKNOWN
    return t("blocks.at_least", n=number(value, places)) if short else number(value, places)


def told_sum(value: tuple[float | None, int], write: Callable[[float], str]) -> str:
    """Write a sum; at least so much where something of it is unknown."""
    total, unknown = value
    if total is None:
        return UNKNOWN
    return t("blocks.at_least", n=write(total)) if unknown else write(total)


def wan(value: float) -> str:
    """Write 万元."""
    return t("unit.wan", n=number(value))


def floor(value: float) -> str:
    """Write floor area in 万㎡."""
    return t("unit.wan_m2", n=number(value / 10_000, 1))


def show_head(answer: Mapping[str, Any]) -> None:
    """Say how good the answer certainly is, and its sums."""
    if answer["status"] == "infeasible":
        show_conflict(answer)
        return
    if not answer["blocks"]:
        st.info(t("choose.nothing"), icon=":material/hourglass_disabled:")
        return
    total = sums(answer)
    status = status_words(answer["status"], language())
    count = t("choose.n_blocks", n=number(len(answer["blocks"])))
    cost, gain = total["cost_wan"], total["gain_m2"]
    least = {True: t("choose.least_note"), False: ""}
    big_line(
        [
            Figure(
                t("choose.gap_reached"), percent(answer["gap"]), status, help=t("choose.gap_help")
            ),
            Figure(t("choose.area"), t("unit.mu", n=number(total["area_mu"][0], 1)), count),
            Figure(t("choose.cost"), wan(cost[0] or 0), least[cost[1] > 0]),
            Figure(
                t("choose.gain"),
                UNKNOWN if gain[0] is None else floor(gain[0]),
                least[gain[1] > 0],
            ),
        ]
    )
    _say_checked(answer)


def _say_checked(answer: Mapping[str, Any]) -> None:
    if answer["faults"]:
        said = t("choose.faults", n=number(len(answer["faults"])))
        lines = [f"- {plain(each.get('message', each['kind']))}" for each in answer["faults"]]
        st.error("\n".join([f"{said}\n", *lines]), icon=":material/gpp_bad:")
    else:
        st.caption(t("choose.checked"))
    if answer.get("left_out"):
        st.caption(t("choose.left_out", n=number(len(answer["left_out"]))))
    if answer.get("incomplete"):
        st.caption(t("choose.incomplete", n=number(len(answer["incomplete"]))))


def show_conflict(answer: Mapping[str, Any]) -> None:
    """Say which of the asks contradict each other."""
    lines = "\n".join(f"- {plain(each['message'])}" for each in answer["conflict"])
    st.error(
        conflict_head(answer["conflict"], language()) + "\n\n" + lines, icon=":material/block:"
    )


def show_years(answer: Mapping[str, Any]) -> None:
    """Draw the years: task, credited already, what the chosen blocks add, what it takes."""
    rows = answer["years"]
    told = {
        name: [_least(row[name], _short_year(answer, row, name)) for row in rows]
        for name in ("cost_wan", "firms", "jobs")
    }
    table = pd.DataFrame(
        {
            "year": [row["year"] for row in rows],
            "task_mu": [row["task_mu"] for row in rows],
            "credited_mu": [row["credited_mu"] for row in rows],
            "new_mu": [row["new_mu"] for row in rows],
            "area_mu": [row["area_mu"] for row in rows],
            "met": [_met(row) for row in rows],
            "started": [len(row["started"]) for row in rows],
            "cost_wan": told["cost_wan"],
            "budget_wan": [row["budget_wan"] for row in rows],
            "firms": told["firms"],
            "jobs": told["jobs"],
        }
    )
    places = {"task_mu": 1, "credited_mu": 1, "new_mu": 1, "area_mu": 1}
    _draw(table, texts=("met", *told), places=places)


def _met(row: Mapping[str, Any]) -> str:
    if row["task_mu"] is None:
        return UNKNOWN
    return t("choose.met") if row["area_mu"] >= row["task_mu"] * (1 - 1e-6) else t("choose.short")


def show_blocks(answer: Mapping[str, Any]) -> None:
    """Draw the chosen blocks in the order of their start."""
    rows = sorted(answer["blocks"], key=lambda row: (row["start_year"], row["block_id"]))
    table = pd.DataFrame(
        {
            "name": [name_of(row) for row in rows],
            "start_year": [row["start_year"] for row in rows],
            "credit_year": [row["credit_year"] for row in rows],
            "land_mu": [row["area_mu"] for row in rows],
            "whole_mu": [row.get("whole_area_mu") for row in rows],
            "cost_wan": _told(answer, rows, "cost_wan"),
            "gain": _told(answer, rows, "gain_m2", 1e-4, 1),
            "difficulty": [row["difficulty"] for row in rows],
            "firms": _told(answer, rows, "firms"),
            "jobs": _told(answer, rows, "jobs"),
            "parcels": [len(row["parcel_ids"]) for row in rows],
        }
    )
    _draw(
        table,
        texts=("name", "cost_wan", "gain", "firms", "jobs"),
        places={"land_mu": 1, "whole_mu": 1},
    )


def _told(
    answer: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    name: str,
    scale: float = 1.0,
    places: int = 0,
) -> list[str]:
    """Write a figure of chosen blocks, each at least so much where not all of it is known."""
    return [
        _least(
            None if row[name] is None else row[name] * scale, short_of(answer, row, name), places
        )
        for row in rows
    ]


def name_of(row: Mapping[str, Any]) -> str:
    """Name a chosen block, and say where it is a part of a larger one."""
    name = block_name(str(row.get("of_block") or row["block_id"]), row["towns"])
    if not row.get("part"):
        return name
    return t("choose.part_of", name=name, part=str(row["block_id"]).rsplit("/", 1)[-1])


def show_towns(answer: Mapping[str, Any]) -> None:
    """Draw what each town gives, and its quota."""
    rows = answer["towns"]
    columns = ("left_mu", "area_mu", "pct", "least_mu", "most_mu", "least_pct", "most_pct")
    told = {name: [row.get(name) for row in rows] for name in columns}
    table = pd.DataFrame({"town": [row["town"] or UNKNOWN for row in rows], **told})
    table = table.rename(columns={"area_mu": "land_mu"})
    places = {"left_mu": 1, "land_mu": 1, "pct": 1}
    _draw(table, texts=("town",), places=places)


def show_map(desk: Desk, answer: Mapping[str, Any], *, height: int = MAP_HEIGHT) -> None:
    """Draw the chosen blocks, coloured by the year in which they start."""
    years = [row["year"] for row in answer["years"]]
    block_map.overlay_map(desk, chosen_shapes(desk, answer), height=height, folded=True)
    keys([(kind_of(year, years), str(year)) for year in years])


def kind_of(year: int, years: Sequence[int]) -> str:
    """Return the kind of shape over the map of what starts in a year.

    Examples
    --------
    >>> kind_of(2028, [2027, 2028, 2029])
    'start_2'
    """
    return f"start_{min(years.index(year) + 1, COLOURS)}"


def chosen_shapes(desk: Desk, answer: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Return the chosen blocks as shapes over the map (shared: do not change)."""
    years = [row["year"] for row in answer["years"]]
    rows = answer["blocks"]
    name = ("chosen", tuple((row["block_id"], row["start_year"]) for row in rows), language())

    def make() -> gpd.GeoDataFrame:
        shapes = [planned.shape_of(desk, tuple(row["parcel_ids"])) for row in rows]
        labels = [
            t(
                "choose.label",
                name=name_of(row),
                start=row["start_year"],
                credit=row["credit_year"],
                area=number(row["area_mu"], 1),
            )
            for row in rows
        ]
        kinds = [kind_of(row["start_year"], years) for row in rows]
        geometry = gpd.GeoSeries(shapes, crs=block_map.COUNTY_CRS)
        frame = gpd.GeoDataFrame({"kind": kinds, "label": labels}, geometry=geometry)
        return frame[frame.geometry.notna()]

    return desk.kept(name, make)


def _draw(table: pd.DataFrame, *, texts: Sequence[str], places: Mapping[str, int]) -> None:
    config: dict[str, Any] = {}
    for name in table.columns:
        head = t(f"choose.col_{name}")
        if name in texts:
            config[name] = st.column_config.Column(
                head,
                width=fitting(head, table[name], most=260),
                pinned=name in ("name", "town") or None,
                alignment=None if name in ("name", "town", "met") else "right",
            )
        elif name.endswith("year"):
            config[name] = st.column_config.NumberColumn(head, format="%d", width=fitting(head))
        else:
            config[name] = st.column_config.NumberColumn(
                head, format=f"%,.{places.get(name, 0)}f", width=fitting(head, ["123,456.7"])
            )
    st.dataframe(
        table,
        hide_index=True,
        column_config=config,
        height=min(35 * len(table) + 38, 420),
        placeholder=UNKNOWN,
    )

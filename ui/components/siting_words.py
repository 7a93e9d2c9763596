"""Projects and sites in words: names, months, shares, and how sure a ranking is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from data import schema
from ui.desk import Desk
from ui.sited import criteria, rules, sites
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known, number

TAIL = 10
"""So many letters of a number tell a site from the others of its town."""
VERDICTS = ("sure", "depends", "open", "none")


def site_name(desk: Desk, site_id: str) -> str:
    """Name a site for people: where it lies, and the end of its number."""
    table = sites(desk).table
    town = table["town"].get(site_id)
    return f"{town if known(town) else ''} {site_id[-TAIL:]}".strip()


def site_place(desk: Desk, site_id: str) -> str:
    """Say where a site lies: town and, where known, park; its number where neither is."""
    row = sites(desk).table.loc[site_id]
    return " · ".join(str(row[key]) for key in ("town", "park") if known(row[key])) or site_id


def project_name(project_id: str, row: Mapping[str, Any] | pd.Series) -> str:
    """Name a project: its number and, where known, what it is called."""
    name = row.get("project_name")
    return f"{project_id} {name}" if known(name) else project_id


def kind_label(code: Any) -> str:
    """Name the kind of a site."""
    return schema.enum_label("site_kind", code, language()) if known(code) else UNKNOWN


def month_of(value: Any) -> str:
    """Write the month from which land is free; a word where it is not known."""
    if not known(value):
        return t("siting.month_unknown")
    return str(pd.Timestamp(value).strftime("%Y-%m"))


def percent(value: Any, decimals: int = 0) -> str:
    """Write a share as a percentage; unknown is a dash."""
    return f"{number(100 * value, decimals)}%" if known(value) else UNKNOWN


def ranks(row: Mapping[str, Any]) -> str:
    """Write the best and the worst rank of any draw."""
    if not known(row["rank_low"]):
        return UNKNOWN
    low, high = int(row["rank_low"]), int(row["rank_high"])
    return str(low) if low == high else f"{low}–{high}"


def criterion_label(key: str) -> str:
    """Name a criterion."""
    labels = {one.key: one.label(language()) for one in criteria().criteria}
    return labels.get(key, key)


def measured(key: str, value: Any) -> str:
    """Write what was measured of a criterion, in its own unit."""
    unit = next((one.unit for one in criteria().criteria if one.key == key), "")
    if not known(value):
        return t("siting.missing")
    decimals = 1 if unit in ("km", "pct", "firm", "wan_per_mu", "month") else 2
    decimals = 0 if unit == "m" else decimals
    return f"{number(value, decimals)} {unit_label(unit)}".strip()


def unit_label(unit: str) -> str:
    """Name the unit of a criterion."""
    labels = {
        "firm": t("siting.unit_firm"),
        "km": t("siting.unit_km"),
        "m": t("siting.unit_m"),
        "pct": "%",
        "month": t("siting.unit_month"),
        "times": t("siting.unit_times"),
        "wan_per_mu": t("siting.unit_wan_per_mu"),
    }
    return labels.get(unit, "")


def lost(items: list[dict[str, Any]], *, short: bool = False) -> str:
    """Write what a site lost most on against the first; ``short`` is in whole points."""
    told = [
        (criterion_label(one["criterion"]), one["points"], 0 if short and one["points"] >= 1 else 1)
        for one in items
    ]
    return t("filter.comma").join(f"{name} −{number(lacks, most)}" for name, lacks, most in told)


def verdict(desk: Desk, told: Mapping[str, Any]) -> str:
    """Say whether the first site is sure, open, or depends on a weight, with the share."""
    if told["verdict"] == "none":
        return t("siting.verdict_none")
    first = next(row for row in told["ranking"] if row["site_id"] == told["first"])
    params = {"site": site_name(desk, told["first"]), "share": percent(first["first_share"])}
    params["draws"] = number(told["draws"])
    if told["verdict"] == "unchecked":
        names = "、".join(veto_label(veto) for veto in first["open"])
        return t("siting.verdict_unchecked", vetoes=names, **params)
    if told.get("tied"):
        sites = "、".join(site_name(desk, name) for name in (told["first"], *told["tied"][:4]))
        return t("siting.verdict_tied", sites=sites)
    if told["verdict"] == "sure":
        return t("siting.verdict_sure", **params)
    if told["verdict"] == "depends":
        return t("siting.verdict_depends", on=criterion_label(told["depends_on"]), **params)
    return t("siting.verdict_open", **params)


def veto_label(key: str) -> str:
    """Name a veto."""
    names = {veto.key: veto.label[language() == "en"] for veto in rules().vetoes}
    return names.get(key, key)

"""What the workbooks of siting hold: the list of a project, and the plan of all projects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gis.area import to_mu
from reports.book import Sheet
from reports.siting_said import layer_words, veto_groups
from ui import sited
from ui.components.siting_barred import compared
from ui.components.siting_words import (
    criterion_label,
    kind_label,
    lost,
    month_of,
    percent,
    project_name,
    ranks,
    site_name,
    site_place,
    veto_label,
)
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, number

_PLACE, _ID, _RANK, _SAID = 36, 24, 6, 26
_SHARE, _MU, _M2 = "0%", "#,##0.00", "#,##0"
_PLAN_WIDTHS = {
    "project": 32, "name": 23, "area": 9, "start": 10, "late": 8, "score": 7, "pinned": 7,
    "first_come": 23, "open": 16, "conditions": 14, "unchecked": 24, "reason": 42, "way": 48,
    "price": 9, "held": 40,
}  # fmt: skip
_PLAN_FORMATS = {"area": "#,##0.0", "late": "#,##0", "score": "#,##0.0", "price": "#,##0.0"}


def list_sheets(desk: Desk, project: str, names: Mapping[str, str]) -> list[Sheet]:
    """Return the sheets of a project's list; ``names`` are what layers are called."""
    told = sited.record(desk, project)
    return [
        _ranked(desk, project, told),
        _parts(desk, told),
        _groups(told, names),
        _vetoed(desk, told, names),
        _unchecked(desk, told),
        _conditional(desk, told, names),
        _weights(told),
    ]


def _sheet(name: str, rows: list[dict[str, Any]], look: Mapping[str, tuple[float, str]]) -> Sheet:
    """Return a sheet whose columns, widths and number formats are those of ``look``."""
    table = pd.DataFrame(rows, columns=list(look))
    formats = {head: form for head, (_, form) in look.items() if form}
    for head in formats:
        table[head] = table[head].astype(float)
    widths = {head: wide for head, (wide, _) in look.items()}
    return Sheet(name, table, formats=formats, widths=widths, printed=True)


def _ranked(desk: Desk, project: str, told: Mapping[str, Any]) -> Sheet:
    land, open_of = sited.left_to(desk, project), _open_by_site(told)
    look = {
        t("siting.col_rank"): (_RANK, "0"),
        t("siting.col_name"): (_PLACE, ""),
        t("siting.id"): (_ID, ""),
        t("siting.col_kind"): (10, ""),
        t("siting.col_area"): (9, _MU),
        t("siting.col_score"): (7, "0.0"),
        t("siting.low"): (7, "0.0"),
        t("siting.high"): (7, "0.0"),
        t("siting.col_first"): (7, _SHARE),
        t("siting.col_top3"): (7, _SHARE),
        t("siting.col_ranks"): (8, ""),
        t("siting.col_free"): (10, ""),
        t("siting.col_lost"): (_SAID, ""),
        t("siting.col_unchecked"): (_SAID, ""),
    }
    rows = [
        (
            row["rank"], site_place(desk, row["site_id"]), row["site_id"],
            kind_label(land["kind"].get(row["site_id"])),
            float(to_mu(land["area_m2"].get(row["site_id"]))),
            row["score"], row["score_low"], row["score_high"], row["first_share"],
            row["top3_share"], ranks(row), month_of(row["free_from"]), lost(row["lost_on"]),
            t("filter.comma").join([*open_of.get(None, []), *open_of.get(row["site_id"], [])]),
        )
        for row in told["ranking"]
    ]  # fmt: skip
    return _sheet(t("siting.sheet_ranked"), [dict(zip(look, row, strict=True)) for row in rows],
                  look)  # fmt: skip


def _parts(desk: Desk, told: Mapping[str, Any]) -> Sheet:
    labels = {one: criterion_label(one) for one in sited.criteria().keys}
    look = {
        t("siting.col_rank"): (_RANK, "0"),
        t("siting.col_name"): (20, ""),
        t("siting.col_score"): (7, "0.0"),
        **dict.fromkeys(labels.values(), (8.5, "0.0")),
    }
    rows = [
        {
            t("siting.col_rank"): row["rank"],
            t("siting.col_name"): site_name(desk, row["site_id"]),
            t("siting.col_score"): row["score"],
            **{labels[key]: points for key, points in row["contributions"].items()},
        }
        for row in told["ranking"]
    ]
    return _sheet(t("siting.sheet_parts"), rows, look)


def _groups(told: Mapping[str, Any], names: Mapping[str, str]) -> Sheet:
    heads = [t("siting.col_veto"), t("siting.veto_sites"), t("siting.col_clause"),
             t("siting.col_layer")]  # fmt: skip
    look = dict(zip(heads, ((22, ""), (9, _M2), (60, ""), (40, "")), strict=True))
    rows = [
        dict(zip(heads, (one["label"], one["sites"], one["clause"], _layer(one, names)),
                 strict=True))
        for one in veto_groups(told)
    ]  # fmt: skip
    return _sheet(t("siting.sheet_groups"), rows, look)


def _layer(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return layer_words(row, names, own=t("siting.layer_site"), lang=language())


def _vetoed(desk: Desk, told: Mapping[str, Any], names: Mapping[str, str]) -> Sheet:
    look = {
        t("siting.col_name"): (_PLACE, ""),
        t("siting.id"): (_ID, ""),
        t("siting.col_veto"): (18, ""),
        t("siting.col_overlap_m2"): (10, _M2),
        t("siting.col_overlap_mu"): (9, _MU),
        t("siting.col_compared"): (24, ""),
        t("siting.col_layer"): (38, ""),
    }
    rows = [
        (
            site_place(desk, row["site_id"]), row["site_id"], row["label"], row["overlap_m2"],
            row["overlap_mu"], compared(row), _layer(row, names),
        )
        for row in told["vetoed"]
    ]  # fmt: skip
    return _sheet(t("siting.sheet_vetoed"), [dict(zip(look, row, strict=True)) for row in rows],
                  look)  # fmt: skip


def _open_by_site(told: Mapping[str, Any]) -> dict[Any, list[str]]:
    found: dict[Any, list[str]] = {}
    for row in told["unchecked"]:
        found.setdefault(row["site_id"], []).append(row["label"])
    return {site: list(dict.fromkeys(labels)) for site, labels in found.items()}


def _unchecked(desk: Desk, told: Mapping[str, Any]) -> Sheet:
    """Return what was not checked of each ranked site; the others by number of sites."""
    order = {row["site_id"]: row["rank"] for row in told["ranking"]}
    found: dict[tuple[Any, str], list[str]] = {}
    for row in told["unchecked"]:
        found.setdefault((row["site_id"], row["reason_text"]), []).append(row["label"])
    comma = t("filter.comma")
    mine: dict[Any, list[tuple[Any, ...]]] = {}
    others: Counter[tuple[str, str]] = Counter()
    for (site, reason), labels in found.items():
        said = comma.join(dict.fromkeys(labels))
        if site is None:
            mine.setdefault(site, []).append((None, t("siting.every_site"), "", said, reason))
        elif site in order:
            place = site_place(desk, site)
            mine.setdefault(site, []).append((order[site], place, site, said, reason))
        else:
            others[(said, reason)] += 1
    rows = [row for site in (None, *order) for row in mine.get(site, [])]
    rows += [
        (None, t("siting.other_sites", n=number(count)), "", said, reason)
        for (said, reason), count in others.most_common()
    ]
    look = {
        t("siting.col_rank"): (_RANK, "0"),
        t("siting.col_name"): (_PLACE, ""),
        t("siting.id"): (_ID, ""),
        t("siting.col_unchecked"): (40, ""),
        t("siting.reason_told"): (30, ""),
    }
    return _sheet(t("siting.sheet_unchecked"), [dict(zip(look, row, strict=True)) for row in rows],
                  look)  # fmt: skip


def _conditional(desk: Desk, told: Mapping[str, Any], names: Mapping[str, str]) -> Sheet:
    """Return on what condition ranked sites pass; what is barred anyway passes on none."""
    ranked = {row["site_id"] for row in told["ranking"]}
    look = {
        t("siting.col_name"): (_PLACE, ""),
        t("siting.id"): (_ID, ""),
        t("siting.col_veto"): (18, ""),
        t("siting.col_condition"): (36, ""),
        t("siting.col_overlap_mu"): (9, _MU),
        t("siting.col_compared"): (18, ""),
        t("siting.col_layer"): (34, ""),
    }
    rows = [
        (
            site_place(desk, row["site_id"]), row["site_id"], row["label"], row["condition"],
            row["overlap_mu"], compared(row), _layer(row, names),
        )
        for row in told["conditional"]
        if row["site_id"] in ranked
    ]  # fmt: skip
    return _sheet(t("siting.sheet_conditional"),
                  [dict(zip(look, row, strict=True)) for row in rows], look)  # fmt: skip


def _weights(told: Mapping[str, Any]) -> Sheet:
    heads = (t("siting.col_what"), t("siting.weights_share"))
    rows = [dict(zip(heads, (criterion_label(key), value), strict=True))
            for key, value in told["weights"].items()]  # fmt: skip
    return _sheet(t("siting.sheet_weights"), rows, {heads[0]: (30, ""), heads[1]: (12, "0.0%")})


def plan_sheets(
    desk: Desk, told: Mapping[str, Any], placed: pd.DataFrame, left: pd.DataFrame
) -> list[Sheet]:
    """Return the sheets of a plan: what it is in a few lines, then who goes where and who not.

    Parameters
    ----------
    told : mapping
        As `reports.match_list.match_document`, with ``asked`` (`ui.matched.start`).
    placed, left : DataFrame
        As the page shows them, by the names of its columns.
    """
    head = Sheet(
        t("match.sheet_summary"),
        pd.DataFrame(summary(desk, told), columns=[t("match.what"), t("match.said")]),
        widths={t("match.what"): 26, t("match.said"): 96}, printed=True,
    )  # fmt: skip
    return [head, _plan(t("match.placed"), placed, ("area",)), _plan(t("match.sheet_left"), left)]


def _plan(name: str, table: pd.DataFrame, sums: tuple[str, ...] = ()) -> Sheet:
    table = table.copy()
    if "pinned" in table:
        table["pinned"] = [t("siting.yes") if one else "" for one in table["pinned"]]
    for key in set(_PLAN_FORMATS) & set(table.columns):
        table[key] = table[key].astype(float)
    heads = {key: t(f"match.col_{key}") for key in table.columns}
    return Sheet(
        name, table.rename(columns=heads), printed=True,
        formats={heads[key]: form for key, form in _PLAN_FORMATS.items() if key in heads},
        widths={heads[key]: wide for key, wide in _PLAN_WIDTHS.items() if key in heads},
        sums=[heads[key] for key in sums if key in heads],
    )  # fmt: skip


def summary(desk: Desk, told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what a plan is, to be read out: how many, how good, what was asked of it."""
    first, rows, asked = told["first_come"], told["assignments"], told["asked"]
    count = t("match.count", n=number(len(rows)), all=number(told["projects"]))
    more = t("match.points_note", n=number((told["points"] or 0) - (first["points"] or 0), 1))
    plainly = t("match.first_told", n=number(first["placed"]), points=number(first["points"], 1))
    own = t("match.own") if asked["own"] else t("match.weights_cluster")
    said = [
        (t("match.placed"), count),
        (t("match.land_total"), number(sum(row["land_mu"] or 0 for row in rows), 1)),
        (t("match.how_good"), t(f"match.status_{told['status']}")),
        (t("match.gap"), UNKNOWN if told["gap"] is None else percent(told["gap"], 2)),
        (t("match.points"), t("match.points_told", n=number(told["points"], 1), more=more)),
        (t("match.first_come"), plainly),
        (t("match.late"), number(asked["late"])),
        (t("match.weights"), own),
        (t("match.pins"), _pairs(desk, asked["pins"])),
        (t("match.bans"), _pairs(desk, asked["bans"])),
    ]
    if told["decided"]:
        pairs = [(row["project_id"], row["site_id"]) for row in told["decided"]]
        said.append((t("siting.col_decided"), _pairs(desk, pairs)))
    said.append((t("siting.col_unchecked"), _pending(rows)))
    if not told["timing_checked"]:
        said.append((t("siting.col_free"), t("match.untimed")))
    return said


def _pairs(desk: Desk, pairs: Any) -> str:
    """Name projects and sites that belong together, or say that there are none."""
    table, sites = sited.projects(desk), sited.sites(desk).table
    named = [
        f"{project_name(name, table.loc[name]) if name in table.index else name} → "
        f"{site_name(desk, site) if site in sites.index else site}"
        for name, site in pairs
    ]
    return "\n".join(named) or t("match.none_by_hand")


def _pending(rows: list[dict[str, Any]]) -> str:
    """Say how many placed projects stand where a veto that would bar is unchecked, and which."""
    counts = Counter(veto for row in rows for veto in row["open"])
    if not counts:
        return t("match.none_open")
    told = t("match.pending", n=number(sum(bool(row["open"]) for row in rows)))
    lines = [
        t("match.open_of", veto=veto_label(key), n=number(n)) for key, n in counts.most_common()
    ]
    return "\n".join([told, *lines])

"""A plan of projects and sites as one document, and as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.matching import Matching
from analysis.matching_pins import WORDS
from analysis.matching_problem import MatchProblem
from analysis.site_held import holders
from gis.area import to_mu
from reports.siting_list import plain

_PARTS = {
    "use": ("用 {site}", "take {site}"),
    "months": ("多等 {n:.0f} 个月", "wait {n:.0f} months more"),
    "short": ("用地比下限少 {n:.1f} 亩", "{n:.1f} mu short of the least land"),
    "power_kva": ("先增加供电 {n:,.0f} 千伏安", "{n:,.0f} kVA more power first"),
    "water_t_day": ("先增加供水 {n:,.0f} 吨/日", "{n:,.0f} t a day more water first"),
    "give_way": ("安排到 {site}，让 {moved} 改变", "take {site}; {moved} would change"),
}  # fmt: skip


def match_document(
    problem: MatchProblem,
    found: Matching,
    *,
    left: pd.DataFrame,
    ways: pd.DataFrame,
    first_come: pd.DataFrame,
    first_come_points: float,
    told: Mapping[str, Mapping[str, list[dict[str, Any]]]],
    lang: str = "zh",
) -> dict[str, Any]:
    """Return a plan, ready for JSON; unknown is None.

    Keys: ``status`` (optimal, gap, time, stopped, infeasible), ``gap``, ``points``, ``bound``,
    ``seconds``, ``assignments`` (list: ``project_id``, ``site_id``, ``land_m2``, ``land_mu``,
    ``start``, ``late_months``, ``score``, ``pinned``, ``conditions`` on which the site passes,
    ``unchecked`` vetoes that nobody could check, as in ``told``, which is
    `reports.veto_list.veto_records`, ``open`` those of them that would bar), ``unplaced`` (list:
    ``project_id``, ``reason``, ``reason_text``, ``counts``, ``held_by``, ``cheapest``,
    ``ways``), ``first_come``
    (``points``, ``placed``, ``assignments``), ``decided`` (list: ``project_id``, ``site_id``,
    ``land_m2``, ``land_mu``; settled by decisions on record and not matched), ``timing_checked``.
    """
    return {
        "status": found.status,
        "gap": plain(found.gap),
        "points": plain(found.objective),
        "bound": plain(found.bound),
        "seconds": round(found.seconds, 3),
        "timing_checked": found.pairs.timed,
        "assignments": [
            {**row, **_reserve(row["site_id"], told.get(row["project_id"], {}))}
            for row in _assignments(found.assignments)
        ],
        "unplaced": [
            _unplaced(str(name), row, ways[ways["project_id"] == name], told.get(str(name)), lang)
            for name, row in left.iterrows()
        ],
        "first_come": {
            "points": plain(first_come_points),
            "placed": len(first_come),
            "assignments": _assignments(first_come),
        },
        "decided": _decided(problem.sites),
        "projects": len(problem.projects),
        "sites": len(problem.sites),
    }


def _decided(sites: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {"project_id": name, "site_id": site, "land_m2": plain(m2), "land_mu": plain(to_mu(m2))}
        for site, who in holders(sites).items()
        for name, m2 in who
    ]


def _assignments(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "project_id": name,
            "site_id": row["site_id"],
            "land_m2": plain(row["land_m2"]),
            "land_mu": plain(to_mu(row["land_m2"])),
            "start": None if pd.isna(row["start"]) else row["start"].date().isoformat(),
            "late_months": plain(row["late_months"]),
            "score": plain(row["score"]),
            "pinned": bool(row["pinned"]),
        }
        for name, row in zip(table.index, table.to_dict("records"), strict=True)
    ]


def _reserve(
    site: str, told: Mapping[str, list[dict[str, Any]]]
) -> dict[str, list[dict[str, Any]]]:
    """Return on what condition a pair passes, what was not checked, and which of it would bar."""
    unchecked = [row for row in told.get("unchecked", []) if row["site_id"] in (None, site)]
    return {
        "conditions": [row for row in told.get("conditional", []) if row["site_id"] == site],
        "unchecked": unchecked,
        "open": list(dict.fromkeys(row["veto"] for row in unchecked if row["bars"])),
    }


def _unplaced(
    name: str,
    row: pd.Series,
    ways: pd.DataFrame,
    barred: Mapping[str, list[dict[str, Any]]] | None,
    lang: str,
) -> dict[str, Any]:
    told = [
        {
            "kind": way["kind"],
            "site_id": way["site_id"],
            "months": plain(way["months"]),
            "short_m2": plain(way["short_m2"]),
            "short_mu": plain(to_mu(way["short_m2"])),
            "price": plain(way["price"]),
            "moved": list(way["moved"]),
            "lost": list(way["lost"]),
            "yielding": list(way["yielding"]),
            "more": {name: plain(amount) for name, amount in way["more"]},
            "text": _way(way, lang),
        }
        for way in ways.to_dict("records")
    ]  # fmt: skip
    return {
        "project_id": name,
        "reason": row["reason"],
        "reason_text": WORDS[row["reason"]].say(lang) + _which(row["reason"], barred, lang),
        "counts": dict(row["counts"]),
        "held_by": [{"site_id": site, "project_id": by} for site, by in row["held_by"]],
        "cheapest": told[0] if told else None,
        "ways": told,
    }


def _which(reason: str, barred: Mapping[str, list[dict[str, Any]]] | None, lang: str) -> str:
    """Say which vetoes bar most sites, where vetoes are the reason."""
    if reason != "vetoed" or not barred:
        return ""
    counts = Counter(row["label"] for row in barred["vetoed"]).most_common(3)
    names = (", " if lang == "en" else "、").join(f"{label} {n}" for label, n in counts)
    return f" ({names})" if lang == "en" else f"（{names} 处）"


def _way(way: Mapping[Any, Any], lang: str) -> str:
    """Say a way of placing a project: what it asks of the project, and who loses by it."""
    en = lang == "en"
    comma = ", " if en else "，"
    if way["kind"] == "give_way":
        moved = (", " if en else "、").join(way["moved"]) or "—"
        said = _PARTS["give_way"][en].format(site=way["site_id"], moved=moved)
        return said + _lost(way["lost"], lang)
    asked = [("months", way["months"]), ("short", to_mu(way["short_m2"])), *way["more"]]
    told = [_PARTS["use"][en].format(site=way["site_id"])]
    told += [_PARTS[name][en].format(n=amount) for name, amount in asked if amount > 0]
    return comma.join(told) + _yielding(way["yielding"], lang)


def _lost(names: tuple[str, ...], lang: str) -> str:
    """Say which projects would be left without a site."""
    if not names:
        return ""
    told = "、".join(names)
    return f"；{told} 将没有用地" if lang != "en" else f"; {told} would have no site"


def _yielding(names: tuple[str, ...], lang: str) -> str:
    """Say which projects would get less land than the plan gives them, not below their least."""
    if not names:
        return ""
    told = "、".join(names)
    return (
        f"；{told} 少得土地（不低于下限）"
        if lang != "en"
        else f"; less land, above the least, for {told}"
    )


_RESERVES = {
    "conditions": ("有条件通过，须落实：{}", "Passed on conditions to be met: {}"),
    "unchecked": ("未核（不等于通过）：{}", "Not checked, which is not passed: {}"),
}


def match_text(document: dict[str, Any], lang: str = "zh") -> str:
    """Return a plan as lines: what goes where and when, what stays and what would place it."""
    zh = lang != "en"
    gap = document["gap"]
    gap_said = "—" if gap is None else f"{100 * gap:.2f}%"
    count, every = len(document["assignments"]), document["projects"]
    plain_count = document["first_come"]["placed"]
    lines = [
        f"{every} 个项目中安排了 {count} 个，{document['points']:,.1f} 分"
        f"（离最优不超过 {gap_said}）；先到先得安排 {plain_count} 个，"
        f"{document['first_come']['points']:,.1f} 分。"
        if zh
        else f"{count} of {every} projects placed, {document['points']:,.1f} points (at most "
        f"{gap_said} from the best); first come, first served places {plain_count}, "
        f"{document['first_come']['points']:,.1f} points."
    ]
    pending = sum(bool(row["open"]) for row in document["assignments"])
    if pending:
        lines.append(
            f"其中 {pending} 个所在用地有否决项未核，核实前不算落实。"
            if zh
            else f"{pending} of them stand where vetoes are unchecked: not settled until checked."
        )
    if document["decided"]:
        told = [f"{row['project_id']} → {row['site_id']}" for row in document["decided"]]
        lines.append(
            f"已决定 {len(told)} 个，不再安排：{'、'.join(told)}"
            if zh
            else f"{len(told)} decided and left as they are: {', '.join(told)}"
        )
    if not document["timing_checked"]:
        lines.append(
            "用地都没有可供地时间，时间未核对。"
            if zh
            else "No site says when it is free: timing was not checked."
        )
    for row in document["assignments"]:
        start = row["start"][:7] if row["start"] else ("时间未知" if zh else "month not known")
        late = row["late_months"] or 0
        wait = (
            "" if not late else (f"（晚 {late:.0f} 个月）" if zh else f" ({late:.0f} months late)")
        )
        unit = "亩" if zh else "mu"
        lines.append(f"{row['project_id']} → {row['site_id']}　{row['land_mu']:,.1f} {unit}　"
                     f"{start}{wait}")  # fmt: skip
    for key, words in _RESERVES.items():
        named = dict.fromkeys(one["label"] for row in document["assignments"] for one in row[key])
        if named:
            names = ("、" if zh else ", ").join(named)
            lines.append(words[0].format(names) if zh else words[1].format(names))
    for row in document["unplaced"]:
        way = row["cheapest"]
        out = f"{row['project_id']}　{'未安排' if zh else 'unplaced'}：{row['reason_text']}"
        if way is not None:
            out += f"；{'可行办法' if zh else 'a way'}：{way['text']}"
        lines.append(out)
    return "\n".join(lines)

"""The sites of projects as one document, and as a page to read out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.site_held import holders
from analysis.siting import Ranking
from analysis.values import worths
from analysis.weights_compared import compared_weights
from data import schema
from data.siting_criteria import SitingCriteria
from gis.area import to_mu

SHOWN = 8
_PLACES = 4


def project_record(
    found: Ranking,
    *,
    criteria: SitingCriteria,
    told: Mapping[str, list[dict[str, Any]]] | None = None,
    held: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Return everything on one project: its ranking, what is vetoed and open, and who holds what.

    Parameters
    ----------
    told : mapping, optional
        Of this project, as `reports.veto_list.veto_records`.
    held : DataFrame, optional
        The sites, as `analysis.site_held.left_for`.

    Returns
    -------
    dict
        `ranking_record` with ``vetoed``, ``conditional``, ``unchecked`` and ``held`` (by site,
        list of ``project_id``, ``land_mu``). Each row of the ranking has ``open``: the unchecked
        vetoes that would bar it. Where the first has such, ``verdict`` is ``unchecked``.
    """
    none: dict[str, list[Any]] = {"vetoed": [], "conditional": [], "unchecked": []}
    barred = dict(told or none)
    record = {"project_id": found.project_id, **barred, **ranking_record(found, criteria=criteria)}
    bars = [row for row in barred["unchecked"] if row["bars"]]
    everywhere = [row["veto"] for row in bars if row["site_id"] is None]
    here: dict[str, list[str]] = {}
    for row in bars:
        here.setdefault(str(row["site_id"]), []).append(row["veto"])
    for row in record["ranking"]:
        row["open"] = list(dict.fromkeys([*everywhere, *here.get(row["site_id"], [])]))
    if any(row["open"] for row in record["ranking"] if row["site_id"] == record["first"]):
        record["verdict"] = "unchecked"
    record["held"] = {
        site: [{"project_id": name, "land_mu": plain(to_mu(m2))} for name, m2 in who]
        for site, who in (holders(held) if held is not None else {}).items()
    }
    return record


def ranking_record(found: Ranking, *, criteria: SitingCriteria) -> dict[str, Any]:
    """Return the ranking of one project, ready for JSON; unknown is None.

    Keys: ``project_id``, ``weights``, ``verdict`` (sure, depends, open, none), ``tied``,
    ``first``, ``depends_on``, ``ranking`` (list: ``site_id``, ``rank``, ``score``, ``score_low``,
    ``score_high``, ``contributions`` (adding up to the score, the weights
    of what is missing spread over the rest), ``worths`` (0–1, each by itself), ``measures``,
    ``missing``, ``lost_on``, ``first_share``, ``top3_share``, ``rank_low``, ``rank_high``,
    ``rank_p05``, ``rank_p95``, ``central_weights``, ``free_from``), ``too_small`` (list),
    ``largest_mu``, ``need_mu`` (land without which a
    site is none), ``compared_weights`` (by criterion:
    ``own``, ``entropy``, ``critic``; to compare only, nothing rests on them).
    """
    keys = list(criteria.keys)
    parts = found.scores.contributions.loc[found.table.index, keys].to_numpy(dtype=float)
    told = found.measures.to_numpy(dtype=float)
    value = worths(found.measures, criteria.criteria)[keys].to_numpy(dtype=float)
    central = found.stability.central.loc[found.table.index, keys].to_numpy(dtype=float)
    led = ~np.isnan(central).all(axis=1)
    rows = []
    for at, (site, row) in enumerate(
        zip(found.table.index, found.table.to_dict("records"), strict=True)
    ):
        rows.append(
            {
                "site_id": site,
                **{name: plain(row[name]) for name in _RANKED},
                "contributions": _by_key(keys, parts[at]),
                "worths": _by_key(keys, value[at]),
                "measures": _by_key(keys, told[at]),
                "missing": list(row["missing"]),
                "lost_on": [{"criterion": k, "points": plain(v)} for k, v in row["lost_on"]],
                "central_weights": _by_key(keys, central[at]) if led[at] else None,
                "free_from": _month(row["free_from"]),
            }
        )
    return {
        "project_id": found.project_id,
        "weights": _by_key(keys, found.scores.weights[keys].to_numpy(dtype=float)),
        "verdict": found.stability.verdict,
        "tied": list(found.stability.tied),
        "first": found.stability.first,
        "depends_on": found.stability.depends_on,
        "draws": found.stability.draws,
        "compared_weights": _compared(found, criteria),
        "ranking": rows,
        "too_small": list(found.too_small),
        "largest_mu": plain(to_mu(found.largest_m2)),
        "need_mu": plain(to_mu(found.need_m2)),
    }


def _compared(found: Ranking, criteria: SitingCriteria) -> dict[str, Any]:
    table = compared_weights(worths(found.measures, criteria.criteria), found.scores.weights)
    return {
        str(key): {name: plain(value) for name, value in row.items()}
        for key, row in table.to_dict("index").items()
    }


_RANKED = (
    "rank", "score", "score_low", "score_high", "known_share", "first_share", "top3_share",
    "rank_low", "rank_high", "rank_p05", "rank_p95",
)  # fmt: skip


def _by_key(keys: Sequence[str], values: np.ndarray) -> dict[str, Any]:
    return {key: plain(value) for key, value in zip(keys, values.tolist(), strict=True)}


def plain(value: Any) -> Any:
    """Return a figure as JSON knows it, unknown as None.

    Examples
    --------
    >>> plain(float("nan")), plain(np.float64(1 / 3)), plain(np.int64(2))
    (None, 0.3333, 2)
    """
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, float | np.floating):
        return round(float(value), _PLACES)
    return int(value) if isinstance(value, int | np.integer) else value


def _month(value: Any) -> str | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date().isoformat()


def criteria_records(criteria: SitingCriteria, lang: str = "zh") -> list[dict[str, Any]]:
    """Return every criterion with its value function, unit, source and tag."""
    return [
        {
            "key": one.key, "label": one.label(lang), "unit": one.unit,
            "direction": one.direction, "kind": one.kind, "points": [list(p) for p in one.points],
            "source": one.source, "tag": one.tag,
        }
        for one in criteria.criteria
    ]  # fmt: skip


_VERDICTS = {
    "sure": (
        "确定：{first} 在 {share} 的权重抽样中居首",
        "Sure: {first} is first in {share} of the draws",
    ),
    "depends": (
        "取决于“{on}”的权重：{first} 在 {share} 的抽样中居首",
        "It depends on the weight of “{on}”: {first} is first in {share} of the draws",
    ),
    "open": (
        "未定：{first} 只在 {share} 的抽样中居首",
        "Open: {first} is first in only {share} of the draws",
    ),
    "unchecked": (
        "待核：{first} 暂列首位（{share} 的抽样），但有否决项未核，核实前不能确定",
        "To be checked: {first} is first for now ({share} of the draws), with unchecked vetoes",
    ),
    "none": ("没有可排序的用地", "There is no site to rank"),
}  # fmt: skip


def project_page(
    record: Mapping[str, Any], *, criteria: SitingCriteria, head: str, lang: str = "zh"
) -> str:
    """Return one project as a page to read out: verdict, sites, what spoke for and against.

    Parameters
    ----------
    record : mapping
        As `ranking_record`.
    head : str
        Name of the project.
    """
    zh = lang != "en"
    label = {one.key: one.label(lang) for one in criteria.criteria}
    rows = record["ranking"]
    said = verdict_said(record, criteria, lang)
    lines = [head, said + ("。" if zh else ".")]
    for row in rows[:SHOWN]:
        lines += _site_lines(row, label, zh)
    if len(rows) > SHOWN:
        rest = len(rows) - SHOWN
        lines.append(f"……另有 {rest} 处（--json 列出全部）" if zh else f"… {rest} more (--json)")
    if record["too_small"]:
        count, most = len(record["too_small"]), record["largest_mu"]
        lines.append(
            f"{count} 处小于项目所需用地；未被否决的最大一处 {most:,.1f} 亩"
            if zh
            else f"{count} are smaller than the land needed; the largest allowed has {most:,.1f} mu"
        )
    if record["need_mu"] is None:
        lines.append(LAND_UNKNOWN[not zh])
    return "\n".join(lines)


LAND_UNKNOWN = (
    "项目没有说明用地多少：没有按面积筛选，也不能参加匹配，请补充最少用地",
    "The project does not say how much land it needs: none is left out as too small, and it cannot "
    "be matched; enter its least land",
)
"""What is to be said of a project without a figure of land."""


def verdict_said(record: Mapping[str, Any], criteria: SitingCriteria, lang: str = "zh") -> str:
    """Return whether the first site is sure, open, or depends on a weight, without a full stop."""
    label = {one.key: one.label(lang) for one in criteria.criteria}
    first = next((row for row in record["ranking"] if row["site_id"] == record["first"]), None)
    if record.get("tied") and record["verdict"] != "unchecked":
        names = [record["first"], *record["tied"][:4]]
        if lang == "en":
            return f"Equal: {', '.join(names)} share the first place, alike by every criterion"
        return f"并列：{'、'.join(names)} 各项指标相同，同列首位"
    return _VERDICTS[record["verdict"]][lang == "en"].format(
        first=record["first"],
        share="—" if first is None else f"{100 * first['first_share']:.0f}%",
        on=label.get(record["depends_on"] or "", ""),
    )


def _site_lines(row: Mapping[str, Any], label: Mapping[str, str], zh: bool) -> list[str]:
    if row["rank"] is None:
        return [f"—　{row['site_id']}　{'没有任何指标数据' if zh else 'nothing is known of it'}"]
    best = sorted(
        ((points, key) for key, points in row["contributions"].items() if points),
        key=lambda pair: (-pair[0], pair[1]),
    )
    why = "、".join(f"{label[key]} {points:.1f}" for points, key in best[:3])
    span = f"{row['score_low']:.1f}–{row['score_high']:.1f}"
    free = row["free_from"][:7] if row["free_from"] else ("时间未知" if zh else "month not known")
    share = f"{100 * row['first_share']:.0f}%", f"{100 * row['top3_share']:.0f}%"
    ranks = f"{row['rank_low']}–{row['rank_high']}"
    told = [
        f"{row['rank']}. {row['site_id']}　{row['score']:.1f} 分（{span}）　首位 {share[0]}　"
        f"前三 {share[1]}　名次 {ranks}　可供地 {free}"
        if zh
        else f"{row['rank']}. {row['site_id']}: {row['score']:.1f} ({span}), first {share[0]}, "
        f"top three {share[1]}, ranks {ranks}, free from {free}",
        f"   得分主要来自：{why}" if zh else f"   mostly from: {why.replace('、', ', ')}",
    ]
    if row["lost_on"]:
        lost = [f"{label[one['criterion']]} −{one['points']:.1f}" for one in row["lost_on"]]
        told.append(f"   输给首位：{'、'.join(lost)}" if zh else f"   lost on: {', '.join(lost)}")
    elif row["rank"] > 1 and row["missing"]:
        told.append(
            "   与首位可比的指标都不输，差在缺数据"
            if zh
            else "   loses by nothing known of both; it lacks data"
        )
    if row["missing"]:
        names = [label[key] for key in row["missing"]]
        told.append(f"   缺数据：{'、'.join(names)}" if zh else f"   missing: {', '.join(names)}")
    return told


def project_head(project_id: str, project: Mapping[str, Any], lang: str = "zh") -> str:
    """Return number, name, cluster and land of a project as one line."""
    told = [project_id]
    if isinstance(project.get("project_name"), str):
        told.append(str(project["project_name"]))
    cluster = project.get("cluster")
    if isinstance(cluster, str):
        told.append(schema.enum_label("cluster", cluster, lang))
    land = [project.get("land_least_mu"), project.get("land_most_mu")]
    known = [f"{mu:g}" for mu in land if mu is not None and not pd.isna(mu)]
    if known:
        told.append("–".join(known) + (" 亩" if lang != "en" else " mu"))
    return "　".join(told)

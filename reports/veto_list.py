"""Vetoes as records for each project: what is barred and by what, and what was not checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.vetoes import NOTES, REASONS, Vetoes
from data.siting_rules import SitingRules
from gis.area import to_mu
from reports.project_list import plain

_SHOWN = (
    "site_id", "veto", "layer", "layer_version", "layer_date", "overlap_m2", "value", "threshold",
    "unit", "note",
)  # fmt: skip


def veto_records(
    found: Vetoes, *, rules: SitingRules, lang: str = "zh"
) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Return what is vetoed, conditional and unchecked by ``project_id``, ready for JSON.

    Projects of which nothing is to be said are not there. ``overlap_m2`` comes with
    ``overlap_mu``; ``clause``, ``condition``, ``reason_text`` and ``note_text`` are in ``lang``.
    ``bars`` says of what is unchecked whether it would bar the site or only make a condition.

    Parameters
    ----------
    found : Vetoes
        As `analysis.vetoes.vetoes` gives them.
    rules : SitingRules
        Names of the vetoes.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    names = {veto.key: veto.label[lang == "en"] for veto in rules.vetoes}
    hard = {veto.key for veto in rules.vetoes if veto.outcome == "veto"}
    kinds = {
        "vetoed": [_barred(row, names, lang) for row in _rows(found.vetoed)],
        "conditional": [_barred(row, names, lang) for row in _rows(found.conditional)],
        "unchecked": [_gap(row, names, hard, lang) for row in _rows(found.unchecked)],
    }
    told: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for kind, rows in kinds.items():
        for row in rows:
            mine = told.setdefault(row.pop("project_id"), {name: [] for name in kinds})
            mine[kind].append(row)
    return told


def _rows(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return table.astype(object).to_dict("records")


def _barred(row: Mapping[Any, Any], names: Mapping[str, str], lang: str) -> dict[str, Any]:
    english = lang == "en"
    record = {"project_id": row["project_id"], **{key: _value(row[key]) for key in _SHOWN}}
    area = record["overlap_m2"]
    record["overlap_mu"] = None if area is None else round(to_mu(area), 4)
    record["label"] = names[row["veto"]]
    record["clause"] = row["clause_en" if english else "clause"]
    if "condition" in row:
        record["condition"] = row["condition_en" if english else "condition"]
    if row["note"]:
        record["note_text"] = NOTES[row["note"]].say(lang)
    return record


def _gap(
    row: Mapping[Any, Any], names: Mapping[str, str], hard: set[str], lang: str
) -> dict[str, Any]:
    shown = {key: _value(row[key]) for key in ("project_id", "site_id", "veto", "layer", "reason")}
    reason = REASONS[row["reason"]].say(lang)
    label, bars = names[row["veto"]], row["veto"] in hard
    return {**shown, "label": label, "reason_text": reason, "bars": bars}


def _value(value: Any) -> Any:
    found = plain(value)
    return found.isoformat() if hasattr(found, "isoformat") else found


def layer_records(layers: Mapping[str, Any], rules: SitingRules) -> list[dict[str, Any]]:
    """Return every layer the vetoes ask with its version and date, or that it is not there."""
    return [
        {
            "layer": name,
            "there": name in layers,
            "version": layers[name].version if name in layers else None,
            "date": layers[name].on.isoformat() if name in layers and layers[name].on else None,
        }
        for name in rules.layers
    ]


def veto_text(records: Mapping[str, Any], project_id: str, lang: str = "zh") -> list[str]:
    """Return the vetoes of one project by what they are, with the number of sites barred."""
    mine, zh = records.get(project_id), lang != "en"
    if mine is None:
        return []
    told = []
    heads = {
        "vetoed": ("否决", "vetoed"),
        "conditional": ("有条件", "on a condition"),
        "unchecked": ("未核", "not checked"),
    }
    for kind, words in heads.items():
        rows = pd.DataFrame(mine[kind])
        if rows.empty:
            continue
        counts = rows.groupby("label", sort=False)["site_id"].agg(["count", "size"])
        parts = [
            name if sites < rows_ else f"{name} {sites}"
            for name, sites, rows_ in zip(
                counts.index, counts["count"], counts["size"], strict=True
            )
        ]
        told.append(f"{words[0]}：{'、'.join(parts)}" if zh else f"{words[1]}: {', '.join(parts)}")
    return told

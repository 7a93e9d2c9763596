"""Contiguous blocks as one document: each block with its parcels, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.blocks import Blocks
from data import schema
from data.block_rules import BlockRules
from gis.area import to_mu
from reports.measures import issue_lines, told_issues

SHOWN = 20
"""Blocks listed in the text; the document has them all."""


def block_document(
    found: Blocks, *, rules: BlockRules, noted: Sequence[pd.DataFrame] = (), lang: str = "zh"
) -> dict[str, Any]:
    """Return the blocks, ready for JSON: areas as ``*_m2`` and ``*_mu``, unknown as None."""
    table = found.table
    ids = found.block_of.dropna()
    members = ids.index.to_series().groupby(ids.to_numpy()).agg(lambda part: sorted(part.tolist()))
    rows = []
    for block_id, row in zip(
        table.index, table.drop(columns="geometry").to_dict("records"), strict=True
    ):
        plain = {name: _plain(value) for name, value in row.items()}
        plain["area_mu"] = round(to_mu(row["area_m2"]), 4)
        rows.append({"block_id": block_id, **plain, "parcel_ids": members[block_id]})
    return {
        "within_m": rules.within_m,
        "sliver_m": rules.sliver_m,
        "focus_mu": round(to_mu(rules.focus_m2), 4),
        "sources": list(rules.sources),
        "blocks": rows,
        "parcels_in_no_block": int(found.block_of.isna().sum()),
        "issues": told_issues(found.issues, noted, lang),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, np.bool_ | bool):
        return bool(value)
    if isinstance(value, float | np.floating):
        return None if np.isnan(value) else round(float(value), 4)
    return int(value)


def block_text(document: dict[str, Any], lang: str = "zh") -> str:
    """Return the largest blocks as lines of text."""
    rows, zh = document["blocks"], lang != "en"
    focus = [row for row in rows if row["focus"]]
    mu = sum(row["area_mu"] for row in focus)
    size, width = f"{document['focus_mu']:g}", f"{document['within_m']:g}"
    head = (
        f"{len(rows)} 个连片（间隔不超过 {width} 米、之间没有障碍）；"
        f"其中 {size} 亩以上 {len(focus)} 个，共 {mu:,.1f} 亩。"
        if zh
        else f"{len(rows)} blocks (gaps of at most {width} m, no barrier between); {len(focus)} of "
        f"{size} mu and more, {mu:,.1f} mu together."
    )
    told = [head]
    for row in rows[:SHOWN]:
        towns = ("、" if zh else ", ").join(row["towns"]) or "—"
        names = [schema.enum_label("low_class", code, lang) for code in row["classes"]]
        classes = ("、" if zh else ", ").join(names) or "—"
        told.append(
            f"{row['block_id']}　{row['area_mu']:,.1f} 亩　{row['parcels']} 宗　{towns}　{classes}"
            if zh
            else f"{row['block_id']}: {row['area_mu']:,.1f} mu, {row['parcels']} parcels, {towns}, "
            f"{classes}"
        )
    if len(rows) > SHOWN:
        rest = len(rows) - SHOWN
        told.append(
            f"……另有 {rest} 个（--json 列出全部）" if zh else f"… {rest} more (--json has all)"
        )
    return "\n".join([*told, *issue_lines(document["issues"], lang)])

"""Contiguous blocks as one document: each block with its parcels, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.blocks import Blocks
from data import schema
from data.block_price_terms import PRICES
from data.block_prices import BlockPrices
from data.block_rules import BlockRules
from gis.area import to_mu
from reports.block_words import cost_lines, reason_lines
from reports.measures import issue_lines, told_issues

SHOWN = 20
"""Blocks listed in the text; the document has them all."""

_WORDED = ("difficulty_reasons",)
_LAYERS = {
    "river": ("河流", "rivers"),
    "railway": ("铁路", "railways"),
    "redline": ("红线", "red lines"),
    "roads": ("道路等级", "roads with classes"),
}


def block_document(
    found: Blocks,
    *,
    rules: BlockRules,
    figures: pd.DataFrame | None = None,
    prices: BlockPrices | None = None,
    noted: Sequence[pd.DataFrame] = (),
    no_barriers: Sequence[str] = (),
    lang: str = "zh",
) -> dict[str, Any]:
    """Return the blocks, ready for JSON: areas as ``*_m2`` and ``*_mu``, unknown as None.

    With ``figures`` (of `analysis.block_figures.block_figures`) and their ``prices`` each block
    has its cost, gain, firms, jobs and difficulty, and ``reasons`` and ``formula`` in words.
    ``no_barriers`` are the layers of `data.barriers.Barriers.missing`.
    """
    table = found.table
    if figures is not None:
        table = table.join(figures.drop(columns=figures.columns.intersection(table.columns)))
    ids = found.block_of.dropna()
    members = ids.index.to_series().groupby(ids.to_numpy()).agg(lambda part: sorted(part.tolist()))
    rows = []
    for block_id, row in zip(
        table.index, table.drop(columns="geometry").to_dict("records"), strict=True
    ):
        plain = {name: _plain(value) for name, value in row.items() if name not in _WORDED}
        plain["area_mu"] = round(to_mu(row["area_m2"]), 4)
        if prices is not None and figures is not None:
            plain |= _worded(row, prices, lang)
        rows.append({"block_id": block_id, **plain, "parcel_ids": members[block_id]})
    return {
        "within_m": rules.within_m,
        "sliver_m": rules.sliver_m,
        "focus_mu": round(to_mu(rules.focus_m2), 4),
        "sources": list(rules.sources),
        "barriers_missing": list(no_barriers),
        "blocks": rows,
        "parcels_in_no_block": int(found.block_of.isna().sum()),
        **({} if prices is None else _prices(prices, lang)),
        "issues": told_issues(found.issues, noted, lang),
    }


def _worded(row: dict[str, Any], prices: BlockPrices, lang: str) -> dict[str, Any]:
    """Return reasons and formula of a block as plain values and as sentences."""
    reasons = row["difficulty_reasons"]
    words = reason_lines(reasons, prices, lang)
    return {
        "reasons": [
            {"code": code, "value": _plain(value), "points": _plain(points), "text": text}
            for (code, value, points), text in zip(reasons, words, strict=True)
        ],
        "formula": cost_lines(row, prices, lang),
    }


def _prices(prices: BlockPrices, lang: str) -> dict[str, Any]:
    told = (*prices.prices.values(), *prices.assumptions.values())
    return {
        "prices_id": prices.id,
        "prices": [
            {
                "key": price.key,
                "label": price.label(lang),
                "value": _plain(price.value),
                "unit": price.unit,
                "source": price.source,
                "tag": price.tag,
                "example": price.example,
            }
            for price in told
        ],
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
        line = (
            f"{row['block_id']}　{row['area_mu']:,.1f} 亩　{row['parcels']} 宗　{towns}　{classes}"
            if zh
            else f"{row['block_id']}: {row['area_mu']:,.1f} mu, {row['parcels']} parcels, {towns}, "
            f"{classes}"
        )
        told.append(line + (_figures(row, zh) if "reasons" in row else ""))
    if len(rows) > SHOWN:
        rest = len(rows) - SHOWN
        told.append(
            f"……另有 {rest} 个（--json 列出全部）" if zh else f"… {rest} more (--json has all)"
        )
    if document["barriers_missing"]:
        told.append(missing_words(document["barriers_missing"], lang))
    if document.get("prices"):
        told.append(_basis(document["prices"], zh))
    return "\n".join([*told, *issue_lines(document["issues"], lang)])


def _figures(row: dict[str, Any], zh: bool) -> str:
    """Return cost, gain and difficulty of a block behind its name."""
    cost, gain, hard = (row[name] for name in ("cost_wan", "gain_floor_m2", "difficulty"))
    least = row["cost_wan_unknown"] > 0
    shown = "—" if cost is None else f"{cost:,.0f}"
    floor = "—" if gain is None else f"{gain:,.0f}"
    points = "—" if hard is None else f"{hard:.0f}"
    whys = [row["reasons"][0]["text"]] if row["reasons"] else []
    if lacks := len(row.get("difficulty_unknown") or ()):
        whys.append(f"{lacks} 项因素未知" if zh else f"{lacks} factors unknown")
    why = ("；" if zh else "; ").join(whys)
    if zh:
        head = f"　成本{'至少' if least else ''} {shown} 万元　新增 {floor} m²　难度 {points}"
        return head + (f"（{why}）" if why else "")
    head = f"; costs {'at least ' if least else ''}{shown} 10k yuan, gains {floor} m², difficulty "
    return head + points + (f" ({why})" if why else "")


def _basis(prices: list[dict[str, Any]], zh: bool) -> str:
    """Return whether the prices are examples, and which are not set."""
    named = {price["key"]: price["label"] for price in prices if price["key"] in PRICES}
    blank = [named[p["key"]] for p in prices if p["key"] in named and p["value"] is None]
    example = any(price["example"] for price in prices)
    if zh:
        told = "成本和收益按示例单价估算，请以 --prices 换成本地单价。" if example else ""
        return told + (f"未设定的单价：{'、'.join(blank)}。" if blank else "")
    told = "Costs and gains use example prices; give your own with --prices. " if example else ""
    return told + (f"Prices not set: {', '.join(blank)}." if blank else "")


def missing_words(layers: Sequence[str], lang: str = "zh") -> str:
    """Return what it means that layers of barriers are not there.

    Examples
    --------
    >>> missing_words(["railway", "roads"])
    '没有铁路、道路等级图层：连片可能跨过这些障碍，请导入后再看。'
    """
    if lang == "en":
        names = ", ".join(_LAYERS.get(name, (name, name))[1] for name in layers)
        return f"No layer of {names}: blocks may cross such barriers. Import them and look again."
    names = "、".join(_LAYERS.get(name, (name, name))[0] for name in layers)
    return f"没有{names}图层：连片可能跨过这些障碍，请导入后再看。"

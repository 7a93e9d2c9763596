"""Figures of blocks in words: cost by its formula, difficulty by its reasons, what is unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analysis.block_facts import PRICED
from data.block_price_terms import unit_words
from data.block_prices import BlockPrices, factor_words, price_words
from gis.area import to_mu

_AMOUNTS = {
    "land": ("亩", "mu"),
    "floor": ("m²", "m²"),
    "unlawful": ("m²", "m²"),
    "demolition": ("m²", "m²"),
    "firm": ("家", "firms"),
    "job": ("人", "persons"),
    "new_floor": ("m²", "m²"),
}


def priced_words(row: Mapping[str, Any], key: str, prices: BlockPrices, lang: str = "zh") -> str:
    """Return one part of the cost, or the gain, as quantity × price = amount.

    Parameters
    ----------
    row : mapping
        Figures of a parcel or a block, as from `analysis.block_figures`.
    key : str
        Key of a price.

    Examples
    --------
    >>> from data.block_prices import load_block_prices
    >>> row = {"bought_m2": 20_000.0, "cost_land_wan": 1_800.0}
    >>> priced_words(row, "land", load_block_prices())
    '土地收储补偿：30 亩 × 60 万元/亩 = 1,800 万元'
    >>> priced_words({"floor_m2": np.nan, "cost_demolition_wan": np.nan}, "demolition",
    ...              load_block_prices(), "en")
    'Demolition and clearing: unknown'
    """
    figure, quantity = PRICED[key]
    price, en = prices.prices[key], lang == "en"
    head = price.label(lang) + (": " if en else "：")
    amount, worth = row[quantity], row[figure]
    if np.isnan(price.value):
        return head + ("price not set" if en else "单价未设定")
    if np.isnan(amount) or np.isnan(worth):
        return head + ("unknown" if en else "未知")
    shown = to_mu(amount) if key == "land" else amount
    wan = "10k yuan" if en else "万元"
    unit = unit_words(price.unit, lang)
    return (
        f"{head}{round(shown, 1):,g} {_AMOUNTS[key][en]} × {price.value:g} {unit} = "
        f"{round(worth, 1):,g} {wan}"
    )


def cost_lines(row: Mapping[str, Any], prices: BlockPrices, lang: str = "zh") -> list[str]:
    """Return the parts of the cost, one a line, and what is not in them."""
    told = [priced_words(row, key, prices, lang) for key in PRICED if key != "new_floor"]
    lacking = int(row.get("cost_wan_unknown", 0))
    if lacking:
        told.append(
            f"{lacking} parcels lack a part of it: this is the least that it costs"
            if lang == "en"
            else f"其中 {lacking} 宗缺少部分数据，以上为最低成本"
        )
    return told


def reason_lines(
    reasons: Sequence[tuple[str, float, float]], prices: BlockPrices, lang: str = "zh"
) -> list[str]:
    """Return the reasons of a difficulty in words, the gravest first."""
    return [factor_words(prices, key, value, points, lang) for key, value, points in reasons]


def formula_words(prices: BlockPrices, lang: str = "zh") -> list[str]:
    """Return how cost, gain and difficulty are made, with every price and what it rests on.

    Examples
    --------
    >>> from data.block_prices import load_block_prices
    >>> formula_words(load_block_prices())[0][:12]
    '成本＝土地（亩）×土地单'
    """
    en = lang == "en"
    told = [
        "Cost = land (mu) × land + lawful floor × floor + unlawful floor × unlawful + all floor × "
        "demolition + firms × firm + jobs × job; gain = floor area gained × value of new floor."
        if en
        else "成本＝土地（亩）×土地单价＋合法建筑×补偿单价＋违章建筑×补偿单价＋全部建筑×拆除单价＋"
        "企业×搬迁单价＋职工×安置单价；收益＝新增建筑面积×新增建筑面积价值。"
    ]
    for key, price in prices.prices.items():
        told.append(f"{price_words(prices, key, lang)} · {price.source} [{price.tag}]")
    for factor in prices.factors:
        unit, share = unit_words(factor.unit, lang), factor.unit == "share"
        ends = [f"{100 * v:g} %" if share else f"{v:g} {unit}" for v in (factor.least, factor.to)]
        told.append(
            f"Difficulty · {factor.label(lang)}: none at {ends[0]}, {factor.points:g} points at "
            f"{ends[1]} · {factor.source} [{factor.tag}]"
            if en
            else f"难度 · {factor.label(lang)}：{ends[0]} 计 0 分，"
            f"{ends[1]} 计 {factor.points:g} 分 · {factor.source} [{factor.tag}]"
        )
    return told

"""What lies behind unknown figures of blocks: prices not set, and facts that parcels lack."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from data.block_prices import BlockPrices
from gis.errors import Words

_FACTS = {
    "firms": ("firm_parts", ("所在企业", "firms"), ("firms", "cost_wan", "difficulty")),
    "jobs": ("jobs", ("职工数", "employees"), ("jobs", "cost_wan", "difficulty")),
    "floor": ("floor_m2", ("建筑面积", "floor area"), ("cost_wan", "gain_m2")),
    "unlawful": (
        "unlawful_floor_m2",
        ("违法建筑面积", "unlawful floor area"),
        ("cost_wan", "difficulty"),
    ),
}
"""Fact → its column in the figures of parcels, its name, and the figures of blocks made of it."""


@dataclass(frozen=True)
class Gaps:
    """What is not known of some parcels.

    Attributes
    ----------
    parcels : int
        How many there are.
    facts : tuple of (str, int)
        Key of a fact and the number of parcels that lack it, of those that any lacks.
    prices : tuple of Words
        Names of the prices that are not set but asked for.
    """

    parcels: int = 0
    facts: tuple[tuple[str, int], ...] = ()
    prices: tuple[Words, ...] = ()

    def words(self, rests_on: Collection[str]) -> Words:
        """Return what the figures that a choice rests on lack, empty where it is nothing.

        Examples
        --------
        >>> gaps = Gaps(9, (("jobs", 3), ("floor", 4)), (Words("土地收储补偿", "Buying out land"),))
        >>> str(gaps.words(["gain_m2"]))
        '其 9 宗地中，4 宗没有建筑面积。'
        >>> gaps.words(["cost_wan"]).en
        'Of their 9 parcels 3 lack employees, 4 lack floor area. Prices not set: Buying out land. '
        """
        told = [(_FACTS[key], n) for key, n in self.facts if set(_FACTS[key][2]) & set(rests_on)]
        zh = en = ""
        if told:
            lacks = "、".join(f"{n:,} 宗没有{fact[1][0]}" for fact, n in told)
            lack = ", ".join(f"{n:,} lack {fact[1][1]}" for fact, n in told)
            zh, en = (
                f"其 {self.parcels:,} 宗地中，{lacks}。",
                f"Of their {self.parcels:,} parcels {lack}. ",
            )
        if self.prices and "cost_wan" in rests_on:
            zh += f"未设定的单价：{'、'.join(self.prices)}。"
            en += f"Prices not set: {', '.join(each.en for each in self.prices)}. "
        return Words(zh, en)


def gaps_of(figures: pd.DataFrame, prices: BlockPrices) -> Gaps:
    """Return what is not known of parcels.

    Parameters
    ----------
    figures : DataFrame
        As `analysis.block_figures.parcel_figures` gives them, of the parcels that are meant.
    prices : BlockPrices
        The prices of the figures.
    """
    facts = []
    for key, (column, _, _) in _FACTS.items():
        lacking = figures[column].isna()
        if key == "unlawful":
            lacking &= figures["floor_m2"].notna()
        if lacking.any():
            facts.append((key, int(lacking.sum())))
    asked = {key for keys in figures["missing_prices"] for key in keys} - {"new_floor"}
    names = [prices.prices[key] for key in prices.prices if key in asked]
    told = tuple(Words(price.label("zh"), price.label("en")) for price in names)
    return Gaps(len(figures), tuple(facts), told)

"""Unit prices and difficulty of contiguous blocks as data: editable, which an office edits."""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from data.block_price_terms import (
    ASSUMPTIONS,
    CODES,
    COMMON,
    FACTORS,
    PRICES,
    day_of,
    is_price,
    price_faults,
    unit_words,
)
from data.errors import DataError, RulesFaultyError

SHIPPED = Path(__file__).with_name("rulesets") / "block_prices.toml"

_TABLES = ("block_price", "block_assumption", "block_codes", "block_difficulty")


class PriceRefusedError(DataError):
    """A price typed or given that is no number of 0 or more, or of nothing that is priced."""

    zh: ClassVar[str] = "单价未采用：{faults}。请填写不小于 0 的数；留空表示未设定。"
    en: ClassVar[str] = (
        "The prices were not taken: {faults}. Give numbers of 0 or more; blank is not set."
    )


@dataclass(frozen=True, slots=True)
class Price:
    """A unit price or an assumption; ``value`` is NaN where it is not set."""

    key: str
    value: float
    unit: str
    label_zh: str
    label_en: str
    source: str
    tag: str
    valid_from: date

    @property
    def example(self) -> bool:
        """Whether the figure is no more than an example (示例值)."""
        return self.source.startswith("示例")

    def label(self, lang: str = "zh") -> str:
        """Return what is priced."""
        return self.label_en if lang == "en" else self.label_zh


@dataclass(frozen=True, slots=True)
class Factor:
    """What makes a block difficult: ``points`` at ``to`` and beyond, none at ``least``."""

    key: str
    least: float
    to: float
    points: float
    unit: str
    label_zh: str
    label_en: str
    source: str
    tag: str
    valid_from: date

    def label(self, lang: str = "zh") -> str:
        """Return what is measured."""
        return self.label_en if lang == "en" else self.label_zh


@dataclass(frozen=True)
class BlockPrices:
    """Prices, assumptions, codes and factors; ``id`` is a short hash of the content."""

    id: str
    prices: Mapping[str, Price]
    assumptions: Mapping[str, Price]
    codes: Mapping[str, tuple[str, ...]]
    factors: tuple[Factor, ...]
    raw: Mapping[str, Any]

    def __getitem__(self, key: str) -> float:
        """Return a price or an assumption; NaN where it is not set."""
        return (self.prices.get(key) or self.assumptions[key]).value

    @property
    def missing(self) -> tuple[str, ...]:
        """Prices that are not set.

        Examples
        --------
        >>> load_block_prices().missing
        ()
        """
        return tuple(key for key, price in self.prices.items() if math.isnan(price.value))

    @property
    def example(self) -> bool:
        """Whether any price is only an example."""
        return any(price.example for price in self.prices.values())

    def factor(self, key: str) -> Factor | None:
        """Return a factor of difficulty, None where it does not count."""
        return next((factor for factor in self.factors if factor.key == key), None)


def price_words(prices: BlockPrices, key: str, lang: str = "zh") -> str:
    """Return a price with its name, its unit and what it rests on.

    Examples
    --------
    >>> price_words(load_block_prices(), "land")
    '土地收储补偿 60 万元/亩（示例值）'
    >>> price_words(edited_prices(load_block_prices(), {"land": None}), "land", "en")
    'Buying out land: not set'
    """
    price = prices.prices.get(key) or prices.assumptions[key]
    zh = lang != "en"
    name = price.label(lang)
    if math.isnan(price.value):
        return f"{name} 未设定" if zh else f"{name}: not set"
    example = ("（示例值）" if zh else " (example)") if price.example else ""
    return f"{name} {price.value:g} {unit_words(price.unit, lang)}".rstrip() + example


def factor_words(
    prices: BlockPrices, key: str, value: float, points: float, lang: str = "zh"
) -> str:
    """Return a reason of difficulty in words: what, how much, how many points of the 100.

    Examples
    --------
    >>> factor_words(load_block_prices(), "owners", 12, 9.25)
    '权利人 12 个，计 9.2 分'
    >>> factor_words(load_block_prices(), "unlawful", 0.3, 10, "en")
    'Share of unlawful floor: 30 %, 10 points'
    """
    factor = prices.factor(key)
    if factor is None:
        return key
    share = factor.unit == "share"
    unit = "%" if share else unit_words(factor.unit, lang)
    places = 0 if factor.unit in ("owner", "firm", "person") else 1
    amount = f"{round(100 * value if share else value, places):,g} {unit}"
    told = f"{round(points, 1):g}"
    if lang == "en":
        return f"{factor.label(lang)}: {amount}, {told} points"
    return f"{factor.label(lang)} {amount}，计 {told} 分"


def load_block_prices(path: Path | None = None) -> BlockPrices:
    """Read prices from a file; those shipped by default.

    A file may hold fewer tables than the shipped one: what it leaves out is as shipped.

    Raises
    ------
    RulesFaultyError
        With every fault: an unknown key, a wrong unit, a negative price, no source, tag or date.

    Examples
    --------
    >>> prices = load_block_prices()
    >>> prices["land"], prices["floor_ratio"], sum(factor.points for factor in prices.factors)
    (60.0, nan, 100.0)
    """
    given = {} if path is None else _read(path)
    faults = [f"{name} ×" for name in given if name not in _TABLES]
    faults += [f"{name} ?" for name in _TABLES if not isinstance(given.get(name, {}), dict)]
    if faults:
        raise RulesFaultyError(count=len(faults), faults="; ".join(faults))
    return completed_prices(given)


def completed_prices(given: Mapping[str, Any]) -> BlockPrices:
    """Return the prices of a document that may hold fewer tables than the shipped one.

    Raises
    ------
    RulesFaultyError
        As `load_block_prices`.
    """
    shipped = _read(SHIPPED)
    return parse_block_prices({name: shipped[name] | given.get(name, {}) for name in _TABLES})


def parse_block_prices(raw: Mapping[str, Any]) -> BlockPrices:
    """Return the prices of a document; days may be ISO text.

    Raises
    ------
    RulesFaultyError
        As `load_block_prices`.
    """
    faults = list(price_faults(raw))
    if faults:
        raise RulesFaultyError(count=len(faults), faults="; ".join(faults))
    text = prices_text(raw)
    factors = tuple(
        Factor(
            key,
            float(body["from"]),
            float(body["to"]),
            float(body["points"]),
            **_said(body),
        )
        for key in FACTORS
        if (body := raw["block_difficulty"][key])["points"] > 0
    )
    return BlockPrices(
        id=hashlib.sha256(text.encode()).hexdigest()[:10],
        prices=_prices(raw["block_price"], PRICES),
        assumptions=_prices(raw["block_assumption"], ASSUMPTIONS),
        codes=MappingProxyType({k: tuple(raw["block_codes"][k]["codes"]) for k in CODES}),
        factors=factors,
        raw=MappingProxyType(json.loads(text)),
    )


def edited_prices(
    prices: BlockPrices, values: Mapping[str, float | None], *, source: str | None = None
) -> BlockPrices:
    """Return prices with some values changed; None unsets one.

    Parameters
    ----------
    values : mapping
        Key of a price or assumption → value in its unit.
    source : str, optional
        What the new values rest on; without it a changed value says that it was set by hand.

    Raises
    ------
    PriceRefusedError
        If a key is unknown, or a value is negative, no number or endless.

    Examples
    --------
    >>> mine = edited_prices(load_block_prices(), {"land": 75, "new_floor": None})
    >>> mine["land"], mine.missing, mine.prices["land"].example
    (75.0, ('new_floor',), False)
    """
    raw = json.loads(prices_text(prices.raw))
    faults = []
    for key, value in values.items():
        table = "block_price" if key in PRICES else "block_assumption"
        if key not in PRICES and key not in ASSUMPTIONS:
            faults.append(f"{key} ?")
        elif value is not None and not is_price(value):
            faults.append(f"{key}: {value}")
        elif not _same(value, prices[key]):
            body = raw[table][key]
            body |= {"source": source or "手工设定", "tag": "U"}
            body.pop("value", None)
            body |= {} if value is None else {"value": float(value)}
    if faults:
        raise PriceRefusedError(faults="；".join(faults))
    return parse_block_prices(raw)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RulesFaultyError(count=1, faults=f"{file.name}: {error}") from error


def prices_text(raw: Mapping[str, Any]) -> str:
    """Return a document of prices as text that brings it back."""
    return json.dumps(dict(raw), ensure_ascii=False, sort_keys=True, default=str)


def _same(value: float | None, known: float) -> bool:
    return math.isnan(known) if value is None else float(value) == known


def _prices(table: Mapping[str, Any], keys: Mapping[str, str]) -> Mapping[str, Price]:
    return MappingProxyType(
        {
            key: Price(key, float(table[key].get("value", math.nan)), **_said(table[key]))
            for key in keys
        }
    )


def _said(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in COMMON} | {"valid_from": day_of(body["valid_from"])}

"""Unit prices of blocks on record: what an office has set stands in the register."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from data.block_prices import BlockPrices, completed_prices, load_block_prices, prices_text
from data.register.change import Change

KIND = "block_prices"


def prices_change(prices: BlockPrices, *, who: str, why: str, recorded_at: datetime) -> Change:
    """Return the change that puts a set of prices on record; it replaces the one before."""
    return Change(
        kind=KIND, who=who, why=why, recorded_at=recorded_at, meta={KIND: prices_text(prices.raw)}
    )


def kept_prices(meta: Mapping[str, str]) -> BlockPrices:
    """Return the prices on record; those shipped where there are none.

    Examples
    --------
    >>> from data.block_prices import edited_prices
    >>> mine = edited_prices(load_block_prices(), {"land": 75})
    >>> kept_prices({KIND: prices_text(mine.raw)}).id == mine.id, kept_prices({})["land"]
    (True, 60.0)
    """
    text = meta.get(KIND)
    return load_block_prices() if text is None else completed_prices(json.loads(text))

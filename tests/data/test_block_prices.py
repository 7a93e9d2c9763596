"""Unit prices of blocks: read, edited, refused with all faults, kept in the register."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from data.block_prices import (
    PriceRefusedError,
    edited_prices,
    factor_words,
    load_block_prices,
    price_words,
)
from data.block_prices_record import kept_prices, prices_change
from data.errors import RulesFaultyError
from data.register import Register

LAND = """[block_price.land]
{value}
unit = "{unit}"
label_zh = "土地"
label_en = "Land"
source = "{source}"
tag = "S"
valid_from = 2026-01-01
"""


def test_every_shipped_price_is_told_to_be_an_example():
    prices = load_block_prices()
    assert all(price.example and price.tag == "G" for price in prices.prices.values())
    assert "（示例值）" in price_words(prices, "demolition")
    assert sum(factor.points for factor in prices.factors) == 100


def test_a_file_replaces_what_it_names_and_a_blank_price_is_not_set(tmp_path):
    file = tmp_path / "prices.toml"
    file.write_text(LAND.format(value="value = 80", unit="wan_per_mu", source="会议纪要"), "utf-8")
    prices = load_block_prices(file)
    assert (prices["land"], prices["floor"]) == (80, 1_000)
    assert not prices.prices["land"].example
    file.write_text(LAND.format(value="", unit="wan_per_mu", source="会议纪要"), "utf-8")
    assert load_block_prices(file).missing == ("land",)
    assert price_words(load_block_prices(file), "land") == "土地 未设定"


def test_faults_are_all_told_at_once(tmp_path):
    file = tmp_path / "prices.toml"
    text = LAND.format(value="value = -1", unit="yuan", source="") + "[block_price.sea]\nvalue=1\n"
    file.write_text(text, "utf-8")
    with pytest.raises(RulesFaultyError) as refusal:
        load_block_prices(file)
    for place in ("land: value -1", "land: unit wan_per_mu", "land: source", "block_price.sea ×"):
        assert place in str(refusal.value)
    file.write_text("[prices]\n", "utf-8")
    with pytest.raises(RulesFaultyError, match="prices ×"):
        load_block_prices(file)


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), True, "60"])
def test_what_is_no_price_is_refused(value):
    with pytest.raises(PriceRefusedError, match="land"):
        edited_prices(load_block_prices(), {"land": value})
    with pytest.raises(PriceRefusedError, match="sea"):
        edited_prices(load_block_prices(), {"sea": 1})


def test_edited_prices_are_kept_in_the_register_and_taken_back(tmp_path):
    mine = edited_prices(load_block_prices(), {"land": 75, "job": None}, source="2026 年会议纪要")
    moment = datetime(2026, 1, 5, 9, tzinfo=UTC)
    with Register.open(tmp_path / "county", create=True) as register:
        register.commit(prices_change(mine, who="甲", why="调整单价", recorded_at=moment))
        kept = kept_prices(register.meta)
    assert kept.id == mine.id
    assert (kept["land"], kept.missing) == (75, ("job",))
    assert kept.prices["land"].source == "2026 年会议纪要"
    assert kept.prices["floor"].example  # untouched


def test_reasons_are_told_in_words():
    prices = load_block_prices()
    assert factor_words(prices, "not_low", 0.25, 5) == "不属低效用地占比 25 %，计 5 分"
    assert factor_words(prices, "jobs", 1_200, 9, "en") == "Jobs affected: 1,200 persons, 9 points"

"""Names of blocks: no two of a county share one."""

from ui.components.block_words import block_name
from ui.components.portfolio_result import name_of


def test_no_two_blocks_of_a_county_share_a_name():
    """Their numbers end alike: each cadastral zone counts its parcels from 1."""
    ids = [
        f"B-330381{zone:03}{part:03}GB{n:05}" for zone in (1, 2) for part in (1, 2) for n in (1, 12)
    ]
    assert len({block_name(each, ("塘下镇",)) for each in ids}) == len(ids)


def test_a_chosen_block_has_the_name_that_it_has_in_the_list():
    row = {"block_id": "B-330381001001GB00012", "towns": ["塘下镇"], "part": False}
    assert name_of(row) == block_name(row["block_id"], ("塘下镇",))

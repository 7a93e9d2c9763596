import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.legend import legend
from layers.state import codes, flags, mask_bytes, state_table
from layers.styles import CLASS_STYLES, THEMES, UNKNOWN, styles

FRAME = pd.DataFrame(
    {
        "low_class": ["underused", None, "not_low", "underused"],
        "stage": ["signed", "completed", None, "signed"],
        "far_class": ["lt05", "ge30", None, "20_30"],
        "evaluation_grade": ["A", None, "D", "B"],
        "overdue": [True, False, False, True],
        "suspected_idle": pd.array([True, None, False, False], dtype="boolean"),
        "high_consumption": pd.array([None, None, True, False], dtype="boolean"),
        "geometry_area_m2": [2000.0, 4000.0, np.nan, 6000.0],
    },
    index=pd.Index(["P1", "P2", "P3", "P4"], name="parcel_id"),
)


def test_a_state_table_is_one_byte_for_each_parcel_and_theme_then_the_flags():
    table = np.frombuffer(state_table(FRAME), np.uint8).reshape(len(THEMES) + 1, len(FRAME))
    assert table[0].tolist() == [3, 0, 7, 3]
    assert table[1].tolist() == [4, 10, 0, 4]
    assert table[2].tolist() == [1, 6, 0, 5]
    assert table[3].tolist() == [1, 0, 4, 2]
    assert table[4].tolist() == [1 + 2, 0, 4, 1]


def test_an_unknown_mark_is_not_a_mark():
    assert flags(FRAME[["suspected_idle"]]).tolist() == [2, 0, 0, 0]


@pytest.mark.parametrize("theme", THEMES)
def test_every_legend_counts_every_parcel_once(theme):
    entries = legend(FRAME, theme=theme)
    assert sum(entry["count"] for entry in entries) == len(FRAME)
    assert sum(entry["area_mu"] for entry in entries) == pytest.approx(12_000 / (2000 / 3))
    assert sum(entry["unknown_area"] for entry in entries) == 1
    assert entries[-1]["key"] == ""


def test_a_legend_counts_only_what_the_filter_keeps():
    entries = legend(FRAME, theme="class", mask=np.array([True, False, False, False]))
    assert {e["key"]: e["count"] for e in entries if e["count"]} == {"underused": 1}


@given(st.lists(st.booleans(), max_size=40))
def test_a_mask_comes_back_from_its_bits(kept):
    bits = np.frombuffer(mask_bytes(np.array(kept, dtype=bool)), np.uint8)
    assert [bool(bits[n >> 3] >> (n & 7) & 1) for n in range(len(kept))] == kept


def test_classes_that_share_a_theme_differ_by_more_than_colour():
    looks = [(style.hatch, style.fill) for style in (*CLASS_STYLES, UNKNOWN)]
    assert len(set(looks)) == len(looks)
    plain = [style for style in CLASS_STYLES if not style.hatch]
    assert [style.key for style in plain] == ["not_low"]


def test_codes_keep_the_order_of_the_legend():
    keys = [style.key for style in styles("stage")]
    assert codes(pd.Series(keys), "stage").tolist() == list(range(len(keys)))

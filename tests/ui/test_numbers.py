"""Numbers and names as a reader meets them."""

import pandas as pd
import pytest

from ui.components.markup import element, words
from ui.text.numbers import day, known, mu, number, plain, shorten


@pytest.mark.parametrize("unknown", [None, float("nan"), pd.NA, pd.NaT, "", "  "])
def test_unknown_is_a_dash_and_never_zero(unknown):
    assert not known(unknown)
    assert plain(unknown) == words(unknown) == "—"


def test_an_area_is_told_in_mu_with_one_decimal():
    assert mu(1_234.56 * 2_000 / 3) == "1,234.6 亩"


def test_infinity_is_no_number_to_show():
    assert number(float("inf")) == "—"


def test_a_date_is_told_by_its_day():
    assert day(pd.Timestamp("2026-10-31 08:00")) == "2026-10-31"


@pytest.mark.parametrize(
    "name",
    [
        "<script>",
        "**粗**",
        "[甲](http://a.cn)",
        "$x$",
        ":red[甲]",
        ":material/home:",
        "a -> b",
        "`x`",
    ],
)
def test_a_name_is_never_read_as_markdown(name):
    escaped = plain(name)
    for sign in "<>*[]$`:":
        assert f"\\{sign}" in escaped or sign not in escaped
    assert ":material" not in escaped.replace("\\", "")
    assert "->" not in escaped.replace("\\", "")
    assert "http:" not in escaped.replace("\\", "")


def test_a_name_is_never_read_as_html():
    assert element("b", words('<i>"甲"</i>')) == "<b>&lt;i&gt;&quot;甲&quot;&lt;/i&gt;</b>"


def test_a_long_name_is_cut_with_a_sign():
    assert shorten("长" * 500, 10) == "长" * 9 + "…"

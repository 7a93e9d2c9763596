"""Small pieces of HTML whose every word is escaped: names from files are data, never markup."""

from __future__ import annotations

import html
from typing import Any

from ui.text.numbers import UNKNOWN, known


def element(tag: str, *inside: str, css: str = "", title: str = "") -> str:
    """Wrap finished HTML in ``tag``; ``title`` (the text on hover) is escaped here.

    Examples
    --------
    >>> element("b", words("<甲>"), css="m-name", title='"乙"')
    '<b class="m-name" title="&quot;乙&quot;">&lt;甲&gt;</b>'
    """
    classes = f' class="{html.escape(css)}"' if css else ""
    hover = f' title="{html.escape(title)}"' if title else ""
    return f"<{tag}{classes}{hover}>{''.join(inside)}</{tag}>"


def words(text: Any) -> str:
    """Escape a text for HTML; unknown is a dash.

    Examples
    --------
    >>> words("a<script>"), words(None)
    ('a&lt;script&gt;', '—')
    """
    return html.escape(" ".join(str(text).split())) if known(text) else UNKNOWN


def fact(label: str, value: str, source: str = "") -> str:
    """Return a line with a name and a finished value; ``source`` is shown on hover.

    Examples
    --------
    >>> fact("甲", "1")
    '<div class="m-fact"><span class="m-label">甲</span><span class="m-value">1</span></div>'
    """
    return element(
        "div",
        element("span", words(label), css="m-label"),
        element("span", value, css="m-value"),
        css="m-fact",
        title=source,
    )


def heading(text: str) -> str:
    """Return the heading of a part of a card."""
    return element("div", words(text), css="m-head")

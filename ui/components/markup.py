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

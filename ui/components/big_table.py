"""A table in large type that can be read from the far end of a room: HTML, not a grid."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from ui.components.markup import element, words
from ui.text import DEFAULT, language
from ui.text.numbers import known


def big_table(heads: Sequence[str], rows: Sequence[Sequence[object]], *, numbers: int = 0) -> str:
    """Return a table whose every word is escaped; the last ``numbers`` columns stand right.

    Examples
    --------
    >>> big_table(["甲"], [["<b>"]])
    '<table class="m-big"><tr><th>甲</th></tr><tr><td>&lt;b&gt;</td></tr></table>'
    """
    plain = len(heads) - numbers
    head = "".join(_cell("th", words(name), at >= plain) for at, name in enumerate(heads))
    body = [
        "".join(
            _cell("td", cell if isinstance(cell, Html) else words(cell), at >= plain)
            for at, cell in enumerate(row)
        )
        for row in rows
    ]
    lines = "".join(element("tr", line) for line in (head, *body))
    return element("table", lines, css="m-big")


class Html(str):
    """A cell that is finished HTML."""

    __slots__ = ()


def linked(parcel_id: str, name: object) -> Html:
    """Return the name of a parcel as a link to the map; an unknown name is its number."""
    lang = {} if language() == DEFAULT else {"lang": language()}
    address = "/map?" + urlencode({**lang, "parcel": parcel_id})
    shown = words(name if known(name) else parcel_id)
    return Html(f'<a href="{address.replace("&", "&amp;")}" target="_self">{shown}</a>')


def _cell(tag: str, inside: str, right: bool) -> str:
    return element(tag, inside, css="m-right" if right else "")

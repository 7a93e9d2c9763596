"""The colours of a chart on light and on dark paper."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ink:
    """The colours of a chart on paper of one kind."""

    accent: str
    pale: str
    quiet: str
    text: str
    paper: str


LIGHT = Ink(accent="#0b6370", pale="#bcd5d8", quiet="#76858c", text="#38474e", paper="#ffffff")
DARK = Ink(accent="#4db6c2", pale="#2b555b", quiet="#8b9aa1", text="#c3ced2", paper="#12181b")

PLAIN_MENU: dict[str, object] = {"embedOptions": {"actions": False}}
"""No menu that leads to another host."""

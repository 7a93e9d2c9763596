"""The line of big numbers: few, with unit, and a word beside every judgement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st


@dataclass(frozen=True)
class Figure:
    """One number with its name.

    Attributes
    ----------
    label, value : str
        Name and finished text of the number, with its unit.
    note : str
        A few words beneath (they carry the judgement, never the colour alone).
    help : str
        Where the number comes from, shown on hover.
    tone : {"good", "bad", "plain"}
        Colour of the note.
    """

    label: str
    value: str
    note: str = ""
    help: str = ""
    tone: Literal["good", "bad", "plain"] = "plain"


_COLOURS = {"good": "green", "bad": "red", "plain": "off"}


def big_line(figures: Sequence[Figure]) -> None:
    """Draw the figures side by side on one line; they wrap on a narrow window."""
    for column, figure in zip(st.columns(len(figures), gap="medium"), figures, strict=True):
        column.metric(
            figure.label,
            figure.value,
            delta=figure.note or None,
            delta_color=_COLOURS[figure.tone],  # type: ignore[arg-type]
            delta_arrow="off",
            help=figure.help or None,
        )

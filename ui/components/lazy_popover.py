"""A popover whose content is built only while it is open: closed ones are most of a rerun."""

from __future__ import annotations

from typing import Literal

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer


def lazy_popover(
    label: str,
    key: str,
    *,
    kind: Literal["primary", "secondary", "tertiary"] = "secondary",
    icon: str | None = None,
    disabled: bool = False,
) -> PopoverContainer:
    """Draw the button and return the popover; fill it only where ``open`` is true.

    Parameters
    ----------
    key : str
        Whether it is open is kept in the session under ``{key}.open``.
    """
    return st.popover(
        label, type=kind, icon=icon, disabled=disabled, key=f"{key}.open", on_change="rerun"
    )

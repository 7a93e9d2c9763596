"""What a planner sees before there is a county: what is missing and the command that mends it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from data.errors import (
    NewerSchemaError,
    OlderSchemaError,
    RegisterError,
    RulesFaultyError,
    WorkspaceLockedError,
    WorkspaceMissingError,
)
from data.register import Register
from gis.errors import UserError
from ui.components.failures import refuse
from ui.place import workspace
from ui.text import t


def heading(refusal: UserError | None) -> str:
    """Return what stands above a refusal: only a place without data is called empty."""
    if refusal is None or isinstance(refusal, WorkspaceMissingError):
        return t("welcome.title")
    if isinstance(refusal, (NewerSchemaError, OlderSchemaError)):
        return t("welcome.version")
    if isinstance(refusal, WorkspaceLockedError):
        return t("welcome.locked")
    if isinstance(refusal, RulesFaultyError):
        return t("welcome.rules")
    return t("welcome.broken") if isinstance(refusal, RegisterError) else t("welcome.refused")


def welcome(refusal: UserError | None) -> None:
    """Say what to do next where there is no county to show: none yet, or none that opens.

    Parameters
    ----------
    refusal : UserError or None
        Why the register could not be opened; None where it is there but empty.
    """
    st.title(heading(refusal), anchor=False)
    if refusal is not None:
        refuse(refusal)
    else:
        st.info(t("welcome.empty"), icon=":material/inbox:")
    if refusal is None or isinstance(refusal, WorkspaceMissingError):
        st.markdown(t("welcome.sample"))
        st.code("python cli.py sample", language="bash")
        st.markdown(t("welcome.import"))
        if st.button(
            t("welcome.begin"), icon=":material/move_to_inbox:", type="primary", key="welcome.begin"
        ):
            begin()
    st.caption(t("welcome.where"))
    st.code(str(workspace().resolve()), language=None)


def begin() -> None:
    """Make an empty register where there is none, and go where files are handed over."""
    try:
        Register.open(workspace(), create=True).close()
    except RegisterError as refusal:
        refuse(refusal)
        return
    st.switch_page(Path(__file__).parents[1] / "pages" / "intake.py")

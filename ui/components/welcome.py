"""What a planner sees before there is a county: what is missing and the command that mends it."""

from __future__ import annotations

import streamlit as st

from data.errors import (
    NewerSchemaError,
    OlderSchemaError,
    RegisterError,
    RulesFaultyError,
    WorkspaceLockedError,
    WorkspaceMissingError,
)
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
        st.code("python cli.py import FILE.gpkg --as parcels", language="bash")
    st.caption(t("welcome.where"))
    st.code(str(workspace().resolve()), language=None)

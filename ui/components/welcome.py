"""What a planner sees before there is a county: what is missing and the command that mends it."""

from __future__ import annotations

import streamlit as st

from gis.errors import UserError
from ui.components.failures import refuse
from ui.place import workspace
from ui.text import t


def welcome(refusal: UserError | None) -> None:
    """Say what to do next where there is no register, or it holds no parcel yet.

    Parameters
    ----------
    refusal : UserError or None
        Why the register could not be opened; None where it is there but empty.
    """
    st.title(t("welcome.title"))
    if refusal is not None:
        refuse(refusal)
    else:
        st.info(t("welcome.empty"), icon=":material/inbox:")
    st.markdown(t("welcome.sample"))
    st.code("python cli.py sample", language="bash")
    st.markdown(t("welcome.import"))
    st.code("python cli.py import FILE.gpkg --as parcels", language="bash")
    st.caption(t("welcome.where"))
    st.code(str(workspace().resolve()), language=None)

"""One box for everything that goes wrong on a page: what was found and how to mend it."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException, StopException

from gis.errors import UserError
from ui.text import language, t
from ui.text.numbers import plain

_log = logging.getLogger("mutu.ui")


@contextmanager
def shown() -> Iterator[None]:
    """Run the body of a page; a refusal becomes its sentence, a fault a short apology.

    A refusal (``UserError``) is shown in the reader's language. Anything else is logged whole, told
    in one sentence, and its technical detail folds away. Streamlit's own reruns and stops pass.
    """
    try:
        yield
    except (RerunException, StopException):
        raise
    except UserError as refusal:
        refuse(refusal)
    except Exception as fault:
        _log.exception("A page failed")
        st.error(t("failure.unexpected"), icon=":material/error:")
        with st.expander(t("failure.detail"), icon=":material/code:"):
            st.code("".join(traceback.format_exception(fault)), language=None, wrap_lines=True)


def refuse(refusal: UserError) -> None:
    """Show the sentence of a refusal in the reader's language."""
    st.warning(plain(refusal.say(language())), icon=":material/report:")

"""Weights from a file: a list, or a matrix of comparisons with its consistency; and to compare."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from analysis.weights import ahp, direct, require_consistent
from data.siting_weights import read_weights
from gis.errors import UserError
from ui import sited, state
from ui.components.intake_progress import refuse_here
from ui.components.siting_words import criterion_label
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import number

FILE, TOLD = "siting.weights_file", "siting.weights_told"


def weights_file(desk: Desk, project: str) -> None:
    """Draw the way to bring weights along, the two files to fill in, and what was made of one."""
    with st.popover(t("siting.weights_bring"), icon=":material/upload_file:", width=440):
        st.caption(t("siting.weights_bring_help"))
        st.file_uploader(
            t("siting.weights_file"), type=["xlsx", "csv"], key=FILE, on_change=_taken,
        )  # fmt: skip
        with st.container(horizontal=True):
            _template(t("siting.weights_list"), "list", _list(desk, project))
            _template(t("siting.weights_matrix"), "matrix", _matrix())
        told = st.session_state.get(TOLD)
        if isinstance(told, UserError):
            refuse_here(told)
        elif told:
            st.success(told, icon=":material/check_circle:")


def compared(told: dict[str, Any]) -> None:
    """Draw the weights beside those that the figures alone would give; to compare only."""
    rows = told["compared_weights"]
    if not rows:
        return
    table = pd.DataFrame(
        {
            "what": [criterion_label(key) for key in rows],
            **{
                name: [None if row[name] is None else 100 * row[name] for row in rows.values()]
                for name in ("own", "entropy", "critic")
            },
        }
    )
    with st.popover(t("siting.weights_compare"), icon=":material/balance:", width=460):
        st.caption(t("siting.weights_compare_help"))
        heads = {
            "own": t("siting.weights_own_short"),
            "entropy": t("siting.weights_entropy"),
            "critic": "CRITIC",
        }
        config: dict[str, Any] = {"what": st.column_config.Column(t("siting.col_what"))}
        for name, head in heads.items():
            table[name] = table[name].astype(float)
            config[name] = st.column_config.NumberColumn(head, format="%.1f%%")
        st.dataframe(table, hide_index=True, column_config=config, height="content")


def _taken() -> None:
    """Take the weights of the file over, or keep what holds and say what is wrong with it."""
    file = st.session_state.get(FILE)
    st.session_state[TOLD] = None
    if file is None:
        return
    rules = sited.criteria()
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / Path(file.name).name
            place.write_bytes(file.getvalue())
            given, matrix = read_weights(place, rules.criteria)
        said = t("siting.weights_taken")
        if matrix is not None:
            found = ahp(matrix, random_index=rules.random_index, names=rules.names)
            most = rules.limits["cr_most"]
            given = require_consistent(found, most=most, names=rules.names).weights.to_dict()
            said = t("siting.weights_ahp", cr=number(found.cr, 3), n=number(len(matrix)))
        shares = direct(given, rules.keys, rules.names)
    except UserError as refusal:
        st.session_state[TOLD] = refusal
        return
    state.set_setting("weigh", "-".join(f"{100 * shares[key]:.4f}" for key in rules.keys))
    st.session_state[TOLD] = said


def _list(desk: Desk, project: str) -> pd.DataFrame:
    given = sited.weights(desk, project)
    names = [criterion_label(key) for key in given]
    return pd.DataFrame({t("siting.col_what"): names, t("siting.weights_value"): given.values()})


def _matrix() -> pd.DataFrame:
    names = [criterion_label(key) for key in sited.criteria().keys]
    ones = pd.DataFrame(np.ones((len(names), len(names)), dtype=int), columns=names)
    ones.insert(0, t("siting.col_what"), names)
    return ones


def _template(label: str, name: str, table: pd.DataFrame) -> None:
    st.download_button(
        label, data=table.to_csv(index=False).encode("utf-8-sig"), mime="text/csv",
        file_name=f"{label}.csv", key=f"siting.weights_{name}", icon=":material/download:",
        on_click="ignore",
    )  # fmt: skip

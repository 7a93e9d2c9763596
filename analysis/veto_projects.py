"""Of which projects a veto asks something, and of which that cannot be told."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.veto_checks import Bools
from data.siting_rules import Veto


def applicable(veto: Veto, projects: pd.DataFrame) -> tuple[Bools, Bools]:
    """Return to which projects a veto applies, and of which that cannot be told.

    A project that says no while its industry says yes cannot be told; nor can one whose industry
    is no code, such as words.

    Examples
    --------
    >>> from data.siting_rules import load_siting_rules
    >>> table = pd.DataFrame({"chemical": [None, None, True, None, False],
    ...                       "industry_code": ["C2651", "3670", None, "化学", "2651"]})
    >>> yes, unsure = applicable(load_siting_rules().veto("chemical_park"), table)
    >>> yes.tolist(), unsure.tolist()
    ([True, False, True, False, False], [False, False, False, True, True])
    """
    count = len(projects)
    yes, no = np.ones(count, dtype=bool), np.zeros(count, dtype=bool)
    if veto.kind == "near":
        return _asked(veto, projects)
    if not veto.applies_to:
        return yes, no
    said = flag(projects, veto.applies_to)
    told, by_code = _by_industry(veto, projects)
    yes = np.where(said.isna(), by_code, said.fillna(False)).astype(bool)
    unsure = said.isna().to_numpy() & ~told
    return yes, np.asarray(unsure | contradicted(veto, projects))


def _by_industry(veto: Veto, projects: pd.DataFrame) -> tuple[Bools, Bools]:
    """Return which projects tell their industry by a code, and of which it is that of the veto."""
    texts = column(projects, "industry_code").astype("str").str.normalize("NFKC")
    found = texts.str.findall(r"(?<!\d)[A-Za-z]?\s*(\d{2,4})(?!\d)")
    codes = [some if isinstance(some, list) else [] for some in found]
    told = np.array([bool(some) for some in codes], dtype=bool)
    mine = [any(code.startswith(veto.industries) for code in some) for some in codes]
    return told, np.array(mine, dtype=bool)


def contradicted(veto: Veto, projects: pd.DataFrame) -> Bools:
    """Return which projects say no to what their industry says yes to."""
    if not veto.applies_to or not veto.industries:
        return np.zeros(len(projects), dtype=bool)
    said = flag(projects, veto.applies_to).fillna(True).to_numpy(bool)
    return ~said & _by_industry(veto, projects)[1]


def _asked(veto: Veto, projects: pd.DataFrame) -> tuple[Bools, Bools]:
    """Return which projects say their distance, and which should and do not."""
    distance = column(projects, veto.field).to_numpy(dtype=float, na_value=np.nan)
    hazard = column(projects, "hazard_class")
    dangerous = hazard.isin(list(veto.asked_of)).to_numpy(dtype=bool)
    harmless = hazard.notna() & ~hazard.isin(list(veto.asked_of))
    harmless &= ~flag(projects, "chemical").fillna(False).astype(bool)
    with np.errstate(invalid="ignore"):
        unsaid = np.isnan(distance) | ((distance == 0) & dangerous)
        return distance > 0, unsaid & ~harmless.to_numpy(dtype=bool)


def column(table: pd.DataFrame, name: str) -> pd.Series:
    """Return a column of the projects, all unknown where there is none."""
    if name in table:
        return table[name]
    return pd.Series([None] * len(table), index=table.index, dtype=object)


def flag(table: pd.DataFrame, name: str) -> pd.Series:
    """Return a yes-or-no column of the projects, all unknown where there is none."""
    return column(table, name).astype("boolean")

"""Per-mu evaluation of firms (亩均效益综合评价): score by indicators, grade by rank."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import AnalysisError, require
from data.evaluation_rules import LAND, GradeScheme, Indicator, ScoreScheme
from gis.area import M2_PER_MU
from gis.errors import Words

Floats = NDArray[np.float64]


class SchemeEmptyError(AnalysisError):
    """A scheme whose weights or cut-offs nobody has filled in."""

    zh = "评价方案“{scheme}”还没有填写{what}，不能计算。请在 data/rulesets/evaluation.toml 中填写。"
    en = "Scheme “{scheme}” has no {what} yet. Fill them in, in data/rulesets/evaluation.toml."


def no_weights(score: ScoreScheme) -> SchemeEmptyError:
    """Return the refusal of a scheme that has no weights."""
    return SchemeEmptyError(
        scheme=Words(score.label_zh, score.label_en), what=Words("权重", "weights")
    )


def no_cuts(grade: GradeScheme) -> SchemeEmptyError:
    """Return the refusal of a scheme that has no cut-offs."""
    return SchemeEmptyError(
        scheme=Words(grade.label_zh, grade.label_en), what=Words("分档比例", "cut-offs")
    )


def evaluate(
    firms: pd.DataFrame, *, score: ScoreScheme, grade: GradeScheme | None = None
) -> pd.DataFrame:
    r"""Return the score of each firm, item by item, and its grade by rank within its size class.

    .. math:: s = \sum_i w_i \cdot x_i / b_i

    with weight *w*, value *x* and base *b* of indicator *i*; each item within its cap and floor.

    Parameters
    ----------
    firms : DataFrame
        One row per firm: ``firm_size`` (``above``, ``below``), ``land_m2`` (its allocated land,
        m²) and the fields of the indicators in stored units.
    score : ScoreScheme
        Indicators by size class.
    grade : GradeScheme, optional
        Shares of each grade, best first, of the firms of a size class that have a score. The
        *k*-th of *n* stands at (k - 0.5) / n; ties share the better place.

    Returns
    -------
    DataFrame
        On the index of ``firms``: ``score`` (NaN where an item is unknown and nothing stands in
        for it, or the size is unknown), ``item_<key>`` for every indicator, ``missing`` (tuple of
        indicator keys that were unknown), ``stood_in`` (tuple of those replaced by a mean or
        zero), ``grade`` (None without score).

    Raises
    ------
    SchemeEmptyError
        If the scheme has no indicators or cut-offs for a size class that occurs.
    MissingFieldError
        If a column is absent.

    Examples
    --------
    >>> from data.evaluation_rules import load_evaluation_rules
    >>> firms = pd.DataFrame(
    ...     {"firm_size": ["below"], "tax_wan": [23.1864], "land_m2": [2000 / 3],
    ...      "electricity_wan_kwh": [23.1864 / 0.2352]}
    ... )
    >>> scheme = load_evaluation_rules().scores["huangyan_2022"]
    >>> evaluate(firms, score=scheme)["score"].round(6).tolist()  # 50 × 2 + 50 × 1
    [150.0]
    """
    require(firms, "firm_size", what="企业表")
    items: dict[str, Floats] = {}
    total = np.full(len(firms), np.nan)
    missing, stood = _tuples(len(firms)), _tuples(len(firms))
    for size in sorted({str(s) for s in firms["firm_size"].dropna()}):
        chosen = score.indicators.get(size, ())
        if not chosen:
            raise no_weights(score)
        rows = np.flatnonzero((firms["firm_size"] == size).to_numpy(dtype=bool))
        part = firms.iloc[rows]
        points = np.zeros(len(rows))
        for indicator in chosen:
            own, absent = _item(part, indicator)
            column = items.setdefault(f"item_{indicator.key}", np.full(len(firms), np.nan))
            column[rows] = own
            points += own
            _note(missing, rows[absent], indicator.key)
            if indicator.missing != "unknown":
                _note(stood, rows[absent & ~np.isnan(own)], indicator.key)
        total[rows] = points
    table = pd.DataFrame({"score": total, **items}, index=firms.index)
    table["missing"] = pd.Series(missing, index=firms.index, dtype=object)
    table["stood_in"] = pd.Series(stood, index=firms.index, dtype=object)
    table["grade"] = _grades(total, firms["firm_size"], grade)
    return table


def _item(firms: pd.DataFrame, indicator: Indicator) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the score of one item and where its value is unknown."""
    require(firms, indicator.above, indicator.below, what="企业表")
    above, below = (
        pd.to_numeric(firms[name]).to_numpy(dtype=float, na_value=np.nan)
        for name in (indicator.above, indicator.below)
    )
    scale = M2_PER_MU if indicator.below == LAND else 1.0
    value = above / np.where(below > 0, below / scale, np.nan)
    own = indicator.weight * value / indicator.base
    low = None if indicator.floor is None else indicator.floor * indicator.weight
    high = None if indicator.cap is None else indicator.cap * indicator.weight
    if low is not None or high is not None:
        own = np.clip(own, low, high)
    absent = np.isnan(own)
    if indicator.missing == "zero":
        own = np.where(absent, 0.0, own)
    elif indicator.missing == "mean" and not absent.all():
        own = np.where(absent, own[~absent].mean(), own)
    return own, absent


def _grades(total: Floats, sizes: pd.Series, scheme: GradeScheme | None) -> pd.Series:
    found = np.full(len(total), None, dtype=object)
    for size in sorted({str(s) for s in sizes.dropna()}) if scheme is not None else []:
        assert scheme is not None
        shares = scheme.shares.get(size)
        if not shares:
            raise no_cuts(scheme)
        rows = np.flatnonzero((sizes == size).to_numpy(dtype=bool) & ~np.isnan(total))
        if not len(rows):
            continue
        place = pd.Series(-total[rows]).rank(method="min").to_numpy()
        # Where the middle of a firm's place falls; 1e-9 for rounding, to the firm's good.
        ends = np.cumsum(list(shares.values())) + 1e-9
        at = np.searchsorted(ends, (place - 0.5) / len(rows), side="left")
        at = at.clip(max=len(shares) - 1)
        found[rows] = np.array(list(shares), dtype=object)[at]
    return pd.Series(found, index=sizes.index, name="grade", dtype=object)


def _tuples(count: int) -> NDArray[np.object_]:
    cells = np.empty(count, dtype=object)
    cells.fill(())
    return cells


def _note(cells: NDArray[np.object_], rows: NDArray[np.intp], key: str) -> None:
    """Append a key to the tuples of some rows."""
    for row in rows:
        cells[row] = (*cells[row], key)

"""The per-mu evaluation of a county: firms' land from their parcels, scores, grades, totals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.allocation import FIGURES, Allocation, allocate, per_mu
from analysis.errors import AnalysisError, require
from analysis.evaluation import evaluate, no_cuts, no_weights
from data import schema
from data.evaluation_rules import LAND, EvaluationRules, GradeScheme, ScoreScheme

UNGRADED = "-"
"""Stands for firms without a grade, and for those whose size is unknown, in counts."""

_TOLD = ("firm_name", "firm_size", "town", "evaluation_year")


class FirmTwiceError(AnalysisError):
    """A credit code stands on several rows of the firms' table."""

    zh = "企业表中统一社会信用代码重复：{codes}。每家企业只能有一行，请合并后重新导入。"
    en = (
        "Credit codes occur twice in the table of firms: {codes}. Each firm has one row; "
        "merge them and import again."
    )


class UnknownSchemeError(AnalysisError):
    """A scheme that the file of schemes does not have."""

    zh = "没有评价方案“{found}”。可用的方案：{known}。"
    en = "There is no scheme “{found}”. Choose one of {known}."


@dataclass(frozen=True)
class FirmEvaluation:
    """Every firm with its score and grade, and how its figures lie on parcels.

    Attributes
    ----------
    firms : DataFrame
        By ``owner_uscc``, best score first, without score last: ``firm_name``, ``firm_size``,
        ``town``, ``evaluation_year``, the figures, ``land_m2``, ``parcels`` (number held),
        ``recorded_grade`` (grades of the parcels it owns, joined by ``/``; None where there is
        none) and the columns of `analysis.evaluation.evaluate`.
    parcels : DataFrame
        By ``parcel_id``, parcels that a firm holds: ``firms`` (number), each figure,
        ``<figure>_unknown`` and ``tax_wan_per_mu``.
    issues : DataFrame
        Of the allocation, with ``field``; besides ``code_missing`` (``value`` rows of firms
        without credit code) and ``field_absent`` (a column the table of firms does not have).
    totals : DataFrame
        By figure: ``firms`` = ``parcels`` + ``unallocated``, and ``unknown``, the number of firms
        whose figure is unknown.
    allocation : Allocation
        Who has which part of which parcel.
    """

    firms: pd.DataFrame
    parcels: pd.DataFrame
    issues: pd.DataFrame
    totals: pd.DataFrame
    score: ScoreScheme
    grade: GradeScheme
    allocation: Allocation


def choose_schemes(
    rules: EvaluationRules, score: str | None = None, grade: str | None = None
) -> tuple[ScoreScheme, GradeScheme]:
    """Return the schemes named; the county's own where it is filled in, else an example.

    Raises
    ------
    UnknownSchemeError
        If there is no scheme of that name.

    Examples
    --------
    >>> from data.evaluation_rules import load_evaluation_rules
    >>> [scheme.id for scheme in choose_schemes(load_evaluation_rules())]
    ['huangyan_2022', 'wenling']
    """
    for found, known in ((score, rules.scores), (grade, rules.grades)):
        if found is not None and found not in known:
            raise UnknownSchemeError(found=found, known="、".join(known))
    scores = [s for s in rules.scores.values() if any(s.indicators.values())]
    grades = [g for g in rules.grades.values() if g.shares]
    first_score = min(scores or rules.scores.values(), key=lambda scheme: scheme.example)
    first_grade = min(grades or rules.grades.values(), key=lambda scheme: scheme.example)
    return (
        first_score if score is None else rules.scores[score],
        first_grade if grade is None else rules.grades[grade],
    )


def evaluate_firms(
    firms: pd.DataFrame,
    holdings: pd.DataFrame,
    parcels: pd.DataFrame,
    *,
    score: ScoreScheme,
    grade: GradeScheme,
    area: str = "geometry_area_m2",
) -> FirmEvaluation:
    """Give each firm its land, score and grade, and each parcel its firms' figures.

    Parameters
    ----------
    firms : DataFrame
        ``owner_uscc`` and what is known of ``firm_size`` and the figures; a figure without column
        is unknown for every firm.
    holdings : DataFrame
        ``owner_uscc``, ``parcel_id`` and, where known, ``area_share`` and ``figure_share``.
    parcels : DataFrame
        Indexed by ``parcel_id`` with ``area`` in m²; ``owner_uscc`` and ``evaluation_grade``
        where the grades on record are wanted.

    Raises
    ------
    SchemeEmptyError
        If a scheme is not filled in.
    FirmTwiceError, BadShareError, MissingFieldError
        If the tables cannot be used.
    """
    if not any(score.indicators.values()):
        raise no_weights(score)
    if not grade.shares:
        raise no_cuts(grade)
    rows, noted = _prepared(firms, score)
    given = holdings if "area_share" in holdings else holdings.assign(area_share=np.nan)
    spread = allocate(rows, parcels, given, area=area)
    table = rows.set_index("owner_uscc")
    table[[LAND, "parcels"]] = spread.by_firm[[LAND, "parcels"]]
    table["recorded_grade"] = _recorded(parcels, table.index)
    table = table.join(evaluate(table, score=score, grade=grade))
    order = np.lexsort((table.index.to_numpy(str), -table["score"].fillna(-np.inf).to_numpy()))
    return FirmEvaluation(
        firms=table.iloc[order],
        parcels=_on_parcels(spread, parcels, area),
        issues=_joined([spread.issues, noted]),
        totals=_totals(rows, spread),
        score=score,
        grade=grade,
        allocation=spread,
    )


def grade_counts(firms: pd.DataFrame) -> pd.DataFrame:
    """Return the number of firms by size class (rows) and grade (columns).

    Parameters
    ----------
    firms : DataFrame
        ``firm_size`` and ``grade``, None where unknown.

    Returns
    -------
    DataFrame
        Every size class and every grade, each followed by ``UNGRADED``.

    Examples
    --------
    >>> rows = pd.DataFrame({"firm_size": ["above", "above", None], "grade": ["A", None, None]})
    >>> grade_counts(rows).loc["above"].to_dict()
    {'A': 1, 'B': 0, 'C': 0, 'D': 0, '-': 1}
    """
    sizes = [*schema.enum_codes("firm_size"), UNGRADED]
    grades = [*schema.enum_codes("evaluation_grade"), UNGRADED]
    size, grade = (
        firms[name].astype(object).where(firms[name].notna(), UNGRADED)
        for name in ("firm_size", "grade")
    )
    counts = pd.crosstab(size.to_numpy(), grade.to_numpy())
    return counts.reindex(index=sizes, columns=grades, fill_value=0)


def _prepared(firms: pd.DataFrame, score: ScoreScheme) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the firms with every column that is asked for, and what was lacking."""
    require(firms, "owner_uscc", what="企业表")
    coded = firms[firms["owner_uscc"].notna()]
    twice = coded["owner_uscc"][coded["owner_uscc"].duplicated()].unique()[:5]
    if len(twice):
        raise FirmTwiceError(codes="、".join(map(str, twice)))
    sizes = {str(s) for s in coded["firm_size"].dropna()} if "firm_size" in coded else set()
    items = [item for size in sorted(sizes) for item in score.indicators.get(size, ())]
    asked = {field for item in items for field in (item.above, item.below)} - {LAND}
    numbers = [*FIGURES, *sorted(asked - set(FIGURES))]
    rows = coded.reindex(columns=["owner_uscc", *_TOLD, *numbers]).reset_index(drop=True)
    for name in numbers:
        rows[name] = pd.to_numeric(rows[name]).astype(float)
    rows["firm_size"] = rows["firm_size"].astype(object).where(rows["firm_size"].notna(), None)
    absent = [name for name in ("firm_size", *numbers) if name not in coded]
    blank = [float(len(firms) - len(coded))] if len(coded) < len(firms) else []
    noted = pd.DataFrame(
        {
            "kind": ["code_missing"] * len(blank) + ["field_absent"] * len(absent),
            "field": ["owner_uscc"] * len(blank) + absent,
            "value": [*blank, *([np.nan] * len(absent))],
        }
    )
    return rows, noted


def _recorded(parcels: pd.DataFrame, codes: pd.Index) -> pd.Series:
    found = pd.Series(np.full(len(codes), None, dtype=object), index=codes)
    if not {"owner_uscc", "evaluation_grade"} <= set(parcels):
        return found
    told = pd.DataFrame(parcels[["owner_uscc", "evaluation_grade"]]).dropna()
    told = told[told["owner_uscc"].isin(codes)].drop_duplicates()
    told = told.sort_values(["owner_uscc", "evaluation_grade"])
    joined = told.groupby("owner_uscc")["evaluation_grade"].agg("/".join)
    found.loc[joined.index] = joined.to_numpy(dtype=object)
    return found


def _on_parcels(spread: Allocation, parcels: pd.DataFrame, area: str) -> pd.DataFrame:
    held = spread.shares.groupby("parcel_id").size()
    table = spread.by_parcel.reindex(held.index)
    table.insert(0, "firms", held)
    table["tax_wan_per_mu"] = per_mu(spread, parcels, "tax_wan", area=area).reindex(held.index)
    return table.rename_axis("parcel_id")


def _totals(firms: pd.DataFrame, spread: Allocation) -> pd.DataFrame:
    figures = list(FIGURES)
    return pd.DataFrame(
        {
            "firms": firms[figures].sum(),
            "parcels": spread.by_parcel[figures].sum(),
            "unallocated": spread.unallocated[figures].sum(),
            "unknown": firms[figures].isna().sum(),
        }
    ).rename_axis("figure")


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    names = ["kind", "owner_uscc", "parcel_id", "field", "value"]
    filled = [table.reindex(columns=names).astype(object) for table in tables if len(table)]
    if not filled:
        return pd.DataFrame(columns=names)
    return pd.concat(filled, ignore_index=True)

"""Weights of criteria: entered, or from comparing pairs (AHP) with a check of consistency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.errors import AnalysisError
from gis.errors import Words

ROUNDED = 0.05
"""How far from 1 the product of two reciprocals may be (log): 1/8 is often written 0.13."""


class BadWeightsError(AnalysisError):
    """Weights that are negative, no numbers, of no criterion, or all zero."""

    zh = "权重不可用：{faults}。每个权重应是不小于 0 的数，且不能全为 0；可用的指标：{known}。"
    en = "The weights cannot be used: {faults}. Numbers >= 0, not all 0; criteria: {known}."


class BadPairsError(AnalysisError):
    """A matrix of comparisons that is not square, not positive or not reciprocal."""

    zh = "判断矩阵不可用：{faults}。矩阵应为方阵、全为正数、对角线为 1，且互为倒数。"
    en = (
        "The matrix of comparisons cannot be used: {faults}. "
        "It is square, positive, 1 on the diagonal, and reciprocal."
    )


class InconsistentPairsError(AnalysisError):
    """Comparisons that contradict one another too much."""

    zh = (
        "判断矩阵的一致性比率 CR = {cr:.3f}，应小于 {most:g}。矛盾最大的三个指标：{one}、{two}、"
        "{three}（{one}比{two}为 {ab:.3g}，{two}比{three}为 {bc:.3g}，推得{one}比{three}应约为 "
        "{implied:.3g}，实填 {ac:.3g}）。请先复核这三个比较。"
    )
    en = (
        "The comparisons have a consistency ratio CR = {cr:.3f}; it must be below {most:g}. They "
        "contradict most between {one}, {two} and {three}: {one} to {two} is {ab:.3g}, {two} to "
        "{three} is {bc:.3g}, so {one} to {three} would be about {implied:.3g}, yet {ac:.3g} was "
        "given. Look at these three again."
    )


def direct(
    weights: Mapping[str, float], keys: Sequence[str], names: Mapping[str, Words] | None = None
) -> pd.Series:
    """Return entered weights as shares that sum to 1.

    Parameters
    ----------
    weights : mapping
        By criterion, in any unit; criteria that are not named weigh 0.
    keys : sequence of str
        The criteria.
    names : mapping, optional
        What a refusal calls them; their keys otherwise.

    Raises
    ------
    BadWeightsError
        Naming every fault.

    Examples
    --------
    >>> direct({"slope": 1, "cost": 3}, ["cost", "slope", "port"]).tolist()
    [0.75, 0.25, 0.0]
    """
    faults: list[Words] = []
    for key, weight in weights.items():
        name = _named(key, names)
        if key not in keys:
            faults.append(Words(f"没有指标“{key}”", f"no criterion “{key}”"))
        elif isinstance(weight, bool) or not isinstance(weight, int | float | np.number):
            faults.append(Words(f"“{name}”不是数", f"“{name.en}” is no number"))
        elif np.isnan(weight):
            faults.append(Words(f"“{name}”没有数", f"“{name.en}” has no number"))
        elif not np.isfinite(weight) or weight < 0:
            faults.append(Words(f"“{name}”为 {weight:g}", f"“{name.en}” is {weight:g}"))
    if not faults and not sum(weights.values()) > 0:
        faults.append(Words("合计为 0", "they sum to 0"))
    if faults:
        known = [_named(key, names) for key in keys]
        raise BadWeightsError(
            faults=Words("、".join(faults), ", ".join(fault.en for fault in faults)),
            known=Words("、".join(known), ", ".join(name.en for name in known)),
        )
    found = pd.Series({key: float(weights.get(key, 0.0)) for key in keys}, name="weight")
    return found / found.sum()


@dataclass(frozen=True, eq=False)
class Ahp:
    """Weights from compared pairs.

    Attributes
    ----------
    weights : Series
        The principal eigenvector, summing to 1.
    lambda_max, ci, cr : float
        Largest eigenvalue, consistency index, and its ratio to the random index (0 for two).
    triple : tuple of str
        The three that contradict one another most; empty for fewer than three.
    compared : tuple of float
        First to second, second to third, and first to third of the triple, as given.
    """

    weights: pd.Series
    lambda_max: float
    ci: float
    cr: float
    triple: tuple[str, ...]
    compared: tuple[float, ...]


def ahp(
    pairs: pd.DataFrame,
    *,
    random_index: Sequence[float],
    names: Mapping[str, Words] | None = None,
) -> Ahp:
    r"""Return the weights of compared pairs, and how consistent the comparisons are.

    .. math:: A w = \lambda_{max} w, \quad CI = (\lambda_{max} - n) / (n - 1), \quad CR = CI / RI_n

    Parameters
    ----------
    pairs : DataFrame
        Square, the same keys in index and columns; the cell says how many times the row matters
        as much as the column.
    random_index : sequence of float
        Saaty's RI for 1, 2, … things.
    names : mapping, optional
        What a refusal calls the things; their keys otherwise.

    Raises
    ------
    BadPairsError
        If the matrix is not square, positive and reciprocal, or larger than the random index.

    Examples
    --------
    >>> names = ["cost", "slope"]
    >>> found = ahp(pd.DataFrame([[1, 3], [1 / 3, 1]], names, names), random_index=[0, 0, 0.58])
    >>> found.weights.round(6).tolist(), found.cr
    ([0.75, 0.25], 0.0)
    """
    _check_pairs(pairs, most=len(random_index), said=names)
    matrix = pairs.to_numpy(dtype=float)
    count = len(matrix)
    values, vectors = np.linalg.eig(matrix)
    first = int(np.argmax(values.real))
    vector = np.abs(vectors[:, first].real)
    largest = float(values[first].real)
    index = max(largest - count, 0.0) / (count - 1) if count > 1 else 0.0
    ratio = index / random_index[count - 1] if random_index[count - 1] > 0 else 0.0
    triple = _worst(matrix)
    a, b, c = triple or (0, 0, 0)
    keys = [str(key) for key in pairs.index]
    return Ahp(
        weights=pd.Series(vector / vector.sum(), index=pairs.index, name="weight"),
        lambda_max=largest,
        ci=index,
        cr=ratio,
        triple=tuple(keys[k] for k in triple),
        compared=(matrix[a, b], matrix[b, c], matrix[a, c]) if triple else (),
    )


def require_consistent(found: Ahp, *, most: float, names: Mapping[str, Words] | None = None) -> Ahp:
    """Return the answer if its ratio is below ``most``; else name the worst triple by ``names``.

    Raises
    ------
    InconsistentPairsError
    """
    if found.cr < most:
        return found
    one, two, three = (_named(key, names) for key in found.triple)
    ab, bc, ac = found.compared
    raise InconsistentPairsError(
        cr=found.cr, most=most, one=one, two=two, three=three,
        ab=ab, bc=bc, ac=ac, implied=ab * bc,
    )  # fmt: skip


def _named(key: str, names: Mapping[str, Words] | None) -> Words:
    return Words(key) if names is None else names.get(key, Words(key))


def _check_pairs(pairs: pd.DataFrame, *, most: int, said: Mapping[str, Words] | None) -> None:
    names = [str(name) for name in pairs.index]
    faults: list[Words] = []
    if names != [str(name) for name in pairs.columns] or len(set(names)) != len(names) or not names:
        faults.append(Words("行与列不一致", "rows and columns differ"))
    elif len(names) > most:
        faults.append(Words(f"{len(names)} 个，多于 {most} 个", f"{len(names)}, more than {most}"))
    else:
        faults = _pair_faults(pairs, [_named(name, said) for name in names])
    if faults:
        shown = faults[:5]
        raise BadPairsError(faults=Words("；".join(shown), "; ".join(f.en for f in shown)))


def _pair_faults(pairs: pd.DataFrame, names: Sequence[Words]) -> list[Words]:
    """Name comparisons that are not positive, or if all are, those that are not reciprocal."""
    matrix = pairs.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    good = np.isfinite(matrix) & (matrix > 0)
    if not good.all():
        wrong = zip(*np.nonzero(~good), strict=True)
        return [_bad_pair(names[a], names[b], matrix[a, b]) for a, b in wrong]
    every = [(k, k) for k in range(len(names))] + [*combinations(range(len(names)), 2)]
    faults = []
    for a, b in every:
        if abs(np.log(matrix[a, b] * matrix[b, a])) > ROUNDED:
            one = _pair(names[a], names[b], f"= {matrix[a, b]:.4g} × ")
            other = _pair(names[b], names[a], f"= {matrix[b, a]:.4g} ≠ 1")
            faults.append(Words(f"{one}{other}", f"{one.en}{other.en}"))
    return faults


def _bad_pair(one: Words, other: Words, value: float) -> Words:
    if np.isnan(value):
        return Words(f"{one} : {other} 没有数", f"{one.en} : {other.en} has no number")
    return _pair(one, other, f"= {value:g}")


def _pair(one: Words, other: Words, told: str) -> Words:
    return Words(f"{one} : {other} {told}", f"{one.en} : {other.en} {told}")


def _worst(matrix: np.ndarray) -> tuple[int, ...]:
    """Return the triple whose third comparison is furthest from what the other two imply."""
    best: tuple[int, ...] = ()
    most = -1.0
    for a, b, c in combinations(range(len(matrix)), 3):
        gap = abs(float(np.log(matrix[a, b] * matrix[b, c] / matrix[a, c])))
        if gap > most + 1e-9:
            best, most = (a, b, c), gap
    return best

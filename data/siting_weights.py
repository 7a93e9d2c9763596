"""Weights of siting from a file: a list of criteria, or a matrix of comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from data.errors import DataError
from data.siting_criteria import Criterion
from gis.io import read_table


class WeightsFileError(DataError):
    """A file that is neither a list of weights nor a matrix of comparisons."""

    zh = (
        "权重文件 {file} 无法识别：{found}。应为两列（指标、权重），"
        "或首列与表头都是指标的判断矩阵；指标可用代码或名称。"
    )
    en = (
        "The file of weights {file} is not understood: {found}. Give two columns (criterion, "
        "weight), or a matrix with the criteria in its first column and its headings."
    )


def read_weights(
    path: Path | str, criteria: Sequence[Criterion]
) -> tuple[dict[str, float], pd.DataFrame | None]:
    """Read weights, or a matrix of comparisons, under the keys of the criteria.

    Parameters
    ----------
    path : Path or str
        CSV or workbook.
    criteria : sequence of Criterion
        Told by key or by label, in either language.

    Returns
    -------
    dict of str to float
        Weights as written; empty for a matrix.
    DataFrame or None
        The matrix, criteria in index and columns; not checked here.

    Raises
    ------
    WeightsFileError, GisError
    """
    path = Path(path)
    table = read_table(path)
    keys = keys_by_name(criteria)
    if len(table.columns) < 2 or table.empty:
        raise WeightsFileError(file=path.name, found=f"{len(table)} × {len(table.columns)}")
    names = [keys.get(str(name).strip(), str(name).strip()) for name in table.iloc[:, 0]]
    heads = [keys.get(str(name).strip(), str(name).strip()) for name in table.columns[1:]]
    cells = table.iloc[:, 1:].apply(lambda column: column.map(_number))
    if sorted(heads) == sorted(names) and len(names) > 1:
        matrix = pd.DataFrame(cells.to_numpy(dtype=float), index=names, columns=heads)
        unknown = [name for name in names if name not in set(keys.values())]
        if unknown:
            raise WeightsFileError(file=path.name, found="、".join(unknown))
        return {}, matrix[names]
    if len(heads) != 1 or len(set(names)) != len(names):
        raise WeightsFileError(file=path.name, found="、".join([*heads, *names][:8]))
    return dict(zip(names, cells.iloc[:, 0].astype(float).tolist(), strict=True)), None


def keys_by_name(criteria: Sequence[Criterion]) -> dict[str, str]:
    """Return the key of a criterion by whatever it may be called.

    Examples
    --------
    >>> from data.siting_criteria import load_siting_criteria
    >>> names = keys_by_name(load_siting_criteria().criteria)
    >>> names["坡度"], names["Slope"], names["slope_pct"]
    ('slope_pct', 'slope_pct', 'slope_pct')
    """
    return {name: one.key for one in criteria for name in (one.key, one.label_zh, one.label_en)}


def _number(cell: object) -> float:
    """Return what a cell says; comparisons may be written as 1/3. NaN where it is no number."""
    text = str(cell).strip()
    above, stroke, below = text.partition("/")
    try:
        return float(above) / float(below) if stroke else float(text)
    except (ValueError, ZeroDivisionError):
        return float("nan")

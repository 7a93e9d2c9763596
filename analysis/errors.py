"""Refusals of the measures: each says what was found, where, and how to mend it."""

from __future__ import annotations

import pandas as pd

from gis.errors import UserError


class AnalysisError(UserError):
    """A frame, query or rule that a measure cannot work with."""


class MissingFieldError(AnalysisError):
    """A measure needs columns that the frame does not have."""

    zh = "{what}缺少字段 {fields}。请在读取时带上，或检查导入时的字段对应。"
    en = "{what} lacks the fields {fields}. Read them along, or check the column mapping."


class DuplicateParcelError(AnalysisError):
    """The index of a parcel frame is not unique."""

    zh = "宗地编号重复：{ids}。每个编号只能有一行，请先合并或更正。"
    en = "Parcel ids occur twice: {ids}. Each id may have one row only: merge or correct them."


class UnknownStageError(AnalysisError):
    """Events name a stage that the rules do not know."""

    zh = "阶段记录中有规则里没有的阶段 {stages}。可用的阶段：{known}。"
    en = "Events name stages that the rules do not have: {stages}. Known stages: {known}."


class BadShapeError(AnalysisError):
    """The shape of a query is not a polygon that can be read."""

    zh = "圈选范围无法识别（{found}）。请给出一个有面积的 WKT 多边形，坐标为经纬度（EPSG:4490）。"
    en = "The drawn shape cannot be read ({found}). Give a WKT polygon in longitude, latitude."


class NoGeometryError(AnalysisError):
    """A drawn shape is asked of parcels that have no geometry in longitude, latitude."""

    zh = "宗地没有经纬度几何，无法按所画范围筛选。请读取带几何的宗地（EPSG:4490）。"
    en = "The parcels have no geometry in degrees. Read them with geometry (EPSG:4490)."


class BadConditionError(AnalysisError):
    """A filter expression of the command line holds conditions that cannot be understood."""

    zh = "筛选条件有误：{faults}。写法示例：town=塘下镇&class=underused&far_max=1"
    en = "The filter has faults: {faults}. Example: town=塘下镇&class=underused&far_max=1"


class UnknownPlaceError(AnalysisError):
    """A filter names towns or parks that are not there."""

    zh = "筛选条件中的名称不存在：{faults}。请改正名称后重试。"
    en = "The filter names what is not there: {faults}. Mend the name and retry."


class BadRangeError(AnalysisError):
    """A lower bound above its upper bound, a negative or an infinite bound."""

    zh = "{what}的范围有误：{found}。下限和上限应为不小于 0 的数，且下限不大于上限。"
    en = "The range of {what} is wrong: {found}. Bounds are numbers >= 0, the lower one first."


def require(frame: pd.DataFrame, *columns: str, what: str = "表") -> None:
    """Refuse a frame that lacks any of ``columns``, naming all that are missing at once.

    Parameters
    ----------
    frame : DataFrame
        Any frame; only its column names are looked at.
    *columns : str
        The columns a measure needs.
    what : str
        The name of the frame in the sentence.

    Raises
    ------
    MissingFieldError
        If at least one column is absent.

    Examples
    --------
    >>> require(pd.DataFrame({"far": [1.2]}), "far")
    >>> require(pd.DataFrame({"far": [1.2]}), "far", "town", what="宗地表")
    Traceback (most recent call last):
        ...
    analysis.errors.MissingFieldError: 宗地表缺少字段 town。请在读取时带上，或检查导入时的字段对应。
    """
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise MissingFieldError(what=what, fields="、".join(missing))


def require_unique(frame: pd.DataFrame) -> None:
    """Refuse a parcel frame whose index holds an id twice.

    Raises
    ------
    DuplicateParcelError
        Naming up to five of the ids.

    Examples
    --------
    >>> require_unique(pd.DataFrame(index=["P1", "P2"]))
    """
    if not frame.index.is_unique:
        twice = frame.index[frame.index.duplicated()].unique()[:5]
        raise DuplicateParcelError(ids="、".join(map(str, twice)))

"""The filter bar as one value: which parcels are meant, as a link, as a mask and in words."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import shapely

from analysis.errors import BadConditionError, BadRangeError, BadShapeError, require
from analysis.query_where import split_where, with_hint
from analysis.query_words import LISTS, UNKNOWN, describe
from analysis.shape import canonical_shape, inside
from data import schema
from gis.area import to_m2
from gis.errors import Words

_NUMBERS = {
    "far_min": "far_min",
    "far_max": "far_max",
    "area_min_mu": "mu_min",
    "area_max_mu": "mu_max",
}
_LARGEST = 1e9
"""No bound of a plot ratio or an area in 亩 is larger; a page cannot show every number."""

_RANGES = {"far": ("far_min", "far_max"), "area": ("area_min_mu", "area_max_mu")}
_TEXT_COLUMNS = (
    "parcel_name",
    "owner",
    "land_user",
    "town",
    "village",
    "park",
    "renewal_block",
    "owner_uscc",
)
LINK_KEYS = (*(key for key, _, _ in LISTS.values()), *_NUMBERS.values(), "q", "overdue", "shape")
"""Every key that a link or ``--where`` may carry for a query."""


@dataclass(frozen=True)
class ParcelQuery:
    """Which parcels are meant. Two queries are equal when they mean the same lists and bounds.

    Lists are kept sorted and without repetition; an empty list, None or ``""`` asks nothing.
    All conditions must hold; within a list one of the values suffices.

    Attributes
    ----------
    towns, parks, classes, stages, modes, grades : tuple of str
        Names (towns, parks) or codes. ``"-"`` stands for unknown, for parks for outside parks.
    far_min, far_max : float or None
        Bounds of the plot ratio: ``far_min <= far < far_max``, the way its classes are cut.
    area_min_mu, area_max_mu : float or None
        Bounds of the measured area in 亩, both included.
    text : str
        Words that must all occur in the parcel's id, name, owner, user, credit code, village,
        town, park or renewal block; case does not matter.
    overdue : bool
        Only parcels whose planned month has passed.
    shape : str or None
        WKT polygon in longitude, latitude (EPSG:4490). A parcel belongs to it when a point inside
        the parcel (its representative point) lies in the shape: who draws around a street means
        the parcels of that street, and a neighbour that is merely touched is not in the list.
    faults : tuple of str
        What :meth:`from_params` could not understand; never part of equality.

    Examples
    --------
    >>> query = ParcelQuery(towns=("塘下镇",), classes=("underused",), far_max=1.0)
    >>> query.to_params()
    {'town': '塘下镇', 'class': 'underused', 'far_max': '1'}
    >>> ParcelQuery.from_params(query.to_params()) == query
    True
    """

    towns: tuple[str, ...] = ()
    parks: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    far_min: float | None = None
    far_max: float | None = None
    area_min_mu: float | None = None
    area_max_mu: float | None = None
    text: str = ""
    overdue: bool = False
    shape: str | None = None
    faults: tuple[str, ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        for name in LISTS:
            values = {str(value).strip() for value in getattr(self, name)} - {""}
            object.__setattr__(self, name, tuple(sorted(values)))
        for name in _NUMBERS:
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else _bound(name, value))
        for what, (low, high) in _RANGES.items():
            _check_range(what, getattr(self, low), getattr(self, high))
        object.__setattr__(self, "text", " ".join(self.text.split()))
        object.__setattr__(self, "overdue", bool(self.overdue))
        object.__setattr__(self, "shape", canonical_shape(self.shape))

    @property
    def is_empty(self) -> bool:
        """Whether the query asks nothing, so that every parcel is meant."""
        return self == ParcelQuery()

    def mask(self, frame: pd.DataFrame) -> pd.Series:
        """Return which rows of ``frame`` are meant.

        Parameters
        ----------
        frame : DataFrame
            A desk frame (see :func:`analysis.desk.desk_frame`); only the columns that the query
            asks about are needed. A shape needs the geometry, in EPSG:4490.

        Returns
        -------
        Series
            ``selected``, boolean, on the index of ``frame``. A parcel whose value is unknown
            fulfils no bound and no list without ``"-"``.

        Raises
        ------
        MissingFieldError
            If a column that is asked about is absent.
        """
        selected = np.ones(len(frame), dtype=bool)
        for name, (_, column, _) in LISTS.items():
            if getattr(self, name):
                require(frame, column, what="宗地表")
                selected &= _in_list(frame[column], getattr(self, name))
        if self.far_min is not None or self.far_max is not None:
            selected &= self._far_mask(frame)
        if self.area_min_mu is not None or self.area_max_mu is not None:
            selected &= self._area_mask(frame)
        if self.overdue:
            require(frame, "overdue", what="宗地表")
            selected &= frame["overdue"].fillna(False).to_numpy(dtype=bool)
        if self.text:
            selected &= _text_mask(frame, self.text.split())
        if self._polygon is not None:
            selected &= inside(frame, self._polygon)
        return pd.Series(selected, index=frame.index, name="selected")

    def _far_mask(self, frame: pd.DataFrame) -> np.ndarray:
        require(frame, "far", what="宗地表")
        far = frame["far"].to_numpy(dtype=float, na_value=np.nan)
        selected = ~np.isnan(far)
        if self.far_min is not None:
            selected &= far >= self.far_min
        if self.far_max is not None:
            selected &= far < self.far_max
        return selected

    def _area_mask(self, frame: pd.DataFrame) -> np.ndarray:
        require(frame, "geometry_area_m2", what="宗地表")
        area = frame["geometry_area_m2"].to_numpy(dtype=float, na_value=np.nan)
        selected = ~np.isnan(area)
        if self.area_min_mu is not None:
            selected &= area >= to_m2(self.area_min_mu) * (1 - 1e-12)
        if self.area_max_mu is not None:
            selected &= area <= to_m2(self.area_max_mu) * (1 + 1e-12)
        return selected

    @cached_property
    def _polygon(self) -> shapely.Geometry | None:
        return None if self.shape is None else shapely.from_wkt(self.shape)

    def to_params(self) -> dict[str, str]:
        r"""Return the query as the parameters of a link; what asks nothing is left out.

        Returns
        -------
        dict
            Keys of ``LINK_KEYS``. Lists are joined by commas (a comma within a name is written
            ``\,``, a backslash ``\\``), numbers without needless zeros.
        """
        params: dict[str, str] = {}
        for name, (key, _, _) in LISTS.items():
            if values := getattr(self, name):
                params[key] = ",".join(re.sub(r"([\\,])", r"\\\1", value) for value in values)
        for name, key in _NUMBERS.items():
            if (value := getattr(self, name)) is not None:
                params[key] = repr(value).removesuffix(".0")
        if self.text:
            params["q"] = self.text
        if self.overdue:
            params["overdue"] = "1"
        if self.shape is not None:
            params["shape"] = self.shape
        return params

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ParcelQuery:
        """Read a query from the parameters of a link.

        Parameters
        ----------
        params : mapping
            Any parameters; keys outside ``LINK_KEYS`` belong to somebody else and are skipped.

        Returns
        -------
        ParcelQuery
            Values that cannot be understood ask nothing and are named in ``faults``.

        Examples
        --------
        >>> query = ParcelQuery.from_params({"class": "underused,nonsense", "far_min": "two"})
        >>> query.classes, query.far_min, query.faults
        (('underused',), None, ('class=nonsense', 'far_min=two'))
        """
        found: dict[str, Any] = {}
        faults: list[str] = []
        for name, (key, _, enum) in LISTS.items():
            values = _split(str(params.get(key, "")))
            allowed = None if enum is None else {*schema.enum_codes(enum), UNKNOWN}
            found[name] = tuple(v for v in values if allowed is None or v in allowed)
            faults += [f"{key}={v}" for v in values if allowed is not None and v not in allowed]
        for name, key in _NUMBERS.items():
            if raw := str(params.get(key, "")).strip():
                try:
                    found[name] = _bound(name, raw)
                except BadRangeError:
                    faults.append(f"{key}={raw}")
        for low, high in _RANGES.values():
            if (found.get(low) or 0.0) > (math.inf if found.get(high) is None else found[high]):
                faults.append(
                    f"{_NUMBERS[low]}={found.pop(low)} > {_NUMBERS[high]}={found.pop(high)}"
                )
        found["text"] = str(params.get("q", ""))
        found["overdue"] = _flag(params, "overdue", faults)
        try:
            found["shape"] = canonical_shape(str(params.get("shape", "")).strip() or None)
        except BadShapeError:
            faults.append(f"shape={str(params['shape'])[:40]}")
        return cls(**found, faults=tuple(faults))

    @classmethod
    def from_where(cls, where: str) -> ParcelQuery:
        """Read a query from the text of a link, as the command line takes it, or refuse it.

        A list may come several times: ``town=A&town=B`` means the same as ``town=A,B``.

        Raises
        ------
        BadConditionError
            If a key is not of ``LINK_KEYS`` or a value cannot be understood.

        Examples
        --------
        >>> ParcelQuery.from_where("town=塘下镇&far_max=1").towns
        ('塘下镇',)
        """
        params, loose = split_where(where)
        query = cls.from_params(params)
        strange = [f"{key}={value}" for key, value in params.items() if key not in LINK_KEYS]
        if found := [*strange, *loose, *query.faults]:
            faults = [with_hint(fault) for fault in dict.fromkeys(found)]
            told = Words("、".join(faults), ", ".join(fault.en for fault in faults))
            raise BadConditionError(faults=told)
        return query

    def to_where(self) -> str:
        """Return the query as the text of a link, the opposite of :meth:`from_where`."""
        return urlencode(self.to_params())

    def without(self, *names: str) -> ParcelQuery:
        """Return the query with the attributes named set back to asking nothing."""
        empty: dict[str, Any] = {f.name: f.default for f in fields(self) if f.name in names}
        return replace(self, **empty)

    def describe(self, lang: str = "zh") -> str:
        """Return the query in words, for headings and for the sheet that goes with a list.

        Examples
        --------
        >>> ParcelQuery(towns=("塘下镇",), far_max=1.0).describe()
        '乡镇街道：塘下镇；实际容积率：低于 1'
        >>> ParcelQuery().describe("en")
        'All parcels'
        """
        return describe(self, lang)


def _bound(name: str, value: Any) -> float:
    """Return a bound as a float from 0 to ``_LARGEST``, or refuse it."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= _LARGEST:
        raise BadRangeError(what=name, found=value)
    return number + 0.0  # -0.0 becomes 0.0


def _check_range(what: str, low: float | None, high: float | None) -> None:
    if low is not None and high is not None and low > high:
        raise BadRangeError(what=what, found=f"{low:g} > {high:g}")


def _split(joined: str) -> list[str]:
    """Split at commas that no backslash guards; blanks around and empty parts are dropped."""
    parts = re.findall(r"(?:[^\\,]|\\.|\\$)+", joined, flags=re.DOTALL)
    plain = (re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL).strip() for part in parts)
    return [part for part in plain if part]


def _flag(params: Mapping[str, Any], key: str, faults: list[str]) -> bool:
    raw = str(params.get(key, "")).strip().lower()
    if raw in ("1", "true", "yes", "是"):
        return True
    if raw not in ("", "0", "false", "no", "否"):
        faults.append(f"{key}={raw}")
    return False


def _in_list(values: pd.Series, wanted: tuple[str, ...]) -> np.ndarray:
    selected = values.isin([value for value in wanted if value != UNKNOWN]).to_numpy(dtype=bool)
    if UNKNOWN in wanted:
        selected = selected | values.isna().to_numpy() | (values == "").fillna(False).to_numpy(bool)
    return np.asarray(selected)


def _text_mask(frame: pd.DataFrame, words: list[str]) -> np.ndarray:
    columns = [frame.index.to_series()]
    columns += [frame[name] for name in _TEXT_COLUMNS if name in frame.columns]
    selected = np.ones(len(frame), dtype=bool)
    for word in words:
        hit = np.zeros(len(frame), dtype=bool)
        for column in columns:
            found = column.astype("str").str.contains(word, case=False, regex=False, na=False)
            hit |= found.to_numpy(dtype=bool)
        selected &= hit
    return selected

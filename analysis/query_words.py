"""A query in words, with the labels of the field dictionary."""

from __future__ import annotations

from typing import Protocol

from data import schema

UNKNOWN = "-"
"""In any list: parcels whose value is unknown. For parks: parcels outside every park."""

LISTS: dict[str, tuple[str, str, str | None]] = {
    # attribute: (key in links, column, closed list of the codes allowed)
    "towns": ("town", "town", None),
    "parks": ("park", "park", None),
    "classes": ("class", "low_class", "low_class"),
    "stages": ("stage", "stage", "stage"),
    "modes": ("mode", "renewal_mode", "renewal_mode"),
    "grades": ("grade", "evaluation_grade", "evaluation_grade"),
}
"""The lists of a query: what they are called in links and which column they ask about."""


class Asked(Protocol):
    """What :func:`describe` reads of a query, beside its lists."""

    @property
    def far_min(self) -> float | None: ...  # noqa: D102
    @property
    def far_max(self) -> float | None: ...  # noqa: D102
    @property
    def area_min_mu(self) -> float | None: ...  # noqa: D102
    @property
    def area_max_mu(self) -> float | None: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def overdue(self) -> bool: ...  # noqa: D102
    @property
    def shape(self) -> str | None: ...  # noqa: D102


def describe(query: Asked, lang: str = "zh") -> str:
    """Return the query in words; what asks nothing is not mentioned.

    Parameters
    ----------
    query : ParcelQuery
        The query.
    lang : str
        ``"zh"`` or ``"en"``.

    Returns
    -------
    str
        Conditions joined by semicolons, or "全部宗地" / "All parcels".
    """
    zh = lang != "en"
    parts = [*_lists(query, lang), *_ranges(query, lang)]
    if query.text:
        parts.append(f"文字包含“{query.text}”" if zh else f"Text contains “{query.text}”")
    if query.overdue:
        parts.append("计划月份已过仍未完成" if zh else "Past the planned month")
    if query.shape is not None:
        parts.append(
            "在所画范围内（以宗地内一点为准）" if zh else "In the drawn shape (by a point inside)"
        )
    if not parts:
        return "全部宗地" if zh else "All parcels"
    return ("；" if zh else "; ").join(parts)


def _lists(query: Asked, lang: str) -> list[str]:
    parts = []
    for name, (_, column, enum) in LISTS.items():
        values = getattr(query, name)
        if enum is not None:
            codes = (*schema.enum_codes(enum), UNKNOWN)
            values = sorted(values, key=codes.index if set(values) <= set(codes) else None)
        if values:
            shown = [_value(value, column, enum, lang) for value in values]
            parts.append(_named(column, ("、" if lang != "en" else ", ").join(shown), lang))
    return parts


def _ranges(query: Asked, lang: str) -> list[str]:
    unit = " " + schema.unit_label("mu", lang)
    parts = []
    if words := _bounds(query.far_min, query.far_max, "", lang, below=True):
        parts.append(_named("far", words, lang))
    if words := _bounds(query.area_min_mu, query.area_max_mu, unit, lang, below=False):
        parts.append(_named("geometry_area_m2", words, lang))
    return parts


def _named(column: str, words: str, lang: str) -> str:
    name = schema.label(column, "en" if lang == "en" else "zh", with_unit=False)
    return f"{name}: {words}" if lang == "en" else f"{name}：{words}"


def _value(value: str, column: str, enum: str | None, lang: str) -> str:
    if value == UNKNOWN and column == "park":
        return "outside parks" if lang == "en" else "园区外"
    if value == UNKNOWN:
        return "unknown" if lang == "en" else "未知"
    if enum is None or value not in schema.enum_codes(enum):
        return value
    return schema.enum_label(enum, value, "en" if lang == "en" else "zh")


def _bounds(low: float | None, high: float | None, unit: str, lang: str, *, below: bool) -> str:
    """Return a range in words; ``below`` says that the upper bound itself is outside."""
    en = lang == "en"
    if low is None and high is None:
        return ""
    if high is None:
        return f"{low:g}{unit} or more" if en else f"{low:g}{unit}及以上"
    if below:
        end = f"below {high:g}{unit}" if en else f"低于 {high:g}{unit}"
    else:
        end = f"up to {high:g}{unit}" if en else f"不超过 {high:g}{unit}"
    if low is None:
        return end
    return f"{low:g}{unit} and {end}" if en else f"{low:g}{unit}及以上且{end}"

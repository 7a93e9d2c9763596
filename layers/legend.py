"""The legend: what each colour means, how many parcels wear it and how much land that is."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.schema import enum_label
from gis.area import to_mu
from layers.state import codes
from layers.styles import THEME_FIELD, styles

_ENUM = {
    "class": "low_class",
    "stage": "stage",
    "far": "far_class",
    "grade": "evaluation_grade",
    "far_computed": "far_class",
    "far_surveyed": "far_class",
    "far_estimated": "far_class",
    "verdict": "low_class",
}


def legend(
    frame: pd.DataFrame, *, theme: str, mask: npt.NDArray[np.bool_] | None = None, lang: str = "zh"
) -> list[dict[str, Any]]:
    """Return the legend entries of a theme with parcel count and measured area.

    Parameters
    ----------
    frame : DataFrame
        Desk frame; needs the theme's field and ``geometry_area_m2`` (m²).
    theme : str
        A key of :data:`layers.styles.THEME_FIELD`.
    mask : ndarray of bool, optional
        Count only these parcels.
    lang : str
        Language of the labels.

    Returns
    -------
    list of dict
        ``code, key, label, fill, hatch, count, area_mu, unknown_area`` in code order, the unknown
        entry last; ``unknown_area`` counts parcels whose area is not known. Entries without a
        parcel stay, so that the legend does not jump.
    """
    kept = frame if mask is None else frame[mask]
    paint = codes(kept[THEME_FIELD[theme]], theme)
    area = kept["geometry_area_m2"].to_numpy(float, na_value=np.nan)
    listed = styles(theme)
    count = np.bincount(paint, minlength=len(listed))
    total = np.bincount(paint, np.nan_to_num(area), minlength=len(listed))
    unknown = np.bincount(paint, np.isnan(area), minlength=len(listed))
    order = [*range(1, len(listed)), 0]
    return [
        {
            "code": code,
            "key": listed[code].key,
            "label": _label(theme, listed[code].key, lang),
            "fill": listed[code].fill,
            "hatch": listed[code].hatch,
            "count": int(count[code]),
            "area_mu": round(float(to_mu(total[code])), 4),
            "unknown_area": int(unknown[code]),
        }
        for code in order
    ]


def _label(theme: str, key: str, lang: str) -> str:
    if key:
        return enum_label(_ENUM[theme], key, lang)
    if theme == "stage":
        return "未入库改造" if lang == "zh" else "Not in renewal"
    return "未知" if lang == "zh" else "Unknown"

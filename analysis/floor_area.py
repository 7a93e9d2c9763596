"""Floor area of single buildings as the counting rule sees it, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from analysis.findings import Findings, Kind, frozen, row_numbers
from data.rules import Rules
from gis.crs import require_metric
from gis.validity import measurable

KINDS = frozen(
    geometry_unusable=Kind(
        "geometry", "error",
        "建筑没有可用的面图形（缺失、为空、不是面或自相交），未计入；请修正图形后重算",
        "No usable polygon (missing, empty, another kind or self-crossing): left out; mend it",
    ),
    building_duplicate=Kind(
        "geometry", "error",
        "与前面的建筑图形完全相同，只计一次；请删去重复的一条",
        "Same footprint as an earlier building: counted once; delete one of them",
    ),
    building_id_duplicate=Kind(
        "building_id", "warning",
        "建筑编号重复，两条都按图形计入；请更正编号",
        "The building ID occurs twice; both are counted by their footprints: correct the ID",
    ),
    building_outside=Kind(
        "geometry", "info",
        "不在任何宗地内，未计入任何宗地；请核对坐标系、位置或补充宗地",
        "In no parcel, so counted in none; check coordinates or add the parcel",
    ),
    storeys_not_number=Kind(
        "storeys", "error",
        "层数不是数字，按未知处理；请填写地上层数",
        "Storeys are not a number: left unknown; give the storeys above ground",
    ),
    storeys_implausible=Kind(
        "storeys", "error",
        "层数小于 1 或大得不合理（99 常为“不详”），按未知处理；请填写地上层数",
        "Storeys below 1 or too many (99 often means “not known”): left unknown; correct them",
    ),
    storeys_unknown=Kind(
        "storeys", "warning",
        "层数未知，建筑面积未计入；请补充地上层数，或用高程栅格估算",
        "Storeys unknown, floor area not counted; add them or estimate from height rasters",
    ),
    storey_height_not_number=Kind(
        "storey_height_m", "error",
        "层高不是数字，按未知处理；请以米填写",
        "Storey height is not a number: left unknown; give it in metres",
    ),
    storey_height_implausible=Kind(
        "storey_height_m", "error",
        "层高不合理（多半不是以米计，如以厘米记），按未知处理、暂按一倍计；请改为米",
        "Implausible storey height (likely not in metres): left unknown, counts once; correct it",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class CountedBuildings:
    """Buildings after the checks, row by row as they were handed in.

    Attributes
    ----------
    shapes : ndarray of geometry
        Footprints in EPSG:4549; None where the row does not count (see ``issues``, basements).
    ids : Index
        Building IDs, or row numbers from 1 where there are none.
    area_m2 : ndarray of float
        Footprint; NaN where ``shapes`` is None.
    storeys : ndarray of float
        Storeys above ground; NaN where unknown.
    factor : ndarray of float
        How often a storey counts, by its height.
    height_known, unlawful, permit_known : ndarray of bool
        Whether the storey height is known; whether there is no permit; whether that is known.
    rows : ndarray of int, optional
        Row numbers of the file they came from.
    issues : DataFrame
        As `analysis.findings`.
    """

    shapes: np.ndarray
    ids: pd.Index
    area_m2: np.ndarray
    storeys: np.ndarray
    factor: np.ndarray
    height_known: np.ndarray
    unlawful: np.ndarray
    permit_known: np.ndarray
    issues: pd.DataFrame
    rows: np.ndarray | None = None

    @property
    def counted_per_m2(self) -> np.ndarray:
        """Counted floor area over footprint; NaN where the storeys are unknown."""
        return self.storeys * self.factor


def counted_buildings(
    buildings: gpd.GeoDataFrame, *, rules: Rules, valid: bool = False
) -> CountedBuildings:
    """Check buildings and say how much of their floor area counts.

    Parameters
    ----------
    buildings : GeoDataFrame
        Footprints in EPSG:4549 with ``storeys`` (above ground). Used where present:
        ``building_id``, ``storey_height_m``, ``height_m`` (with storeys it gives the height of a
        storey where that is missing), ``permitted`` (False: unlawful), ``basement`` (True: the
        whole record lies below ground and does not count).
    rules : Rules
        Counting rule and limits of the plausible.
    valid : bool
        True where the geometry was checked before (as by the register's door): saves the check.

    Returns
    -------
    CountedBuildings
        Same order and length. What cannot be is unknown and listed, never counted.

    Raises
    ------
    CrsMissingError, NotMetricError
        If the coordinates are not metres in EPSG:4549.

    Examples
    --------
    >>> from data.rules import load_rules
    >>> frame = gpd.GeoDataFrame(
    ...     {"storeys": [1, 1, 99], "storey_height_m": [8.0, 8.1, 4.0]},
    ...     geometry=[shapely.box(20 * n, 0, 20 * n + 10, 10) for n in range(3)], crs=4549,
    ... )
    >>> found = counted_buildings(frame, rules=load_rules())
    >>> found.counted_per_m2.tolist(), found.issues["kind"].tolist()
    ([1.0, 2.0, nan], ['storeys_implausible'])
    """
    require_metric(buildings, what="建筑 buildings")
    findings = Findings("buildings", KINDS, _ids(buildings), row_numbers(buildings))
    shapes = _usable_shapes(buildings, findings, valid)
    buildings = pd.DataFrame(buildings)  # whose columns are quicker at hand
    below = _flag(buildings, "basement")[0]
    shapes[below] = None
    storeys = _storeys(buildings, rules, findings, below)
    heights = _storey_heights(buildings, storeys, rules, findings)
    permitted, known = _flag(buildings, "permitted")
    return CountedBuildings(
        shapes=shapes,
        ids=findings.ids,
        area_m2=shapely.area(shapes),
        storeys=storeys,
        factor=rules.floor_area.factor(heights),
        height_known=~np.isnan(heights),
        unlawful=known & ~permitted,
        permit_known=known,
        issues=findings.frame(),
        rows=findings.rows,
    )


def reasons(shapes: np.ndarray) -> list[str]:
    """Say of geometries that are not usable what they are.

    Examples
    --------
    >>> reasons(np.array([None, shapely.Point(0, 0)]))
    ['None', 'Point']
    """
    crossing = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    told = np.array([getattr(shape, "geom_type", "None") for shape in shapes], dtype=object)
    told[shapely.is_empty(shapes)] = "EMPTY"
    told[crossing] = shapely.is_valid_reason(shapes[crossing])
    return told.tolist()


def _ids(buildings: gpd.GeoDataFrame) -> pd.Index:
    if "building_id" in buildings:
        return pd.Index(buildings["building_id"])
    return pd.RangeIndex(1, len(buildings) + 1)


def _usable_shapes(buildings: gpd.GeoDataFrame, findings: Findings, valid: bool) -> np.ndarray:
    shapes = np.array(buildings.geometry.array, dtype=object)
    bad = ~measurable(shapes, valid=valid)
    findings.add("geometry_unusable", bad, more=reasons(shapes[bad]))
    shapes[bad] = None
    twice = _repeated(shapes)
    findings.add("building_duplicate", twice)
    shapes[twice] = None
    ids = findings.ids
    if not _distinct(ids):
        findings.add("building_id_duplicate", ids.duplicated() & ids.notna(), ids)
    return shapes


def _distinct(ids: pd.Index) -> bool:
    """Say whether no two are equal; pandas itself would make objects of Arrow's text first."""
    if isinstance(ids, pd.RangeIndex) or len(ids) < 2:
        return True
    try:
        return len(pa.array(ids.array).unique()) == len(ids)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return False  # of mixed types


def _repeated(shapes: np.ndarray) -> np.ndarray:
    """Say which footprints equal an earlier one (to 1 mm), wherever their rings begin."""
    twice = np.zeros(len(shapes), dtype=bool)
    if len(shapes) < 2:
        return twice
    again = ~shapely.is_missing(shapes)
    again &= pd.Series(_box_keys(shapes)).duplicated(keep=False).to_numpy()
    if again.any():
        at = np.flatnonzero(again)
        plain = shapely.normalize(shapely.set_precision(shapes[at], 0.001, mode="pointwise"))
        twice[at] = pd.Series(shapely.to_wkb(plain)).duplicated().to_numpy()
    return twice


def _box_keys(shapes: np.ndarray) -> np.ndarray:
    """Fold the bounds (to 1 cm) of each geometry into one number, equal for equal bounds."""
    corners = np.nan_to_num(np.round(shapely.bounds(shapes) * 100)).astype(np.int64)
    factors = np.array([73_856_093, 19_349_663, 83_492_791, 49_979_687], dtype=np.int64)
    return np.asarray((corners * factors).sum(axis=1))


def _storeys(
    buildings: gpd.GeoDataFrame, rules: Rules, findings: Findings, below: np.ndarray
) -> np.ndarray:
    raw, values, bad = numbers(buildings, "storeys")
    findings.add("storeys_not_number", bad & ~below, raw)
    with np.errstate(invalid="ignore"):
        wrong = (values < 1) | (values > rules.floor_limits["storeys_most"].value)
    findings.add("storeys_implausible", wrong & ~below, raw)
    findings.add("storeys_unknown", np.isnan(values) & ~bad & ~below)
    return np.where(wrong, np.nan, values)


def _storey_heights(
    buildings: gpd.GeoDataFrame, storeys: np.ndarray, rules: Rules, findings: Findings
) -> np.ndarray:
    """Height of a storey (m): as recorded, else the building's height over its storeys."""
    raw, heights, bad = numbers(buildings, "storey_height_m")
    findings.add("storey_height_not_number", bad, raw)
    least = rules.floor_limits["storey_height_least"].value
    most = rules.floor_limits["storey_height_most"].value
    with np.errstate(invalid="ignore"):
        wrong = (heights < least) | (heights > most)
        findings.add("storey_height_implausible", wrong, raw)
        if "height_m" in buildings:
            mean = numbers(buildings, "height_m")[1] / storeys
            mean[(mean < least) | (mean > most)] = np.nan
            heights = np.where(np.isnan(heights) | wrong, mean, heights)
            wrong = np.zeros_like(wrong)
    return np.where(wrong, np.nan, heights)


def numbers(frame: pd.DataFrame, column: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a column as it is, as floats, and where it holds something that is no number.

    Examples
    --------
    >>> raw, values, bad = numbers(pd.DataFrame({"storeys": ["3", "多层", None]}), "storeys")
    >>> values.tolist(), bad.tolist()
    ([3.0, nan, nan], [False, True, False])
    """
    if column not in frame:
        none = np.full(len(frame), np.nan)
        return none, none.copy(), np.zeros(len(frame), dtype=bool)
    cells = frame[column]
    if pd.api.types.is_numeric_dtype(cells.dtype):
        values = cells.to_numpy(dtype=float, na_value=np.nan)
    else:
        values = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    endless = np.isinf(values)
    values = np.where(endless, np.nan, values)
    lost = np.isnan(values)
    if lost.any():
        lost &= cells.notna().to_numpy()
    return cells.to_numpy(), values, lost


def _flag(frame: pd.DataFrame, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a yes/no column and where it is known."""
    if column not in frame:
        none = np.zeros(len(frame), dtype=bool)
        return none, none.copy()
    cells = frame[column].astype("boolean")
    return cells.fillna(False).to_numpy(dtype=bool), cells.notna().to_numpy()

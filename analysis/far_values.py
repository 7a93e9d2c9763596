"""Four plot ratios of a parcel that are never mixed: registered, permitted, surveyed, computed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.errors import require
from analysis.findings import Findings, Kind, frozen, row_numbers
from analysis.floor_area import numbers
from data.rules import Rules

KINDS = frozen(
    far_registered_absurd=Kind(
        "far", "error",
        "台账容积率大得不合理，按未知处理；请核对面积与单位",
        "The recorded plot ratio is absurd: left unknown; check areas and units",
    ),
    registered_area_not_positive=Kind(
        "registered_area_m2", "error",
        "登记面积为零或负数，按未知处理；请更正",
        "Registered area zero or negative: left unknown; correct it",
    ),
    far_surveyed_absurd=Kind(
        "floor_area_m2", "error",
        "建筑面积除以登记面积得到的容积率大得不合理，按未知处理；请核对两项面积与单位",
        "Floor area over registered area gives an absurd plot ratio: left unknown; check both",
    ),
    far_gap_registered=Kind(
        "far", "warning",
        "台账容积率与按建筑推算的相差超过限值，两者都保留",
        "Recorded and computed plot ratio differ by more than the limit; both are kept",
    ),
    far_gap_surveyed=Kind(
        "floor_area_m2", "warning",
        "实测建筑面积与按建筑推算的建筑面积相差超过限值，两者都保留",
        "Surveyed and computed floor area differ by more than the limit; both are kept",
    ),
)  # fmt: skip


def far_values(
    parcels: pd.DataFrame, computed: pd.DataFrame, *, rules: Rules
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put the four plot ratios of each parcel side by side and list where they disagree.

    Parameters
    ----------
    parcels : DataFrame
        By ``parcel_id``; used where present: ``far`` (ledger), ``planned_far`` (contract or
        plan), ``floor_area_m2`` and ``registered_area_m2`` (survey, m²).
    computed : DataFrame
        As `analysis.plot_ratio.plot_ratio` gives it, on the same index.
    rules : Rules
        ``far_most`` and ``far_gap``.

    Returns
    -------
    DataFrame
        ``far_registered``, ``far_permitted``, ``far_surveyed`` (floor area over registered area;
        storeys above 8 m are not doubled there) and ``far_computed``; NaN where unknown.
    DataFrame
        Findings. Surveyed and computed are compared by floor area, every storey once;
        the ledger's plot ratio with the nearer of lawful and all that stands.

    Examples
    --------
    >>> from data.rules import load_rules
    >>> index = pd.Index(["P1"], name="parcel_id")
    >>> ledger = pd.DataFrame({"far": [1041.0], "planned_far": [1.5]}, index=index)
    >>> computed = pd.DataFrame({"far_computed": [1.2], "floor_area_computed_m2": [12_000.0],
    ...     "far_with_unlawful": [1.2]}, index=index)
    >>> values, issues = far_values(ledger, computed, rules=load_rules())
    >>> values.to_dict("records")[0]["far_permitted"], issues["kind"].tolist()
    (1.5, ['far_registered_absurd'])
    """
    require(
        computed, "far_computed", "far_with_unlawful", "floor_area_computed_m2", what="推算结果"
    )
    findings = Findings("parcels", KINDS, parcels.index, row_numbers(parcels))
    most = rules.floor_limits["far_most"].value
    registered = _plausible(parcels, findings, most)
    permitted = numbers(parcels, "planned_far")[1]
    raw, land, _ = numbers(parcels, "registered_area_m2")
    floor = numbers(parcels, "floor_area_m2")[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        findings.add("registered_area_not_positive", land <= 0, raw)
        surveyed = floor / np.where(land > 0, land, np.nan)
        findings.add("far_surveyed_absurd", surveyed > most, np.round(surveyed, 3))
        surveyed = np.where(surveyed > most, np.nan, surveyed)
    values = pd.DataFrame(
        {
            "far_registered": registered,
            "far_permitted": permitted,
            "far_surveyed": surveyed,
            "far_computed": computed["far_computed"].to_numpy(dtype=float),
        },
        index=parcels.index,
    )
    computed_floor = computed["floor_area_computed_m2"].to_numpy(float)
    standing = computed["far_with_unlawful"].to_numpy(float)
    _gaps(values, floor, computed_floor, standing, rules, findings)
    return values, findings.frame()


def _plausible(parcels: pd.DataFrame, findings: Findings, most: float) -> np.ndarray:
    raw, far, _ = numbers(parcels, "far")
    with np.errstate(invalid="ignore"):
        absurd = (far > most) | (far < 0)
    findings.add("far_registered_absurd", absurd, raw)
    return np.where(absurd, np.nan, far)


def _gaps(
    values: pd.DataFrame,
    floor: np.ndarray,
    computed_floor: np.ndarray,
    standing: np.ndarray,
    rules: Rules,
    findings: Findings,
) -> None:
    """List where the values are further apart than the rules allow."""
    share = rules.floor_limits["far_gap"].value
    registered = values["far_registered"].to_numpy()
    lawful = values["far_computed"].to_numpy()
    with np.errstate(invalid="ignore"):  # a ledger may or may not hold what has no permit
        nearer = np.abs(standing - registered) < np.abs(lawful - registered)
    computed = np.where(nearer, standing, lawful)
    for kind, ours, theirs in (
        ("far_gap_registered", computed, registered),
        ("far_gap_surveyed", computed_floor, floor),
    ):
        with np.errstate(invalid="ignore"):
            wide = np.abs(ours - theirs) > share * np.maximum(np.abs(ours), np.abs(theirs))
        told = [f"{a:.6g} / {b:.6g}" for a, b in zip(theirs[wide], ours[wide], strict=True)]
        findings.add(kind, wide, theirs, more=told)

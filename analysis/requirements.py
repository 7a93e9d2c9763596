"""Against which requirement a plot ratio stands: national minimum, contract, policy, exemption."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.errors import AnalysisError, require
from analysis.findings import Findings, Kind, frozen, row_numbers
from analysis.floor_area import numbers
from data import schema
from data.rules import Rules

EXEMPTIONS = schema.enum_codes("far_exemption")
"""Why a parcel need not reach a line: process, fire safety, airport height limits, another."""

KINDS = frozen(
    exemption_unreasoned=Kind(
        "far_exemption_reason", "warning",
        "写了豁免类别而没有写理由，按不豁免处理；请补理由",
        "An exemption without its reason does not count: give the reason",
    ),
)  # fmt: skip


class ExemptionUnreasonedError(AnalysisError):
    """An exemption without a reason, or of a kind that does not exist."""

    zh = "豁免缺少理由或类别不认识（{found}）：类别应为 {known}，并写明理由。"
    en = "Exemptions lack a reason or have an unknown kind ({found}): use {known}, with a reason."


def requirements(
    parcels: pd.DataFrame,
    far: pd.Series,
    *,
    rules: Rules,
    minimum: pd.DataFrame,
    exemptions: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Put the three lines beside each plot ratio, and say by how much it is below.

    The policy lines (2.0, pilots 3.0) hold for approved renewal projects only: a parcel below
    them is not unlawful, so elsewhere they are empty.

    Parameters
    ----------
    parcels : DataFrame
        By ``parcel_id``; used where present: ``industry_code``, ``planned_far``,
        ``renewal_mode`` and ``stage`` (a project is approved from stage ``approved`` on).
    far : Series
        Plot ratio on the same index, NaN where unknown.
    rules : Rules
        ``far_lines`` and the order of stages.
    minimum : DataFrame
        As `data.far_minimum.read_far_minimum`.
    exemptions : DataFrame, optional
        By ``parcel_id``: ``kind`` (one of `EXEMPTIONS`), ``reason``, maybe ``document``; those
        the parcels themselves carry (`recorded_exemptions`) where none are given.

    Returns
    -------
    DataFrame
        ``far``; ``national_min`` with ``national_edition``, ``national_verified`` (nullable
        bool), ``national_note``; ``contract_far``; ``policy_far`` and ``policy_pilot_far`` (NaN
        unless an approved project); ``below_national``, ``below_contract``, ``below_policy``,
        ``below_pilot``: missing plot ratio, 0 where met, NaN where line or plot ratio is unknown;
        ``exempt`` (bool), ``exemption_kind``, ``exemption_reason``. An exempt parcel keeps its
        gaps: they are shown beside the reason, not taken away.

    Raises
    ------
    ExemptionUnreasonedError
        If an exemption has no reason or an unknown kind.

    Examples
    --------
    >>> from data.far_minimum import read_far_minimum
    >>> from data.rules import load_rules
    >>> frame = pd.DataFrame({"industry_code": ["C3660"], "planned_far": [1.5]}, index=["P1"])
    >>> far = pd.Series([0.6], index=["P1"])
    >>> lines = requirements(frame, far, rules=load_rules(), minimum=read_far_minimum())
    >>> [round(x, 2) for x in lines[["national_min", "below_national", "below_contract"]].loc["P1"]]
    [0.7, 0.1, 0.9]
    >>> bool(lines["national_verified"].iloc[0]), lines["policy_far"].isna().all()
    (False, np.True_)
    """
    frame = pd.DataFrame({"far": far.reindex(parcels.index).astype(float)}, index=parcels.index)
    division = _division(parcels)
    for name, column in (("national_min", "far_min"), ("national_edition", "edition"),
                         ("national_note", "note")):  # fmt: skip
        frame[name] = division.map(minimum[column])
    frame["national_verified"] = division.map(minimum["verified"]).astype("boolean")
    frame["contract_far"] = numbers(parcels, "planned_far")[1]
    project = approved_projects(parcels, rules)
    for name, line in (("policy_far", "general"), ("policy_pilot_far", "pilot")):
        value = rules.far_lines[line].value if line in rules.far_lines else np.nan
        frame[name] = np.where(project, value, np.nan)
    for name, line in (
        ("below_national", "national_min"),
        ("below_contract", "contract_far"),
        ("below_policy", "policy_far"),
        ("below_pilot", "policy_pilot_far"),
    ):
        frame[name] = (frame[line].astype(float) - frame["far"]).clip(lower=0.0)
    if exemptions is None:
        exemptions = recorded_exemptions(parcels)[0]
    return frame.join(_exempt(parcels.index, exemptions))


def recorded_exemptions(parcels: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the exemptions that parcels carry, and findings of those without a reason.

    Parameters
    ----------
    parcels : DataFrame
        By ``parcel_id``; ``far_exemption`` and ``far_exemption_reason`` where present.

    Returns
    -------
    DataFrame
        ``kind`` and ``reason`` of the reasoned ones, for `requirements`.
    DataFrame
        Findings.

    Examples
    --------
    >>> frame = pd.DataFrame({"far_exemption": ["process", "airport", None],
    ...     "far_exemption_reason": ["单层铸造车间", " ", None]}, index=["P1", "P2", "P3"])
    >>> kept, found = recorded_exemptions(frame)
    >>> kept["kind"].to_dict(), found["id"].tolist()
    ({'P1': 'process'}, ['P2'])
    """
    findings = Findings("parcels", KINDS, parcels.index, row_numbers(parcels))
    none = pd.Series(None, index=parcels.index, dtype=object)
    kind = parcels.get("far_exemption", none)
    reason = parcels.get("far_exemption_reason", none)
    told = reason.fillna("").astype("str").str.strip() != ""
    claimed = kind.isin(EXEMPTIONS)
    findings.add("exemption_unreasoned", (claimed & ~told).to_numpy(bool), kind)
    mine = (claimed & told).to_numpy(bool)
    return pd.DataFrame({"kind": kind[mine], "reason": reason[mine]}), findings.frame()


def approved_projects(parcels: pd.DataFrame, rules: Rules) -> np.ndarray:
    """Say which parcels are renewal projects that have been approved; unknown is no.

    Examples
    --------
    >>> from data.rules import load_rules
    >>> frame = pd.DataFrame({"renewal_mode": ["acquire", "acquire", None],
    ...     "stage": ["listed", "started", "started"]})
    >>> approved_projects(frame, load_rules()).tolist()
    [False, True, False]
    """
    if "renewal_mode" not in parcels or "stage" not in parcels:
        return np.zeros(len(parcels), dtype=bool)
    order = rules.stage_order
    reached = parcels["stage"].map(order).fillna(-1) >= order["approved"]
    return (reached & parcels["renewal_mode"].notna()).to_numpy(dtype=bool)


def _division(parcels: pd.DataFrame) -> pd.Series:
    """Return two digits of GB/T 4754 for each parcel, None where unknown."""
    if "industry_code" not in parcels:
        return pd.Series(None, index=parcels.index, dtype=object)
    return parcels["industry_code"].astype("str").str.extract(r"^[A-Za-z]?(\d{2})")[0]


def _exempt(index: pd.Index, exemptions: pd.DataFrame) -> pd.DataFrame:
    require(exemptions, "kind", "reason", what="豁免表")
    reasoned = exemptions["reason"].fillna("").astype("str").str.strip() != ""
    wrong = exemptions.index[~exemptions["kind"].isin(EXEMPTIONS) | ~reasoned]
    if len(wrong):
        raise ExemptionUnreasonedError(
            found="、".join(map(str, wrong[:5])), known="、".join(EXEMPTIONS)
        )
    mine = exemptions[~exemptions.index.duplicated(keep="last")].reindex(index)
    return pd.DataFrame(
        {
            "exempt": mine["kind"].notna().to_numpy(),
            "exemption_kind": mine["kind"].astype(object).where(mine["kind"].notna(), None),
            "exemption_reason": mine["reason"].astype(object).where(mine["reason"].notna(), None),
        },
        index=index,
    )

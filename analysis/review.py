"""Review: what a planner said of a verdict stands beside it, until its inputs change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import require
from data import schema
from data.screening_rules import ScreeningRules

COLUMNS = (
    "class", "screened_class", "review_verdict", "review_class", "review_who", "review_at",
    "review_reason", "review_doc", "review_stale", "review_changed", "review_rules_changed",
)  # fmt: skip


@dataclass(frozen=True)
class Opinion:
    """What a planner says of some parcels' verdicts.

    Attributes
    ----------
    verdict : str
        ``confirm``, ``override`` or ``withdraw``.
    low_class : str, optional
        The class that overrides.
    """

    verdict: str
    reason: str
    doc_no: str | None = None
    low_class: str | None = None


def inputs_text(parcels: pd.DataFrame, ruleset: ScreeningRules) -> pd.Series:
    """Return the inputs of the rules as one JSON object per parcel; unknown is null.

    Meant for the parcels under review, not for a whole county.

    Examples
    --------
    >>> from data.screening_rules import load_screening_rules
    >>> frame = pd.DataFrame({"far": [0.8]}, index=pd.Index(["P1"], name="parcel_id"))
    >>> json.loads(inputs_text(frame, load_screening_rules())["P1"])["far"]
    0.8
    """
    columns = {
        key: _plain(parcels[key], schema.field(key).type)
        for key in ruleset.inputs
        if key in parcels
    }
    rows = zip(*columns.values(), strict=True) if columns else ([()] * len(parcels))
    texts = [
        json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False, sort_keys=True)
        for row in rows
    ]
    return pd.Series(texts, index=parcels.index, name="inputs", dtype=object)


def _plain(cells: pd.Series, kind: str) -> list[Any]:
    if kind == "date":
        days = pd.to_datetime(cells).dt.strftime("%Y-%m-%d").astype(object)
        return days.where(days.notna(), None).tolist()
    plain = cells.astype(object)
    return [None if pd.isna(cell) else _bare(cell) for cell in plain]


def _bare(cell: Any) -> Any:
    return cell.item() if isinstance(cell, np.generic) else cell


def review_rows(
    screened: pd.DataFrame, parcels: pd.DataFrame, *, ruleset: ScreeningRules, opinion: Opinion
) -> pd.DataFrame:
    """Return the rows of ``Change.reviews`` for some screened parcels.

    Parameters
    ----------
    screened : DataFrame
        Rows of `analysis.screening.screen`: the parcels under review.
    parcels : DataFrame
        Holding at least those parcels, with the inputs of the rules.
    """
    require(screened, "class", "rule", what="筛查结果")
    seen = screened["screened_class"] if "screened_class" in screened else screened["class"]
    return pd.DataFrame(
        {
            "parcel_id": screened.index.astype(str),
            "verdict": opinion.verdict,
            "reason": opinion.reason,
            "doc_no": opinion.doc_no,
            "low_class": opinion.low_class if opinion.verdict == "override" else None,
            "screened_class": seen.to_numpy(),
            "screened_rule": screened["rule"].to_numpy(),
            "rules_id": ruleset.id,
            "inputs": inputs_text(parcels.loc[screened.index], ruleset).to_numpy(),
        }
    )


def reviewed(
    screened: pd.DataFrame,
    reviews: pd.DataFrame,
    parcels: pd.DataFrame,
    *,
    ruleset: ScreeningRules,
) -> pd.DataFrame:
    """Return a screening with the planners' reviews laid over it.

    The last review of a parcel counts; a withdrawal takes it away. An override stays in force
    whatever the rules say later; it is marked stale when an input it rested on has changed.

    Parameters
    ----------
    screened : DataFrame
        As from `analysis.screening.screen`.
    reviews : DataFrame
        As the register reads them, in the order they were made.
    parcels : DataFrame
        The parcels screened.

    Returns
    -------
    DataFrame
        ``screened`` with ``class`` as it now stands, ``screened_class`` as the rules say, and
        ``review_verdict`` (None without review), ``review_class``, ``review_who``, ``review_at``,
        ``review_reason``, ``review_doc``, ``review_stale`` (bool: inputs or the rules' class have
        changed since), ``review_changed`` (tuple of the fields that changed) and
        ``review_rules_changed`` (bool: another ruleset than the one reviewed).
    """
    found = screened.assign(screened_class=screened["class"])
    last = reviews.drop_duplicates("parcel_id", keep="last")
    last = last[last["verdict"] != "withdraw"].set_index("parcel_id")
    last = last[found.index.get_indexer(last.index) >= 0]  # isin takes seconds over a county
    mine = last.reindex(found.index)
    has = mine["verdict"].notna().to_numpy(dtype=bool)
    override = has & (mine["verdict"] == "override").to_numpy(dtype=bool)
    changed = _changed(last, parcels, ruleset)
    moved = has & (mine["screened_class"].astype(object) != found["class"]).to_numpy(dtype=bool)
    cells = np.empty(len(found), dtype=object)
    cells.fill(())
    places = found.index.get_indexer(last.index)
    for place, fields in zip(places, changed, strict=True):
        cells[place] = fields
    stale = np.array([bool(fields) for fields in cells], dtype=bool)
    return found.assign(
        **{"class": np.where(override, mine["low_class"].astype(object), found["class"])},
        review_verdict=_object(mine["verdict"]),
        review_class=_object(mine["low_class"]),
        review_who=_object(mine["who"]),
        review_at=mine["recorded_at"],
        review_reason=_object(mine["reason"]),
        review_doc=_object(mine["doc_no"]),
        review_stale=stale | moved,
        review_changed=cells,
        review_rules_changed=has & (mine["rules_id"] != ruleset.id).to_numpy(dtype=bool),
    )


def _object(cells: pd.Series) -> pd.Series:
    plain = cells.astype(object)
    return plain.where(plain.notna(), None)


def _changed(
    last: pd.DataFrame, parcels: pd.DataFrame, ruleset: ScreeningRules
) -> list[tuple[str, ...]]:
    """Return for each reviewed parcel the fields whose value differs from the reviewed one."""
    now = inputs_text(parcels.loc[last.index], ruleset)
    return [
        _differing(json.loads(old) if isinstance(old, str) else {}, json.loads(new))
        for old, new in zip(last["inputs"], now, strict=True)
    ]


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields known to both times whose values differ; order of the dictionary.

    Examples
    --------
    >>> _differing({"far": 1.0, "town": "a"}, {"far": 1.2, "is_supplied": True})
    ('far',)
    """
    both = [key for key in schema.PARCEL_COLUMNS if key in old and key in new]
    return tuple(key for key in both if old[key] != new[key])

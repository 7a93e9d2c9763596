"""Which site a project gets, as it was decided: kept in the register with all that was seen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from data.asof import office_day
from data.errors import DataError
from data.register.change import Change
from gis.errors import Words

KIND = "site_decision"


class DecisionIncompleteError(DataError):
    """A decision without a site, a reason or a name."""

    zh: ClassVar[str] = "决定未记入：请写明{lacks}。"
    en: ClassVar[str] = "The decision was not recorded: give {lacks}."


class DecisionStaleError(DataError):
    """A decision on data that changed after they were looked at."""

    zh: ClassVar[str] = (
        "决定未记入：您看的是第 {seen} 版，登记簿已到第 {now} 版。页面已更新，请看过再决定。"
    )
    en: ClassVar[str] = (
        "The decision was not recorded: you looked at version {seen}, the register is at {now}. "
        "The page has been brought up to date; look again, then decide."
    )


class DecisionAgainstError(DataError):
    """A decision against a veto or the land needed that is not said to be an exception."""

    zh: ClassVar[str] = (
        "决定未记入：该场地{against}。确需使用的，请勾选“作为例外”并在理由中写明依据。"
    )
    en: ClassVar[str] = (
        "The decision was not recorded: of this site, {against}. If it is to be used all the same, "
        "mark it as an exception and give the grounds."
    )


@dataclass(frozen=True)
class SiteDecision:
    """One decision; an earlier one of the same project stays on record.

    Attributes
    ----------
    project_id, site_id : str
        Which project goes where; an empty site takes the decision before back.
    reason, who : str
        Why, and who decided.
    decided_on : str
        Day of the office on which it was recorded, in ISO.
    seen_version : int
        Last change of the register that the decision was made on.
    seen_on : str
        Day whose state was looked at, in ISO.
    criteria_id, vetoes_id : str
        Criteria and vetoes that held.
    facts : mapping
        What was on the screen: rank, score, shares, conditions, what was not checked, and
        ``against`` (list of str): what stood against the site, decided on as an exception.
    """

    project_id: str
    site_id: str
    reason: str
    who: str
    decided_on: str
    seen_version: int
    seen_on: str
    criteria_id: str = ""
    vetoes_id: str = ""
    facts: Mapping[str, Any] | None = None


def decision_change(
    project_id: str,
    site_id: str,
    *,
    reason: str,
    who: str,
    recorded_at: datetime,
    seen_version: int,
    seen_on: date,
    before: tuple[SiteDecision, ...] = (),
    criteria_id: str = "",
    vetoes_id: str = "",
    facts: Mapping[str, Any] | None = None,
) -> Change:
    """Return the change that records a decision after those ``before``.

    Parameters
    ----------
    before : tuple of SiteDecision
        What is on record of this project, as :func:`decisions` gives it.

    Raises
    ------
    DecisionIncompleteError
        If project, reason or name is empty.

    Examples
    --------
    >>> from datetime import UTC
    >>> change = decision_change("X1", "S-1", reason="离龙头近", who="李工", seen_version=7,
    ...     seen_on=date(2026, 10, 31), recorded_at=datetime(2026, 11, 2, 1, tzinfo=UTC))
    >>> found = decisions(change.meta)["X1"][-1]
    >>> found.site_id, found.decided_on, found.seen_version
    ('S-1', '2026-11-02', 7)
    """
    given = {"项目编号": project_id, "理由": reason, "经办人": who}
    english = ("the project", "a reason", "who decides")
    lacks = [at for at, text in enumerate(given.values()) if not str(text or "").strip()]
    if lacks:
        zh = "、".join([*given][at] for at in lacks)
        raise DecisionIncompleteError(lacks=Words(zh, ", ".join(english[at] for at in lacks)))
    made = SiteDecision(
        project_id, site_id, reason.strip(), who.strip(), office_day(recorded_at).isoformat(),
        seen_version, seen_on.isoformat(), criteria_id, vetoes_id, dict(facts or {}),
    )  # fmt: skip
    told = [asdict(one) for one in (*before, made)]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    why = f"选址决定 {project_id} → {site_id or '撤回'}：{reason.strip()}"[:200]
    return Change(
        kind=KIND, who=who.strip(), why=why, recorded_at=recorded_at,
        meta={f"{KIND}.{project_id}": text},
    )  # fmt: skip


def decisions(meta: Mapping[str, str]) -> dict[str, tuple[SiteDecision, ...]]:
    """Return the decisions on record by project, the newest last.

    Parameters
    ----------
    meta : mapping
        As ``Register.read_meta``.

    Examples
    --------
    >>> decisions({"county": "瑞安市"})
    {}
    """
    head = f"{KIND}."
    return {
        key.removeprefix(head): tuple(SiteDecision(**one) for one in json.loads(text))
        for key, text in sorted(meta.items())
        if key.startswith(head) and text
    }


def standing(meta: Mapping[str, str]) -> dict[str, SiteDecision]:
    """Return the decision that holds of each project; one taken back holds no more."""
    last = {name: told[-1] for name, told in decisions(meta).items() if told}
    return {name: one for name, one in last.items() if one.site_id}


def settled_sites(meta: Mapping[str, str]) -> dict[str, str]:
    """Return project → site of the decisions that hold."""
    return {name: one.site_id for name, one in standing(meta).items()}

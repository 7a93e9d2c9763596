"""The board of targets as the page shows it: actuals of the register, and what it can count."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd

from analysis.target_board import standing_actuals, target_board
from data.targets import Period, Targets, read_targets
from gis.area import to_mu
from ui.desk import Desk
from ui.shelf import Shelf
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known

COUNTED = "register"
"""Source of an actual that the register itself counts."""

SIGNS = {">=": "≥ ", ">": "> ", "=": "= ", "~": "≈ ", "fact": ""}
_actuals = Shelf(2)


def recorded(desk: Desk) -> pd.DataFrame:
    """Return the actuals that people recorded, in the order they told them (shared)."""
    return _actuals.get(desk.facts, lambda: desk.register.read_actuals(desk.as_of))


def actuals(desk: Desk) -> pd.DataFrame:
    """Return recorded actuals and, after them, what the register counts of the yearly task."""

    def make() -> pd.DataFrame:
        mine = pd.DataFrame(_counted(desk))
        told = recorded(desk)
        return pd.concat([told, mine], ignore_index=True) if len(told) else mine

    return desk.kept("target actuals", make)


def _counted(desk: Desk) -> list[dict[str, object]]:
    """Return one actual for each target that is the yearly renewal, in its years."""
    targets = read_targets()
    special = targets.special
    years = {special["yearly_renewal"]: desk.year}
    task = special["renewal_of_first_year"]
    years[task] = targets.periods[task].first
    rows = []
    for name, year in years.items():
        if desk.state_on < date(year, 1, 1):
            continue
        found = desk if desk.year == year else replace(desk, year=year)
        rows.append(
            {
                "target_id": name,
                "measured_on": pd.Timestamp(min(desk.state_on, date(year, 12, 31))),
                "value": to_mu(found.progress().credited_m2),
                "source": COUNTED,
                "who": None,
                "note": None,
            }
        )
    return rows


def board(desk: Desk) -> pd.DataFrame:
    """Return every target with its actual and status (shared: do not change)."""

    def make() -> pd.DataFrame:
        told = actuals(desk)
        return target_board(read_targets(), told, state_on=desk.state_on, year=desk.year)

    return desk.kept("target board", make)


def history(desk: Desk, target_id: str) -> pd.DataFrame:
    """Return the actuals of one target that stand, newest first."""
    found = standing_actuals(actuals(desk), state_on=desk.state_on)
    mine = found[found["target_id"] == target_id]
    return mine.iloc[::-1].reset_index(drop=True)


def group_label(group: str) -> str:
    """Name a subject."""
    return t(f"targets.group_{group}")


def amount(value: object) -> str:
    """Write a number with the decimals it has; unknown is a dash.

    Examples
    --------
    >>> amount(1800.0), amount(3.75), amount(None)
    ('1,800', '3.75', '—')
    """
    return f"{float(value):,.10g}" if known(value) else UNKNOWN  # type: ignore[arg-type]


def asked(value: object, comparison: str, unit: str) -> str:
    """Write what a target asks: sign, number and unit as its source has them.

    Examples
    --------
    >>> asked(1800.0, ">=", "亩"), asked(None, ">=", "家")
    ('≥ 1,800 亩', '原文数字缺失（家）')
    """
    if not known(value):
        return t("targets.digits_lost", unit=unit)
    return f"{SIGNS[comparison]}{amount(value)} {unit}"


def reached(actual: object) -> str:
    """Write what was reached to two decimals; a dash where nothing is recorded."""
    return amount(round(float(actual), 2)) if known(actual) else UNKNOWN  # type: ignore[arg-type]


def when(period: Period) -> str:
    """Say when a target is due, in the reader's words."""
    years = {"first": period.first, "last": period.last}
    said = t(f"targets.period_{period.kind}", **years)
    return said + (t("targets.period_note", note=period.note) if period.note else "")


def name(row: pd.Series) -> str:
    """Name a target in the reader's language."""
    return str(row[f"name_{language()}"])


def source_title(targets: Targets, key: str) -> str:
    """Return the title of a target's source."""
    return targets.sources[key][language()]


def actual_source(source: object) -> str:
    """Say where an actual comes from; what the register counts says so."""
    return t("targets.counted") if source == COUNTED else str(source)


def status_label(status: str) -> str:
    """Name a status."""
    return t(f"targets.status_{status}")

"""What a portfolio is asked for: years, tasks, budgets, quotas, locks, and what matters."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

from data.errors import DataError, RulesFaultyError

SHIPPED = Path(__file__).with_name("rulesets") / "portfolio.toml"
WEIGHTS = ("cost", "gain", "difficulty")
"""What can matter: least cost, most floor area gained, least difficulty."""
UNKNOWN = ("ask", "leave_out", "known")
"""Blocks of which a figure is unknown for some parcels: asked for, left out of the choice, or taken
with the sum of what is known, which then is a least one and called so (left out where nothing is).
"""
_UNITS = {
    "years": "year",
    "months": "month",
    "start_month": "month of the year",
    "part_above": "mu",
    "part_least": "mu",
    "gap": "share",
    "seconds": "s",
    "spread": "share",
    "draws": "draw",
    "sure": "share",
}
_BY_YEAR = ("task_mu", "task_most_mu", "credited_mu", "budgets_wan", "firms_most", "jobs_most")
TOTALS = ("cost_most_wan", "gain_least_m2", "difficulty_most")
"""Limits over all years: 万元, m² of floor area, 亩 × difficulty."""
MOST = 1e9
"""No figure may be larger: 亩, 万元, m²; what is larger was not meant and cannot be solved."""
_MOST_WEIGHT = 1e6
_LEAST_SECONDS = 0.1
_SIDES = ("least_mu", "most_mu", "least_pct", "most_pct")


class PortfolioSettingsFaultyError(DataError):
    """Settings of a portfolio with faults; nothing of them is taken."""

    zh = "组合方案的设置有 {count} 处问题：{faults}。请改正后重试。"
    en = "The settings of the portfolio have {count} faults: {faults}. Mend them and retry."


@dataclass(frozen=True, slots=True)
class TownQuota:
    """What a town must have and may have at most: 亩 over all years, or % of the chosen land."""

    least_mu: float | None = None
    most_mu: float | None = None
    least_pct: float | None = None
    most_pct: float | None = None


@dataclass(frozen=True)
class PortfolioSettings:
    """What is asked of a choice of blocks over some years.

    Attributes
    ----------
    years : tuple of int
        The years one after another.
    task_mu, task_most_mu : mapping of year to 亩
        Credited land that each year must reach, and may reach at most. A year without an entry
        asks for nothing.
    credited_mu : mapping of year to 亩
        What the ledger has credited already.
    budgets_wan, firms_most, jobs_most : mapping of year to 万元, firms, jobs
        At most, for what starts in that year. A year without an entry has no limit.
    towns : mapping of town to TownQuota
    locked_in : mapping of id to year or None
        Blocks (whole), parts of blocks or parcels that must be chosen; with a year, to start then.
    locked_out : tuple of str
        Blocks, parts or parcels that may not be chosen.
    together : tuple of tuple of str
        Blocks of which all start in the same year or none at all.
    never : tuple of tuple of str
        Blocks of which at most one is chosen.
    totals : mapping
        Limits over all years by their names in `TOTALS`.
    weights : mapping
        Weight of ``cost``, ``gain`` and ``difficulty``, each ≥ 0.
    months : float
        Usual time from the start to the credit, of blocks that say none of their own.
    start_month : int
        Month in which what is chosen for a year starts.
    unknown : str
        One of `UNKNOWN`.
    part_above_mu, part_least_mu : float
        Blocks above the one may be begun in parts, none below the other.
    gap, seconds, seed
        Of the solver.
    """

    years: tuple[int, ...]
    task_mu: Mapping[int, float]
    task_most_mu: Mapping[int, float] = field(default_factory=dict)
    credited_mu: Mapping[int, float] = field(default_factory=dict)
    budgets_wan: Mapping[int, float] = field(default_factory=dict)
    firms_most: Mapping[int, float] = field(default_factory=dict)
    jobs_most: Mapping[int, float] = field(default_factory=dict)
    towns: Mapping[str, TownQuota] = field(default_factory=dict)
    locked_in: Mapping[str, int | None] = field(default_factory=dict)
    locked_out: tuple[str, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    never: tuple[tuple[str, ...], ...] = ()
    totals: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=lambda: {"cost": 1.0})
    months: float = 18.0
    start_month: int = 1
    unknown: str = "ask"
    part_above_mu: float = 200.0
    part_least_mu: float = 50.0
    gap: float = 0.01
    seconds: float = 60.0
    seed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the settings ready for JSON or TOML; `settings_from` reads them back.

        Examples
        --------
        >>> asked = PortfolioSettings((2027,), {2027: 1800.0})
        >>> settings_from(asked.to_dict()) == asked
        True
        """
        told: dict[str, Any] = {}
        for part in fields(self):
            value = getattr(self, part.name)
            if part.name == "towns":
                value = {
                    town: {side: mu for side in _SIDES if (mu := getattr(quota, side)) is not None}
                    for town, quota in value.items()
                }
            elif part.name == "locked_in":
                value = {name: "" if year is None else year for name, year in value.items()}
            elif isinstance(value, Mapping):
                value = {str(key): number for key, number in value.items()}
            elif isinstance(value, tuple):
                value = [list(each) if isinstance(each, tuple) else each for each in value]
            told[part.name] = value
        return told


def default_settings(
    first_year: int, *, task_mu: float | None, path: Path | None = None
) -> PortfolioSettings:
    """Return the settings taken where nobody says otherwise: the task in each year, no limits.

    Raises
    ------
    RulesFaultyError
        If the file of defaults has faults.

    Examples
    --------
    >>> asked = default_settings(2027, task_mu=1800.0)
    >>> asked.years, asked.task_mu[2031], asked.gap
    ((2027, 2028, 2029, 2030, 2031), 1800.0, 0.01)
    """
    told = portfolio_defaults(path)
    years = tuple(range(first_year, first_year + int(told["years"])))
    return PortfolioSettings(
        years=years,
        task_mu={} if task_mu is None else dict.fromkeys(years, task_mu),
        months=told["months"],
        start_month=int(told["start_month"]),
        part_above_mu=told["part_above"],
        part_least_mu=told["part_least"],
        gap=told["gap"],
        seconds=told["seconds"],
    )


def portfolio_defaults(path: Path | None = None) -> dict[str, float]:
    """Return the shipped values by name, each with its unit, source, tag and date checked.

    Examples
    --------
    >>> portfolio_defaults()["part_least"]
    50.0
    """
    file = path or SHIPPED
    try:
        body = tomllib.loads(file.read_text("utf-8-sig")).get("portfolio", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RulesFaultyError(count=1, faults=f"{file.name}: {error}") from error
    faults = []
    for key, unit in _UNITS.items():
        rule = body.get(key, {})
        if not _number(rule.get("value")) or rule["value"] < 0:
            faults.append(f"portfolio.{key}: value ?")
        if rule.get("unit") != unit:
            faults.append(f"portfolio.{key}: unit {unit} ?")
        faults += [f"portfolio.{key}: {name} ?" for name in ("source", "tag") if not rule.get(name)]
        if not isinstance(rule.get("valid_from"), date):
            faults.append(f"portfolio.{key}: valid_from ?")
    if faults:
        raise RulesFaultyError(count=len(faults), faults="; ".join(faults))
    return {key: float(body[key]["value"]) for key in _UNITS}


def read_settings(path: Path, *, base: PortfolioSettings) -> PortfolioSettings:
    """Read a TOML file of settings; what it leaves out is taken from ``base``.

    Raises
    ------
    PortfolioSettingsFaultyError
        With every fault.
    """
    try:
        body = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PortfolioSettingsFaultyError(count=1, faults=f"{path.name}: {error}") from error
    return settings_from(body, base=base)


def settings_from(
    body: Mapping[str, Any], *, base: PortfolioSettings | None = None
) -> PortfolioSettings:
    """Return the settings that a document says; what it leaves out is taken from ``base``.

    Figures by year are a table, or one number for every year.

    Parameters
    ----------
    body : mapping
        As `PortfolioSettings.to_dict` gives it.
    base : PortfolioSettings, optional
        Without it ``years`` and ``task_mu`` must be said.

    Raises
    ------
    PortfolioSettingsFaultyError
        With every fault: unknown names, what is no number or below 0, years that are none of the
        years, a least above its most.

    Examples
    --------
    >>> asked = settings_from({"years": [2027, 2028], "task_mu": 300, "budgets_wan": {"2027": 5}})
    >>> asked.task_mu[2028], dict(asked.budgets_wan)
    (300.0, {2027: 5.0})
    """
    known = {part.name for part in fields(PortfolioSettings)}
    faults = [f"{name} ?" for name in body if name not in known]
    given = {} if base is None else {name: getattr(base, name) for name in known}
    read = _Reader(faults)
    years = read.years(body.get("years", given.get("years")))
    for name in _BY_YEAR:
        if name in body:
            given[name] = read.by_year(name, body[name], years)
        elif name in given:
            given[name] = {year: mu for year, mu in given[name].items() if year in years}
    if "towns" in body:
        given["towns"] = read.towns(body["towns"])
    if "locked_in" in body:
        given["locked_in"] = read.locks(body["locked_in"], years)
    if "locked_out" in body:
        given["locked_out"] = read.names("locked_out", body["locked_out"])
    for name in ("together", "never"):
        if name in body:
            given[name] = read.groups(name, body[name])
    if "totals" in body:
        given["totals"] = read.totals(body["totals"])
    if "weights" in body:
        given["weights"] = read.weights(body["weights"])
    for name, most in (("months", MOST), ("part_above_mu", MOST), ("part_least_mu", MOST),
                       ("gap", 1.0), ("seconds", MOST)):  # fmt: skip
        if name in body:
            given[name] = read.number(name, body[name], most)
    if given.get("seconds", _LEAST_SECONDS) < _LEAST_SECONDS:
        faults.append(f"seconds: {given['seconds']:g} < {_LEAST_SECONDS:g}")
    for name in ("start_month", "seed"):
        if name in body:
            given[name] = read.whole(name, body[name])
    if not 1 <= given.get("start_month", 1) <= 12:
        faults.append("start_month: 1–12 ?")
    given["unknown"] = body.get("unknown", given.get("unknown", "ask"))
    if given["unknown"] not in UNKNOWN:
        faults.append(f"unknown: {' / '.join(UNKNOWN)} ?")
    for year, most in given.get("task_most_mu", {}).items():
        if most < given.get("task_mu", {}).get(year, 0.0):
            faults.append(f"task_most_mu {year}: {most:g} < task_mu")
    if "task_mu" not in given:
        faults.append("task_mu ?")
    if faults:
        raise PortfolioSettingsFaultyError(count=len(faults), faults="; ".join(faults))
    return PortfolioSettings(**(given | {"years": years}))


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and type(value) is not bool and math.isfinite(value)


class _Reader:
    """Read the parts of a document, noting what cannot be taken."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults

    def number(self, name: str, value: Any, most: float = MOST) -> float:
        if not _number(value) or not 0 <= value <= most:
            self.faults.append(f"{name}: {value!r} ?")
            return 0.0
        return float(value)

    def whole(self, name: str, value: Any) -> int:
        if not _number(value) or value < 0 or value != int(value):
            self.faults.append(f"{name}: {value!r} ?")
            return 1
        return int(value)

    def years(self, value: Any) -> tuple[int, ...]:
        told = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else []
        whole = [year for year in told if type(year) is int and 2000 <= year <= 2100]
        if not told or whole != told or whole != list(range(whole[0], whole[0] + len(whole))):
            self.faults.append(f"years: {value!r} ?")
        return tuple(whole)

    def by_year(self, name: str, value: Any, years: tuple[int, ...]) -> dict[int, float]:
        if _number(value):
            return dict.fromkeys(years, self.number(name, value))
        if not isinstance(value, Mapping):
            self.faults.append(f"{name}: {value!r} ?")
            return {}
        found = {}
        for year, number in value.items():
            if not str(year).isdecimal() or int(year) not in years:
                self.faults.append(f"{name} {year}: year ?")
            else:
                found[int(year)] = self.number(f"{name} {year}", number)
        return found

    def towns(self, value: Any) -> dict[str, TownQuota]:
        found = {}
        for town, sides in (value if isinstance(value, Mapping) else {"towns": None}).items():
            if not isinstance(sides, Mapping) or not sides or set(sides) - set(_SIDES):
                self.faults.append(f"towns {town}: {' / '.join(_SIDES)} ?")
                continue
            quota = {
                side: self.number(f"{town} {side}", mu, 100.0 if side.endswith("pct") else MOST)
                for side, mu in sides.items()
            }
            for unit in ("mu", "pct"):
                if quota.get(f"least_{unit}", 0.0) > quota.get(f"most_{unit}", float("inf")):
                    self.faults.append(f"towns {town}: least_{unit} > most_{unit}")
            found[str(town)] = TownQuota(**quota)
        return found

    def locks(self, value: Any, years: tuple[int, ...]) -> dict[str, int | None]:
        if not isinstance(value, Mapping):
            return dict.fromkeys(self.names("locked_in", value))
        for name, year in value.items():
            if year not in ("", None) and year not in years:
                self.faults.append(f"locked_in {name}: {year!r} ?")
        return {str(name): int(year) if _number(year) else None for name, year in value.items()}

    def names(self, where: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.faults.append(f"{where}: {value!r} ?")
            return ()
        return tuple(dict.fromkeys(str(name) for name in value))

    def groups(self, where: str, value: Any) -> tuple[tuple[str, ...], ...]:
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.faults.append(f"{where}: {value!r} ?")
            return ()
        found = tuple(self.names(where, group) for group in value)
        self.faults.extend(f"{where}: {group!r} < 2" for group in found if len(group) < 2)
        return found

    def totals(self, value: Any) -> dict[str, float]:
        if not isinstance(value, Mapping) or set(value) - set(TOTALS):
            self.faults.append(f"totals: {' / '.join(TOTALS)} ?")
            return {}
        return {name: self.number(f"totals {name}", number) for name, number in value.items()}

    def weights(self, value: Any) -> dict[str, float]:
        if not isinstance(value, Mapping) or set(value) - set(WEIGHTS):
            self.faults.append(f"weights: {' / '.join(WEIGHTS)} ?")
            return {}
        found = {name: self.number(f"weights {name}", w, _MOST_WEIGHT) for name, w in value.items()}
        if not sum(found.values()) > 0:
            self.faults.append("weights: > 0 ?")
        return found

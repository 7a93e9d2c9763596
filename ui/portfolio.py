"""The choice of blocks over the years: what is asked, the county's problem, the work on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from analysis.milp import Moment
from analysis.portfolio import Solution, solve
from analysis.portfolio_county import CountyProblem, county_problem
from analysis.portfolio_problem import Problem
from data import saved_blocks, scenarios
from data.portfolio_settings import PortfolioSettings, default_settings, settings_from
from data.scenarios import document
from gis.errors import UserError
from reports.portfolio_basis import basis_document
from reports.portfolio_list import portfolio_document
from ui import jobs, planned, state
from ui.desk import Desk
from ui.jobs import Job
from ui.shelf import Shelf
from ui.text import language

ASKED, RUN = "portfolio.asked", "portfolio.run"
MOST_IN_URL = 1_500
"""Longer settings stay in the session only: a URL has its length."""
GOALS = ("cost", "gain", "difficulty", "mix")
_problems = Shelf(2)


@dataclass(frozen=True)
class Run:
    """A choice that was asked for: its job, the settings, and what the blocks were made with.

    ``options`` are those of the blocks as plain values, ``version`` and ``rules_id`` those of the
    register and the rules.
    """

    key: tuple[Hashable, ...]
    settings: PortfolioSettings
    options: Mapping[str, Any]
    version: int
    rules_id: str


@dataclass(frozen=True, eq=False)
class Found:
    """What came of a run: the problem, its solution, and that as a plain document."""

    problem: Problem
    solution: Solution
    document: dict[str, Any]


def defaults(desk: Desk) -> PortfolioSettings:
    """Return what is asked where nobody says otherwise: the years after the data."""
    return default_settings(desk.latest.year + 1, task_mu=desk.rules.annual_target_mu)


def asked(desk: Desk) -> PortfolioSettings:
    """Return what the reader asks for."""
    told = st.session_state.get(ASKED)
    return _from_address(desk) if told is None else settings_from(told)


def _from_address(desk: Desk) -> PortfolioSettings:
    """Return what the address says differs from the defaults; all of it or nothing."""
    usual = defaults(desk)
    try:
        told = settings_from(usual.to_dict() | json.loads(state.setting("asked", "{}")))
    except (UserError, ValueError, TypeError, AttributeError, KeyError, OverflowError):
        return usual
    years = 2020 <= told.years[0] <= 2090 and len(told.years) <= 7
    fits = years and 1 <= told.seconds <= 600 and told.gap <= 0.2 and told.months <= 120
    return told if fits else usual


def ask(desk: Desk, settings: PortfolioSettings) -> None:
    """Keep what the reader asks for; the address keeps over a refresh what differs from usual."""
    st.session_state[ASKED] = settings.to_dict()
    told, usual = (
        json.loads(document(settings.to_dict())),
        json.loads(document(defaults(desk).to_dict())),
    )
    differs = {name: value for name, value in told.items() if value != usual.get(name)}
    said = json.dumps(differs, ensure_ascii=False, separators=(",", ":")) if differs else ""
    state.set_setting("asked", "" if len(said) > MOST_IN_URL else said)


def county(
    desk: Desk, settings: PortfolioSettings, chosen: planned.Options | None = None
) -> CountyProblem:
    """Return what there is to choose from (shared: do not change)."""
    chosen = chosen or planned.options()
    name = (*_stamp(desk), planned.prices(desk).id, chosen)
    cut = (settings.part_above_mu, settings.part_least_mu)
    return _problems.get((*name, *cut), lambda: _make(desk, settings, chosen))


def _stamp(desk: Desk) -> tuple[Hashable, ...]:
    """Return what there is to choose from depends on: saving a plan or a block leaves it."""
    changes = desk.changes()
    told = changes.loc[~changes["kind"].isin([scenarios.KIND, saved_blocks.KIND]), "change_no"]
    place = (str(desk.workspace), id(desk.register), desk.known_on, desk.state_on)
    return (*place, desk.rules.id, int(told.max()) if len(told) else 0)


def _make(desk: Desk, settings: PortfolioSettings, chosen: planned.Options) -> CountyProblem:
    return county_problem(
        planned.land(desk),
        desk.events,
        planned.figures_of_parcels(desk, chosen),
        rules=desk.rules,
        as_of=desk.as_of,
        block_rules=replace(planned.block_rules(), within_m=chosen.within_m),
        prices=planned.prices(desk),
        settings=replace(settings, locked_in={}, locked_out=(), together=(), never=()),
        barriers=planned.barriers(desk),
        borders=chosen.borders,
    )


def problem(desk: Desk, settings: PortfolioSettings, chosen: planned.Options) -> Problem:
    """Return the problem that is to be solved; what the ledger has credited counts."""
    found = county(desk, settings, chosen)
    ledger = {year: mu for year, mu in found.credited_mu.items() if year in settings.years}
    asked_for = replace(settings, credited_mu=ledger | dict(settings.credited_mu))
    return replace(found.problem, settings=asked_for)


def basis(
    desk: Desk, settings: PortfolioSettings, chosen: planned.Options | None = None
) -> dict[str, Any]:
    """Return what a choice rests on: tasks assumed, land credited already, missing barriers."""
    return basis_document(
        county(desk, settings, chosen),
        settings,
        rules=desk.rules,
        barriers_missing=planned.missing_barriers(desk),
    )


def start(desk: Desk, settings: PortfolioSettings) -> Run:
    """Begin the work, which goes on when the page is left, and keep it as the reader's run."""
    options = planned.options()
    told = {"within_m": options.within_m, "borders": options.borders, "far_line": options.far_line}
    key = run_key(desk, "choose", settings)
    lang = language()

    def work() -> Found:
        asked_for = problem(desk, settings, options)
        found = solve(asked_for, **watched(key))
        told = basis(desk, asked_for.settings, options)
        return Found(asked_for, found, portfolio_document(asked_for, found, more=told, lang=lang))

    jobs.start(key, work)
    run = Run(key, settings, told, desk.version, f"{desk.rules.id}+{planned.prices(desk).id}")
    st.session_state[RUN] = run
    return run


def run_key(desk: Desk, name: str, settings: PortfolioSettings) -> tuple[Hashable, ...]:
    """Return everything that an answer depends on."""
    made_of = (planned.prices(desk).id, planned.options(), document(settings.to_dict()))
    return ("portfolio", name, *desk.key, *made_of, language())


def watched(key: Hashable) -> dict[str, Callable[..., Any]]:
    """Return what lets a solver tell how far it is and hear that it should stop."""

    def hear(moment: Moment) -> None:
        job = jobs.peek(key)
        if job is not None:
            job.told = moment

    def stopped() -> bool:
        job = jobs.peek(key)
        return job is None or job.asked_to_stop

    return {"progress": hear, "stopped": stopped}


def run_of() -> Run | None:
    """Return the reader's last run, None before the first."""
    return st.session_state.get(RUN)


def job_of(run: Run) -> Job | None:
    """Return the job of a run, None where it is forgotten."""
    return jobs.peek(run.key)

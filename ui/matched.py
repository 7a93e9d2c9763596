"""All projects and all sites together: what is asked, the work beside the page, its plan."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any
from urllib.parse import unquote

import streamlit as st

from analysis.matching import match
from analysis.matching_reasons import first_come, points, relaxations, unplaced
from analysis.siting import weights_for
from analysis.siting_county import county_match
from reports.match_list import match_document
from ui import jobs, sited, state
from ui.desk import Desk
from ui.jobs import Job
from ui.portfolio import watched
from ui.text import language, set_language

RUN = "match.run"
PINS, BANS, WAIT, OWN, SOLVED = "pins", "bans", "wait", "mine", "solved"
"""What is asked, as the address keeps it; and that it was solved."""
SECONDS = 30.0
_MARKS = {"%": "%25", ":": "%3A", ",": "%2C"}
Pair = tuple[str, str]


def pairs(name: str) -> tuple[Pair, ...]:
    """Return what is pinned or banned by hand (``PINS`` or ``BANS``)."""
    told = [pair.split(":") for pair in state.setting(name).split(",") if pair]
    return tuple((unquote(project), unquote(site)) for project, site in told)


def set_pairs(name: str, told: tuple[Pair, ...]) -> None:
    """Keep what is pinned or banned by hand."""
    state.set_setting(name, ",".join(":".join(map(_marked, pair)) for pair in dict.fromkeys(told)))


def _marked(name: str) -> str:
    """Write a number so that it holds no sign that parts numbers."""
    return "".join(_MARKS.get(sign, sign) for sign in name)


def late_most() -> float:
    """Return how many months a project waits at most: what was asked, else of the rules."""
    told = state.setting(WAIT)
    return float(told) if told else float(sited.criteria().limits["late_most"])


def set_late_most(months: float | None) -> None:
    """Keep how many months a project waits at most; None is that of the rules."""
    state.set_setting(WAIT, "" if months is None else f"{round(months, 2):g}")


def weights() -> dict[str, float] | None:
    """Return the reader's own weights where all projects are to be matched by them, else None."""
    return sited.own_weights() if state.setting(OWN) else None


def key_of(desk: Desk) -> tuple[Hashable, ...]:
    """Return everything that the plan depends on."""
    own = tuple((weights() or {}).items())
    return ("match", *desk.key, late_most(), pairs(PINS), pairs(BANS), own, language())


def start(desk: Desk) -> None:
    """Begin the work, which goes on when the page is left, and keep it as the reader's run."""
    key, months, pins, bans = key_of(desk), late_most(), pairs(PINS), pairs(BANS)
    lang, criteria, own = language(), sited.criteria(), weights()

    def work() -> dict[str, Any]:
        set_language(lang)  # the work has a thread of its own
        facts = sited.facts(desk)
        problem = county_match(
            sited.projects(desk),
            sited.sites(desk).table,
            facts,
            sited.vetoes(desk).named_pairs(sited.rules()),
            criteria=criteria,
            project_rules=sited.project_rules(),
            weights={cluster: weights_for(criteria, cluster, own) for cluster in facts},
            on=desk.state_on,
            pins=pins,
            bans=bans,
            late_most=months,
            decided=sited.settled(desk),
        )
        found = match(problem, gap=1e-4, seconds=SECONDS, **watched(key))
        prices = {name: criteria.limits[name] for name in ("late_price", "short_price")}
        plain = first_come(problem)
        plan = match_document(
            problem,
            found,
            left=unplaced(problem, found),
            ways=relaxations(problem, found, **prices),
            first_come=plain,
            first_come_points=points(problem, found.pairs, plain),
            told=sited.barred(desk),
            lang=lang,
        )
        return {**plan, "asked": {"late": months, "pins": pins, "bans": bans, "own": bool(own)}}

    jobs.start(key, work)
    st.session_state[RUN] = key
    state.set_setting(SOLVED, "1")


def resume(desk: Desk) -> None:
    """Take up the plan that the address says was solved: as kept, else solved anew."""
    if RUN not in st.session_state and state.setting(SOLVED):
        start(desk)


def run_of() -> tuple[Hashable, ...] | None:
    """Return the reader's last run, None before the first."""
    return st.session_state.get(RUN)


def job_of(key: tuple[Hashable, ...]) -> Job | None:
    """Return the job of a run, None where it is forgotten."""
    return jobs.peek(key)

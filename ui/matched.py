"""All projects and all sites together: what is asked, the work beside the page, its plan."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import streamlit as st

from analysis.matching import match
from analysis.matching_reasons import first_come, points, relaxations, unplaced
from analysis.siting import weights_for
from analysis.siting_county import county_match
from reports.match_list import match_document
from ui import jobs, sited
from ui.desk import Desk
from ui.jobs import Job
from ui.portfolio import watched
from ui.text import language

RUN, PINS, BANS, OWN = "match.run", "match.pins", "match.bans", "match.own"
SECONDS = 30.0
Pair = tuple[str, str]


def pairs(name: str) -> tuple[Pair, ...]:
    """Return what is pinned or banned by hand (``PINS`` or ``BANS``)."""
    return tuple(st.session_state.get(name, ()))


def set_pairs(name: str, told: tuple[Pair, ...]) -> None:
    """Keep what is pinned or banned by hand."""
    st.session_state[name] = tuple(dict.fromkeys(told))


def late_most() -> float:
    """Return how many months a project waits at most: what was asked, else of the rules."""
    told = st.session_state.get("match.late")
    return float(sited.criteria().limits["late_most"] if told is None else told)


def weights() -> dict[str, float] | None:
    """Return the reader's own weights where all projects are to be matched by them, else None."""
    return sited.own_weights() if st.session_state.get(OWN) else None


def key_of(desk: Desk) -> tuple[Hashable, ...]:
    """Return everything that the plan depends on."""
    own = tuple((weights() or {}).items())
    return ("match", *desk.key, late_most(), pairs(PINS), pairs(BANS), own, language())


def start(desk: Desk) -> None:
    """Begin the work, which goes on when the page is left, and keep it as the reader's run."""
    key, months, pins, bans = key_of(desk), late_most(), pairs(PINS), pairs(BANS)
    lang, criteria, own = language(), sited.criteria(), weights()

    def work() -> dict[str, Any]:
        facts = sited.facts(desk)
        problem = county_match(
            sited.projects(desk),
            sited.sites(desk).table,
            facts,
            sited.vetoes(desk).pairs(),
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


def run_of() -> tuple[Hashable, ...] | None:
    """Return the reader's last run, None before the first."""
    return st.session_state.get(RUN)


def job_of(key: tuple[Hashable, ...]) -> Job | None:
    """Return the job of a run, None where it is forgotten."""
    return jobs.peek(key)

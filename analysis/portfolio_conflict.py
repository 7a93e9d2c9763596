"""Why there is no answer: the smallest set of asks that contradict each other, with the numbers.

Sets that cannot all be kept are found from their opposite. A choice that breaks some asks proves
that the others go together, so every contradiction must hold one of those it broke. The smallest
set that hits all of them is tried; either it contradicts itself, and then nothing smaller does, or
a choice keeps it and breaks others, which is one more thing to hit. What is in nobody's power (no
parcel twice) always holds.

The time is limited. First a set is found of which even the linear programme has no answer, by
leaving out one ask after the other; where time is up before a smaller set is found or ruled out,
it is told, as one that is not proven to be the smallest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from analysis.milp import Answer, Model, Stopped, solve_milp
from analysis.portfolio_model import Ask, Built
from analysis.portfolio_problem import Problem

MOST_ROUNDS = 200
SECONDS = 10.0
"""Time for each question put to the solver."""
_LEAST_SECONDS, _LEAST_WHOLE = 0.2, 10.0
_BROKEN = 1e-6
_MOST_KINDS = (
    "task_most", "budget", "firms", "jobs", "town_most", "total_cost", "total_difficulty",
)  # fmt: skip
_LEAST_KINDS = ("task", "town_least", "total_gain")
_WORDS = {
    "task": (
        "{about} 年任务 {asked:,.1f} 亩，最多只能做到 {reach:,.1f} 亩（其中已计入 {done:,.1f} 亩）",
        "{about}: the task is {asked:,.1f} mu, at most {reach:,.1f} mu can be reached "
        "({done:,.1f} mu of it credited already)",
    ),
    "task_most": (
        "{about} 年至多 {asked:,.1f} 亩，至少会有 {reach:,.1f} 亩",
        "{about}: at most {asked:,.1f} mu is asked, at least {reach:,.1f} mu there would be",
    ),
    "budget": (
        "{about} 年预算 {asked:,.1f} 万元，至少需要 {reach:,.1f} 万元",
        "{about}: the budget is {asked:,.1f} × 10,000 yuan, at least {reach:,.1f} is needed",
    ),
    "firms": (
        "{about} 年至多搬迁企业 {asked:,.0f} 家，至少需搬迁 {reach:,.0f} 家",
        "{about}: at most {asked:,.0f} firms can move, at least {reach:,.0f} must",
    ),
    "jobs": (
        "{about} 年涉及职工至多 {asked:,.0f} 人，至少涉及 {reach:,.0f} 人",
        "{about}: at most {asked:,.0f} jobs can move, at least {reach:,.0f} must",
    ),
    "total_cost": (
        "各年费用合计至多 {asked:,.1f} 万元，至少需要 {reach:,.1f} 万元",
        "over all years at most {asked:,.1f} × 10,000 yuan is asked, at least {reach:,.1f} needed",
    ),
    "total_gain": (
        "可增建筑面积合计至少 {asked:,.0f} 平方米，最多只有 {reach:,.0f} 平方米",
        "at least {asked:,.0f} m² of floor area is to be gained, at most {reach:,.0f} m² can be",
    ),
    "total_difficulty": (
        "难度合计（亩 × 难度）至多 {asked:,.0f}，至少会有 {reach:,.0f}",
        "difficulty (mu × points) of at most {asked:,.0f} is asked, at least {reach:,.0f} there "
        "would be",
    ),
    "town_least": (
        "{about}可选 {left:,.1f} 亩，最多只能选到 {reach:,.1f} 亩，要求至少 {asked:,.1f} 亩",
        "{about} has {left:,.1f} mu left, of which at most {reach:,.1f} can be chosen; "
        "at least {asked:,.1f} is asked",
    ),
    "town_most": (
        "{about}要求至多 {asked:,.1f} 亩，至少会有 {reach:,.1f} 亩",
        "{about}: at most {asked:,.1f} mu is asked, at least {reach:,.1f} mu there would be",
    ),
    "town_least_pct": (
        "{about}要求至少占所选面积的 {asked:g} %（可选 {left:,.1f} 亩）",
        "{about}: at least {asked:g} % of the chosen land is asked ({left:,.1f} mu left)",
    ),
    "town_most_pct": (
        "{about}要求至多占所选面积的 {asked:g} %（可选 {left:,.1f} 亩）",
        "{about}: at most {asked:g} % of the chosen land is asked ({left:,.1f} mu left)",
    ),
    "locked_in": ("{about} 必须选入{begin}", "{about} must be chosen{begin}"),
    "locked_out": ("{about} 不得选入", "{about} may not be chosen"),
    "together": ("{about} 须同年启动或都不选", "{about} start in the same year or not at all"),
    "never": ("{about} 至多选一个", "at most one of {about} is chosen"),
}
_NONE_YET = (
    "；此前启动的连片在该年都还不能计入",
    "; nothing that starts within the years is credited in it",
)


@dataclass(frozen=True)
class Conflict:
    """One of the asks that contradict each other.

    Attributes
    ----------
    kind, about, year, asked
        As `analysis.portfolio_model.Ask`.
    reach : float
        The most (of what is asked at least) or the least (of what is asked at most) that can be
        while the other asks of the conflict are kept; NaN where that is no number.
    left_mu : float
        Of a town: its land among the candidates. NaN else.
    done_mu : float
        Of a year: credited already. NaN else.
    none_yet : bool
        Of a year: nothing that starts within the years is credited in it.
    smallest : bool
        No smaller set of asks contradicts itself; False where time was up before that was proven.
    """

    kind: str
    about: tuple[str, ...]
    year: int | None
    asked: float
    reach: float
    left_mu: float
    done_mu: float
    none_yet: bool = False
    smallest: bool = True

    def say(self, lang: str = "zh") -> str:
        """Return it as a sentence with its numbers.

        Examples
        --------
        >>> unknown = float("nan")
        >>> Conflict("town_least", ("南滨街道",), None, 300, 212, 212, unknown).say("en")
        '南滨街道 has 212.0 mu left, at least 300.0 is asked'
        """
        zh = lang != "en"
        template = _WORDS[self.kind][0 if zh else 1]
        if self.kind == "town_least" and abs(self.reach - self.left_mu) < 0.05:
            template = (
                "{about}只有 {left:,.1f} 亩可选，要求至少 {asked:,.1f} 亩"
                if zh
                else "{about} has {left:,.1f} mu left, at least {asked:,.1f} is asked"
            )
        begin = ""
        if self.kind == "locked_in" and self.year is not None:
            begin = f"，且 {self.year} 年启动" if zh else f", to start in {self.year}"
        said = template.format(
            about=("、" if zh else ", ").join(self.about),
            asked=self.asked,
            reach=self.reach,
            left=self.left_mu,
            done=self.done_mu,
            begin=begin,
        )
        return said + (_NONE_YET[0 if zh else 1] if self.none_yet else "")

    def record(self, lang: str = "zh") -> dict[str, Any]:
        """Return it ready for JSON, the sentence in both languages."""
        numbers = {"asked": self.asked, "reach": self.reach, "left_mu": self.left_mu}
        told = {name: None if np.isnan(n) else round(n, 4) for name, n in numbers.items()}
        return {
            "kind": self.kind,
            "about": list(self.about),
            "year": self.year,
            **told,
            "smallest": self.smallest,
            "message": self.say(lang),
            "message_zh": self.say("zh"),
            "message_en": self.say("en"),
        }


def conflict(
    problem: Problem, built: Built, *, stopped: Stopped | None = None
) -> tuple[Conflict, ...]:
    """Return the smallest set of asks that no choice keeps together, as far as time allows.

    Parameters
    ----------
    problem, built
        A problem and its model, which has no answer.
    stopped : callable, optional
        Asked whether to give up.

    Returns
    -------
    tuple of Conflict
        In the order of the settings. Empty where none was found in as many seconds as the settings
        give to the search itself, at least 10.
    """
    clock = _Clock(max(problem.settings.seconds, _LEAST_WHOLE))
    members, smallest = _found(built, clock, stopped)
    if members is None:
        return ()
    each = max(clock.whole / len(members), _LEAST_SECONDS)
    told = (_told(problem, built, place, members, min(each, SECONDS)) for place in sorted(members))
    return tuple(replace(one, smallest=smallest) for one in told)


class _Clock:
    """The seconds that the solver has taken, of those that it may."""

    def __init__(self, whole: float) -> None:
        self.whole = self.left = whole

    def ask(self, model: Model, stopped: Stopped | None = None, *, gap: float = 0.0) -> Answer:
        """Put a question to the solver; time it takes no account of is counted as a little."""
        seconds = min(max(self.left, _LEAST_SECONDS), SECONDS)
        answer = solve_milp(model, gap=gap, seconds=seconds, stopped=stopped)
        self.left -= max(answer.seconds, 0.01)
        return answer


def _found(
    built: Built, clock: _Clock, stopped: Stopped | None
) -> tuple[frozenset[int] | None, bool]:
    """Return the smallest set, or one that contradicts itself; and whether it is the smallest."""
    clear = _linear(built, clock, stopped)
    to_hit: list[frozenset[int]] = []
    for _ in range(MOST_ROUNDS):
        if clock.left <= 0:
            break
        tried = _hitting(to_hit, len(built.asks), clock)
        if clear is not None and len(tried) >= len(clear):
            return clear, True
        answer, slack_of = _bend(built, tried, clock, stopped)
        if answer.status == "infeasible":
            return tried, True
        if answer.values is None:
            break
        slack = answer.values[len(built.model.cost) :]
        broken = frozenset(int(ask) for ask in np.unique(slack_of[slack > _BROKEN]))
        if not broken - tried:
            break
        to_hit.append(broken - tried)
    return clear, False


def _linear(built: Built, clock: _Clock, stopped: Stopped | None) -> frozenset[int] | None:
    """Return asks of which the linear programme has no answer, leaving out many, then one by one.

    None where all of them have one; where half of the time is up, some may not be needed.
    """
    model, until = built.model, clock.left / 2
    matrix, nothing = sparse.csr_array(model.matrix), np.zeros(len(model.cost))

    def clash(asks: frozenset[int]) -> bool:
        kept = np.flatnonzero((built.ask_of_row < 0) | np.isin(built.ask_of_row, list(asks)))
        linear = replace(
            model,
            cost=nothing,
            matrix=matrix[kept],
            row_low=model.row_low[kept],
            row_high=model.row_high[kept],
            whole=np.zeros(len(nothing), dtype=bool),
        )
        return clock.ask(linear, stopped).status == "infeasible"

    found = frozenset(range(len(built.asks)))
    if not clash(found):
        return None
    size = len(found)
    while size := size // 2:
        order = sorted(found, reverse=True)
        for first in range(0, len(order), size):
            if clock.left <= until:
                return found
            if clash(rest := found - set(order[first : first + size])):
                found = rest
    return found


def _hitting(sets: list[frozenset[int]], count: int, clock: _Clock) -> frozenset[int]:
    """Return the smallest set that has a member in each; of several the one of the first asks."""
    if not sets:
        return frozenset()
    rows = sparse.lil_array((len(sets), count))
    for row, each in enumerate(sets):
        rows[[row] * len(each), sorted(each)] = 1.0
    model = Model(
        cost=1.0 + np.arange(count) / (1000.0 * count),
        matrix=rows.tocsr(),
        row_low=np.ones(len(sets)),
        row_high=np.full(len(sets), np.inf),
        low=np.zeros(count),
        high=np.ones(count),
        whole=np.ones(count, dtype=bool),
    )
    answer = clock.ask(model)
    if answer.values is None:
        return frozenset()
    return frozenset(np.flatnonzero(answer.values > 0.5).tolist())


def _bend(
    built: Built, kept: frozenset[int], clock: _Clock, stopped: Stopped | None
) -> tuple[Answer, np.ndarray]:
    """Keep some asks and break the others as little as can be, each in proportion to its size."""
    model, of = built.model, built.ask_of_row
    soft = np.flatnonzero((of >= 0) & ~np.isin(of, list(kept)))
    low = soft[np.isfinite(model.row_low[soft])]
    high = soft[np.isfinite(model.row_high[soft])]
    rows = np.concatenate([low, high])
    size = np.abs(np.concatenate([model.row_low[low], model.row_high[high]]))
    signs = np.concatenate([np.ones(len(low)), -np.ones(len(high))])
    count = len(rows)
    # A slack counts in units of what is asked, so that all asks weigh alike.
    unit = np.maximum(size, 1.0)
    slack = sparse.csr_array(
        (signs * unit, (rows, np.arange(count))), shape=(model.matrix.shape[0], count)
    )
    bent = Model(
        cost=np.concatenate([np.zeros(len(model.cost)), np.ones(count)]),
        matrix=sparse.hstack([sparse.csr_array(model.matrix), slack]).tocsr(),
        row_low=model.row_low,
        row_high=model.row_high,
        low=np.concatenate([model.low, np.zeros(count)]),
        high=np.concatenate([model.high, np.full(count, np.inf)]),
        whole=np.concatenate([model.whole, np.zeros(count, dtype=bool)]),
    )
    return clock.ask(bent, stopped, gap=0.05), of[rows]


def _told(
    problem: Problem, built: Built, place: int, members: frozenset[int], seconds: float
) -> Conflict:
    ask = built.asks[place]
    unknown = float("nan")
    left = done = unknown
    none_yet = False
    if ask.kind.startswith("town"):
        there = ask.about[0] in problem.town_mu
        mine = problem.parcels["town"] == ask.about[0]
        mine &= problem.parcels.index.isin(problem.pairs["parcel_id"])
        left = float(problem.parcels.loc[mine, "area_mu"].sum()) if there else 0.0
    if ask.kind in ("task", "task_most") and ask.year is not None:
        done = float(problem.settings.credited_mu.get(ask.year, 0.0))
        none_yet = ask.kind == "task" and not (built.options.credit == ask.year).any()
    reach = _reach(built, place, members - {place}, seconds)
    reach += 0.0 if np.isnan(done) else done
    return Conflict(ask.kind, ask.about, ask.year, ask.asked, reach, left, done, none_yet)


def _reach(built: Built, place: int, others: frozenset[int], seconds: float) -> float:
    """Return how far what is asked can be met while the other asks of the conflict are kept."""
    ask: Ask = built.asks[place]
    if ask.kind not in _LEAST_KINDS + _MOST_KINDS:
        return float("nan")
    model, of = built.model, built.ask_of_row
    row = sparse.csr_array(model.matrix)[[int(np.flatnonzero(of == place)[0])]]
    kept = (of < 0) | np.isin(of, list(others))
    sign = -1.0 if ask.kind in _LEAST_KINDS else 1.0
    rest = replace(
        model,
        cost=sign * row.toarray().ravel(),
        matrix=sparse.csr_array(model.matrix)[np.flatnonzero(kept)],
        row_low=model.row_low[kept],
        row_high=model.row_high[kept],
    )
    answer = solve_milp(rest, gap=1e-4, seconds=seconds)
    return float("nan") if np.isnan(answer.bound) else sign * answer.bound

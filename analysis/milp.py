"""A mixed-integer programme solved by HiGHS: a sparse model in; status, gap, bound, values out.

The only module that knows the solver. It names no parcel and no year: whoever builds a model keeps
what its columns and rows mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analysis.errors import AnalysisError

Floats = NDArray[np.float64]
TOLERANCE = 1e-6
"""A gap no wider than this is none."""
_TELL_EVERY_S = 0.2
_END = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
    highspy.HighsModelStatus.kTimeLimit: "time",
    highspy.HighsModelStatus.kInterrupt: "stopped",
    highspy.HighsModelStatus.kSolutionLimit: "gap",
}


class ModelFaultyError(AnalysisError):
    """A model with unknown figures, or whose parts do not fit each other."""

    zh = "优化模型无法求解：{found}。未知的数须先补上，不能当作 0。"
    en = "The model cannot be solved: {found}. Give what is unknown first: it is not taken as 0."


class SolverFailedError(AnalysisError):
    """The solver gave up on a model for a reason of its own."""

    zh = "求解器未能得出结论（{found}）。请放宽时限或减少候选后重试。"
    en = "The solver came to no conclusion ({found}). Give more time or fewer candidates."


@dataclass(frozen=True, eq=False)
class Model:
    """Least ``cost · x`` with ``row_low ≤ matrix · x ≤ row_high`` and ``low ≤ x ≤ high``.

    Attributes
    ----------
    cost : ndarray, shape (n,)
        Finite.
    matrix : sparse array, shape (m, n)
        Any format; m may be 0.
    row_low, row_high : ndarray, shape (m,)
        Infinite where a side is open; NaN is refused.
    low, high : ndarray, shape (n,)
        As the rows.
    whole : ndarray of bool, shape (n,)
        Variables that take whole numbers.
    start : ndarray, shape (n,), optional
        Values to begin with; they need not be feasible.
    """

    cost: Floats
    matrix: Any
    row_low: Floats
    row_high: Floats
    low: Floats
    high: Floats
    whole: NDArray[np.bool_]
    start: Floats | None = None


@dataclass(frozen=True)
class Moment:
    """How far the solver is: seconds, the best answer so far, the proven bound, the gap."""

    seconds: float
    best: float
    bound: float
    gap: float


@dataclass(frozen=True, eq=False)
class Answer:
    """What came of a model.

    Attributes
    ----------
    status : str
        ``optimal`` (no gap beyond `TOLERANCE`), ``gap`` (ended within the gap asked for), ``time``
        (time was up), ``stopped`` (by its user), ``infeasible`` or ``unbounded``.
    values : ndarray or None
        The best values found, whole ones exactly whole; None where there are none.
    objective, bound, gap : float
        Of those values; the least that any answer can have; ``(objective − bound) / |objective|``.
        NaN where unknown.
    seconds : float
        As the solver measured them.
    nodes : int
        Nodes of the search.
    """

    status: str
    values: Floats | None
    objective: float
    bound: float
    gap: float
    seconds: float
    nodes: int


Progress = Callable[[Moment], None]
Stopped = Callable[[], bool]


def solve_milp(
    model: Model,
    *,
    gap: float = 0.01,
    gap_abs: float = 1e-6,
    seconds: float = 60.0,
    seed: int = 0,
    progress: Progress | None = None,
    stopped: Stopped | None = None,
) -> Answer:
    """Solve a mixed-integer (or purely linear) programme.

    Parameters
    ----------
    model : Model
        What is to be least.
    gap : float
        Relative gap at which the search may end, 0.01 for 1 %.
    gap_abs : float
        The same in the unit of the objective: the search ends at whichever comes first.
    seconds : float
        Time limit; the answer then is the best so far with its gap.
    seed : int
        The same model, seed and enough time give the same answer.
    progress : callable, optional
        Hears a `Moment` about five times a second.
    stopped : callable, optional
        Asked all along; once it says True the search ends with status ``stopped``. Whatever
        either of the two raises ends the search and is raised here.

    Returns
    -------
    Answer
        Never an answer that breaks a row by more than the solver's tolerance of 1e-6.

    Raises
    ------
    ModelFaultyError
        If a figure is NaN or the shapes do not fit.
    SolverFailedError
        If the solver ends in a way that says nothing about the model.

    Examples
    --------
    The dearer of two things is left out where one is enough.

    >>> one_of = Model(np.array([2.0, 3.0]), sparse.csr_array([[1.0, 1.0]]), np.array([1.0]),
    ...                np.array([np.inf]), np.zeros(2), np.ones(2), np.array([True, True]))
    >>> answer = solve_milp(one_of)
    >>> answer.status, answer.values.tolist(), answer.objective, answer.gap
    ('optimal', [1.0, 0.0], 2.0, 0.0)
    """
    _refuse_faulty(model)
    if not len(model.cost):
        return _without_columns(model)
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    options = {
        "output_flag": False,
        "mip_rel_gap": float(gap),
        "mip_abs_gap": float(gap_abs),
        "time_limit": float(seconds),
        "random_seed": int(seed) % 2_147_483_647,
    }
    for name, value in options.items():
        solver.setOptionValue(name, value)
    solver.passModel(_passed(model))
    if model.start is not None:
        begin = highspy.HighsSolution()
        begin.col_value = np.asarray(model.start, dtype=float).tolist()
        solver.setSolution(begin)
    ears = _Ears(progress, stopped)
    ears.listen(solver)
    solver.run()
    if ears.raised is not None:
        raise ears.raised
    return _answer(solver, model)


def _without_columns(model: Model) -> Answer:
    """Return what the solver does not tell of a model in which nothing can be chosen."""
    if (model.row_low <= 0).all() and (model.row_high >= 0).all():
        return Answer("optimal", np.empty(0), 0.0, 0.0, 0.0, 0.0, 0)
    unknown = float("nan")
    return Answer("infeasible", None, unknown, unknown, unknown, 0.0, 0)


def _refuse_faulty(model: Model) -> None:
    rows, columns = model.matrix.shape
    wanted = {"cost": columns, "low": columns, "high": columns, "whole": columns}
    wanted |= {"row_low": rows, "row_high": rows}
    for name, length in wanted.items():
        if len(getattr(model, name)) != length:
            raise ModelFaultyError(found=f"{name}: {len(getattr(model, name))} ≠ {length}")
    for name in ("row_low", "row_high", "low", "high"):
        if np.isnan(getattr(model, name)).any():
            raise ModelFaultyError(found=f"{name}: NaN")
    if not np.isfinite(model.cost).all():
        raise ModelFaultyError(found="cost: NaN")
    if not np.isfinite(sparse.csr_array(model.matrix).data).all():
        raise ModelFaultyError(found="matrix: NaN")


def _passed(model: Model) -> highspy.HighsLp:
    rows = sparse.csr_array(model.matrix)
    rows.sum_duplicates()
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = rows.shape
    lp.col_cost_ = np.asarray(model.cost, dtype=float)
    lp.col_lower_, lp.col_upper_ = _bounds(model.low), _bounds(model.high)
    lp.row_lower_, lp.row_upper_ = _bounds(model.row_low), _bounds(model.row_high)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = rows.indptr.astype(np.int32)
    lp.a_matrix_.index_ = rows.indices.astype(np.int32)
    lp.a_matrix_.value_ = rows.data.astype(float)
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    if np.any(model.whole):
        lp.integrality_ = [kinds[int(flag)] for flag in model.whole]
    return lp


def _bounds(given: Floats) -> Floats:
    return np.clip(np.asarray(given, dtype=float), -highspy.kHighsInf, highspy.kHighsInf)


class _Ears:
    """Hear the solver; nothing may be raised through it, so what is raised is kept for later."""

    def __init__(self, progress: Progress | None, stopped: Stopped | None) -> None:
        self.progress, self.stopped = progress, stopped
        self.told = -_TELL_EVERY_S
        self.raised: BaseException | None = None

    def listen(self, solver: Any) -> None:
        """Subscribe, where anybody wants to hear."""
        if self.progress is None and self.stopped is None:
            return
        solver.cbMipInterrupt.subscribe(self.search)
        solver.cbSimplexInterrupt.subscribe(self.step)
        solver.cbIpmInterrupt.subscribe(self.step)

    def search(self, event: Any) -> None:
        """Tell how far the search is, and ask whether it may go on."""
        self.step(event)
        said = event.data_out
        if self.progress is None or self.raised is not None:
            return
        if said.running_time - self.told < _TELL_EVERY_S:
            return
        self.told = said.running_time
        best, bound = _known(said.mip_primal_bound), _known(said.mip_dual_bound)
        try:
            self.progress(Moment(said.running_time, best, bound, relative_gap(best, bound)))
        except BaseException as raised:
            self.raised = raised
            event.interrupt()

    def step(self, event: Any) -> None:
        """Ask whether the search may go on."""
        try:
            if self.raised is not None or (self.stopped is not None and self.stopped()):
                event.interrupt()
        except BaseException as raised:
            self.raised = raised
            event.interrupt()


def _known(value: float) -> float:
    return float(value) if abs(value) < highspy.kHighsInf else float("nan")


def relative_gap(objective: float, bound: float) -> float:
    """Return how far above the bound an objective can be, as a share of it; NaN where unknown.

    Examples
    --------
    >>> relative_gap(100.0, 99.0), relative_gap(0.0, 0.0)
    (0.01, 0.0)
    """
    apart = max(objective - bound, 0.0) if objective >= bound else 0.0
    if np.isnan(objective) or np.isnan(bound):
        return float("nan")
    if apart <= TOLERANCE * 1e-3:
        return 0.0
    return float(apart / abs(objective)) if objective else float("inf")


def _answer(solver: Any, model: Model) -> Answer:
    end, info = solver.getModelStatus(), solver.getInfo()
    status = _END.get(end)
    if status is None:
        raise SolverFailedError(found=solver.modelStatusToString(end))
    seconds, nodes = float(solver.getRunTime()), int(info.mip_node_count)
    unknown = float("nan")
    whole = bool(np.any(model.whole))
    bound = _known(info.mip_dual_bound) if whole else unknown
    if status in ("infeasible", "unbounded") or info.primal_solution_status != 2:
        return Answer(status, None, unknown, bound, unknown, seconds, max(nodes, 0))
    values = np.array(solver.getSolution().col_value, dtype=float)
    values[model.whole] = np.round(values[model.whole])
    objective = float(model.cost @ values)
    if not whole and status == "optimal":
        bound = objective
    gap = relative_gap(objective, bound)
    if status == "optimal" and gap > TOLERANCE:
        status = "gap"
    return Answer(status, values, objective, bound, gap, seconds, max(nodes, 0))

"""The reference model, solved by any solver that Pyomo finds: ``pyomo`` (appsi_highs) or, say, ``pyomo:glpk``."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from optimizer.columns.table import Columns, Selection
from optimizer.engines.base import Availability, Capability, EngineResult, Monitor
from optimizer.engines.itinerary_generation import known_itineraries
from optimizer.engines.search import Search, infeasible, settled, settled_by_jobs, too_large
from optimizer.features import PLACED_FEATURES, PLANT_FEATURES, Feature
from optimizer.interrupt import Interrupted, giving_way
from optimizer.memory import collection_paused, free_later
from optimizer.params import SolveParams
from optimizer.units import to_micros

SOLVER_VARIABLE = "LOADSTONE_PYOMO_SOLVER"
DEFAULT_SOLVER = "appsi_highs"
#: Pyomo keeps an object for each; arrays serve beyond (engine ``highs``).
MOST_COEFFICIENTS = 5_000_000

#: How each solver calls its time limit, relative gap, threads and seed; one Pyomo knows but this table does not runs
#: with its own defaults, and without a time limit of its own.
_OPTIONS = {
    "appsi_highs": ("time_limit", "mip_rel_gap", "threads", "random_seed"),
    "highs": ("time_limit", "mip_rel_gap", "threads", "random_seed"),
    "glpk": ("tmlim", "mipgap", None, None),
    "cbc": ("seconds", "ratioGap", "threads", "randomSeed"),
    "scip": ("limits/time", "limits/gap", None, "randomization/randomseedshift"),
    "gurobi": ("TimeLimit", "MIPGap", "Threads", "Seed"),
    "cplex": ("timelimit", "mip_tolerances_mipgap", "threads", "randomseed"),
}
_WHOLE_SECONDS = frozenset({"glpk"})


class PyomoEngine:
    """The solver cannot be stopped before its own time limit and reports once, at its end. Work limits are refused."""

    capabilities = frozenset(
        {Capability.MANDATORY_JOBS, Capability.BUDGETS, Capability.PROVES_OPTIMALITY, Capability.WARM_START}
    )
    features: frozenset[Feature] = PLACED_FEATURES | PLANT_FEATURES

    def __init__(self, solver: str | None = None) -> None:
        self.solver = solver or os.environ.get(SOLVER_VARIABLE) or DEFAULT_SOLVER
        self.name = "pyomo" if solver is None else f"pyomo:{solver}"

    def availability(self) -> Availability:
        try:
            installed = version("pyomo")
        except PackageNotFoundError:
            return Availability(False, "pyomo is not installed; install loadstone[pyomo]")
        if not self._factory().available(exception_flag=False):
            return Availability(False, f"pyomo {installed} finds no solver {self.solver!r}")
        return Availability(True, f"pyomo {installed} with {self.solver}")

    def solve(self, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        from pyomo.opt import TerminationCondition

        from optimizer.formulation.pyomo_model import build, selection_of, start_from

        search = Search(columns, params, start, monitor)
        if (answer := settled(search)) is not None:
            return answer
        if (answer := too_large(search, MOST_COEFFICIENTS)) is not None:
            return answer
        itineraries = known_itineraries(search)
        if (answer := settled_by_jobs(search, np.concatenate([columns.job, itineraries.job]))) is not None:
            return answer
        try:
            with collection_paused():
                model = build(columns, itineraries, giving_way(monitor.stopping))
                if search.selection is not None:
                    start_from(columns, model, search.selection, itineraries)
        except Interrupted as stopped:
            # its traceback holds what there was of the model
            free_later(stopped)
            return search.result(limited=True)
        if monitor.stopping():
            return search.result(limited=True)
        solver = self._factory()
        self._set_options(solver, search)
        answer = solver.solve(model, load_solutions=False)
        condition = answer.solver.termination_condition
        if condition in (TerminationCondition.infeasible, TerminationCondition.infeasibleOrUnbounded):
            # the model is never unbounded: every variable is binary
            if search.partial:
                return search.result(limited=True)
            return infeasible(f"{self.solver} proved it")
        if len(answer.solution):
            model.solutions.load_from(answer)
            search.offer(selection_of(columns, model, itineraries))
        search.offer_float_bound(_upper_bound(answer))
        return search.result(limited=condition != TerminationCondition.optimal, detail=f"{self.solver}: {condition}")

    def _factory(self) -> Any:
        from pyomo.environ import SolverFactory

        return SolverFactory(self.solver)

    def _set_options(self, solver: Any, search: Search) -> None:
        time_limit, gap, threads, seed = _OPTIONS.get(self.solver, (None, None, None, None))
        seconds = max(0.01, search.monitor.remaining_seconds())
        params = search.params
        values = {
            time_limit: max(1, int(seconds)) if self.solver in _WHOLE_SECONDS else seconds,
            gap: search.solver_gap,
            threads: params.thread_count,
            seed: params.seed,
        }
        for option, value in values.items():
            if option is not None and value is not None:
                solver.options[option] = value
        if self.solver == DEFAULT_SOLVER:
            solver.options["mip_abs_gap"] = float(to_micros(params.absolute_gap))
            solver.options["mip_feasibility_tolerance"] = 1e-9
            # presolve probes for tens of seconds on these models and heeds no time limit
            solver.options["presolve"] = "off"


def _upper_bound(answer: Any) -> float:
    bound = answer.problem.upper_bound
    return float("inf") if bound is None else float(bound)

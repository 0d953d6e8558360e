"""Closing the gap of a small problem: what the prices leave possible is little enough for an exact search.

    fix by the certificate -> relaxation with dual feasible and span rows -> fix by its prices -> ... -> CP-SAT on the rest

Each bound on the way is added up in integers from rounded prices, so nothing is dropped on a float's word. The rows of spans
are not part of a certificate: a proof from here counts as the exact engine's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.columns.table import Columns, IntArray, Selection
from optimizer.engines.base import EngineResult, Monitor, Outcome
from optimizer.engines.cp_sat_model import Chosen, CpSatModel, Limits, run, single_starts
from optimizer.engines.highs_program import HighsProgram, Stop
from optimizer.engines.price.bound.certificate import CertifiedPoint, Fixing, fix_by_reduced_cost
from optimizer.engines.price.bound.kernel import PricingTable
from optimizer.engines.search import Search, infeasible
from optimizer.formulation.duality import PricedOut, price_out
from optimizer.formulation.milp import Milp, binding, worthwhile
from optimizer.formulation.rows import RowFamily, Rows, stack
from optimizer.formulation.spans import Span, broken_span_rows
from optimizer.formulation.strengthen import violated_rows
from optimizer.params import SolveParams
from optimizer.units import to_micros

#: Beyond so many columns left by the certificate the relaxation alone takes minutes.
MOST_COLUMNS = 6_000
#: So few are searched at once.
FEW_COLUMNS = 150
_MOST_ROUNDS = 40
#: The relaxation goes on while three rounds together gain this share of the gap.
_LEAST_GAIN = 0.02
_PATIENCE = 3
_WORTH_REBUILDING = 0.8


@dataclass(slots=True)
class _Rest:
    """What may still beat the incumbent: columns of the fixing, rows over them, and by how much each column falls short.

    ``empty`` once nothing may.
    """

    fixing: Fixing
    milp: Milp
    rows: Rows
    priced: PricedOut | None = None
    empty: bool = False
    round_count: int = 0
    branch_count: int = 0


def close(
    columns: Columns,
    table: PricingTable,
    proof: CertifiedPoint,
    best: Selection | None,
    params: SolveParams,
    monitor: Monitor,
) -> EngineResult | None:
    """The optimum, or the best plan and bound when ``monitor`` says stop; None where too many columns are left to try.

    None also where jobs may run in pieces: the search is over runs in one piece and would prove nothing about the rest.

    ``table`` and ``proof`` are of ``columns``, all jobs; ``best`` is the plan in hand. Plans and bounds go to ``monitor`` as
    they come. INFEASIBLE only where ``best`` is None.
    """
    if len(columns.lanes):
        return None
    search = Search(columns, params, best, monitor)
    search.offer_bound(proof.certificate.bound_micros)
    if search.closed():
        return search.result(limited=False)
    # Any plan beats no plan.
    objective = -(1 << 62) if search.objective is None else search.objective
    fixing = fix_by_reduced_cost(table, proof, objective)
    if fixing.columns.column_count > MOST_COLUMNS:
        return None
    milp = worthwhile(fixing.columns)
    milp = replace(milp, rows=binding(milp.rows, milp))
    rest = _Rest(fixing, milp, milp.rows, empty=not milp.column_count)
    if not rest.empty:
        _tighten(rest, search)
    left = rest.milp.column_count
    if not (rest.empty or search.closed() or monitor.stopping()):
        _search(rest, search)
    if rest.empty:
        if search.objective is None:
            return infeasible("nothing is left once the columns that fall short are dropped")
        search.offer_bound(search.objective)
    result = search.result(
        limited=not rest.empty,
        statistics={
            "fixed_column_count": float(fixing.columns.column_count),
            "left_column_count": float(left),
            "closing_round_count": float(rest.round_count),
            "branch_count": float(rest.branch_count),
        },
    )
    if result.outcome is Outcome.OPTIMAL:
        return replace(result, detail=f"closed by exact search over the {left} columns that prices left possible")
    return result


def _tighten(rest: _Rest, search: Search) -> None:
    """Add rows, drop columns, and again, until few are left or it no longer pays."""
    mandatory = rest.fixing.columns.mandatory
    known_rows, known_spans = set[tuple[int, int]](), set[Span]()
    program = _program(rest, search)
    bounds: list[int] = []
    while rest.round_count < _MOST_ROUNDS and not search.monitor.stopping():
        program.run(Stop(search.monitor.stopping, search.monitor.remaining_seconds()))
        rest.round_count += 1
        if program.infeasible():
            rest.empty = True
        if rest.empty or not program.optimal():
            return
        activity = program.activity()
        priced = price_out(rest.milp, rest.rows, program.price(rest.rows), mandatory, program.floor_price())
        if priced is None:
            return
        rest.priced = priced
        search.offer_bound(priced.bound)
        _offer_whole(rest, activity, search)
        keep = _may_beat(rest, search)
        if rest.empty:
            return
        bounds.append(priced.bound - (search.objective or 0))
        broken = [violated_rows(rest.milp.rows, activity, known_rows, 1e-3)]
        spans = broken_span_rows(rest.fixing.columns, rest.milp, activity, known_spans)
        if spans is not None:
            broken.append(spans)
        more = stack(broken)
        slow = len(bounds) > _PATIENCE and bounds[-1] > bounds[-1 - _PATIENCE] * (1.0 - _LEAST_GAIN)
        rest.rows = stack([rest.rows, more])
        if len(keep) <= _WORTH_REBUILDING * rest.milp.column_count:
            _restrict(rest, keep)
            if rest.milp.column_count <= FEW_COLUMNS:
                return
            program = _program(rest, search)
        elif not more.count or slow:
            _restrict(rest, keep)
            return
        else:
            program.add_rows(more)


def _may_beat(rest: _Rest, search: Search) -> IntArray:
    """Indices of the columns that something better than the incumbent may take; ``rest.empty`` where nothing can be."""
    if rest.priced is None or search.objective is None:
        return np.arange(rest.milp.column_count)
    keep = np.flatnonzero(rest.priced.may_beat(search.objective))
    without = rest.fixing.columns.mandatory.copy()
    without[rest.milp.job[keep]] = False
    rest.empty = rest.priced.bound <= search.objective or bool(without.any())
    return keep


def _restrict(rest: _Rest, keep: IntArray) -> None:
    """Only columns ``keep``; cuts left with no more than one coefficient go."""
    rows = rest.rows.over(keep, rest.milp.column_count)
    cuts = np.isin(rows.family, (RowFamily.DUAL_FEASIBLE, RowFamily.SPAN))
    rest.rows = rows.take(np.flatnonzero(~cuts | (np.diff(rows.first) > 1)))
    rest.milp = rest.milp.restricted(keep)
    if rest.priced is not None:
        rest.priced = replace(rest.priced, loss=rest.priced.loss[keep])


def _program(rest: _Rest, search: Search) -> HighsProgram:
    return HighsProgram(rest.milp, rest.rows, integral=False, thread_count=1, seed=search.params.seed)


def _offer_whole(rest: _Rest, activity: np.ndarray[tuple[int], np.dtype[np.float64]], search: Search) -> None:
    """A relaxed plan without fractions is a plan."""
    if np.abs(activity - np.rint(activity)).max(initial=0.0) < 1e-6:
        chosen = np.flatnonzero(activity > 0.5)
        search.offer_columns(rest.fixing.window_before[rest.milp.window[chosen]].astype(np.int64), rest.milp.start[chosen])


def _search(rest: _Rest, search: Search) -> None:
    """CP-SAT over the columns left, for a plan that beats the one in hand."""
    milp, params = rest.milp, search.params
    model = CpSatModel(rest.fixing.columns, single_starts(milp.window, milp.start, milp.worth))
    if search.objective is not None:
        model.require_more_than(search.objective)
    limits = Limits(
        seconds=search.monitor.remaining_seconds(),
        thread_count=params.thread_count or 1,
        seed=params.seed,
        relative_gap=search.solver_gap,
        absolute_gap_micros=to_micros(params.absolute_gap),
        work=params.work_limit,
    )

    def offer(chosen: Chosen) -> None:
        search.offer_columns(rest.fixing.window_before[chosen.window].astype(np.int64), chosen.start)

    solved = run(model, limits, search.monitor.stopping, offer, search.offer_bound)
    rest.branch_count = solved.branch_count
    rest.empty = solved.infeasible
    if solved.bound is not None:
        search.offer_bound(solved.bound)

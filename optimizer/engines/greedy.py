"""List scheduling in several orders: a feasible plan at once, and a baseline that the other engines must beat."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from optimizer.certificates import Certificate
from optimizer.columns.cut import beside_batteries
from optimizer.columns.table import Columns, Selection
from optimizer.engines.base import Availability, Capability, EngineResult, Monitor, Outcome
from optimizer.features import PLACED_FEATURES, Feature
from optimizer.interrupt import GiveWay, never
from optimizer.params import SolveParams

if TYPE_CHECKING:
    from optimizer.engines.price.plans.schedule import Plan


def first_plan(
    columns: Columns, hint: Selection, certificate: Certificate | None = None, give_way: GiveWay = never
) -> Selection | None:
    """A feasible selection within milliseconds; None where mandatory jobs stay unplaced.

    ``hint`` may be stale: its columns that no longer fit together are left out, and the rest is completed, at the prices of
    ``certificate`` where there is one. Batteries are run as in ``hint``, and rest where it does not say.
    """
    if len(columns.halls):
        from optimizer.engines.hall_lists import first_selection

        found = first_selection(beside_batteries(columns, hint.net_w), hint)
        return None if found is None else _with_batteries(columns, replace(found, net_w=hint.net_w))
    from optimizer.engines.price.bound.warm import guide_of
    from optimizer.engines.price.plans.list_plans import completed
    from optimizer.engines.price.plans.schedule import first_plan as by_value

    give_way()
    free = beside_batteries(columns, hint.net_w)
    plans = []
    if (hint.window >= 0).any() or hint.pieces:
        plans.append(completed(free, hint, None if certificate is None else guide_of(free, certificate), give_way))
    if not plans or plans[0].missing or not _mostly_kept(hint, plans[0]):
        plans.append(by_value(free, give_way=give_way))
    best = max(plans, key=lambda plan: plan.rank)
    return None if best.missing else _with_batteries(columns, replace(best.selection(), net_w=hint.net_w))


def _mostly_kept(hint: Selection, plan: Plan) -> bool:
    """Whether most jobs run in ``plan`` as in ``hint``: then a plan from nothing is not worth its time."""
    kept = (hint.window >= 0) & (hint.window == plan.window) & (hint.start == plan.start)
    return 2 * int(kept.sum()) > len(kept)


def _with_batteries(columns: Columns, plan: Selection) -> Selection | None:
    """``plan`` where its batteries keep every rule; without batteries it is what it is."""
    from optimizer.formulation.selections import value_of

    return plan if not len(columns.plant.batteries) or value_of(columns, plan) is not None else None


class GreedyEngine:
    """Every order of ``JobOrder`` under scarcity prices and under none, then random orders; the best plan, no bound."""

    name = "greedy"
    capabilities = frozenset({Capability.MANDATORY_JOBS, Capability.BUDGETS, Capability.WARM_START})
    features: frozenset[Feature] = PLACED_FEATURES

    def availability(self) -> Availability:
        return Availability(True, "list scheduling, built in")

    def solve(self, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        from optimizer.engines.price.plans.list_plans import all_orders

        if len(columns.halls):
            return _over_halls(columns, start, monitor)
        best: Plan | None = None
        tried = 0
        for plan in all_orders(columns, params.seed):
            tried += 1
            if not plan.missing and (best is None or plan.objective > best.objective):
                best = plan
                monitor.incumbent(plan.selection(), plan.objective)
            if monitor.stopping() or (params.work_limit is not None and tried >= params.work_limit):
                break
        selection = best.selection() if best is not None else start
        return EngineResult(
            Outcome.FINISHED,
            selection,
            None,
            detail=f"best of {tried} orders; a heuristic proves nothing",
            statistics={"order_count": float(tried)},
        )


def _over_halls(columns: Columns, start: Selection | None, monitor: Monitor) -> EngineResult:
    from optimizer.engines.hall_lists import closed_one_by_one, first_selection
    from optimizer.formulation.selections import empty_selection, value_of

    found = start if start is not None else first_selection(columns, empty_selection(columns))
    closed = 0
    for better in closed_one_by_one(columns, found, monitor.stopping) if found is not None else ():
        found, closed = better, closed + 1
        monitor.incumbent(better, value_of(columns, better) or 0)
    return EngineResult(
        Outcome.FINISHED,
        found,
        None,
        detail=f"{closed} halls emptied one by one; a heuristic proves nothing",
        statistics={"closed_hall_count": float(closed)},
    )

"""Prices of an earlier certificate for a problem that has changed since: where a warm ascent begins.

Any prices >= 0 prove a bound, so nothing here can be wrong, only less tight: what the problem no longer has is dropped, what it
has anew is free. Dual feasible rows hold whatever the capacity; pattern rows are kept where they are shown to hold again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from optimizer.certificates import Certificate, PatternRow
from optimizer.columns.table import Columns, IntArray
from optimizer.engines.price.bound.bounding import BoundStage
from optimizer.engines.price.bound.dual import AscentParams, DualAscent, DualPoint
from optimizer.engines.price.bound.kernel import FloatArray, PricingTable
from optimizer.engines.price.plans.plan import densities
from optimizer.engines.price.plans.plant_guide import guided_by
from optimizer.engines.price.plans.schedule import JobOrder, Plan, list_schedule, mark_jobs, remove_with_successors
from optimizer.engines.price.rows.slot_hull import PatternCut
from optimizer.engines.price.rows.strengthen import DualFeasibleRow, PatternSlot, Strengthening
from optimizer.engines.price.tables import merge_prices
from optimizer.engines.price.ties.tied_table import priced_precedences
from optimizer.interrupt import GiveWay, never
from optimizer.limits import LimitKind
from optimizer.priced.patterns import PatternRowTooLargeError, pattern_row_holds

#: Evaluations of the warm ascent, and its steps: small, as the optimum has moved little. Where they gain this share of the
#: bound it has moved far, and larger ones follow.
NEAR_EVALUATIONS, FAR_EVALUATIONS = 60, 200
#: Of fleets, whose prices move less, fewer: each takes as long as many at a smaller problem.
FLEET_EVALUATIONS = 20
NEAR_STEPS = AscentParams(first_step=0.0001, final_step=0.00001)
FAR_STEPS = AscentParams(first_step=0.01, final_step=0.0003)
FAR_GAIN = 0.001

#: Shares of the jobs of an earlier plan that make room for new ones.
REPAIR_SHARES = (0.02, 0.05, 0.1, 0.2)
#: Branches after which it is left open whether an earlier pattern row still holds: most take some dozens.
MOST_BRANCHES = 5_000
#: Coefficients of rows stay below this, so that sums of them stay in 64 bits; those made here are far smaller.
LARGEST_NUMBER = 2**31

_Name = tuple[LimitKind, str]


def point_of(columns: Columns, certificate: Certificate) -> DualPoint:
    """The certificate's prices of slot limits and budgets, by the limits' names; shapes of ``columns``, no rows.

    A series of another length is taken slot by slot as far as both go: slots beyond it are free.
    """
    unit = 2.0**-certificate.unit_bits
    row_of = {(label.kind, label.element): row for row, label in enumerate(columns.limits)}
    limit = np.zeros(columns.capacity.shape)
    for series in certificate.slot_prices:
        row = row_of.get((series.kind, series.element))
        if row is not None:
            price = np.array(series.price[: columns.slot_count], dtype=np.float64)
            limit[row, : len(price)] += np.maximum(0.0, price) * unit
    budget_of = {(label.kind, label.element): row for row, label in enumerate(columns.budgets)}
    budget = np.zeros(len(columns.budgets))
    for priced in certificate.budget_prices:
        row = budget_of.get((priced.kind, priced.element))
        if row is not None:
            budget[row] += max(0.0, float(priced.price)) * unit
    floors = columns.floors
    asked = {priced.tenant: max(0.0, float(priced.price)) * unit for priced in certificate.floor_prices}
    floor = np.minimum(np.array([asked.get(tenant, 0.0) for tenant in floors.tenant]), floors.cost)
    return DualPoint(limit, budget, np.zeros(0), floor, _order_of(columns, certificate))


def _order_of(columns: Columns, certificate: Certificate) -> FloatArray:
    """Prices of order by the jobs' names, ``[P, T]``; slots beyond the horizon are free."""
    unit = 2.0**-certificate.unit_bits
    row_of = {columns.precedences.names[index]: row for row, index in enumerate(priced_precedences(columns).tolist())}
    order = np.zeros((len(row_of), columns.slot_count))
    for priced in certificate.precedence_prices:
        row = row_of.get((priced.predecessor, priced.successor))
        for slot, price in priced.price if row is not None else ():
            if 0 <= slot < columns.slot_count:
                order[row, slot] += max(0.0, float(price)) * unit
    return order


def guide_of(columns: Columns, certificate: Certificate) -> DualPoint:
    """`point_of` with what dual feasible rows pay spread over their limits: what a unit is worth where there are no rows."""
    point = point_of(columns, certificate)
    unit = 2.0**-certificate.unit_bits
    row_of = {(label.kind, label.element): row for row, label in enumerate(columns.limits)}
    for priced in certificate.dual_feasible_prices:
        row = row_of.get((priced.kind, priced.element))
        if row is not None and 0 <= priced.slot < columns.slot_count and columns.capacity[row, priced.slot] > 0:
            paid = max(0.0, float(priced.price)) * unit * priced.order * (priced.order + 1)
            point.limit[row, priced.slot] += paid / columns.capacity[row, priced.slot]
    return point


def repaired(columns: Columns, plan: Plan, point: DualPoint, give_way: GiveWay = never) -> Iterator[Plan]:
    """``plan`` with its jobs of least worth per priced use taken out, a larger share each time, and all that is out scheduled
    anew.

    A plan completed around an earlier one has only what that one left free to give to new jobs; this makes them room.
    """
    tables, point = guided_by(columns, plan.tables, point)
    plan = replace(plan, tables=tables)
    prices = merge_prices(tables, point.limit)
    marks = mark_jobs(tables, prices, point.budget, give_way)
    order = marks.order(tables, JobOrder.REDUCED_VALUE)
    for share in REPAIR_SHARES:
        changed = thinned(plan, prices, point.budget, share)
        list_schedule(changed, order, prices, point.budget, give_way=give_way)
        yield changed


def thinned(plan: Plan, prices: FloatArray, budget_prices: FloatArray, share: float) -> Plan:
    """``plan`` without a ``share`` of its jobs, those of least worth per priced use at ``prices`` ``[M, T]``.

    What must run stays, and what runs in pieces.
    """
    density = densities(plan.tables, plan.window, plan.start, prices, budget_prices)
    placed = np.flatnonzero((plan.window >= 0) & (plan.tables.bonus == 0))
    weakest = placed[np.argsort(density[placed], kind="stable")]
    changed = plan.copy()
    for job in weakest[: int(share * len(weakest))].tolist():
        remove_with_successors(changed, job)
    return changed


def warm_stages(
    table: PricingTable,
    certificate: Certificate,
    stopping: Callable[[], bool] = lambda: False,
    give_way: GiveWay = never,
    near_evaluations: int = NEAR_EVALUATIONS,
) -> Iterator[BoundStage]:
    """The bound at the certificate's prices as they are, then after a short ascent with small steps, and where these gain much
    after one with larger steps.
    """
    point = point_of(table.columns, certificate)
    strengthening, multipliers = rows_of(table, certificate, stopping)
    rows = strengthening.rows() if strengthening is not None else None
    given = replace(point, row=multipliers)
    ascent = DualAscent(table, rows, start=given, params=NEAR_STEPS, give_way=give_way)
    bound = ascent.evaluate(given).bound
    count = ascent.evaluation_count
    stage = BoundStage("earlier prices", given, bound, True, count, rows, strengthening, near=True, settled=True)
    yield stage
    for steps, evaluation_count in ((NEAR_STEPS, near_evaluations), (FAR_STEPS, FAR_EVALUATIONS)):
        if stopping():
            return
        ascent = DualAscent(table, rows, start=ascent.best_point, params=steps, give_way=give_way)
        ascent.run(evaluation_count, stopping)
        gained = bound - ascent.best_bound
        if gained <= 0.0:
            return
        bound, point, count = ascent.best_bound, ascent.best_point, ascent.evaluation_count
        settled = gained < FAR_GAIN * abs(bound)
        yield replace(stage, name="warm ascent", point=point, bound=bound, evaluation_count=count, settled=settled)
        if settled:
            return


def rows_of(
    table: PricingTable, certificate: Certificate, stopping: Callable[[], bool] = lambda: False
) -> tuple[Strengthening | None, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """(the certificate's rows that still hold, their multipliers); None where it has none."""
    if not certificate.dual_feasible_prices and not certificate.pattern_rows:
        return None, np.zeros(0)
    strengthening = Strengthening(table)
    unit = 2.0**-certificate.unit_bits
    price: dict[DualFeasibleRow | PatternSlot, float] = {}
    for row, paid in _add_dual_feasible(strengthening, table.columns, certificate).items():
        price[row] = paid
    gang_of = _gang_index(strengthening, table.columns)
    for pattern in certificate.pattern_rows:
        if stopping():
            break
        cut = _cut(strengthening, table.columns, pattern, gang_of)
        if cut is not None:
            of_slot = {slot: float(each) for slot, each in pattern.price}
            strengthening.add_cut(cut)
            for slot in cut.slots:
                price[PatternSlot(len(strengthening.cuts) - 1, slot)] = of_slot[slot]
    return strengthening, np.array([price[label] * unit for label in strengthening.labels], dtype=np.float64)


def _add_dual_feasible(
    strengthening: Strengthening, columns: Columns, certificate: Certificate
) -> dict[DualFeasibleRow, float]:
    """Adds the rows of limits and slots that there still are; their prices."""
    row_of = {(label.kind, label.element): row for row, label in enumerate(columns.limits)}
    price: dict[DualFeasibleRow, float] = {}
    for priced in certificate.dual_feasible_prices:
        limit = row_of.get((priced.kind, priced.element))
        known = limit is not None and 0 <= priced.slot < columns.slot_count
        if limit is None or not known or not 1 <= priced.order <= strengthening.params.max_order:
            continue
        row = strengthening.least_row(DualFeasibleRow(limit, priced.slot, priced.order))
        if row is not None:
            price[row] = price.get(row, 0.0) + max(0.0, float(priced.price))
    strengthening.add_rows(price)
    return price


def _gang_index(strengthening: Strengthening, columns: Columns) -> Mapping[tuple[tuple[_Name, int], ...], int]:
    names: list[_Name] = [(label.kind, label.element) for label in columns.limits]
    uses = strengthening.gangs.use
    return {
        tuple(sorted((names[limit], amount) for limit, amount in enumerate(use) if amount)): gang
        for gang, use in enumerate(uses.tolist())
    }


def _cut(
    strengthening: Strengthening,
    columns: Columns,
    pattern: PatternRow,
    gang_of: Mapping[tuple[tuple[_Name, int], ...], int],
) -> PatternCut | None:
    """``pattern`` over the gangs there are now, in its slots, where it is shown to hold at the most any of them allows."""
    slots = tuple(slot for slot, paid in pattern.price if paid > 0 and 0 <= slot < columns.slot_count)
    keys = [tuple(sorted(((use.kind, use.element), use.amount) for use in item.uses)) for item in pattern.items]
    if len(set(keys)) < len(keys) or not all(0 < n < LARGEST_NUMBER for n in (pattern.rhs, *_coefficients(pattern))):
        return None
    gangs: IntArray = np.array([gang_of.get(key, -1) for key in keys], dtype=np.int64)
    known = gangs >= 0
    if not slots or not known.any():
        return None
    counts = np.where(known, strengthening.gangs.job_count[gangs][:, list(slots)].max(axis=1), 0)
    capacity = {
        (label.kind, label.element): int(most)
        for label, most in zip(columns.limits, columns.capacity[:, list(slots)].max(axis=1), strict=True)
    }
    try:
        if not pattern_row_holds(pattern, counts.tolist(), capacity, MOST_BRANCHES):
            return None
    except PatternRowTooLargeError:
        return None
    coefficient = np.array(_coefficients(pattern), dtype=np.int64)
    return PatternCut(gangs[known].astype(np.int32), coefficient[known], pattern.rhs, slots)


def _coefficients(pattern: PatternRow) -> list[int]:
    return [item.coefficient for item in pattern.items]

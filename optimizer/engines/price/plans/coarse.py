"""A problem on coarser slots: where slots are many, plans are laid out on every fourth one, say, and refined on all of them.

A coarse slot stands for ``step`` slots. It has the least capacity of these, runs begin with a coarse slot and take whole ones,
and lags are rounded up: so a plan of the coarse problem is one of the whole problem, window by window. What it is worth there
differs a little, and it leaves free what runs do not need of their last coarse slots. Its bounds bound nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.certificates import Certificate
from optimizer.columns.table import RATE_SCALE, Columns, IndexArray, IntArray, Selection
from optimizer.engines.base import Monitor
from optimizer.engines.price.bound.dual import DualPoint
from optimizer.engines.price.plans.best_plan import BestPlan
from optimizer.engines.price.plans.ranking import COARSE_SLOTS

#: Coarse slots cost plans more than they save time where rounding adds more than this part of the energy that runs take, or
#: where the price of energy within one lies further apart than this part of it, on average.
MOST_ROUNDED, MOST_APART = 0.03, 0.01


@dataclass(frozen=True, slots=True)
class CoarseGrid:
    """``columns`` on slots of ``step``: as many windows, in the same order."""

    whole: Columns
    columns: Columns
    step: int

    def guide(self, point: DualPoint) -> DualPoint:
        """The prices of ``point`` without rows: a coarse slot costs what its slots cost."""
        limit = np.add.reduceat(point.limit, _firsts(self.whole.slot_count, self.step), axis=1)
        return DualPoint(limit, point.budget, np.zeros(0), point.floor)

    def refined(self, selection: Selection) -> Selection:
        """A selection of the coarse problem as one of the whole one."""
        start, placed = selection.start.copy(), np.flatnonzero(selection.window >= 0)
        window = selection.window[placed]
        start[placed] = np.clip(start[placed] * self.step, self.whole.start_first[window], self.whole.start_last[window])
        return Selection(selection.window, start)


@dataclass(frozen=True, slots=True)
class CoarseMonitor:
    """Offers the plans of a run of the coarse problem as ``plans`` of the whole one; its bounds are no one's."""

    grid: CoarseGrid
    monitor: Monitor
    plans: BestPlan

    def stopping(self) -> bool:
        return self.monitor.stopping()

    def remaining_seconds(self) -> float:
        return self.monitor.remaining_seconds()

    def incumbent(self, selection: Selection, _objective: int) -> None:
        self.plans.offer_fitting(self.grid.refined(selection))

    def bound(self, objective_bound: int, certificate: Certificate | None = None) -> None:
        pass


def coarse_grid(columns: Columns) -> CoarseGrid | None:
    """The coarse problem of ``columns``, as coarse as rounding and prices of energy let it be: quarter hours become hours.

    None where slots are few, or their prices differ; for halls that switch, links, runs in pieces, plants and tiers as well,
    which go by the slot too.
    """
    step = columns.slot_count // COARSE_SLOTS
    while step > 1 and (_rounded_share(columns, step) > MOST_ROUNDED or _apart(columns, step) > MOST_APART):
        step -= 1
    by_slot = len(columns.halls) or len(columns.leads) or len(columns.lanes) or len(columns.held_budget)
    if step < 2 or by_slot or not columns.plant.is_empty or not columns.window_count:
        return None
    return CoarseGrid(columns, _coarsened(columns, step), step)


def _coarsened(columns: Columns, step: int) -> Columns:
    first = _firsts(columns.slot_count, step)
    ends = np.append(first, columns.slot_count)
    begin, last, duration = _aligned(columns, step)
    order = columns.precedences
    return replace(
        columns,
        slot_count=len(first),
        start_first=begin,
        start_last=last,
        duration=duration,
        base=columns.base + _refund(columns, duration, step),
        capacity=np.minimum.reduceat(columns.capacity, first, axis=1),
        budget_prefix=columns.budget_prefix[:, ends],
        energy_prefix=columns.energy_prefix[:, ends],
        carbon_prefix=columns.carbon_prefix[:, ends],
        due_slot=-(-columns.due_slot // step),
        tardiness_cost=columns.tardiness_cost * step,
        precedences=replace(order, lag=-(-order.lag // step)),
    )


def _rounded_share(columns: Columns, step: int) -> float:
    """How much more energy the runs of all windows would take in whole slots of ``step``, as a share of what they take."""
    energy = columns.power_w * columns.duration.astype(np.float64)
    rounded = columns.power_w * (-(-columns.duration // step) * float(step))
    return float(rounded.sum() / max(1.0, energy.sum())) - 1.0


def _apart(columns: Columns, step: int) -> float:
    """How far what a watt costs is from its mean over the coarse slot, on average, as a share of what it costs."""
    rate = np.diff(columns.energy_prefix + columns.carbon_prefix, axis=1).astype(np.float64)
    first = _firsts(columns.slot_count, step)
    counts = np.diff(np.append(first, columns.slot_count))
    mean = np.repeat(np.add.reduceat(rate, first, axis=1) / counts, counts, axis=1)
    return float(np.abs(rate - mean).sum() / max(1.0, np.abs(rate).sum()))


def _refund(columns: Columns, duration: IndexArray, step: int) -> IntArray:
    """What energy and carbon cost on average in the slots that each run has only by rounding, micro-units; ``[W]``.

    Powers stay as they are, so that windows share their profiles.
    """
    rate = (columns.energy_prefix[:, -1] + columns.carbon_prefix[:, -1]) / (RATE_SCALE * columns.slot_count)
    refund: IntArray = (rate[columns.site] * columns.power_w * (duration * step - columns.duration)).astype(np.int64)
    return refund


def _firsts(slot_count: int, step: int) -> IntArray:
    """The first slot of each coarse slot."""
    return np.arange(0, slot_count, step)


def _aligned(columns: Columns, step: int) -> tuple[IndexArray, IndexArray, IndexArray]:
    """First and last start and duration of each window in coarse slots.

    A window whose starts all lie within one coarse slot keeps the first of them, from the begin of that slot on.
    """
    first, last = -(-columns.start_first // step), columns.start_last // step
    within = first > last
    first = np.where(within, columns.start_first // step, first)
    ahead = np.where(within, columns.start_first - first * step, 0)
    duration = -(-(columns.duration + ahead) // step)
    kind = columns.start_first.dtype
    return first.astype(kind), np.maximum(first, last).astype(kind), duration.astype(kind)

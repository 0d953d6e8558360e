"""The columns of one tier's turn: its own jobs free, earlier tiers held to what they have, later ones absent.

Earlier tiers are held in one of two ways. *Bound*: their jobs may still move, as long as the tier's worth does not fall. They
have one window a start; a budget a tier counts what their runs are worth, negated, and its capacity is what the tier is worth
in the plan, negated. Every exact engine can carry that, and nothing is cut off. *Fixed*: each stays in its place, or out. That
keeps large fleets large, but a bound over it proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from optimizer.columns.cut import with_windows, without_itineraries, without_plant
from optimizer.columns.halls import Halls
from optimizer.columns.itineraries import Pieces, itinerary_use, itinerary_worth
from optimizer.columns.table import BoolArray, Columns, IntArray, Selection
from optimizer.columns.ties import Floors
from optimizer.limits import LimitKind, LimitLabel

#: Earlier tiers with more columns than this are fixed.
MOST_BOUND_COLUMNS = 20_000


@dataclass(frozen=True, slots=True)
class Stage:
    """``columns`` of a tier's turn; ``origin[w]`` is the window of the whole columns behind window ``w``."""

    columns: Columns
    origin: IntArray  # [W']
    complete: bool  # nothing is cut off, so a bound over these columns is one
    free: BoolArray  # [J] the jobs that may run in other pieces than they do
    held: Mapping[int, Pieces] = field(default_factory=dict)  # earlier jobs that run in pieces; they stay where they are

    def outwards(self, own: Selection) -> Selection:
        """The selection of whole columns that ``own`` stands for."""
        placed = own.window >= 0
        window = np.where(placed, self.origin[np.maximum(own.window, 0)] if len(self.origin) else -1, -1)
        return Selection(
            window.astype(np.int32), own.start.copy(), pieces={**self.held, **own.pieces}, net_w=own.net_w, on=own.on
        )

    def inwards(self, whole: Selection) -> Selection:
        """The same selection here; a job whose place is not among these columns is left out."""
        columns = self.columns
        wanted, start = whole.window[columns.job], whole.start[columns.job]
        here = (self.origin == wanted) & (columns.start_first <= start) & (start <= columns.start_last)
        window = np.full(columns.job_count, -1, dtype=np.int32)
        begin = np.zeros(columns.job_count, dtype=np.int32)
        found = np.flatnonzero(here)
        window[columns.job[found]], begin[columns.job[found]] = found, start[found]
        pieces = {job: pieces for job, pieces in whole.pieces.items() if self.free[job]}
        return Selection(window, begin, pieces=pieces, net_w=whole.net_w, on=whole.on)


def up_to(columns: Columns, rank: IntArray, tier: int) -> Columns:
    """The jobs of the tiers up to ``tier`` (``rank[J]``), all free; the others have no window."""
    kept = np.flatnonzero(rank[columns.job] <= tier)
    cut = columns if len(kept) == columns.window_count else with_windows(columns, kept)
    cut = without_itineraries(cut, rank > tier)
    cut = replace(
        cut,
        mandatory=columns.mandatory & (rank <= tier),
        floors=_floors(cut, rank, tier),
        halls=_halls(cut, rank, tier),
    )
    return _beside_plant(cut, rank, tier)


def can_bind(columns: Columns, rank: IntArray, tier: int) -> bool:
    """Whether the tiers before ``tier`` are few columns."""
    return int((columns.start_last - columns.start_first + 1)[rank[columns.job] < tier].sum()) <= MOST_BOUND_COLUMNS


def fixed_turn(columns: Columns, rank: IntArray, tier: int, plan: Selection) -> Stage:
    """The columns of ``tier``'s turn, with the earlier tiers where ``plan`` has them."""
    held = {job: pieces for job, pieces in plan.pieces.items() if rank[job] < tier}
    columns, fits = _tied_to(columns, held)
    own = np.flatnonzero((rank[columns.job] == tier) & fits)
    placed = np.flatnonzero((rank < tier) & (plan.window >= 0))
    windows = np.concatenate([plan.window[placed].astype(np.int64), own])
    first, last = columns.start_first.copy(), columns.start_last.copy()
    first[plan.window[placed]] = last[plan.window[placed]] = plan.start[placed]
    free = np.concatenate([np.zeros(len(placed), dtype=bool), np.ones(len(own), dtype=bool)])
    order = np.lexsort((np.arange(len(windows)), columns.job[windows]))
    windows, free = windows[order], free[order]
    mandatory = columns.mandatory & (rank == tier)
    mandatory[placed] = True
    cut = with_windows(columns, windows, start_first=first[windows], start_last=last[windows], mandatory=mandatory)
    cut = _beside(_worth_of(cut, free, rank, tier), held)
    return Stage(cut, windows, complete=tier == 0, free=rank == tier, held=held)


def _tied_to(columns: Columns, held: Mapping[int, Pieces]) -> tuple[Columns, BoolArray]:
    """Order and groups with jobs that run in the pieces ``held``, said by first starts and by which windows ``[W]`` fit."""
    fits = np.ones(columns.window_count, dtype=np.bool_)
    if not held:
        return columns, fits
    lanes, order, together = columns.lanes, columns.precedences, columns.together
    job_of_lane = np.repeat(lanes.job, np.diff(lanes.lane_first))
    first_start = np.zeros(columns.job_count, dtype=np.int32)
    kept = np.ones(len(order), dtype=np.bool_)
    for index, (before, after, lag) in enumerate(zip(order.predecessor.tolist(), order.successor.tolist(), order.lag.tolist())):
        if before in held:
            first_start[after] = max(first_start[after], held[before][-1].end + lag)
            kept[index] = False
    lane_fits = np.ones(len(job_of_lane), dtype=np.bool_)
    for group, key_of_pool in enumerate(together.key_of_pool):
        jobs = together.job[together.first[group] : together.first[group + 1]]
        keys = [key_of_pool[lanes.pool[held[job][0].lane]] for job in jobs.tolist() if job in held]
        if keys:
            fits &= (key_of_pool[columns.pool] == keys[0]) | ~np.isin(columns.job, jobs)
            lane_fits &= (key_of_pool[lanes.pool] == keys[0]) | ~np.isin(job_of_lane, jobs)
    least = first_start[job_of_lane]
    lanes = replace(
        lanes,
        first_slot=np.where(lane_fits, np.maximum(lanes.first_slot, least), columns.slot_count).astype(np.int32),
        goes_on=lanes.goes_on & lane_fits & (least == 0),
    )
    start_first = np.maximum(columns.start_first, first_start[columns.job])
    tied = replace(columns, lanes=lanes, start_first=start_first, precedences=order.take(np.flatnonzero(kept)))
    return tied, fits & (start_first <= columns.start_last)


def _beside(columns: Columns, held: Mapping[int, Pieces]) -> Columns:
    """What is left of limits, budgets and floors beside the jobs that run in the pieces ``held``."""
    if not held:
        return columns
    capacity, budget, target = columns.capacity.copy(), columns.budget_capacity.copy(), columns.floors.target.copy()
    for pieces in held.values():
        use = itinerary_use(columns, pieces)
        np.subtract.at(capacity, (use.limit, use.slot), use.amount)
        for index, amount in use.budgets:
            budget[index] -= amount
        for floor, units in use.floors:
            target[floor] = max(0, target[floor] - units)
    return replace(columns, capacity=capacity, budget_capacity=budget, floors=replace(columns.floors, target=target))


def bound_turn(columns: Columns, rank: IntArray, tier: int, plan: Selection) -> Stage:
    """The columns of ``tier``'s turn, with the earlier tiers worth at least what they are in ``plan``."""
    earlier, own = np.flatnonzero(rank[columns.job] < tier), np.flatnonzero(rank[columns.job] == tier)
    counts = (columns.start_last[earlier] - columns.start_first[earlier] + 1).astype(np.int64)
    single = np.repeat(earlier, counts)
    start = np.arange(len(single)) - np.repeat(np.cumsum(counts) - counts, counts) + columns.start_first[single]
    worths = np.concatenate([columns.worth(int(window)) for window in earlier]) if len(earlier) else np.zeros(0, np.int64)
    windows = np.concatenate([single, own])
    order = np.lexsort((np.arange(len(windows)), columns.job[windows]))
    windows = windows[order]
    cut = with_windows(
        columns,
        windows,
        start_first=np.concatenate([start, columns.start_first[own]])[order].astype(np.int32),
        start_last=np.concatenate([start, columns.start_last[own]])[order].astype(np.int32),
        mandatory=columns.mandatory & (rank <= tier),
        held_budget=np.where(rank < tier, len(columns.budgets) + rank, -1).astype(np.int32),
    )
    cut = replace(cut, floors=_floors(cut, rank, tier), halls=_halls(cut, rank, tier))
    worth = np.concatenate([worths, np.zeros(len(own), dtype=np.int64)])[order]
    cut = _with_tier_budgets(without_itineraries(cut, rank > tier), rank, tier, worth, _held_worths(columns, rank, tier, plan))
    return Stage(_beside_plant(cut, rank, tier), windows, complete=True, free=rank <= tier)


def _held_worths(columns: Columns, rank: IntArray, tier: int, plan: Selection) -> IntArray:
    """What each earlier tier is worth in ``plan``; shape ``[tier]``."""
    worths = np.zeros(tier, dtype=np.int64)
    for job in np.flatnonzero((rank < tier) & (plan.window >= 0)).tolist():
        window = int(plan.window[job])
        worths[rank[job]] += columns.worth(window)[int(plan.start[job]) - int(columns.start_first[window])]
    for job, pieces in plan.pieces.items():
        if rank[job] < tier:
            worths[rank[job]] += itinerary_worth(columns, job, pieces)
    return worths


def _with_tier_budgets(columns: Columns, rank: IntArray, tier: int, worth: IntArray, least: IntArray) -> Columns:
    """One more budget for each earlier tier: of what its windows are worth (``worth[W']``) it has ``least``, all negated."""
    known, slots = len(columns.budgets), columns.slot_count
    counted = worth != 0
    place = columns.budget_use_first[1:][counted]
    index = known + rank[columns.job[counted]]
    counts = np.diff(columns.budget_use_first) + counted
    labels = tuple(LimitLabel(LimitKind.CONSUMABLE, f"worth of tier {number + 1}", "micro-units") for number in range(tier))
    return replace(
        columns,
        budgets=columns.budgets + labels,
        budget_capacity=np.concatenate([columns.budget_capacity, -least]),
        budget_prefix=np.concatenate([columns.budget_prefix, np.zeros((tier, slots + 1), dtype=np.int64)]),
        budget_divisor=np.concatenate([columns.budget_divisor, np.zeros(tier, dtype=np.int64)]),
        budget_use_first=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        budget_use_index=np.insert(columns.budget_use_index, place, index).astype(np.int32),
        budget_use_amount=np.insert(columns.budget_use_amount, place, -worth[counted]),
    )


def _worth_of(columns: Columns, free: BoolArray, rank: IntArray, tier: int) -> Columns:
    """Only the windows of the tier whose turn it is (``free``) are worth anything, and only its jobs run in pieces."""
    own = replace(
        without_itineraries(columns, rank != tier),
        base=np.where(free, columns.base, 0),
        power_w=np.where(free, columns.power_w, 0),
        tardiness_cost=np.where(rank == tier, columns.tardiness_cost, 0),
        floors=_floors(columns, rank, tier),
        halls=_halls(columns, rank, tier),
    )
    return _beside_plant(own, rank, tier)


def _halls(columns: Columns, rank: IntArray, tier: int) -> Halls:
    """What halls cost counts in the last tier; before it they switch for nothing."""
    return columns.halls if tier == int(rank.max(initial=0)) else columns.halls.at_no_cost()


def _beside_plant(columns: Columns, rank: IntArray, tier: int) -> Columns:
    """What sites run beside their jobs, and heat that they sell, counts in the last tier."""
    return columns if tier == int(rank.max(initial=0)) else without_plant(columns)


def _floors(columns: Columns, rank: IntArray, tier: int) -> Floors:
    """What a tenant is short of its floor counts in the last tier."""
    return columns.floors if tier == int(rank.max(initial=0)) else Floors()

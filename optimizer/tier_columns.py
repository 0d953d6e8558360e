"""The columns of one tier's turn: its own jobs free, earlier tiers held to what they have, later ones absent.

Earlier tiers are held in one of two ways. *Bound*: their jobs may still move, as long as the tier's worth does not fall. Each
is made mandatory, with one window a start and a *blank* window for being left out; a budget a tier counts what the choices
lose against each job's best, and its capacity is what the tier can lose. Every engine can carry that, and nothing is cut
off. *Fixed*: each stays in its place, or out. That keeps large fleets large, but a bound over it proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from optimizer.column_cut import with_windows, without_itineraries
from optimizer.columns import BoolArray, Columns, IntArray, Selection
from optimizer.halls import Halls
from optimizer.itineraries import Pieces, itinerary_use
from optimizer.limits import LimitKind, LimitLabel
from optimizer.ties import Floors

#: Earlier tiers with more columns than this are fixed.
MOST_BOUND_COLUMNS = 20_000


@dataclass(frozen=True, slots=True)
class Stage:
    """``columns`` of a tier's turn; ``origin[w]`` is the window of the whole columns behind window ``w``, -1: left out."""

    columns: Columns
    origin: IntArray  # [W']
    complete: bool  # nothing is cut off, so a bound over these columns is one
    free: BoolArray  # [J] the jobs whose turn it is
    held: Mapping[int, Pieces] = field(default_factory=dict)  # earlier jobs that run in pieces; they stay where they are

    def outwards(self, own: Selection) -> Selection:
        """The selection of whole columns that ``own`` stands for."""
        placed = own.window >= 0
        window = np.where(placed, self.origin[np.maximum(own.window, 0)] if len(self.origin) else -1, -1)
        return Selection(window.astype(np.int32), own.start.copy(), pieces={**self.held, **own.pieces})

    def inwards(self, whole: Selection) -> Selection:
        """The same selection here; a job whose place is not among these columns is left out."""
        columns = self.columns
        wanted, start = whole.window[columns.job], whole.start[columns.job]
        blank = (self.origin < 0) & (wanted < 0)
        here = (self.origin == wanted) & (wanted >= 0) & (columns.start_first <= start) & (start <= columns.start_last)
        window = np.full(columns.job_count, -1, dtype=np.int32)
        begin = np.zeros(columns.job_count, dtype=np.int32)
        for match, slot in ((blank, np.zeros_like(start)), (here, start)):
            found = np.flatnonzero(match)
            window[columns.job[found]], begin[columns.job[found]] = found, slot[found]
        return Selection(window, begin, pieces={job: pieces for job, pieces in whole.pieces.items() if self.free[job]})


def up_to(columns: Columns, rank: IntArray, tier: int) -> Columns:
    """The jobs of the tiers up to ``tier`` (``rank[J]``), all free; the others have no window."""
    kept = np.flatnonzero(rank[columns.job] <= tier)
    cut = columns if len(kept) == columns.window_count else with_windows(columns, kept)
    cut = without_itineraries(cut, rank > tier)
    return replace(
        cut, mandatory=columns.mandatory & (rank <= tier), floors=_floors(cut, rank, tier), halls=_halls(cut, rank, tier)
    )


def can_bind(columns: Columns, rank: IntArray, tier: int) -> bool:
    """Whether the tiers before ``tier`` are few columns, in one piece, tied to nothing that a blank window disturbs."""
    count = int((columns.start_last - columns.start_first + 1)[rank[columns.job] < tier].sum())
    simple = not len(columns.precedences) and not len(columns.together) and not (rank[columns.lanes.job] < tier).any()
    return simple and count <= MOST_BOUND_COLUMNS


def fixed_turn(columns: Columns, rank: IntArray, tier: int, plan: Selection) -> Stage:
    """The columns of ``tier``'s turn, with the earlier tiers where ``plan`` has them."""
    own = np.flatnonzero(rank[columns.job] == tier)
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
    held = {job: pieces for job, pieces in plan.pieces.items() if rank[job] < tier}
    cut = _beside(_worth_of(cut, free, rank, tier), held)
    return Stage(cut, windows, complete=tier == 0, free=rank == tier, held=held)


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
    worth = np.concatenate([columns.worth(int(window)) for window in earlier]) if len(earlier) else np.zeros(0, np.int64)
    best = np.where(columns.mandatory, np.iinfo(np.int64).min, 0)
    np.maximum.at(best, columns.job[single], worth)
    held = (rank < tier) & (np.diff(columns.job_first) > 0)
    may_stay_out = np.flatnonzero(held & ~columns.mandatory)
    # a blank window borrows the fields of its job's first; its uses are taken away below
    windows = np.concatenate([single, columns.job_first[may_stay_out], own])
    job = np.concatenate([columns.job[single], may_stay_out, columns.job[own]]).astype(np.int32)
    loss = np.concatenate([best[columns.job[single]] - worth, best[may_stay_out], np.full(len(own), -1)])
    blank = np.zeros(len(windows), dtype=bool)
    blank[len(single) : len(single) + len(may_stay_out)] = True
    first = np.concatenate([start, np.zeros(len(may_stay_out)), columns.start_first[own]]).astype(np.int32)
    last = np.concatenate([start, np.zeros(len(may_stay_out)), columns.start_last[own]]).astype(np.int32)
    order = np.lexsort((np.arange(len(windows)), blank, job))
    windows, job, loss, blank, first, last = windows[order], job[order], loss[order], blank[order], first[order], last[order]

    mandatory = (columns.mandatory & (rank <= tier)) | held
    cut = with_windows(
        columns,
        windows,
        job=job,
        job_first=np.searchsorted(job, np.arange(columns.job_count + 1)).astype(np.int64),
        start_first=first,
        start_last=last,
        mandatory=mandatory,
    )
    cut = _without_uses(cut, blank)
    cut = _with_tier_budgets(cut, rank, tier, loss, _losses(columns, rank, tier, plan, best))
    return Stage(_worth_of(cut, loss < 0, rank, tier), np.where(blank, -1, windows), complete=True, free=rank == tier)


def _losses(columns: Columns, rank: IntArray, tier: int, plan: Selection, best: IntArray) -> IntArray:
    """What each earlier tier loses in ``plan`` against the best of each of its jobs; shape ``[tier]``."""
    losses = np.zeros(tier, dtype=np.int64)
    for job in np.flatnonzero(rank < tier).tolist():
        window = int(plan.window[job])
        if window >= 0:
            worth = int(columns.worth(window)[int(plan.start[job]) - int(columns.start_first[window])])
            losses[rank[job]] += int(best[job]) - worth
        elif not columns.mandatory[job]:
            losses[rank[job]] += int(best[job])
    return losses


def _without_uses(columns: Columns, blank: BoolArray) -> Columns:
    """A blank window takes one slot of nothing."""
    use_first, used = _emptied(columns.use_first, blank)
    budget_first, budgeted = _emptied(columns.budget_use_first, blank)
    floors = columns.floors
    if len(floors):
        floor_first, counted = _emptied(floors.use_first, blank)
        floors = replace(
            floors, use_first=floor_first, use_index=floors.use_index[counted], use_amount=floors.use_amount[counted]
        )
    return replace(
        columns,
        duration=np.where(blank, 1, columns.duration).astype(np.int32),
        use_first=use_first,
        use_limit=columns.use_limit[used],
        use_amount=columns.use_amount[used],
        budget_use_first=budget_first,
        budget_use_index=columns.budget_use_index[budgeted],
        budget_use_amount=columns.budget_use_amount[budgeted],
        floors=floors,
    )


def _emptied(first: IntArray, blank: BoolArray) -> tuple[IntArray, BoolArray]:
    """Compressed rows without the entries of the ``blank`` ones, and which entries stay."""
    counts = np.diff(first)
    new_first = np.concatenate(([0], np.cumsum(np.where(blank, 0, counts)))).astype(np.int64)
    return new_first, ~np.repeat(blank, counts)


def _with_tier_budgets(columns: Columns, rank: IntArray, tier: int, loss: IntArray, capacity: IntArray) -> Columns:
    """One more budget for each earlier tier; a window loses ``loss`` micro-units of its tier's (-1 or 0: nothing)."""
    known, slots = len(columns.budgets), columns.slot_count
    loses = loss > 0
    place = columns.budget_use_first[1:][loses]
    index = known + rank[columns.job[loses]]
    counts = np.diff(columns.budget_use_first) + loses
    labels = tuple(LimitLabel(LimitKind.CONSUMABLE, f"worth of tier {number + 1}", "micro-units") for number in range(tier))
    return replace(
        columns,
        budgets=columns.budgets + labels,
        budget_capacity=np.concatenate([columns.budget_capacity, capacity]),
        budget_prefix=np.concatenate([columns.budget_prefix, np.zeros((tier, slots + 1), dtype=np.int64)]),
        budget_divisor=np.concatenate([columns.budget_divisor, np.zeros(tier, dtype=np.int64)]),
        budget_use_first=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        budget_use_index=np.insert(columns.budget_use_index, place, index).astype(np.int32),
        budget_use_amount=np.insert(columns.budget_use_amount, place, loss[loses]),
    )


def _worth_of(columns: Columns, free: BoolArray, rank: IntArray, tier: int) -> Columns:
    """Only the windows of the tier whose turn it is (``free``) are worth anything, and only its jobs run in pieces."""
    return replace(
        without_itineraries(columns, rank != tier),
        base=np.where(free, columns.base, 0),
        power_w=np.where(free, columns.power_w, 0),
        tardiness_cost=np.where(rank == tier, columns.tardiness_cost, 0),
        floors=_floors(columns, rank, tier),
        halls=_halls(columns, rank, tier),
    )


def _halls(columns: Columns, rank: IntArray, tier: int) -> Halls:
    """What halls cost counts in the last tier; before it they switch for nothing."""
    return columns.halls if tier == int(rank.max(initial=0)) else columns.halls.at_no_cost()


def _floors(columns: Columns, rank: IntArray, tier: int) -> Floors:
    """What a tenant is short of its floor counts in the last tier."""
    return columns.floors if tier == int(rank.max(initial=0)) else Floors()

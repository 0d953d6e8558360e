"""Runs in pieces: the jobs that may pause or change width, and where they may run slot by slot, as integer arrays.

A *lane* is one (job, mode, pool) of such a job with the slots in which it may run there; a *piece* is a maximal run of slots
in one lane; an *itinerary* is a job's pieces in order of time, two or more. A run in one piece is a column like any other
(``optimizer.columns``) and no itinerary. docs/model.md states what an itinerary may be:

* each piece lies in open slots of its lane; the first begins at or after the lane's ``first_slot``, or in slot 0 where the
  job ``goes_on`` there; the last ends at or before ``end_slot``; no two pieces overlap;
* between two pieces lies a *pause* (at least one slot, or another pool) or a *change* (the same pool, another mode, no slot
  between); at most ``max_pause_count`` and ``max_change_count`` of each. Pieces around a pause keep their mode unless the job
  may change (a pause with another mode then counts, and costs, as both);
* a piece after a pause begins with ``resume_slots`` of overhead, after a change with ``change_slots``, after both with
  the sum: nodes and power are used, no work is done;
* each piece does at least ``min_run_slots`` slots of work; the last may do less;
* the work adds up: a job that may not change needs the lane's ``duration`` productive slots; one that may needs ``work``
  steps, of which a lane does ``rate`` in each productive slot. It ends in the first slot in which that is reached;
* after a pause to another site, the checkpoint's transfer fits the pause.

Energy, carbon and the use of metered budgets of an itinerary are rounded slot by slot, so that its worth is a sum over slots.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from optimizer.arrays import BoolArray, IndexArray, IntArray, no_booleans, no_indices, no_ints


class Piece(NamedTuple):
    """The slots ``[start, end)`` of a lane."""

    lane: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Lanes:
    """``F`` jobs that may pause or change, ``N`` lanes, sorted by job, mode, pool; those of ``F``-th job ``f`` are
    ``lane_first[f]:lane_first[f + 1]``. ``O`` patterns of open slots, ``X`` checkpoint sizes, ``S`` sites.
    """

    job: IndexArray = field(default_factory=no_indices)  # [F]
    max_pause_count: IndexArray = field(default_factory=no_indices)  # [F]
    resume_slots: IndexArray = field(default_factory=no_indices)  # [F]
    resume_cost: IntArray = field(default_factory=no_ints)  # [F] micro-units
    may_resume_elsewhere: IndexArray = field(default_factory=no_indices)  # [F] 0 or 1
    max_change_count: IndexArray = field(default_factory=no_indices)  # [F]
    change_slots: IndexArray = field(default_factory=no_indices)  # [F]
    change_cost: IntArray = field(default_factory=no_ints)  # [F] micro-units
    min_run_slots: IndexArray = field(default_factory=no_indices)  # [F]
    work: IndexArray = field(default_factory=no_indices)  # [F] steps; 0 for a job that may not change its mode
    transfer: IndexArray = field(default_factory=no_indices)  # [F] row of the transfer tables
    transfer_slots: IndexArray = field(default_factory=lambda: no_indices(0, 0, 0))  # [X, S, S] -1: not reachable
    transfer_cost: IntArray = field(default_factory=lambda: no_ints(0, 0, 0))  # [X, S, S] micro-units

    lane_first: IntArray = field(default_factory=lambda: no_ints(1))  # [F + 1]
    mode: IndexArray = field(default_factory=no_indices)  # [N] index within the job
    pool: IndexArray = field(default_factory=no_indices)  # [N]
    site: IndexArray = field(default_factory=no_indices)  # [N]
    first_slot: IndexArray = field(
        default_factory=no_indices
    )  # [N] release and staging; of the first piece; slot_count: never first
    goes_on: BoolArray = field(default_factory=no_booleans)  # [N] a running job is here: the first piece may begin in slot 0
    end_slot: IndexArray = field(default_factory=no_indices)  # [N]
    open_slots: BoolArray = field(default_factory=lambda: no_booleans(0, 0))  # [O, T] alone, the use breaks no slot limit
    open_row: IndexArray = field(default_factory=no_indices)  # [N]
    duration: IndexArray = field(default_factory=no_indices)  # [N] productive slots of the whole job in this mode
    rate: IndexArray = field(default_factory=no_indices)  # [N] steps a productive slot
    base: IntArray = field(default_factory=no_ints)  # [N] as a window's, where the first piece is in this lane
    base_at_zero: IntArray = field(default_factory=no_ints)  # [N] the same where the first piece begins in slot 0
    power_w: IntArray = field(default_factory=no_ints)  # [N]
    use_first: IntArray = field(default_factory=lambda: no_ints(1))  # [N + 1]
    use_limit: IndexArray = field(default_factory=no_indices)
    use_amount: IntArray = field(default_factory=no_ints)
    budget_use_first: IntArray = field(default_factory=lambda: no_ints(1))  # [N + 1]
    budget_use_index: IndexArray = field(default_factory=no_indices)
    budget_use_amount: IntArray = field(default_factory=no_ints)  # metered: per slot; else once, by the first piece's lane

    def __len__(self) -> int:
        return len(self.job)


#: No job may run in pieces.
NO_LANES = Lanes()

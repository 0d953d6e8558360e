"""Lanes written out by hand or drawn at random, to put beside tiny columns."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from optimizer.columns.lanes import Lanes
from optimizer.columns.table import Columns
from tests.engines.brute_force import best_objective
from tests.engines.tiny_columns import random_columns
from tests.once import once


@dataclass(frozen=True)
class TinyLane:
    """A lane of ``job``; ``closed`` slots are not open; ``uses`` and ``budget_uses`` map an index to an amount."""

    job: int
    mode: int = 0
    pool: int = 0
    site: int = 0
    first: int = 0
    goes_on: bool = False
    end: int | None = None
    closed: tuple[int, ...] = ()
    duration: int = 2
    rate: int = 1
    base: int = 0
    base_at_zero: int | None = None
    power_w: int = 0
    uses: dict[int, int] = field(default_factory=dict)
    budget_uses: dict[int, int] = field(default_factory=dict)
    floor: int = -1
    width: int = 0


@dataclass(frozen=True)
class Freedom:
    """How one job may pause and change; ``work`` of 0: it may not change."""

    pauses: int = 1
    resume_slots: int = 0
    resume_cost: int = 0
    elsewhere: bool = False
    changes: int = 0
    change_slots: int = 0
    change_cost: int = 0
    min_run: int = 1
    work: int = 0


def with_lanes(
    columns: Columns,
    freedoms: dict[int, Freedom],
    lanes: Sequence[TinyLane],
    *,
    transfer_slots: Sequence[Sequence[int]] = ((0,),),
    transfer_cost: Sequence[Sequence[int]] = ((0,),),
) -> Columns:
    """``columns`` with jobs that may run in pieces. Lanes may be on more sites than ``columns`` has: prices are site 0's."""
    jobs = sorted(freedoms)
    ordered = sorted(lanes, key=lambda lane: (lane.job, lane.mode, lane.pool))
    own = [freedoms[job] for job in jobs]
    open_slots = np.array([[slot not in lane.closed for slot in range(columns.slot_count)] for lane in ordered], np.bool_)
    site_count = len(transfer_slots)

    def ints(values: Sequence[int]) -> np.ndarray:
        return np.array(values, dtype=np.int64)

    def indices(values: Sequence[int]) -> np.ndarray:
        return np.array(values, dtype=np.int32)

    def offsets(lengths: Sequence[int]) -> np.ndarray:
        return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)

    built = Lanes(
        job=indices(jobs),
        max_pause_count=indices([free.pauses for free in own]),
        resume_slots=indices([free.resume_slots for free in own]),
        resume_cost=ints([free.resume_cost for free in own]),
        may_resume_elsewhere=indices([int(free.elsewhere) for free in own]),
        max_change_count=indices([free.changes for free in own]),
        change_slots=indices([free.change_slots for free in own]),
        change_cost=ints([free.change_cost for free in own]),
        min_run_slots=indices([free.min_run for free in own]),
        work=indices([free.work for free in own]),
        transfer=indices([0] * len(jobs)),
        transfer_slots=np.array([transfer_slots], dtype=np.int32),
        transfer_cost=np.array([transfer_cost], dtype=np.int64),
        lane_first=offsets([sum(lane.job == job for lane in ordered) for job in jobs]),
        mode=indices([lane.mode for lane in ordered]),
        pool=indices([lane.pool for lane in ordered]),
        site=indices([lane.site for lane in ordered]),
        first_slot=indices([lane.first for lane in ordered]),
        goes_on=np.array([lane.goes_on for lane in ordered], np.bool_),
        end_slot=indices([columns.slot_count if lane.end is None else lane.end for lane in ordered]),
        open_slots=open_slots.reshape(len(ordered), columns.slot_count),
        open_row=indices(range(len(ordered))),
        duration=indices([lane.duration for lane in ordered]),
        rate=indices([lane.rate for lane in ordered]),
        base=ints([lane.base for lane in ordered]),
        base_at_zero=ints([lane.base if lane.base_at_zero is None else lane.base_at_zero for lane in ordered]),
        power_w=ints([lane.power_w for lane in ordered]),
        use_first=offsets([len(lane.uses) for lane in ordered]),
        use_limit=indices([i for lane in ordered for i in sorted(lane.uses)]),
        use_amount=ints([lane.uses[i] for lane in ordered for i in sorted(lane.uses)]),
        budget_use_first=offsets([len(lane.budget_uses) for lane in ordered]),
        budget_use_index=indices([i for lane in ordered for i in sorted(lane.budget_uses)]),
        budget_use_amount=ints([lane.budget_uses[i] for lane in ordered for i in sorted(lane.budget_uses)]),
    )
    return replace(
        columns,
        lanes=built,
        floors=replace(
            columns.floors,
            lane_floor=indices([lane.floor for lane in ordered]),
            lane_width=ints([lane.width for lane in ordered]),
        ),
        energy_prefix=np.repeat(columns.energy_prefix[:1], site_count, axis=0),
        carbon_prefix=np.repeat(columns.carbon_prefix[:1], site_count, axis=0),
    )


def random_columns_with_lanes(seed: int) -> Columns:
    """``random_columns`` in which some jobs may pause, change, or both, here and elsewhere."""
    columns, rng = random_columns(seed, least_slot_count=4), random.Random(seed + 1)
    slot_count, limit_count, budget_count = columns.slot_count, len(columns.limits), len(columns.budgets)
    freedoms: dict[int, Freedom] = {}
    lanes: list[TinyLane] = []
    for job in range(columns.job_count):
        if rng.random() < 0.5:
            continue
        changes = rng.choice([0, 0, 1, 2])
        free = Freedom(
            pauses=rng.choice([0, 1, 1, 2]) if changes else rng.choice([1, 1, 2]),
            resume_slots=rng.choice([0, 0, 1]),
            resume_cost=rng.choice([0, 1, 7]),
            elsewhere=rng.random() < 0.5,
            changes=changes,
            change_slots=rng.choice([0, 0, 1]),
            change_cost=rng.choice([0, 2]),
            min_run=rng.choice([0, 1, 1, 2]),
            work=rng.randint(2, 6) if changes else 0,
        )
        freedoms[job] = free
        bounds = rng.randint(0, 1), rng.randint(max(1, slot_count - 1), slot_count)
        for mode in range(2 if changes else rng.choice([1, 2])):
            duration, power_w = rng.choice([2, 2, 3, 4, 1]), rng.randint(0, 4)
            most = columns.capacity.max(axis=1, initial=1).tolist()
            uses = {i: max(1, most[i] * rng.randint(1, 4) // 7) for i in range(limit_count) if rng.random() < 0.5}
            for pool in range(rng.choice([1, 2])):
                base = rng.randint(0, 60)
                lanes.append(
                    TinyLane(
                        job=job,
                        mode=mode,
                        pool=pool,
                        site=pool,
                        first=rng.choice([bounds[0], bounds[0], 2]),
                        goes_on=rng.random() < 0.2,
                        end=bounds[1],
                        closed=tuple(
                            slot
                            for slot in range(slot_count)
                            if any(amount > columns.capacity[i, slot] for i, amount in uses.items()) or rng.random() < 0.1
                        ),
                        duration=duration,
                        rate=rng.randint(1, 3),
                        base=base,
                        base_at_zero=base + rng.choice([0, 0, 3]),
                        power_w=power_w,
                        uses=uses,
                        budget_uses={i: rng.randint(1, 3) for i in range(budget_count) if rng.random() < 0.8},
                        floor=rng.randint(-1, len(columns.floors) - 1),
                        width=rng.randint(0, 3),
                    )
                )
    ways = rng.choice([0, 1, 2, -1])
    return with_lanes(
        columns,
        freedoms,
        lanes,
        transfer_slots=((0, ways), (rng.choice([0, 1, -1]), 0)),
        transfer_cost=((0, rng.choice([0, 5])), (3, 0)),
    )


@once
def best_with_lanes(seed: int) -> int | None:
    """The optimum of ``random_columns_with_lanes``, by trying all."""
    return best_objective(random_columns_with_lanes(seed))

"""Tiny columns: written out by hand (``TinyWindow``) or drawn at random (``random_columns``)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from optimizer.columns.table import RATE_SCALE, Columns, LimitKind, LimitLabel
from optimizer.columns.ties import Floors


@dataclass(frozen=True)
class TinyWindow:
    """A window; ``uses`` and ``budget_uses`` map a limit's or budget's index to an amount."""

    job: int
    first: int
    last: int
    duration: int = 1
    base: int = 0
    uses: dict[int, int] = field(default_factory=dict)
    budget_uses: dict[int, int] = field(default_factory=dict)
    power_w: int = 0
    mode: int = 0
    floor_uses: dict[int, int] = field(default_factory=dict)


def tiny_columns(
    windows: Sequence[TinyWindow],
    capacity: Sequence[Sequence[int]],
    *,
    slot_count: int,
    mandatory: Sequence[bool],
    budgets: Sequence[int] = (),
    metered: Sequence[bool] = (),
    rate: Sequence[int] | None = None,
    due: Sequence[int] | None = None,
    tardiness: Sequence[int] | None = None,
    floors: Sequence[tuple[int, int]] = (),
) -> Columns:
    """Columns on one site. ``floors``: target and cost of each.

    ``rate``: micro-units a watt and slot, by slot; also what metered budgets count.
    """
    jobs = len(mandatory)
    ordered = sorted(windows, key=lambda w: (w.job, w.mode, w.first))
    prefix = np.concatenate([[0], np.cumsum(rate if rate is not None else [0] * slot_count)]).astype(np.int64)
    meters = list(metered) if metered else [False] * len(budgets)

    def ints(values: object, dtype: type = np.int64) -> np.ndarray:
        return np.array(values, dtype=dtype)

    def first_of(lengths: list[int]) -> np.ndarray:
        return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)

    return Columns(
        slot_count=slot_count,
        mandatory=ints(mandatory, np.bool_),
        job_first=first_of([sum(w.job == j for w in ordered) for j in range(jobs)]),
        job=ints([w.job for w in ordered], np.int32),
        mode=ints([w.mode for w in ordered], np.int32),
        pool=np.zeros(len(ordered), np.int32),
        site=np.zeros(len(ordered), np.int32),
        start_first=ints([w.first for w in ordered], np.int32),
        start_last=ints([w.last for w in ordered], np.int32),
        duration=ints([w.duration for w in ordered], np.int32),
        limits=tuple(LimitLabel(LimitKind.POOL_NODES, f"pool{i}", "nodes") for i in range(len(capacity))),
        capacity=ints(capacity).reshape(len(capacity), slot_count),
        use_first=first_of([len(w.uses) for w in ordered]),
        use_limit=ints([i for w in ordered for i in sorted(w.uses)], np.int32),
        use_amount=ints([w.uses[i] for w in ordered for i in sorted(w.uses)]),
        budgets=tuple(LimitLabel(LimitKind.CONSUMABLE, f"budget{i}", "units") for i in range(len(budgets))),
        budget_capacity=ints(budgets),
        budget_prefix=np.array([prefix * meter for meter in meters], np.int64).reshape(len(budgets), slot_count + 1),
        budget_divisor=ints([3 if meter else 0 for meter in meters]),
        budget_use_first=first_of([len(w.budget_uses) for w in ordered]),
        budget_use_index=ints([i for w in ordered for i in sorted(w.budget_uses)], np.int32),
        budget_use_amount=ints([w.budget_uses[i] for w in ordered for i in sorted(w.budget_uses)]),
        base=ints([w.base for w in ordered]),
        power_w=ints([w.power_w for w in ordered]),
        energy_prefix=(prefix * RATE_SCALE).reshape(1, -1),
        carbon_prefix=np.zeros((1, slot_count + 1), np.int64),
        due_slot=ints(due if due is not None else [slot_count] * jobs, np.int32),
        tardiness_cost=ints(tardiness if tardiness is not None else [0] * jobs),
        floors=Floors(
            tenant=tuple(f"tenant{f}" for f in range(len(floors))),
            target=ints([target for target, _ in floors]),
            cost=ints([cost for _, cost in floors]),
            use_first=first_of([len(w.floor_uses) for w in ordered]),
            use_index=ints([i for w in ordered for i in sorted(w.floor_uses)], np.int32),
            use_amount=ints([w.floor_uses[i] for w in ordered for i in sorted(w.floor_uses)]),
        ),
    )


def busy_columns() -> Columns:
    """Six optional gangs that want the same eight nodes and dearer hours; many plans, the empty one is the worst."""
    windows = [
        TinyWindow(job, 0, 5, duration=1 + job % 3, base=100 + 7 * job, uses={0: 3 + job % 4}, power_w=1 + job % 2)
        for job in range(6)
    ]
    return tiny_columns(windows, [[8, 8, 6, 8, 7, 8, 8, 8]], slot_count=8, mandatory=[False] * 6, rate=[4, 9, 1, 7, 2, 8, 3, 5])


def random_columns(seed: int, least_slot_count: int = 1) -> Columns:
    """A few jobs that compete: optional and mandatory, budgets, dips, late runs, worthless and large worths, floors."""
    rng = random.Random(seed)
    slot_count, job_count, limit_count = rng.randint(least_slot_count, 6), rng.randint(0, 5), rng.randint(0, 3)
    budget_count = rng.choice([0, 0, 1, 2])
    of_floors = random.Random(f"floors {seed}")
    used_floors = range(of_floors.choice([0, 0, 1, 2]))
    unit = rng.choice([1, 1, 1000, 123_457])
    scale = rng.choice([1, 1, 997_003])
    capacity = [[rng.choice([0, 3, 5, 6, 7]) * unit + rng.randint(0, 2) for _ in range(slot_count)] for _ in range(limit_count)]
    windows = []
    for job in range(job_count):
        for mode in range(rng.choice([0, 1, 1, 2])):
            duration = rng.randint(1, min(3, slot_count))
            uses = {i: rng.randint(1, 5) * unit for i in range(limit_count) if rng.random() < 0.8}
            budget_uses = {i: rng.randint(1, 4) for i in range(budget_count) if rng.random() < 0.8}
            base, power_w = rng.randint(-5, 40) * scale + rng.randint(0, 3), rng.randint(0, 4)
            floor_uses = {f: of_floors.randint(1, 6) * of_floors.choice([1, unit]) for f in used_floors if (job + f) % 3}
            for first, last in _admissible(capacity, uses, duration, slot_count):
                windows.append(TinyWindow(job, first, last, duration, base, uses, budget_uses, power_w, mode, floor_uses))
    return tiny_columns(
        windows,
        capacity,
        slot_count=slot_count,
        mandatory=[rng.random() < 0.25 for _ in range(job_count)],
        budgets=[rng.randint(0, 10) for _ in range(budget_count)],
        metered=[rng.random() < 0.5 for _ in range(budget_count)],
        rate=[rng.randint(0, 5) for _ in range(slot_count)],
        due=[rng.randint(0, slot_count) for _ in range(job_count)],
        tardiness=[rng.choice([0, 3]) for _ in range(job_count)],
        floors=[(of_floors.randint(1, 12) * of_floors.choice([1, unit]), of_floors.choice([1, 4, 30])) for _ in used_floors],
    )


def _admissible(capacity: list[list[int]], uses: dict[int, int], duration: int, slot_count: int) -> list[tuple[int, int]]:
    """Runs of consecutive starts at which the use alone breaks no limit."""
    found: list[tuple[int, int]] = []
    for start in range(slot_count - duration + 1):
        if all(amount <= capacity[i][t] for i, amount in uses.items() for t in range(start, start + duration)):
            if found and found[-1][1] == start - 1:
                found[-1] = (found[-1][0], start)
            else:
                found.append((start, start))
    return found

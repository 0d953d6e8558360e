"""Small random columns for the price engine's tests, with every feature, and their optimum by brute force."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from optimizer.columns.table import Columns
from optimizer.engines.price.rows.slot_rows import Activity
from optimizer.engines.price.rows.strengthen import Strengthening
from optimizer.limits import LimitKind, LimitLabel

SLOT_COUNT = 10


def even_activity(strengthening: Strengthening, count: int = 1) -> Activity:
    """So many runs of each gang in every slot."""
    return Activity(np.full(strengthening.gangs.job_count.shape, count, dtype=np.int32), 1)


def random_columns(seed: int, job_count: int = 4, mandatory: bool = False, slot_count: int = SLOT_COUNT) -> Columns:
    """Two pools on two sites, limits that vary by slot, a metered budget, a consumable, due times."""
    rng = np.random.default_rng(seed)
    capacity = np.stack(
        [
            rng.integers(4, 7, slot_count),
            rng.integers(4, 7, slot_count),
            rng.integers(500, 900, slot_count),
            rng.integers(500, 900, slot_count),
        ]
    ).astype(np.int64)
    rows: list[tuple[int, int, int, int, int, int, int, int]] = []
    for job in range(job_count):
        for mode in range(2):
            nodes, duration = int(rng.integers(1, 6)), int(rng.integers(1, 5))
            watts, base = nodes * int(rng.integers(80, 130)), int(rng.integers(2_000, 9_000))
            for pool in range(2):
                fits = (capacity[pool] >= nodes) & (capacity[2 + pool] >= watts)
                starts = [s for s in range(slot_count - duration + 1) if fits[s : s + duration].all()]
                for first, last in _runs(starts):
                    rows.append((job, mode, pool, first, last, duration, nodes, watts * 10_000 + base))
    job_of, mode_of, pool_of, first_of, last_of, duration_of, nodes_of, packed = np.array(rows, dtype=np.int64).T
    watts_of, base_of = packed // 10_000, packed % 10_000
    window_count = len(rows)
    uses = np.stack([nodes_of, watts_of], axis=1).ravel()
    used = np.stack([pool_of, 2 + pool_of], axis=1).ravel()
    meter = np.concatenate([[0], np.cumsum(rng.integers(0, 9, slot_count))])
    energy = np.concatenate([np.zeros((2, 1)), np.cumsum(rng.integers(0, 9_999, (2, slot_count)), axis=1)], axis=1)
    carbon = np.concatenate([np.zeros((2, 1)), np.cumsum(rng.integers(0, 3_333, (2, slot_count)), axis=1)], axis=1)
    late = rng.random(job_count) < 0.5
    return Columns(
        slot_count=slot_count,
        mandatory=np.arange(job_count) < (1 if mandatory else 0),
        job_first=np.searchsorted(job_of, np.arange(job_count + 1)).astype(np.int64),
        job=job_of.astype(np.int32),
        mode=mode_of.astype(np.int32),
        pool=pool_of.astype(np.int32),
        site=pool_of.astype(np.int32),
        start_first=first_of.astype(np.int32),
        start_last=last_of.astype(np.int32),
        duration=duration_of.astype(np.int32),
        limits=(
            LimitLabel(LimitKind.POOL_NODES, "p0", "nodes"),
            LimitLabel(LimitKind.POOL_NODES, "p1", "nodes"),
            LimitLabel(LimitKind.HALL_POWER, "h0", "W"),
            LimitLabel(LimitKind.HALL_POWER, "h1", "W"),
        ),
        capacity=capacity,
        use_first=2 * np.arange(window_count + 1, dtype=np.int64),
        use_limit=used.astype(np.int32),
        use_amount=uses,
        budgets=(
            LimitLabel(LimitKind.CARBON_BUDGET, "s0", "g"),
            LimitLabel(LimitKind.CONSUMABLE, "licence", "units"),
        ),
        budget_capacity=np.array([60, 3], dtype=np.int64),
        budget_prefix=np.stack([meter, np.zeros(slot_count + 1)]).astype(np.int64),
        budget_divisor=np.array([100, 0], dtype=np.int64),
        budget_use_first=2 * np.arange(window_count + 1, dtype=np.int64),
        budget_use_index=np.tile(np.array([0, 1], dtype=np.int32), window_count),
        budget_use_amount=np.stack([watts_of, 1 + mode_of], axis=1).ravel(),
        base=base_of,
        power_w=watts_of,
        energy_prefix=energy.astype(np.int64),
        carbon_prefix=carbon.astype(np.int64),
        due_slot=np.where(late, slot_count // 2, slot_count).astype(np.int32),
        tardiness_cost=np.where(late, 100, 0).astype(np.int64),
    )


class _Option(NamedTuple):
    """One run of a job: what it is worth, takes of each of its limits in its slots, and of budgets."""

    worth: int
    limits: tuple[int, ...]
    slots: range
    amounts: tuple[int, ...]
    budget_uses: tuple[tuple[int, int], ...]


def optimum(columns: Columns) -> int | None:
    """The best plan's worth, job by job, by trying every column; None where mandatory jobs cannot all run."""
    options = [sorted(_options(columns, job), key=lambda option: -option.worth) for job in range(columns.job_count)]
    most_after = [sum(max(0, own[0].worth) for own in options[job:] if own) for job in range(columns.job_count + 1)]
    left, budget = columns.capacity.tolist(), columns.budget_capacity.tolist()
    best: int | None = None

    def extend(job: int, worth: int) -> None:
        nonlocal best
        if best is not None and worth + most_after[job] <= best:
            return
        if job == columns.job_count:
            best = worth
            return
        for option in options[job]:
            if _fits(option, left, budget):
                _take(option, left, budget, 1)
                extend(job + 1, worth + option.worth)
                _take(option, left, budget, -1)
        if not columns.mandatory[job]:
            extend(job + 1, worth)

    extend(0, 0)
    return best


def _options(columns: Columns, job: int) -> Iterator[_Option]:
    for window in range(int(columns.job_first[job]), int(columns.job_first[job + 1])):
        limits, amounts = (tuple(each.tolist()) for each in columns.uses(window))
        for offset, worth in enumerate(columns.worth(window).tolist()):
            if worth > 0 or columns.mandatory[job]:
                start = int(columns.start_first[window]) + offset
                slots = range(start, start + int(columns.duration[window]))
                yield _Option(worth, limits, slots, amounts, tuple(columns.budget_uses(window, start)))


def _fits(option: _Option, left: list[list[int]], budget: list[int]) -> bool:
    of_slots = all(left[k][t] >= amount for k, amount in zip(option.limits, option.amounts) for t in option.slots)
    return of_slots and all(budget[b] >= use for b, use in option.budget_uses)


def _take(option: _Option, left: list[list[int]], budget: list[int], times: int) -> None:
    for k, amount in zip(option.limits, option.amounts):
        for t in option.slots:
            left[k][t] -= times * amount
    for b, use in option.budget_uses:
        budget[b] -= times * use


def fits(columns: Columns, runs: list[tuple[int, int]]) -> bool:
    left = columns.capacity.copy()
    budget = columns.budget_capacity.tolist()
    for window, start in runs:
        limit, amount = columns.uses(window)
        left[limit, start : start + int(columns.duration[window])] -= amount[:, None]
        for b, use in columns.budget_uses(window, start):
            budget[b] -= use
    return bool((left >= 0).all()) and min(budget) >= 0


def _runs(starts: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for start in starts:
        if runs and runs[-1][1] == start - 1:
            runs[-1] = (runs[-1][0], start)
        else:
            runs.append((start, start))
    return runs

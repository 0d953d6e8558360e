"""Cuts the lanes of the jobs that may run in pieces, from the same templates as the windows."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import numpy as np

from optimizer.accounting.running import Fate, change_micros, is_allowed, stop_micros
from optimizer.arrays import IndexArray, IntArray
from optimizer.columns.churn import Churn
from optimizer.columns.lanes import NO_LANES, Lanes
from optimizer.columns.templates import Templates, as_array
from optimizer.columns.transfers import Checkpoints, Staging
from optimizer.exact.problem import ExactJob, ExactMode, ExactProblem


def cut_lanes(problem: ExactProblem, templates: Templates, staging: Staging, checkpoints: Checkpoints, churn: Churn) -> Lanes:
    """The lanes of every job of ``problem`` that may run in pieces; a job with none is left out.

    Their data comes the cheapest way.
    """
    pairs = [
        (job, index)
        for job in problem.jobs
        if job.may_run_in_pieces
        for index, mode in enumerate(job.modes)
        if _may_be_cut(problem, job, mode)
    ]
    if not pairs:
        return NO_LANES
    places = _Places(templates)
    shapes = [places.of(templates.of(job, job.modes[index])) for job, index in pairs]
    counts = np.array([last - first for first, last in shapes], dtype=np.int64)
    lane_count = int(counts.sum())
    if not lane_count:
        return NO_LANES
    pair = np.repeat(np.arange(len(pairs)), counts)
    begins = np.array([first for first, _ in shapes], dtype=np.int64)
    place = np.arange(lane_count) - np.repeat(np.cumsum(counts) - counts, counts) + begins[pair]
    job = np.array([job.index for job, _ in pairs], dtype=np.int64)[pair]
    mode = np.array([index for _, index in pairs], dtype=np.int64)[pair]
    row = np.array(places.row, dtype=np.int64)[place]
    pool = as_array(templates.pool)[row]
    order = np.lexsort((pool, mode, job))
    pair, place, job, mode, row, pool = (part[order] for part in (pair, place, job, mode, row, pool))
    return _assembled(problem, templates, staging, checkpoints, churn, places, pairs, pair, place, job, mode, row, pool)


def _may_be_cut(problem: ExactProblem, job: ExactJob, mode: ExactMode) -> bool:
    """Whether a run in pieces can hold this mode: its steps count, and one mode alone is neither too short nor too long."""
    if job.elasticity is not None:
        return job.rate(mode) > 0
    last = min(job.deadline, problem.slot_count)
    return job.min_run_slots < mode.duration <= last - (0 if job.running else job.release)


class _Places:
    """(pool, pattern of open slots) of each template: where a mode of that shape has any open slot."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._spans: dict[int, tuple[int, int]] = {}
        self._patterns: dict[tuple[tuple[int, int], ...], int] = {}
        self.row: list[int] = []
        self.open_row: list[int] = []

    def of(self, shape: int) -> tuple[int, int]:
        """``[first, last)`` of the shape's places."""
        known = self._spans.get(shape)
        if known is None:
            first = len(self.row)
            rows = range(self._templates.first_row[shape], self._templates.first_row[shape + 1])
            for _, of_pool in groupby(rows, key=self._templates.pool.__getitem__):
                group = list(of_pool)
                runs = tuple((self._templates.free_from[row], self._templates.free_until[row]) for row in group)
                self.row.append(group[0])
                self.open_row.append(self._patterns.setdefault(runs, len(self._patterns)))
            known = self._spans[shape] = first, len(self.row)
        return known

    def open_slots(self, slot_count: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
        open_slots = np.zeros((len(self._patterns), slot_count), dtype=np.bool_)
        for runs, row in self._patterns.items():
            for begin, end in runs:
                open_slots[row, begin:end] = True
        return open_slots


def _assembled(
    problem: ExactProblem,
    templates: Templates,
    staging: Staging,
    checkpoints: Checkpoints,
    churn: Churn,
    places: _Places,
    pairs: list[tuple[ExactJob, int]],
    pair: IntArray,
    place: IntArray,
    job: IntArray,
    mode: IntArray,
    row: IntArray,
    pool: IntArray,
) -> Lanes:
    def per_lane(values: Iterable[int]) -> IntArray:
        return np.fromiter(values, dtype=np.int64, count=len(pairs))[pair]

    site = templates.site_of_pool[pool]
    data = per_lane(staging.row(item) for item, _ in pairs)
    reachable = (staging.slots[data, site, 0] >= 0) & (per_lane(is_allowed(item, Fate.MOVED) for item, _ in pairs) == 1)
    release = per_lane(item.release for item, _ in pairs) + staging.slots[data, site, 0]
    own_base = per_lane(item.modes[m].value_micros - item.modes[m].cost_micros + stop_micros(item) for item, m in pairs)
    moved = per_lane(change_micros(item, Fate.MOVED) for item, _ in pairs)
    base = own_base - moved - staging.cost[data, site, 0]
    fates = [_fate_in_place(item, item.modes[m]) for item, m in pairs]
    in_place = per_lane(_running_pool(problem, item) for item, _ in pairs) == pool
    goes_on = in_place & per_lane(is_allowed(item, found) for (item, _), found in zip(pairs, fates, strict=True)).astype(bool)
    changed_in_place = per_lane(change_micros(item, found) for (item, _), found in zip(pairs, fates, strict=True))
    runs = per_lane(item.running is not None for item, _ in pairs) == 1
    changed = runs & ~(in_place & per_lane(found is Fate.KEPT for found in fates).astype(bool))
    jobs = [problem.jobs[index] for index in np.unique(job)]
    use_first, use_limit, use_amount = templates.uses.gathered(row.astype(np.int32))
    budget_uses = templates.budget_uses.gathered(row.astype(np.int32))
    budget_first, budget_index, budget_amount = churn.added(job.astype(np.int32), changed, *budget_uses)
    return Lanes(
        job=_per_job(item.index for item in jobs),
        max_pause_count=_per_job(item.preemption.max_pause_count if item.preemption else 0 for item in jobs),
        resume_slots=_per_job(item.preemption.resume_slots if item.preemption else 0 for item in jobs),
        resume_cost=_money(item.preemption.resume_cost_micros if item.preemption else 0 for item in jobs),
        may_resume_elsewhere=_per_job(bool(item.preemption and item.preemption.may_resume_elsewhere) for item in jobs),
        max_change_count=_per_job(item.elasticity.max_change_count if item.elasticity else 0 for item in jobs),
        change_slots=_per_job(item.elasticity.change_slots if item.elasticity else 0 for item in jobs),
        change_cost=_money(item.elasticity.change_cost_micros if item.elasticity else 0 for item in jobs),
        min_run_slots=_per_job(item.min_run_slots for item in jobs),
        work=_per_job(item.elasticity.work if item.elasticity else 0 for item in jobs),
        transfer=_per_job(checkpoints.row(item) for item in jobs),
        transfer_slots=checkpoints.slots,
        transfer_cost=checkpoints.cost,
        lane_first=np.searchsorted(job, [item.index for item in jobs] + [len(problem.jobs)]).astype(np.int64),
        mode=mode.astype(np.int32),
        pool=pool.astype(np.int32),
        site=site.astype(np.int32),
        first_slot=np.where(reachable, np.minimum(release, problem.slot_count), problem.slot_count).astype(np.int32),
        goes_on=goes_on,
        end_slot=np.minimum(per_lane(item.deadline for item, _ in pairs), problem.slot_count).astype(np.int32),
        open_slots=places.open_slots(problem.slot_count),
        open_row=np.array(places.open_row, dtype=np.int32)[place],
        duration=per_lane(item.modes[m].duration for item, m in pairs).astype(np.int32),
        rate=per_lane(item.rate(item.modes[m]) for item, m in pairs).astype(np.int32),
        base=base,
        base_at_zero=np.where(goes_on, own_base - changed_in_place, base),
        power_w=per_lane(item.modes[m].it_power_w for item, m in pairs),
        use_first=use_first,
        use_limit=use_limit,
        use_amount=use_amount,
        budget_use_first=budget_first,
        budget_use_index=budget_index,
        budget_use_amount=budget_amount,
    )


def _fate_in_place(job: ExactJob, mode: ExactMode) -> Fate:
    """What becomes of the job that begins in ``mode`` where it runs, in the first slot."""
    if job.running is None:
        return Fate.STARTED
    return Fate.KEPT if job.running.mode == mode.name else Fate.RESIZED


def _running_pool(problem: ExactProblem, job: ExactJob) -> int:
    """The pool on which the job runs already; -1 where it does not."""
    if job.running is None:
        return -1
    return next(pool.index for pool in problem.pools if pool.name == job.running.pool)


def _per_job(values: Iterable[int]) -> IndexArray:
    return np.array(list(values), dtype=np.int32)


def _money(values: Iterable[int]) -> IntArray:
    return np.array(list(values), dtype=np.int64)

"""How far one job is from running: each (mode, pool) it has, how far it got, and what the nearest start would lack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from optimizer.accounting import ledger, running
from optimizer.accounting.halls import Schedules, implied, standby_uses
from optimizer.accounting.ledger import Run
from optimizer.accounting.links import link_label
from optimizer.accounting.operation import with_batteries
from optimizer.accounting.usage import usage
from optimizer.columns.table import IntArray
from optimizer.exact.links import NO_WAY_TO_GO, Way
from optimizer.exact.problem import ExactJob, ExactMode, ExactPool, ExactProblem
from optimizer.limits import LimitKind, LimitLabel
from optimizer.solution import Assignment, Shortfall, SiteOperation, UnplacedReason
from optimizer.units import PPM, divide_up

#: The typed reason for each limit that a run breaks alone, on an empty fleet.
ALONE_REASON: Mapping[LimitKind, UnplacedReason] = {
    LimitKind.POOL_NODES: UnplacedReason.GANG_EXCEEDS_POOL,
    LimitKind.POOL_PART: UnplacedReason.GANG_EXCEEDS_POOL,
    LimitKind.HALL_POWER: UnplacedReason.POWER_EXCEEDS_LIMIT,
    LimitKind.GRID_IMPORT: UnplacedReason.POWER_EXCEEDS_LIMIT,
    LimitKind.LIQUID_COOLING: UnplacedReason.HEAT_EXCEEDS_COOLING,
    LimitKind.AIR_COOLING: UnplacedReason.HEAT_EXCEEDS_COOLING,
    LimitKind.TENANT_QUOTA: UnplacedReason.QUOTA_EXCEEDED,
    LimitKind.RESERVATION: UnplacedReason.RESERVED_FOR_OTHERS,
    LimitKind.RESOURCE: UnplacedReason.RESOURCE_EXCEEDED,
    LimitKind.CONSUMABLE: UnplacedReason.RESOURCE_EXCEEDED,
    LimitKind.ENERGY_BUDGET: UnplacedReason.BUDGET_EXCEEDED,
    LimitKind.CARBON_BUDGET: UnplacedReason.BUDGET_EXCEEDED,
    LimitKind.GROUP_DOMAIN: UnplacedReason.GROUP_ELSEWHERE,
    LimitKind.GROUP_APART: UnplacedReason.GROUP_ELSEWHERE,
    LimitKind.LINK: UnplacedReason.DATA_NOT_REACHABLE,
    LimitKind.CHURN_JOBS: UnplacedReason.BUDGET_EXCEEDED,
    LimitKind.CHURN_GPU_SLOTS: UnplacedReason.BUDGET_EXCEEDED,
}

#: Answers hold slots in 32 bits and amounts in 64; data that takes years on a link would come later than any calendar says.
LAST_TOLD_SLOT = 2**31 - 1
MOST_TOLD_SLOTS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Miss:
    """A (mode, pool) that does not run: why, and the assignment and shortfall nearest to running.

    ``severity`` orders misses of one reason: the shortfall as a share of what the run takes of that limit, the standby of the
    hall ``switched_on`` for it included.
    """

    reason: UnplacedReason
    assignment: Assignment | None = None
    shortfall: Shortfall | None = None
    severity: float = 0.0
    switched_on: str = ""


class _Short(NamedTuple):
    """What is missing of a limit, slot by slot from ``before`` slots before the first start on; a run uses ``amount`` in the
    ``length`` slots from so long before it, ``standby`` of that for its hall.
    """

    label: LimitLabel
    amount: int
    short: IntArray
    before: int
    length: int
    standby: int


class Residual:
    """What every limit has left beside a plan, by slot and over the horizon; ``empty`` fleet where no runs are given.

    Batteries are run as in ``operations`` and rest where those do not say; halls are on in ``schedules``, and else off (None:
    those that ``runs`` imply).
    """

    def __init__(
        self,
        problem: ExactProblem,
        runs: Sequence[Run],
        operations: Sequence[SiteOperation] = (),
        schedules: Schedules | None = None,
    ) -> None:
        self.problem = problem
        schedules = implied(problem, runs, {}) if schedules is None else schedules
        self._standby = [standby_uses(problem, hall) for hall in problem.halls]
        self._off = {hall: ~np.array(on, dtype=np.bool_) for hall, on in schedules.items()}
        used = with_batteries(problem, usage(problem, runs, schedules), operations)
        self.by_slot: dict[LimitLabel, IntArray] = {
            label: np.maximum(0, np.array(capacity, dtype=np.int64)) - np.array(used.slot_used[label], dtype=np.int64)
            for label, capacity in used.slot_capacity.items()
        }
        self.over_horizon = {
            label: max(0, capacity) - used.horizon_used[label] for label, capacity in used.horizon_capacity.items()
        }

    def lacking(self, job: ExactJob, mode: ExactMode, pool: ExactPool, starts: range, way: Way = NO_WAY_TO_GO) -> Miss | None:
        """The start in ``starts`` that lacks least, or None where one lacks nothing. ``starts`` is not empty.

        A start's lack is the largest share, over all limits, of its use that is not there; its data comes by ``way``, and where
        its hall is off the hall's standby is part of what it uses.
        """
        first = starts.start
        worst = np.zeros(len(starts))
        by_limit: list[_Short] = []
        standby = dict(self._standby[pool.hall])
        off = self._off.get(pool.hall, np.ones(self.problem.slot_count, dtype=np.bool_))
        of_runs = dict(ledger.slot_uses(self.problem, job.claimant, mode, pool))
        uses = [(label, of_runs.get(label, 0), 0, mode.duration) for label in of_runs | standby]
        if way.is_limited:
            uses.append((link_label(way.from_site, way.to_site), way.mb_per_hour, way.slots, way.slots))
        for label, of_run, before, length in uses:
            there = self.by_slot[label][first - before : starts.stop - 1 - before + length]
            more = standby.get(label, 0)
            short = np.maximum(0, of_run + more * off[first : first + len(there)] - there if more else of_run - there)
            if short.any():
                over_use = np.lib.stride_tricks.sliding_window_view(short, length).max(axis=1)
                worst = np.maximum(worst, over_use / (of_run + more))
                by_limit.append(_Short(label, of_run + more, short, before, length, more))
        for index, start in enumerate(starts if self.over_horizon else ()):
            for label, amount in ledger.horizon_uses(self.problem, Run(job, mode, pool, start)):
                worst[index] = max(worst[index], (amount - self.over_horizon[label]) / amount)
        best = int(np.argmin(worst))
        if worst[best] <= 0:
            return None
        is_cheapest = not way.slots or way == self.problem.data_ways(job, self.problem.sites[pool.site])[0]
        run = Run(job, mode, pool, first + best, data_from="" if is_cheapest else way.from_site)
        label, amount, first_slot, last_slot, needs_hall = self._worst_limit(run, by_limit, first)
        return Miss(
            reason=ALONE_REASON[label.kind],
            assignment=Assignment(job=job.name, mode=mode.name, pool=pool.name, start_slot=run.start, data_from=run.data_from),
            shortfall=self._shortfall(label, amount, first_slot, last_slot),
            severity=float(worst[best]),
            switched_on=self.problem.halls[pool.hall].name if needs_hall else "",
        )

    def _worst_limit(self, run: Run, by_limit: Sequence[_Short], first: int) -> tuple[LimitLabel, int, int, int, bool]:
        """(limit, amount missing, first and last slot missing, whether standby is part of it) of the limit that ``run`` misses
        by the largest share.
        """
        options: list[tuple[float, LimitLabel, int, int, int, bool]] = []
        for label, use, short, before, length, standby in by_limit:
            part = short[run.start - first :][:length]
            if part.any():
                missing = np.flatnonzero(part) + run.start - before
                off = self._off.get(run.pool.hall)
                needs_hall = standby > 0 and (off is None or bool(off[missing].any()))
                options.append((part.max() / use, label, int(part.max()), int(missing[0]), int(missing[-1]), needs_hall))
        for label, use in ledger.horizon_uses(self.problem, run) if self.over_horizon else ():
            if use > self.over_horizon[label]:
                missing_amount = use - self.over_horizon[label]
                options.append((missing_amount / use, label, missing_amount, 0, self.problem.slot_count - 1, False))
        return max(options, key=lambda option: option[0])[1:]

    def _shortfall(self, label: LimitLabel, amount: int, first_slot: int, last_slot: int) -> Shortfall:
        """Grid limits are said in watts at the connection, PUE included."""
        if label.kind is LimitKind.GRID_IMPORT:
            site = next(site for site in self.problem.sites if site.name == label.element)
            amount = divide_up(amount * max(site.pue_ppm[first_slot : last_slot + 1]), PPM)
        return Shortfall(
            limit=label.kind.value,
            element=label.element,
            amount=amount,
            unit=label.unit,
            first_slot=first_slot,
            last_slot=last_slot,
        )


def misses(residual: Residual, job: ExactJob) -> Iterator[Miss | None]:
    """One entry a (mode, pool) and way of its data, one more where the job may go on in place: None where it could run, else
    what it misses first.

    Where a running job may not be moved to or resized, there is no entry.
    """
    problem = residual.problem
    for mode in job.modes:
        for pool in problem.pools:
            reason = ledger.exclusion(problem, job, mode, pool)
            if reason is not None:
                yield Miss(reason)
                continue
            ranges = ledger.start_ranges(problem, job, mode, pool)
            for starts, way in ranges:
                yield residual.lacking(job, mode, pool, starts, way)
            if ranges or not _may_start(job, mode, pool):
                continue
            in_place = running.fate(job, mode, pool, 0).in_place
            if not in_place and ledger.first_start(problem, job, pool) is None:
                yield Miss(UnplacedReason.DATA_NOT_REACHABLE)
            else:
                yield _window_miss(problem, job, mode, pool, 0 if in_place else None)


def _may_start(job: ExactJob, mode: ExactMode, pool: ExactPool) -> bool:
    """Whether a running job may be on ``pool`` in ``mode`` at some time, as far as its freedom goes."""
    return any(running.is_allowed(job, found) for found in {running.fate(job, mode, pool, 0), running.fate(job, mode, pool, 1)})


def _window_miss(problem: ExactProblem, job: ExactJob, mode: ExactMode, pool: ExactPool, first: int | None) -> Miss:
    """``first``: the earliest start; None for what release and staging leave."""
    first = (ledger.first_start(problem, job, pool) or 0) if first is None else first
    last = min(job.deadline, problem.slot_count)
    missing = first + mode.duration - last
    return Miss(
        UnplacedReason.WINDOW_TOO_SHORT,
        Assignment(job=job.name, mode=mode.name, pool=pool.name, start_slot=min(first, LAST_TOLD_SLOT)),
        slots_missing("time_window", job.name, missing, first, max(first, last - 1)),
        missing / mode.duration,
    )


def slots_missing(limit: str, element: str, amount: int, first: int, last: int) -> Shortfall:
    """``amount`` slots too few in [first, last], as far as an answer can tell."""
    return Shortfall(
        limit=limit,
        element=element,
        amount=min(amount, MOST_TOLD_SLOTS),
        unit="slots",
        first_slot=min(first, LAST_TOLD_SLOT),
        last_slot=min(last, LAST_TOLD_SLOT),
    )

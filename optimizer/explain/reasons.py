"""The typed reason for each job left out, with its nearest miss and what that lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from optimizer.accounting import ledger, running
from optimizer.accounting.links import link_label, transfers
from optimizer.accounting.order import order_windows
from optimizer.accounting.runs import Run, look_up
from optimizer.accounting.tenancy import shares
from optimizer.columns.candidates import Candidates
from optimizer.columns.lead_cutter import data_from
from optimizer.columns.table import Columns, IntArray
from optimizer.exact.problem import ExactJob, ExactProblem
from optimizer.explain.battery_reasons import beyond_battery
from optimizer.explain.curtailed import Curtailing, most_beside_plant, plant_beside
from optimizer.explain.hall_reasons import HallReasons
from optimizer.explain.in_pieces import may_run_in_pieces, most_in_pieces
from optimizer.explain.misses import Miss, Residual, misses
from optimizer.explain.nearest import nearest_column
from optimizer.explain.tie_reasons import kept_out_by_ties, never_in_order, too_few_slots, waits_too_long
from optimizer.explain.worth import surely_worth_running
from optimizer.interrupt import GiveWay, never, paced
from optimizer.limits import LimitKind, counted
from optimizer.solution import Assignment, HallSchedule, Placement, Shortfall, SiteOperation, Unplaced, UnplacedReason
from optimizer.units import MICROS_PER_UNIT
from optimizer.verify.halls import check_halls

#: Jobs explained with their nearest miss; beyond this many the rest get their reason without it (``explain_job`` has it).
DETAILED_COUNT = 200
#: Slots and jobs named in one message.
BLOCKING_JOB_COUNT = 5

#: How far a (mode, pool) got before it fell away; the reason given is that of the one that got furthest.
_PROGRESS: Mapping[UnplacedReason, int] = {
    reason: rank
    for rank, reason in enumerate(
        (
            UnplacedReason.NO_COMPATIBLE_POOL,
            UnplacedReason.REGION_NOT_ALLOWED,
            UnplacedReason.SITE_NOT_ALLOWED,
            UnplacedReason.DATA_NOT_REACHABLE,
            UnplacedReason.GANG_EXCEEDS_POOL,
            UnplacedReason.RESOURCE_EXCEEDED,
            UnplacedReason.QUOTA_EXCEEDED,
            UnplacedReason.RESERVED_FOR_OTHERS,
            UnplacedReason.HEAT_EXCEEDS_COOLING,
            UnplacedReason.POWER_EXCEEDS_LIMIT,
            UnplacedReason.BUDGET_EXCEEDED,
            UnplacedReason.GROUP_ELSEWHERE,
            UnplacedReason.WINDOW_TOO_SHORT,
        )
    )
}

_ALONE_TEXT: Mapping[UnplacedReason, str] = {
    UnplacedReason.NO_COMPATIBLE_POOL: "no pool has a GPU model and resources that any of its modes can use",
    UnplacedReason.REGION_NOT_ALLOWED: "every pool that fits it is in a region the job may not use",
    UnplacedReason.SITE_NOT_ALLOWED: "every pool that fits it is at a site the job may not use",
    UnplacedReason.DATA_NOT_REACHABLE: "no link brings its data to any site where it may run",
}


def unplaced(
    found: Candidates,
    placements: Sequence[Placement],
    stop: Callable[[], bool] = lambda: False,
    operations: Sequence[SiteOperation] = (),
    halls: Sequence[HallSchedule] = (),
    give_way: GiveWay = never,
) -> tuple[Unplaced, ...]:
    """One entry per job that ``placements`` leave out, in the order of the problem; batteries are run as in ``operations``,
    and ``halls`` are on as they say, others as the runs imply.

    The most valuable ``DETAILED_COUNT`` jobs get their nearest miss, as far as ``stop`` allows; the others their reason alone.
    ``give_way`` is asked all the way, and abandons the whole.
    """
    problem, columns = found.problem, found.columns
    give_way()
    runs = runs_of(problem, placements)
    placed = {run.job.name for run in runs}
    left_out = [job for job in problem.jobs if job.name not in placed]
    if not left_out:
        return ()
    give_way()
    by_value = sorted(left_out, key=lambda job: -max((mode.value_micros for mode in job.modes), default=0))
    give_way()
    explainer = _Explainer(found, runs, operations, halls)
    told: dict[str, Unplaced] = {}
    for job in by_value[:DETAILED_COUNT]:
        give_way()
        if stop():
            break
        told[job.name] = explainer.explain(job)
    pays = surely_worth_running(columns, [job for job in left_out if job.name not in told], give_way)
    for job in paced(left_out, give_way):
        if job.name not in told:
            told[job.name] = _taken(job) if job.name in pays else _brief(job, explainer, columns)
    return tuple(_of_running(job, told[job.name]) for job in left_out)


def runs_of(problem: ExactProblem, placements: Sequence[Placement]) -> list[Run]:
    """Verified placements, looked up."""
    jobs = {job.name: job for job in problem.jobs}
    pools = {pool.name: pool for pool in problem.pools}
    return [look_up(jobs, pools, placement) for placement in placements]


def windows_of(columns: Columns, job: ExactJob) -> range:
    return range(int(columns.job_first[job.index]), int(columns.job_first[job.index + 1]))


def _of_running(job: ExactJob, told: Unplaced) -> Unplaced:
    """A running job is not merely left out: it is stopped, and what the message says is why it cannot go on."""
    if job.running is None:
        return told
    cost = running.stop_micros(job) / MICROS_PER_UNIT
    paid = f" at a cost of {cost:,.2f}" if cost else ""
    return replace(told, message=f"it runs on {job.running.pool!r} and is stopped{paid}: {told.message}")


def _brief(job: ExactJob, explainer: _Explainer, columns: Columns) -> Unplaced:
    """The reason from the columns alone: quick, for the many of a fleet; the few without any column get theirs in full."""
    windows = windows_of(columns, job)
    if not windows:
        return explainer.explain(job)
    worth = max(int(explainer.worth(w).max()) for w in windows)
    if not job.mandatory and worth <= 0:
        return _worth_less(columns, job, None, worth)
    return _taken(job)


def _taken(job: ExactJob) -> Unplaced:
    return Unplaced(
        job=job.name,
        reason=UnplacedReason.CAPACITY_TAKEN,
        message="the capacity it needs is taken; ask for this job alone to see which and by whom",
    )


def _worth_less(columns: Columns, job: ExactJob, nearest: Assignment | None, worth_micros: int) -> Unplaced:
    """No start is worth its cost; a job that may pause is told what pausing could add at most, where that is something."""
    said = f"would change the objective by {worth_micros / MICROS_PER_UNIT:,.2f}: not worth its energy and other cost"
    in_pieces = most_in_pieces(columns, job.index)
    if in_pieces is not None and in_pieces > 0:
        hope = f"in pieces it could add {in_pieces / MICROS_PER_UNIT:,.2f} at most, and no such run was found beside this plan"
        return Unplaced(
            job=job.name,
            reason=UnplacedReason.CAPACITY_TAKEN,
            nearest_miss=nearest,
            message=f"its best start in one piece {said}; {hope}",
        )
    return Unplaced(
        job=job.name,
        reason=UnplacedReason.WORTH_LESS_THAN_COST,
        nearest_miss=nearest,
        message=f"its best start {said}",
    )


class _Explainer:
    def __init__(
        self, found: Candidates, runs: Sequence[Run], operations: Sequence[SiteOperation], halls: Sequence[HallSchedule]
    ) -> None:
        self._found, self._problem, self._runs = found, found.problem, runs
        self._placed = {run.job.name: run for run in runs}
        schedules, _ = check_halls(found.problem, halls, runs)
        self._plant = None if found.columns.plant.is_empty else plant_beside(found, runs, schedules, operations)
        self._empty = Residual(found.problem, (), schedules={})
        self._beside = Residual(found.problem, runs, operations, schedules)
        self._short = [max(0, floor.target_gpu_slots - placed) for floor, placed in shares(found.problem, runs)]
        self._halls = HallReasons(found, runs, (self._empty, self._beside), schedules, self._plant)
        self._windows = order_windows(found.problem)

    def worth(self, window: int) -> IntArray:
        """What each start of ``window`` would add to the objective: its worth, and what floors would lack no more."""
        floors = self._found.columns.floors
        floor, units = (array.tolist() for array in floors.uses(window))
        relief = sum(int(floors.cost[f]) * min(n, self._short[f]) for f, n in zip(floor, units, strict=True))
        worth: IntArray = self._found.columns.worth(window) + relief
        return worth

    def explain(self, job: ExactJob) -> Unplaced:
        told = self._in_one_piece(job)
        if told.shortfall is None or not may_run_in_pieces(self._found.columns, job.index):
            return told
        return replace(told, message=f"in one piece, {told.message}; no run in pieces was found either")

    def _in_one_piece(self, job: ExactJob) -> Unplaced:
        if not windows_of(self._found.columns, job):
            if (out_of_order := never_in_order(self._problem, self._windows, job)) is not None:
                return out_of_order
            found = [miss for miss in misses(self._empty, job) if miss is not None]
            return (None if found else waits_too_long(self._problem, job)) or self._cannot_run(job, found)
        worth, best = self._best_worth(job)
        if worth <= 0 and not job.mandatory:
            return _worth_less(self._found.columns, job, best, worth)
        tied = kept_out_by_ties(self._problem, self._found.columns, self._placed, job)
        if tied is not None:
            return tied
        if not job.may_run_in_pieces and (uncarried := beyond_battery(self._found, job, self.worth)) is not None:
            return uncarried
        nearest = nearest_column(self._found, self._beside, job, self.worth)
        curtailed = None
        if nearest is None and self._plant is not None:
            curtailed = most_beside_plant(self._found.columns, self._plant, job.index)
        if curtailed is not None:
            return _curtails(self._found, job, curtailed)
        if nearest is None:
            return self._halls.kept_out(job) or Unplaced(
                job=job.name,
                reason=UnplacedReason.CAPACITY_TAKEN,
                nearest_miss=best,
                message="it fits beside this plan; the search ended before it was added",
            )
        return self._taken(job, nearest)

    def _cannot_run(self, job: ExactJob, found: Sequence[Miss]) -> Unplaced:
        """No start fits even an empty fleet: the miss that got furthest, the smallest of those."""
        if not found:
            return Unplaced(
                job=job.name, reason=UnplacedReason.NO_COMPATIBLE_POOL, message=_ALONE_TEXT[UnplacedReason.NO_COMPATIBLE_POOL]
            )
        miss = max(found, key=lambda m: (_PROGRESS[m.reason], -m.severity))
        return Unplaced(
            job=job.name,
            reason=miss.reason,
            nearest_miss=miss.assignment,
            shortfall=miss.shortfall,
            message=_alone(job, miss),
        )

    def _best_worth(self, job: ExactJob) -> tuple[int, Assignment]:
        """The most that any admissible start of the job would add to the objective, and that start."""
        columns = self._found.columns
        best = max(windows_of(columns, job), key=lambda w: int(self.worth(w).max()))
        worth = self.worth(best)
        return int(worth.max()), Assignment(
            job=job.name,
            mode=job.modes[columns.mode[best]].name,
            pool=self._problem.pools[columns.pool[best]].name,
            start_slot=int(columns.start_first[best] + worth.argmax()),
            data_from=data_from(self._problem, columns, job, best),
        )

    def _taken(self, job: ExactJob, miss: Miss) -> Unplaced:
        assert miss.assignment is not None
        assert miss.shortfall is not None
        kind = LimitKind(miss.shortfall.limit)
        own = {LimitKind.TENANT_QUOTA: UnplacedReason.QUOTA_EXCEEDED,
               LimitKind.RESERVATION: UnplacedReason.RESERVED_FOR_OTHERS,
               LimitKind.ENERGY_BUDGET: UnplacedReason.BUDGET_EXCEEDED,
               LimitKind.GROUP_APART: UnplacedReason.GROUP_ELSEWHERE,
               LimitKind.GROUP_DOMAIN: UnplacedReason.GROUP_ELSEWHERE,
               LimitKind.CARBON_BUDGET: UnplacedReason.BUDGET_EXCEEDED,
               LimitKind.CHURN_JOBS: UnplacedReason.BUDGET_EXCEEDED,
               LimitKind.CHURN_GPU_SLOTS: UnplacedReason.BUDGET_EXCEEDED}  # fmt: skip
        blockers = self._blockers(miss)
        return Unplaced(
            job=job.name,
            reason=own.get(kind, UnplacedReason.CAPACITY_TAKEN),
            nearest_miss=miss.assignment,
            shortfall=miss.shortfall,
            blocking_jobs=blockers,
            message=f"nearest on {miss.assignment.pool!r} from slot {miss.assignment.start_slot}: {_lacks(miss)}",
        )

    def _blockers(self, miss: Miss) -> tuple[str, ...]:
        """The largest users of the lacking limit in the slots where it lacks."""
        lack = miss.shortfall
        assert lack is not None
        users: list[tuple[int, str]] = []
        for run in self._runs:
            for piece in run.all_pieces:
                if piece.start <= lack.last_slot and piece.end > lack.first_slot:
                    uses = ledger.slot_uses(self._problem, run.job.claimant, piece.mode, piece.pool)
                    users += [
                        (n, run.job.name) for label, n in uses if (label.kind, label.element) == (lack.limit, lack.element)
                    ]
            if lack.limit == LimitKind.LINK:
                users += self._transfers_of(run, lack)
        by_amount = sorted(users, key=lambda user: (-user[0], user[1]))
        return tuple(dict.fromkeys(name for _, name in by_amount))[:BLOCKING_JOB_COUNT]

    def _transfers_of(self, run: Run, lack: Shortfall) -> list[tuple[int, str]]:
        return [
            (transfer.mb_per_hour, run.job.name)
            for transfer in transfers(self._problem, run)
            if link_label(transfer.from_site, transfer.to_site).element == lack.element
            and transfer.start_slot <= lack.last_slot
            and transfer.end_slot > lack.first_slot
        ]


def _curtails(found: Candidates, job: ExactJob, best: Curtailing) -> Unplaced:
    columns = found.columns
    said = f"would change the objective by {best.micros / MICROS_PER_UNIT:,.2f}"
    nearest = Assignment(
        job=job.name,
        mode=job.modes[columns.mode[best.window]].name,
        pool=found.problem.pools[columns.pool[best.window]].name,
        start_slot=best.start,
    )
    return Unplaced(
        job=job.name,
        reason=UnplacedReason.WORTH_LESS_THAN_COST,
        nearest_miss=nearest,
        message=f"beside this plan its best start {said}: it costs more in flexible load curtailed or in demand charges",
    )


def _alone(job: ExactJob, miss: Miss) -> str:
    if miss.shortfall is not None:
        return f"even on an empty fleet {_lacks(miss)}"
    if miss.reason is UnplacedReason.DATA_NOT_REACHABLE and job.data_sites == ():
        return "every copy of its data lies in a region or at a site that is denied to it, so none may be read"
    return _ALONE_TEXT[miss.reason]


def _lacks(miss: Miss) -> str:
    lack = miss.shortfall
    assert lack is not None
    if lack.limit == "time_window":
        return f"release, staging and deadline leave {too_few_slots(lack.amount)} for its shortest run"
    slots = f"slot {lack.first_slot}" if lack.first_slot == lack.last_slot else f"slots {lack.first_slot} to {lack.last_slot}"
    with_hall = f" with hall {miss.switched_on!r} on for it" if miss.switched_on else ""
    return f"{lack.limit} of {lack.element!r} lacks {counted(lack.amount, lack.unit)} in {slots}{with_hall}"

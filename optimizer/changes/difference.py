"""The difference of two plans: what becomes of each job, what that saves and costs, which limits begin to keep work out.

Plans may be of one problem or of two snapshots, so places are compared by name and times by the clock. A run that has begun
before the later horizon and goes on as it was is no change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime

from optimizer.accounting import ledger, running
from optimizer.accounting.runs import Run
from optimizer.changes.change import ChangeKind, Difference, JobChange
from optimizer.changes.words import HOUR, sentence
from optimizer.exact.problem import ExactProblem
from optimizer.interrupt import GiveWay, never, paced
from optimizer.solution import BindingLimit, CostBreakdown, Placement, Result
from optimizer.verify.rules import RuleViolation


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two plans, with what is known of its problem.

    ``jobs``: those asked for, None where that is not known. ``start_time``: when the horizon begins. ``running``: the jobs
    that run already; ``stop_micros``: what each costs to stop.
    """

    placements: Sequence[Placement]
    terms: CostBreakdown
    jobs: frozenset[str] | None = None
    start_time: datetime | None = None
    running: frozenset[str] = frozenset()
    stop_micros: Mapping[str, int] = field(default_factory=dict)
    binding_limits: Sequence[BindingLimit] = ()


def side_of_file(plan: Result) -> Side:
    """A plan without its problem: what it says of the jobs it leaves out tells which were asked for."""
    placed = {placement.job for placement in plan.placements}
    return Side(
        placements=plan.placements,
        terms=plan.terms,
        jobs=frozenset(placed | {left_out.job for left_out in plan.unplaced}) if plan.unplaced else None,
        binding_limits=plan.binding_limits,
    )


def side(
    problem: ExactProblem,
    placements: Sequence[Placement],
    terms: CostBreakdown,
    binding_limits: Sequence[BindingLimit] = (),
) -> Side:
    """A verified plan of ``problem``."""
    runs = [job for job in problem.jobs if job.running is not None]
    return Side(
        placements=placements,
        terms=terms,
        jobs=frozenset(job.name for job in problem.jobs),
        start_time=problem.time_grid.start_time,
        running=frozenset(job.name for job in runs),
        stop_micros={job.name: running.stop_micros(job) for job in runs},
        binding_limits=binding_limits,
    )


def running_side(problem: ExactProblem, give_way: GiveWay = never) -> Side:
    """What runs already, as if all of it were kept and nothing else placed; it may break limits.

    A job whose mode no longer fits the horizon is not among it.
    """
    pools = {pool.name: pool for pool in problem.pools}
    placements = []
    for job in paced(problem.jobs, give_way):
        if job.running is not None:
            mode = next(mode for mode in job.modes if mode.name == job.running.mode)
            run = Run(job, mode, pools[job.running.pool], 0)
            if run.end <= problem.slot_count:
                placements.append(ledger.place(problem, run))
    return side(problem, placements, ledger.total(placement.terms for placement in placements))


def difference(
    before: Side,
    after: Side,
    currency: str,
    earlier_violations: Sequence[RuleViolation] = (),
    give_way: GiveWay = never,
) -> Difference:
    """What changes from ``before`` to ``after``: by kind, then by name."""
    old = {placement.job: placement for placement in before.placements}
    new = {placement.job: placement for placement in after.placements}
    names = paced(old.keys() | new.keys(), give_way)
    found = [_change(name, old.get(name), new.get(name), before, after, currency) for name in names]
    kinds = list(ChangeKind)
    changes = sorted((c for c in found if c is not None), key=lambda change: (kinds.index(change.kind), change.job))
    terms = _less(after.terms, before.terms)
    in_both = old.keys() & new.keys()
    return Difference(
        changes=tuple(changes),
        unchanged_count=len(in_both - {change.job for change in changes}),
        terms=terms,
        other_terms=_less(terms, ledger.total(change.terms for change in changes)),
        moved_gpu_hours=sum(
            _gpu_hours(change.before, after.start_time)
            for change in changes
            if change.before is not None and change.kind in (ChangeKind.MOVED, ChangeKind.RESIZED)
        ),
        new_limits=_without(after.binding_limits, before.binding_limits),
        past_limits=_without(before.binding_limits, after.binding_limits),
        earlier_violations=tuple(earlier_violations),
    )


def _change(
    name: str, old: Placement | None, new: Placement | None, before: Side, after: Side, currency: str
) -> JobChange | None:
    kind = _kind(name, old, new, after)
    if kind is None:
        return None
    terms = _less(_terms(name, new, after), _terms(name, old, before))
    later = None if old is None or new is None else round((new.start_time - old.start_time).total_seconds())
    is_running = name in after.running
    return JobChange(
        job=name,
        kind=kind,
        message=sentence(kind, name, old, new, terms, currency, is_running=is_running),
        before=old,
        after=new,
        terms=terms,
        later_seconds=later,
    )


def _kind(name: str, old: Placement | None, new: Placement | None, after: Side) -> ChangeKind | None:
    if old is None:
        return ChangeKind.PLACED
    if new is None:
        if after.start_time is not None and old.end_time <= after.start_time:
            return ChangeKind.FINISHED
        return ChangeKind.GONE if after.jobs is not None and name not in after.jobs else ChangeKind.LEFT_OUT
    if old.pool != new.pool:
        return ChangeKind.MOVED
    if old.mode != new.mode:
        return ChangeKind.RESIZED
    goes_on = new.start_time == after.start_time and old.start_time <= new.start_time < old.end_time
    if old.start_time != new.start_time and not goes_on:
        return ChangeKind.SHIFTED
    if _pieces(old, after.start_time) != _pieces(new, after.start_time):
        return ChangeKind.REARRANGED
    return ChangeKind.REPRICED if old.start_time == new.start_time and old.terms != new.terms else None


def _pieces(placement: Placement, since: datetime | None) -> list[tuple[str, str, datetime, datetime]]:
    """(mode, pool, start, end) of what lies after ``since``; nothing for a run in one piece."""
    slot = (placement.end_time - placement.start_time) / max(1, placement.end_slot - placement.start_slot)
    origin = placement.start_time - placement.start_slot * slot
    pieces = [(s.mode, s.pool, origin + s.start_slot * slot, origin + s.end_slot * slot) for s in placement.segments]
    left = [(m, p, start if since is None else max(start, since), end) for m, p, start, end in pieces]
    left = [piece for piece in left if piece[2] < piece[3]]
    return left if len(left) > 1 else []


def _gpu_hours(placement: Placement, since: datetime | None) -> float:
    spans = [(start, end) for _, _, start, end in _pieces(placement, since)]
    spans = spans or [(placement.start_time if since is None else max(placement.start_time, since), placement.end_time)]
    return placement.gpu_count * sum(max(0.0, (end - start) / HOUR) for start, end in spans)


def _terms(name: str, placement: Placement | None, side: Side) -> CostBreakdown:
    """What the plan has of the job: its placement's terms, or the stop of one that it leaves out."""
    return CostBreakdown(stop_cost_micros=side.stop_micros.get(name, 0)) if placement is None else placement.terms


def _less(a: CostBreakdown, b: CostBreakdown) -> CostBreakdown:
    return CostBreakdown(**{term.name: getattr(a, term.name) - getattr(b, term.name) for term in fields(CostBreakdown)})


def _without(limits: Sequence[BindingLimit], others: Sequence[BindingLimit]) -> tuple[BindingLimit, ...]:
    known = {(limit.kind, limit.element) for limit in others}
    return tuple(limit for limit in limits if (limit.kind, limit.element) not in known)

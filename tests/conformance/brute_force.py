"""The true optimum of a tiny problem: every combination of placements, each judged by ``verify``. Knows no columns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from optimizer.accounting.tiers import tier_worths
from optimizer.exact.problem import ExactJob, ExactProblem, exact
from optimizer.problem import Problem
from optimizer.solution import Assignment, HallSchedule, Segment, SlotInterval
from optimizer.verify.plan import Rule, verify
from tests.conformance.operations import enumerated_operations
from tests.once import once

#: Rules that adding more jobs can mend; all others condemn every larger plan too.
_MENDABLE = {Rule.MANDATORY_JOB_LEFT_OUT, Rule.PREDECESSOR_NOT_PLACED}


def optimum_micros(problem: Problem) -> int | None:
    """The objective of the best plan that ``verify`` passes, earlier tiers first; None where there is none."""
    best = best_worths(problem)
    return None if best is None else sum(best)


@once
def best_worths(problem: Problem) -> tuple[int, ...] | None:
    """What the best plan is worth tier by tier: one number where the problem has no tiers."""
    inside = exact(problem)
    choices = [[choice for choice in assignments_of(inside, job) if _may_be(inside, (choice,))] for job in inside.jobs]
    return max(_worths(inside, choices, ()), default=None)


def schedules_of(problem: ExactProblem) -> Iterator[tuple[HallSchedule, ...]]:
    """Every way to switch every hall that may be; one without any where none may."""
    names = [hall.name for hall in problem.halls if hall.commitment is not None]
    slots = range(problem.slot_count)
    for flags in product(product((False, True), repeat=problem.slot_count), repeat=len(names)):
        yield tuple(
            HallSchedule(hall=name, on=tuple(_intervals([t for t in slots if on[t]])))
            for name, on in zip(names, flags, strict=True)
        )


def _intervals(slots: list[int]) -> Iterator[SlotInterval]:
    while slots:
        end = next(t for t in range(slots[0], slots[0] + len(slots) + 1) if t not in slots)
        yield SlotInterval(start_slot=slots[0], end_slot=end)
        slots = [t for t in slots if t > end]


def _may_be(problem: ExactProblem, plan: tuple[Assignment, ...]) -> bool:
    """Whether more jobs could make the plan one that ``verify`` passes."""
    return all(violation.rule in _mendable(problem) for violation in verify(problem, plan).violations)


def _mendable(problem: ExactProblem) -> set[Rule]:
    # standby that one schedule draws, another may not; a battery need not rest
    if any(site.battery for site in problem.sites):
        return _MENDABLE | {Rule.LIMIT_EXCEEDED, Rule.BATTERY_ENERGY_OUT_OF_RANGE}
    return _MENDABLE | ({Rule.LIMIT_EXCEEDED} if any(hall.commitment for hall in problem.halls) else set())


def _worths(problem: ExactProblem, choices: list[list[Assignment]], plan: tuple[Assignment, ...]) -> Iterator[tuple[int, ...]]:
    """Of every plan that adds one of its ``choices``, or none, for each job that is left."""
    checked = verify(problem, plan)
    if any(violation.rule not in _mendable(problem) for violation in checked.violations):
        return
    if not choices:
        for schedules in schedules_of(problem):
            checked = verify(problem, plan, schedules)
            if checked.operations and (checked.feasible or any(site.battery for site in problem.sites)):
                checked = verify(problem, plan, schedules, enumerated_operations(problem, checked.placements, schedules))
            if checked.feasible:
                yield tier_worths(problem, checked.placements, checked.terms)
        return
    yield from _worths(problem, choices[1:], plan)
    for choice in choices[0]:
        yield from _worths(problem, choices[1:], (*plan, choice))


def assignments_of(problem: ExactProblem, job: ExactJob) -> Iterator[Assignment]:
    for mode in job.modes:
        for pool in problem.pools:
            for start in range(problem.slot_count):
                for copy in ("", *(job.data_sites or ())):
                    yield Assignment(job=job.name, mode=mode.name, pool=pool.name, start_slot=start, data_from=copy)
    most = 1 + (job.preemption.max_pause_count if job.preemption else 0)
    most += job.elasticity.max_change_count if job.elasticity else 0
    for segments in _segment_lists(problem, job, 0, most):
        if len(segments) > 1:
            first = segments[0]
            yield Assignment(job=job.name, mode=first.mode, pool=first.pool, start_slot=first.start_slot, segments=segments)


def _segment_lists(problem: ExactProblem, job: ExactJob, first: int, most: int) -> Iterator[tuple[Segment, ...]]:
    """Every list of at most so many segments in order of time, sensible or not."""
    yield ()
    if most < 1 or (first == 0 and most == 1):
        return
    for mode in job.modes:
        for pool in problem.pools:
            for start in range(first, problem.slot_count):
                for end in range(start + 1, problem.slot_count + 1):
                    segment = Segment(mode=mode.name, pool=pool.name, start_slot=start, end_slot=end)
                    for rest in _segment_lists(problem, job, end, most - 1):
                        yield (segment, *rest)

"""Checks any plan against every rule and recomputes every cost, in integers and by plain loops.

Shares nothing with candidates, formulations or engines: a stranger can read this file and ``accounting`` and believe a plan
without trusting any solver.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

from optimizer import accounting
from optimizer.accounting import Run
from optimizer.exact import ExactProblem
from optimizer.solution import Assignment, CostBreakdown, LimitUsage, Placement, Result, relative_gap
from optimizer.usage import Usage, limit_usages, usage


class Rule(StrEnum):
    """The rule a plan breaks."""

    UNKNOWN_JOB = "UNKNOWN_JOB"
    UNKNOWN_MODE = "UNKNOWN_MODE"
    UNKNOWN_POOL = "UNKNOWN_POOL"
    JOB_PLACED_TWICE = "JOB_PLACED_TWICE"
    MANDATORY_JOB_LEFT_OUT = "MANDATORY_JOB_LEFT_OUT"
    NOT_ALLOWED_HERE = "NOT_ALLOWED_HERE"
    DATA_NOT_REACHABLE = "DATA_NOT_REACHABLE"
    STARTS_TOO_EARLY = "STARTS_TOO_EARLY"
    ENDS_TOO_LATE = "ENDS_TOO_LATE"
    NOT_MOVABLE = "NOT_MOVABLE"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    CLAIM_DIFFERS = "CLAIM_DIFFERS"
    CERTIFICATE_MALFORMED = "CERTIFICATE_MALFORMED"
    CERTIFICATE_ROW_BROKEN = "CERTIFICATE_ROW_BROKEN"
    BOUND_NOT_PROVED = "BOUND_NOT_PROVED"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleViolation:
    """One rule broken: by which job or at which element, in which slot, by how much of which unit."""

    rule: Rule
    message: str
    job: str = ""
    element: str = ""
    slot: int | None = None
    amount: int | None = None
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.rule}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What is true of a plan. ``placements``, ``terms`` and ``usages`` are recomputed, whatever the plan claimed.

    ``bound_micros`` is what a certificate proves (``optimizer.verify_bound``); None where there is none that holds.
    """

    violations: tuple[RuleViolation, ...]
    placements: tuple[Placement, ...]
    terms: CostBreakdown
    usages: tuple[LimitUsage, ...]
    bound_micros: int | None = None

    @property
    def feasible(self) -> bool:
        return not self.violations

    @property
    def objective_micros(self) -> int:
        return self.terms.objective_micros

    @property
    def relative_gap(self) -> float | None:
        return relative_gap(self.objective_micros, self.bound_micros)


def verify(problem: ExactProblem, assignments: Sequence[Assignment]) -> Verification:
    """Every rule on ``assignments``; all violations, in the order of the plan, then limit by limit."""
    runs, violations = _look_up(problem, assignments)
    for run in runs:
        violations += _check_run(problem, run)
    placed = {run.job.name for run in runs}
    violations += [
        RuleViolation(rule=Rule.MANDATORY_JOB_LEFT_OUT, job=job.name, message=f"job {job.name!r} has no value, so it must run")
        for job in problem.jobs
        if job.mandatory and job.name not in placed
    ]
    inside = [run for run in runs if run.start >= 0 and run.end <= problem.slot_count]
    used = usage(problem, inside)
    violations += _check_limits(used)
    placements = tuple(accounting.place(problem, run) for run in inside)
    return Verification(
        violations=tuple(violations),
        placements=placements,
        terms=accounting.total(placement.terms for placement in placements),
        usages=limit_usages(problem, used),
    )


def verify_result(problem: ExactProblem, result: Result) -> Verification:
    """``verify``, and every figure the plan states (nodes, times, energy, each cost term, the objective) is held to it."""
    checked = verify(problem, [placement.assignment for placement in result.placements])
    claims = list(_differences(result.placements, checked.placements))
    claims += _term_differences("the plan", result.terms, checked.terms)
    stated = result.termination.objective_micros
    if result.placements and stated is not None and stated != checked.objective_micros:
        claims.append(_claim("the plan", "objective_micros", stated, checked.objective_micros))
    return Verification(
        violations=checked.violations + tuple(claims),
        placements=checked.placements,
        terms=checked.terms,
        usages=checked.usages,
    )


def _look_up(problem: ExactProblem, assignments: Iterable[Assignment]) -> tuple[list[Run], list[RuleViolation]]:
    jobs = {job.name: job for job in problem.jobs}
    pools = {pool.name: pool for pool in problem.pools}
    runs: list[Run] = []
    violations: list[RuleViolation] = []
    seen: set[str] = set()
    for item in assignments:
        job, pool = jobs.get(item.job), pools.get(item.pool)
        if job is None:
            violations.append(RuleViolation(rule=Rule.UNKNOWN_JOB, job=item.job, message=f"no job is named {item.job!r}"))
            continue
        if item.job in seen:
            violations.append(
                RuleViolation(rule=Rule.JOB_PLACED_TWICE, job=item.job, message=f"job {item.job!r} is placed twice")
            )
            continue
        seen.add(item.job)
        mode = next((mode for mode in job.modes if mode.name == item.mode), None)
        if mode is None:
            message = f"job {item.job!r} has no mode {item.mode!r}"
            violations.append(RuleViolation(rule=Rule.UNKNOWN_MODE, job=item.job, element=item.mode, message=message))
        elif pool is None:
            message = f"job {item.job!r} is placed on {item.pool!r}, which is no pool"
            violations.append(RuleViolation(rule=Rule.UNKNOWN_POOL, job=item.job, element=item.pool, message=message))
        else:
            runs.append(Run(job, mode, pool, item.start_slot))
    return runs, violations


def _check_run(problem: ExactProblem, run: Run) -> list[RuleViolation]:
    job, pool, found = run.job, run.pool, []

    def broken(rule: Rule, message: str, amount: int | None = None) -> None:
        found.append(
            RuleViolation(
                rule=rule,
                job=job.name,
                element=pool.name,
                slot=run.start,
                amount=amount,
                unit="" if amount is None else "slots",
                message=f"job {job.name!r} on {pool.name!r}: {message}",
            )
        )

    reason = accounting.exclusion(problem, job, run.mode, pool)
    if reason is not None:
        broken(Rule.NOT_ALLOWED_HERE, f"mode {run.mode.name!r} may not run here ({reason})")
    if job.running is not None and not job.running.movable and not run.is_kept:
        broken(Rule.NOT_MOVABLE, f"it runs on {job.running.pool!r} and may not be moved")
    if run.start < 0:
        broken(Rule.STARTS_TOO_EARLY, f"slot {run.start} is before the horizon", -run.start)
    elif not run.is_kept:
        first = accounting.first_start(problem, job, pool)
        if first is None:
            broken(Rule.DATA_NOT_REACHABLE, "its data cannot be brought here")
        elif run.start < first:
            broken(Rule.STARTS_TOO_EARLY, f"starts in slot {run.start}, allowed from slot {first}", first - run.start)
    last = min(job.deadline, problem.slot_count)
    if run.end > last:
        broken(Rule.ENDS_TOO_LATE, f"ends after slot {run.end - 1}, must end by slot boundary {last}", run.end - last)
    return found


def _check_limits(used: Usage) -> list[RuleViolation]:
    return [
        RuleViolation(
            rule=Rule.LIMIT_EXCEEDED,
            element=label.element,
            slot=slot,
            amount=amount,
            unit=label.unit,
            message=f"{label.kind} of {label.element!r} is exceeded by {amount:,} {label.unit}"
            + (" over the horizon" if slot is None else f" in slot {slot}"),
        )
        for label, slot, amount in used.excesses()
    ]


def _claim(where: str, name: str, stated: object, found: object) -> RuleViolation:
    return RuleViolation(rule=Rule.CLAIM_DIFFERS, element=name, message=f"{where} states {name} = {stated}, it is {found}")


def _differences(stated: Sequence[Placement], found: Sequence[Placement]) -> Iterable[RuleViolation]:
    by_job = {placement.job: placement for placement in found}
    for claim in stated:
        truth = by_job.get(claim.job)
        if truth is None:
            continue
        where = f"the placement of job {claim.job!r}"
        for field in fields(Placement):
            mine, theirs = getattr(truth, field.name), getattr(claim, field.name)
            if field.name != "terms" and mine != theirs:
                yield _claim(where, field.name, theirs, mine)
        yield from _term_differences(where, claim.terms, truth.terms)


def _term_differences(where: str, stated: CostBreakdown, found: CostBreakdown) -> list[RuleViolation]:
    return [
        _claim(where, field.name, getattr(stated, field.name), getattr(found, field.name))
        for field in fields(CostBreakdown)
        if getattr(stated, field.name) != getattr(found, field.name)
    ]

"""Checks any plan against every rule and recomputes every cost, in integers and by plain loops.

Shares nothing with candidates, formulations or engines: a stranger can read this file and ``accounting`` and believe a plan
without trusting any solver.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from optimizer.accounting import ledger, running
from optimizer.accounting.halls import all_switching_micros, hall_micros, stated_form
from optimizer.accounting.links import data_way
from optimizer.accounting.operation import best_operations, with_operations
from optimizer.accounting.runs import Run, look_up
from optimizer.accounting.tenancy import share_usages, shortfall_micros, tenancy_usages
from optimizer.accounting.usage import Usage, limit_usages, usage
from optimizer.exact.problem import ExactJob, ExactPool, ExactProblem
from optimizer.interrupt import GiveWay, never, paced
from optimizer.limits import LimitKind, counted
from optimizer.node_numbers import Binding
from optimizer.solution import (
    Assignment,
    CostBreakdown,
    HallSchedule,
    LimitUsage,
    Placement,
    Result,
    Segment,
    ShareUsage,
    SiteOperation,
    TenancyUsage,
    relative_gap,
)
from optimizer.verify.binding import check_binding
from optimizer.verify.halls import check_halls
from optimizer.verify.operation import check_operations, check_resting
from optimizer.verify.pieces import check_pieces
from optimizer.verify.rules import Rule, RuleViolation
from optimizer.verify.ties import check_ties

__all__ = ["Rule", "RuleViolation", "Verification", "check_run", "verify", "verify_result"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What is true of a plan. ``placements``, ``terms``, ``usages`` are recomputed, whatever the plan claimed.

    ``operations`` are those of the plan, or for a plan that states none, what pays best beside its runs.

    ``bound_micros`` is what a certificate proves (``optimizer.verify.bound``); None where there is none that holds.
    """

    violations: tuple[RuleViolation, ...]
    placements: tuple[Placement, ...]
    terms: CostBreakdown
    usages: tuple[LimitUsage, ...]
    tenancy: tuple[TenancyUsage, ...] = ()
    shares: tuple[ShareUsage, ...] = ()
    bound_micros: int | None = None
    hall_schedules: tuple[HallSchedule, ...] = ()
    operations: tuple[SiteOperation, ...] = ()

    @property
    def feasible(self) -> bool:
        return not self.violations

    @property
    def objective_micros(self) -> int:
        return self.terms.objective_micros

    @property
    def relative_gap(self) -> float | None:
        return relative_gap(self.objective_micros, self.bound_micros)


def verify(
    problem: ExactProblem,
    assignments: Sequence[Assignment],
    hall_schedules: Sequence[HallSchedule] = (),
    operations: Sequence[SiteOperation] | None = None,
    binding: Binding | None = None,
    earlier: Verification | None = None,
    give_way: GiveWay = never,
) -> Verification:
    """Every rule on ``assignments``; all violations, in the order of the plan, then hall by hall and limit by limit.

    A hall that may be switched off and is not among ``hall_schedules`` gets the cheapest schedule for the runs. Without
    ``operations`` the plant of each site runs as pays best beside the assignments, and batteries rest. A ``binding`` is held to
    a plan that keeps every other rule. What an ``earlier`` verification of the same ``problem`` found of a run by itself is not
    found out again; limits, and whatever else several runs share, are. ``give_way`` is asked between the steps.
    """
    known = {} if earlier is None or earlier.violations else {found.assignment: found for found in earlier.placements}
    looked_up, violations = _look_up(problem, assignments)
    runs = [run for _, run in looked_up]
    give_way()
    for item, run in paced(looked_up, give_way):
        if item not in known:
            violations += check_run(problem, run)
    placed = {run.job.name for run in runs}
    violations += [
        RuleViolation(rule=Rule.MANDATORY_JOB_LEFT_OUT, job=job.name, message=_left_out(job))
        for job in problem.jobs
        if job.mandatory and job.name not in placed
    ]
    give_way()
    looked_up = [(item, run) for item, run in looked_up if _is_inside(problem, run)]
    inside = [run for _, run in looked_up]
    schedules, broken = check_halls(problem, hall_schedules, inside)
    violations += broken
    give_way()
    used = usage(problem, inside, schedules)
    give_way()
    if operations is None:
        operated = best_operations(problem, used, schedules)
        violations += check_resting(problem)
    else:
        operated, malformed = check_operations(problem, operations, used, schedules)
        violations += malformed
    used = with_operations(problem, used, operated)
    violations += _check_limits(used)
    violations += check_ties(problem, runs)
    if binding is not None and not violations:
        violations += check_binding(problem, runs, binding)
    placements = tuple([known.get(item) or ledger.place(problem, run) for item, run in paced(looked_up, give_way)])
    give_way()
    return Verification(
        violations=tuple(violations),
        placements=placements,
        terms=replace(
            ledger.total([placement.terms for placement in placements] + [item.terms for item in operated]),
            stop_cost_micros=running.stopped_micros(problem, placed),
            shortfall_cost_micros=shortfall_micros(problem, inside),
            hall_cost_micros=hall_micros(problem, schedules),
            switching_cost_micros=all_switching_micros(problem, schedules),
        ),
        usages=limit_usages(problem, used),
        tenancy=tenancy_usages(problem, inside),
        shares=share_usages(problem, inside),
        hall_schedules=stated_form(problem, schedules),
        operations=operated,
    )


def _left_out(job: ExactJob) -> str:
    if any(mode.value_micros for mode in job.modes):
        return f"job {job.name!r} must run: a job that must run waits for it"
    return f"job {job.name!r} has no value, so it must run"


def verify_result(problem: ExactProblem, result: Result) -> Verification:
    """``verify``, and every figure the plan states (nodes, times, energy, each cost term, the objective) is held to it."""
    assignments = [placement.assignment for placement in result.placements]
    checked = verify(problem, assignments, result.hall_schedules, result.operations or None, result.binding)
    claims = list(_differences(result.placements, checked.placements))
    operated = {operation.site: operation for operation in checked.operations}
    for stated in result.operations:
        if (found := operated.get(stated.site)) is not None:
            where = f"the operation of site {stated.site!r}"
            claims += _term_differences(where, stated.terms, found.terms)
            claims += [_claim(where, "peak_w", stated.peak_w, found.peak_w)] if stated.peak_w != found.peak_w else []
            if stated.battery is not None and found.battery is not None and stated.battery.energy_wh != found.battery.energy_wh:
                claims.append(_claim(where, "battery.energy_wh", stated.battery.energy_wh, found.battery.energy_wh))
    claims += _term_differences("the plan", result.terms, checked.terms)
    objective = result.termination.objective_micros
    if result.placements and objective is not None and objective != checked.objective_micros:
        claims.append(_claim("the plan", "objective_micros", objective, checked.objective_micros))
    claims += _entry_differences("tenancy", result.tenancy, checked.tenancy)
    claims += _entry_differences("share floor", result.shares, checked.shares)
    return replace(checked, violations=checked.violations + tuple(claims))


def _look_up(
    problem: ExactProblem, assignments: Iterable[Assignment]
) -> tuple[list[tuple[Assignment, Run]], list[RuleViolation]]:
    """Each assignment whose names are known, with its run, and what is wrong with the others."""
    jobs = {job.name: job for job in problem.jobs}
    pools = {pool.name: pool for pool in problem.pools}
    runs: list[tuple[Assignment, Run]] = []
    violations: list[RuleViolation] = []
    seen: set[str] = set()
    for item in assignments:
        job = jobs.get(item.job)
        if job is None:
            violations.append(RuleViolation(rule=Rule.UNKNOWN_JOB, job=item.job, message=f"no job is named {item.job!r}"))
            continue
        if item.job in seen:
            violations.append(
                RuleViolation(rule=Rule.JOB_PLACED_TWICE, job=item.job, message=f"job {item.job!r} is placed twice")
            )
            continue
        seen.add(item.job)
        try:
            runs.append((item, look_up(jobs, pools, item)))
        except KeyError:
            violations.append(_unknown(job, pools, item))
    return runs, violations


def _unknown(job: ExactJob, pools: Mapping[str, ExactPool], item: Assignment) -> RuleViolation:
    """The first mode of ``item`` that its job has not, or else the first pool that is none."""
    steps: list[Assignment | Segment] = [item, *item.segments]
    modes = {mode.name for mode in job.modes}
    mode = next((step.mode for step in steps if step.mode not in modes), None)
    if mode is not None:
        message = f"job {item.job!r} has no mode {mode!r}"
        return RuleViolation(rule=Rule.UNKNOWN_MODE, job=item.job, element=mode, message=message)
    pool = next(step.pool for step in steps if step.pool not in pools)
    message = f"job {item.job!r} is placed on {pool!r}, which is no pool"
    return RuleViolation(rule=Rule.UNKNOWN_POOL, job=item.job, element=pool, message=message)


def _is_inside(problem: ExactProblem, run: Run) -> bool:
    """Whether every piece has slots and all lie in the horizon, so that its use can be added up."""
    return all(0 <= piece.start < piece.end <= problem.slot_count for piece in run.all_pieces)


def check_run(problem: ExactProblem, run: Run) -> list[RuleViolation]:
    """Every rule on one run by itself: where, when, and how it is cut into pieces; limits are not looked at."""
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

    for piece in run.all_pieces:
        reason = ledger.exclusion(problem, job, piece.mode, piece.pool)
        if reason is not None:
            where = "here" if piece.pool is pool else f"on {piece.pool.name!r}"
            broken(Rule.NOT_ALLOWED_HERE, f"mode {piece.mode.name!r} may not run {where} ({reason})")
    if job.running is not None and not running.is_allowed(job, run.fate):
        broken(Rule.NOT_MOVABLE, f"it runs on {job.running.pool!r} and may not be {run.fate}")
    if run.start < 0:
        broken(Rule.STARTS_TOO_EARLY, f"slot {run.start} is before the horizon", -run.start)
    elif not run.fate.in_place:
        way = data_way(problem, run)
        if way is None:
            broken(Rule.DATA_NOT_REACHABLE, _no_way(problem, run))
        elif run.start < (first := job.release + way.slots):
            broken(Rule.STARTS_TOO_EARLY, f"starts in slot {run.start}, allowed from slot {first}", first - run.start)
    last = min(job.deadline, problem.slot_count)
    if run.end > last:
        broken(Rule.ENDS_TOO_LATE, f"ends after slot {run.end - 1}, must end by slot boundary {last}", run.end - last)
    return found + check_pieces(problem, run)


def _no_way(problem: ExactProblem, run: Run) -> str:
    if not run.data_from:
        return "its data cannot be brought here"
    known = ", ".join(repr(way.from_site) for way in problem.data_ways(run.job, problem.sites[run.pool.site]) if way.slots)
    return f"its data cannot be brought here from {run.data_from!r}; ways lead from {known or 'nowhere'}"


def _check_limits(used: Usage) -> list[RuleViolation]:
    return [
        RuleViolation(
            rule=Rule.GROUP_NOT_APART if label.kind is LimitKind.GROUP_APART else Rule.LIMIT_EXCEEDED,
            element=label.element,
            slot=slot,
            amount=amount,
            unit=label.unit,
            message=f"{label.kind} of {label.element!r} is exceeded by {counted(amount, label.unit)}"
            + (" over the horizon" if slot is None else f" in slot {slot}"),
        )
        for label, slot, amount in used.excesses()
    ]


def _claim(where: str, name: str, stated: object, found: object) -> RuleViolation:
    return RuleViolation(rule=Rule.CLAIM_DIFFERS, element=name, message=f"{where} states {name} = {stated}, it is {found}")


def _entry_differences(
    name: str, stated: Sequence[TenancyUsage | ShareUsage], found: Sequence[TenancyUsage | ShareUsage]
) -> Iterable[RuleViolation]:
    """Figure by figure, in the order of the problem; plans made elsewhere need not state any."""
    if stated and len(stated) != len(found):
        yield _claim("the plan", f"the number of entries of {name}", len(stated), len(found))
    for claim, truth in zip(stated, found, strict=False):
        for field in fields(truth):
            mine, theirs = getattr(truth, field.name), getattr(claim, field.name)
            if mine != theirs:
                yield _claim(f"the {name} of tenant {truth.tenant!r}", field.name, theirs, mine)


def _differences(stated: Sequence[Placement], found: Sequence[Placement]) -> Iterable[RuleViolation]:
    by_job = {placement.job: placement for placement in found}
    for claim in stated:
        truth = by_job.get(claim.job)
        if truth is None:
            continue
        where = f"the placement of job {claim.job!r}"
        for field in fields(Placement):
            mine, theirs = getattr(truth, field.name), getattr(claim, field.name)
            # plans made elsewhere need not state their transfers
            if field.name != "terms" and mine != theirs and (theirs or field.name != "transfers"):
                yield _claim(where, field.name, theirs, mine)
        yield from _term_differences(where, claim.terms, truth.terms)


def _term_differences(where: str, stated: CostBreakdown, found: CostBreakdown) -> list[RuleViolation]:
    return [
        _claim(where, field.name, getattr(stated, field.name), getattr(found, field.name))
        for field in fields(CostBreakdown)
        if getattr(stated, field.name) != getattr(found, field.name)
    ]

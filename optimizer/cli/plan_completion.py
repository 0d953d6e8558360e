"""Fills in what a plan file leaves open: reasons for jobs a plan made elsewhere does not mention, prices of a certificate."""

from __future__ import annotations

from dataclasses import replace

from optimizer import explain
from optimizer.cli.exit_codes import WITHOUT_PLAN
from optimizer.columns.candidates import candidates
from optimizer.exact.problem import exact
from optimizer.problem import Problem
from optimizer.solution import Result


def completed(problem: Problem, plan: Result) -> Result:
    """``plan`` with a reason for every job it does not place; as it is where it has them all, or holds no plan."""
    mentioned = {p.job for p in plan.placements} | {u.job for u in plan.unplaced}
    if plan.termination.reason in WITHOUT_PLAN or all(job.name in mentioned for job in problem.jobs):
        return plan
    found = candidates(exact(problem))
    return replace(
        plan,
        unplaced=explain.unplaced(found, plan.placements, operations=plan.operations, halls=plan.hall_schedules),
        binding_limits=explain.binding_limits(found, plan.placements, plan.operations, plan.hall_schedules),
    )


def priced(problem: Problem, plan: Result) -> Result:
    """``plan`` with the shadow prices that follow from its certificate, whatever it states."""
    if plan.certificate is None:
        return replace(plan, shadow_prices=())
    return replace(plan, shadow_prices=explain.shadow_prices(exact(problem), plan.certificate))

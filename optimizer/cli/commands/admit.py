"""``loadstone admit``: quote or place jobs one by one beside a plan, at the prices of its certificate."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace

from optimizer import validate
from optimizer.admission import Admission, AdmissionOutcome, AdmissionPolicy, NoPricesError, PricedPlan
from optimizer.certificates import Certificate
from optimizer.cli.admission_text import print_admissions
from optimizer.cli.books import Admitted, admit_here
from optimizer.cli.console import Console
from optimizer.cli.exit_codes import WITHOUT_PLAN, ExitCode
from optimizer.cli.kernels import compile_kernels
from optimizer.errors import InvalidProblemError, VerificationError, Violation
from optimizer.exact.problem import ExactProblem, exact
from optimizer.explain.starting_plan import priced_plan
from optimizer.io.files import read_jobs, read_plan, read_problem, write_plan, write_problem
from optimizer.problem import Problem
from optimizer.solution import Result
from optimizer.stated_plan import StatedPlan
from optimizer.units import MICROS_PER_UNIT
from optimizer.verify.bound import prove
from optimizer.verify.plan import verify

#: The engine whose kernels a book reckons with, and the name that stands in the plan.
ENGINE, MAKER = "price", "admit"
POLICIES = {
    "surplus": AdmissionPolicy.PLACE_WITH_SURPLUS,
    "fit": AdmissionPolicy.PLACE_WHERE_IT_FITS,
    "quote": AdmissionPolicy.QUOTE_ONLY,
}


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Admits every job that can be, then writes what was asked for; one that is wrong keeps out none of the others."""
    problem, jobs = read_problem(arguments.file), read_jobs(arguments.jobs)
    stated = read_plan(arguments.plan)
    plan = _priced(arguments.plan, stated, console)
    if plan is None or not _holds(problem, stated, console):
        return ExitCode.REFUSED
    policy = POLICIES[arguments.policy]
    if arguments.server:
        # gRPC is wanted for this only.
        from optimizer.cli.service import admit_at

        admitted = admit_at(arguments.server, problem, plan, jobs, policy)
    else:
        compile_kernels(problem, ENGINE, console)
        admitted = admit_here(problem, plan, jobs, policy)
    if arguments.json:
        console.line(json.dumps(_outcome(admitted)))
    else:
        print_admissions(problem, admitted, console)
    _tell_what_is_wrong(admitted, console)
    if arguments.instance_out:
        write_problem(admitted.book.problem, arguments.instance_out)
    if arguments.out:
        write_plan(_grown(admitted, plan.certificate), arguments.out)
    invalid = any(admission.outcome is AdmissionOutcome.INVALID for admission in admitted.admissions)
    return ExitCode.INVALID_INPUT if invalid else ExitCode.SOLVED


def _priced(path: str, plan: Result, console: Console) -> PricedPlan | None:
    if plan.termination.reason in WITHOUT_PLAN:
        console.error(f"error: {path}: the file holds no plan to admit jobs beside ({plan.termination.reason})")
        return None
    try:
        return PricedPlan.of(plan)
    except NoPricesError:
        message = "the plan has no certificate, so nothing says what room is worth; solve with the engine price, or auto"
        raise InvalidProblemError([Violation("certificate", validate.Reason.MISSING, message)]) from None


def _holds(problem: Problem, stated: Result, console: Console) -> bool:
    validate.check(problem)
    plan = StatedPlan.of(stated)
    violations = verify(exact(problem), plan.assignments, plan.hall_schedules, plan.operations or None).violations
    for violation in violations:
        console.error(f"error: {violation}")
    return not violations


def _tell_what_is_wrong(admitted: Admitted, console: Console) -> None:
    for admission in admitted.admissions:
        for violation in admission.violations:
            console.error(f"error: job {admission.job!r}: {violation}")


def _grown(admitted: Admitted, certificate: Certificate) -> Result:
    """The plan with the jobs placed, verified, and the bound that the same prices prove with them."""
    problem = exact(admitted.book.problem)
    checked = verify(problem, admitted.book.assignments)
    if not checked.feasible:
        raise VerificationError(Violation(v.job or v.element, v.rule, v.message) for v in checked.violations)
    restated = _restated(problem, certificate)
    bound_micros = None if restated is None else restated.bound_micros
    plan = priced_plan(problem, checked, restated, bound_micros, None)
    return replace(plan, engine=MAKER, usages=checked.usages, tenancy=checked.tenancy, shares=checked.shares)


def _restated(problem: ExactProblem, certificate: Certificate) -> Certificate | None:
    """None where the certificate proves nothing: it was wrong from the start."""
    bound_micros = prove(problem, certificate).bound_micros
    return None if bound_micros is None else replace(certificate, bound_micros=bound_micros)


def _outcome(admitted: Admitted) -> dict[str, object]:
    """Money in the problem's currency; None where a job has no place."""
    return {
        "objective_before": _money(admitted.objective_before_micros),
        "objective": _money(admitted.book.objective_micros),
        "admissions": [_admission(admission) for admission in admitted.admissions],
    }


def _admission(admission: Admission) -> dict[str, object]:
    placement = admission.placement
    return {
        "job": admission.job,
        "outcome": admission.outcome,
        "mode": None if placement is None else placement.mode,
        "pool": None if placement is None else placement.pool,
        "start_slot": None if placement is None else placement.start_slot,
        "end_slot": None if placement is None else placement.end_slot,
        "worth": _money(admission.worth_micros),
        "opportunity_cost": _money(admission.opportunity_cost_micros),
        "surplus": _money(admission.surplus_micros),
        "violations": [str(violation) for violation in admission.violations],
    }


def _money(micros: int | None) -> float | None:
    return None if micros is None else micros / MICROS_PER_UNIT

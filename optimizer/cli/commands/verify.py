"""``loadstone verify``: check a plan against every rule, every figure it states, and the certificate of its bound."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace

from optimizer import validate
from optimizer.cli.console import Console
from optimizer.cli.exit_codes import WITHOUT_PLAN, ExitCode
from optimizer.cli.plan_completion import priced
from optimizer.cli.tier_text import print_tiers
from optimizer.exact.problem import exact
from optimizer.io.files import read_plan, read_problem
from optimizer.problem import Problem
from optimizer.report import words
from optimizer.solution import BoundSource, Result
from optimizer.units import MICROS_PER_UNIT
from optimizer.verify.bound import verify_with_bound
from optimizer.verify.plan import Rule, RuleViolation, Verification


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Prints the verdict; every broken rule on a line of its own."""
    problem = read_problem(arguments.file)
    validate.check(problem)
    plan = read_plan(arguments.plan)
    if plan.termination.reason in WITHOUT_PLAN:
        console.error(f"error: {arguments.plan}: the file holds no plan to verify ({plan.termination.reason})")
        return ExitCode.REFUSED
    checked = _with_prices(problem, plan, verify_with_bound(exact(problem), plan))
    if arguments.json:
        console.line(json.dumps(_verdict(plan, checked)))
    elif checked.feasible:
        worth = words.money_exact(checked.objective_micros, problem.currency)
        console.line(f"Verified: {words.count(len(checked.placements), 'placement')}, objective {worth}.")
        _print_bound(problem, plan, checked, console)
        print_tiers(problem, plan, console)
    else:
        for violation in checked.violations:
            console.line(str(violation))
        console.line(f"Refused: {words.count(len(checked.violations), 'violation')}.")
    return ExitCode.SOLVED if checked.feasible else ExitCode.REFUSED


def _with_prices(problem: Problem, plan: Result, checked: Verification) -> Verification:
    """Shadow prices that the plan states must be those of its certificate."""
    if checked.violations or not plan.shadow_prices or priced(problem, plan).shadow_prices == plan.shadow_prices:
        return checked
    message = "the shadow prices are not those of the certificate"
    differs = RuleViolation(rule=Rule.CLAIM_DIFFERS, element="shadow_prices", message=message)
    return replace(checked, violations=(differs,))


def _print_bound(problem: Problem, plan: Result, checked: Verification, console: Console) -> None:
    """What is proved here, and what is only said."""
    stated = plan.termination.bound_micros
    proved = checked.bound_micros
    if plan.certificate is not None and proved is not None:
        claimed = plan.certificate.bound_micros
        console.line(f"Verified: no plan is worth more than {words.money_exact(proved, problem.currency)}, by its certificate.")
        if proved < claimed:
            console.line(f"The certificate claims {words.money_exact(claimed, problem.currency)}; its prices prove even less.")
        gap = checked.relative_gap or 0.0
        console.line(f"Verified: the plan is {f'at most {words.gap_percent(gap)} from optimal' if gap else 'optimal'}.")
    if stated is not None and plan.termination.bound_source is not BoundSource.CERTIFICATE:
        bound = words.money_exact(stated, problem.currency)
        console.line(f"Not checkable: {plan.engine} states a bound of {bound} from its search tree ({words.quality(plan)}).")
    elif stated is None:
        console.line("The plan states no bound.")


def _verdict(plan: Result, checked: Verification) -> dict[str, object]:
    """``bound`` and ``relative_gap`` are proved; what the file merely states is ``stated_bound_micros``."""
    bound = checked.bound_micros
    return {
        "verified": checked.feasible,
        "objective": checked.objective_micros / MICROS_PER_UNIT,
        "objective_micros": checked.objective_micros,
        "bound": None if bound is None else bound / MICROS_PER_UNIT,
        "bound_micros": bound,
        "relative_gap": checked.relative_gap,
        "stated_bound_micros": plan.termination.bound_micros,
        "bound_source": plan.termination.bound_source,
        "placed_count": len(checked.placements),
        "violations": [str(violation) for violation in checked.violations],
    }

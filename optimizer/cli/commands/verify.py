"""``loadstone verify``: check a plan against every rule, and every figure it states."""

from __future__ import annotations

import argparse
import json

from optimizer import validate
from optimizer.cli.console import Console
from optimizer.cli.exit_codes import WITHOUT_PLAN, ExitCode
from optimizer.exact import exact
from optimizer.features import require_core
from optimizer.io.files import read_plan, read_problem
from optimizer.report import words
from optimizer.units import MICROS_PER_UNIT
from optimizer.verify import Verification, verify_result


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Prints the verdict; every broken rule on a line of its own."""
    problem = read_problem(arguments.file)
    validate.check(problem)
    require_core(problem)
    plan = read_plan(arguments.plan)
    if plan.termination.reason in WITHOUT_PLAN:
        console.error(f"error: {arguments.plan}: the file holds no plan to verify ({plan.termination.reason})")
        return ExitCode.REFUSED
    checked = verify_result(exact(problem), plan)
    if arguments.json:
        console.line(json.dumps(_verdict(checked)))
    elif checked.feasible:
        worth = words.money_exact(checked.objective_micros, problem.currency)
        console.line(f"Verified: {words.count(len(checked.placements), 'placement')}, objective {worth}.")
        console.line(f"As its bound states: {words.quality(plan)}.")
    else:
        for violation in checked.violations:
            console.line(str(violation))
        console.line(f"Refused: {words.count(len(checked.violations), 'violation')}.")
    return ExitCode.SOLVED if checked.feasible else ExitCode.REFUSED


def _verdict(checked: Verification) -> dict[str, object]:
    return {
        "verified": checked.feasible,
        "objective": checked.objective_micros / MICROS_PER_UNIT,
        "objective_micros": checked.objective_micros,
        "placed_count": len(checked.placements),
        "violations": [str(violation) for violation in checked.violations],
    }

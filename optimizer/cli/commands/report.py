"""``loadstone report``: a plan as one self-contained HTML page."""

from __future__ import annotations

import argparse

from optimizer import validate
from optimizer.cli.console import Console
from optimizer.cli.exit_codes import WITHOUT_PLAN, ExitCode
from optimizer.cli.output import write_report
from optimizer.exact.problem import exact
from optimizer.io.files import read_plan, read_problem
from optimizer.verify.plan import verify_result


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Checks that the plan is one of this instance, then draws it."""
    problem = read_problem(arguments.file)
    validate.check(problem)
    plan = read_plan(arguments.plan)
    if plan.termination.reason not in WITHOUT_PLAN:
        violations = verify_result(exact(problem), plan).violations
        for violation in violations:
            console.error(f"error: {violation}")
        if violations:
            console.error("error: the plan does not hold for this instance; no report is written")
            return ExitCode.REFUSED
    write_report(problem, plan, arguments.out, read_plan(arguments.before) if arguments.before else None)
    console.line(f"Report written to {arguments.out}")
    return ExitCode.SOLVED

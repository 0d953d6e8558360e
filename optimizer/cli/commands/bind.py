"""``loadstone bind``: which numbered nodes and domains each run of a plan holds."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from optimizer import validate
from optimizer.binding.binder import bind
from optimizer.cli.console import Console
from optimizer.cli.exit_codes import WITHOUT_PLAN, ExitCode
from optimizer.cli.node_text import print_nodes
from optimizer.exact.problem import exact
from optimizer.io.files import read_plan, read_problem, write_plan
from optimizer.verify.plan import verify_result


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Checks the plan, binds it, prints a line for each piece of a run, then what could not be done."""
    problem = read_problem(arguments.file)
    validate.check(problem)
    plan = replace(read_plan(arguments.plan), binding=None)
    inside = exact(problem)
    violations = () if plan.termination.reason in WITHOUT_PLAN else verify_result(inside, plan).violations
    for violation in violations:
        console.error(f"error: {violation}")
    if violations or plan.termination.reason in WITHOUT_PLAN:
        console.error("error: there is no plan that holds for this instance; nothing is bound")
        return ExitCode.REFUSED
    bound = replace(plan, binding=bind(inside, plan.placements))
    print_nodes(problem, bound, console, sys.maxsize)
    if arguments.out:
        write_plan(bound, arguments.out)
        console.line(f"Plan written to {arguments.out}")
    return ExitCode.SOLVED

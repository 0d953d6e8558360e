"""``loadstone bind``: which numbered nodes and domains each run of a plan holds."""

from __future__ import annotations

import argparse
from dataclasses import replace

from optimizer import validate
from optimizer.binding import bind
from optimizer.cli.console import Console
from optimizer.cli.exit_codes import WITHOUT_PLAN, ExitCode
from optimizer.exact import exact
from optimizer.features import VERIFIED, require
from optimizer.io.files import read_plan, read_problem, write_plan
from optimizer.node_numbers import NodeRange
from optimizer.report.words import count
from optimizer.verify import verify_result


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Checks the plan, binds it, prints a line for each piece of a run, then what could not be done."""
    problem = read_problem(arguments.file)
    validate.check(problem)
    require(problem, VERIFIED, "verification")
    plan = replace(read_plan(arguments.plan), binding=None)
    inside = exact(problem)
    violations = () if plan.termination.reason in WITHOUT_PLAN else verify_result(inside, plan).violations
    for violation in violations:
        console.error(f"error: {violation}")
    if violations or plan.termination.reason in WITHOUT_PLAN:
        console.error("error: there is no plan that holds for this instance; nothing is bound")
        return ExitCode.REFUSED
    binding = bind(inside, plan.placements)
    for bound in binding.runs:
        nodes = ", ".join(map(_range, bound.nodes)) or "none"
        console.line(f"{bound.job}: {bound.pool}, slots {bound.start_slot} to {bound.end_slot - 1}, nodes {nodes}")
    for issue in binding.issues:
        console.line(f"{issue.kind}: {issue.message}")
    share = f"{binding.partly_held_share:.1%} of the domains held are held in part"
    console.line(f"{count(len(binding.runs), 'piece')} of runs bound; {share}.")
    if arguments.out:
        write_plan(replace(plan, binding=binding), arguments.out)
        console.line(f"Plan written to {arguments.out}")
    return ExitCode.SOLVED


def _range(nodes: NodeRange) -> str:
    last = nodes.first_node + nodes.node_count - 1
    return str(last) if nodes.node_count == 1 else f"{nodes.first_node}-{last}"

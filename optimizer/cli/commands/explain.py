"""``loadstone explain``: why jobs run where they do, or do not run."""

from __future__ import annotations

import argparse

from optimizer import validate
from optimizer.cli.console import BOLD, Column, Console, printable
from optimizer.cli.exit_codes import WITHOUT_PLAN, ExitCode
from optimizer.cli.plan_completion import completed, priced
from optimizer.cli.plan_text import MOST_LEFT_OUT, print_binding, print_conflict, print_unplaced
from optimizer.cli.price_text import print_shadow_prices
from optimizer.columns.candidates import candidates
from optimizer.data_transfer import Transfer
from optimizer.errors import InvalidProblemError, Violation
from optimizer.exact.problem import exact
from optimizer.explain.in_pieces import best_in_one_piece
from optimizer.explain.reasons import runs_of
from optimizer.io.files import read_plan, read_problem
from optimizer.io.schema import did_you_mean
from optimizer.problem import Problem
from optimizer.report import words
from optimizer.report.parts import parts_of
from optimizer.solution import Placement, Result, Unplaced
from optimizer.verify.plan import verify


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Explains one job, or everything that was left out, what keeps it out and what more of it is worth."""
    problem = read_problem(arguments.file)
    validate.check(problem)
    plan = read_plan(arguments.plan)
    if not _keeps_the_rules(problem, plan, console):
        return ExitCode.REFUSED
    result = priced(problem, completed(problem, plan))
    if arguments.job is not None:
        _explain_job(problem, result, arguments.job, console)
        return ExitCode.SOLVED
    console.line(words.headline(problem, result), BOLD)
    if result.conflict is not None:
        print_conflict(problem, result.conflict, console)
    row_count = len(problem.jobs) if arguments.all else MOST_LEFT_OUT
    print_unplaced(problem, result, console, row_count)
    print_binding(problem, result, console, row_count)
    print_shadow_prices(problem, result.shadow_prices, console, row_count)
    return ExitCode.SOLVED


def _keeps_the_rules(problem: Problem, plan: Result, console: Console) -> bool:
    """Whether its placements are a plan of this problem; figures that it states are not looked at."""
    if plan.termination.reason in WITHOUT_PLAN:
        return True
    placed = [placement.assignment for placement in plan.placements]
    violations = verify(exact(problem), placed, plan.hall_schedules, plan.operations or None).violations
    for violation in violations:
        console.error(f"error: {violation}")
    if violations:
        console.error("error: the plan does not hold for this instance; there is nothing to explain")
    return not violations


def _explain_job(problem: Problem, result: Result, name: str, console: Console) -> None:
    if all(job.name != name for job in problem.jobs):
        near = did_you_mean(name, [job.name for job in problem.jobs])
        raise InvalidProblemError([Violation("JOB", "UNKNOWN_JOB", f"the instance has no job named {name!r}{near}")])
    placement = next((p for p in result.placements if p.job == name), None)
    left_out = next((u for u in result.unplaced if u.job == name), None)
    if placement is not None:
        _print_placement(problem, placement, console)
        if placement.segments:
            _print_pieces(problem, result, placement, console)
    elif left_out is not None:
        _print_unplaced(problem, left_out, console)
    else:
        console.line(f"{printable(name)} has no place: there is no plan.", BOLD)


def _print_placement(problem: Problem, p: Placement, console: Console) -> None:
    when = f"{words.day_and_clock(p.start_time)} to {words.day_and_clock(p.end_time)}"
    console.line(f"{printable(p.job)} runs at {printable(p.site)}, {when}.", BOLD)
    facts = (
        ("Pool", f"{p.pool} in {p.hall}"),
        ("Mode", p.mode),
        ("Width", f"{words.count(p.gpu_count, 'GPU')} on {words.count(p.node_count, 'node')}"),
        ("IT power", words.power(p.it_power_w)),
        ("Energy at the grid", words.energy(p.energy_wh)),
        ("Carbon", words.carbon(p.carbon_mg)),
        *(("Data before it", _moved(problem, transfer)) for transfer in p.transfers),
    )
    terms = [
        (words.TERM_LABELS[name], words.money_exact(micros, problem.currency)) for name, micros in p.terms.signed() if micros
    ]
    total = ("Net worth", words.money_exact(p.terms.objective_micros, problem.currency))
    console.table((Column("What"), Column("Figure")), [*facts, *terms, total])


def _moved(problem: Problem, transfer: Transfer) -> str:
    when = words.span(problem.time_grid, transfer.start_slot, transfer.end_slot - 1)
    return f"{transfer.size_gb:,.6g} GB from {transfer.from_site} to {transfer.to_site}, {when}"


def _print_pieces(problem: Problem, result: Result, p: Placement, console: Console) -> None:
    """The pieces, and what breaking the run is worth: against its best run in one piece beside the rest of the plan."""
    console.line()
    console.line(f"It runs in {len(p.segments)} pieces: {words.breaks(problem.time_grid, p.segments)}.", BOLD)
    columns = (Column("Pool"), Column("Mode"), Column("Start"), Column("End"), Column("Nodes", True), Column("IT power", True))
    rows = [
        (
            part.pool,
            part.mode,
            words.day_and_clock(part.start_time),
            words.day_and_clock(part.end_time),
            f"{part.node_count:,}",
            words.power(part.it_power_w),
        )
        for part in parts_of(problem, [p])
    ]
    console.table(columns, rows)
    if problem.groups or problem.precedences:
        return  # what order and groups would allow in one piece is not known
    found = candidates(exact(problem))
    job = next(job.index for job in found.problem.jobs if job.name == p.job)
    whole = best_in_one_piece(found, runs_of(found.problem, result.placements), job)
    if whole is None:
        console.line("  In one piece it would not fit beside the rest of the plan.")
    else:
        gain = p.terms.objective_micros - whole
        more_or_less = "more" if gain >= 0 else "less"
        amount = words.money(abs(gain), problem.currency)
        console.line(f"  That is worth {amount} {more_or_less} than its best run in one piece beside the rest of the plan.")


def _print_unplaced(problem: Problem, left_out: Unplaced, console: Console) -> None:
    console.line(f"{printable(left_out.job)} is left out: {left_out.reason}.", BOLD)
    console.line(f"  {printable(left_out.message)}")
    if left_out.shortfall is not None:
        console.line(f"  missing: {printable(words.shortfall(problem.time_grid, left_out.shortfall))}")
    if left_out.nearest_miss is not None:
        console.line(f"  nearest miss: {printable(words.place(problem.time_grid, left_out.nearest_miss))}")
    if left_out.blocking_jobs:
        console.line(f"  in its way: {printable(words.names(left_out.blocking_jobs, shown=MOST_LEFT_OUT))}")

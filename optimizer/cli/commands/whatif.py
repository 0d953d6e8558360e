"""``loadstone whatif``: move one limit, solve again from the plan, and say what it is worth and between what bounds."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Sequence
from dataclasses import replace

from optimizer import validate
from optimizer.cli.console import Console
from optimizer.cli.exit_codes import WITHOUT_PLAN, ExitCode
from optimizer.cli.limit_text import UNITS, parse_change, parse_multiples
from optimizer.cli.plan_completion import priced
from optimizer.cli.price_text import print_effects
from optimizer.cli.progress import ConsoleMonitor, stopped_by_signals
from optimizer.exact.problem import exact
from optimizer.execution.local import LocalExecutor
from optimizer.explain.sensitivity import Effect, range_of
from optimizer.io.files import read_plan, read_problem
from optimizer.params import SolveParams
from optimizer.pipeline import DEFAULT_TIME_LIMIT_SECONDS
from optimizer.problem import Problem
from optimizer.report import words
from optimizer.solution import Assignment, BoundSource, Result
from optimizer.units import MICROS_PER_UNIT
from optimizer.verify.bound import verify_with_bound


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Verifies the plan it starts from, then solves each multiple of the change for the time limit."""
    problem = read_problem(arguments.file)
    validate.check(problem)
    change = parse_change(arguments.change, problem.time_grid.slot_count)
    multiples = parse_multiples(arguments.times)
    plan = _verified(problem, arguments.plan, console)
    if plan is None:
        return ExitCode.REFUSED
    params = SolveParams(
        engine=arguments.engine,
        time_limit_seconds=arguments.time_limit or DEFAULT_TIME_LIMIT_SECONDS,
        thread_count=arguments.threads,
        seed=arguments.seed,
        work_limit=arguments.work_limit,
    )
    monitor = ConsoleMonitor(console, problem.currency, params.time_limit_seconds, quiet=True)
    # The executor logs how workers end; the command says it in its own words.
    logging.basicConfig(level=logging.CRITICAL)

    def solve(problem: Problem, *, initial: Sequence[Assignment]) -> Result:
        return LocalExecutor().solve(problem, params, initial=initial, monitor=monitor)

    with stopped_by_signals(monitor):
        effects = list(range_of(problem, plan, change, multiples, solve))
    if arguments.json:
        console.line(json.dumps([_outcome(effect) for effect in effects]))
        return ExitCode.SOLVED
    print_effects(problem, next(iter(UNITS[change.kind])), effects, console)
    engines = {plan.engine} if plan.termination.bound_source is BoundSource.ENGINE else set()
    engines |= {e.after.engine for e in effects if e.after.termination.bound_source is BoundSource.ENGINE}
    if engines:
        console.line(f"  Bounds of {words.names(sorted(engines))} come from a search tree: their word, not checkable.")
    return ExitCode.SOLVED


def _verified(problem: Problem, path: str, console: Console) -> Result | None:
    """The plan with the bound that is proved and prices from its certificate; None where it does not hold."""
    plan = read_plan(path)
    if plan.termination.reason in WITHOUT_PLAN:
        console.error(f"error: {path}: the file holds no plan to compare with ({plan.termination.reason})")
        return None
    checked = verify_with_bound(exact(problem), plan)
    for violation in checked.violations:
        console.error(f"error: {violation}")
    if not checked.feasible:
        return None
    bound = plan.termination.bound_micros if checked.bound_micros is None else checked.bound_micros
    termination = replace(plan.termination, objective_micros=checked.objective_micros, bound_micros=bound)
    return priced(problem, replace(plan, termination=termination))


def _outcome(effect: Effect) -> dict[str, object]:
    """Money in the problem's currency; None where nothing is proved or nothing is known."""
    change = effect.change
    return {
        "kind": change.kind,
        "element": change.element,
        "amount": change.amount,
        "unit": next(iter(UNITS[change.kind])),
        "first_slot": change.first_slot,
        "last_slot": change.last_slot,
        "priced": _money(effect.priced_micros),
        "difference": _money(effect.difference_micros),
        "at_least": _money(effect.least_micros),
        "at_most": _money(effect.most_micros),
        "price_holds": effect.price_holds,
        "termination": effect.after.termination.reason,
        "engine": effect.after.engine,
    }


def _money(micros: int | None) -> float | None:
    return None if micros is None else micros / MICROS_PER_UNIT

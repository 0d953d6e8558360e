"""``loadstone whatif``: move one limit, solve again from the plan, and say what it is worth and between what bounds."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Sequence
from dataclasses import replace

from optimizer import validate
from optimizer.certificates import Certificate
from optimizer.cli.console import Console
from optimizer.cli.exit_codes import WITHOUT_PLAN, ExitCode
from optimizer.cli.kernels import compile_kernels
from optimizer.cli.limit_text import parse_change, parse_multiples
from optimizer.cli.price_text import print_effects
from optimizer.cli.progress import ConsoleMonitor, stopped_by_signals
from optimizer.exact.problem import exact
from optimizer.execution.local import LocalExecutor
from optimizer.explain.limit_change import LimitChange
from optimizer.explain.sensitivity import LimitEffect, range_of
from optimizer.explain.starting_plan import priced_plan
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
    effects = _effects(arguments, problem, plan, change, multiples, console)
    if arguments.json:
        console.line(json.dumps([_outcome(plan, effect) for effect in effects]))
        return ExitCode.SOLVED
    print_effects(problem, effects, console)
    engines = {plan.engine} if plan.termination.bound_source is BoundSource.ENGINE else set()
    engines |= {effect.engine for effect in effects if effect.after.bound_source is BoundSource.ENGINE}
    if engines:
        console.line(f"  Bounds of {words.names(sorted(engines))} come from a search tree: their word, not checkable.")
    return ExitCode.SOLVED


def _params(arguments: argparse.Namespace) -> SolveParams:
    params = SolveParams(
        engine=arguments.engine,
        time_limit_seconds=arguments.time_limit,
        thread_count=arguments.threads,
        seed=arguments.seed,
        work_limit=arguments.work_limit,
    )
    if params.time_limit_seconds is None and params.work_limit is None:
        return replace(params, time_limit_seconds=DEFAULT_TIME_LIMIT_SECONDS)
    return params


def _effects(
    arguments: argparse.Namespace,
    problem: Problem,
    plan: Result,
    change: LimitChange,
    multiples: Sequence[int],
    console: Console,
) -> Sequence[LimitEffect]:
    params = _params(arguments)
    if arguments.server:
        # gRPC is wanted for this only.
        from optimizer.cli.service import effects_at

        return effects_at(arguments.server, problem, plan, change, multiples, params)
    compile_kernels(problem, params.engine, console)
    monitor = ConsoleMonitor(console, problem.currency, params.time_limit_seconds, quiet=True)
    # The executor logs how workers end; the command says it in its own words.
    logging.basicConfig(level=logging.CRITICAL)

    def solve(problem: Problem, *, initial: Sequence[Assignment], initial_certificate: Certificate | None) -> Result:
        executor = LocalExecutor()
        return executor.solve(problem, params, initial=initial, initial_certificate=initial_certificate, monitor=monitor)

    with stopped_by_signals(monitor):
        return list(range_of(problem, plan, change, multiples, solve))


def _verified(problem: Problem, path: str, console: Console) -> Result | None:
    """The plan with its bound and the prices from its certificate; None where it does not hold."""
    plan = read_plan(path)
    if plan.termination.reason in WITHOUT_PLAN:
        console.error(f"error: {path}: the file holds no plan to compare with ({plan.termination.reason})")
        return None
    inside = exact(problem)
    checked = verify_with_bound(inside, plan)
    for violation in checked.violations:
        console.error(f"error: {violation}")
    if not checked.feasible:
        return None
    held = priced_plan(inside, checked, plan.certificate, checked.bound_micros, plan.termination.bound_micros)
    return replace(held, engine=plan.engine)


def _outcome(plan: Result, effect: LimitEffect) -> dict[str, object]:
    """Money in the problem's currency; None where nothing is proved or nothing is known."""
    change, before, after = effect.change, plan.termination, effect.after
    return {
        "kind": change.kind,
        "element": change.element,
        "amount": change.amount,
        "unit": change.unit,
        "first_slot": change.first_slot,
        "last_slot": change.last_slot,
        "priced": _money(effect.priced_micros),
        "difference": _money(effect.difference_micros),
        "at_least": _money(effect.least_micros),
        "at_most": _money(effect.most_micros),
        "price_holds": effect.price_holds,
        "objective_before": _money(before.objective_micros),
        "bound_before": _money(before.bound_micros),
        "bound_source_before": before.bound_source,
        "objective": _money(after.objective_micros),
        "bound": _money(after.bound_micros),
        "bound_source": after.bound_source,
        "termination": after.reason,
        "engine": effect.engine,
    }


def _money(micros: int | None) -> float | None:
    return None if micros is None else micros / MICROS_PER_UNIT

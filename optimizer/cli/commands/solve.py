"""``loadstone solve``: place the jobs of an instance and print the plan."""

from __future__ import annotations

import argparse
import json
import logging
from dataclasses import replace

from optimizer.cli.console import Console
from optimizer.cli.exit_codes import ExitCode, of_result
from optimizer.cli.kernels import compile_kernels
from optimizer.cli.outcome import outcome
from optimizer.cli.output import write_report
from optimizer.cli.plan_text import print_result
from optimizer.cli.progress import ConsoleMonitor, stopped_by_signals
from optimizer.errors import InvalidProblemError, Violation
from optimizer.execution.base import Executor
from optimizer.execution.choice import ExecutorChoice
from optimizer.execution.local import LocalExecutor
from optimizer.io.files import read_plan, read_problem, write_plan
from optimizer.moved_horizon import told_in
from optimizer.params import SolveParams
from optimizer.pipeline import DEFAULT_TIME_LIMIT_SECONDS
from optimizer.problem import Problem
from optimizer.solution import Result


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Solves, prints, writes the files asked for."""
    params = _params(arguments)
    problem = read_problem(arguments.file)
    earlier = read_plan(arguments.initial) if arguments.initial else None
    monitor = ConsoleMonitor(console, problem.currency, params.time_limit_seconds, quiet=arguments.quiet or arguments.json)
    with stopped_by_signals(monitor):
        result = _solve(arguments, problem, params, earlier, monitor, console)
    if arguments.json:
        console.line(json.dumps(outcome(problem, result)))
    else:
        print_result(problem, result, console, everything=arguments.all)
    # Files come last: a path that cannot be written must not cost the user the plan.
    if arguments.out:
        write_plan(result, arguments.out)
        _say_written("Plan", arguments.out, arguments.json, console)
    if arguments.report:
        write_report(problem, result, arguments.report)
        _say_written("Report", arguments.report, arguments.json, console)
    return of_result(result)


def _say_written(what: str, path: str, as_json: bool, console: Console) -> None:
    if not as_json:
        console.line(f"{what} written to {path}")


def _params(arguments: argparse.Namespace) -> SolveParams:
    params = SolveParams(
        engine=arguments.engine,
        time_limit_seconds=arguments.time_limit,
        relative_gap=arguments.gap,
        thread_count=arguments.threads,
        seed=arguments.seed,
        work_limit=arguments.work_limit,
        bind=arguments.bind,
    )
    if params.time_limit_seconds is None and params.work_limit is None:
        return replace(params, time_limit_seconds=DEFAULT_TIME_LIMIT_SECONDS)
    return params


def _solve(
    arguments: argparse.Namespace,
    problem: Problem,
    params: SolveParams,
    earlier: Result | None,
    monitor: ConsoleMonitor,
    console: Console,
) -> Result:
    initial, certificate = told_in(earlier, problem.time_grid) if earlier else ((), None)
    if arguments.server:
        # gRPC is wanted for this only.
        from optimizer.cli.service import solve_at

        return solve_at(arguments.server, problem, params, initial, certificate, monitor)
    # The executor logs how workers end; the command says it in its own words.
    logging.basicConfig(level=logging.CRITICAL)
    compile_kernels(problem, params.engine, console)
    executor = _executor(arguments.executor, arguments.zones)
    return executor.solve(problem, params, initial=initial, initial_certificate=certificate, monitor=monitor)


def _executor(name: str, zones: bool) -> Executor:
    """Raises InvalidProblemError for what is no executor, EngineUnavailableError where Ray is not to be had."""
    try:
        choice = ExecutorChoice.read(name)
    except ValueError as error:
        raise InvalidProblemError([Violation("--executor", "UNKNOWN_EXECUTOR", str(error))]) from None
    if zones and not choice.on_ray:
        raise InvalidProblemError([Violation("--zones", "NEEDS_RAY", "only --executor ray solves by zones")])
    if not choice.on_ray:
        return LocalExecutor()
    if zones:
        from optimizer.execution.ray_zones import RayZonesExecutor

        return RayZonesExecutor(choice.address)
    from optimizer.execution.ray_executor import RayExecutor, RayOptions

    return RayExecutor(RayOptions(address=choice.address))

"""The shipped instance with racks: its optimum, that each part of its topology changes the plan, and its nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from examples.racks import NODES_PER_RACK, racks_problem, without_buffer, without_maintenance, without_racks
from optimizer.exact.problem import exact
from optimizer.io.best_known import read_best_known
from optimizer.io.files import read_problem
from optimizer.node_numbers import Binding, BoundRun, node_ranges
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from optimizer.solution import Result, TerminationReason
from optimizer.verify.plan import verify, verify_result
from optimizer.verify.rules import Rule

FOLDER = Path(__file__).parents[1] / "instances" / "topology"
RACKS = read_problem(FOLDER / "racks.json")
BEST_MICROS = read_best_known(FOLDER)["racks.json"].objective_micros


def best(problem: Problem, engine: str = "highs") -> Result:
    result = solve(problem, SolveParams(engine=engine, time_limit_seconds=120, thread_count=1, bind=True))
    assert result.termination.reason is TerminationReason.OPTIMAL
    return result


@pytest.fixture(scope="module")
def racks() -> Result:
    return best(RACKS)


def test_the_file_is_what_the_example_makes() -> None:
    assert racks_problem() == RACKS


@pytest.mark.parametrize("engine", ["cp_sat", "auto"])
def test_the_known_optimum_is_proved(engine: str, racks: Result) -> None:
    assert racks.terms.objective_micros == best(RACKS, engine).terms.objective_micros == BEST_MICROS


@pytest.mark.parametrize("freed", [without_racks, without_maintenance, without_buffer])
def test_without_each_part_more_is_placed_and_that_plan_breaks_a_limit(
    freed: Callable[[Problem], Problem], racks: Result
) -> None:
    free = best(freed(RACKS))
    assert free.terms.objective_micros > racks.terms.objective_micros
    assert len(free.placements) > len(racks.placements)
    checked = verify(exact(RACKS), [placement.assignment for placement in free.placements])
    assert {violation.rule for violation in checked.violations} == {Rule.LIMIT_EXCEEDED}


def test_runs_are_in_whole_racks_where_they_must_and_in_one_where_they_should(racks: Result) -> None:
    binding = binding_of(racks)
    runs = {run.job: run for run in binding.runs}
    assert all(runs[name].domains == (0,) and len(nodes_of(runs[name])) == NODES_PER_RACK for name in ("experts-1", "pretrain"))
    assert runs["prefill"].domains == runs["decode"].domains
    assert binding.issues == ()
    assert 20 not in {node for run in binding.runs for node in nodes_of(run)}
    assert verify_result(exact(RACKS), racks).feasible


def binding_of(result: Result) -> Binding:
    assert result.binding is not None
    return result.binding


def nodes_of(run: BoundRun) -> list[int]:
    return [node for part in run.nodes for node in part.nodes]


@pytest.mark.parametrize(
    ("job", "nodes", "rule"),
    [
        ("prefill", range(22, 29), Rule.BINDING_MALFORMED),
        ("prefill", range(20, 28), Rule.NODE_IN_MAINTENANCE),
        ("prefill", range(22, 30), Rule.NODE_USED_TWICE),
        ("pretrain", range(1, 19), Rule.DOMAIN_NOT_WHOLE),
        ("prefill", range(46, 54), Rule.NODE_IN_MAINTENANCE),
        ("prefill", range(47, 55), Rule.NODE_OUTSIDE),
        ("prefill", (17, *range(22, 29)), Rule.NODE_OUTSIDE),
        ("experts-1", range(18, 36), Rule.NODE_OUTSIDE),
    ],
)
def test_one_wrong_node_is_refused(job: str, nodes: range | tuple[int, ...], rule: Rule, racks: Result) -> None:
    domains = tuple(sorted({node // NODES_PER_RACK for node in nodes}))
    runs = tuple(
        replace(run, nodes=node_ranges(nodes), domains=domains) if run.job == job else run for run in binding_of(racks).runs
    )
    altered = replace(racks, binding=replace(binding_of(racks), runs=runs))
    assert rule in {violation.rule for violation in verify_result(exact(RACKS), altered).violations}

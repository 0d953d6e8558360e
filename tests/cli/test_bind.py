"""``loadstone bind``: node numbers for a plan, written into its file, where ``verify`` holds them to the instance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.io.files import read_plan, write_plan, write_problem
from optimizer.node_numbers import node_ranges
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.solution import Result
from tests.cli.calls import in_own_process, in_this_process
from tests.conformance.topology_problems import TOPOLOGY


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bind")
    write_problem(TOPOLOGY, folder / "instance.json")
    write_plan(solve(TOPOLOGY, SolveParams(engine="greedy")), folder / "plan.json")
    return folder


def test_a_bound_plan_is_verified_and_an_altered_one_refused(files: Path) -> None:
    instance, bound = files / "instance.json", files / "bound.json"
    done = in_own_process("bind", instance, files / "plan.json", "--out", bound)
    assert done.returncode == 0, done.stderr
    plan = read_plan(bound)
    assert plan.binding is not None
    assert {run.job for run in plan.binding.runs} == {placement.job for placement in plan.placements}
    rows = [line.split() for line in done.stdout.splitlines()]
    for run in plan.binding.runs:
        assert any(row[: len(run.job.split()) + 1] == [*run.job.split(), run.pool] for row in rows)
    assert f"{len(plan.binding.runs)} pieces of runs bound to numbered nodes; of the domains held" in done.stdout
    assert in_this_process("verify", instance, bound).returncode == 0

    run = plan.binding.runs[0]
    too_many = node_ranges([*range(6)])
    altered = replace(plan.binding, runs=(replace(run, nodes=too_many), *plan.binding.runs[1:]))
    write_plan(replace(plan, binding=altered), files / "altered.json")
    refused = in_this_process("verify", instance, files / "altered.json")
    assert refused.returncode == 1
    assert "BINDING_MALFORMED" in refused.stdout


def test_solve_binds_where_asked(files: Path) -> None:
    done = in_this_process("solve", files / "instance.json", "--engine", "greedy", "--bind", "--out", files / "solved.json")
    assert done.returncode == 0, done.stderr
    assert "bound to numbered nodes" in done.stdout
    assert read_plan(files / "solved.json").binding is not None
    assert read_plan(files / "plan.json").binding is None


def test_a_plan_that_does_not_hold_is_not_bound(files: Path) -> None:
    plan: Result = read_plan(files / "plan.json")
    write_plan(replace(plan, placements=(*plan.placements, plan.placements[0])), files / "twice.json")
    done = in_this_process("bind", files / "instance.json", files / "twice.json", "--out", files / "none.json")
    assert done.returncode == 1
    assert "JOB_PLACED_TWICE" in done.stderr
    assert not (files / "none.json").exists()

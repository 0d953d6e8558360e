"""Files that are not what a command wants: told before the work, by the file's name, in one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.io.files import write_plan, write_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from tests.cli.test_commands import loadstone
from tests.report.samples import sample_problem


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "instance.json"
    write_problem(sample_problem(4), path)
    return path


@pytest.mark.parametrize(
    ("option", "where", "why"),
    [
        ("--out", "missing/plan.json", "there is no directory"),
        ("--report", "missing/report.html", "there is no directory"),
        ("--out", ".", "it is a directory"),
    ],
)
def test_a_path_that_cannot_be_written_is_told_before_the_solve(
    option: str, where: str, why: str, instance: Path, tmp_path: Path
) -> None:
    done = loadstone("solve", instance, "--engine", "greedy", option, tmp_path / where)
    assert done.returncode == 2
    assert done.stdout == "", "nothing was solved"
    assert why in done.stderr
    assert done.stderr.endswith("[UNWRITABLE_FILE]\n")


@pytest.mark.parametrize("command", [("explain",), ("report",), ("bind",), ("verify",)])
def test_a_plan_of_another_problem_is_refused(command: tuple[str, ...], instance: Path, tmp_path: Path) -> None:
    other, plan = tmp_path / "other.json", tmp_path / "plan.json"
    problem = sample_problem(4)
    write_problem(replace(problem, jobs=tuple(replace(job, name=f"{job.name}-2") for job in problem.jobs)), other)
    write_plan(solve(problem, SolveParams(engine="greedy", work_limit=1)), plan)
    options = ("--out", tmp_path / "out.html") if command == ("report",) else ()
    done = loadstone(*command, other, plan, *options)
    assert done.returncode == 1
    assert "UNKNOWN_JOB" in done.stdout + done.stderr
    assert "fault" not in done.stderr


def test_a_plan_for_an_instance_and_the_reverse_are_told_by_name(instance: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text('{"engine": "greedy", "termination": {"reason": "NO_PLAN_FOUND"}}')
    swapped = loadstone("verify", plan, instance)
    assert (swapped.returncode, swapped.stderr) == (2, f"error: {plan}: this is a plan, not an instance [WRONG_KIND_OF_FILE]\n")
    twice = loadstone("verify", instance, instance)
    assert (twice.returncode, twice.stderr) == (2, f"error: {instance}: this is an instance, not a plan [WRONG_KIND_OF_FILE]\n")

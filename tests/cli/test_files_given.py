"""Files that are not what a command wants: told before the work, by the file's name, in one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.io.files import write_plan, write_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from tests.cli.calls import in_this_process
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
        ("--out", "", "its name is empty"),
    ],
)
def test_a_path_that_cannot_be_written_is_told_before_the_solve(
    option: str, where: str, why: str, instance: Path, tmp_path: Path
) -> None:
    done = in_this_process("solve", instance, "--engine", "greedy", option, tmp_path / where if where else "")
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
    done = in_this_process(*command, other, plan, *options)
    assert done.returncode == 1
    assert "UNKNOWN_JOB" in done.stdout + done.stderr
    assert "fault" not in done.stderr


def test_a_plan_for_an_instance_and_the_reverse_are_told_by_name(instance: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text('{"engine": "greedy", "termination": {"reason": "NO_PLAN_FOUND"}}')
    swapped = in_this_process("verify", plan, instance)
    assert (swapped.returncode, swapped.stderr) == (2, f"error: {plan}: this is a plan, not an instance [WRONG_KIND_OF_FILE]\n")
    twice = in_this_process("verify", instance, instance)
    assert (twice.returncode, twice.stderr) == (2, f"error: {instance}: this is an instance, not a plan [WRONG_KIND_OF_FILE]\n")


def test_no_output_replaces_the_instance_or_another_output(instance: Path, tmp_path: Path) -> None:
    before = instance.read_bytes()
    done = in_this_process("solve", instance, "--engine", "greedy", "--out", instance)
    words = f"error: {instance}: the file would be written over: it is FILE as well as --out [SAME_FILE]\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", words)
    assert instance.read_bytes() == before
    both = tmp_path / "both"
    done = in_this_process("solve", instance, "--engine", "greedy", "--out", both, "--report", tmp_path / "." / "both")
    assert (done.returncode, "[SAME_FILE]" in done.stderr, both.exists()) == (2, True, False)


def test_a_page_is_not_written_over_its_plan_but_a_plan_over_the_one_it_began_with(instance: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    greedy = ("solve", instance, "--engine", "greedy", "--work-limit", "1", "--quiet", "--out", plan)
    assert in_this_process(*greedy).returncode == 0
    assert in_this_process("report", instance, plan, "--out", plan).returncode == 2
    assert in_this_process(*greedy, "--initial", plan, "--report", "/dev/null").returncode == 0
    assert in_this_process("verify", instance, plan).returncode == 0


def test_a_number_of_thousands_of_digits_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    path.write_text('{"jobs": ' + "9" * 5_000 + "}")
    done = in_this_process("solve", path)
    assert (done.returncode, done.stderr) == (2, f"error: {path}: a number has more than 4,300 digits [MALFORMED_JSON]\n")

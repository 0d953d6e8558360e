"""A run in a process of its own: its figures reach the table, or what it said last."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from benchmarks import run
from benchmarks.measure import Measurement
from benchmarks.registry import ROOT, Instance
from optimizer.cli.exit_codes import ExitCode
from optimizer.cli.main import main

#: As a solver does that still runs when its answer is there.
CAPTURED = """
import os, sys
from benchmarks import measure

def solved(*given):
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return measure.Measurement(instance="tiny", engine="pyomo")

measure.measure = solved
sys.argv = ["measure", "tiny.json"]
measure.main()
"""


def test_figures_are_told_where_a_solver_still_holds_the_output() -> None:
    done = subprocess.run([sys.executable, "-c", CAPTURED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert Measurement(**json.loads(done.stdout)).instance == "tiny"


@pytest.mark.parametrize(("code", "said", "error"), [(0, "", "no message"), (0, "a\nlast", "last"), (3, "last", "last")])
def test_a_run_without_figures_is_a_row_that_says_so(monkeypatch: pytest.MonkeyPatch, code: int, said: str, error: str) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *given, **named: SimpleNamespace(returncode=code, stdout="", stderr=said))
    instance = Instance("tiny", ROOT / "instances/uk-no/tiny.json")
    row = run.run_one(instance, "pyomo", 1.0, None, 0)
    assert (row.instance, row.engine, row.error) == ("tiny", "pyomo", error)


def test_what_a_solver_prints_around_the_figures_is_no_part_of_them() -> None:
    line = json.dumps({"instance": "tiny", "engine": "pyomo", "jobs": 6})
    for output in (line, f"{line}\nSolving report\n", f"Running HiGHS{line}Objective 3\n"):
        row = run.figures_of(output)
        assert row is not None
        assert (row.instance, row.jobs) == ("tiny", 6)
    assert run.figures_of("Solving report\n") is None


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--instance", "smal"], "--instance: uk-no has no instance 'smal'; did you mean 'small'?"),
        (["--engine", "foo"], "no engine has this name"),
        (["--time-limit", "-3"], "time_limit_seconds is -3.0"),
        (["--time-limit", "0"], "time_limit_seconds is 0.0"),
        (["--threads", "0"], "thread_count is 0"),
    ],
)
def test_what_is_wrong_for_every_run_is_told_before_the_first(
    asked: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "run_one", lambda *given: pytest.fail("a run began"))
    assert main(["bench", "uk-no", *asked]) in (ExitCode.INVALID_INPUT, ExitCode.UNAVAILABLE)
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err

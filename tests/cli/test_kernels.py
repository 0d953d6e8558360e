"""Compiling takes minutes on a fresh installation: before a solve, after what is asked is known to be sound."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.cli import kernels
from optimizer.cli.exit_codes import ExitCode
from optimizer.cli.main import main
from optimizer.io.files import write_plan, write_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from tests.report.samples import sample_problem


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A fresh installation; the list gets a word where kernels would be compiled, which ends the command."""
    calls: list[str] = []

    def ensure_warm(say: object) -> None:
        calls.append("compiled")
        raise KeyboardInterrupt

    monkeypatch.setattr(kernels, "is_warm", lambda: False)
    monkeypatch.setattr(kernels, "ensure_warm", ensure_warm)
    return calls


def test_what_is_wrong_is_told_before_kernels_are_compiled(compiled: list[str], tmp_path: Path) -> None:
    sound, wrong = tmp_path / "sound.json", tmp_path / "wrong.json"
    problem = sample_problem(4)
    write_problem(problem, sound)
    write_problem(replace(problem, sites=tuple(replace(site, pue=(0.9,)) for site in problem.sites)), wrong)
    assert main(["solve", str(wrong), "--quiet"]) == ExitCode.INVALID_INPUT
    assert main(["solve", str(sound), "--engine", "nobody"]) == ExitCode.UNAVAILABLE
    assert compiled == []
    assert main(["solve", str(sound)]) == ExitCode.INTERRUPTED
    assert compiled == ["compiled"]


def test_whatif_does_not_pay_for_it_from_its_time_limit(compiled: list[str], tmp_path: Path) -> None:
    problem = sample_problem(4)
    instance, plan = tmp_path / "instance.json", tmp_path / "plan.json"
    write_problem(problem, instance)
    write_plan(solve(problem, SolveParams(engine="greedy", work_limit=1)), plan)
    change = f"grid_import:{problem.sites[0].name}:+1MW"
    assert main(["whatif", str(instance), str(plan), change, "--work-limit", "1"]) == ExitCode.INTERRUPTED
    assert compiled == ["compiled"]

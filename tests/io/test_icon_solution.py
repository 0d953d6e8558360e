"""ICON solution files: what the challenge's own rules make of them, and plans that cannot be written."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from benchmarks.icon_rules import BrokenRuleError, icon_cost
from optimizer.cli.exit_codes import ExitCode
from optimizer.cli.main import main
from optimizer.errors import InvalidProblemError
from optimizer.io.exporters.icon import icon_solution
from optimizer.io.files import write_plan, write_problem
from optimizer.io.importers import import_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from tests.fleet import job, problem

#: Three tasks on two machines; the last period costs nothing, so one machine may be on at the end of the day.
ICON = "30\n1\n2\n0 10 0.5 0.25\n4\n1 40 0.1 0.1\n4\n3\n0 2 0 4 6.5\n3\n1 1 1 4 2\n2\n2 1 3 4 1\n4\n"
FORECAST = "4\n0 0.2\n1 0.1\n2 0.1\n3 0.0\n"
BY_HAND = "2\n0\n2\n1 1\n0 4\n1\n2\n1 3\n0 4\n3\n0 0 1\n1 0 3\n2 1 3\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "instance.txt").write_text(ICON)
    (tmp_path / "forecast.txt").write_text(FORECAST)
    (tmp_path / "actual.txt").write_text(FORECAST.replace("0.0", "0.4"))
    return tmp_path


def test_what_is_written_keeps_the_rules_and_costs_what_the_plan_says(folder: Path) -> None:
    given = import_problem("icon", folder)
    result = solve(given, SolveParams(engine="highs"))
    cost = icon_cost(folder, icon_solution(given, result))
    assert result.termination.objective_micros == -round(cost.forecast * 1_000_000)
    assert cost.actual is not None
    assert cost.actual > cost.forecast


def test_the_cost_of_a_solution_by_hand(folder: Path) -> None:
    # half an hour: tasks 6.5 x (0.1 + 0.1); machine 0 idles 10 x (0.1 + 0.1); both machines go on and off
    assert icon_cost(folder, BY_HAND).forecast == Fraction("0.65") + 1 + Fraction("0.75") + Fraction("0.2")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1 3\n0 4\n3", "1 3\n0 3\n3", "which is off"),
        ("0 2\n1 1", "0 2\n1 2", "which is off"),
        ("0 0 1\n", "0 0 3\n", "outside its window"),
        ("2 1 3\n", "2 0 3\n", "is used 6 of 4"),
        ("2 1 3\n", "", "not placed"),
        ("2 1 3\n", "1 1 3\n", "placed twice"),
        ("1\n2\n1 3\n0 4\n", "1\n1\n1 3\n", "on at the end of the day"),
        ("1 1\n0 4", "0 1\n0 4", "is so already"),
    ],
)
def test_the_rules_refuse(folder: Path, old: str, new: str, message: str) -> None:
    text = BY_HAND.replace(old, new, 1) if old != "0 2\n1 1" else BY_HAND.replace("1 1\n0 4", "1 2\n0 4", 1)
    text = text.replace("\n3\n0 0", "\n2\n0 0") if new == "" else text
    with pytest.raises(BrokenRuleError, match=message):
        icon_cost(folder, text)


def test_the_command_writes_the_file(folder: Path) -> None:
    given = import_problem("icon", folder)
    instance, plan, out = (str(folder / name) for name in ("i.json", "p.json", "s.txt"))
    write_problem(given, instance)
    write_plan(solve(given, SolveParams(engine="highs")), plan)
    assert main(["export", instance, "--format", "icon", "--plan", plan, "--out", out]) == 0
    icon_cost(folder, Path(out).read_text())
    assert main(["export", instance, "--format", "icon"]) == 2


def test_machines_that_a_plan_does_not_state_are_switched_for_its_tasks(folder: Path) -> None:
    given = import_problem("icon", folder)
    result = solve(given, SolveParams(engine="highs"))
    instance, plan, out = (str(folder / name) for name in ("i.json", "p.json", "s.txt"))
    write_problem(given, instance)
    write_plan(replace(result, hall_schedules=()), plan)
    assert main(["export", instance, "--format", "icon", "--plan", plan, "--out", out]) == 0
    assert icon_cost(folder, Path(out).read_text()) == icon_cost(folder, icon_solution(given, result))


def test_a_plan_that_does_not_hold_is_refused_and_nothing_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = import_problem("icon", folder)
    instance, plan, out = (str(folder / name) for name in ("i.json", "p.json", "s.txt"))
    write_problem(given, instance)
    result = solve(given, SolveParams(engine="highs"))
    write_plan(replace(result, placements=result.placements[1:]), plan)
    assert main(["export", instance, "--format", "icon", "--plan", plan, "--out", out]) == ExitCode.REFUSED
    assert "error: MANDATORY_JOB_LEFT_OUT" in capsys.readouterr().err
    assert not Path(out).exists()


def test_other_plans_are_refused(folder: Path) -> None:
    given = import_problem("icon", folder)
    result = solve(given, SolveParams(engine="highs"))
    with pytest.raises(InvalidProblemError, match="leaves out 1 tasks"):
        icon_solution(given, replace(result, placements=result.placements[1:]))
    other = problem(job("a"))
    with pytest.raises(InvalidProblemError, match="no machine"):
        icon_solution(other, solve(other, SolveParams(engine="highs")))

"""``loadstone diff`` and ``report --before``: text, JSON, plans alone, plans held to an instance."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.io.files import write_plan, write_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import RunningPlacement
from tests.cli.calls import in_own_process, in_this_process
from tests.conformance.battery_problems import RIDE_THROUGH
from tests.conformance.running_problems import SNAPSHOT_UNDER_A_CAP as SNAPSHOT


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The snapshot and its plan, and the same before the curtailment."""
    folder = tmp_path_factory.mktemp("diff")
    uncut = replace(SNAPSHOT, sites=(replace(SNAPSHOT.sites[0], import_limit_kw=(40.0,)), SNAPSHOT.sites[1]))
    for name, instance in (("capped", SNAPSHOT), ("free", uncut)):
        write_problem(instance, folder / f"{name}.json")
        write_plan(solve(instance, SolveParams(engine="cp_sat", time_limit_seconds=30)), folder / f"{name}-plan.json")
    return {path.stem: path for path in folder.iterdir()}


def test_what_runs_already_becomes_a_plan_in_sentences(files: dict[str, Path]) -> None:
    done = in_own_process("diff", files["capped"], files["capped-plan"])
    assert done.returncode == 0, done.stderr
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[0] == "3 jobs change (1 left out, 1 moved, 1 resized), 1 as before; 32 GPU-hours move."
    assert "moves moves from p to q: saves 1.00 GBP energy and 0.20 GBP carbon, pays 12.00 GBP for the move" in lines
    assert "shrinks changes from H100x8 to H100x4 on p: pays 3.00 GBP for the resize" in lines
    assert "Grid connection at s now keeps work out" in lines
    assert lines[-1].split() == ["Objective", "-£19.800000"]


def test_an_earlier_plan_that_no_longer_holds_is_told(files: dict[str, Path]) -> None:
    done = in_this_process("diff", files["free-plan"], files["capped-plan"], "--instance", files["capped"])
    assert done.returncode == 0, done.stderr
    assert "the earlier plan no longer holds: LIMIT_EXCEEDED: grid_import of 's'" in done.stdout


def test_two_plan_files_alone_and_as_json(files: dict[str, Path]) -> None:
    done = in_this_process("diff", files["capped-plan"], files["free-plan"], "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [(change["job"], change["kind"]) for change in found["changes"]] == [
        ("stops", "CHANGE_KIND_PLACED"),
        ("moves", "CHANGE_KIND_MOVED"),
        ("shrinks", "CHANGE_KIND_RESIZED"),
    ]
    assert found["terms"]["objective_micros"] == 19_800_000


def test_an_earlier_instance_needs_the_later_one(files: dict[str, Path]) -> None:
    done = in_this_process("diff", files["free-plan"], files["capped-plan"], "--earlier-instance", files["free"])
    assert done.returncode == 2
    assert "--earlier-instance" in done.stderr
    both = in_this_process(
        "diff", files["free-plan"], files["capped-plan"], "--earlier-instance", files["free"], "--instance", files["capped"]
    )
    assert both.returncode == 0, both.stderr
    assert "no longer holds" not in both.stdout


def test_the_report_shows_what_changes(files: dict[str, Path], tmp_path: Path) -> None:
    for arguments, said in (
        ((), "stops is stopped on p"),
        (("--before", files["capped-plan"]), "Nothing changes: 3 jobs as before."),
    ):
        out = tmp_path / "report.html"
        done = in_this_process("report", files["capped"], files["capped-plan"], *arguments, "--out", out)
        assert done.returncode == 0, done.stderr
        page = out.read_text()
        assert "<h2>What changes</h2>" in page
        assert said in page


def test_plans_that_a_battery_carries_are_held_to_what_they_state(tmp_path: Path) -> None:
    carried = replace(RIDE_THROUGH.jobs[0], running=RunningPlacement(pool="p", mode="H100x8"))
    instance = replace(RIDE_THROUGH, jobs=(carried, *RIDE_THROUGH.jobs[1:]))
    plan = solve(instance, SolveParams(engine="highs", time_limit_seconds=30))
    assert any(placement.job == "long" for placement in plan.placements)
    write_problem(instance, tmp_path / "instance.json")
    write_plan(plan, tmp_path / "plan.json")
    instance_file, plan_file = tmp_path / "instance.json", tmp_path / "plan.json"
    same = in_this_process("diff", plan_file, plan_file, "--instance", instance_file, "--json")
    assert same.returncode == 0, same.stderr
    found = json.loads(same.stdout)
    assert not found.get("changes")
    assert not found.get("earlier_violations")
    assert not any(found["terms"].values())
    for command in (
        ("diff", instance_file, plan_file),
        ("report", instance_file, plan_file, "--out", tmp_path / "report.html"),
        ("solve", instance_file, "--engine", "highs", "--quiet", "--report", tmp_path / "solved.html"),
    ):
        done = in_this_process(*command)
        assert done.returncode == 0, done.stderr

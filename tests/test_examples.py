"""Every script in examples/ runs as a reader would run it, and does what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "proto")))}

INSTANCES = Path(__file__).parents[1] / "instances" / "uk-no"


def run(script: str, *arguments: str, cwd: Path) -> str:
    command = [sys.executable, str(EXAMPLES / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, cwd=cwd, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_is_run_here() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    assert all(f'"{script.name}"' in here for script in EXAMPLES.glob("*.py"))


def test_the_demo_serves_solves_prints_and_reports(tmp_path: Path) -> None:
    tiny = ROOT / "instances" / "uk-no" / "tiny.json"
    out = run("demo.py", "--instance", str(tiny), "--time-limit", "20", cwd=tmp_path)
    assert "The server listens at 127.0.0.1:" in out
    assert "Verified; " in out
    assert "Sites, at the tightest moment" in out
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_whole_story(tmp_path: Path) -> None:
    out = run("whole_story.py", cwd=tmp_path)
    assert "feasible: True" in out
    assert (tmp_path / "report.html").exists()


@pytest.mark.parametrize("must_run", ["must-run"])
def test_an_own_problem(must_run: str, tmp_path: Path) -> None:
    out = run("own_problem.py", cwd=tmp_path)
    assert f"{must_run} runs as " in out
    assert (tmp_path / "evening.json").exists()


def test_inserting_one_job(tmp_path: Path) -> None:
    out = run("insert_one.py", cwd=tmp_path)
    assert "rich runs on " in out
    assert "After a warm solve the plan is worth " in out


def test_admitting_jobs_at_a_service(tmp_path: Path) -> None:
    out = run("admit_jobs.py", cwd=tmp_path)
    assert "poor: WORTH_LESS_THAN_COST\n" in out
    assert "rich: PLACED\n" in out
    assert "huge: NOTHING_FITS\n" in out
    assert "wrong: INVALID\n  job.modes: modes is empty" in out
    assert "The plan with them keeps every rule: True" in out


def test_what_a_curtailment_costs(tmp_path: Path) -> None:
    out = run("limit_worth.py", cwd=tmp_path)
    assert "The plan is worth 4,934.81 GBP, and none more than 4,934.81 GBP\n" in out
    assert "+20 kW: 55.08 GBP to 55.08 GBP; its prices said " in out
    assert "+100 kW: 77.87 GBP to 77.87 GBP; its prices said " in out


def test_planning_again_under_a_curtailment(tmp_path: Path) -> None:
    out = run("replan.py", cwd=tmp_path)
    assert "3 jobs go on as before; 384 GPU-hours move" in out
    assert "  stop  ablation-1 is stopped on slough-a-h100" in out
    assert "resize  train-1 changes from H100x16 to H100x8" in out
    assert "Planned again: 0 changes" in out


def test_pausing_is_worth_something(tmp_path: Path) -> None:
    out = run("pauses.py", cwd=tmp_path)
    assert "In one piece: 4 of 5 jobs run" in out
    assert "In pieces: 5 of 5 jobs run" in out
    assert "pretrain: 1 pause" in out
    assert (tmp_path / "pauses.json").exists()


def test_a_battery_carries_a_run_over_a_call(tmp_path: Path) -> None:
    out = run("battery.py", cwd=tmp_path)
    assert "As it is: £529.56, OPTIMAL: pretrain, finetune, score, night\n" in out
    assert "Without the battery: £285.01, OPTIMAL: finetune, score, sweep, night\n" in out
    assert "  18:00: 93.0 kW of IT power from the battery, 137 kWh left\n" in out
    assert (tmp_path / "battery.json").exists()


def test_a_hall_is_off_where_a_mine_earns_more(tmp_path: Path) -> None:
    out = run("switched.py", cwd=tmp_path)
    assert "As it is: £113.83, OPTIMAL: train, score, nightly; on 0:00 to 4:00, 9:00 to 12:00\n" in out
    assert "Without the mine: £70.42, OPTIMAL: train, score, probe, nightly; on 1:00 to 7:00, 9:00 to 12:00\n" in out
    assert (tmp_path / "switched.json").exists()


def test_a_link_keeps_jobs_out(tmp_path: Path) -> None:
    out = run("links.py", cwd=tmp_path)
    assert "As it is: £734.25, OPTIMAL: climate, speech, vision, weather, british, agents\n" in out
    assert "  speech: 45,000 GB from archive, " in out
    assert (tmp_path / "north.json").exists()
    assert (tmp_path / "plan.json").exists()


def test_racks_maintenance_and_a_buffer_cost_something(tmp_path: Path) -> None:
    out = run("racks.py", cwd=tmp_path)
    assert "As it is: £1,055.31, OPTIMAL: experts-1 (rack), pretrain (rack), " in out
    assert "Without maintenance: £1,272.51, OPTIMAL: experts-1 (rack), experts-2 (rack), pretrain (spread), " in out
    assert "  experts-1: nodes 0-17, racks 0\n" in out
    assert (tmp_path / "racks.json").exists()
    assert (tmp_path / "plan.json").exists()


def test_widths_change_where_that_is_cheap(tmp_path: Path) -> None:
    out = run("widths.py", cwd=tmp_path)
    assert "0.5 a change: worth £107.95; train as H100x64, then H100x32, then H100x64" in out
    assert "40 a change: worth £94.57; train as H100x64\n" in out
    assert (tmp_path / "widths.json").exists()


def test_weather_is_worth_something(tmp_path: Path) -> None:
    out = run("weather.py", cwd=tmp_path)
    assert "24 values of 30 min, the mean of those in each of 12 slots of 60 min; 1 NOK = 0.074 GBP" in out
    assert "warm day: 3 jobs, 371.37 GBP" in out
    assert "ten degrees colder: 5 jobs" in out
    assert (tmp_path / "weather.json").read_bytes() == (INSTANCES / "weather.json").read_bytes()


def test_halls_on_and_off(tmp_path: Path) -> None:
    out = run("halls.py", "halls.json", cwd=tmp_path)
    assert "annexe: off all day" in out
    assert "south: on " in out
    assert (tmp_path / "halls.json").exists()

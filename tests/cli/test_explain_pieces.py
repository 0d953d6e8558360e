"""``loadstone explain FILE PLAN JOB`` of a run in pieces: its pieces, and what breaking it is worth."""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from optimizer.cli.commands import explain
from optimizer.cli.console import Console
from optimizer.io.files import write_plan, write_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Job, Preemption, Problem
from tests.fleet import hall, job, mode, pool, problem, site

#: GBP per MWh: two dear hours in the middle.
PRICES = (10.0, 10.0, 900.0, 900.0, 10.0, 10.0)
PAUSING = Preemption(max_pause_count=1, resume_cost=0.5)


def priced(*jobs: Job, nodes: tuple[int, ...] = (2,)) -> Problem:
    only = site("s", hall("h", pool("p", nodes)), energy_price_per_mwh=PRICES)
    return problem(*jobs, sites=(only,), slot_count=6)


def explained(instance: Problem, tmp_path: Path) -> str:
    result = solve(instance, SolveParams(engine="highs", time_limit_seconds=30))
    write_problem(instance, tmp_path / "problem.json")
    write_plan(result, tmp_path / "plan.json")
    stream = io.StringIO()
    asked = argparse.Namespace(file=tmp_path / "problem.json", plan=tmp_path / "plan.json", job="j", all=False, json=False)
    explain.run(asked, Console(stream, stream))
    return stream.getvalue()


def test_the_gain_is_that_over_the_best_run_in_one_piece(tmp_path: Path) -> None:
    """Four hours of 10 kW: 0.40 in pieces with a pause of 0.50; in one piece 18.20."""
    text = explained(priced(job("j", mode(8, 4), preemption=PAUSING)), tmp_path)
    assert "It runs in 2 pieces: 1 pause (2 h)." in text
    assert "That is worth £17.30 more than its best run in one piece beside the rest of the plan." in text


def test_one_piece_that_does_not_fit(tmp_path: Path) -> None:
    text = explained(priced(job("j", mode(16, 4), preemption=PAUSING), nodes=(2, 2, 1, 1, 2, 2)), tmp_path)
    assert "In one piece it would not fit beside the rest of the plan." in text


def test_a_run_in_one_piece_has_none_of_it(tmp_path: Path) -> None:
    assert "pieces" not in explained(priced(job("j", mode(8, 2), preemption=PAUSING)), tmp_path)

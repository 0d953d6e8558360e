"""The curtailed snapshot: the shipped file, its optimum, and what the cheapest plan does with each running job."""

from pathlib import Path

import pytest

from optimizer.changes.change import ChangeKind
from optimizer.comparison import compare
from optimizer.generate.snapshot import CURTAILED_FILE, curtailed_snapshot
from optimizer.io.best_known import read_best_known
from optimizer.io.files import read_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.solution import TerminationReason
from optimizer.validate import validate

UK_NO = Path(__file__).parents[2] / "instances" / "uk-no"


def test_the_shipped_file_is_the_snapshot():
    problem = read_problem(UK_NO / CURTAILED_FILE)
    assert problem == curtailed_snapshot()
    assert not validate(problem)


@pytest.mark.parametrize("engine", ["cp_sat", "highs", "auto"])
def test_the_cheapest_plan_keeps_some_shrinks_one_moves_one_and_stops_one(engine):
    problem = read_problem(UK_NO / CURTAILED_FILE)
    result = solve(problem, SolveParams(engine=engine, time_limit_seconds=60, thread_count=1))
    assert result.termination.reason is TerminationReason.OPTIMAL
    assert result.termination.objective_micros == read_best_known(UK_NO)[CURTAILED_FILE].objective_micros
    found = compare(problem, [placement.assignment for placement in result.placements])
    running = {job.name for job in problem.jobs if job.running is not None}
    changed = {change.job: change.kind for change in found.changes if change.job in running}
    assert changed == {"train-1": ChangeKind.RESIZED, "train-2": ChangeKind.MOVED, "ablation-1": ChangeKind.LEFT_OUT}
    assert found.unchanged_count == 3
    assert found.moved_gpu_hours == 384.0

"""Readers of ICON folders and temporal bin packing files: sizes, numbers, and the objective that the best plan must have."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.errors import InvalidProblemError
from optimizer.io.importers import import_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.solution import SlotInterval, TerminationReason
from optimizer.validate import validate

ICON = "30\n1\n2\n0 10 0.5 0.25\n4\n1 40 0.1 0.1\n4\n2\n0 2 0 4 6.5\n3\n1 1 1 4 2\n2\n"
FORECAST = "4\n0 0.2\n1 0.1\n2 0.1\n3 0.4\n"
# 6 and 5 overlap in time, 7 begins where 6 ends
TBP = "3 10 0 0\n0 0 5 6\n1 2 9 5\n2 5 9 5\n"


def folder(path: Path, instance: str = ICON, forecast: str = FORECAST) -> Path:
    (path / "instance.txt").write_text(instance)
    (path / "forecast.txt").write_text(forecast)
    return path


def test_an_icon_folder_costs_tasks_idle_power_and_both_switches(tmp_path: Path) -> None:
    problem = import_problem("icon", folder(tmp_path))
    assert validate(problem) == ()
    result = solve(problem, SolveParams(engine="highs"))
    assert result.termination.reason is TerminationReason.OPTIMAL
    # task 0 in periods 1 and 2, task 1 (3 + 2 > 4, so not beside it) in period 3, on machine 0: half an hour a period
    energy = 0.5 * (6.5 * 0.1 * 2 + 2 * 0.4)
    idle = 0.5 * 10 * (0.1 + 0.1 + 0.4)
    on_machine_0 = energy + idle + 0.5 + 0.25
    # task 0 in periods 0 and 1 instead, task 1 in period 2
    earlier = 0.5 * (6.5 * (0.2 + 0.1) + 2 * 0.1) + 0.5 * 10 * (0.2 + 0.1 + 0.1) + 0.75
    assert result.termination.objective_micros == -round(min(on_machine_0, earlier) * 1e6)
    assert result.hall_schedules[0].on == (SlotInterval(start_slot=0, end_slot=3),)


@pytest.mark.parametrize(
    ("instance", "forecast"), [(ICON + "7\n", FORECAST), (ICON, "4\n0 1\n2 1\n"), (ICON[:-6], FORECAST), (ICON, "")]
)
def test_icon_folders_that_are_none(tmp_path: Path, instance: str, forecast: str) -> None:
    with pytest.raises(InvalidProblemError):
        import_problem("icon", folder(tmp_path, instance, forecast))


def test_temporal_bin_packing_counts_bins(tmp_path: Path) -> None:
    path = tmp_path / "three.txt"
    path.write_text(TBP)
    problem = import_problem("tbp", path)
    assert validate(problem) == ()
    result = solve(problem, SolveParams(engine="cp_sat"))
    assert result.termination.reason is TerminationReason.OPTIMAL
    assert result.termination.objective_micros == -2_000_000


def test_an_item_that_ends_before_it_starts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.txt"
    path.write_text("1 10 0 0\n0 5 5 6\n")
    with pytest.raises(InvalidProblemError, match="the end of item 0"):
        import_problem("tbp", path)

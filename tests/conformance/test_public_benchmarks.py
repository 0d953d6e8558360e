"""Public files small enough to prove within seconds are solved to their published optimum, sign aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.io.best_known import BestKnown, read_best_known
from optimizer.io.importers import import_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.solution import TerminationReason

FOLDER = Path(__file__).resolve().parents[2] / "instances" / "benchmarks"
SMALL = [
    known
    for name, known in read_best_known(FOLDER).items()
    if known.proved and name.startswith(("gap/gap1", "gap/gap2", "mmkp/g10", "mmrcpsp/"))
]


@pytest.mark.parametrize("known", SMALL, ids=lambda known: known.instance)
def test_the_published_optimum_is_proved(known: BestKnown) -> None:
    problem = import_problem(known.format, FOLDER / known.instance)
    result = solve(problem, SolveParams(engine="cp_sat", time_limit_seconds=60, thread_count=2))
    assert result.verified
    assert result.termination.reason is TerminationReason.OPTIMAL
    assert result.termination.objective_micros == known.objective_micros
    if known.published is not None:
        assert abs(result.termination.objective_micros or 0) == known.published * 1_000_000


def test_there_are_files_of_each_family() -> None:
    assert {known.format for known in SMALL} >= {"gap", "mmkp", "mmrcpsp"}

"""One more job on a valid fleet is held to the rules that a whole problem is held to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.errors import InvalidProblemError
from optimizer.problem import Job
from optimizer.validate import AdditionChecker, validate
from tests import fleet

PROBLEM = fleet.problem(fleet.job("known"))


@pytest.mark.parametrize(
    "job",
    [
        fleet.job("known"),
        fleet.job("", fleet.mode()),
        fleet.job("new", fleet.mode(gpu_count=-1)),
        fleet.job("new", fleet.mode(), tenant="nobody"),
        fleet.job("new", fleet.mode(), allowed_sites=("nowhere",)),
        fleet.job("new", fleet.mode(), value=float("nan")),
        fleet.job("new", fleet.mode(), tardiness_cost_per_hour=9e14, due_time=fleet.at(0)),
        Job(name="new", value=1.0),
    ],
)
def test_what_validate_refuses_is_refused(job: Job) -> None:
    whole = {violation.reason for violation in validate(replace(PROBLEM, jobs=(*PROBLEM.jobs, job)))}
    with pytest.raises(InvalidProblemError) as caught:
        AdditionChecker(PROBLEM).check(job)
    found = {violation.reason for violation in caught.value.violations}
    assert found <= whole
    assert all(violation.path.startswith("job") for violation in caught.value.violations)


def test_a_sound_job_passes_once() -> None:
    checker = AdditionChecker(PROBLEM)
    checker.check(fleet.job("new"))
    checker.add(fleet.job("new"))
    with pytest.raises(InvalidProblemError, match="DUPLICATE_NAME"):
        checker.check(fleet.job("new"))

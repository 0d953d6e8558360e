"""Rules of one more job on a fleet that is valid already: what `validate` asks of it, without going through all others."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.errors import InvalidProblemError, Violation
from optimizer.problem import Job, Problem
from optimizer.validate.directory import Directory
from optimizer.validate.jobs import check_job
from optimizer.validate.overflow import FleetRates, check_placement_cost, check_total_worth, micros_beside_jobs
from optimizer.validate.pieces import check_work_steps
from optimizer.validate.reasons import Reason
from optimizer.validate.series import Horizon


class AdditionChecker:
    """Holds what the checks of one job need of a valid ``problem``; paths begin with ``job``."""

    def __init__(self, problem: Problem) -> None:
        self._directory = Directory(problem)
        self._horizon = Horizon.of(problem.time_grid)
        self._rates = FleetRates.of(problem, self._horizon)
        self._beside_micros = micros_beside_jobs(problem, self._rates, self._horizon)
        self._names = {job.name for job in problem.jobs}

    def check(self, job: Job) -> None:
        """Raises InvalidProblemError with every violation. The sum of all worths is the caller's to keep in 64 bits."""
        violations = [*check_job("job", job, self._directory), *self._taken(job)]
        if not violations:
            violations += check_work_steps("job", job, self._horizon)
            violations += check_placement_cost((job,), self._rates, self._horizon, job)
        if not violations:
            violations += check_total_worth((job,), self._rates, self._horizon, job, self._beside_micros)
        if violations:
            raise InvalidProblemError(violations)

    def add(self, job: Job) -> None:
        """Its name is taken from now on."""
        self._names.add(job.name)

    def _taken(self, job: Job) -> Iterator[Violation]:
        if job.name in self._names:
            yield Violation("job.name", Reason.DUPLICATE_NAME, f"there is a job {job.name!r} already")

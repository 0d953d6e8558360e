"""The plan of the dearest jobs: what is verified without the others holds beside them, and it is told before their columns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer import early_plan as module
from optimizer import pipeline
from optimizer.columns.candidates import ColumnCutter, candidates
from optimizer.exact.problem import exact, exact_without_jobs
from optimizer.features import features
from optimizer.generate.uk_no import generate_uk_no
from optimizer.monitor import Progress, SilentMonitor
from optimizer.params import SolveParams
from optimizer.problem import Problem
from optimizer.solution import Result
from optimizer.verify.plan import Verification, verify

WORK = SolveParams(engine="price", work_limit=2_000, thread_count=1)


@pytest.fixture(autouse=True)
def of_small_fleets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST_JOB_COUNT", 100)
    monkeypatch.setattr(module, "LEAST_PLACED_COUNT", 20)


def early(problem: Problem) -> Verification | None:
    fleet = exact_without_jobs(problem)
    return module.early_plan(problem, features(problem).keys(), fleet, ColumnCutter(fleet))


class Listener(SilentMonitor):
    def __init__(self) -> None:
        self.plans: list[Result] = []
        self.phases: list[str] = []

    def progress(self, progress: Progress) -> None:
        self.phases.append(progress.phase)

    def plan(self, result: Result) -> None:
        self.plans.append(result)


@pytest.mark.parametrize(
    "problem",
    [
        generate_uk_no(150, 1),
        generate_uk_no(150, 2, running_share=0.1, reserved_share=0.3, preemptible_share=0.2),
    ],
    ids=["plain", "contracts"],
)
def test_what_is_verified_without_the_others_holds_beside_them(problem: Problem) -> None:
    found = early(problem)
    assert found is not None
    assert found.feasible
    assert 0 < len(found.placements) < 75
    assignments = [placement.assignment for placement in found.placements]
    assert verify(exact(problem), assignments, operations=found.operations or None) == found


def test_jobs_that_must_run_are_in_it_and_the_dearest_of_the_others() -> None:
    problem = generate_uk_no(150, 3)
    jobs = list(problem.jobs)
    cheapest = min((job for job in jobs if job.running is None), key=lambda job: job.value or 0.0)
    jobs[jobs.index(cheapest)] = replace(cheapest, value=None)
    found = early(replace(problem, jobs=tuple(jobs)))
    assert found is not None
    placed = {placement.job for placement in found.placements}
    assert cheapest.name in placed
    running = {job.name for job in jobs if job.running is not None}
    by_value = sorted((job for job in problem.jobs if job.name not in running), key=lambda job: job.value or 0.0)
    assert placed - running - {cheapest.name} <= {job.name for job in by_value[-20:]}


def test_a_job_is_as_dear_as_its_dearest_mode_where_it_has_no_value_of_its_own() -> None:
    problem = generate_uk_no(150, 3)
    cheapest = min((job for job in problem.jobs if job.modes and job.running is None), key=lambda job: job.value or 0.0)
    dearest = max(job.value or 0.0 for job in problem.jobs)
    dear = replace(cheapest, value=None, modes=tuple(replace(mode, value=2 * dearest) for mode in cheapest.modes))
    found = early(replace(problem, jobs=tuple(dear if job is cheapest else job for job in problem.jobs)))
    assert found is not None
    assert dear.name in {placement.job for placement in found.placements}


@pytest.mark.parametrize(
    "problem",
    [
        generate_uk_no(99, 1),
        generate_uk_no(150, 1, ordered_share=0.2),
        replace(generate_uk_no(150, 1), jobs=tuple(replace(job, priority_tier=1) for job in generate_uk_no(150, 1).jobs)),
        replace(generate_uk_no(150, 1), jobs=tuple(replace(job, value=None) for job in generate_uk_no(150, 1).jobs)),
    ],
    ids=["few jobs", "order", "tiers", "all must run"],
)
def test_there_is_none_where_it_would_not_do(problem: Problem) -> None:
    assert early(problem) is None


def test_a_solve_tells_it_first_and_better_ones_after() -> None:
    problem = generate_uk_no(150, 4)
    first, again = Listener(), Listener()
    result = pipeline.solve(problem, WORK, monitor=first)
    found = early(problem)
    assert found is not None
    assert first.plans[0].placements == found.placements
    assert first.plans[0].verified
    assert first.phases[:2] == ["candidates", "price"]
    objectives = [plan.termination.objective_micros or 0 for plan in first.plans]
    assert len(objectives) > 1
    assert objectives == sorted(set(objectives))
    assert objectives[-1] <= (result.termination.objective_micros or 0)
    assert replace(pipeline.solve(problem, WORK, monitor=again), wall_seconds=0.0) == replace(result, wall_seconds=0.0)


def test_a_plan_to_start_from_comes_first() -> None:
    problem = generate_uk_no(150, 4)
    result = pipeline.solve(problem, WORK)
    listener = Listener()
    pipeline.solve(problem, WORK, initial=[placement.assignment for placement in result.placements], monitor=listener)
    assert (listener.plans[0].termination.objective_micros or 0) >= (result.termination.objective_micros or 0)


def test_columns_are_the_same_after_a_cutter_has_cut_others() -> None:
    problem = exact(generate_uk_no(60, 5))
    cutter = ColumnCutter(problem)
    cutter.columns(tuple(replace(job, index=index) for index, job in enumerate(problem.jobs[40:])))
    again, anew = cutter.candidates(problem).columns, candidates(problem).columns
    for name in ("job", "mode", "pool", "start_first", "start_last", "base", "use_first", "use_limit", "use_amount"):
        assert (getattr(again, name) == getattr(anew, name)).all(), name

"""The Ray executor on a stand-in for Ray, and, where Ray is installed, on a cluster of this machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from optimizer.errors import EngineUnavailableError, InvalidProblemError, WorkerError
from optimizer.execution.ray_executor import RayExecutor, RayOptions
from optimizer.params import SolveParams
from optimizer.solution import Result, StoppedBy, TerminationReason
from tests.execution import fakes
from tests.execution.fake_ray import FakeRay
from tests.execution.support import ASSIGNMENT, Recorder, advance_clock_once, figures

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed (pip install 'loadstone[ray]')")

CRASHING = "tests.execution.fake_ray:crashing"
IMPATIENT = "tests.execution.fake_ray:impatient"


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> FakeRay:
    stand_in = FakeRay()
    monkeypatch.setitem(sys.modules, "ray", stand_in)  # type: ignore[arg-type]
    return stand_in


def executor(function: str = fakes.SCRIPTED, grace_seconds: float = 0.2) -> RayExecutor:
    return RayExecutor(RayOptions(function=function, grace_seconds=grace_seconds, stop_seconds=grace_seconds))


def test_the_answer_and_all_events_come_back_in_order(ray: FakeRay) -> None:
    recorder = Recorder()
    result = executor().solve(
        fakes.problem("report=3+plan=5+plan=6+echo"),
        SolveParams(seed=9, time_limit_seconds=30),
        initial=[ASSIGNMENT],
        monitor=recorder,
    )
    told = figures(result)
    assert (told["seed"], told["initial_count"]) == (9, 1)
    assert 0 < told["time_limit_seconds"] <= 30
    assert [p.objective_micros for p in recorder.progress_seen] == [0, 1, 2]
    assert [p.termination.objective_micros for p in recorder.plans_seen] == [5, 6]


def test_time_is_stated_but_not_under_a_work_limit(ray: FakeRay) -> None:
    assert executor().solve(fakes.problem("echo")).wall_seconds > 0.0
    assert executor().solve(fakes.problem("echo"), SolveParams(work_limit=5)).wall_seconds == 0.0


def test_no_limit_stays_none(ray: FakeRay) -> None:
    assert figures(executor().solve(fakes.problem("echo")))["time_limit_seconds"] == 0


def test_errors_of_the_solve_pass_through(ray: FakeRay) -> None:
    with pytest.raises(InvalidProblemError) as caught:
        executor().solve(fakes.problem("violations"))
    assert caught.value.violations[0].path == "jobs[0].name"
    with pytest.raises(WorkerError, match="KeyError"):
        executor().solve(fakes.problem("bug"))


def test_a_crash_leaves_the_last_verified_plan(ray: FakeRay) -> None:
    result = executor(CRASHING).solve(fakes.problem("plan=5+plan=8"))
    assert result.termination.objective_micros == 8
    assert result.termination.stopped_by is StoppedBy.WORKER_LOST
    assert "WorkerCrashedError" in result.termination.detail
    assert ray.task_count == 1


def test_a_crash_before_any_plan_is_tried_once_more(ray: FakeRay) -> None:
    with pytest.raises(WorkerError, match="WorkerCrashedError"):
        executor(CRASHING).solve(fakes.problem(""))
    assert ray.task_count == 2


def test_what_does_not_stop_at_its_limit_is_cancelled_by_force(ray: FakeRay, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = executor(IMPATIENT).solve(fakes.problem(""), SolveParams(time_limit_seconds=0.1))
    assert nothing.termination.reason is TerminationReason.NO_PLAN_FOUND
    recorder = Recorder()
    advance_clock_once(lambda: bool(recorder.plans_seen), monkeypatch)
    result = executor(IMPATIENT).solve(fakes.problem("plan=5"), SolveParams(time_limit_seconds=60.0), monitor=recorder)
    assert result.termination.objective_micros == 5
    assert result.termination.stopped_by is StoppedBy.TIME_LIMIT


def test_a_cancel_asks_first_and_then_forces(ray: FakeRay) -> None:
    patient = executor(grace_seconds=600.0)
    asked = patient.solve(fakes.problem("plan=5+until_stopped"), monitor=Recorder(stop_after_plans=1))
    assert asked.engine_detail == "stopped when asked"
    forced = executor(IMPATIENT).solve(fakes.problem("plan=5"), monitor=Recorder(stop_after_plans=1))
    assert forced.termination.stopped_by is StoppedBy.CANCELLED


def test_without_a_mailbox_no_solve_starts(ray: FakeRay) -> None:
    closed = executor()
    closed.close()
    with pytest.raises(WorkerError, match="RayActorError"):
        closed.solve(fakes.problem("echo"))
    assert ray.task_count == 0


def test_a_mailbox_lost_on_the_way_leaves_the_last_plan(ray: FakeRay) -> None:
    class Closing(Recorder):
        def plan(self, result: Result) -> None:
            super().plan(result)
            ray.actors[0].die()

    result = executor(IMPATIENT).solve(fakes.problem("plan=5"), monitor=Closing())
    assert result.termination.objective_micros == 5
    assert result.termination.stopped_by is StoppedBy.WORKER_LOST


def test_threads_are_cpus_of_one_node_at_most(ray: FakeRay) -> None:
    ray.cpus = (2, 4)
    solver = executor()
    for threads in (None, 3, 64):
        solver.solve(fakes.problem("echo"), SolveParams(thread_count=threads))
    assert ray.asked_cpus == [1, 3, 4]


def test_no_ray_and_no_cluster_are_said(monkeypatch: pytest.MonkeyPatch, ray: FakeRay) -> None:
    with pytest.raises(EngineUnavailableError, match="nowhere:1"):
        RayExecutor(RayOptions(address="nowhere:1"))
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(EngineUnavailableError, match=r"loadstone\[ray\]"):
        RayExecutor()


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayExecutor]:
    import ray

    yield executor(grace_seconds=0.5)
    ray.shutdown()


@needs_ray
def test_on_ray_a_segfault_leaves_the_plan_and_the_next_solve_runs(cluster: RayExecutor) -> None:
    result = cluster.solve(fakes.problem("plan=5+segfault"), SolveParams(time_limit_seconds=60))
    assert result.termination.objective_micros == 5
    assert result.termination.stopped_by is StoppedBy.WORKER_LOST
    assert cluster.solve(fakes.problem("echo")).termination.objective_micros == 7


@needs_ray
def test_on_ray_each_solve_has_a_process_of_its_own(cluster: RayExecutor) -> None:
    first, second = (figures(cluster.solve(fakes.problem("echo")))["process_id"] for _ in range(2))
    assert first != second


@needs_ray
def test_on_ray_a_hung_extension_is_ended(cluster: RayExecutor) -> None:
    result = cluster.solve(fakes.problem("plan=5+hang"), monitor=Recorder(stop_after_plans=1))
    assert result.termination.objective_micros == 5
    assert result.termination.stopped_by is StoppedBy.CANCELLED

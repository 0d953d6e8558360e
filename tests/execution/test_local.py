"""The local executor: answers, events, and every way in which a worker can end."""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.errors import EngineUnavailableError, InvalidProblemError, VerificationError, WorkerError
from optimizer.exact.problem import exact
from optimizer.execution import attempt
from optimizer.execution.local import LocalExecutor, LocalOptions
from optimizer.params import SolveParams
from optimizer.problem import Job
from optimizer.solution import BoundSource, Result, StoppedBy, TerminationReason
from optimizer.verify.bound import verify_with_bound
from tests.conformance.problems import ALL_RULES
from tests.execution import fakes
from tests.execution.support import ASSIGNMENT, Recorder, advance_clock_once, figures, is_running, wait_until_gone


def executor(**options: object) -> LocalExecutor:
    return LocalExecutor(LocalOptions(function=fakes.SCRIPTED, **options))  # type: ignore[arg-type]


def test_the_answer_comes_back_from_another_process() -> None:
    result = executor().solve(fakes.problem("echo"), SolveParams(seed=5), initial=[ASSIGNMENT])
    told = figures(result)
    assert told["seed"] == 5
    assert told["initial_count"] == 1
    assert told["process_id"] != os.getpid()
    assert told["session_id"] == told["process_id"]
    assert result.wall_seconds > 0


def test_under_a_work_limit_no_time_is_stated() -> None:
    assert executor().solve(fakes.problem("echo"), SolveParams(work_limit=5)).wall_seconds == 0.0


def test_the_certificate_to_start_from_reaches_the_worker() -> None:
    result = executor().solve(fakes.problem("nothing"), initial_certificate=fakes.CERTIFICATE)
    assert result.certificate == fakes.CERTIFICATE


def test_without_a_fork_server_workers_are_spawned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    told = figures(executor().solve(fakes.problem("echo"), SolveParams(seed=5)))
    assert told["seed"] == 5
    assert told["process_id"] != os.getpid()


def test_every_solve_has_a_fresh_process() -> None:
    local = executor()
    ids = {figures(local.solve(fakes.problem("echo")))["process_id"] for _ in range(3)}
    assert len(ids) == 3


def test_the_start_of_the_worker_counts_against_the_time_limit() -> None:
    told = figures(executor().solve(fakes.problem("echo"), SolveParams(time_limit_seconds=30.0)))
    assert 0 < told["time_limit_seconds"] < 30.0


def test_no_time_limit_stays_none() -> None:
    assert figures(executor().solve(fakes.problem("echo")))["time_limit_seconds"] == 0.0


def test_every_event_arrives_in_order() -> None:
    recorder = Recorder()
    executor().solve(fakes.problem("report=2000+plan=3+plan=5"), monitor=recorder)
    assert [p.objective_micros for p in recorder.progress_seen] == list(range(2000))
    assert [p.termination.objective_micros for p in recorder.plans_seen] == [3, 5]


def test_a_hundred_thousand_placements_pass_through_the_pipe() -> None:
    result = executor().solve(fakes.problem("big=100000"))
    assert len(result.placements) == 100_000
    assert result.placements[99_999] == fakes.placement(99_999)


@pytest.mark.parametrize(
    ("step", "named"),
    [
        ("segfault", "SIGSEGV"),
        ("exit=3", "exit code 3"),
        ("bug", "KeyError"),
        ("eat", "out of memory"),
    ],
)
def test_the_last_plan_survives_the_worker(step: str, named: str) -> None:
    recorder = Recorder()
    local = executor(memory_limit_bytes=2 * 2**30)
    result = local.solve(fakes.problem(f"plan=3+plan=5+{step}"), monitor=recorder)
    assert result.termination.reason is TerminationReason.FEASIBLE
    assert result.termination.stopped_by is StoppedBy.WORKER_LOST
    assert result.termination.objective_micros == 5
    assert result.placements == (fakes.placement(0),)
    assert named in result.termination.detail


def test_the_last_plan_has_the_last_bound_that_was_told() -> None:
    """Else an answer would be further from optimal than what was on the screen before the worker died."""
    lost = executor().solve(fakes.problem("plan=3+report=1+segfault")).termination
    assert (lost.objective_micros, lost.bound_micros, lost.bound_source) == (3, 1_000, BoundSource.ENGINE)


def test_the_last_plan_has_the_proof_that_was_told() -> None:
    """A stranger can check what an answer claims, however the process ended that found it."""
    problem = ALL_RULES
    local = LocalExecutor(LocalOptions(function="tests.execution.fakes:solved_and_lost"))
    lost = local.solve(problem, SolveParams(engine="price", work_limit=500, thread_count=1))
    assert lost.termination.stopped_by is StoppedBy.WORKER_LOST
    assert lost.termination.bound_source is BoundSource.CERTIFICATE
    checked = verify_with_bound(exact(problem), lost)
    assert checked.feasible
    assert checked.bound_micros == lost.termination.bound_micros


@pytest.mark.parametrize(
    ("step", "named"), [("segfault", "SIGSEGV"), ("exit=3", "exit code 3"), ("bug", "pool-9"), ("eat", "memory")]
)
def test_a_worker_lost_without_a_plan_is_an_error(step: str, named: str) -> None:
    with pytest.raises(WorkerError, match=named):
        executor(memory_limit_bytes=2 * 2**30).solve(fakes.problem(step))


def test_a_worker_lost_without_a_plan_is_replaced_once(tmp_path: Path) -> None:
    result = executor().solve(fakes.problem(f"die_once={tmp_path / 'died'}"))
    assert result.termination.reason is TerminationReason.OPTIMAL


def test_a_crash_is_tried_again_once_and_no_more(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="SIGSEGV"):
        executor().solve(fakes.problem(f"note={tmp_path / 'runs'}+segfault"))
    assert len((tmp_path / "runs").read_text(encoding="ascii").split()) == 2


def test_a_bug_is_not_tried_again(tmp_path: Path) -> None:
    with pytest.raises(WorkerError):
        executor().solve(fakes.problem(f"note={tmp_path / 'runs'}+bug"))
    assert len((tmp_path / "runs").read_text(encoding="ascii").split()) == 1


def test_a_hung_worker_is_killed_after_its_grace_and_its_plan_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    advance_clock_once(lambda: bool(recorder.plans_seen), monkeypatch)
    limit = SolveParams(time_limit_seconds=60.0)
    result = executor(grace_seconds=0.1).solve(fakes.problem("plan=5+hang"), limit, monitor=recorder)
    assert result.termination.reason is TerminationReason.FEASIBLE
    assert result.termination.stopped_by is StoppedBy.TIME_LIMIT
    assert result.termination.objective_micros == 5
    assert "0.1 s of grace" in result.termination.detail


def test_a_worker_hung_without_a_plan_leaves_none() -> None:
    result = executor(grace_seconds=0.1).solve(fakes.problem("hang"), SolveParams(time_limit_seconds=0.5))
    assert result.termination.reason is TerminationReason.NO_PLAN_FOUND
    assert result.termination.stopped_by is StoppedBy.TIME_LIMIT
    assert result.termination.objective_micros is None
    assert "0.1 s of grace" in result.termination.detail


def test_cancelling_stops_cooperatively() -> None:
    local = executor(grace_seconds=600.0, stop_seconds=600.0)
    result = local.solve(fakes.problem("plan=5+until_stopped"), monitor=Recorder(stop_after_plans=1))
    assert result.engine_detail == "stopped when asked"


def test_a_plan_that_was_told_is_not_sent_twice() -> None:
    monitor = Recorder()
    result = executor().solve(fakes.problem("told=3"), monitor=monitor)
    assert result.engine_detail == "as told"
    assert len(result.placements) == 3
    # the very ones that came on the way
    assert result.placements is monitor.plans_seen[-1].placements


def test_a_fleet_without_a_plan_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "BATCH", 0)
    fleet = replace(fakes.problem("sleep=600"), jobs=(Job(name="a"),))
    result = executor(grace_seconds=600.0).solve(fleet, monitor=Recorder(stop_after_plans=0))
    end = result.termination
    assert (end.reason, end.stopped_by) == (TerminationReason.NO_PLAN_FOUND, StoppedBy.CANCELLED)
    assert end.detail == "ended when asked to stop, as no plan had come yet"


def test_a_fleet_with_a_plan_is_asked_for_its_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "BATCH", 0)
    fleet = replace(fakes.problem("plan=5+until_stopped"), jobs=(Job(name="a"),))
    result = executor(grace_seconds=600.0, stop_seconds=600.0).solve(fleet, monitor=Recorder(stop_after_plans=1))
    assert result.engine_detail == "stopped when asked"


@pytest.mark.parametrize(("grace_seconds", "stop_seconds"), [(600.0, 0.1), (0.1, 600.0)])
def test_cancelling_kills_what_does_not_stop(grace_seconds: float, stop_seconds: float) -> None:
    local = executor(grace_seconds=grace_seconds, stop_seconds=stop_seconds)
    end = local.solve(fakes.problem("plan=5+hang"), monitor=Recorder(stop_after_plans=1)).termination
    assert (end.reason, end.stopped_by, end.objective_micros) == (TerminationReason.FEASIBLE, StoppedBy.CANCELLED, 5)
    assert end.detail == "the worker did not stop within 0.1 s of being asked and was killed"


def test_one_without_a_plan_that_does_not_stop_leaves_none() -> None:
    local = executor(grace_seconds=600.0, stop_seconds=0.0)
    end = local.solve(fakes.problem("hang"), monitor=Recorder(stop_after_plans=0)).termination
    assert (end.reason, end.stopped_by) == (TerminationReason.NO_PLAN_FOUND, StoppedBy.CANCELLED)


@pytest.mark.parametrize(
    ("step", "error"),
    [("violations", InvalidProblemError), ("unavailable", EngineUnavailableError), ("unverified", VerificationError)],
)
def test_errors_of_the_solve_pass_through_whole(step: str, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        executor().solve(fakes.problem(f"plan=5+{step}"))
    if isinstance(caught.value, InvalidProblemError):
        assert caught.value.violations[0].reason == "REQUIRED"
    if isinstance(caught.value, EngineUnavailableError):
        assert (caught.value.engine, caught.value.detail) == ("pyomo", "not installed")


def test_an_exception_from_the_monitor_ends_the_worker(tmp_path: Path) -> None:
    class Impatient(Recorder):
        def plan(self, result: Result) -> None:
            raise KeyboardInterrupt

    note = tmp_path / "worker"
    with pytest.raises(KeyboardInterrupt):
        executor().solve(fakes.problem(f"note={note}+plan=5+hang"), monitor=Impatient())
    wait_until_gone(int(note.read_text(encoding="ascii")))


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither descriptors nor zombies, nor processes that a killed worker had started."""
    local = executor(grace_seconds=0.05)
    child, note = tmp_path / "child", tmp_path / "worker"
    advance_clock_once(note.exists, monkeypatch)
    local.solve(fakes.problem("echo"))
    before = len(os.listdir("/proc/self/fd"))
    for script in ("echo", "plan=5+segfault", "plan=1+exit=1", f"spawn={child}+note={note}+hang"):
        local.solve(fakes.problem(script), SolveParams(time_limit_seconds=60.0))
    assert len(os.listdir("/proc/self/fd")) == before
    wait_until_gone(int(child.read_text(encoding="ascii")))
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    assert all(is_running(int(process_id)) for process_id in children)

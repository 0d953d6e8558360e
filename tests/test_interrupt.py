"""Every stage of a solve outside its engine asks whether it must end, ends at that question, and asks nothing more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from optimizer import explain, interrupt, pipeline, validate
from optimizer.columns.candidates import ColumnCutter
from optimizer.columns.table import Columns, Selection
from optimizer.comparison import compare
from optimizer.early_plan import early_plan
from optimizer.engines.base import EngineResult, Monitor, Outcome
from optimizer.engines.greedy import first_plan
from optimizer.engines.price import run
from optimizer.engines.price.engine import PriceEngine
from optimizer.exact.problem import exact_without_jobs, with_jobs
from optimizer.features import features
from optimizer.generate.uk_no import generate_uk_no
from optimizer.interrupt import GiveWay, Interrupted, chunks, giving_way, never, paced
from optimizer.monitor import Progress, SilentMonitor
from optimizer.params import SolveParams
from optimizer.relay import verified
from optimizer.solution import Result, StoppedBy, TerminationReason
from tests.test_pipeline import FakeEngine

PROBLEM = generate_uk_no(24, 1)
FLEET = exact_without_jobs(PROBLEM)
CUTTER = ColumnCutter(FLEET)
FOUND = CUTTER.candidates(with_jobs(FLEET, PROBLEM))
EMPTY = FOUND.selection(())
PLAN = first_plan(FOUND.columns, EMPTY)
assert PLAN is not None
CHECKED = verified(FOUND, PLAN)
FEW = CHECKED.placements[:2]
ASSIGNMENTS = [placement.assignment for placement in CHECKED.placements]

STAGES: dict[str, Callable[[GiveWay], Any]] = {
    "validate": lambda ask: validate.check(PROBLEM, ask),
    "exact": lambda ask: with_jobs(FLEET, PROBLEM, ask),
    "columns": lambda ask: CUTTER.candidates(FOUND.problem, ask),
    "first plan": lambda ask: first_plan(FOUND.columns, EMPTY, give_way=ask),
    "first plan from a hint": lambda ask: first_plan(FOUND.columns, PLAN, give_way=ask),
    "early plan": lambda ask: early_plan(PROBLEM, features(PROBLEM).keys(), FLEET, CUTTER, ask),
    "verify": lambda ask: verified(FOUND, PLAN, give_way=ask),
    "unplaced": lambda ask: explain.unplaced(FOUND, FEW, give_way=ask),
    "binding limits": lambda ask: explain.binding_limits(FOUND, FEW, give_way=ask),
    "comparison": lambda ask: compare(PROBLEM, ASSIGNMENTS, ASSIGNMENTS[:-1], give_way=ask),
    "comparison with what runs": lambda ask: compare(PROBLEM, ASSIGNMENTS, give_way=ask),
    "comparison of snapshots": lambda ask: compare(PROBLEM, ASSIGNMENTS, ASSIGNMENTS, PROBLEM, give_way=ask),
}


class Asked:
    """Interrupts at the ``last``-th question."""

    def __init__(self, last: int | None = None) -> None:
        self.count, self._last = 0, last

    def __call__(self) -> None:
        self.count += 1
        if self.count == self._last:
            raise Interrupted


@pytest.fixture(autouse=True)
def of_few_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupt, "BATCH", 5)
    monkeypatch.setattr(pipeline, "BATCH", 5)
    monkeypatch.setattr(pipeline, "EXPLAINED_JOB_COUNT", 5)
    monkeypatch.setattr("optimizer.early_plan.LEAST_JOB_COUNT", 20)
    monkeypatch.setattr("optimizer.early_plan.LEAST_PLACED_COUNT", 8)
    monkeypatch.setattr("optimizer.engines.price.plans.schedule.JOB_CHUNK", 5)


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES.keys())
def test_a_stage_asks_on_its_way_and_ends_where_it_is_told_to(stage: Callable[[GiveWay], Any]) -> None:
    whole = Asked()
    stage(whole)
    assert whole.count >= 4
    for last in range(1, whole.count + 1):
        asked = Asked(last)
        with pytest.raises(Interrupted):
            stage(asked)
        assert asked.count == last


@pytest.mark.parametrize("name", ["exact", "first plan", "verify", "unplaced", "binding limits", "comparison"])
def test_asking_changes_nothing(name: str) -> None:
    assert repr(STAGES[name](Asked())) == repr(STAGES[name](never))


class Listener(SilentMonitor):
    """Cancels from the phase named on; from the start where it is empty."""

    def __init__(self, phase: str) -> None:
        self.plans: list[Result] = []
        self._phase, self._cancelled = phase, not phase

    def cancelled(self) -> bool:
        return self._cancelled

    def progress(self, progress: Progress) -> None:
        self._cancelled |= progress.phase == self._phase

    def plan(self, result: Result) -> None:
        self.plans.append(result)


def stays(columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
    return EngineResult(Outcome.LIMIT, start, None, detail="stays")


def test_a_fleet_stopped_at_once_has_no_plan() -> None:
    listener = Listener("")
    result = pipeline.solve(PROBLEM, engine=FakeEngine(stays), monitor=listener)
    assert result.termination.reason is TerminationReason.NO_PLAN_FOUND
    assert result.termination.stopped_by is StoppedBy.CANCELLED
    assert not listener.plans
    assert not result.verified


def test_a_fleet_stopped_while_columns_are_cut_has_the_early_plan() -> None:
    listener = Listener(pipeline.CUTTING_COLUMNS)
    result = pipeline.solve(PROBLEM, engine=FakeEngine(stays), monitor=listener)
    assert result.termination.reason is TerminationReason.FEASIBLE
    assert result.termination.stopped_by is StoppedBy.CANCELLED
    assert [result.placements] == [plan.placements for plan in listener.plans]
    assert result.verified
    assert result.placements


def test_a_fleet_stopped_in_its_engine_has_the_plan_told_last_and_no_reasons() -> None:
    def worse(columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        monitor.incumbent(EMPTY, 10**18)
        return EngineResult(Outcome.LIMIT, EMPTY, None, detail="stays")

    listener = Listener("fake")
    result = pipeline.solve(PROBLEM, engine=FakeEngine(worse), monitor=listener)
    assert result.termination.stopped_by is StoppedBy.CANCELLED
    assert result.placements == listener.plans[-1].placements == CHECKED.placements
    assert len(result.placements) < len(PROBLEM.jobs)
    assert (result.unplaced, result.binding_limits) == ((), ())
    assert result.termination.detail == "stays; stopped before reasons were found"


def test_few_jobs_stopped_at_once_have_their_first_plan_and_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 24)
    monkeypatch.setattr(pipeline, "EXPLAINED_JOB_COUNT", 24)
    result = pipeline.solve(PROBLEM, engine=FakeEngine(stays), monitor=Listener(""))
    assert result.placements == CHECKED.placements
    assert len(result.unplaced) == len(PROBLEM.jobs) - len(CHECKED.placements) > 0


def test_some_more_jobs_stopped_at_once_have_their_first_plan_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 24)
    result = pipeline.solve(PROBLEM, engine=FakeEngine(stays), monitor=Listener(""))
    assert result.placements == CHECKED.placements
    assert (result.unplaced, result.binding_limits) == ((), ())
    assert result.termination.detail == "stays; stopped before reasons were found"


class Stopping:
    """An engine's monitor that asks to stop at once."""

    def stopping(self) -> bool:
        return True

    def remaining_seconds(self) -> float:
        return 1.0

    def incumbent(self, selection: Selection, objective: int) -> None:
        raise AssertionError("nothing is found")

    def bound(self, objective_bound: int, certificate: object = None) -> None:
        raise AssertionError("nothing is proved")


def test_the_price_engine_lays_out_no_fleet_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LARGE_JOB_COUNT", 24)
    answer = PriceEngine().solve(FOUND.columns, SolveParams(engine="price"), PLAN, Stopping())
    assert (answer.outcome, answer.selection, answer.bound) == (Outcome.LIMIT, PLAN, None)


def test_chunks_cover_all_and_never_wait_before_the_first() -> None:
    assert list(chunks(5, 2, never)) == [(0, 2), (2, 4), (4, 5)]
    assert list(chunks(0, 2, giving_way(lambda: True))) == []
    assert list(chunks(2, 2, giving_way(lambda: True))) == [(0, 2)]
    with pytest.raises(Interrupted):
        list(chunks(3, 2, giving_way(lambda: True)))


def test_items_come_one_by_one_and_never_wait_before_the_first_batch() -> None:
    assert list(paced(iter(range(12)), never)) == list(range(12))
    assert list(paced(range(5), giving_way(lambda: True))) == list(range(5))
    assert list(paced((), giving_way(lambda: True))) == []
    with pytest.raises(Interrupted):
        list(paced(range(6), giving_way(lambda: True)))

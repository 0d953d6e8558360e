"""The pipeline believes no engine: what one claims is checked, bounded, and named for what it is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from optimizer import pipeline
from optimizer.columns.table import Columns, Selection
from optimizer.engines.base import Availability, Capability, EngineResult, Monitor, Outcome
from optimizer.errors import EngineUnavailableError, InvalidProblemError, UnsupportedFeatureError, VerificationError
from optimizer.features import Feature
from optimizer.monitor import Progress, SilentMonitor
from optimizer.params import SolveParams
from optimizer.problem import FlexibleLoad, Problem
from optimizer.solution import Assignment, BoundSource, Result, StoppedBy, TerminationReason
from optimizer.verify.plan import Rule
from tests.fleet import at, job, mode, problem, site

#: Two jobs that fill the one pool of two nodes in one slot each; both fit, and are worth 100 and 60.
TWO = problem(job("a", mode(16, 1)), job("b", mode(16, 1), value=60.0), slot_count=2)
BOTH_MICROS = 160_000_000

Answer = Callable[[Columns, SolveParams, Selection | None, Monitor], EngineResult]


class FakeEngine:
    """Answers as told."""

    name = "fake"
    capabilities = frozenset[Capability]()
    features = frozenset[Feature]()

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def availability(self) -> Availability:
        return Availability(True, "a fake")

    def solve(self, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        return self._answer(columns, params, start, monitor)


class Listener(SilentMonitor):
    """Keeps what it is told; cancels once a plan has come where ``cancel`` is set."""

    def __init__(self, *, cancel: bool = False) -> None:
        self.plans: list[Result] = []
        self.progresses: list[Progress] = []
        self._cancel = cancel

    def cancelled(self) -> bool:
        return self._cancel and bool(self.plans)

    def progress(self, progress: Progress) -> None:
        self.progresses.append(progress)

    def plan(self, result: Result) -> None:
        self.plans.append(result)


@pytest.fixture
def use_engine(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], None]:
    def use(answer: Answer) -> None:
        monkeypatch.setattr("optimizer.engines.registry.get", lambda name: FakeEngine(answer))

    return use


def selection(*starts: int) -> Selection:
    """Each job of ``TWO`` in its only window; -1 leaves it out."""
    window = [index if start >= 0 else -1 for index, start in enumerate(starts)]
    return Selection(np.array(window, np.int32), np.array(starts, np.int32))


def ends(outcome: Outcome, chosen: Selection | None = None, bound: int | None = None) -> Answer:
    return lambda columns, params, start, monitor: EngineResult(outcome, chosen, bound)


# ----------------------------------------------------------------------------------------------------------------------
# what an engine says


def test_a_plan_at_its_bound_is_optimal(use_engine: Callable[[Answer], None]) -> None:
    use_engine(ends(Outcome.FINISHED, selection(0, 1), BOTH_MICROS))
    result = pipeline.solve(TWO)
    assert result.termination.reason is TerminationReason.OPTIMAL
    assert result.termination.stopped_by is StoppedBy.NONE
    assert result.termination.bound_source is BoundSource.ENGINE
    assert result.termination.relative_gap == 0
    assert result.engine == "fake"
    assert result.verified
    assert {statistic.name for statistic in result.statistics} >= {"column_count", "window_count"}


def test_a_plan_below_its_bound_is_feasible(use_engine: Callable[[Answer], None]) -> None:
    use_engine(ends(Outcome.FINISHED, selection(0, 1), 2 * BOTH_MICROS))
    end = pipeline.solve(TWO).termination
    assert end.reason is TerminationReason.FEASIBLE
    assert (end.objective_micros, end.bound_micros) == (BOTH_MICROS, 2 * BOTH_MICROS)
    assert end.relative_gap == pytest.approx(0.5)


@pytest.mark.parametrize("params", [SolveParams(relative_gap=0.5), SolveParams(absolute_gap=160.0)])
def test_the_asked_gap_is_enough(use_engine: Callable[[Answer], None], params: SolveParams) -> None:
    use_engine(ends(Outcome.FINISHED, selection(0, 1), 2 * BOTH_MICROS))
    assert pipeline.solve(TWO, params).termination.reason is TerminationReason.OPTIMAL


@pytest.mark.parametrize("params", [SolveParams(relative_gap=0.49), SolveParams(absolute_gap=159.999999)])
def test_a_gap_just_too_wide_is_not(use_engine: Callable[[Answer], None], params: SolveParams) -> None:
    use_engine(ends(Outcome.FINISHED, selection(0, 1), 2 * BOTH_MICROS))
    assert pipeline.solve(TWO, params).termination.reason is TerminationReason.FEASIBLE


def test_no_bound_is_no_bound(use_engine: Callable[[Answer], None]) -> None:
    use_engine(ends(Outcome.FINISHED, selection(0, 1)))
    end = pipeline.solve(TWO).termination
    assert end.reason is TerminationReason.FEASIBLE
    assert end.bound_micros is None
    assert end.bound_source is BoundSource.NONE
    assert end.relative_gap is None


def test_a_bound_below_the_plan_never_leaves(use_engine: Callable[[Answer], None]) -> None:
    use_engine(ends(Outcome.FINISHED, selection(0, 1), BOTH_MICROS - 1))
    end = pipeline.solve(TWO).termination
    assert end.objective_micros == BOTH_MICROS
    assert end.bound_micros == BOTH_MICROS


@pytest.mark.parametrize(
    ("chosen", "job_name"),
    [(selection(0, 0), "pool"), (selection(1, 1), "pool"), (selection(0, 2), "b")],
    ids=["both at once", "both at once, later", "past the horizon"],
)
def test_a_plan_that_breaks_a_rule_does_not_leave(
    use_engine: Callable[[Answer], None], chosen: Selection, job_name: str
) -> None:
    use_engine(ends(Outcome.OPTIMAL, chosen, BOTH_MICROS))
    listener = Listener()
    with pytest.raises(VerificationError) as caught:
        pipeline.solve(TWO, monitor=listener)
    assert [violation.path for violation in caught.value.violations] == [job_name]
    assert all(plan.verified for plan in listener.plans)


def test_an_incumbent_that_breaks_a_rule_does_not_leave_either(
    use_engine: Callable[[Answer], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        monitor.incumbent(selection(0, 0), 10 * BOTH_MICROS)
        return EngineResult(Outcome.FINISHED, start, None)

    monkeypatch.setattr("optimizer.relay.CHECK_SHARE", 0.0)
    use_engine(answer)
    listener = Listener()
    with pytest.raises(VerificationError) as caught:
        pipeline.solve(TWO, monitor=listener)
    assert [violation.reason for violation in caught.value.violations] == [Rule.LIMIT_EXCEEDED]
    assert [plan.termination.objective_micros for plan in listener.plans] == [BOTH_MICROS]


def test_the_first_plan_stands_where_the_engine_finds_none(use_engine: Callable[[Answer], None]) -> None:
    use_engine(ends(Outcome.LIMIT))
    result = pipeline.solve(TWO)
    assert result.termination.reason is TerminationReason.FEASIBLE
    assert result.termination.stopped_by is StoppedBy.TIME_LIMIT
    assert result.termination.objective_micros == BOTH_MICROS
    assert len(result.placements) == 2


def test_a_worse_answer_does_not_replace_the_first_plan(use_engine: Callable[[Answer], None]) -> None:
    use_engine(ends(Outcome.FINISHED, selection(-1, 0)))
    assert pipeline.solve(TWO).termination.objective_micros == BOTH_MICROS


def test_a_crash_passes_through(use_engine: Callable[[Answer], None]) -> None:
    def answer(columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        raise ZeroDivisionError("inside the engine")

    use_engine(answer)
    listener = Listener()
    with pytest.raises(ZeroDivisionError, match="inside the engine"):
        pipeline.solve(TWO, monitor=listener)
    assert [plan.termination.objective_micros for plan in listener.plans] == [BOTH_MICROS]


def test_infeasible_comes_with_its_conflict(use_engine: Callable[[Answer], None]) -> None:
    use_engine(ends(Outcome.INFEASIBLE))
    result = pipeline.solve(problem(job("must", mode(24, 1), value=None)))
    assert result.termination.reason is TerminationReason.INFEASIBLE
    assert result.termination.objective_micros is None
    assert result.conflict is not None
    assert result.conflict.jobs == ("must",)
    assert not result.verified
    assert result.placements == ()
    assert result.usages == ()


def test_infeasible_is_not_believed_against_a_plan(use_engine: Callable[[Answer], None]) -> None:
    use_engine(ends(Outcome.INFEASIBLE))
    result = pipeline.solve(TWO)
    assert result.termination.reason is TerminationReason.FEASIBLE
    assert result.conflict is None


def test_nothing_found_and_nothing_proved(use_engine: Callable[[Answer], None]) -> None:
    use_engine(ends(Outcome.LIMIT, bound=5))
    result = pipeline.solve(problem(job("must", mode(24, 1), value=None)))
    assert result.termination.reason is TerminationReason.NO_PLAN_FOUND
    assert result.termination.bound_micros == 5
    assert result.conflict is None
    assert result.unplaced == ()


# ----------------------------------------------------------------------------------------------------------------------
# what ends a solve


def test_cancelled(use_engine: Callable[[Answer], None]) -> None:
    def answer(columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        assert monitor.stopping()
        return EngineResult(Outcome.LIMIT, start, None)

    use_engine(answer)
    end = pipeline.solve(TWO, monitor=Listener(cancel=True)).termination
    assert end.stopped_by is StoppedBy.CANCELLED
    assert end.reason is TerminationReason.FEASIBLE
    assert end.objective_micros == BOTH_MICROS


def test_the_time_limit_reaches_the_engine(use_engine: Callable[[Answer], None]) -> None:
    seen: list[float] = []

    def answer(columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        seen.append(monitor.remaining_seconds())
        while not monitor.stopping():
            pass
        return EngineResult(Outcome.LIMIT, start, None)

    use_engine(answer)
    result = pipeline.solve(TWO, SolveParams(time_limit_seconds=0.05))
    assert result.termination.stopped_by is StoppedBy.TIME_LIMIT
    assert result.verified
    assert 0 <= seen[0] <= 0.05


def test_no_limit_asked_for_means_the_default(use_engine: Callable[[Answer], None]) -> None:
    seen: list[float] = []

    def answer(columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        seen.append(monitor.remaining_seconds())
        return EngineResult(Outcome.FINISHED, start, None)

    use_engine(answer)
    pipeline.solve(TWO)
    assert 0 < seen[0] <= pipeline.DEFAULT_TIME_LIMIT_SECONDS


def test_the_work_limit_is_named(use_engine: Callable[[Answer], None]) -> None:
    use_engine(ends(Outcome.LIMIT, selection(0, 1)))
    end = pipeline.solve(TWO, SolveParams(work_limit=1)).termination
    assert end.stopped_by is StoppedBy.WORK_LIMIT


# ----------------------------------------------------------------------------------------------------------------------
# what the engine is given


def starts_with(use_engine: Callable[[Answer], None], instance: Problem, *hint: Assignment) -> Selection | None:
    given: list[Selection | None] = []

    def answer(columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        given.append(start)
        return EngineResult(Outcome.FINISHED, start, None)

    use_engine(answer)
    pipeline.solve(instance, initial=hint)
    return given[0]


def assigned(name: str, start: int, pool_name: str = "pool", mode_name: str = "H100x16") -> Assignment:
    return Assignment(job=name, mode=mode_name, pool=pool_name, start_slot=start)


def test_a_good_hint_is_the_start(use_engine: Callable[[Answer], None]) -> None:
    """List scheduling alone would put the dense small job in the way of the two that fill the pool."""
    instance = problem(job("a", mode(16, 1)), job("b", mode(16, 1), value=60.0), slot_count=2)
    start = starts_with(use_engine, instance, assigned("a", 1), assigned("b", 0))
    assert start is not None
    assert sorted(start.start.tolist()) == [0, 1]


@pytest.mark.parametrize(
    "stale",
    [
        assigned("gone", 0),
        assigned("a", 0, pool_name="gone"),
        assigned("a", 0, mode_name="gone"),
        assigned("a", 7),
        assigned("a", -1),
    ],
)
def test_a_stale_hint_is_left_out(use_engine: Callable[[Answer], None], stale: Assignment) -> None:
    start = starts_with(use_engine, TWO, stale, assigned("b", 0))
    assert start is not None
    assert (start.window >= 0).all()


def test_a_hint_that_does_not_fit_together_is_completed(use_engine: Callable[[Answer], None]) -> None:
    start = starts_with(use_engine, TWO, assigned("a", 0), assigned("b", 0))
    assert start is not None
    assert sorted(start.start.tolist()) == [0, 1]


def test_no_start_where_mandatory_jobs_do_not_fit(use_engine: Callable[[Answer], None]) -> None:
    crowded = problem(job("a", mode(16, 1), value=None), job("b", mode(16, 1), value=None), slot_count=1)
    assert starts_with(use_engine, crowded) is None


@pytest.mark.parametrize("engine", ["greedy", "highs", "price"])
def test_a_mandatory_job_that_fits_nowhere_is_no_fault_of_ours(engine: str) -> None:
    """Not a single column, so there is no plan at all; not even the empty one."""
    result = pipeline.solve(problem(job("must", mode(24, 1), value=None)), SolveParams(engine=engine, time_limit_seconds=10))
    assert result.termination.objective_micros is None
    assert not result.verified


# ----------------------------------------------------------------------------------------------------------------------
# what is refused


def test_a_wrong_problem_is_refused_before_the_engine_starts(use_engine: Callable[[Answer], None]) -> None:
    def answer(columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        raise AssertionError("the engine must not start")

    use_engine(answer)
    with pytest.raises(InvalidProblemError) as caught:
        pipeline.solve(problem(job("twice"), job("twice", value=-1e20)))
    assert len(caught.value.violations) == 2


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(EngineUnavailableError, match="no_such_engine"):
        pipeline.solve(TWO, SolveParams(engine="no_such_engine"))


def test_what_an_engine_cannot_do_is_refused_by_name() -> None:
    mine = FlexibleLoad(name="mine", power_kw=(10.0,), value_per_mwh=(60.0,))
    mining = problem(job("a"), sites=(site("s", flexible_loads=(mine,)),))
    with pytest.raises(UnsupportedFeatureError) as caught:
        pipeline.solve(mining, SolveParams(engine="greedy"))
    assert [violation.path for violation in caught.value.violations] == ["sites[0].flexible_loads[0]"]
    assert "FLEXIBLE_LOAD is not supported by engine greedy" in str(caught.value)


# ----------------------------------------------------------------------------------------------------------------------
# what the caller hears, and the check of plans made elsewhere


def test_every_plan_heard_is_verified_and_better_than_the_last(use_engine: Callable[[Answer], None]) -> None:
    crowded = problem(*TWO.jobs, slot_count=1)
    use_engine(ends(Outcome.OPTIMAL, selection(0, -1), 100_000_000))
    listener = Listener()
    result = pipeline.solve(crowded, monitor=listener)
    objectives = [plan.termination.objective_micros for plan in listener.plans]
    assert objectives == sorted({*objectives}, key=lambda objective: objective or 0)
    assert all(plan.verified for plan in listener.plans)
    assert listener.progresses[-1].bound_micros == 100_000_000
    assert [entry.job for entry in result.unplaced] == ["b"]
    assert result.binding_limits


def test_check_judges_any_plan() -> None:
    assert pipeline.check(TWO, (assigned("a", 0), assigned("b", 1))).feasible
    broken = pipeline.check(TWO, (assigned("a", 0), assigned("b", 0)))
    assert [violation.rule for violation in broken.violations] == [Rule.LIMIT_EXCEEDED]
    with pytest.raises(InvalidProblemError):
        pipeline.check(problem(job("a", earliest_start_time=at(3), latest_end_time=at(1))), ())


@pytest.mark.parametrize("warm", [True, False])
def test_no_plan_while_kernels_may_have_been_compiled_is_told_so(
    warm: bool, use_engine: Callable[[Answer], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a plan at the time limit; not where the engine ended by itself."""
    must = problem(job("a", mode(16, 1), value=None), job("b", mode(16, 1), value=None), slot_count=1)
    monkeypatch.setattr(pipeline, "is_warm", lambda: warm)
    for outcome, told in ((Outcome.LIMIT, not warm), (Outcome.FINISHED, False)):
        use_engine(lambda *_, outcome=outcome: EngineResult(outcome, None, None))
        termination = pipeline.solve(must).termination
        assert termination.reason is TerminationReason.NO_PLAN_FOUND
        assert ("ensure_warm" in termination.detail) is told

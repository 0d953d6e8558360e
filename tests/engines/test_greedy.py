"""A feasible plan at once, whatever the hint; the better of several orders; nothing claimed that is not proved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optimizer.certificates import Certificate, SlotPrices
from optimizer.columns.candidates import Candidates, candidates
from optimizer.columns.table import Columns, Selection
from optimizer.engines.base import Outcome
from optimizer.engines.greedy import GreedyEngine, first_plan
from optimizer.engines.price.bound.warm import guide_of
from optimizer.engines.price.plans import schedule
from optimizer.engines.price.plans.list_plans import completed
from optimizer.engines.price.plans.schedule import Plan
from optimizer.exact.problem import exact
from optimizer.limits import LimitKind
from optimizer.params import SolveParams
from optimizer.problem import Commitment, Problem
from optimizer.solution import Assignment
from optimizer.verify.plan import verify
from tests.conformance.brute_force import optimum_micros
from tests.conformance.problems import PROBLEMS
from tests.engines.recorder import Recorder
from tests.fleet import at, hall, job, mode, pool, problem, site

GREEDY = GreedyEngine()
#: The dense small jobs fill the slot; the best plan takes the wide one.
VALUE_MISLEADS = problem(
    job("small", mode(8, 1), value=60.0),
    job("other", mode(8, 1), value=60.0),
    job("wide", mode(16, 1), value=100.0),
    job("worst", mode(16, 1), value=1.0),
    slot_count=1,
)


def found_in(instance: Problem) -> Candidates:
    return candidates(exact(instance))


def nothing(found: Candidates) -> Selection:
    return found.selection(())


def objective(found: Candidates, selection: Selection) -> int:
    checked = verify(found.problem, found.assignments(selection))
    assert checked.feasible, checked.violations
    return checked.objective_micros


def without_tiers(instance: Problem) -> Problem:
    """Engines see no tiers; the pipeline asks them tier by tier."""
    return replace(instance, jobs=tuple(replace(each, priority_tier=None) for each in instance.jobs))


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_first_plan_keeps_every_rule(name: str) -> None:
    instance = without_tiers(PROBLEMS[name])
    found = found_in(instance)
    start = first_plan(found.columns, nothing(found))
    optimum = optimum_micros(instance)
    if start is None:
        assert found.columns.mandatory.any()
    else:
        assert optimum is not None
        assert objective(found, start) <= optimum


def test_no_plan_where_a_mandatory_job_has_no_column_at_all() -> None:
    found = found_in(problem(job("must", mode(24, 1), value=None)))
    assert found.columns.window_count == 0
    assert first_plan(found.columns, nothing(found)) is None
    assert GREEDY.solve(found.columns, SolveParams(), None, Recorder()).selection is None


@pytest.mark.parametrize(("kept", "anew"), [(4, 0), (3, 0), (2, 1), (0, 1)])
def test_beside_a_hint_that_mostly_stands_no_plan_is_made_from_nothing(
    kept: int, anew: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [job(f"j{number}", mode(8, 1), value=10.0) for number in range(4)]
    found = found_in(problem(*jobs, slot_count=2))
    hint = found.selection(
        [Assignment(job=f"j{number}", mode="H100x8", pool="pool", start_slot=number // 2) for number in range(kept)]
    )
    made: list[int] = []

    def counted(columns: Columns, **options: Any) -> Plan:
        made.append(columns.job_count)
        return by_value(columns, **options)

    by_value = schedule.first_plan
    monkeypatch.setattr(schedule, "first_plan", counted)
    start = first_plan(found.columns, hint)
    assert len(made) == anew
    assert start is not None
    assert (start.window >= 0).all()


def test_a_hint_better_than_list_scheduling_is_kept() -> None:
    found = found_in(VALUE_MISLEADS)
    hint = found.selection([Assignment(job="small", mode="H100x8", pool="pool", start_slot=0)])
    alone, start = first_plan(found.columns, nothing(found)), first_plan(found.columns, hint)
    assert alone is not None
    assert objective(found, alone) == 100_000_000
    assert start is not None
    assert objective(found, start) == 120_000_000


def test_a_hint_worse_than_list_scheduling_is_dropped() -> None:
    found = found_in(VALUE_MISLEADS)
    hint = found.selection([Assignment(job="worst", mode="H100x16", pool="pool", start_slot=0)])
    start, alone = first_plan(found.columns, hint), first_plan(found.columns, nothing(found))
    assert start is not None
    assert alone is not None
    assert objective(found, start) == objective(found, alone)


def test_what_does_not_fit_of_a_hint_is_left_out_and_the_rest_completed() -> None:
    found = found_in(problem(*(job(name, mode(16, 1)) for name in "abc"), slot_count=3))
    clash = found.selection([Assignment(job=name, mode="H100x16", pool="pool", start_slot=1) for name in "abc"])
    start = first_plan(found.columns, clash)
    assert start is not None
    assert objective(found, start) == 300_000_000


def test_of_a_hint_that_clashes_what_is_worth_most_for_what_it_takes_is_kept() -> None:
    jobs = (job("low", mode(16, 1), value=90.0), job("high", mode(16, 1), value=110.0))
    found = found_in(problem(*jobs, slot_count=1))
    clash = found.selection([Assignment(job=name, mode="H100x16", pool="pool", start_slot=0) for name in ("low", "high")])
    plan = completed(found.columns, clash)
    assert plan.window.tolist() == [-1, clash.window[1]]


@pytest.mark.parametrize(("price", "kept"), [((1, 1), "long"), ((1, 100_000_000), "wide")])
def test_prices_say_what_of_a_clashing_hint_gives_way(price: tuple[int, int], kept: str) -> None:
    jobs = (job("long", mode(8, 2), value=100.0), job("wide", mode(16, 1), value=90.0))
    found = found_in(problem(*jobs, slot_count=2))
    clash = found.selection(
        [
            Assignment(job="long", mode="H100x8", pool="pool", start_slot=0),
            Assignment(job="wide", mode="H100x16", pool="pool", start_slot=0),
        ]
    )
    earlier = Certificate(bound_micros=0, unit_bits=0, slot_prices=(SlotPrices(LimitKind.POOL_NODES, "pool", price),))
    plan = completed(found.columns, clash, guide_of(found.columns, earlier))
    assert [jobs[index].name for index in np.flatnonzero(plan.window >= 0)] == [kept]


def test_the_best_of_the_orders_is_told_as_it_improves() -> None:
    found = found_in(VALUE_MISLEADS)
    monitor = Recorder()
    result = GREEDY.solve(found.columns, SolveParams(), None, monitor)
    assert result.outcome is Outcome.FINISHED
    assert result.selection is not None
    assert objective(found, result.selection) == 120_000_000
    told = [value for _, value in monitor.incumbents]
    assert told == sorted(set(told))
    assert told[-1] == 120_000_000
    assert monitor.bounds == []
    assert result.bound is None
    assert result.certificate is None


def test_a_seed_gives_the_same_plan_again() -> None:
    found = found_in(PROBLEMS["all_rules"])
    runs = [GREEDY.solve(found.columns, SolveParams(seed=7), None, Recorder()).selection for _ in range(2)]
    assert runs[0] is not None
    assert runs[1] is not None
    assert np.array_equal(runs[0].window, runs[1].window)
    assert np.array_equal(runs[0].start, runs[1].start)


@pytest.mark.parametrize("params", [SolveParams(work_limit=1), SolveParams()], ids=["work limit", "asked to stop"])
def test_stops_after_one_order_when_told(params: SolveParams) -> None:
    found = found_in(PROBLEMS["all_rules"])
    monitor = Recorder(stop=params.work_limit is None)
    result = GREEDY.solve(found.columns, params, None, monitor)
    assert result.statistics["order_count"] == 1
    assert "1 order" in result.detail


def test_without_a_plan_of_its_own_the_start_is_given_back() -> None:
    crowded = found_in(problem(job("a", mode(16, 1), value=None), job("b", mode(16, 1), value=None), slot_count=1))
    start = nothing(crowded)
    assert GREEDY.solve(crowded.columns, SolveParams(), start, Recorder()).selection is start


def test_no_jobs_at_all() -> None:
    found = found_in(problem())
    result = GREEDY.solve(found.columns, SolveParams(), None, Recorder())
    assert result.selection is not None
    assert len(result.selection.window) == 0


@pytest.mark.parametrize("standby_kw", [(1.0, 4.0, 4.0), (4.0, 1.0, 1.0), (0.5, 0.5, 0.5)])
def test_jobs_that_must_run_find_place_where_not_all_halls_can_stand_by(standby_kw: tuple[float, ...]) -> None:
    """The connection carries what must run in the first hall with its standby; the others' is too much beside it."""
    halls = [
        hall(name, pool(name + "p"), commitment=Commitment(standby_power_kw=standby, start_up_cost=1.0))
        for name, standby in zip("hkl", standby_kw, strict=True)
    ]
    must = job("must", mode(8, 1, 10.0, pools=("hp",)), value=None, earliest_start_time=at(1))
    may = job("may", mode(8, 1, 5.0, pools=("kp",)))
    limit = (10.0 + standby_kw[0],)
    instance = problem(must, may, sites=(site("s", *halls, import_limit_kw=limit),), slot_count=2)
    found = found_in(instance)
    plan = first_plan(found.columns, nothing(found))
    assert plan is not None
    assert {entry.job for entry in found.assignments(plan)} >= {"must"}
    assert objective(found, plan) <= (optimum_micros(instance) or 0)

"""Running jobs: what may become of them, what each costs, what counts as churn, and that no violation passes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.accounting import ledger, running
from optimizer.accounting.running import CHURN_GPU_SLOTS, CHURN_JOBS, Fate
from optimizer.exact.problem import exact
from optimizer.explain.limit_change import LimitChange, changed
from optimizer.limits import LimitKind
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import ChurnBudget, Problem, RunningPlacement
from optimizer.solution import Assignment, UnplacedReason
from optimizer.verify.plan import Rule, verify
from tests.conformance import running_problems
from tests.fleet import at, hall, hours, job, mode, pool, problem, site


def fleet(*jobs_at: RunningPlacement, churn: ChurnBudget | None = None) -> Problem:
    """Jobs a, b ... with a wide and a narrow mode on pool p; pool q is elsewhere."""
    jobs = [job(name, mode(8, 2), mode(4, 3), running=placement) for name, placement in zip("abc", jobs_at, strict=False)]
    sites = (site("s", hall("h", pool("p", (3,)))), site("n", hall("k", pool("q", (3,)))))
    return problem(*jobs, sites=sites, churn_budget=churn)


def at_p(**fields: object) -> RunningPlacement:
    return RunningPlacement(**{"pool": "p", "mode": "H100x8", **fields})  # type: ignore[arg-type]


def plan(*places: tuple[str, str, str, int]) -> list[Assignment]:
    return [Assignment(job=name, mode=way, pool=where, start_slot=start) for name, way, where, start in places]


@pytest.mark.parametrize(
    ("way", "where", "start", "expected"),
    [
        ("H100x8", "p", 0, Fate.KEPT),
        ("H100x4", "p", 0, Fate.RESIZED),
        ("H100x8", "p", 1, Fate.MOVED),
        ("H100x8", "q", 0, Fate.MOVED),
        ("H100x4", "q", 0, Fate.MOVED),
    ],
)
def test_the_fate_of_a_running_job(way: str, where: str, start: int, expected: Fate) -> None:
    inside = exact(fleet(at_p()))
    item = inside.jobs[0]
    found = next(m for m in item.modes if m.name == way), next(p for p in inside.pools if p.name == where)
    assert running.fate(item, *found, start) is expected


def test_a_job_that_does_not_run_is_started_whatever_it_does() -> None:
    inside = exact(problem(job()))
    assert running.fate(inside.jobs[0], inside.jobs[0].modes[0], inside.pools[0], 0) is Fate.STARTED
    assert running.change_micros(inside.jobs[0], Fate.STARTED) == running.stop_micros(inside.jobs[0]) == 0


@pytest.mark.parametrize(("resize_cost", "paid"), [(None, 9_000_000), (0.0, 0), (4.0, 4_000_000)])
def test_a_resize_costs_a_move_unless_it_has_a_cost_of_its_own(resize_cost: float | None, paid: int) -> None:
    inside = exact(fleet(at_p(move_cost=9.0, resize_cost=resize_cost)))
    assert running.change_micros(inside.jobs[0], Fate.RESIZED) == paid
    assert running.change_micros(inside.jobs[0], Fate.MOVED) == 9_000_000


def test_a_plan_pays_for_the_jobs_it_stops_and_for_no_other() -> None:
    inside = exact(fleet(at_p(stop_cost=7.0), at_p(stop_cost=5.0)))
    assert verify(inside, []).terms.stop_cost_micros == 12_000_000
    assert verify(inside, plan(("a", "H100x8", "p", 0))).terms.stop_cost_micros == 5_000_000
    checked = verify(inside, plan(("a", "H100x8", "p", 0)))
    assert checked.objective_micros == checked.placements[0].terms.objective_micros - 5_000_000


def test_a_mandatory_job_cannot_be_stopped_and_costs_nothing_to() -> None:
    must = fleet(at_p(stop_cost=7.0))
    must = replace(must, jobs=(replace(must.jobs[0], value=None),))
    checked = verify(exact(must), [])
    assert [violation.rule for violation in checked.violations] == [Rule.MANDATORY_JOB_LEFT_OUT]
    assert checked.terms.stop_cost_micros == 0


@pytest.mark.parametrize(("resize_cost", "rules"), [(None, [Rule.NOT_MOVABLE]), (0.0, [])])
def test_a_job_that_is_not_movable_is_resized_only_at_a_cost_of_its_own(resize_cost: float | None, rules: list[Rule]) -> None:
    inside = exact(fleet(at_p(movable=False, resize_cost=resize_cost)))
    assert [v.rule for v in verify(inside, plan(("a", "H100x4", "p", 0))).violations] == rules
    for elsewhere in (("a", "H100x8", "q", 0), ("a", "H100x4", "q", 0), ("a", "H100x8", "p", 1), ("a", "H100x4", "p", 1)):
        assert [v.rule for v in verify(inside, plan(elsewhere)).violations] == [Rule.NOT_MOVABLE]
    assert not verify(inside, []).violations


def test_neither_kept_nor_resized_waits_for_a_release() -> None:
    late = fleet(at_p())
    inside = exact(replace(late, jobs=(replace(late.jobs[0], earliest_start_time=at(1)),)))
    for way in ("H100x8", "H100x4"):
        assert not verify(inside, plan(("a", way, "p", 0))).violations
        assert [v.rule for v in verify(inside, plan(("a", way, "q", 0))).violations] == [Rule.STARTS_TOO_EARLY]


def test_churn_counts_moves_and_resizes_by_what_they_would_still_take_and_no_stops() -> None:
    inside = exact(fleet(at_p(), at_p(), at_p(), churn=ChurnBudget(max_change_count=1, max_gpu_hours=16.0)))
    kept = plan(("a", "H100x8", "p", 0))
    assert not verify(inside, kept).violations, "b and c are stopped"
    assert not verify(inside, [*kept, *plan(("b", "H100x4", "q", 1))]).violations
    both = verify(inside, plan(("a", "H100x4", "p", 0), ("b", "H100x4", "q", 1)))
    found = {(v.rule, v.element, v.amount, v.unit) for v in both.violations}
    assert found == {(Rule.LIMIT_EXCEEDED, "fleet", 1, "jobs"), (Rule.LIMIT_EXCEEDED, "fleet", 16, "GPU-slots")}


@pytest.mark.parametrize(("gpu_hours", "slot_hours", "gpu_slots"), [(16.0, 1.0, 16), (15.99, 1.0, 15), (4.1, 0.25, 16)])
def test_gpu_hours_are_whole_gpu_slots_rounded_down(gpu_hours: float, slot_hours: float, gpu_slots: int) -> None:
    small = fleet(at_p(), churn=ChurnBudget(max_gpu_hours=gpu_hours))
    small = replace(small, time_grid=replace(small.time_grid, slot_duration=hours(slot_hours), slot_count=16))
    assert ledger.horizon_limits(exact(small)) == {CHURN_GPU_SLOTS: gpu_slots}


def test_one_gpu_slot_too_few_keeps_a_job_in_place() -> None:
    enough = replace(running_problems.MOVED_WHERE_IT_PAYS, churn_budget=ChurnBudget(max_gpu_hours=16.0))
    short = replace(running_problems.MOVED_WHERE_IT_PAYS, churn_budget=ChurnBudget(max_gpu_hours=15.999))
    moved, kept = (solve(each, SolveParams(engine="price", work_limit=1_000)).placements[0] for each in (enough, short))
    assert (moved.pool, kept.pool) == ("q", "p")


def test_what_one_more_change_is_worth() -> None:
    one = running_problems.CHURN_OF_ONE_JOB
    change = LimitChange(kind=LimitKind.CHURN_JOBS, element="fleet", amount=1, first_slot=0, last_slot=3)
    params = SolveParams(engine="cp_sat", time_limit_seconds=20)
    before, after = solve(one, params), solve(changed(one, change), params)
    assert after.terms.objective_micros - before.terms.objective_micros == 22_000_000, "32 of energy less 10 for the move"
    (usage,) = (usage for usage in before.usages if usage.kind == LimitKind.CHURN_JOBS)
    assert (usage.capacity, usage.used, usage.unit) == ((1,), (1,), CHURN_JOBS.unit)


def test_a_churn_budget_binds_while_it_holds_a_job_back() -> None:
    result = solve(running_problems.CHURN_OF_ONE_JOB, SolveParams(engine="cp_sat", time_limit_seconds=20))
    (limit,) = result.binding_limits
    assert (limit.kind, limit.element, limit.slots, limit.blocked_job_count) == ("churn_jobs", "fleet", (), 1)
    two = replace(running_problems.CHURN_OF_ONE_JOB, churn_budget=ChurnBudget(max_change_count=2))
    assert not solve(two, SolveParams(engine="cp_sat", time_limit_seconds=20)).binding_limits


def test_the_price_of_a_churn_budget_bounds_what_one_more_change_is_worth() -> None:
    result = solve(running_problems.CHURN_OF_ONE_JOB, SolveParams(engine="price", work_limit=1_000))
    (price,) = (price for price in result.shadow_prices if price.kind == LimitKind.CHURN_JOBS)
    assert price.price_micros[0] >= 22_000_000


def test_more_gpu_slots_of_a_third_of_an_hour_are_exactly_that_many() -> None:
    thirds = fleet(at_p(), churn=ChurnBudget(max_gpu_hours=1.0))
    thirds = replace(thirds, time_grid=replace(thirds.time_grid, slot_duration=hours(1) / 3))
    for amount in (1, 2, 7):
        change = LimitChange(kind=LimitKind.CHURN_GPU_SLOTS, element="fleet", amount=amount, first_slot=0, last_slot=3)
        assert exact(changed(thirds, change)).churn.gpu_slots == 3 + amount


def test_why_a_job_was_stopped_says_that_it_ran_and_what_that_costs() -> None:
    result = solve(running_problems.SNAPSHOT_UNDER_A_CAP, SolveParams(engine="cp_sat", time_limit_seconds=20))
    (stopped,) = result.unplaced
    assert stopped.reason is UnplacedReason.CAPACITY_TAKEN
    assert stopped.message.startswith("it runs on 'p' and is stopped at a cost of 2.00: nearest on 'p' from slot 0")


def test_the_snapshot_under_a_cap_keeps_shrinks_moves_and_stops() -> None:
    inside = exact(running_problems.SNAPSHOT_UNDER_A_CAP)
    result = solve(running_problems.SNAPSHOT_UNDER_A_CAP, SolveParams(engine="price", work_limit=1_000))
    fates = {}
    for placement in result.placements:
        item = next(item for item in inside.jobs if item.name == placement.job)
        way = next(m for m in item.modes if m.name == placement.mode)
        where = next(p for p in inside.pools if p.name == placement.pool)
        fates[item.name] = running.fate(item, way, where, placement.start_slot)
    assert fates == {"keeps": Fate.KEPT, "shrinks": Fate.RESIZED, "moves": Fate.MOVED}
    assert [left_out.job for left_out in result.unplaced] == ["stops"]

"""A plan is refused for the least breach: one slot, one node, one watt, one micro-unit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.columns.candidates import candidates
from optimizer.engines.greedy import first_plan
from optimizer.exact.problem import exact
from optimizer.generate.uk_no import generate_uk_no
from optimizer.problem import DataSet, Problem, RunningPlacement
from optimizer.solution import Assignment, Result, Termination, TerminationReason
from optimizer.verify import plan as module
from optimizer.verify.plan import Rule, check_run, verify, verify_result
from tests.fleet import at, hall, job, mode, pool, problem, site


def assigned(job_name: str = "job", start: int = 0, pool_name: str = "pool", mode_name: str = "H100x8") -> Assignment:
    return Assignment(job=job_name, mode=mode_name, pool=pool_name, start_slot=start)


def rules(instance: Problem, *plan: Assignment) -> list[Rule]:
    return [violation.rule for violation in verify(exact(instance), plan).violations]


def test_a_plan_that_keeps_every_rule_passes() -> None:
    checked = verify(exact(problem(job())), [assigned()])
    assert checked.feasible
    assert checked.objective_micros == 100_000_000


@pytest.mark.parametrize(
    ("plan", "rule"),
    [
        ((assigned("nobody"),), Rule.UNKNOWN_JOB),
        ((assigned(mode_name="H100x9"),), Rule.UNKNOWN_MODE),
        ((assigned(pool_name="nowhere"),), Rule.UNKNOWN_POOL),
        ((assigned(), assigned(start=1)), Rule.JOB_PLACED_TWICE),
        ((assigned(start=-1),), Rule.STARTS_TOO_EARLY),
        ((assigned(start=4),), Rule.ENDS_TOO_LATE),
    ],
)
def test_plans_that_make_no_sense(plan: tuple[Assignment, ...], rule: Rule) -> None:
    assert rules(problem(job()), *plan) == [rule]


def test_what_an_earlier_check_found_of_a_run_is_not_found_again_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    generated = exact(generate_uk_no(40, 3))
    found = candidates(generated)
    first = first_plan(found.columns, found.selection(()))
    assert first is not None
    plan = found.assignments(first)
    whole = verify(generated, plan)
    assert whole.feasible
    earlier = verify(generated, plan[: len(plan) // 2])
    asked: list[str] = []
    monkeypatch.setattr(module, "check_run", lambda of, run: asked.append(run.job.name) or check_run(of, run))
    assert verify(generated, plan, earlier=earlier) == whole
    assert asked == [item.job for item in plan[len(plan) // 2 :]]
    # moved to another start, a run is another
    last = replace(plan[0], start_slot=generated.slot_count)
    assert not verify(generated, [last, *plan[1:]], earlier=whole).feasible
    # what breaks a rule vouches for nothing
    assert verify(generated, [last], earlier=verify(generated, [last])) == verify(generated, [last])


def test_limits_are_looked_at_whatever_an_earlier_check_says() -> None:
    two = exact(problem(job("a", mode(16, 1)), job("b", mode(16, 1)), slot_count=2))
    first = [assigned("a", 0, mode_name="H100x16"), assigned("b", 1, mode_name="H100x16")]
    second = [assigned("a", 1, mode_name="H100x16"), assigned("b", 0, mode_name="H100x16")]
    earlier = verify(two, [first[0], second[1]])
    assert [violation.rule for violation in earlier.violations] == [Rule.LIMIT_EXCEEDED]
    earlier = verify(two, first)
    assert earlier.feasible
    assert [violation.rule for violation in verify(two, [first[0], second[1]], earlier=earlier).violations] == [
        Rule.LIMIT_EXCEEDED
    ]
    assert verify(two, second, earlier=earlier) == verify(two, second)


def test_one_slot_too_early_or_too_late() -> None:
    instance = problem(job("job", mode(8, 2), earliest_start_time=at(0.1), latest_end_time=at(3.9)))
    assert rules(instance, assigned(start=1)) == []
    assert rules(instance, assigned(start=0)) == [Rule.STARTS_TOO_EARLY]
    assert rules(instance, assigned(start=2)) == [Rule.ENDS_TOO_LATE]


def test_a_mandatory_job_left_out() -> None:
    instance = problem(job("job", value=None), job("other"))
    assert rules(instance, assigned("other")) == [Rule.MANDATORY_JOB_LEFT_OUT]
    assert rules(instance, assigned("job")) == []


def test_law_and_data() -> None:
    sites = (site("s", hall("h", pool("pool"))), site("n", hall("k", pool("q")), region_code="NO"))
    assert rules(problem(job(denied_regions=("NO",)), sites=sites), assigned(pool_name="q")) == [Rule.NOT_ALLOWED_HERE]
    stuck = problem(job(data_set=DataSet(sites=("n",), size_gb=1.0)), sites=sites)
    assert rules(stuck, assigned(pool_name="pool")) == [Rule.DATA_NOT_REACHABLE]
    assert rules(stuck, assigned(pool_name="q")) == []


def test_a_job_that_may_not_move() -> None:
    instance = problem(job("job", mode(8, 2), running=RunningPlacement(pool="pool", mode="H100x8", movable=False)))
    assert rules(instance, assigned(start=0)) == []
    assert rules(instance, assigned(start=1)) == [Rule.NOT_MOVABLE]
    assert rules(instance) == []


@pytest.mark.parametrize(
    ("site_fields", "hall_fields", "kind"),
    [
        ({"import_limit_kw": (24.0,), "pue": (1.2,)}, {}, "grid_import"),
        ({}, {"it_power_limit_kw": (20.0,)}, "hall_power"),
        ({}, {"liquid_cooling_limit_kw": (10.0,)}, "liquid_cooling"),
        ({}, {"air_cooling_limit_kw": (10.0,)}, "air_cooling"),
    ],
)
@pytest.mark.parametrize("excess_kw", [0.0, 0.001])
def test_one_watt_past_a_limit(
    site_fields: dict[str, object], hall_fields: dict[str, object], kind: str, excess_kw: float
) -> None:
    gpu_pool = pool(liquid_heat_share=0.5)
    instance = problem(
        job("a", mode(8, 1, 10.0)),
        job("b", mode(8, 1, 10.0 + excess_kw)),
        sites=(site("site", hall("hall", gpu_pool, **hall_fields), **site_fields),),
    )
    found = verify(exact(instance), [assigned("a"), assigned("b")]).violations
    assert [v.rule for v in found] == ([Rule.LIMIT_EXCEEDED] if excess_kw else [])
    if excess_kw:
        assert kind in found[0].message
        assert found[0].slot == 0
        assert found[0].amount == 1


def test_one_node_past_the_pool_in_the_one_slot_it_shrinks() -> None:
    instance = problem(
        job("a", mode(8, 3)), job("b", mode(8, 3)), sites=(site("site", hall("hall", pool(node_count=(2, 2, 1, 2)))),)
    )
    found = verify(exact(instance), [assigned("a"), assigned("b", 1)]).violations
    assert [(v.rule, v.slot, v.amount, v.unit) for v in found] == [(Rule.LIMIT_EXCEEDED, 2, 1, "nodes")]


def plan_of(instance: Problem, *plan: Assignment) -> Result:
    checked = verify(exact(instance), plan)
    return Result(
        termination=Termination(reason=TerminationReason.FEASIBLE, objective_micros=checked.objective_micros),
        engine="test",
        placements=checked.placements,
        terms=checked.terms,
    )


def test_a_plan_that_states_the_truth_passes() -> None:
    instance = problem(job(), sites=(site(energy_price_per_mwh=(50.0,)),))
    assert verify_result(exact(instance), plan_of(instance, assigned())).feasible


@pytest.mark.parametrize(
    "lie",
    [
        lambda p: replace(p, node_count=p.node_count + 1),
        lambda p: replace(p, end_slot=p.end_slot + 1),
        lambda p: replace(p, end_time=p.end_time.replace(minute=1)),
        lambda p: replace(p, energy_wh=p.energy_wh - 1),
        lambda p: replace(p, site="elsewhere"),
        lambda p: replace(p, terms=replace(p.terms, energy_cost_micros=p.terms.energy_cost_micros - 1)),
    ],
)
def test_a_false_figure_in_a_placement_is_refused(lie: object) -> None:
    instance = problem(job(), sites=(site(energy_price_per_mwh=(50.0,)),))
    plan = plan_of(instance, assigned())
    false = replace(plan, placements=(lie(plan.placements[0]),))  # type: ignore[operator]
    assert {v.rule for v in verify_result(exact(instance), false).violations} == {Rule.CLAIM_DIFFERS}


def test_a_total_one_micro_unit_off_is_refused() -> None:
    instance = problem(job())
    plan = plan_of(instance, assigned())
    terms = replace(plan, terms=replace(plan.terms, value_micros=100_000_001))
    stated = replace(plan, termination=replace(plan.termination, objective_micros=100_000_001))
    for false in (terms, stated):
        assert [v.rule for v in verify_result(exact(instance), false).violations] == [Rule.CLAIM_DIFFERS]

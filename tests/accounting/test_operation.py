"""What a site runs beside its jobs: what pays best, what it is worth, and every rule of it down to one watt in one slot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.exact.problem import ExactProblem, exact
from optimizer.problem import FlexibleLoad
from optimizer.solution import (
    Assignment,
    CostBreakdown,
    FlexibleOperation,
    Result,
    SiteOperation,
    Termination,
    TerminationReason,
)
from optimizer.verify.plan import Verification, verify, verify_result
from optimizer.verify.rules import Rule
from tests.fleet import hall, job, mode, problem, site

MINING = FlexibleLoad(name="mining", power_kw=(20.0,), value_per_mwh=(60.0,), hall="hall")
YARD = FlexibleLoad(name="yard", power_kw=(9.0,), value_per_mwh=(70.0,))
RUN = Assignment(job="a", mode="H100x8", pool="pool", start_slot=1)


def fleet(**fields: object) -> ExactProblem:
    """A 10 kW job; 25 kW in the hall, 29 kW over PUE 1.0 at the connection; dear in slot 2, paid to draw in slot 3."""
    own = {
        "import_limit_kw": (30.0,),
        "overhead_kw": (1.0,),
        "energy_price_per_mwh": (40.0, 10.0, 90.0, -5.0),
        "flexible_loads": (MINING, YARD),
    }
    sites = (site("s", hall(it_power_limit_kw=(25.0,)), **{**own, **fields}),)
    return exact(problem(job("a", mode(8, 2, 10.0), value=50.0), sites=sites))


def stated(mining: tuple[int, ...] = (0, 0, 0, 0), yard: tuple[int, ...] = (0, 0, 0, 0)) -> SiteOperation:
    loads = (FlexibleOperation(name="mining", power_w=mining), FlexibleOperation(name="yard", power_w=yard))
    return SiteOperation(site="s", flexible_loads=loads)


def power(checked: Verification) -> dict[str, tuple[int, ...]]:
    return {item.name: item.power_w for operation in checked.operations for item in operation.flexible_loads}


def test_what_earns_most_a_watt_is_filled_first_and_nothing_runs_at_a_loss() -> None:
    assert power(verify(fleet(), [])) == {"mining": (20_000, 20_000, 0, 20_000), "yard": (9_000, 9_000, 0, 9_000)}


def test_jobs_leave_less_of_the_hall_and_of_the_connection() -> None:
    # slot 1: 25 - 10 kW in the hall, 29 - 10 kW at the connection, of which the yard's 9 earn more
    assert power(verify(fleet(), [RUN])) == {"mining": (20_000, 10_000, 0, 20_000), "yard": (9_000, 9_000, 0, 9_000)}
    unlimited = power(verify(fleet(import_limit_kw=()), [RUN]))
    assert unlimited["mining"] == (20_000, 15_000, 0, 20_000)


def test_air_cooling_carries_the_heat_of_a_load_in_the_hall() -> None:
    sites = (site("s", hall(air_cooling_limit_kw=(12.0,)), energy_price_per_mwh=(10.0,), flexible_loads=(MINING,)),)
    checked = verify(exact(problem(job("a", mode(8, 2, 10.0)), sites=sites)), [RUN])
    assert power(checked) == {"mining": (12_000, 2_000, 2_000, 12_000)}


def test_terms_are_whole_micro_units_against_the_plan_and_sum_to_the_objective() -> None:
    checked = verify(fleet(), [RUN], operations=[stated(mining=(1_000, 0, 0, 0), yard=(0, 0, 0, 2_000))])
    (operation,) = checked.operations
    assert operation.terms == CostBreakdown(flexible_value_micros=60_000 + 140_000, energy_cost_micros=40_000 - 10_000)
    (placement,) = checked.placements
    assert checked.objective_micros == placement.terms.objective_micros + 170_000
    third = fleet(flexible_loads=(replace(MINING, value_per_mwh=(0.0001,)),), energy_price_per_mwh=(0.0001,))
    terms = verify(
        third, [], operations=[SiteOperation(site="s", flexible_loads=(FlexibleOperation(name="mining", power_w=(1,) * 4),))]
    ).terms
    assert (terms.flexible_value_micros, terms.energy_cost_micros) == (0, 1)


def test_pue_and_carbon_count_for_a_load_as_for_a_job() -> None:
    sites = (site("s", pue=(1.5,), energy_price_per_mwh=(10.0,), carbon_intensity_g_per_kwh=(100.0,), flexible_loads=(YARD,)),)
    terms = verify(exact(problem(sites=sites, slot_count=1, carbon_price_per_tonne=50.0)), []).terms
    assert terms.energy_cost_micros == 9 * 15_000
    assert terms.carbon_cost_micros == 9 * 1.5 * 0.1 * 50_000


@pytest.mark.parametrize(
    ("operation", "slot", "amount"),
    [
        (stated(mining=(0, 20_001, 0, 0)), 1, 1),
        (stated(yard=(0, 0, -1, 0)), 2, 1),
    ],
)
def test_a_load_out_of_its_range_by_a_watt_is_refused(operation: SiteOperation, slot: int, amount: int) -> None:
    (violation,) = verify(fleet(), [], operations=[operation]).violations
    assert (violation.rule, violation.slot, violation.amount) == (Rule.OPERATION_OUT_OF_RANGE, slot, amount)


def test_a_limit_exceeded_by_a_watt_in_one_slot_is_refused() -> None:
    fits = verify(fleet(), [RUN], operations=[stated(mining=(0, 15_000, 0, 0), yard=(0, 4_000, 0, 0))])
    assert fits.feasible
    over = verify(fleet(), [RUN], operations=[stated(mining=(0, 15_000, 0, 0), yard=(0, 4_001, 0, 0))])
    assert [(v.rule, v.element, v.slot, v.amount) for v in over.violations] == [(Rule.LIMIT_EXCEEDED, "s", 1, 1)]
    hot = verify(fleet(), [RUN], operations=[stated(mining=(0, 0, 15_001, 0))])
    assert [(v.rule, v.element, v.slot, v.amount) for v in hot.violations] == [(Rule.LIMIT_EXCEEDED, "hall", 2, 1)]


@pytest.mark.parametrize(
    "operations",
    [
        [replace(stated(), site="elsewhere")],
        [stated(), stated()],
        [SiteOperation(site="s", flexible_loads=(FlexibleOperation(name="smelter", power_w=(0,) * 4),))],
        [SiteOperation(site="s", flexible_loads=(FlexibleOperation(name="yard", power_w=(0,) * 4),) * 2)],
        [SiteOperation(site="s", flexible_loads=(FlexibleOperation(name="yard", power_w=(0,) * 3),))],
    ],
)
def test_an_operation_that_names_what_is_not_there_is_refused(operations: list[SiteOperation]) -> None:
    assert [violation.rule for violation in verify(fleet(), [], operations=operations).violations] == [Rule.OPERATION_MALFORMED]


def test_a_plan_that_states_what_its_operation_does_not_earn_is_refused() -> None:
    inside = fleet()
    checked = verify(inside, [RUN])
    plan = Result(
        termination=Termination(reason=TerminationReason.FEASIBLE, objective_micros=checked.objective_micros),
        engine="hand",
        placements=checked.placements,
        terms=checked.terms,
        operations=checked.operations,
    )
    assert verify_result(inside, plan).feasible
    assert verify_result(inside, replace(plan, operations=())).feasible  # completed as pays best
    (operation,) = checked.operations
    claim = replace(operation, terms=replace(operation.terms, flexible_value_micros=operation.terms.flexible_value_micros + 1))
    found = verify_result(inside, replace(plan, operations=(claim,))).violations
    assert [(v.rule, v.element) for v in found] == [(Rule.CLAIM_DIFFERS, "flexible_value_micros")]

"""A battery behind a connection: what it holds, takes and gives, checked to a watt; what it lets through; what prices prove."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random

import pytest

from optimizer.certificates import Certificate, DualFeasiblePrice, StoredEnergyPrices
from optimizer.errors import InvalidProblemError
from optimizer.exact.problem import ExactProblem, exact
from optimizer.explain.limit_change import LimitChange, changed
from optimizer.limits import LimitKind
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.priced.battery import battery_best
from optimizer.problem import Battery, FlexibleLoad, Problem
from optimizer.solution import (
    Assignment,
    BatteryOperation,
    FlexibleOperation,
    Result,
    SiteOperation,
    Termination,
    TerminationReason,
)
from optimizer.units import RATE_SCALE
from optimizer.validate import validate
from optimizer.verify.bound import prove
from optimizer.verify.plan import verify, verify_result
from optimizer.verify.rules import Rule
from tests.fleet import hall, job, mode, pool, problem, site

#: At a PUE of 1.25, 4 kW of IT power go in and 4 kWh are added; 3.2 kW that come out take 4 kWh, and 8 kW may.
BATTERY = Battery(
    energy_capacity_kwh=9.0, charge_limit_kw=5.0, discharge_limit_kw=10.0, round_trip_efficiency=0.8, initial_energy_kwh=5.0
)
RUN = Assignment(job="a", mode="H100x8", pool="p", start_slot=0)
IDLE = (0, 0, 0, 0)


def fleet(battery: Battery | None = BATTERY, import_kw: tuple[float, ...] = (20.0,), **fields: object) -> Problem:
    """A job of 10 kW; the connection carries 14 kW of IT power beside its overhead."""
    one = site(
        "s",
        hall("h", pool("p")),
        import_limit_kw=import_kw,
        pue=(1.25,),
        overhead_kw=(2.5,),
        energy_price_per_mwh=(40.0, 80.0, 40.0, 80.0),
        battery=battery,
        **fields,
    )
    return problem(job("a", mode(8, 4, 10.0), value=1.0), sites=(one, site("n", hall("k", pool("q")))))


def runs(charge_w: tuple[int, ...] = IDLE, discharge_w: tuple[int, ...] = IDLE) -> SiteOperation:
    return SiteOperation(site="s", battery=BatteryOperation(charge_w=charge_w, discharge_w=discharge_w))


def inside(battery: Battery = BATTERY) -> ExactProblem:
    return exact(fleet(battery))


def broken(operation: SiteOperation, whole: ExactProblem | None = None) -> list[tuple[Rule, int | None, int | None]]:
    found = verify(whole or inside(), [RUN], operations=[operation]).violations
    return [(violation.rule, violation.slot, violation.amount) for violation in found]


def test_what_goes_in_and_comes_out_is_counted_at_the_connection() -> None:
    checked = verify(inside(), [RUN], operations=[runs((4_000, 0, 0, 0), (0, 0, 0, 3_200))])
    assert checked.feasible
    (operation,) = checked.operations
    assert operation.battery is not None
    assert operation.battery.energy_wh == (9_000, 9_000, 9_000, 5_000)
    # 5 kWh at 40 a MWh go in, 4 kWh at 80 come out
    assert operation.terms.energy_cost_micros == 200_000 - 320_000
    (grid,) = [usage for usage in checked.usages if (usage.kind, usage.element) == ("grid_import", "s")]
    assert grid.capacity == (20_000,) * 4
    assert grid.used == (20_000, 15_000, 15_000, 11_000)
    assert all(usage.kind != "grid_export" for usage in checked.usages)


def test_a_plan_that_states_none_rests_its_battery() -> None:
    for operations in (None, []):
        (operation,) = verify(inside(), [RUN], operations=operations).operations
        assert operation.battery == BatteryOperation(charge_w=IDLE, discharge_w=IDLE, energy_wh=(5_000,) * 4)
        assert operation.terms.objective_micros == 0
    must_charge = inside(replace(BATTERY, least_final_energy_kwh=5.001))
    for operations in (None, []):
        (violation,) = verify(must_charge, [RUN], operations=operations).violations
        assert violation.rule is Rule.BATTERY_ENERGY_OUT_OF_RANGE


@pytest.mark.parametrize(
    ("operation", "rule", "slot", "amount"),
    [
        (runs((4_000, 1, 0, 0), (0, 0, 0, 0)), Rule.BATTERY_ENERGY_OUT_OF_RANGE, 1, 1_000_000),
        (runs((0, 0, 0, 0), (4_001, 0, 0, 0)), Rule.BATTERY_ENERGY_OUT_OF_RANGE, 0, 1_250_000),
        (runs((0, 0, 0, 0), (1, 0, 0, 0)), Rule.BATTERY_ENERGY_OUT_OF_RANGE, 3, 1_250_000),
        (runs((4_001, 0, 0, 0)), Rule.OPERATION_OUT_OF_RANGE, 0, 1),
        (runs((-1, 0, 0, 0)), Rule.OPERATION_OUT_OF_RANGE, 0, 1),
        (runs((0, 0, 0, 0), (0, 0, 8_001, 0)), Rule.OPERATION_OUT_OF_RANGE, 2, 1),
        (runs((2, 0, 0, 0), (1, 0, 0, 0)), Rule.BATTERY_BOTH_WAYS, 0, 1),
        (
            SiteOperation(site="s", battery=BatteryOperation(charge_w=(1,), discharge_w=IDLE)),
            Rule.OPERATION_MALFORMED,
            None,
            None,
        ),
        (replace(runs(), site="n"), Rule.OPERATION_MALFORMED, None, None),
    ],
)
def test_a_watt_too_much_is_refused(operation: SiteOperation, rule: Rule, slot: int | None, amount: int | None) -> None:
    assert (rule, slot, amount) in broken(operation)


def test_a_full_an_empty_and_a_barely_charged_battery_are_kept() -> None:
    assert broken(runs((4_000, 0, 0, 0))) == []
    free = inside(replace(BATTERY, least_final_energy_kwh=0.0))
    assert broken(runs(discharge_w=(4_000, 0, 0, 0)), free) == []
    assert broken(runs((0, 1_000, 0, 0), (800, 0, 0, 0))) == []


def test_a_watt_past_the_connection_and_a_watt_of_export_are_refused() -> None:
    tight = exact(fleet(import_kw=(16.25,)))
    assert broken(runs((1_000, 0, 0, 0)), tight) == []
    assert broken(runs((1_001, 0, 0, 0)), tight) == [(Rule.LIMIT_EXCEEDED, 0, 1)]
    # without the job the site draws its overhead alone: as much as 2 kW of IT power
    free = inside(replace(BATTERY, least_final_energy_kwh=0.0))
    assert verify(free, [], operations=[runs(discharge_w=(2_000, 0, 0, 0))]).feasible
    (violation,) = verify(free, [], operations=[runs(discharge_w=(2_001, 0, 0, 0))]).violations
    assert (violation.rule, violation.element, violation.slot, violation.amount) == (Rule.LIMIT_EXCEEDED, "s", 0, 1)
    assert "grid_export" in violation.message


def test_energy_that_is_stated_wrong_is_a_false_claim() -> None:
    checked = verify(inside(), [RUN], operations=[runs((4_000, 0, 0, 0))])
    (operation,) = checked.operations
    assert operation.battery is not None
    held = (9_000, 9_000, 9_000, 9_001)

    def result(stated: SiteOperation) -> Result:
        return Result(
            termination=Termination(reason=TerminationReason.FEASIBLE),
            engine="elsewhere",
            placements=checked.placements,
            terms=checked.terms,
            operations=(stated,),
        )

    assert verify_result(inside(), result(operation)).feasible
    false = replace(operation, battery=replace(operation.battery, energy_wh=held))
    (violation,) = verify_result(inside(), result(false)).violations
    assert (violation.rule, violation.element) == (Rule.CLAIM_DIFFERS, "battery.energy_wh")


def test_a_battery_carries_a_run_over_a_cut_of_the_connection() -> None:
    cut = exact(fleet(import_kw=(20.0, 20.0, 11.25, 20.0)))
    assert not verify(cut, [RUN], operations=[]).feasible
    assert verify(cut, [RUN], operations=[runs((4_000, 0, 0, 0), (0, 0, 3_000, 0))]).feasible
    assert broken(runs((4_000, 0, 0, 0), (0, 0, 2_999, 0)), cut) == [(Rule.LIMIT_EXCEEDED, 2, 1)]


def test_flexible_load_runs_at_a_loss_only_where_the_battery_gives_more_than_the_rest_draws() -> None:
    """At 80 a MWh the load loses; with 4 kW out and 2 kW of overhead, 2 kW of it have to run."""
    mine = FlexibleLoad(name="mine", power_kw=(6.0,), value_per_mwh=(60.0,))
    whole = exact(fleet(replace(BATTERY, least_final_energy_kwh=0.0), flexible_loads=(mine,)))
    drawn = FlexibleOperation(name="mine", power_w=(0, 2_000, 0, 0))
    giving = replace(runs(discharge_w=(0, 4_000, 0, 0)), flexible_loads=(drawn,))
    assert verify(whole, [], operations=[giving]).feasible
    short = replace(giving, flexible_loads=(replace(drawn, power_w=(0, 1_999, 0, 0)),))
    assert [(v.rule, v.amount) for v in verify(whole, [], operations=[short]).violations] == [(Rule.LIMIT_EXCEEDED, 1)]


def test_the_peak_counts_what_the_battery_takes_and_gives() -> None:
    charged = exact(fleet(demand_charge_per_kw=0.1))
    (resting,) = verify(charged, [RUN], operations=[runs()]).operations
    assert resting.peak_w == 15_000
    (operation,) = verify(charged, [RUN], operations=[runs((4_000, 0, 0, 0), (0, 0, 0, 3_200))]).operations
    assert operation.peak_w == 20_000
    assert operation.terms.demand_charge_micros == 2_000_000


def test_prices_of_stored_energy_whatever_they_are_bound_every_operation() -> None:
    random = Random(5)
    whole = inside()
    one = whole.sites[0]
    battery = one.battery
    assert battery is not None
    possible = []
    for net_w in product((-8_000, -4_000, -2_000, 0, 1_000, 4_000), repeat=4):
        held = battery.held_uw(net_w)
        if min(held) >= 0 and max(held) <= battery.capacity_uw and held[-1] >= battery.final_uw:
            possible.append(net_w)
    assert len(possible) > 20
    for _ in range(30):
        connection, export = ([random.choice((0, random.randrange(200))) for _ in range(4)] for _ in range(2))
        stored = [random.randrange(-100, 200) for _ in range(4)]
        most = battery_best(one, connection, export, stored, 0)
        for net_w in possible:
            worth = -sum(net * (one.energy_rate[t] + one.carbon_rate[t]) for t, net in enumerate(net_w)) / RATE_SCALE
            paid = sum(connection[t] * (8_000 + net) - export[t] * net for t, net in enumerate(net_w))
            assert worth - paid <= most


def test_the_right_prices_prove_the_best_operation() -> None:
    """All that it can buy at 40 and give at 80: a full battery, worth 80 a MWh once, and emptied twice as far as it goes."""
    whole = inside()
    price = StoredEnergyPrices("s", (80, 80, 80, 80))
    proof = prove(whole, Certificate(10**9, 0, (), stored_energy_prices=(price,)))
    unpriced = prove(whole, Certificate(10**9, 0, ()))
    assert proof.bound_micros is not None
    assert unpriced.bound_micros is not None
    assert proof.bound_micros < unpriced.bound_micros


@pytest.mark.parametrize(
    "prices",
    [
        (StoredEnergyPrices("s", (0, 0, 0)),),
        (StoredEnergyPrices("n", IDLE),),
        (StoredEnergyPrices("s", IDLE), StoredEnergyPrices("s", IDLE)),
    ],
)
def test_prices_without_a_battery_twice_or_too_few_are_refused(prices: tuple[StoredEnergyPrices, ...]) -> None:
    (violation,) = prove(inside(), Certificate(10**12, 0, (), stored_energy_prices=prices)).violations
    assert violation.rule is Rule.CERTIFICATE_MALFORMED


def test_no_row_over_gangs_is_on_what_is_not_exported_and_it_cannot_be_moved() -> None:
    row = DualFeasiblePrice(LimitKind.GRID_EXPORT, "s", 0, 1, 5)
    (violation,) = prove(inside(), Certificate(10**12, 0, (), dual_feasible_prices=(row,))).violations
    assert violation.rule is Rule.CERTIFICATE_MALFORMED
    with pytest.raises(InvalidProblemError, match="change the battery"):
        changed(fleet(), LimitChange(kind=LimitKind.GRID_EXPORT, element="s", amount=1, first_slot=0, last_slot=3))


@pytest.mark.parametrize(
    ("battery", "field", "words"),
    [
        (replace(BATTERY, least_final_energy_kwh=9.5), "least_final_energy_kwh", "[0, 9.0] kWh"),
        (replace(BATTERY, initial_energy_kwh=9.5), "initial_energy_kwh", "[0, 9.0] kWh"),
        (replace(BATTERY, charge_limit_kw=0.5, least_final_energy_kwh=6.7), "least_final_energy_kwh", "charged throughout"),
        (replace(BATTERY, energy_capacity_kwh=1e9, charge_limit_kw=1e7), "energy_capacity_kwh", "must be below"),
    ],
)
def test_a_battery_that_cannot_be_is_refused(battery: Battery, field: str, words: str) -> None:
    whole = fleet(battery)
    if field == "energy_capacity_kwh":
        whole = replace(whole, time_grid=replace(whole.time_grid, slot_duration=whole.time_grid.slot_duration / 60))
        whole = replace(whole, jobs=())
    found = {violation.path: violation.message for violation in validate(whole)}
    assert words in found[f"sites[0].battery.{field}"]


def test_a_battery_needs_a_connection_with_a_limit() -> None:
    assert [violation.path for violation in validate(fleet(import_kw=()))] == ["sites[0].import_limit_kw"]


@pytest.mark.parametrize("engine", ["highs", "cp_sat"])
def test_a_battery_earns_on_prices_without_a_job(engine: str) -> None:
    """Charged twice at 10, given out at 100 for the overhead of 2 kW."""
    battery = Battery(energy_capacity_kwh=20.0, charge_limit_kw=5.0, discharge_limit_kw=5.0, round_trip_efficiency=1.0)
    alone = problem(sites=(site("s", import_limit_kw=(10.0,), overhead_kw=(2.0,), battery=battery,
                                energy_price_per_mwh=(10.0, 100.0, 10.0, 100.0)),))  # fmt: skip
    result = solve(alone, SolveParams(engine=engine, thread_count=1, time_limit_seconds=30))
    assert result.termination.reason is TerminationReason.OPTIMAL
    assert result.terms.objective_micros == 4 * 90_000

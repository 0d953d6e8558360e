"""Problems whose integers would leave 64 bits are refused; the estimate is never below what ``exact`` computes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from optimizer.exact.problem import exact
from optimizer.problem import Elasticity, GpuPool, Hall, Job, Mode, Preemption, Problem, ShareFloor, Site, Tenant, TimeGrid
from optimizer.validate import validate

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIMIT = 2**62


def _problem(power_kw: float = 10.0, hours: int = 24, slots: int = 168, **site: object) -> Problem:
    pool = GpuPool(name="p", gpu_model="H100", node_count=(10,), gpus_per_node=8)
    job = Job(name="j", value=1.0, modes=(Mode(gpu_count=8, duration=hours * HOUR, it_power_kw=power_kw),))
    fields: dict[str, object] = {"name": "s", "region_code": "GB", "halls": (Hall(name="h", pools=(pool,)),), **site}
    return Problem(time_grid=TimeGrid(start_time=START, slot_count=slots), sites=(Site(**fields),), jobs=(job,))  # type: ignore[arg-type]


def _found(problem: Problem) -> list[tuple[str, str]]:
    return [(v.path, v.reason) for v in validate(problem)]


def _exact_energy_cost(problem: Problem) -> int:
    """The largest |energy cost| of a run of the only mode, in 1e-4 micro-units, by plain loops over its starts."""
    ex = exact(problem)
    mode, rate = ex.jobs[0].modes[0], ex.sites[0].energy_rate
    length = min(mode.duration, ex.slot_count)
    return max(mode.it_power_w * sum(map(abs, rate[s : s + length])) for s in range(ex.slot_count - length + 1))


def test_a_fleet_of_the_largest_real_size_is_far_from_the_limit() -> None:
    problem = _problem(230_000.0, 168, 168, pue=(1.3,), energy_price_per_mwh=(4_000.0,), carbon_intensity_g_per_kwh=(900.0,))
    assert _found(replace(problem, carbon_price_per_tonne=150.0)) == []


@pytest.mark.parametrize("sign", [1, -1])
def test_energy_cost_of_one_run(sign: int) -> None:
    absurd = _problem(10_000_000.0, 168, 168, pue=(10.0,), energy_price_per_mwh=(sign * 100_000.0,))
    assert _exact_energy_cost(absurd) >= LIMIT
    assert _found(absurd) == [("jobs[0].modes[0].it_power_kw", "COST_OVERFLOW")]


@pytest.mark.parametrize("power_kw", [40_000.0, 45_000.0, 45_900.0, 46_200.0, 47_000.0])
def test_the_limit_is_met_closely_and_never_missed(power_kw: float) -> None:
    """Ten hours of at most 100,000 a MWh at PUE 10; the limit lies at 46,117 kW."""
    problem = _problem(power_kw, 10, 20, pue=(10.0,), energy_price_per_mwh=(100_000.0, *(0.0,) * 9) + (100_000.0,) * 10)
    cost = _exact_energy_cost(problem)
    refused = ("jobs[0].modes[0].it_power_kw", "COST_OVERFLOW") in _found(problem)
    assert refused or cost < LIMIT
    assert not refused or cost > 0.99 * LIMIT
    assert refused == (power_kw > 46_100)


def test_a_shorter_run_of_the_same_power_passes() -> None:
    site = {"pue": (10.0,), "energy_price_per_mwh": (100_000.0,)}
    assert _found(_problem(100_000.0, 100, 168, **site)) != []
    assert _found(_problem(100_000.0, 2, 168, **site)) == []


def test_carbon_cost_of_one_run() -> None:
    problem = _problem(10_000_000.0, 168, 168, pue=(10.0,), carbon_intensity_g_per_kwh=(5_000.0,))
    assert _found(problem) == []
    assert _found(replace(problem, carbon_price_per_tonne=100_000.0)) == [("jobs[0].modes[0].it_power_kw", "COST_OVERFLOW")]


def test_meters_of_budgets() -> None:
    problem = _problem(10_000_000.0, 20_000, 20_000, pue=(10.0,))
    assert _found(problem) == []
    assert _found(_with_site(problem, energy_budget_mwh=1.0)) == [("jobs[0].modes[0].it_power_kw", "COST_OVERFLOW")]


def test_an_energy_budget_too_large_for_its_meter_names_the_largest() -> None:
    (found,) = validate(_with_site(_problem(), energy_budget_mwh=5_000_000.0))
    assert (found.path, found.reason) == ("sites[0].energy_budget_mwh", "BUDGET_OVERFLOW")
    assert "below 4.61169e+06" in found.message
    assert validate(_with_site(_problem(), energy_budget_mwh=4_600_000.0)) == ()


def test_tardiness_until_the_end_of_the_horizon() -> None:
    problem = _problem(slots=80_000)
    late = replace(problem.jobs[0], due_time=START, tardiness_cost_per_hour=1e9)
    assert _found(replace(problem, jobs=(late,))) == [("jobs[0].tardiness_cost_per_hour", "COST_OVERFLOW")]
    assert _found(replace(problem, jobs=(replace(late, due_time=None),))) == []
    assert _found(replace(problem, jobs=(replace(late, due_time=START + 79_990 * HOUR),))) == []


@pytest.mark.parametrize(("count", "reasons"), [(4_600, []), (4_700, [("jobs", "VALUE_OVERFLOW")])])
def test_the_sum_of_all_values(count: int, reasons: list[tuple[str, str]]) -> None:
    """4,611 jobs worth a billion each are 2^62 micro-units."""
    problem = _problem()
    jobs = tuple(replace(problem.jobs[0], name=f"j{k}", value=1e9 if k % 2 else -1e9) for k in range(count))
    assert _found(replace(problem, jobs=jobs)) == reasons


@pytest.mark.parametrize(("count", "reasons"), [(25, []), (30, [("jobs", "VALUE_OVERFLOW")])])
def test_the_costs_of_all_pauses_and_changes(count: int, reasons: list[tuple[str, str]]) -> None:
    """A job of 168 slots pauses at most 168 times, whatever it may: 27 such jobs at a billion a pause are 2^62 micro-units."""
    problem = _problem()
    pausing = replace(problem.jobs[0], preemption=Preemption(max_pause_count=10_000, resume_cost=1e9))
    jobs = tuple(replace(pausing, name=f"j{k}") for k in range(count))
    assert _found(replace(problem, jobs=jobs)) == reasons
    changing = replace(problem.jobs[0], elasticity=Elasticity(max_change_count=10_000, change_cost=1e9))
    jobs = tuple(replace(changing, name=f"j{k}") for k in range(count))
    assert _found(replace(problem, jobs=jobs)) == reasons


def test_a_run_in_pieces_may_be_as_long_as_the_horizon() -> None:
    problem = _problem(100_000.0, 2, 168, pue=(10.0,), energy_price_per_mwh=(100_000.0,))
    pausing = replace(problem.jobs[0], preemption=Preemption(max_pause_count=1))
    assert _found(problem) == []
    assert _found(replace(problem, jobs=(pausing,))) == [("jobs[0].modes[0].it_power_kw", "COST_OVERFLOW")]


def _with_site(problem: Problem, **fields: float) -> Problem:
    return replace(problem, sites=(replace(problem.sites[0], **fields),))  # type: ignore[arg-type]


def test_a_share_floor_that_costs_too_much() -> None:
    def floored(gpu_hours: float, cost: float) -> Problem:
        floor = ShareFloor(gpu_hours=gpu_hours, shortfall_cost_per_gpu_hour=cost)
        return replace(_problem(), tenants=(Tenant(name="t", share_floor=floor),))

    assert _found(floored(1e6, 1e6)) == []
    assert _found(floored(1e12, 1e6)) == [("tenants[0].share_floor.gpu_hours", "COST_OVERFLOW")]
    two = (floored(4e6, 5e5).tenants[0], replace(floored(4e6, 7e5).tenants[0], name="u"))
    assert _found(replace(_problem(), tenants=two)) == [("jobs", "VALUE_OVERFLOW")]

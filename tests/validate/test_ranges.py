"""Every number of the schema has a closed range; both ends pass, a step outside, NaN and infinities do not."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from optimizer.problem import Problem
from optimizer.validate import validate
from tests.validate.full_problem import edit, full_problem

RANGE_REASONS = {"NOT_FINITE", "OUT_OF_RANGE", "NOT_WHOLE_SECONDS"}
BILLION = 1_000_000_000
GPUS = 10 * BILLION
YEARS_SECONDS = 3_660 * 86_400

#: path, lowest, highest, unit as the message gives it
FLOATS = [
    ("carbon_price_per_tonne", 0, 100_000, "of money per tonne"),
    ("sites[0].energy_budget_mwh", 0, BILLION, "MWh"),
    ("sites[0].carbon_budget_kg", 0, 1_000 * BILLION, "kg"),
    ("sites[0].demand_charge_per_kw", 0, BILLION, "of money"),
    ("sites[0].halls[0].pools[0].liquid_heat_share", 0, 1, ""),
    ("sites[0].halls[0].commitment.standby_power_kw", 0, 10_000_000, "kW"),
    ("sites[0].halls[0].commitment.start_up_cost", 0, BILLION, "of money"),
    ("sites[0].halls[0].commitment.shut_down_cost", 0, BILLION, "of money"),
    ("sites[0].heat_offtake.recovered_share", 0, 1, ""),
    ("sites[0].battery.energy_capacity_kwh", None, BILLION, "kWh"),
    ("sites[0].battery.charge_limit_kw", 0, 10_000_000, "kW"),
    ("sites[0].battery.discharge_limit_kw", 0, 10_000_000, "kW"),
    ("sites[0].battery.round_trip_efficiency", 1e-6, 1, ""),
    ("sites[0].battery.initial_energy_kwh", 0, None, "kWh"),
    ("sites[0].battery.least_final_energy_kwh", 0, None, "kWh"),
    ("jobs[0].value", -BILLION, BILLION, "of money"),
    ("jobs[0].tardiness_cost_per_hour", 0, BILLION, "of money"),
    ("jobs[0].data_set.size_gb", 0, 1_000 * BILLION, "GB"),
    ("jobs[0].running.move_cost", 0, BILLION, "of money"),
    ("jobs[0].preemption.resume_cost", 0, BILLION, "of money"),
    ("jobs[0].preemption.checkpoint_size_gb", 0, 1_000 * BILLION, "GB"),
    ("jobs[0].elasticity.change_cost", 0, BILLION, "of money"),
    ("jobs[0].modes[0].it_power_kw", 0, 10_000_000, "kW"),
    ("jobs[0].modes[0].power_cap_w", 1, 100_000, "W"),
    ("jobs[0].modes[0].value", -BILLION, BILLION, "of money"),
    ("jobs[0].modes[0].cost", -BILLION, BILLION, "of money"),
    ("jobs[0].modes[0].liquid_heat_kw", 0, 10_000_000, "kW"),
    ("jobs[0].modes[0].air_heat_kw", 0, 10_000_000, "kW"),
    ("jobs[1].work_profile.gpu_hours", 1e-6, None, "GPU-hours"),
    ("jobs[1].work_profile.throughputs[0].relative_speed", None, 1_000_000, ""),
    ("jobs[1].work_profile.throughputs[0].it_power_kw_per_gpu", 0, 1_000, "kW"),
    ("jobs[1].work_profile.widths[0].efficiency", 1e-6, 1, ""),
    ("jobs[1].work_profile.power_caps[1].power_share", 1e-6, None, ""),
    ("jobs[1].work_profile.power_caps[1].speed_share", 1e-6, 1, ""),
    ("links[0].throughput_gb_per_hour", 1e-6, 1_000 * BILLION, "GB/h"),
    ("links[0].cost_per_gb", 0, BILLION, "of money"),
]
INTS = [
    ("time_grid.slot_count", 1, None, "slots"),
    ("sites[0].halls[0].pools[0].gpus_per_node", 1, 1_024, "GPUs"),
    ("sites[0].halls[0].pools[0].nodes_per_domain", 1, 100_000, "nodes"),
    ("jobs[0].modes[0].gpu_count", 0, GPUS, "GPUs"),
    ("jobs[0].modes[1].resource_uses[0].amount", 0, 1_000 * BILLION, ""),
    ("jobs[0].preemption.max_pause_count", 0, 10_000, "pauses"),
    ("jobs[0].elasticity.max_change_count", 0, 10_000, "changes"),
    ("jobs[0].elasticity.work_step_count", 0, 100_000, "steps"),
    ("jobs[0].priority_tier", 0, 1_000, ""),
    ("jobs[1].work_profile.widths[0].gpu_count", 1, GPUS, "GPUs"),
    ("tenants[0].quotas[0].gpu_count", 0, GPUS, "GPUs"),
]
#: Ranges that follow from the pool.
OF_THE_POOL = [
    ("sites[0].halls[0].pools[0].whole_domain_count", 0, 0, "domains, none where the pool grants domains anyway"),
    ("sites[1].halls[0].pools[0].whole_domain_count", 0, 3, "domains, what its nodes make"),
    ("sites[1].halls[0].pools[0].maintenance[0].node", 0, 17, "nodes of the pool"),
    ("sites[1].halls[0].pools[0].maintenance[1].domain", 0, 2, "domains of the pool"),
]
SERIES = [
    ("links[0].capacity_gb_per_hour", 0, BILLION, "GB/h"),
    ("sites[0].import_limit_kw", 0, 10_000_000, "kW"),
    ("sites[0].pue", 1, 10, ""),
    ("sites[0].overhead_kw", 0, 10_000_000, "kW"),
    ("sites[0].energy_price_per_mwh", -100_000, 100_000, "of money per MWh"),
    ("sites[0].carbon_intensity_g_per_kwh", 0, 5_000, "g/kWh"),
    ("sites[0].halls[0].it_power_limit_kw", 0, 10_000_000, "kW"),
    ("sites[0].halls[0].liquid_cooling_limit_kw", 0, 10_000_000, "kW"),
    ("sites[0].halls[0].air_cooling_limit_kw", 0, 10_000_000, "kW"),
    ("sites[0].flexible_loads[0].power_kw", 0, 10_000_000, "kW"),
    ("sites[0].flexible_loads[0].value_per_mwh", -100_000, 100_000, "of money per MWh"),
    ("sites[0].heat_offtake.limit_kw", 0, 10_000_000, "kW"),
    ("sites[0].heat_offtake.price_per_mwh", -100_000, 100_000, "of money per MWh"),
]
INT_SERIES = [
    ("sites[0].halls[0].pools[0].node_count", 0, 10_000_000, "nodes"),
    ("sites[0].halls[0].pools[0].resources[0].capacity", 0, 1_000 * BILLION, ""),
    ("sites[0].resources[0].capacity", 0, 1_000 * BILLION, ""),
    ("resources[0].capacity", 0, 1_000 * BILLION, ""),
    ("tenants[0].reservations[0].node_count", 0, 10_000_000, "nodes"),
    ("sites[1].halls[0].pools[0].failure_buffer_node_count", 0, 10_000_000, "nodes"),
]
DURATIONS = [
    ("time_grid.slot_duration", 1, None),
    ("sites[0].halls[0].commitment.min_up_duration", 0, YEARS_SECONDS),
    ("sites[0].halls[0].commitment.min_down_duration", 0, YEARS_SECONDS),
    ("jobs[0].modes[0].duration", 1, YEARS_SECONDS),
    ("jobs[0].preemption.min_run_duration", 0, YEARS_SECONDS),
    ("jobs[0].preemption.resume_duration", 0, YEARS_SECONDS),
    ("jobs[0].preemption.vacate_duration", 0, YEARS_SECONDS),
    ("jobs[0].elasticity.change_duration", 0, YEARS_SECONDS),
    ("jobs[0].elasticity.min_run_duration", 0, YEARS_SECONDS),
    ("precedences[0].lag", 0, YEARS_SECONDS),
]


@pytest.fixture(scope="module")
def problem() -> Problem:
    return full_problem()


def _at(problem: Problem, path: str) -> dict[str, str]:
    """Reason to message of the range violations at ``path``."""
    found = [v for v in validate(problem) if v.path == path and v.reason in RANGE_REASONS]
    assert len(found) <= 1
    return {v.reason: v.message for v in found}


@pytest.mark.parametrize(("path", "low", "high", "unit"), FLOATS + INTS + OF_THE_POOL)
def test_number(problem: Problem, path: str, low: float | None, high: float | None, unit: str) -> None:
    whole = path in {row[0] for row in INTS + OF_THE_POOL}
    for end, outside in ((low, -math.inf), (high, math.inf)):
        if end is not None:
            assert _at(edit(problem, path, end), path) == {}
            step = end + int(math.copysign(1, outside)) if whole else math.nextafter(end, outside)
            message = _at(edit(problem, path, step), path)["OUT_OF_RANGE"]
            assert path.rpartition(".")[2].partition("[")[0] in message
            assert repr(step) in message
            assert unit in message
    for value in () if whole else (math.nan, math.inf, -math.inf):
        assert set(_at(edit(problem, path, value), path)) == {"NOT_FINITE"}


@pytest.mark.parametrize(("path", "low", "high", "unit"), SERIES + INT_SERIES)
def test_series_value(problem: Problem, path: str, low: float, high: float, unit: str) -> None:
    whole = path in {row[0] for row in INT_SERIES}
    for end, outside in ((low, -math.inf), (high, math.inf)):
        assert _at(edit(problem, path, (end,)), f"{path}[0]") == {}
        step = end + int(math.copysign(1, outside)) if whole else math.nextafter(end, outside)
        message = _at(edit(problem, path, (step,)), f"{path}[0]")["OUT_OF_RANGE"]
        assert repr(step) in message
        assert unit in message
    for value in () if whole else (math.nan, math.inf, -math.inf):
        assert set(_at(edit(problem, path, (value,)), f"{path}[0]")) == {"NOT_FINITE"}


@pytest.mark.parametrize(("path", "low", "high"), DURATIONS)
def test_duration(problem: Problem, path: str, low: int, high: int | None) -> None:
    tick = timedelta(microseconds=1)
    lowest = timedelta(seconds=low)
    assert _at(edit(problem, path, lowest), path) == {}
    assert set(_at(edit(problem, path, lowest - tick), path)) == {"OUT_OF_RANGE"}
    assert set(_at(edit(problem, path, lowest + tick), path)) == {"NOT_WHOLE_SECONDS"}
    if high is not None:
        highest = timedelta(seconds=high)
        assert _at(edit(problem, path, highest), path) == {}
        assert set(_at(edit(problem, path, highest + tick), path)) == {"OUT_OF_RANGE"}


def test_series_reports_its_first_wrong_value_and_how_many_there_are(problem: Problem) -> None:
    pue = (1.2, 0.5, math.nan, *(1.2,) * 20, 11.0)
    violations = validate(edit(problem, "sites[0].pue", pue))
    assert [(v.path, v.reason) for v in violations] == [("sites[0].pue[1]", "OUT_OF_RANGE")]
    assert "3 of 24 values" in violations[0].message


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("time_grid.slot_count", 0),
        ("time_grid.slot_count", 100_001),
        ("time_grid.slot_duration", timedelta(days=31, seconds=1)),
        ("time_grid.slot_count", 3_660 * 24 + 1),
    ],
)
def test_grid_too_long_or_empty(problem: Problem, path: str, value: Any) -> None:
    assert (path, "OUT_OF_RANGE") in {(v.path, v.reason) for v in validate(edit(problem, path, value))}


def test_huge_integers_are_described_and_not_printed(problem: Problem) -> None:
    violations = validate(edit(problem, "jobs[0].modes[0].gpu_count", 10**5_000))
    assert [v.path for v in violations] == ["jobs[0].modes[0].gpu_count"]
    assert "an integer of 16610 bits" in violations[0].message


def test_every_range_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "validation.md").read_text(encoding="utf-8")
    rows = {cells[1]: cells[2] for cells in (line.split("|") for line in text.splitlines()) if len(cells) > 3}
    for path, low, high, unit in FLOATS + INTS + SERIES + INT_SERIES:
        field = re.sub(r"\[\d+\]", "[]", path)
        row = rows[f" `{field}` "]
        if low is not None:
            assert f"[{low!r}," in row, field
        if high is not None:
            assert f", {high!r}]" in row, field
        assert unit in row, field


def test_a_link_whose_transfers_share_it_has_one_range() -> None:
    """Its throughput is a capacity too, whose range is narrower: one violation tells it, not two that differ."""
    wide = edit(edit(full_problem(), "links[0].capacity_limited", True), "links[0].throughput_gb_per_hour", 1e308)
    (found,) = validate(wide)
    assert found.path == "links[0].throughput_gb_per_hour"
    assert "it must be in [1e-06, 1000000000] GB/h, as a capacity_limited link's capacity" in found.message

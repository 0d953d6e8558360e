"""Fleets on slots shorter than an hour, and over more than the week there is data for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from optimizer.errors import InvalidProblemError
from optimizer.exact.problem import exact
from optimizer.generate.finer import on_shorter_slots
from optimizer.generate.uk_no import generate_uk_no
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import TimeGrid
from optimizer.validate import validate
from optimizer.verify.plan import verify

QUARTER = timedelta(minutes=15)


def test_a_week_of_quarter_hours_has_672_slots_and_work_that_ends_on_them() -> None:
    hourly, fine = generate_uk_no(120, 3), generate_uk_no(120, 3, slot_minutes=15)
    assert fine.time_grid == TimeGrid(start_time=hourly.time_grid.start_time, slot_duration=QUARTER, slot_count=672)
    assert validate(fine) == ()
    assert [job.name for job in fine.jobs] == [job.name for job in hourly.jobs]
    shorter = 0
    for coarse, job in zip(hourly.jobs, fine.jobs, strict=True):
        modes = {(mode.gpu_model, mode.gpu_count, mode.power_cap_w): mode for mode in job.modes}
        for mode in coarse.modes:
            duration = modes[mode.gpu_model, mode.gpu_count, mode.power_cap_w].duration
            assert duration % QUARTER == timedelta(0)
            assert timedelta(0) <= mode.duration - duration < timedelta(hours=1)
            shorter += duration < mode.duration
    assert shorter > 0


def test_a_month_of_hours_has_672_slots_and_the_prices_of_the_week_again() -> None:
    month, week = generate_uk_no(120, 3, week_count=4), generate_uk_no(120, 3)
    assert month.time_grid.slot_count == 672
    assert validate(month) == ()
    for site, of_week in zip(month.sites, week.sites, strict=True):
        assert site.energy_price_per_mwh == of_week.energy_price_per_mwh * 4
        assert site.import_limit_kw == of_week.import_limit_kw * (4 if len(of_week.import_limit_kw) > 1 else 1)
    assert max(mode.duration for job in month.jobs for mode in job.modes) > timedelta(hours=168)


def test_a_plan_by_the_hour_is_a_plan_by_the_quarter_of_the_same_worth() -> None:
    whole = generate_uk_no(40, 1)
    hourly = replace(whole, jobs=tuple(job for job in whole.jobs if job.modes))
    plan = solve(hourly, SolveParams(engine="greedy"))
    finer = [replace(placement.assignment, start_slot=4 * placement.start_slot) for placement in plan.placements]
    checked = verify(exact(on_shorter_slots(hourly, 4)), finer)
    assert checked.feasible
    # each slot's energy is rounded by itself
    assert checked.objective_micros == pytest.approx(plan.terms.objective_micros, abs=4 * 72 * len(finer))
    assert on_shorter_slots(hourly, 1) == hourly


@pytest.mark.parametrize(
    ("path", "value"), [("week_count", 0), ("week_count", 53), ("slot_minutes", 0), ("slot_minutes", 61), ("slot_minutes", 40)]
)
def test_what_makes_no_grid_is_refused_by_name(path: str, value: int) -> None:
    with pytest.raises(InvalidProblemError) as refused:
        generate_uk_no(5, 1, **{path: value})  # type: ignore[arg-type]
    assert [(v.path, v.reason) for v in refused.value.violations] == [(path, "OUT_OF_RANGE")]

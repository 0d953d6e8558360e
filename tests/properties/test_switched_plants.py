"""Random small problems with halls that may be switched off beside a plant: engines agree, and no price bound is too low."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.exact.problem import exact
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Battery, Commitment, FlexibleLoad, Hall, HeatOfftake, Job, Problem
from optimizer.solution import TerminationReason
from optimizer.verify.bound import prove
from optimizer.verify.plan import verify_result
from tests.certificates import reference_bound
from tests.fleet import at, hall, job, mode, pool, problem, site
from tests.profiles import examples

SLOT_COUNT = 5


@st.composite
def switched_plants(draw: st.DrawFn) -> Problem:
    """One site with a hall that may be switched off, and perhaps one that may not; load in either or in neither."""
    halls: list[Hall] = [draw(_switched())]
    if draw(st.booleans()):
        halls.append(hall("k", pool("k-p", (1,)), it_power_limit_kw=(18.0,)))
    jobs = tuple(draw(_jobs(f"j{index}")) for index in range(draw(st.integers(0, 3))))
    plant: dict[str, Any] = {}
    inside = st.sampled_from(["", *(each.name for each in halls)])
    plant["flexible_loads"] = tuple(
        FlexibleLoad(name=name, power_kw=draw(_series(0, 16)), value_per_mwh=draw(_series(10, 200)), hall=draw(inside))
        for name in draw(st.sampled_from([(), ("mine",), ("mine", "yard")]))
    )
    if draw(st.booleans()):
        plant["demand_charge_per_kw"] = draw(st.sampled_from([0.02, 0.1, 0.5]))
    if draw(st.booleans()):
        plant["heat_offtake"] = HeatOfftake(limit_kw=draw(_series(0, 8)), price_per_mwh=draw(_series(0, 90)))
    if draw(st.booleans()):
        plant["battery"] = Battery(
            energy_capacity_kwh=float(draw(st.integers(2, 12))),
            charge_limit_kw=float(draw(st.integers(1, 8))),
            discharge_limit_kw=float(draw(st.integers(1, 8))),
            round_trip_efficiency=draw(st.sampled_from([1.0, 0.5])),
            initial_energy_kwh=draw(st.sampled_from([0.0, 2.0])),
        )
    plant["overhead_kw"] = (draw(st.sampled_from([0.0, 1.5])),)
    plant["pue"] = (draw(st.sampled_from([1.0, 1.25])),)
    place = site("s", *halls, energy_price_per_mwh=draw(_series(-60, 150)), import_limit_kw=draw(_series(8, 40)), **plant)
    return problem(*jobs, sites=(place,), slot_count=SLOT_COUNT)


def _series(least: int, most: int) -> st.SearchStrategy[tuple[float, ...]]:
    return st.lists(st.integers(least, most).map(float), min_size=SLOT_COUNT, max_size=SLOT_COUNT).map(tuple)


@st.composite
def _switched(draw: st.DrawFn) -> Hall:
    rules = Commitment(
        standby_power_kw=float(draw(st.integers(0, 6))),
        start_up_cost=draw(st.sampled_from([0.0, 0.2, 1.0])),
        shut_down_cost=draw(st.sampled_from([0.0, 0.3])),
        min_up_duration=timedelta(hours=draw(st.integers(0, 3))),
        min_down_duration=timedelta(hours=draw(st.integers(0, 3))),
        initially_on=draw(st.booleans()),
        finally_off=draw(st.booleans()),
    )
    limit = draw(st.sampled_from([(24.0,), (20.0, 12.0, 20.0, 4.0, 20.0)]))
    return hall("h", pool("h-p", (draw(st.integers(1, 2)),)), it_power_limit_kw=limit, commitment=rules)


@st.composite
def _jobs(draw: st.DrawFn, name: str) -> Job:
    runs = mode(8, draw(st.integers(1, 3)), float(draw(st.integers(3, 10))), liquid_heat_kw=float(draw(st.integers(0, 3))))
    value = draw(st.one_of(st.none(), st.integers(1, 40).map(lambda tenths: tenths / 10)))
    return job(name, runs, value=value, earliest_start_time=at(draw(st.integers(0, 2))))


@given(switched_plants())
@examples(6)
def test_engines_agree_and_bounds_lie_above(meant: Problem) -> None:
    best = solve(meant, SolveParams(engine="highs", time_limit_seconds=60, thread_count=1))
    other = solve(meant, SolveParams(engine="cp_sat", time_limit_seconds=60, thread_count=1))
    assert best.termination.reason is other.termination.reason
    if best.termination.reason is TerminationReason.INFEASIBLE:
        return
    assert best.termination.reason is TerminationReason.OPTIMAL
    # operations in floats are rounded to whole watts, and a peak cut to them
    assert best.termination.objective_micros == pytest.approx(other.termination.objective_micros, abs=1_000)
    result = solve(meant, SolveParams(engine="price", work_limit=2_000, thread_count=1))
    assert result.certificate is not None
    proof = prove(exact(meant), result.certificate)
    assert proof.violations == ()
    assert proof.bound_micros == reference_bound(exact(meant), result.certificate)
    assert proof.bound_micros >= max(best.terms.objective_micros, other.terms.objective_micros)
    if result.termination.objective_micros is not None:
        assert verify_result(exact(meant), result).violations == ()
        assert result.terms.objective_micros <= max(best.terms.objective_micros, other.terms.objective_micros)

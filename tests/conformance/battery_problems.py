"""Batteries, alone and with the rest of a plant. Whole kilowatts, whole rates and efficiencies that keep them whole."""

from __future__ import annotations

from optimizer.problem import Battery, FlexibleLoad, HeatOfftake, Preemption, Problem
from tests.fleet import at, hall, job, mode, pool, problem, site

#: A cut of the connection in slot 2, which only a battery carries the long job over.
RIDE_THROUGH = problem(
    job("long", mode(8, 4, 8.0), value=5.0),
    job("short", mode(8, 1, 6.0), value=1.0, latest_end_time=at(2)),
    job("dear", mode(8, 1, 8.0), value=0.3),
    sites=(
        site(
            "s",
            hall("h", pool("p", (2,))),
            import_limit_kw=(20.0, 20.0, 5.0, 12.5),
            pue=(1.25,),
            energy_price_per_mwh=(40.0, 80.0, 80.0, 120.0),
            battery=Battery(energy_capacity_kwh=10.0, charge_limit_kw=5.0, discharge_limit_kw=7.5, round_trip_efficiency=0.5),
        ),
    ),
)
#: Stored energy that nothing but a job at a loss can use, prices below 0, and an end with less than the start.
STORED_FOR_A_JOB = problem(
    job("cheap", mode(8, 1, 4.0), value=0.3, earliest_start_time=at(2)),
    job("must", mode(8, 1, 6.0), value=None),
    sites=(
        site(
            "s",
            hall("h", pool("p", (1,))),
            import_limit_kw=(10.0,),
            overhead_kw=(2.0,),
            energy_price_per_mwh=(-50.0, -20.0, 200.0, 150.0),
            battery=Battery(
                energy_capacity_kwh=8.0,
                charge_limit_kw=4.0,
                discharge_limit_kw=4.0,
                round_trip_efficiency=0.5,
                initial_energy_kwh=2.0,
                least_final_energy_kwh=0.0,
            ),
        ),
    ),
)
#: Three slots: a peak that a battery shaves, load that uses what it gives, heat sold, a job in pieces, and two tiers.
BATTERY_WITH_ALL = problem(
    job("tall", mode(8, 1, 8.0, liquid_heat_kw=4.0), value=0.9),
    job("pausing", mode(8, 2, 4.0), value=0.8, preemption=Preemption(max_pause_count=1, resume_cost=0.05)),
    job("last", mode(8, 1, 4.0), value=0.4, priority_tier=2),
    slot_count=3,
    sites=(
        site(
            "s",
            hall("h", pool("p", (2,)), it_power_limit_kw=(14.0,)),
            import_limit_kw=(12.0, 8.0, 10.0),
            energy_price_per_mwh=(20.0, 100.0, 40.0),
            demand_charge_per_kw=0.03,
            flexible_loads=(FlexibleLoad(name="mine", power_kw=(6.0,), value_per_mwh=(50.0, 60.0, 30.0), hall="h"),),
            heat_offtake=HeatOfftake(limit_kw=(2.0, 4.0, 4.0), price_per_mwh=(10.0, 60.0, 20.0)),
            battery=Battery(energy_capacity_kwh=4.0, charge_limit_kw=4.0, discharge_limit_kw=4.0, initial_energy_kwh=2.0),
        ),
    ),
)

PROBLEMS: dict[str, Problem] = {
    name.lower(): value for name, value in globals().items() if name.isupper() and isinstance(value, Problem)
}

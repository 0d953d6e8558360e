"""Halls that may be switched off at a site with a plant of its own: one connection for runs, standby, load and battery."""

from __future__ import annotations

from optimizer.problem import Battery, Commitment, FlexibleLoad, Hall, HeatOfftake, Preemption, Problem
from tests.fleet import at, hall, hours, job, mode, pool, problem, site


def _switched(limit_kw: tuple[float, ...], nodes: int = 1, **rules: object) -> Hall:
    commitment = Commitment(**rules)  # type: ignore[arg-type]
    return hall("h", pool("p", (nodes,), liquid_heat_share=1.0), it_power_limit_kw=limit_kw, commitment=commitment)


#: To have the hall on for the second job too takes more from the mine than that job brings.
SWITCHED_BESIDE_LOAD = problem(
    job("first", mode(8, 1, 8.0, pools=("p",)), value=1.9, latest_end_time=at(2)),
    job("last", mode(8, 1, 8.0, pools=("p",)), value=0.7, earliest_start_time=at(2)),
    job("always", mode(8, 2, 4.0, pools=("q",)), value=0.5),
    sites=(
        site(
            "s",
            _switched((20.0,), standby_power_kw=4.0, start_up_cost=0.3, min_up_duration=hours(2)),
            hall("k", pool("q", (1,))),
            import_limit_kw=(22.0, 22.0, 16.0, 22.0),
            energy_price_per_mwh=(20.0, 30.0, 20.0, 40.0),
            flexible_loads=(FlexibleLoad(name="mine", power_kw=(14.0,), value_per_mwh=(90.0, 90.0, 130.0, 120.0)),),
        ),
    ),
)
#: The hall is on for a job and goes on for the mine in it, as long as that earns more than its standby and a second start.
LOAD_IN_A_SWITCHED_HALL = problem(
    job("early", mode(8, 1, 6.0), value=0.9, latest_end_time=at(2)),
    job("late", mode(8, 1, 6.0), value=0.7, earliest_start_time=at(3)),
    sites=(
        site(
            "s",
            _switched((14.0, 14.0, 12.0, 14.0), standby_power_kw=2.0, start_up_cost=0.4, shut_down_cost=0.1, finally_off=True),
            energy_price_per_mwh=(20.0, 50.0, 20.0, 20.0),
            flexible_loads=(
                FlexibleLoad(name="mine", power_kw=(8.0,), value_per_mwh=(60.0, 40.0, 90.0, 50.0), hall="h"),
                FlexibleLoad(name="spare", power_kw=(3.0,), value_per_mwh=(30.0,), hall="h"),
            ),
        ),
    ),
)
#: Nothing runs, and the hall is worth having on for what it mines.
MINE_ALONE_IN_A_SWITCHED_HALL = problem(
    job("never", mode(8, 1, 8.0), value=0.1),
    sites=(
        site(
            "s",
            _switched((12.0,), standby_power_kw=2.0, start_up_cost=0.3, min_down_duration=hours(2), initially_on=True),
            import_limit_kw=(11.0,),
            energy_price_per_mwh=(40.0, 90.0, 40.0, 30.0),
            flexible_loads=(FlexibleLoad(name="mine", power_kw=(10.0,), value_per_mwh=(60.0, 20.0, 50.0, 80.0), hall="h"),),
        ),
    ),
)
#: Standby counts towards the peak, so that the hall is off while the other hall draws most.
SWITCHED_UNDER_A_DEMAND_CHARGE = problem(
    job("tall", mode(8, 1, 10.0, pools=("q",)), value=None, earliest_start_time=at(1), latest_end_time=at(2)),
    job("a", mode(8, 1, 5.0, pools=("p",)), value=0.6, latest_end_time=at(3)),
    job("b", mode(8, 1, 4.0, pools=("p",)), value=0.5, earliest_start_time=at(2)),
    sites=(
        site(
            "s",
            _switched((20.0,), standby_power_kw=3.0, start_up_cost=0.02),
            hall("k", pool("q", (1,))),
            import_limit_kw=(40.0,),
            overhead_kw=(1.0,),
            energy_price_per_mwh=(20.0, 10.0, 30.0, 20.0),
            demand_charge_per_kw=0.1,
        ),
    ),
)
#: The connection is cut in slot 1: the battery carries the run and the hall's standby, and what it stores first is for that.
SWITCHED_BESIDE_A_BATTERY = problem(
    job("long", mode(8, 2, 6.0), value=1.2, latest_end_time=at(3)),
    job("dear", mode(8, 1, 8.0), value=0.4),
    slot_count=3,
    sites=(
        site(
            "s",
            _switched((16.0,), standby_power_kw=2.0, start_up_cost=0.1, initially_on=True),
            import_limit_kw=(16.0, 4.0, 12.0),
            energy_price_per_mwh=(20.0, 160.0, 60.0),
            battery=Battery(energy_capacity_kwh=8.0, charge_limit_kw=8.0, discharge_limit_kw=4.0, round_trip_efficiency=0.5,
                            initial_energy_kwh=2.0),
        ),
    ),
)  # fmt: skip
#: What a battery holds is worth most where only standby draws: it may not be exported.
STANDBY_DRAWS_WHAT_A_BATTERY_GIVES = problem(
    job("small", mode(8, 1, 2.0), value=0.2, latest_end_time=at(2)),
    slot_count=3,
    sites=(
        site(
            "s",
            _switched((16.0,), standby_power_kw=4.0, start_up_cost=0.05, min_up_duration=hours(2)),
            import_limit_kw=(16.0,),
            energy_price_per_mwh=(20.0, 100.0, -40.0),
            battery=Battery(energy_capacity_kwh=8.0, charge_limit_kw=4.0, discharge_limit_kw=4.0, round_trip_efficiency=1.0,
                            initial_energy_kwh=6.0, least_final_energy_kwh=0.0),
        ),
    ),
)  # fmt: skip
#: Storing energy that the price pays for is all there is to do: only the hall and the battery are to be branched on.
NOTHING_TO_RUN_BESIDE_A_BATTERY = problem(
    slot_count=3,
    sites=(
        site(
            "s",
            _switched((24.0,), min_up_duration=hours(2)),
            import_limit_kw=(37.0, 25.0, 30.0),
            energy_price_per_mwh=(-12.0, -6.0, -26.0),
            battery=Battery(energy_capacity_kwh=7.0, charge_limit_kw=6.0, discharge_limit_kw=1.0, round_trip_efficiency=0.5),
        ),
    ),
)
SWITCHED_WITH_THE_WHOLE_PLANT = problem(
    job("tall", mode(8, 1, 8.0, liquid_heat_kw=4.0), value=0.9),
    job("pausing", mode(8, 2, 4.0), value=0.8, preemption=Preemption(max_pause_count=1, resume_cost=0.05)),
    slot_count=3,
    sites=(
        site(
            "s",
            _switched((14.0,), 2, standby_power_kw=2.0, start_up_cost=0.1, shut_down_cost=0.05),
            import_limit_kw=(14.0, 8.0, 12.0),
            energy_price_per_mwh=(20.0, 100.0, 40.0),
            demand_charge_per_kw=0.03,
            flexible_loads=(
                FlexibleLoad(name="mine", power_kw=(6.0,), value_per_mwh=(60.0, 130.0, 70.0), hall="h"),
                FlexibleLoad(name="yard", power_kw=(4.0,), value_per_mwh=(45.0,)),
            ),
            heat_offtake=HeatOfftake(limit_kw=(2.0, 4.0, 4.0), price_per_mwh=(10.0, 60.0, 20.0)),
            battery=Battery(energy_capacity_kwh=4.0, charge_limit_kw=4.0, discharge_limit_kw=4.0, round_trip_efficiency=1.0),
        ),
    ),
)

PROBLEMS: dict[str, Problem] = {
    name.lower(): value for name, value in globals().items() if name.isupper() and isinstance(value, Problem)
}

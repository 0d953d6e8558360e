"""What sites run beside their jobs, alone and together. Whole kilowatts and whole rates, so that nothing is rounded."""

from __future__ import annotations

from optimizer.problem import FlexibleLoad, HeatOfftake, Precedence, Preemption, Problem
from tests.fleet import at, hall, job, mode, pool, problem, site

FLEXIBLE_LOAD = problem(
    job("cheap", mode(8, 2, 10.0), value=1.0),
    job("worth_it", mode(8, 2, 10.0), value=3.0),
    job("wide", mode(16, 1, 14.0), value=1.4),
    sites=(
        site(
            "s",
            hall("h", pool("p", (3,)), it_power_limit_kw=(25.0,)),
            import_limit_kw=(60.0, 50.0, 60.0, 44.0),
            pue=(2.0,),
            overhead_kw=(2.0,),
            energy_price_per_mwh=(20.0, 10.0, 60.0, -5.0),
            flexible_loads=(
                FlexibleLoad(name="mine", power_kw=(20.0,), value_per_mwh=(110.0,), hall="h"),
                FlexibleLoad(name="yard", power_kw=(6.0, 6.0, 0.0, 6.0), value_per_mwh=(130.0, 90.0, 200.0, 90.0)),
            ),
        ),
    ),
)
FLEXIBLE_LOAD_IN_THE_AIR = problem(
    job("wet", mode(8, 2, 10.0), value=1.0, latest_end_time=at(3)),
    job("dry", mode(8, 1, 8.0, liquid_heat_kw=0.0), value=0.6),
    job("must", mode(8, 1, 4.0), value=None),
    sites=(
        site(
            "s",
            hall("h", pool("p", (2,), liquid_heat_share=0.5), air_cooling_limit_kw=(12.0, 12.0, 9.0, 12.0)),
            energy_price_per_mwh=(10.0,),
            carbon_intensity_g_per_kwh=(100.0,),
            flexible_loads=(FlexibleLoad(name="mine", power_kw=(15.0,), value_per_mwh=(70.0, 90.0, 15.0, 60.0), hall="h"),),
        ),
    ),
    carbon_price_per_tonne=100.0,
)
DEMAND_CHARGE = problem(
    job("long", mode(8, 3, 8.0), value=2.0),
    job("tall", mode(16, 1, 18.0), value=1.2),
    job("must", mode(8, 1, 6.0), value=None, latest_end_time=at(3)),
    sites=(
        site(
            "s",
            hall("h", pool("p", (3,))),
            import_limit_kw=(40.0, 40.0, 24.0, 40.0),
            pue=(1.25,),
            overhead_kw=(2.0, 4.0, 2.0, 2.0),
            energy_price_per_mwh=(20.0, 40.0, 20.0, 60.0),
            demand_charge_per_kw=0.05,
        ),
        site("free", hall("k", pool("q", (1, 0, 1, 0))), energy_price_per_mwh=(90.0,)),
    ),
)
DEMAND_CHARGE_ON_LOAD = problem(
    job("first", mode(8, 2, 10.0), value=1.5),
    job("second", mode(8, 2, 6.0), value=0.9, latest_end_time=at(3)),
    job("third", mode(8, 1, 14.0), value=0.6),
    sites=(
        site(
            "s",
            hall("h", pool("p", (2,)), it_power_limit_kw=(24.0,)),
            import_limit_kw=(60.0, 60.0, 30.0, 60.0),
            pue=(1.0, 2.0, 1.0, 2.0),
            energy_price_per_mwh=(20.0, 10.0, 20.0, 10.0),
            demand_charge_per_kw=0.045,
            flexible_loads=(
                FlexibleLoad(name="mine", power_kw=(20.0,), value_per_mwh=(60.0, 30.0, 50.0, 30.0), hall="h"),
                FlexibleLoad(name="yard", power_kw=(4.0,), value_per_mwh=(40.0,)),
            ),
        ),
    ),
)
HEAT_OFFTAKE = problem(
    job("cold", mode(8, 2, 10.0), value=0.5),
    job("loss", mode(8, 1, 20.0), value=0.3, earliest_start_time=at(1), allowed_sites=("s",)),
    job("hot", mode(8, 1, 8.0, liquid_heat_kw=8.0), value=0.2),
    sites=(
        site(
            "s",
            hall("h", pool("p", (2, 2, 1, 2), liquid_heat_share=0.5)),
            energy_price_per_mwh=(20.0,),
            heat_offtake=HeatOfftake(limit_kw=(4.0, 2.0, 4.0, 8.0), price_per_mwh=(0.0, 90.0, 50.0, 40.0), recovered_share=0.5),
        ),
        site("dry", hall("k", pool("q", (1,))), energy_price_per_mwh=(24.0,)),
    ),
)
HEAT_IN_PIECES = problem(
    job("pausing", mode(8, 2, 8.0, liquid_heat_kw=8.0), value=0.1, preemption=Preemption(max_pause_count=1, resume_cost=0.05)),
    job("must", mode(8, 1, 6.0, liquid_heat_kw=4.0), value=None),
    job("late", mode(8, 1, 6.0, liquid_heat_kw=6.0), value=0.1, due_time=at(2), tardiness_cost_per_hour=0.1, priority_tier=2),
    sites=(
        site(
            "s",
            hall("h", pool("p", (1, 2, 1, 1))),
            energy_price_per_mwh=(10.0, 30.0, 60.0, 10.0),
            heat_offtake=HeatOfftake(limit_kw=(8.0, 8.0, 2.0, 8.0), price_per_mwh=(40.0, 10.0, -5.0, 60.0)),
        ),
    ),
)
#: CP-SAT states the starts of jobs in order as one interval.
PLANT_IN_ORDER = problem(
    job("first", mode(8, 2, 8.0, liquid_heat_kw=6.0), value=2.0),
    job("second", mode(8, 1, 12.0), value=0.9),
    job("beside", mode(8, 1, 6.0, liquid_heat_kw=6.0), value=0.5),
    sites=(
        site(
            "s",
            hall("h", pool("p", (2,))),
            import_limit_kw=(20.0, 18.0, 16.0, 20.0),
            energy_price_per_mwh=(20.0,),
            demand_charge_per_kw=0.04,
            heat_offtake=HeatOfftake(limit_kw=(6.0, 6.0, 6.0, 9.0), price_per_mwh=(0.0, 20.0, 60.0, 20.0)),
            flexible_loads=(FlexibleLoad(name="mine", power_kw=(10.0,), value_per_mwh=(60.0, 40.0, 30.0, 20.0), hall="h"),),
        ),
    ),
    precedences=(Precedence(predecessor="first", successor="second"),),
)
PLANTS_TOGETHER = problem(
    job("train", mode(8, 2, 9.0), value=2.0, due_time=at(3), tardiness_cost_per_hour=0.2),
    job("batch", mode(8, 2, 6.0), value=0.8, preemption=Preemption(max_pause_count=1, resume_cost=0.05)),
    job("last", mode(8, 1, 12.0), value=0.9, priority_tier=1),
    sites=(
        site(
            "s",
            hall("h", pool("p", (2, 1, 2, 2)), it_power_limit_kw=(18.0,)),
            import_limit_kw=(20.0,),
            energy_price_per_mwh=(20.0, 90.0, 20.0, 30.0),
            flexible_loads=(
                FlexibleLoad(name="mine", power_kw=(15.0,), value_per_mwh=(60.0,), hall="h"),
                FlexibleLoad(name="rest", power_kw=(9.0,), value_per_mwh=(40.0,), hall="h"),
            ),
        ),
        site(
            "n",
            hall("k", pool("q", (1,), liquid_heat_share=1.0)),
            region_code="NO",
            import_limit_kw=(16.0,),
            energy_price_per_mwh=(30.0,),
            demand_charge_per_kw=0.06,
            heat_offtake=HeatOfftake(limit_kw=(3.0,), price_per_mwh=(0.0, 40.0, 40.0, 0.0), recovered_share=0.75),
            flexible_loads=(FlexibleLoad(name="mine", power_kw=(16.0,), value_per_mwh=(50.0, 50.0, 20.0, 80.0)),),
        ),
    ),
)  # fmt: skip

PROBLEMS: dict[str, Problem] = {
    name.lower(): value for name, value in globals().items() if name.isupper() and isinstance(value, Problem)
}

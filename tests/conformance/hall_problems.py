"""Tiny problems of halls that may be switched off: where it pays, where it does not, where a rule of switching binds."""

from __future__ import annotations

from optimizer.problem import (
    Commitment,
    FlexibleLoad,
    Group,
    GroupKind,
    HeatOfftake,
    Preemption,
    Problem,
    Quota,
    Tenant,
)
from tests.fleet import at, hall, hours, job, mode, pool, problem, site


def _switched(name: str, pool_name: str, nodes: int = 2, limit_kw: tuple[float, ...] = (), **rules: object):
    commitment = Commitment(**rules)  # type: ignore[arg-type]
    return hall(name, pool(pool_name, (nodes,)), it_power_limit_kw=limit_kw, commitment=commitment)


PRICE = (100.0, 900.0, 100.0, 100.0)

HALL_STAYS_OFF = problem(
    job("cheap", mode(8, 1), value=20.0),
    job("dear", mode(8, 1, pools=("p",)), value=30.0),
    sites=(site("s", _switched("h", "p", start_up_cost=31.0), hall("k", pool("q", (1,)))),),
    slot_count=2,
)
HALL_OPENS_FOR_TWO = problem(
    *(job(name, mode(8, 1), value=20.0) for name in "ab"),
    sites=(site("s", _switched("h", "p", standby_power_kw=1.0, start_up_cost=20.0, shut_down_cost=18.0)),),
    slot_count=3,
)
HALL_OFF_AT_THE_END = problem(
    *(job(name, mode(8, 1), value=20.0) for name in "ab"),
    sites=(site("s", _switched("h", "p", start_up_cost=22.0, shut_down_cost=19.0, finally_off=True)),),
    slot_count=2,
)
HALLS_PACKED = problem(
    *(job(name, mode(8, 2), value=30.0) for name in "abc"),
    sites=(site("s", _switched("h", "p", start_up_cost=8.0), _switched("k", "q", start_up_cost=9.0)),),
    slot_count=3,
)
HALL_ON_STANDBY_BETWEEN_RUNS = problem(
    job("first", mode(8, 1), latest_end_time=at(1)),
    job("last", mode(8, 1), earliest_start_time=at(3)),
    sites=(site("s", _switched("h", "p", standby_power_kw=20.0, start_up_cost=9.0, shut_down_cost=12.0),
                energy_price_per_mwh=PRICE),),
)  # fmt: skip
HALL_OFF_BETWEEN_RUNS = problem(
    job("first", mode(8, 1), latest_end_time=at(1)),
    job("last", mode(8, 1), earliest_start_time=at(3)),
    sites=(site("s", _switched("h", "p", standby_power_kw=20.0, start_up_cost=9.0, shut_down_cost=10.0),
                energy_price_per_mwh=PRICE),),
)  # fmt: skip
HALL_MIN_UP = problem(
    job("a", mode(8, 1), value=40.0),
    sites=(site("s", _switched("h", "p", standby_power_kw=10.0, start_up_cost=1.0, shut_down_cost=1.0,
                               min_up_duration=hours(1.5)),
                energy_price_per_mwh=(900.0, 3_000.0, 1_000.0, 2_000.0)),),
)  # fmt: skip
HALL_MIN_DOWN = problem(
    job("first", mode(8, 1), latest_end_time=at(1), value=None),
    job("last", mode(8, 1), earliest_start_time=at(2), latest_end_time=at(3), value=25.0),
    sites=(site("s", _switched("h", "p", standby_power_kw=30.0, min_down_duration=hours(2), initially_on=True),
                energy_price_per_mwh=PRICE),),
)  # fmt: skip
HALL_INITIALLY_ON = problem(
    job("late", mode(8, 1), value=7.0, earliest_start_time=at(2)),
    sites=(site("s", _switched("h", "p", standby_power_kw=5.0, start_up_cost=6.0, shut_down_cost=3.0, initially_on=True),
                energy_price_per_mwh=(100.0,)),),
)  # fmt: skip
STANDBY_TAKES_HALL_POWER = problem(
    job("wide", mode(16, 1, 20.0), value=50.0),
    job("narrow", mode(8, 1, 10.0), value=30.0),
    sites=(site("s", _switched("h", "p", limit_kw=(20.0, 20.001), standby_power_kw=0.001)),),
    slot_count=2,
)
HALL_LIMIT_DOES_NOT_CARRY_STANDBY = problem(
    job("a", mode(8, 1, 5.0), value=1.0),
    sites=(site("s", _switched("h", "p", 1, (32.0, 32.0, 5.0, 32.0), standby_power_kw=6.0, shut_down_cost=1.0),
                energy_price_per_mwh=(0.0, 0.0, 0.0, 5.0)),),
)  # fmt: skip
STANDBY_OF_RUNS_WITHOUT_POWER = problem(
    job("across", mode(8, 2, 0.0), value=30.0),
    job("pauses", mode(8, 2, 0.0), value=20.0, preemption=Preemption(max_pause_count=1)),
    sites=(
        site("s", _switched("h", "p", 1, (32.0, 5.0, 6.0, 7.0), standby_power_kw=6.0), import_limit_kw=(6.0, 9.0, 9.0, 5.0)),
    ),
)
STANDBY_TAKES_GRID = problem(
    job("a", mode(8, 1, 10.0), value=30.0),
    job("b", mode(8, 2, 10.0), value=29.0),
    job("c", mode(8, 1, 10.0), value=28.0),
    sites=(
        site(
            "s",
            _switched("h", "p", 1, standby_power_kw=4.0, start_up_cost=1.0, min_up_duration=hours(2)),
            _switched("k", "q", 1, standby_power_kw=3.0, start_up_cost=2.0),
            import_limit_kw=(29.0, 26.0, 17.0),
            pue=(1.0,),
        ),
    ),
    slot_count=3,
)
STANDBY_AND_CARBON = problem(
    job("a", mode(8, 2, 10.0), value=40.0),
    carbon_price_per_tonne=200.0,
    sites=(
        site("gb", _switched("h", "p", standby_power_kw=300.0, start_up_cost=3.0), pue=(1.3,),
             energy_price_per_mwh=(20.0, -40.0, 30.0), carbon_intensity_g_per_kwh=(150.0, 120.0, 90.0)),
        site("no", _switched("k", "q", standby_power_kw=290.0, shut_down_cost=4.0), region_code="NO",
             energy_price_per_mwh=(45.0,), carbon_intensity_g_per_kwh=(8.0,)),
    ),
    slot_count=3,
)  # fmt: skip
HALL_PAID_TO_STAND_BY = problem(
    job("a", mode(8, 1), value=5.0),
    sites=(site("s", _switched("h", "p", standby_power_kw=100.0, start_up_cost=3.0, shut_down_cost=1.0),
                energy_price_per_mwh=(10.0, -60.0, -20.0, 30.0)),),
)  # fmt: skip
MANDATORY_IN_HALLS = problem(
    job("must", mode(8, 2), value=None, latest_end_time=at(3)),
    job("must too", mode(8, 1), value=None, earliest_start_time=at(2)),
    job("may", mode(8, 1), value=2.0),
    sites=(
        site("s", _switched("h", "p", 1, standby_power_kw=20.0, start_up_cost=9.0, shut_down_cost=2.0),
             energy_price_per_mwh=PRICE[:3]),
        site("n", _switched("k", "q", 1, standby_power_kw=30.0, start_up_cost=2.0), energy_price_per_mwh=(200.0,)),
    ),
    slot_count=3,
)  # fmt: skip
MANDATORY_BESIDE_NO_STANDBY = problem(
    job("must", mode(8, 1, 10.0, pools=("p",)), value=None, earliest_start_time=at(1)),
    job("may", mode(8, 1, 5.0, pools=("q",)), value=20.0),
    sites=(
        site("s", _switched("h", "p", standby_power_kw=1.0), _switched("k", "q", standby_power_kw=4.0, start_up_cost=3.0),
             _switched("l", "r", standby_power_kw=4.0), import_limit_kw=(11.0,)),
    ),
    slot_count=2,
)  # fmt: skip
HALLS_INFEASIBLE = problem(
    job("must", mode(8, 2, 10.0), value=None),
    sites=(site("s", _switched("h", "p", standby_power_kw=1.0), import_limit_kw=(10.5,), pue=(1.0,)),),
)
PAUSE_IN_A_HALL = problem(
    job("pauses", mode(8, 2, 5.0), value=60.0, preemption=Preemption(max_pause_count=1, resume_cost=1.0)),
    sites=(site("s", _switched("h", "p", 1, standby_power_kw=20.0, start_up_cost=2.0), energy_price_per_mwh=PRICE[:3]),),
    slot_count=3,
)
HALLS_AND_ALL_RULES = problem(
    job("lab", mode(8, 2, 20.0), tenant="lab", value=45.0, due_time=at(2), tardiness_cost_per_hour=3.0),
    job("twin", mode(8, 1, 20.0), tenant="lab", value=28.0),
    job("must", mode(8, 1, 15.0), value=None, latest_end_time=at(3)),
    carbon_price_per_tonne=60.0,
    tenants=(Tenant(name="lab", quotas=(Quota(gpu_count=16),)),),
    groups=(Group(name="near", kind=GroupKind.SAME_HALL, jobs=("lab", "twin")),),
    sites=(
        site(
            "s",
            _switched("h", "p", 1, (40.0, 24.0, 40.0), standby_power_kw=4.0, start_up_cost=5.0, shut_down_cost=1.0),
            _switched("k", "q", 2, standby_power_kw=9.0, start_up_cost=2.0, min_up_duration=hours(2), finally_off=True),
            import_limit_kw=(80.0, 70.0, 40.0),
            pue=(1.1,),
            energy_price_per_mwh=PRICE[:3],
            energy_budget_mwh=0.08,
            carbon_intensity_g_per_kwh=(200.0,),
        ),
    ),
    slot_count=3,
)
PLANTS_BESIDE_A_SWITCHED_HALL = problem(
    job("warm", mode(8, 1, 10.0, liquid_heat_kw=10.0), value=0.5),
    job("long", mode(8, 2, 10.0), value=3.0),
    job("small", mode(8, 1, 8.0), value=1.0),
    sites=(
        site("s", _switched("h", "p", standby_power_kw=5.0, start_up_cost=1.0), energy_price_per_mwh=(100.0,),
             heat_offtake=HeatOfftake(limit_kw=(8.0,), price_per_mwh=(0.0, 300.0, 100.0))),
        site("n", hall("k", pool("q", (1,))), import_limit_kw=(16.0, 20.0, 16.0), energy_price_per_mwh=(20.0,),
             region_code="NO", demand_charge_per_kw=0.05,
             flexible_loads=(FlexibleLoad(name="mine", power_kw=(8.0,), value_per_mwh=(70.0, 60.0, 50.0)),)),
    ),
    slot_count=3,
)  # fmt: skip

PROBLEMS: dict[str, Problem] = {
    name.lower(): value for name, value in globals().items() if name.isupper() and isinstance(value, Problem)
}

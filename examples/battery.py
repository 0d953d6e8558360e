"""A battery that carries a long run over an evening in which the grid calls, and earns on the prices of the day besides.

One site with the British prices of the uk-no instances, mining beside its jobs and a demand charge. From 17:00 to 20:00 the
connection carries little more than a quarter of what it does. What the battery is worth is shown by the same day without one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from optimizer.generate.uk_no import generate_uk_no
from optimizer.io.files import write_plan, write_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Battery, FlexibleLoad, GpuPool, Hall, Job, Mode, Problem, Site, TimeGrid
from optimizer.report.words import energy, money
from optimizer.solution import Result

SLOT_COUNT = 24
GPUS_PER_NODE = 8
#: What a node of eight GPUs draws under load.
NODE_KW = 10.0
IMPORT_KW, CALLED_KW = 200.0, 55.0
#: Hours of the evening in which the grid calls.
CALLED = range(17, 20)


def battery_problem() -> Problem:
    """Five jobs at Loughton, of which the two that pay best run for longer than from midnight to the call."""
    generated = generate_uk_no(40, 1)
    price = next(site.energy_price_per_mwh[:SLOT_COUNT] for site in generated.sites if site.name == "loughton")
    pool = GpuPool(name="loughton-h100", gpu_model="H100", node_count=(14,), gpus_per_node=GPUS_PER_NODE)
    site = Site(
        name="loughton",
        region_code="GB",
        time_zone="Europe/London",
        import_limit_kw=tuple(CALLED_KW if slot in CALLED else IMPORT_KW for slot in range(SLOT_COUNT)),
        pue=(1.1,),
        overhead_kw=(3.3,),
        energy_price_per_mwh=price,
        demand_charge_per_kw=0.1,
        halls=(Hall(name="loughton-a", pools=(pool,)),),
        flexible_loads=(FlexibleLoad(name="mining", power_kw=(60.0,), value_per_mwh=(95.0,), hall="loughton-a"),),
        battery=Battery(
            energy_capacity_kwh=352.0,
            charge_limit_kw=88.0,
            discharge_limit_kw=110.0,
            round_trip_efficiency=0.88,
            initial_energy_kwh=110.0,
        ),
    )
    return Problem(
        name="over the evening call",
        time_grid=TimeGrid(start_time=generated.time_grid.start_time, slot_count=SLOT_COUNT),
        sites=(site,),
        jobs=_jobs(),
    )


def _jobs() -> tuple[Job, ...]:
    def job(name: str, value: float, nodes: int, hours: int) -> Job:
        mode = Mode(
            gpu_model="H100", gpu_count=GPUS_PER_NODE * nodes, duration=timedelta(hours=hours), it_power_kw=NODE_KW * nodes
        )
        return Job(name=name, value=value, modes=(mode,))

    return (
        job("pretrain", 420.0, 10, 20),
        job("finetune", 130.0, 4, 18),
        job("score", 60.0, 4, 6),
        job("sweep", 55.0, 6, 5),
        job("night", 40.0, 10, 4),
    )


def without_battery(problem: Problem) -> Problem:
    return replace(problem, sites=tuple(replace(site, battery=None) for site in problem.sites))


def best(problem: Problem) -> Result:
    return solve(problem, SolveParams(engine="highs", time_limit_seconds=60))


def show(title: str, result: Result) -> None:
    jobs = ", ".join(placement.job for placement in result.placements)
    print(f"{title}: {money(result.terms.objective_micros, 'GBP')}, {result.termination.reason}: {jobs}")


def main() -> None:
    problem = battery_problem()
    plan = best(problem)
    show("As it is", plan)
    show("Without the battery", best(without_battery(problem)))
    (operation,) = plan.operations
    assert operation.battery is not None
    for slot in CALLED:
        given, held = operation.battery.discharge_w[slot], operation.battery.energy_wh[slot]
        print(f"  {slot}:00: {given / 1_000:,.1f} kW of IT power from the battery, {energy(held)} left")
    write_problem(problem, "battery.json")
    write_plan(plan, "plan.json")


if __name__ == "__main__":
    main()

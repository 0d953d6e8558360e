"""A mine and an AI hall behind one connection: the hall is off in hours in which the mine earns more with its watts.

One site with half a day of the British prices of the uk-no instances, and a demand charge. The hall draws standby power while
it is on, whatever runs, and may be switched off. What that is worth is shown by the same hours with the hall on throughout, and
what the mine changes by those without it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from optimizer.generate.uk_no import generate_uk_no
from optimizer.io.files import write_plan, write_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Commitment, FlexibleLoad, GpuPool, Hall, Job, Mode, Problem, Site, TimeGrid
from optimizer.report.words import money
from optimizer.solution import Result

SLOT_COUNT = 12
GPUS_PER_NODE = 8
#: What a node of eight GPUs draws under load, and the hall while it is on.
NODE_KW, STANDBY_KW = 10.0, 24.0
MINE_KW = 120.0


def switched_problem() -> Problem:
    """Four jobs at Loughton: two until five in the morning, one that fits between, one towards noon."""
    generated = generate_uk_no(40, 1)
    price = next(site.energy_price_per_mwh[:SLOT_COUNT] for site in generated.sites if site.name == "loughton")
    pool = GpuPool(name="loughton-h100", gpu_model="H100", node_count=(12,), gpus_per_node=GPUS_PER_NODE)
    site = Site(
        name="loughton",
        region_code="GB",
        time_zone="Europe/London",
        import_limit_kw=(165.0,),
        pue=(1.1,),
        overhead_kw=(3.3,),
        energy_price_per_mwh=price,
        demand_charge_per_kw=0.1,
        halls=(
            Hall(
                name="loughton-ai",
                it_power_limit_kw=(150.0,),
                pools=(pool,),
                commitment=Commitment(
                    standby_power_kw=STANDBY_KW,
                    start_up_cost=0.5,
                    shut_down_cost=0.5,
                    min_up_duration=timedelta(hours=2),
                    min_down_duration=timedelta(hours=2),
                ),
            ),
            Hall(name="loughton-mine"),
        ),
        flexible_loads=(FlexibleLoad(name="mining", power_kw=(MINE_KW,), value_per_mwh=(95.0,), hall="loughton-mine"),),
    )
    return Problem(
        name="a mine beside a hall that switches",
        time_grid=TimeGrid(start_time=generated.time_grid.start_time, slot_count=SLOT_COUNT),
        sites=(site,),
        jobs=_jobs(generated.time_grid.start_time),
    )


def _jobs(start: datetime) -> tuple[Job, ...]:
    def job(name: str, value: float, nodes: int, hours: int, first: int, last: int) -> Job:
        mode = Mode(
            gpu_model="H100", gpu_count=GPUS_PER_NODE * nodes, duration=timedelta(hours=hours), it_power_kw=NODE_KW * nodes
        )
        earliest, latest = (start + timedelta(hours=hour) for hour in (first, last))
        return Job(name=name, value=value, modes=(mode,), earliest_start_time=earliest, latest_end_time=latest)

    return (
        job("train", 60.0, 8, 4, 0, 5),
        job("score", 14.0, 3, 3, 0, 5),
        job("probe", 4.8, 2, 2, 5, 8),
        job("nightly", 40.0, 6, 3, 8, 12),
    )


def always_on(problem: Problem) -> Problem:
    """The same day with the hall on from before the first slot: one that may never be switched off again."""
    (site,) = problem.sites
    commitment = replace(site.halls[0].commitment or Commitment(), initially_on=True, shut_down_cost=100_000.0)
    return replace(problem, sites=(replace(site, halls=(replace(site.halls[0], commitment=commitment), *site.halls[1:])),))


def without_mine(problem: Problem) -> Problem:
    return replace(problem, sites=tuple(replace(site, flexible_loads=()) for site in problem.sites))


def best(problem: Problem) -> Result:
    return solve(problem, SolveParams(engine="highs", time_limit_seconds=60))


def show(title: str, result: Result) -> None:
    jobs = ", ".join(placement.job for placement in result.placements)
    hours = ", ".join(f"{span.start_slot}:00 to {span.end_slot}:00" for span in result.hall_schedules[0].on)
    print(f"{title}: {money(result.terms.objective_micros, 'GBP')}, {result.termination.reason}: {jobs}; on {hours}")


def main() -> None:
    problem = switched_problem()
    plan = best(problem)
    show("As it is", plan)
    show("With the hall always on", best(always_on(problem)))
    show("Without the mine", best(without_mine(problem)))
    write_problem(problem, "switched.json")
    write_plan(plan, "plan.json")


if __name__ == "__main__":
    main()

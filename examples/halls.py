"""Halls that are switched off where that pays: the same day with halls that are always on, and what switching saves.

Three halls at Loughton with the prices of the uk-no instances. Each draws standby power while it is on and costs something to
start; the third is small and dear to start. Six jobs, two of which must run.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta

from optimizer.generate.uk_no import generate_uk_no
from optimizer.io.files import write_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Commitment, GpuPool, Hall, Job, Mode, Problem, Site, TimeGrid
from optimizer.report.words import money

SLOT_COUNT = 24
NODE_KW = 10.2


def switching_problem() -> Problem:
    """Three halls of 8, 8 and 4 nodes; all jobs fit at once if all halls are on."""
    priced = next(site for site in generate_uk_no(40, 1).sites if site.name == "loughton")

    def hall(name: str, node_count: int, standby_power_kw: float, start_up_cost: float) -> Hall:
        pool = GpuPool(name=f"{name}-h100", gpu_model="H100", node_count=(node_count,), gpus_per_node=8)
        rules = Commitment(
            standby_power_kw=standby_power_kw,
            start_up_cost=start_up_cost,
            shut_down_cost=2.0,
            min_up_duration=timedelta(hours=3),
            min_down_duration=timedelta(hours=2),
            finally_off=True,
        )
        return Hall(name=name, pools=(pool,), commitment=rules)

    site = Site(
        name="loughton",
        region_code="GB",
        import_limit_kw=(240.0,),
        pue=(1.15,),
        energy_price_per_mwh=priced.energy_price_per_mwh[:SLOT_COUNT],
        halls=(hall("north", 8, 30.0, 12.0), hall("south", 8, 30.0, 12.0), hall("annexe", 4, 20.0, 25.0)),
    )
    return Problem(
        name="halls at Loughton",
        time_grid=TimeGrid(start_time=generate_uk_no(40, 1).time_grid.start_time, slot_count=SLOT_COUNT),
        sites=(site,),
        jobs=(
            Job(name="nightly", modes=(_mode(6, 5),)),
            Job(name="release", modes=(_mode(4, 6),)),
            Job(name="pretrain", value=160.0, modes=(_mode(8, 8),)),
            Job(name="finetune", value=60.0, modes=(_mode(4, 4),)),
            Job(name="sweep", value=34.0, modes=(_mode(2, 6),)),
            Job(name="probe", value=9.0, modes=(_mode(2, 2),)),
        ),
    )


def _mode(nodes: int, hours: int) -> Mode:
    return Mode(gpu_model="H100", gpu_count=8 * nodes, duration=timedelta(hours=hours), it_power_kw=round(NODE_KW * nodes, 1))


def always_on(problem: Problem) -> Problem:
    """The same halls, never off: standby all day, whatever runs."""
    halls = tuple(replace(hall, commitment=None) for hall in problem.sites[0].halls)
    return replace(problem, sites=(replace(problem.sites[0], halls=halls),))


def standby_all_day_micros(problem: Problem) -> int:
    """What halls that are always on cost in standby."""
    site = problem.sites[0]
    standby_mw = sum(hall.commitment.standby_power_kw for hall in site.halls if hall.commitment) / 1_000
    return round(1e6 * standby_mw * site.pue[0] * sum(site.energy_price_per_mwh))


def main() -> None:
    """Solves both, prints them; writes the instance where a file name is given."""
    problem = switching_problem()
    if len(sys.argv) > 1:
        write_problem(problem, sys.argv[1])
    switched, unswitched = (solve(each, SolveParams(engine="highs")) for each in (problem, always_on(problem)))
    for schedule in switched.hall_schedules:
        on = ", ".join(f"{part.start_slot}:00 to {part.end_slot}:00" for part in schedule.on)
        print(f"{schedule.hall}: {'on ' + on if on else 'off all day'}")
    print(f"switched: {money(switched.terms.objective_micros, problem.currency)}, {len(switched.placements)} jobs")
    worth = unswitched.terms.objective_micros - standby_all_day_micros(problem)
    print(f"always on: {money(worth, problem.currency)}, {len(unswitched.placements)} jobs")


if __name__ == "__main__":
    main()

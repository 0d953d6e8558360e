"""Jobs that pause at the price peak and in curtailed hours: what that is worth, against the same jobs run in one piece.

A day at Loughton and Glomfjord with the prices of the uk-no instances. The grid operator curtails Loughton in the evening.
Three of the five jobs may pause, one of them may go on at the other site; one may change its width.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta

from optimizer.generate.uk_no import generate_uk_no
from optimizer.io.files import write_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Elasticity, GpuPool, Hall, Job, Link, Mode, Preemption, Problem, Site, TimeGrid
from optimizer.report.words import breaks, money
from optimizer.solution import Result

SLOT_COUNT = 24
CURTAILED_SLOTS = (15, 16, 17, 18)
#: What an eight-GPU node of H100 draws under load, all in.
NODE_KW = 10.2


def pausing_problem() -> Problem:
    """Five jobs on 24 nodes; a run in one piece of 16 hours or more meets the curtailed evening."""
    priced = {site.name: site for site in generate_uk_no(40, 1).sites}

    def site(name: str, node_count: int, import_limit_kw: tuple[float, ...]) -> Site:
        pool = GpuPool(name=f"{name}-h100", gpu_model="H100", node_count=(node_count,), gpus_per_node=8)
        return Site(
            name=name,
            region_code=priced[name].region_code,
            import_limit_kw=import_limit_kw,
            pue=(1.15,),
            energy_price_per_mwh=priced[name].energy_price_per_mwh[:SLOT_COUNT],
            halls=(Hall(name=f"{name}-a", pools=(pool,)),),
        )

    return Problem(
        name="pauses at Loughton",
        time_grid=TimeGrid(start_time=generate_uk_no(40, 1).time_grid.start_time, slot_count=SLOT_COUNT),
        sites=(
            site("loughton", 16, tuple(100.0 if slot in CURTAILED_SLOTS else 190.0 for slot in range(SLOT_COUNT))),
            site("glomfjord", 8, (60.0,)),
        ),
        jobs=_jobs(),
        links=(
            Link(from_site="loughton", to_site="glomfjord", throughput_gb_per_hour=900.0, cost_per_gb=0.002),
            Link(from_site="glomfjord", to_site="loughton", throughput_gb_per_hour=900.0, cost_per_gb=0.002),
        ),
    )


def _mode(nodes: int, hours: int) -> Mode:
    return Mode(gpu_model="H100", gpu_count=8 * nodes, duration=timedelta(hours=hours), it_power_kw=round(NODE_KW * nodes, 1))


def _jobs() -> tuple[Job, ...]:
    may_pause = Preemption(
        max_pause_count=1, min_run_duration=timedelta(hours=3), resume_duration=timedelta(minutes=20), resume_cost=1.5
    )
    roams = replace(may_pause, may_resume_elsewhere=True, checkpoint_size_gb=1_400.0)
    widens = Elasticity(max_change_count=1, change_duration=timedelta(minutes=15), change_cost=1.0, work_step_count=48)
    here = ("loughton",)
    return (
        Job(name="pretrain", value=260.0, modes=(_mode(8, 17),), preemption=may_pause, allowed_sites=here),
        Job(name="finetune", value=150.0, modes=(_mode(6, 16),), preemption=may_pause, allowed_sites=here),
        Job(name="distil", value=120.0, modes=(_mode(4, 16),), preemption=roams),
        Job(name="reward", value=95.0, modes=(_mode(4, 16), _mode(8, 9)), elasticity=widens),
        Job(name="serve-test", modes=(_mode(2, 22),), allowed_sites=here),
    )


def in_one_piece(problem: Problem) -> Problem:
    """The same jobs, none of which may pause or change."""
    return replace(problem, jobs=tuple(replace(job, preemption=None, elasticity=None) for job in problem.jobs))


def show(problem: Problem, title: str, result: Result) -> None:
    standing = f"{money(result.terms.objective_micros, problem.currency)}, {result.termination.reason}"
    print(f"{title}: {len(result.placements)} of {len(problem.jobs)} jobs run, worth {standing}")
    for placement in result.placements:
        if placement.segments:
            print(f"  {placement.job}: {breaks(problem.time_grid, placement.segments)}")


def main() -> None:
    problem = pausing_problem()
    params = SolveParams(engine=sys.argv[1] if len(sys.argv) > 1 else "highs", time_limit_seconds=60)
    whole, pieces = solve(in_one_piece(problem), params), solve(problem, params)
    show(problem, "In one piece", whole)
    show(problem, "In pieces", pieces)
    gain = pieces.terms.objective_micros - whole.terms.objective_micros
    print(f"pausing and changing width is worth {money(gain, problem.currency)}")
    write_problem(problem, "pauses.json")


if __name__ == "__main__":
    main()

"""Racks as they are: work that needs whole NVLink domains, a rack in maintenance, nodes kept free for failures.

A day at Loughton with the prices of the uk-no instances: three racks of 18 nodes, one of them set apart for modes of whole
racks. What each of the three costs is shown by the same jobs without it; then every run gets its nodes by number.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta

from optimizer.generate.uk_no import generate_uk_no
from optimizer.io.files import write_plan, write_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import (
    AllocationGranularity,
    GpuPool,
    Group,
    GroupKind,
    Hall,
    Job,
    Maintenance,
    Mode,
    Problem,
    Site,
    TimeGrid,
)
from optimizer.report.racks import binding_words, range_words
from optimizer.report.words import money
from optimizer.solution import Result

SLOT_COUNT = 24
NODES_PER_RACK = 18
GPUS_PER_NODE = 4
#: What a node of four GPUs draws under load: a rack of 72 draws 120 kW.
NODE_KW = 6.7


def racks_problem() -> Problem:
    """Nine jobs on 54 nodes, of which rack 2 is out from 08:00 to 14:00, node 20 for a day, and two are kept free."""
    generated = generate_uk_no(40, 1)
    loughton = next(site for site in generated.sites if site.name == "loughton")
    start = generated.time_grid.start_time
    racks = GpuPool(
        name="loughton-gb200",
        gpu_model="GB200",
        node_count=(3 * NODES_PER_RACK,),
        gpus_per_node=GPUS_PER_NODE,
        nodes_per_domain=NODES_PER_RACK,
        whole_domain_count=1,
        failure_buffer_node_count=(2,),
        maintenance=(
            Maintenance(domain=2, start_time=start + timedelta(hours=8), end_time=start + timedelta(hours=14)),
            Maintenance(node=20, start_time=start, end_time=start + timedelta(hours=24)),
        ),
    )
    return Problem(
        name="racks at Loughton",
        time_grid=TimeGrid(start_time=start, slot_count=SLOT_COUNT),
        sites=(
            Site(
                name="loughton",
                region_code="GB",
                import_limit_kw=(420.0,),
                pue=(1.15,),
                energy_price_per_mwh=loughton.energy_price_per_mwh[:SLOT_COUNT],
                halls=(Hall(name="loughton-a", pools=(racks,)),),
            ),
        ),
        jobs=_jobs(),
        groups=(Group(name="served together", kind=GroupKind.SAME_DOMAIN, jobs=("prefill", "decode")),),
    )


def _mode(name: str, nodes: int, hours: int, granularity: AllocationGranularity = AllocationGranularity.NODE) -> Mode:
    return Mode(
        name=name,
        gpu_model="GB200",
        gpu_count=GPUS_PER_NODE * nodes,
        duration=timedelta(hours=hours),
        it_power_kw=round(NODE_KW * nodes, 1),
        allocation_granularity=granularity,
    )


def _jobs() -> tuple[Job, ...]:
    """``rack``: all in one NVLink domain. ``spread``: on any nodes, over the slower network, for longer."""

    def rack(nodes: int, hours: int) -> Mode:
        return _mode("rack", nodes, hours, AllocationGranularity.DOMAIN)

    def job(name: str, value: float, *modes: Mode) -> Job:
        return Job(name=name, value=value, modes=modes)

    return (
        job("experts-1", 330.0, rack(18, 11)),
        job("experts-2", 300.0, rack(16, 9)),
        job("pretrain", 420.0, rack(18, 12), _mode("spread", 18, 17)),
        job("prefill", 190.0, _mode("nodes", 8, 20)),
        job("decode", 160.0, _mode("nodes", 6, 20)),
        job("finetune-1", 120.0, _mode("nodes", 8, 10)),
        job("finetune-2", 110.0, _mode("nodes", 6, 12)),
        job("evaluate", 60.0, _mode("nodes", 4, 9)),
        job("ablation", 45.0, _mode("nodes", 2, 14)),
    )


def without_racks(problem: Problem) -> Problem:
    """The same jobs where any nodes will do."""
    anywhere = tuple(
        replace(job, modes=tuple(replace(mode, allocation_granularity=AllocationGranularity.NODE) for mode in job.modes))
        for job in problem.jobs
    )
    return replace(_with_pool(problem, whole_domain_count=0), jobs=anywhere)


def without_maintenance(problem: Problem) -> Problem:
    return _with_pool(problem, maintenance=())


def without_buffer(problem: Problem) -> Problem:
    return _with_pool(problem, failure_buffer_node_count=())


def _with_pool(problem: Problem, **fields: object) -> Problem:
    (site,) = problem.sites
    (hall,) = site.halls
    (pool,) = hall.pools
    changed = replace(pool, **fields)  # type: ignore[arg-type]
    return replace(problem, sites=(replace(site, halls=(replace(hall, pools=(changed,)),)),))


def show(title: str, result: Result) -> None:
    jobs = ", ".join(f"{placement.job} ({placement.mode})" for placement in result.placements)
    worth = money(result.terms.objective_micros, "GBP")
    print(f"{title}: {worth}, {result.termination.reason}: {jobs}")


def main() -> None:
    problem = racks_problem()
    params = SolveParams(engine=sys.argv[1] if len(sys.argv) > 1 else "highs", time_limit_seconds=60)
    result = solve(problem, replace(params, bind=True))
    show("As it is", result)
    show("Without whole racks", solve(without_racks(problem), params))
    show("Without maintenance", solve(without_maintenance(problem), params))
    show("Without a failure buffer", solve(without_buffer(problem), params))
    binding = result.binding
    assert binding is not None
    for run in binding.runs:
        print(f"  {run.job}: nodes {range_words(run.nodes)}, racks {', '.join(map(str, run.domains))}")
    print(f"{binding_words(binding)}.")
    write_problem(problem, "racks.json")
    write_plan(result, "plan.json")


if __name__ == "__main__":
    main()

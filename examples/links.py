"""Data on the move: cheap power in the north, data sets in the south, and a link that carries one transfer at full speed.

A day at three sites with the prices of the uk-no instances. What the link's capacity costs is shown by the same jobs with a
link that carries any number of transfers; then each transfer of the best plan is listed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from optimizer.generate.uk_no import generate_uk_no
from optimizer.io.files import write_plan, write_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import DataSet, GpuPool, Hall, Job, Link, Mode, Problem, Site, TimeGrid
from optimizer.report.words import moment, money, transfer_rate
from optimizer.solution import Result

SLOT_COUNT = 24
GPUS_PER_NODE = 4
#: What a node of four GPUs draws under load.
NODE_KW = 6.7
#: Hours of the morning in which the line from Loughton is worked on and carries nothing.
WORKED_ON = range(8, 11)


def links_problem() -> Problem:
    """Eight jobs, most of whose data lies in Britain, where six nodes are; the large ones have to run in Norway."""
    generated = generate_uk_no(40, 1)
    price = {site.name: site.energy_price_per_mwh[:SLOT_COUNT] for site in generated.sites}

    def site(name: str, region: str, nodes: int, like: str) -> Site:
        pools = () if not nodes else (GpuPool(name=f"{name}-gb200", gpu_model="GB200", node_count=(nodes,), gpus_per_node=4),)
        halls = (Hall(name=f"{name}-a", pools=pools),) if pools else ()
        return Site(name=name, region_code=region, pue=(1.1,), energy_price_per_mwh=price[like], halls=halls)

    capacity = tuple(0.0 if slot in WORKED_ON else 9_000.0 for slot in range(SLOT_COUNT))
    return Problem(
        name="data on the move",
        time_grid=TimeGrid(start_time=generated.time_grid.start_time, slot_count=SLOT_COUNT),
        sites=(
            site("loughton", "GB", 6, "loughton"),
            site("archive", "GB", 0, "loughton"),
            site("kvandal", "NO", 36, "kvandal"),
        ),
        jobs=_jobs(),
        links=(
            Link(
                from_site="loughton",
                to_site="kvandal",
                throughput_gb_per_hour=9_000.0,
                cost_per_gb=0.0005,
                capacity_gb_per_hour=capacity,
            ),
            Link(
                from_site="archive",
                to_site="kvandal",
                throughput_gb_per_hour=4_500.0,
                cost_per_gb=0.002,
                capacity_limited=True,
            ),
        ),
    )


def _jobs() -> tuple[Job, ...]:
    def job(name: str, value: float, nodes: int, hours: int, tb: float, *copies: str, **fields: object) -> Job:
        return Job(
            name=name,
            value=value,
            modes=(
                Mode(
                    gpu_model="GB200",
                    gpu_count=GPUS_PER_NODE * nodes,
                    duration=timedelta(hours=hours),
                    it_power_kw=round(NODE_KW * nodes, 1),
                ),
            ),
            data_set=DataSet(sites=copies, size_gb=1_000.0 * tb) if copies else None,
            **fields,  # type: ignore[arg-type]
        )

    both = ("loughton", "archive")
    return (
        job("climate", 260.0, 12, 11, 54, "loughton"),
        job("genomes", 240.0, 12, 10, 63, "loughton"),
        job("speech", 180.0, 8, 10, 45, *both),
        job("vision", 150.0, 8, 9, 36, *both),
        job("weather", 120.0, 6, 8, 45, "loughton"),
        job("british", 110.0, 6, 12, 27, "loughton", allowed_regions=("GB",)),
        job("agents", 90.0, 6, 9, 0.0),
        job("tides", 80.0, 6, 6, 36, "loughton"),
    )


def with_wide_links(problem: Problem) -> Problem:
    """The same jobs where links carry any number of transfers at once."""
    return replace(
        problem, links=tuple(replace(link, capacity_limited=False, capacity_gb_per_hour=()) for link in problem.links)
    )


def without_archive(problem: Problem) -> Problem:
    """The same jobs without the second link."""
    return replace(problem, links=problem.links[:1])


def without_work_on_the_line(problem: Problem) -> Problem:
    first = replace(problem.links[0], capacity_gb_per_hour=(9_000.0,))
    return replace(problem, links=(first, *problem.links[1:]))


def best(problem: Problem) -> Result:
    return solve(problem, SolveParams(engine="highs", time_limit_seconds=60))


def show(title: str, result: Result) -> None:
    jobs = ", ".join(placement.job for placement in result.placements)
    print(f"{title}: {money(result.terms.objective_micros, 'GBP')}, {result.termination.reason}: {jobs}")


def main() -> None:
    problem = links_problem()
    plan = best(problem)
    show("As it is", plan)
    show("Without work on the line", best(without_work_on_the_line(problem)))
    show("Without the archive's link", best(without_archive(problem)))
    show("With links that carry any number", best(with_wide_links(problem)))
    for placement in plan.placements:
        for moved in placement.transfers:
            when = f"{moment(problem.time_grid, moved.start_slot)} to {moment(problem.time_grid, moved.end_slot)}"
            print(
                f"  {placement.job}: {moved.size_gb:,.0f} GB from {moved.from_site}, {when}, {transfer_rate(moved.mb_per_hour)}"
            )
    write_problem(problem, "north.json")
    write_plan(plan, "plan.json")


if __name__ == "__main__":
    main()

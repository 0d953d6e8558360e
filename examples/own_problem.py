"""A problem written by hand: one site with a curtailed evening, two jobs, one of which must run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from optimizer.io.files import write_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import GpuPool, Hall, Job, Mode, Problem, Site, TimeGrid

START = datetime(2026, 6, 1, 12, tzinfo=UTC)


def evening_problem() -> Problem:
    """Twelve hours at one site; from the fifth hour to the eighth the grid carries half."""
    pool = GpuPool(name="hall-a-h100", gpu_model="H100", node_count=(64,), gpus_per_node=8)
    site = Site(
        name="Loughton",
        region_code="GB",
        import_limit_kw=(600.0,) * 5 + (300.0,) * 3 + (600.0,) * 4,
        pue=(1.2,),
        energy_price_per_mwh=(70.0,) * 5 + (160.0,) * 3 + (55.0,) * 4,
        halls=(Hall(name="hall-a", pools=(pool,)),),
    )
    wide = Mode(gpu_model="H100", gpu_count=256, duration=timedelta(hours=4), it_power_kw=330.0)
    narrow = Mode(gpu_model="H100", gpu_count=128, duration=timedelta(hours=7), it_power_kw=165.0)
    return Problem(
        name="an evening at Loughton",
        time_grid=TimeGrid(start_time=START, slot_count=12),
        sites=(site,),
        jobs=(
            Job(name="must-run", modes=(wide, narrow)),
            Job(name="pays-well", value=900.0, modes=(wide, narrow), due_time=START + timedelta(hours=8)),
        ),
    )


def main() -> None:
    problem = evening_problem()
    result = solve(problem, SolveParams(time_limit_seconds=60))
    for placement in result.placements:
        print(f"{placement.job} runs as {placement.mode} from {placement.start_time:%H:%M} to {placement.end_time:%H:%M}")
    print(f"worth {result.terms.objective_micros / 1e6:,.2f} {problem.currency} in all")
    write_problem(problem, "evening.json")


if __name__ == "__main__":
    main()

"""A job that narrows through a curtailed evening and widens after it, as long as changing its width is cheap enough.

From noon to six in the morning at Loughton, with the prices of the uk-no instances. From 15:00 to 19:00 the grid operator
leaves power for half of the job's nodes. If it changes its width twice the job is on time; otherwise it is late, which costs.
"""

from __future__ import annotations

from datetime import timedelta

from optimizer.generate.uk_no import generate_uk_no
from optimizer.io.files import write_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Elasticity, GpuPool, Hall, Job, Mode, Problem, Site, TimeGrid
from optimizer.report.words import money

FIRST_HOUR, HOUR_COUNT = 12, 18
CURTAILED_HOURS = range(3, 7)
SLOT = timedelta(minutes=30)
#: What an eight-GPU node of H100 draws under load, all in.
NODE_KW = 10.2
#: Pounds for each change of width, tried in turn.
CHANGE_COSTS = (0.5, 8.0, 40.0)


def widening_problem(change_cost: float = CHANGE_COSTS[0]) -> Problem:
    """One elastic job beside one that must run; ``change_cost`` in pounds."""
    week = generate_uk_no(40, 1)
    loughton = next(site for site in week.sites if site.name == "loughton")
    midnight = week.time_grid.start_time

    def mode(node_count: int, hours: float) -> Mode:
        power_kw = round(NODE_KW * node_count, 1)
        return Mode(gpu_model="H100", gpu_count=8 * node_count, duration=timedelta(hours=hours), it_power_kw=power_kw)

    elasticity = Elasticity(max_change_count=2, change_duration=timedelta(minutes=10), change_cost=change_cost)
    train = Job(
        name="train",
        value=150.0,
        due_time=midnight + timedelta(hours=FIRST_HOUR + 12),
        tardiness_cost_per_hour=6.0,
        modes=(mode(4, 16), mode(8, 8.6)),
        elasticity=elasticity,
    )
    pool = GpuPool(name="loughton-h100", gpu_model="H100", node_count=(12,), gpus_per_node=8)
    site = Site(
        name="loughton",
        region_code="GB",
        import_limit_kw=_by_slot(tuple(75.0 if hour in CURTAILED_HOURS else 150.0 for hour in range(HOUR_COUNT))),
        pue=(1.15,),
        energy_price_per_mwh=_by_slot(loughton.energy_price_per_mwh[FIRST_HOUR : FIRST_HOUR + HOUR_COUNT]),
        halls=(Hall(name="loughton-a", pools=(pool,)),),
    )
    return Problem(
        name="widths at Loughton",
        time_grid=TimeGrid(start_time=midnight + timedelta(hours=FIRST_HOUR), slot_duration=SLOT, slot_count=2 * HOUR_COUNT),
        sites=(site,),
        jobs=(train, Job(name="serve-test", modes=(mode(2, 18),))),
    )


def _by_slot(hourly: tuple[float, ...]) -> tuple[float, ...]:
    """The value of each hour in both of its slots."""
    return tuple(value for value in hourly for _ in range(2))


def main() -> None:
    for change_cost in CHANGE_COSTS:
        problem = widening_problem(change_cost)
        result = solve(problem, SolveParams(engine="highs", time_limit_seconds=60))
        train = next(placement for placement in result.placements if placement.job == "train")
        widths = ", then ".join(piece.mode for piece in train.segments) or train.mode
        print(f"{change_cost:g} a change: worth {money(result.terms.objective_micros, problem.currency)}; train as {widths}")
    write_problem(widening_problem(), "widths.json")


if __name__ == "__main__":
    main()

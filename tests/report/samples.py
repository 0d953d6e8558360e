"""Problems and results to show: a small fleet of any size filled first come first served, checked by ``verify``."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from optimizer.exact.problem import exact
from optimizer.problem import GpuPool, Hall, Job, Mode, Problem, Site, TimeGrid
from optimizer.solution import (
    Assignment,
    BindingLimit,
    BoundSource,
    Conflict,
    Relaxation,
    Result,
    Shortfall,
    SiteOperation,
    StoppedBy,
    Termination,
    TerminationReason,
    Unplaced,
    UnplacedReason,
)
from optimizer.verify.plan import verify

FIRST_MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
FLEET = (("Loughton", "GB", 18.0, 62.0), ("Aberdeen", "GB", 9.0, 48.0), ("Narvik", "NO", 24.0, 21.0))


def sample_problem(job_count: int = 12, slot_count: int = 48, nodes: int = 64, seed: int = 1, narrow: bool = False) -> Problem:
    """Three sites with two pools each; a tenth of the jobs are mandatory, a third have a due time.

    Jobs grow with ``nodes`` unless they are to stay ``narrow``.
    """
    draw = random.Random(seed)
    return Problem(
        name=f"sample {job_count}",
        time_grid=TimeGrid(start_time=FIRST_MONDAY, slot_count=slot_count),
        sites=tuple(_site(name, region, mw, price, slot_count, nodes) for name, region, mw, price in FLEET),
        jobs=tuple(_job(draw, k, slot_count, 1 if narrow else nodes) for k in range(job_count)),
    )


def _site(name: str, region: str, megawatts: float, price: float, slot_count: int, nodes: int) -> Site:
    day = [math.sin((t % 24 - 9) / 24 * 2 * math.pi) for t in range(slot_count)]
    scale = nodes / 64 / 10
    return Site(
        name=name,
        region_code=region,
        import_limit_kw=tuple(1000 * megawatts * scale * (0.8 if 17 <= t % 24 < 20 else 1.0) for t in range(slot_count)),
        pue=(1.2,),
        overhead_kw=(50.0,),
        energy_price_per_mwh=tuple(round(price * (1 + 0.45 * s), 2) for s in day),
        carbon_intensity_g_per_kwh=(180.0,),
        halls=(
            Hall(
                name=f"{name.lower()}-a",
                liquid_cooling_limit_kw=tuple(1000 * megawatts * scale * (0.62 - 0.08 * s) for s in day)
                if region == "GB"
                else (),
                pools=(
                    GpuPool(
                        name=f"{name.lower()}-gb200",
                        gpu_model="GB200",
                        node_count=tuple(nodes - (nodes // 8 if 10 <= t < 18 else 0) for t in range(slot_count)),
                        gpus_per_node=4,
                        liquid_heat_share=0.8,
                    ),
                    GpuPool(name=f"{name.lower()}-h100", gpu_model="H100", node_count=(nodes // 2,), gpus_per_node=8),
                ),
            ),
        ),
    )


def _job(draw: random.Random, index: int, slot_count: int, nodes: int) -> Job:
    width = draw.choice((1, 1, 2, 2, 4, 8, 16)) * max(1, nodes // 64)
    duration = draw.randint(2, max(3, slot_count // 4))
    release = draw.randrange(max(1, slot_count - duration))
    due = FIRST_MONDAY + timedelta(hours=release + duration + 2) if index % 3 == 0 else None
    model, per_node, kilowatts = draw.choice((("GB200", 4, 7.5), ("H100", 8, 10.2)))
    mode = Mode(gpu_model=model, gpu_count=width * per_node, duration=timedelta(hours=duration), it_power_kw=width * kilowatts)
    return Job(
        name=f"train-{index:04d}",
        value=None if index % 10 == 0 else round(width * duration * draw.uniform(4, 30), 2),
        earliest_start_time=FIRST_MONDAY + timedelta(hours=release),
        due_time=due,
        tardiness_cost_per_hour=5.0 if due else 0.0,
        modes=(mode,),
    )


def checked_result(problem: Problem, chosen: Sequence[Assignment], operations: Sequence[SiteOperation] | None = None) -> Result:
    """The plan ``chosen``, which keeps every rule, as it is checked."""
    checked = verify(exact(problem), chosen, operations=operations)
    assert checked.feasible, checked.violations
    return Result(
        engine="test",
        placements=checked.placements,
        terms=checked.terms,
        usages=checked.usages,
        operations=checked.operations,
        verified=True,
        termination=Termination(reason=TerminationReason.FEASIBLE, objective_micros=checked.objective_micros),
    )


def sample_result(problem: Problem) -> Result:
    """First come first served on nodes and grid power, as verified; the rest is left out with a reason each."""
    whole = exact(problem)
    nodes = {pool.name: list(pool.node_count) for pool in whole.pools}
    grid = {site.name: [site.it_limit_w(t) or 0 for t in range(whole.slot_count)] for site in whole.sites}
    heat = {h.name: list(h.liquid_w or (10**12,) * whole.slot_count) for h in whole.halls}
    chosen: list[Assignment] = []
    for job in whole.jobs:
        found = _first_fit(whole, job, nodes, grid, heat)
        if found is not None:
            chosen.append(found)
    checked = verify(whole, chosen)
    placed = {a.job for a in chosen}
    left_out = tuple(
        Unplaced(
            job=job.name,
            reason=UnplacedReason.CAPACITY_TAKEN,
            message="every admissible start meets nodes that are taken",
            shortfall=Shortfall(limit="grid_import", element="Loughton", amount=400_000, unit="W", first_slot=17, last_slot=18),
            blocking_jobs=("train-0001", "train-0002", "train-0003", "train-0004"),
        )
        for job in problem.jobs
        if job.name not in placed
    )
    objective = checked.objective_micros
    return Result(
        termination=Termination(
            reason=TerminationReason.FEASIBLE,
            stopped_by=StoppedBy.TIME_LIMIT,
            objective_micros=objective,
            bound_micros=objective + abs(objective) // 250,
            bound_source=BoundSource.CERTIFICATE,
        ),
        engine="price",
        placements=checked.placements,
        unplaced=left_out,
        terms=checked.terms,
        usages=checked.usages,
        binding_limits=(
            BindingLimit(kind="grid_import", element="Loughton", unit="W", slots=(17, 18, 19, 41), blocked_job_count=3),
        ),
        verified=True,
        wall_seconds=4.2,
    )


def _first_fit(whole, job, nodes, grid, heat):  # type: ignore[no-untyped-def]
    for mode in job.modes:
        turn = job.index % len(whole.pools)
        for pool in whole.pools[turn:] + whole.pools[:turn]:
            if pool.gpu_model != mode.gpu_model:
                continue
            site, hall = whole.sites[pool.site].name, whole.halls[pool.hall].name
            width = -(-mode.gpu_count // pool.gpus_per_node)
            for start in range(job.release, whole.slot_count - mode.duration + 1):
                run = range(start, start + mode.duration)
                fits = all(
                    nodes[pool.name][t] >= width and grid[site][t] >= mode.it_power_w and heat[hall][t] >= mode.it_power_w
                    for t in run
                )
                if fits:
                    for t in run:
                        nodes[pool.name][t] -= width
                        grid[site][t] -= mode.it_power_w
                        heat[hall][t] -= mode.it_power_w
                    return Assignment(job=job.name, mode=mode.name, pool=pool.name, start_slot=start)
    return None


def infeasible_result() -> Result:
    """No plan, and the conflict that says why."""
    return Result(
        termination=Termination(reason=TerminationReason.INFEASIBLE, bound_source=BoundSource.NONE),
        engine="cp_sat",
        conflict=Conflict(
            jobs=("train-0000", "train-0010"),
            limits=("grid_import at Loughton",),
            relaxations=(
                Relaxation(
                    kind="grid_import",
                    element="Loughton",
                    unit="W",
                    amount=400_000,
                    first_slot=17,
                    last_slot=18,
                    message="+0.4 MW grid at Loughton 17:00-19:00",
                ),
                Relaxation(
                    kind="pool_nodes", element="narvik-h100", unit="nodes", amount=None, first_slot=0, last_slot=1, message=""
                ),
            ),
            message="train-0000 and train-0010 must both run on Monday evening, when Loughton carries one of them.",
            minimal=True,
        ),
        wall_seconds=0.3,
    )


def optimal(result: Result) -> Result:
    """The same plan with its own objective as the bound."""
    termination = replace(
        result.termination,
        reason=TerminationReason.OPTIMAL,
        stopped_by=StoppedBy.NONE,
        bound_micros=result.termination.objective_micros,
    )
    return replace(result, termination=termination)

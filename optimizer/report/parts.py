"""The pieces of runs as placements of their own, for tables, loads and timelines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from optimizer.accounting.ledger import demand
from optimizer.accounting.runs import look_up
from optimizer.exact.problem import exact
from optimizer.problem import Problem
from optimizer.solution import Placement


def parts_of(problem: Problem, placements: Sequence[Placement]) -> tuple[Placement, ...]:
    """``placements`` with every run in pieces replaced by one placement a piece: its slots, place, width and power.

    Energy, carbon, terms and ``segments`` stay those of the whole run.
    """
    cut = {placement.job for placement in placements if placement.segments}
    if not cut:
        return tuple(placements)
    jobs = tuple(job for job in problem.jobs if job.name in cut)
    inside = exact(replace(problem, jobs=jobs, groups=(), precedences=()))
    by_name = {job.name: job for job in inside.jobs}
    pools = {pool.name: pool for pool in inside.pools}
    grid = problem.time_grid
    parts: list[Placement] = []
    for placement in placements:
        if not placement.segments:
            parts.append(placement)
            continue
        parts += [
            replace(
                placement,
                mode=piece.mode.name,
                pool=piece.pool.name,
                site=inside.sites[piece.pool.site].name,
                hall=inside.halls[piece.pool.hall].name,
                start_slot=piece.start,
                end_slot=piece.end,
                start_time=grid.start_time + piece.start * grid.slot_duration,
                end_time=grid.start_time + piece.end * grid.slot_duration,
                gpu_count=piece.mode.gpu_count,
                node_count=demand(piece.mode, piece.pool).node_count,
                it_power_w=piece.mode.it_power_w,
            )
            for piece in look_up(by_name, pools, placement).pieces
        ]
    return tuple(parts)

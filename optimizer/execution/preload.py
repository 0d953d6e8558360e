"""Imported by the fork server of a long-lived service, and by nothing else: what every worker would load, loaded once.

Importing is not enough: the compiled kernels come from their cache at the first call, which costs each fresh process half a
second. So a tiny problem is placed here. Only by the greedy, which starts no thread: a process with threads must not fork.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import highspy  # noqa: F401
import ortools.sat.python.cp_model  # noqa: F401

from optimizer import pipeline
from optimizer.params import SolveParams
from optimizer.problem import GpuPool, Hall, Job, Mode, Problem, Site, TimeGrid


def tiny_problem() -> Problem:
    """One job, one node."""
    pool = GpuPool(name="pool", gpu_model="H100", node_count=(1,), gpus_per_node=8)
    site = Site(name="site", region_code="GB", halls=(Hall(name="hall", it_power_limit_kw=(20.0,), pools=(pool,)),))
    mode = Mode(gpu_model="H100", gpu_count=8, duration=timedelta(hours=1), it_power_kw=10.0)
    grid = TimeGrid(start_time=datetime(2026, 1, 1, tzinfo=UTC), slot_count=2)
    return Problem(time_grid=grid, sites=(site,), jobs=(Job(name="job", value=1.0, modes=(mode,)),))


# Whatever goes wrong here goes wrong again, and is told, in a worker; a fork server that dies of it would take all solves.
with contextlib.suppress(Exception):
    pipeline.solve(tiny_problem(), SolveParams(engine="greedy"))

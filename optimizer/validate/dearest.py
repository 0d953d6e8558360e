"""A job that is as dear, as strong and as late as any of a fleet: where it fits all jobs do, and none has to be looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from operator import attrgetter

from optimizer.modes import UNCAPPED
from optimizer.problem import DataSet, Elasticity, Job, Mode, Preemption, RunningPlacement, WorkProfile
from optimizer.units import W_PER_KW
from optimizer.validate.alike import WaysToRun


def dearest_job(jobs: Sequence[Job], ways: WaysToRun) -> Job:
    """Its value, costs, sizes and power are the largest, without sign, of ``jobs`` (valid), which state ``ways``; its due
    time is the earliest.
    """
    return Job(
        name="",
        value=_largest(jobs, "value"),
        tardiness_cost_per_hour=_largest(jobs, "tardiness_cost_per_hour"),
        due_time=min([job.due_time for job in jobs if job.due_time is not None], default=None),
        modes=(_dearest_mode(ways),),
        data_set=DataSet(sites=(), size_gb=_largest([job.data_set for job in jobs if job.data_set is not None], "size_gb")),
        running=_dearest_running([job.running for job in jobs if job.running is not None]),
        preemption=_dearest_preemption([job.preemption for job in jobs if job.preemption is not None]),
        elasticity=_dearest_elasticity([job.elasticity for job in jobs if job.elasticity is not None]),
    )


def _dearest_mode(ways: WaysToRun) -> Mode:
    return Mode(
        duration=timedelta(0),
        it_power_kw=max(_largest(ways.modes, "it_power_kw"), *map(_strongest_kw, ways.profiles), 0.0),
        value=_largest(ways.modes, "value"),
        cost=_largest(ways.modes, "cost"),
    )


def _strongest_kw(profile: WorkProfile) -> float:
    """No less than the power of any mode that follows, which is rounded up to whole watts."""
    width = max([part.gpu_count for part in profile.widths])
    share = max([part.power_share for part in profile.power_caps], default=UNCAPPED.power_share)
    return width * share * max([part.it_power_kw_per_gpu for part in profile.throughputs]) + 1 / W_PER_KW


def _dearest_running(running: Sequence[RunningPlacement]) -> RunningPlacement:
    return RunningPlacement(
        pool="",
        mode="",
        move_cost=_largest(running, "move_cost"),
        resize_cost=_largest(running, "resize_cost"),
        stop_cost=_largest(running, "stop_cost"),
    )


def _dearest_preemption(preemptions: Sequence[Preemption]) -> Preemption:
    return Preemption(
        max_pause_count=max([each.max_pause_count for each in preemptions], default=0),
        resume_cost=_largest(preemptions, "resume_cost"),
        checkpoint_size_gb=_largest(preemptions, "checkpoint_size_gb"),
    )


def _dearest_elasticity(elasticities: Sequence[Elasticity]) -> Elasticity:
    return Elasticity(
        max_change_count=max([each.max_change_count for each in elasticities], default=0),
        change_cost=_largest(elasticities, "change_cost"),
    )


def _largest(things: Iterable[object], field: str) -> float:
    """0 where the field is set nowhere."""
    return max(map(abs, filter(None, map(attrgetter(field), things))), default=0.0)

"""The modes of a job: their names, and how they follow from a work profile.

A work profile gives one mode for every GPU model x width x power cap:

    duration    = gpu_hours / (width * relative_speed * efficiency * speed_share), rounded up to whole seconds
    it_power_kw = width * it_power_kw_per_gpu * power_share, rounded up to whole watts

Both are computed exactly, reading each float as the shortest decimal that stands for it (as ``optimizer.units`` does),
and rounded once. ``docs/modes.md`` tells how to fill a profile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import count
from math import ceil
from typing import NamedTuple

from optimizer.problem import GpuThroughput, Job, Mode, PowerCap, Problem, WidthEfficiency, WorkProfile
from optimizer.units import SECONDS_PER_HOUR, W_PER_KW, divide_up

UNCAPPED = PowerCap(power_share=1.0, speed_share=1.0)


def is_mandatory(job: Job) -> bool:
    """Whether a job must run: it has no value, neither of its own nor on its modes."""
    return job.value is None and all(mode.value is None for mode in job.modes)


def mode_name(mode: Mode) -> str:
    """The mode's own name, or ``<gpu_model>x<gpu_count>[@<power_cap_w>W]`` where it has none."""
    if mode.name:
        return mode.name
    cap = "" if mode.power_cap_w is None else f"@{mode.power_cap_w:.15g}W"
    return f"{mode.gpu_model}x{mode.gpu_count}{cap}"


def kinds_of(modes: Sequence[Mode]) -> tuple[list[Mode], list[int]]:
    """One mode of each kind, and the kind of each of ``modes`` by its place among those; equal modes are of one kind.

    A fleet of 100,000 jobs has a third of a million modes of six thousand kinds: what follows from a mode alone is worked out
    once a kind.
    """
    # modes that were read are one object where they are equal
    objects = {id(mode): mode for mode in modes}
    # the fields one by one: a dataclass would hash and compare them in Python
    place: defaultdict[tuple[object, ...], int] = defaultdict(count().__next__)
    kind_of_object = {
        key: place[
            m.name, m.gpu_model, m.gpu_count, m.duration, m.it_power_kw, m.power_cap_w, m.value, m.cost, m.liquid_heat_kw,
            m.air_heat_kw, m.resource_uses, m.pools, m.sites, m.allocation_granularity,
        ]
        for key, m in objects.items()
    }  # fmt: skip
    of_kind = dict(zip(kind_of_object.values(), objects.values(), strict=True))
    return [of_kind[kind] for kind in range(len(place))], list(map(kind_of_object.__getitem__, map(id, modes)))


def modes_of(job: Job) -> tuple[Mode, ...]:
    """Every mode of a valid job, each with its name: the stated ones, or those its work profile gives."""
    if job.work_profile is not None:
        return derive_modes(job.work_profile)
    return tuple(mode if mode.name else replace(mode, name=mode_name(mode)) for mode in job.modes)


def expand(problem: Problem) -> Problem:
    """The same problem with every mode stated and named, and no work profile left."""
    jobs = tuple(replace(job, modes=modes_of(job), work_profile=None) for job in problem.jobs)
    return replace(problem, jobs=jobs)


@lru_cache(maxsize=16_384)
def derive_modes(profile: WorkProfile) -> tuple[Mode, ...]:
    """The modes of a valid profile in the order of its throughputs, widths and caps; dominated ones are left out.

    Without power caps each GPU model and width gives one uncapped mode, ``H100x8``. A capped mode is named by its share
    of uncapped power, ``H100x8@66%``: a profile knows shares and no watts, so ``power_cap_w`` stays unset.
    """
    modes = [
        Mode(
            name=way.name,
            gpu_model=way.gpu_model,
            gpu_count=way.gpu_count,
            duration=timedelta(seconds=way.speed.seconds(profile.gpu_hours)),
            it_power_kw=way.it_power_kw,
        )
        for way in _ways(profile.throughputs, profile.widths, profile.power_caps or (UNCAPPED,))
    ]
    return _without_dominated(modes)


class _Speed(NamedTuple):
    """Work done in an hour, in GPU-hours: ``work`` / ``unit``."""

    work: int
    unit: int

    @classmethod
    def of(cls, throughput: GpuThroughput, width: WidthEfficiency, cap: PowerCap) -> _Speed:
        speed, speed_unit = _ratio(throughput.relative_speed)
        efficiency, efficiency_unit = _ratio(width.efficiency)
        share, share_unit = _ratio(cap.speed_share)
        return cls(speed * width.gpu_count * efficiency * share, speed_unit * efficiency_unit * share_unit)

    def seconds(self, gpu_hours: float) -> int:
        """Whole seconds that ``gpu_hours`` of work take, rounded up; at least one."""
        work, work_unit = _ratio(gpu_hours)
        return max(1, divide_up(work * SECONDS_PER_HOUR * self.unit, work_unit * self.work))


class _Way(NamedTuple):
    """What a derived mode is, but for its duration."""

    name: str
    gpu_model: str
    gpu_count: int
    it_power_kw: float
    speed: _Speed


@lru_cache(maxsize=4_096)
def _ways(
    throughputs: tuple[GpuThroughput, ...], widths: tuple[WidthEfficiency, ...], caps: tuple[PowerCap, ...]
) -> tuple[_Way, ...]:
    """What the profiles of many jobs have in common."""
    return tuple(
        _Way(
            name=_derived_name(throughput.gpu_model, width.gpu_count, cap),
            gpu_model=throughput.gpu_model,
            gpu_count=width.gpu_count,
            it_power_kw=_power_w(throughput, width, cap) / W_PER_KW,
            speed=_Speed.of(throughput, width, cap),
        )
        for throughput in throughputs
        for width in widths
        for cap in caps
    )


def duration_seconds(gpu_hours: float, throughput: GpuThroughput, width: WidthEfficiency, cap: PowerCap) -> int:
    """Whole seconds that ``gpu_hours`` of work take, rounded up; at least one."""
    return _Speed.of(throughput, width, cap).seconds(gpu_hours)


def _power_w(throughput: GpuThroughput, width: WidthEfficiency, cap: PowerCap) -> int:
    return ceil(_exact(throughput.it_power_kw_per_gpu) * W_PER_KW * width.gpu_count * _exact(cap.power_share))


def _derived_name(gpu_model: str, gpu_count: int, cap: PowerCap) -> str:
    if cap == UNCAPPED:
        return f"{gpu_model}x{gpu_count}"
    percent = (Decimal(repr(float(cap.power_share))) * 100).normalize()
    return f"{gpu_model}x{gpu_count}@{percent:f}%"


def _exact(value: float) -> Fraction:
    return Fraction(*_ratio(value))


@lru_cache(maxsize=65_536)
def _ratio(value: float) -> tuple[int, int]:
    """The decimal number that ``value`` is written as, as a fraction of integers."""
    return Decimal(repr(float(value))).as_integer_ratio()


def _without_dominated(modes: list[Mode]) -> tuple[Mode, ...]:
    """Drops a mode only where another does the same with fewer GPUs, or is its twin listed earlier.

    "The same" is equal duration and equal power on the same GPU model. A shorter or cooler mode dominates nothing:
    where the price is negative, or the tail of a run falls into dear hours, the other one may be worth more.
    """
    leanest: dict[tuple[str, timedelta, float], Mode] = {}
    for mode in modes:
        key = (mode.gpu_model, mode.duration, mode.it_power_kw)
        if key not in leanest or mode.gpu_count < leanest[key].gpu_count:
            leanest[key] = mode
    kept = {id(mode) for mode in leanest.values()}
    return tuple(mode for mode in modes if id(mode) in kept)

"""Jobs and their modes in integers; part of ``optimizer.exact``.

What follows from a mode alone is worked out once for each kind of mode, and each moment becomes a slot once: a fleet's jobs
share both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from optimizer import units
from optimizer.exact.fleet import Claimant
from optimizer.exact.running import ExactRunning, exact_running
from optimizer.exact.topology import takes_whole_domains
from optimizer.interrupt import GiveWay, never, paced
from optimizer.modes import derive_modes, is_mandatory, kinds_of, mode_name
from optimizer.pieces import ExactElasticity, ExactPreemption, exact_elasticity, exact_preemption
from optimizer.problem import Job, Mode, TimeGrid
from optimizer.units import W_PER_KW, round_up, to_micros


class ExactMode(NamedTuple):
    """A fleet has half a million of them, and a tuple is made in a third of the time.

    All but ``value_micros``, which may be the job's, follows from the mode alone.
    """

    name: str
    gpu_model: str
    gpu_count: int
    duration: int
    it_power_w: int
    liquid_w: int | None
    air_w: int | None
    cost_micros: int
    resource_uses: tuple[tuple[str, int], ...]
    pools: frozenset[str]
    sites: frozenset[str]
    whole_domains: bool
    value_micros: int


@dataclass(frozen=True, slots=True)
class ExactJob:
    """A run starts at or after ``release`` (plus staging) and ends at or before ``deadline``; late after ``due``.

    ``mandatory``: it has no value, or a job that must run waits for it.
    """

    index: int
    name: str
    claimant: Claimant
    mandatory: bool
    release: int
    due: int
    deadline: int
    tardiness_micros_per_slot: int
    allowed_regions: frozenset[str]
    denied_regions: frozenset[str]
    allowed_sites: frozenset[str]
    denied_sites: frozenset[str]
    #: Where copies lie that the job's law lets be read; None for a job without data.
    data_sites: tuple[str, ...] | None
    data_size_gb: float
    running: ExactRunning | None
    modes: tuple[ExactMode, ...]
    preemption: ExactPreemption | None
    elasticity: ExactElasticity | None

    @property
    def may_run_in_pieces(self) -> bool:
        return self.preemption is not None or self.elasticity is not None

    @property
    def min_run_slots(self) -> int:
        """The least slots of work in each piece but the last: the larger of what pauses and changes ask, and at least one."""
        asked = (part.min_run_slots for part in (self.preemption, self.elasticity) if part is not None)
        return max((1, *asked))

    def work(self, mode: ExactMode) -> int:
        """Steps of work of a run in pieces that begins in ``mode``: the mode's slots where the job may not change it."""
        return mode.duration if self.elasticity is None else self.elasticity.work

    def rate(self, mode: ExactMode) -> int:
        """Steps that ``mode`` does in one slot of work; 0 for a mode too slow to count in the job's steps."""
        return 1 if self.elasticity is None else self.elasticity.work // mode.duration

    @property
    def tenant(self) -> str:
        return self.claimant.tenant


def exact_jobs(
    jobs: Sequence[Job], grid: TimeGrid, regions: Mapping[str, str], give_way: GiveWay = never
) -> tuple[ExactJob, ...]:
    """``jobs`` in integers, counted from 0, on sites in ``regions`` by name; valid as in `exact.problem`, not yet tied."""
    start, slot, count = grid.start_time, grid.slot_duration, grid.slot_count
    slot_seconds = units.seconds(slot)
    modes_of_jobs = [derive_modes(job.work_profile) if job.work_profile else job.modes for job in paced(jobs, give_way)]
    every_mode = [mode for modes in modes_of_jobs for mode in modes]
    give_way()
    # those of one job are seldom alike
    kinds, kind_of_mode = kinds_of(every_mode) if len(jobs) > 1 else (every_mode, range(len(every_mode)))
    give_way()
    without_value = [_without_value(mode, slot_seconds) for mode in kinds]
    own_value = [None if mode.value is None else to_micros(mode.value) for mode in kinds]
    give_way()
    releases = {job.earliest_start_time for job in jobs}
    ends = {job.due_time for job in jobs} | {job.latest_end_time for job in jobs}
    # an unset time is an end of the horizon
    at_or_after = {time: max(0, units.slot_at_or_after(time, start, slot)) for time in releases if time} | {None: 0}
    at_or_before = {time: min(count, units.slot_at_or_before(time, start, slot)) for time in ends if time} | {None: count}
    found: list[ExactJob] = []
    first = 0
    for index, (job, modes) in enumerate(paced(zip(jobs, modes_of_jobs, strict=True), give_way)):
        value = 0 if job.value is None else to_micros(job.value)
        kinds_here = kind_of_mode[first : first + len(modes)]
        first += len(modes)
        exact_modes = tuple(
            [ExactMode._make((*without_value[k], value if own_value[k] is None else own_value[k])) for k in kinds_here]
        )
        found.append(
            ExactJob(
                index=index,
                name=job.name,
                claimant=_claimant(job),
                mandatory=is_mandatory(job),
                release=at_or_after[job.earliest_start_time],
                due=at_or_before[job.due_time],
                deadline=at_or_before[job.latest_end_time],
                tardiness_micros_per_slot=_by_slot(job.tardiness_cost_per_hour, slot_seconds),
                allowed_regions=_names(job.allowed_regions),
                denied_regions=_names(job.denied_regions),
                allowed_sites=_names(job.allowed_sites),
                denied_sites=_names(job.denied_sites),
                data_sites=_readable_copies(job, regions),
                data_size_gb=job.data_set.size_gb if job.data_set else 0.0,
                running=exact_running(job.running) if job.running else None,
                modes=exact_modes,
                preemption=exact_preemption(job.preemption, slot),
                elasticity=exact_elasticity(job.elasticity, [mode.duration for mode in exact_modes], slot)
                if job.elasticity
                else None,
            )
        )
    return tuple(found)


def _without_value(mode: Mode, slot_seconds: int) -> tuple[object, ...]:
    """The fields of an `ExactMode` in their order, but for the last."""
    liquid_kw, air_kw = mode.liquid_heat_kw, mode.air_heat_kw
    return (
        mode_name(mode),
        mode.gpu_model,
        mode.gpu_count,
        units.divide_up(units.seconds(mode.duration), slot_seconds),
        round_up(mode.it_power_kw, W_PER_KW),
        None if liquid_kw is None else round_up(liquid_kw, W_PER_KW),
        None if air_kw is None else round_up(air_kw, W_PER_KW),
        to_micros(mode.cost) if mode.cost else 0,
        tuple([(use.name, use.amount) for use in mode.resource_uses if use.amount]) if mode.resource_uses else (),
        _names(mode.pools),
        _names(mode.sites),
        takes_whole_domains(mode),
    )


@lru_cache(maxsize=4_096)
def _names(names: tuple[str, ...]) -> frozenset[str]:
    """One set for all that list the same names."""
    return frozenset(names)


def _claimant(job: Job) -> Claimant:
    preemption = job.preemption
    pauses = preemption is not None and preemption.max_pause_count >= 1
    return _asking(job.tenant, units.seconds(preemption.vacate_duration) if preemption and pauses else None)


@lru_cache(maxsize=4_096)
def _asking(tenant: str, vacate_seconds: int | None) -> Claimant:
    return Claimant(tenant, vacate_seconds)


def _by_slot(cost_per_hour: float, slot_seconds: int) -> int:
    return units.divide_half_up(to_micros(cost_per_hour) * slot_seconds, units.SECONDS_PER_HOUR) if cost_per_hour else 0


def _readable_copies(job: Job, regions: Mapping[str, str]) -> tuple[str, ...] | None:
    """The sites with a copy but for those that the job's law bars; ``allowed_sites`` says where it may run, no more."""
    if job.data_set is None:
        return None
    return tuple(
        [
            site
            for site in job.data_set.sites
            if site not in job.denied_sites
            and regions[site] not in job.denied_regions
            and (not job.allowed_regions or regions[site] in job.allowed_regions)
        ]
    )

"""The integers of a problem stay inside 64 bits: what one placement and all together can cost, earn and use.

Engines add up signed 64-bit integers. Each sum here is an upper estimate in floating point, one part in a thousand above
the exact one, and must stay below 2^62: one bit is left for rounding. Only a problem that breaks no other rule is looked
at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from math import gcd

from optimizer.errors import Violation
from optimizer.modes import modes_of
from optimizer.problem import Job, Mode, Problem, Series, Site, Tenant
from optimizer.units import (
    MG_PER_KG,
    MICROS_PER_UNIT,
    PPM,
    RATE_SCALE,
    SECONDS_PER_HOUR,
    W_PER_KW,
    WH_PER_MWH,
    slots_up,
)
from optimizer.validate.alike import WaysToRun
from optimizer.validate.dearest import dearest_job
from optimizer.validate.reasons import Reason
from optimizer.validate.series import Horizon

INTEGER_LIMIT = 2.0**62
ESTIMATE_MARGIN = 1.001
UG_PER_MG = 1_000


@dataclass(frozen=True, slots=True)
class Rate:
    """What a watt costs, earns or uses by slot: the largest of one slot, and the sum over the horizon."""

    peak: float
    total: float

    def of_a_watt(self, slot_count: float) -> float:
        """The most that a watt can come to in so many slots."""
        return min(self.total, self.peak * slot_count)

    def worst(self, power_kw: float, slot_count: float) -> float:
        """The most that a run of that power and length can come to."""
        return _worst(power_kw, self.of_a_watt(slot_count))


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of ``site`` in the units of ``optimizer.columns``: 1e-4 micro-units of money, meters of a budget."""

    site: str
    energy: Rate
    carbon: Rate
    energy_meter: Rate
    carbon_meter: Rate

    def worst(self, power_kw: float, slot_count: float) -> tuple[float, float, float, float]:
        """Energy cost, carbon cost and the two meters of a run."""
        return (
            self.energy.worst(power_kw, slot_count),
            self.carbon.worst(power_kw, slot_count),
            self.energy_meter.worst(power_kw, slot_count),
            self.carbon_meter.worst(power_kw, slot_count),
        )


@dataclass(frozen=True, slots=True)
class FleetRates:
    """The rates of each site, and what is the most anywhere: of any rate of a watt over the horizon, of the money that energy
    and carbon cost together, and of what a link costs.
    """

    of_site: list[Rates]
    of_a_watt: float
    micros_per_w: float
    cost_per_gb: float

    @classmethod
    def of(cls, problem: Problem, horizon: Horizon) -> FleetRates:
        sites = [_rates(site, problem, horizon) for site in problem.sites]
        each = [rate for site in sites for rate in (site.energy, site.carbon, site.energy_meter, site.carbon_meter)]
        return cls(
            of_site=sites,
            of_a_watt=max((rate.of_a_watt(horizon.slot_count) for rate in each), default=0.0),
            micros_per_w=max((site.energy.total + site.carbon.total for site in sites), default=0.0) / RATE_SCALE,
            cost_per_gb=max((link.cost_per_gb for link in problem.links), default=0.0),
        )


def check_overflow(problem: Problem, ways: WaysToRun, horizon: Horizon) -> Iterator[Violation]:
    """Costs of one placement, worth of all of them, meters of the budgets; ``ways`` are those of its jobs."""
    yield from check_budget_capacity(problem, horizon)
    yield from check_battery_capacity(problem, horizon)
    yield from check_money(problem, FleetRates.of(problem, horizon), horizon, dearest_job(problem.jobs, ways))


def check_money(problem: Problem, rates: FleetRates, horizon: Horizon, dearest: Job) -> Iterator[Violation]:
    """Costs of one placement; where they fit, the worth of all of them."""
    costs_fit = True
    of_parts = (check_placement_cost(problem.jobs, rates, horizon, dearest), check_share_floors(problem, horizon))
    for violation in chain(*of_parts, check_plants(problem, rates, horizon)):
        costs_fit = False
        yield violation
    if costs_fit:
        yield from check_total_worth(problem.jobs, rates, horizon, dearest, micros_beside_jobs(problem, rates, horizon))


def micros_beside_jobs(problem: Problem, rates: FleetRates, horizon: Horizon) -> float:
    """What tenants and plants may come to, without sign."""
    of_tenants = sum(_shortfall_micros(tenant, horizon) for tenant in problem.tenants)
    return of_tenants + sum(_plant_micros(site, own, horizon) for site, own in zip(problem.sites, rates.of_site, strict=True))


def check_budget_capacity(problem: Problem, horizon: Horizon) -> Iterator[Violation]:
    """A budget times the divisor of its meter, which is how engines compare it."""
    for s, site in enumerate(problem.sites):
        energy = (site.energy_budget_mwh or 0.0) * WH_PER_MWH * _energy_divisor(horizon)
        carbon = (site.carbon_budget_kg or 0.0) * MG_PER_KG * UG_PER_MG
        for field, capacity in (("energy_budget_mwh", energy), ("carbon_budget_kg", carbon)):
            if capacity >= INTEGER_LIMIT:
                value = getattr(site, field)
                message = (
                    f"{field} is {value!r}; with slots of {horizon.slot_seconds} s it must be below "
                    f"{value * INTEGER_LIMIT / capacity:.6g}, or the 64-bit meter overflows"
                )
                yield Violation(f"sites[{s}].{field}", Reason.BUDGET_OVERFLOW, message)


def check_battery_capacity(problem: Problem, horizon: Horizon) -> Iterator[Violation]:
    """What a battery holds, and takes or gives in a slot, in microwatt-slots."""
    for s, site in enumerate(problem.sites):
        if site.battery is None:
            continue
        slot_hours = horizon.slot_seconds / SECONDS_PER_HOUR
        held_kwh = site.battery.energy_capacity_kwh
        moved_kwh = max(site.battery.charge_limit_kw, site.battery.discharge_limit_kw) * slot_hours
        energy = (held_kwh + 2 * moved_kwh) / slot_hours * W_PER_KW * PPM * ESTIMATE_MARGIN
        if energy >= INTEGER_LIMIT:
            message = (
                f"energy_capacity_kwh is {held_kwh!r}; with slots of {horizon.slot_seconds} s and its power it must be below "
                f"{held_kwh * INTEGER_LIMIT / energy:.6g}, or its 64-bit energy overflows"
            )
            yield Violation(f"sites[{s}].battery.energy_capacity_kwh", Reason.BUDGET_OVERFLOW, message)


def check_placement_cost(jobs: Sequence[Job], rates: FleetRates, horizon: Horizon, dearest: Job) -> Iterator[Violation]:
    """The energy cost, carbon cost and metered use of one run, and the tardiness of one job; of each only where the
    ``dearest`` of all does not fit.
    """
    if _worst(_strongest_w(dearest) / W_PER_KW, rates.of_a_watt) >= INTEGER_LIMIT:
        for j, job in enumerate(jobs):
            for k, mode in enumerate(_modes(job)):
                yield from check_mode_cost(_mode_path(j, k, job), mode, rates, horizon, in_pieces=_in_pieces(job))
    for j, job in enumerate(jobs) if _tardiness_micros(dearest, horizon) >= INTEGER_LIMIT else ():
        if job.tardiness_cost_per_hour and _tardiness_micros(job, horizon) >= INTEGER_LIMIT:
            message = (
                f"tardiness_cost_per_hour is {job.tardiness_cost_per_hour!r} of money; charged until the end of the "
                "horizon it must stay below 2^62 micro-units"
            )
            yield Violation(f"jobs[{j}].tardiness_cost_per_hour", Reason.COST_OVERFLOW, message)


def check_mode_cost(
    path: str, mode: Mode, rates: FleetRates, horizon: Horizon, *, in_pieces: bool = False
) -> Iterator[Violation]:
    """One violation at most: the first site where a run of the mode comes to too much. Pieces may fill the horizon."""
    slot_count = min(horizon.slot_count, slots_up(mode.duration, timedelta(seconds=horizon.slot_seconds)))
    slot_count = horizon.slot_count if in_pieces else slot_count
    for own in rates.of_site:
        worst = own.worst(mode.it_power_kw, slot_count)
        for what, amount in zip(("energy cost", "carbon cost", "energy meter", "carbon meter"), worst, strict=True):
            if amount >= INTEGER_LIMIT:
                message = (
                    f"it_power_kw is {mode.it_power_kw!r} kW for {mode.duration}: at site {own.site!r} the {what} "
                    f"may come to {amount:.3g} in integer units; it must stay below 2^62 (prices and intensities there "
                    "may be too high, or the run too long)"
                )
                yield Violation(path, Reason.COST_OVERFLOW, message)
                return


def check_share_floors(problem: Problem, horizon: Horizon) -> Iterator[Violation]:
    """What a whole floor costs when nothing of it is placed."""
    for t, tenant in enumerate(problem.tenants):
        if tenant.share_floor is not None and _shortfall_micros(tenant, horizon) >= INTEGER_LIMIT:
            message = (
                f"gpu_hours is {tenant.share_floor.gpu_hours!r}; times shortfall_cost_per_gpu_hour "
                f"({tenant.share_floor.shortfall_cost_per_gpu_hour!r} of money) it must stay below 2^62 micro-units"
            )
            yield Violation(f"tenants[{t}].share_floor.gpu_hours", Reason.COST_OVERFLOW, message)


def check_plants(problem: Problem, rates: FleetRates, horizon: Horizon) -> Iterator[Violation]:
    """What each site runs beside its jobs, in the units of rates."""
    for s, (site, own) in enumerate(zip(problem.sites, rates.of_site, strict=True)):
        amount = _plant_micros(site, own, horizon) * RATE_SCALE
        if amount >= INTEGER_LIMIT:
            message = (
                f"what site {site.name!r} runs beside its jobs, and its demand charge, may come to {amount:.3g} in integer "
                "units; it must stay below 2^62 (powers, values and prices there may be too high)"
            )
            yield Violation(f"sites[{s}]", Reason.COST_OVERFLOW, message)


def check_total_worth(
    jobs: Sequence[Job], rates: FleetRates, horizon: Horizon, dearest: Job, beside_micros: float
) -> Iterator[Violation]:
    """Values and costs of all jobs, each at its largest and without sign, add up to less than 2^62 micro-units with
    ``beside_micros``; they do where as many as the ``dearest`` do.
    """

    def worth(job: Job) -> float:
        money = _job_money(job, rates.cost_per_gb) + _break_money(job, rates.cost_per_gb, horizon.slot_count)
        return money * MICROS_PER_UNIT + _strongest_w(job) * rates.micros_per_w + _tardiness_micros(job, horizon)

    at_most = len(jobs) * worth(dearest) + beside_micros
    if at_most * ESTIMATE_MARGIN < INTEGER_LIMIT:
        return
    total = sum(map(worth, jobs)) + beside_micros
    if total >= INTEGER_LIMIT:
        message = (
            f"the values and costs of all jobs may add up to {total / MICROS_PER_UNIT:.3g} of money; the sum must stay "
            f"below {INTEGER_LIMIT / MICROS_PER_UNIT:.3g}: state money in a larger unit"
        )
        yield Violation("jobs", Reason.VALUE_OVERFLOW, message)


def _shortfall_micros(tenant: Tenant, horizon: Horizon) -> float:
    """What it costs that the tenant gets nothing of its floor; a target is rounded up by less than a slot."""
    floor = tenant.share_floor
    if floor is None:
        return 0.0
    slot_hours = horizon.slot_seconds / SECONDS_PER_HOUR
    cost = floor.shortfall_cost_per_gpu_hour * MICROS_PER_UNIT * slot_hours + 1
    return (floor.gpu_hours / slot_hours + 1) * cost * ESTIMATE_MARGIN


def _plant_micros(site: Site, rates: Rates, horizon: Horizon) -> float:
    """What a site runs beside its jobs at full power, value, energy and carbon without sign, and the charge on its peak."""
    hours = horizon.slot_count * horizon.slot_seconds / SECONDS_PER_HOUR
    a_watt = (rates.energy.total + rates.carbon.total) / RATE_SCALE
    total = max(site.import_limit_kw, default=0.0) * (site.demand_charge_per_kw or 0.0) * MICROS_PER_UNIT
    for load in site.flexible_loads:
        value = max(map(abs, load.value_per_mwh)) * MICROS_PER_UNIT / WH_PER_MWH * hours
        total += max(load.power_kw) * W_PER_KW * (value + a_watt)
    if site.battery is not None:
        total += (site.battery.charge_limit_kw + site.battery.discharge_limit_kw) * W_PER_KW * a_watt
    if site.heat_offtake is not None:
        earned = max(0.0, *site.heat_offtake.price_per_mwh) * MICROS_PER_UNIT / WH_PER_MWH * hours
        total += max(site.heat_offtake.limit_kw) * W_PER_KW * earned
    return total * ESTIMATE_MARGIN


def _job_money(job: Job, cost_per_gb: float) -> float:
    """The largest value and fixed costs of the job without sign, in units of money."""
    money = abs(job.value or 0.0)
    money += max([abs(mode.value or 0.0) + abs(mode.cost) for mode in job.modes], default=0.0)
    if job.running is not None:
        money += max(job.running.move_cost, job.running.resize_cost or 0.0) + job.running.stop_cost
    if job.data_set is not None:
        money += job.data_set.size_gb * cost_per_gb
    return money


def _in_pieces(job: Job) -> bool:
    return job.preemption is not None or job.elasticity is not None


def _break_money(job: Job, cost_per_gb: float, slot_count: int) -> float:
    """What the pauses and changes of a run may cost, in units of money; no more of either than slots."""
    money = 0.0
    if job.preemption is not None:
        each = job.preemption.resume_cost + job.preemption.checkpoint_size_gb * cost_per_gb
        money += min(job.preemption.max_pause_count, slot_count) * each
    if job.elasticity is not None:
        money += min(job.elasticity.max_change_count, slot_count) * job.elasticity.change_cost
    return money


def _strongest_w(job: Job) -> float:
    return max([mode.it_power_kw for mode in _modes(job)]) * W_PER_KW + 1


def _tardiness_micros(job: Job, horizon: Horizon) -> float:
    """The cost of ending with the horizon, counted from the due time."""
    if job.due_time is None:
        return 0.0
    end: datetime = horizon.start_time + timedelta(seconds=horizon.slot_seconds) * horizon.slot_count
    late_hours = max(0.0, (end - job.due_time) / timedelta(hours=1) + horizon.slot_seconds / SECONDS_PER_HOUR)
    return job.tardiness_cost_per_hour * late_hours * MICROS_PER_UNIT * ESTIMATE_MARGIN


def _worst(power_kw: float, of_a_watt: float) -> float:
    return (power_kw * W_PER_KW + 1) * of_a_watt * ESTIMATE_MARGIN


def _rates(site: Site, problem: Problem, horizon: Horizon) -> Rates:
    count, slot_hours = horizon.slot_count, horizon.slot_seconds / SECONDS_PER_HOUR
    pue = _spread(site.pue or (1.0,), count)
    price = _spread(site.energy_price_per_mwh or (0.0,), count)
    intensity = _spread(site.carbon_intensity_g_per_kwh or (0.0,), count)
    emission_ug = [g * 1_000 * p * slot_hours for g, p in zip(intensity, pue, strict=True)]
    money_scale = slot_hours * MICROS_PER_UNIT * RATE_SCALE / WH_PER_MWH
    # ug of one watt and slot, times money per tonne: 1e12 ug a tonne, 1e6 micro-units of money
    carbon_scale = problem.carbon_price_per_tonne * MICROS_PER_UNIT * RATE_SCALE / 1e12
    meter_scale = PPM * SECONDS_PER_HOUR * slot_hours / gcd(horizon.slot_seconds, PPM * SECONDS_PER_HOUR)
    return Rates(
        site=site.name,
        energy=_rate([abs(money) * p * money_scale for money, p in zip(price, pue, strict=True)]),
        carbon=_rate([ug * carbon_scale for ug in emission_ug]),
        energy_meter=_rate([p * meter_scale for p in pue] if site.energy_budget_mwh is not None else []),
        carbon_meter=_rate(emission_ug if site.carbon_budget_kg is not None else []),
    )


def _rate(by_slot: list[float]) -> Rate:
    return Rate(peak=max(by_slot, default=0.0) + 1, total=sum(by_slot) + len(by_slot) + 1)


def _energy_divisor(horizon: Horizon) -> int:
    return PPM * SECONDS_PER_HOUR // gcd(horizon.slot_seconds, PPM * SECONDS_PER_HOUR)


def _spread(series: Series, slot_count: int) -> Series:
    return series * slot_count if len(series) == 1 else series


def _modes(job: Job) -> tuple[Mode, ...]:
    """The modes whatever their names, which do not matter here."""
    return modes_of(job) if job.work_profile is not None else job.modes


def _mode_path(j: int, k: int, job: Job) -> str:
    return f"jobs[{j}].work_profile" if job.work_profile is not None else f"jobs[{j}].modes[{k}].it_power_kw"

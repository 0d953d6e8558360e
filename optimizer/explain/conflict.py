"""When the mandatory jobs cannot all run: a minimal set of jobs and limits that conflict, and what would help.

Deletion filtering in the domain's terms: a job, then a limit, is left out for good whenever the rest still conflicts.
What stays is minimal: without any one of its jobs or limits the others fit. Each question is a small program for CP-SAT.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from optimizer.accounting import ledger
from optimizer.accounting.halls import standby_uses
from optimizer.accounting.links import link_label
from optimizer.accounting.operation import grid_label, most_held_uw
from optimizer.columns.candidates import Candidates, candidates
from optimizer.exact.problem import ExactJob, ExactProblem
from optimizer.explain.feasibility import Answer, fits, least_raise
from optimizer.limits import LimitKind, LimitLabel, counted
from optimizer.solution import Conflict, Relaxation
from optimizer.units import PPM, divide_up

Stop = Callable[[], bool]


def conflict(problem: ExactProblem, stop: Stop) -> Conflict:
    """The conflict among the mandatory jobs of ``problem``, which is infeasible.

    Where ``stop`` comes true before the search ends, what is left so far is given with ``minimal`` false.
    """
    if not any(job.mandatory for job in problem.jobs):
        return _of_batteries(problem)
    search = _Search(problem, stop)
    jobs = search.minimal_jobs([job for job in problem.jobs if job.mandatory])
    limits = search.minimal_limits(jobs)
    relaxations = tuple(search.relaxation(jobs, label) for label in limits)
    return Conflict(
        jobs=tuple(job.name for job in jobs),
        limits=tuple(describe(label) for label in limits),
        relaxations=relaxations,
        message=_message(jobs, limits),
        minimal=search.complete,
    )


def _of_batteries(problem: ExactProblem) -> Conflict:
    """Where no job must run, only a battery can ask for what cannot be: to hold more at the end than its connection brings."""
    sites = [site for site in problem.sites if site.battery is not None and site.battery.final_uw > most_held_uw(site)]
    told = []
    for site in sites:
        assert site.battery is not None
        least, most = (site.battery.energy_wh(energy) / 1_000 for energy in (site.battery.final_uw, most_held_uw(site)))
        told.append(
            f"the battery at {site.name!r} must hold {least:,.6g} kWh at the end; charged whenever its connection allows, "
            f"with nothing else there, it holds {most:,.6g} kWh"
        )
    return Conflict(
        jobs=(),
        limits=tuple(describe(grid_label(site)) for site in sites),
        relaxations=(),
        message="; ".join(told) or "no job must run, and yet the engine found no plan that keeps every rule",
        minimal=bool(sites),
    )


def describe(label: LimitLabel) -> str:
    """A limit in words."""
    words = {
        LimitKind.POOL_NODES: "nodes of pool",
        LimitKind.POOL_PART: "nodes of pool",
        LimitKind.HALL_POWER: "IT power of hall",
        LimitKind.LIQUID_COOLING: "liquid cooling of hall",
        LimitKind.AIR_COOLING: "air cooling of hall",
        LimitKind.GRID_IMPORT: "grid import at",
        LimitKind.RECOVERED_HEAT: "recovered heat at",
        LimitKind.GRID_EXPORT: "what is not exported at",
        LimitKind.TENANT_QUOTA: "GPU quota of",
        LimitKind.RESERVATION: "nodes of pool",
        LimitKind.RESOURCE: "resource",
        LimitKind.CONSUMABLE: "resource",
        LimitKind.ENERGY_BUDGET: "energy budget of",
        LimitKind.CARBON_BUDGET: "carbon budget of",
        LimitKind.GROUP_DOMAIN: "nodes of one domain for group",
        LimitKind.GROUP_APART: "jobs of group",
        LimitKind.LINK: "capacity of link",
        LimitKind.CHURN_JOBS: "running jobs that may be moved or resized in the",
        LimitKind.CHURN_GPU_SLOTS: "GPU-slots of running jobs that may be moved or resized in the",
    }
    return f"{words[label.kind]} {label.element}"


def _message(jobs: Sequence[ExactJob], limits: Sequence[LimitLabel]) -> str:
    names = ", ".join(repr(job.name) for job in jobs)
    what = f"job {names} must run but cannot" if len(jobs) == 1 else f"jobs {names} must all run but cannot together"
    if not limits:
        return f"{what}: time windows and placement rules leave no start, whatever the limits"
    return f"{what} within: {'; '.join(describe(label) for label in limits)}"


@dataclass(slots=True)
class _Search:
    problem: ExactProblem
    stop: Stop
    complete: bool = True

    def minimal_jobs(self, jobs: list[ExactJob]) -> list[ExactJob]:
        """Drops blocks of jobs, then single ones, while the rest still conflicts."""
        block = max(1, len(jobs) // 2)
        while True:
            index = 0
            while index < len(jobs) and len(jobs) > 1:
                rest = jobs[:index] + jobs[index + block :]
                if rest and self._conflict(rest, ()):
                    jobs = rest
                else:
                    index += block
            if block == 1:
                return jobs
            block = max(1, block // 2)

    def minimal_limits(self, jobs: Sequence[ExactJob]) -> list[LimitLabel]:
        """The limits without any one of which ``jobs`` would fit; none where no limit is to blame."""
        touched = self._touched(jobs)
        ignored: list[LimitLabel] = []
        for label in touched:
            if self._conflict(jobs, (*ignored, label)):
                ignored.append(label)
        return [label for label in touched if label not in ignored]

    def relaxation(self, jobs: Sequence[ExactJob], label: LimitLabel) -> Relaxation:
        """The least raise of ``label`` that lets ``jobs`` run together, all other limits as they are."""
        raised = least_raise(self._only(jobs, (label,)), label, self.stop)
        if raised is None:
            return Relaxation(
                kind=label.kind.value,
                element=label.element,
                unit=label.unit,
                amount=None,
                first_slot=0,
                last_slot=self.problem.slot_count - 1,
                message=f"raising {describe(label)} alone does not help",
            )
        amount, first, last = raised.amount, raised.first_slot, raised.last_slot
        if label.kind is LimitKind.GRID_IMPORT:
            site = next(site for site in self.problem.sites if site.name == label.element)
            amount = divide_up(amount * max(site.pue_ppm[first : last + 1]), PPM)
        self.complete &= raised.least
        grid = self.problem.time_grid
        begin, end = grid.start_time + first * grid.slot_duration, grid.start_time + (last + 1) * grid.slot_duration
        return Relaxation(
            kind=label.kind.value,
            element=label.element,
            unit=label.unit,
            amount=amount,
            first_slot=first,
            last_slot=last,
            message=f"+{_more(amount, label)}, {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}",
        )

    def _touched(self, jobs: Sequence[ExactJob]) -> list[LimitLabel]:
        """Every limit that some mode of ``jobs`` could use."""
        labels: dict[LimitLabel, None] = {}
        for job in jobs:
            for mode in job.modes:
                for pool in self.problem.pools:
                    if ledger.exclusion(self.problem, job, mode, pool) is None:
                        run = ledger.Run(job, mode, pool, 0)
                        labels |= {label: None for label, _ in ledger.slot_uses(self.problem, job.claimant, mode, pool)}
                        labels |= {label: None for label, _ in standby_uses(self.problem, self.problem.halls[pool.hall])}
                        labels |= {label: None for label, _ in ledger.horizon_uses(self.problem, run)}
                        ways = self.problem.data_ways(job, self.problem.sites[pool.site])
                        labels |= {link_label(way.from_site, way.to_site): None for way in ways if way.is_limited}
        return list(labels)

    def _conflict(self, jobs: Sequence[ExactJob], ignored: Iterable[LimitLabel]) -> bool:
        """Whether ``jobs`` surely cannot run together when ``ignored`` limits do not hold."""
        answer = fits(self._only(jobs, tuple(ignored)), self.stop)
        self.complete &= answer is not Answer.UNKNOWN
        return answer is Answer.NO

    def _only(self, jobs: Sequence[ExactJob], ignored: tuple[LimitLabel, ...]) -> Candidates:
        kept = tuple(replace(job, index=index, mandatory=True) for index, job in enumerate(jobs))
        return candidates(replace(self.problem, jobs=kept), ignored=frozenset(ignored))


def _more(amount: int, label: LimitLabel) -> str:
    """So much of a limit: watts read as kW or MW, the rest as they are, each unit once."""
    words = describe(label)
    if label.unit == "W" and amount >= 1_000:
        return f"{amount / 1e6:,.6g} MW {words}" if amount >= 100_000 else f"{amount / 1e3:,.6g} kW {words}"
    return f"{counted(amount, label.unit)} {words.removeprefix(label.unit + ' ')}"

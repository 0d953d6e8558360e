"""How much of every limit a set of runs takes, slot by slot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from optimizer.accounting.halls import Schedules, implied
from optimizer.accounting.ledger import Measure, Run, horizon_limits, horizon_uses, limits_over, slot_limits, uses_of
from optimizer.accounting.links import link_label, transfers
from optimizer.exact.problem import Claimant, ExactProblem
from optimizer.limits import GIVEN_KINDS, LimitKind, LimitLabel
from optimizer.solution import LimitUsage
from optimizer.units import PPM, divide_up


@dataclass(frozen=True, slots=True)
class Usage:
    """Capacity and use of every limit: by slot, and over the horizon for budgets. Grid limits are in IT watts."""

    slot_capacity: dict[LimitLabel, tuple[int, ...]]
    slot_used: dict[LimitLabel, list[int]]
    horizon_capacity: dict[LimitLabel, int]
    horizon_used: dict[LimitLabel, int]

    def excesses(self) -> list[tuple[LimitLabel, int | None, int]]:
        """(limit, slot or None for a budget, by how much) wherever more is used than there is."""
        over: list[tuple[LimitLabel, int | None, int]] = [
            (label, slot, use - limit)
            for label, capacity in self.slot_capacity.items()
            for slot, (use, limit) in enumerate(zip(self.slot_used[label], capacity, strict=True))
            if use > limit and use > 0
        ]
        over += [
            (label, None, self.horizon_used[label] - limit)
            for label, limit in self.horizon_capacity.items()
            if self.horizon_used[label] > max(0, limit)
        ]
        return over


def usage(problem: ExactProblem, runs: Iterable[Run], schedules: Schedules | None = None) -> Usage:
    """Adds up what ``runs`` take; each piece adds its use where it starts and takes it away where it ends.

    Halls that are on in ``schedules`` (None: those that ``runs`` imply) draw their standby power; batteries rest.
    """
    runs = list(runs)
    slot_capacity, horizon_capacity = slot_limits(problem), horizon_limits(problem)
    steps = {label: [0] * (problem.slot_count + 1) for label in slot_capacity}
    horizon_used = dict.fromkeys(horizon_capacity, 0)
    some_link_is_limited = any(label.kind is LimitKind.LINK for label in slot_capacity)
    known: dict[tuple[Claimant, int], list[tuple[LimitLabel, Measure]]] = {}
    for run in runs:
        for piece in run.all_pieces:
            key = run.job.claimant, piece.pool.index
            limits = known.get(key)
            if limits is None:
                limits = known[key] = limits_over(problem, run.job.claimant, piece.pool)
            for label, amount in uses_of(problem, piece.mode, piece.pool, limits):
                step = steps[label]
                step[piece.start] += amount
                step[piece.end] -= amount
        for transfer in transfers(problem, run) if some_link_is_limited else ():
            label = link_label(transfer.from_site, transfer.to_site)
            if label in steps:
                # a run that starts too early is refused for that
                steps[label][max(0, transfer.start_slot)] += transfer.mb_per_hour
                steps[label][transfer.end_slot] -= transfer.mb_per_hour
        if horizon_capacity:
            for label, amount in horizon_uses(problem, run):
                horizon_used[label] += amount
    slot_used = {label: list(accumulate(step[:-1])) for label, step in steps.items()}
    for index, schedule in (implied(problem, runs, {}) if schedules is None else schedules).items():
        hall = problem.halls[index]
        standby_w = 0 if hall.commitment is None else hall.commitment.standby_w
        site_name = problem.sites[hall.site].name
        # what standby draws a battery may give
        for label, watts in (
            (LimitLabel(LimitKind.HALL_POWER, hall.name, "W"), standby_w),
            (LimitLabel(LimitKind.GRID_IMPORT, site_name, "W"), standby_w),
            (LimitLabel(LimitKind.GRID_EXPORT, site_name, "W"), -standby_w),
        ):
            for slot, on in enumerate(schedule if label in slot_used else ()):
                slot_used[label][slot] += watts if on else 0
    for site in problem.sites:
        if site.battery is not None:
            resting = slot_used[LimitLabel(LimitKind.GRID_IMPORT, site.name, "W")]
            resting[:] = [use + site.resting_w(slot) for slot, use in enumerate(resting)]
    return Usage(slot_capacity, slot_used, horizon_capacity, horizon_used)


def limit_usages(problem: ExactProblem, used: Usage) -> tuple[LimitUsage, ...]:
    """``used`` as people read it: a site's grid limit in watts at the connection, PUE and overhead included.

    Recovered heat and what is not exported are no limits of their own and left out.
    """
    sites = {site.name: site for site in problem.sites}

    def row(label: LimitLabel, capacity: Sequence[int], use: Sequence[int]) -> LimitUsage:
        if label.kind is LimitKind.GRID_IMPORT:
            site = sites[label.element]
            capacity = site.import_limit_w or ()
            use = [divide_up(site.draw_uw(slot, it), PPM) for slot, it in enumerate(use)]
        return LimitUsage(
            kind=label.kind.value, element=label.element, unit=label.unit, capacity=tuple(capacity), used=tuple(use)
        )

    by_slot = [
        row(label, capacity, used.slot_used[label])
        for label, capacity in used.slot_capacity.items()
        if label.kind not in GIVEN_KINDS
    ]
    budgets = [row(label, (cap,), (used.horizon_used[label],)) for label, cap in used.horizon_capacity.items()]
    return (*by_slot, *budgets)

"""Schedules of halls in a plan: what they draw and cost, and those that runs imply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from optimizer.accounting.ledger import SlotUse, pool_limits, slot_limits
from optimizer.accounting.metering import MeteredSpan
from optimizer.accounting.runs import Run
from optimizer.accounting.switching import Schedule, best_schedule, stretches, switching_micros
from optimizer.exact.problem import ExactCommitment, ExactHall, ExactProblem
from optimizer.limits import LimitKind, LimitLabel
from optimizer.solution import HallSchedule, SlotInterval

#: By index of the hall; halls that are always on have none.
Schedules = Mapping[int, Schedule]


def committed_halls(problem: ExactProblem) -> list[tuple[ExactHall, ExactCommitment]]:
    """The halls that may be switched off."""
    return [(hall, hall.commitment) for hall in problem.halls if hall.commitment is not None]


def own_limits(problem: ExactProblem, hall: ExactHall) -> list[LimitLabel]:
    """The slot limits that nothing outside ``hall`` uses, and that are there while it is on: those of it and its pools."""
    names = {label for pool in problem.pools if pool.hall == hall.index for label in pool_limits(pool)}
    stated = slot_limits(problem)
    kinds = (LimitKind.HALL_POWER, LimitKind.LIQUID_COOLING, LimitKind.AIR_COOLING)
    return [label for label in stated if label in names or (label.kind in kinds and label.element == hall.name)]


def standby_uses(problem: ExactProblem, hall: ExactHall) -> list[SlotUse]:
    """What ``hall`` takes of each limit in a slot that it is on, beside what its runs take; positive amounts."""
    if hall.commitment is None or not hall.commitment.standby_w:
        return []
    site = problem.sites[hall.site]
    limited = ((LimitKind.HALL_POWER, hall.name, hall.it_power_w), (LimitKind.GRID_IMPORT, site.name, site.import_limit_w))
    return [(LimitLabel(kind, name, "W"), hall.commitment.standby_w) for kind, name, limit in limited if limit is not None]


def standby_micros(problem: ExactProblem, hall: ExactHall, slot: int) -> int:
    """What standby costs in one slot: energy and carbon, each rounded once. Equation (50)."""
    if hall.commitment is None or hall.commitment.free_standby:
        return 0
    span = MeteredSpan(hall.commitment.standby_w, problem.sites[hall.site], slot, slot + 1)
    return span.energy_micros() + span.carbon_micros()


def hall_micros(problem: ExactProblem, schedules: Schedules) -> int:
    """Standby of all halls over the slots in which they are on."""
    return sum(
        standby_micros(problem, problem.halls[index], slot)
        for index, schedule in schedules.items()
        for slot, on in enumerate(schedule)
        if on
    )


def all_switching_micros(problem: ExactProblem, schedules: Schedules) -> int:
    """Start-ups and shut-downs of all halls."""
    return sum(switching_micros(rules, schedules[hall.index]) for hall, rules in committed_halls(problem))


def required_slots(problem: ExactProblem, hall: ExactHall, runs: Iterable[Run]) -> list[bool]:
    """The slots in which a piece of a run lies in ``hall``."""
    required = [False] * problem.slot_count
    for run in runs:
        for piece in run.all_pieces:
            if piece.pool.hall == hall.index:
                required[piece.start : piece.end] = [True] * (piece.end - piece.start)
    return required


def implied(problem: ExactProblem, runs: Iterable[Run], stated: Schedules) -> Schedules:
    """``stated`` completed: for each other hall the cheapest schedule that covers ``runs``, hall by hall in order.

    A hall stays on without runs only where its own limit and what the grid connection has left (beside the runs, stated
    schedules, the standby that other halls' runs need, and halls that come before) carry its standby.
    """
    found = dict(stated)
    if all(hall.index in found for hall, _ in committed_halls(problem)):
        return found
    runs = list(runs)
    required = {hall.index: required_slots(problem, hall, runs) for hall, _ in committed_halls(problem)}
    left = _grid_left(problem, runs, {**required, **stated})
    for hall, rules in committed_halls(problem):
        if hall.index in found:
            continue
        free, own = left[hall.site], hall.it_power_w
        needed = required[hall.index]
        forbidden = [
            not needed[t]
            and ((free is not None and free[t] < rules.standby_w) or (own is not None and own[t] < rules.standby_w))
            for t in range(problem.slot_count)
        ]
        gain = [-standby_micros(problem, hall, t) for t in range(problem.slot_count)]
        schedule = best_schedule(rules, gain, needed, forbidden)
        if schedule is None:
            schedule = best_schedule(rules, gain, needed, [False] * problem.slot_count)
        # without forbidden slots there is one: on throughout
        assert schedule is not None
        found[hall.index] = schedule
        for t, on in enumerate(schedule):
            if on and not needed[t] and free is not None:
                free[t] -= rules.standby_w
    return found


def _grid_left(problem: ExactProblem, runs: list[Run], known: Mapping[int, Iterable[bool]]) -> list[list[int] | None]:
    """IT watts by site and slot beside the runs and the standby of ``known`` slots, batteries at rest; None where there is
    no limit.
    """
    left: list[list[int] | None] = [
        None
        if site.import_limit_w is None
        else [(site.it_limit_w(t) or 0) - site.resting_w(t) for t in range(problem.slot_count)]
        for site in problem.sites
    ]
    for run in runs:
        for piece in run.all_pieces:
            free = left[piece.pool.site]
            if free is not None:
                for t in range(piece.start, piece.end):
                    free[t] -= piece.mode.it_power_w
    for hall, rules in committed_halls(problem):
        free = left[hall.site]
        if free is not None:
            for t, on in enumerate(known[hall.index]):
                free[t] -= rules.standby_w * on
    return left


def stated_form(problem: ExactProblem, schedules: Schedules) -> tuple[HallSchedule, ...]:
    """Schedules by name, hall by hall."""
    return tuple(
        HallSchedule(
            hall=hall.name,
            on=tuple(
                SlotInterval(start_slot=stretch.start, end_slot=stretch.end)
                for stretch in stretches(schedules[hall.index])
                if stretch.on
            ),
        )
        for hall, _ in committed_halls(problem)
    )

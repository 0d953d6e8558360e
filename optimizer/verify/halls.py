"""Checks when halls are on: what is stated, slot by slot, against the runs and the halls' own rules. Part of ``verify``."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.accounting.halls import Schedules, committed_halls, implied, required_slots
from optimizer.accounting.runs import Run
from optimizer.accounting.switching import Schedule, stretches, too_short
from optimizer.exact.problem import ExactHall, ExactProblem
from optimizer.solution import HallSchedule
from optimizer.verify.rules import Rule, RuleViolation


def check_halls(
    problem: ExactProblem, stated: Sequence[HallSchedule], runs: Sequence[Run]
) -> tuple[Schedules, list[RuleViolation]]:
    """The schedule of every hall that may be switched off, and every rule that those ``stated`` break.

    A hall without a schedule that can be read gets the one that ``runs`` imply.
    """
    read, violations = _read(problem, stated)
    for hall, rules in committed_halls(problem):
        if hall.index not in read:
            continue
        schedule = read[hall.index]
        needed = required_slots(problem, hall, runs)
        for stretch in stretches([need and not on for need, on in zip(needed, schedule, strict=True)]):
            if stretch.on:
                lacks = stretch.end - stretch.start
                message = f"hall {hall.name!r} is off in slots {stretch.start} to {stretch.end - 1}, in which jobs run there"
                violations.append(_broken(Rule.HALL_OFF, hall, message, stretch.start, lacks))
        for stretch, lacks in too_short(rules, schedule):
            state, least = ("on", rules.min_up) if stretch.on else ("off", rules.min_down)
            message = f"hall {hall.name!r} is {state} from slot {stretch.start} for {stretch.end - stretch.start} slots"
            rule = Rule.HALL_ON_TOO_SHORT if stretch.on else Rule.HALL_OFF_TOO_SHORT
            violations.append(_broken(rule, hall, f"{message}, at least {least}", stretch.start, lacks))
    return implied(problem, runs, read), violations


def _read(problem: ExactProblem, stated: Sequence[HallSchedule]) -> tuple[dict[int, Schedule], list[RuleViolation]]:
    """The schedules that name a hall that may be switched off, once, in intervals that are some."""
    halls = {hall.name: hall for hall, _ in committed_halls(problem)}
    read: dict[int, Schedule] = {}
    violations: list[RuleViolation] = []
    for item in stated:
        hall = halls.get(item.hall)
        if hall is None:
            message = f"{item.hall!r} is no hall that may be switched off"
            violations.append(RuleViolation(rule=Rule.UNKNOWN_HALL, element=item.hall, message=message))
            continue
        schedule = _flags(problem.slot_count, item)
        if schedule is None or hall.index in read:
            what = "is stated twice" if hall.index in read else "is no list of intervals in order, apart, in the horizon"
            violations.append(_broken(Rule.HALL_SCHEDULE_MALFORMED, hall, f"the schedule of hall {hall.name!r} {what}"))
            continue
        read[hall.index] = schedule
    return read, violations


def _flags(slot_count: int, item: HallSchedule) -> Schedule | None:
    flags = [False] * slot_count
    least = 0
    for interval in item.on:
        if not least <= interval.start_slot < interval.end_slot <= slot_count:
            return None
        flags[interval.start_slot : interval.end_slot] = [True] * (interval.end_slot - interval.start_slot)
        least = interval.end_slot + 1
    return tuple(flags)


def _broken(rule: Rule, hall: ExactHall, message: str, slot: int | None = None, slots: int | None = None) -> RuleViolation:
    unit = "" if slots is None else "slots"
    return RuleViolation(rule=rule, element=hall.name, slot=slot, amount=slots, unit=unit, message=message)

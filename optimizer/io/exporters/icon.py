"""A plan as a solution file of the ICON challenge (section 2.6.3 of its description).

The count of machines; for each its number, the count of its on/off events and the events, ``1 period`` where it is switched on
and ``0 period`` where it is off again; the count of tasks, and for each ``task machine start``. All machines are off before
and after the day, so one that is on in the last period is switched off at the count of periods.
"""

from __future__ import annotations

from optimizer.errors import InvalidProblemError, Violation
from optimizer.problem import Problem
from optimizer.solution import Result


def icon_solution(problem: Problem, result: Result) -> str:
    """``result``, a plan of a ``problem`` that ``loadstone import icon`` wrote.

    Raises:
        InvalidProblemError: the names are not those of such an instance, or the plan leaves tasks out.
    """
    machines = [hall.name for site in problem.sites for hall in site.halls]
    on = {schedule.hall: schedule.on for schedule in result.hall_schedules}
    lines = [str(len(machines))]
    for name in machines:
        intervals = on.get(name, ())
        lines += [str(_number(name, "machine")), str(2 * len(intervals))]
        for interval in intervals:
            lines += [f"1 {interval.start_slot}", f"0 {interval.end_slot}"]
    placed = {placement.job: placement for placement in result.placements}
    left_out = [job.name for job in problem.jobs if job.name not in placed]
    if left_out:
        message = f"the plan leaves out {len(left_out)} tasks, {left_out[0]!r} first; all must run"
        raise InvalidProblemError([Violation("placements", "TASKS_MISSING", message)])
    lines.append(str(len(problem.jobs)))
    for job in problem.jobs:
        placement = placed[job.name]
        # a machine's pool has its name
        machine = _number(placement.pool, "machine")
        lines.append(f"{_number(job.name, 'task')} {machine} {placement.start_slot}")
    return "\n".join(lines) + "\n"


def _number(name: str, what: str) -> int:
    prefix, _, number = name.rpartition("-")
    if prefix != what or not (number.isascii() and number.isdigit()):
        message = f"{name!r} is no {what} of an ICON instance; these are {what}-0, {what}-1 and so on"
        raise InvalidProblemError([Violation("name", "NO_ICON_INSTANCE", message)])
    return int(number)

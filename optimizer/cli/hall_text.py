"""When the halls of a plan that may be switched off are on, as text."""

from __future__ import annotations

from optimizer.cli.console import BOLD, Column, Console
from optimizer.problem import Problem
from optimizer.report import words
from optimizer.solution import Result


def print_halls(problem: Problem, result: Result, console: Console) -> None:
    """A row a hall; nothing where no hall may be switched off."""
    if not result.hall_schedules:
        return
    grid = problem.time_grid

    def moment(slot: int) -> str:
        return words.day_and_clock(grid.start_time + slot * grid.slot_duration)

    rows = [
        (
            schedule.hall,
            f"{sum(interval.end_slot - interval.start_slot for interval in schedule.on):,} of {grid.slot_count:,}",
            "; ".join(f"{moment(interval.start_slot)} to {moment(interval.end_slot)}" for interval in schedule.on) or "off",
        )
        for schedule in result.hall_schedules
    ]
    console.line()
    console.line("Halls that may be switched off", BOLD)
    console.table((Column("Hall"), Column("Slots on", True), Column("On")), rows)

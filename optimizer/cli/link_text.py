"""Data on its way, as text: each transfer with its link, slots and cost, and how full links with a capacity get."""

from __future__ import annotations

from optimizer.cli.console import BOLD, Column, Console, printable
from optimizer.limits import LimitKind
from optimizer.problem import Problem
from optimizer.report import words
from optimizer.solution import Result


def print_links(problem: Problem, result: Result, console: Console, row_count: int) -> None:
    """The transfers by their first slots, and a line a link that has a capacity; nothing where no data moves."""
    moved = [(placement.job, transfer) for placement in result.placements for transfer in placement.transfers]
    if not moved:
        return
    moved.sort(key=lambda item: (item[1].start_slot, item[0]))
    grid = problem.time_grid
    console.line()
    console.line("Data on its way", BOLD)
    columns = (
        Column("Job"),
        Column("From"),
        Column("To"),
        Column("Data", True),
        Column("Starts"),
        Column("There by"),
        Column("Rate", True),
        Column("Cost", True),
    )
    rows = [
        (
            job,
            transfer.from_site,
            transfer.to_site,
            f"{transfer.size_gb:,.6g} GB",
            words.moment(grid, transfer.start_slot),
            words.moment(grid, transfer.end_slot),
            words.transfer_rate(transfer.mb_per_hour),
            words.money(transfer.cost_micros, problem.currency),
        )
        for job, transfer in moved[:row_count]
    ]
    console.table(columns, rows)
    if len(moved) > row_count:
        console.line(f"  and {words.count(len(moved) - row_count, 'more transfer')}")
    for usage in result.usages:
        if usage.kind == LimitKind.LINK and any(usage.used):
            slot = max(range(grid.slot_count), key=lambda t: usage.used[t] / max(1, usage.capacity[t]))
            used, most = words.transfer_rate(usage.used[slot]), words.transfer_rate(usage.capacity[slot])
            console.line(f"  link {printable(usage.element)}: {used} of {most} at most, {words.moment(grid, slot)}")

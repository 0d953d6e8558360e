"""What ties jobs to each other, on selections: whether one keeps order and groups."""

from __future__ import annotations

from optimizer.columns.table import Columns, Selection


def keeps_ties(columns: Columns, selection: Selection) -> bool:
    """Whether every placed successor starts after its placed predecessor, and every group shares its key."""
    return _keeps_order(columns, selection) and _keeps_groups(columns, selection)


def _keeps_order(columns: Columns, selection: Selection) -> bool:
    order = columns.precedences
    for predecessor, successor, lag in zip(order.predecessor.tolist(), order.successor.tolist(), order.lag.tolist()):
        if (start := start_of(selection, successor)) is None:
            continue
        end = end_of(columns, selection, predecessor)
        if end is None or end + lag > start:
            return False
    return True


def _keeps_groups(columns: Columns, selection: Selection) -> bool:
    together = columns.together
    for group in range(len(together)):
        jobs = together.job[together.first[group] : together.first[group + 1]].tolist()
        pools = {pool for job in jobs for pool in pools_of(columns, selection, job)}
        if len({int(together.key_of_pool[group, pool]) for pool in pools}) > 1:
            return False
    return True


def start_of(selection: Selection, job: int) -> int | None:
    """The slot in which the job's run starts; None where it is left out."""
    if job in selection.pieces:
        return selection.pieces[job][0].start
    return int(selection.start[job]) if selection.window[job] >= 0 else None


def end_of(columns: Columns, selection: Selection, job: int) -> int | None:
    """The slot boundary at which the job's run ends; None where it is left out."""
    if job in selection.pieces:
        return selection.pieces[job][-1].end
    window = int(selection.window[job])
    return int(selection.start[job]) + int(columns.duration[window]) if window >= 0 else None


def pools_of(columns: Columns, selection: Selection, job: int) -> set[int]:
    """The pools the job's run touches."""
    if job in selection.pieces:
        return {int(columns.lanes.pool[piece.lane]) for piece in selection.pieces[job]}
    window = int(selection.window[job])
    return {int(columns.pool[window])} if window >= 0 else set()

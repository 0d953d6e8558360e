"""Whether ties keep a job out of a plan: a job it waits for, or where the rest of its group runs."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.accounting import grouping
from optimizer.accounting.order import OrderWindow
from optimizer.accounting.runs import Run
from optimizer.columns.table import Columns
from optimizer.exact.problem import ExactJob, ExactProblem
from optimizer.explain.misses import slots_missing
from optimizer.solution import Unplaced, UnplacedReason


def kept_out_by_ties(problem: ExactProblem, columns: Columns, placed: Mapping[str, Run], job: ExactJob) -> Unplaced | None:
    """The reason why no column of ``job`` keeps its ties with what is ``placed``; None where some column does."""
    windows = range(int(columns.job_first[job.index]), int(columns.job_first[job.index + 1]))
    absent = [p.predecessor for p in problem.precedences if p.successor == job.name and p.predecessor not in placed]
    if absent:
        names = ", ".join(repr(name) for name in absent)
        return Unplaced(
            job=job.name,
            reason=UnplacedReason.PREDECESSOR_NOT_PLACED,
            message=f"it runs only after {names}, left out too",
            blocking_jobs=tuple(absent),
        )
    return _too_late(problem, columns, placed, job, windows) or _elsewhere(problem, columns, placed, job, windows)


def never_in_order(problem: ExactProblem, windows: Mapping[str, OrderWindow], job: ExactJob) -> Unplaced | None:
    """Where order alone, on an empty fleet, leaves ``job`` no window: what it waits for ends too late, or it ends too late
    for what must follow. ``windows`` are those of `order_windows`.
    """
    window = windows.get(job.name)
    shortest = min((mode.duration for mode in job.modes), default=0)
    if window is None or window.first_start + shortest <= window.last_end:
        return None
    lack = window.first_start + shortest - window.last_end
    before = tuple(p.predecessor for p in problem.precedences if p.successor == job.name)
    return Unplaced(
        job=job.name,
        reason=UnplacedReason.WINDOW_TOO_SHORT,
        shortfall=slots_missing("time_window", job.name, lack, window.first_start, window.last_end),
        blocking_jobs=before,
        message=f"even on an empty fleet, what goes before and after it leaves {too_few_slots(lack)} for its shortest run",
    )


def waits_too_long(problem: ExactProblem, job: ExactJob) -> Unplaced | None:
    """For a job that would have a start but for its order: what it waits for cannot end before any of them."""
    before = tuple(p.predecessor for p in problem.precedences if p.successor == job.name)
    if not before:
        return None
    return Unplaced(
        job=job.name,
        reason=UnplacedReason.PREDECESSOR_NOT_PLACED,
        blocking_jobs=before,
        message=f"what it waits for ({', '.join(map(repr, before))}) cannot end before any start it has",
    )


def _too_late(
    problem: ExactProblem, columns: Columns, placed: Mapping[str, Run], job: ExactJob, windows: range
) -> Unplaced | None:
    waits = [(placed[p.predecessor].end + p.lag, p.predecessor) for p in problem.precedences if p.successor == job.name]
    if not waits or not windows:
        return None
    earliest, before = max(waits)
    latest = max(int(columns.start_last[window]) for window in windows)
    if earliest <= latest:
        return None
    return Unplaced(
        job=job.name,
        reason=UnplacedReason.PREDECESSOR_NOT_PLACED,
        shortfall=slots_missing("precedence", before, earliest - latest, latest, earliest),
        blocking_jobs=(before,),
        message=f"{before!r} and the lag end at slot {earliest}; its last start is slot {latest}",
    )


def _elsewhere(
    problem: ExactProblem, columns: Columns, placed: Mapping[str, Run], job: ExactJob, windows: range
) -> Unplaced | None:
    for group in grouping.together(problem):
        others = [placed[name] for name in group.jobs if name in placed] if job.name in group.jobs else []
        if not others:
            continue
        key = grouping.key(group.kind, others[0].pool)
        if all(grouping.key(group.kind, problem.pools[columns.pool[window]]) != key for window in windows):
            return Unplaced(
                job=job.name,
                reason=UnplacedReason.GROUP_ELSEWHERE,
                blocking_jobs=tuple(run.job.name for run in others),
                message=f"its group {group.name!r} runs on {others[0].pool.name!r}, and it has no way to run there too",
            )
    return None


def too_few_slots(lack: int) -> str:
    return "1 slot too few" if lack == 1 else f"{lack:,} slots too few"

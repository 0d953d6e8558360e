"""The table: per instance and peer the plan at each mark, own bound, gap to the best bound anyone proved, first plan, memory.

Figures are medians over the seeds; a seed without a plan counts as worse than any with one. Only plans the judge passed count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.peers.judge import Mark
from benchmarks.peers.runs import Run
from benchmarks.peers.worker import FINISHED
from optimizer.solution import relative_gap


@dataclass(frozen=True, slots=True)
class Row:
    """One peer on one instance. ``plans`` and ``bounds`` are by mark, in micro-units; ``notes`` say what went wrong."""

    peer: str
    plans: tuple[int | None, ...]
    bounds: tuple[int | None, ...]
    gap: float | None
    first_plan_seconds: float | None
    peak_mb: float | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One instance. ``best_bound`` is the lowest any run proved and no verified plan contradicts."""

    instance: str
    job_count: int
    column_count: int
    marks: tuple[float, ...]
    best_plan: int | None
    best_bound: int | None
    best_bound_peer: str
    rows: tuple[Row, ...]


def tables(runs: Sequence[Run]) -> list[Table]:
    """One table an instance, in the order of the runs."""
    return [table([run for run in runs if run.instance == name]) for name in dict.fromkeys(run.instance for run in runs)]


def table(runs: Sequence[Run]) -> Table:
    """The table of one instance's runs."""
    seconds = tuple(sorted({mark.seconds for run in runs for mark in run.marks}))
    best_plan = max(
        (mark.objective_micros for run in runs for mark in run.marks if mark.objective_micros is not None), default=None
    )
    proved = [
        (mark.bound_micros, run.peer)
        for run in runs
        for mark in run.marks
        if mark.bound_micros is not None and not _contradicted(mark, best_plan)
    ]
    best_bound, best_bound_peer = min(proved, default=(None, ""))
    names = dict.fromkeys(run.peer for run in runs)
    return Table(
        instance=runs[0].instance,
        job_count=max(run.job_count for run in runs),
        column_count=max(run.column_count for run in runs),
        marks=seconds,
        best_plan=best_plan,
        best_bound=best_bound,
        best_bound_peer=best_bound_peer,
        rows=tuple(_row(name, [run for run in runs if run.peer == name], seconds, best_plan, best_bound) for name in names),
    )


def _row(peer: str, runs: Sequence[Run], seconds: Sequence[float], best_plan: int | None, best_bound: int | None) -> Row:
    seeds = len({run.seed for run in runs})
    marks = [mark for run in runs for mark in run.marks]
    at = [[mark for mark in marks if mark.seconds == second] for second in seconds]
    plans = tuple(_median_highest([mark.objective_micros for mark in here], seeds) for here in at)
    bounds = tuple(
        _median_lowest([mark.bound_micros for mark in here if not _contradicted(mark, best_plan)], seeds) for here in at
    )
    last = next((plan for plan in reversed(plans) if plan is not None), None)
    longest = max((run.limit_seconds for run in runs), default=0.0)
    first = [run.marks[-1].first_plan_seconds for run in runs if run.marks and run.limit_seconds == longest]
    known_first = sorted(second for second in first if second is not None)
    return Row(
        peer=peer,
        plans=plans,
        bounds=bounds,
        gap=relative_gap(last, best_bound),
        first_plan_seconds=known_first[(len(known_first) - 1) // 2] if known_first else None,
        peak_mb=max((mark.peak_mb for mark in marks), default=None),
        notes=tuple(dict.fromkeys(_notes(runs, best_plan))),
    )


def _contradicted(mark: Mark, best_plan: int | None) -> bool:
    """A bound below a verified plan proves nothing."""
    return mark.bound_micros is not None and best_plan is not None and mark.bound_micros < best_plan


def _notes(runs: Iterable[Run], best_plan: int | None) -> Iterator[str]:
    for run in runs:
        if run.ended != FINISHED:
            yield run.ended
        for mark in run.marks:
            if mark.refused:
                yield f"plan refused: {mark.refused}"
            if _contradicted(mark, best_plan):
                yield "bound refuted: a verified plan is worth more"


def _median_highest(values: Sequence[int | None], count: int) -> int | None:
    """The lower median of ``count`` values where larger is better; missing ones are the worst."""
    known = sorted((value for value in values if value is not None), reverse=True)
    return known[count // 2] if count // 2 < len(known) else None


def _median_lowest(values: Sequence[int | None], count: int) -> int | None:
    """The upper median of ``count`` values where smaller is better; missing ones are the worst."""
    known = sorted(value for value in values if value is not None)
    return known[count // 2] if count // 2 < len(known) else None


def markdown(runs: Sequence[Run]) -> str:
    """All tables with what they were measured on."""
    machines = ", ".join(dict.fromkeys(run.machine for run in runs))
    seeds = len({run.seed for run in runs})
    threads = "/".join(str(count) for count in sorted({run.threads for run in runs}))
    head = (
        f"{machines}; {threads} threads a run, one run at a time; medians of {seeds} seed{'s' if seeds != 1 else ''}; "
        "money in the instance's currency; plans verified by `optimizer.verify`, gaps to the best bound anyone proved.\n"
    )
    return head + "".join("\n" + _section(each) for each in tables(runs))


def _section(each: Table) -> str:
    header = (["peer"] + [f"plan at {mark:g} s" for mark in each.marks] + [f"bound at {mark:g} s" for mark in each.marks]) + [
        "gap",
        "first plan s",
        "peak MB",
        "notes",
    ]
    lines = [
        f"**{each.instance}**: {each.job_count:,} jobs, {each.column_count:,} columns; best plan {_money(each.best_plan)}, "
        f"best bound {_money(each.best_bound)}" + (f" ({each.best_bound_peer})" if each.best_bound_peer else "") + "\n",
        "| " + " | ".join(header) + " |",
        "| --- |" + " ---: |" * (len(header) - 2) + " --- |",
    ]
    for row in each.rows:
        cells = [row.peer, *(_money(plan) for plan in row.plans), *(_money(bound) for bound in row.bounds)]
        cells += [
            "" if row.gap is None else f"{row.gap:.3%}",
            "" if row.first_plan_seconds is None else f"{row.first_plan_seconds:.2f}",
            "" if row.peak_mb is None else f"{row.peak_mb:,.0f}",
            "; ".join(row.notes),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _money(micros: int | None) -> str:
    return "" if micros is None else f"{micros / 1e6:,.2f}"

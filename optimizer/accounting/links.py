"""What runs take of links, in the slots before they start or resume: equations (90) to (92) of docs/model.md.

Data set and checkpoint come just before they are needed, so a transfer of ``s`` slots for a piece that starts in slot ``a``
takes the slots ``[a - s, a)``.
"""

from __future__ import annotations

from optimizer.accounting.runs import Break, Run
from optimizer.data_transfer import Transfer
from optimizer.exact.links import Way
from optimizer.exact.problem import ExactJob, ExactPool, ExactProblem
from optimizer.limits import LimitKind, LimitLabel


def link_label(from_site: str, to_site: str) -> LimitLabel:
    return LimitLabel(LimitKind.LINK, f"{from_site} -> {to_site}", "MB/h")


def link_limits(problem: ExactProblem) -> dict[LimitLabel, tuple[int, ...]]:
    """What each link with a capacity carries, by slot."""
    return {
        link_label(link.from_site, link.to_site): link.capacity_mb_per_hour
        for link in problem.links
        if link.capacity_mb_per_hour is not None
    }


def data_way(problem: ExactProblem, run: Run) -> Way | None:
    """How the data of a run that does not go on in place comes; None where it cannot.

    From where the plan says, else the cheapest way. A run in pieces takes the cheapest.
    """
    ways = problem.data_ways(run.job, problem.sites[run.pool.site])
    if not run.data_from or not ways:
        return ways[0] if ways else None
    return next((way for way in (ways[:1] if run.pieces else ways) if way.from_site == run.data_from), None)


def first_start(problem: ExactProblem, job: ExactJob, pool: ExactPool) -> int | None:
    """The earliest start on ``pool`` (other than going on in place), by the quickest way; None where data cannot come."""
    ways = problem.data_ways(job, problem.sites[pool.site])
    return job.release + min(way.slots for way in ways) if ways else None


def checkpoint_way(problem: ExactProblem, job: ExactJob, pause: Break) -> Way | None:
    """How the checkpoint comes to where the job goes on; None where no link leads there."""
    size_gb = job.preemption.checkpoint_size_gb if job.preemption else 0.0
    origin, site = problem.sites[pause.before.pool.site], problem.sites[pause.after.pool.site]
    return problem.checkpoint_way(size_gb, origin, site)


def transfers(problem: ExactProblem, run: Run) -> tuple[Transfer, ...]:
    """Every transfer that ``run`` needs, in order of time; those of ways that do not exist are left out."""
    needed = [] if run.fate.in_place else [(data_way(problem, run), run.start)]
    needed += [(checkpoint_way(problem, run.job, item), item.after.start) for item in run.breaks]
    return tuple([_transfer(way, end) for way, end in needed if way is not None and way.slots])


def _transfer(way: Way, end: int) -> Transfer:
    return Transfer(
        from_site=way.from_site,
        to_site=way.to_site,
        size_gb=way.size_gb,
        start_slot=end - way.slots,
        end_slot=end,
        mb_per_hour=way.mb_per_hour,
        cost_micros=way.cost_micros,
    )

"""Rules of what ties jobs and sites together: groups, precedences, links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from optimizer.errors import Violation
from optimizer.problem import GpuPool, Group, GroupKind, Job, Problem, Site
from optimizer.validate import ranges
from optimizer.validate.directory import Directory
from optimizer.validate.names import check_name, check_no_repeats
from optimizer.validate.ranges import Number, check_duration, check_number, show
from optimizer.validate.reasons import Reason
from optimizer.validate.series import Horizon, check_series

#: Of a link whose transfers share it.
SHARED_THROUGHPUT = Number(
    ranges.THROUGHPUT_GB_PER_HOUR.low,
    ranges.CAPACITY_GB_PER_HOUR.high,
    "GB/h, as a capacity_limited link's capacity",
)
SHOWN_CYCLE_LENGTH = 6
SHOWN_CYCLE_COUNT = 20


def check_groups(problem: Problem, names: Directory) -> Iterator[Violation]:
    """A group names at least one job, each once, each of this problem."""
    jobs = {job.name: job for job in problem.jobs} if problem.groups else {}
    for g, group in enumerate(problem.groups):
        yield from check_name(f"groups[{g}].name", group.name)
        if not group.jobs:
            yield Violation(f"groups[{g}].jobs", Reason.MISSING, "jobs is empty; a group has at least one job")
        yield from check_no_repeats(f"groups[{g}].jobs", group.jobs)
        yield from names.jobs.check_all(f"groups[{g}].jobs", group.jobs)
        yield from check_stays(f"groups[{g}].jobs", group, jobs)
        if group.kind is GroupKind.SAME_DOMAIN:
            yield from check_domains(f"groups[{g}].jobs", group, problem, jobs)


def check_stays(path: str, group: Group, jobs: Mapping[str, Job]) -> Iterator[Violation]:
    """A job of a group stays where it starts, so that the group's place is one."""
    for k, name in enumerate(group.jobs):
        preemption = jobs[name].preemption if name in jobs else None
        if preemption is not None and preemption.may_resume_elsewhere:
            message = f"jobs holds {show(name)}, whose preemption.may_resume_elsewhere is true; it must be false in a group"
            yield Violation(f"{path}[{k}]", Reason.GROUP_MOVES, message)


def check_domains(path: str, group: Group, problem: Problem, jobs: Mapping[str, Job]) -> Iterator[Violation]:
    """Where a job of a SAME_DOMAIN group may run, the pool has domains of more than one node."""
    single = [
        (site, pool) for site in problem.sites for hall in site.halls for pool in hall.pools if pool.nodes_per_domain == 1
    ]
    for k, name in enumerate(group.jobs):
        pool = next((pool for site, pool in single if name in jobs and _may_run(jobs[name], site, pool)), None)
        if pool is not None:
            message = (
                f"jobs holds {show(name)}, which may run on pool {show(pool.name)}, whose nodes_per_domain is 1; "
                f"it must be at least 2 nodes wherever a SAME_DOMAIN group may run"
            )
            yield Violation(f"{path}[{k}]", Reason.NO_DOMAIN, message)


def _may_run(job: Job, site: Site, pool: GpuPool) -> bool:
    """As far as GPU models, names and regions say."""
    if site.name in job.denied_sites or (job.allowed_sites and site.name not in job.allowed_sites):
        return False
    if site.region_code in job.denied_regions or (job.allowed_regions and site.region_code not in job.allowed_regions):
        return False
    if job.work_profile is not None:
        return any(speed.gpu_model == pool.gpu_model for speed in job.work_profile.throughputs)
    return any(
        mode.gpu_model in ("", pool.gpu_model)
        and (not mode.pools or pool.name in mode.pools)
        and (not mode.sites or site.name in mode.sites)
        for mode in job.modes
    )


def check_precedences(problem: Problem, names: Directory) -> Iterator[Violation]:
    """Both jobs exist and differ, the lag is in range, no pair stands twice, and no job waits for itself."""
    pairs = [(precedence.predecessor, precedence.successor) for precedence in problem.precedences]
    yield from check_no_repeats("precedences", pairs)
    for p, precedence in enumerate(problem.precedences):
        path = f"precedences[{p}]"
        yield from names.jobs.check(f"{path}.predecessor", precedence.predecessor)
        yield from names.jobs.check(f"{path}.successor", precedence.successor)
        yield from check_duration(f"{path}.lag", precedence.lag, ranges.SPAN)
        if precedence.predecessor == precedence.successor:
            message = f"successor is {show(precedence.successor)}, the predecessor itself; the two must differ"
            yield Violation(f"{path}.successor", Reason.SELF_REFERENCE, message)
    yield from check_acyclic(pairs)


def check_acyclic(pairs: list[tuple[str, str]]) -> Iterator[Violation]:
    """No cycle among (predecessor, successor): one violation at each pair that closes one, for the first 20."""
    successors: dict[str, list[tuple[int, str]]] = {}
    for index, (predecessor, successor) in enumerate(pairs):
        if predecessor != successor:
            successors.setdefault(predecessor, []).append((index, successor))
    finished: set[str] = set()
    cycle_count = 0
    for root in successors:
        if root in finished:
            continue
        trail = {root: iter(successors[root])}  # in order of visit: the jobs of the path being followed
        while trail:
            job = next(reversed(trail))
            index, follower = next(trail[job], (-1, ""))
            if index < 0:
                finished.add(job)
                del trail[job]
            elif follower in trail:
                yield _cycle(index, list(trail), follower)
                cycle_count += 1
                if cycle_count == SHOWN_CYCLE_COUNT:
                    return
            elif follower not in finished:
                trail[follower] = iter(successors.get(follower, ()))


def check_links(problem: Problem, names: Directory, horizon: Horizon | None) -> Iterator[Violation]:
    """Both sites exist and differ, the numbers are in range, and no two links have the same ends by name."""
    ends = [(link.from_site, link.to_site) for link in problem.links]
    yield from check_no_repeats("links", ends)
    known = [f"{origin} -> {target}" for origin, target in dict.fromkeys(ends) if {origin, target} <= names.sites.names]
    if len(set(known)) < len(known):
        name = next(name for name in known if known.count(name) > 1)
        yield Violation("links", Reason.DUPLICATE_NAME, f"two links are called {show(name)}; rename one of their sites")
    for k, link in enumerate(problem.links):
        yield from names.sites.check(f"links[{k}].from_site", link.from_site)
        yield from names.sites.check(f"links[{k}].to_site", link.to_site)
        shared = link.capacity_limited and not link.capacity_gb_per_hour
        throughput = SHARED_THROUGHPUT if shared else ranges.THROUGHPUT_GB_PER_HOUR
        yield from check_number(f"links[{k}].throughput_gb_per_hour", link.throughput_gb_per_hour, throughput)
        yield from check_number(f"links[{k}].cost_per_gb", link.cost_per_gb, ranges.COST)
        capacity = f"links[{k}].capacity_gb_per_hour"
        yield from check_series(capacity, link.capacity_gb_per_hour, ranges.CAPACITY_GB_PER_HOUR, horizon)
        if link.from_site == link.to_site:
            message = f"to_site is {show(link.to_site)}, where the link starts; the two sites must differ"
            yield Violation(f"links[{k}].to_site", Reason.SELF_REFERENCE, message)


def _cycle(index: int, trail: list[str], back_to: str) -> Violation:
    cycle = [*trail[trail.index(back_to) :], back_to]
    shown = " -> ".join(show(job) for job in cycle[:SHOWN_CYCLE_LENGTH])
    more = " -> ..." if len(cycle) > SHOWN_CYCLE_LENGTH else ""
    message = f"the jobs {shown}{more} wait for each other in a cycle of {len(cycle) - 1}; remove one precedence"
    return Violation(f"precedences[{index}]", Reason.PRECEDENCE_CYCLE, message)

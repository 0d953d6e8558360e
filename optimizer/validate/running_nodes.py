"""Rules of the numbered nodes that running jobs hold: they are what the mode takes there, and one job's each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.errors import Violation
from optimizer.exact.topology import grants_domains, takes_whole_domains
from optimizer.modes import derive_modes, mode_name
from optimizer.problem import GpuPool, Job, Mode, Problem
from optimizer.units import divide_up
from optimizer.validate.directory import Directory
from optimizer.validate.names import check_no_repeats
from optimizer.validate.ranges import Number, check_number, keep_to, show
from optimizer.validate.reasons import Reason
from optimizer.validate.work import PROFILE_NUMBERS, nameable


def check_running_nodes(problem: Problem, names: Directory) -> Iterator[Violation]:
    """Of jobs whose nodes are stated; what is wrong with their pool or mode is told elsewhere."""
    holders: dict[tuple[str, int], str] = {}
    for j, job in enumerate(problem.jobs):
        if job.running is None or not job.running.nodes:
            continue
        path, nodes, pool = f"jobs[{j}].running.nodes", job.running.nodes, names.pool_by_name.get(job.running.pool)
        if pool is None or pool.gpus_per_node < 1 or pool.nodes_per_domain < 1:
            continue
        wrong = [*check_no_repeats(path, nodes), *_check_numbers(path, nodes, pool)]
        yield from wrong
        mode = _running_mode(job)
        if not wrong and mode is not None:
            yield from _check_fit(path, nodes, mode, pool)
        taken = next((node for node in nodes if holders.setdefault((pool.name, node), job.name) != job.name), None)
        if taken is not None:
            message = (
                f"nodes holds {taken} of pool {show(pool.name)}, which job {show(holders[pool.name, taken])} holds already"
            )
            yield Violation(path, Reason.RUNNING_NODES, message)


def _check_numbers(path: str, nodes: Sequence[int], pool: GpuPool) -> Iterator[Violation]:
    allowed = Number(0, max(0, max(pool.node_count, default=0) - 1), "nodes of the pool")
    for k, node in enumerate(nodes):
        yield from check_number(f"{path}[{k}]", node, allowed)


def _check_fit(path: str, nodes: Sequence[int], mode: Mode, pool: GpuPool) -> Iterator[Violation]:
    """As many as the mode takes; whole domains, and those set apart for them, where it takes domains, and none where not."""
    size, whole = pool.nodes_per_domain, grants_domains(pool) or takes_whole_domains(mode)
    grant = size if whole else 1
    wanted = divide_up(divide_up(mode.gpu_count, pool.gpus_per_node), grant) * grant
    if len(nodes) != wanted:
        message = f"nodes has {len(nodes)} numbers; mode {show(mode_name(mode))} takes {wanted} nodes of pool {show(pool.name)}"
        yield Violation(path, Reason.RUNNING_NODES, message)
        return
    if whole and len({node // size for node in nodes}) * size != wanted:
        message = f"nodes holds a part of a domain; mode {show(mode_name(mode))} takes whole domains of pool {show(pool.name)}"
        yield Violation(path, Reason.RUNNING_NODES, message)
    apart = pool.whole_domain_count * size
    outside = next((node for node in nodes if apart and (node < apart) != whole), None)
    if outside is not None:
        which = f"below {apart}, of domains set apart" if whole else f"from {apart} on, beside the domains set apart"
        message = f"nodes holds {outside}; mode {show(mode_name(mode))} takes nodes {which}"
        yield Violation(path, Reason.RUNNING_NODES, message)


def _running_mode(job: Job) -> Mode | None:
    """None where there is none of that name, or its numbers are out of range."""
    profiles = () if job.work_profile is None else (job.work_profile,)
    derived = [mode for profile in profiles if keep_to(profiles, PROFILE_NUMBERS) for mode in derive_modes(profile)]
    modes = {mode_name(mode): mode for mode in (*job.modes, *derived) if nameable(mode)}
    return modes.get(job.running.mode) if job.running is not None else None

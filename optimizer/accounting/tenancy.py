"""What tenants get of what they were promised: reserved nodes used, lent and idle, and GPU-slots towards share floors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate

from optimizer.accounting.ledger import demand
from optimizer.accounting.runs import Run
from optimizer.exact.problem import ExactFloor, ExactPool, ExactProblem
from optimizer.solution import ShareUsage, TenancyUsage
from optimizer.units import SECONDS_PER_HOUR, divide_half_up


def gpu_slots(run: Run) -> int:
    """GPUs times slots: what a run counts towards its tenant's floor, overheads of its pieces included."""
    return sum(piece.mode.gpu_count * (piece.end - piece.start) for piece in run.all_pieces)


def shares(problem: ExactProblem, runs: Iterable[Run]) -> list[tuple[ExactFloor, int]]:
    """Every floor with the GPU-slots that ``runs`` give its tenant."""
    placed: dict[str, int] = {}
    for run in runs if problem.floors else ():
        placed[run.job.tenant] = placed.get(run.job.tenant, 0) + gpu_slots(run)
    return [(floor, placed.get(floor.tenant, 0)) for floor in problem.floors]


def shortfall_micros(problem: ExactProblem, runs: Iterable[Run]) -> int:
    """What it costs that tenants get less than their floors, all floors together; equation (41)."""
    return sum(usage.shortfall_cost_micros for usage in share_usages(problem, runs))


def share_usages(problem: ExactProblem, runs: Iterable[Run]) -> tuple[ShareUsage, ...]:
    """How every floor stands, in the order of the tenants."""
    return tuple(
        ShareUsage(
            tenant=floor.tenant,
            target_gpu_slots=floor.target_gpu_slots,
            placed_gpu_slots=placed,
            shortfall_cost_micros=floor.cost_micros_per_gpu_slot * max(0, floor.target_gpu_slots - placed),
        )
        for floor, placed in shares(problem, runs)
    )


def tenancy_usages(problem: ExactProblem, runs: Sequence[Run]) -> tuple[TenancyUsage, ...]:
    """What becomes of every reservation, pool by pool; ``runs`` keep every limit."""
    held = {pool.index for pool in problem.pools if pool.reservations}
    steps: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0] * (problem.slot_count + 1))
    for run in runs if held else ():
        for piece in run.all_pieces:
            if piece.pool.index in held:
                step, nodes = steps[piece.pool.index, run.job.tenant], demand(piece.mode, piece.pool).node_count
                step[piece.start] += nodes
                step[piece.end] -= nodes
    used = {key: list(accumulate(step[:-1])) for key, step in steps.items()}
    usages: list[TenancyUsage] = []
    for pool in problem.pools:
        if pool.reservations:
            of_pool = {tenant: nodes for (index, tenant), nodes in used.items() if index == pool.index}
            usages += _of_pool(problem, pool, of_pool)
    return tuple(usages)


def _of_pool(problem: ExactProblem, pool: ExactPool, used: dict[str, list[int]]) -> list[TenancyUsage]:
    """A holder's runs count as on its own nodes as far as these go. All others fill the nodes that nobody holds, and then lent
    ones, of the holder with the longest reclaim duration first: whose node each stands on is nobody's decision.
    """
    reservations = pool.reservations
    own, lent = [0] * len(reservations), [0] * len(reservations)
    lenders = sorted(
        (k for k, held in enumerate(reservations) if held.reclaim_seconds is not None),
        key=lambda k: (-(reservations[k].reclaim_seconds or 0), k),
    )
    for slot in range(problem.slot_count):
        at_home = [min(held.node_count[slot], used[held.tenant][slot]) if held.tenant in used else 0 for held in reservations]
        free = pool.node_count[slot] - sum(held.node_count[slot] for held in reservations)
        borrowed = max(0, sum(nodes[slot] for nodes in used.values()) - sum(at_home) - free)
        for k, nodes in enumerate(at_home):
            own[k] += nodes
        for k in lenders:
            taken = min(borrowed, reservations[k].node_count[slot] - at_home[k])
            lent[k] += taken
            borrowed -= taken
    return [
        TenancyUsage(
            tenant=held.tenant,
            pool=pool.name,
            reserved_node_slots=sum(held.node_count),
            used_node_slots=own[k],
            lent_node_slots=lent[k],
            fee_micros=divide_half_up(
                held.fee_micros_per_node_hour * sum(held.node_count) * problem.slot_seconds, SECONDS_PER_HOUR
            ),
        )
        for k, held in enumerate(reservations)
    ]

"""What tenants get of what they were promised: GPU-slots towards their share floors."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.exact import ExactFloor, ExactProblem
from optimizer.runs import Run


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
    """What it costs that tenants get less than their floors, all floors together; see docs/model.md, "Tenancy"."""
    return sum(
        floor.cost_micros_per_gpu_slot * max(0, floor.target_gpu_slots - placed) for floor, placed in shares(problem, runs)
    )

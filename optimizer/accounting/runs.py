"""A run looked up: the job, and the pieces in which it runs, in order of time; most runs have one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from optimizer.accounting.running import Fate, fate
from optimizer.exact.problem import ExactJob, ExactMode, ExactPool
from optimizer.solution import Assignment, Placement


@dataclass(frozen=True, slots=True)
class Piece:
    """``mode`` on ``pool`` in the slots ``[start, end)``, resumption or change included."""

    mode: ExactMode
    pool: ExactPool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Break:
    """What lies between two pieces: a pause (a gap, or another pool), a change (another mode), or both."""

    before: Piece
    after: Piece

    @property
    def is_pause(self) -> bool:
        return self.after.start > self.before.end or self.after.pool.index != self.before.pool.index

    @property
    def is_change(self) -> bool:
        return self.after.mode.name != self.before.mode.name

    def overhead_slots(self, job: ExactJob) -> int:
        """Slots at the head of the piece after the break in which nodes are held and no work is done."""
        resume = job.preemption.resume_slots if self.is_pause and job.preemption else 0
        change = job.elasticity.change_slots if self.is_change and job.elasticity else 0
        return resume + change


@dataclass(frozen=True, slots=True)
class Run:
    """An assignment looked up. ``pieces``, two or more, where the job pauses or changes; ``mode``, ``pool`` and ``start``
    are then those of the first. A run in one piece has none. ``data_from``: as in `Assignment`.
    """

    job: ExactJob
    mode: ExactMode
    pool: ExactPool
    start: int
    pieces: tuple[Piece, ...] = ()
    data_from: str = ""

    @property
    def end(self) -> int:
        return self.pieces[-1].end if self.pieces else self.start + self.mode.duration

    @property
    def all_pieces(self) -> tuple[Piece, ...]:
        """``pieces``, or the one there is."""
        return self.pieces or (Piece(self.mode, self.pool, self.start, self.end),)

    @property
    def breaks(self) -> tuple[Break, ...]:
        return tuple([Break(before, after) for before, after in pairwise(self.pieces)])

    @property
    def fate(self) -> Fate:
        """What becomes of its job, if that runs already: in pieces, the first one says."""
        return fate(self.job, self.mode, self.pool, self.start)

    @property
    def churn_fate(self) -> Fate:
        """What counts as churn: in pieces, a wait where the job runs is a pause."""
        return fate(self.job, self.mode, self.pool, 0) if self.pieces else self.fate


def look_up(jobs: Mapping[str, ExactJob], pools: Mapping[str, ExactPool], item: Assignment | Placement) -> Run:
    """Raises KeyError where a name is unknown: job, pool or mode, in that order."""
    job = jobs[item.job]
    pieces = tuple(
        [
            Piece(_mode(job, segment.mode), pools[segment.pool], segment.start_slot, segment.end_slot)
            for segment in item.segments
        ]
    )
    return Run(job, _mode(job, item.mode), pools[item.pool], item.start_slot, pieces, item.data_from)


def _mode(job: ExactJob, name: str) -> ExactMode:
    for mode in job.modes:
        if mode.name == name:
            return mode
    raise KeyError(name)

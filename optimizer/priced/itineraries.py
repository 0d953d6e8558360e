"""The best itinerary of a job at given prices, as ``columns`` has the best column: from ``accounting``, by plain loops."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from heapq import nsmallest
from typing import NamedTuple

from optimizer.accounting import ledger, running
from optimizer.accounting.running import Fate
from optimizer.accounting.runs import Break, Piece, Run
from optimizer.exact.problem import ExactJob, ExactMode, ExactPool, ExactProblem
from optimizer.priced.columns import Gang, PricedColumns
from optimizer.priced.itinerary_value import PiecedJob, PricedLane, Way, best_value


class _Lane(NamedTuple):
    """Where a piece may lie: ``price[T]`` of each slot, None where the gang alone breaks a limit or the job must have ended."""

    mode: ExactMode
    pool: ExactPool
    gang: Gang
    price: Sequence[int | None]
    first: Sequence[int | None]


class PricedItineraries:
    """Prices runs in two pieces or more; counts, beside the columns, the jobs that may run a gang in a slot."""

    def __init__(self, problem: ExactProblem, columns: PricedColumns) -> None:
        self._problem, self._columns = problem, columns
        self._last: tuple[ExactJob, list[_Lane]] | None = None

    def best(self, job: ExactJob, pools: Collection[int], floor: int | None) -> int | None:
        """The most that an itinerary of ``job`` on ``pools`` is worth after it has paid; None without one.

        What is not above ``floor`` is of no interest: it may be left out.
        """
        if not job.may_run_in_pieces:
            return None
        best = None
        late = self._late(job)
        lanes = [lane for lane in self._lanes_of(job) if lane.pool.index in pools]
        for need, together in _components(job, lanes):
            ways = tuple(self._ways(job, together))
            if not ways or (floor is not None and _at_most(job, need, together, late) <= floor):
                continue
            value = best_value(
                PiecedJob(
                    need=need,
                    least_run=job.min_run_slots,
                    max_pause_count=job.preemption.max_pause_count if job.preemption else 0,
                    max_change_count=job.elasticity.max_change_count if job.elasticity else 0,
                    lanes=[PricedLane(job.rate(lane.mode), lane.price, lane.first) for lane in together],
                    ways=ways,
                    late=late,
                )
            )
            if value is not None and (best is None or value > best):
                best = value
        return best

    def gang_slots(self, job: ExactJob) -> Iterator[tuple[Gang, int]]:
        """Each gang and slot in which a piece may lie, from the first in which any may begin; some of them twice."""
        if not job.may_run_in_pieces or not self._columns.job_count:
            return
        lanes = [lane for lane in self._lanes_of(job) if any(price is not None for price in lane.price)]
        begins = [slot for lane in lanes for slot in self._first_slots(job, lane.mode, lane.pool)[:1]]
        for lane in lanes if begins else ():
            for slot in range(min(begins), self._problem.slot_count):
                if lane.price[slot] is not None:
                    yield lane.gang, slot

    def _lanes_of(self, job: ExactJob) -> list[_Lane]:
        """`_lanes`, kept for the job asked for last."""
        if self._last is None or self._last[0] is not job:
            self._last = job, list(self._lanes(job))
        return self._last[1]

    def _lanes(self, job: ExactJob) -> Iterator[_Lane]:
        for mode in job.modes:
            if not self._may_be_cut(job, mode):
                continue
            for pool in self._problem.pools:
                if ledger.exclusion(self._problem, job, mode, pool) is None:
                    price = self._columns.slot_prices(job, mode, pool)
                    yield _Lane(mode, pool, self._columns.gang(job, mode, pool), price, self._firsts(job, mode, pool))

    def _may_be_cut(self, job: ExactJob, mode: ExactMode) -> bool:
        """Whether a run in pieces can hold this mode: it does whole steps, and by itself leaves room for two pieces."""
        if job.elasticity is not None:
            return job.rate(mode) > 0
        last = min(job.deadline, self._problem.slot_count)
        return job.min_run_slots < mode.duration <= last - (0 if job.running else job.release)

    def _firsts(self, job: ExactJob, mode: ExactMode, pool: ExactPool) -> list[int | None]:
        """What an itinerary that begins here is worth, by slot, before what its slots cost; None where none may begin."""
        slots, order = self._first_slots(job, mode, pool), self._columns.order(job)
        worth = {start: self._columns.timeless(job, mode, pool, start) for start in sorted({min(slot, 1) for slot in slots})}
        first: list[int | None] = [None] * self._problem.slot_count
        for slot in slots:
            first[slot] = worth[min(slot, 1)] - (order.start[slot] if order else 0)
        return first

    def _first_slots(self, job: ExactJob, mode: ExactMode, pool: ExactPool) -> list[int]:
        """The slots in which a first piece may begin: where it runs already, and once released and staged."""
        count = self._problem.slot_count
        slots: list[int] = []
        in_place = Run(job, mode, pool, 0).fate
        if in_place.in_place and running.is_allowed(job, in_place):
            slots.append(0)
        ways = self._problem.data_ways(job, self._problem.sites[pool.site])
        if ways and running.is_allowed(job, Fate.MOVED if job.running else Fate.STARTED):
            slots += range(max(job.release + ways[0].slots, len(slots)), count)
        return slots

    def _late(self, job: ExactJob) -> list[int]:
        """What ending at each boundary costs, and pays to jobs that wait for it."""
        order = self._columns.order(job)
        bits = self._columns.unit_bits
        ends = range(self._problem.slot_count + 1)
        return [(ledger.tardiness_micros(job, end) << bits) - (order.end[end] if order else 0) for end in ends]

    def _ways(self, job: ExactJob, lanes: Sequence[_Lane]) -> Iterator[Way]:
        """Every pause and change from a piece in one of ``lanes`` to one in another, or in the same."""
        bits = self._columns.unit_bits
        for before, a in enumerate(lanes):
            for after, b in enumerate(lanes):
                pause = Break(Piece(a.mode, a.pool, 0, 1), Piece(b.mode, b.pool, 2, 3))
                change = Break(Piece(a.mode, a.pool, 0, 1), Piece(b.mode, b.pool, 1, 2))
                way = ledger.checkpoint_way(self._problem, job, pause)
                if job.preemption is not None and way is not None:
                    gap = 1 if a.pool is b.pool else way.slots
                    cost = ledger.pause_micros(self._problem, job, pause) + _change_micros(job, pause)
                    yield Way(before, after, gap, False, 1, int(pause.is_change), pause.overhead_slots(job), cost << bits)
                if a.pool is b.pool and change.is_change:
                    cost = _change_micros(job, change)
                    yield Way(before, after, 0, True, 0, 1, change.overhead_slots(job), cost << bits)


def _change_micros(job: ExactJob, item: Break) -> int:
    return job.elasticity.change_cost_micros if item.is_change and job.elasticity else 0


def _components(job: ExactJob, lanes: Sequence[_Lane]) -> Iterator[tuple[int, list[_Lane]]]:
    """(steps of work, lanes) that a run never leaves: its pool where it resumes there, its mode where it may not change."""
    anywhere = job.preemption is not None and job.preemption.may_resume_elsewhere
    together: dict[tuple[int, str], list[_Lane]] = {}
    for lane in lanes:
        key = (-1 if anywhere else lane.pool.index, "" if job.elasticity else lane.mode.name)
        together.setdefault(key, []).append(lane)
    for members in together.values():
        yield job.work(members[0].mode), members


def _at_most(job: ExactJob, need: int, lanes: Sequence[_Lane], late: Sequence[int]) -> int:
    """No itinerary in ``lanes`` is worth more: the best beginning, and no slot dearer than it must be."""
    first = [value for lane in lanes for value in lane.first if value is not None]
    slots = -(-need // max(job.rate(lane.mode) for lane in lanes))
    cheapest: list[int] = [
        min(open_prices)
        for prices in zip(*(lane.price for lane in lanes), strict=True)
        if (open_prices := [price for price in prices if price is not None])
    ]
    taken = nsmallest(slots, cheapest)
    rest = sum(price for price in cheapest if price < 0) - sum(price for price in taken if price < 0)
    return max(first, default=0) - min(late) - sum(taken) - rest

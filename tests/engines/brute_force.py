"""The best selection by trying all: what the exact engines are held against. Tiny columns only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from optimizer.columns.lanes import Piece
from optimizer.columns.table import RATE_SCALE, Columns, Selection
from optimizer.engines.base import Engine, Outcome
from optimizer.params import SolveParams
from tests.engines.recorder import Recorder

#: (limit, slot, amount)
Uses = tuple[tuple[int, int, int], ...]
#: (budget, amount)
BudgetUses = tuple[tuple[int, int], ...]


def best_objective(columns: Columns) -> int | None:
    """The optimum in micro-units; None where the mandatory jobs cannot all run. Plain loops, no shared code."""
    free = [[int(c) for c in row] for row in columns.capacity]
    funds = [int(c) for c in columns.budget_capacity]
    broken = any(room < 0 for row in free for room in row) or any(fund < 0 for fund in funds)
    options = [[] if broken else list(_options(columns, job)) for job in range(columns.job_count)]
    return _best(columns, options, 0, free, funds, [int(target) for target in columns.floors.target], [])


def _best(
    columns: Columns,
    options: list[list[_Option]],
    job: int,
    free: list[list[int]],
    funds: list[int],
    short: list[int],
    chosen: list[Extent | None],
) -> int | None:
    if job == columns.job_count:
        return -_shortfall(columns, short) if keeps_ties(columns, chosen) else None
    best = None if columns.mandatory[job] else _best(columns, options, job + 1, free, funds, short, [*chosen, None])
    for option in options[job]:
        _take(option.uses, option.budget_uses, free, funds, 1)
        if all(free[k][t] >= 0 for k, t, _ in option.uses) and all(funds[b] >= 0 for b, _ in option.budget_uses):
            left = [lack - counted for lack, counted in zip(short, option.counted, strict=True)]
            rest = _best(columns, options, job + 1, free, funds, left, [*chosen, option.extent])
            if rest is not None:
                best = rest + option.worth if best is None else max(best, rest + option.worth)
        _take(option.uses, option.budget_uses, free, funds, -1)
    return best


class _Option(NamedTuple):
    """One run of a job, whole or in pieces: what it is worth, what it takes, and what each floor counts of it."""

    worth: int
    uses: Uses
    budget_uses: BudgetUses
    counted: tuple[int, ...]
    extent: Extent


def _options(columns: Columns, job: int) -> Iterator[_Option]:
    none = [0] * len(columns.floors.target)
    for window in range(int(columns.job_first[job]), int(columns.job_first[job + 1])):
        worths = columns.worth(window)
        counted = tuple(-lack for lack in _shorter(columns, window, none))
        for start in range(int(columns.start_first[window]), int(columns.start_last[window]) + 1):
            uses, budget_uses = _uses(columns, window, start)
            extent = Extent(start, start + int(columns.duration[window]), int(columns.pool[window]))
            yield _Option(int(worths[start - int(columns.start_first[window])]), uses, budget_uses, counted, extent)
    for tour in tours(columns, job):
        counted = tuple(-lack for lack in _shorter_by_tour(columns, tour, none))
        yield _Option(tour.worth, tour.uses, tour.budget_uses, counted, _extent(columns, tour.pieces))


def _shorter(columns: Columns, window: int, short: list[int]) -> list[int]:
    """What the floors lack once a run of ``window`` counts too; below 0 where there is more than asked."""
    left = list(short)
    if left:
        for k in range(int(columns.floors.use_first[window]), int(columns.floors.use_first[window + 1])):
            left[columns.floors.use_index[k]] -= int(columns.floors.use_amount[k])
    return left


def _shorter_by_tour(columns: Columns, tour: Tour, short: list[int]) -> list[int]:
    left = list(short)
    for piece in tour.pieces if left else ():
        if columns.floors.lane_floor[piece.lane] >= 0:
            left[columns.floors.lane_floor[piece.lane]] -= int(columns.floors.lane_width[piece.lane]) * (
                piece.end - piece.start
            )
    return left


def _shortfall(columns: Columns, short: list[int]) -> int:
    return sum(int(cost) * max(0, lack) for cost, lack in zip(columns.floors.cost, short, strict=True))


@dataclass(frozen=True)
class Tour:
    """A run in pieces with what it is worth and takes."""

    pieces: tuple[Piece, ...]
    worth: int
    uses: Uses
    budget_uses: BudgetUses


def tours(columns: Columns, job: int) -> Iterator[Tour]:
    """All itineraries of a job: every list of two or more pieces in order of time, each judged whole."""
    rows = np.flatnonzero(columns.lanes.job == job).tolist()
    for row in rows:
        lanes = range(int(columns.lanes.lane_first[row]), int(columns.lanes.lane_first[row + 1]))
        most = 1 + int(columns.lanes.max_pause_count[row]) + int(columns.lanes.max_change_count[row])
        for pieces in _piece_lists(lanes, 0, columns.slot_count, most):
            if len(pieces) > 1 and (costs := _crossing_costs(columns, row, pieces)) is not None:
                yield _tour(columns, job, pieces, costs)


def _piece_lists(lanes: range, first: int, slot_count: int, most: int) -> Iterator[tuple[Piece, ...]]:
    yield ()
    if most:
        for lane in lanes:
            for start in range(first, slot_count):
                for end in range(start + 1, slot_count + 1):
                    for rest in _piece_lists(lanes, end, slot_count, most - 1):
                        yield (Piece(lane, start, end), *rest)


def _crossing_costs(columns: Columns, row: int, pieces: tuple[Piece, ...]) -> int | None:
    """What the pauses and changes cost; None where a rule of ``optimizer.columns.lanes`` is broken."""
    lanes = columns.lanes
    for piece in pieces:
        if piece.end > lanes.end_slot[piece.lane]:
            return None
        if not lanes.open_slots[lanes.open_row[piece.lane]][piece.start : piece.end].all():
            return None
    first = pieces[0]
    if first.start < lanes.first_slot[first.lane] and not (lanes.goes_on[first.lane] and first.start == 0):
        return None
    cost, pauses, changes, overheads = 0, 0, 0, [0]
    for before, after in pairwise(pieces):
        origin, target = int(lanes.site[before.lane]), int(lanes.site[after.lane])
        same_pool = lanes.pool[before.lane] == lanes.pool[after.lane]
        is_change = lanes.mode[before.lane] != lanes.mode[after.lane]
        is_pause = after.start > before.end or not same_pool
        if not (is_pause or is_change):
            return None
        overhead = 0
        if is_pause:
            if not (same_pool or lanes.may_resume_elsewhere[row]):
                return None
            pauses, cost = pauses + 1, cost + int(lanes.resume_cost[row])
            overhead += int(lanes.resume_slots[row])
            if origin != target:
                way = lanes.transfer_slots[lanes.transfer[row]][origin][target]
                if way < 0 or after.start - before.end < way:
                    return None
                cost += int(lanes.transfer_cost[lanes.transfer[row]][origin][target])
        if is_change:
            changes, cost = changes + 1, cost + int(lanes.change_cost[row])
            overhead += int(lanes.change_slots[row])
        overheads.append(overhead)
    if pauses > lanes.max_pause_count[row] or changes > lanes.max_change_count[row]:
        return None
    return cost if _does_its_work(columns, row, pieces, overheads) else None


def _does_its_work(columns: Columns, row: int, pieces: tuple[Piece, ...], overheads: list[int]) -> bool:
    """Slot by slot: the work is reached in the last slot of the last piece and not before."""
    lanes = columns.lanes
    work = int(lanes.work[row])
    left = work or int(lanes.duration[pieces[0].lane])
    for piece, overhead in zip(pieces, overheads, strict=True):
        productive = piece.end - piece.start - overhead
        if productive < 1 or (piece != pieces[-1] and productive < lanes.min_run_slots[row]):
            return False
        for _ in range(productive):
            if left <= 0:
                return False
            left -= int(lanes.rate[piece.lane]) if work else 1
    return left <= 0


def _tour(columns: Columns, job: int, pieces: tuple[Piece, ...], costs: int) -> Tour:
    lanes = columns.lanes
    first = pieces[0]
    worth = int(lanes.base[first.lane]) if first.start else int(lanes.base_at_zero[first.lane])
    worth -= costs + int(columns.tardiness_cost[job]) * max(0, pieces[-1].end - int(columns.due_slot[job]))
    uses, spent = [], dict.fromkeys(range(len(columns.budgets)), 0)
    for piece in pieces:
        site, power = int(lanes.site[piece.lane]), int(lanes.power_w[piece.lane])
        budgets = range(int(lanes.budget_use_first[piece.lane]), int(lanes.budget_use_first[piece.lane + 1]))
        for slot in range(piece.start, piece.end):
            for prefix in (columns.energy_prefix[site], columns.carbon_prefix[site]):
                product = power * int(prefix[slot + 1] - prefix[slot])
                worth -= (2 * product + RATE_SCALE) // (2 * RATE_SCALE)
            for k in range(int(lanes.use_first[piece.lane]), int(lanes.use_first[piece.lane + 1])):
                uses.append((int(lanes.use_limit[k]), slot, int(lanes.use_amount[k])))
            for k in budgets:
                b = int(lanes.budget_use_index[k])
                if divisor := int(columns.budget_divisor[b]):
                    rate = int(columns.budget_prefix[b, slot + 1] - columns.budget_prefix[b, slot])
                    spent[b] -= -int(lanes.budget_use_amount[k]) * rate // divisor
        for k in budgets:
            b = int(lanes.budget_use_index[k])
            if piece is first and not columns.budget_divisor[b]:
                spent[b] += int(lanes.budget_use_amount[k])
    return Tour(pieces, worth, tuple(uses), tuple((b, use) for b, use in spent.items() if use))


def _take(uses: Uses, budget_uses: BudgetUses, free: list[list[int]], funds: list[int], times: int) -> None:
    for limit, slot, amount in uses:
        free[limit][slot] -= times * amount
    for budget, use in budget_uses:
        funds[budget] -= times * use


class Extent(NamedTuple):
    """The slots ``[start, end)`` of a job's run, pauses included, and its pool."""

    start: int
    end: int
    pool: int


def _extent(columns: Columns, pieces: tuple[Piece, ...]) -> Extent:
    return Extent(pieces[0].start, pieces[-1].end, int(columns.lanes.pool[pieces[0].lane]))


def keeps_ties(columns: Columns, chosen: list[Extent | None]) -> bool:
    """Order and groups, by job."""
    order, together = columns.precedences, columns.together
    for p in range(len(order)):
        before, after = chosen[order.predecessor[p]], chosen[order.successor[p]]
        if after is not None and (before is None or before.end + order.lag[p] > after.start):
            return False
    for g in range(len(together)):
        members = [chosen[j] for j in together.job[together.first[g] : together.first[g + 1]]]
        if len({int(together.key_of_pool[g, member.pool]) for member in members if member is not None}) > 1:
            return False
    return True


def _uses(columns: Columns, window: int, start: int) -> tuple[Uses, BudgetUses]:
    """What a run in one piece takes."""
    slots = range(start, start + int(columns.duration[window]))
    uses = [(int(limit), slot, int(amount)) for limit, amount in zip(*columns.uses(window)) for slot in slots]
    if (lead := columns.leads.of_window(window)) is not None:
        uses += [(lead.limit, slot, lead.amount) for slot in range(start - lead.slots, start)]
    return tuple(uses), tuple(columns.budget_uses(window, start))


def assert_optimal(engine: Engine, columns: Columns) -> None:
    """``engine`` proves what trying all finds, and every plan and bound that it told on the way holds."""
    expected = best_objective(columns)
    monitor = Recorder()
    result = engine.solve(columns, SolveParams(thread_count=1), None, monitor)
    if expected is None:
        assert result.outcome is Outcome.INFEASIBLE
        assert result.selection is None
        return
    assert result.outcome is Outcome.OPTIMAL
    assert result.selection is not None
    assert_keeps_every_rule(columns, result.selection, expected)
    assert result.bound is not None
    assert result.bound >= expected
    assert all(bound >= expected for bound in monitor.bounds)
    for selection, objective in monitor.incumbents:
        assert_keeps_every_rule(columns, selection, objective)


def assert_keeps_every_rule(columns: Columns, selection: Selection, objective: int) -> None:
    """The selection is feasible and worth exactly ``objective``."""
    free = [[int(c) for c in row] for row in columns.capacity]
    funds = [int(c) for c in columns.budget_capacity]
    worth, short = 0, [int(target) for target in columns.floors.target]
    for job in range(columns.job_count):
        window, start = int(selection.window[job]), int(selection.start[job])
        if job in selection.pieces:
            assert window < 0, f"job {job} runs twice"
            tour = next(tour for tour in tours(columns, job) if tour.pieces == selection.pieces[job])
            worth += tour.worth
            short = _shorter_by_tour(columns, tour, short)
            _take(tour.uses, tour.budget_uses, free, funds, 1)
            continue
        if window < 0:
            assert not columns.mandatory[job], f"mandatory job {job} is left out"
            continue
        assert int(columns.job_first[job]) <= window < int(columns.job_first[job + 1])
        assert int(columns.start_first[window]) <= start <= int(columns.start_last[window])
        worth += int(columns.worth(window)[start - int(columns.start_first[window])])
        _take(*_uses(columns, window, start), free, funds, 1)
        short = _shorter(columns, window, short)
    assert np.min([room for row in free for room in row], initial=0) >= 0
    assert min(funds, default=0) >= 0
    assert worth - _shortfall(columns, short) == objective
    chosen: list[Extent | None] = [
        Extent(s, s + int(columns.duration[w]), int(columns.pool[w])) if w >= 0 else None
        for w, s in zip(selection.window.tolist(), selection.start.tolist())
    ]
    for job, pieces in selection.pieces.items():
        chosen[job] = _extent(columns, pieces)
    assert keeps_ties(columns, chosen)

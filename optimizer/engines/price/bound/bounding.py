"""The bound of a whole problem over time: ascend on samples, then on all jobs, then add rows and ascend again.

Each stage is a generator step, so a caller decides after each whether there is time for the next; nothing here looks at a
clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from optimizer.engines.price.bound.certificate import CertifiedPoint, certify
from optimizer.engines.price.bound.dual import AscentParams, DualAscent, DualPoint
from optimizer.engines.price.bound.kernel import FloatArray, PricingTable
from optimizer.engines.price.bound.plant import plant_agents
from optimizer.engines.price.rows.gangs import least_gang_count
from optimizer.engines.price.rows.slot_rows import SlotRows
from optimizer.engines.price.rows.strengthen import Strengthening, StrengthenParams
from optimizer.interrupt import GiveWay, never

#: Uses of limits by profiles, most of them none, up to which rows are looked for: they are laid out in full.
MOST_USES = 20_000_000
#: Entries of rows from which on those without a price are dropped.
MOST_ROW_ENTRIES = 2_000_000
#: See ``BoundingParams.least_gain``.
STALL_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class BoundingParams:
    """Evaluations of each stage, and when which stage applies; counts >= 0, ``0 < share < 1`` of the jobs in a sample.

    Sampling starts once a sample holds ``least_sample`` jobs; rows are added up to ``most_gangs`` gangs, since they pay
    where gangs are few and large. Each round of rows begins with steps ``round_decay`` times those before, down to
    ``least_step``; rounds end where ``STALL_ROUNDS`` of them gain less than ``least_gain`` of the bound. After a round with
    pattern cuts that gains less than ``round_gain`` of it comes the last ascent, the longest.
    """

    sample_shares: tuple[float, ...] = (0.02, 0.1)
    least_sample: int = 1_000
    sample_evaluations: int = 200
    ascent_evaluations: int = 300
    row_rounds: int = 30
    rounds_before_cuts: int = 2
    round_evaluations: int = 200
    round_decay: float = 0.85
    least_step: float = 0.0
    least_gain: float = 0.0
    round_gain: float = 1e-4
    last_evaluations: int = 1_000
    most_gangs: int = 4_000
    seed: int = 0
    strengthen: StrengthenParams | None = None


@dataclass(frozen=True, slots=True)
class BoundStage:
    """Where a stage ended: the point with its float bound in micro-units.

    ``whole`` is False for prices of a sample; ``near`` is True beside an earlier optimum, whose plan no list schedule beats;
    ``settled`` is True there while an ascent has found hardly more than those prices prove.
    """

    name: str
    point: DualPoint
    bound: float
    whole: bool
    evaluation_count: int
    rows: SlotRows | None = None
    strengthening: Strengthening | None = None
    near: bool = False
    settled: bool = False
    net_w: FloatArray | None = None  # [B, T] how batteries were run on average

    def certify(self, table: PricingTable, give_way: GiveWay = never) -> CertifiedPoint:
        """The exact bound at these prices, be they of a sample or not."""
        return certify(table, self.point, self.rows, self.strengthening, give_way)


def bound_stages(
    table: PricingTable,
    params: BoundingParams | None = None,
    start: DualPoint | None = None,
    stopping: Callable[[], bool] = lambda: False,
    give_way: GiveWay = never,
    share: Callable[[], float] = lambda: 0.0,
) -> Iterator[BoundStage]:
    """Better and better prices for all jobs of ``table``; ends when every stage is done or ``stopping`` says so.

    ``start`` (limits and budgets) is where a warm ascent begins: it goes straight to all jobs with smaller steps.
    ``share()`` is how much of the time has passed, from 0 to 1: the first ascent over all jobs and the last with rows settle
    within it, and no round of rows begins that has no time to end.
    """
    p = BoundingParams() if params is None else params
    columns = table.columns
    point = start
    if start is None:
        generator = np.random.default_rng(p.seed)
        for part in p.sample_shares:
            if stopping() or part * columns.job_count < p.least_sample:
                continue
            jobs = np.sort(generator.choice(columns.job_count, int(part * columns.job_count), replace=False))
            sample = DualAscent(
                table.restricted(jobs),
                start=point,
                capacity=(columns.capacity * part).astype(np.float64),
                budget_capacity=(columns.budget_capacity * part).astype(np.float64),
                floor_target=(columns.floors.target * part).astype(np.float64),
                plant=plant_agents(columns, part),
                params=_cold() if point is None else _warm(),
                give_way=give_way,
            )
            bound = sample.run(p.sample_evaluations, stopping)
            point = sample.best_point
            yield BoundStage(f"sample {part:g}", point, bound, False, sample.evaluation_count)
    steps, begun = _cold() if point is None else _warm(), share()
    strengthens = _may_strengthen(table, p)
    ascent = DualAscent(table, start=point, keep_activity=strengthens, params=steps, give_way=give_way)
    bound = ascent.run(p.ascent_evaluations, stopping, share_of_rest(share))
    best = BoundStage("all jobs", ascent.best_point, bound, True, ascent.evaluation_count, net_w=ascent.mean_net_w)
    yield best
    if strengthens and not stopping():
        yield from _row_stages(table, p, best, ascent, stopping, give_way, share, share() - begun)


def _may_strengthen(table: PricingTable, p: BoundingParams) -> bool:
    """Whether rows are looked for, as far as that can be told without laying gangs out."""
    few = table.profiles.count * len(table.columns.limits) <= MOST_USES
    return few and least_gang_count(table.profiles) <= p.most_gangs


def _row_stages(
    table: PricingTable,
    p: BoundingParams,
    best: BoundStage,
    ascent: DualAscent,
    stopping: Callable[[], bool],
    give_way: GiveWay,
    share: Callable[[], float],
    took: float,
) -> Iterator[BoundStage]:
    """Rounds of rows and the last ascent; a round is thought to take ``took`` of the time, as the stage before did."""
    strengthening = Strengthening(table, p.strengthen)
    if len(strengthening.gangs.use) > p.most_gangs:
        return
    point, bound = best.point, best.bound
    bounds, gain = [bound], np.inf
    for number in range(p.row_rounds + 1):
        begun = share()
        if 1.0 - begun < took:
            return
        activity = strengthening.gangs.activity(ascent.activity())
        # its rows go before the next ones are laid out
        del ascent
        if strengthening.entry_count > MOST_ROW_ENTRIES:
            priced = point.row > 0.0
            strengthening.keep_rows(priced)
            point = replace(point, row=point.row[priced])
        added = strengthening.add_dual_feasible_rows(activity)
        if number >= p.rounds_before_cuts or not added:
            added += strengthening.add_pattern_cuts(activity, point.limit, stopping)
        few = number > p.rounds_before_cuts and gain < p.round_gain * abs(bound)
        late = 1.0 - begun < took * p.last_evaluations / max(1, p.round_evaluations)
        last = number == p.row_rounds or added == 0 or few or late
        rows = strengthening.rows()
        ascent = DualAscent(
            table,
            rows,
            start=point,
            keep_activity=True,
            params=AscentParams(first_step=0.003, final_step=0.0001) if last else _round_steps(p, number),
            give_way=give_way,
        )
        if last:
            ascent.run(p.last_evaluations, stopping, share_of_rest(share))
        else:
            ascent.run(p.round_evaluations, stopping)
        gain = bound - ascent.best_bound
        if gain > 0.0:
            point, bound = ascent.best_point, ascent.best_bound
            yield BoundStage("rows", point, bound, True, ascent.evaluation_count, rows, strengthening)
        bounds.append(bound)
        stalled = len(bounds) > STALL_ROUNDS and bounds[-1 - STALL_ROUNDS] - bound < p.least_gain * abs(bound)
        if last or stalled or stopping():
            return
        took = share() - begun


def share_of_rest(share: Callable[[], float]) -> Callable[[], float]:
    """``share`` counted from now: 0 now, 1 when ``share()`` is 1."""
    passed = share()
    return lambda: 1.0 if passed >= 1.0 else (share() - passed) / (1.0 - passed)


def _cold() -> AscentParams:
    return AscentParams()


def _warm() -> AscentParams:
    return AscentParams(first_step=0.005)


def _round_steps(p: BoundingParams, number: int) -> AscentParams:
    """Each round starts nearer the optimum than the one before, and disturbs it less."""
    first = max(p.least_step, 0.005 * p.round_decay**number)
    return AscentParams(first_step=first, final_step=min(0.0002, first))

"""The bound where halls may be switched off, stage by stage: alike halls as one, then every hall, then rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from optimizer.engines.price.bound.bounding import BoundingParams, BoundStage, bound_stages
from optimizer.engines.price.bound.dual import DualPoint
from optimizer.engines.price.bound.kernel import PricingTable
from optimizer.engines.price.halls.alike import alike_prices
from optimizer.interrupt import GiveWay
from optimizer.params import SolveParams

#: Rows of halls gain for as long as there is time, since a hall's slots are small knapsacks: many short rounds, in steps that
#: stay long enough to get somewhere.
PATIENT = BoundingParams(
    sample_shares=(), row_rounds=10_000, round_decay=0.9, least_step=0.003, least_gain=1e-5, round_gain=0.0
)
#: Distinct gangs up to which rows are looked for.
MOST_GANGS = PATIENT.most_gangs
#: Evaluations a job; at most of the first ascent, from nothing, since rows gain little before prices of small runs settle; and
#: at most of a round of rows, since to look for rows takes longer than that.
EVALUATIONS_PER_JOB, MOST_EVALUATIONS, MOST_ROUND_EVALUATIONS = 10, 3_000, 500
#: Share of the time for prices of alike halls, which the ascent over all halls hardly betters.
ALIKE_SHARE = 0.7


def hall_stages(
    table: PricingTable,
    params: SolveParams,
    start: DualPoint | None,
    stopping: Callable[[], bool],
    give_way: GiveWay,
    share: Callable[[], float],
) -> Iterator[BoundStage]:
    """As `bound_stages`, for as many rounds of rows as there is time; without a ``start``, from prices of alike halls."""
    if start is None:
        alike = alike_prices(table.columns, stopping, lambda: share() / ALIKE_SHARE)
        if alike is not None:
            yield BoundStage("alike halls", alike.point, alike.bound, False, alike.evaluation_count)
            if stopping():
                return
            start = alike.point
    yield from bound_stages(table, _bounding(params, table.columns.job_count, start is None), start, stopping, give_way, share)


def _bounding(params: SolveParams, job_count: int, cold: bool) -> BoundingParams:
    """``cold``: no prices are known. Where work limits the run no clock ends the rounds, so there are few."""
    if params.work_limit:
        return BoundingParams(sample_shares=(), seed=params.seed)
    evaluations = EVALUATIONS_PER_JOB * job_count
    first, of_round = PATIENT.ascent_evaluations, PATIENT.round_evaluations
    return replace(
        PATIENT,
        ascent_evaluations=max(first, min(MOST_EVALUATIONS, evaluations)) if cold else first,
        round_evaluations=max(of_round, min(MOST_ROUND_EVALUATIONS, evaluations)),
        seed=params.seed,
    )

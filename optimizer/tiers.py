"""Strict priority tiers: a plan is better where an earlier tier is, whatever the later ones lose.

tier by tier: a bound on all tiers so far, each job free -> the tier's turn, earlier tiers held -> the next tier

The bound of a tier says: no plan that gives every earlier tier what this plan gives it gives this tier more. It is the
certified bound on the tiers so far together, less what the earlier ones have; or an engine's, where nothing was cut off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from optimizer.accounting.running import stop_micros
from optimizer.accounting.tiers import tier_standings, tier_worths
from optimizer.certificates import Certificate
from optimizer.columns.candidates import Candidates
from optimizer.columns.table import Columns, IntArray, Selection
from optimizer.columns.tiers import Stage, bound_turn, can_bind, fixed_turn, up_to
from optimizer.engines import registry
from optimizer.engines.base import Capability, Engine, EngineResult, Outcome
from optimizer.engines.greedy import first_plan
from optimizer.exact.problem import ExactProblem
from optimizer.formulation.selections import empty_selection
from optimizer.interrupt import Interrupted
from optimizer.overrun import run_until_stopped
from optimizer.params import SolveParams
from optimizer.relay import Clock, Relay
from optimizer.solution import BoundSource, TierOutcome, relative_gap
from optimizer.units import to_micros

#: The part of a tier's time that goes to the certified bound on all tiers so far.
BOUND_SHARE = 0.25
#: Engines that search earlier tiers together with the one whose turn it is; the first also after ``auto``.
EXACT_ENGINES = ("cp_sat", "highs", "pyomo")


@dataclass(slots=True)
class _Turn:
    """The monitor of one turn: it ends with the whole solve, or at its own time; what it reports is read at its end."""

    relay: Relay
    clock: Clock

    def stopping(self) -> bool:
        return self.relay.stopping() or self.clock.remaining_seconds() <= 0

    def remaining_seconds(self) -> float:
        return min(self.relay.remaining_seconds(), self.clock.remaining_seconds())

    def incumbent(self, selection: Selection, objective: int) -> None: ...

    def bound(self, objective_bound: int, certificate: Certificate | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class TieredAnswer:
    """The last turn's answer in the whole columns, and each tier's standing."""

    answer: EngineResult
    tiers: tuple[TierOutcome, ...]


def solve_tiers(found: Candidates, engine: Engine, params: SolveParams, start: Selection | None, relay: Relay) -> TieredAnswer:
    """Tier by tier; ``relay`` hears of every better plan, and of the bound on all tiers together at the end."""
    rank = np.array(found.problem.tier_of_job, dtype=np.int64)
    count = len(found.problem.tiers)
    plan = _first_plan(found.columns, rank, count, start)
    if plan is not None:
        relay.accept(plan)
    stops = _stop_micros(found.problem)
    certificates: list[Certificate | None] = []
    stated: list[tuple[int, BoundSource] | None] = []
    answer = EngineResult(Outcome.FINISHED, plan, None)
    for tier in range(count):
        relay.phase(f"tier {tier + 1} of {count}")
        seconds = relay.remaining_seconds() / (count - tier)
        held = empty_selection(found.columns) if plan is None else plan
        together = None
        if tier and not relay.stopping():
            turn = _Turn(relay, Clock.start(BOUND_SHARE * seconds))
            together = _bound(up_to(found.columns, rank, tier), params, turn)
        said: tuple[int, BoundSource] | None = None
        for searcher, stage in _turns(found.columns, rank, tier, held, engine):
            answer = _solved(stage, searcher, params, None if plan is None else held, _Turn(relay, Clock.start(seconds)))
            if answer.selection is not None:
                plan = held = _completed(found.columns, rank, tier, stage.outwards(answer.selection))
                relay.accept(plan)
            if plan is None:
                # the first tier has all jobs that must run: without them there is nothing to add to
                return TieredAnswer(answer, ())
            if stage.complete and answer.bound is not None:
                said = answer.bound, BoundSource.ENGINE
        if tier == 0:
            together = answer
        certificates.append(None if together is None else _whole(together.certificate, stops, tier))
        stated.append(None if said is None else (said[0] - stops[tier], said[1]))
        if relay.stopping() and tier + 1 < count:
            certificates += [None] * (count - tier - 1)
            stated += [None] * (count - tier - 1)
            break
    return _concluded(found, relay, certificates, stated, replace(answer, selection=plan), params)


def _turns(columns: Columns, rank: IntArray, tier: int, plan: Selection, engine: Engine) -> Iterator[tuple[Engine, Stage]]:
    """Who searches what: the engine with earlier tiers fixed or, where it is exact, bound; after ``auto``, CP-SAT does that."""
    if tier == 0 or not can_bind(columns, rank, tier) or Capability.PROVES_OPTIMALITY not in engine.capabilities:
        yield engine, fixed_turn(columns, rank, tier, plan)
        return
    exact = engine
    if engine.name not in EXACT_ENGINES:
        yield engine, fixed_turn(columns, rank, tier, plan)
        exact = registry.create(EXACT_ENGINES[0])
    if exact.availability().available:
        yield exact, bound_turn(columns, rank, tier, plan)


def _first_plan(columns: Columns, rank: IntArray, count: int, start: Selection | None) -> Selection | None:
    """List schedules, tier after tier; the start where it stands higher."""
    plan = empty_selection(columns)
    for tier in range(count):
        stage = fixed_turn(columns, rank, tier, plan)
        own = first_plan(stage.columns, stage.inwards(plan if start is None else _of_tier(start, plan, rank, tier)))
        if own is None:
            return start
        plan = stage.outwards(own)
    return plan


def _of_tier(start: Selection, plan: Selection, rank: IntArray, tier: int) -> Selection:
    """What ``start`` has of ``tier`` beside what ``plan`` has of the tiers before."""
    own = rank == tier
    return Selection(
        np.where(own, start.window, plan.window),
        np.where(own, start.start, plan.start),
        pieces={**plan.pieces, **start.pieces},
        net_w=start.net_w,
    )


def _completed(columns: Columns, rank: IntArray, tier: int, plan: Selection) -> Selection:
    """``plan`` of the tiers up to ``tier``, with what a list schedule adds of the later ones, for which halls have to be on."""
    if tier < rank.max(initial=0):
        plan = replace(plan, on=None)
    for later in range(tier + 1, int(rank.max(initial=0)) + 1):
        stage = fixed_turn(columns, rank, later, plan)
        own = first_plan(stage.columns, stage.inwards(plan))
        if own is not None:
            plan = stage.outwards(own)
    return plan


def _stop_micros(problem: ExactProblem) -> list[int]:
    """What it would cost to stop every running job of each tier: engines count without it."""
    stops = [0] * len(problem.tiers)
    for job in problem.jobs:
        stops[problem.tier_of_job[job.index]] += stop_micros(job)
    return stops


def _whole(certificate: Certificate | None, stops: Sequence[int], tier: int) -> Certificate | None:
    """An engine's certificate with the part of the objective that no decision changes."""
    if certificate is None:
        return None
    return replace(certificate, bound_micros=certificate.bound_micros - sum(stops[: tier + 1]))


def _solved(stage: Stage, engine: Engine, params: SolveParams, held: Selection | None, turn: _Turn) -> EngineResult:
    start = None if held is None else stage.inwards(held)
    answer = run_until_stopped(lambda: engine.solve(stage.columns, params, start, turn), turn.stopping)
    return EngineResult(Outcome.LIMIT, start, None) if answer is None else answer


def _bound(columns: Columns, params: SolveParams, turn: _Turn) -> EngineResult | None:
    """The prices' bound alone: it ends when they have settled, and looks for no plan."""
    from optimizer.engines.price.bound.grants import MandatoryJobWithoutColumnsError
    from optimizer.engines.price.run import PriceRun

    def ascend() -> EngineResult:
        try:
            run = PriceRun(columns, params, None, turn)
        except Interrupted:
            return EngineResult(Outcome.LIMIT, None, None)
        with suppress(MandatoryJobWithoutColumnsError):
            run.bound(turn.stopping)
        return run.result()

    return run_until_stopped(ascend, turn.stopping)


def _concluded(
    found: Candidates,
    relay: Relay,
    certificates: Sequence[Certificate | None],
    stated: Sequence[tuple[int, BoundSource] | None],
    answer: EngineResult,
    params: SolveParams,
) -> TieredAnswer:
    if relay.best is None:
        return TieredAnswer(answer, ())
    worths = tier_worths(found.problem, relay.best.placements, relay.best.terms)
    tiers: list[TierOutcome] = []
    standings = tier_standings(found.problem, {placement.job for placement in relay.best.placements})
    for tier, (number, job_count, placed_count) in enumerate(standings):
        bound, source = None, BoundSource.NONE
        certificate, said = certificates[tier], stated[tier]
        if certificate is not None:
            bound, source = certificate.bound_micros - sum(worths[:tier]), BoundSource.CERTIFICATE
        if said is not None and (bound is None or said[0] < bound):
            bound, source = max(said[0], worths[tier]), said[1]
        tiers.append(
            TierOutcome(
                priority_tier=number,
                job_count=job_count,
                placed_count=placed_count,
                objective_micros=worths[tier],
                bound_micros=bound,
                bound_source=source,
                certificate=certificate,
            )
        )
    # what a plant does is rounded, so an engine's bound is met to that
    slack = max(to_micros(params.absolute_gap), found.columns.plant.rounding_micros)
    proved = all(_closed(tier, params.relative_gap, slack) for tier in tiers)
    whole = certificates[-1]
    if whole is not None:
        relay.take_bound(whole.bound_micros - found.columns.constant, _without(whole, found.columns.constant))
    if proved:
        # what is left to gain in the tiers is all that is left, in the order that counts
        left = sum(max(0, tier.bound_micros - tier.objective_micros) for tier in tiers if tier.bound_micros is not None)
        relay.take_bound(relay.best.objective_micros + left - found.columns.constant)
    outcome = Outcome.OPTIMAL if proved else Outcome.LIMIT if relay.stopping() else Outcome.FINISHED
    detail = f"tier by tier; {answer.detail}" if answer.detail else "tier by tier"
    return TieredAnswer(replace(answer, outcome=outcome, bound=None, certificate=None, detail=detail), tuple(tiers))


def _without(certificate: Certificate, constant: int) -> Certificate:
    """As an engine would report it."""
    return replace(certificate, bound_micros=certificate.bound_micros - constant)


def _closed(tier: TierOutcome, most_relative: float, most_micros: int) -> bool:
    gap = relative_gap(tier.objective_micros, tier.bound_micros)
    if gap is None or tier.bound_micros is None:
        return False
    return tier.bound_micros - tier.objective_micros <= most_micros or gap <= most_relative

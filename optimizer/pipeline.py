"""One solve from problem to explained, verified result; ``solve`` is the story.

check -> exact integers -> plan of the dearest jobs -> candidates -> first plan -> engine -> verify -> explain -> Result
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from optimizer import explain, validate
from optimizer.accounting.tiers import tier_worths
from optimizer.binding.binder import bind
from optimizer.certificates import Certificate
from optimizer.columns.candidates import Candidates, ColumnCutter
from optimizer.columns.table import Selection
from optimizer.early_plan import early_plan
from optimizer.engines import registry
from optimizer.engines.base import Engine, EngineResult, Outcome, WarmStart
from optimizer.engines.greedy import first_plan
from optimizer.errors import VerificationError, Violation
from optimizer.exact.problem import ExactProblem, exact, exact_without_jobs, with_jobs
from optimizer.features import carried, require
from optimizer.interrupt import BATCH, GiveWay, Interrupted, giving_way, never
from optimizer.memory import collection_paused, free_later
from optimizer.monitor import Progress, SilentMonitor, SolveMonitor
from optimizer.node_numbers import Binding
from optimizer.overrun import run_until_stopped
from optimizer.params import TIME_LIMIT_SECONDS, SolveParams
from optimizer.problem import Problem
from optimizer.relay import Clock, Rank, Relay, by_objective, stated
from optimizer.solution import (
    Assignment,
    BindingLimit,
    BoundSource,
    CostBreakdown,
    HallSchedule,
    Result,
    SiteOperation,
    Statistic,
    StoppedBy,
    Termination,
    TerminationReason,
    Unplaced,
    relative_gap,
)
from optimizer.tiers import TieredAnswer, solve_tiers
from optimizer.units import to_micros
from optimizer.verify.plan import Verification, verify
from optimizer.warm import is_warm

DEFAULT_TIME_LIMIT_SECONDS = 60.0
DEFAULT_PARAMS = SolveParams()
#: Up to so many jobs a solve that is asked to stop gives reasons and limits all the same, which take 25 ms.
EXPLAINED_JOB_COUNT = 200
#: What a solve does after its early plan.
CUTTING_COLUMNS = "candidates"
#: A bound below a verified plan by no more than this part is a float's rounding.
FLOAT_RESOLUTION = 1e-8

#: Said where a time limit ended a solve without a plan, and compiling may have taken the time.
NOT_WARM = (
    "compiling kernels, which was not done ahead, may have taken the time; optimizer.warm.ensure_warm() compiles them once"
)

T = TypeVar("T")


def solve(
    problem: Problem,
    params: SolveParams = DEFAULT_PARAMS,
    *,
    initial: Sequence[Assignment] = (),
    initial_certificate: Certificate | None = None,
    monitor: SolveMonitor | None = None,
    engine: Engine | None = None,
) -> Result:
    """The best plan found within ``params``, verified, with its bound and the reasons for what is left out.

    A solve that ``monitor`` cancels returns within about a tenth of a second, with the best plan verified by then, a fleet's
    maybe without one, and without what is not explained by then. Up to ``BATCH`` jobs have a first plan all the same, up to
    ``EXPLAINED_JOB_COUNT`` reasons and limits that bind as well.

    Args:
        problem: what to place.
        params: engine, limits and seed.
        initial: a plan to start from; a hint, of which what does not fit is left out.
        initial_certificate: the certificate of that plan; a hint to engines that work with prices, ignored by others.
        monitor: told of progress and of verified plans as they come; may cancel.
        engine: solves instead of the one that ``params`` names.

    Raises:
        InvalidProblemError: the problem breaks rules; all violations are listed.
        UnsupportedFeatureError: the problem asks for something the engine cannot do.
        EngineUnavailableError: the engine asked for cannot run here.
        VerificationError: the engine's plan failed the independent check; it is not returned.
    """
    clock = Clock.start(_time_limit_seconds(params))
    engine, monitor = engine or registry.get(params.engine), monitor or SilentMonitor()
    give_way = giving_way(monitor.cancelled) if len(problem.jobs) > BATCH else never
    early = None
    try:
        with collection_paused():
            validate.check(problem, give_way)
            give_way()
            used = require(problem, carried(engine.features), f"engine {engine.name}")
            fleet = exact_without_jobs(problem)
            cutter = ColumnCutter(fleet)
            early = None if initial else early_plan(problem, used, fleet, cutter, give_way)
            if early is not None:
                _tell(early, engine, monitor, clock)
            found = cutter.candidates(with_jobs(fleet, problem, give_way), give_way)
            relay = Relay(found, engine.name, monitor, clock, _rank(found.problem), early, bool(initial), give_way)
            start = first_plan(found.columns, found.selection(initial), initial_certificate, give_way)
            if start is not None:
                relay.accept(start)
    except Interrupted as stopped:
        # its traceback holds what there was of the fleet
        free_later(stopped)
        return _stopped_early(early, engine, params, clock)
    if len(found.problem.tiers) > 1:
        return _solve_tiers(found, engine, params, start, relay, clock)
    if start is not None and initial_certificate is not None:
        start = WarmStart(start.window, start.start, initial_certificate, pieces=start.pieces, net_w=start.net_w)
    relay.phase(engine.name)
    answer = run_until_stopped(lambda: engine.solve(found.columns, params, start, relay), relay.stopping, relay.cancelled)
    if answer is None:
        answer = EngineResult(Outcome.LIMIT, None, None, detail=f"{engine.name} did not stop in time and was left behind")
    relay.close(answer.selection)
    if answer.bound is not None:
        relay.take_bound(answer.bound, answer.certificate)
    if give_way is not never and relay.cancelled():
        free_later(found)
    with collection_paused():
        return _result(found, params, relay, answer, clock, engine.name)


def _stopped_early(early: Verification | None, engine: Engine, params: SolveParams, clock: Clock) -> Result:
    """The answer where a solve is asked to stop before its engine began."""
    seconds = params.stated_seconds(clock.elapsed_seconds())
    if early is None:
        nothing = Termination(
            reason=TerminationReason.NO_PLAN_FOUND, stopped_by=StoppedBy.CANCELLED, detail="stopped before the first plan"
        )
        return Result(termination=nothing, engine=engine.name, wall_seconds=seconds)
    plan = stated(early, None, engine.name, seconds)
    detail = "stopped after the plan of the dearest jobs, the first that is told"
    return replace(plan, termination=replace(plan.termination, stopped_by=StoppedBy.CANCELLED, detail=detail))


def _tell(early: Verification, engine: Engine, monitor: SolveMonitor, clock: Clock) -> None:
    seconds = clock.elapsed_seconds()
    monitor.plan(stated(early, None, engine.name, seconds))
    monitor.progress(Progress(phase=CUTTING_COLUMNS, elapsed_seconds=seconds, objective_micros=early.objective_micros))


def _rank(problem: ExactProblem) -> Rank:
    """Which of two plans is better: tier by tier where the problem has tiers, else by the objective."""
    if len(problem.tiers) == 1:
        return by_objective
    return lambda checked: tier_worths(problem, checked.placements, checked.terms)


def _solve_tiers(
    found: Candidates,
    engine: Engine,
    params: SolveParams,
    start: Selection | None,
    relay: Relay,
    clock: Clock,
) -> Result:
    nothing = TieredAnswer(EngineResult(Outcome.LIMIT, None, None), ())
    tiered = _unless_interrupted(lambda: solve_tiers(found, engine, params, start, relay), nothing)
    relay.close()
    return replace(_result(found, params, relay, tiered.answer, clock, engine.name), tiers=tiered.tiers)


def _time_limit_seconds(params: SolveParams) -> float:
    """The asked limit; a run limited by work alone has no other, so that the same work gives the same plan anywhere."""
    if params.time_limit_seconds is not None:
        return params.time_limit_seconds
    return TIME_LIMIT_SECONDS[1] if params.work_limit else DEFAULT_TIME_LIMIT_SECONDS


def check(
    problem: Problem,
    assignments: Sequence[Assignment],
    hall_schedules: Sequence[HallSchedule] = (),
    operations: Sequence[SiteOperation] | None = None,
    binding: Binding | None = None,
    give_way: GiveWay = never,
) -> Verification:
    """Every rule on a plan, and on its binding to numbered nodes, whoever made them.

    Without ``operations`` the plant runs as pays best beside the assignments.

    Raises:
        InvalidProblemError: the problem itself breaks rules.
    """
    validate.check(problem, give_way)
    return verify(exact(problem, give_way), assignments, hall_schedules, operations, binding, give_way=give_way)


def _bound(problem: ExactProblem, best: Verification, give_way: GiveWay) -> Binding:
    """The nodes of a verified plan, verified as well."""
    give_way()
    assignments = [placement.assignment for placement in best.placements]
    binding = bind(problem, assignments)
    checked = verify(problem, assignments, best.hall_schedules, best.operations or None, binding, give_way=give_way)
    if not checked.feasible:
        raise VerificationError(Violation(v.job or v.element, v.rule, v.message) for v in checked.violations)
    return binding


def _unless_interrupted(work: Callable[[], T], otherwise: T) -> T:
    """What ``work`` gives; ``otherwise`` where it gave way."""
    try:
        return work()
    except Interrupted:
        return otherwise


def _unplaced(found: Candidates, relay: Relay, clock: Clock, give_way: GiveWay) -> tuple[Unplaced, ...]:
    """Reasons in full as long as there is time for them and somebody waits."""
    best = relay.best
    if best is None:
        return ()
    give_way()
    halls = best.hall_schedules
    return explain.unplaced(
        found, best.placements, lambda: clock.is_closing() or relay.cancelled(), best.operations, halls, give_way
    )


def _binding_limits(found: Candidates, best: Verification, give_way: GiveWay) -> tuple[BindingLimit, ...]:
    give_way()
    return explain.binding_limits(found, best.placements, best.operations, best.hall_schedules, give_way)


def _result(found: Candidates, params: SolveParams, relay: Relay, answer: EngineResult, clock: Clock, engine: str) -> Result:
    give_way = giving_way(relay.cancelled) if len(found.problem.jobs) > EXPLAINED_JOB_COUNT else never
    termination = _termination(params, relay, answer)
    best = relay.best
    infeasible = termination.reason is TerminationReason.INFEASIBLE
    unplaced = _unless_interrupted(lambda: _unplaced(found, relay, clock, give_way), None)
    if unplaced is None:
        detail = f"{termination.detail}; stopped before reasons were found".lstrip("; ")
        termination = replace(termination, detail=detail)
    return Result(
        conversions=found.problem.conversions,
        termination=termination,
        engine=engine,
        engine_detail=answer.detail,
        placements=best.placements if best else (),
        unplaced=unplaced or (),
        terms=best.terms if best else CostBreakdown(),
        usages=best.usages if best else (),
        tenancy=best.tenancy if best else (),
        shares=best.shares if best else (),
        hall_schedules=best.hall_schedules if best else (),
        operations=best.operations if best else (),
        binding=_unless_interrupted(lambda: _bound(found.problem, best, give_way), None) if best and params.bind else None,
        binding_limits=_unless_interrupted(lambda: _binding_limits(found, best, give_way), ()) if best else (),
        conflict=explain.conflict(found.problem, relay.stopping) if infeasible else None,
        certificate=relay.certificate,
        shadow_prices=explain.shadow_prices(found.problem, relay.certificate) if relay.certificate else (),
        verified=best is not None,
        wall_seconds=params.stated_seconds(clock.elapsed_seconds()),
        statistics=(
            Statistic(name="column_count", value=found.columns.column_count),
            Statistic(name="window_count", value=found.columns.window_count),
            *(Statistic(name=name, value=value) for name, value in answer.statistics.items()),
        ),
    )


def _termination(params: SolveParams, relay: Relay, answer: EngineResult) -> Termination:
    """Reason, limit and bounds; OPTIMAL only where the verified plan meets the bound within the asked gap."""
    objective = relay.best.objective_micros if relay.best else None
    bound, detail, refuted = relay.bound_micros, answer.detail, False
    if objective is not None and bound is not None and bound < objective:
        # floats may round a tree's bound just below a plan; anything more is an engine's fault and proves nothing
        # the engine's floats counted without the constant
        scale = max(abs(objective), abs(bound)) + abs(relay.constant)
        refuted = objective - bound > FLOAT_RESOLUTION * scale
        bound = None if refuted else objective
        detail = f"{detail}; its bound lies below a verified plan and is discarded".lstrip("; ") if refuted else detail
    if objective is not None:
        proved = not refuted and (answer.outcome is Outcome.OPTIMAL or _within_gap(objective, bound, params))
        reason = TerminationReason.OPTIMAL if proved else TerminationReason.FEASIBLE
    elif answer.outcome is Outcome.INFEASIBLE:
        reason = TerminationReason.INFEASIBLE
    else:
        reason = TerminationReason.NO_PLAN_FOUND
    stopped_by = StoppedBy.NONE if reason is TerminationReason.OPTIMAL else _stopped_by(params, relay, answer)
    if reason is TerminationReason.NO_PLAN_FOUND and stopped_by is StoppedBy.TIME_LIMIT and not is_warm():
        detail = f"{detail}; {NOT_WARM}".lstrip("; ")
    return Termination(
        reason=reason,
        stopped_by=stopped_by,
        detail=detail,
        objective_micros=objective,
        bound_micros=bound,
        bound_source=BoundSource.of(bound, relay.certificate),
    )


def _within_gap(objective: int, bound: int | None, params: SolveParams) -> bool:
    gap = relative_gap(objective, bound)
    if bound is None or gap is None:
        return False
    return bound - objective <= to_micros(params.absolute_gap) or gap <= params.relative_gap


def _stopped_by(params: SolveParams, relay: Relay, answer: EngineResult) -> StoppedBy:
    if answer.outcome is not Outcome.LIMIT:
        return StoppedBy.NONE
    if relay.cancelled():
        return StoppedBy.CANCELLED
    return StoppedBy.WORK_LIMIT if params.work_limit and not relay.stopping() else StoppedBy.TIME_LIMIT

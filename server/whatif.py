"""``EvaluateLimitChange``: a request as the solves that it takes, and their answers as what the change is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from loadstone.v1 import placement_service_pb2 as service_pb2

from optimizer.errors import InvalidProblemError, Violation
from optimizer.explain.limit_change import LimitChange, changed_by
from optimizer.explain.sensitivity import LimitEffects, effect
from optimizer.explain.starting_plan import starting_plan
from optimizer.interrupt import GiveWay, never
from optimizer.io.schema import Reason
from optimizer.params import SolveParams
from optimizer.problem import Problem, TimeGrid
from optimizer.solution import Result
from optimizer.validate import SizeLimits
from server import convert
from server.limit_changes import as_stated, change_from_proto
from server.mapping import to_proto
from server.proposals import assignments_from_proto
from server.requests import check_engine, collect, read_problem
from server.runner import SolveCall


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """A sound request: the plan to start from, verified, and the multiples of the change, each with its solve."""

    problem: Problem
    plan: Result
    changes: tuple[LimitChange, ...]
    calls: tuple[SolveCall, ...]


def read(
    request: service_pb2.EvaluateLimitChangeRequest, limits: SizeLimits, deadline: float | None, give_way: GiveWay = never
) -> WhatIf:
    """The request, its plan verified and its certificate recomputed; ``deadline`` as in ``SolveCall``.

    Takes about a microsecond for each (job, mode, pool, start) where there is a certificate.

    Raises:
        InvalidProblemError: with everything wrong with the parameters, the problem, the change and the plan.
        TooLargeError: the problem is past ``limits``.
        Interrupted: ``give_way``, asked while problem, plan and certificate are checked, ends it.
    """
    violations: list[Violation] = []
    params = collect(violations, lambda: convert.params_from_proto(request.parameters)) or SolveParams()
    violations += check_engine(params)
    problem = collect(violations, lambda: read_problem(request, limits, give_way))
    if problem is None:
        raise InvalidProblemError(violations)
    multiples = tuple(request.multiples) or (1,)
    change = collect(violations, lambda: _change(request, problem.time_grid))
    after = collect(violations, lambda: _changed_by(request, problem, change, multiples)) if change else None
    plan = collect(violations, lambda: _plan(request, problem, give_way))
    if violations or change is None or after is None or plan is None:
        raise InvalidProblemError(violations)
    call = SolveCall(
        problem=problem,
        params=replace(params, bind=False),
        initial=tuple(placement.assignment for placement in plan.placements),
        initial_certificate=plan.certificate,
        deadline=deadline,
    )
    return WhatIf(
        problem=problem,
        plan=plan,
        changes=tuple(change.times(multiple) for multiple in multiples),
        calls=tuple(replace(call, problem=changed) for changed in after),
    )


def answer(asked: WhatIf, results: Sequence[Result]) -> service_pb2.EvaluateLimitChangeResponse:
    """What the answers to ``asked.calls`` say of each multiple."""
    effects = tuple(
        effect(asked.problem, asked.plan, change, after) for change, after in zip(asked.changes, results, strict=True)
    )
    return to_proto(LimitEffects(before=asked.plan.termination, effects=effects), service_pb2.EvaluateLimitChangeResponse())


def _change(request: service_pb2.EvaluateLimitChangeRequest, grid: TimeGrid) -> LimitChange:
    if not request.HasField("change"):
        raise InvalidProblemError([Violation("change", Reason.MISSING_FIELD, "a request needs a change")])
    return change_from_proto(request.change, grid)


def _changed_by(
    request: service_pb2.EvaluateLimitChangeRequest, problem: Problem, change: LimitChange, multiples: Sequence[int]
) -> tuple[Problem, ...]:
    """The problem with each multiple; what is wrong is told at the field in which the caller stated it."""
    try:
        return changed_by(problem, change, multiples)
    except InvalidProblemError as error:
        raise InvalidProblemError([as_stated(violation, request.change) for violation in error.violations]) from None


def _plan(request: service_pb2.EvaluateLimitChangeRequest, problem: Problem, give_way: GiveWay) -> Result:
    violations: list[Violation] = []
    assignments = collect(violations, lambda: assignments_from_proto(request.assignments, problem.time_grid))
    schedules = collect(violations, lambda: convert.hall_schedules_from_proto(request.hall_schedules))
    operations = collect(violations, lambda: convert.operations_from_proto(request.operations))
    certificate = (
        collect(violations, lambda: convert.certificate_from_proto(request.certificate))
        if request.HasField("certificate")
        else None
    )
    if violations:
        raise InvalidProblemError(violations)
    return starting_plan(
        problem,
        assignments or (),
        hall_schedules=schedules or (),
        operations=operations or None,
        certificate=certificate,
        bound_micros=request.bound_micros if request.HasField("bound_micros") else None,
        give_way=give_way,
    )

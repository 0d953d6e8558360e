"""The requests of the client: problems, plans and parameters as messages, for the blocking client and for asyncio alike."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, TypeVar

from loadstone.v1 import placement_service_pb2 as service_pb2
from loadstone.v1 import solution_pb2
from optimizer.certificates import Certificate
from optimizer.explain.limit_change import LimitChange
from optimizer.io.files import read_problem
from optimizer.node_numbers import Binding
from optimizer.params import SolveParams
from optimizer.problem import Problem
from optimizer.solution import Assignment, HallSchedule, Result, SiteOperation
from optimizer.stated_plan import PlanSource, StatedPlan
from server import convert, limit_changes, mapping, proposals

#: A problem, or the path of an instance file.
ProblemSource = Problem | str | os.PathLike[str]
T = TypeVar("T")


def as_problem(source: ProblemSource) -> Problem:
    """The problem itself, read where it is a path."""
    return source if isinstance(source, Problem) else read_problem(source)


def _problem_message(source: ProblemSource) -> Any:
    return convert.problem_to_proto(as_problem(source))


def _parameters_message(params: SolveParams | None, parameters: dict[str, Any]) -> service_pb2.SolveParameters:
    if params is not None and parameters:
        raise TypeError("give params or single parameters, not both")
    return convert.params_to_proto(params or SolveParams(**parameters))


def solve_request(
    kind: type[T],
    problem: ProblemSource,
    params: SolveParams | None,
    initial: Sequence[Assignment],
    initial_certificate: Certificate | None,
    parameters: dict[str, Any],
) -> T:
    """For either way to solve: ``kind`` is the class of the message. Raises TypeError for parameters given twice."""
    message: Any = kind
    request: T = message(
        problem=_problem_message(problem),
        parameters=_parameters_message(params, parameters),
        initial_assignments=_proposed(initial),
        initial_certificate=None if initial_certificate is None else convert.certificate_to_proto(initial_certificate),
    )
    return request


def check_request(
    problem: ProblemSource,
    assignments: Sequence[Assignment],
    certificate: Certificate | None,
    operations: Sequence[SiteOperation],
    hall_schedules: Sequence[HallSchedule],
    binding: Binding | None,
) -> service_pb2.CheckPlacementRequest:
    """A plan to be held to every rule; without ``operations`` the plant runs as pays best."""
    return service_pb2.CheckPlacementRequest(
        problem=_problem_message(problem),
        assignments=_proposed(assignments),
        certificate=None if certificate is None else convert.certificate_to_proto(certificate),
        operations=_operations(operations),
        hall_schedules=_schedules(hall_schedules),
        binding=None if binding is None else convert.binding_to_proto(binding),
    )


def diff_request(
    problem: ProblemSource,
    after: PlanSource,
    before: PlanSource | None,
    earlier_problem: ProblemSource | None,
) -> service_pb2.DiffPlacementsRequest:
    """Two plans to compare, with all they state; ``before`` None: what runs already."""
    later, sooner = StatedPlan.of(after), StatedPlan.of(() if before is None else before)
    return service_pb2.DiffPlacementsRequest(
        problem=_problem_message(problem),
        after=_proposed(later.assignments),
        after_hall_schedules=_schedules(later.hall_schedules),
        after_operations=_operations(later.operations),
        before=_proposed(sooner.assignments),
        before_hall_schedules=_schedules(sooner.hall_schedules),
        before_operations=_operations(sooner.operations),
        earlier_problem=None if earlier_problem is None else _problem_message(earlier_problem),
        before_is_running=before is None,
    )


def what_if_request(
    problem: ProblemSource,
    plan: Result,
    change: LimitChange,
    multiples: Sequence[int],
    params: SolveParams | None,
    parameters: dict[str, Any],
) -> service_pb2.EvaluateLimitChangeRequest:
    """A change of a limit, with all that ``plan`` says of itself. Raises TypeError for parameters given twice."""
    return service_pb2.EvaluateLimitChangeRequest(
        problem=_problem_message(problem),
        assignments=_proposed([placement.assignment for placement in plan.placements]),
        hall_schedules=_schedules(plan.hall_schedules),
        operations=_operations(plan.operations),
        certificate=None if plan.certificate is None else convert.certificate_to_proto(plan.certificate),
        bound_micros=plan.termination.bound_micros,
        change=limit_changes.change_to_proto(change),
        multiples=multiples,
        parameters=_parameters_message(params, parameters),
    )


def _proposed(assignments: Sequence[Assignment]) -> list[service_pb2.ProposedAssignment]:
    return [proposals.assignment_to_proto(each) for each in assignments]


def _schedules(schedules: Sequence[HallSchedule]) -> list[solution_pb2.HallSchedule]:
    return [mapping.to_proto(schedule, solution_pb2.HallSchedule()) for schedule in schedules]


def _operations(operations: Sequence[SiteOperation]) -> list[solution_pb2.SiteOperation]:
    return [mapping.to_proto(operation, solution_pb2.SiteOperation()) for operation in operations]

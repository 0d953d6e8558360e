"""Requests to work: wire messages become validated domain data, within the size limits, or every violation is raised.

Plain blocking functions, for the service to run off its event loop where a request is large.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from loadstone.v1 import placement_service_pb2 as service_pb2
from loadstone.v1 import problem_pb2

from optimizer import validate
from optimizer.admission import PricedPlan
from optimizer.certificates import Certificate
from optimizer.engines import registry
from optimizer.errors import InvalidProblemError, Violation
from optimizer.exact.problem import exact
from optimizer.interrupt import GiveWay, never
from optimizer.io.schema import Reason, prefix_paths
from optimizer.node_numbers import Binding
from optimizer.params import SolveParams
from optimizer.problem import Problem
from optimizer.stated_plan import StatedPlan
from optimizer.validate import SizeLimits
from optimizer.verify.bound import prove, with_proof
from optimizer.verify.plan import Rule, RuleViolation, Verification
from server import convert
from server.errors import TooLargeError
from server.mapping import from_proto
from server.proposals import assignments_from_proto, hints_from_proto
from server.runner import SolveCall

SolveRequest = service_pb2.SolvePlacementRequest | service_pb2.StreamSolvePlacementRequest
ProblemRequest = (
    SolveRequest
    | service_pb2.CheckPlacementRequest
    | service_pb2.DiffPlacementsRequest
    | service_pb2.EvaluateLimitChangeRequest
    | service_pb2.OpenBook
)
T = TypeVar("T")

#: The wire holds 64 bits; a bound below them is stated as the least they hold, which is still a bound.
LEAST_MICROS = -(2**63)


def read_solve(request: SolveRequest, limits: SizeLimits, deadline: float | None) -> SolveCall:
    """A solve that is sound and not too large; ``deadline`` as in ``SolveCall``.

    Raises:
        InvalidProblemError: with everything wrong with parameters, problem and hints.
        TooLargeError: the problem is past ``limits``.
    """
    violations: list[Violation] = []
    params = collect(violations, lambda: convert.params_from_proto(request.parameters))
    violations += check_engine(params)
    problem = collect(violations, lambda: read_problem(request, limits))
    grid = problem.time_grid if problem else None
    initial = collect(violations, lambda: hints_from_proto(request.initial_assignments, grid)) if grid else ()
    certificate = collect(violations, lambda: _initial_certificate(request))
    if violations or problem is None:
        raise InvalidProblemError(violations)
    return SolveCall(
        problem=problem,
        params=params or SolveParams(),
        initial=initial or (),
        initial_certificate=certificate,
        deadline=deadline,
    )


def _initial_certificate(request: SolveRequest) -> Certificate | None:
    if not request.HasField("initial_certificate"):
        return None
    return convert.certificate_from_proto(request.initial_certificate, "initial_certificate")


def read_opening(message: service_pb2.OpenBook, limits: SizeLimits) -> tuple[Problem, PricedPlan]:
    """The plan beside which jobs are to be admitted, and its problem. Whether it keeps the rules is for the book to say.

    Raises:
        InvalidProblemError, TooLargeError: as ``read_solve``.
    """
    violations: list[Violation] = []
    problem = collect(violations, lambda: read_problem(message, limits))
    grid = problem.time_grid if problem else None
    assignments = collect(violations, lambda: assignments_from_proto(message.assignments, grid)) if grid else None
    certificate = collect(violations, lambda: _required_certificate(message))
    if violations or problem is None or certificate is None:
        raise InvalidProblemError(violations)
    return problem, PricedPlan(assignments or (), certificate)


def _required_certificate(message: service_pb2.OpenBook) -> Certificate:
    if not message.HasField("certificate"):
        text = "a book needs a certificate, for its prices; solve with the engine price, or auto, and send the result's"
        raise InvalidProblemError([Violation("certificate", validate.Reason.MISSING, text)])
    return convert.certificate_from_proto(message.certificate)


def check(
    request: service_pb2.CheckPlacementRequest, limits: SizeLimits, give_way: GiveWay = never
) -> service_pb2.CheckPlacementResponse:
    """Every rule on the request's plan, and every claim that came with it, its certificate's among them.

    Raises:
        InvalidProblemError, TooLargeError: as ``read_solve``.
        Interrupted: ``give_way``, asked all the way, ends it.
    """
    problem = read_problem(request, limits, give_way)
    assignments = assignments_from_proto(request.assignments, problem.time_grid)
    schedules = convert.hall_schedules_from_proto(request.hall_schedules)
    operations = convert.operations_from_proto(request.operations)
    certificate = convert.certificate_from_proto(request.certificate) if request.HasField("certificate") else None
    binding = from_proto(Binding, request.binding, "binding") if request.HasField("binding") else None
    # Checking loads NumPy, which this process otherwise leaves to its workers.
    from optimizer import pipeline

    verification = pipeline.check(problem, assignments, schedules, operations or None, binding, give_way)
    if request.HasField("objective_micros"):
        verification = _with_claim(verification, request.objective_micros)
    if certificate is not None:
        verification = _with_bound(problem, verification, certificate, give_way)
    return convert.verification_to_proto(verification)


def diff(
    request: service_pb2.DiffPlacementsRequest, limits: SizeLimits, give_way: GiveWay = never
) -> service_pb2.DiffPlacementsResponse:
    """What changes from the request's earlier plan to its later one.

    Raises:
        InvalidProblemError, TooLargeError: as ``read_solve``; the first also where the later plan breaks a rule.
        Interrupted: ``give_way``, asked all the way, ends it.
    """
    earlier_plan = (request.before, request.before_hall_schedules, request.before_operations)
    if request.before_is_running and (any(earlier_plan) or request.HasField("earlier_problem")):
        message = "before_is_running stands in place of an earlier plan; give one of the two"
        raise InvalidProblemError([Violation("before_is_running", Reason.INCONSISTENT, message)])
    problem = read_problem(request, limits, give_way)
    earlier = _earlier_problem(request, limits, give_way) if request.HasField("earlier_problem") else None
    after = StatedPlan(
        assignments_from_proto(request.after, problem.time_grid, "after"),
        convert.hall_schedules_from_proto(request.after_hall_schedules, "after_hall_schedules"),
        convert.operations_from_proto(request.after_operations, "after_operations"),
    )
    before = StatedPlan(
        assignments_from_proto(request.before, (earlier or problem).time_grid, "before"),
        convert.hall_schedules_from_proto(request.before_hall_schedules, "before_hall_schedules"),
        convert.operations_from_proto(request.before_operations, "before_operations"),
    )
    # Comparing loads NumPy, which this process otherwise leaves to its workers.
    from optimizer.comparison import compare

    running = request.before_is_running
    return convert.difference_to_proto(compare(problem, after, None if running else before, earlier, give_way))


def _earlier_problem(request: service_pb2.DiffPlacementsRequest, limits: SizeLimits, give_way: GiveWay) -> Problem:
    try:
        return _checked_problem(request.earlier_problem, limits, give_way)
    except (InvalidProblemError, TooLargeError) as error:
        violations = list(error.violations)
        prefix_paths(violations, 0, "earlier_problem")
        raise type(error)(violations) from None


def read_problem(request: ProblemRequest, limits: SizeLimits, give_way: GiveWay = never) -> Problem:
    """The problem of a request, sound and not too large; raises InvalidProblemError or TooLargeError."""
    if not request.HasField("problem"):
        raise InvalidProblemError([Violation("problem", validate.Reason.MISSING, "a request needs a problem")])
    return _checked_problem(request.problem, limits, give_way)


def _checked_problem(message: problem_pb2.Problem, limits: SizeLimits, give_way: GiveWay) -> Problem:
    problem = convert.problem_from_proto(message)
    if too_large := validate.check_size(problem, limits):
        raise TooLargeError(too_large)
    give_way()
    validate.check(problem, give_way)
    return problem


def check_engine(params: SolveParams | None) -> Iterator[Violation]:
    """Only whole names of the registry: names that reach programs of this machine are not for callers from elsewhere."""
    if params is not None and params.engine not in registry.names():
        message = f"there is no engine {params.engine[:64]!r} here; there are {', '.join(registry.names())}"
        yield Violation("parameters.engine", validate.Reason.UNKNOWN_NAME, message)


def collect(violations: list[Violation], read: Callable[[], T]) -> T | None:
    """What ``read`` returns; where it finds violations, they join the others and there is no value."""
    try:
        return read()
    except InvalidProblemError as error:
        violations += error.violations
        return None


def _with_bound(problem: Problem, verification: Verification, certificate: Certificate, give_way: GiveWay) -> Verification:
    checked = with_proof(verification, prove(exact(problem, give_way), certificate, give_way))
    if checked.bound_micros is None:
        return checked
    return replace(checked, bound_micros=max(LEAST_MICROS, checked.bound_micros))


def _with_claim(verification: Verification, claimed_micros: int) -> Verification:
    found_micros = verification.objective_micros
    if claimed_micros == found_micros:
        return verification
    differs = RuleViolation(
        rule=Rule.CLAIM_DIFFERS,
        message=f"the plan is claimed to be worth {claimed_micros} micro-units; it is worth {found_micros}",
        amount=abs(claimed_micros - found_micros),
        unit="micro-units",
    )
    return replace(verification, violations=(*verification.violations, differs))

"""Wire messages to domain data and back, by named functions: one a message that crosses the service's border.

Whatever is wrong with a message (a missing field, a time out of range, an enum number or a field this version does not
know) is a Violation, all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterable

from loadstone.v1 import placement_service_pb2 as service_pb2
from loadstone.v1 import problem_pb2, solution_pb2

from optimizer.admission import Admission, AdmissionPolicy, BookOpened
from optimizer.certificates import Certificate
from optimizer.changes.change import Difference
from optimizer.engines.base import Capability, EngineInfo
from optimizer.errors import InvalidProblemError, Violation
from optimizer.features import Feature
from optimizer.interrupt import GiveWay, never, paced
from optimizer.io.schema import Reason
from optimizer.monitor import Progress
from optimizer.node_numbers import Binding
from optimizer.params import SolveParams
from optimizer.problem import Job, Problem
from optimizer.solution import HallSchedule, Result, SiteOperation
from optimizer.verify.plan import Verification
from server.mapping import enum_numbers, from_proto, to_proto

_CAPABILITIES = enum_numbers(Capability, service_pb2.DESCRIPTOR.enum_types_by_name["Capability"])
_POLICIES = enum_numbers(AdmissionPolicy, service_pb2.DESCRIPTOR.enum_types_by_name["AdmissionPolicy"])
_FEATURES = enum_numbers(Feature, service_pb2.DESCRIPTOR.enum_types_by_name["Feature"])


def problem_from_proto(message: problem_pb2.Problem) -> Problem:
    """Raises InvalidProblemError with everything that makes the message no problem; paths begin at the problem."""
    return from_proto(Problem, message)


def problem_to_proto(problem: Problem) -> problem_pb2.Problem:
    """Raises InvalidProblemError where a value has no wire form (a time without an offset, a number past 64 bits)."""
    return to_proto(problem, problem_pb2.Problem())


def params_from_proto(message: service_pb2.SolveParameters) -> SolveParams:
    """Raises InvalidProblemError with every parameter out of its range; paths begin with ``parameters``."""
    return from_proto(SolveParams, message, "parameters")


def params_to_proto(params: SolveParams) -> service_pb2.SolveParameters:
    return to_proto(params, service_pb2.SolveParameters())


def result_from_proto(message: solution_pb2.Result) -> Result:
    """Raises InvalidProblemError with everything that makes the message no result."""
    return from_proto(Result, message)


def result_to_proto(result: Result) -> solution_pb2.Result:
    return to_proto(result, solution_pb2.Result())


def hall_schedules_from_proto(
    messages: Iterable[solution_pb2.HallSchedule], path: str = "hall_schedules"
) -> tuple[HallSchedule, ...]:
    """Raises InvalidProblemError; paths begin with ``path``."""
    return tuple(from_proto(HallSchedule, message, f"{path}[{index}]") for index, message in enumerate(messages))


def operations_from_proto(
    messages: Iterable[solution_pb2.SiteOperation], path: str = "operations"
) -> tuple[SiteOperation, ...]:
    """Raises InvalidProblemError; paths begin with ``path``."""
    return tuple(from_proto(SiteOperation, message, f"{path}[{index}]") for index, message in enumerate(messages))


def certificate_from_proto(message: solution_pb2.Certificate, path: str = "certificate") -> Certificate:
    """Raises InvalidProblemError; paths begin with ``path``."""
    return from_proto(Certificate, message, path)


def certificate_to_proto(certificate: Certificate) -> solution_pb2.Certificate:
    return to_proto(certificate, solution_pb2.Certificate())


def binding_to_proto(binding: Binding) -> solution_pb2.Binding:
    return to_proto(binding, solution_pb2.Binding())


def verification_to_proto(verification: Verification) -> service_pb2.CheckPlacementResponse:
    """The answer to a check."""
    return to_proto(verification, service_pb2.CheckPlacementResponse())


def difference_to_proto(difference: Difference) -> service_pb2.DiffPlacementsResponse:
    """The answer to a comparison."""
    return to_proto(difference, service_pb2.DiffPlacementsResponse())


def job_from_proto(message: problem_pb2.Job) -> Job:
    """Raises InvalidProblemError; paths begin with ``job``."""
    return from_proto(Job, message, "job")


def job_to_proto(job: Job) -> problem_pb2.Job:
    """Raises InvalidProblemError where a value has no wire form."""
    return to_proto(job, problem_pb2.Job())


def policy_from_proto(number: int, path: str) -> AdmissionPolicy:
    """Raises InvalidProblemError at ``path`` where no policy, or none that is known here, is stated."""
    for policy in AdmissionPolicy:
        if _POLICIES[policy] == number:
            return policy
    message = f"{number} is no admission policy; state one of {', '.join(AdmissionPolicy)}"
    raise InvalidProblemError([Violation(path, Reason.UNKNOWN_VALUE, message)])


def policy_to_proto(policy: AdmissionPolicy) -> str:
    """The wire's name of it."""
    return service_pb2.AdmissionPolicy.Name(_POLICIES[policy])


def opened_to_proto(opened: BookOpened) -> service_pb2.BookOpened:
    return to_proto(opened, service_pb2.BookOpened())


def admissions_to_proto(admissions: Iterable[Admission]) -> service_pb2.JobsAdmitted:
    """In order."""
    message = service_pb2.JobsAdmitted()
    for admission in admissions:
        to_proto(admission, message.admissions.add())
    return message


def progress_to_proto(progress: Progress) -> service_pb2.Progress:
    return to_proto(progress, service_pb2.Progress())


def incumbent_to_proto(result: Result, give_way: GiveWay = never) -> service_pb2.Incumbent:
    """A plan found on the way: all that says what it is, and what it is worth.

    Raises:
        Interrupted: ``give_way``, asked between runs, ends it.
    """
    message = service_pb2.Incumbent(objective_micros=result.terms.objective_micros)
    for placement in paced(result.placements, give_way):
        to_proto(placement.assignment, message.assignments.add())
    for schedule in result.hall_schedules:
        to_proto(schedule, message.hall_schedules.add())
    for operation in result.operations:
        to_proto(operation, message.operations.add())
    return message


def engine_to_proto(engine: EngineInfo) -> service_pb2.Engine:
    """An engine as ``ListEngines`` names it; capabilities and features in the order of their declaration."""
    return service_pb2.Engine(
        name=engine.name,
        available=engine.available,
        version=engine.detail if engine.available else "",
        unavailable_reason="" if engine.available else engine.detail,
        capabilities=[service_pb2.Capability.Name(number) for number in sorted(_CAPABILITIES[c] for c in engine.capabilities)],
        features=[service_pb2.Feature.Name(number) for number in sorted(_FEATURES[f] for f in engine.features)],
    )


def engine_from_proto(message: service_pb2.Engine) -> EngineInfo:
    """What a newer server says that this version has no word for is left out."""
    return EngineInfo(
        name=message.name,
        available=message.available,
        detail=message.version if message.available else message.unavailable_reason,
        capabilities=frozenset(Capability(c) for c, number in _CAPABILITIES.items() if number in message.capabilities),
        features=frozenset(Feature(f) for f, number in _FEATURES.items() if number in message.features),
    )

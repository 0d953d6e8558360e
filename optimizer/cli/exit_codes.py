"""What the exit status of ``loadstone`` says; scripts depend on it."""

from __future__ import annotations

from enum import IntEnum

from optimizer.solution import Result, StoppedBy, TerminationReason

WITHOUT_PLAN = frozenset({TerminationReason.INFEASIBLE, TerminationReason.NO_PLAN_FOUND})


class ExitCode(IntEnum):
    """Each code's meaning is in ``MEANINGS``, which ``--help`` prints."""

    SOLVED = 0
    REFUSED = 1
    INVALID_INPUT = 2
    INFEASIBLE = 3
    STOPPED_WITH_PLAN = 4
    STOPPED_WITHOUT_PLAN = 5
    UNAVAILABLE = 69
    OUR_FAULT = 70
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.SOLVED: "done; solve: a verified plan, optimal, within the gap, or the engine finished",
    ExitCode.REFUSED: "verify, explain, whatif, bind, report, export: the plan does not hold; doctor: something does not work",
    ExitCode.INVALID_INPUT: "invalid input: every violation on a line of its own on standard error",
    ExitCode.INFEASIBLE: "infeasible: proved that the mandatory jobs cannot all run",
    ExitCode.STOPPED_WITH_PLAN: "stopped by a limit or by Ctrl-C, with a verified plan",
    ExitCode.STOPPED_WITHOUT_PLAN: "stopped by a limit or by Ctrl-C, without a plan; nothing is proved",
    ExitCode.UNAVAILABLE: "the engine or the server asked for is not available",
    ExitCode.OUR_FAULT: "a fault of Loadstone's",
    ExitCode.INTERRUPTED: "interrupted before there was anything to show",
}


def of_result(result: Result) -> ExitCode:
    """The code of a solve that came to an end."""
    reason = result.termination.reason
    if reason is TerminationReason.INFEASIBLE:
        return ExitCode.INFEASIBLE
    if reason is TerminationReason.NO_PLAN_FOUND:
        return ExitCode.STOPPED_WITHOUT_PLAN
    if reason is TerminationReason.OPTIMAL or result.termination.stopped_by is StoppedBy.NONE:
        return ExitCode.SOLVED
    return ExitCode.STOPPED_WITH_PLAN

"""Stands between an engine and whoever asked: keeps the time, verifies every plan before anyone sees it, keeps the best."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from optimizer.certificates import Certificate
from optimizer.columns.candidates import Candidates
from optimizer.columns.table import Selection
from optimizer.errors import VerificationError, Violation
from optimizer.interrupt import GiveWay, Interrupted, never
from optimizer.memory import collection_paused
from optimizer.monitor import Progress, SolveMonitor
from optimizer.solution import BoundSource, Result, StoppedBy, Termination, TerminationReason
from optimizer.verify.plan import Verification, verify

#: A plan is checked only once this many times the last check's duration has passed, so that checking costs at most a tenth.
CHECK_SHARE = 10.0
#: Checks' worth of time kept back for the last check and the explanations; and at least this share of the limit, up to
#: this many seconds, because solvers do not stop at once.
RESERVED_CHECKS = 4.0
RESERVED_SHARE = 0.1
RESERVED_SECONDS = 1.0
#: Of what is kept back, the part in which no explanation is begun.
ANSWER_SHARE = 0.4
#: How many times the placements of a plan a later one is thought to have, at most.
MOST_FULLER = 3.0


Rank = Callable[[Verification], tuple[int, ...]]


def by_objective(checked: Verification) -> tuple[int, ...]:
    """The rank of a plan where the objective alone counts."""
    return (checked.objective_micros,)


@dataclass(slots=True)
class Clock:
    """Wall time of one solve. ``reserve_seconds`` of the limit are kept for what comes after the engine."""

    limit_seconds: float
    begin: float
    reserve_seconds: float = 0.0

    @classmethod
    def start(cls, limit_seconds: float) -> Clock:
        return cls(limit_seconds, time.monotonic())

    def elapsed_seconds(self) -> float:
        return time.monotonic() - self.begin

    def is_closing(self) -> bool:
        """Whether the last part of the reserve has begun, in which the answer is put together and sent."""
        return self.elapsed_seconds() >= self.limit_seconds - ANSWER_SHARE * self.reserve_seconds

    def remaining_seconds(self) -> float:
        return max(0.0, self.limit_seconds - self.reserve_seconds - self.elapsed_seconds())


class Relay:
    """The engine's monitor. ``best`` is the best verified plan, ``bound_micros`` the best bound and
    ``certificate`` the tightest proof of one.

    Objectives only ever rise and bounds only ever fall, whatever order an engine reports them in.
    """

    def __init__(
        self,
        candidates: Candidates,
        engine: str,
        monitor: SolveMonitor,
        clock: Clock,
        rank: Rank = by_objective,
        best: Verification | None = None,
        hurried: bool = False,
        give_way: GiveWay = never,
    ) -> None:
        """``rank``: the better of two plans is the one that ranks higher. ``best`` has been told already.

        ``hurried``: the first plan is an earlier one and the better ones come soon: the first of them does not wait until its
        check has paid, and each a little longer than the one before.

        ``give_way`` ends checks whose outcome nobody waits for any more: what an engine reports then is passed over.
        """
        self._rank = rank
        self._candidates, self._engine, self._monitor, self._clock = candidates, engine, monitor, clock
        # engines count without the part of the objective that no decision changes
        self.constant = candidates.columns.constant
        self._phase, self._give_way = engine, give_way
        self._next_check = self._check_seconds = 0.0
        self._closed = False
        self._waiting: tuple[int, Selection] | None = None
        self.best = best
        self._check_share = 0.0 if hurried else CHECK_SHARE
        #: The last check, of this problem and no part of it.
        self._checked: Verification | None = None
        self.bound_micros: int | None = None
        self.certificate: Certificate | None = None

    def stopping(self) -> bool:
        return self._clock.remaining_seconds() <= 0 or self._monitor.cancelled()

    def cancelled(self) -> bool:
        return self._monitor.cancelled()

    def remaining_seconds(self) -> float:
        return self._clock.remaining_seconds()

    def phase(self, name: str) -> None:
        self._phase = name
        self._tell()

    def close(self, last: Selection | None = None) -> None:
        """Nothing more is taken from the engine, which may still be running.

        Its ``last`` plan is checked now, and one that still waits only if it promises more.
        """
        self._closed = True
        with suppress(Interrupted):
            if last is not None:
                self.accept(last)
            if self._waiting is not None and (self.best is None or self._waiting[0] > self.best.objective_micros):
                self.accept(self._waiting[1])

    def bound(self, objective_bound: int, certificate: Certificate | None = None) -> None:
        if self._closed:
            return
        self.take_bound(objective_bound, certificate)
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self._take(*waiting)

    def take_bound(self, objective_bound: int, certificate: Certificate | None = None) -> None:
        """Keeps the lower bound and the tightest certificate, also after the engine's reports are closed."""
        objective_bound += self.constant
        if certificate is not None:
            certificate = replace(certificate, bound_micros=certificate.bound_micros + self.constant)
        if certificate is not None and (self.certificate is None or certificate.bound_micros < self.certificate.bound_micros):
            self.certificate = certificate
            self._monitor.proof(certificate)
        if self.bound_micros is None or objective_bound < self.bound_micros:
            self.bound_micros = objective_bound
            self._tell()

    def incumbent(self, selection: Selection, objective: int) -> None:
        """Verifies and passes on a better plan; one that comes while checks are too frequent waits for the next."""
        self._take(objective + self.constant, selection)

    def _take(self, objective: int, selection: Selection) -> None:
        if self._closed or (self.best is not None and objective <= self.best.objective_micros):
            return
        # a check that would outlast the engine is better made of its last plan
        in_time = self._check_seconds <= self._clock.remaining_seconds()
        if self.best is None or (in_time and self._clock.elapsed_seconds() >= self._next_check):
            with suppress(Interrupted):
                self.accept(selection)
        elif self._waiting is None or objective > self._waiting[0]:
            self._waiting = objective, selection

    def accept(self, selection: Selection) -> None:
        """Verifies ``selection`` now; keeps and passes it on if it is better.

        Raises:
            VerificationError: it breaks a rule. The engine is wrong, and its plan must not leave.
            Interrupted: the check gave way.
        """
        begun = self._clock.elapsed_seconds()
        found = self._candidates
        with collection_paused():
            checked = self._checked = verified(found, selection, self._checked, self._give_way)
        ended = self._clock.elapsed_seconds()
        # a first plan places few; a later one may place all, and is checked the longer for it
        fuller = len(found.problem.jobs) / max(1, len(checked.placements))
        self._check_seconds = (ended - begun) * min(MOST_FULLER, fuller)
        self._next_check = ended + self._check_share * (ended - begun)
        self._check_share = min(CHECK_SHARE, self._check_share + 1.0)
        limit = self._clock.limit_seconds
        least = min(RESERVED_SECONDS, RESERVED_SHARE * limit)
        self._clock.reserve_seconds = min(max(RESERVED_CHECKS * self._check_seconds, least), limit / 4)
        if self.best is None or self._rank(checked) > self._rank(self.best):
            self.best = checked
            self._monitor.plan(self.plan_so_far())
            self._tell()

    def plan_so_far(self) -> Result:
        """The best verified plan without explanations."""
        assert self.best is not None
        return stated(self.best, self.bound_micros, self._engine, self._clock.elapsed_seconds())

    def _tell(self) -> None:
        self._monitor.progress(
            Progress(
                phase=self._phase,
                elapsed_seconds=self._clock.elapsed_seconds(),
                objective_micros=self.best.objective_micros if self.best else None,
                bound_micros=self.bound_micros,
            )
        )


def verified(
    found: Candidates, selection: Selection, earlier: Verification | None = None, give_way: GiveWay = never
) -> Verification:
    """``selection`` as an independent check sees it; ``earlier`` checked another of ``found``.

    Raises:
        VerificationError: it breaks a rule. Whoever made it is wrong, and it must not leave.
    """
    give_way()
    plan = found.assignments(selection), found.hall_schedules(selection), found.operations(selection)
    give_way()
    checked = verify(found.problem, *plan, None, earlier, give_way)
    if not checked.feasible:
        raise VerificationError(Violation(v.job or v.element, v.rule, v.message) for v in checked.violations)
    return checked


def stated(checked: Verification, bound_micros: int | None, engine: str, wall_seconds: float) -> Result:
    """A verified plan as it is told on the way, without explanations."""
    return Result(
        termination=Termination(
            reason=TerminationReason.FEASIBLE,
            objective_micros=checked.objective_micros,
            bound_micros=bound_micros,
            bound_source=BoundSource.of(bound_micros, None),
        ),
        engine=engine,
        placements=checked.placements,
        terms=checked.terms,
        usages=checked.usages,
        hall_schedules=checked.hall_schedules,
        operations=checked.operations,
        verified=True,
        wall_seconds=wall_seconds,
    )


def told_last(
    plan: Result, bound_micros: int | None, certificate: Certificate | None, stopped_by: StoppedBy, detail: str
) -> Result:
    """A plan told on the way as the answer of a solve whose own did not come, with the bound and the proof that were told last.

    An engine's floats may have rounded its bound just below the plan; such a bound proves nothing.
    """
    objective = plan.termination.objective_micros
    if bound_micros is not None and objective is not None and bound_micros < objective:
        bound_micros = certificate.bound_micros if certificate else None
    end = replace(
        plan.termination,
        reason=TerminationReason.FEASIBLE,
        stopped_by=stopped_by,
        detail=detail,
        bound_micros=bound_micros,
        bound_source=BoundSource.of(bound_micros, certificate),
    )
    return replace(plan, termination=end, certificate=certificate)

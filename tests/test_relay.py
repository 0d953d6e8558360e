"""The relay passes on verified plans only, each better than the last, and keeps time back for what comes after the engine."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from optimizer import relay as relay_module
from optimizer.certificates import Certificate
from optimizer.columns.candidates import candidates
from optimizer.columns.table import Selection
from optimizer.errors import VerificationError
from optimizer.exact.problem import exact
from optimizer.interrupt import Interrupted
from optimizer.monitor import Progress, SilentMonitor
from optimizer.relay import CHECK_SHARE, RESERVED_CHECKS, RESERVED_SECONDS, RESERVED_SHARE, Clock, Relay, told_last
from optimizer.solution import BoundSource, Result, StoppedBy, TerminationReason
from optimizer.verify.plan import Rule
from tests.fleet import job, mode, problem

#: Worth 100 (job a) and 60 (job b); each fills the pool.
FOUND = candidates(exact(problem(job("a", mode(16, 1)), job("b", mode(16, 1), value=60.0), slot_count=2)))


@dataclass
class Time:
    """A clock that moves when told to; each verification takes ``check_seconds`` of it."""

    now: float = 100.0
    check_seconds: float = 0.0
    check_count: int = 0


@dataclass
class Listener(SilentMonitor):
    cancel: bool = False
    plans: list[Result] = field(default_factory=list)
    progresses: list[Progress] = field(default_factory=list)
    #: With how much progress had been told before.
    proofs: list[tuple[Certificate, int]] = field(default_factory=list)

    def cancelled(self) -> bool:
        return self.cancel

    def progress(self, progress: Progress) -> None:
        self.progresses.append(progress)

    def plan(self, result: Result) -> None:
        self.plans.append(result)

    def proof(self, certificate: Certificate) -> None:
        self.proofs.append((certificate, len(self.progresses)))

    @property
    def objectives(self) -> list[int | None]:
        return [plan.termination.objective_micros for plan in self.plans]


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    state = Time()
    verify = relay_module.verify

    def slow_verify(*args: object) -> object:
        state.now += state.check_seconds
        state.check_count += 1
        return verify(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(relay_module.time, "monotonic", lambda: state.now)
    monkeypatch.setattr(relay_module, "verify", slow_verify)
    return state


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def relay(time: Time, listener: Listener) -> Relay:
    return Relay(FOUND, "fake", listener, Clock.start(100.0))


def selection(*starts: int) -> Selection:
    window = [index if start >= 0 else -1 for index, start in enumerate(starts)]
    return Selection(np.array(window, np.int32), np.array(starts, np.int32))


NOTHING, ONLY_B, ONLY_A, BOTH = selection(-1, -1), selection(-1, 0), selection(0, -1), selection(0, 1)
B, A = 60_000_000, 100_000_000


def test_keeps_and_passes_on_the_best_only(relay: Relay, listener: Listener) -> None:
    for chosen in (ONLY_B, NOTHING, ONLY_A, ONLY_B, BOTH, BOTH):
        relay.accept(chosen)
    assert relay.best is not None
    assert relay.best.objective_micros == A + B
    assert listener.objectives == [B, A, A + B]


def test_a_plan_passed_on_is_whole_and_verified(relay: Relay, listener: Listener) -> None:
    relay.bound(7 * A)
    relay.accept(BOTH)
    (plan,) = listener.plans
    assert plan.verified
    assert plan.engine == "fake"
    assert [(p.job, p.start_slot) for p in plan.placements] == [("a", 0), ("b", 1)]
    assert plan.terms.objective_micros == A + B
    assert plan.usages
    assert plan.termination.reason is TerminationReason.FEASIBLE
    assert plan.termination.bound_micros == 7 * A
    assert plan.termination.bound_source is BoundSource.ENGINE


def test_a_plan_without_a_bound_claims_none(relay: Relay, listener: Listener) -> None:
    relay.accept(BOTH)
    assert listener.plans[0].termination.bound_micros is None
    assert listener.plans[0].termination.bound_source is BoundSource.NONE


def test_a_plan_that_breaks_a_rule_is_not_passed_on(relay: Relay, listener: Listener) -> None:
    relay.accept(ONLY_B)
    with pytest.raises(VerificationError) as caught:
        relay.accept(selection(0, 0))
    assert [violation.reason for violation in caught.value.violations] == [Rule.LIMIT_EXCEEDED]
    assert listener.objectives == [B]
    assert relay.best is not None
    assert relay.best.objective_micros == B


def test_what_an_engine_claims_is_not_what_counts(relay: Relay, listener: Listener) -> None:
    relay.incumbent(ONLY_B, 10 * A)
    assert listener.objectives == [B]


def test_an_incumbent_that_is_no_better_is_not_even_checked(relay: Relay, time: Time) -> None:
    relay.accept(ONLY_A)
    relay.incumbent(ONLY_B, B)
    relay.incumbent(ONLY_A, A)
    assert time.check_count == 1


def test_checks_take_a_tenth_of_the_time_at_most(relay: Relay, time: Time, listener: Listener) -> None:
    time.check_seconds = 0.5
    relay.incumbent(ONLY_B, B)
    time.now += CHECK_SHARE * 0.5 - 0.01
    relay.incumbent(ONLY_A, A)
    assert listener.objectives == [B]
    time.now += 0.02
    relay.incumbent(ONLY_A, A)
    assert listener.objectives == [B, A]
    assert time.check_count == 2


def test_beside_an_earlier_plan_the_first_better_one_does_not_wait_and_others_not_long(time: Time, listener: Listener) -> None:
    relay = Relay(FOUND, "fake", listener, Clock.start(60.0), hurried=True)
    time.check_seconds = 0.5
    relay.accept(ONLY_B)
    relay.incumbent(ONLY_A, A)
    relay.incumbent(BOTH, A + B)
    assert listener.objectives == [B, A]
    time.now += 0.51
    relay.incumbent(BOTH, A + B)
    assert listener.objectives == [B, A, A + B]


def test_checks_beside_an_earlier_plan_take_a_tenth_of_the_time_in_the_end(time: Time, listener: Listener) -> None:
    relay = Relay(FOUND, "fake", listener, Clock.start(60.0), hurried=True)
    time.check_seconds = 0.1
    for _ in range(12):
        relay.accept(ONLY_B)
    relay.incumbent(ONLY_A, A)
    assert listener.objectives == [B]
    time.now += CHECK_SHARE * 0.1
    relay.incumbent(ONLY_A, A)
    assert listener.objectives == [B, A]


def test_a_plan_that_waits_is_checked_with_the_next_bound_after_its_time(relay: Relay, time: Time, listener: Listener) -> None:
    time.check_seconds = 0.5
    relay.accept(ONLY_B)
    relay.incumbent(BOTH, A + B)
    relay.bound(9 * A)
    assert listener.objectives == [B]
    time.now += CHECK_SHARE * 0.5
    relay.bound(8 * A)
    assert listener.objectives == [B, A + B]
    relay.bound(7 * A)
    assert time.check_count == 2


def test_the_last_plan_is_checked_whenever_it_comes(relay: Relay, time: Time, listener: Listener) -> None:
    time.check_seconds = 0.5
    relay.accept(ONLY_B)
    relay.accept(BOTH)
    assert listener.objectives == [B, A + B]


def test_nothing_is_taken_from_an_engine_left_behind(relay: Relay, listener: Listener) -> None:
    relay.accept(ONLY_B)
    relay.close()
    relay.incumbent(BOTH, A + B)
    assert listener.objectives == [B]


def test_bounds_only_fall(relay: Relay, listener: Listener) -> None:
    for bound in (9, 7, 8, 7, 6):
        relay.bound(bound)
    assert relay.bound_micros == 6
    assert [progress.bound_micros for progress in listener.progresses] == [9, 7, 6]


def test_proofs_are_told_before_their_bounds(relay: Relay, listener: Listener) -> None:
    proofs = [Certificate(bound_micros=bound, unit_bits=0, slot_prices=()) for bound in (9, 11, 8)]
    for proof in proofs:
        relay.bound(proof.bound_micros, proof)
    relay.bound(7)
    assert listener.proofs == [(proofs[0], 0), (proofs[2], 1)]
    assert relay.certificate == proofs[2]


@pytest.mark.parametrize(
    ("told", "proof", "bound", "source"),
    [
        (None, None, None, BoundSource.NONE),
        (A + 2, None, A + 2, BoundSource.ENGINE),
        (A + 2, A + 3, A + 2, BoundSource.ENGINE),
        (A + 2, A + 2, A + 2, BoundSource.CERTIFICATE),
        (A - 1, A + 2, A + 2, BoundSource.CERTIFICATE),
        (A - 1, None, None, BoundSource.NONE),
    ],
)
def test_the_last_word_of_a_solve_that_did_not_end(
    relay: Relay, told: int | None, proof: int | None, bound: int | None, source: BoundSource
) -> None:
    """A bound below the plan is an engine's rounding and proves nothing."""
    relay.accept(ONLY_A)
    certificate = None if proof is None else Certificate(bound_micros=proof, unit_bits=0, slot_prices=())
    last = told_last(relay.plan_so_far(), told, certificate, StoppedBy.CANCELLED, "asked")
    assert (last.termination.bound_micros, last.termination.bound_source) == (bound, source)
    assert (last.termination.objective_micros, last.certificate) == (A, certificate)
    assert (last.termination.stopped_by, last.termination.detail) == (StoppedBy.CANCELLED, "asked")


def test_progress_names_phase_and_standing(relay: Relay, time: Time, listener: Listener) -> None:
    time.now += 2.0
    relay.phase("searching")
    relay.bound(2 * A)
    relay.accept(ONLY_A)
    told = listener.progresses[-1]
    assert (told.phase, told.elapsed_seconds) == ("searching", 2.0)
    assert (told.objective_micros, told.bound_micros) == (A, 2 * A)
    assert told.relative_gap == pytest.approx(0.5)
    assert listener.progresses[0].objective_micros is None
    assert listener.progresses[0].relative_gap is None


def test_time_is_kept_back_for_the_last_check(relay: Relay, time: Time) -> None:
    assert relay.remaining_seconds() == 100.0
    time.check_seconds = 2.0
    relay.accept(BOTH)
    assert relay.remaining_seconds() == pytest.approx(100.0 - 2.0 - RESERVED_CHECKS * 2.0)


def test_some_time_is_kept_back_even_where_checks_are_quick(relay: Relay) -> None:
    relay.accept(BOTH)
    assert relay.remaining_seconds() == pytest.approx(100.0 - min(RESERVED_SECONDS, RESERVED_SHARE * 100.0))


def test_no_more_than_a_quarter_is_kept_back(time: Time, listener: Listener) -> None:
    relay = Relay(FOUND, "fake", listener, Clock.start(4.0))
    time.check_seconds = 1.0
    relay.accept(BOTH)
    assert relay.remaining_seconds() == pytest.approx(4.0 - 1.0 - 1.0)
    assert not relay.stopping()
    time.now += 2.0
    assert relay.stopping()
    assert relay.remaining_seconds() == 0.0


def test_time_never_runs_below_nothing(relay: Relay, time: Time) -> None:
    time.now += 1_000.0
    assert relay.remaining_seconds() == 0.0
    assert relay.stopping()
    assert not relay.cancelled()


def test_cancel_stops_at_once(relay: Relay, listener: Listener) -> None:
    assert not relay.stopping()
    listener.cancel = True
    assert relay.stopping()
    assert relay.cancelled()
    assert relay.remaining_seconds() > 0


def test_a_check_that_gives_way_is_passed_over_and_the_plan_told_before_stays(listener: Listener) -> None:
    stop = False

    def give_way() -> None:
        if stop:
            raise Interrupted

    relay = Relay(FOUND, "fake", listener, Clock.start(100.0), give_way=give_way)
    relay.accept(ONLY_A)
    stop = True
    before = relay.best
    with pytest.raises(Interrupted):
        relay.accept(BOTH)
    relay.incumbent(BOTH, 10**12)
    relay.close(BOTH)
    assert relay.best is before
    assert len(listener.plans) == 1
